//! A run that is killed at any of its checkpoints, with a fault or without.
//!
//! The LMS has no tokens that expire, so that an expired token is a refused credential, and it shows what it has at once.

use super::*;
use crate::support::drawn;

/// Three records to create, one to correct, one to withdraw.
async fn prepared() -> World {
    let mut world = World::new().await;
    world.settings.withdraw = true;
    for (index, login) in world.logins.clone().iter().take(3).enumerate() {
        world.link(&format!("p{index}"), login).await;
    }
    let before = [completion("old", "p0", "2026-05-20T08:00:00Z"), completion("gone", "p1", "2026-05-20T08:00:00Z")];
    world.list(before);
    world.run().await;
    world.assert_recorded(&["gone", "old"], "before").await;
    let mut old = completion("old", "p0", "2026-05-20T08:00:00Z");
    old["timeInSessionMins"] = json!(55);
    let created = (0..3).map(|index| completion(&format!("new{index}"), &format!("p{index}"), "2026-05-25T08:00:00Z"));
    world.list(created.chain([old]));
    world.pass(3_600);
    world
}

/// Runs until a plan is empty.
async fn converge(world: &World, context: &str) {
    for _ in 0..4 {
        if !world.run().await.summary.has_changes() {
            return;
        }
    }
    panic!("{context}: no plan is empty");
}

const DONE: [&str; 4] = ["new0", "new1", "new2", "old"];

#[tokio::test]
async fn each_completion_stands_once_after_a_kill_at_each_checkpoint() {
    let mut kinds = BTreeMap::new();
    for number in 1.. {
        let world = prepared().await;
        let (engine, passed) = stop_at(world.engine().await, number);
        let end = world.run_with(&engine, &PlanOptions::default()).await;
        drop(engine);
        let last = *passed.lock().expect("not poisoned").last().expect("a checkpoint");
        let context = format!("checkpoint {number}, {last:?}");
        match end {
            Err(Error::Stopped) => *kinds.entry(format!("{last:?}")).or_insert(0) += 1,
            Err(error) => panic!("{context}: {error}"),
            Ok(run) => {
                assert_eq!(run.report.outcomes, BTreeMap::from([("accepted".to_owned(), 5)]));
                world.assert_recorded(&DONE, "without a kill").await;
                break;
            }
        }
        converge(&world, &context).await;
        world.assert_recorded(&DONE, &context).await;
        assert_eq!(world.records()[&record_id("old")]["duration"], "55.00", "{context}");
    }
    assert_eq!(kinds.len(), 4, "all kinds of checkpoints were tried: {kinds:?}");
}

#[tokio::test]
async fn each_completion_stands_once_after_a_second_kill_while_the_first_one_is_settled() {
    for (first, second) in [(2, 1), (2, 2), (7, 1), (7, 2), (8, 1), (8, 4)] {
        let world = prepared().await;
        for number in [first, second] {
            let (engine, _) = stop_at(world.engine().await, number);
            let end = world.run_with(&engine, &PlanOptions::default()).await;
            assert!(matches!(end, Err(Error::Stopped)), "{first}, {second}: {end:?}");
        }
        let context = format!("checkpoints {first} and {second}");
        converge(&world, &context).await;
        world.assert_recorded(&DONE, &context).await;
    }
}

#[tokio::test]
async fn each_completion_stands_once_after_faults_of_the_lms_and_a_kill() {
    for fault in ["status=503", "status=429,retry-after=0", "drop", "truncate", "garbage", "expired-token", "delay=5ms"]
    {
        for number in [0, 2, 3, 8] {
            let world = prepared().await;
            let text = format!("externalTrainingCsv:{fault},times=1");
            world.sandbox.add_fault(text.parse().expect("a fault")).expect("added");
            let (engine, _) = stop_at(world.engine().await, number);
            let end = world.run_with(&engine, &PlanOptions::default()).await;
            drop(engine);
            let context = format!("{fault}, checkpoint {number}");
            assert!(matches!(end, Ok(_) | Err(Error::Stopped)), "{context}: {end:?}");
            converge(&world, &context).await;
            world.assert_recorded(&DONE, &context).await;
        }
    }
}

/// More completions than one upload has rows.
const MANY: usize = 620;

/// Of the checkpoints, a sample is drawn by a fixed seed.
#[tokio::test]
async fn completions_of_several_uploads_stand_once_after_a_fault_and_a_kill() {
    let ids: Vec<String> = (0..MANY).map(|number| format!("many{number}")).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    // Four checkpoints at each of two uploads.
    let points = drawn(7, 8).zip([
        "drop,times=1,skip=1",
        "expired-token,times=1",
        "status=503,times=1,skip=1",
        "truncate,times=2",
        "status=429,retry-after=0,times=1,skip=1",
    ]);
    for (number, fault) in points {
        let world = World::new().await;
        for (index, login) in world.logins.clone().iter().take(3).enumerate() {
            world.link(&format!("p{index}"), login).await;
        }
        let people = ids
            .iter()
            .enumerate()
            .map(|(index, id)| completion(id, &format!("p{}", index % 3), "2026-05-25T08:00:00Z"));
        world.list(people);
        world.sandbox.add_fault(format!("externalTrainingCsv:{fault}").parse().expect("a fault")).expect("added");
        let (engine, passed) = stop_at(world.engine().await, 1 + number);
        let end = world.run_with(&engine, &PlanOptions::default()).await;
        drop(engine);
        let context = format!("{fault}, checkpoint {}", 1 + number);
        assert!(matches!(end, Ok(_) | Err(Error::Stopped)), "{context}: {end:?}");
        assert!(passed.lock().expect("not poisoned").len() > number || end.is_ok(), "{context}: it was stopped");
        converge(&world, &context).await;
        world.assert_recorded(&ids, &context).await;
    }
}

#[tokio::test]
async fn a_withdrawal_of_unknown_outcome_is_made_certain_by_writing_the_row_again() {
    let world = prepared().await;
    // The first upload has rows to write, the second one withdraws.
    world.sandbox.add_fault("externalTrainingCsv:garbage,skip=1,times=1".parse().expect("a fault")).expect("added");
    let run = world.run().await;
    assert_eq!(run.report.outcomes, BTreeMap::from([("accepted".to_owned(), 4), ("unknown".to_owned(), 1)]));
    assert_eq!(world.ledger().await["gone"].status, LedgerStatus::Unknown);
    let run = world.run().await;
    assert_eq!(run.action("gone").kind, ActionKind::Update, "{:?}", run.actions);
    assert!(world.records().contains_key(&record_id("gone")));
    let run = world.run().await;
    assert_eq!(run.action("gone").kind, ActionKind::Withdraw);
    world.assert_recorded(&DONE, "at last").await;
    assert!(!world.run().await.summary.has_changes());
}

#[tokio::test]
async fn a_shutdown_leaves_the_rest_to_the_next_run() {
    let world = prepared().await;
    let engine = world.engine().await;
    let shutdown = engine.shutdown();
    let engine = engine.probe(move |checkpoint| {
        if checkpoint == Checkpoint::AfterIntent {
            shutdown.begin();
        }
        false
    });
    let run = world.run_with(&engine, &PlanOptions::default()).await.expect("ends");
    drop(engine);
    assert_eq!(run.report.outcomes, BTreeMap::from([("accepted".to_owned(), 4)]), "what was in flight is finished");
    assert!(world.records().contains_key(&record_id("gone")));
    converge(&world, "after the shutdown").await;
    world.assert_recorded(&DONE, "after the shutdown").await;
}
