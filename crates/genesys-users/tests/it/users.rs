//! Users: streams, typed calls, and waits.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use genesys_users::mocks::on;
use genesys_users::types::{CreateUser, UpdateUser, UserExpand, UserRoutingSkillPost, UserSearchRequest};
use genesys_users::{Client, ErrorKind, Patch};
use httpmock::MockServer;
use serde_json::json;

#[tokio::test]
async fn listing_streams_all_users_in_pages_of_100() {
    let (sandbox, client) = crate::support::sandbox(250).await;
    let mut users = client.users().list().state("any").items();
    let mut ids = BTreeSet::new();
    while let Some(user) = users.next().await {
        ids.insert(user.expect("a user").id);
    }
    assert_eq!((ids.len(), sandbox.requests().genesys), (250, 3));
}

#[tokio::test]
async fn a_search_streams_all_pages_through_its_body() {
    let server = MockServer::start_async().await;
    let search = crate::support::respond(&server, "POST", "/api/v2/users/search", |body| {
        assert_eq!(body["pageSize"], 100);
        let page = body["pageNumber"].as_i64().unwrap_or_default();
        let next = (page < 3).then(|| format!("/api/v2/users/search?page={}", page + 1));
        let body = json!({ "results": [{ "id": format!("u-{page}") }], "pageCount": 3, "total": 3, "nextPage": next });
        (200, body)
    });
    let client = crate::support::client(&server);
    let mut found = client.users().search(UserSearchRequest::default()).items();
    let mut ids = Vec::new();
    while let Some(user) = found.next().await {
        ids.extend(user.expect("a user").id);
    }
    assert_eq!(ids, ["u-1", "u-2", "u-3"]);
    search.assert_calls(3);
}

#[tokio::test]
async fn a_response_that_is_not_a_page_does_not_end_a_list() {
    for (first, is_page) in
        [(json!({}), false), (json!({ "entities": null, "message": "busy" }), false), (json!({ "total": 0 }), true)]
    {
        let server = MockServer::start_async().await;
        let body = first.clone();
        crate::support::respond(&server, "GET", "/api/v2/users", move |_| (200, body.clone()));
        let client = crate::support::client(&server);
        match client.users().list().items().next().await {
            None => assert!(is_page, "{first} reads as an empty listing"),
            Some(Err(error)) => {
                assert!(!is_page, "{first}: {error}");
                assert_eq!(error.error().kind(), ErrorKind::Decode);
                assert!(error.to_string().contains("it has neither `entities` nor `nextUri`"), "{error}");
            }
            Some(Ok(_)) => panic!("{first} has no user"),
        }
    }
}

#[tokio::test]
async fn users_are_created_read_changed_and_deleted() {
    let (_sandbox, client) = crate::support::sandbox(3).await;
    let users = client.users();
    let new = CreateUser {
        name: Some("Ada Test".to_owned()),
        email: Some("ada.test@example.com".to_owned()),
        ..Default::default()
    };
    let id = users.create(new).await.expect("created").id.expect("an id");
    let read = users.get(id.as_str()).await.expect("read");
    assert_eq!(read.name.as_deref(), Some("Ada Test"));
    let update = UpdateUser {
        title: "Trainer".to_owned().into(),
        version: read.version.expect("a version").into(),
        ..Default::default()
    };
    let changed = users.patch(id.as_str(), update.clone()).await.expect("changed");
    assert_eq!(changed.title.as_deref(), Some("Trainer"));
    let error = users.patch(id.as_str(), update).await.expect_err("an old version");
    assert_eq!(error.status().map(|status| status.as_u16()), Some(409));
    users.delete(id.as_str()).await.expect("deleted");
    assert_eq!(users.get(id).await.expect_err("gone").status().map(|status| status.as_u16()), Some(404));
}

