//! Clusters, completions and users: windows, envelopes, intervals, pages.

use std::time::Duration;

use httpmock::MockServer;
use serde_json::json;
use session_clusters::mocks::on;
use session_clusters::paging::Position;
use session_clusters::types::{Completion, SessionUser};
use session_clusters::{Client, Error, ErrorKind, Timestamp};

use crate::support::{SENTINEL, TestResult, assert_refused, client, refusal};

const HOUR: Duration = Duration::from_secs(3600);

fn completion(id: Option<&str>) -> Completion {
    Completion { id: id.map(str::to_owned), ..Completion::default() }
}

/// The ids that a listing yields, `-` for none, and the error that it ends with.
async fn ids(mut items: session_clusters::paging::Items<'_, Completion>) -> (Vec<String>, Option<Error>) {
    let mut ids = Vec::new();
    while let Some(item) = items.next().await {
        match item {
            Ok(completion) => ids.push(completion.id.unwrap_or_else(|| "-".to_owned())),
            Err(error) => return (ids, Some(error.into_error())),
        }
    }
    (ids, None)
}

#[tokio::test]
async fn clusters_are_read_from_their_envelope() -> TestResult {
    let server = MockServer::start_async().await;
    let mock = on(&server).get_clusters(|when, then| {
        when.from("2024-01-01T00:00Z").to("2024-02-01T00:00Z");
        then.and(|then| {
            then.status(200)
                .json_body(json!({ "success": true, "data": { "items": [{ "clusterId": "a" }], "total": 1 } }))
        });
    });
    let client = client(&server)?;
    let clusters = client.clusters().from("2024-01-01T00:00Z").to("2024-02-01T00:00Z").send().await?;
    assert_eq!(clusters.get()[0].cluster_id.as_deref(), Some("a"));
    assert_eq!((clusters.get().len(), clusters.status().as_u16(), mock.calls()), (1, 200, 1));
    Ok(())
}

#[tokio::test]
async fn success_false_is_an_error_even_with_status_200() -> TestResult {
    let server = MockServer::start_async().await;
    server.mock(|when, then| {
        when.method("GET");
        then.status(200).header("x-correlation-id", "c-1").json_body(refusal());
    });
    let client = client(&server)?;
    let refused = client.clusters().send().await.map(drop).expect_err("refused");
    assert_refused(&refused, "getClusters");
    let (none, refused) = ids(client.completions().items()).await;
    assert_eq!(none.len(), 0);
    assert_refused(&refused.ok_or("no refusal")?, "getCompletions");
    let refused = client.users().items().next().await.ok_or("the listing ended")?.expect_err("refused");
    assert_eq!((refused.item(), refused.position()), (0, &Position::Page(0)));
    assert_refused(refused.error(), "getUsers");
    let refused = client.users().text_pager().items().next().await.ok_or("the listing ended")?.expect_err("refused");
    assert_refused(refused.error(), "getUsers");
    Ok(())
}

#[tokio::test]
async fn an_envelope_without_its_list_is_an_error() -> TestResult {
    for data in [json!(null), json!({}), json!({ "items": null })] {
        let server = MockServer::start_async().await;
        server.mock(|when, then| {
            when.method("GET");
            then.status(200).json_body(json!({ "success": true, "data": data }));
        });
        let client = client(&server)?;
        let error = client.clusters().send().await.map(drop).expect_err("no clusters");
        assert_eq!((error.kind(), error.operation()), (ErrorKind::Decode, Some("getClusters")));
        let error = client.users().items().next().await.ok_or("the listing ended")?.expect_err("no users");
        assert_eq!((error.error().kind(), error.error().operation()), (ErrorKind::Decode, Some("getUsers")));
    }
    Ok(())
}

