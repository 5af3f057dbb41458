//! Complete exports: dates relative to now.

use crate::lms::MANAGER;
use crate::support::{bare, text};

#[test]
fn dates_are_taken_relative_to_the_clock_of_the_sandbox() {
    // It shows 2025-01-01T00:00Z.
    let home = tempfile::tempdir().expect("a home");
    let run = |arguments: &[&str]| {
        let mut command = bare(&home);
        command.args(["--sandbox", "--sandbox-seed", "7", "--output", "jsonl"]);
        text(&command.args(arguments).assert().success().get_output().stdout)
    };
    let team = ["lms", "records", "--team", "--on-behalf-of", MANAGER];
    let job = ["genesys", "jobs", "run", "details", "--interval"];
    let activities = ["genesys", "activities", "list", "--mine", "--all"];
    let of = |verb: &[&'static str], words: &'static str| -> String {
        run(&[verb, &words.split(' ').collect::<Vec<_>>()].concat())
    };
    // The same date-times, and others.
    for (verb, relative, absolute, other) in [
        (&["sessions", "completions"][..], "--from 30w --to 26w", "--from 2024-06-05 --to 2024-07-03", "--to now"),
        (&["sessions", "clusters"], "--from 52w --to 26w", "--from 2024-01-03 --to 2024-07-03", "--to now"),
        (&["lms", "export", "records"], "--from 52w --to 182d", "--from 2024-01-03 --to 2024-07-03", "--to now"),
        (&["lms", "export", "reports"], "--from 1d --to now", "--from 2024-12-31 --to 2025-01-01", "--to now"),
        (&team, "--since 17w", "--since 2024-09-04", "--since 2000-01-01"),
        (&job, "7d/yesterday", "2024-12-25/2024-12-31", "14d/7d"),
        (&activities, "--completed 26w/now", "--completed 2024-07-03/2025-01-01", "--completed 26w/25w"),
        (&activities, "--due 9w/yesterday", "--due 2024-10-30/2024-12-31", "--due 26w/now"),
    ] {
        let printed = of(verb, relative);
        assert_eq!(printed, of(verb, absolute), "{verb:?} {relative}");
        assert_ne!(printed, "", "{verb:?} {relative}");
        assert_ne!(printed, of(verb, other), "{verb:?} {relative}");
    }
    for (arguments, problem) in [
        (&["sessions", "completions", "--from", "tomorrow"][..], "a time ago, such as 7d"),
        (&["sessions", "completions", "--from", "40000d"], "maximum of 36525d"),
        (&["genesys", "jobs", "run", "details", "--interval", "now/7d"], "START must be before END"),
        (&["genesys", "activities", "list", "--mine", "--due", "7d"], "START/END"),
    ] {
        let refused = bare(&home).arg("--sandbox").args(arguments).assert().code(2);
        let message = text(&refused.get_output().stderr);
        assert!(message.contains(problem), "{arguments:?}: {message}");
    }
}
