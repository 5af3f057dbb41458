//! What a client proves its identity with, and how the right proof is chosen for an operation.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderName, HeaderValue, header};
use secrecy::{ExposeSecret as _, SecretString};

use crate::{Error, ErrorKind, Operation};

/// A credential for one security scheme of a spec.
///
/// Secrets are kept in [`SecretString`]s and do not print.
///
/// ```
/// use rosterkit_core::Credential;
///
/// let token = Credential::bearer("an access token");
/// assert_eq!(format!("{token:?}"), "Bearer([REDACTED])");
/// let key = Credential::api_key("x-api-key", "a key");
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub enum Credential {
    /// An access token, sent as `Authorization: Bearer …`.
    Bearer(SecretString),
    /// A name and a password, sent as `Authorization: Basic …` in UTF-8.
    Basic {
        /// The user name. It must not contain a colon.
        user: String,
        /// The password.
        password: SecretString,
    },
    /// A key, sent in a header of its own.
    ApiKey {
        /// The name of the header.
        header: String,
        /// The key.
        value: SecretString,
    },
}

impl Credential {
    /// An access token.
    pub fn bearer(token: impl Into<SecretString>) -> Self {
        Self::Bearer(token.into())
    }

    /// A user name and a password.
    pub fn basic(user: impl Into<String>, password: impl Into<SecretString>) -> Self {
        Self::Basic { user: user.into(), password: password.into() }
    }

    /// A key in a header. Building the client fails if this is no name of a header.
    pub fn api_key(header: impl AsRef<str>, value: impl Into<SecretString>) -> Self {
        Self::ApiKey { header: header.as_ref().to_owned(), value: value.into() }
    }

    /// The header that carries the credential.
    fn to_header(&self) -> Result<(HeaderName, HeaderValue), &'static str> {
        let (name, value) = match self {
            Self::Bearer(token) => (header::AUTHORIZATION, format!("Bearer {}", checked(token)?)),
            Self::Basic { user, .. } if user.contains(':') => return Err("a user name cannot contain a colon"),
            Self::Basic { user, password } => {
                let password = password.expose_secret();
                if user.contains(char::is_control) || password.contains(char::is_control) {
                    return Err("the user name or the password holds control characters, perhaps a line break");
                }
                (header::AUTHORIZATION, format!("Basic {}", STANDARD.encode(format!("{user}:{password}"))))
            }
            Self::ApiKey { header, value } => {
                let name = HeaderName::try_from(header).map_err(|_| "this is no name of a header")?;
                (name, checked(value)?.to_owned())
            }
        };
        let mut value = HeaderValue::try_from(value).map_err(|_| "the secret cannot stand in a header")?;
        value.set_sensitive(true);
        Ok((name, value))
    }
}

/// A secret that can stand in a header. Spaces or line breaks at its ends are usually left over from a file.
fn checked(secret: &SecretString) -> Result<&str, &'static str> {
    match secret.expose_secret() {
        "" => Err("the secret is empty"),
        secret if secret.trim() == secret && !secret.contains(char::is_control) && secret.is_ascii() => Ok(secret),
        _ => Err("the secret holds characters that a header cannot carry, perhaps a line break at its end"),
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bearer(_) => formatter.write_str("Bearer([REDACTED])"),
            Self::Basic { .. } => formatter.write_str("Basic([REDACTED])"),
            // A header's name is no secret, but the two are easily swapped.
            Self::ApiKey { .. } => formatter.write_str("ApiKey([REDACTED])"),
        }
    }
}

