//! A login service whose responses the test decides on, one by one.

#![allow(dead_code, reason = "no test file uses all of it")]

use std::sync::Arc;
use std::time::Duration;

use rosterkit_core::oauth::{Pkce, TokenSource, TokenSourceBuilder};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Mutex;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::support::{Received, SENTINEL, read_head};

pub struct Login {
    pub url: String,
    requests: UnboundedReceiver<Received>,
    responses: UnboundedSender<String>,
}

impl Login {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("bound"));
        let (sender, requests) = unbounded_channel();
        let (responses, receiver) = unbounded_channel();
        let receiver = Arc::new(Mutex::new(receiver));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(handle(stream, sender.clone(), receiver.clone()));
            }
        });
        Self { url, requests, responses }
    }

    /// Responds to the next open request, also one that is still to come.
    pub fn respond(&self, status: u16, body: &str) {
        self.respond_with(status, "", body);
    }

    /// The same with more header lines, each with its end.
    pub fn respond_with(&self, status: u16, headers: &str, body: &str) {
        let length = body.len();
        let head = format!("HTTP/1.1 {status} Something\r\nContent-Type: application/json\r\nConnection: close\r\n");
        self.responses.send(format!("{head}Content-Length: {length}\r\n{headers}\r\n{body}")).expect("the server runs");
    }

    /// Issues a token that lives for an hour.
    pub fn issue(&self, access_token: &str) {
        let body = format!(r#"{{"access_token":"{access_token}","token_type":"bearer","expires_in":3600}}"#);
        self.respond(200, &body);
    }

    /// The next request, which must come.
    pub async fn request(&mut self) -> Received {
        self.requests.recv().await.expect("a request")
    }

    /// How many requests came since this was last asked.
    pub fn count(&mut self) -> usize {
        std::iter::from_fn(|| self.requests.try_recv().ok()).count()
    }
}

/// The fields of a form, in order.
pub fn fields(request: &Received) -> Vec<(String, String)> {
    assert_eq!(request.header("content-type"), Some("application/x-www-form-urlencoded"));
    url::form_urlencoded::parse(&request.body).into_owned().collect()
}

/// Advances the paused clock. Timers of requests in flight expire too.
pub async fn pass(time: Duration) {
    tokio::time::pause();
    tokio::time::advance(time).await;
    tokio::time::resume();
}

async fn handle(
    mut stream: TcpStream,
    requests: UnboundedSender<Received>,
    responses: Arc<Mutex<UnboundedReceiver<String>>>,
) {
    let head = read_head(&mut stream).await;
    let mut request = Received { head, body: Vec::new() };
    let length = request.header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    request.body = vec![0; length];
    // A connection that was opened and not used.
    if stream.read_exact(&mut request.body).await.is_err() || requests.send(request).is_err() {
        return;
    }
    let mut rest = [0];
    let response = tokio::select! {
        // The client may have hung up.
        biased;
        _ = stream.read(&mut rest) => None,
        response = async { responses.lock().await.recv().await } => response,
    };
    if let Some(response) = response {
        // The client may have given up meanwhile.
        let _ = stream.write_all(response.as_bytes()).await;
        let _ = stream.shutdown().await;
    }
}

/// A PKCE verifier that must not be seen.
pub const VERIFIER: &str = "S3NTINEL-S3NTINEL-S3NTINEL-S3NTINEL-S3NTINEL";

/// A source of each grant, whose secrets must not be seen.
pub fn grants() -> [TokenSourceBuilder; 5] {
    let pkce = Pkce::from_verifier(VERIFIER).expect("a verifier");
    [
        TokenSource::client_credentials("id", SENTINEL),
        TokenSource::authorization_code("id", SENTINEL, "S3NTINEL code", "http://localhost/cb?a=b"),
        TokenSource::pkce("id", "S3NTINEL code", "http://localhost/cb", pkce),
        TokenSource::refresh_token("id", SENTINEL, "S3NTINEL+/="),
        TokenSource::saml2_bearer("id", SENTINEL, "Ädas org", "S3NTINEL+assertion/="),
    ]
}
