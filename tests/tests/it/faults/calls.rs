//! The calls that meet faults.

use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::StreamExt as _;
use genesys_users::types::AsyncUserDetailsQuery;
use rosterkit_codegen::example::{Variant, example};
use rosterkit_codegen::model::{Api, ApiOperation, Location, is_json};
use rosterkit_core::batch::Outcome;
use rosterkit_core::dispatch::Content;
use rosterkit_core::oauth::TokenSource;
use rosterkit_core::{BoxFuture, Credential, CredentialSource, Error, RetryPolicy, Transport, TransportBuilder};
use rosterkit_tests::{GenesysUsers, PeoplefluentLms, Plan, SessionClusters, Target, apis};
use serde_json::json;
use session_clusters::types::UserTemplate;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::time::advance;

use super::fault::{Fault, LIMIT};
use super::response::Success;
use super::server::{Seen, Server};

/// The time limit of an attempt.
const ATTEMPT: Duration = Duration::from_secs(20);

/// A kind of call.
pub struct Call {
    /// Its name in the table.
    pub name: &'static str,
    kind: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// A call of an operation with this method, of which the flag says whether it only reads. Its response is JSON; to a
    /// `DELETE` it is empty.
    Json(&'static str, bool),
    /// A call of an operation that takes a file.
    Upload,
    /// A call of a `GET` whose response is streamed.
    Stream,
    /// A listing that meets the fault at this page.
    Page(u32),
    Batch,
    Job,
    Token,
}

pub const CALLS: &[Call] = &[
    Call { name: "GET", kind: Kind::Json("GET", true) },
    Call { name: "search", kind: Kind::Json("POST", true) },
    Call { name: "POST", kind: Kind::Json("POST", false) },
    Call { name: "PUT", kind: Kind::Json("PUT", false) },
    Call { name: "PATCH", kind: Kind::Json("PATCH", false) },
    Call { name: "DELETE", kind: Kind::Json("DELETE", false) },
    Call { name: "upload", kind: Kind::Upload },
    Call { name: "stream", kind: Kind::Stream },
    Call { name: "page 1", kind: Kind::Page(1) },
    Call { name: "page 3", kind: Kind::Page(3) },
    Call { name: "batch", kind: Kind::Batch },
    Call { name: "job", kind: Kind::Job },
    Call { name: "token", kind: Kind::Token },
];

/// What the caller is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    pub outcome: String,
    pub is_retryable: bool,
    pub may_have_taken_effect: bool,
}

impl Told {
    fn done() -> Self {
        Self { outcome: "done".to_owned(), is_retryable: false, may_have_taken_effect: false }
    }

    fn failed(error: &Error) -> Self {
        Self {
            outcome: format!("{:?}", error.kind()),
            is_retryable: error.is_retryable(),
            may_have_taken_effect: error.may_have_taken_effect(),
        }
    }
}

/// The response to a request that does not meet the fault: another page, or the call after the request for a token.
pub fn beside(seen: &Seen) -> Success {
    if seen.line.contains("/oauth/token") {
        return Success::json(&json!({ "access_token": "t", "token_type": "bearer", "expires_in": 3600 }));
    }
    match seen.line.split_once("pagenumber=") {
        Some((_, page)) => Success::json(&page_of(page.chars().next().and_then(|page| page.to_digit(10)).unwrap_or(1))),
        None => Success::json(&json!({ "id": "u-1", "name": "A" })),
    }
}

fn page_of(page: u32) -> serde_json::Value {
    json!({ "entities": [{ "id": format!("u-{page}"), "name": "A" }], "pageNumber": page, "pageCount": 3, "pageSize": 1, "total": 3 })
}

/// A credential that can be renewed once.
#[derive(Debug, Default)]
struct Renewable(AtomicBool);

impl CredentialSource for Renewable {
    fn credential(&self) -> BoxFuture<'_, Result<Credential, Error>> {
        Box::pin(async { Ok(Credential::bearer("token")) })
    }

    fn rejected<'a>(&'a self, _: &'a Credential) -> BoxFuture<'a, Result<bool, Error>> {
        let is_first = !self.0.swap(true, Ordering::SeqCst);
        Box::pin(std::future::ready(Ok(is_first)))
    }
}

/// An operation with its API.
struct Chosen {
    api: &'static Api,
    operation: &'static ApiOperation,
}

/// The operations that a kind of call can take, in the order of the specs.
fn operations(kind: Kind) -> Vec<Chosen> {
    let all = apis().iter().flat_map(|api| api.operations.iter().map(move |operation| Chosen { api, operation }));
    all.filter(|chosen| is_of(kind, chosen.operation)).collect()
}

fn is_of(kind: Kind, operation: &ApiOperation) -> bool {
    let takes_file = operation.form == Some(Location::Multipart);
    let media = operation.response.content.keys().next().map(String::as_str);
    match kind {
        Kind::Json(method, reads) => {
            let is_json = media.is_some_and(is_json) && operation.representations.is_none();
            let is_read = operation.method == "GET" || operation.safe;
            let is_plain = operation.idempotent.is_none() && !takes_file;
            let has_kind_of_response = if method == "DELETE" { media.is_none() } else { is_json };
            is_plain && operation.method == method && is_read == reads && has_kind_of_response
        }
        Kind::Upload => takes_file && !operation.safe,
        Kind::Stream => operation.method == "GET" && operation.representations.is_none() && media == Some("*/*"),
        _ => false,
    }
}

