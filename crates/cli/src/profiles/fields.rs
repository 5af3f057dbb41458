//! The settings of a profile by name, for `profile add` and `profile list`.

use super::{Genesys, Lms, Profile, Secret, Sessions};
use crate::error::Error;

/// A setting of a profile.
pub(crate) enum Field<'a> {
    Text(&'static str, &'a mut Option<String>),
    Secret(&'static str, &'a mut Option<Secret>),
}

impl<'a> Field<'a> {
    /// All settings of a profile; missing sections are created.
    pub(crate) fn all(profile: &'a mut Profile) -> Vec<Self> {
        let Genesys { region, base_url, login_url, client_id, client_secret, pool, token, sign_in: _ } =
            profile.genesys.get_or_insert_default();
        let mut fields = vec![
            Self::Text("genesys.region", region),
            Self::Text("genesys.base_url", base_url),
            Self::Text("genesys.login_url", login_url),
            Self::Text("genesys.client_id", client_id),
            Self::Secret("genesys.client_secret", client_secret),
            Self::Text("genesys.pool", pool),
            Self::Secret("genesys.token", token),
        ];
        let Lms { base_url, user, password, token, system_key } = profile.lms.get_or_insert_default();
        fields.extend([
            Self::Text("lms.base_url", base_url),
            Self::Text("lms.user", user),
            Self::Secret("lms.password", password),
            Self::Secret("lms.token", token),
            Self::Secret("lms.system_key", system_key),
        ]);
        let Sessions { base_url, api_key, api_key_header } = profile.sessions.get_or_insert_default();
        fields.extend([
            Self::Text("sessions.base_url", base_url),
            Self::Secret("sessions.api_key", api_key),
            Self::Text("sessions.api_key_header", api_key_header),
        ]);
        fields
    }

    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Text(name, _) | Self::Secret(name, _) => name,
        }
    }

    pub(crate) fn is_set(&self) -> bool {
        match self {
            Self::Text(_, value) => value.is_some(),
            Self::Secret(_, value) => value.is_some(),
        }
    }
}

/// Sets a setting to a text (`Ok`) or a secret (`Err`). Empty sections are removed.
pub(crate) fn set(profile: &mut Profile, name: &str, value: Result<String, Secret>) -> Result<(), Error> {
    let mut fields = Field::all(profile);
    let names: Vec<&str> = fields.iter().map(Field::name).collect();
    let Some(field) = fields.iter_mut().find(|field| field.name() == name) else {
        let name = crate::text::shortened(name, 64);
        return Err(Error::usage(format!("unknown setting `{name}`: expected one of {}", names.join(", "))));
    };
    match (field, value) {
        (Field::Text(..), Ok(text)) if text.trim().is_empty() => {
            return Err(Error::usage(format!("`{name}` is blank: give a value, or omit it")));
        }
        (Field::Text(_, value), Ok(text)) => **value = Some(text),
        (Field::Secret(_, value), Err(secret)) => **value = Some(secret),
        (Field::Text(..), Err(_)) => {
            return Err(Error::usage(format!("`{name}` is not a secret: use `--set {name}=VALUE`")));
        }
        (Field::Secret(..), Ok(_)) => {
            return Err(Error::usage(format!(
                "`{name}` is a secret, which must not be on the command line: use `--secret {name}=env:VARIABLE`, \
                 `--secret '{name}=command:PROGRAM …'` or `--secret {name}=stdin`"
            )));
        }
    }
    prune(profile);
    Ok(())
}

/// Removes sections without a setting.
pub(crate) fn prune(profile: &mut Profile) {
    let is_signed_in = profile.genesys.as_ref().is_some_and(|genesys| genesys.sign_in.is_some());
    let fields = Field::all(profile);
    let has = |section: &str| fields.iter().any(|field| field.is_set() && field.name().starts_with(section));
    let (genesys, lms, sessions) = (has("genesys."), has("lms."), has("sessions."));
    if !genesys && !is_signed_in {
        profile.genesys = None;
    }
    if !lms {
        profile.lms = None;
    }
    if !sessions {
        profile.sessions = None;
    }
}
