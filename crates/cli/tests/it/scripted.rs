//! A service that follows a script, for responses that the sandbox does not give.

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

use assert_cmd::Command;
use serde_json::{Value, json};

use crate::support::bare;

/// Responses in turn for each `METHOD /path`; the last one repeats. A string is sent as plain text, other values as JSON.
pub type Script = HashMap<&'static str, Vec<(u16, Value)>>;

/// A service that follows a script, and the requests that it got: method and path, and the body.
pub struct Scripted {
    pub url: String,
    pub requests: Arc<Mutex<Vec<(String, Value)>>>,
    pub home: tempfile::TempDir,
}

impl Scripted {
    pub fn new(mut script: Script) -> Self {
        Self::answering(move |route, _| match script.get_mut(route)? {
            responses if responses.len() > 1 => Some(responses.remove(0)),
            responses => responses.first().cloned(),
        })
    }

    /// A service whose responses depend on the route and the body of a request.
    pub fn answering(mut respond: impl FnMut(&str, &Value) -> Option<(u16, Value)> + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let requests = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&requests);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = BufReader::new(stream.expect("a connection"));
                let (mut head, mut line, mut length) = (String::new(), String::new(), 0);
                while stream.read_line(&mut line).is_ok_and(|read| read > 2) {
                    if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                        length = value.trim().parse().expect("a length");
                    }
                    head += &std::mem::take(&mut line);
                }
                let mut body = Vec::new();
                let _ = (&mut stream).take(length).read_to_end(&mut body);
                let mut words = head.split(' ');
                let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
                let route = format!("{method} {}", target.split('?').next().unwrap_or_default());
                let body = serde_json::from_slice(&body).unwrap_or_default();
                let response = respond(&route, &body);
                let missing = || (501, json!({ "message": format!("not in the script: {route}") }));
                seen.lock().expect("no panic").push((route.clone(), body));
                let (status, body) = response.unwrap_or_else(missing);
                let (media_type, body) = match body {
                    Value::Null => ("application/json", String::new()),
                    Value::String(text) => ("text/plain", text),
                    other => ("application/json", other.to_string()),
                };
                let head = format!("HTTP/1.1 {status} Status\r\ncontent-type: {media_type}\r\nconnection: close\r\n");
                let length = if status == 204 { String::new() } else { format!("content-length: {}\r\n", body.len()) };
                let _ = stream.get_mut().write_all(format!("{head}{length}\r\n{body}").as_bytes());
            }
        });
        Self { url, requests, home: tempfile::tempdir().expect("a home") }
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = bare(&self.home);
        command.args(["--base-url", &self.url, "--token", "t"]).args(arguments);
        command
    }

    /// Method and path of the requests.
    pub fn routes(&self) -> Vec<String> {
        self.requests.lock().expect("no panic").iter().map(|(route, _)| route.clone()).collect()
    }
}
