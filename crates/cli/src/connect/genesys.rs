//! The clients of Genesys Cloud.

use genesys_users::{Client, ClientBuilder};
use rosterkit_core::SecretString;
use rosterkit_core::environment::{self, choose};

use super::common::{reject, transport};
use super::pool::{self, OauthClient};
use super::precedence::{Origin, Precedence, Source, Value};
use super::signed_in::SignedIn;
use crate::context::Context;
use crate::error::Error;
use crate::profiles;

/// The address of Genesys Cloud.
#[derive(Clone)]
enum GenesysAddress {
    Region(String),
    Url(String),
}

impl GenesysAddress {
    /// The URL of the API. The name of an unknown region stays as it is: it is not a URL.
    fn into_url(self) -> String {
        match self {
            Self::Region(name) => match name.parse::<genesys_users::Region>() {
                Ok(region) => region.api_url().to_owned(),
                Err(_) => name,
            },
            Self::Url(url) => url,
        }
    }
}

/// The credential of Genesys Cloud.
enum GenesysCredential<'a> {
    Token(Value<'a>),
    OauthClient {
        id: String,
        secret: Value<'a>,
        login_url: Option<&'a str>,
        /// The profile that it is of, and the others of its pool.
        pool: Option<(&'a str, &'a str)>,
    },
    /// A user who is signed in, by the name of the profile.
    SignIn {
        profile: &'a str,
        sign_in: &'a profiles::SignIn,
        login_url: Option<&'a str>,
    },
}

/// Where a client of Genesys Cloud gets its tokens from.
enum Tokens {
    /// A token that is given, or none.
    Fixed(Option<SecretString>),
    /// OAuth clients: one, or a pool.
    Clients(Vec<OauthClient>),
    SignIn(SignedIn),
}

/// The client of Genesys Cloud. Without a credential, calls fail before anything is sent.
pub(crate) async fn genesys(context: &Context) -> Result<Client, Error> {
    let (address, tokens) = genesys_settings(context).await?;
    client(context, address, tokens)
}

/// A caller of Genesys Cloud.
pub(crate) struct Caller {
    /// The profile of an OAuth client in a pool; `None` if the caller is the only one.
    pub profile: Option<String>,
    pub client: Client,
    /// The source of the tokens of a user who is signed in.
    pub sign_in: Option<SignedIn>,
}

/// The client of Genesys Cloud, and its callers: each OAuth client of a pool, or else the only one.
pub(crate) async fn genesys_and_callers(context: &Context) -> Result<(Client, Vec<Caller>), Error> {
    let (address, tokens) = genesys_settings(context).await?;
    let (sign_in, members) = match &tokens {
        Tokens::Clients(clients) if clients.len() > 1 => (None, clients.clone()),
        Tokens::SignIn(source) => (Some(source.clone()), Vec::new()),
        Tokens::Clients(_) | Tokens::Fixed(_) => (None, Vec::new()),
    };
    let client = client(context, address.clone(), tokens)?;
    if members.is_empty() {
        return Ok((client.clone(), vec![Caller { profile: None, client, sign_in }]));
    }
    let caller = |member: OauthClient| {
        let profile = Some(member.profile.clone());
        Ok(Caller { profile, client: member.alone(genesys_builder(context, address.clone()))?, sign_in: None })
    };
    Ok((client, members.into_iter().map(caller).collect::<Result<_, Error>>()?))
}

fn client(context: &Context, address: GenesysAddress, tokens: Tokens) -> Result<Client, Error> {
    let builder = genesys_builder(context, address);
    match tokens {
        Tokens::Clients(clients) => pool::spread(builder, clients),
        Tokens::Fixed(token) => Ok(token.into_iter().fold(builder, ClientBuilder::bearer).build()?),
        Tokens::SignIn(source) => Ok(builder.credential_source(source).build()?),
    }
}

fn genesys_builder(context: &Context, address: GenesysAddress) -> ClientBuilder {
    let builder = Client::builder().transport(|builder| transport(context, builder));
    match address {
        GenesysAddress::Region(region) => builder.region(region),
        GenesysAddress::Url(url) => builder.base_url(url),
    }
}

