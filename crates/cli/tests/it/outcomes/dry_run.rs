//! `--dry-run` and `--plan` of the verbs of the table.

use std::fs;
use std::process::Stdio;

use serde_json::Value;

use super::{Form, verbs};
use crate::support::{CLOSED_PORT, has_option, program, text};

#[test]
fn every_writing_verb_has_a_dry_run_that_needs_no_account_and_one_of_genesys_and_sessions_a_plan() {
    let home = tempfile::tempdir().expect("a home");
    // `call` sends what it is told, and a form of a bulk file is checked as the file.
    for verb in verbs().into_iter().filter(|verb| verb.name != "call") {
        assert!(has_option(verb.name, "dry_run"), "`{}` has no --dry-run", verb.name);
        let is_planned = ["genesys", "sessions"].contains(&verb.name.split(' ').next().unwrap_or_default());
        // A job changes nobody.
        assert!(
            !is_planned || verb.name == "genesys jobs run" || has_option(verb.name, "plan"),
            "`{}`: --plan",
            verb.name
        );
        let mut command = program();
        command.env_clear().env("HOME", home.path()).current_dir(home.path());
        command.args(["--base-url", CLOSED_PORT, "--output", "jsonl"]).args(verb.name.split(' '));
        if verb.form == Form::Bulk {
            let is_csv = verb.given.contains("\\n");
            let name = if is_csv { "items.csv" } else { "items.jsonl" };
            fs::write(home.path().join(name), verb.given.replace("\\n", "\n") + "\n").expect("written");
            if verb.name.starts_with("lms groups") {
                command.arg("Sample");
            }
            command.args(["--from", name]);
        } else {
            command.args(verb.given.split(' ').filter(|argument| *argument != "--keep"));
        }
        let output = command.arg("--dry-run").stdin(Stdio::null()).output().expect("ended");
        let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
        let line: Value = serde_json::from_str(stdout.lines().next().unwrap_or_default()).unwrap_or_default();
        assert_eq!((output.status.code(), &line["outcome"]), (Some(0), &"valid".into()), "{verb:?}: {stdout}{stderr}");
    }
}
