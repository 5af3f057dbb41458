//! A file of people, a session service and a state file, for tests that run flows many times.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rosterkit_core::chrono::{DateTime, Utc};
use rosterkit_sandbox::Sandbox;
use rosterkit_sync::config::SyncFile;
use rosterkit_sync::engine::{ApplyOptions, ApplyReport, Engine, Error, Plan, PlanOptions};
use rosterkit_sync::plan::Action;
use rosterkit_sync::source::Services;
use rosterkit_sync::state::plans::{self, ActionFilter};
use rosterkit_sync::state::{State, journal, runs};
use serde_json::{Value, json};
use session_clusters::types::{SessionUser, UserTemplate};

use crate::support::{TestResult, of_sandbox};

/// A session user: first name, last name, whether active.
pub type Listed = (String, String, bool);

/// The sandbox, the folder with the source and the state file, and the time. Engines come and go.
pub struct Bench {
    pub sandbox: Sandbox,
    services: Services,
    pub folder: tempfile::TempDir,
    pub text: String,
    pub now: DateTime<Utc>,
}

/// A moment of a bench, to return to.
pub struct Moment {
    sandbox: Value,
    state: Vec<u8>,
    source: Vec<u8>,
}

impl Bench {
    /// A session service with one user whom no one knows.
    pub async fn new(text: impl Into<String>) -> TestResult<Self> {
        Self::with(Sandbox::builder().users(0).start().await?, text).await
    }

    /// The same with a sandbox that has people.
    pub async fn with(sandbox: Sandbox, text: impl Into<String>) -> TestResult<Self> {
        let (text, now) = (text.into(), "2026-03-01T08:00:00Z".parse()?);
        let services = of_sandbox(&sandbox)?;
        let bench = Self { sandbox, services, folder: tempfile::tempdir()?, text, now };
        bench.set_user("foreign", ("For", "Eign"), true).await?;
        Ok(bench)
    }

    /// Other clients than those of the sandbox.
    pub fn set_services(&mut self, services: Services) {
        self.services = services;
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes the source, one text a line.
    pub fn lines(&self, lines: &[String]) -> TestResult {
        Ok(std::fs::write(self.path("people.jsonl"), lines.join("\n"))?)
    }

    /// Writes the source.
    pub fn people(&self, people: &[Value]) -> TestResult {
        self.lines(&people.iter().map(Value::to_string).collect::<Vec<_>>())
    }

    /// Creates or changes a session user by hand.
    pub async fn set_user(&self, remote_id: &str, (first, last): (&str, &str), active: bool) -> TestResult {
        let user = UserTemplate {
            remote_id: Some(remote_id.to_owned()),
            first_name: Some(first.to_owned()),
            last_name: Some(last.to_owned()),
            active: Some(active),
            ..UserTemplate::default()
        };
        let mut outcomes = self.services.sessions()?.upsert_users([user]).ordered();
        while outcomes.next().await.is_some() {}
        assert_eq!(outcomes.counts().accepted, 1, "{remote_id:?}");
        Ok(())
    }

    /// All session users by `remoteId`. No one has one twice.
    pub async fn users(&self) -> TestResult<BTreeMap<String, Listed>> {
        let mut listing = self.services.sessions()?.users().items();
        let mut users = BTreeMap::new();
        while let Some(user) = listing.next().await {
            let user: SessionUser = user?;
            let (first, last) = (user.first_name.unwrap_or_default(), user.last_name.unwrap_or_default());
            let remote_id = user.remote_id.unwrap_or_default();
            let twin = users.insert(remote_id.clone(), (first, last, user.active == Some(true)));
            assert_eq!(twin, None, "{remote_id} was created twice");
        }
        Ok(users)
    }

    pub async fn engine(&self) -> TestResult<Engine> {
        let file = SyncFile::parse(&self.text, &self.path("rosterkit-sync.toml"))?;
        let state = State::open(&file.state, "test").await?;
        let now = self.now;
        Ok(Engine::new(file, self.services.clone(), state).clock(move || now))
    }

    /// Settles what is open, plans and applies.
    pub async fn run(&self) -> TestResult<(Plan, ApplyReport)> {
        let engine = self.engine().await?;
        Ok(run(&engine).await?)
    }

    /// Plans, and returns the plan's actions by their source id.
    pub async fn planned(&self) -> TestResult<BTreeMap<String, Action>> {
        let engine = self.engine().await?;
        let plan = plan(&engine, &PlanOptions::default()).await?;
        let actions = actions(&engine, &plan).await?;
        Ok(actions.into_iter().filter_map(|action| Some((action.source_id.clone()?, action))).collect())
    }

    pub fn moment(&self) -> TestResult<Moment> {
        let wal = self.path("rosterkit-sync.db-wal");
        assert!(!wal.exists(), "the state file is closed");
        Ok(Moment {
            sandbox: self.sandbox.state()?,
            state: std::fs::read(self.path("rosterkit-sync.db"))?,
            source: std::fs::read(self.path("people.jsonl"))?,
        })
    }

    pub fn return_to(&self, moment: &Moment) -> TestResult {
        self.sandbox.clear_faults();
        self.sandbox.restore(&moment.sandbox)?;
        std::fs::write(self.path("rosterkit-sync.db"), &moment.state)?;
        Ok(std::fs::write(self.path("people.jsonl"), &moment.source)?)
    }
}

pub async fn begin(engine: &Engine) -> Result<i64, Error> {
    let hash = engine.file().hash.clone();
    Ok(engine.state().call(move |connection| runs::begin(connection, "test", &hash, Utc::now())).await?)
}

pub async fn plan(engine: &Engine, options: &PlanOptions) -> Result<Plan, Error> {
    engine.plan(begin(engine).await?, options).await
}

pub async fn apply(engine: &Engine, plan: &Plan) -> Result<ApplyReport, Error> {
    engine.apply(begin(engine).await?, plan.id, &ApplyOptions::default()).await
}

/// Settles what is open, plans and applies.
pub async fn run(engine: &Engine) -> Result<(Plan, ApplyReport), Error> {
    engine.resume().await?;
    let plan = plan(engine, &PlanOptions::default()).await?;
    let report = apply(engine, &plan).await?;
    Ok((plan, report))
}

pub async fn actions(engine: &Engine, plan: &Plan) -> Result<Vec<Action>, Error> {
    let id = plan.id;
    let read = move |connection: &mut _| {
        let mut actions = Vec::new();
        plans::each_action(connection, id, ActionFilter::default(), |action| {
            actions.push(action);
            Ok(())
        })?;
        Ok(actions)
    };
    Ok(engine.state().call(read).await?)
}

/// All entries of the journal.
pub async fn journal(engine: &Engine) -> Result<Vec<journal::Entry>, Error> {
    Ok(engine.state().call(|connection| journal::last(connection, u32::MAX)).await?)
}

/// Stops an engine at its checkpoint of this number, counted from 1, and at all that follow: nothing goes on after a kill. The
/// number of checkpoints is counted.
pub fn stop_at(engine: Engine, number: u64) -> (Engine, Arc<AtomicU64>) {
    let passed = Arc::new(AtomicU64::new(0));
    let count = Arc::clone(&passed);
    (engine.probe(move |_| count.fetch_add(1, Ordering::SeqCst) + 1 >= number), passed)
}

pub fn person(id: &str, first: &str) -> Value {
    json!({ "id": id, "first": first, "last": "Sample", "email": format!("{id}@example.com"), "at_work": true })
}
