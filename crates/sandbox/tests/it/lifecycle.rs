//! Starting, stopping, counting, and the same answers for the same inputs.

use std::error::Error;
use std::io::{Read, Write};
use std::net::TcpStream;

use rosterkit_sandbox::{MAX_USERS, Sandbox, StartError};

use crate::support::{As, TestResult, http, services};

#[tokio::test]
async fn a_stopped_sandbox_leaves_its_port_closed() -> TestResult {
    let services = services(3).await?;
    let (sandbox, genesys) = (services.sandbox, services.genesys);
    let address = ("127.0.0.1", sandbox.port());
    // A connection that is kept alive must not keep the sandbox alive.
    genesys.api().get_users().send().await?;
    sandbox.stop().await;
    assert!(TcpStream::connect(address).is_err());
    assert!(genesys.api().get_users().send().await.is_err());
    Ok(())
}

#[tokio::test]
async fn a_dropped_sandbox_leaves_its_port_closed() -> TestResult {
    let sandbox = Sandbox::builder().users(3).start().await?;
    let address = ("127.0.0.1", sandbox.port());
    let mut idle = TcpStream::connect(address)?;
    idle.write_all(b"GET /genesys/api/v2/users HTTP/1.1\r\n")?;
    drop(sandbox);
    assert!(TcpStream::connect(address).is_err());
    // The connection of a request that was never finished is gone as well.
    assert!(matches!(idle.read(&mut [0; 1]), Ok(0) | Err(_)));
    Ok(())
}

#[tokio::test]
async fn an_in_flight_request_finishes_before_the_sandbox_stops() -> TestResult {
    let sandbox = Sandbox::builder().users(3).start().await?;
    let mut connection = TcpStream::connect(("127.0.0.1", sandbox.port()))?;
    let key = sandbox.credentials().session_key;
    let head = format!("GET /sessions/users HTTP/1.1\r\nhost: localhost\r\nx-api-key: {key}\r\n");
    connection.write_all(format!("{head}content-length: 1\r\nexpect: 100-continue\r\n\r\n").as_bytes())?;
    // The request is under way once the server asks for its body.
    let mut interim = [0; 25];
    connection.read_exact(&mut interim)?;
    assert_eq!(&interim, b"HTTP/1.1 100 Continue\r\n\r\n");
    let stopping = tokio::spawn(sandbox.stop());
    tokio::task::yield_now().await;
    connection.write_all(b"1")?;
    let mut response = String::new();
    connection.read_to_string(&mut response)?;
    // An error about the unexpected body is a response, too.
    assert!(response.starts_with("HTTP/1.1 400 Bad Request"), "{response}");
    stopping.await?;
    Ok(())
}

#[test]
fn a_sandbox_does_not_depend_on_the_runtime_of_the_caller() -> TestResult {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let sandbox = runtime.block_on(Sandbox::builder().users(3).start())?;
    drop(runtime);
    let mut connection = TcpStream::connect(("127.0.0.1", sandbox.port()))?;
    connection.write_all(b"GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")?;
    let mut response = String::new();
    connection.read_to_string(&mut response)?;
    assert!(response.starts_with("HTTP/1.1 404"), "{response}");
    Ok(())
}

#[tokio::test]
async fn a_port_in_use_and_too_many_users_are_rejected() -> TestResult {
    let sandbox = Sandbox::builder().start().await?;
    let taken = Sandbox::builder().port(sandbox.port()).start().await;
    assert!(matches!(&taken, Err(StartError::Port { port, .. }) if *port == sandbox.port()), "{taken:?}");
    assert!(taken.err().is_some_and(|error| error.source().is_some()));
    let crowded = Sandbox::builder().users(MAX_USERS + 1).start().await;
    assert!(matches!(crowded, Err(StartError::TooManyUsers)));
    Ok(())
}

#[tokio::test]
async fn a_released_port_can_be_used_again() -> TestResult {
    let sandbox = Sandbox::builder().start().await?;
    let port = sandbox.port();
    http()?.get(sandbox.base_url()).send().await?;
    sandbox.stop().await;
    let again = Sandbox::builder().port(port).start().await?;
    assert_eq!(again.port(), port);
    Ok(())
}

#[tokio::test]
async fn requests_are_counted_per_service() -> TestResult {
    let services = services(3).await?;
    services.genesys.api().get_users().send().await?;
    services.send(As::Nobody, "GET", "/genesys/api/v2/users").await?;
    services.send(As::Nobody, "GET", "/genesys/nothing").await?;
    services.lms.api().me().send_json().await?;
    services.sessions.api().get_clusters().send().await?;
    services.send(As::Nobody, "GET", "/nothing").await?;
    services.send(As::Nobody, "GET", "/sessionsx").await?;
    let requests = services.sandbox.requests();
    assert_eq!((requests.genesys, requests.lms, requests.sessions, requests.total()), (3, 1, 1, 5));
    Ok(())
}

/// Status, correlation id and body of many requests, refusals among them.
async fn transcript(users: u64, seed: u64) -> TestResult<Vec<(u16, String, Vec<u8>)>> {
    let sandbox = Sandbox::builder().users(users).seed(seed).start().await?;
    let (accepted, http) = (sandbox.credentials(), http()?);
    let mut transcript = Vec::new();
    for path in [
        "/genesys/api/v2/users?state=any&pageSize=100&expand=skills&expand=languages&expand=presence&expand=biography",
        "/genesys/api/v2/users?pageNumber=2&sortOrder=DESC",
        "/genesys/api/v2/users/unknown",
        "/ekp/api/me?format=json",
        "/ekp/api/users?format=json",
        "/ekp/api/users?format=xml",
        "/ekp/api/records",
        "/sessions/clusters",
        "/sessions/completions",
        "/sessions/users",
        "/sessions/nothing",
    ] {
        let request = http.get(sandbox.base_url() + path).header("x-api-key", accepted.session_key);
        let request = match path.starts_with("/ekp") {
            true => request.basic_auth(accepted.lms_user, Some(accepted.lms_password)),
            false => request.bearer_auth(accepted.genesys_token),
        };
        let response = request.send().await?;
        let id = response.headers().get("inin-correlation-id").map(|id| id.to_str()).transpose()?.unwrap_or_default();
        transcript.push((response.status().as_u16(), id.to_owned(), response.bytes().await?.to_vec()));
    }
    Ok(transcript)
}

#[tokio::test]
async fn the_same_requests_give_the_same_bytes() -> TestResult {
    let first = transcript(250, 7).await?;
    assert_eq!(first, transcript(250, 7).await?);
    let other = transcript(250, 8).await?;
    assert_ne!(first.first(), other.first());
    Ok(())
}
