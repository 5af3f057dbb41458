//! The arguments of the command line.

use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{Arg, ArgMatches, CommandFactory as _, Parser, Subcommand};

use crate::commands::{call, completions, doctor, genesys, lms, login, man, ops, profile, sandbox, sessions, sync};
use crate::global_args::{self, GlobalArgs};

/// Options about the form of a file, which users who are chosen do not have.
const INPUT_OPTIONS: [&str; 5] = ["input_format", "map", "on_unknown_column", "delimiter", "encoding"];

const EXAMPLES: &str = "\
Try it, with no account:
  rosterkit --sandbox genesys users list
  rosterkit --sandbox lms people search an
  rosterkit --sandbox sessions completions --from 2024-06-01 --to 2024-07-01
  rosterkit --sandbox call session-clusters getUsers --params '{\"pageSize\": 5}'
  rosterkit ops --search skills
  rosterkit ops show patchUser

Credentials: each setting comes from the first of these that has it: options, the profile of --profile, environment \
variables, the profile of ROSTERKIT_PROFILE or else the current profile.
  Genesys Cloud     GENESYSCLOUD_REGION or GENESYSCLOUD_BASE_URL; GENESYSCLOUD_ACCESS_TOKEN, or
                    GENESYSCLOUD_OAUTHCLIENT_ID and GENESYSCLOUD_OAUTHCLIENT_SECRET
  PeopleFluent LMS  LMS_BASE_URL; LMS_USER and LMS_PASSWORD, or LMS_ACCESS_TOKEN; LMS_SYSTEM_KEY
  Session clusters  SESSIONS_BASE_URL, SESSIONS_API_KEY, SESSIONS_API_KEY_HEADER
Options are visible in the machine's process list: prefer environment variables or a profile for secrets.

Date-times of options are a day (in UTC), RFC 3339 with an offset, `now`, `today`, `yesterday`, or a time ago such as 7d, 12h, \
2w or 1d12h. With --sandbox, now is the time of its clock, 2025-01-01.

Exit codes:
  0  success
  1  the service rejected the request or failed, or a file could not be written
  2  invalid arguments, settings or input; nothing was sent
  3  some or all of several items failed; not if all failed for reason 4 or 5
  4  authentication: no credential, or the service does not accept it
  5  network: no connection, a broken connection, or no response in time
  6  only with --exit-code, of `sync plan` and --plan: something would change
  7  a limit or an incomplete read keeps part of the work of `sync` back
  130, 143, 129  interrupted by Ctrl-C, by SIGTERM, by SIGHUP (the terminal was closed)";

/// People, sessions and training on Genesys Cloud, the PeopleFluent LMS and the session-cluster service
#[derive(Debug, Parser)]
#[command(name = "rosterkit", version, after_help = EXAMPLES, subcommand_required = true, arg_required_else_help = true)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub global: GlobalArgs,
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Call any operation of the three services
    Call(call::Call),
    /// List the operations, or show one with an example to copy
    Ops(ops::Ops),
    /// Genesys Cloud: users, skills, queues, ids of names, development activities, analytics jobs
    Genesys(genesys::Genesys),
    /// PeopleFluent LMS: training records, enrollments, people, groups, bulk files, exports
    Lms(lms::Lms),
    /// Session clusters: users, clusters, completions; users in batches
    Sessions(sessions::Sessions),
    /// Keep one directory in step with another, as a sync file says
    Sync(sync::Sync),
    /// Sign in to Genesys Cloud as a user, for a profile
    Login(login::Login),
    /// Sign out: remove the tokens of a profile from this machine
    Logout(login::Logout),
    /// Check what the services answer, and what a token lacks for a verb or a sync file
    Doctor(doctor::Doctor),
    /// Manage profiles: addresses and credentials under a name
    Profile(profile::Profile),
    /// Run the three services in memory, with sample people
    Sandbox(sandbox::SandboxArguments),
    /// Print the completion script of a shell
    Completions(completions::Completions),
    /// Print the man page, or write those of all commands
    Man(man::Man),
}

/// The definition of all arguments.
pub(crate) fn command() -> clap::Command {
    let in_long = |argument: Arg| if argument.is_global_set() { argument.hide_short_help(true) } else { argument };
    with_short_help(Cli::command().mut_args(in_long))
}

/// The command, with one line on global options in the short help of it and of its subcommands.
fn with_short_help(command: clap::Command) -> clap::Command {
    let long = command.get_after_long_help().or(command.get_after_help()).cloned().unwrap_or_default();
    let short = format!("{}\n\n{long}", global_args::IN_SHORT);
    command.mut_subcommands(with_short_help).after_help(short).after_long_help(long)
}

