//! The sources of settings, in order of precedence.

use std::net::IpAddr;

use rosterkit_core::SecretString;
use rosterkit_core::environment::Setting;
use rosterkit_core::reqwest::Url;

use crate::context::Context;
use crate::error::Error;
use crate::profiles::{Profile, Secret};

/// Where a setting comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    Options,
    Environment,
    Profile,
}

/// The sources of settings.
pub(super) struct Precedence<'a> {
    context: &'a Context,
    profile: Option<&'a (String, Profile)>,
}

impl<'a> Precedence<'a> {
    pub(super) fn new(context: &'a Context) -> Result<Self, Error> {
        Ok(Self { context, profile: context.profile()? })
    }

    /// The profile, if there is one.
    pub(super) fn profile(&self) -> Option<&'a Profile> {
        self.profile.map(|(_, profile)| profile)
    }

    /// The name of the profile, if there is one.
    pub(super) fn profile_name(&self) -> &'a str {
        self.profile.map_or("", |(name, _)| name)
    }

    /// The sources in order: a profile that an option names takes precedence over the environment.
    fn order(&self) -> &'static [Source] {
        match self.context.global.profile {
            Some(_) if self.context.profile_only => &[Source::Profile],
            Some(_) => &[Source::Options, Source::Profile, Source::Environment],
            None => &[Source::Options, Source::Environment, Source::Profile],
        }
    }

    /// The value of the first source that has one, and the source. `what` names the setting in messages.
    pub(super) fn first<T>(
        &self,
        what: &str,
        mut get: impl FnMut(Source) -> Result<Option<T>, Error>,
    ) -> Result<Option<(T, Source)>, Error> {
        for &source in self.order() {
            if let Some(found) = get(source)? {
                self.context.note(format_args!("{what} comes from {}", self.name(source)));
                return Ok(Some((found, source)));
            }
        }
        Ok(None)
    }

    /// A source, as messages name it.
    fn name(&self, source: Source) -> String {
        match (source, self.profile) {
            (Source::Options, _) => "the options".to_owned(),
            (Source::Environment, _) => "the environment".to_owned(),
            (Source::Profile, Some((name, _))) => format!("profile `{name}`"),
            (Source::Profile, None) => "no profile".to_owned(),
        }
    }

    /// Checks that a credential may be sent to the address of the source `address`: the credential's own source names no
    /// address, or one with the same scheme, host and port, or the address is a `--base-url` on this machine.
    ///
    /// `address_of` gives the address that a source names.
    ///
    /// # Errors
    /// If it may not. The message names both sources.
    pub(super) fn check_address(
        &self,
        credential: &Origin,
        address: Source,
        address_of: impl Fn(Source) -> Result<Option<String>, Error>,
    ) -> Result<(), Error> {
        let &Origin { what, option, source } = credential;
        if source == address {
            return Ok(());
        }
        let (Some(own), Some(used)) = (address_of(source)?, address_of(address)?) else { return Ok(()) };
        // The builder of the client rejects any other address.
        let Some(used) = service_url(&used) else { return Ok(()) };
        let own = service_url(&own).map(|url| url.origin());
        if own.as_ref() == Some(&used.origin()) || (address == Source::Options && is_loopback(&used)) {
            return Ok(());
        }
        // Only the origin is shown: the rest of an address may hold a secret that was set by mistake.
        let own = own.map_or_else(|| "another address".to_owned(), |own| own.ascii_serialization());
        let used = used.origin().ascii_serialization();
        let owner = self.name(source);
        let (by, remedy) = match address {
            Source::Options => {
                let by = if self.context.global.region.is_some() { "--region" } else { "--base-url" };
                (by.to_owned(), format!("leave {by} out"))
            }
            // A profile that `--profile` names takes precedence over the environment.
            Source::Environment => (self.name(address), format!("select {owner} with --profile")),
            Source::Profile => (self.name(address), format!("add one to {}", self.name(address))),
        };
        Err(Error::usage(format!(
            "{what} of {owner} belongs to {own}, but {by} names {used}: give the credential with {option}, or {remedy}"
        )))
    }

    /// The same for a setting that is one option, one environment variable and one value of the profile.
    pub(super) fn value<T: From<String>>(
        &self,
        what: &str,
        mut option: Option<T>,
        setting: &Setting,
        mut profile: Option<T>,
    ) -> Result<Option<(T, Source)>, Error> {
        self.first(what, |source| match source {
            Source::Options => Ok(option.take()),
            Source::Environment => variable(setting),
            Source::Profile => Ok(profile.take()),
        })
    }
}

/// Where a credential comes from.
pub(super) struct Origin {
    /// The credential, as messages name it.
    pub what: &'static str,
    /// The option that gives it.
    pub option: &'static str,
    pub source: Source,
}

/// An address that a client accepts.
fn service_url(text: &str) -> Option<Url> {
    Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https"))
}

/// Whether the URL's host is this machine.
fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let number = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || number.parse().is_ok_and(|address: IpAddr| address.is_loopback())
}

/// The first environment variable of a setting.
pub(super) fn variable<T: From<String>>(setting: &Setting) -> Result<Option<T>, Error> {
    Ok(setting.resolve(|name| std::env::var_os(name))?.into_iter().next().map(|(_, value)| value.into()))
}

