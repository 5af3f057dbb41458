//! How the target is read: by which operation, and what follows from parts that do not come.

use rosterkit_sync::plan::ActionKind;
use serde_json::json;

use super::{Bench, FILE, action, apply, person};
use crate::support::TestResult;

#[tokio::test]
async fn the_target_is_listed_by_the_operation_that_the_sync_file_names() -> TestResult {
    for (settings, listed, other) in
        [("", "getUsers", "getUsersQuery"), ("[flow.target]\nlisting = \"query\"\n", "getUsersQuery", "getUsers")]
    {
        let bench = Bench::new(&[FILE, settings].concat()).await?;
        let known = bench.sample(0).await?;
        bench.people(&[person(1), json!({ "id": "k", "name": "Known Already", "email": known["email"] })])?;
        bench.sandbox.clear_request_log();
        let (engine, plan) = bench.plan().await?;
        let sent = bench.sandbox.request_log();
        let count = |id: &str| sent.iter().filter(|request| request.operation == Some(id)).count();
        assert_eq!((count(listed), count(other)), (2, 0), "active and inactive users: {settings}");
        let flow = &plan.summary.flows[0];
        assert_eq!((flow.due(ActionKind::Create), flow.due(ActionKind::Update)), (1, 1), "{flow:?}");
        assert_eq!(apply(&engine, &plan).await?.not_done, []);
        drop(engine);
        bench.assert_settled(settings).await?;
    }
    Ok(())
}

#[tokio::test]
async fn who_may_be_somebody_whose_key_did_not_come_is_a_conflict_and_not_created() -> TestResult {
    let matched = FILE.replace(
        "match = [\"email\"]",
        "match = [{ source = \"number\", target = \"employerInfo.employeeId\" }, \"email\"]",
    );
    let bench = Bench::new(&matched).await?;
    let (known, same) = (bench.sample(0).await?, bench.sample(1).await?);
    bench.people(&[
        json!({ "id": "n", "name": "Known By Number", "email": "new@example.com", "number": known["employerInfo"]["employeeId"] }),
        json!({ "id": "m", "name": "Known By Mail", "email": same["email"], "number": "none-1" }),
        json!({ "id": "x", "name": "New With Number", "email": "x@example.com", "number": "none-2" }),
        json!({ "id": "y", "name": "New Without Number", "email": "y@example.com" }),
    ])?;
    let kinds = async || -> TestResult<[ActionKind; 4]> {
        let (engine, plan) = bench.plan().await?;
        let mut kinds = [ActionKind::Unchanged; 4];
        for (kind, id) in kinds.iter_mut().zip(["n", "m", "x", "y"]) {
            let found = action(&engine, &plan, id).await?;
            *kind = found.kind;
            if found.kind == ActionKind::Conflict {
                let reason = "whose `employerInfo.employeeId` needs `employerInfo`, which the service did not send";
                assert!(found.reason.contains(reason), "{found:?}");
            }
        }
        Ok(kinds)
    };
    use ActionKind::{Conflict, Create, Update};
    assert_eq!(kinds().await?, [Update, Update, Create, Create]);
    bench.sandbox.add_fault("*:without=employerInfo".parse()?)?;
    // Who has no number was not missed by it.
    assert_eq!(kinds().await?, [Conflict, Update, Conflict, Create]);
    Ok(())
}
