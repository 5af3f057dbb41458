//! What is planned for whom: a file of people against the session service.

use std::collections::BTreeMap;
use std::time::Duration;

use rosterkit_core::chrono::{DateTime, TimeDelta, Utc};
use rosterkit_sandbox::Sandbox;
use rosterkit_sync::config::SyncFile;
use rosterkit_sync::engine::{ApplyOptions, ApplyReport, Engine, Plan, PlanOptions};
use rosterkit_sync::plan::{Action, ActionKind};
use rosterkit_sync::state::plans::{self, ActionFilter};
use rosterkit_sync::state::{State, runs};
use serde_json::{Value, json};
use session_clusters::types::UserTemplate;

use crate::support::{TestResult, of_sandbox};

const FLOW: &str = r#"
[[flow]]
name = "people"
from = "file"
to = "session-users"
SETTINGS

[flow.source]
path = "people.jsonl"

[flow.fields]
remoteId = "id"
firstName = "first"
lastName = "last"

[flow.identity]
id = "id"
"#;

/// A file of people, a session service with one user whom no one knows, and a state file.
struct Bench {
    sandbox: Sandbox,
    folder: tempfile::TempDir,
    text: String,
    now: DateTime<Utc>,
}

impl Bench {
    async fn new(settings: &str, tables: &str) -> TestResult<Self> {
        let sandbox = Sandbox::builder().users(0).start().await?;
        let text = FLOW.replace("SETTINGS", settings) + tables;
        let now = "2026-03-01T08:00:00Z".parse()?;
        let bench = Self { sandbox, folder: tempfile::tempdir()?, text, now };
        bench.session_user("foreign", "F", true).await?;
        Ok(bench)
    }

    /// Writes the source: ids, each with more fields.
    fn people(&self, people: &[Value]) -> TestResult {
        let lines: Vec<String> = people.iter().map(Value::to_string).collect();
        Ok(std::fs::write(self.folder.path().join("people.jsonl"), lines.join("\n"))?)
    }

    async fn session_user(&self, remote_id: &str, first: &str, active: bool) -> TestResult {
        let user = UserTemplate {
            remote_id: Some(remote_id.to_owned()),
            first_name: Some(first.to_owned()),
            last_name: Some("Sample".to_owned()),
            active: Some(active),
            ..UserTemplate::default()
        };
        let mut outcomes = of_sandbox(&self.sandbox)?.sessions()?.upsert_users([user]).ordered();
        while outcomes.next().await.is_some() {}
        assert_eq!(outcomes.counts().accepted, 1);
        Ok(())
    }

    async fn plan(&self) -> TestResult<(Engine, Plan, Vec<Action>)> {
        self.plan_with(PlanOptions::default()).await
    }

    async fn plan_with(&self, options: PlanOptions) -> TestResult<(Engine, Plan, Vec<Action>)> {
        let file = SyncFile::parse(&self.text, &self.folder.path().join("rosterkit-sync.toml"))?;
        let state = State::open(&file.state, "test").await?;
        let now = self.now;
        let engine = Engine::new(file, of_sandbox(&self.sandbox)?, state).clock(move || now);
        let run = begin(&engine).await?;
        let plan = engine.plan(run, &options).await?;
        let id = plan.id;
        let read = move |connection: &mut _| {
            let mut actions = Vec::new();
            plans::each_action(connection, id, ActionFilter::default(), |action| {
                actions.push(action);
                Ok(())
            })?;
            Ok(actions)
        };
        let actions = engine.state().call(read).await?;
        Ok((engine, plan, actions))
    }

    async fn apply(&self) -> TestResult<ApplyReport> {
        let (engine, plan, _) = self.plan().await?;
        let run = begin(&engine).await?;
        Ok(engine.apply(run, plan.id, &ApplyOptions::default()).await?)
    }

    /// What is planned, as source id (or target id) to kind and reason.
    async fn decided(&self) -> TestResult<BTreeMap<String, (ActionKind, String)>> {
        let (_, _, actions) = self.plan().await?;
        let decided = actions.into_iter().map(|action| {
            let id = action.source_id.or(action.label).or(action.target_id).unwrap_or_default();
            (id, (action.kind, action.held.map_or(action.reason, |held| format!("held: {held}"))))
        });
        Ok(decided.collect())
    }
}