#[tokio::test]
async fn a_response_that_is_not_an_envelope_is_not_a_refusal() -> TestResult {
    for (body, kind) in [
        (json!({ "success": true }), ErrorKind::Decode),
        (json!({ "error": null }), ErrorKind::Decode),
        (json!({ "error": { "message": "no" } }), ErrorKind::Refused),
    ] {
        let server = MockServer::start_async().await;
        on(&server).get_completions(|_, then| {
            then.and(|then| then.status(200).json_body(body.clone()));
        });
        let (_, error) = ids(client(&server)?.completions().items()).await;
        assert_eq!(error.map(|error| error.kind()), Some(kind), "{body}");
    }
    Ok(())
}

#[tokio::test]
async fn a_window_is_checked_before_anything_is_sent() -> TestResult {
    let server = MockServer::start_async().await;
    let any = server.mock(|when, then| {
        when.any_request();
        then.status(500);
    });
    let client = client(&server)?;
    let soon: Timestamp = serde_json::from_value(json!("soon"))?;
    let later = "parameter `to` must be later than `from`";
    let invalid_from = "invalid parameter `from`: expected a date-time";
    for (from, to, rule) in [
        ("2024-02-01T00:00Z", "2024-01-01T00:00Z", later),
        ("2024-02-01T00:00Z", "2024-02-01T01:00:00.000+01:00", later),
        ("yesterday", "2024-02-01T00:00Z", invalid_from),
    ] {
        let clusters = client.clusters().from(from).to(to).send().await.map(drop).expect_err("refused");
        let (_, completions) = ids(client.completions().from(from).to(to).items()).await;
        for error in [clusters, completions.ok_or("not refused")?] {
            assert_eq!(error.kind(), ErrorKind::InvalidRequest);
            assert!(error.to_string().contains(rule) && !error.to_string().contains(from), "{error}");
        }
    }
    let error = client.clusters().from(soon).send().await.map(drop).expect_err("refused");
    assert!(error.to_string().contains(invalid_from), "{error}");
    assert_eq!(any.calls(), 0);
    Ok(())
}

#[tokio::test]
async fn a_window_is_sent_as_given() -> TestResult {
    let server = MockServer::start_async().await;
    let mock = on(&server).get_completions(|when, then| {
        when.from("2024-01-01T00:00:00.000+01:00");
        then.ok(&vec![completion(Some("a")), completion(Some("a"))]);
    });
    let client = client(&server)?;
    let (found, error) = ids(client.completions().from("2024-01-01T00:00:00.000+01:00").items()).await;
    assert!(error.is_none());
    assert_eq!((found, mock.calls()), (vec!["a".to_owned(), "a".to_owned()], 1), "one request leaves nothing out");
    Ok(())
}

/// Four hours in intervals of one and a half: the second is empty, the third repeats an id of the first.
async fn intervals(server: &MockServer) -> [session_clusters::mocks::Mock<'_>; 3] {
    let borders = ["2024-01-01T00:00Z", "2024-01-01T01:30:00.000Z", "2024-01-01T03:00:00.000Z", "2024-01-01T04:00Z"];
    let responses = [
        vec![completion(Some("a")), completion(Some("b")), completion(None)],
        vec![],
        vec![completion(None), completion(Some("b")), completion(Some("c")), completion(Some("c"))],
    ];
    std::array::from_fn(|index| {
        on(server).get_completions(|when, then| {
            when.from(borders[index]).to(borders[index + 1]);
            then.ok(&responses[index]);
        })
    })
}

#[tokio::test]
async fn a_long_window_is_split_into_intervals_and_each_completion_is_listed_once() -> TestResult {
    let server = MockServer::start_async().await;
    let mocks = intervals(&server).await;
    let client = client(&server)?;
    let listing = client.completions().from("2024-01-01T00:00Z").to("2024-01-01T04:00Z").interval(HOUR * 3 / 2);
    let (found, error) = ids(listing.items()).await;
    assert!(error.is_none(), "{error:?}");
    // Nothing without an id is left out, and nothing that one response repeats.
    assert_eq!(found, ["a", "b", "-", "-", "c", "c"]);
    assert_eq!(mocks.map(|mock| mock.calls()), [1, 1, 1]);
    Ok(())
}

