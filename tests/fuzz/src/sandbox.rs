//! The sandbox's server: any bytes on a connection. No response is a server error, and the server goes on.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

use rosterkit_sandbox::Sandbox;

use crate::{Target, no_seeds};

pub const TARGET: Target = Target {
    name: "sandbox",
    run,
    seeds: no_seeds,
    words: &[
        "\r\n",
        "\r\n\r\n",
        " HTTP/1.1\r\n",
        "GET ",
        "POST ",
        "PATCH ",
        "DELETE ",
        "/genesys/api/v2/users",
        "/login/oauth/token",
        "/ekp/api/",
        "/sessions/",
        "/_sandbox/",
        "host: 127.0.0.1\r\n",
        "authorization: Bearer sandbox-genesys-token\r\n",
        "x-api-key: sandbox-session-key\r\n",
        "content-length: ",
        "transfer-encoding: chunked\r\n",
        "content-type: application/json\r\n",
        "content-type: multipart/form-data; boundary=x\r\n",
        "%00",
        "%",
        "?",
        "&",
        "=",
        "..",
        "{\"",
        "expect: 100-continue\r\n",
        "connection: close\r\n",
        "pageSize=",
        "expand=",
        "18446744073709551616",
    ],
};

fn run(data: &[u8]) {
    thread_local! {
        static SANDBOX: Sandbox = start();
    }
    let responses = SANDBOX.with(|sandbox| exchange(sandbox.port(), data));
    let text = String::from_utf8_lossy(&responses);
    if !text.is_empty() {
        let line = text.strip_prefix("HTTP/1.1 ").or_else(|| text.strip_prefix("HTTP/1.0 "));
        let status = line.and_then(|rest| rest.get(..3)).and_then(|code| code.parse::<u16>().ok());
        let status = status.unwrap_or_else(|| panic!("no status line: {:?}", text.lines().next()));
        assert!(status < 500, "{}", text.lines().next().unwrap_or_default());
    }
    assert!(SANDBOX.with(|sandbox| is_healthy(sandbox.port())), "the server does not respond any more");
}

/// Bodies and heads that never end are given up soon.
fn start() -> Sandbox {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let limit = Duration::from_secs(2);
    let builder = Sandbox::builder().users(20).max_body(1 << 16).head_timeout(limit).body_timeout(limit).log(10);
    runtime.block_on(builder.start()).expect("a sandbox")
}

/// What the server sends in response to these bytes. The connection is half closed after the first of it, or when nothing comes,
/// since a server may drop a request whose connection is closed.
fn exchange(port: u16, data: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).expect("a connection");
    // The server may have closed the connection by then.
    let _ = stream.write_all(data);
    let mut first = vec![0; 1 << 16];
    stream.set_read_timeout(Some(Duration::from_millis(50))).expect("a time limit");
    let read = stream.read(&mut first).unwrap_or_default();
    let mut responses = first[..read].to_vec();
    let _ = stream.shutdown(Shutdown::Write);
    stream.set_read_timeout(Some(Duration::from_secs(60))).expect("a time limit");
    match stream.read_to_end(&mut responses) {
        Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {
            panic!("the server neither responds nor closes")
        }
        // A reset comes after bytes that the server does not read.
        _ => responses,
    }
}

/// Whether the server still responds, to a client that waits as long as it takes.
fn is_healthy(port: u16) -> bool {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).expect("a connection");
    stream
        .write_all(b"GET /_sandbox/health HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n\r\n")
        .expect("a request");
    let mut response = String::new();
    stream.read_to_string(&mut response).is_ok() && response.starts_with("HTTP/1.1 200")
}