impl Call {
    fn chosen(&self, turn: usize) -> Option<Chosen> {
        let mut operations = operations(self.kind);
        let count = operations.len();
        (count > 0).then(|| operations.swap_remove(turn % count))
    }

    /// How many operations a cell takes.
    pub fn turns(&self) -> usize {
        match self.chosen(0) {
            Some(_) => 2,
            None => 1,
        }
    }

    /// The operation of a turn.
    pub fn operation(&self, turn: usize) -> String {
        self.chosen(turn).map_or_else(|| self.name.to_owned(), |chosen| chosen.operation.id.clone())
    }

    /// Why the fault cannot meet the call.
    pub fn cannot_meet(&self, fault: Fault) -> Option<&'static str> {
        match (self.kind, fault) {
            (Kind::Page(3), Fault::RefusedConnection | Fault::UnknownHost | Fault::NoTls) => Some("page 1 meets it"),
            (Kind::Page(3), Fault::Downgrade) => Some("page 1 meets it"),
            _ => None,
        }
    }

    /// Whether the call changes something.
    pub fn changes_something(&self) -> bool {
        matches!(self.kind, Kind::Json(_, false) | Kind::Upload | Kind::Batch | Kind::Job)
    }

    /// Whether the call may be sent twice with the effect of sending it once.
    pub fn is_repeatable(&self) -> bool {
        !self.changes_something() || matches!(self.kind, Kind::Json("PUT" | "DELETE", _) | Kind::Batch)
    }

    /// Whether the call is the request for a token: it follows no redirect, and has no other credential after a 401.
    pub fn is_login(&self) -> bool {
        self.kind == Kind::Token
    }

    /// Whether the call is done without a look at the response's body.
    pub fn ignores_body(&self) -> bool {
        matches!(self.kind, Kind::Json("DELETE", _) | Kind::Upload | Kind::Stream)
    }

    /// Whether a request is the one that meets the fault.
    pub fn is_met(&self) -> impl Fn(&Seen) -> bool + Send + Sync + 'static {
        let kind = self.kind;
        move |seen| match kind {
            Kind::Page(page) => seen.line.contains(&format!("pagenumber={page}")),
            Kind::Token => seen.line.contains("/oauth/token"),
            _ => true,
        }
    }

    /// The response of success to the request that meets the fault.
    pub fn success(&self, turn: usize) -> Success {
        match (self.kind, self.chosen(turn)) {
            (Kind::Page(page), _) => Success::json(&page_of(page)),
            (Kind::Batch, _) => {
                let user = |id: &str| json!({ "id": format!("i-{id}"), "remoteId": id, "active": true });
                Success::json(
                    &json!({ "success": true, "data": { "success": [user("r-1"), user("r-2")], "failed": [] } }),
                )
            }
            (Kind::Token, _) => {
                Success::json(&json!({ "access_token": "t", "token_type": "bearer", "expires_in": 3600 }))
            }
            (_, Some(Chosen { api, operation })) => {
                let media_type = operation.response.content.keys().next().cloned().unwrap_or_default();
                match operation.response.json() {
                    Some(schema) => Success::json(&example(api, schema, Variant::Full)),
                    None if media_type.is_empty() => Success {
                        media_type: "text/plain".to_owned(),
                        body: b"done".to_vec(),
                        status: operation.response.status,
                    },
                    None => Success { media_type: "text/x-any".to_owned(), body: b"any thing".to_vec(), status: 200 },
                }
            }
            _ => Success::json(&json!({ "jobId": "j-1" })),
        }
    }

    /// Makes the call, while its waits pass at once; `broken` is the address in place of the server's. Returns what the caller
    /// is told, and how often an attempt was repeated.
    pub async fn run(&self, server: &mut Server, broken: Option<String>, turn: usize) -> (Told, usize) {
        let url = broken.unwrap_or_else(|| server.url());
        let (sender, waits) = unbounded_channel();
        let certificate = server.certificate().map(str::to_owned);
        let settings = move |mut transport: TransportBuilder| {
            transport = transport.timeout(ATTEMPT).max_decoded_bytes(LIMIT).no_proxy("*").jitter_seed(1);
            transport = transport.retry(RetryPolicy::default());
            if let Some(certificate) = &certificate {
                transport = transport.root_certificate(certificate.as_str());
            }
            let sender = sender.clone();
            transport.on_retry(move |event| {
                let _ = sender.send(event.delay());
            })
        };
        let stalls = &mut server.stalls;
        match self.kind {
            Kind::Json(..) | Kind::Upload | Kind::Stream => {
                let chosen = self.chosen(turn).expect("an operation of this kind");
                let arguments = rosterkit_tests::Call::new(chosen.api, chosen.operation, Plan::REQUIRED).arguments;
                let mut transport = settings(Transport::builder().base_url(url));
                for proof in [GenesysUsers::proofs(), PeoplefluentLms::proofs(), SessionClusters::proofs()].concat() {
                    transport = transport.credential_source(proof.scheme, Renewable::default());
                }
                let transport = transport.build().expect("valid settings");
                let (name, id) = (chosen.api.name.as_str(), chosen.operation.id.as_str());
                let call = async move {
                    let response = match name {
                        GenesysUsers::API => GenesysUsers::new(transport).dispatch(id, arguments).await,
                        PeoplefluentLms::API => PeoplefluentLms::new(transport).dispatch(id, arguments).await,
                        _ => SessionClusters::new(transport).dispatch(id, arguments).await,
                    };
                    match response?.content {
                        Content::Empty => Ok(()),
                        Content::Json(json) => json.typed().map(drop),
                        Content::Raw(mut body) => body.bytes_up_to(LIMIT).await.map(drop),
                    }
                };
                drive(async { told(call.await) }, waits, stalls).await
            }
            Kind::Page(_) => {
                let client = genesys_users::Client::builder()
                    .base_url(url)
                    .transport(|it| settings(it).credential_source("oauth", Renewable::default()));
                let client = client.build().expect("valid settings");
                let call = async {
                    let mut items = client.api().get_users().page_size(1).pager().ahead(0).items();
                    while let Some(item) = items.next().await {
                        if let Err(error) = item {
                            return Told::failed(error.error());
                        }
                    }
                    Told::done()
                };
                drive(call, waits, stalls).await
            }
            Kind::Batch => {
                let client = session_clusters::Client::builder()
                    .base_url(url)
                    .transport(|it| settings(it).credential_source("ServerApiKey", Renewable::default()));
                let client = client.build().expect("valid settings");
                let user = |id: &str| UserTemplate { remote_id: Some(id.to_owned()), ..Default::default() };
                let users = [user("r-1"), user("r-2")];
                let call = async {
                    let outcomes: Vec<_> =
                        client.upsert_users(users).ordered().map(|item| item.outcome).collect().await;
                    assert_eq!(outcomes.len(), 2);
                    assert_eq!(outcomes[0].name(), outcomes[1].name());
                    let (is_retryable, may_have_taken_effect) = match &outcomes[0] {
                        Outcome::NotSent(error) | Outcome::Unknown(error) => {
                            (error.is_retryable(), error.may_have_taken_effect())
                        }
                        _ => (false, false),
                    };
                    Told { outcome: outcomes[0].name().to_owned(), is_retryable, may_have_taken_effect }
                };
                drive(call, waits, stalls).await
            }
            Kind::Job => {
                let client = genesys_users::Client::builder()
                    .base_url(url)
                    .transport(|it| settings(it).credential_source("oauth", Renewable::default()));
                let client = client.build().expect("valid settings");
                let query = AsyncUserDetailsQuery {
                    interval: Some("2024-01-01T00:00Z/2024-01-02T00:00Z".into()),
                    ..Default::default()
                };
                drive(async { told(client.analytics().start_details(query).await.map(drop)) }, waits, stalls).await
            }
            Kind::Token => {
                let tokens = TokenSource::client_credentials("id", "secret").login_url(&url).timeout(ATTEMPT);
                let tokens = tokens.build().expect("valid settings");
                let transport = settings(Transport::builder().base_url(url)).credential_source("oauth", tokens);
                let client = GenesysUsers::new(transport.build().expect("valid settings"));
                let arguments = rosterkit_core::dispatch::Arguments::new().param("userId", "u-1");
                drive(async { told(client.dispatch("getUser", arguments).await.map(drop)) }, waits, stalls).await
            }
        }
    }
}

