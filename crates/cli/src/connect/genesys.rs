//! The client of Genesys Cloud.

use genesys_users::oauth::TokenSource;
use genesys_users::{Client, ClientBuilder};
use rosterkit_core::Error as CallError;

use super::precedence::{Held, Layers, Place, secret_variable, variable};
use crate::context::Context;
use crate::error::Error;
use crate::profiles;

const UNUSED_OPTIONS: [&str; 4] = ["--user", "--password-stdin", "--api-key", "--system-key"];
const REGION: &str = "GENESYSCLOUD_REGION";
const BASE_URL: &str = "GENESYSCLOUD_BASE_URL";
const TOKEN: &str = "GENESYSCLOUD_ACCESS_TOKEN";
const CLIENT_ID: &str = "GENESYSCLOUD_OAUTHCLIENT_ID";
const CLIENT_SECRET: &str = "GENESYSCLOUD_OAUTHCLIENT_SECRET";

enum Address {
    Region(String),
    Url(String),
}

enum Identity<'a> {
    Token(Held<'a>),
    OauthClient { id: String, secret: Held<'a>, login: Option<&'a str> },
}

/// The client of Genesys Cloud. Without a credential, calls fail before anything is sent.
pub(crate) async fn genesys(context: &Context) -> Result<Client, Error> {
    super::reject(context, "Genesys Cloud", &UNUSED_OPTIONS)?;
    let builder = Client::builder().transport(|builder| super::transport(context, builder));
    if context.global.sandbox {
        let (url, token) = context.sandbox(|it| (it.genesys_url(), it.credentials().genesys_token)).await?;
        let token = context.global.token.clone().unwrap_or_else(|| token.into());
        return Ok(builder.base_url(url).bearer(token).build()?);
    }
    let layers = Layers::new(context)?;
    let profile = layers.profile().and_then(|profile| profile.genesys.as_ref());
    let builder = match layers.first("the address of Genesys Cloud", |place| address(context, profile, place))? {
        Some(Address::Region(region)) => builder.region(region),
        Some(Address::Url(url)) => builder.base_url(url),
        None => {
            return Err(Error::usage(format!(
                "the region of Genesys Cloud is missing: give --region or --base-url, set {REGION}, use a profile, or try \
                 --sandbox"
            )));
        }
    };
    let builder = match layers.first("the credential of Genesys Cloud", |place| identity(context, profile, place))? {
        Some(identity) => identify(builder, identity)?,
        None => builder,
    };
    Ok(builder.build()?)
}

fn address(context: &Context, profile: Option<&profiles::Genesys>, place: Place) -> Result<Option<Address>, Error> {
    let (region, url, names) = match place {
        Place::Options => (context.global.region.clone(), context.global.base_url.clone(), "--region and --base-url"),
        Place::Environment => {
            (variable(REGION)?, variable(BASE_URL)?, "`GENESYSCLOUD_REGION` and `GENESYSCLOUD_BASE_URL`")
        }
        Place::Profile => (
            profile.and_then(|profile| profile.region.clone()),
            profile.and_then(|profile| profile.base_url.clone()),
            "`region` and `base_url` of the profile",
        ),
    };
    match (region, url) {
        (Some(_), Some(_)) => Err(contradiction(names)),
        (Some(region), None) => Ok(Some(Address::Region(region))),
        (None, Some(url)) => Ok(Some(Address::Url(url))),
        (None, None) => Ok(None),
    }
}

fn identity<'a>(
    context: &Context,
    profile: Option<&'a profiles::Genesys>,
    place: Place,
) -> Result<Option<Identity<'a>>, Error> {
    let (token, id, secret, login, names) = match place {
        Place::Options => {
            return Ok(context.global.token.clone().map(|token| Identity::Token(Held::Ready(token))));
        }
        Place::Environment => {
            let names = [TOKEN, CLIENT_ID, CLIENT_SECRET];
            (secret_variable(TOKEN)?, variable(CLIENT_ID)?, secret_variable(CLIENT_SECRET)?, None, names)
        }
        Place::Profile => {
            let Some(profile) = profile else { return Ok(None) };
            let token = profile.token.as_ref().map(Held::Stored);
            let secret = profile.client_secret.as_ref().map(Held::Stored);
            let names = ["genesys.token", "genesys.client_id", "genesys.client_secret"];
            (token, profile.client_id.clone(), secret, profile.login_url.as_deref(), names)
        }
    };
    let [token_name, id_name, secret_name] = names;
    match (token, id, secret) {
        (Some(token), None, None) => Ok(Some(Identity::Token(token))),
        (None, Some(id), Some(secret)) => Ok(Some(Identity::OauthClient { id, secret, login })),
        (None, None, None) => Ok(None),
        (Some(_), _, _) => Err(contradiction(&format!("`{token_name}` and `{id_name}` with `{secret_name}`"))),
        (None, Some(_), None) => Err(Error::usage(format!("`{id_name}` is set, but not `{secret_name}`: set it too"))),
        (None, None, Some(_)) => Err(Error::usage(format!("`{secret_name}` is set, but not `{id_name}`: set it too"))),
    }
}

fn identify(builder: ClientBuilder, identity: Identity<'_>) -> Result<ClientBuilder, Error> {
    Ok(match identity {
        Identity::Token(token) => builder.bearer(token.get("the access token of Genesys Cloud")?),
        Identity::OauthClient { id, secret, login } => {
            let tokens = TokenSource::client_credentials(id, secret.get("the client secret of Genesys Cloud")?);
            builder.oauth(login.into_iter().fold(tokens, |tokens, url| tokens.login_url(url)))
        }
    })
}

fn contradiction(names: &str) -> Error {
    Error::from(CallError::configuration(format!("{names} contradict each other: keep one of them")))
}
