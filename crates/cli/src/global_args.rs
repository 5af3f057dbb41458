//! The global options, which every command has.

use std::convert::Infallible;
use std::ffi::OsString;
use std::path::Path;

use clap::{ArgAction, Args, ColorChoice, ValueEnum};
use rosterkit_core::SecretString;

use crate::error::Error;

/// The line on the global options in the short help, which leaves them out.
pub(crate) const IN_SHORT: &str =
    "Global options: --profile, --sandbox, --output, --columns, --query, -v and others; see --help.";

/// The global options.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct GlobalArgs {
    /// Use this profile, see `rosterkit profile`; also ROSTERKIT_PROFILE
    #[arg(long, global = true, value_name = "NAME", help_heading = "Credentials")]
    pub profile: Option<String>,
    /// Access token, for Genesys Cloud or the LMS
    #[arg(long, global = true, value_name = "TOKEN", value_parser = secret, help_heading = "Credentials")]
    pub token: Option<SecretString>,
    /// User of the LMS; the password comes from --password-stdin, LMS_PASSWORD or the profile
    // The id differs from the arguments `user` of commands, which clap would confuse with it.
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
    /// Maximum attempts per request, if it is safe to repeat [default: 4]
    #[arg(long, global = true, value_name = "N", help_heading = "Service",
        value_parser = clap::value_parser!(u32).range(1..=20))]
    pub attempts: Option<u32>,
    /// Time limit of an attempt, in seconds [default: 60]
    #[arg(long, global = true, value_name = "SECONDS", help_heading = "Service",
        value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub timeout: Option<u64>,
    /// Run against an embedded sandbox with sample people, for this command only
    #[arg(long, global = true, help_heading = "Service")]
    pub sandbox: bool,
    /// Number of people in the embedded sandbox [default: 100]
    #[arg(long, global = true, value_name = "N", help_heading = "Service",
        value_parser = clap::value_parser!(u64).range(..=rosterkit_sandbox::MAX_USERS))]
    pub sandbox_users: Option<u64>,
    /// Seed of the sample people [default: 1]
    #[arg(long, global = true, value_name = "N", help_heading = "Service")]
    pub sandbox_seed: Option<u64>,
    /// Output format [default: table; `call` prints the response body]
    #[arg(short, long, global = true, value_enum, value_name = "FORMAT", help_heading = "Output")]
    pub output: Option<Format>,
    /// Columns, as dotted paths: id,name,manager.id; `all` for every field
    #[arg(long, global = true, value_name = "PATHS", value_delimiter = ',', help_heading = "Output")]
    pub columns: Option<Vec<String>>,
    /// JMESPath expression, applied to the whole list; with `--output jsonl` to each item
    #[arg(long, global = true, value_name = "EXPRESSION", help_heading = "Output")]
    pub query: Option<String>,
    /// Write more to standard error: statuses, correlation ids, retries, the source of settings
    #[arg(short, long, global = true, action = ArgAction::Count, help_heading = "Output")]
    pub verbose: u8,
    /// When to use colours; never if NO_COLOR is set
    #[arg(long, global = true, value_enum, value_name = "WHEN", default_value_t = Color::Auto, help_heading = "Output")]
    pub color: Color,
}

/// The output formats.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Aligned columns, for people; lists shorten long arrays and objects
    Table,
    /// One indented JSON document; a list is an array
    Json,
    /// One line of JSON for each item
    Jsonl,
    /// Columns with a header, RFC 4180; cells are not changed, not even formulas
    Csv,
    /// YAML
    Yaml,
}

impl Format {
    /// The format of a file, by the extension of its name.
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

    /// The setting for clap's help and messages.
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

/// The value of `--color` before the arguments are parsed, since clap's messages use it.
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
    /// Rejects options that conflict. (clap cannot: it checks each level of commands alone.)
    pub(crate) fn check(&self) -> Result<(), Error> {
        let conflicts = [
            (self.base_url.is_some() && self.region.is_some(), "--base-url and --region both set the address"),
            (self.sandbox && self.base_url.is_some(), "--sandbox and --base-url both set the address"),
            (self.sandbox && self.region.is_some(), "--sandbox and --region both set the address"),
            (self.sandbox && self.profile.is_some(), "--sandbox and --profile both set addresses and credentials"),
        ];
        if let Some((_, problem)) = conflicts.into_iter().find(|(is_wrong, _)| *is_wrong) {
            return Err(Error::usage(format!("{problem}: give only one of them")));
        }
        if !self.sandbox && (self.sandbox_users.is_some() || self.sandbox_seed.is_some()) {
            return Err(Error::usage("--sandbox-users and --sandbox-seed require --sandbox"));
        }
        Ok(())
    }

    /// Rejects options about services, for commands that call none.
    pub(crate) fn without_service(&self, command: &str) -> Result<(), Error> {
        match self.given().first() {
            Some(option) => Err(Error::usage(format!("`{command}` does not use {option}: remove it"))),
            None => Ok(()),
        }
    }

    /// The options about services and credentials that are given.
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
    fn the_color_option_is_found_before_parsing() {
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
