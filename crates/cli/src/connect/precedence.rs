//! The sources of settings, in order of precedence.

use std::fmt;

use rosterkit_core::SecretString;
use rosterkit_core::environment::Setting;

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

    /// The sources in order: a profile that an option names takes precedence over the environment.
    fn order(&self) -> &'static [Source] {
        match self.context.global.profile {
            Some(_) if self.context.profile_only => &[Source::Profile],
            Some(_) => &[Source::Options, Source::Profile, Source::Environment],
            None => &[Source::Options, Source::Environment, Source::Profile],
        }
    }

    /// The value of the first source that has one. `what` names the setting in messages.
    pub(super) fn first<T>(
        &self,
        what: &str,
        mut get: impl FnMut(Source) -> Result<Option<T>, Error>,
    ) -> Result<Option<T>, Error> {
        for &source in self.order() {
            if let Some(found) = get(source)? {
                let from: &dyn fmt::Display = match (source, self.profile) {
                    (Source::Options, _) => &"the options",
                    (Source::Environment, _) => &"the environment",
                    (Source::Profile, Some((name, _))) => &format!("profile `{name}`"),
                    (Source::Profile, None) => &"no profile",
                };
                self.context.note(format_args!("{what} comes from {from}"));
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    /// The same for a setting that is one option, one environment variable and one value of the profile.
    pub(super) fn value<T: From<String>>(
        &self,
        what: &str,
        mut option: Option<T>,
        setting: &Setting,
        mut profile: Option<T>,
    ) -> Result<Option<T>, Error> {
        self.first(what, |source| match source {
            Source::Options => Ok(option.take()),
            Source::Environment => variable(setting),
            Source::Profile => Ok(profile.take()),
        })
    }
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
