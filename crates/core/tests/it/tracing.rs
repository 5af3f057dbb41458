//! What a client tells `tracing`, and what it keeps to itself.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::support::*;
use rosterkit_core::{
    Backoff, BoxFuture, CallOptions, Credential, CredentialSource, Error, Request, RetryPolicy, TransportBuilder,
};
use serde_json::json;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};
use tracing_subscriber::registry::{LookupSpan, Registry};

type Fields = BTreeMap<String, String>;

/// Everything that was told, at every level and by every crate.
#[derive(Clone, Default)]
struct Recorder(Arc<Mutex<Vec<Entry>>>);

#[derive(Clone, Debug)]
struct Entry {
    name: String,
    level: Level,
    span: Option<u64>,
    parent: Option<String>,
    fields: Fields,
}

impl Recorder {
    fn entries(&self, name: &str) -> Vec<Entry> {
        self.0.lock().expect("no panic").iter().filter(|entry| entry.name == name).cloned().collect()
    }

    fn printed(&self) -> String {
        format!("{:#?}", self.0.lock().expect("no panic"))
    }

    fn bodies(&self, direction: &str) -> Vec<(Level, String)> {
        let field = format!("rosterkit.{direction}.body");
        let entries = self.0.lock().expect("no panic");
        entries.iter().filter_map(|entry| Some((entry.level, entry.fields.get(&field)?.clone()))).collect()
    }
}

struct Visitor<'a>(&'a mut Fields);

impl Visit for Visitor<'_> {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name().to_owned(), value.to_owned());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0.insert(field.name().to_owned(), format!("{value:?}"));
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Recorder {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let mut fields = Fields::new();
        attributes.record(&mut Visitor(&mut fields));
        let parent = context.span(id).and_then(|span| Some(span.parent()?.name().to_owned()));
        let metadata = attributes.metadata();
        let entry = Entry {
            name: metadata.name().to_owned(),
            level: *metadata.level(),
            span: Some(id.into_u64()),
            parent,
            fields,
        };
        self.0.lock().expect("no panic").push(entry);
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, _: Context<'_, S>) {
        let mut entries = self.0.lock().expect("no panic");
        let id = Some(id.into_u64());
        if let Some(entry) = entries.iter_mut().rev().find(|entry| entry.span == id) {
            values.record(&mut Visitor(&mut entry.fields));
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut fields = Fields::new();
        event.record(&mut Visitor(&mut fields));
        let name = fields.get("message").cloned().unwrap_or_default();
        let parent = context.event_span(event).map(|span| span.name().to_owned());
        let level = *event.metadata().level();
        self.0.lock().expect("no panic").push(Entry { name, level, span: None, parent, fields });
    }
}

fn record() -> (Recorder, tracing::subscriber::DefaultGuard) {
    let recorder = Recorder::default();
    let guard = tracing::subscriber::set_default(Registry::default().with(recorder.clone()));
    (recorder, guard)
}

/// A client that knows the sentinel as a token and in its base path.
fn telling(url: &str) -> TransportBuilder {
    let quick = RetryPolicy::default().with_backoff(Backoff::new(Duration::ZERO, 1.0, Duration::ZERO));
    builder(format!("{url}/{SENTINEL}")).retry(quick).credential("bearer", Credential::bearer(SENTINEL))
}

fn expect_fields(entry: &Entry, expected: &[(&str, &str)]) {
    for (name, value) in expected {
        assert_eq!(entry.fields.get(*name).map(String::as_str), Some(*value), "{name} in {entry:#?}");
    }
}

