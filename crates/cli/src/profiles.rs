//! Profiles: addresses and credentials under a name, in a file that only its owner can read.
//!
//! The file is `rosterkit/profiles.toml` in the configuration folder of the platform (`XDG_CONFIG_HOME`, or else `~/.config`;
//! on Windows `%APPDATA%`):
//!
//! ```toml
//! current = "work"
//!
//! [profiles.work.genesys]
//! region = "eu-west-1"
//! client_id = "a-client-id"
//! client_secret = { env = "WORK_SECRET" }
//!
//! [profiles.work.lms]
//! base_url = "https://www.example.com/ekp/"
//! user = "integration"
//! password = { command = "pass show lms" }
//!
//! [profiles.work.sessions]
//! api_key = "kept in this file"
//! ```
//!
//! A secret is text, `{ env = "NAME" }`, or `{ command = "PROGRAM ARGUMENT…" }`, which is split into words as in a shell, but
//! run without a shell.
//!
//! `pool = "work-2, work-3"` of Genesys Cloud names other profiles whose OAuth clients share the work with that of this one.
//!
//! `rosterkit login` adds a section `sign_in` to that of Genesys Cloud. The tokens of the user are in the key ring of the
//! operating system, or else in this section.

mod fields;
mod file;
#[cfg(feature = "keyring")]
mod key_ring;
mod secret;
mod sign_in;
mod token_store;

pub(crate) use fields::{Field, set};
pub(crate) use file::Profiles;
pub(crate) use secret::Secret;
pub(crate) use sign_in::{KeptIn, SignIn, TokenStore, Tokens};
pub(crate) use token_store::{forget, lock, lock_path, put_into_key_ring, store};

use serde::{Deserialize, Serialize};

use crate::error::Error;

/// Settings of the three services under one name.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Profile {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub genesys: Option<Genesys>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lms: Option<Lms>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sessions: Option<Sessions>,
}

/// Settings of Genesys Cloud: a region or an address, and a token, an OAuth client or a user who is signed in.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Genesys {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base_url: Option<String>,
    /// The URL that tokens are requested from, if it cannot be derived from the address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub login_url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_secret: Option<Secret>,
    /// Other profiles whose OAuth clients share the work with that of this one, separated by commas.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pool: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token: Option<Secret>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sign_in: Option<SignIn>,
}

/// Checks the name of a new profile.
pub(crate) fn check_name(name: &str) -> Result<(), Error> {
    let is_plain = |it: char| it.is_ascii_alphanumeric() || "-_.@".contains(it);
    if name.is_empty() || name.len() > 64 || !name.chars().all(is_plain) {
        return Err(Error::usage("invalid name of a profile: expected 1 to 64 letters, digits and `-_.@`"));
    }
    Ok(())
}

/// The profile that is named: by `--profile`, or else by ROSTERKIT_PROFILE.
pub(crate) fn named(option: Option<&str>) -> Option<String> {
    let variable = || std::env::var("ROSTERKIT_PROFILE").ok().filter(|name| !name.is_empty());
    option.map(str::to_owned).or_else(variable)
}

impl Genesys {
    /// Whether the settings are complete once a user signs in: an OAuth client without a secret, and no token.
    pub(crate) fn needs_sign_in(&self) -> bool {
        self.sign_in.is_none() && self.token.is_none() && self.client_secret.is_none() && self.client_id.is_some()
    }
}

/// Settings of an LMS site: its address, a user with a password or a token, and a system key.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Lms {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base_url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password: Option<Secret>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token: Option<Secret>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub system_key: Option<Secret>,
}

/// Settings of the session service: a server key, and address and header if they differ from the defaults.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Sessions {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base_url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub api_key: Option<Secret>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub api_key_header: Option<String>,
}
