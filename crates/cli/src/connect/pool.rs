//! The OAuth clients that share the work of a profile: its own, and those of the profiles in its setting `genesys.pool`.

use std::collections::HashSet;
use std::sync::Arc;

use genesys_users::oauth::{TokenSource, TokenSourceBuilder};
use genesys_users::{Client, ClientBuilder};
use rosterkit_core::{CredentialSource, SecretString};

use super::precedence::Value;
use crate::error::Error;
use crate::profiles::{Genesys, Profiles};

/// The security scheme of Genesys Cloud.
const OAUTH: &str = "oauth";

/// An OAuth client.
#[derive(Clone)]
pub(super) struct OauthClient {
    /// The profile that it is of.
    pub profile: String,
    pub id: String,
    pub secret: SecretString,
    pub login_url: Option<String>,
}

impl OauthClient {
    fn tokens(self) -> TokenSourceBuilder {
        let tokens = TokenSource::client_credentials(self.id, self.secret);
        self.login_url.iter().fold(tokens, |tokens, url| tokens.login_url(url))
    }

    /// A client of Genesys Cloud that is this one alone.
    pub(super) fn alone(self, builder: ClientBuilder) -> Result<Client, Error> {
        Ok(builder.oauth(self.tokens()).build()?)
    }
}

/// A client of Genesys Cloud whose calls are spread over OAuth clients.
pub(super) fn spread(builder: ClientBuilder, mut clients: Vec<OauthClient>) -> Result<Client, Error> {
    if clients.len() == 1
        && let Some(client) = clients.pop()
    {
        return client.alone(builder);
    }
    let source = |client: OauthClient| Ok(Arc::new(client.tokens().build()?) as Arc<dyn CredentialSource>);
    let sources = clients.into_iter().map(source).collect::<Result<Vec<_>, Error>>()?;
    Ok(builder.transport(|transport| transport.credential_pool(OAUTH, sources)).build()?)
}

/// The OAuth clients of the profiles that `genesys.pool` of the profile `own` names. `address_of` gives the address that a
/// profile names, of which there must be none but `address`.
///
/// # Errors
/// If a profile does not exist, is named twice, has no OAuth client with a secret, or is for another address.
pub(super) fn others(
    own: &str,
    pool: &str,
    address: &str,
    address_of: impl Fn(&Genesys) -> Result<Option<String>, Error>,
) -> Result<Vec<OauthClient>, Error> {
    let profiles = Profiles::load()?;
    let wrong = |name: &str, problem: &str| {
        let name = crate::text::shortened(name, 64);
        Err(Error::usage(format!("`genesys.pool` of profile `{own}`: profile `{name}` {problem}")))
    };
    let mut seen = HashSet::from([own]);
    let mut clients = Vec::new();
    for name in pool.split(',').map(str::trim) {
        if !seen.insert(name) {
            return wrong(name, "is in the pool already");
        }
        let Some(profile) = profiles.profiles.get(name) else { return Err(profiles.unknown(name)) };
        let Some(genesys) = &profile.genesys else { return wrong(name, "has no settings of Genesys Cloud") };
        let (Some(id), Some(secret), None, None) =
            (&genesys.client_id, &genesys.client_secret, &genesys.token, &genesys.sign_in)
        else {
            return wrong(name, "needs `genesys.client_id` and `genesys.client_secret`, and no other credential");
        };
        if address_of(genesys)?.is_some_and(|other| other.trim_end_matches('/') != address.trim_end_matches('/')) {
            return wrong(name, "is for another address");
        }
        let secret = Value::Stored(secret).secret(&format!("the client secret of profile `{name}`"))?;
        let (profile, id) = (name.to_owned(), id.clone());
        clients.push(OauthClient { profile, id, secret, login_url: genesys.login_url.clone() });
    }
    Ok(clients)
}