/// The credentials of a client by security scheme, ready to be sent.
#[derive(Default)]
pub(crate) struct Credentials(BTreeMap<Cow<'static, str>, (HeaderName, HeaderValue)>);

impl Credentials {
    /// Prepares a credential for each scheme.
    pub fn prepare(given: Vec<(Cow<'static, str>, Credential)>) -> Result<Self, Error> {
        let mut prepared = BTreeMap::new();
        for (scheme, credential) in given {
            let header = credential
                .to_header()
                .map_err(|problem| Error::configuration(format!("credential `{scheme}`: {problem}")))?;
            prepared.insert(scheme, header);
        }
        Ok(Self(prepared))
    }

    /// The schemes that have a credential.
    pub fn schemes(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(AsRef::as_ref)
    }

    /// The headers that authenticate a call: those of the first alternative that the client has everything for. An
    /// operation that allows anonymous calls gets none if the client has nothing for it.
    pub fn select(&self, operation: &'static Operation) -> Result<Vec<(HeaderName, HeaderValue)>, Error> {
        let alternatives = || operation.security.iter().filter(|schemes| !schemes.is_empty());
        for schemes in alternatives() {
            if let Some(headers) = schemes.iter().map(|scheme| self.0.get(*scheme).cloned()).collect() {
                return Ok(headers);
            }
        }
        if operation.security.iter().any(|schemes| schemes.is_empty()) || operation.security.is_empty() {
            return Ok(Vec::new());
        }
        let needed: Vec<String> = alternatives().map(|schemes| format!("`{}`", schemes.join("` and `"))).collect();
        let cause = format!("no credential for {}", needed.join(", or "));
        Err(Error::new(ErrorKind::MissingCredential, cause).in_operation(operation))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn operation(security: &'static [&'static [&'static str]]) -> &'static Operation {
        let operation = Operation {
            api: "sample",
            id: "sample",
            method: "GET",
            path: "/",
            security,
            repeatable: false,
            service_error: None,
        };
        Box::leak(Box::new(operation))
    }

    fn credentials(schemes: &[&'static str]) -> Credentials {
        let given = schemes.iter().map(|scheme| ((*scheme).into(), Credential::bearer(*scheme)));
        Credentials::prepare(given.collect()).expect("valid credentials")
    }

    #[test]
    fn the_first_alternative_that_is_complete_is_chosen() {
        const USER: &[&str] = &["user"];
        const SYSTEM: &[&str] = &["system"];
        const BOTH: &[&str] = &["user", "key"];
        let cases: [(&[&'static str], &'static [&'static [&'static str]], _); 9] = [
            (&["user"], &[USER], Ok(vec!["user"])),
            (&["user", "system"], &[SYSTEM, USER], Ok(vec!["system"])),
            (&["user"], &[SYSTEM, USER], Ok(vec!["user"])),
            (&["user"], &[&[], USER], Ok(vec!["user"])),
            (&["system"], &[&[], USER], Ok(vec![])),
            (&["user", "key"], &[BOTH], Ok(vec!["user", "key"])),
            (&["user"], &[], Ok(vec![])),
            (&[], &[USER], Err("no credential for `user`")),
            (&["key"], &[BOTH, SYSTEM], Err("no credential for `user` and `key`, or `system`")),
        ];
        for (given, security, expected) in cases {
            let chosen = credentials(given).select(operation(security));
            let tokens = chosen.map(|headers| {
                let token =
                    |value: &HeaderValue| value.to_str().expect("text").trim_start_matches("Bearer ").to_owned();
                headers.iter().map(|(_, value)| token(value)).collect::<Vec<_>>()
            });
            match expected {
                Ok(expected) => assert_eq!(tokens.expect("a choice"), expected),
                Err(cause) => {
                    let error = tokens.expect_err("nothing to choose");
                    assert_eq!((error.kind(), error.cause()), (ErrorKind::MissingCredential, cause));
                }
            }
        }
    }

    #[test]
    fn each_credential_makes_its_header() {
        for (credential, name, value) in [
            (Credential::bearer("t0ken"), "authorization", "Bearer t0ken"),
            (Credential::basic("Ädа", "a:b"), "authorization", "Basic w4Rk0LA6YTpi"),
            (Credential::api_key("x-api-key", "k"), "x-api-key", "k"),
        ] {
            let (header, header_value) = credential.to_header().expect("valid");
            assert_eq!((header.as_str(), header_value.to_str().expect("text")), (name, value));
            assert!(header_value.is_sensitive());
        }
    }

    #[test]
    fn a_secret_that_cannot_be_sent_is_refused_without_showing_it() {
        let key = |value: &str| Credential::api_key("x-api-key", value);
        for credential in [
            Credential::bearer(""),
            Credential::bearer("sentinel\n"),
            Credential::bearer(" sentinel"),
            Credential::bearer("sentinel\u{e9}"),
            Credential::basic("sentinel:user", "sentinel"),
            Credential::basic("user", "sentinel\n"),
            Credential::api_key("sentinel with spaces", "k"),
            key(""),
            key("sentinel\r\nx: y"),
        ] {
            assert!(!format!("{credential:?}").contains("sentinel"));
            let error = Credentials::prepare(vec![("scheme".into(), credential)]).err().expect("refused");
            assert_eq!(error.kind(), ErrorKind::Configuration);
            let shown = format!("{error} {error:?}");
            assert!(shown.contains("`scheme`") && !shown.contains("sentinel"), "{shown}");
        }
    }
}
