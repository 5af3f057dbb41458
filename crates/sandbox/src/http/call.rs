//! A request that has reached its operation.

use axum::body::Bytes;
use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, Method};
use rosterkit_core::Timestamp;
use rosterkit_core::catalog::OperationEntry;
use rosterkit_core::chrono::{DateTime, Utc};
use serde_json::{Map, Value};

use super::{Error, File, Form, Pairs};

/// A request as it arrived.
#[derive(Clone, Debug)]
pub(crate) struct Incoming {
    pub(crate) method: Method,
    pub(crate) query: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// The values of `expand` that are not heeded.
    pub(crate) left_out: Vec<&'static str>,
}

impl Incoming {
    /// The credentials in `Authorization` of this scheme.
    pub(crate) fn authorization<'a>(headers: &'a HeaderMap, scheme: &str) -> Option<&'a str> {
        let (sent, rest) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
        sent.eq_ignore_ascii_case(scheme).then(|| rest.trim())
    }
}

/// Who makes a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Caller {
    /// A request without credentials.
    Anonymous,
    /// A user, by id.
    User(String),
    /// A program that holds the service's key or token.
    Program,
}

/// A request whose operation is known, whose caller may call it, and whose parameters the catalog allows.
#[derive(Debug)]
pub(crate) struct Call<'a> {
    /// The operation.
    pub(crate) entry: &'static OperationEntry,
    pub(crate) caller: Caller,
    /// The user of a Genesys access token, by index; `None` for the token of a program.
    pub(crate) person: Option<u64>,
    /// The path below the service's prefix, as sent.
    pub(crate) uri: &'a str,
    pub(crate) path: Vec<(&'static str, String)>,
    pub(crate) query: Pairs,
    /// The fields and files of a form or a multipart body.
    pub(crate) form: Form,
    pub(crate) incoming: &'a Incoming,
    /// Whether values that the documents do not have are taken.
    pub(crate) open: bool,
}

impl Call<'_> {
    /// A path parameter; empty if the operation has none of this name.
    pub(crate) fn path(&self, name: &str) -> &str {
        self.path.iter().find(|(key, _)| *key == name).map(|(_, value)| value.as_str()).unwrap_or_default()
    }

    pub(crate) fn query<'a>(&'a self, name: &'a str) -> Option<&'a str> {
        self.query.all(name).next()
    }

    /// A query parameter that counts as absent when it is empty.
    pub(crate) fn filter<'a>(&'a self, name: &'a str) -> Option<&'a str> {
        self.query(name).filter(|value| !value.is_empty())
    }

    pub(crate) fn integer(&self, name: &str) -> Option<i64> {
        self.query(name)?.parse().ok()
    }

    /// A field of a form or a multipart body.
    pub(crate) fn form<'a>(&'a self, name: &'a str) -> Option<&'a str> {
        self.form_all(name).next()
    }

    /// All values of a field of a form or a multipart body, in their order.
    pub(crate) fn form_all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.form.all(name)
    }

    /// A file part of a multipart body.
    pub(crate) fn file(&self, name: &str) -> Option<&File> {
        self.form.file(name)
    }

    /// The window of `from`, inclusive, and `to`, exclusive.
    pub(crate) fn window(&self) -> Result<Window, Error> {
        let timestamp = |name| -> Result<_, Error> {
            let Some(text) = self.query(name) else { return Ok(None) };
            let time = text.parse::<Timestamp>().and_then(|text| text.to_datetime());
            let time = time.map_err(|_| Error::invalid(name, "must be a date-time with an offset"))?;
            Ok(Some(time.to_utc()))
        };
        let window = Window { from: timestamp("from")?, to: timestamp("to")? };
        match (window.from, window.to) {
            (Some(from), Some(to)) if to <= from => Err(Error::invalid("to", "must be later than `from`")),
            _ => Ok(window),
        }
    }

    pub(crate) fn text(&self) -> Result<&str, Error> {
        let text = std::str::from_utf8(&self.incoming.body);
        let text = text.map_err(|_| Error::bad_request("The body is not UTF-8."))?;
        Ok(text.strip_prefix('\u{feff}').unwrap_or(text))
    }

    pub(crate) fn json_object(&self) -> Result<Map<String, Value>, Error> {
        serde_json::from_slice(&self.incoming.body).map_err(|error| Error::invalid_json(&error))
    }
}

/// A range of time, open where a bound is missing.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Window {
    from: Option<DateTime<Utc>>,
    to: Option<DateTime<Utc>>,
}

impl Window {
    pub(crate) fn contains(&self, time: DateTime<Utc>) -> bool {
        self.from.is_none_or(|from| time >= from) && self.to.is_none_or(|to| time < to)
    }
}
