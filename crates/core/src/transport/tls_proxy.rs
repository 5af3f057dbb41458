//! The way to the service: proxies, certificates and compression.

use reqwest::tls::{Certificate, Identity};
use reqwest::{ClientBuilder, NoProxy, Proxy};
use secrecy::{ExposeSecret as _, SecretSlice, SecretString};

use crate::Error;

/// What the HTTP client is told besides what a caller tells it directly.
pub(super) struct TlsProxy {
    /// May hold a password.
    pub proxy: Option<SecretString>,
    pub no_proxy: Option<String>,
    pub roots: Vec<Vec<u8>>,
    pub identity: Option<SecretSlice<u8>>,
    pub gzip: bool,
}

impl Default for TlsProxy {
    fn default() -> Self {
        Self { proxy: None, no_proxy: None, roots: Vec::new(), identity: None, gzip: true }
    }
}

impl TlsProxy {
    /// Whether a caller has decided about proxies.
    pub fn has_proxy(&self) -> bool {
        self.proxy.is_some()
    }

    /// What to look at if the HTTP client refuses the settings: it reads certificates only when it is built.
    pub fn advice(&self) -> Option<&'static str> {
        let has_certificates = !self.roots.is_empty() || self.identity.is_some();
        has_certificates.then_some("check the root certificates and the client certificate")
    }

    /// Applies the settings. Messages hold nothing of what was given, except for what is certainly no secret.
    pub fn apply(self, mut http: ClientBuilder) -> Result<ClientBuilder, Error> {
        http = http.gzip(self.gzip);
        let is_direct = self.no_proxy.as_deref().is_some_and(|hosts| hosts.trim() == "*");
        if is_direct {
            http = http.no_proxy();
        } else if let Some(url) = &self.proxy {
            let exceptions = self.no_proxy.as_deref().and_then(NoProxy::from_string);
            http = http.proxy(parse_proxy(url)?.no_proxy(exceptions));
        } else if self.no_proxy.is_some() {
            let advice = "set a proxy too, `*` to use none, or `NO_PROXY` in the environment";
            return Err(Error::configuration("`no_proxy` names exceptions, but there is no proxy").with_advice(advice));
        }
        for pem in &self.roots {
            let certificates = Certificate::from_pem_bundle(pem).ok().filter(|certificates| !certificates.is_empty());
            let problem = || Error::configuration("the root certificate is not in PEM form, or is damaged");
            http = http.tls_certs_merge(certificates.ok_or_else(problem)?);
        }
        if let Some(pem) = &self.identity {
            let problem = |_| {
                let cause = "the client certificate needs a certificate and its private key, both in PEM form";
                Error::configuration(cause)
            };
            http = http.identity(Identity::from_pem(pem.expose_secret()).map_err(problem)?);
        }
        Ok(http)
    }
}

fn parse_proxy(url: &SecretString) -> Result<Proxy, Error> {
    let problem =
        || Error::configuration("the address of the proxy must be a URL that begins with http:// or https://");
    let url = url.expose_secret();
    let is_http = url.starts_with("http://") || url.starts_with("https://");
    Proxy::all(url).ok().filter(|_| is_http).ok_or_else(problem)
}