#[tokio::test]
async fn many_empty_intervals_do_not_end_a_window() -> TestResult {
    let server = MockServer::start_async().await;
    on(&server).get_completions(|when, then| {
        when.from("2024-01-02T23:00:00.000Z");
        then.ok(&vec![completion(Some("last"))]);
    });
    let empty = on(&server).get_completions(|_, then| {
        then.ok(&vec![]);
    });
    let client = client(&server)?;
    let listing = client.completions().from("2024-01-01T00:00Z").to("2024-01-03T00:00Z").interval(HOUR);
    assert_eq!(ids(listing.items()).await.0, ["last"]);
    assert_eq!(empty.calls(), 47);
    Ok(())
}

#[tokio::test]
async fn intervals_resume_where_they_failed() -> TestResult {
    let server = MockServer::start_async().await;
    let broken = on(&server).get_completions(|when, then| {
        when.from("2024-01-01T03:00:00.000Z");
        then.and(|then| then.status(404));
    });
    intervals(&server).await;
    let client = client(&server)?;
    let listing = client.completions().from("2024-01-01T00:00Z").to("2024-01-01T04:00Z").interval(HOUR * 3 / 2);
    let mut items = listing.clone().items();
    let mut count = 0;
    let failed = loop {
        match items.next().await.ok_or("the listing ended")? {
            Ok(_) => count += 1,
            Err(error) => break error,
        }
    };
    assert_eq!((count, failed.item()), (3, 3));
    assert_eq!(failed.position(), &Position::Cursor("2024-01-01T03:00:00.000Z".to_owned()));
    drop(items);
    broken.delete_async().await;
    assert_eq!(ids(listing.pager().resume(&failed).items()).await.0, ["-", "b", "c", "c"]);
    Ok(())
}

#[tokio::test]
async fn intervals_require_bounds_a_length_and_a_valid_start() -> TestResult {
    let client = Client::builder().api_key("key").build()?;
    let open = client.completions().from("2024-01-01T00:00Z");
    let closed = open.clone().to("2024-01-02T00:00Z");
    let foreign = |cursor: &str| closed.clone().interval(HOUR).pager().start_at(Position::Cursor(cursor.to_owned()), 0);
    for items in [
        open.interval(HOUR).items(),
        closed.clone().interval(Duration::ZERO).items(),
        foreign("next").items(),
        foreign("2023-12-31T23:00:00.000Z").items(),
        foreign("2024-01-02T00:00:00.000Z").items(),
        closed.clone().pager().start_at(Position::Cursor("2024-01-01T00:00:00.000Z".to_owned()), 0).items(),
    ] {
        let (none, error) = ids(items).await;
        let error = error.ok_or("nothing failed")?;
        assert_eq!((none.len(), error.kind(), error.attempts()), (0, ErrorKind::InvalidRequest, 0), "{error}");
    }
    Ok(())
}

#[tokio::test]
async fn intervals_longer_than_any_date_are_the_whole_window() -> TestResult {
    let server = MockServer::start_async().await;
    let whole = on(&server).get_completions(|when, then| {
        when.from("2024-01-01T00:00Z").to("2024-01-01T04:00Z");
        then.ok(&vec![]);
    });
    let client = client(&server)?;
    for length in [HOUR * 4, HOUR * 24 * 366 * 300_000, Duration::MAX] {
        let listing = client.completions().from("2024-01-01T00:00Z").to("2024-01-01T04:00Z").interval(length);
        assert!(ids(listing.items()).await.1.is_none());
    }
    assert_eq!(whole.calls(), 3);
    Ok(())
}