async fn begin(engine: &Engine) -> TestResult<i64> {
    let hash = engine.file().hash.clone();
    Ok(engine.state().call(move |connection| runs::begin(connection, "test", &hash, Utc::now())).await?)
}

fn person(id: &str, first: &str) -> Value {
    json!({ "id": id, "first": first, "last": "Sample", "email": format!("{id}@example.com"), "at_work": true })
}

fn kind(decided: &BTreeMap<String, (ActionKind, String)>, id: &str) -> Option<ActionKind> {
    decided.get(id).map(|(kind, _)| *kind)
}

fn reason<'a>(decided: &'a BTreeMap<String, (ActionKind, String)>, id: &str) -> &'a str {
    decided.get(id).map_or("", |(_, reason)| reason)
}

#[tokio::test]
async fn a_record_that_cannot_be_used_stops_nobody_else_and_is_named() -> TestResult {
    let bench = Bench::new("active = \"at_work\"", "").await?;
    bench.people(&[
        person("good", "A"),
        json!({ "id": "no-name", "last": "Sample", "at_work": true }),
        json!({ "id": "odd-name", "first": { "a": 1 }, "last": "Sample", "at_work": true }),
        json!({ "id": "odd-state", "first": "A", "last": "Sample", "at_work": "perhaps" }),
        person("twice", "A"),
        person("twice", "B"),
        json!({ "first": "A", "last": "Sample", "at_work": true }),
        json!({ "id": "asleep", "first": "A", "last": "Sample", "at_work": false }),
    ])?;
    let decided = bench.decided().await?;
    assert_eq!(kind(&decided, "good"), Some(ActionKind::Create), "{decided:?}");
    for (id, expected) in [
        ("no-name", "it cannot be created: `firstName` has no value"),
        ("odd-name", "invalid `firstName`: expected a text"),
        ("odd-state", "`active`: `at_work` is neither true nor false"),
        ("A Sample", "it has no id"),
        ("record 7", "it has no id"),
    ] {
        if decided.contains_key(id) {
            assert_eq!(decided[id], (ActionKind::Invalid, expected.to_owned()), "{id}");
        }
    }
    assert_eq!(decided.values().filter(|(kind, _)| *kind == ActionKind::Invalid).count(), 4, "{decided:?}");
    assert_eq!(kind(&decided, "twice"), Some(ActionKind::Conflict));
    assert_eq!(kind(&decided, "asleep"), Some(ActionKind::OutOfScope));
    Ok(())
}

#[tokio::test]
async fn a_source_in_which_somebody_has_no_id_or_that_shrank_removes_nobody() -> TestResult {
    let bench = Bench::new("", "[flow.removals]\npolicy = \"deactivate\"\n").await?;
    let people: Vec<Value> = (0..10).map(|number| person(&format!("p{number}"), "A")).collect();
    bench.people(&people)?;
    assert_eq!(bench.apply().await?.flows[0].outcomes.get("accepted"), Some(&10));

    bench.people(&people[..9])?;
    let decided = bench.decided().await?;
    assert_eq!(decided["p9"], (ActionKind::Deactivate, "missing in the source".to_owned()));
    let mut without_id = people[..9].to_vec();
    without_id.push(json!({ "first": "A", "last": "Sample" }));
    bench.people(&without_id)?;
    let decided = bench.decided().await?;
    assert!(reason(&decided, "p9").contains("1 records have no id"), "{decided:?}");

    bench.people(&people[..7])?;
    let decided = bench.decided().await?;
    assert!(reason(&decided, "p7").contains("7 records are less than 80 % of the 9"), "{decided:?}");
    bench.people(&[])?;
    let decided = bench.decided().await?;
    assert!(reason(&decided, "p0").starts_with("held: the source was not read completely"), "{decided:?}");
    Ok(())
}

