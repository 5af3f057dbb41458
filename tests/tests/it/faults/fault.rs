//! What goes wrong, and what the server does for it.

use super::response::{Success, bomb, response};
use super::server::{Action, Seen};

/// The largest response that the clients of these tests take, in bytes.
pub const LIMIT: usize = 1 << 20;

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    Nothing,
    RefusedConnection,
    UnknownHost,
    NoTls,
    ResetBefore,
    ResetWithin,
    SlowHead,
    SlowBody,
    Status(u16, &'static str),
    UnauthorizedOnce,
    TruncatedJson,
    InvalidJson,
    WrongType,
    Html,
    EmptyBody,
    Oversized,
    Endless,
    Bomb,
    SameHost,
    OtherHost,
    Loop,
    Downgrade,
}

pub const FAULTS: [(&str, Fault); 37] = [
    ("nothing", Fault::Nothing),
    ("connection refused", Fault::RefusedConnection),
    ("unknown host", Fault::UnknownHost),
    ("no TLS", Fault::NoTls),
    ("reset before the response", Fault::ResetBefore),
    ("reset within the response", Fault::ResetWithin),
    ("no head in time", Fault::SlowHead),
    ("no body in time", Fault::SlowBody),
    ("408", Fault::Status(408, "")),
    ("429, Retry-After: 2", Fault::Status(429, "Retry-After: 2\r\n")),
    ("429, Retry-After: 2.5", Fault::Status(429, "Retry-After: 2.5\r\n")),
    ("429, Retry-After in the past", Fault::Status(429, "Retry-After: Thu, 01 Jan 1970 00:00:00 GMT\r\n")),
    ("429", Fault::Status(429, "")),
    ("500", Fault::Status(500, "")),
    ("501", Fault::Status(501, "")),
    ("502", Fault::Status(502, "")),
    ("503", Fault::Status(503, "")),
    ("503, Retry-After: 2", Fault::Status(503, "Retry-After: 2\r\n")),
    ("504", Fault::Status(504, "")),
    ("400", Fault::Status(400, "")),
    ("401 once", Fault::UnauthorizedOnce),
    ("401", Fault::Status(401, "")),
    ("403", Fault::Status(403, "")),
    ("404", Fault::Status(404, "")),
    ("409", Fault::Status(409, "")),
    ("truncated JSON", Fault::TruncatedJson),
    ("invalid JSON", Fault::InvalidJson),
    ("wrong content type", Fault::WrongType),
    ("HTML page", Fault::Html),
    ("empty body", Fault::EmptyBody),
    ("body over the limit", Fault::Oversized),
    ("endless body", Fault::Endless),
    ("compressed bomb", Fault::Bomb),
    ("redirect, same host", Fault::SameHost),
    ("redirect, other host", Fault::OtherHost),
    ("redirect in a loop", Fault::Loop),
    ("redirect to http", Fault::Downgrade),
];

impl Fault {
    /// What the server does to the request that meets the fault for the `nth` time, counted from 0, in place of responding
    /// with `success`.
    pub fn action(self, nth: usize, seen: &Seen, success: &Success, other: &str) -> Action {
        let json = |body: &str| Action::Bytes(response(200, "Content-Type: application/json\r\n", body.as_bytes()));
        let redirect = |to: &str| Action::Bytes(response(307, &format!("Location: {to}\r\n"), b""));
        let path = seen.line.split_once(' ').map_or("", |(_, path)| path);
        let half = success.body.len() / 2;
        match self {
            Self::Nothing | Self::RefusedConnection | Self::UnknownHost | Self::NoTls => Action::Bytes(success.whole()),
            Self::ResetBefore => Action::Reset(Vec::new()),
            Self::ResetWithin => Action::Reset(success.first(half)),
            Self::SlowHead => Action::Stall(Vec::new()),
            Self::SlowBody => Action::Stall(success.first(half)),
            Self::Status(status, headers) => Action::Bytes(response(status, headers, b"")),
            Self::UnauthorizedOnce if nth == 0 => Action::Bytes(response(401, "", b"")),
            Self::UnauthorizedOnce => Action::Bytes(success.whole()),
            Self::TruncatedJson => {
                Action::Bytes(response(200, "Content-Type: application/json\r\n", br#"{"id": "1", "name": "#))
            }
            Self::InvalidJson => json(r#"{"id": }"#),
            Self::WrongType => Action::Bytes(response(200, "Content-Type: application/pdf\r\n", b"%PDF")),
            Self::Html => Action::Bytes(response(200, "Content-Type: text/html\r\n", b"<html>Log in</html>")),
            Self::EmptyBody => Action::Bytes(response(200, "", b"")),
            Self::Oversized => Action::Endless(
                format!(
                    "HTTP/1.1 200 -\r\nContent-Type: {}\r\nContent-Length: {}\r\n\r\n",
                    success.media_type,
                    1_u64 << 40
                )
                .into_bytes(),
            ),
            Self::Endless => Action::Endless(
                format!("HTTP/1.1 200 -\r\nContent-Type: {}\r\nConnection: close\r\n\r\n", success.media_type)
                    .into_bytes(),
            ),
            Self::Bomb => Action::Bytes(response(
                200,
                &format!("Content-Type: {}\r\nContent-Encoding: gzip\r\n", success.media_type),
                &bomb(LIMIT * 4),
            )),
            Self::SameHost if path.contains("moved") => Action::Bytes(success.whole()),
            Self::SameHost => redirect(&format!("{path}{}moved=1", if path.contains('?') { '&' } else { '?' })),
            Self::OtherHost | Self::Downgrade => redirect(&format!("{other}{path}")),
            Self::Loop => redirect(path),
        }
    }

    /// Whether the service may have done what a request asked for, when this is all that came back.
    pub fn may_be_applied(self) -> bool {
        match self {
            Self::RefusedConnection | Self::UnknownHost | Self::NoTls | Self::UnauthorizedOnce => false,
            Self::SameHost => false,
            Self::Status(status, _) => status == 408 || status >= 500,
            _ => true,
        }
    }
}
