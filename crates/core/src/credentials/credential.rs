//! What a client proves its identity with.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderName, HeaderValue, header};
use secrecy::{ExposeSecret as _, SecretString};

/// A credential for one security scheme of a spec.
///
/// Secrets are kept in [`SecretString`]s and do not print.
///
/// ```
/// use rosterkit_core::Credential;
///
/// let token = Credential::bearer("an-access-token");
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
    /// An access token, without the word `Bearer`. Building the client fails if it is empty or holds spaces.
    pub fn bearer(token: impl Into<SecretString>) -> Self {
        Self::Bearer(token.into())
    }

    /// A user name and a password. Building the client fails if one of them is empty.
    pub fn basic(user: impl Into<String>, password: impl Into<SecretString>) -> Self {
        Self::Basic { user: user.into(), password: password.into() }
    }

    /// A key in a header. Building the client fails if this is an invalid header name, or that of a header that belongs to HTTP
    /// itself, such as `Host` or `Cookie`.
    pub fn api_key(header: impl AsRef<str>, value: impl Into<SecretString>) -> Self {
        Self::ApiKey { header: header.as_ref().to_owned(), value: value.into() }
    }

    /// The header that carries the credential.
    pub(crate) fn to_header(&self) -> Result<(HeaderName, HeaderValue), &'static str> {
        let (name, value) = match self {
            Self::Bearer(token) => (header::AUTHORIZATION, format!("Bearer {}", checked_token(token)?)),
            Self::Basic { user, .. } if user.is_empty() => return Err("the user name is empty"),
            Self::Basic { password, .. } if password.expose_secret().is_empty() => return Err("the password is empty"),
            Self::Basic { user, .. } if user.contains(':') => return Err("a user name cannot contain a colon"),
            Self::Basic { user, password } => {
                let password = password.expose_secret();
                if user.contains(char::is_control) || password.contains(char::is_control) {
                    return Err("the user name or the password contains control characters, such as a line break");
                }
                (header::AUTHORIZATION, format!("Basic {}", STANDARD.encode(format!("{user}:{password}"))))
            }
            Self::ApiKey { header, value } => {
                let name = HeaderName::try_from(header).map_err(|_| "invalid header name")?;
                if RESERVED.contains(&name) {
                    return Err("invalid header for a key: HTTP itself or the client uses it");
                }
                (name, checked(value)?.to_owned())
            }
        };
        let mut value =
            HeaderValue::try_from(value).map_err(|_| "the secret contains characters that a header cannot carry")?;
        value.set_sensitive(true);
        Ok((name, value))
    }
}

/// Headers that carry the request or describe it. A key in one of them would break every request, or be lost in
/// transit.
const RESERVED: [HeaderName; 20] = [
    header::ACCEPT,
    header::ACCEPT_ENCODING,
    header::CONNECTION,
    header::CONTENT_ENCODING,
    header::CONTENT_LENGTH,
    header::CONTENT_TYPE,
    header::COOKIE,
    header::DATE,
    header::EXPECT,
    header::HOST,
    HeaderName::from_static("keep-alive"),
    header::PROXY_AUTHORIZATION,
    HeaderName::from_static("proxy-connection"),
    header::RANGE,
    header::SET_COOKIE,
    header::TE,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
    header::USER_AGENT,
];

/// An access token that is one word. What was copied with its scheme would be sent with two.
fn checked_token(token: &SecretString) -> Result<&str, &'static str> {
    let token = checked(token)?;
    match token.split_once(' ') {
        None => Ok(token),
        Some((scheme, _)) if scheme.eq_ignore_ascii_case("bearer") => {
            Err("the token begins with `Bearer `, which is added when it is sent; give the token alone")
        }
        Some(_) => Err("the token contains a space, so it is not an access token"),
    }
}

/// A secret that a header can carry. Spaces or line breaks at its ends are usually left over from a file.
fn checked(secret: &SecretString) -> Result<&str, &'static str> {
    match secret.expose_secret() {
        "" => Err("the secret is empty"),
        secret if secret.trim() == secret && !secret.contains(char::is_control) && secret.is_ascii() => Ok(secret),
        _ => Err("the secret contains characters that a header cannot carry, such as a line break at its end"),
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bearer(_) => formatter.write_str("Bearer([REDACTED])"),
            Self::Basic { .. } => formatter.write_str("Basic([REDACTED])"),
            // A header's name is not secret, but the two are easily swapped.
            Self::ApiKey { .. } => formatter.write_str("ApiKey([REDACTED])"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
