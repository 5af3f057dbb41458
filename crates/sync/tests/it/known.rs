//! People who are as they were in the last read: they are not read again, and what is said of a read stays.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rosterkit_sync::engine::PlanOptions;
use rosterkit_sync::plan::{Action, ActionKind, FlowSummary};
use serde_json::{Value, json};

use crate::bench::{self, Bench, plan};
use crate::support::{Query, TestResult, of_server, server};

const FLOW: &str = r#"
[[flow]]
name = "people"
from = "genesys-users"
to = "session-users"

[flow.source]
expand = ["employerInfo"]

[flow.fields]
remoteId = "id"
firstName = "name"
lastName = "department"
"#;

/// A bench with services whose people never change, but for a field that no flow uses: `has_changed` gives it another shape.
async fn bench() -> TestResult<(Bench, httpmock::MockServer, Arc<AtomicBool>)> {
    let has_changed = Arc::<AtomicBool>::default();
    let changed = Arc::clone(&has_changed);
    let respond = move |query: &Query| {
        let version = if changed.load(Ordering::SeqCst) { json!("another") } else { json!(1) };
        let employer = json!({ "employeeId": "7" });
        let people = match query.get("state").map(String::as_str) {
            Some("active") => json!([
                { "id": "u-1", "name": "One", "department": "A", "state": "active", "version": version, "employerInfo": employer },
                { "id": "u-2", "name": "Two", "department": "B", "state": "active", "version": 1 },
                { "id": "u-3", "name": "Three", "department": "C", "state": "active", "version": "new", "employerInfo": employer },
                { "id": "u-4", "name": "Four", "department": "D", "state": "unheard-of", "version": 1, "employerInfo": employer },
                { "name": "Five", "department": "E", "state": "active", "employerInfo": employer },
            ]),
            Some(_) => json!([]),
            None => {
                let items = json!([
                    { "id": "s-1", "remoteId": "u-1", "firstName": "One", "lastName": "A", "active": true },
                    { "id": "s-2", "remoteId": "u-2", "firstName": "Two", "lastName": "B" },
                    { "id": "s-3", "remoteId": "u-9", "firstName": "Nine", "lastName": "I", "active": "perhaps" },
                    { "id": "s-4", "firstName": "No", "lastName": "Number", "active": true },
                ]);
                let page = json!({ "items": items, "page": 0, "total": 4, "totalPages": 1 });
                return (200, json!({ "success": true, "data": page }).to_string());
            }
        };
        (200, json!({ "entities": people, "total": people.as_array().map(Vec::len) }).to_string())
    };
    let server = server("application/json", respond).await;
    let mut bench = Bench::new(FLOW).await?;
    bench.set_services(of_server(&server)?);
    Ok((bench, server, has_changed))
}

async fn planned(bench: &Bench) -> TestResult<(FlowSummary, Vec<Action>)> {
    let engine = bench.engine().await?;
    let mut planned = plan(&engine, &PlanOptions::default()).await?;
    let actions = bench::actions(&engine, &planned).await?;
    Ok((planned.summary.flows.remove(0), actions))
}

#[tokio::test]
async fn whatever_is_said_of_a_read_is_said_again_when_nothing_has_changed() -> TestResult {
    let (bench, _server, has_changed) = bench().await?;
    let (first, actions) = planned(&bench).await?;
    assert_eq!(first.source.incomplete, ["2 rows could not be read"]);
    let unusable = "1 records cannot be used, the first because it has no `active`";
    assert_eq!(first.target.incomplete, ["1 row could not be read", unusable]);
    assert_eq!((first.source.rows, first.target.rows), (3, 3));
    assert!(actions.iter().any(|it| it.kind == ActionKind::Invalid && it.source_id.as_deref() == Some("u-4")));
    assert!(actions.iter().any(|it| it.kind == ActionKind::Unmanaged && it.target_id.as_deref() == Some("s-4")));
    let said = |(summary, actions): &(FlowSummary, Vec<Action>)| format!("{summary:?} {actions:?}");
    let first = said(&(first, actions));
    assert_eq!(said(&planned(&bench).await?), first);
    // A field that is not used makes no one unknown who was known.
    has_changed.store(true, Ordering::SeqCst);
    assert_eq!(said(&planned(&bench).await?), first);
    Ok(())
}

#[tokio::test]
async fn everybody_is_read_again_by_another_sync_file() -> TestResult {
    let (mut bench, _server, has_changed) = bench().await?;
    let names = async |bench: &Bench| -> TestResult<Vec<Value>> {
        let (_, mut actions) = planned(bench).await?;
        actions.retain(|action| action.source_id.as_deref() == Some("u-1"));
        let changes = actions.iter().flat_map(|action| &action.changes);
        Ok(changes.filter(|change| change.field == "firstName").map(|change| change.after.clone()).collect())
    };
    assert_eq!(names(&bench).await?, [] as [Value; 0]);
    bench.text = FLOW.replace("firstName = \"name\"", "firstName = \"department\"");
    assert_eq!(names(&bench).await?, [json!("A")]);
    assert_eq!(names(&bench).await?, [json!("A")]);
    // And then the field of another shape is noticed.
    has_changed.store(true, Ordering::SeqCst);
    assert_eq!(planned(&bench).await?.0.source.rows, 3);
    bench.text = format!("{FLOW}\n# A remark.\n");
    assert_eq!(planned(&bench).await?.0.source.rows, 2);
    Ok(())
}
