//! Clients of the three services, with addresses and credentials from options, environment and profiles.
//!
//! Each setting comes from the first of these that has it: options, the profile of `--profile`, environment variables, the
//! profile of `ROSTERKIT_PROFILE` or else the current one, the service's default. A credential is one setting: the user of
//! one source is not combined with the token of another. With `--sandbox`, environment and profiles are ignored.
//!
//! A credential is sent to an address of another source only if its own source names no address, or one with the same
//! scheme, host and port. A `--base-url` on this machine may be combined with any credential.
//!
//! A user who is signed in with a profile, see `rosterkit login`, is a credential of the profile.
//!
//! | service | environment |
//! | --- | --- |
//! | Genesys Cloud | `GENESYSCLOUD_REGION` or `GENESYSCLOUD_BASE_URL`; `GENESYSCLOUD_ACCESS_TOKEN`, or `GENESYSCLOUD_OAUTHCLIENT_ID` and `GENESYSCLOUD_OAUTHCLIENT_SECRET` |
//! | LMS | `LMS_BASE_URL`; `LMS_USER` and `LMS_PASSWORD`, or `LMS_ACCESS_TOKEN`; `LMS_SYSTEM_KEY` |
//! | Session clusters | `SESSIONS_BASE_URL`; `SESSIONS_API_KEY`, `SESSIONS_API_KEY_HEADER` |

mod precedence;
mod signed_in;

use std::time::Duration;

use genesys_users::oauth::TokenSource;
use rosterkit_core::environment::{self, Setting, choose};
use rosterkit_core::{RateLimit, TransportBuilder};

use self::precedence::{Origin, Precedence, Source, Value, variable};
pub(crate) use self::signed_in::SignedIn;
use crate::api::Api;
use crate::context::Context;
use crate::error::Error;
use crate::global_args::GlobalArgs;
use crate::profiles;

/// The user of the LMS alone, without the check that there is no access token.
static LMS_USER: Setting = Setting { alternatives: &[&["LMS_USER"]] };

/// The address of Genesys Cloud.
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
    },
    /// A user who is signed in, by the name of the profile.
    SignIn {
        profile: &'a str,
        sign_in: &'a profiles::SignIn,
        login_url: Option<&'a str>,
    },
}

/// The credential of a user of the LMS.
enum LmsCaller<'a> {
    Token(Value<'a>),
    /// The password may come from another source than the user.
    Password {
        user: String,
        password: Value<'a>,
        source: Source,
    },
}

/// The services that the profile or the environment names.
pub(crate) fn configured(context: &Context) -> Result<Vec<Api>, Error> {
    if context.global.sandbox {
        return Ok(vec![Api::GenesysUsers, Api::PeoplefluentLms, Api::SessionClusters]);
    }
    let profile = context.profile()?.map(|(_, profile)| profile);
    let is_set = |settings: &[&Setting]| {
        let mut names = settings.iter().flat_map(|setting| setting.alternatives.iter().copied().flatten());
        names.any(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()))
    };
    let genesys = profile.is_some_and(|profile| profile.genesys.is_some())
        || is_set(&[&environment::GENESYS_ADDRESS, &environment::GENESYS_CREDENTIAL]);
    let lms = profile.is_some_and(|profile| profile.lms.is_some())
        || is_set(&[&environment::LMS_ADDRESS, &environment::LMS_CALLER, &environment::LMS_SYSTEM_KEY]);
    let sessions = profile.is_some_and(|profile| profile.sessions.is_some())
        || is_set(&[&environment::SESSIONS_ADDRESS, &environment::SESSIONS_KEY]);
    let all = [(Api::GenesysUsers, genesys), (Api::PeoplefluentLms, lms), (Api::SessionClusters, sessions)];
    Ok(all.into_iter().filter(|(_, is_named)| *is_named).map(|(api, _)| api).collect())
}

/// The client of Genesys Cloud. Without a credential, calls fail before anything is sent.
pub(crate) async fn genesys(context: &Context) -> Result<genesys_users::Client, Error> {
    genesys_and_sign_in(context).await.map(|(client, _)| client)
}