fn told(result: Result<(), Error>) -> Told {
    match result {
        Ok(()) => Told::done(),
        Err(error) => Told::failed(&error),
    }
}

/// Runs a call on a held clock, which passes over the waits that the client announces, and over the time limit of an attempt
/// whose request stalls.
async fn drive(
    call: impl Future<Output = Told>,
    mut waits: UnboundedReceiver<Duration>,
    stalls: &mut UnboundedReceiver<()>,
) -> (Told, usize) {
    // A paused clock does not leap while a blocking task runs. This one ends at last, so that a call that hangs fails.
    let (_held, hold) = std::sync::mpsc::channel::<()>();
    tokio::task::spawn_blocking(move || hold.recv_timeout(Duration::from_secs(60)));
    let mut retries = 0;
    let mut call = pin!(call);
    loop {
        tokio::select! {
            biased;
            told = &mut call => return (told, retries),
            Some(wait) = waits.recv() => {
                retries += 1;
                // The timers of tokio have a resolution of a millisecond.
                advance(wait + Duration::from_millis(1)).await;
            }
            Some(()) = stalls.recv() => {
                // The client reads what has come. Each round looks at the sockets once.
                for _ in 0..100 {
                    tokio::select! {
                        biased;
                        told = &mut call => return (told, retries),
                        () = tokio::task::yield_now() => {}
                    }
                }
                advance(ATTEMPT + Duration::from_millis(1)).await;
            }
        }
    }
}
