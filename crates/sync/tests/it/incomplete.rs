//! Responses that lack parts, and people who became protected after the plan: nobody is touched because of what is not known.

use genesys_users::types::{UpdateUser, UserStateValue};
use rosterkit_sandbox::Sandbox;
use rosterkit_sync::engine::PlanOptions;
use rosterkit_sync::plan::{Action, ActionKind};
use rosterkit_sync::state::State;
use serde_json::{Value, json};

use crate::bench::{self, Bench, apply, person, plan};
use crate::support::{TestResult, of_sandbox};

/// Genesys users become session users; all of them have an employee number in the sandbox, and skills.
const FLOW: &str = r#"
[[flow]]
name = "people"
from = "genesys-users"
to = "session-users"
SETTINGS

[flow.source]
expand = ["employerInfo", "skills"]

[flow.fields]
remoteId = "id"
firstName = "split_name_first(name)"
lastName = "employerInfo && 'Employed'"

[flow.removals]
policy = "deactivate"
when = ["missing", "inactive", "out-of-scope"]

[flow.limits]
removals = { max = 100, max_percent = 100 }
"#;

async fn of_genesys(settings: &str, tables: &str) -> TestResult<Bench> {
    let sandbox = Sandbox::builder().users(10).seed(7).start().await?;
    Bench::with(sandbox, FLOW.replace("SETTINGS", settings) + tables).await
}

async fn all(bench: &Bench) -> TestResult<Vec<Action>> {
    let engine = bench.engine().await?;
    let planned = plan(&engine, &PlanOptions::default()).await?;
    Ok(bench::actions(&engine, &planned).await?)
}

fn count(actions: &[Action], kind: ActionKind) -> usize {
    actions.iter().filter(|action| action.kind == kind).count()
}

#[tokio::test]
async fn nobody_has_left_because_of_a_part_that_did_not_come() -> TestResult {
    for settings in ["where = \"employerInfo.employeeId != null\"", "active = \"employerInfo.employeeId != null\""] {
        let bench = of_genesys(settings, "").await?;
        let (_, report) = bench.run().await?;
        let managed = report.flows[0].outcomes["accepted"];
        bench.sandbox.add_fault("*:without=employerInfo".parse()?)?;
        let actions = all(&bench).await?;
        assert_eq!(count(&actions, ActionKind::Deactivate), 0, "{settings}: {actions:?}");
        let named: Vec<&Action> = actions.iter().filter(|action| action.kind == ActionKind::Invalid).collect();
        assert_eq!(named.len() as u64, managed, "{settings}: {actions:?}");
        assert!(named.iter().all(|it| it.reason.contains("needs `employerInfo`, which the service did not send")));
        bench.sandbox.clear_faults();
        assert_eq!(all(&bench).await?.iter().filter(|action| action.kind.is_write()).count(), 0, "{settings}");
    }
    Ok(())
}

#[tokio::test]
async fn a_removal_that_was_planned_does_not_happen_when_the_part_does_not_come_before_it() -> TestResult {
    let bench = of_genesys("where = \"employerInfo.employeeId && employerInfo.employeeId != '4711'\"", "").await?;
    bench.run().await?;
    let genesys = of_sandbox(&bench.sandbox)?;
    let managed = all_ids(&bench).await?;
    let leaver = managed.first().ok_or("somebody")?;
    let update =
        UpdateUser { employer_info: serde_json::from_value(json!({ "employeeId": "4711" }))?, ..Default::default() };
    genesys.genesys()?.users().patch_latest(leaver, |_| update.clone()).await?;
    let engine = bench.engine().await?;
    let planned = plan(&engine, &PlanOptions::default()).await?;
    assert_eq!(planned.summary.flows[0].due(ActionKind::Deactivate), 1);
    bench.sandbox.add_fault("getUser:without=employerInfo".parse()?)?;
    let report = apply(&engine, &planned).await?;
    assert!(report.flows[0].not_done[0].reason.contains("needs `employerInfo`"), "{report:?}");
    assert!(bench.users().await?[leaver].2);
    Ok(())
}

