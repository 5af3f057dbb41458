//! Clients, servers and shortcuts that the tests share.

use std::collections::HashMap;
use std::error::Error;

use httpmock::{HttpMockRequest, HttpMockResponse, MockServer};
use rosterkit_core::{RateLimit, RetryPolicy, TransportBuilder};
use rosterkit_sandbox::Sandbox;
use rosterkit_sync::source::{ReadReport, Row, Services, Source, SourceError};
use serde_json::Value;

pub type TestResult<T = ()> = Result<T, Box<dyn Error>>;

/// What must never be printed.
pub const SENTINEL: &str = "S3NTINEL";

/// Nothing is repeated or held back.
fn at_once(transport: TransportBuilder) -> TransportBuilder {
    transport.retry(RetryPolicy::none()).rate_limit(RateLimit::unlimited())
}

/// The clients of a sandbox.
pub fn of_sandbox(sandbox: &Sandbox) -> TestResult<Services> {
    let known = sandbox.credentials();
    let genesys = genesys_users::Client::builder().base_url(sandbox.genesys_url()).bearer(known.genesys_token);
    let lms = peoplefluent_lms::Client::builder().base_url(sandbox.lms_url()).system_key(known.lms_system_key);
    let sessions = session_clusters::Client::builder().base_url(sandbox.sessions_url()).api_key(known.session_key);
    Ok(Services {
        genesys: Some(genesys.transport(at_once).build()?),
        lms: Some(lms.transport(at_once).build()?),
        sessions: Some(sessions.transport(at_once).build()?),
    })
}

/// The clients of a sandbox; that of Genesys gets its tokens from the login, and renews them.
pub fn of_sandbox_with_login(sandbox: &Sandbox) -> TestResult<Services> {
    let known = sandbox.credentials();
    let genesys = genesys_users::Client::builder().gateway(sandbox.base_url(), "/genesys", "/login");
    let genesys = genesys.client_credentials(known.genesys_client_id, known.genesys_client_secret);
    Ok(Services { genesys: Some(genesys.transport(at_once).build()?), ..of_sandbox(sandbox)? })
}

/// Numbers below `end`, drawn by a seed. The same seed gives the same numbers.
pub fn drawn(seed: u64, end: usize) -> impl Iterator<Item = usize> {
    // SplitMix64.
    let mut state = seed;
    std::iter::repeat_with(move || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % end as u64).unwrap()
    })
}

/// The clients of a server that plays all services.
pub fn of_server(server: &MockServer) -> TestResult<Services> {
    let genesys = genesys_users::Client::builder().base_url(server.base_url()).bearer("token");
    let lms = peoplefluent_lms::Client::builder().base_url(server.base_url()).system_key("key");
    let sessions = session_clusters::Client::builder().base_url(server.base_url()).api_key("key");
    Ok(Services {
        genesys: Some(genesys.transport(at_once).build()?),
        lms: Some(lms.transport(at_once).build()?),
        sessions: Some(sessions.transport(at_once).build()?),
    })
}

/// The query of a request. A name that occurs twice has its last value.
pub type Query = HashMap<String, String>;

/// A server whose response, status and body, follows from the query.
pub async fn server(
    media_type: &'static str,
    respond: impl Fn(&Query) -> (u16, String) + Send + Sync + 'static,
) -> MockServer {
    let server = MockServer::start_async().await;
    server.mock(|when, then| {
        when.method("GET");
        then.respond_with(move |request: &HttpMockRequest| {
            let uri = request.uri();
            let pairs = uri.query().unwrap_or_default().split('&').filter_map(|pair| pair.split_once('='));
            let query = pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
            let (status, body) = respond(&query);
            HttpMockResponse::builder().status(status).header("content-type", media_type).body(body).build()
        });
    });
    server
}

/// All rows, and the report.
pub async fn read(source: &Source, services: &Services) -> Result<(Vec<Row>, ReadReport), SourceError> {
    let mut rows = Vec::new();
    let report = source
        .read(services, async |chunk| {
            rows.extend(chunk);
            Ok::<(), SourceError>(())
        })
        .await?;
    Ok((rows, report))
}

/// The ids of rows.
pub fn ids(rows: &[Row]) -> Vec<&str> {
    rows.iter().filter_map(|row| row.value.get("id").and_then(Value::as_str)).collect()
}
