//! Effects that are seen only after they were given up: sync's own, and nobody else's.

use rosterkit_core::chrono::TimeDelta;
use rosterkit_sync::plan::ActionKind;
use rosterkit_sync::state::journal::EntryOutcome;

use crate::bench::{Bench, journal, person};
use crate::support::TestResult;

const FLOW: &str = r#"
[[flow]]
name = "people"
from = "file"
to = "session-users"
on_manual_change = "report"

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
removals = { max = 3, max_percent = 100 }
"#;

/// A removal that was sent, and that the listing does not show: its outcome is unknown.
async fn with_removal_of_unknown_outcome(by: &str, write: &str) -> TestResult<Bench> {
    let bench = Bench::new(FLOW.replace("BY", by)).await?;
    bench.people(&[person("stays", "A"), person("goes", "A")])?;
    bench.run().await?;
    bench.people(&[person("stays", "A")])?;
    // The service does nothing, and does not say so.
    bench.sandbox.add_fault(format!("{write}:status=502,times=1").parse()?)?;
    bench.run().await?;
    bench.sandbox.clear_faults();
    let engine = bench.engine().await?;
    let newest = journal(&engine).await?.into_iter().next().ok_or("an effect")?;
    assert_eq!((newest.kind, newest.outcome), (ActionKind::Deactivate, Some(EntryOutcome::Unknown)), "{by}");
    Ok(bench)
}

const WAYS: [(&str, &str); 2] = [("batch", "batchDeactivateUsers"), ("upsert", "batchUpsertUsers")];

#[tokio::test]
async fn a_removal_of_unknown_outcome_that_is_seen_later_is_syncs_own() -> TestResult {
    for (by, write) in WAYS {
        let bench = with_removal_of_unknown_outcome(by, write).await?;
        // It comes late.
        bench.set_user("goes", ("A", "Sample"), false).await?;
        assert_eq!(bench.planned().await?["goes"].kind, ActionKind::OutOfScope, "{by}: it is done");
        bench.people(&[person("stays", "A"), person("goes", "A")])?;
        assert_eq!(bench.planned().await?["goes"].kind, ActionKind::Reactivate, "{by}");
        bench.run().await?;
        assert!(bench.users().await?["goes"].2, "{by}");
    }
    Ok(())
}

#[tokio::test]
async fn a_removal_of_unknown_outcome_that_comes_after_the_next_plan_is_syncs_own() -> TestResult {
    for (by, write) in WAYS {
        let mut bench = with_removal_of_unknown_outcome(by, write).await?;
        bench.people(&[person("stays", "A"), person("goes", "A")])?;
        bench.now += TimeDelta::minutes(1);
        assert!(!bench.planned().await?.contains_key("goes"), "{by}: it is as it should be");
        bench.set_user("goes", ("A", "Sample"), false).await?;
        bench.now += TimeDelta::minutes(1);
        assert_eq!(bench.planned().await?["goes"].kind, ActionKind::Reactivate, "{by}");
    }
    Ok(())
}

#[tokio::test]
async fn a_removal_that_did_not_come_is_forgotten_and_one_by_hand_stands() -> TestResult {
    for (by, write) in WAYS {
        let mut bench = with_removal_of_unknown_outcome(by, write).await?;
        bench.people(&[person("stays", "A"), person("goes", "A")])?;
        bench.now += TimeDelta::minutes(6);
        assert!(!bench.planned().await?.contains_key("goes"), "{by}: it is as it should be");
        bench.set_user("goes", ("A", "Sample"), false).await?;
        assert_eq!(bench.planned().await?["goes"].reason, "deactivated elsewhere", "{by}");
    }
    Ok(())
}

#[tokio::test]
async fn an_update_of_unknown_outcome_that_is_seen_later_is_no_manual_change() -> TestResult {
    let bench = Bench::new(FLOW.replace("BY", "batch")).await?;
    bench.people(&[person("p", "First")])?;
    bench.run().await?;
    bench.people(&[person("p", "Second")])?;
    bench.sandbox.add_fault("batchUpsertUsers:status=502,times=1".parse()?)?;
    bench.run().await?;
    bench.sandbox.clear_faults();
    // It comes late, and the source has another value by now.
    bench.set_user("p", ("Second", "Sample"), true).await?;
    bench.people(&[person("p", "Third")])?;
    let update = bench.planned().await?.remove("p").ok_or("an action")?;
    assert_eq!(update.kind, ActionKind::Update, "{update:?}");
    assert!(!update.changes[0].overwrites_manual_change);
    // What nobody of sync wrote is still a change by somebody else.
    bench.set_user("p", ("Other", "Sample"), true).await?;
    assert_eq!(bench.planned().await?["p"].kind, ActionKind::Conflict);
    Ok(())
}