#[tokio::test]
async fn who_cannot_be_matched_because_a_part_did_not_come_is_a_conflict_and_not_created() -> TestResult {
    let matched = "[flow.identity]\nmatch = [{ source = \"employerInfo.employeeId\", target = \"name\" }]\n";
    let bench = of_genesys("", matched).await?;
    bench.sandbox.add_fault("*:without=employerInfo".parse()?)?;
    let actions = all(&bench).await?;
    assert_eq!(count(&actions, ActionKind::Create), 0, "{actions:?}");
    let reason = "it may be in the target: `name` needs `employerInfo`, which the service did not send";
    let named = actions.iter().filter(|it| it.kind == ActionKind::Conflict && it.reason == reason).count();
    bench.sandbox.clear_faults();
    let actions = all(&bench).await?;
    assert_eq!((count(&actions, ActionKind::Create), count(&actions, ActionKind::Conflict)), (named, 0), "{actions:?}");
    assert!(named > 0);
    // Who is known needs no key.
    bench.run().await?;
    bench.sandbox.add_fault("*:without=employerInfo".parse()?)?;
    assert_eq!(count(&all(&bench).await?, ActionKind::Conflict), 0);
    Ok(())
}

/// The active session users who came from Genesys.
async fn all_ids(bench: &Bench) -> TestResult<Vec<String>> {
    let users = bench.users().await?;
    Ok(users.into_iter().filter(|(id, user)| user.2 && id != "foreign").map(|(id, _)| id).collect())
}

#[tokio::test]
async fn who_may_be_protected_is_not_touched_and_a_field_whose_part_did_not_come_is_left_alone() -> TestResult {
    let protect = "[flow.protect]\nsource = [\"employerInfo.employeeId == 'none'\"]\n";
    for (tables, changed) in [("", ActionKind::Deactivate), (protect, ActionKind::Protected)] {
        let bench = of_genesys("", tables).await?;
        bench.run().await?;
        assert!(bench.users().await?.values().all(|user| user.1 == "Employed" || user.1 == "Eign"));
        let leaver = all_ids(&bench).await?.swap_remove(0);
        let update = UpdateUser { state: UserStateValue::Inactive.into(), ..Default::default() };
        of_sandbox(&bench.sandbox)?.genesys()?.users().patch_latest(&leaver, |_| update.clone()).await?;
        bench.sandbox.add_fault("*:without=employerInfo".parse()?)?;
        let actions = all(&bench).await?;
        let [action] =
            &actions.iter().filter(|it| it.kind.is_write() || it.kind == ActionKind::Protected).collect::<Vec<_>>()[..]
        else {
            return Err(format!("one action: {actions:?}").into());
        };
        assert_eq!((action.kind, action.source_id.as_ref()), (changed, Some(&leaver)), "{actions:?}");
    }
    Ok(())
}

#[tokio::test]
async fn who_was_protected_stays_so_when_the_part_did_not_come_and_then_the_person() -> TestResult {
    let protect = "[flow.protect]\nsource = [\"employerInfo.employeeId == '4711'\"]\n";
    let bench = of_genesys("", protect).await?;
    bench.run().await?;
    let id = all_ids(&bench).await?.swap_remove(0);
    let services = of_sandbox(&bench.sandbox)?;
    let genesys = services.genesys()?;
    let update =
        UpdateUser { employer_info: serde_json::from_value(json!({ "employeeId": "4711" }))?, ..Default::default() };
    genesys.users().patch_latest(&id, |_| update.clone()).await?;
    all(&bench).await?;
    bench.sandbox.add_fault("*:without=employerInfo".parse()?)?;
    all(&bench).await?;
    genesys.users().delete(&id).await?;
    bench.sandbox.clear_faults();
    let actions = all(&bench).await?;
    assert_eq!(count(&actions, ActionKind::Deactivate), 0, "{actions:?}");
    assert_eq!(count(&actions, ActionKind::Protected), 1, "{actions:?}");
    Ok(())
}

