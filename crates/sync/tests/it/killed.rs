//! Runs that are killed at each of their checkpoints while the service has a fault, for each kind of action.

use std::collections::BTreeMap;

use rosterkit_sync::engine::{Error, PlanOptions};
use rosterkit_sync::plan::ActionKind;
use serde_json::Value;

use crate::bench::{Bench, Listed, apply, journal, person, plan, run, stop_at};
use crate::support::TestResult;

const FLOW: &str = r#"
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

[flow.limits]
min_percent = 10
removals = { max = 10, max_percent = 90 }
"#;

/// What goes wrong with the first request that writes, or with the listing that is read to settle.
const FAULTS: [&str; 8] = [
    "",
    "WRITE:status=429,retry-after=0,times=1",
    "WRITE:drop,times=1",
    "WRITE:truncate,times=1",
    "WRITE:status=503,times=1",
    "WRITE:garbage,times=1",
    "WRITE:delay=5ms,times=1",
    // The first listing compares the plan with the target, the second settles.
    "session-clusters/getUsers:drop,times=1,skip=1",
];

fn everybody() -> Vec<Value> {
    (0..8).map(|number| person(&format!("p{number}"), "A")).collect()
}

/// The session users whom a source asks for, those among them who left, and the one whom no one knows.
fn expected(wanted: &[Value], gone: &[&str]) -> BTreeMap<String, Listed> {
    let text = |person: &Value, name: &str| person[name].as_str().unwrap().to_owned();
    let mut users = BTreeMap::from([("foreign".to_owned(), ("For".to_owned(), "Eign".to_owned(), true))]);
    for person in wanted {
        users.insert(text(person, "id"), (text(person, "first"), text(person, "last"), true));
    }
    for id in gone {
        users.insert((*id).to_owned(), ("A".to_owned(), "Sample".to_owned(), false));
    }
    users
}

/// Kills the run that brings a bench from its state to a source at each checkpoint with each fault, starts again, and compares.
async fn kill_everywhere(bench: &Bench, kind: ActionKind, write: &str, source: &[Value], gone: &[&str]) -> TestResult {
    bench.people(source)?;
    let before = bench.moment()?;
    let target = expected(source, gone);
    for fault in FAULTS {
        for number in 1.. {
            let context = format!("{kind:?}, `{fault}`, checkpoint {number}");
            bench.return_to(&before)?;
            let engine = bench.engine().await?;
            let planned = plan(&engine, &PlanOptions::default()).await?;
            assert!(planned.summary.flows[0].due(kind) >= 3, "{context}: {:?}", planned.summary);
            if !fault.is_empty() {
                bench.sandbox.add_fault(fault.replace("WRITE", write).parse()?)?;
            }
            let (engine, passed) = stop_at(engine, number);
            let end = apply(&engine, &planned).await;
            drop(engine);
            let is_over = match end {
                Err(Error::Stopped) => false,
                // A fault of a listing.
                Ok(_) | Err(Error::Source(_)) => passed.load(std::sync::atomic::Ordering::SeqCst) < number,
                Err(error) => return Err(format!("{context}: {error}").into()),
            };
            // The fault may strike the next run instead.
            let engine = bench.engine().await?;
            match run(&engine).await {
                Ok(_) | Err(Error::Source(_)) => {}
                Err(error) => return Err(format!("{context}, the next run: {error}").into()),
            }
            bench.sandbox.clear_faults();
            run(&engine).await.map_err(|error| format!("{context}, the last run: {error}"))?;
            assert_eq!(bench.users().await?, target, "{context}");
            let empty = plan(&engine, &PlanOptions::default()).await?;
            assert!(!empty.summary.flows[0].has_changes(), "{context}: {:?}", empty.summary);
            let entries = journal(&engine).await?;
            assert!(entries.iter().all(|entry| entry.outcome.is_some()), "{context}: something is open: {entries:?}");
            let mut done = BTreeMap::new();
            for entry in entries.iter().filter(|it| it.kind == kind && is_done(it)) {
                *done.entry(&entry.source_id).or_insert(0) += 1;
            }
            let repeated = done.values().any(|count| *count > 1);
            assert!(!repeated, "{context}: an effect is journalled as accepted twice: {entries:?}");
            // The identity map knows everybody, and who was deactivated by sync: all are as they were.
            bench.people(&everybody())?;
            run(&engine).await.map_err(|error| format!("{context}, the return: {error}"))?;
            assert_eq!(bench.users().await?, expected(&everybody(), &[]), "{context}: all are back");
            if is_over {
                assert!(number > 4, "{context}: the run has checkpoints");
                break;
            }
        }
    }
    Ok(())
}

fn is_done(entry: &rosterkit_sync::state::journal::Entry) -> bool {
    use rosterkit_sync::state::journal::EntryOutcome;
    matches!(entry.outcome, Some(EntryOutcome::Accepted | EntryOutcome::Warned))
}

async fn with_everybody(by: &str) -> TestResult<Bench> {
    let bench = Bench::new(FLOW.replace("BY", by)).await?;
    bench.people(&everybody())?;
    bench.run().await?;
    assert_eq!(bench.users().await?, expected(&everybody(), &[]));
    Ok(bench)
}

#[tokio::test]
async fn creations_happen_once_after_a_kill_at_any_checkpoint_with_any_fault() -> TestResult {
    let bench = Bench::new(FLOW.replace("BY", "batch")).await?;
    // The file of the state is made, and everything is still to do.
    drop(bench.engine().await?);
    kill_everywhere(&bench, ActionKind::Create, "batchUpsertUsers", &everybody(), &[]).await
}

#[tokio::test]
async fn updates_arrive_after_a_kill_at_any_checkpoint_with_any_fault() -> TestResult {
    let bench = with_everybody("batch").await?;
    let mut people = everybody();
    people.iter_mut().take(4).for_each(|person| person["first"] = "Renamed".into());
    kill_everywhere(&bench, ActionKind::Update, "batchUpsertUsers", &people, &[]).await
}

#[tokio::test]
async fn deactivations_arrive_after_a_kill_at_any_checkpoint_with_any_fault() -> TestResult {
    for (by, write) in [("batch", "batchDeactivateUsers"), ("upsert", "batchUpsertUsers")] {
        let bench = with_everybody(by).await?;
        kill_everywhere(&bench, ActionKind::Deactivate, write, &everybody()[3..], &["p0", "p1", "p2"]).await?;
    }
    Ok(())
}

#[tokio::test]
async fn reactivations_arrive_after_a_kill_at_any_checkpoint_with_any_fault() -> TestResult {
    let bench = with_everybody("batch").await?;
    bench.people(&everybody()[3..])?;
    bench.run().await?;
    assert_eq!(bench.users().await?, expected(&everybody()[3..], &["p0", "p1", "p2"]));
    kill_everywhere(&bench, ActionKind::Reactivate, "batchUpsertUsers", &everybody(), &[]).await
}
