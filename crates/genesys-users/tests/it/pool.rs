//! Several OAuth clients behind one client.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};

use genesys_users::types::{AsyncUserDetailsQuery, UpdateUser};
use genesys_users::{CallOptions, Client, ErrorKind, RateLimit, StreamExt as _};
use httpmock::{HttpMockRequest, HttpMockResponse, MockServer};
use serde_json::{Value, json};

/// A service with a login, which keeps who made each request.
struct Service {
    server: MockServer,
    /// Method and path, and the OAuth client.
    calls: Arc<Mutex<Vec<(String, String)>>>,
}

/// The response to a method and path; `None` is a 401.
type Respond = dyn Fn(&str, &HttpMockRequest, &str) -> Option<(u16, Value)> + Send + Sync;

impl Service {
    async fn start(
        respond: impl Fn(&str, &HttpMockRequest, &str) -> Option<(u16, Value)> + Send + Sync + 'static,
    ) -> Self {
        Self::with(Box::new(respond)).await
    }

    async fn with(respond: Box<Respond>) -> Self {
        let (server, calls) = (MockServer::start_async().await, Arc::<Mutex<Vec<_>>>::default());
        let (seen, tokens) = (Arc::clone(&calls), Mutex::new(HashMap::<String, u32>::new()));
        server.mock(|when, then| {
            when.any_request();
            then.respond_with(move |request: &HttpMockRequest| {
                let headers = request.headers();
                let credential = headers.get("authorization").and_then(|it| it.to_str().ok()).unwrap_or_default();
                let path = request.uri().path().to_owned();
                let (status, body) = match credential.strip_prefix("Bearer ") {
                    // The token of a client is its id and a number: `a-1`.
                    Some(token) => {
                        let client = token.split('-').next().unwrap_or_default().to_owned();
                        let route = format!("{} {path}", request.method_str());
                        seen.lock().expect("no panic").push((route.clone(), client.clone()));
                        respond(&route, request, token).unwrap_or((401, json!({ "message": "no" })))
                    }
                    None if credential == basic("refused") => (401, json!({ "error": "invalid_client" })),
                    None => {
                        let id = ["a", "b", "c"].into_iter().find(|id| credential == basic(id)).unwrap_or_default();
                        let mut tokens = tokens.lock().expect("no panic");
                        let number = tokens.entry(id.to_owned()).or_default();
                        *number += 1;
                        let token = format!("{id}-{number}");
                        (200, json!({ "access_token": token, "token_type": "bearer", "expires_in": 86400 }))
                    }
                };
                let response = HttpMockResponse::builder().status(status).header("content-type", "application/json");
                response.body(body.to_string()).build()
            });
        });
        Self { server, calls }
    }

    fn client(&self, ids: &[&str]) -> Client {
        let clients = ids.iter().map(|id| (*id, "secret"));
        let builder = Client::builder().gateway(self.server.base_url(), "/", "/login").client_credentials_pool(clients);
        builder.rate_limit(RateLimit::per_minute(6000)).build().expect("a client")
    }

    /// The clients of all calls.
    fn callers(&self) -> Vec<String> {
        self.calls.lock().expect("no panic").iter().map(|(_, client)| client.clone()).collect()
    }
}

/// The header of a login.
fn basic(id: &str) -> String {
    let encoded = match id {
        "a" => "YTpzZWNyZXQ=",
        "b" => "YjpzZWNyZXQ=",
        "c" => "YzpzZWNyZXQ=",
        _ => "cmVmdXNlZDpzZWNyZXQ=",
    };
    format!("Basic {encoded}")
}

fn all_the_same(callers: &[String]) -> bool {
    callers.windows(2).all(|pair| pair[0] == pair[1])
}

#[tokio::test]
async fn calls_are_spread_evenly_and_each_client_has_its_own_token() {
    let service = Service::start(|_, _, _| Some((200, json!({ "id": "u-1" })))).await;
    let client = service.client(&["a", "b", "c"]);
    let users = client.users();
    let reads = (0..30).map(|_| users.get("u-1"));
    for read in futures_util::future::join_all(reads).await {
        read.expect("a user");
    }
    let mut counts = BTreeMap::new();
    service.callers().into_iter().for_each(|caller| *counts.entry(caller).or_insert(0) += 1);
    assert_eq!(counts, BTreeMap::from([("a".to_owned(), 10), ("b".to_owned(), 10), ("c".to_owned(), 10)]));
}

#[tokio::test]
async fn operations_on_the_caller_are_refused_before_anything_is_sent() {
    let service = Service::start(|_, _, _| Some((200, json!({ "id": "u-1" })))).await;
    let error = service.client(&["a", "b"]).api().get_users_me().send().await.expect_err("there is no caller");
    assert_eq!(error.kind(), ErrorKind::InvalidRequest);
    assert!(error.to_string().contains("about the caller"), "{error}");
    assert!(service.callers().is_empty());
    let error = Client::builder().client_credentials_pool([] as [(&str, &str); 0]).build().expect_err("no clients");
    assert!(error.to_string().contains("the pool has no clients"), "{error}");
}

