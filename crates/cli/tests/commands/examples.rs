//! The examples of the help: those that name `--sandbox` work as they stand.

use crate::support::bare;

/// The examples of a command and of all below it.
fn examples(command: &clap::Command, all: &mut Vec<String>) {
    let help = [command.get_after_help(), command.get_after_long_help()];
    let lines = help.into_iter().flatten().map(ToString::to_string).collect::<Vec<_>>().join("\n");
    let lines = lines.lines().filter_map(|line| line.strip_prefix("  rosterkit --sandbox "));
    all.extend(lines.map(str::to_owned));
    command.get_subcommands().for_each(|command| examples(command, all));
}

#[test]
fn examples_of_the_lms_and_of_sessions_work_as_they_stand() {
    let mut all = Vec::new();
    let command = rosterkit_cli::command();
    let services = command.get_subcommands().filter(|command| ["lms", "sessions"].contains(&command.get_name()));
    services.for_each(|command| examples(command, &mut all));
    all.sort();
    all.dedup();
    assert!(all.len() > 15, "{all:?}");
    let home = tempfile::tempdir().expect("a home");
    for (name, content) in [
        ("users.csv", "remoteId,firstName,lastName,active\nr-1,Sample,Person,true\n"),
        ("training.csv", "Action,RecordID,UserId,Title\nA,R1,integration,First aid\n"),
    ] {
        std::fs::write(home.path().join(name), content).expect("written");
    }
    for example in all {
        let words = shlex::split(&example).unwrap_or_else(|| panic!("a quote is not closed: {example}"));
        let output = bare(&home).arg("--sandbox").args(&words).output().expect("run");
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "rosterkit --sandbox {example}\n{told}");
    }
}
