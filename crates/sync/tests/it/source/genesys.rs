//! Genesys users.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use genesys_users::types::UserStateValue;
use rosterkit_core::StatusCode;
use rosterkit_sandbox::{Fault, Sandbox};
use rosterkit_sync::config::GenesysListing;
use rosterkit_sync::source::{GenesysPerson, Source, find_genesys_user};
use serde_json::{Value, json};

use crate::support::{Query, SENTINEL, TestResult, ids, of_sandbox, of_server, read, server};

fn source(listing: GenesysListing) -> Source {
    Source::GenesysUsers { expand: Vec::new(), listing }
}

fn number(query: &Query, name: &str) -> usize {
    query.get(name).and_then(|text| text.parse().ok()).expect("a number")
}

/// A page of a listing of so many users in the requested state, as the service cuts it.
fn page(query: &Query, active: usize, inactive: usize) -> Value {
    let state = query.get("state").map(String::as_str).expect("a state");
    let total = if state == "active" { active } else { inactive };
    let (size, number) = (number(query, "pageSize"), number(query, "pageNumber"));
    let range = ((number - 1) * size).min(total)..(number * size).min(total);
    let users: Vec<Value> = range.map(|at| json!({ "id": format!("{state}-{at}"), "state": state })).collect();
    let next = (number * size < total).then(|| format!("/api/v2/users?pageSize={size}&pageNumber={}", number + 1));
    json!({ "entities": users, "total": total, "pageCount": total.div_ceil(size), "nextUri": next })
}

#[tokio::test]
async fn both_listings_find_active_and_inactive_users_alike() -> TestResult {
    let sandbox = Sandbox::builder().users(1_230).start().await?;
    let services = of_sandbox(&sandbox)?;
    let (listed, report) = read(&source(GenesysListing::List), &services).await?;
    assert_eq!((report.rows, report.is_complete(), &report.notes), (1_230, true, &Vec::new()), "{report:?}");
    let (queried, report) = read(&source(GenesysListing::Query), &services).await?;
    assert!(report.is_complete(), "{report:?}");
    let mut both = [listed, queried].map(|rows| ids(&rows).into_iter().map(str::to_owned).collect::<Vec<_>>());
    both.iter_mut().for_each(|ids| ids.sort());
    assert_eq!(both[0], both[1]);
    assert_eq!(both[0].len(), 1_230);
    Ok(())
}

#[tokio::test]
async fn a_row_is_what_the_command_line_prints_and_tells_the_parts_that_it_lacks() -> TestResult {
    let sandbox = Sandbox::builder().users(20).start().await?;
    let services = of_sandbox(&sandbox)?;
    let expand = ["skills", "lasttokenissued", "customAttributes", "authorization.unusedRoles"].map(str::to_owned);
    let source = Source::GenesysUsers { expand: expand.to_vec(), listing: GenesysListing::List };
    let (rows, report) = read(&source, &services).await?;
    let genesys = services.genesys()?;
    for row in &rows {
        let id = row.value["id"].as_str().ok_or("no id")?;
        let user = genesys.users().get_with(id, expand.clone()).await?;
        assert_eq!(row.value, serde_json::to_value(user)?);
        assert!(row.value["skills"].is_array() && row.value["lastTokenIssued"].is_object());
        assert!(row.lacking.contains(&"customAttributes".to_owned()), "no field of a user has it");
        assert!(!row.lacking.iter().any(|part| part == "skills" || part == "lasttokenissued"), "{:?}", row.lacking);
    }
    assert_eq!(report.lacking.get("customAttributes"), Some(&20), "{report:?}");
    Ok(())
}

#[tokio::test]
async fn a_503_on_the_third_page_is_an_error_and_not_a_short_list() -> TestResult {
    for (listing, operation) in [(GenesysListing::List, "getUsers"), (GenesysListing::Query, "getUsersQuery")] {
        let fault: Fault = format!("{operation}:status=503,skip=2").parse()?;
        let sandbox = Sandbox::builder().users(2_000).fault(fault).start().await?;
        let error = read(&source(listing), &of_sandbox(&sandbox)?).await.map(drop).expect_err("503");
        assert_eq!((error.operation(), error.status()), (Some(operation), Some(StatusCode::SERVICE_UNAVAILABLE)));
        assert!(
            error.to_string().starts_with("cannot read active Genesys users: stopped after 1000 of them"),
            "{error}"
        );
        assert!(!error.advice().is_empty());
    }
    Ok(())
}

