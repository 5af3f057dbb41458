//! The forms of the five grants.

use secrecy::{ExposeSecret as _, SecretString};

use super::Pkce;
use crate::{Credential, Error};

/// The OAuth client. Without a secret it is public, and names itself in the form.
pub(super) struct Client {
    pub id: String,
    pub secret: Option<SecretString>,
}

/// How tokens are first had.
pub(super) enum Grant {
    ClientCredentials,
    AuthorizationCode {
        code: SecretString,
        redirect_uri: String,
    },
    Pkce {
        code: SecretString,
        redirect_uri: String,
        pkce: Pkce,
    },
    /// The refresh token itself changes, and so is part of the source's state.
    Refresh,
    Saml2Bearer {
        org_name: String,
        assertion: SecretString,
    },
}

/// One token request.
pub(super) struct Form {
    /// The grant's name in messages.
    pub grant: &'static str,
    pub kind: Kind,
    pub fields: Vec<(&'static str, SecretString)>,
    /// For HTTP Basic.
    pub client: Option<Credential>,
}

/// What went wrong depends on this, and what to do about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    ClientCredentials,
    Code,
    Refresh,
    Assertion,
}

impl Grant {
    pub fn name(&self) -> &'static str {
        match self {
            Self::ClientCredentials => "client credentials",
            Self::AuthorizationCode { .. } => "authorization code",
            Self::Pkce { .. } => "PKCE",
            Self::Refresh => REFRESH,
            Self::Saml2Bearer { .. } => "SAML2 bearer",
        }
    }

    /// Whether the grant's own form can be sent only once.
    pub fn is_code(&self) -> bool {
        matches!(self, Self::AuthorizationCode { .. } | Self::Pkce { .. })
    }

    /// Whether a refresh token is used. Client credentials need none.
    pub fn takes_refresh_tokens(&self) -> bool {
        !matches!(self, Self::ClientCredentials)
    }

    /// The grant's own form.
    pub fn form(&self, client: &Client) -> Option<Form> {
        let fields = |grant_type: &str, rest: Vec<(&'static str, SecretString)>| {
            [("grant_type", grant_type.into())].into_iter().chain(rest).collect()
        };
        let (kind, fields) = match self {
            Self::ClientCredentials => (Kind::ClientCredentials, fields("client_credentials", Vec::new())),
            Self::AuthorizationCode { code, redirect_uri } => {
                let rest = vec![("code", code.clone()), ("redirect_uri", redirect_uri.as_str().into())];
                (Kind::Code, fields("authorization_code", rest))
            }
            Self::Pkce { code, redirect_uri, pkce } => {
                let rest = vec![
                    ("code", code.clone()),
                    ("redirect_uri", redirect_uri.as_str().into()),
                    ("client_id", client.id.as_str().into()),
                    ("code_verifier", pkce.verifier().clone()),
                ];
                (Kind::Code, fields("authorization_code", rest))
            }
            Self::Saml2Bearer { org_name, assertion } => {
                let rest = vec![("orgName", org_name.as_str().into()), ("assertion", assertion.clone())];
                (Kind::Assertion, fields("urn:ietf:params:oauth:grant-type:saml2-bearer", rest))
            }
            Self::Refresh => return None,
        };
        Some(Form { grant: self.name(), kind, fields, client: client.credential() })
    }

    /// Finds what the login could only refuse.
    pub fn check(&self, client: &Client) -> Result<(), Error> {
        let required = |what: &str, is_given: bool| match is_given {
            true => Ok(()),
            false => Err(Error::configuration(format!("the {} grant needs {what}", self.name()))),
        };
        let is_given = |secret: &SecretString| !secret.expose_secret().is_empty();
        required("a client id", !client.id.is_empty())?;
        if let Some(secret) = &client.secret {
            required("a client secret", is_given(secret))?;
        }
        if let Some(credential) = client.credential() {
            let refused = |problem| Error::configuration(format!("the OAuth client's id and secret: {problem}"));
            credential.to_header().map_err(refused)?;
        }
        match self {
            Self::AuthorizationCode { code, redirect_uri } | Self::Pkce { code, redirect_uri, .. } => {
                required("a code", is_given(code))?;
                required("a redirect URI", !redirect_uri.is_empty())
            }
            Self::Saml2Bearer { org_name, assertion } => {
                required("an organisation's name", !org_name.is_empty())?;
                required("an assertion", is_given(assertion))
            }
            Self::ClientCredentials | Self::Refresh => Ok(()),
        }
    }
}

const REFRESH: &str = "refresh token";

/// The form that renews a token. A public client names itself in it (RFC 6749, section 3.2.1).
pub(super) fn refresh(client: &Client, refresh_token: &SecretString) -> Form {
    let mut fields = vec![("grant_type", "refresh_token".into()), ("refresh_token", refresh_token.clone())];
    if client.secret.is_none() {
        fields.push(("client_id", client.id.as_str().into()));
    }
    Form { grant: REFRESH, kind: Kind::Refresh, fields, client: client.credential() }
}

impl Client {
    fn credential(&self) -> Option<Credential> {
        self.secret.as_ref().map(|secret| Credential::basic(self.id.clone(), secret.clone()))
    }
}

impl Form {
    /// The form as it is sent.
    pub fn encode(&self) -> String {
        let pairs = self.fields.iter().map(|(name, value)| (name, value.expose_secret()));
        url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
    }

    /// What must not come back in an error code.
    pub fn secrets(&self) -> Vec<&str> {
        let is_secret = |name: &str| matches!(name, "code" | "code_verifier" | "refresh_token" | "assertion");
        let fields = self.fields.iter().filter(|(name, _)| is_secret(name));
        let secret = match &self.client {
            Some(Credential::Basic { password, .. }) => Some(password.expose_secret()),
            _ => None,
        };
        fields.map(|(_, value)| value.expose_secret()).chain(secret).collect()
    }
}
