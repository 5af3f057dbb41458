//! Flows of people, from Genesys to the session service.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use genesys_users::types::{UpdateUser, UserStateValue};
use rosterkit_core::chrono::Utc;
use rosterkit_sandbox::Sandbox;
use rosterkit_sync::config::SyncFile;
use rosterkit_sync::engine::{ApplyOptions, ApplyReport, Checkpoint, Engine, Error, Plan, PlanOptions};
use rosterkit_sync::plan::{Action, ActionKind, Allowances};
use rosterkit_sync::state::plans::{self, ActionFilter};
use rosterkit_sync::state::{State, runs};
use session_clusters::types::{SessionUser, UserTemplate};

use crate::support::{TestResult, of_sandbox};

const PEOPLE: u64 = 40;

const FILE: &str = r#"
[[flow]]
name = "people"
from = "genesys-users"
to = "session-users"

[flow.fields]
remoteId = "id"
firstName = "split_name_first(name)"
lastName = "default(split_name_rest(name), 'Unknown')"

[flow.removals]
policy = "deactivate"

[flow.limits]
removals = { max = 5, max_percent = 50 }
"#;

/// A sandbox and a state file, which outlive the engines that work with them.
struct Bench {
    sandbox: Sandbox,
    folder: tempfile::TempDir,
    text: String,
}

impl Bench {
    async fn new(text: &str) -> TestResult<Self> {
        let sandbox = Sandbox::builder().users(PEOPLE).seed(7).start().await?;
        Ok(Self { sandbox, folder: tempfile::tempdir()?, text: text.to_owned() })
    }

    async fn engine(&self) -> TestResult<Engine> {
        let path = self.folder.path().join("rosterkit-sync.toml");
        let file = SyncFile::parse(&self.text, &path)?;
        let state = State::open(&file.state, "test").await?;
        Ok(Engine::new(file, of_sandbox(&self.sandbox)?, state))
    }

    async fn plan(&self, engine: &Engine) -> TestResult<Plan> {
        self.plan_with(engine, &PlanOptions::default()).await
    }

    async fn plan_with(&self, engine: &Engine, options: &PlanOptions) -> TestResult<Plan> {
        let run = begin(engine).await?;
        Ok(engine.plan(run, options).await?)
    }

    async fn apply(&self, engine: &Engine, plan: &Plan) -> TestResult<ApplyReport> {
        let run = begin(engine).await?;
        Ok(engine.apply(run, plan.id, &ApplyOptions::default()).await?)
    }

    /// Plans and applies, and returns the outcomes.
    async fn run(&self) -> TestResult<BTreeMap<String, u64>> {
        let engine = self.engine().await?;
        engine.resume().await?;
        let plan = self.plan(&engine).await?;
        let report = self.apply(&engine, &plan).await?;
        assert_eq!(report.flows[0].kept_back, Vec::<String>::new());
        Ok(report.flows[0].outcomes.clone())
    }

    /// The active session users as remote id and name, and the number of all.
    async fn session_users(&self) -> TestResult<(BTreeMap<String, String>, usize)> {
        let services = of_sandbox(&self.sandbox)?;
        let mut listing = services.sessions()?.users().items();
        let (mut active, mut total) = (BTreeMap::new(), 0);
        while let Some(user) = listing.next().await {
            let user: SessionUser = user?;
            total += 1;
            if user.active == Some(true) {
                let name = format!("{} {}", user.first_name.unwrap_or_default(), user.last_name.unwrap_or_default());
                let twin = active.insert(user.remote_id.unwrap_or_default(), name);
                assert_eq!(twin, None, "somebody was created twice");
            }
        }
        Ok((active, total))
    }

    /// The active Genesys users as id and name.
    async fn genesys_users(&self) -> TestResult<BTreeMap<String, String>> {
        let services = of_sandbox(&self.sandbox)?;
        let mut listing = services.genesys()?.api().get_users().state("active").items();
        let mut active = BTreeMap::new();
        while let Some(user) = listing.next().await {
            let user = user?;
            active.insert(user.id.unwrap_or_default(), user.name.unwrap_or_default());
        }
        Ok(active)
    }

    async fn set_genesys_state(&self, id: &str, state: &str) -> TestResult {
        let services = of_sandbox(&self.sandbox)?;
        let update = UpdateUser { state: UserStateValue::from(state).into(), ..Default::default() };
        services.genesys()?.users().patch_latest(id, |_| update.clone()).await?;
        Ok(())
    }
}

async fn begin(engine: &Engine) -> TestResult<i64> {
    let hash = engine.file().hash.clone();
    Ok(engine.state().call(move |connection| runs::begin(connection, "test", &hash, Utc::now())).await?)
}