#[tokio::test]
async fn a_patch_distinguishes_absent_null_and_empty() {
    let server = MockServer::start_async().await;
    let patch = crate::support::respond(&server, "PATCH", "/api/v2/users/u-1", |body| {
        assert_eq!(body, json!({ "version": 7, "department": null, "certifications": [], "title": "" }));
        (200, json!({ "id": "u-1" }))
    });
    let update = UpdateUser {
        version: 7.into(),
        department: Patch::Null,
        certifications: Vec::new().into(),
        title: String::new().into(),
        ..Default::default()
    };
    crate::support::client(&server).users().patch("u-1", update).await.expect("changed");
    patch.assert_calls(1);
}

#[tokio::test]
async fn an_update_without_a_version_is_refused_before_it_is_sent() {
    let server = MockServer::start_async().await;
    let patch = crate::support::respond(&server, "PATCH", "/api/v2/users/u-1", |_| (200, json!({ "id": "u-1" })));
    for version in [Patch::Absent, Patch::Null] {
        let update = UpdateUser { version, title: "Agent".to_owned().into(), ..Default::default() };
        let error = crate::support::client(&server).users().patch("u-1", update).await.expect_err("no version");
        assert_eq!(error.kind(), ErrorKind::InvalidRequest);
        let expected = "patchUser (PATCH /api/v2/users/{userId}): the JSON body lacks `version`, which the operation \
                        requires; correct the argument; nothing was sent";
        assert_eq!(error.to_string(), expected);
    }
    patch.assert_calls(0);
}

#[tokio::test]
async fn a_user_is_created_without_a_division() {
    let server = MockServer::start_async().await;
    let create = crate::support::respond(&server, "POST", "/api/v2/users", |body| {
        assert_eq!(body, json!({ "name": "Ada Test", "email": "ada.test@example.com" }));
        (200, json!({ "id": "u-1" }))
    });
    let name = Some("Ada Test".to_owned());
    let users = crate::support::client(&server).users();
    let user = CreateUser { name: name.clone(), email: Some("ada.test@example.com".to_owned()), ..Default::default() };
    users.create(user).await.expect("created");
    let error = users.create(CreateUser { name, ..Default::default() }).await.expect_err("no address");
    assert!(error.to_string().contains("the JSON body lacks `email`"), "{error}");
    create.assert_calls(1);
}

#[tokio::test]
async fn the_shortcut_sends_no_field_that_the_service_sets_itself_and_the_call_sends_what_it_is_given() {
    let server = MockServer::start_async().await;
    let all = json!({ "id": "u-1", "primaryContactInfo": [], "selfUri": "/users/u-1", "title": "Agent", "version": 7 });
    let update: UpdateUser = serde_json::from_value(all.clone()).expect("an update");
    let given = Arc::new(AtomicI64::new(0));
    let (calls, full) = (given.clone(), all.clone());
    let patch = crate::support::respond(&server, "PATCH", "/api/v2/users/u-1", move |body| {
        let expected = match calls.fetch_add(1, Ordering::SeqCst) {
            0 => json!({ "title": "Agent", "version": 7 }),
            _ => full.clone(),
        };
        assert_eq!(body, expected);
        (200, json!({ "id": "u-1" }))
    });
    let client = crate::support::client(&server);
    client.users().patch("u-1", update.clone()).await.expect("changed");
    client.api().patch_user().user_id("u-1").body(update).send().await.expect("changed");
    patch.assert_calls(2);
}

#[tokio::test]
async fn a_response_that_is_not_a_user_is_no_success() {
    for body in [json!({}), json!([]), json!(null), json!({ "other": 1 })] {
        let server = MockServer::start_async().await;
        for (method, path) in [
            ("GET", "/api/v2/users/u-1"),
            ("POST", "/api/v2/users"),
            ("PATCH", "/api/v2/users/u-1"),
            ("PUT", "/api/v2/users/u-1/routingskills/bulk"),
        ] {
            let body = body.clone();
            crate::support::respond(&server, method, path, move |_| (200, body.clone()));
        }
        let client = crate::support::client(&server);
        let (users, routing) = (client.users(), client.routing("u-1"));
        let no_skills: [UserRoutingSkillPost; 0] = [];
        let text = |text: &str| Some(text.to_owned());
        let new = CreateUser { name: text("Ada Test"), email: text("ada.test@example.com"), ..Default::default() };
        let update = UpdateUser { version: 1.into(), ..Default::default() };
        for (error, is_write) in [
            (users.get("u-1").await.err(), false),
            (users.presence("u-1").await.err(), false),
            (users.create(new).await.err(), true),
            (users.patch("u-1", update).await.err(), true),
            (routing.replace_skills(no_skills).await.err(), true),
        ] {
            let error = error.unwrap_or_else(|| panic!("{body} is no user"));
            assert_eq!((error.kind(), error.may_have_taken_effect()), (ErrorKind::Decode, is_write), "{body}");
        }
    }
}

