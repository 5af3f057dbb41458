//! Tests of the output formats.

use std::cell::RefCell;
use std::io::{self, Write};
use std::rc::Rc;

use clap::Parser;
use serde_json::{Value, json};

use super::*;
use crate::error::Error;
use crate::global_args::GlobalArgs;

#[derive(Clone, Default)]
struct Sink(Rc<RefCell<Vec<u8>>>);

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[derive(Parser)]
struct Options {
    #[command(flatten)]
    global: GlobalArgs,
}

fn printer(options: &[&str]) -> Result<(Printer, Sink), Error> {
    let options = Options::try_parse_from([&["rosterkit"], options].concat()).expect("options");
    let sink = Sink::default();
    let printer = Printer::to(&options.global, super::sink::Sink::Memory(Box::new(sink.clone())), false, false)?;
    Ok((printer, sink))
}

fn text(sink: &Sink) -> String {
    String::from_utf8(sink.0.borrow().clone()).expect("UTF-8")
}

fn rows(options: &[&str], rows: &[Value]) -> Result<String, Error> {
    let (printer, sink) = printer(options)?;
    let mut list = printer.rows(&["id", "manager.id"]);
    for row in rows {
        list.push(row.clone())?;
    }
    list.finish()?;
    Ok(text(&sink))
}

fn people() -> Vec<Value> {
    vec![
        json!({ "id": "u-1", "name": "Sample, Person", "manager": { "id": "u-2" } }),
        json!({ "id": "u-2", "name": "=cmd|'x'", "teams": ["a", "b"] }),
    ]
}

#[test]
fn json_text_is_escaped_for_a_terminal_and_unchanged_for_a_file() {
    let json = "{\"name\":\"\u{9b}2J\u{202e}é\"}";
    for (live, expected) in [(true, "{\"name\":\"\\u009b2J\\u202eé\"}\n".to_owned()), (false, format!("{json}\n"))] {
        let (mut printer, sink) = printer(&[]).expect("valid options");
        printer.live = live;
        printer.json_text(json_layout::Layout::Line, json.as_bytes()).expect("written");
        assert_eq!(String::from_utf8(sink.0.take()).expect("UTF-8"), expected);
    }
}

#[test]
fn rows_in_each_form() -> Result<(), Error> {
    let mut all = String::new();
    for format in ["table", "json", "jsonl", "csv", "yaml"] {
        all += &format!("--output {format}\n{}", rows(&["--output", format], &people())?);
        all += &format!("--output {format}, no rows\n{}", rows(&["--output", format], &[])?);
    }
    insta::assert_snapshot!(all);
    Ok(())
}

#[test]
fn columns_and_queries_in_each_form() -> Result<(), Error> {
    let mut all = String::new();
    for format in ["table", "json", "jsonl", "csv", "yaml"] {
        for options in [
            &["--columns", "name,teams.0"][..],
            &["--query", "[?manager].{who: name, boss: manager.id}"],
            &["--query", "length(@)"],
        ] {
            let given = [&["--output", format], options].concat();
            all += &format!("{}\n{}", given.join(" "), rows(&given, &people())?);
        }
    }
    insta::assert_snapshot!(all);
    Ok(())
}

#[test]
fn a_document_in_each_form() -> Result<(), Error> {
    let mut all = String::new();
    for format in ["table", "json", "jsonl", "csv", "yaml"] {
        for value in [people().remove(0), json!("text\u{1b}[31m"), json!(null)] {
            let (printer, sink) = printer(&["--output", format])?;
            printer.document(value)?;
            all += &format!("--output {format}\n{}", text(&sink));
        }
    }
    insta::assert_snapshot!(all);
    Ok(())
}

#[test]
fn batches_of_a_table_align() -> Result<(), Error> {
    let many: Vec<Value> = (1000..2001).map(|number| json!({ "id": number, "manager": { "id": "王" } })).collect();
    let table = rows(&[], &many)?;
    let places: std::collections::BTreeSet<_> = table.lines().skip(1).map(|line| line.find('王')).collect();
    assert_eq!(table.lines().count(), 1002);
    assert_eq!(places.len(), 1, "{places:?}");
    Ok(())
}

#[test]
fn rows_are_written_when_they_are_pushed() -> Result<(), Error> {
    for format in ["json", "jsonl", "csv", "yaml"] {
        let (printer, sink) = printer(&["--output", format])?;
        let mut list = printer.rows(&["id"]);
        list.push(json!({ "id": "u-1" }))?;
        assert!(text(&sink).contains("u-1"), "{format}");
        drop(list);
    }
    Ok(())
}

/// Prints a row as for a terminal.
fn on_a_terminal(options: &[&str], row: Value) -> Result<String, Error> {
    let (mut printer, sink) = printer(options)?;
    printer.live = true;
    let mut list = printer.rows(&["id", "manager.id"]);
    list.push(row)?;
    list.finish()?;
    Ok(text(&sink))
}