async fn actions(engine: &Engine, plan: &Plan, kind: ActionKind) -> TestResult<Vec<Action>> {
    let id = plan.id;
    let read = move |connection: &mut _| {
        let mut actions = Vec::new();
        plans::each_action(connection, id, ActionFilter { kind: Some(kind), ..ActionFilter::default() }, |action| {
            actions.push(action);
            Ok(())
        })?;
        Ok(actions)
    };
    Ok(engine.state().call(read).await?)
}

#[tokio::test]
async fn people_are_created_and_matched_and_a_second_plan_is_empty() -> TestResult {
    let bench = Bench::new(FILE).await?;
    let engine = bench.engine().await?;
    let plan = bench.plan(&engine).await?;
    let flow = &plan.summary.flows[0];
    assert_eq!((flow.source.rows, flow.source.incomplete.len(), flow.target.incomplete.len()), (PEOPLE, 0, 0));
    assert!(flow.due(ActionKind::Create) > 10, "{flow:?}");
    let created = actions(&engine, &plan, ActionKind::Create).await?;
    assert_eq!(created.len() as u64, flow.due(ActionKind::Create));
    assert_eq!(created[0].changes.len(), 3);

    let report = bench.apply(&engine, &plan).await?;
    assert_eq!(report.flows[0].not_done, [], "{report:?}");
    let genesys = bench.genesys_users().await?;
    let (sessions, _) = bench.session_users().await?;
    for (id, name) in &genesys {
        let (first, rest) = name.split_once(' ').unwrap_or((name, "Unknown"));
        assert_eq!(sessions.get(id), Some(&format!("{first} {rest}")));
    }
    let again = bench.plan(&engine).await?;
    assert!(!again.summary.flows[0].has_changes(), "{:?}", again.summary);
    assert_eq!(again.summary.flows[0].managed_active, sessions.len() as u64);
    Ok(())
}

#[tokio::test]
async fn somebody_who_left_is_deactivated_only_when_managed_and_comes_back() -> TestResult {
    let bench = Bench::new(FILE).await?;
    let leaver = bench.genesys_users().await?.into_keys().next().unwrap();
    bench.set_genesys_state(&leaver, "inactive").await?;
    let (before, _) = bench.session_users().await?;
    bench.run().await?;
    let (first, _) = bench.session_users().await?;
    assert!(before.keys().all(|id| first.contains_key(id)), "the first apply removes no one");

    bench.set_genesys_state(&leaver, "active").await?;
    bench.run().await?;
    assert!(bench.session_users().await?.0.contains_key(&leaver));
    bench.set_genesys_state(&leaver, "inactive").await?;
    let outcomes = bench.run().await?;
    assert_eq!(outcomes.get("accepted"), Some(&1), "{outcomes:?}");
    assert!(!bench.session_users().await?.0.contains_key(&leaver));
    bench.set_genesys_state(&leaver, "active").await?;
    bench.run().await?;
    assert!(bench.session_users().await?.0.contains_key(&leaver), "sync had deactivated it, so it activates it");
    Ok(())
}

#[tokio::test]
async fn somebody_who_is_back_in_the_source_before_the_removal_is_not_removed() -> TestResult {
    let bench = Bench::new(FILE).await?;
    bench.run().await?;
    let ids: Vec<String> = bench.genesys_users().await?.into_keys().take(2).collect();
    for id in &ids {
        bench.set_genesys_state(id, "inactive").await?;
    }
    let engine = bench.engine().await?;
    let plan = bench.plan(&engine).await?;
    assert_eq!(plan.summary.flows[0].due(ActionKind::Deactivate), 2);
    bench.set_genesys_state(&ids[0], "active").await?;
    let report = bench.apply(&engine, &plan).await?;
    let flow = &report.flows[0];
    assert_eq!(flow.outcomes, BTreeMap::from([("accepted".to_owned(), 1), ("skipped".to_owned(), 1)]), "{flow:?}");
    assert!(flow.not_done[0].reason.contains("active and in scope in the source by now"), "{flow:?}");
    let (active, _) = bench.session_users().await?;
    assert!(active.contains_key(&ids[0]) && !active.contains_key(&ids[1]));
    Ok(())
}

#[tokio::test]
async fn somebody_who_cannot_be_read_once_more_is_not_removed() -> TestResult {
    let bench = Bench::new(FILE).await?;
    bench.run().await?;
    let leaver = bench.genesys_users().await?.into_keys().next().unwrap();
    bench.set_genesys_state(&leaver, "inactive").await?;
    let engine = bench.engine().await?;
    let plan = bench.plan(&engine).await?;
    bench.sandbox.add_fault("getUser:status=503".parse()?)?;
    let report = bench.apply(&engine, &plan).await?;
    assert_eq!(report.flows[0].outcomes, BTreeMap::from([("skipped".to_owned(), 1)]), "{report:?}");
    assert!(bench.session_users().await?.0.contains_key(&leaver));
    Ok(())
}