#[tokio::test]
async fn presence_is_read_with_the_user() {
    let server = MockServer::start_async().await;
    let read = on(&server).get_user(|when, then| {
        when.user_id("u-1").expand([UserExpand::Presence]);
        then.ok(
            &serde_json::from_value(json!({ "id": "u-1", "presence": { "message": "back at noon" } })).expect("a user")
        );
    });
    let presence = crate::support::client(&server).users().presence("u-1").await.expect("a user").expect("a presence");
    assert_eq!(presence.message.as_deref(), Some("back at noon"));
    read.assert_calls(1);
}

#[tokio::test]
async fn a_retry_after_of_three_minutes_is_waited_for() {
    let server = MockServer::start_async().await;
    server.mock(|when, then| {
        when.any_request();
        then.status(429).header("retry-after", "180");
    });
    let (sender, mut waits) = tokio::sync::mpsc::unbounded_channel();
    let builder = Client::builder().base_url(server.base_url()).bearer("token").transport(|transport| {
        transport.on_retry(move |event| {
            let _ = sender.send(event.delay());
        })
    });
    let client = builder.build().expect("a client");
    let users = client.users();
    tokio::select! {
        read = users.get("u-1") => panic!("given up: {:?}", read.map(|user| user.id)),
        // Nobody waits for it here.
        wait = waits.recv() => assert_eq!(wait, Some(Duration::from_secs(180))),
    }
}

/// Answers a listing of more users than the service lists, and then with 400.
fn cut_after(server: &MockServer, pages: i64) -> httpmock::Mock<'_> {
    server.mock(|when, then| {
        when.method("GET").path("/api/v2/users");
        then.respond_with(move |request: &httpmock::HttpMockRequest| {
            let parameters = request.query_params();
            let number = |name: &str| parameters.iter().find(|it| it.0 == name).and_then(|it| it.1.parse::<i64>().ok());
            let (page, size) = (number("pageNumber").unwrap_or(1), number("pageSize").unwrap_or(25));
            let ids = (0..size).map(|index| json!({ "id": format!("{page}-{index}") })).collect::<Vec<_>>();
            let (status, body) = match page <= pages {
                true => {
                    (200, json!({ "entities": ids, "pageCount": 99, "nextUri": format!("/p?pageNumber={}", page + 1) }))
                }
                false => (400, json!({ "code": "bad.request", "message": "no" })),
            };
            let response = httpmock::HttpMockResponse::builder().status(status);
            response.header("content-type", "application/json").body(body.to_string()).build()
        });
    })
}

#[tokio::test]
async fn a_listing_that_the_service_ends_at_10_000_users_names_the_one_that_lists_all() {
    for (size, pages, is_cut) in [(500, 20, true), (100, 100, true), (500, 19, false), (500, 0, false)] {
        let server = MockServer::start_async().await;
        cut_after(&server, pages);
        let client = crate::support::client(&server);
        let mut users = client.users().list().state("inactive").page_size(size).items();
        let (mut read, mut error) = (0, None);
        while let Some(user) = users.next().await {
            match user {
                Ok(_) => read += 1,
                Err(failed) => error = Some(failed),
            }
        }
        let error = error.expect("a 400");
        assert_eq!((read, users.is_complete()), (pages * size, false));
        let told = error.to_string();
        assert_eq!(told.contains("`getUsersQuery`") && told.contains("after 10000 items"), is_cut, "{told}");
        assert_eq!(error.error().status().map(|status| status.as_u16()), Some(400));
    }
}