#[tokio::test]
async fn users_are_listed_page_by_page() -> TestResult {
    let sandbox = rosterkit_sandbox::Sandbox::builder().users(250).start().await?;
    let client =
        Client::builder().base_url(sandbox.sessions_url()).api_key(sandbox.credentials().session_key).build()?;
    let mut users = client.users().page_size(50).items();
    let mut found: Vec<SessionUser> = Vec::new();
    while let Some(user) = users.next().await {
        found.push(user?);
    }
    assert_eq!((found.len(), sandbox.requests().sessions), (125, 3));
    let plain = client.api().get_users().send().await?.into_inner();
    assert_eq!(plain.data.and_then(|page| page.items), Some(found), "the same as the generated call");
    let error = client.users().page_size(201).items().next().await.ok_or("the listing ended")?;
    assert_eq!(error.map_err(|error| error.error().kind()), Err(ErrorKind::InvalidRequest));
    sandbox.stop().await;
    Ok(())
}

#[tokio::test]
async fn a_refusal_in_the_middle_does_not_end_the_users() -> TestResult {
    let server = MockServer::start_async().await;
    on(&server).get_users(|when, then| {
        when.page(0);
        then.and(|then| {
            then.status(200).json_body(json!({ "success": true, "data": { "items": [{ "id": "a" }], "next": 1 } }))
        });
    });
    on(&server).get_users(|when, then| {
        when.page(1);
        then.and(|then| then.status(200).header("x-correlation-id", "c-1").json_body(refusal()));
    });
    let client = client(&server)?;
    let mut users = client.users().items();
    assert_eq!(users.next().await.ok_or("no user")??.id.as_deref(), Some("a"));
    let error = users.next().await.ok_or("the listing ended")?.expect_err("refused");
    assert_eq!((error.item(), error.position()), (1, &Position::Page(1)));
    assert_refused(error.error(), "getUsers");
    Ok(())
}

#[tokio::test]
async fn texts_written_as_numbers_and_counts_in_quotes_are_read() -> TestResult {
    let server = MockServer::start_async().await;
    on(&server).get_users(|_, then| {
        then.and(|then| {
            then.status(200).json_body(json!({ "success": true, "data": {
                "items": [{ "id": 4711, "remoteId": 7.5, "firstName": true, "active": true }],
                "page": "0", "size": "200", "total": "1", "totalPages": 1.0, "next": null,
            } }))
        });
    });
    on(&server).get_completions(|_, then| {
        then.and(|then| {
            then.status(200).json_body(json!([{ "id": 12, "stepsVisited": "3", "totalSteps": 4, "hash": false }]))
        });
    });
    let client = client(&server)?;
    let mut users = client.users().items();
    let user = users.next().await.ok_or("no user")??;
    let read = (user.id.as_deref(), user.remote_id.as_deref(), user.first_name.as_deref(), user.active);
    assert_eq!(read, (Some("4711"), Some("7.5"), Some("true"), Some(true)));
    assert!(users.next().await.is_none(), "the count in quotes ends the listing");
    let completion = client.completions().items().next().await.ok_or("no completion")??;
    let read = (completion.id.as_deref(), completion.steps_visited, completion.total_steps, completion.hash.as_deref());
    assert_eq!(read, (Some("12"), Some(3), Some(4), Some("false")));
    // What is neither is an error that names the item.
    let server = MockServer::start_async().await;
    on(&server).get_completions(|_, then| {
        then.and(|then| {
            then.status(200).json_body(json!([{ "id": "c-1" }, { "id": "c-2", "stepsVisited": SENTINEL }]))
        });
    });
    let (_, error) = ids(self::client(&server)?.completions().items()).await;
    let error = error.ok_or("it was read")?;
    assert!(
        error.to_string().contains(", in `1.stepsVisited`, of the item with id `c-2`: expected a whole"),
        "{error}"
    );
    assert!(!error.to_string().contains(SENTINEL), "{error}");
    Ok(())
}

