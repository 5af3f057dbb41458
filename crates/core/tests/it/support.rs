//! Operations, transports and raw servers that the tests share.

#![allow(dead_code, reason = "no test file uses all of it")]

pub mod clock;
#[cfg(feature = "oauth")]
pub mod login;

use std::future::Future;

use rosterkit_core::{Error, Operation, RetryPolicy, Transport, TransportBuilder, decode_service_error};
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

/// What must never be printed.
pub const SENTINEL: &str = "S3NTINEL";

#[derive(Debug, Serialize, Deserialize, PartialEq)]
pub struct User {
    pub id: String,
    pub version: u64,
}

#[derive(Debug, Deserialize, PartialEq)]
pub struct ErrorBody {
    pub code: String,
    pub message: String,
}

const fn operation(id: &'static str, method: &'static str, path: &'static str) -> Operation {
    Operation {
        api: "sample",
        id,
        method,
        path,
        security: &[&["bearer"], &["key"], &[]],
        repeatable: false,
        service_error: Some(decode_service_error::<ErrorBody>),
        scope: &[],
    }
}

pub static GET_USER: Operation = operation("getUser", "GET", "/api/users/{userId}");
pub static GET_USERS: Operation = operation("getUsers", "GET", "/api/users");
pub static HEAD_USERS: Operation = operation("headUsers", "HEAD", "/api/users");
pub static POST_USER: Operation = operation("postUser", "POST", "/api/users");
pub static DELETE_USER: Operation = operation("deleteUser", "DELETE", "/api/users/{userId}");
pub static SEARCH_USERS: Operation = Operation { repeatable: true, ..operation("searchUsers", "POST", "/api/search") };
pub static GET_ME: Operation = Operation { security: &[&["bearer"], &["key"]], ..operation("getMe", "GET", "/api/me") };
pub static PUBLIC_NEWS: Operation = Operation { security: &[], ..operation("publicNews", "GET", "/api/publicNews") };

/// A transport builder for a server of this test. Servers of tests are on this machine, so no proxy is asked. Nothing is
/// repeated unless a test says so.
pub fn builder(base_url: impl AsRef<str>) -> TransportBuilder {
    Transport::builder().base_url(base_url).retry(RetryPolicy::none())
}

pub fn transport(base_url: impl AsRef<str>) -> Transport {
    builder(base_url).build().expect("valid settings")
}

/// A server that hands each connection to a function, one after the other. Its address is a base URL.
pub async fn serve<F, R>(mut handle: F) -> String
where
    F: FnMut(TcpStream) -> R + Send + 'static,
    R: Future<Output = ()> + Send,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("bound");
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            handle(stream).await;
        }
    });
    format!("http://{address}")
}

/// A server that reads each request's head, writes these bytes and closes the connection.
pub async fn serve_bytes(response: impl Into<Vec<u8>>) -> String {
    let response = response.into();
    serve(move |mut stream| {
        let response = response.clone();
        async move {
            read_head(&mut stream).await;
            // The client may have given up already.
            let _ = stream.write_all(&response).await;
            let _ = stream.shutdown().await;
        }
    })
    .await
}

/// A server that gives each request the next of these responses, the last one for ever, and closes each connection. Tells
/// of each request when it has come.
pub async fn serve_in_turn(mut responses: Vec<String>) -> (String, UnboundedReceiver<Received>) {
    let (sender, receiver) = unbounded_channel();
    let url = serve(move |mut stream| {
        let response = if responses.len() > 1 { responses.remove(0) } else { responses[0].clone() };
        let sender = sender.clone();
        async move {
            let received = read_request(&mut stream).await;
            let _ = stream.write_all(response.as_bytes()).await;
            let _ = stream.shutdown().await;
            // The test may have seen enough.
            let _ = sender.send(received);
        }
    })
    .await;
    (url, receiver)
}

/// Reads a request with its body.
pub async fn read_request(stream: &mut TcpStream) -> Received {
    let head = read_head(stream).await;
    let mut received = Received { head, body: Vec::new() };
    if let Some(length) = received.header("content-length") {
        received.body = vec![0; length.parse().expect("a number")];
        stream.read_exact(&mut received.body).await.expect("the whole body");
    } else if received.header("transfer-encoding").is_some() {
        while !received.body.ends_with(b"0\r\n\r\n") {
            received.body.push(stream.read_u8().await.expect("another chunk"));
        }
    }
    received
}

/// Reads until the empty line that ends a request's head.
pub async fn read_head(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(byte) => head.push(byte),
            Err(_) => break,
        }
    }
    String::from_utf8(head).expect("an ASCII head")
}

/// A port that is taken while nothing listens at it, so that connections are refused and no other test is given it.
pub fn taken_port() -> TcpSocket {
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.bind(([127, 0, 0, 1], 0).into()).expect("a free port");
    socket
}

/// The base URL of a port.
pub fn url_of(port: &TcpSocket) -> String {
    format!("http://{}", port.local_addr().expect("bound"))
}

/// An address at which nothing listens, as long as the process lives: a port that was given back could become the one
/// of another test's server, which would get the request.
pub async fn closed_port() -> String {
    let port = taken_port();
    let url = url_of(&port);
    std::mem::forget(port);
    url
}

/// Everything that an error prints, with its sources.
pub fn printed(error: &Error) -> String {
    let mut printed = format!("{error}\n{error:?}\n{error:#?}\n{}\n", error.advice());
    let mut source = std::error::Error::source(error);
    while let Some(error) = source {
        printed.push_str(&format!("{error}\n{error:?}\n"));
        source = error.source();
    }
    printed
}

/// Fails if an error prints the sentinel anywhere, or more than one line.
pub fn assert_discreet(error: &Error) {
    let printed = printed(error);
    assert!(!printed.contains(SENTINEL), "{printed}");
    assert_eq!(error.to_string().lines().count(), 1, "{error}");
}

/// A request as it came over the wire.
#[derive(Debug)]
pub struct Received {
    pub head: String,
    pub body: Vec<u8>,
}

impl Received {
    pub fn request_line(&self) -> &str {
        self.head.lines().next().unwrap_or_default()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        let mut pairs = self.head.lines().filter_map(|line| line.split_once(": "));
        pairs.find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    pub fn header_names(&self) -> Vec<String> {
        let lines = self.head.lines().skip(1).filter_map(|line| line.split_once(": "));
        let mut names: Vec<_> = lines.map(|(name, _)| name.to_ascii_lowercase()).collect();
        names.sort();
        names
    }
}

/// A server that records each request and responds with these bytes.
pub async fn record(response: &'static str) -> (String, UnboundedReceiver<Received>) {
    let (sender, receiver) = unbounded_channel();
    let url = serve(move |mut stream| {
        let sender = sender.clone();
        async move {
            let received = read_request(&mut stream).await;
            sender.send(received).expect("the test still runs");
            stream.write_all(response.as_bytes()).await.expect("the client still listens");
            let _ = stream.shutdown().await;
        }
    })
    .await;
    (url, receiver)
}

pub const EMPTY: &str = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

/// A response with a status, these headers and no body, which ends its connection.
pub fn response(status: u16, headers: &[&str]) -> String {
    let headers: String = headers.iter().map(|header| format!("{header}\r\n")).collect();
    format!("HTTP/1.1 {status} -\r\nContent-Length: 0\r\nConnection: close\r\n{headers}\r\n")
}
