//! Runs that are killed at each of their checkpoints while the service has a fault, for each kind of action.
//!
//! People who fit into one request are tried with every fault at every checkpoint. Of the people who need several requests, a
//! sample of the faults and checkpoints is drawn by a fixed seed, since each of their runs takes long. The session service has no
//! tokens and the sandbox shows its users at once, so that an expired token is a refused key, and `late.rs` has the lag.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;

use rosterkit_sync::engine::{Error, PlanOptions};
use rosterkit_sync::plan::ActionKind;
use serde_json::Value;

use crate::bench::{Bench, Listed, Moment, apply, journal, person, plan, run, stop_at};
use crate::support::{TestResult, drawn};

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
removals = { max = 1000, max_percent = 90 }
"#;

/// What goes wrong with the first request that writes, with the second, or with the listing that is read to settle.
const FAULTS: [&str; 10] = [
    "",
    "WRITE:status=429,retry-after=0,times=1",
    "WRITE:drop,times=1",
    "WRITE:truncate,times=1",
    "WRITE:status=503,times=1",
    "WRITE:garbage,times=1",
    "WRITE:expired-token,times=1",
    "WRITE:delay=5ms,times=1",
    // The first listing compares the plan with the target, the second settles.
    "session-clusters/getUsers:drop,times=1,skip=1",
    "session-clusters/getUsers:expired-token,times=1,skip=1",
];

/// Faults of the second of several requests that write.
const LATER: [&str; 4] = [
    "WRITE:drop,times=1,skip=1",
    "WRITE:status=503,times=1,skip=1",
    "WRITE:expired-token,times=1,skip=1",
    "WRITE:truncate,times=2",
];

/// How many people fit into one request, and how many need three.
const FEW: usize = 8;
const MANY: usize = 450;

/// How many of the faults and checkpoints are drawn for each kind of action of many people.
const DRAWN: usize = 4;

fn everybody(count: usize) -> Vec<Value> {
    (0..count).map(|number| person(&format!("p{number}"), "A")).collect()
}

/// The session users whom a source asks for, those among everybody who left, and the one whom no one knows.
fn expected(everybody: &[Value], wanted: &[Value]) -> BTreeMap<String, Listed> {
    let text = |person: &Value, name: &str| person[name].as_str().unwrap().to_owned();
    let user = |person: &Value, active| (text(person, "id"), (text(person, "first"), text(person, "last"), active));
    let mut users: BTreeMap<_, _> = everybody.iter().map(|person| user(person, false)).collect();
    users.extend(wanted.iter().map(|person| user(person, true)));
    users.insert("foreign".to_owned(), ("For".to_owned(), "Eign".to_owned(), true));
    users
}

/// The run that brings a bench from its state to a source, and what it is to lead to.
struct Case<'a> {
    bench: &'a Bench,
    before: Moment,
    kind: ActionKind,
    /// The operation that writes.
    write: &'a str,
    source: &'a [Value],
    everybody: &'a [Value],
}

impl<'a> Case<'a> {
    fn new(
        bench: &'a Bench,
        kind: ActionKind,
        write: &'a str,
        source: &'a [Value],
        everybody: &'a [Value],
    ) -> TestResult<Self> {
        bench.people(source)?;
        Ok(Self { bench, before: bench.moment()?, kind, write, source, everybody })
    }

    /// Kills the run at each checkpoint with each fault.
    async fn kill_everywhere(&self) -> TestResult {
        for fault in FAULTS {
            for number in 1.. {
                if self.kill(fault, number).await? < number {
                    assert!(number > 4, "{:?}, `{fault}`: the run has checkpoints", self.kind);
                    break;
                }
            }
        }
        Ok(())
    }

    /// Kills the run at some checkpoints with some faults.
    async fn kill_somewhere(&self, seed: u64) -> TestResult {
        // No run comes so far.
        let checkpoints = self.kill("", u64::MAX).await?;
        assert!(checkpoints >= 10, "{:?}: {checkpoints} checkpoints are not those of several requests", self.kind);
        let faults: Vec<&str> = FAULTS.into_iter().chain(LATER).collect();
        let points = drawn(seed, faults.len()).zip(drawn(!seed, usize::try_from(checkpoints)?));
        for (fault, checkpoint) in points.take(DRAWN) {
            self.kill(faults[fault], 1 + checkpoint as u64).await?;
        }
        Ok(())
    }

