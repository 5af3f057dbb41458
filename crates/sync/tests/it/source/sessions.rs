//! Session users.

use rosterkit_core::StatusCode;
use rosterkit_sandbox::Sandbox;
use rosterkit_sync::source::Source;
use serde_json::json;

use crate::support::{Query, SENTINEL, TestResult, ids, of_sandbox, of_server, read, server};

#[tokio::test]
async fn every_session_user_is_read_whether_active_or_not() -> TestResult {
    let sandbox = Sandbox::builder().users(900).start().await?;
    let services = of_sandbox(&sandbox)?;
    let mut expected = Vec::new();
    let mut users = services.sessions()?.users().items();
    while let Some(user) = users.next().await {
        expected.push(serde_json::to_value(user?)?);
    }
    let (rows, report) = read(&Source::SessionUsers, &services).await?;
    assert!(report.is_complete() && rows.len() > 200, "{report:?}");
    assert_eq!(rows.into_iter().map(|row| row.value).collect::<Vec<_>>(), expected);
    Ok(())
}

#[tokio::test]
async fn a_failing_page_is_an_error_and_a_refusal_too() -> TestResult {
    let sandbox =
        Sandbox::builder().users(900).fault("session-clusters/getUsers:status=503,skip=1".parse()?).start().await?;
    let error = read(&Source::SessionUsers, &of_sandbox(&sandbox)?).await.map(drop).expect_err("503");
    assert_eq!((error.operation(), error.status()), (Some("getUsers"), Some(StatusCode::SERVICE_UNAVAILABLE)));
    let refusal = json!({ "success": false, "error": { "message": SENTINEL }, "data": null }).to_string();
    let server = server("application/json", move |_| (200, refusal.clone())).await;
    let error = read(&Source::SessionUsers, &of_server(&server)?).await.map(drop).expect_err("refused");
    assert!(!format!("{error} {error:?}").contains(SENTINEL), "{error}");
    Ok(())
}

#[tokio::test]
async fn empty_pages_disagreeing_totals_and_unreadable_users_make_a_read_incomplete() -> TestResult {
    for (items, total, reasons) in [
        (json!([]), json!(0), vec!["the list is empty, which is never taken for everybody"]),
        (json!([]), json!(4), vec!["the list of session users ended", "the list is empty"]),
        (
            json!([{ "id": "a" }]),
            json!(4),
            vec!["the service says that there are 4 session users, but listed 1 person"],
        ),
        (json!([{ "id": "a" }, { "id": "b", "active": SENTINEL }]), json!(2), vec!["1 row could not be read"]),
        (json!([{ "id": "a" }, { "id": "a" }]), json!(2), vec!["the service says that there are 2"]),
    ] {
        let respond = move |query: &Query| {
            let is_first = query.get("page").is_none_or(|page| page == "0");
            let items = if is_first { items.clone() } else { json!([]) };
            (200, json!({ "success": true, "data": { "items": items, "total": total } }).to_string())
        };
        let server = server("application/json", respond).await;
        let (rows, report) = read(&Source::SessionUsers, &of_server(&server)?).await?;
        assert!(rows.iter().all(|row| row.value["id"] == "a") && ids(&rows).len() <= 1);
        for reason in reasons {
            assert!(report.incomplete.iter().any(|found| found.starts_with(reason)), "{reason}: {report:?}");
        }
        assert!(!format!("{report:?}").contains(SENTINEL));
    }
    Ok(())
}
