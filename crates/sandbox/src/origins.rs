//! Which requests can only come from programs of this machine, and not from web pages.
//!
//! A browser sends `Origin` with requests of pages. It leaves it out where the page seems to read from its own host, which
//! is what DNS rebinding pretends; but then `Host` has the name that was rebound.

use axum::http::header::{HOST, ORIGIN};
use axum::http::{Request, StatusCode};

use crate::http::Error;

/// The names of this machine.
const LOCAL: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];

/// The hosts whose requests are answered, in lower case.
#[derive(Debug)]
pub(crate) struct Origins {
    hosts: Vec<String>,
}

impl Origins {
    /// The hosts of this machine and others. The error is the first one that cannot be the name of a host.
    pub(crate) fn new(others: Vec<String>) -> Result<Self, String> {
        if let Some(wrong) = others.iter().find(|name| !is_host(name)) {
            return Err(wrong.clone());
        }
        let hosts = LOCAL.into_iter().map(str::to_owned).chain(others.iter().map(|name| name.to_ascii_lowercase()));
        Ok(Self { hosts: hosts.collect() })
    }

    /// Refuses requests of web pages, and requests for other hosts.
    pub(crate) fn check<B>(&self, request: &Request<B>) -> Result<(), Error> {
        let refused = |code, message: String| Err(Error::new(StatusCode::FORBIDDEN, code, message));
        if request.headers().contains_key(ORIGIN) {
            let message = "The sandbox answers no requests from web pages, which have the header `Origin`.";
            return refused("origin.not.allowed", message.to_owned());
        }
        // A request to a proxy has the host in its target, too.
        let target = request.uri().authority().map(|target| target.as_str());
        let hosts = request.headers().get_all(HOST).iter().map(|host| host.to_str().unwrap_or_default());
        let hosts: Vec<&str> = hosts.chain(target).collect();
        if !hosts.is_empty() && hosts.iter().all(|host| self.is_allowed(host)) {
            return Ok(());
        }
        let allowed = self.hosts.join(", ");
        let message = format!(
            "The request must have the header `Host` with one of {allowed}, on any port. The option `--allow-host` adds a name."
        );
        refused("host.not.allowed", message)
    }

    fn is_allowed(&self, host: &str) -> bool {
        let name = match host.rsplit_once(':') {
            Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
            _ => host,
        };
        self.hosts.iter().any(|allowed| allowed.eq_ignore_ascii_case(name))
    }
}

/// Whether this is a name, an address, or an IPv6 address in brackets.
fn is_host(name: &str) -> bool {
    let word = |name: &str, others: &[u8]| {
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || others.contains(&byte))
    };
    match name.strip_prefix('[') {
        Some(rest) => rest.strip_suffix(']').is_some_and(|address| word(address, b":.")),
        None => word(name, b"-._"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(origins: &Origins, headers: &[(&str, &str)], target: &str) -> Option<&'static str> {
        let request =
            headers.iter().fold(Request::builder().uri(target), |request, (name, value)| request.header(*name, *value));
        origins.check(&request.body(()).unwrap_or_default()).err().map(|error| error.code)
    }

    #[test]
    fn only_requests_for_this_machine_and_allowed_hosts_pass() -> Result<(), String> {
        let origins = Origins::new(vec!["Sandbox".to_owned(), "[fd00::1]".to_owned()])?;
        for host in ["localhost", "LocalHost:80", "127.0.0.1:49152", "[::1]", "[::1]:8080", "sandbox:1", "[FD00::1]"] {
            assert_eq!(code(&origins, &[("host", host)], "/"), None, "{host}");
            assert_eq!(
                code(&origins, &[("host", host), ("origin", "null")], "/"),
                Some("origin.not.allowed"),
                "{host}"
            );
        }
        for host in [
            "",
            ":80",
            "example.com",
            "localhost.example.com",
            "example.com:127.0.0.1",
            "127.0.0.1.example.com:80",
            "localhost@example.com",
            "example.com@localhost",
            "127.0.0.2",
            "0.0.0.0",
            "::1",
            "localhost.",
            "localhost:80:80",
            "localhost:x",
        ] {
            assert_eq!(code(&origins, &[("host", host)], "/"), Some("host.not.allowed"), "{host}");
        }
        assert_eq!(code(&origins, &[], "/"), Some("host.not.allowed"));
        assert_eq!(code(&origins, &[("host", "localhost"), ("host", "example.com")], "/"), Some("host.not.allowed"));
        assert_eq!(code(&origins, &[("host", "localhost")], "http://example.com/"), Some("host.not.allowed"));
        assert_eq!(code(&origins, &[("host", "localhost")], "http://localhost:1/"), None);
        Ok(())
    }

    #[test]
    fn a_host_to_allow_is_a_name_without_anything_else() {
        for wrong in ["", "a:80", "http://a", "a/b", "*", "a b", "::1", "[]", "[::1]:80", "ä"] {
            assert_eq!(Origins::new(vec![wrong.to_owned()]).err().as_deref(), Some(wrong));
        }
    }
}
