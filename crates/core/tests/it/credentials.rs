//! Which credential goes with a request, and when none does.

use crate::support::*;
use httpmock::MockServer;
use rosterkit_core::{Credential, ErrorKind, Request};

static KNOWN: &[&rosterkit_core::Operation] = &[&GET_USER, &GET_ME];

#[tokio::test]
async fn the_credential_goes_where_its_scheme_says() {
    for (credential, scheme, header, value) in [
        (Credential::bearer("t0ken"), "bearer", "authorization", "Bearer t0ken"),
        (Credential::basic("system", "key"), "bearer", "authorization", "Basic c3lzdGVtOmtleQ=="),
        (Credential::api_key("X-Api-Key", "k"), "key", "x-api-key", "k"),
    ] {
        let (url, mut received) = record(EMPTY).await;
        let transport = builder(url).credential(scheme, credential).build().expect("valid settings");
        transport.send_empty(Request::new(&GET_ME)).await.expect("done");
        assert_eq!(received.recv().await.expect("a request").header(header), Some(value));
    }
}

#[tokio::test]
async fn the_first_alternative_goes_alone_and_nothing_goes_where_nothing_is_asked() {
    let (url, mut received) = record(EMPTY).await;
    let both = builder(&url)
        .credential("bearer", Credential::bearer("t0ken"))
        .credential("key", Credential::api_key("x-api-key", "k"))
        .build()
        .expect("valid settings");
    for (transport, operation, expected) in [
        (both.clone(), &GET_USERS, [Some("Bearer t0ken"), None]),
        (both, &PUBLIC_NEWS, [None, None]),
        (transport(&url), &GET_USERS, [None, None]),
    ] {
        transport.send_empty(Request::new(operation)).await.expect("done");
        let received = received.recv().await.expect("a request");
        assert_eq!([received.header("authorization"), received.header("x-api-key")], expected);
    }
}

#[tokio::test]
async fn a_parameter_does_not_take_the_place_of_a_credential() {
    let (url, mut received) = record(EMPTY).await;
    let transport = builder(url).credential("bearer", Credential::bearer("t0ken")).build().expect("valid settings");
    transport.send_empty(Request::new(&GET_ME).header("Authorization", "other")).await.expect("done");
    let received = received.recv().await.expect("a request");
    assert_eq!(received.head.matches("uthorization").count(), 1);
    assert_eq!(received.header("authorization"), Some("Bearer t0ken"));
}

#[tokio::test]
async fn a_missing_credential_is_named_and_nothing_is_sent() {
    let server = MockServer::start_async().await;
    let any = server.mock(|when, then| {
        when.any_request();
        then.status(200);
    });
    let error = transport(server.base_url()).send_empty(Request::new(&GET_ME)).await.expect_err("no credential");
    assert_eq!(error.kind(), ErrorKind::MissingCredential);
    assert_eq!(
        error.to_string(),
        "getMe (GET /api/me): no credential for `bearer`, or `key`; give the client this credential; nothing was sent"
    );
    any.assert_calls(0);
}

#[tokio::test]
async fn no_credential_crosses_the_network_in_the_clear() {
    // Reserved for documentation (RFC 5737): a request that were sent would not arrive.
    for host in
        ["http://192.0.2.1", "http://localhost.example.com", "http://127.0.0.1.example.com", "http://[2001:db8::1]"]
    {
        let transport =
            builder(host).credential("bearer", Credential::bearer(SENTINEL)).build().expect("valid settings");
        let error = transport.send_empty(Request::new(&GET_ME)).await.expect_err("in the clear");
        assert_eq!(error.kind(), ErrorKind::InsecureTransport, "{host}");
        assert_discreet(&error);
    }
}

#[tokio::test]
async fn this_machine_and_a_trusted_network_may_use_plain_http() {
    for host in ["127.0.0.1", "127.1.2.3", "localhost", "[::1]"] {
        let port = closed_port().await.rsplit(':').next().expect("a port").to_owned();
        let transport = builder(format!("http://{host}:{port}"))
            .credential("bearer", Credential::bearer(SENTINEL))
            .build()
            .expect("valid settings");
        let error = transport.send_empty(Request::new(&GET_ME)).await.expect_err("nothing listens");
        assert_eq!(error.kind(), ErrorKind::Connect, "{host}");
    }
    let proxied = |proxy: String| {
        builder("http://roster.example.com")
            .credential("bearer", Credential::bearer("t0ken"))
            .allow_insecure_http(true)
            .configure_http(move |http| http.proxy(rosterkit_core::reqwest::Proxy::all(proxy).expect("a URL")))
            .build()
            .expect("valid settings")
    };
    let (url, mut received) = record(EMPTY).await;
    proxied(url).send_empty(Request::new(&GET_ME)).await.expect("done");
    assert_eq!(received.recv().await.expect("a request").header("authorization"), Some("Bearer t0ken"));
}