#[test]
fn control_characters_are_escaped_on_a_terminal_in_each_format() -> Result<(), Error> {
    // Escape sequences of one byte and of two, characters that change the direction of text, a bell, a carriage return, and
    // characters that cannot be seen: two to four bytes in UTF-8, one or two units in UTF-16.
    let row = json!({
        "id": "a\u{1b}[31m\u{9b}2J\u{7f}\u{202e}\u{61c}\u{7}\r\u{200b}\u{2028}\u{feff}\u{e0041}\u{180e}",
        "manager": { "id": { "\u{9b}k": "\u{85}", "only\u{34f}": "\u{e0041}", "\u{3164}": "\u{180e}" } },
    });
    for format in ["table", "json", "jsonl", "csv", "yaml"] {
        let shown = on_a_terminal(&["--output", format], row.clone())?;
        let control: Vec<char> = shown.chars().filter(|it| *it != '\n' && crate::text::needs_escape(*it)).collect();
        assert!(control.is_empty(), "{format}: {control:?}");
    }
    for format in ["json", "jsonl"] {
        let shown = rows(&["--output", format], std::slice::from_ref(&row))?;
        let read: Value = serde_json::from_str(&shown).expect("JSON");
        assert_eq!(if read.is_array() { &read[0] } else { &read }, &row, "{format}: the data is unchanged");
    }
    let shown = on_a_terminal(&["--output", "jsonl"], row.clone())?;
    assert_eq!(serde_json::from_str::<Value>(&shown).expect("JSON"), row, "the data is unchanged by the escapes");
    // Without a terminal, the cells of CSV are the data.
    assert!(rows(&["--output", "csv"], &[row])?.contains("a\u{1b}[31m\u{9b}2J"));
    Ok(())
}

#[test]
fn formulas_and_line_breaks_in_cells_are_kept_in_csv() -> Result<(), Error> {
    let cells = ["=1+1", "+1", "-1", "@x", "a\r\nb", "\"q\", ;\t", " lead", "王小明 👩‍👩‍👧", ""];
    let people: Vec<Value> = cells.iter().map(|cell| json!({ "id": cell, "manager": { "id": "m" } })).collect();
    let written = rows(&["--output", "csv"], &people)?;
    let mut reader = csv::Reader::from_reader(written.as_bytes());
    let read: Vec<String> = reader.records().map(|row| row.expect("a row")[0].to_owned()).collect();
    assert_eq!(read, cells);
    Ok(())
}

#[test]
fn misspelt_columns_are_reported() -> Result<(), Error> {
    let (printer, _) = printer(&["--columns", "id,manger.id"])?;
    let message = printer.check_columns(&["id", "manager"]).err().and_then(|error| error.message(false));
    assert!(message.is_some_and(|message| message.contains("`manger.id`; did you mean `manager`?")));
    // The result of a query can have any column.
    let (printer, _) = self::printer(&["--columns", "who", "--query", "[].{who: id}"])?;
    assert!(printer.check_columns(&["id"]).is_ok());
    let mut missing = super::columns::Missing::new(&super::columns::parse(&["id".into(), "a.b".into(), "c".into()])?);
    people().iter().for_each(|row| missing.check_row(row));
    assert_eq!(missing.columns().collect::<Vec<_>>(), ["a.b", "c"]);
    missing.check_row(&json!({ "a": { "b": null } }));
    assert_eq!(missing.columns().collect::<Vec<_>>(), ["c"]);
    Ok(())
}

#[test]
fn the_extension_of_a_file_sets_its_format_and_it_is_written_all_or_nothing() -> Result<(), Error> {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, options, expected) in [
        ("p.csv", &[][..], "id\nu-1\n"),
        ("p.JSONL", &[], "{\"id\":\"u-1\"}\n"),
        ("p.yml", &[], "- id: u-1\n"),
        ("p.txt", &[], "ID\nu-1\n"),
        ("p.csv", &["--output", "jsonl"], "{\"id\":\"u-1\"}\n"),
    ] {
        let path = folder.path().join(name);
        std::fs::write(&path, "old").expect("written");
        let list = || printer(options).and_then(|(printer, _)| Ok(printer.into_file(Some(&path))?.rows(&["id"])));
        for is_whole in [false, true] {
            let mut rows = list()?;
            rows.push(json!({ "id": "u-1" }))?;
            if is_whole {
                rows.finish()?
            } else {
                rows.interrupted()?
            }
            let kept = std::fs::read_to_string(&path).expect("a file");
            assert_eq!(kept, if is_whole { expected } else { "old" }, "{name}");
        }
        drop(list()?);
        assert_eq!(std::fs::read_to_string(&path).expect("a file"), expected);
    }
    assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 4);
    // `-` is standard output, and no file.
    let (stdout, sink) = printer(&["--output", "jsonl"])?;
    stdout.into_file(Some(std::path::Path::new("-")))?.list(vec![json!({ "id": 1 })], &["id"])?;
    assert_eq!(text(&sink), "{\"id\":1}\n");
    Ok(())
}
