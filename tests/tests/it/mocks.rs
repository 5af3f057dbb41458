//! The typed httpmock helpers, used as a consumer's own tests would use them: each matches what it says, whatever the
//! base path and the encoding, and nothing else.

use genesys_users::generated::types::{
    ErrorBody, PatchUser, UpdateUser, User, UserEntityListing, UserExpand, UserListState,
};
use httpmock::MockServer;
use rosterkit_core::{Credential, Error, ErrorKind, FilePart, HeaderName, Patch, Transport};
use rosterkit_tests::AWKWARD;
use serde_json::json;
use session_clusters::generated::types::{
    BatchUpsertUsersRequest, ErrorDetail, ErrorEnvelope, UserTemplate, UsersEnvelope,
};

fn transport(server: &MockServer, base_path: &str) -> Transport {
    Transport::builder()
        .base_url(server.url(base_path))
        .credential("oauth", Credential::bearer("token"))
        .credential("userBasic", Credential::basic("user", "password"))
        .credential("systemKey", Credential::basic("any", "key"))
        .credential("ServerApiKey", Credential::api_key(HeaderName::from_static("x-api-key"), "key"))
        .build()
        .expect("a transport")
}

fn genesys(server: &MockServer) -> genesys_users::generated::Client {
    genesys_users::generated::Client::new(transport(server, "/gateway/v1"))
}

fn lms(server: &MockServer) -> peoplefluent_lms::generated::Client {
    peoplefluent_lms::generated::Client::new(transport(server, "/ekp"))
}

/// httpmock answers 404 where no mock matches.
fn assert_unmatched<T: std::fmt::Debug>(result: Result<T, Error>) {
    let error = result.expect_err("no mock may match");
    assert_eq!((error.kind(), error.status().map(|status| status.as_u16())), (ErrorKind::Status, Some(404)));
}

#[tokio::test]
async fn path_parameters_match_decoded_and_exactly() {
    let server = MockServer::start_async().await;
    let mock = genesys_users::mocks::on(&server).get_user(|when, then| {
        let response = User { name: Some("Sample".to_owned()), ..User::default() };
        when.user_id(AWKWARD);
        then.ok(&response);
    });
    let client = genesys(&server);
    let user = client.get_user().user_id(AWKWARD).send().await.expect("a user");
    assert_eq!(user.get().name.as_deref(), Some("Sample"));
    assert_unmatched(client.get_user().user_id(format!("{AWKWARD}x")).send().await);
    mock.assert();
}

#[tokio::test]
async fn an_operation_does_not_match_a_literal_path_of_another() {
    let server = MockServer::start_async().await;
    let by_id = genesys_users::mocks::on(&server).patch_user(|_, then| drop(then.ok(&User::default())));
    let bulk =
        genesys_users::mocks::on(&server).patch_users_bulk(|_, then| drop(then.ok(&UserEntityListing::default())));
    let client = genesys(&server);
    let update = UpdateUser { version: 1.into(), ..UpdateUser::default() };
    client.patch_user().user_id("7").body(update).send().await.expect("a user");
    client.patch_users_bulk().body(vec![PatchUser::default()]).send().await.expect("users");
    by_id.assert();
    bulk.assert();
    assert_unmatched(client.delete_user().user_id("7").send().await);
}

#[tokio::test]
async fn query_parameters_match_by_value_and_arrays_in_order() {
    let server = MockServer::start_async().await;
    let mock = genesys_users::mocks::on(&server).get_users(|when, then| {
        when.page_size(25)
            .state(UserListState::Active)
            .id([AWKWARD, "2"])
            .expand([UserExpand::Presence, "new one".into()]);
        then.ok(&UserEntityListing { total: Some(1), ..UserEntityListing::default() });
    });
    let client = genesys(&server);
    let call = |size: i64, ids: [&str; 2]| {
        let ids: Vec<String> = ids.map(str::to_owned).into();
        let expand = vec![UserExpand::Presence, "new one".into()];
        client.get_users().page_size(size).state(UserListState::Active).id(ids).expand(expand).send()
    };
    assert_eq!(call(25, [AWKWARD, "2"]).await.expect("users").get().total, Some(1));
    assert_unmatched(call(26, [AWKWARD, "2"]).await);
    assert_unmatched(call(25, ["2", AWKWARD]).await);
    assert_unmatched(client.get_users().page_size(25).state(UserListState::Active).send().await);
    mock.assert();
}

