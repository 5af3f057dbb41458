//! Help, completions, man pages, the sandbox, colours.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use crate::support::{bare, harness, program, text};

#[test]
fn main_help() {
    let home = tempfile::tempdir().expect("a home");
    let assert = bare(&home).args(["--help"]).assert().success();
    insta::assert_snapshot!(text(&assert.get_output().stdout));
    bare(&home).assert().code(2);
}

/// All commands, from the help of their parents.
fn commands(home: &tempfile::TempDir, path: Vec<String>, all: &mut Vec<Vec<String>>) {
    let assert = bare(home).args(&path).arg("-h").assert().success();
    let help = text(&assert.get_output().stdout);
    let section = help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    // Lines that are indented more go on with a description.
    let rows = section.filter_map(|line| line.strip_prefix("  ")).filter(|line| !line.starts_with(' '));
    let names = rows.filter_map(|line| line.split_whitespace().next()).filter(|name| *name != "help");
    let below: Vec<Vec<String>> = names.map(|name| [path.clone(), vec![name.to_owned()]].concat()).collect();
    below.into_iter().for_each(|path| commands(home, path, all));
    all.push(path);
}

#[test]
fn each_command_has_help_with_an_example_and_a_man_page() {
    let home = tempfile::tempdir().expect("a home");
    let mut all = Vec::new();
    commands(&home, Vec::new(), &mut all);
    assert!(all.len() > 20, "{all:?}");
    bare(&home).args(["man", "--dir", "man"]).assert().success();
    for path in all {
        let help = text(&bare(&home).args(&path).arg("--help").assert().success().get_output().stdout);
        let has_commands = help.contains("\nCommands:\n");
        let example = format!("rosterkit {}", path.join(" "));
        assert!(has_commands || help.contains("Examples:"), "{example}");
        let page = [vec!["rosterkit".to_owned()], path].concat().join("-") + ".1";
        let page = fs::read_to_string(home.path().join("man").join(&page)).unwrap_or_else(|_| panic!("{page}"));
        assert!(page.contains(".SH SYNOPSIS"), "{page}");
    }
}

#[test]
fn completions_of_each_shell_have_the_commands() {
    let home = tempfile::tempdir().expect("a home");
    for shell in ["bash", "zsh", "fish", "powershell"] {
        let assert = bare(&home).args(["completions", shell]).assert().success();
        let script = text(&assert.get_output().stdout);
        assert!(script.contains("genesys") && script.contains("completions"), "{shell}");
    }
}

#[test]
fn colours_are_for_terminals_unless_an_option_says_otherwise() {
    let harness = harness(3);
    let list = ["genesys", "users", "list"];
    assert!(!harness.run(&list).contains('\x1b'));
    assert!(harness.run(&[&list[..], &["--color", "always"]].concat()).contains("\x1b[1m"));
    let failed = harness.command().args(["genesys", "users", "get", "x", "--color", "always"]).assert().code(1);
    assert!(text(&failed.get_output().stderr).starts_with("\x1b["));
    let plain = harness.command().args(["genesys", "users", "get", "x"]).env("NO_COLOR", "1").assert().code(1);
    assert!(text(&plain.get_output().stderr).starts_with("rosterkit: "));
    // NO_COLOR takes precedence over --color.
    let always = [&list[..], &["--color", "always"]].concat();
    let plain = harness.command().args(always).env("NO_COLOR", "1").assert().success();
    assert!(!text(&plain.get_output().stdout).contains('\x1b'));
    let help = harness.command().args(["--color", "always", "--help"]).env("NO_COLOR", "1").assert().success();
    assert!(!text(&help.get_output().stdout).contains('\x1b'));
}

#[test]
#[cfg(unix)]
fn the_sandbox_serves_until_it_is_interrupted() {
    let home = tempfile::tempdir().expect("a home");
    let mut command = program();
    command.args(["sandbox", "--users", "12", "--seed", "3", "--output", "jsonl"]).env("HOME", home.path());
    let mut child = command.stdout(Stdio::piped()).spawn().expect("started");
    let mut line = String::new();
    BufReader::new(child.stdout.take().expect("piped")).read_line(&mut line).expect("a line");
    let told: serde_json::Value = serde_json::from_str(&line).expect("JSON");
    let told = |pointer: &str| told.pointer(pointer).and_then(|it| it.as_str()).expect("told").to_owned();
    let (url, token) = (told("/genesys/base_url"), told("/genesys/token"));
    let arguments = ["--base-url", &url, "--token", &token, "call", "genesys-users", "getUsers", "-p", "state=any"];
    let assert = bare(&home).args(arguments).args(["--query", "total"]).assert().success();
    assert_eq!(text(&assert.get_output().stdout), "12\n");
    let kill = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(kill.is_ok_and(|status| status.success()));
    assert_eq!(child.wait().expect("ended").code(), Some(0));
}

#[test]
fn the_version_is_printed() {
    let home = tempfile::tempdir().expect("a home");
    let assert = bare(&home).arg("--version").assert().success();
    assert_eq!(text(&assert.get_output().stdout), concat!("rosterkit ", env!("CARGO_PKG_VERSION"), "\n"));
}

#[test]
fn help_of_the_lms_and_of_sessions() {
    let home = tempfile::tempdir().expect("a home");
    let help = [
        &["lms"][..],
        &["lms", "records"],
        &["lms", "enroll"],
        &["lms", "groups", "add"],
        &["lms", "import-csv", "external-training"],
        &["lms", "export", "records"],
        &["sessions"],
        &["sessions", "completions"],
        &["sessions", "upsert"],
        &["sessions", "deactivate"],
    ]
    .map(|arguments| text(&bare(&home).args(arguments).arg("-h").assert().success().get_output().stdout));
    insta::assert_snapshot!(help.join("\n----\n"));
}
