//! Runs that are killed at each of their checkpoints, steps that fail, and both at once.

use std::sync::atomic::AtomicU64;
use std::time::Duration;

use super::*;
use crate::support::drawn;

/// The people of the test that kills: creations with all steps, an update, a reactivation, a restore and a removal.
async fn prepared(change: impl FnOnce(SandboxBuilder) -> SandboxBuilder) -> TestResult<Bench> {
    let bench = Bench::with(&FILE.replace("[flow.source]", "restore = true\n[flow.source]"), change).await?;
    bench.people(&[with(person(1), json!({ "skills": "Billing:1" })), person(2), person(3), person(4)])?;
    bench.run().await?;
    bench.people(&[with(person(1), json!({ "skills": "Billing:1" })), person(3), person(4)])?;
    bench.run().await?;
    let users = bench.users().await?;
    let deleted = users["new3@example.com"]["id"].as_str().unwrap();
    of_sandbox(&bench.sandbox)?.genesys()?.users().delete(deleted).await?;
    let full =
        json!({ "skills": "Claims:2", "languages": "French:2", "division": "North", "boss": "p-6", "auto": true });
    bench.people(&[
        with(person(1), json!({ "skills": "Returns:2", "title": "Lead", "division": "South", "boss": "p-5" })),
        person(2),
        with(person(3), json!({ "title": "Back" })),
        with(person(5), full.clone()),
        with(person(6), json!({ "title": "Boss" })),
    ])?;
    Ok(bench)
}

/// The users of the file, without what differs from run to run.
async fn outcome(bench: &Bench) -> TestResult<Vec<Value>> {
    let users = bench.users().await?;
    let by_id: BTreeMap<&str, &str> =
        users.iter().map(|(email, user)| (user["id"].as_str().unwrap(), email.as_str())).collect();
    let of_file = users.iter().filter(|(email, _)| email.starts_with("new"));
    let shown = of_file.map(|(email, user)| {
        let boss = user["manager"]["id"].as_str().and_then(|id| by_id.get(id));
        json!([
            email,
            user["state"],
            user["title"],
            user["division"]["name"],
            boss,
            rated(user, "skills"),
            rated(user, "languages"),
            user["acdAutoAnswer"],
        ])
    });
    Ok(shown.collect())
}

/// Kills a run at a checkpoint, while there is a fault, and starts again until it is through. Returns whether the run had so many
/// checkpoints.
async fn kill(bench: &Bench, fault: &str, stop_at: u64, after: Duration) -> TestResult<bool> {
    let (engine, plan) = bench.plan().await?;
    if !fault.is_empty() {
        bench.sandbox.add_fault(fault.parse()?)?;
    }
    let count = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&count);
    let engine = engine.probe(move |_: Checkpoint| counted.fetch_add(1, Ordering::SeqCst) + 1 >= stop_at);
    let run = begin(&engine).await?;
    match engine.apply(run, plan.id, &ApplyOptions::default()).await {
        // Stopped by the test, or a user who cannot be read.
        Ok(_) | Err(Error::Stopped | Error::Source(_)) => {}
        Err(error) => return Err(error.into()),
    }
    drop(engine);
    bench.sandbox.advance(after);
    if !fault.is_empty() {
        // The fault may strike the next run instead, and what it leaves follows with the two after it: a manager may have been
        // created by the first of them.
        let again = bench.run().await;
        if let Err(error) = again
            && !error.downcast_ref::<Error>().is_some_and(|error| matches!(error, Error::Source(_)))
        {
            return Err(error);
        }
        bench.sandbox.clear_faults();
        bench.sandbox.advance(after);
        run_through(bench).await?;
    }
    run_through(bench).await?;
    Ok(count.load(Ordering::SeqCst) >= stop_at)
}

/// Runs until nobody is left for the next run: the client of these tests repeats nothing, and so a read that lags behind a write
/// may give a version that the service refuses.
async fn run_through(bench: &Bench) -> TestResult {
    for _ in 0..MOST_RUNS {
        if bench.run().await?.not_done.is_empty() {
            return Ok(());
        }
    }
    Err(format!("people are left after {MOST_RUNS} runs").into())
}

const MOST_RUNS: usize = 5;

/// Nobody was created twice, no effect is open, nothing remains to be done, and everybody is as expected.
async fn assert_done(bench: &Bench, expected: &[Value], context: &str) -> TestResult {
    assert_eq!(outcome(bench).await?, expected, "{context}");
    let engine = bench.engine().await?;
    let entries = engine.state().call(|connection| journal::last(connection, u32::MAX)).await?;
    drop(engine);
    let mut created = BTreeMap::new();
    for entry in &entries {
        assert!(entry.outcome.is_some(), "{context}: {entry:?}");
        if entry.step == Step::Create && entry.outcome == Some(EntryOutcome::Accepted) {
            *created.entry(&entry.source_id).or_insert(0) += 1;
        }
    }
    assert!(created.values().all(|count| *count == 1), "{context}: {created:?}");
    bench.assert_settled(context).await
}

#[tokio::test]
async fn after_a_kill_at_any_checkpoint_everybody_is_there_once_and_the_next_plan_is_empty() -> TestResult {
    let bench = prepared(|sandbox| sandbox).await?;
    let start = bench.save()?;
    let report = bench.run().await?;
    assert_eq!(report.outcomes, BTreeMap::from([("accepted".to_owned(), 6)]), "{report:?}");
    let expected = outcome(&bench).await?;
    assert_eq!(expected.len(), 6);
    for stop_at in 1.. {
        bench.restore(&start)?;
        let is_stopped = kill(&bench, "", stop_at, Duration::ZERO).await?;
        assert_done(&bench, &expected, &format!("stopped at checkpoint {stop_at}")).await?;
        if !is_stopped {
            assert!(stop_at > CHECKPOINTS, "the run has checkpoints at all of its steps: {stop_at}");
            return Ok(());
        }
    }
    Ok(())
}

