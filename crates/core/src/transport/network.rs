//! The way to the service: proxies, certificates and compression.

use reqwest::tls::{Certificate, Identity};
use reqwest::{ClientBuilder, NoProxy, Proxy};
use secrecy::{ExposeSecret as _, SecretSlice, SecretString};

use super::TransportBuilder;
use crate::Error;

/// What the HTTP client is told besides what a caller tells it directly.
pub(super) struct Network {
    /// May hold a password.
    proxy: Option<SecretString>,
    no_proxy: Option<String>,
    roots: Vec<Vec<u8>>,
    identity: Option<SecretSlice<u8>>,
    gzip: bool,
}

impl Default for Network {
    fn default() -> Self {
        Self { proxy: None, no_proxy: None, roots: Vec::new(), identity: None, gzip: true }
    }
}

/// # Network
impl TransportBuilder {
    /// Sends every request through a proxy: `http://proxy.example.com:8080`, with a user name and a password in the URL
    /// if it asks for them. Without it, the system's settings hold (`HTTPS_PROXY`, `HTTP_PROXY`, `NO_PROXY`), except
    /// for a service on this machine, which is called directly.
    pub fn proxy(mut self, url: impl Into<SecretString>) -> Self {
        self.network.proxy = Some(url.into());
        self
    }

    /// Names the hosts that are called directly and not through the [`proxy`](Self::proxy), separated by commas, as in
    /// the environment variable `NO_PROXY`: `localhost,.example.com,10.0.0.0/8`. `*` stands for all hosts: no proxy is
    /// used then, whatever the system's settings are.
    pub fn no_proxy(mut self, hosts: impl Into<String>) -> Self {
        self.network.no_proxy = Some(hosts.into());
        self
    }

    /// Trusts certificates besides those that the system trusts, for a gateway or a proxy with a certificate of the
    /// organisation's own: one or several in PEM form (`-----BEGIN CERTIFICATE-----`). Repeated calls add to them.
    pub fn root_certificate(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.network.roots.push(pem.into());
        self
    }

    /// Identifies the client by a certificate (mutual TLS), for a gateway that asks for one: the certificate, any
    /// intermediate ones and the private key, one after the other in PEM form.
    pub fn client_certificate(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.network.identity = Some(pem.into().into());
        self
    }

    /// Whether answers may come compressed (`Accept-Encoding: gzip`), which is the default. Compressed or not, what
    /// counts for [`max_decoded_bytes`](Self::max_decoded_bytes) is the length of the content. The length of a streamed
    /// answer that came compressed is not known beforehand.
    pub fn gzip(mut self, gzip: bool) -> Self {
        self.network.gzip = gzip;
        self
    }
}

impl Network {
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