#[tokio::test]
async fn json_bodies_match_with_their_nulls() {
    let server = MockServer::start_async().await;
    let change = |title: Patch<String>| UpdateUser { title, version: 3.into(), ..UpdateUser::default() };
    let mock = genesys_users::mocks::on(&server).patch_user(|when, then| {
        when.user_id("7").body(&change(Patch::Null));
        then.ok(&User::default());
    });
    let client = genesys(&server);
    let call = |title| client.patch_user().user_id("7").body(change(title)).send();
    call(Patch::Null).await.expect("a user");
    assert_unmatched(call(Patch::Absent).await);
    assert_unmatched(call(Patch::Value("x".to_owned())).await);
    mock.assert();
}

#[tokio::test]
async fn responses_without_a_body_are_given() {
    let server = MockServer::start_async().await;
    let mock = genesys_users::mocks::on(&server).delete_user_routinglanguage(|when, then| {
        when.user_id("7").language_id("a/b");
        then.ok();
    });
    let client = genesys(&server);
    let response = client.delete_user_routinglanguage().user_id("7").language_id("a/b").send().await.expect("success");
    assert_eq!(response.status().as_u16(), 204);
    assert_unmatched(client.delete_user_routinglanguage().user_id("a/b").language_id("7").send().await);
    mock.assert();
}

#[tokio::test]
async fn documented_errors_are_given_typed() {
    let server = MockServer::start_async().await;
    let body = ErrorBody { code: Some("not.found".to_owned()), ..ErrorBody::default() };
    genesys_users::mocks::on(&server)
        .get_user(|_, then| drop(then.error(409, &body).header("inin-correlation-id", "c-1")));
    let error = genesys(&server).get_user().user_id("7").send().await.expect_err("an error");
    assert_eq!(error.status().map(|status| status.as_u16()), Some(409));
    assert_eq!(error.service_error(), Some(&body));
    assert_eq!(error.correlation_id(), Some("c-1"));

    let body = ErrorEnvelope {
        error: Some(ErrorDetail { message: Some("forbidden".to_owned()), ..ErrorDetail::default() }.into()),
        ..ErrorEnvelope::default()
    };
    session_clusters::mocks::on(&server).get_users(|when, then| {
        when.and(|when| when.query_param("page", "1"));
        then.error(403, &body);
    });
    let client = session_clusters::generated::Client::new(transport(&server, "/deep/base path"));
    let error = client.get_users().page(1).send().await.expect_err("an error");
    assert_eq!(error.service_error(), Some(&body));
}

