//! A secret and a name go through every operation and every way to fail, and come out of no error, trace or `Debug`.
//!
//! Alone in its binary, since it listens to everything that is traced.

#![allow(missing_docs, clippy::unwrap_used)]

use std::error::Error as _;
use std::fmt::{Debug, Write as _};
use std::sync::{Arc, Mutex};

use httpmock::MockServer;
use rosterkit_codegen::example::{Variant, body_example};
use rosterkit_core::catalog::{Kind, OperationEntry, ParameterEntry};
use rosterkit_core::dispatch::Arguments;
use rosterkit_core::{Credential, Error, FilePart, RetryPolicy, Transport};
use rosterkit_tests::{GenesysUsers, PeoplefluentLms, SessionClusters, Target, api};
use serde_json::{Value, json};
use tracing::field::{Field, Visit};
use tracing::span;

const SENTINEL: &str = "S3NTINEL";

/// Writes down whatever is traced, at every level.
#[derive(Clone, Default)]
struct Recorder(Arc<Mutex<String>>);

impl Visit for Recorder {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let _ = write!(self.0.lock().unwrap(), "{field}={value:?} ");
    }
}

impl tracing::Subscriber for Recorder {
    fn enabled(&self, metadata: &tracing::Metadata<'_>) -> bool {
        // The mock server traces what it receives; the clients and the HTTP client below them are heard.
        !metadata.target().starts_with("httpmock")
    }
    fn new_span(&self, span: &span::Attributes<'_>) -> span::Id {
        span.record(&mut self.clone());
        span::Id::from_u64(1)
    }
    fn record(&self, _: &span::Id, values: &span::Record<'_>) {
        values.record(&mut self.clone());
    }
    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
    fn event(&self, event: &tracing::Event<'_>) {
        event.record(&mut self.clone());
    }
    fn enter(&self, _: &span::Id) {}
    fn exit(&self, _: &span::Id) {}
}

