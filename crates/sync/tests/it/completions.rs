//! Completions and training records: a session service whose content a test sets, and the LMS of the sandbox.

mod carried;
mod killed;
mod service;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

use rosterkit_core::RetryPolicy;
use rosterkit_core::chrono::{DateTime, Duration, Utc};
use rosterkit_sandbox::Sandbox;
use rosterkit_sync::completions::record_id;
use rosterkit_sync::config::{
    Completions, DeactivateBy, Flow, From, GenesysListing, Identity, Limits, OnManualChange, Protect, Reactivate,
    Removals, SyncFile, To,
};
use rosterkit_sync::engine::{ApplyOptions, Checkpoint, Engine, Error, FlowReport, MAX_NOT_DONE, PlanOptions};
use rosterkit_sync::expression::Expression;
use rosterkit_sync::plan::{Action, ActionKind, FlowSummary};
use rosterkit_sync::source::{Services, Source};
use rosterkit_sync::span::Span;
use rosterkit_sync::state::identities::Origin;
use rosterkit_sync::state::ledger::{LedgerRow, LedgerStatus};
use rosterkit_sync::state::plans::ActionFilter;
use rosterkit_sync::state::{State, identities, journal, ledger, plans, runs};
use serde_json::{Map, Value, json};

use self::service::SessionService;

/// The flow of the tests, and the flow whose identities it uses.
const FLOW: &str = "training";
const LINK: &str = "link";

/// Monday, noon.
const START: &str = "2026-06-01T12:00:00Z";

const DAY: u64 = 86_400;

fn time(text: &str) -> DateTime<Utc> {
    text.parse().expect("a date-time")
}

/// A completion of a session of one hour.
fn completion(id: &str, remote_id: &str, start: &str) -> Value {
    json!({
        "id": id,
        "remoteUserId": remote_id,
        "moduleName": "Listening Well",
        "sessionScheduledStartAt": start,
        "sessionScheduledEndAt": time(start) + Duration::hours(1),
        "attended": true,
        "timeInSessionMins": 41,
        "percentageStepsVisited": 87.5,
    })
}

/// Services, a folder for the state file, and a clock.
struct World {
    sandbox: Sandbox,
    sessions: SessionService,
    folder: tempfile::TempDir,
    clock: Arc<AtomicI64>,
    /// Some LMS users.
    logins: Vec<String>,
    settings: Completions,
    flow_limits: Limits,
    zone: chrono_tz::Tz,
    link_from: From,
    scope: Option<Expression>,
    /// Where the LMS is, if not in the sandbox.
    lms_url: Option<String>,
}

/// What a run did.
#[derive(Debug)]
struct Run {
    summary: FlowSummary,
    actions: Vec<Action>,
    report: FlowReport,
}

impl Run {
    fn counts(&self) -> BTreeMap<ActionKind, u64> {
        self.summary.counts.clone()
    }

    fn action(&self, id: &str) -> &Action {
        self.actions.iter().find(|action| action.source_id.as_deref() == Some(id)).expect("an action")
    }
}

impl World {
    async fn new() -> Self {
        let sandbox = Sandbox::builder().users(30).start().await.expect("starts");
        let sessions = SessionService::start().await;
        let mut world = Self {
            sandbox,
            sessions,
            folder: tempfile::tempdir().expect("a folder"),
            clock: Arc::new(AtomicI64::new(time(START).timestamp())),
            logins: Vec::new(),
            settings: Completions {
                since: "2026-01-01".parse().expect("a date"),
                overlap: Span::from_secs(30 * DAY),
                full_every: Span::from_secs(7 * DAY),
                settle: Span::from_secs(7_200),
                user: None,
                identities: Some(LINK.to_owned()),
                withdraw: false,
            },
            flow_limits: Limits {
                min_percent: 10,
                removals: 100,
                removals_percent: 100,
                creations: None,
                updates: None,
            },
            zone: chrono_tz::Tz::UTC,
            link_from: From::GenesysUsers { expand: Vec::new(), listing: Default::default() },
            scope: None,
            lms_url: None,
        };
        let mut logins = Vec::new();
        let add = async |rows: Vec<rosterkit_sync::source::Row>| -> Result<(), rosterkit_sync::source::SourceError> {
            logins.extend(rows.iter().filter_map(|row| row.value["id"].as_str().map(str::to_owned)));
            Ok(())
        };
        Source::LmsUsers.read(&world.services(), add).await.expect("reads LMS users");
        assert!(logins.len() > 5, "the sandbox has LMS users");
        world.logins = logins;
        world
    }