/// A value of a setting. A stored secret is read when it is needed.
pub(super) enum Value<'a> {
    Text(String),
    Secret(SecretString),
    Stored(&'a Secret),
}

impl From<String> for Value<'_> {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl<'a> Value<'a> {
    pub(super) fn stored(secret: &'a Option<Secret>) -> Option<Self> {
        secret.as_ref().map(Self::Stored)
    }

    /// Reads a secret. `what` names it in messages.
    pub(super) fn secret(self, what: &str) -> Result<SecretString, Error> {
        match self {
            Self::Text(text) => Ok(text.into()),
            Self::Secret(secret) => Ok(secret),
            Self::Stored(secret) => secret.resolve(what),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::global_args::GlobalArgs;

    const OPTIONS: Source = Source::Options;
    const ENVIRONMENT: Source = Source::Environment;
    const PROFILE: Source = Source::Profile;

    const PROD: &str = "https://api.example.com";
    const OTHER: &str = "https://other.example.com/path?key=S3NTINEL";

    /// The check of a credential of one source for the address of another, each with the address that it names.
    fn check(credential: (Source, Option<&str>), address: (Source, &str)) -> Result<(), String> {
        let context = Context::for_profile(
            GlobalArgs { profile: Some("prod".to_owned()), ..GlobalArgs::default() },
            Profile::default(),
        );
        let precedence = Precedence::new(&context).expect("a profile");
        let address_of = |source| {
            let named = if source == address.0 { Some(address.1) } else { credential.1 };
            Ok(named.map(str::to_owned))
        };
        let origin = Origin { what: "the access token", option: "--token", source: credential.0 };
        precedence.check_address(&origin, address.0, address_of).map_err(|error| match error {
            Error::Usage(message) => message,
            error => panic!("not a usage error: {error:?}"),
        })
    }

    #[test]
    fn a_credential_goes_only_to_the_address_of_its_own_source() {
        for (credential, address, expected) in [
            (OPTIONS, OPTIONS, None),
            (ENVIRONMENT, ENVIRONMENT, None),
            (PROFILE, PROFILE, None),
            (PROFILE, OPTIONS, Some(("profile `prod`", "--base-url", "leave --base-url out"))),
            (ENVIRONMENT, OPTIONS, Some(("the environment", "--base-url", "leave --base-url out"))),
            (PROFILE, ENVIRONMENT, Some(("profile `prod`", "the environment", "select profile `prod` with --profile"))),
            (ENVIRONMENT, PROFILE, Some(("the environment", "profile `prod`", "add one to profile `prod`"))),
        ] {
            let expected = expected.map_or(Ok(()), |(owner, by, remedy)| {
                Err(format!(
                    "the access token of {owner} belongs to https://api.example.com, but {by} names \
                     https://other.example.com: give the credential with --token, or {remedy}"
                ))
            });
            assert_eq!(check((credential, Some(PROD)), (address, OTHER)), expected, "{credential:?} to {address:?}");
            assert_eq!(check((credential, None), (address, OTHER)), Ok(()), "{credential:?} to {address:?}");
            assert_eq!(check((credential, Some(PROD)), (address, PROD)), Ok(()), "{credential:?} to {address:?}");
        }
        // Options come first, so that no other source gives the address if they name one.
        for address in [ENVIRONMENT, PROFILE] {
            assert_eq!(check((OPTIONS, None), (address, OTHER)), Ok(()));
        }
    }

    #[test]
    fn addresses_are_the_same_by_scheme_host_and_port() {
        for (own, used, is_same) in [
            (PROD, "https://API.example.com:443/ekp/", true),
            ("http://api.example.com:80", "http://api.example.com", true),
            (PROD, "http://api.example.com", false),
            (PROD, "http://api.example.com:443", false),
            (PROD, "https://api.example.com:8443", false),
            (PROD, "https://api.example.com.", false),
            (PROD, "https://api.example.com@other.example.com", false),
            (PROD, "https://api.example.com.other.example.com", false),
            ("atlantis", PROD, false),
            ("ftp://api.example.com", PROD, false),
        ] {
            for (credential, address) in [(PROFILE, OPTIONS), (ENVIRONMENT, OPTIONS), (PROFILE, ENVIRONMENT)] {
                let found = check((credential, Some(own)), (address, used));
                assert_eq!(found.is_ok(), is_same, "{own} to {used}: {found:?}");
                let message = found.err().unwrap_or_default();
                assert!(!message.contains("atlantis") && !message.contains("ftp"), "{message}");
            }
        }
    }

    #[test]
    fn a_base_url_on_this_machine_is_free() {
        for (url, is_free) in [
            ("http://localhost:4010/genesys", true),
            ("https://LOCALHOST", true),
            ("http://127.0.0.1:4010", true),
            ("http://127.8.9.1", true),
            ("http://[::1]:4010", true),
            ("http://128.0.0.1", false),
            ("http://[::2]", false),
            ("http://localhost.example.com", false),
            ("http://127.0.0.1.example.com", false),
            ("http://127.0.0.1@other.example.com", false),
        ] {
            for credential in [PROFILE, ENVIRONMENT] {
                assert_eq!(check((credential, Some(PROD)), (OPTIONS, url)).is_ok(), is_free, "{url}");
            }
            assert!(check((PROFILE, Some(PROD)), (ENVIRONMENT, url)).is_err(), "{url} is not an option");
        }
    }
}
