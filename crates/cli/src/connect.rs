//! Clients of the three services, with addresses and credentials from options, environment and profiles.
//!
//! Each setting comes from the first of these that has it: options, the profile of `--profile`, environment variables, the
//! profile of `ROSTERKIT_PROFILE` or else the current one, the service's default. A credential is one setting: the user of
//! one source is not combined with the token of another. With `--sandbox`, environment and profiles are ignored.
//!
//! A credential is sent to an address of another source only if its own source names no address, or one with the same
//! scheme, host and port. A `--base-url` on this machine may be combined with any credential.
//!
//! A user who is signed in with a profile, see `rosterkit login`, is a credential of the profile. An OAuth client of a profile
//! can share the work with those of other profiles.
//!
//! | service | environment |
//! | --- | --- |
//! | Genesys Cloud | `GENESYSCLOUD_REGION` or `GENESYSCLOUD_BASE_URL`; `GENESYSCLOUD_ACCESS_TOKEN`, or `GENESYSCLOUD_OAUTHCLIENT_ID` and `GENESYSCLOUD_OAUTHCLIENT_SECRET` |
//! | LMS | `LMS_BASE_URL`; `LMS_USER` and `LMS_PASSWORD`, or `LMS_ACCESS_TOKEN`; `LMS_SYSTEM_KEY` |
//! | Session clusters | `SESSIONS_BASE_URL`; `SESSIONS_API_KEY`, `SESSIONS_API_KEY_HEADER` |

mod common;
mod genesys;
mod pool;
mod precedence;
mod signed_in;

use rosterkit_core::environment::{self, Setting, choose};

use self::common::{reject, transport};
pub(crate) use self::genesys::{Caller, genesys, genesys_and_callers};
use self::precedence::{Origin, Precedence, Source, Value, variable};
use crate::api::Api;
use crate::context::Context;
use crate::error::Error;
use crate::profiles;

/// The user of the LMS alone, without the check that there is no access token.
static LMS_USER: Setting = Setting { alternatives: &[&["LMS_USER"]] };

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