    fn services(&self) -> Services {
        let accepted = self.sandbox.credentials();
        let lms = peoplefluent_lms::Client::builder()
            .base_url(self.lms_url.clone().unwrap_or_else(|| self.sandbox.lms_url()))
            .user(accepted.lms_user, accepted.lms_password)
            .system_key(accepted.lms_system_key)
            .transport(|transport| transport.retry(RetryPolicy::none()));
        let sessions = session_clusters::Client::builder()
            .base_url(self.sessions.url())
            .api_key("key")
            .transport(|transport| transport.retry(RetryPolicy::none()));
        Services {
            genesys: None,
            lms: Some(lms.build().expect("a client")),
            sessions: Some(sessions.build().expect("a client")),
        }
    }

    fn flow(&self, name: &str, from: From, to: To) -> Flow {
        Flow {
            name: name.to_owned(),
            from,
            to,
            target_listing: GenesysListing::default(),
            scope: None,
            active: None,
            fields: Vec::new(),
            identity: Identity { id: Expression::parse("id").expect("an expression"), passes: Vec::new() },
            removals: Removals {
                deactivate: false,
                when: Vec::new(),
                grace: Span::default(),
                deactivate_by: DeactivateBy::default(),
            },
            reactivate: Reactivate::default(),
            restore: false,
            on_manual_change: OnManualChange::default(),
            protect: Protect {
                ids: Vec::new(),
                emails: Vec::new(),
                source: Vec::new(),
                target: Vec::new(),
                administrators: true,
            },
            limits: self.flow_limits,
            completions: None,
        }
    }

    fn file(&self) -> SyncFile {
        let link = self.flow(LINK, self.link_from.clone(), To::LmsUsers);
        let training = Flow {
            scope: self.scope.clone(),
            completions: Some(self.settings.clone()),
            ..self.flow(FLOW, From::SessionCompletions, To::LmsExternalTraining)
        };
        SyncFile {
            path: PathBuf::from("rosterkit-sync.toml"),
            hash: "hash".to_owned(),
            state: self.folder.path().join("sync.db"),
            plan_max_age: Span::from_secs(DAY),
            lms_time_zone: Some(self.zone),
            on_finish: None,
            flows: vec![link, training],
        }
    }

    async fn engine(&self) -> Engine {
        let file = self.file();
        let state = State::open(file.state.clone(), "sync test").await.expect("opens");
        let clock = Arc::clone(&self.clock);
        let now = move || DateTime::from_timestamp(clock.load(Ordering::Relaxed), 0).expect("a date-time");
        let engine = Engine::new(file, self.services(), state).clock(now);
        // A service that is down is one at another address here.
        engine.accept_addresses().await.expect("kept");
        engine
    }

    fn pass(&self, seconds: u64) {
        self.clock.fetch_add(seconds.try_into().expect("a length"), Ordering::Relaxed);
    }

    fn list(&self, completions: impl IntoIterator<Item = Value>) {
        let completions = completions.into_iter().collect();
        self.sessions.with(|content| content.completions = completions);
    }

    /// Says which LMS user a source person of the link flow is.
    async fn link(&self, source_id: &str, login: &str) {
        let state = State::open(self.file().state, "sync test").await.expect("opens");
        let (source_id, login) = (source_id.to_owned(), login.to_owned());
        let insert = move |connection: &mut rusqlite::Connection| {
            identities::delete(connection, LINK, &source_id)?;
            identities::insert(connection, LINK, &source_id, &login, Origin::Matched, 1)
        };
        state.call(insert).await.expect("inserts");
    }

    /// Settles, plans and applies.
    async fn run(&self) -> Run {
        self.run_with(&self.engine().await, &PlanOptions::default()).await.expect("runs")
    }