/// Rejects options about the items of a file if no file is named.
///
/// clap does not, if an item is named instead: it drops the requirement of `--from`, which conflicts with an argument that
/// is given.
pub(crate) fn check(matches: &ArgMatches) -> Result<(), clap::Error> {
    let mut matches = matches;
    let mut path = Vec::new();
    while let Some((name, below)) = matches.subcommand() {
        matches = below;
        path.push(name);
    }
    let is_given = |id: &str| {
        matches.try_contains_id(id).unwrap_or(false) && matches.value_source(id) == Some(ValueSource::CommandLine)
    };
    let options = [
        ("input_format", "--input-format"),
        ("failed", "--failed"),
        ("concurrency", "--concurrency"),
        ("map", "--map"),
        ("on_unknown_column", "--on-unknown-column"),
        ("delimiter", "--delimiter"),
        ("encoding", "--encoding"),
        ("keep_going", "--keep-going"),
    ];
    let has_choice = matches.try_contains_id("where").is_ok();
    // Users who are chosen have no form of input.
    let is_of_input = |id: &str| INPUT_OPTIONS.contains(&id);
    let is_without = |id: &str| !is_given("from") && (is_of_input(id) || !is_given("where"));
    match options.into_iter().find(|(id, _)| is_given(id) && is_without(id)) {
        Some((id, option)) => {
            // The message shows the usage of the subcommand.
            let mut command = command();
            command.build();
            let below = |command: clap::Command, name: &str| command.find_subcommand(name).cloned().unwrap_or(command);
            let choice = if has_choice && !is_of_input(id) { " or --where EXPRESSION" } else { "" };
            let message = format!("{option} requires --from FILE{choice}; nothing was sent");
            Err(path.into_iter().fold(command, below).error(ErrorKind::MissingRequiredArgument, message))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// Visits each subcommand, with its path.
    fn walk(command: &clap::Command, path: &str, visit: &mut impl FnMut(&str, &clap::Command)) {
        for below in command.get_subcommands() {
            let path = format!("{path} {}", below.get_name());
            visit(&path, below);
            walk(below, &path, visit);
        }
    }

    fn names(argument: &Arg) -> BTreeSet<String> {
        let longs = argument.get_long().into_iter().chain(argument.get_all_aliases().into_iter().flatten());
        let shorts = argument.get_short().into_iter().chain(argument.get_all_short_aliases().into_iter().flatten());
        let names = longs.map(|name| format!("--{name}")).chain(shorts.map(|name| format!("-{name}")));
        names.chain([format!("the id {}", argument.get_id())]).collect()
    }

    #[test]
    fn clap_accepts_the_definition_of_the_arguments() {
        Cli::command().debug_assert();
    }

    #[test]
    fn no_command_redefines_a_global_option() {
        let root = command();
        let mut of_all: BTreeSet<String> =
            root.get_arguments().filter(|it| it.is_global_set()).flat_map(names).collect();
        assert!(of_all.contains("--user") && of_all.contains("-o") && of_all.contains("the id login"), "{of_all:?}");
        of_all.extend(["--help", "-h", "the id help"].map(str::to_owned));
        walk(&root, "rosterkit", &mut |path, command| {
            for argument in command.get_arguments() {
                let taken: Vec<_> = names(argument).intersection(&of_all).cloned().collect();
                assert!(taken.is_empty(), "`{path}` redefines the global options {taken:?}");
            }
        });
    }

    #[test]
    fn the_short_help_has_own_options_and_a_line_on_global_ones() {
        let mut root = command();
        root.build();
        let globals: BTreeSet<String> =
            root.get_arguments().filter(|it| it.is_global_set()).map(|it| it.get_id().to_string()).collect();
        walk(&root, "rosterkit", &mut |path, command| {
            if path.split(' ').any(|name| name == "help") {
                return;
            }
            let mut command = command.clone();
            let (short, long) = (command.render_help().to_string(), command.render_long_help().to_string());
            assert_eq!(short.matches("Global options: ").count(), 1, "`{path}`: {short}");
            // The examples have global options, too.
            let (short, _) = short.split_once("Global options: ").unwrap_or_default();
            assert!(!long.contains("Global options: "), "`{path}`: {long}");
            // The options of the help begin their lines.
            let line_of = |help: &str, name: &str| {
                let mut lines = help.lines().map(str::trim_start);
                lines.position(|line| line.starts_with('-') && line.split([' ', ',', '.']).any(|word| word == name))
            };
            let mut first_global = usize::MAX;
            let mut last_own = 0;
            for argument in command.get_arguments().filter(|it| !it.is_hide_set()) {
                let Some(name) = argument.get_long().map(|name| format!("--{name}")) else { continue };
                let line = line_of(&long, &name).unwrap_or_else(|| panic!("`{path}`: {name} is not in {long}"));
                if globals.contains(argument.get_id().as_str()) {
                    assert_eq!(line_of(short, &name), None, "`{path}`: {name} in {short}");
                    first_global = first_global.min(line);
                } else {
                    assert!(line_of(short, &name).is_some(), "`{path}`: {name} is not in {short}");
                    last_own = last_own.max(line);
                }
            }
            assert!(last_own < first_global, "`{path}`: own options first: {long}");
        });
    }

    #[test]
    fn every_help_has_an_example() {
        let check = |path: &str, command: &clap::Command| {
            for help in [command.get_after_help(), command.get_after_long_help().or(command.get_after_help())] {
                let help = help.map(ToString::to_string).unwrap_or_default();
                assert!(help.lines().any(|line| line.starts_with("  rosterkit ")), "`{path}` has no example: {help}");
            }
        };
        let root = command();
        check("rosterkit", &root);
        walk(&root, "rosterkit", &mut |path, command| check(path, command));
    }

    #[test]
    fn help_paragraphs_are_single_lines_and_examples_fit_the_width() {
        const WIDTH: usize = 100;
        let root = command();
        let check = |path: &str, command: &clap::Command| {
            let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            let lines: Vec<&str> = help.lines().collect();
            for (line, next) in lines.iter().zip(lines.iter().skip(1).chain([&""])) {
                let is_item = |line: &str| line.starts_with("  ");
                if is_item(line) {
                    assert!(line.chars().count() <= WIDTH, "`{path}`: longer than {WIDTH}: {line}");
                } else {
                    let is_end = line.is_empty() || next.is_empty() || is_item(next) || line.ends_with(':');
                    assert!(is_end, "`{path}`: a paragraph must be one line, which clap wraps: {line}");
                }
            }
        };
        check("rosterkit", &root);
        walk(&root, "rosterkit", &mut |path, command| check(path, command));
    }
}
