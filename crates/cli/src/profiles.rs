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

mod fields;
mod file;
mod secret;

pub(crate) use fields::{Field, set};
pub(crate) use file::Profiles;
pub(crate) use secret::Secret;

use serde::{Deserialize, Serialize};

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

/// Settings of Genesys Cloud: a region or an address, and a token or an OAuth client.
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
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token: Option<Secret>,
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
