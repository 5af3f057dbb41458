//! `profile`: addresses and credentials under a name.

mod check;

use std::io::{self, BufRead as _, Read as _};

use clap::{Args, Subcommand};
use rosterkit_core::SecretText;
use serde_json::{Value, json};

use super::values;
use crate::context::Context;
use crate::error::Error;
use crate::profiles::{self, Field, Profiles, Secret};

const EXAMPLES: &str = "\
Examples:
  rosterkit profile add work --set genesys.region=eu-west-1 --set genesys.client_id=ID \\
    --secret genesys.client_secret=env:WORK_SECRET
  rosterkit profile add work --set lms.base_url=https://www.example.com/ekp/ \\
    --set lms.user=integration --secret 'lms.password=command:pass show lms'
  rosterkit profile add work --secret sessions.api_key=stdin < key.txt
  rosterkit profile list
  rosterkit profile check work
  rosterkit profile use work

Settings:
  genesys.region or genesys.base_url; genesys.client_id and genesys.client_secret, or genesys.token,
    or genesys.client_id alone for `rosterkit login`
  genesys.login_url, if it cannot be derived from the address
  genesys.pool: names of other profiles, separated by commas, whose OAuth clients share the work
  lms.base_url; lms.user and lms.password, or lms.token; lms.system_key
  sessions.base_url, sessions.api_key, sessions.api_key_header

Profiles are kept in rosterkit/profiles.toml in the configuration folder of the platform, readable by its owner alone.";

/// Manage profiles: addresses and credentials under a name
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Profile {
    #[command(subcommand)]
    command: ProfileCommand,
}

#[derive(Debug, Subcommand)]
enum ProfileCommand {
    /// Create a profile, or add settings to one; the first profile becomes the current one
    #[command(after_help = EXAMPLES)]
    Add {
        /// Its name
        name: String,
        /// A setting
        #[arg(long, value_name = "SETTING=VALUE")]
        set: Vec<String>,
        /// A secret: env:VARIABLE, command:PROGRAM ARGUMENT…, or stdin, whose first line is kept in the file
        #[arg(long, value_name = "SETTING=SOURCE")]
        secret: Vec<String>,
    },
    /// List the profiles, their settings, and the sources of their secrets
    #[command(after_help = "Examples:\n  rosterkit profile list\n  rosterkit profile list --output json")]
    List,
    /// Make a profile the current one
    #[command(after_help = "Examples:\n  rosterkit profile use work")]
    Use {
        /// Its name
        name: String,
    },
    /// Remove a profile
    #[command(after_help = "Examples:\n  rosterkit profile remove work")]
    Remove {
        /// Its name
        name: String,
    },
    /// Call each service of a profile once, and print the result
    #[command(after_help = "Examples:\n  rosterkit profile check\n  rosterkit profile check work --output json")]
    Check {
        /// Its name; default: the current profile
        name: Option<String>,
    },
}

impl Profile {
    pub(crate) fn run(self, context: &Context) -> Result<(), Error> {
        context.global.without_service("profile")?;
        match self.command {
            ProfileCommand::Add { name, set, secret } => add(context, &name, &set, &secret),
            ProfileCommand::List => list(context),
            ProfileCommand::Use { name } => {
                let choose = |profiles: &mut Profiles| match profiles.profiles.contains_key(&name) {
                    true => {
                        profiles.current = Some(name);
                        Ok(())
                    }
                    false => Err(profiles.unknown(&name)),
                };
                Profiles::change(choose).map(drop)
            }
            ProfileCommand::Remove { name } => {
                let remove = |profiles: &mut Profiles| {
                    let Some(profile) = profiles.profiles.remove(&name) else { return Err(profiles.unknown(&name)) };
                    if let Some(sign_in) = profile.genesys.and_then(|genesys| genesys.sign_in) {
                        profiles::forget(&name, &sign_in)?;
                    }
                    let was_current = profiles.current.as_ref() == Some(&name);
                    if was_current {
                        profiles.current = None;
                    }
                    Ok(was_current)
                };
                let (_, was_current) = Profiles::change(remove)?;
                if was_current {
                    context.hint("this was the current profile; `rosterkit profile use` sets another one");
                }
                Ok(())
            }
            ProfileCommand::Check { name } => check::run(context, name.as_deref()),
        }
    }
}

