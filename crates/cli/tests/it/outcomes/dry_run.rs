//! `--dry-run` and `--plan` of the verbs of the table.

use std::fs;
use std::path::Path;
use std::process::{Output, Stdio};

use serde_json::Value;

use super::{Form, Verb, section, verbs};
use crate::support::{CLOSED_PORT, has_option, program, text};

/// Runs a verb of the table with an option, without an account.
fn run(home: &Path, verb: &Verb, option: &str) -> Output {
    let mut command = program();
    command.env_clear().env("HOME", home).current_dir(home);
    command.args(["--base-url", CLOSED_PORT, "--attempts", "1", "--output", "jsonl"]).args(verb.name.split(' '));
    if verb.form == Form::Bulk {
        let is_csv = verb.given.contains("\\n");
        let name = if is_csv { "items.csv" } else { "items.jsonl" };
        fs::write(home.join(name), verb.given.replace("\\n", "\n") + "\n").expect("written");
        if verb.name.starts_with("lms groups") {
            command.arg("Sample");
        }
        command.args(["--from", name]);
    } else {
        command.args(verb.given.split(' ').filter(|argument| *argument != "--keep"));
    }
    command.arg(option).stdin(Stdio::null()).output().expect("ended")
}

#[test]
fn every_writing_verb_has_a_dry_run_that_needs_no_account() {
    let home = tempfile::tempdir().expect("a home");
    for verb in verbs() {
        assert!(has_option(verb.name, "dry_run"), "`{}` has no --dry-run", verb.name);
        let output = run(home.path(), &verb, "--dry-run");
        let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
        let line: Value = serde_json::from_str(stdout.lines().next().unwrap_or_default()).unwrap_or_default();
        assert_eq!((output.status.code(), &line["outcome"]), (Some(0), &"valid".into()), "{verb:?}: {stdout}{stderr}");
    }
}

#[test]
fn every_writing_verb_has_a_plan_or_says_why_there_is_none() {
    let home = tempfile::tempdir().expect("a home");
    let without = section("without a plan");
    // A job changes nobody.
    for verb in verbs().into_iter().filter(|verb| verb.name != "genesys jobs run") {
        assert!(has_option(verb.name, "plan"), "`{}` has no --plan", verb.name);
        let output = run(home.path(), &verb, "--plan");
        let (code, message) = (output.status.code(), text(&output.stderr));
        match without.iter().find(|row| row[0] == verb.name) {
            Some(row) => {
                let [_, reason] = row[..] else { panic!("not two fields: {row:?}") };
                assert!(code == Some(2) && message.contains(reason), "{verb:?}: {message}");
                assert!(message.contains("nothing was sent"), "{verb:?}: {message}");
            }
            // The service cannot be reached, or nobody is known who may read it.
            None => assert!([Some(4), Some(5)].contains(&code), "{verb:?}: {code:?} {message}"),
        }
    }
}