    /// Kills the run at a checkpoint while there is a fault, starts again, and compares. Returns how many checkpoints it had.
    async fn kill(&self, fault: &str, number: u64) -> TestResult<u64> {
        let (bench, kind) = (self.bench, self.kind);
        let context = format!("{kind:?} of {}, `{fault}`, checkpoint {number}", self.everybody.len());
        let target = expected(if kind == ActionKind::Create { &[] } else { self.everybody }, self.source);
        bench.return_to(&self.before)?;
        let engine = bench.engine().await?;
        let planned = plan(&engine, &PlanOptions::default()).await?;
        assert!(planned.summary.flows[0].due(kind) >= 3, "{context}: {:?}", planned.summary);
        if !fault.is_empty() {
            bench.sandbox.add_fault(fault.replace("WRITE", self.write).parse()?)?;
        }
        let (engine, passed) = stop_at(engine, number);
        match apply(&engine, &planned).await {
            // Stopped by the test, or a fault of a listing.
            Ok(_) | Err(Error::Stopped | Error::Source(_)) => {}
            Err(error) => return Err(format!("{context}: {error}").into()),
        }
        drop(engine);
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
        bench.people(self.everybody)?;
        run(&engine).await.map_err(|error| format!("{context}, the return: {error}"))?;
        assert_eq!(bench.users().await?, expected(self.everybody, self.everybody), "{context}: all are back");
        Ok(passed.load(Ordering::SeqCst))
    }
}

fn is_done(entry: &rosterkit_sync::state::journal::Entry) -> bool {
    use rosterkit_sync::state::journal::EntryOutcome;
    matches!(entry.outcome, Some(EntryOutcome::Accepted | EntryOutcome::Warned))
}

async fn with_everybody(by: &str, everybody: &[Value]) -> TestResult<Bench> {
    let bench = Bench::new(FLOW.replace("BY", by)).await?;
    bench.people(everybody)?;
    bench.run().await?;
    assert_eq!(bench.users().await?, expected(everybody, everybody));
    Ok(bench)
}

/// A bench whose state file is made, and everything is still to do.
async fn with_nobody() -> TestResult<Bench> {
    let bench = Bench::new(FLOW.replace("BY", "batch")).await?;
    drop(bench.engine().await?);
    Ok(bench)
}

/// People of whom half have another name.
fn renamed(mut people: Vec<Value>) -> Vec<Value> {
    people.iter_mut().step_by(2).for_each(|person| person["first"] = "Renamed".into());
    people
}

#[tokio::test]
async fn creations_happen_once_after_a_kill_at_any_checkpoint_with_any_fault() -> TestResult {
    let (bench, everybody) = (with_nobody().await?, everybody(FEW));
    Case::new(&bench, ActionKind::Create, "batchUpsertUsers", &everybody, &everybody)?.kill_everywhere().await
}

#[tokio::test]
async fn updates_arrive_after_a_kill_at_any_checkpoint_with_any_fault() -> TestResult {
    let everybody = everybody(FEW);
    let bench = with_everybody("batch", &everybody).await?;
    let people = renamed(everybody.clone());
    Case::new(&bench, ActionKind::Update, "batchUpsertUsers", &people, &everybody)?.kill_everywhere().await
}

#[tokio::test]
async fn deactivations_arrive_after_a_kill_at_any_checkpoint_with_any_fault() -> TestResult {
    let everybody = everybody(FEW);
    for (by, write) in [("batch", "batchDeactivateUsers"), ("upsert", "batchUpsertUsers")] {
        let bench = with_everybody(by, &everybody).await?;
        Case::new(&bench, ActionKind::Deactivate, write, &everybody[3..], &everybody)?.kill_everywhere().await?;
    }
    Ok(())
}

#[tokio::test]
async fn reactivations_arrive_after_a_kill_at_any_checkpoint_with_any_fault() -> TestResult {
    let everybody = everybody(FEW);
    let bench = with_everybody("batch", &everybody).await?;
    bench.people(&everybody[3..])?;
    bench.run().await?;
    assert_eq!(bench.users().await?, expected(&everybody, &everybody[3..]));
    Case::new(&bench, ActionKind::Reactivate, "batchUpsertUsers", &everybody, &everybody)?.kill_everywhere().await
}

#[tokio::test]
async fn people_of_several_requests_are_in_step_after_a_kill_at_some_checkpoints_with_some_faults() -> TestResult {
    let everybody = everybody(MANY);
    // A ninth of all has to stay: the limits say so.
    let stay = &everybody[MANY * 8 / 9..];
    let nobody = with_nobody().await?;
    Case::new(&nobody, ActionKind::Create, "batchUpsertUsers", &everybody, &everybody)?.kill_somewhere(1).await?;
    let bench = with_everybody("batch", &everybody).await?;
    let others: Vec<Value> = everybody
        .iter()
        .cloned()
        .map(|mut person| {
            person["first"] = "Renamed".into();
            person
        })
        .collect();
    Case::new(&bench, ActionKind::Update, "batchUpsertUsers", &others, &everybody)?.kill_somewhere(2).await?;
    for (seed, by, write) in [(3, "batch", "batchDeactivateUsers"), (4, "upsert", "batchUpsertUsers")] {
        let bench = with_everybody(by, &everybody).await?;
        Case::new(&bench, ActionKind::Deactivate, write, stay, &everybody)?.kill_somewhere(seed).await?;
    }
    let bench = with_everybody("batch", &everybody).await?;
    bench.people(stay)?;
    bench.run().await?;
    Case::new(&bench, ActionKind::Reactivate, "batchUpsertUsers", &everybody, &everybody)?.kill_somewhere(5).await
}
