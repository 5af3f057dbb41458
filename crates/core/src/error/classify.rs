//! Turns the HTTP client's errors into ours.

use std::error::Error as StdError;
use std::io;

use rustls::{AlertDescription, CertificateError};

use super::{Error, ErrorKind, Route};

impl Error {
    /// Classifies an error of the HTTP client. Its URL, which holds parameters, is taken out.
    pub(crate) fn from_http(error: reqwest::Error, route: &Route) -> Self {
        // The source of a body is the caller's own; its words stay out of the chain.
        if let Some(body) = find_body_error(&error) {
            return Self::new(ErrorKind::RequestBody, body.cause().to_owned()).at(route);
        }
        if error.is_connect() {
            let cause = no_connection("no connection", &error);
            return Self::new(ErrorKind::Connect, cause).at(route).with_source(error.without_url());
        }
        let (kind, cause) = if error.is_timeout() {
            (ErrorKind::Timeout, "no response within the time limit")
        } else if error.is_builder() {
            (ErrorKind::InvalidRequest, "the request cannot be written as HTTP")
        } else if is_unreadable(&error) {
            let unreadable = Self::new(ErrorKind::Transport, "the response is not readable HTTP").at(route);
            let advice = "check the base URL and its port, and the proxies on the way";
            return unreadable.with_advice(advice).with_source(error.without_url());
        } else {
            (ErrorKind::Transport, "the connection broke before the response was complete")
        };
        Self::new(kind, cause).at(route).with_source(error.without_url())
    }
}

/// Says that there is no connection and, where it is known, why. The words hold nothing of the request.
pub(crate) fn no_connection(what: &str, error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return format!("{what} within the connect timeout");
    }
    match find_reason(error) {
        Some(reason) => format!("{what}: {reason}"),
        None => what.to_owned(),
    }
}

fn find_reason(error: &reqwest::Error) -> Option<String> {
    // The type of these errors is private to the HTTP client, so its words tell what the proxy did.
    let tunnel = sources(error).map(|source| source.to_string()).find(|words| words.starts_with("tunnel error: "));
    let peer = if tunnel.is_some() { "proxy" } else { "host" };
    if error.is_dns() {
        return Some(format!("the name of the {peer} was not found"));
    }
    if let Some(tls) = find::<rustls::Error>(error) {
        return Some(tls_reason(peer, tls));
    }
    match tunnel.as_deref().and_then(|words| words.strip_prefix("tunnel error: ")) {
        Some("proxy authorization required") => {
            return Some("the proxy requires authentication, or does not accept the one that was given".to_owned());
        }
        Some("unsuccessful") => return Some("the proxy refuses to connect to the host".to_owned()),
        Some("unexpected end of file") => return Some("the proxy closed the connection".to_owned()),
        _ => {}
    }
    let reason = match find::<io::Error>(error)?.kind() {
        io::ErrorKind::ConnectionRefused => format!("the {peer} refused the connection"),
        io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => {
            format!("the {peer} cannot be reached from this network")
        }
        io::ErrorKind::ConnectionReset
        | io::ErrorKind::ConnectionAborted
        | io::ErrorKind::BrokenPipe
        | io::ErrorKind::UnexpectedEof => format!("the {peer} closed the connection before it was set up"),
        io::ErrorKind::PermissionDenied => "this machine does not permit it".to_owned(),
        _ => return None,
    };
    Some(reason)
}

fn tls_reason(peer: &str, error: &rustls::Error) -> String {
    let certificate = |problem: &str| format!("the certificate of the {peer} {problem}");
    match error {
        rustls::Error::InvalidCertificate(invalid) => certificate(match invalid {
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => "has expired",
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => "is not valid yet",
            // The signature is bad where another authority of the same name issued it.
            CertificateError::UnknownIssuer | CertificateError::BadSignature => {
                "was not issued by an authority that is trusted"
            }
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                "is for another host name"
            }
            CertificateError::Revoked => "was revoked",
            _ => "is invalid",
        }),
        rustls::Error::NoCertificatesPresented => certificate("is missing"),
        rustls::Error::InvalidMessage(_) => format!("the {peer} does not speak TLS on this port"),
        rustls::Error::PeerIncompatible(_)
        | rustls::Error::AlertReceived(AlertDescription::HandshakeFailure | AlertDescription::ProtocolVersion) => {
            format!("the {peer} and this client have no version or method of TLS in common")
        }
        rustls::Error::AlertReceived(
            AlertDescription::CertificateRequired
            | AlertDescription::BadCertificate
            | AlertDescription::UnknownCA
            | AlertDescription::CertificateExpired
            | AlertDescription::CertificateRevoked
            | AlertDescription::CertificateUnknown
            | AlertDescription::UnsupportedCertificate,
        ) => format!("the {peer} requires a client certificate, or does not accept the one that was given"),
        rustls::Error::AlertReceived(AlertDescription::UnrecognisedName) => {
            format!("the {peer} does not serve this host name")
        }
        _ => format!("TLS with the {peer} failed"),
    }
}

/// Whether an error comes from a response that is not HTTP, contradicts itself, or has too large a head.
pub(super) fn is_unreadable(error: &(dyn StdError + 'static)) -> bool {
    find::<hyper::Error>(error).is_some_and(hyper::Error::is_parse)
}

fn find_body_error(error: &reqwest::Error) -> Option<&Error> {
    find(error)
}

/// The first error of a type among the sources of an error.
fn find<'a, E: StdError + 'static>(error: &'a (dyn StdError + 'static)) -> Option<&'a E> {
    sources(error).find_map(|error| error.downcast_ref())
}

/// The sources of an error. What an I/O error was made from is one of them, which its own `source` leaves out.
fn sources<'a>(error: &'a (dyn StdError + 'static)) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(error.source(), |&error| match error.downcast_ref::<io::Error>().map(io::Error::get_ref) {
        Some(Some(inner)) => Some(inner),
        _ => error.source(),
    })
}