#[tokio::test]
async fn a_listing_goes_on_after_users_that_cannot_be_read_when_asked() -> TestResult {
    let server = MockServer::start_async().await;
    let bad = |id: &str| json!({ "id": id, "active": SENTINEL });
    for (page, items) in [
        (0, json!([{ "id": "u-1" }, bad("u-2"), { "id": "u-3" }])),
        // Nothing on this page can be read, but it is not the end.
        (1, json!([bad("u-4"), 7, bad("sample@example.com")])),
        (2, json!([{ "id": "u-5" }])),
    ] {
        let next = (page < 2).then_some(page + 1);
        on(&server).get_users(|when, then| {
            when.page(page);
            then.and(|then| {
                then.status(200).json_body(json!({ "success": true, "data": { "items": items, "next": next } }))
            });
        });
    }
    let client = client(&server)?;
    let mut strict = client.users().items();
    let error = strict.next().await.ok_or("no error")?.expect_err("u-2 cannot be read").into_error();
    assert!(error.to_string().contains("of the item with id `u-2`"), "{error}");
    assert_eq!(strict.skipped(), 0);

    let mut users = client.users().skip_unreadable().items();
    let mut read = Vec::new();
    while let Some(user) = users.next().await {
        read.extend(user?.id);
    }
    assert_eq!((read, users.skipped()), (["u-1", "u-3", "u-5"].map(str::to_owned).to_vec(), 4));
    let told: Vec<String> = users.take_unreadable().iter().map(ToString::to_string).collect();
    let starts = ["item 1 with id `u-2`", "item 0 with id `u-4`", "item 1: ", "item 2, in `active`: "];
    assert_eq!(told.len(), starts.len());
    for (told, start) in told.iter().zip(starts) {
        assert!(told.starts_with(start) && !told.contains(SENTINEL) && !told.contains('@'), "{told}");
    }
    assert_eq!((users.take_unreadable().len(), users.skipped()), (0, 4));

    // As text, every user is there.
    let mut texts = client.users().text_pager().items();
    let mut read = Vec::new();
    while let Some(text) = texts.next().await {
        read.push(text?.get().to_owned());
    }
    let unreadable = bad("u-2").to_string();
    assert_eq!((read.len(), texts.skipped(), &read[0], &read[1]), (7, 0, &r#"{"id":"u-1"}"#.to_owned(), &unreadable));
    Ok(())
}

#[tokio::test]
async fn completions_and_clusters_that_cannot_be_read_are_left_out_when_asked() -> TestResult {
    let server = MockServer::start_async().await;
    on(&server).get_completions(|_, then| {
        then.and(|then| {
            then.status(200).json_body(json!([{ "id": "a" }, { "id": "b", "attended": 1 }, { "id": "c" }]))
        });
    });
    let clusters = json!({ "success": true, "data": { "items": [{ "clusterId": "a" }, { "clusterId": [] }] } });
    on(&server).get_clusters(|_, then| {
        then.and(|then| then.status(200).json_body(clusters));
    });
    let client = client(&server)?;
    let (none, error) = ids(client.completions().items()).await;
    assert_eq!((none.len(), error.map(|error| error.kind())), (0, Some(ErrorKind::Decode)));
    let mut completions = client.completions().skip_unreadable().items();
    let mut found = Vec::new();
    while let Some(completion) = completions.next().await {
        found.extend(completion?.id);
    }
    assert_eq!((found, completions.skipped()), (vec!["a".to_owned(), "c".to_owned()], 1));
    let error = client.clusters().send().await.map(drop).expect_err("unreadable");
    assert_eq!(error.kind(), ErrorKind::Decode);
    let clusters = client.clusters().send_skip_unreadable().await?.into_inner();
    assert_eq!((clusters.items.len(), clusters.unreadable.len()), (1, 1));
    // A refusal stays one.
    let server = MockServer::start_async().await;
    server.mock(|when, then| {
        when.method("GET");
        then.status(200).header("x-correlation-id", "c-1").json_body(refusal());
    });
    let client = self::client(&server)?;
    let (_, refused) = ids(client.completions().skip_unreadable().items()).await;
    assert_refused(&refused.ok_or("no refusal")?, "getCompletions");
    let refused = client.clusters().send_skip_unreadable().await.map(drop).expect_err("refused");
    assert_refused(&refused, "getClusters");
    let refused =
        client.users().skip_unreadable().items().next().await.ok_or("the listing ended")?.expect_err("refused");
    assert_refused(refused.error(), "getUsers");
    Ok(())
}