#[tokio::test]
async fn session_mocks_match_at_the_root_too() {
    let server = MockServer::start_async().await;
    let person = UserTemplate { first_name: Some("Zoë".to_owned()), ..UserTemplate::default() };
    let request = BatchUpsertUsersRequest { users: vec![person] };
    let listed = session_clusters::mocks::on(&server).get_users(|when, then| {
        when.page(2).page_size(50);
        then.ok(&UsersEnvelope { success: Some(true), ..UsersEnvelope::default() });
    });
    let written = session_clusters::mocks::on(&server).batch_upsert_users(|when, then| {
        when.body(&request);
        then.and(|then| then.status(200).header("content-type", "application/json").body(r#"{"success":true}"#));
    });
    let client = session_clusters::generated::Client::new(transport(&server, "/"));
    assert_eq!(client.get_users().page(2).page_size(50).send().await.expect("users").get().success, Some(true));
    assert_unmatched(client.get_users().page(2).send().await);
    client.batch_upsert_users().body(request.clone()).send().await.expect("written");
    let other = BatchUpsertUsersRequest { users: vec![UserTemplate::default()] };
    assert_unmatched(client.batch_upsert_users().body(other).send().await);
    listed.assert();
    written.assert();
}

mod lms_mocks {
    use peoplefluent_lms::mocks::on;

    use super::*;

    #[tokio::test]
    async fn forms_match_decoded_and_by_representation() {
        let server = MockServer::start_async().await;
        let mock = on(&server).overall_status_changer(|when, then| {
            when.enrollment_id(AWKWARD).status("4").representation("xml");
            then.ok_xml("<done/>");
        });
        let client = lms(&server);
        let call = |id: &str, status: &str| client.overall_status_changer().enrollment_id(id).status(status);
        let response = call(AWKWARD, "4").send_xml().await.expect("XML").into_inner();
        assert_eq!(response.text().await.expect("text"), "<done/>");
        assert_unmatched(call(AWKWARD, "5").send_xml().await);
        assert_unmatched(call("x", "4").send_xml().await);
        assert_unmatched(call(AWKWARD, "4").send_json().await);
        mock.assert();
    }

    #[tokio::test]
    async fn every_representation_has_its_response() {
        let server = MockServer::start_async().await;
        on(&server).articles(|when, then| {
            when.representation("json").keywords("a b");
            then.ok(&json!({ "articles": [1] }));
        });
        on(&server).articles(|when, then| {
            when.representation("xml").keywords("a b");
            then.ok_xml(b"<articles/>");
        });
        let client = lms(&server);
        let json = client.articles().keywords("a b").send_json().await.expect("JSON");
        assert_eq!(*json.get(), json!({ "articles": [1] }));
        let xml = client.articles().keywords("a b").send_xml().await.expect("XML");
        assert_eq!(xml.media_type(), Some("application/xml"));
        assert_eq!(xml.into_inner().text().await.expect("text"), "<articles/>");
    }

    #[tokio::test]
    async fn parts_match_with_names_and_contents_of_files() {
        let contents = b"PK\x03\x04\r\n--\r\n\0\xff".to_vec();
        let file_name = "kurs \"ä\" 100%41;.zip";
        let server = MockServer::start_async().await;
        let mock = on(&server).content_package_importer(|when, then| {
            when.package(file_name, contents.clone()).on_behalf_of(AWKWARD).representation("json");
            then.ok(&json!({ "id": "1" }));
        });
        let client = lms(&server);
        let call = |name: &str, contents: Vec<u8>, user: &str| {
            let builder = client.content_package_importer().package(FilePart::new(name, contents));
            builder.versioning("initial").on_behalf_of(user).send_json()
        };
        let response = call(file_name, contents.clone(), AWKWARD).await.expect("an import");
        assert_eq!(*response.get(), json!({ "id": "1" }));
        assert_unmatched(call("kurs.zip", contents.clone(), AWKWARD).await);
        assert_unmatched(call(file_name, contents[1..].to_vec(), AWKWARD).await);
        assert_unmatched(call(file_name, contents.clone(), "somebody else").await);
        mock.assert();
    }

    #[tokio::test]
    async fn raw_bodies_match_byte_for_byte() {
        let csv = "Action,RecordID\r\nA,é\r\n";
        let server = MockServer::start_async().await;
        let mock = on(&server).external_training_csv(|when, then| {
            when.body(csv);
            then.ok("No Error Occurred");
        });
        let client = lms(&server);
        let report = client.external_training_csv().body(csv).send().await.expect("a report").into_inner();
        assert_eq!(report.text().await.expect("text"), "No Error Occurred");
        assert_unmatched(client.external_training_csv().body("Action,RecordID\nA,é\n").send().await);
        mock.assert();
    }

    #[tokio::test]
    async fn errors_without_a_documented_body_are_bytes() {
        let server = MockServer::start_async().await;
        on(&server).me(|_, then| drop(then.error(503, "down for maintenance")));
        let error = lms(&server).me().send_json().await.expect_err("an error");
        assert_eq!(error.status().map(|status| status.as_u16()), Some(503));
        assert_eq!(error.body(), Some(b"down for maintenance".as_slice()));
        assert!(!error.to_string().contains("maintenance"));
    }
}

#[tokio::test]
async fn mocks_of_two_apis_with_one_method_name_share_a_server() {
    let server = MockServer::start_async().await;
    let directory = genesys_users::mocks::on(&server).get_users(|_, then| drop(then.ok(&UserEntityListing::default())));
    let sessions = session_clusters::mocks::on(&server).get_users(|_, then| drop(then.ok(&UsersEnvelope::default())));
    genesys(&server).get_users().send().await.expect("a page of the directory");
    session_clusters::generated::Client::new(transport(&server, "/")).get_users().send().await.expect("users");
    directory.assert();
    sessions.assert();
}

#[tokio::test]
async fn responses_are_sent_in_order_and_the_last_one_repeats() {
    let server = MockServer::start_async().await;
    let mock = genesys_users::mocks::on(&server).get_user(|when, then| {
        when.user_id("7");
        then.status(429).header("retry-after", "3").ok(&User { name: Some("Sample".to_owned()), ..User::default() });
    });
    let client = genesys_users::generated::Client::new(
        Transport::builder()
            .base_url(server.base_url())
            .credential("oauth", Credential::bearer("token"))
            .retry(rosterkit_core::RetryPolicy::none())
            .build()
            .expect("a transport"),
    );
    let call = || client.get_user().user_id("7").send();
    let error = call().await.expect_err("too many requests");
    assert_eq!(error.status().map(|status| status.as_u16()), Some(429));
    assert_eq!(call().await.expect("a user").get().name.as_deref(), Some("Sample"));
    assert_eq!(call().await.expect("the same user").get().name.as_deref(), Some("Sample"));
    mock.assert_calls_async(3).await;
}

/// What a failed assertion says.
fn message(assertion: impl FnOnce()) -> String {
    let panic = std::panic::catch_unwind(std::panic::AssertUnwindSafe(assertion)).expect_err("the assertion fails");
    panic.downcast_ref::<String>().cloned().unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_assertion_names_the_parameter_with_the_expected_and_the_received_value() {
    type Define = fn(genesys_users::mocks::GetUsersWhen, genesys_users::mocks::GetUsersThen);
    let cases: [(&str, Define, &str); 4] = [
        ("a value", |when, _| drop(when.page_size(25)), "query parameter `pageSize`: expected `25`, received `26`"),
        (
            "an absent value",
            |when, _| drop(when.page_number(2)),
            "query parameter `pageNumber`: expected `2`, received nothing",
        ),
        ("an array", |when, _| drop(when.id(["1"])), "query parameter `id`: expected `1`, received `1`, `2`"),
        (
            "the first of two",
            |when, _| drop(when.page_size(26).page_number(3)),
            "query parameter `pageNumber`: expected `3`",
        ),
    ];
    for (case, define, expected) in cases {
        let server = MockServer::start_async().await;
        let mock = genesys_users::mocks::on(&server).get_users(define);
        let client = genesys(&server);
        assert_unmatched(client.get_users().page_size(26).id(["1", "2"]).send().await);
        // Requests of other operations are not compared.
        assert_unmatched(client.get_user().user_id("7").send().await);
        let said = message(|| mock.assert());
        assert!(
            said.starts_with("mock of getUsers (GET /api/v2/users): 0 of 1 expected requests matched; "),
            "{case}: {said}"
        );
        assert!(said.contains(expected), "{case}: {said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_assertion_shows_path_and_body() {
    let server = MockServer::start_async().await;
    let client = genesys(&server);
    let by_id = genesys_users::mocks::on(&server).get_user(|when, _| drop(when.user_id("7")));
    assert_unmatched(client.get_user().user_id("8").send().await);
    let said = message(|| by_id.assert());
    assert!(said.ends_with("path parameter `userId`: expected `7`, received `8`"), "{said}");

    let body = UpdateUser { version: 3.into(), ..UpdateUser::default() };
    let change = genesys_users::mocks::on(&server).patch_user(|when, _| drop(when.body(&body)));
    let other = UpdateUser { version: 4.into(), ..UpdateUser::default() };
    assert_unmatched(client.patch_user().user_id("7").body(other).send().await);
    let said = message(|| change.assert());
    assert!(said.ends_with(r#"body: expected {"version":3}, received {"version":4}"#), "{said}");
}