#[test]
fn settings_that_cannot_work_are_refused_when_the_client_is_built() {
    let base = || builder("https://www.example.com");
    for (builder, cause) in [
        (builder(""), "the base URL is missing"),
        (builder("www.example.com/S3NTINEL"), "the base URL is invalid"),
        (builder("ftp://S3NTINEL.example.com"), "must begin with https:// or http://"),
        (builder("https://S3NTINEL:x@www.example.com"), "set a credential instead"),
        (builder("https://www.example.com/?S3NTINEL"), "must not have a query"),
        (builder("https://www.example.com/#S3NTINEL"), "must not have a fragment"),
        (base().user_agent("S3NTINEL\n"), "user agent"),
        (base().credential("bearer", Credential::bearer("S3NTINEL\n")), "credential `bearer`: the secret contains"),
        (base().credential("key", Credential::api_key("S3NTINEL key", "S3NTINEL")), "invalid header name"),
        (base().credential("bearer", Credential::bearer("bearer S3NTINEL")), "give the token alone"),
        (base().credential("bearer", Credential::bearer("S3NTINEL S3NTINEL")), "contains a space"),
        (base().credential("basic", Credential::basic("", "S3NTINEL")), "credential `basic`: the user name is empty"),
        (base().credential("basic", Credential::basic("S3NTINEL", "")), "credential `basic`: the password is empty"),
        (base().credential("key", Credential::api_key("Content-Length", "S3NTINEL")), "invalid header for a key"),
        (base().credential("key", Credential::api_key("transfer-encoding", "S3NTINEL")), "invalid header for a key"),
        (base().override_path("getUser", "/users/{userId"), "unbalanced brace"),
        (base().override_path("getUser", "/users/userId}"), "unbalanced brace"),
        (base().override_path("getUser", "/users/{{userId}}"), "unbalanced brace"),
        (base().override_path("getUser", "/users/{}"), "unbalanced brace"),
        (base().override_path("getUser", "/users//{userId}"), "empty segment"),
        (base().override_path("getUser", "//users/{userId}"), "empty segment"),
        (base().override_path("getUser", "/users/../{userId}"), "dot segment"),
        (base().override_path("getUser", "/users/%2e/{userId}"), "dot segment"),
        (base().override_path("getUser", "users"), "must begin with a slash"),
        (base().override_path("getUser", "/users?a=b"), "no query"),
        (base().override_method("getUser", "get"), "HTTP method in upper case"),
        (base().override_method("getUser", ""), "HTTP method in upper case"),
        (
            base().operations(KNOWN).override_path("getuser", "/users/{userId}"),
            "the path override: unknown operation `getuser`; did you mean `getUser`?",
        ),
        (
            base().operations(KNOWN).override_method("S3NT\nINEL", "PUT"),
            "the method override: unknown operation `S3NT\\nINEL`; use an operation id of the spec",
        ),
        (
            base().operations(KNOWN).override_path("getUser", "/people/{id}"),
            "the path override of `getUser` must have the parameters of /api/users/{userId}",
        ),
        (
            base().operations(KNOWN).credential("baerer", Credential::bearer(SENTINEL)),
            "credential `baerer`: unknown security scheme; did you mean `bearer`? (the service has bearer, key)",
        ),
        (
            base().operations(KNOWN).credential("oauth2", Credential::bearer(SENTINEL)),
            "unknown security scheme; the service has bearer, key",
        ),
    ] {
        assert!(!format!("{builder:?}").contains(SENTINEL));
        let error = builder.build().expect_err("does not work");
        assert_eq!(error.kind(), ErrorKind::Configuration);
        assert!(error.to_string().contains(cause), "{error}");
        assert_eq!((error.operation(), error.status(), error.is_retryable()), (None, None, false));
        assert_discreet(&error);
    }
    assert_eq!(
        builder("https://www.example.com/ekp/").build().expect("valid").base_url(),
        "https://www.example.com/ekp"
    );
}

#[test]
fn settings_of_operations_that_there_are_and_of_unknown_ones_are_taken() {
    let known = builder("https://www.example.com")
        .credential("key", Credential::api_key("x-key", SENTINEL))
        .override_path("getUser", "/people/{userId}")
        .override_method("getUser", "POST");
    known.operations(KNOWN).build().expect("all of it exists");
    let unknown = builder("https://www.example.com")
        .credential("anything", Credential::bearer(SENTINEL))
        .override_path("anything", "/people/{id}");
    unknown.build().expect("without known operations nothing is checked");
}

#[test]
fn a_transport_shows_its_host_and_schemes_only() {
    let transport = builder("https://www.example.com/S3NTINEL")
        .credential("bearer", Credential::bearer(SENTINEL))
        .credential("key", Credential::api_key(SENTINEL, SENTINEL))
        .build()
        .expect("valid settings");
    let shown = format!("{transport:?}");
    assert!(shown.contains("www.example.com") && shown.contains("bearer") && !shown.contains(SENTINEL), "{shown}");
}