#[tokio::test]
async fn a_person_is_removed_after_the_grace_and_a_second_complete_read() -> TestResult {
    let tables = "[flow.removals]\npolicy = \"deactivate\"\ngrace = \"7d\"\n[flow.limits]\nmin_percent = 10\n";
    let mut bench = Bench::new("", tables).await?;
    bench.people(&[person("stays", "A"), person("goes", "B")])?;
    bench.apply().await?;
    bench.people(&[person("stays", "A")])?;
    let decided = bench.decided().await?;
    assert_eq!(kind(&decided, "goes"), Some(ActionKind::PendingRemoval));
    assert!(reason(&decided, "goes").contains("the grace ends at 2026-03-08T08:00:00Z"), "{decided:?}");

    bench.now += TimeDelta::from_std(Duration::from_secs(3 * 86_400))?;
    bench.people(&[person("stays", "A"), person("goes", "B")])?;
    assert_eq!(kind(&bench.decided().await?, "goes"), None);
    bench.people(&[person("stays", "A")])?;
    let decided = bench.decided().await?;
    assert!(reason(&decided, "goes").contains("the grace ends at 2026-03-11T08:00:00Z"), "it starts anew: {decided:?}");

    bench.now += TimeDelta::from_std(Duration::from_secs(7 * 86_400))?;
    assert_eq!(kind(&bench.decided().await?, "goes"), Some(ActionKind::Deactivate));
    Ok(())
}

#[tokio::test]
async fn who_was_deactivated_elsewhere_or_changed_by_hand_is_treated_as_the_file_says() -> TestResult {
    for (settings, expected_state, expected_change) in [
        ("", ActionKind::Conflict, ActionKind::Update),
        ("reactivate = \"always\"\non_manual_change = \"report\"", ActionKind::Reactivate, ActionKind::Conflict),
    ] {
        let bench = Bench::new(settings, "").await?;
        bench.people(&[person("off", "A"), person("changed", "B")])?;
        bench.apply().await?;
        bench.session_user("off", "A", false).await?;
        bench.session_user("changed", "By Hand", true).await?;
        let (_, _, actions) = bench.plan().await?;
        let of = |id: &str| actions.iter().find(|action| action.source_id.as_deref() == Some(id)).unwrap();
        assert_eq!((of("off").kind, of("changed").kind), (expected_state, expected_change), "{settings}");
        let change = &of("changed").changes[0];
        assert!(change.overwrites_manual_change && change.before == json!("By Hand"), "{change:?}");
    }
    Ok(())
}

#[tokio::test]
async fn protected_people_are_never_written_and_unmanaged_ones_never_planned() -> TestResult {
    let tables = "[flow.protect]\nids = [\"p1\"]\nemails = [\"*2@EXAMPLE.com\"]\nsource = [\"first == 'Chief'\"]\n";
    let bench = Bench::new("", tables).await?;
    bench.people(&[person("p1", "A"), person("p2", "B"), person("p3", "Chief"), person("p4", "D")])?;
    let (_, _, actions) = bench.plan().await?;
    let kinds: Vec<(ActionKind, Option<&str>)> =
        actions.iter().map(|action| (action.kind, action.source_id.as_deref())).collect();
    assert_eq!(
        kinds,
        [
            (ActionKind::Protected, Some("p1")),
            (ActionKind::Protected, Some("p2")),
            (ActionKind::Protected, Some("p3")),
            (ActionKind::Create, Some("p4")),
            (ActionKind::Unmanaged, None),
        ]
    );
    let report = bench.apply().await?;
    assert_eq!(report.flows[0].outcomes, BTreeMap::from([("accepted".to_owned(), 1)]));
    Ok(())
}

#[tokio::test]
async fn two_people_with_one_key_are_a_conflict_that_names_both_and_nobody_is_overwritten() -> TestResult {
    let bench = Bench::new("", "").await?;
    let with_key = |id: &str, key: &str| json!({ "id": key, "first": id, "last": "Sample", "number": id });
    let text = bench.text.replace("[flow.identity]\nid = \"id\"", "[flow.identity]\nid = \"number\"");
    let bench = Bench { text, ..bench };
    bench.people(&[with_key("n1", "same"), with_key("n2", "same"), with_key("n3", "other")])?;
    let decided = bench.decided().await?;
    assert_eq!(kind(&decided, "n3"), Some(ActionKind::Create));
    for id in ["n1", "n2"] {
        assert_eq!(decided[id], (ActionKind::Conflict, "the same `remoteId`: source `n1`, `n2`".to_owned()));
    }
    bench.people(&[with_key("n1", "same"), with_key("n3", "other")])?;
    bench.apply().await?;
    bench.people(&[with_key("n1", "same"), with_key("n3", "other"), with_key("n4", "same")])?;
    let decided = bench.decided().await?;
    assert!(reason(&decided, "n4").contains("belongs to another source person"), "{decided:?}");
    bench.people(&[with_key("n1", "renamed"), with_key("n3", "other")])?;
    let decided = bench.decided().await?;
    assert!(reason(&decided, "n1").contains("the service would create a second user"), "{decided:?}");
    Ok(())
}

