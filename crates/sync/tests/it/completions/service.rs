//! A session service whose completions and users a test sets.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use rosterkit_core::chrono::{DateTime, Utc};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// What the service has.
#[derive(Debug)]
pub(super) struct Content {
    pub(super) completions: Vec<Value>,
    pub(super) users: Vec<Value>,
    /// The largest number of completions in a response; more are 413.
    pub(super) most: usize,
    /// The windows that were asked for: start and end.
    pub(super) windows: Vec<(DateTime<Utc>, DateTime<Utc>)>,
}

/// The running service. It ends when it is dropped.
#[derive(Debug)]
pub(super) struct SessionService {
    address: SocketAddr,
    content: Arc<Mutex<Content>>,
    server: JoinHandle<()>,
}

impl SessionService {
    pub(super) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let content = Content { completions: Vec::new(), users: Vec::new(), most: usize::MAX, windows: Vec::new() };
        let content = Arc::new(Mutex::new(content));
        let served = Arc::clone(&content);
        let server = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(answer(stream, Arc::clone(&served)));
            }
        });
        Self { address, content, server }
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}/", self.address)
    }

    /// Changes what the service has, or looks at it.
    pub(super) fn with<T>(&self, change: impl FnOnce(&mut Content) -> T) -> T {
        change(&mut self.content.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Drop for SessionService {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn answer(mut stream: TcpStream, content: Arc<Mutex<Content>>) {
    let mut head = Vec::new();
    let mut buffer = [0; 4096];
    while !head.windows(4).any(|end| end == b"\r\n\r\n") {
        match stream.read(&mut buffer).await {
            Ok(read @ 1..) => head.extend_from_slice(&buffer[..read]),
            _ => return,
        }
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let target = head.split(' ').nth(1).unwrap_or_default();
    let (status, body) = content.lock().unwrap_or_else(PoisonError::into_inner).respond(target);
    let text = body.to_string();
    let response = format!(
        "HTTP/1.1 {status} Status\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{text}",
        text.len()
    );
    let _ = stream.write_all(response.as_bytes()).await;
}

impl Content {
    fn respond(&mut self, target: &str) -> (u16, Value) {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        if path.ends_with("/users") {
            let total = self.users.len();
            let data = json!({ "items": self.users, "page": 0, "size": 200, "totalPages": 1, "total": total });
            return (200, json!({ "success": true, "data": data }));
        }
        let bound = |name: &str| {
            let text = query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
            let text = text.expect("a bound").replace("%3A", ":");
            text.parse::<DateTime<Utc>>().expect("a date-time")
        };
        let (from, to) = (bound("from"), bound("to"));
        self.windows.push((from, to));
        let is_within = |completion: &&Value| {
            let start =
                completion["sessionScheduledStartAt"].as_str().and_then(|text| text.parse::<DateTime<Utc>>().ok());
            start.is_some_and(|start| (from..to).contains(&start))
        };
        let listed: Vec<&Value> = self.completions.iter().filter(is_within).collect();
        match listed.len() > self.most {
            true => (413, json!({ "success": false, "error": { "message": "too large" } })),
            false => (200, json!(listed)),
        }
    }
}