/// The client of Genesys Cloud, with the source of its tokens if it acts for a user who is signed in.
pub(crate) async fn genesys_and_sign_in(context: &Context) -> Result<(genesys_users::Client, Option<SignedIn>), Error> {
    reject(context, "Genesys Cloud", &["--user", "--password-stdin", "--api-key", "--system-key"])?;
    let builder = genesys_users::Client::builder().transport(|builder| transport(context, builder));
    if context.global.sandbox {
        let (url, token) = context.sandbox(|it| (it.genesys_url(), it.credentials().genesys_token)).await?;
        let token = context.global.token.clone().unwrap_or_else(|| token.into());
        return Ok((builder.base_url(url).bearer(token).build()?, None));
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
    let builder = match address {
        GenesysAddress::Region(region) => builder.region(region),
        GenesysAddress::Url(url) => builder.base_url(url),
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
    let builder = match credential.map(|(credential, _)| credential) {
        Some(GenesysCredential::Token(token)) => builder.bearer(token.secret("the access token of Genesys Cloud")?),
        Some(GenesysCredential::OauthClient { id, secret, login_url }) => {
            let tokens = TokenSource::client_credentials(id, secret.secret("the client secret of Genesys Cloud")?);
            builder.oauth(login_url.into_iter().fold(tokens, |tokens, url| tokens.login_url(url)))
        }
        Some(GenesysCredential::SignIn { profile, sign_in, login_url }) => {
            let source = SignedIn::new(profile, sign_in, login_url)?;
            return Ok((builder.credential_source(source.clone()).build()?, Some(source)));
        }
        None => builder,
    };
    Ok((builder.build()?, None))
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
    let (found, login_url) = match (source, profile) {
        (Source::Options, _) => {
            return Ok(context.global.token.clone().map(|token| GenesysCredential::Token(Value::Secret(token))));
        }
        (Source::Environment, _) => {
            let found = environment::GENESYS_CREDENTIAL.resolve(|name| std::env::var_os(name))?;
            (found.into_iter().map(|(name, value)| (name, value.into())).collect(), None)
        }
        (Source::Profile, None) => return Ok(None),
        (Source::Profile, Some(profile)) => {
            let login_url = profile.login_url.as_deref();
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
            (found, login_url)
        }
    };
    let mut values = found.into_iter().map(|(_, value): (&str, Value<'a>)| value);
    Ok(match (values.next(), values.next()) {
        (Some(Value::Text(id)), Some(secret)) => Some(GenesysCredential::OauthClient { id, secret, login_url }),
        (token, _) => token.map(GenesysCredential::Token),
    })
}

/// The client of an LMS site. Each operation uses the credential that it needs; without it, the call fails before anything
/// is sent.
pub(crate) async fn lms(context: &Context) -> Result<peoplefluent_lms::Client, Error> {
    let global = &context.global;
    reject(context, "the LMS", &["--region", "--api-key"])?;
    if global.token.is_some() && global.user.is_some() {
        return Err(Error::usage("--token and --user both set the caller: give only one of them"));
    }
    if global.password_stdin && global.token.is_some() {
        return Err(Error::usage("--password-stdin conflicts with --token: give only one of them"));
    }
    let builder = peoplefluent_lms::Client::builder().transport(|builder| transport(context, builder));
    if global.sandbox {
        let (url, accepted) = context.sandbox(|it| (it.lms_url(), it.credentials())).await?;
        let system_key = global.system_key.clone().unwrap_or_else(|| accepted.lms_system_key.into());
        let builder = builder.base_url(url).system_key(system_key);
        if let Some(token) = global.token.clone() {
            return Ok(builder.bearer(token).build()?);
        }
        let user = global.user.clone().unwrap_or_else(|| accepted.lms_user.to_owned());
        let password = if global.password_stdin { context.password()? } else { accepted.lms_password.into() };
        return Ok(builder.user(user, password).build()?);
    }
    let precedence = Precedence::new(context)?;
    let profile = precedence.profile().and_then(|profile| profile.lms.as_ref());
    let address_of = |source| match source {
        Source::Options => Ok(global.base_url.clone()),
        Source::Environment => variable(&environment::LMS_ADDRESS),
        Source::Profile => Ok(profile.and_then(|profile| profile.base_url.clone())),
    };
    let Some((address, source_of_address)) = precedence.first("the address of the LMS", address_of)? else {
        return Err(Error::usage(
            "the address of the LMS is missing: give --base-url, such as https://www.example.com/ekp/, set LMS_BASE_URL, use \
             a profile, or try --sandbox",
        ));
    };
    let mut builder = builder.base_url(address);
    // An operation needs only one of the two credentials: if one is an option, the other is left out rather than refused.
    let check =
        |origin: &Origin, is_other_given: bool| match precedence.check_address(origin, source_of_address, address_of) {
            Err(Error::Usage(reason)) if is_other_given => {
                context.note(format_args!("{} is not used: {reason}", origin.what));
                Ok(false)
            }
            result => result.map(|()| true),
        };
    if let Some((caller, source)) = precedence.first("the user of the LMS", |it| lms_caller(context, profile, it))? {
        let origin = match &caller {
            LmsCaller::Token(_) => Origin { what: "the access token", option: "--token", source },
            LmsCaller::Password { source, .. } => {
                Origin { what: "the password", option: "--user and --password-stdin", source: *source }
            }
        };
        if check(&origin, global.system_key.is_some())? {
            builder = match caller {
                LmsCaller::Password { user, password, .. } => {
                    builder.user(user, password.secret("the password for the LMS")?)
                }
                LmsCaller::Token(token) => builder.bearer(token.secret("the access token for the LMS")?),
            };
        }
    }
    let key = precedence.value(
        "the system key of the LMS",
        global.system_key.clone().map(Value::Secret),
        &environment::LMS_SYSTEM_KEY,
        profile.and_then(|profile| Value::stored(&profile.system_key)),
    )?;
    if let Some((key, source)) = key {
        let origin = Origin { what: "the system key", option: "--system-key", source };
        if check(&origin, global.token.is_some() || global.password_stdin)? {
            builder = builder.system_key(key.secret("the system key of the LMS")?);
        }
    }
    Ok(builder.build()?)
}

/// The user's credential of one source. A user without a password gets it from the environment, or from a profile with the
/// same user.
fn lms_caller<'a>(
    context: &Context,
    profile: Option<&'a profiles::Lms>,
    source: Source,
) -> Result<Option<LmsCaller<'a>>, Error> {
    let of_profile = |user: &str| {
        let profile = profile.filter(|profile| profile.user.as_deref().is_none_or(|other| other == user))?;
        Value::stored(&profile.password)
    };
    let (found, password) = match source {
        Source::Options => {
            let mut user = context.global.user.clone();
            let mut password = None;
            if context.global.password_stdin {
                password = Some(Value::Secret(context.password()?));
                // A password alone belongs to the user of another source.
                user = match user.map_or_else(|| variable(&LMS_USER), |user| Ok(Some(user)))? {
                    Some(user) => Some(user),
                    None => profile.and_then(|profile| profile.user.clone()),
                };
                if user.is_none() {
                    return Err(Error::usage("--password-stdin requires --user"));
                }
            }
            let token = context.global.token.clone().map(Value::Secret);
            (choose(vec![vec![("--token", token)], vec![("--user", user.map(Value::Text))]])?, password)
        }
        Source::Environment => {
            let found = environment::LMS_CALLER.resolve(|name| std::env::var_os(name))?;
            let secret = |name: &str, value| {
                if name == "LMS_USER" { Value::Text(value) } else { Value::Secret(String::into(value)) }
            };
            (found.into_iter().map(|(name, value)| (name, secret(name, value))).collect(), None)
        }
        Source::Profile => {
            let Some(profile) = profile else { return Ok(None) };
            let user = profile.user.clone().map(Value::Text);
            let found = choose(vec![vec![("lms.token", Value::stored(&profile.token))], vec![("lms.user", user)]])?;
            (found, Value::stored(&profile.password))
        }
    };
    Ok(match found.into_iter().next() {
        None => None,
        Some((_, Value::Text(user))) => {
            let password = match (password, source) {
                (None, Source::Options | Source::Environment) => match variable(&environment::LMS_PASSWORD)? {
                    Some(password) => Some((password, Source::Environment)),
                    None => of_profile(&user).map(|password| (password, Source::Profile)),
                },
                (password, _) => password.map(|password| (password, source)),
            };
            let missing =
                "the user of the LMS has no password: give --password-stdin, set LMS_PASSWORD, or use a profile";
            let (password, source) = password.ok_or_else(|| Error::usage(missing))?;
            Some(LmsCaller::Password { user, password, source })
        }
        Some((_, token)) => Some(LmsCaller::Token(token)),
    })
}

/// The client of the session service. Without a key, calls fail before anything is sent.
pub(crate) async fn sessions(context: &Context) -> Result<session_clusters::Client, Error> {
    let unused = ["--token", "--user", "--password-stdin", "--system-key", "--region"];
    reject(context, "the session service", &unused)?;
    let global = &context.global;
    let mut builder = session_clusters::Client::builder().transport(|builder| transport(context, builder));
    if global.sandbox {
        let (url, key) = context.sandbox(|it| (it.sessions_url(), it.credentials().session_key)).await?;
        return Ok(builder.base_url(url).api_key(global.api_key.clone().unwrap_or_else(|| key.into())).build()?);
    }
    let precedence = Precedence::new(context)?;
    let profile = precedence.profile().and_then(|profile| profile.sessions.as_ref());
    let address_of = |source| match source {
        Source::Options => Ok(global.base_url.clone()),
        Source::Environment => variable(&environment::SESSIONS_ADDRESS),
        Source::Profile => Ok(profile.and_then(|profile| profile.base_url.clone())),
    };
    let address = precedence.first("the address of the session service", address_of)?;
    let header = precedence.value(
        "the header of the server key",
        None,
        &environment::SESSIONS_KEY_HEADER,
        profile.and_then(|profile| profile.api_key_header.clone()),
    )?;
    let key = precedence.value(
        "the server key",
        global.api_key.clone().map(Value::Secret),
        &environment::SESSIONS_KEY,
        profile.and_then(|profile| Value::stored(&profile.api_key)),
    )?;
    if let (Some((_, source)), Some((_, source_of_address))) = (&key, &address) {
        let origin = Origin { what: "the server key", option: "--api-key", source: *source };
        precedence.check_address(&origin, *source_of_address, address_of)?;
    }
    builder = address.into_iter().fold(builder, |builder, (address, _)| builder.base_url(address));
    builder = header.into_iter().fold(builder, |builder, (header, _): (String, _)| builder.api_key_header(header));
    if let Some((key, _)) = key {
        builder = builder.api_key(key.secret("the server key of the session service")?);
    }
    Ok(builder.build()?)
}

/// Common settings of the clients. `--verbose` reports retries; an embedded sandbox has no rate limit.
fn transport(context: &Context, builder: TransportBuilder) -> TransportBuilder {
    let GlobalArgs { attempts, timeout, sandbox, .. } = context.global;
    let mut builder = if sandbox { builder.rate_limit(RateLimit::unlimited()) } else { builder };
    if let Some(attempts) = attempts {
        builder = builder.retry_attempts(attempts);
    }
    if let Some(seconds) = timeout {
        builder = builder.timeout(Duration::from_secs(seconds));
    }
    if context.global.verbose == 0 {
        return builder;
    }
    builder.on_retry(|event| {
        use std::io::Write as _;
        // A closed standard error does not stop the command.
        let _ = writeln!(
            std::io::stderr(),
            "rosterkit: attempt {} failed, retrying in {:.1} s: {}",
            event.attempt(),
            event.delay().as_secs_f64(),
            event.error()
        );
    })
}

/// Rejects options that the service does not use.
fn reject(context: &Context, service: &str, unused: &[&str]) -> Result<(), Error> {
    match context.global.given().into_iter().find(|option| unused.contains(option)) {
        Some(option) => Err(Error::usage(format!("{service} does not use {option}: remove it"))),
        None => Ok(()),
    }
}