const USER: &str = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: 49\r\n\
    inin-correlation-id: c-2\r\nx-note: S3NTINEL\r\n\r\n{\"id\":\"u-1\",\"version\":3,\"displayName\":\"S3NTINEL\"} ";

fn get_user() -> Request {
    Request::new(&GET_USER).path("userId", SENTINEL).query("q", SENTINEL).header("x-note", SENTINEL)
}

#[tokio::test]
async fn a_call_is_a_span_with_one_span_per_attempt() {
    let (recorder, _guard) = record();
    let (url, _received) = serve_in_turn(vec![response(503, &["x-request-id: c-1"]), USER.to_owned()]).await;
    let transport = telling(&url).build().expect("valid settings");
    let request = get_user().options(CallOptions::new().request_id("job-1"));
    transport.send_json::<User>(request).await.expect("a user");

    let port = url.rsplit(':').next().expect("a port");
    let place = [
        ("http.request.method", "GET"),
        ("url.template", "/api/users/{userId}"),
        ("server.address", "127.0.0.1"),
        ("server.port", port),
        ("rosterkit.operation", "getUser"),
    ];
    let [call] = &recorder.entries("rosterkit.call")[..] else { panic!("one call: {}", recorder.printed()) };
    assert_eq!((call.level, call.parent.as_deref()), (Level::INFO, None));
    expect_fields(call, &place);
    expect_fields(
        call,
        &[
            ("otel.kind", "client"),
            ("otel.name", "GET /api/users/{userId}"),
            ("rosterkit.api", "sample"),
            ("rosterkit.request_id", "job-1"),
            ("rosterkit.attempts", "2"),
            ("rosterkit.correlation_id", "c-2"),
            ("http.response.status_code", "200"),
        ],
    );
    assert!(!call.fields.contains_key("error.type"));

    let [first, second] = &recorder.entries("rosterkit.attempt")[..] else { panic!("{}", recorder.printed()) };
    for attempt in [first, second] {
        assert_eq!((attempt.level, attempt.parent.as_deref()), (Level::DEBUG, Some("rosterkit.call")));
        expect_fields(attempt, &place);
    }
    expect_fields(first, &[("rosterkit.attempt", "1"), ("http.response.status_code", "503"), ("error.type", "503")]);
    expect_fields(first, &[("rosterkit.correlation_id", "c-1")]);
    expect_fields(second, &[("rosterkit.attempt", "2"), ("http.request.resend_count", "1")]);
    expect_fields(second, &[("http.response.status_code", "200"), ("rosterkit.correlation_id", "c-2")]);
    assert!(!first.fields.contains_key("http.request.resend_count") && !second.fields.contains_key("error.type"));

    let [retry] = &recorder.entries("the attempt failed and will be repeated")[..] else { panic!("one retry") };
    assert_eq!((retry.level, retry.parent.as_deref()), (Level::INFO, Some("rosterkit.call")));
    expect_fields(retry, &[("rosterkit.attempt", "1"), ("rosterkit.delay_ms", "0"), ("error.type", "503")]);
    assert!(!recorder.printed().contains(SENTINEL), "{}", recorder.printed());
}

#[tokio::test]
async fn a_failure_is_told_by_its_class() {
    let refused = closed_port().await;
    let closing = serve_bytes("").await;
    let html = serve_bytes("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 8\r\n\r\nS3NTINEL").await;
    let shape = serve_bytes("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n\"S3NTINEL\"").await;
    let missing = serve_bytes(response(404, &[])).await;
    for (url, request, error_type, attempts) in [
        (&refused, get_user(), "connect", "4"),
        (&closing, get_user(), "transport", "4"),
        (&html, get_user(), "unexpected_media_type", "1"),
        (&shape, get_user(), "decode", "1"),
        (&missing, get_user(), "404", "1"),
        (&missing, get_user().invalid("q", "is wrong"), "invalid_request", "0"),
    ] {
        let (recorder, _guard) = record();
        let error = telling(url).build().expect("valid").send_json::<User>(request).await.expect_err("no user");
        assert_discreet(&error);
        let [call] = &recorder.entries("rosterkit.call")[..] else { panic!("one call") };
        expect_fields(call, &[("error.type", error_type), ("rosterkit.attempts", attempts)]);
        assert_eq!(recorder.entries("rosterkit.attempt").len().to_string(), attempts);
        assert!(!recorder.printed().contains(SENTINEL), "{}", recorder.printed());
    }
}

fn telling_bodies() -> [Request; 5] {
    let body = json!({ "displayName": SENTINEL, "email": SENTINEL, "password": SENTINEL, "state": "active" });
    [
        get_user().json(&body),
        get_user().json(SENTINEL),
        get_user().form("onBehalfOf", SENTINEL).form("state", "active"),
        get_user().part("state", SENTINEL),
        get_user().body("text/csv", SENTINEL.into()),
    ]
}

#[tokio::test]
async fn bodies_are_told_only_when_asked_for_and_masked() {
    let failure = "HTTP/1.1 409 Conflict\r\nConnection: close\r\nContent-Length: 41\r\n\r\n\
        {\"code\":\"conflict\",\"message\":\"S3NTINEL\"}  ";
    for log in [false, true] {
        for (given, received) in [
            (USER, r#"{"displayName":"***","id":"u-1","version":3}"#),
            (failure, r#"{"code":"conflict","message":"***"}"#),
        ] {
            let (recorder, _guard) = record();
            let url = serve_bytes(given).await;
            let transport = telling(&url).log_bodies(log).build().expect("valid settings");
            for request in telling_bodies() {
                let _ = transport.send_json::<User>(request).await;
            }
            assert!(!recorder.printed().contains(SENTINEL), "{}", recorder.printed());
            let (sent, came) = (recorder.bodies("request"), recorder.bodies("response"));
            if !log {
                assert!(sent.is_empty() && came.is_empty());
                continue;
            }
            assert!(sent.iter().chain(&came).all(|(level, _)| *level == Level::TRACE));
            let sent: Vec<_> = sent.iter().map(|(_, body)| body.as_str()).collect();
            assert_eq!(sent[0], r#"{"displayName":"***","email":"***","password":"***","state":"active"}"#);
            assert_eq!(sent[1..3], ["\"***\"", "onBehalfOf=***&state=active"]);
            assert!(sent[3].ends_with("bytes of another media type)"), "{}", sent[3]);
            assert_eq!(sent[4], "(8 bytes of text/csv)");
            assert_eq!(came.len(), 5);
            assert!(came.iter().all(|(_, body)| same_json(body, received)), "{came:?}");
        }
    }
}

/// The order of fields depends on features of `serde_json` that other crates may turn on.
fn same_json(one: &str, other: &str) -> bool {
    let value = |text| serde_json::from_str::<serde_json::Value>(text).expect("JSON");
    value(one) == value(other)
}

#[tokio::test]
async fn a_client_that_leaves_a_pool_is_told_of_once_and_without_its_token() {
    let (recorder, _guard) = record();
    let server = httpmock::MockServer::start_async().await;
    server.mock(|when, then| {
        when.header("authorization", "Bearer S3NTINEL");
        then.status(401);
    });
    server.mock(|when, then| {
        when.header("authorization", "Bearer good");
        then.json_body(json!({ "id": "u", "version": 3 }));
    });
    let source = |token: &'static str| Arc::new(Fixed(token)) as Arc<dyn CredentialSource>;
    let builder = builder(server.base_url()).credential_pool("bearer", [SENTINEL, "good", "good"].map(source));
    let transport = builder.build().expect("a transport");
    for _ in 0..6 {
        transport.send_json::<User>(Request::new(&GET_USERS)).await.expect("another client takes over");
    }
    let entries = recorder.0.lock().expect("no panic");
    let warnings: Vec<_> = entries.iter().filter(|entry| entry.level == Level::WARN).collect();
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    let told = |name: &str| warnings[0].fields.get(name).map(String::as_str);
    assert_eq!((told("client"), told("of"), told("left")), (Some("1"), Some("3"), Some("2")));
    assert!(!format!("{warnings:?}").contains("S3NTINEL"));
}

/// A token that cannot be renewed.
#[derive(Debug)]
struct Fixed(&'static str);

impl CredentialSource for Fixed {
    fn credential(&self) -> BoxFuture<'_, Result<Credential, Error>> {
        let credential = Credential::bearer(self.0);
        Box::pin(async { Ok(credential) })
    }
}
