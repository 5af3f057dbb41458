//! The client of an LMS site.

use peoplefluent_lms::Client;

use super::precedence::{Held, Layers, Place, secret_variable, variable};
use crate::context::Context;
use crate::error::Error;
use crate::profiles;

const UNUSED_OPTIONS: [&str; 2] = ["--region", "--api-key"];
const BASE_URL: &str = "LMS_BASE_URL";
const USER: &str = "LMS_USER";
const PASSWORD: &str = "LMS_PASSWORD";
const TOKEN: &str = "LMS_ACCESS_TOKEN";
const SYSTEM_KEY: &str = "LMS_SYSTEM_KEY";

/// The credential of a user.
enum Person<'a> {
    Password { user: String, password: Held<'a> },
    Token(Held<'a>),
}

/// The client of an LMS site. Each operation uses the credential that it needs; without it, the call fails before anything
/// is sent.
pub(crate) async fn lms(context: &Context) -> Result<Client, Error> {
    super::reject(context, "the LMS", &UNUSED_OPTIONS)?;
    if context.global.token.is_some() && context.global.user.is_some() {
        return Err(Error::usage("--token and --user both set the caller: give only one of them"));
    }
    if context.global.password_stdin && context.global.token.is_some() {
        return Err(Error::usage("--password-stdin conflicts with --token: give only one of them"));
    }
    let mut builder = Client::builder().transport(|builder| super::transport(context, builder));
    if context.global.sandbox {
        let (url, accepted) = context.sandbox(|it| (it.lms_url(), it.credentials())).await?;
        builder = builder.base_url(url);
        let system_key = context.global.system_key.clone().unwrap_or_else(|| accepted.lms_system_key.into());
        builder = builder.system_key(system_key);
        if let Some(token) = context.global.token.clone() {
            return Ok(builder.bearer(token).build()?);
        }
        let user = context.global.user.clone().unwrap_or_else(|| accepted.lms_user.to_owned());
        let password = if context.global.password_stdin { context.password()? } else { accepted.lms_password.into() };
        return Ok(builder.user(user, password).build()?);
    }
    let layers = Layers::new(context)?;
    let profile = layers.profile().and_then(|profile| profile.lms.as_ref());
    let address = layers.first("the address of the LMS", |place| {
        Ok(match place {
            Place::Options => context.global.base_url.clone(),
            Place::Environment => variable(BASE_URL)?,
            Place::Profile => profile.and_then(|profile| profile.base_url.clone()),
        })
    })?;
    let Some(address) = address else {
        return Err(Error::usage(format!(
            "the address of the LMS is missing: give --base-url, such as https://www.example.com/ekp/, set {BASE_URL}, use a \
             profile, or try --sandbox"
        )));
    };
    builder = builder.base_url(address);
    match layers.first("the user of the LMS", |place| person(context, profile, place))? {
        Some(Person::Password { user, password }) => {
            builder = builder.user(user, password.get("the password for the LMS")?);
        }
        Some(Person::Token(token)) => builder = builder.bearer(token.get("the access token for the LMS")?),
        None => {}
    }
    let system_key = layers.first("the system key of the LMS", |place| {
        Ok(match place {
            Place::Options => context.global.system_key.clone().map(Held::Ready),
            Place::Environment => secret_variable(SYSTEM_KEY)?,
            Place::Profile => profile.and_then(|profile| profile.system_key.as_ref()).map(Held::Stored),
        })
    })?;
    if let Some(key) = system_key {
        builder = builder.system_key(key.get("the system key of the LMS")?);
    }
    Ok(builder.build()?)
}

/// The user's credential of one source. A user without a password gets it from the environment, or from a profile with the
/// same user.
fn person<'a>(
    context: &Context,
    profile: Option<&'a profiles::Lms>,
    place: Place,
) -> Result<Option<Person<'a>>, Error> {
    let of_profile = |user: &str| {
        let profile = profile.filter(|profile| profile.user.as_deref().is_none_or(|other| other == user))?;
        profile.password.as_ref().map(Held::Stored)
    };
    let (token, user, password) = match place {
        Place::Options => {
            let password = if context.global.password_stdin { Some(Held::Ready(context.password()?)) } else { None };
            (context.global.token.clone().map(Held::Ready), context.global.user.clone(), password)
        }
        Place::Environment => (secret_variable(TOKEN)?, variable(USER)?, None),
        Place::Profile => {
            let Some(profile) = profile else { return Ok(None) };
            (
                profile.token.as_ref().map(Held::Stored),
                profile.user.clone(),
                profile.password.as_ref().map(Held::Stored),
            )
        }
    };
    let user = match (user, &password) {
        // A password alone belongs to the user of another source.
        (None, Some(_)) if place == Place::Options => {
            match variable(USER)?.or_else(|| profile.and_then(|profile| profile.user.clone())) {
                Some(user) => Some(user),
                None => return Err(Error::usage("--password-stdin requires --user")),
            }
        }
        (user, _) => user,
    };
    match (token, user) {
        (Some(_), Some(_)) => Err(Error::usage(
            "a user and an access token are set for the LMS, in the environment or in the profile: keep only one of them",
        )),
        (Some(token), None) => Ok(Some(Person::Token(token))),
        (None, None) => Ok(None),
        (None, Some(user)) => {
            let password = match (password, place) {
                (Some(password), _) => Some(password),
                (None, Place::Profile) => None,
                (None, _) => secret_variable(PASSWORD)?.or_else(|| of_profile(&user)),
            };
            let missing =
                "the user of the LMS has no password: give --password-stdin, set LMS_PASSWORD, or use a profile";
            let password = password.ok_or_else(|| Error::usage(missing))?;
            Ok(Some(Person::Password { user, password }))
        }
    }
}
