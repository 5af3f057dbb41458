//! What the renewal of tokens traces. Alone in its binary: a subscriber of one thread misses what other threads were the
//! first to trace.

use std::fmt::{Debug, Write as _};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::support::login::{Login, grants};
use crate::support::*;
use rosterkit_core::Request;
use tracing::field::{Field, Visit};
use tracing::span;

/// Writes down whatever is traced.
#[derive(Clone, Default)]
struct Recorder(Arc<Mutex<String>>);

impl Visit for Recorder {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        write!(self.0.lock().expect("no panic"), "{field}={value:?} ").expect("memory");
    }
}

impl tracing::Subscriber for Recorder {
    fn enabled(&self, _: &tracing::Metadata<'_>) -> bool {
        true
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

#[tokio::test]
async fn nothing_secret_is_traced() {
    let recorder = Recorder::default();
    let _guard = tracing::subscriber::set_default(recorder.clone());
    for source in grants() {
        let login = Login::start().await;
        login.issue(SENTINEL);
        login.respond(400, &format!(r#"{{"error":"{SENTINEL}"}}"#));
        let source = source.login_url(format!("{}/{SENTINEL}", login.url)).failure_pause(Duration::ZERO);
        let source = source.build().expect("valid settings");
        let api = record("HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").await;
        let transport = builder(api.0).credential_source("bearer", source).build().expect("valid settings");
        let error = transport.send_empty(Request::new(&GET_ME)).await.expect_err("rejected");
        assert_discreet(&error);
    }
    let traced = recorder.0.lock().expect("no panic").clone();
    assert!(traced.contains("client credentials") && traced.contains("no access token"), "{traced}");
    assert!(!traced.contains(SENTINEL), "{traced}");
}
