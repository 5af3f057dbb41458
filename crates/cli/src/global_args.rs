//! The options that every command has.

use std::convert::Infallible;
use std::ffi::OsString;
use std::path::Path;

use clap::{ArgAction, Args, ColorChoice, ValueEnum};
use rosterkit_core::SecretString;

use crate::error::Error;

/// The options that every command has.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct GlobalArgs {
    /// Settings of this profile, see `rosterkit profile`; also ROSTERKIT_PROFILE
    #[arg(long, global = true, value_name = "NAME", help_heading = "Credentials")]
    pub profile: Option<String>,
    /// Access token, for Genesys Cloud or the LMS
    #[arg(long, global = true, value_name = "TOKEN", value_parser = secret, help_heading = "Credentials")]
    pub token: Option<SecretString>,
    /// User of the LMS; the password comes from --password-stdin, LMS_PASSWORD or the profile
    // Its id is another one than that of arguments `user` of commands, which would be taken for it.
    #[arg(long = "user", id = "login", global = true, value_name = "ID", help_heading = "Credentials")]
    pub user: Option<String>,
    /// Read the user's password from the first line of standard input
    #[arg(long, global = true, help_heading = "Credentials")]
    pub password_stdin: bool,
    /// Server key of the session service
    #[arg(long, global = true, value_name = "KEY", value_parser = secret, help_heading = "Credentials")]
    pub api_key: Option<SecretString>,
    /// System key of the LMS site
    #[arg(long, global = true, value_name = "KEY", value_parser = secret, help_heading = "Credentials")]
    pub system_key: Option<SecretString>,
    /// Address of the service
    #[arg(long, global = true, value_name = "URL", help_heading = "Service")]
    pub base_url: Option<String>,
    /// Region of Genesys Cloud, by name (eu-west-1) or host (mypurecloud.ie)
    #[arg(long, global = true, value_name = "REGION", help_heading = "Service")]
    pub region: Option<String>,
    /// How often a request that fails is sent in all, where repeating is safe [default: 4]
    #[arg(long, global = true, value_name = "N", help_heading = "Service",
        value_parser = clap::value_parser!(u32).range(1..=20))]
    pub attempts: Option<u32>,
    /// How many seconds an attempt may take [default: 60]
    #[arg(long, global = true, value_name = "SECONDS", help_heading = "Service",
        value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub timeout: Option<u64>,
    /// Run against an embedded sandbox with invented people, for this command only
    #[arg(long, global = true, help_heading = "Service")]
    pub sandbox: bool,
    /// How many people the embedded sandbox has [default: 100]
    #[arg(long, global = true, value_name = "N", help_heading = "Service",
        value_parser = clap::value_parser!(u64).range(..=rosterkit_sandbox::MAX_USERS))]
    pub sandbox_users: Option<u64>,
    /// Which people they are [default: 1]
    #[arg(long, global = true, value_name = "N", help_heading = "Service")]
    pub sandbox_seed: Option<u64>,
    /// Form of the output [default: table; `call` prints the answer's body]
    #[arg(short, long, global = true, value_enum, value_name = "FORMAT", help_heading = "Output")]
    pub output: Option<Format>,
    /// Columns, as dotted paths: id,name,manager.id
    #[arg(long, global = true, value_name = "PATHS", value_delimiter = ',', help_heading = "Output")]
    pub columns: Option<Vec<String>>,
    /// JMESPath expression; it sees the whole list, with `--output jsonl` each item
    #[arg(long, global = true, value_name = "EXPRESSION", help_heading = "Output")]
    pub query: Option<String>,
    /// Tell standard error more: statuses, correlation ids, retries, where settings come from
    #[arg(short, long, global = true, action = ArgAction::Count, help_heading = "Output")]
    pub verbose: u8,
    /// When to use colours; never with NO_COLOR
    #[arg(long, global = true, value_enum, value_name = "WHEN", default_value_t = Color::Auto, help_heading = "Output")]
    pub color: Color,
}

/// The forms of the output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Aligned columns, for people; in lists, long arrays and objects are cut
    Table,
    /// One indented JSON document; a list is an array
    Json,
    /// One line of JSON for each item
    Jsonl,
    /// Columns with a header, RFC 4180; cells are data and stay as they are, formulas of spreadsheets too
    Csv,
    /// YAML
    Yaml,
}