const OF_FILE: &str = r#"
[[flow]]
name = "people"
from = "file"
to = "session-users"

[flow.source]
path = "people.jsonl"

[flow.fields]
remoteId = "id"
firstName = "first"
lastName = "last"

[flow.identity]
id = "id"

[flow.removals]
policy = "deactivate"
deactivate_by = "BY"

[flow.protect]
target = ["firstName == 'Chief'"]

[flow.limits]
min_percent = 10
removals = { max = 3, max_percent = 100 }
"#;

#[tokio::test]
async fn who_became_protected_after_the_plan_is_not_removed() -> TestResult {
    for by in ["batch", "upsert"] {
        let bench = Bench::new(OF_FILE.replace("BY", by)).await?;
        bench.people(&[person("stays", "A"), person("goes", "A")])?;
        bench.run().await?;
        bench.people(&[person("stays", "A")])?;
        let engine = bench.engine().await?;
        let planned = plan(&engine, &PlanOptions::default()).await?;
        assert_eq!(planned.summary.flows[0].due(ActionKind::Deactivate), 1);
        bench.set_user("goes", ("Chief", "Sample"), true).await?;
        let report = apply(&engine, &planned).await?;
        assert!(report.flows[0].not_done[0].reason.contains("`protect.target`"), "{by}: {report:?}");
        assert!(bench.users().await?["goes"].2, "{by}");
    }
    Ok(())
}

/// How many pages the state file may grow by: from none, so that the first write of a run fails, to enough for some of it.
const PAGES: [u32; 6] = [0, 1, 2, 4, 8, 16];

#[tokio::test]
async fn a_state_file_that_is_full_ends_the_run_and_the_next_one_does_everything_once() -> TestResult {
    let everybody: Vec<Value> = (0..300).map(|number| person(&format!("p{number}"), "A")).collect();
    let bench = Bench::new(OF_FILE.replace("BY", "batch")).await?;
    bench.people(&everybody[..2])?;
    bench.run().await?;
    bench.people(&everybody)?;
    let before = bench.moment()?;
    let mut failed = 0;
    for pages in PAGES {
        bench.return_to(&before)?;
        let engine = bench.engine().await?;
        let planned = plan(&engine, &PlanOptions::default()).await?;
        assert_eq!(planned.summary.flows[0].due(ActionKind::Create), 298);
        limit(engine.state(), Some(pages)).await?;
        let sent = bench.users().await?.len();
        let end = apply(&engine, &planned).await;
        failed += u32::from(end.is_err());
        if let Err(error) = end {
            assert!(error.to_string().contains("no space left"), "{pages}: {error}");
        }
        if pages == 0 {
            assert_eq!(bench.users().await?.len(), sent, "nothing is sent that is not journalled");
        }
        limit(engine.state(), None).await?;
        drop(engine);
        bench.run().await?;
        assert_eq!(bench.users().await?.len(), everybody.len() + 1, "{pages}");
        assert_eq!(all(&bench).await?.iter().filter(|action| action.kind.is_write()).count(), 0, "{pages}");
    }
    assert!(failed >= 2, "{failed} runs failed");
    Ok(())
}

/// Lets the state file grow by so many pages, or by as many as it likes.
async fn limit(state: &State, pages: Option<u32>) -> TestResult {
    let limit = move |connection: &mut rusqlite::Connection| {
        let most = match pages {
            Some(pages) => connection.query_row("PRAGMA page_count", [], |row| row.get::<_, u32>(0))? + pages,
            None => u32::MAX - 1,
        };
        connection.query_row(&format!("PRAGMA max_page_count = {most}"), [], |_| Ok(()))?;
        Ok(())
    };
    Ok(state.call(limit).await?)
}