/// Checkpoints that the run has at least: four at each of seven steps.
const CHECKPOINTS: u64 = 4 * 7;

/// The operations that write, and one that reads.
const OPERATIONS: [&str; 6] = [
    "postUsers",
    "patchUser",
    "postAuthorizationDivisionObject",
    "putUserRoutingskillsBulk",
    "patchUserRoutinglanguagesBulk",
    "getUser",
];

const FAULTS: [&str; 8] =
    ["status=429", "status=503", "drop", "truncate", "garbage", "conflict=409", "delay=5ms", "expired-token"];

/// How many of the operations, faults and checkpoints are drawn for each of the sandboxes.
const DRAWN: usize = 9;

/// Each of several sandboxes has a sample of the operations, faults and checkpoints, drawn by a fixed seed: all of them would be
/// two thousand runs.
#[tokio::test]
async fn after_a_kill_and_a_fault_everybody_is_there_once_whatever_tokens_and_searches_do() -> TestResult {
    let minutes = |minutes: u64| Duration::from_secs(60 * minutes);
    let lag = Lag::default().search(minutes(3)).read(Duration::from_millis(20));
    for (seed, has_login, lag, after) in [
        // The service shows everything at once, with a token that ends with the run, or one that is renewed.
        (1, false, Lag::default(), Duration::ZERO),
        (2, true, Lag::default(), Duration::ZERO),
        // The run starts again while searches still lag, or after that.
        (3, true, lag, Duration::ZERO),
        (4, false, lag, minutes(4)),
    ] {
        let mut bench = prepared(|sandbox| sandbox.lag(lag).running_clock(true)).await?;
        bench.has_login = has_login;
        let start = bench.save()?;
        run_through(&bench).await?;
        let expected = outcome(&bench).await?;
        let checkpoints = drawn(seed, CHECKPOINTS as usize);
        let faults = drawn(seed + 10, FAULTS.len()).zip(drawn(seed + 20, OPERATIONS.len()));
        for (stop_at, (fault, operation)) in checkpoints.zip(faults).take(DRAWN) {
            let fault = format!("{}:{},times=1", OPERATIONS[operation], FAULTS[fault]);
            bench.restore(&start)?;
            kill(&bench, &fault, 1 + stop_at as u64, after).await?;
            assert_done(&bench, &expected, &format!("seed {seed}, `{fault}`, stopped at checkpoint {}", 1 + stop_at))
                .await?;
        }
    }
    Ok(())
}

/// How many people are more than a chunk.
const MANY: u64 = 60;

/// Of the checkpoints, a sample is drawn by a fixed seed.
#[tokio::test]
async fn people_of_several_chunks_are_there_once_after_a_kill_and_a_fault() -> TestResult {
    let bench = Bench::new(FILE).await?;
    let everybody: Vec<Value> = (0..MANY)
        .map(|number| {
            with(person(number), json!({ "boss": format!("p-{}", (number + 1) % MANY), "skills": "Billing:2" }))
        })
        .collect();
    bench.people(&everybody)?;
    drop(bench.engine().await?);
    let start = bench.save()?;
    assert_eq!(bench.run().await?.outcomes, BTreeMap::from([("accepted".to_owned(), MANY)]));
    let expected = outcome(&bench).await?;
    assert_eq!(expected.len() as u64, MANY);
    // Three steps of two chunks.
    let points = drawn(5, 4 * 3 * 2).zip([
        "",
        "postUsers:drop,times=1,skip=55",
        "putUserRoutingskillsBulk:status=503,times=1,skip=52",
        "patchUser:truncate,times=1,skip=51",
        "postUsers:expired-token,times=1,skip=3",
        "",
    ]);
    for (stop_at, fault) in points {
        bench.restore(&start)?;
        kill(&bench, fault, 1 + stop_at as u64, Duration::ZERO).await?;
        assert_done(&bench, &expected, &format!("`{fault}`, stopped at checkpoint {}", 1 + stop_at)).await?;
    }
    Ok(())
}

#[tokio::test]
async fn what_fails_in_any_step_is_made_good_by_the_next_run_and_stops_nobody_else() -> TestResult {
    let bench = prepared(|sandbox| sandbox).await?;
    let start = bench.save()?;
    bench.run().await?;
    let expected = outcome(&bench).await?;
    for operation in &OPERATIONS[..5] {
        for fault in ["drop", "status=503", "status=429", "conflict=408"] {
            let fault = format!("{operation}:{fault},times=1");
            bench.restore(&start)?;
            bench.sandbox.add_fault(fault.parse()?)?;
            let report = bench.run().await?;
            bench.sandbox.clear_faults();
            assert_eq!(report.outcomes.values().sum::<u64>(), 6, "{fault}: {report:?}");
            // One whose step failed, and one whose manager that is.
            assert!(report.not_done.len() <= 2, "{fault}: {report:?}");
            let engine = bench.engine().await?;
            let open = engine.state().call(|connection| journal::count_open(connection)).await?;
            assert_eq!(open, 0, "{fault}");
            drop(engine);
            bench.run().await?;
            assert_eq!(outcome(&bench).await?, expected, "{fault}");
            bench.assert_settled(&fault).await?;
        }
    }
    Ok(())
}
