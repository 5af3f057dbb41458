//! The guide: each block of its pages is compiled, run or parsed, each page is in the summary, and no link is broken.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use rosterkit_sync::config::SyncFile;

use crate::tour::{compare, document};

/// The minimum number of commands and of sync files, so that the search for them cannot fail unnoticed.
const MIN_COMMANDS: usize = 20;
const MIN_SYNC_FILES: usize = 4;

/// The pages, by file name, with their texts.
fn pages() -> Vec<(String, String)> {
    let entries = fs::read_dir(document("docs/src")).expect("the guide");
    let mut pages: Vec<_> = entries
        .map(|entry| {
            let path = entry.expect("a page").path();
            let name = path.file_name().and_then(|name| name.to_str()).expect("a name in UTF-8").to_owned();
            (name, fs::read_to_string(&path).expect("a page in UTF-8"))
        })
        .collect();
    pages.sort();
    pages
}

/// The targets of the links in a text.
fn links(text: &str) -> impl Iterator<Item = &str> {
    text.split("](").skip(1).map(|rest| rest.split(')').next().unwrap_or_default())
}

/// The contents of the blocks in a language, with the first lines of the blocks.
fn blocks<'a>(text: &'a str, language: &str) -> Vec<(&'a str, &'a str)> {
    let fenced = text.split("\n```").skip(1).step_by(2);
    let blocks = fenced.filter_map(|block| block.split_once('\n'));
    blocks.filter(|(info, _)| info.split([' ', ',']).next() == Some(language)).collect()
}

#[test]
fn every_command_of_the_guide_prints_what_its_page_says() {
    let commands: usize =
        pages().iter().map(|(name, _)| compare(&document("docs/src").join(name), |lines| 0..lines.len())).sum();
    assert!(commands >= MIN_COMMANDS, "the guide has {commands} commands");
}

#[test]
fn every_example_in_rust_is_a_test_of_the_documentation() {
    let tested = fs::read_to_string(document("tests/src/lib.rs")).expect("the list of tested documents");
    let mut with_examples = 0;
    for (name, text) in pages() {
        let examples = blocks(&text, "rust");
        with_examples += usize::from(!examples.is_empty());
        let is_tested = tested.contains(&format!("\"docs/src/{name}\""));
        assert_eq!(
            is_tested,
            !examples.is_empty(),
            "{name}: list it in `documents` of tests/src/lib.rs if, and only if, it has examples"
        );
        for (info, _) in examples {
            assert!(["rust", "rust,no_run"].contains(&info), "{name}: ```{info} is not compiled");
        }
    }
    assert!(with_examples > 0);
}

#[test]
fn every_sync_file_of_the_guide_is_valid() {
    let mut files = 0;
    for (name, text) in pages() {
        for (info, content) in blocks(&text, "toml") {
            let file = info.split(' ').nth(1).unwrap_or_else(|| panic!("{name}: ```toml needs a file name"));
            SyncFile::parse(content, Path::new(file)).unwrap_or_else(|error| panic!("{name}: {error}"));
            files += 1;
        }
    }
    assert!(files >= MIN_SYNC_FILES, "the guide has {files} sync files");
}

#[test]
fn every_page_is_in_the_summary_and_no_link_is_broken() {
    let pages = pages();
    let names: BTreeSet<&str> =
        pages.iter().map(|(name, _)| name.as_str()).filter(|name| *name != "SUMMARY.md").collect();
    for (name, text) in &pages {
        for link in links(text).filter(|link| !link.starts_with("https://")) {
            assert!(names.contains(link), "{name}: no page {link}");
        }
    }
    let (_, summary) = pages.iter().find(|(name, _)| name == "SUMMARY.md").expect("a summary");
    let listed: Vec<&str> = links(summary).collect();
    assert_eq!(listed.iter().copied().collect::<BTreeSet<_>>(), names);
    assert_eq!(listed.len(), names.len(), "a page is listed twice");
}
