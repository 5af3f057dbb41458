//! The places that settings come from, in their order.

use std::fmt;

use rosterkit_core::SecretString;

use crate::context::Context;
use crate::error::Error;
use crate::profiles::{Profile, Secret};

/// Where a setting comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Options,
    Environment,
    Profile,
}

/// The places of settings below the options.
pub(super) struct Layers<'a> {
    context: &'a Context,
    profile: Option<&'a (String, Profile)>,
}

impl<'a> Layers<'a> {
    pub(super) fn new(context: &'a Context) -> Result<Self, Error> {
        Ok(Self { context, profile: context.profile()? })
    }

    /// The profile, if there is one.
    pub(super) fn profile(&self) -> Option<&'a Profile> {
        self.profile.map(|(_, profile)| profile)
    }

    /// The places in their order: a profile that an option names goes before the environment.
    fn order(&self) -> &'static [Place] {
        match self.context.global.profile {
            Some(_) if self.context.profile_only => &[Place::Profile],
            Some(_) => &[Place::Options, Place::Profile, Place::Environment],
            None => &[Place::Options, Place::Environment, Place::Profile],
        }
    }

    /// The first place that has something.
    pub(super) fn first<T>(
        &self,
        what: &str,
        mut get: impl FnMut(Place) -> Result<Option<T>, Error>,
    ) -> Result<Option<T>, Error> {
        for &place in self.order() {
            if let Some(found) = get(place)? {
                let from: &dyn fmt::Display = match (place, self.profile) {
                    (Place::Options, _) => &"the options",
                    (Place::Environment, _) => &"the environment",
                    (Place::Profile, Some((name, _))) => &format!("profile `{name}`"),
                    (Place::Profile, None) => &"no profile",
                };
                self.context.note(format_args!("{what} comes from {from}"));
                return Ok(Some(found));
            }
        }
        Ok(None)
    }
}

/// A secret that is fetched when it is needed.
pub(super) enum Held<'a> {
    Ready(SecretString),
    Stored(&'a Secret),
}

impl Held<'_> {
    pub(super) fn get(self, what: &str) -> Result<SecretString, Error> {
        match self {
            Self::Ready(secret) => Ok(secret),
            Self::Stored(secret) => secret.resolve(what),
        }
    }
}

/// An environment variable. An empty one counts as missing.
pub(super) fn variable(name: &str) -> Result<Option<String>, Error> {
    match std::env::var_os(name).filter(|value| !value.is_empty()) {
        None => Ok(None),
        Some(value) => match value.into_string() {
            Ok(value) => Ok(Some(value)),
            Err(_) => Err(Error::usage(format!("the environment variable `{name}` is not UTF-8"))),
        },
    }
}

/// An environment variable that holds a secret.
pub(super) fn secret_variable(name: &str) -> Result<Option<Held<'static>>, Error> {
    Ok(variable(name)?.map(|value| Held::Ready(value.into())))
}