#[tokio::test]
async fn a_failed_read_that_is_finished_nevertheless_is_incomplete() -> TestResult {
    let sandbox = Sandbox::builder().users(2_000).fault("getUsers:status=503,skip=2".parse()?).start().await?;
    let mut reading = source(GenesysListing::List).open(&of_sandbox(&sandbox)?)?;
    while let Ok(Some(_)) = reading.next().await {}
    assert_eq!(reading.next().await?, None);
    assert_eq!(reading.finish().incomplete, ["the read failed"]);
    let early = source(GenesysListing::List).open(&of_sandbox(&sandbox)?)?;
    assert!(!early.finish().is_complete());
    Ok(())
}

#[tokio::test]
async fn an_empty_directory_is_incomplete() -> TestResult {
    for body in [json!({ "entities": [], "total": 0 }), json!({ "total": 0 })] {
        let server = server("application/json", move |_| (200, body.to_string())).await;
        let (rows, report) = read(&source(GenesysListing::List), &of_server(&server)?).await?;
        assert!(rows.is_empty() && report.incomplete[0].starts_with("the list is empty"), "{report:?}");
    }
    Ok(())
}

#[tokio::test]
async fn a_response_without_a_list_is_an_error() -> TestResult {
    for (listing, body) in [
        (GenesysListing::List, "{}"),
        (GenesysListing::List, r#"{"message":"S3NTINEL"}"#),
        (GenesysListing::Query, "{}"),
    ] {
        let server = server("application/json", move |_| (200, body.to_owned())).await;
        let error = read(&source(listing), &of_server(&server)?).await.map(drop).expect_err("no list");
        assert!(!format!("{error} {error:?}").contains(SENTINEL), "{error}");
    }
    Ok(())
}

#[tokio::test]
async fn a_total_that_differs_from_the_list_makes_it_incomplete() -> TestResult {
    for (said, listed, expected) in [
        (7, 7, None),
        (9, 7, Some("the service says that there are 9 active Genesys users, but listed 7 people")),
        (5, 7, Some("the service says that there are 5 active Genesys users, but listed 7 people")),
    ] {
        let respond = move |query: &Query| {
            let mut page = page(query, listed, 3);
            if query["state"] == "active" {
                // Neither a link nor a page count leads on, so that only the total disagrees.
                page["total"] = json!(said);
            }
            (200, page.to_string())
        };
        let server = server("application/json", respond).await;
        let (rows, report) = read(&source(GenesysListing::List), &of_server(&server)?).await?;
        assert_eq!(rows.len(), listed + 3);
        assert_eq!(report.is_complete(), expected.is_none(), "{report:?}");
        assert!(
            expected.is_none_or(|expected| report.incomplete.iter().any(|reason| reason == expected)),
            "{report:?}"
        );
    }
    Ok(())
}

#[tokio::test]
async fn a_directory_that_changes_while_it_is_read_is_noted_and_a_repeated_person_left_out() -> TestResult {
    // Somebody is created in front of the second page, so that it begins with the last person of the first one.
    let respond = |query: &Query| match (query["state"].as_str(), number(query, "pageNumber")) {
        ("active", 1) => (200, page(query, 600, 0).to_string()),
        ("active", _) => {
            let mut second = page(query, 600, 0);
            let users = second["entities"].as_array_mut().expect("users");
            users.insert(0, json!({ "id": "active-499", "state": "active" }));
            second["total"] = json!(601);
            (200, second.to_string())
        }
        // Deactivated after the active users were listed.
        _ => (200, json!({ "entities": [{ "id": "active-3" }, { "id": "inactive-0" }], "total": 2 }).to_string()),
    };
    let server = server("application/json", respond).await;
    let (rows, report) = read(&source(GenesysListing::List), &of_server(&server)?).await?;
    let found = ids(&rows);
    assert_eq!((found.len(), report.rows, report.repeated), (601, 601, 2), "{report:?}");
    assert_eq!(found.iter().filter(|id| **id == "active-499" || **id == "active-3").count(), 2);
    let notes = report.notes.join("\n");
    assert!(notes.contains("there were 600 active Genesys users at first, and 601 at last"), "{notes}");
    assert!(notes.contains("2 people were listed twice"), "{notes}");
    assert!(report.is_complete(), "{report:?}");
    Ok(())
}

#[tokio::test]
async fn a_person_who_was_skipped_makes_the_total_disagree() -> TestResult {
    // Somebody of the first page is deleted and somebody created at the end: the total stays, and one person is skipped.
    let respond = |query: &Query| {
        let mut page = page(query, 600, 0);
        if query["state"] == "active" && number(query, "pageNumber") == 2 {
            page["entities"].as_array_mut().expect("users").remove(0);
        }
        (200, page.to_string())
    };
    let server = server("application/json", respond).await;
    let (rows, report) = read(&source(GenesysListing::List), &of_server(&server)?).await?;
    assert_eq!(rows.len(), 599);
    assert!(report.incomplete.iter().any(|reason| reason.contains("says that there are 600")), "{report:?}");
    Ok(())
}

#[tokio::test]
async fn the_end_at_10_000_inactive_users_makes_the_read_incomplete_and_names_the_other_listing() -> TestResult {
    for (inactive, is_complete) in [(9_999, true), (10_000, false), (10_700, false)] {
        let respond = move |query: &Query| {
            let is_beyond =
                query["state"] == "inactive" && number(query, "pageNumber") * number(query, "pageSize") > 10_000;
            match is_beyond {
                true => (400, json!({ "code": "bad.request", "message": SENTINEL }).to_string()),
                false => (200, page(query, 2, inactive).to_string()),
            }
        };
        let server = server("application/json", respond).await;
        let (rows, report) = read(&source(GenesysListing::List), &of_server(&server)?).await?;
        assert_eq!(rows.len(), 2 + inactive.min(10_000));
        assert_eq!(report.is_complete(), is_complete, "{inactive}: {report:?}");
        let reason = report.incomplete.join("\n");
        assert_eq!(reason.contains("listing = \"query\""), !is_complete, "{reason}");
    }
    Ok(())
}

#[tokio::test]
async fn a_400_before_the_limit_is_an_error() -> TestResult {
    let respond = |query: &Query| match number(query, "pageNumber") {
        1 => (200, page(query, 600, 0).to_string()),
        _ => (400, json!({ "code": "bad.request" }).to_string()),
    };
    let server = server("application/json", respond).await;
    let error = read(&source(GenesysListing::List), &of_server(&server)?).await.map(drop).expect_err("400");
    assert_eq!(error.status(), Some(StatusCode::BAD_REQUEST));
    Ok(())
}

#[tokio::test]
async fn pages_that_are_too_large_are_read_in_smaller_ones() -> TestResult {
    let largest = Arc::new(AtomicU64::new(0));
    let seen = Arc::clone(&largest);
    let respond = move |query: &Query| {
        let (size, page_number) = (number(query, "pageSize"), number(query, "pageNumber"));
        // The first page is small enough, the second one is not.
        if (page_number - 1) * size >= 500 && size > 125 {
            return (400, json!({ "code": "response.entity.too.large" }).to_string());
        }
        seen.fetch_max(size as u64, Ordering::SeqCst);
        (200, page(query, 1_333, 7).to_string())
    };
    let server = server("application/json", respond).await;
    let (rows, report) = read(&source(GenesysListing::List), &of_server(&server)?).await?;
    assert!(report.is_complete() && report.repeated == 0, "{report:?}");
    assert_eq!((rows.len(), largest.load(Ordering::SeqCst)), (1_340, 500));
    Ok(())
}

#[tokio::test]
async fn a_cursor_is_followed_with_a_smaller_page_when_a_response_is_too_large() -> TestResult {
    let respond = |query: &Query| {
        let start: usize = query.get("cursor").map_or(0, |cursor| cursor.parse().expect("a cursor"));
        let size = number(query, "pageSize");
        if start > 0 && size > 25 {
            return (400, json!({ "code": "response.entity.too.large" }).to_string());
        }
        let end = (start + size).min(620);
        let state = &query["state"];
        let users: Vec<Value> = (start..end).map(|at| json!({ "id": format!("{state}-{at}") })).collect();
        (200, json!({ "entities": users, "cursor": (end < 620).then(|| end.to_string()) }).to_string())
    };
    let server = server("application/json", respond).await;
    let (rows, report) = read(&source(GenesysListing::Query), &of_server(&server)?).await?;
    assert!(report.is_complete(), "{report:?}");
    assert_eq!(rows.len(), 1_240);
    Ok(())
}

#[tokio::test]
async fn a_response_that_stays_too_large_is_an_error() -> TestResult {
    let body = json!({ "code": "response.entity.too.large" }).to_string();
    let server = server("application/json", move |_| (400, body.clone())).await;
    let error = read(&source(GenesysListing::List), &of_server(&server)?).await.map(drop).expect_err("too large");
    assert_eq!(error.status(), Some(StatusCode::BAD_REQUEST));
    Ok(())
}

#[tokio::test]
async fn a_person_who_cannot_be_read_stops_nobody_and_makes_the_read_incomplete() -> TestResult {
    for listing in [GenesysListing::List, GenesysListing::Query] {
        let respond = |query: &Query| {
            let users = match query["state"].as_str() {
                "active" => json!([{ "id": "u-1" }, { "id": "u-2", "version": SENTINEL }, { "name": SENTINEL }]),
                _ => json!([{ "id": "u-3" }]),
            };
            (200, json!({ "entities": users, "total": users.as_array().map(Vec::len) }).to_string())
        };
        let server = server("application/json", respond).await;
        let (rows, report) = read(&source(listing), &of_server(&server)?).await?;
        assert_eq!((ids(&rows), report.unreadable), (vec!["u-1", "u-3"], 2));
        assert_eq!(report.incomplete, ["2 rows could not be read"]);
        assert!(report.problems.iter().any(|problem| problem.contains("`u-2`, in `version`")), "{report:?}");
        assert!(!format!("{report:?}").contains(SENTINEL));
    }
    Ok(())
}

#[tokio::test]
async fn one_user_is_found_by_id_in_any_state() -> TestResult {
    let sandbox = Sandbox::builder().users(40).start().await?;
    let services = of_sandbox(&sandbox)?;
    let (rows, _) = read(&source(GenesysListing::List), &services).await?;
    let expand = ["skills".to_owned()];
    let (mut active, mut inactive) = (None, None);
    for row in &rows {
        let id = row.value["id"].as_str().ok_or("no id")?;
        match find_genesys_user(&services, id, &expand).await? {
            GenesysPerson::Active(row) if row.value["skills"].is_array() => active = Some(id.to_owned()),
            GenesysPerson::Inactive(row) if row.value["state"] == "inactive" => inactive = Some(id.to_owned()),
            other => panic!("{other:?}"),
        }
    }
    let (active, _) = (active.ok_or("no one is active")?, inactive.ok_or("no one is inactive")?);
    services.genesys()?.users().delete(active.as_str()).await?;
    let deleted = find_genesys_user(&services, &active, &expand).await?;
    let GenesysPerson::Deleted(row) = &deleted else { panic!("{deleted:?}") };
    assert_eq!(row.value["state"], json!(UserStateValue::Deleted));
    let gone = find_genesys_user(&services, "3f8f0b56-9d5d-4a6b-8f43-0c3a51b2f0aa", &expand).await?;
    assert_eq!(gone, GenesysPerson::Gone);
    Ok(())
}

#[tokio::test]
async fn a_404_that_is_not_of_genesys_does_not_mean_that_a_user_is_gone() -> TestResult {
    for (status, body) in
        [(404, "not here"), (503, "{}"), (200, r#"{"id":"other","state":"active"}"#), (200, r#"{"id":"u-1"}"#)]
    {
        let server = server("application/json", move |_| (status, body.to_owned())).await;
        let found = find_genesys_user(&of_server(&server)?, "u-1", &[]).await;
        assert!(found.is_err(), "{status} {body}: {found:?}");
    }
    Ok(())
}
