//! Where a secret of a profile comes from.

use std::fmt;
use std::process::{Command, Stdio};

use rosterkit_core::{SecretString, SecretText};
use serde::{Deserialize, Serialize};

use crate::failure::Failure;

/// How long a secret can be, in bytes. Tokens with claims have a few thousand.
const LONGEST: usize = 64 * 1024;

/// Where a secret comes from.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(untagged)]
pub(crate) enum Secret {
    /// The file of the profiles.
    Kept(SecretText),
    /// A variable of the environment.
    Environment(Environment),
    /// What a program prints.
    Command(CommandLine),
}

/// `{ env = "NAME" }`
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Environment {
    env: String,
}

/// `{ command = "PROGRAM ARGUMENT…" }`
#[derive(Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CommandLine {
    command: String,
}

/// Shows the program; arguments may be personal.
impl fmt::Debug for CommandLine {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("CommandLine").finish_non_exhaustive()
    }
}

impl Secret {
    /// A secret that an environment variable holds.
    pub(crate) fn environment(name: &str) -> Result<Self, Failure> {
        let is_name = |name: &str| !name.is_empty() && !name.contains(['=', '\0']) && name.trim() == name;
        match is_name(name) {
            true => Ok(Self::Environment(Environment { env: name.to_owned() })),
            false => Err(Failure::usage("`env:` is followed by the name of an environment variable: env:MY_SECRET")),
        }
    }

    /// A secret that a program prints.
    pub(crate) fn command(line: &str) -> Result<Self, Failure> {
        words(line)?;
        Ok(Self::Command(CommandLine { command: line.to_owned() }))
    }

    /// Where it comes from, for people. It shows neither the secret nor a command's arguments.
    pub(crate) fn origin(&self) -> String {
        match self {
            Self::Kept(_) => "kept in the file".to_owned(),
            Self::Environment(variable) => format!("environment {}", crate::text::printable(&variable.env)),
            Self::Command(_) => "printed by a command".to_owned(),
        }
    }

    /// Gets it. `what` names it in messages.
    pub(crate) fn resolve(&self, what: &str) -> Result<SecretString, Failure> {
        match self {
            Self::Kept(secret) => checked(secret.expose(), what, "the file of the profiles"),
            Self::Environment(Environment { env }) => match std::env::var(env) {
                Ok(secret) => checked(&secret, what, &format!("the environment variable `{env}`")),
                Err(_) => Err(Failure::Credential(format!(
                    "{what} comes from the environment variable `{env}`, which is not set or no text: set it"
                ))),
            },
            Self::Command(CommandLine { command }) => {
                let printed = run(command).map_err(|problem| {
                    Failure::Credential(format!("{what} comes from a command of the profile, which {problem}"))
                })?;
                checked(printed.trim_end_matches(['\r', '\n']), what, "a command of the profile")
            }
        }
    }
}

fn checked(secret: &str, what: &str, place: &str) -> Result<SecretString, Failure> {
    match secret {
        "" => Err(Failure::Credential(format!("{what} comes from {place}, and is empty there"))),
        secret => Ok(SecretString::from(secret)),
    }
}

fn words(line: &str) -> Result<Vec<String>, Failure> {
    match shlex::split(line) {
        Some(words) if !words.is_empty() => Ok(words),
        Some(_) => Err(Failure::usage("the command for a secret is empty: name a program")),
        None => Err(Failure::usage("the command for a secret has a quote that is not closed")),
    }
}

/// Runs a program without a shell. What it says on standard error is for the user: it may ask for a passphrase.
fn run(line: &str) -> Result<String, String> {
    let words = words(line).map_err(|_| "is no command line".to_owned())?;
    let (program, arguments) = words.split_first().ok_or("is empty")?;
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stderr(Stdio::inherit());
    let output = command.output().map_err(|error| format!("cannot be run: {error}"))?;
    if !output.status.success() {
        let code = output.status.code().map_or("a signal".to_owned(), |code| format!("code {code}"));
        return Err(format!("ended with {code}"));
    }
    if output.stdout.len() > LONGEST {
        return Err(format!("printed more than {} KiB", LONGEST / 1024));
    }
    String::from_utf8(output.stdout).map_err(|_| "printed something that is not UTF-8".to_owned())
}