fn add(context: &Context, name: &str, set: &[String], secret: &[String]) -> Result<(), Error> {
    profiles::check_name(name)?;
    if set.is_empty() && secret.is_empty() {
        return Err(Error::usage("the profile has no settings: give --set or --secret; see --help for examples"));
    }
    // Standard input is read before the file is locked: it may take long.
    let mut settings = Vec::with_capacity(set.len() + secret.len());
    for text in set {
        let (setting, value) = values::pair("--set", "genesys.region=eu-west-1", text)?;
        settings.push((setting, Ok(value.to_owned())));
    }
    for text in secret {
        let (setting, source) = values::pair("--secret", "genesys.client_secret=env:WORK_SECRET", text)?;
        settings.push((setting, Err(from(context, setting, source)?)));
    }
    let add = |profiles: &mut Profiles| {
        let profile = profiles.profiles.entry(name.to_owned()).or_default();
        for (setting, value) in settings {
            profiles::set(profile, setting, value)?;
        }
        let is_first = profiles.current.is_none();
        if is_first {
            profiles.current = Some(name.to_owned());
        }
        Ok(is_first)
    };
    let (path, is_first) = Profiles::change(add)?;
    if is_first {
        context.hint(format_args!("profile `{name}` is now the current profile"));
    }
    context.note(format_args!("written to {}", path.display()));
    Ok(())
}

/// A secret from its source. The message of an error does not show the source: it may be the secret itself.
fn from(context: &Context, setting: &str, source: &str) -> Result<Secret, Error> {
    if let Some(name) = source.strip_prefix("env:") {
        return Secret::environment(name);
    }
    if let Some(line) = source.strip_prefix("command:") {
        return Secret::command(line);
    }
    if source != "stdin" {
        return Err(Error::usage(format!(
            "--secret {setting}: expected a source and not the secret itself: env:VARIABLE, command:PROGRAM …, or stdin"
        )));
    }
    context.claim_stdin("secret (--secret SETTING=stdin)")?;
    let mut line = String::new();
    let read = io::stdin().lock().take(64 * 1024).read_line(&mut line);
    read.map_err(|error| Error::usage(format!("cannot read the secret from standard input: {error}")))?;
    match line.trim_end_matches(['\r', '\n']) {
        "" => Err(Error::usage("no secret on standard input: expected it on the first line")),
        secret => Ok(Secret::Kept(SecretText::from(secret))),
    }
}

fn list(context: &Context) -> Result<(), Error> {
    let Profiles { current, profiles } = Profiles::load()?;
    let mut rows = context.printer()?.fixed_rows(&["current", "profile", "setting", "value"])?;
    let is_empty = profiles.is_empty();
    for (name, mut profile) in profiles {
        let mark = if current.as_ref() == Some(&name) { "*" } else { "" };
        let sign_in = profile.genesys.as_ref().and_then(|genesys| genesys.sign_in.as_ref());
        let tokens = sign_in.map(|sign_in| format!("(tokens in {})", sign_in.kept_in.name()));
        for field in Field::all(&mut profile) {
            let value = match &field {
                Field::Text(_, Some(text)) => json!(text),
                Field::Secret(_, Some(secret)) => json!(format!("({})", secret.origin())),
                Field::Text(_, None) | Field::Secret(_, None) => Value::Null,
            };
            if field.is_set() {
                rows.push(json!({ "current": mark, "profile": name, "setting": field.name(), "value": value }))?;
            }
        }
        if let Some(tokens) = tokens {
            rows.push(json!({ "current": mark, "profile": name, "setting": "genesys.sign_in", "value": tokens }))?;
        }
    }
    rows.finish()?;
    if is_empty {
        context.hint("there are no profiles; see `rosterkit profile add --help` for examples");
    }
    Ok(())
}
