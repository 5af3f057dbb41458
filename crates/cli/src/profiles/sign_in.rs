//! How a user is signed in to Genesys Cloud, as a profile has it.

use genesys_users::oauth::Token;
use rosterkit_core::SecretText;
use rosterkit_core::chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use rosterkit_core::secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};

use crate::error::Error;

/// How long before its end an access token is replaced, but at most half of its lifetime.
const MARGIN: TimeDelta = TimeDelta::seconds(60);

/// A place for the tokens of one profile. Calls block.
pub(crate) trait TokenStore: Send + Sync {
    /// The tokens; `None` if the user is not signed in.
    fn read(&self) -> Result<Option<Tokens>, Error>;

    /// Replaces the tokens of a user who is still signed in.
    fn replace(&self, tokens: &Tokens) -> Result<(), Error>;
}

/// A user who is signed in, through an OAuth client without a secret.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SignIn {
    /// The OAuth client that the tokens belong to.
    pub client_id: String,
    pub kept_in: KeptIn,
    /// The tokens that are kept in the profiles file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tokens: Option<Tokens>,
}

/// Where the tokens are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum KeptIn {
    /// The key ring of the operating system.
    KeyRing,
    /// The profiles file.
    File,
}

impl KeptIn {
    /// The place, as messages name it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::KeyRing => "the key ring of the operating system",
            Self::File => "the profiles file",
        }
    }
}

/// The tokens of a user.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Tokens {
    pub access_token: SecretText,
    /// Without it, the user is signed in until the access token expires.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<SecretText>,
    /// When the access token was issued, and when it expires, if the login said so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issued_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<String>,
    /// The scopes of the access token, if the login said so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
}

impl Tokens {
    /// The tokens that a login has just issued.
    pub(crate) fn issued(token: &Token, now: DateTime<Utc>) -> Self {
        let text = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Secs, true);
        Self {
            access_token: token.access_token().expose_secret().into(),
            refresh_token: token.refresh_token().map(|token| token.expose_secret().into()),
            issued_at: token.expires_at().map(|_| text(now)),
            expires_at: token.expires_at().map(text),
            scope: token.scope().map(str::to_owned),
        }
    }

    /// Whether the access token needs no replacement yet. One without a known end is used until it is rejected.
    pub(crate) fn is_fresh(&self, now: DateTime<Utc>) -> bool {
        let Some(end) = instant(self.expires_at.as_deref()) else { return true };
        let lifetime = instant(self.issued_at.as_deref()).map(|start| end - start);
        now < end - lifetime.map_or(MARGIN, |lifetime| MARGIN.min(lifetime / 2))
    }

    /// Whether the service would still take the access token.
    pub(crate) fn is_valid(&self, now: DateTime<Utc>) -> bool {
        instant(self.expires_at.as_deref()).is_none_or(|end| now < end)
    }
}

fn instant(text: Option<&str>) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc3339(text?).ok().map(|at| at.with_timezone(&Utc))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_access_token_is_replaced_a_minute_before_its_end_but_not_before_half_of_its_life() {
        let start = DateTime::from_timestamp(1_800_000_000, 0).expect("a time");
        for (lifetime, fresh_for) in [(86_400, 86_340), (100, 50), (10, 5)] {
            let token = Token::new("t").with_expires_at(start + TimeDelta::seconds(lifetime));
            let tokens = Tokens::issued(&token, start);
            let after = |seconds| start + TimeDelta::seconds(seconds);
            assert!(tokens.is_fresh(after(fresh_for - 1)) && !tokens.is_fresh(after(fresh_for)), "{lifetime}");
            assert!(tokens.is_valid(after(lifetime - 1)) && !tokens.is_valid(after(lifetime)), "{lifetime}");
        }
        let unending = Tokens::issued(&Token::new("t"), start);
        assert!(unending.is_fresh(start + TimeDelta::days(1000)) && unending.expires_at.is_none());
    }
}
