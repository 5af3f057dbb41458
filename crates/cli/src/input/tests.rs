//! Tests of inputs.

use std::io::Write as _;

use clap::Parser;
use serde_json::{Value, json};

use super::*;
use crate::context::Context;
use crate::error::Error;
use crate::global_args::GlobalArgs;

#[derive(Parser)]
struct Options {
    #[command(flatten)]
    global: GlobalArgs,
}

/// The line of an item, and the item or why it is invalid.
type Numbered = (u64, Result<Value, String>);

fn read(suffix: &str, content: &[u8]) -> Result<Vec<Numbered>, Error> {
    let mut file = tempfile::Builder::new().suffix(suffix).tempfile().expect("a file");
    file.write_all(content).expect("written");
    let context = Context::new(Options::parse_from(["rosterkit"]).global);
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("runtime");
    runtime.block_on(async {
        let mut input = Input::open(&context, file.path(), None, vec!["version"]).await?;
        let mut all = Vec::new();
        while let Some(record) = input.next().await {
            let record = record?;
            all.push((record.line, record.value));
        }
        Ok(all)
    })
}

#[test]
fn csv_becomes_objects() -> Result<(), Error> {
    let content = "\u{feff}id,manager.id,version,tags:json,title\r\n\
                   u-1,u-9,3,\"[\"\"a\"\"]\",\"two\nlines\"\r\n\
                   u-2,,,,=1+1\n\
                   u-3,x\n\
                   u-4,,three,,\n";
    let rows = read(".csv", content.as_bytes())?;
    let expected = [
        json!({ "id": "u-1", "manager": { "id": "u-9" }, "version": 3, "tags": ["a"], "title": "two\nlines" }),
        json!({ "id": "u-2", "title": "=1+1" }),
    ];
    assert_eq!((rows[0].0, rows[0].1.as_ref()), (2, Ok(&expected[0])));
    assert_eq!((rows[1].0, rows[1].1.as_ref()), (4, Ok(&expected[1])));
    assert!(rows[2].1.as_ref().is_err_and(|problem| problem.contains("2 cells")), "{:?}", rows[2]);
    assert!(rows[3].1.as_ref().is_err_and(|problem| problem.contains("`version`")), "{:?}", rows[3]);
    Ok(())
}

#[test]
fn a_header_without_commas_is_rejected_with_advice() {
    for (content, expected) in [
        (&b"id;title\nu-1;Agent\n"[..], "separated by `;`: save the file with commas"),
        (b"id\ttitle\nu-1\tAgent\n", "separated by `\\t`"),
        (b"\xff\xfei\0d\0", "not UTF-8: save the file as UTF-8"),
    ] {
        let message = read(".csv", content).err().and_then(|error| error.message(false)).unwrap_or_default();
        assert!(message.contains(expected), "{message}");
    }
    assert!(read(".csv", b"id\nu-1\n").is_ok());
}

#[test]
fn a_column_that_is_nested_too_deep_is_rejected() {
    let column = |parts: usize| vec!["a"; parts].join(".");
    let header = |parts: usize| format!("id,{}\nu-1,x\n", column(parts));
    assert!(read(".csv", header(32).as_bytes()).is_ok_and(|rows| rows[0].1.is_ok()));
    for parts in [33, 30_000] {
        let message = read(".csv", header(parts).as_bytes()).err().and_then(|error| error.message(false));
        let message = message.unwrap_or_default();
        assert!(message.contains("column 2 has more than 32 parts"), "{message}");
    }
}

#[test]
fn lines_become_objects_and_invalid_ones_are_reported() -> Result<(), Error> {
    let content = b"{\"id\":\"u-1\"}\r\n\n[1]\n{\"id\":\n\xff\n{\"id\":\"last\"}";
    let rows = read(".jsonl", content)?;
    let lines: Vec<u64> = rows.iter().map(|(line, _)| *line).collect();
    let ok: Vec<bool> = rows.iter().map(|(_, value)| value.is_ok()).collect();
    assert_eq!((lines, ok), (vec![1, 3, 4, 5, 6], vec![true, false, false, false, true]));
    Ok(())
}

#[test]
fn an_ambiguous_header_is_rejected() {
    for header in ["", "id,id\n", "id,,x\n", "a,a.b\n", "a.b,a\n", "a..b\n", "id,\u{1}x:json,id:json\n"] {
        assert!(read(".csv", header.as_bytes()).is_err(), "{header:?}");
    }
    let message = read(".txt", b"x").err().and_then(|error| error.message(false)).unwrap_or_default();
    assert!(message.contains("--input-format"), "{message}");
}

#[test]
fn the_file_of_failed_items_can_be_read_again() -> Result<(), Error> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("failed.csv");
    let mut file = FailedFile::create(&path, Some(b"id,title"))?;
    file.add(&Raw::Row(b"u-1,\"a \"\"quoted\"\", one\nwith a break\"".to_vec()))?;
    file.add(&Raw::Row(b"u-2".to_vec()))?;
    file.finish()?;
    let rows = read(".csv", &std::fs::read(&path).expect("written"))?;
    assert_eq!(rows[0].1, Ok(json!({ "id": "u-1", "title": "a \"quoted\", one\nwith a break" })));
    assert!(rows[1].1.is_err());
    Ok(())
}

#[test]
fn misplaced_quotation_marks_are_reported() -> Result<(), Error> {
    let rows = read(".csv", b"id,title\nu-1,\"a\" b\nu-2,c\n")?;
    let reason = rows[0].1.as_ref().expect_err("text after a closing mark");
    assert!(reason.contains("`title` has text after its closing quotation mark"), "{reason}");
    assert_eq!(rows[1].1, Ok(json!({ "id": "u-2", "title": "c" })));

    let problem = read(".csv", b"id,title\nu-1,a\n\nu-2,\"b\nu-3,c\n").err().and_then(|error| error.message(false));
    let problem = problem.expect("an unclosed mark would hide all rows after it");
    assert!(problem.contains("line 4: `title` has a quotation mark that is not closed"), "{problem}");
    assert!(read(".csv", b"id,\"ti\"tle\nu-1,a\n").is_err() && read(".csv", b"id,\"title\nu-1,a\n").is_err());
    Ok(())
}
