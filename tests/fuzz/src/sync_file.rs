//! Sync files: every problem has a place in the text and is told on one line.

use std::path::Path;

use rosterkit_sync::config::SyncFile;

use crate::{Target, no_seeds};

pub const TARGET: Target = Target {
    name: "sync_file",
    run,
    seeds: no_seeds,
    words: &[
        "[[flow]]",
        "[flow.fields]",
        "[flow.identity]",
        "[flow.limits]",
        "[flow.completions]",
        "name = ",
        "from = ",
        "to = ",
        "\"\"",
        "\"genesys-users\"",
        "\"session-users\"",
        "\"lms-users\"",
        "\"file\"",
        "match = [\"email\"]",
        "where = ",
        "max_percent = ",
        "since = 2026-01-01",
        "\"1d\"",
        "9999999999",
        "-1",
        "1.5",
        "true",
        "\\u0000",
        "\n",
        "=",
        "[",
        "]",
        "{",
        "}",
        "'",
        "default(",
    ],
};

fn run(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let lines = text.split('\n').count();
    match SyncFile::parse(&text, Path::new("dir/sync.toml")) {
        Ok(file) => {
            let again = SyncFile::parse(&text, Path::new("dir/sync.toml")).expect("the same text");
            assert_eq!(again.hash, file.hash);
            assert!(!file.flows.is_empty(), "a sync file has flows");
        }
        Err(error) => {
            assert!(!error.problems().is_empty(), "{error}");
            for problem in error.problems() {
                assert!((1..=lines).contains(&problem.line) && problem.column >= 1, "{problem:?}");
                assert!(!problem.message.is_empty() && !problem.message.contains(['\n', '\r']), "{problem:?}");
            }
            assert!(error.to_string().starts_with("dir/sync.toml:"), "{error}");
        }
    }
}