#[tokio::test]
async fn a_listing_by_cursor_stays_on_the_client_that_began_it() {
    let service = Service::start(|_, request, token| {
        let parameters = request.query_params();
        let cursor = parameters.into_iter().find(|(name, _)| name == "cursor").map(|(_, value)| value);
        // A cursor names its client.
        let number = match cursor.as_deref().map(|cursor| cursor.split_once('-')) {
            None => 1,
            Some(Some((owner, number))) if token.starts_with(owner) => number.parse().unwrap_or(0),
            Some(_) => return Some((400, json!({ "message": "foreign cursor" }))),
        };
        let owner = token.split('-').next().unwrap_or_default();
        let next = (number < 5).then(|| format!("{owner}-{}", number + 1));
        Some((200, json!({ "entities": [{ "id": format!("u-{number}") }], "cursor": next })))
    })
    .await;
    let client = service.client(&["a", "b", "c"]);
    for _ in 0..3 {
        let read: Vec<_> = client.api().get_users_query().items().collect().await;
        assert!(read.len() == 5 && read.iter().all(Result::is_ok), "{read:?}");
    }
    let callers = service.callers();
    assert!(callers.chunks(5).all(all_the_same), "{callers:?}");
    assert!(!all_the_same(&callers), "listings are spread: {callers:?}");
}

#[tokio::test]
async fn a_job_with_its_results_stays_on_the_client_that_started_it() {
    let service = Service::start(|route, request, _| {
        Some(match (route, request.query_params().is_empty()) {
            (route, _) if route.starts_with("POST") => (202, json!({ "jobId": "j-1" })),
            (route, _) if route.starts_with("DELETE") => (200, json!({})),
            (route, true) if route.ends_with("/results") => {
                (200, json!({ "userDetails": [{ "userId": "u-1" }], "cursor": "c-1" }))
            }
            (route, false) if route.ends_with("/results") => (200, json!({ "userDetails": [{ "userId": "u-2" }] })),
            _ => (200, json!({ "state": "FULFILLED" })),
        })
    })
    .await;
    let client = service.client(&["a", "b", "c"]);
    let interval = Some("2024-12-02T00:00:00Z/2024-12-03T00:00:00Z".to_owned());
    let query = AsyncUserDetailsQuery { interval, ..AsyncUserDetailsQuery::default() };
    for number in 1..=3 {
        let details: Vec<_> = client.analytics().details(query.clone()).collect().await;
        assert!(details.len() == 2 && details.iter().all(Result::is_ok), "{details:?}");
        let callers = service.callers();
        assert_eq!(callers.len(), number * 5);
        assert!(all_the_same(&callers[(number - 1) * 5..]), "{callers:?}");
    }
}

#[tokio::test]
async fn a_read_patch_loop_and_the_repeat_after_a_401_stay_on_their_client() {
    let service = Service::start(|route, _, token| {
        // The first token of each client has ended for patches.
        if route.starts_with("PATCH") && token.ends_with("-1") {
            return None;
        }
        Some((200, json!({ "id": "u-1", "version": 3 })))
    })
    .await;
    let client = service.client(&["a", "b", "c"]);
    let lead = |_: &genesys_users::types::User| UpdateUser {
        title: "Lead".to_owned().into(),
        state: genesys_users::Patch::Value("active".into()),
        ..Default::default()
    };
    for _ in 0..3 {
        client.users().patch_latest("u-1", lead).await.expect("changed");
    }
    let callers = service.callers();
    // Read, patch with the old token, patch with the new one; read, patch.
    assert_eq!(callers.len(), 15);
    assert!(callers.chunks(5).all(all_the_same), "{callers:?}");
    assert!(!all_the_same(&callers), "{callers:?}");
}

#[tokio::test]
async fn a_client_whose_token_is_refused_leaves_and_its_calls_go_on_with_the_others() {
    // The login refuses one client, and the service refuses every token of another.
    for refused in ["refused", "b"] {
        let service =
            Service::start(|_, _, token| (!token.starts_with('b')).then(|| (200, json!({ "id": "u-1" })))).await;
        let client = service.client(&[refused, "a", "c"]);
        for _ in 0..6 {
            client.users().get("u-1").await.expect("another client takes the call over");
        }
        let callers = service.callers();
        assert_eq!(callers.iter().filter(|caller| *caller == "a" || *caller == "c").count(), 6);
        let attempts = callers.iter().filter(|caller| *caller == "b").count();
        assert_eq!(attempts, if refused == "b" { 2 } else { 0 }, "{callers:?}");
    }
}

#[tokio::test]
async fn a_task_does_not_change_its_client_and_an_empty_pool_sends_nothing() {
    let service = Service::start(|_, _, _| None).await;
    let client = service.client(&["a", "b"]);
    let kept = client.keep_client();
    for _ in 0..2 {
        let error = kept.users().get("u-1").await.expect_err("refused");
        assert!(error.is_credential_refused(), "{error}");
    }
    assert!(all_the_same(&service.callers()));
    client.users().get("u-1").await.expect_err("refused");
    let sent = service.callers().len();
    let error = client.users().get("u-1").await.expect_err("nobody is left");
    assert!(error.to_string().contains("no client of the pool is left"), "{error}");
    assert!(error.is_credential_refused() && !error.may_have_taken_effect());
    assert_eq!(service.callers().len(), sent);
}

#[tokio::test]
async fn options_of_a_client_hold_for_its_pool() {
    let service = Service::start(|_, _, _| Some((503, json!({})))).await;
    let client = service.client(&["a", "b"]);
    let once = client.with_options(CallOptions::new().retry(genesys_users::RetryPolicy::none()));
    once.users().get("u-1").await.expect_err("busy");
    assert_eq!(service.callers().len(), 1, "a busy service is no refused token");
}
