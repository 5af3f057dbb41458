//! The control endpoint: what a test in any language needs to steer a sandbox. See the crate's documentation.

mod actions;

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::http::{Error, Incoming, Pairs, Reply};
use crate::shared::Shared;

/// What a method and a path do. The last segment of a path that ends with `{}` is handed over.
type Action = fn(&Shared, &Input<'_>) -> Result<Value, Error>;

const ACTIONS: &[(&str, &str, Action)] = &[
    ("GET", "/health", actions::health),
    ("GET", "/info", actions::info),
    ("GET", "/faults", actions::faults),
    ("POST", "/faults", actions::add_faults),
    ("DELETE", "/faults", actions::clear_faults),
    ("DELETE", "/faults/{}", actions::remove_fault),
    ("GET", "/time", actions::time),
    ("PUT", "/time", actions::set_time),
    ("POST", "/time/advance", actions::advance),
    ("GET", "/requests", actions::requests),
    ("DELETE", "/requests", actions::clear_requests),
    ("GET", "/state", actions::state),
    ("PUT", "/state", actions::import),
    ("DELETE", "/state", actions::reset),
    ("POST", "/state/save", actions::save),
    ("GET", "/clients", actions::clients),
    ("POST", "/clients", actions::add_client),
    ("POST", "/tokens", actions::mint),
    ("DELETE", "/tokens", actions::expire),
];

/// What an action may look at.
struct Input<'a> {
    incoming: &'a Incoming,
    /// The part of the path that stands for `{}`.
    item: &'a str,
}

/// Answers a request to the control endpoint; `path` is what follows its prefix.
pub(crate) fn answer(shared: &Shared, path: &str, incoming: Result<Incoming, Error>) -> Reply {
    let result = incoming.and_then(|incoming| act(shared, path, &incoming));
    result.map(|value| Reply::json(&value)).unwrap_or_else(|error| {
        let mut body = json!({ "message": error.message, "code": error.code });
        if let Some(field) = &error.field {
            body["field"] = json!(field);
        }
        Reply::json(&body).with_status(error.status).with_headers(error.headers)
    })
}

fn act(shared: &Shared, path: &str, incoming: &Incoming) -> Result<Value, Error> {
    // A browser sends it with whatever a page of somebody else makes it do. Tests do not run in pages.
    if incoming.headers.contains_key("origin") {
        return Err(Error::forbidden("The control endpoint takes no requests from web pages."));
    }
    let matching = ACTIONS.iter().filter_map(|(method, template, action)| {
        let item = match template.strip_suffix("{}") {
            Some(prefix) => path.strip_prefix(prefix).filter(|item| !item.is_empty() && !item.contains('/'))?,
            None => (*template == path).then_some("")?,
        };
        Some((*method, item, action))
    });
    let matching: Vec<_> = matching.collect();
    if matching.is_empty() {
        let mut paths: Vec<_> = ACTIONS.iter().map(|(_, template, _)| *template).collect();
        paths.dedup();
        return Err(Error::not_found(format!("The control endpoint has the paths {}.", paths.join(", "))));
    }
    if path != "/requests"
        && let Some(name) = Pairs::parse(&incoming.query)?.names().next()
    {
        return Err(Error::unknown_name("query", name, std::iter::empty()));
    }
    match matching.iter().find(|(method, ..)| incoming.method.as_str() == *method) {
        Some((_, item, action)) => action(shared, &Input { incoming, item }),
        None => Err(Error::method_not_allowed(&matching.iter().map(|(method, ..)| *method).collect::<Vec<_>>())),
    }
}

impl Input<'_> {
    /// The JSON object in the body.
    fn object<T: serde::de::DeserializeOwned>(&self) -> Result<T, Error> {
        if self.incoming.method != Method::GET && self.incoming.body.is_empty() {
            return Err(Error::bad_request("A JSON body is required."));
        }
        serde_json::from_slice(&self.incoming.body).map_err(|error| {
            if error.is_data() {
                Error::bad_request(format!("The body does not fit: {error}."))
            } else {
                Error::no_json(&error)
            }
        })
    }
}

/// An error of the sandbox itself.
fn broken(error: &crate::StateError) -> Error {
    match error {
        crate::StateError::Unfit(problem) => Error::bad_request(format!("{problem}.")),
        crate::StateError::NoFile => Error::conflict("no.state.file", format!("{error}.")),
        other => Error::new(StatusCode::INTERNAL_SERVER_ERROR, "state.failed", format!("{other}.")),
    }
}