#[tokio::test]
async fn a_removal_beyond_the_limits_keeps_the_whole_flow_back() -> TestResult {
    let bench = Bench::new(FILE).await?;
    bench.run().await?;
    let people: Vec<String> = bench.genesys_users().await?.into_keys().collect();
    for id in &people[..6] {
        bench.set_genesys_state(id, "inactive").await?;
    }
    let before = bench.session_users().await?;
    let engine = bench.engine().await?;
    let plan = bench.plan(&engine).await?;
    assert_eq!(plan.summary.flows[0].due(ActionKind::Deactivate), 6);
    let report = bench.apply(&engine, &plan).await?;
    assert!(report.flows[0].kept_back[0].contains("6 removals exceed the limit of 5"), "{report:?}");
    assert_eq!(bench.session_users().await?, before);

    let allowances = Allowances { removals: Some(6), ..Allowances::default() };
    let plan = bench.plan_with(&engine, &PlanOptions { allowances, ..PlanOptions::default() }).await?;
    let run = begin(&engine).await?;
    let report = engine.apply(run, plan.id, &ApplyOptions { allowances, ..ApplyOptions::default() }).await?;
    assert_eq!(report.flows[0].outcomes.get("accepted"), Some(&6), "{report:?}");
    Ok(())
}

#[tokio::test]
async fn what_was_changed_since_the_plan_is_skipped_and_the_rest_applied() -> TestResult {
    let bench = Bench::new(FILE).await?;
    bench.run().await?;
    let services = of_sandbox(&bench.sandbox)?;
    let ids: Vec<String> = bench.genesys_users().await?.into_keys().take(2).collect();
    for id in &ids {
        let update = UpdateUser { name: "New Name".to_owned().into(), ..Default::default() };
        services.genesys()?.users().patch_latest(id, |_| update.clone()).await?;
    }
    let engine = bench.engine().await?;
    let plan = bench.plan(&engine).await?;
    assert_eq!(plan.summary.flows[0].due(ActionKind::Update), 2);
    let other = UserTemplate {
        remote_id: Some(ids[0].clone()),
        first_name: Some("Somebody".into()),
        last_name: Some("Else".into()),
        ..UserTemplate::default()
    };
    let mut outcomes = services.sessions()?.upsert_users([other]).ordered();
    while outcomes.next().await.is_some() {}
    let report = bench.apply(&engine, &plan).await?;
    let flow = &report.flows[0];
    assert_eq!((flow.outcomes.get("accepted"), flow.outcomes.get("skipped")), (Some(&1), Some(&1)), "{flow:?}");
    assert!(flow.not_done[0].reason.contains("was changed since the plan"));
    let again = bench.apply(&engine, &plan).await.unwrap_err();
    assert!(again.to_string().contains("it was applied at"), "{again}");
    Ok(())
}

#[tokio::test]
async fn after_a_kill_at_any_checkpoint_everybody_is_there_once_and_the_next_plan_is_empty() -> TestResult {
    let expected = {
        let bench = Bench::new(FILE).await?;
        bench.run().await?;
        bench.session_users().await?
    };
    for stop_at in 1.. {
        let bench = Bench::new(FILE).await?;
        let engine = bench.engine().await?;
        let count = Arc::new(AtomicU64::new(0));
        let counted = Arc::clone(&count);
        let engine = engine.probe(move |_: Checkpoint| counted.fetch_add(1, Ordering::SeqCst) + 1 == stop_at);
        let plan = bench.plan(&engine).await?;
        let run = begin(&engine).await?;
        let stopped = engine.apply(run, plan.id, &ApplyOptions::default()).await;
        let is_over = match stopped {
            Err(Error::Stopped) => false,
            Err(error) => return Err(error.into()),
            Ok(_) => true,
        };
        drop(engine);
        bench.run().await?;
        assert_eq!(bench.session_users().await?, expected, "stopped at checkpoint {stop_at}");
        let engine = bench.engine().await?;
        let plan = bench.plan(&engine).await?;
        assert!(!plan.summary.flows[0].has_changes(), "stopped at checkpoint {stop_at}: {:?}", plan.summary);
        if is_over {
            assert!(stop_at > 4, "the run has checkpoints");
            return Ok(());
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_source_that_shrank_or_failed_removes_nobody() -> TestResult {
    let bench = Bench::new(FILE).await?;
    bench.run().await?;
    bench.sandbox.add_fault("getUsers:status=503".parse()?)?;
    let engine = bench.engine().await?;
    let failed = bench.plan(&engine).await.unwrap_err();
    assert!(failed.to_string().contains("503"), "{failed}");
    bench.sandbox.clear_faults();
    assert!(!bench.plan(&engine).await?.summary.flows[0].has_changes());
    assert!(Path::new(&engine.file().state).exists());
    Ok(())
}