    async fn run_with(&self, engine: &Engine, options: &PlanOptions) -> Result<Run, Error> {
        engine.resume().await?;
        let (run, plan, summary, actions) = self.plan_with(engine, options).await?;
        let report = engine.apply(run, plan, &ApplyOptions::default()).await?;
        let report = report.flows.into_iter().next().expect("a flow");
        Ok(Run { summary, actions, report })
    }

    async fn plan_with(
        &self,
        engine: &Engine,
        options: &PlanOptions,
    ) -> Result<(i64, i64, FlowSummary, Vec<Action>), Error> {
        let options = PlanOptions { flows: vec![FLOW.to_owned()], ..options.clone() };
        let now = time(START);
        let run = engine.state().call(move |connection| runs::begin(connection, "sync test", "hash", now)).await?;
        let plan = engine.plan(run, &options).await?;
        let id = plan.id;
        let read = move |connection: &mut rusqlite::Connection| {
            let mut actions = Vec::new();
            plans::each_action(connection, id, ActionFilter::default(), |action| {
                actions.push(action);
                Ok(())
            })?;
            Ok(actions)
        };
        let actions = engine.state().call(read).await?;
        let summary = plan.summary.flows.into_iter().next().expect("a flow");
        Ok((run, id, summary, actions))
    }

    /// The ledger, by completion.
    async fn ledger(&self) -> BTreeMap<String, LedgerRow> {
        let state = State::open(self.file().state, "sync test").await.expect("opens");
        let rows = Arc::new(Mutex::new(BTreeMap::new()));
        let into = Arc::clone(&rows);
        let read = move |connection: &mut rusqlite::Connection| {
            for status in LedgerStatus::ALL {
                ledger::each_of_status(connection, FLOW, *status, |row| {
                    into.lock().expect("not poisoned").insert(row.completion_id.clone(), row);
                    Ok(())
                })?;
            }
            Ok(())
        };
        state.call(read).await.expect("reads");
        std::mem::take(&mut *rows.lock().expect("not poisoned"))
    }

    /// How many effects have no outcome.
    async fn open_effects(&self) -> u64 {
        let state = State::open(self.file().state, "sync test").await.expect("opens");
        state.call(|connection| journal::count_open(connection)).await.expect("counts")
    }

    /// The external training records of the LMS, without the one that the sandbox has from the start, by id.
    fn records(&self) -> BTreeMap<String, Value> {
        let state = self.sandbox.state().expect("a state");
        let records: Map<String, Value> =
            state["services"]["peoplefluent-lms"]["external"]["by_id"].as_object().expect("records").clone();
        records.into_iter().filter(|(_, record)| record["title"] != "First Aid at the Fire Brigade").collect()
    }

    /// The LMS has one record of each of these completions and no other, and the ledger says so.
    async fn assert_recorded(&self, completions: &[&str], context: &str) {
        let records = self.records();
        let found: BTreeSet<String> = records.keys().cloned().collect();
        let expected: BTreeSet<String> = completions.iter().map(|id| record_id(id)).collect();
        assert_eq!(found, expected, "{context}: records");
        let ledger = self.ledger().await;
        let accepted = ledger.values().filter(|row| row.row_hash.is_some());
        let mut in_ledger = BTreeSet::new();
        for row in accepted {
            assert_eq!(row.status, LedgerStatus::Accepted, "{context}: {}", row.completion_id);
            let record = &records[&row.record_id];
            let cells = row.row.as_ref().expect("a row");
            assert_eq!(record["user"], cells["UserId"], "{context}");
            assert_eq!(record["title"], cells["Title"], "{context}");
            assert_eq!(record["duration"], cells["Duration"], "{context}");
            in_ledger.insert(row.completion_id.clone());
        }
        assert_eq!(self.open_effects().await, 0, "{context}: effects without outcome");
        assert_eq!(in_ledger, completions.iter().map(|id| (*id).to_owned()).collect(), "{context}: ledger");
    }
}

/// Stops a run at a checkpoint, counted from 1 over all kinds, and tells which it was.
fn stop_at(engine: Engine, number: usize) -> (Engine, Arc<Mutex<Vec<Checkpoint>>>) {
    let passed = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&passed);
    let engine = engine.probe(move |checkpoint| {
        let mut seen = seen.lock().expect("not poisoned");
        seen.push(checkpoint);
        seen.len() == number
    });
    (engine, passed)
}