#[tokio::test]
async fn a_name_identifies_nobody_until_the_pair_is_confirmed() -> TestResult {
    let bench = Bench::new("", "").await?;
    let text = bench.text.replace("id = \"id\"\n", "id = \"id\"\nmatch = [\"name\"]\n");
    let bench = Bench { text, ..bench };
    bench.people(&[json!({ "id": "new", "first": "Same", "last": "Sample", "name": "Same Sample" })])?;
    bench.session_user("old", "Same", true).await?;
    let (_, _, actions) = bench.plan().await?;
    assert_eq!(actions[0].kind, ActionKind::Confirm, "{actions:?}");
    let report = bench.apply().await?;
    assert_eq!(report.flows[0].outcomes, BTreeMap::new(), "nothing is written without a confirmation");
    Ok(())
}

#[tokio::test]
async fn a_plan_for_one_person_concerns_nobody_else() -> TestResult {
    let bench = Bench::new("", "").await?;
    bench.people(&[person("p1", "A"), person("p2", "B")])?;
    let only = PlanOptions { only: Some("p2".to_owned()), ..PlanOptions::default() };
    let (engine, plan, actions) = bench.plan_with(only).await?;
    assert_eq!(actions.iter().map(|action| action.source_id.as_deref()).collect::<Vec<_>>(), [Some("p2")]);
    let run = begin(&engine).await?;
    let report = engine.apply(run, plan.id, &ApplyOptions::default()).await?;
    assert_eq!(report.flows[0].outcomes.get("accepted"), Some(&1));
    drop(engine);
    assert_eq!(kind(&bench.decided().await?, "p1"), Some(ActionKind::Create));
    Ok(())
}

#[tokio::test]
async fn an_empty_target_is_filled_only_when_that_is_accepted_and_an_empty_source_is_never_everybody() -> TestResult {
    let bench = Bench::new("", "").await?;
    let bench = Bench { sandbox: Sandbox::builder().users(0).start().await?, ..bench };
    bench.people(&[person("p1", "A")])?;
    assert!(reason(&bench.decided().await?, "p1").contains("--accept-source-size accepts it"));
    let accepted = PlanOptions { accept_source_size: true, ..PlanOptions::default() };
    let (engine, plan, _) = bench.plan_with(accepted.clone()).await?;
    let run = begin(&engine).await?;
    let report = engine.apply(run, plan.id, &ApplyOptions::default()).await?;
    assert_eq!(report.flows[0].outcomes.get("accepted"), Some(&1), "{report:?}");
    drop(engine);
    bench.people(&[])?;
    let (_, plan, _) = bench.plan_with(accepted).await?;
    assert_eq!(plan.summary.flows[0].source.incomplete.len(), 1);
    Ok(())
}

#[tokio::test]
async fn a_state_file_is_refused_at_other_addresses_until_they_are_accepted() -> TestResult {
    let bench = Bench::new("", "").await?;
    bench.people(&[person("p1", "A")])?;
    bench.apply().await?;
    let other = Sandbox::builder().users(0).start().await?;
    let address = other.sessions_url();
    let bench = Bench { sandbox: other, ..bench };
    bench.session_user("foreign", "F", true).await?;
    let refused = bench.plan().await.map(|_| ()).unwrap_err().to_string();
    assert!(refused.contains("belongs to") && refused.contains("--accept-addresses"), "{refused}");

    let file = SyncFile::parse(&bench.text, &bench.folder.path().join("rosterkit-sync.toml"))?;
    let state = State::open(&file.state, "test").await?;
    let engine = Engine::new(file, of_sandbox(&bench.sandbox)?, state);
    let refused = engine.resume().await.unwrap_err().to_string();
    assert!(refused.contains("belongs to"), "nothing is settled by another service: {refused}");
    engine.accept_addresses().await?;
    drop(engine);
    assert_eq!(kind(&bench.decided().await?, "p1"), Some(ActionKind::Create), "{address}");
    Ok(())
}
