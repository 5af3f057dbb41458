//! Where the login service is.

use url::Url;

use crate::Error;

/// How the login's address is found.
#[derive(Clone, Debug)]
pub(super) enum Login {
    /// `login.` in place of the API host's `api.`.
    OfApiHost,
    /// A path on the API's own host, which is a gateway.
    GatewayPath(String),
    /// A given address.
    At(Url),
}

impl Login {
    pub fn gateway_path(path: &str) -> Result<Self, Error> {
        if path.contains(['?', '#', '\\']) || path.split('/').any(|segment| matches!(segment, "." | "..")) {
            return Err(Error::configuration("the gateway's login path must be a plain path, such as /genesys-login"));
        }
        Ok(Self::GatewayPath(format!("/{}", path.trim_matches('/'))))
    }

    pub fn at(text: &str) -> Result<Self, Error> {
        parse(text, "the login URL").map(Self::At)
    }

    /// The login's address, for an API at a base URL.
    pub fn url(&self, base: &Url) -> Result<Url, Error> {
        let mut url = base.clone();
        match self {
            Self::At(url) => return Ok(url.clone()),
            Self::GatewayPath(path) => url.set_path(path),
            Self::OfApiHost => {
                let host = base.host_str().and_then(|host| host.strip_prefix("api."));
                let host = host.map(|rest| format!("login.{rest}"));
                if host.is_none_or(|host| url.set_host(Some(&host)).is_err()) {
                    let cause = "the login host does not follow from the API host, which does not begin with `api.`";
                    let advice = "set the login URL, or the login path of the gateway";
                    return Err(Error::configuration(cause).with_advice(advice));
                }
                url.set_path("");
            }
        }
        Ok(url)
    }
}

/// The address of the login service that belongs to an API host: `login.` in place of `api.`.
///
/// ```
/// use rosterkit_core::oauth::login_url;
///
/// assert_eq!(login_url("https://api.mypurecloud.ie")?, "https://login.mypurecloud.ie");
/// # Ok::<(), rosterkit_core::Error>(())
/// ```
///
/// # Errors
/// [`Configuration`](crate::ErrorKind::Configuration) if the host does not begin with `api.`.
pub fn login_url(api_url: &str) -> Result<String, Error> {
    let url = Login::OfApiHost.url(&parse(api_url, "the API URL")?)?;
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

/// A path below the login's address.
pub(super) fn below(login: &Url, path: &str) -> Url {
    let mut url = login.clone();
    url.set_path(&format!("{}{path}", login.path().trim_end_matches('/')));
    url
}

/// The messages leave the URL out: it may hold a password.
pub(super) fn parse(text: &str, what: &str) -> Result<Url, Error> {
    let refused = |problem: &str| Err(Error::configuration(format!("{what} {problem}")));
    let Ok(url) = Url::parse(text) else { return refused("is invalid") };
    if !matches!(url.scheme(), "http" | "https") {
        return refused("must begin with https:// or http://");
    }
    if !url.username().is_empty() || url.password().is_some() || url.query().is_some() || url.fragment().is_some() {
        return refused("must have no user name, password, query or fragment");
    }
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorKind;

    fn token_url(login: Login, base: &str) -> String {
        let base = Url::parse(base).expect("a URL");
        below(&login.url(&base).expect("a login"), "/oauth/token").into()
    }

    #[test]
    fn the_login_follows_from_the_api_host_the_gateway_or_the_caller() {
        let api = "https://api.mypurecloud.ie";
        assert_eq!(token_url(Login::OfApiHost, api), "https://login.mypurecloud.ie/oauth/token");
        assert_eq!(
            token_url(Login::OfApiHost, "https://api.usw2.pure.cloud:444/base/"),
            "https://login.usw2.pure.cloud:444/oauth/token"
        );
        for (path, expected) in [
            ("/genesys/login/", "https://gateway.example.com/genesys/login/oauth/token"),
            ("login", "https://gateway.example.com/login/oauth/token"),
            ("", "https://gateway.example.com/oauth/token"),
        ] {
            let login = Login::gateway_path(path).expect("a path");
            assert_eq!(token_url(login, "https://gateway.example.com/genesys/api"), expected);
        }
        for given in ["https://sso.example.com/l", "https://sso.example.com/l/"] {
            assert_eq!(token_url(Login::at(given).expect("a URL"), api), "https://sso.example.com/l/oauth/token");
        }
    }

    #[test]
    fn what_leads_nowhere_is_refused_without_showing_it() {
        let errors = [
            login_url("https://sentinel.example.com").expect_err("no api host"),
            login_url("sentinel").expect_err("not a URL"),
            Login::at("ftp://sentinel").expect_err("no HTTP"),
            Login::at("https://u:sentinel@example.com").expect_err("a password"),
            Login::at("https://example.com/?sentinel").expect_err("a query"),
            Login::gateway_path("/a/../sentinel").expect_err("another path"),
            Login::gateway_path("/sentinel?a").expect_err("a query"),
        ];
        for error in errors {
            assert_eq!(error.kind(), ErrorKind::Configuration);
            assert!(!format!("{error} {error:?}").contains("sentinel"), "{error}");
        }
    }
}
