//! Clients that act for somebody: what they send, what they never send, and what they say when it cannot be.

use httpmock::{HttpMockRequest, HttpMockResponse, MockServer};
use peoplefluent_lms::{ErrorKind, FilePart};

use crate::client;

#[tokio::test]
async fn user_and_assignment_go_into_query_form_or_parts_as_each_function_requires() {
    let server = MockServer::start_async().await;
    let query = server.mock(|when, then| {
        when.path("/ekp/api/records").query_param("onBehalfOf", "a.roe").query_param("assignmentId", "A 7");
        then.status(200).header("content-type", "text/xml").body("<trainingHistory/>");
    });
    let form = server.mock(|when, then| {
        when.path("/ekp/api/enrollUser").body("learning-id=M-1&assignmentId=A+7&onBehalfOf=a.roe");
        then.status(200).body("done");
    });
    let multipart = server.mock(|when, then| {
        when.path("/ekp/api/contentPackageImporter")
            .body_includes("name=\"onBehalfOf\"\r\n\r\na.roe\r\n")
            .body_includes("name=\"assignmentId\"\r\n\r\nA 7\r\n");
        then.status(200).json_body(serde_json::json!({}));
    });
    let client = client(&server);
    // In any order, from a client that is gone.
    let scoped = client.assignment("A 7").on_behalf_of("a.roe");
    scoped.api().records().send().await.expect("records");
    scoped.api().enroll_user().learning_id("M-1").send().await.expect("an enrollment");
    let package = FilePart::new("a.zip", "PK");
    scoped
        .api()
        .content_package_importer()
        .package(package)
        .versioning("initial")
        .send_json()
        .await
        .expect("an import");
    for mock in [query, form, multipart] {
        mock.assert();
    }
}

#[tokio::test]
async fn the_original_client_is_not_changed_and_a_call_can_name_another_user() {
    let server = MockServer::start_async().await;
    let without_user = server.mock(|when, then| {
        when.path("/ekp/api/me").is_true(|request: &HttpMockRequest| !request.uri().to_string().contains("onBehalfOf"));
        then.status(200).json_body(serde_json::json!({"id": "m.sample"}));
    });
    let other = server.mock(|when, then| {
        when.path("/ekp/api/me").query_param("onBehalfOf", "b.doe");
        then.status(200).json_body(serde_json::json!({"id": "b.doe"}));
    });
    let client = client(&server);
    let scoped = client.on_behalf_of("a.roe");
    let me = scoped.api().me().on_behalf_of("b.doe").send_json().await.expect("a user");
    assert_eq!(me.get().id.as_deref(), Some("b.doe"));
    client.api().me().send_json().await.expect("a user");
    without_user.assert();
    other.assert();
}

#[tokio::test]
async fn functions_that_cannot_act_for_a_user_and_blank_ids_fail_before_sending() {
    let server = MockServer::start_async().await;
    let any = server.mock(|_, then| {
        then.status(500);
    });
    let client = client(&server);
    let sentinel = "S3NTINEL";
    let scoped = client.on_behalf_of(sentinel);
    let assigned = client.assignment(sentinel);
    let outcomes = [
        ("users200510Xml", scoped.api().users200510_xml().status("active").send().await.map(drop)),
        ("publicNews", scoped.api().public_news().send_atom().await.map(drop)),
        // It takes the user and no assignment.
        ("assignments", assigned.api().assignments().send_json().await.map(drop)),
        ("records", client.on_behalf_of(" ").api().records().send().await.map(drop)),
        ("records", client.assignment("").api().records().send().await.map(drop)),
    ];
    for (function, outcome) in outcomes {
        let error = outcome.expect_err(function);
        assert_eq!((error.kind(), error.operation()), (ErrorKind::InvalidRequest, Some(function)));
        assert!(error.to_string().contains("is set for all calls of this client, but"), "{error}");
        assert!(!format!("{error} {error:?} {scoped:?}").contains(sentinel));
    }
    assert_eq!(any.calls(), 0);
}

/// A site that sets a session cookie with every response, also with a redirect, and would respond for the user of that
/// session from then on.
fn pinning(server: &MockServer) -> httpmock::Mock<'_> {
    server.mock(|when, then| {
        when.is_true(|_| true);
        then.respond_with(|request: &HttpMockRequest| {
            let query = request.uri().query().unwrap_or_default().to_owned();
            let has_cookie = request.headers_vec().iter().any(|(name, _)| name.eq_ignore_ascii_case("cookie"));
            let head = HttpMockResponse::builder().header("set-cookie", "JSESSIONID=first-user; Path=/; HttpOnly");
            if has_cookie {
                return head.status(409).body("pinned").build();
            }
            if request.uri().path() == "/ekp/api/me" && !query.contains("moved") {
                return head.status(302).header("location", format!("/ekp/api/me?{query}&moved=1")).build();
            }
            let user = query.split('&').find_map(|pair| pair.strip_prefix("onBehalfOf=")).unwrap_or("nobody");
            head.status(200).header("content-type", "application/json").body(format!("{{\"id\":\"{user}\"}}")).build()
        });
    })
}

#[tokio::test]
async fn no_cookie_is_kept_between_calls_or_across_redirects() {
    let server = MockServer::start_async().await;
    let site = pinning(&server);
    let client = client(&server);
    for user in ["a.roe", "b.doe", "a.roe"] {
        let scoped = client.on_behalf_of(user);
        let redirected = scoped.api().me().send_json().await.expect("a user");
        assert_eq!(redirected.get().id.as_deref(), Some(user));
        let direct = scoped.api().record().id("R-1").send_json().await.expect("a record");
        assert_eq!(direct.get()["id"], user);
    }
    let cloned = client.clone();
    assert_eq!(cloned.api().record().id("R-1").send_json().await.expect("a record").get()["id"], "nobody");
    assert_eq!(site.calls(), 3 * 3 + 1);
}
