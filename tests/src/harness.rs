//! A client, the recorder that it talks to, and the spec that both are held to.

use std::path::PathBuf;
use std::sync::OnceLock;

use rosterkit_codegen::example::{Variant, example};
use rosterkit_codegen::load::load;
use rosterkit_codegen::model::{Api, ApiOperation};
use rosterkit_codegen::spec::Spec;
use rosterkit_core::dispatch::{Arguments, Content, Output};
use rosterkit_core::{Error, RetryPolicy, Transport};
use serde_json::Value;

use crate::call::{Call, Choice, representation};
use crate::expected::Authorization;
use crate::recorder::{Recorder, Reply};
use crate::target::{GenesysUsers, PeoplefluentLms, Proof, SessionClusters, Target};
use crate::wire::Recorded;

/// The id that every response of the recorder carries.
pub(crate) const CORRELATION_ID: &str = "0f1e2d3c-test";

/// Everything that a check of one API needs.
#[derive(Debug)]
pub struct Harness<S> {
    /// The spec.
    pub api: Api,
    client: S,
    recorder: Recorder,
    schemes: Vec<&'static str>,
}

/// What came of a call.
#[derive(Debug)]
pub struct Outcome {
    /// What the client says.
    pub result: Result<Answered, Error>,
    /// What it sent.
    pub requests: Vec<Recorded>,
}

/// A successful response with its body read to the end.
#[derive(Debug)]
pub struct Answered {
    /// The status.
    pub status: u16,
    /// The id that the response carried.
    pub correlation_id: Option<String>,
    /// The body.
    pub content: Received,
}

/// The body of a successful response.
#[derive(Debug)]
pub enum Received {
    /// None.
    Nothing,
    /// JSON, decoded into the operation's type and encoded again.
    Json(Value),
    /// Bytes, with the media type that they came as.
    Raw(Option<String>, Vec<u8>),
}

/// Reads the spec of an API.
///
/// # Panics
/// If it cannot be read.
pub fn api(name: &str) -> Api {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../spec").join(name).with_extension("yaml");
    let document = load(&path).unwrap_or_else(|problems| panic!("{name}: {problems:?}"));
    let spec: Spec = serde_json::from_value(document.root).unwrap_or_else(|error| panic!("{name}: {error}"));
    Api::new(name, spec).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The specs of the three APIs, read once.
pub fn apis() -> &'static [Api] {
    static APIS: OnceLock<[Api; 3]> = OnceLock::new();
    APIS.get_or_init(|| [api(GenesysUsers::API), api(PeoplefluentLms::API), api(SessionClusters::API)])
}

impl<S: Target> Harness<S> {
    /// A client with a credential for every security scheme.
    pub async fn new() -> Self {
        let schemes: Vec<_> = S::proofs().iter().map(|proof| proof.scheme).collect();
        Self::with_credentials(&schemes).await
    }

    /// A client with credentials for these security schemes only.
    ///
    /// # Panics
    /// If the client cannot be built.
    pub async fn with_credentials(schemes: &[&'static str]) -> Self {
        Self::over(schemes, |transport| transport).await
    }

    /// A client with a credential for every security scheme, and a parameter set for all of its calls.
    pub async fn in_scope(name: &'static str, value: &str) -> Self {
        let schemes: Vec<_> = S::proofs().iter().map(|proof| proof.scheme).collect();
        Self::over(&schemes, |transport| transport.scoped(name, value)).await
    }

    async fn over(schemes: &[&'static str], change: impl FnOnce(Transport) -> Transport) -> Self {
        let recorder = Recorder::start().await;
        let mut transport = Transport::builder().base_url(recorder.url()).retry(RetryPolicy::none());
        for proof in S::proofs().into_iter().filter(|proof| schemes.contains(&proof.scheme)) {
            transport = transport.credential(proof.scheme, proof.credential);
        }
        let client = S::new(change(transport.build().expect("a client")));
        Self { api: api(S::API), client, recorder, schemes: schemes.to_vec() }
    }

    /// The operations of the spec.
    pub fn operations(&self) -> &[ApiOperation] {
        &self.api.operations
    }

    /// Makes a call and checks nothing.
    pub async fn send(&self, operation: &ApiOperation, arguments: Arguments, reply: Reply) -> Outcome {
        self.recorder.reply(reply.header("inin-correlation-id", CORRELATION_ID));
        let result = match self.client.dispatch(&operation.id, arguments).await {
            Ok(response) => read(response).await,
            Err(error) => Err(error),
        };
        Outcome { result, requests: self.recorder.requests() }
    }

    /// Makes a call, and lists every difference of the request from what is expected.
    pub async fn call(&self, operation: &ApiOperation, mut call: Call, reply: Reply) -> (Outcome, Vec<String>) {
        call.expected.authorization = self.authorization(operation).unwrap_or_default();
        let outcome = self.send(operation, call.arguments, reply).await;
        let problems = match outcome.requests.as_slice() {
            [request] => call.expected.differences(request),
            [] => vec!["nothing was sent".to_owned()],
            more => vec![format!("{} requests were sent", more.len())],
        };
        (outcome, problems)
    }

    /// The header that must authenticate a call of an operation; `None` if the client has no credential for it.
    pub fn authorization(&self, operation: &ApiOperation) -> Option<Authorization> {
        let has = |alternative: &&Vec<String>| alternative.iter().all(|scheme| self.schemes.contains(&scheme.as_str()));
        let named = operation.security.iter().filter(|alternative| !alternative.is_empty());
        match named.clone().find(has) {
            Some(alternative) => {
                let proof = |proof: Proof| alternative.contains(&proof.scheme.to_owned()).then_some(proof.header);
                Some(S::proofs().into_iter().find_map(proof))
            }
            None if named.count() == operation.security.len() && !operation.security.is_empty() => None,
            None => Some(None),
        }
    }

    /// A successful response to a call: JSON as an example, anything else as a few bytes.
    pub fn reply(&self, operation: &ApiOperation, choice: Choice<'_>, variant: Variant) -> Reply {
        let status = operation.response.status;
        let chosen = representation(operation, choice).map(|(_, media_type)| media_type);
        let first = operation.response.content.keys().next().map(String::as_str);
        match (chosen.or(first), operation.response.json()) {
            (None, _) => Reply::empty(status),
            (Some(media_type), Some(schema)) if rosterkit_codegen::model::is_json(media_type) => {
                Reply::new(status, media_type, example(&self.api, schema, variant).to_string())
            }
            (Some("*/*"), _) => Reply::new(status, "text/x-anything", "any\0thing"),
            (Some(media_type), _) => Reply::new(status, media_type, "any\0thing"),
        }
    }
}

async fn read(response: Output) -> Result<Answered, Error> {
    let correlation_id = response.correlation_id().map(str::to_owned);
    let content = match response.content {
        Content::Empty => Received::Nothing,
        Content::Json(json) => Received::Json(json.typed()?),
        Content::Raw(body) => {
            let media_type = body.media_type().map(str::to_owned);
            Received::Raw(media_type, body.bytes().await?.to_vec())
        }
    };
    Ok(Answered { status: response.status.as_u16(), correlation_id, content })
}
