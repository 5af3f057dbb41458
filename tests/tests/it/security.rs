//! The claims of SECURITY.md are held by tests that exist.

use std::fs;
use std::path::{Path, PathBuf};

/// The tests that a row of the table names, as `file: function`.
fn named(row: &str) -> impl Iterator<Item = (&str, &str)> {
    let cell = row.trim_end_matches(['|', ' ']).rsplit('|').next().unwrap_or_default();
    cell.split('`').skip(1).step_by(2).filter_map(|name| name.split_once(": "))
}

/// Whether the file has a test of this name: a function whose attributes, in the lines above it, say so.
fn has_test(file: &Path, function: &str) -> bool {
    let text = fs::read_to_string(file).unwrap_or_default();
    let Some((before, _)) = text.split_once(&format!("fn {function}(")) else { return false };
    let attributes = before.lines().rev().skip_while(|line| matches!(line.trim(), "" | "async"));
    attributes.take_while(|line| line.trim_start().starts_with("#[")).any(|line| line.contains("test"))
}

#[test]
fn every_claim_names_tests_that_exist() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let text = fs::read_to_string(root.join("SECURITY.md")).expect("SECURITY.md");
    let rows: Vec<&str> = text.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| ---")).collect();
    let (head, claims) = rows.split_first().expect("the table");
    assert!(head.ends_with("held by |"), "{head}");
    let mut tests = 0;
    for (file, function) in claims.iter().flat_map(|row| named(row)) {
        let files: Vec<PathBuf> = ["crates", ""].map(|folder| root.join(folder).join(file)).into();
        assert!(
            files.iter().any(|file| has_test(file, function)),
            "SECURITY.md names `{function}` in `{file}`: no such test"
        );
        tests += 1;
    }
    let unheld = claims.iter().filter(|row| named(row).next().is_none()).count();
    assert!(
        tests > 20 && unheld == 2,
        "{tests} tests, and {unheld} claims without one: expected 2, about other accounts and root"
    );
}

#[test]
fn a_test_that_does_not_exist_is_noticed() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/security.rs");
    assert!(has_test(&file, "a_test_that_does_not_exist_is_noticed"));
    assert!(!has_test(&file, "no_such_test") && !has_test(Path::new("no such file"), "named"));
    assert_eq!(named("| a | b | `x/y.rs: f`, `z.rs: g` |").collect::<Vec<_>>(), [("x/y.rs", "f"), ("z.rs", "g")]);
}