impl Format {
    /// The form that the name of a file says.
    pub(crate) fn of(path: &Path) -> Option<Self> {
        match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
            "json" => Some(Self::Json),
            "jsonl" | "ndjson" => Some(Self::Jsonl),
            "csv" => Some(Self::Csv),
            "yaml" | "yml" => Some(Self::Yaml),
            _ => None,
        }
    }
}

/// When to use colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    /// On a terminal, unless NO_COLOR is set
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

impl Color {
    /// Whether to use colours on a stream.
    pub(crate) fn is_on(self, terminal: bool) -> bool {
        match self {
            Self::Auto => terminal && !is_set("NO_COLOR") && std::env::var_os("TERM").is_none_or(|it| it != "dumb"),
            Self::Always => !is_set("NO_COLOR"),
            Self::Never => false,
        }
    }

    /// The same choice for help and for messages about arguments.
    pub(crate) fn for_help(self) -> ColorChoice {
        match self {
            _ if is_set("NO_COLOR") => ColorChoice::Never,
            Self::Auto => ColorChoice::Auto,
            Self::Always => ColorChoice::Always,
            Self::Never => ColorChoice::Never,
        }
    }
}

/// Whether an environment variable has a value.
fn is_set(name: &str) -> bool {
    std::env::var_os(name).is_some_and(|value| !value.is_empty())
}

/// The choice of colours in arguments that are not parsed yet: it holds for the messages about them, too.
pub(crate) fn color_of(arguments: &[OsString]) -> Color {
    let mut arguments = arguments.iter().filter_map(|it| it.to_str()).take_while(|it| *it != "--");
    while let Some(argument) = arguments.next() {
        let value = match argument.strip_prefix("--color") {
            Some("") => arguments.next(),
            Some(rest) => rest.strip_prefix('='),
            None => None,
        };
        if let Some(color) = value.and_then(|value| Color::from_str(value, false).ok()) {
            return color;
        }
    }
    Color::Auto
}

impl GlobalArgs {
    /// Refuses options that contradict each other. (The parser cannot: it looks at each level of commands alone.)
    pub(crate) fn check(&self) -> Result<(), Error> {
        let contradictions = [
            (self.base_url.is_some() && self.region.is_some(), "--base-url and --region both say where the service is"),
            (self.sandbox && self.base_url.is_some(), "--sandbox has an address of its own, --base-url another"),
            (self.sandbox && self.region.is_some(), "--sandbox is in no region"),
            (self.sandbox && self.profile.is_some(), "--sandbox has settings of its own, --profile others"),
        ];
        if let Some((_, problem)) = contradictions.into_iter().find(|(is_wrong, _)| *is_wrong) {
            return Err(Error::usage(format!("{problem}: give one of the two")));
        }
        if !self.sandbox && (self.sandbox_users.is_some() || self.sandbox_seed.is_some()) {
            return Err(Error::usage("--sandbox-users and --sandbox-seed have no effect without --sandbox: add it"));
        }
        Ok(())
    }

    /// Refuses options that a command has no use for, because it calls no service.
    pub(crate) fn without_service(&self, command: &str) -> Result<(), Error> {
        match self.given().first() {
            Some(option) => {
                Err(Error::usage(format!("`{command}` calls no service and has no use for {option}: leave it out")))
            }
            None => Ok(()),
        }
    }

    /// The options about services and credentials that are given, for commands that have no use for some of them.
    pub(crate) fn given(&self) -> Vec<&'static str> {
        let all = [
            ("--profile", self.profile.is_some()),
            ("--token", self.token.is_some()),
            ("--user", self.user.is_some()),
            ("--password-stdin", self.password_stdin),
            ("--api-key", self.api_key.is_some()),
            ("--system-key", self.system_key.is_some()),
            ("--base-url", self.base_url.is_some()),
            ("--region", self.region.is_some()),
        ];
        all.into_iter().filter(|(_, given)| *given).map(|(name, _)| name).collect()
    }
}

fn secret(text: &str) -> Result<SecretString, Infallible> {
    Ok(SecretString::from(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_choice_of_colours_is_found_before_parsing() {
        for (arguments, color) in [
            (&["rosterkit", "--color", "never"][..], Color::Never),
            (&["rosterkit", "ops", "--color=always"], Color::Always),
            (&["rosterkit", "--color=purple"], Color::Auto),
            (&["rosterkit", "--", "--color=never"], Color::Auto),
        ] {
            let arguments: Vec<OsString> = arguments.iter().map(Into::into).collect();
            assert_eq!(color_of(&arguments), color, "{arguments:?}");
        }
    }
}