async fn genesys_settings(context: &Context) -> Result<(GenesysAddress, Tokens), Error> {
    reject(context, "Genesys Cloud", &["--user", "--password-stdin", "--api-key", "--system-key"])?;
    if context.global.sandbox {
        let (url, token) = context.sandbox(|it| (it.genesys_url(), it.credentials().genesys_token)).await?;
        let token = context.global.token.clone().unwrap_or_else(|| token.into());
        return Ok((GenesysAddress::Url(url), Tokens::Fixed(Some(token))));
    }
    let precedence = Precedence::new(context)?;
    let profile = precedence.profile().and_then(|profile| profile.genesys.as_ref());
    let name = precedence.profile_name();
    let address = precedence.first("the address of Genesys Cloud", |it| genesys_address(context, profile, it))?;
    let Some((address, source_of_address)) = address else {
        return Err(Error::usage(
            "the region of Genesys Cloud is missing: give --region or --base-url, set GENESYSCLOUD_REGION, use a profile, \
             or try --sandbox",
        ));
    };
    let credential =
        precedence.first("the credential of Genesys Cloud", |it| genesys_credential(context, profile, name, it))?;
    if let Some((credential, source)) = &credential {
        let what = match credential {
            GenesysCredential::Token(_) => "the access token",
            GenesysCredential::OauthClient { .. } => "the OAuth client",
            GenesysCredential::SignIn { .. } => "the sign-in",
        };
        let origin = Origin { what, option: "--token", source: *source };
        precedence.check_address(&origin, source_of_address, |it| {
            Ok(genesys_address(context, profile, it)?.map(GenesysAddress::into_url))
        })?;
    }
    let tokens = match credential.map(|(credential, _)| credential) {
        Some(GenesysCredential::Token(token)) => {
            Tokens::Fixed(Some(token.secret("the access token of Genesys Cloud")?))
        }
        Some(GenesysCredential::OauthClient { id, secret, login_url, pool }) => {
            let secret = secret.secret("the client secret of Genesys Cloud")?;
            let (profile, login_url) = (name.to_owned(), login_url.map(str::to_owned));
            let mut clients = vec![OauthClient { profile, id, secret, login_url }];
            if let Some((own, pool)) = pool {
                let address_of = |genesys: &profiles::Genesys| {
                    let address = genesys_address(context, Some(genesys), Source::Profile)?;
                    Ok(address.map(GenesysAddress::into_url))
                };
                clients.extend(pool::others(own, pool, &address.clone().into_url(), address_of)?);
            }
            Tokens::Clients(clients)
        }
        Some(GenesysCredential::SignIn { profile, sign_in, login_url }) => {
            Tokens::SignIn(SignedIn::new(profile, sign_in, login_url)?)
        }
        None => Tokens::Fixed(None),
    };
    Ok((address, tokens))
}

fn genesys_address(
    context: &Context,
    profile: Option<&profiles::Genesys>,
    source: Source,
) -> Result<Option<GenesysAddress>, Error> {
    let (names, region, url) = match source {
        Source::Environment => {
            let found = environment::GENESYS_ADDRESS.resolve(|name| std::env::var_os(name))?;
            return Ok(found.into_iter().next().map(|(name, value)| match name {
                "GENESYSCLOUD_REGION" => GenesysAddress::Region(value),
                _ => GenesysAddress::Url(value),
            }));
        }
        Source::Options => (["--region", "--base-url"], &context.global.region, &context.global.base_url),
        Source::Profile => match profile {
            Some(profile) => (["genesys.region", "genesys.base_url"], &profile.region, &profile.base_url),
            None => return Ok(None),
        },
    };
    let found = choose(vec![
        vec![(names[0], region.clone().map(GenesysAddress::Region))],
        vec![(names[1], url.clone().map(GenesysAddress::Url))],
    ])?;
    Ok(found.into_iter().next().map(|(_, address)| address))
}

fn genesys_credential<'a>(
    context: &Context,
    profile: Option<&'a profiles::Genesys>,
    name: &'a str,
    source: Source,
) -> Result<Option<GenesysCredential<'a>>, Error> {
    let (found, login_url, pool) = match (source, profile) {
        (Source::Options, _) => {
            return Ok(context.global.token.clone().map(|token| GenesysCredential::Token(Value::Secret(token))));
        }
        (Source::Environment, _) => {
            let found = environment::GENESYS_CREDENTIAL.resolve(|name| std::env::var_os(name))?;
            (found.into_iter().map(|(name, value)| (name, value.into())).collect(), None, None)
        }
        (Source::Profile, None) => return Ok(None),
        (Source::Profile, Some(profile)) => {
            let login_url = profile.login_url.as_deref();
            if profile.pool.is_some()
                && (profile.client_secret.is_none() || profile.token.is_some() || profile.sign_in.is_some())
            {
                return Err(Error::usage(format!(
                    "profile `{name}` has `genesys.pool`, and needs `genesys.client_id` and `genesys.client_secret`, and no \
                     other credential"
                )));
            }
            match (&profile.sign_in, &profile.client_secret, &profile.token) {
                (None, _, _) if !profile.needs_sign_in() => {}
                (None, _, _) => {
                    return Err(Error::Credential(format!(
                        "no user is signed in with profile `{name}`: run `rosterkit login --profile {name}`, or add \
                         `genesys.client_secret`"
                    )));
                }
                (Some(sign_in), None, None) => {
                    return Ok(Some(GenesysCredential::SignIn { profile: name, sign_in, login_url }));
                }
                (Some(_), secret, _) => {
                    let other = if secret.is_some() { "genesys.client_secret" } else { "genesys.token" };
                    return Err(Error::usage(format!(
                        "profile `{name}` has `{other}`, and a user is signed in with it: a profile has one credential; run \
                         `rosterkit logout --profile {name}`, or use another profile"
                    )));
                }
            }
            let found = choose(vec![
                vec![("genesys.token", Value::stored(&profile.token))],
                vec![
                    ("genesys.client_id", profile.client_id.clone().map(Value::Text)),
                    ("genesys.client_secret", Value::stored(&profile.client_secret)),
                ],
            ])?;
            (found, login_url, profile.pool.as_deref().map(|pool| (name, pool)))
        }
    };
    let mut values = found.into_iter().map(|(_, value): (&str, Value<'a>)| value);
    Ok(match (values.next(), values.next()) {
        (Some(Value::Text(id)), Some(secret)) => Some(GenesysCredential::OauthClient { id, secret, login_url, pool }),
        (token, _) => token.map(GenesysCredential::Token),
    })
}
