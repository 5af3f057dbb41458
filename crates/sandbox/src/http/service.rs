//! A service: its operations, handlers, state, and errors.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::body::Bytes;
use axum::http::{HeaderMap, Method};
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use rosterkit_core::catalog::{Catalog, OperationEntry, Schema};
use serde_json::Value;

use super::query::segments;
use super::routes::{Match, Routes};
use super::{Call, Caller, Error, Incoming, Pairs, Reply, check, sample};
use crate::login::Login;

/// Answers one operation.
pub(crate) type Handler<S> = fn(&S, &Call<'_>) -> Result<Reply, Error>;

/// What each service defines.
pub(crate) trait Service: Send + Sync + Sized + 'static {
    /// The operations that the service has.
    fn catalog() -> &'static Catalog;

    /// The schemas of JSON bodies, by operation.
    fn schemas() -> fn(&str) -> Option<&'static Schema>;

    /// Examples of JSON responses, by operation.
    fn examples() -> fn(&str) -> Option<&'static str>;

    /// The operations with behaviour, by id. The others respond with an example.
    fn handlers() -> impl Iterator<Item = (&'static str, Handler<Self>)>;

    /// Who calls, if the request satisfies a security scheme of the catalog.
    fn authenticate(&self, scheme: &str, headers: &HeaderMap) -> Option<Caller>;

    /// The `WWW-Authenticate` header of a security scheme.
    fn challenge(scheme: &str) -> &'static str;

    /// An error in the format of the service. `number` counts its requests from 1.
    fn refuse(&self, error: &Error, number: u64) -> Reply;

    /// The same with the request, for a service whose responses have several representations.
    fn refuse_request(&self, error: &Error, _request: Option<&Incoming>, number: u64) -> Reply {
        self.refuse(error, number)
    }

    /// Query parameters that are not strings and may be sent empty, which counts as absent.
    fn may_be_empty() -> &'static [&'static str] {
        &[]
    }

    /// Further paths of operations, which have no parameters.
    fn other_paths() -> &'static [(&'static str, &'static str)] {
        &[]
    }

    /// Whether the service accepts what the official SDK of its platform sends: repeated parameters joined by commas, and
    /// `null` as the body of a request without one.
    fn takes_commas_and_null() -> bool {
        false
    }

    /// Whether the service takes values that its documents do not have, and numbers and booleans as texts.
    fn is_open() -> bool {
        false
    }

    /// The operations that change something although their method is `GET`.
    fn reads_that_change() -> &'static [&'static str] {
        &[]
    }

    /// Runs a handler; checks that are common to many operations can be added here.
    fn run(&self, handler: Handler<Self>, call: &Call<'_>) -> Result<Reply, Error> {
        handler(self, call)
    }

    /// All changes since the start, without what follows from seed and number of people.
    fn save(&self) -> serde_json::Result<Value> {
        Ok(Value::Null)
    }

    /// Restores what [`save`](Self::save) returned.
    fn load(&self, state: Value) -> serde_json::Result<()> {
        let _: () = serde_json::from_value(state)?;
        Ok(())
    }

    /// Changes every response before it is sent.
    fn finish(&self, reply: Reply, _number: u64) -> Reply {
        reply
    }
}

/// A service with its routes, its handlers and its number of requests.
pub(crate) struct ServiceEndpoint<S> {
    service: S,
    routes: Routes,
    handlers: HashMap<&'static str, Handler<S>>,
    /// The login that issues access tokens for this service, if it has one.
    login: Option<Arc<Login>>,
    /// Whether only what the documents have is taken.
    strict: bool,
    requests: AtomicU64,
}

/// The operation of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    /// The operation, by id.
    pub(crate) operation: &'static str,
    /// The `WWW-Authenticate` header of the operation, if it needs credentials.
    pub(crate) challenge: Option<&'static str>,
}

/// A [`ServiceEndpoint`] of any service.
pub(crate) trait Endpoint: Send + Sync {
    /// The name of the API.
    fn name(&self) -> &'static str;

    /// The operation of a method and a path below the prefix.
    fn find(&self, method: &Method, path: &str) -> Option<Found>;

    /// Whether a request can change the state of the service.
    fn may_change(&self, method: &Method, found: Option<Found>) -> bool;

    /// Answers a request; `path` is the part after the prefix, `Err` is an error from before.
    fn answer<'a>(&'a self, path: &'a str, incoming: Result<&'a Incoming, Error>) -> BoxFuture<'a, Reply>;

    fn requests(&self) -> u64;

    /// See [`Service::save`].
    fn save(&self) -> serde_json::Result<Value>;

    /// See [`Service::load`].
    fn load(&self, state: Value) -> serde_json::Result<()>;
}

impl<S: Service> ServiceEndpoint<S> {
    /// With `strict`, only documented values of enumerations are taken, whatever the service does.
    pub(crate) fn new(service: S, strict: bool) -> Self {
        let (routes, handlers) = (Routes::new(S::catalog(), S::other_paths()), S::handlers().collect());
        Self { service, routes, handlers, login: None, strict, requests: AtomicU64::new(0) }
    }

    /// Accepts the access tokens of a login, within their permissions.
    pub(crate) fn with_login(self, login: Arc<Login>) -> Self {
        Self { login: Some(login), ..self }
    }