/// What a service does to a call. Every body holds the sentinel.
const REPLIES: &[(&str, u16, &str, &str)] = &[
    ("an error of the service", 500, "application/json", r#"{"message":"S3NTINEL","error":{"message":"S3NTINEL"}}"#),
    ("a refusal that is no JSON", 403, "text/plain", "S3NTINEL"),
    ("a login page", 200, "text/html", "<html>S3NTINEL</html>"),
    ("broken JSON", 200, "application/json", r#"{"name":"S3NTINEL"#),
    ("JSON of another type", 200, "application/json", r#""S3NTINEL""#),
    ("a redirect that is not followed", 302, "text/plain", "S3NTINEL"),
];

/// A value that holds the sentinel wherever the parameter takes text.
fn value(parameter: &ParameterEntry) -> Value {
    let one = match parameter.kind {
        Kind::Integer => json!(parameter.minimum.unwrap_or(1)),
        Kind::Number => json!(1.5),
        Kind::Boolean => json!(true),
        Kind::Date => json!("2026-01-31"),
        Kind::DateTime => json!("2026-01-31T09:00Z"),
        _ => json!(SENTINEL),
    };
    if parameter.repeated { json!([one]) } else { one }
}

fn poison(value: &mut Value) {
    match value {
        Value::String(text) => *text = SENTINEL.to_owned(),
        Value::Array(items) => items.iter_mut().for_each(poison),
        Value::Object(properties) => properties.values_mut().for_each(poison),
        _ => {}
    }
}

fn arguments(spec: &rosterkit_codegen::model::Api, entry: &OperationEntry) -> Arguments {
    let mut arguments = Arguments::new();
    let selector = entry.representations.map(|chosen| chosen.parameter);
    for parameter in entry.parameters {
        if Some(parameter.name) == selector {
            continue;
        }
        arguments = match parameter.kind {
            Kind::File => arguments.file(parameter.name, FilePart::new("S3NTINEL.bin", SENTINEL)),
            _ => arguments.param(parameter.name, value(parameter)),
        };
    }
    if let Some(chosen) = entry.representations {
        arguments = arguments.representation(chosen.media[0].0);
    }
    let operation = spec.operations.iter().find(|operation| operation.id == entry.operation.id).unwrap();
    match &operation.body {
        Some(body) if body.is_json() => {
            let mut body = body_example(spec, &body.schema, Variant::Full);
            poison(&mut body);
            arguments.json(body)
        }
        Some(_) => arguments.raw(SENTINEL),
        None => arguments,
    }
}

fn client<S: Target>(base: &str) -> S {
    let mut builder = Transport::builder().base_url(base).retry(RetryPolicy::none()).log_bodies(false);
    for proof in S::proofs() {
        let credential = match proof.credential {
            Credential::Bearer(_) => Credential::bearer(SENTINEL),
            Credential::Basic { .. } => Credential::basic(SENTINEL, SENTINEL),
            _ => Credential::api_key(proof.header.0, SENTINEL),
        };
        builder = builder.credential(proof.scheme, credential);
    }
    let transport = builder.build().unwrap();
    discreet(&format!("{transport:?}"), "the transport");
    S::new(transport)
}

fn discreet(text: &str, what: &str) {
    assert!(!text.contains(SENTINEL), "{what}: {text}");
}

fn check(error: &Error, what: &str) {
    discreet(&format!("{error} {error:?} {error:#?} {}", error.advice()), what);
    let mut source = error.source();
    while let Some(cause) = source {
        discreet(&format!("{cause} {cause:?}"), what);
        source = cause.source();
    }
}

async fn through<S: Target>(traced: &Recorder) -> usize {
    let spec = api(S::API);
    let mut failures = 0;
    for (what, status, media_type, body) in REPLIES {
        let server = MockServer::start_async().await;
        server
            .mock_async(|when, then| {
                when.any_request();
                let then = then.status(*status).header("content-type", *media_type).body(body);
                then.header("location", "http://S3NTINEL.invalid/S3NTINEL").header("x-S3NTINEL", SENTINEL);
            })
            .await;
        let client: S = client(&server.base_url());
        for entry in S::catalog().operations {
            let what = format!("{} {}: {what}", S::API, entry.operation.id);
            let arguments = arguments(&spec, entry);
            let shown = format!("{arguments:?}");
            discreet(&shown.replace("S3NTINEL.bin", ""), &what);
            match client.dispatch(entry.operation.id, arguments).await {
                Ok(response) => discreet(&format!("{response:?}"), &what),
                Err(error) => {
                    check(&error, &what);
                    failures += 1;
                }
            }
        }
        discreet(&std::mem::take(&mut *traced.0.lock().unwrap()), what);
    }
    // Before anything is sent: values of the wrong type, and a service that is not there.
    let client: S = client("http://127.0.0.1:1");
    for entry in S::catalog().operations {
        let what = format!("{} {}", S::API, entry.operation.id);
        check(&client.dispatch(entry.operation.id, arguments(&spec, entry)).await.unwrap_err(), &what);
        for parameter in entry.parameters.iter().filter(|parameter| parameter.kind != Kind::File) {
            let wrong = arguments(&spec, entry).param(parameter.name, json!({ "of": SENTINEL }));
            check(&client.dispatch(entry.operation.id, wrong).await.unwrap_err(), &what);
            failures += 1;
        }
        failures += 1;
    }
    discreet(&std::mem::take(&mut *traced.0.lock().unwrap()), S::API);
    failures
}

#[tokio::test]
async fn a_secret_and_a_name_come_out_of_no_error_trace_or_debug() {
    let traced = Recorder::default();
    tracing::subscriber::set_global_default(traced.clone()).unwrap();
    tracing::info!(control = "control");
    assert!(std::mem::take(&mut *traced.0.lock().unwrap()).contains("control"), "the recorder hears what is traced");
    let failures = [
        through::<GenesysUsers>(&traced).await,
        through::<PeoplefluentLms>(&traced).await,
        through::<SessionClusters>(&traced).await,
    ];
    assert!(failures.iter().zip([900, 400, 25]).all(|(count, least)| *count > least), "{failures:?}");
}