    async fn call(&self, uri: &str, incoming: &Incoming) -> Result<Reply, Error> {
        let (entry, path) = match self.routes.find(incoming.method.as_str(), &segments(uri)?) {
            Match::Found(entry, path) => (entry, path),
            Match::WrongMethod(allowed) => return Err(Error::method_not_allowed(&allowed)),
            Match::Unknown => return Err(Error::not_found("The service has no such path.")),
        };
        let computed = async { self.perform(entry, uri, path, incoming)?.computed().await };
        computed.await.map_err(|error| error.with_operation(entry.operation.id))
    }

    fn perform(
        &self,
        entry: &'static OperationEntry,
        uri: &str,
        path: Vec<(&'static str, String)>,
        incoming: &Incoming,
    ) -> Result<Reply, Error> {
        let (caller, person) = self.caller(entry, &incoming.headers)?;
        let id = entry.operation.id;
        let mut query = Pairs::parse(&incoming.query)?.without_empty(S::may_be_empty());
        let without_body;
        let mut incoming = incoming;
        if S::takes_commas_and_null() {
            let repeated = |name: &str| entry.parameter(name).is_some_and(|parameter| parameter.repeated);
            query = query.split_at_commas(repeated);
            if *incoming.body == *b"null" && entry.request.is_none_or(|request| !request.required) {
                without_body = Incoming { body: Bytes::new(), ..incoming.clone() };
                incoming = &without_body;
            }
        }
        let form = check::body(entry, incoming)?;
        let open = S::is_open() && !self.strict;
        let sent = check::Sent { path: &path, query: &query, form: &form, headers: &incoming.headers };
        check::parameters(entry, &sent, open)?;
        let read;
        if let Some(schema) = S::schemas()(id)
            && let Some(body) = check::json(entry, schema, &incoming.body, open)?
        {
            read = Incoming { body: Bytes::from(body.to_string()), ..incoming.clone() };
            incoming = &read;
        }
        let call = Call { entry, caller, person, uri, path, query, form, incoming, open };
        match self.handlers.get(id) {
            Some(handler) => self.service.run(*handler, &call),
            None => sample::reply(entry, S::examples()(id), &call),
        }
    }

    /// The first alternative of the operation's security that the request satisfies. Credentials that are sent must be
    /// valid, even if the operation allows requests without.
    fn caller(&self, entry: &'static OperationEntry, headers: &HeaderMap) -> Result<(Caller, Option<u64>), Error> {
        let security = entry.operation.security;
        if security.is_empty() {
            return Ok((Caller::Anonymous, None));
        }
        if let Some(grant) = self.login.as_ref().and_then(|login| login.grant(headers)) {
            return match &entry.permissions {
                Some(needed) if !grant.permissions.allow(needed) => Err(Error::lacks_permissions(needed)),
                _ => Ok((Caller::Program, grant.person)),
            };
        }
        for alternative in security.iter().filter(|schemes| !schemes.is_empty()) {
            let callers: Option<Vec<_>> =
                alternative.iter().map(|scheme| self.service.authenticate(scheme, headers)).collect();
            if let Some(caller) = callers.and_then(|callers| callers.into_iter().next()) {
                return Ok((caller, None));
            }
        }
        if security.contains(&&[][..]) && !headers.contains_key("authorization") {
            return Ok((Caller::Anonymous, None));
        }
        let mut challenges: Vec<_> = security.iter().copied().flatten().map(|scheme| S::challenge(scheme)).collect();
        challenges.dedup();
        Err(Error::unauthorized(challenges))
    }
}

impl<S: Service> Endpoint for ServiceEndpoint<S> {
    fn name(&self) -> &'static str {
        S::catalog().api
    }

    fn find(&self, method: &Method, path: &str) -> Option<Found> {
        let Ok(Match::Found(entry, _)) = segments(path).map(|path| self.routes.find(method.as_str(), &path)) else {
            return None;
        };
        let scheme = entry.operation.security.iter().copied().flatten().next();
        Some(Found { operation: entry.operation.id, challenge: scheme.map(|scheme| S::challenge(scheme)) })
    }

    fn may_change(&self, method: &Method, found: Option<Found>) -> bool {
        let reads = matches!(*method, Method::GET | Method::HEAD);
        found.is_some_and(|found| !reads || S::reads_that_change().contains(&found.operation))
    }

    fn answer<'a>(&'a self, path: &'a str, incoming: Result<&'a Incoming, Error>) -> BoxFuture<'a, Reply> {
        let number = self.requests.fetch_add(1, Ordering::Relaxed) + 1;
        let answer = async move {
            let (request, result) = match incoming {
                Ok(incoming) => (Some(incoming), self.call(path, incoming).await),
                Err(error) => (None, Err(error)),
            };
            let reply = result.unwrap_or_else(|error| self.service.refuse_request(&error, request, number));
            self.service.finish(reply, number)
        };
        answer.boxed()
    }

    fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }

    fn save(&self) -> serde_json::Result<Value> {
        self.service.save()
    }

    fn load(&self, state: Value) -> serde_json::Result<()> {
        self.service.load(state)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::genesys::Genesys;
    use crate::lms::Lms;
    use crate::sessions::Sessions;

    fn assert_handlers_are_operations<S: Service>() {
        let mut seen = Vec::new();
        for (id, _) in S::handlers() {
            assert!(S::catalog().find(id).is_some(), "{} has no operation {id}", S::catalog().api);
            assert!(!seen.contains(&id), "{id} has two handlers");
            seen.push(id);
        }
    }

    #[test]
    fn every_handler_belongs_to_an_operation() {
        assert_handlers_are_operations::<Genesys>();
        assert_handlers_are_operations::<Lms>();
        assert_handlers_are_operations::<Sessions>();
    }
}
