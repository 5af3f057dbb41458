//! The forms of the output, as text.

use std::cell::RefCell;
use std::io::{self, Write};
use std::rc::Rc;

use clap::Parser;
use serde_json::{Value, json};

use super::*;
use crate::failure::Failure;
use crate::global::Global;

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
    global: Global,
}

fn printer(options: &[&str]) -> Result<(Printer, Sink), Failure> {
    let options = Options::try_parse_from([&["rosterkit"], options].concat()).expect("options");
    let sink = Sink::default();
    let printer = Printer::to(&options.global, super::sink::Sink::Memory(Box::new(sink.clone())), false, false)?;
    Ok((printer, sink))
}

fn text(sink: &Sink) -> String {
    String::from_utf8(sink.0.borrow().clone()).expect("UTF-8")
}

fn rows(options: &[&str], rows: &[Value]) -> Result<String, Failure> {
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
fn rows_in_each_form() -> Result<(), Failure> {
    let mut all = String::new();
    for format in ["table", "json", "jsonl", "csv", "yaml"] {
        all += &format!("--output {format}\n{}", rows(&["--output", format], &people())?);
        all += &format!("--output {format}, no rows\n{}", rows(&["--output", format], &[])?);
    }
    insta::assert_snapshot!(all);
    Ok(())
}

#[test]
fn columns_and_queries_in_each_form() -> Result<(), Failure> {
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
fn a_document_in_each_form() -> Result<(), Failure> {
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
fn batches_of_a_table_align() -> Result<(), Failure> {
    let many: Vec<Value> = (1000..2001).map(|number| json!({ "id": number, "manager": { "id": "王" } })).collect();
    let table = rows(&[], &many)?;
    let places: std::collections::BTreeSet<_> = table.lines().skip(1).map(|line| line.find('王')).collect();
    assert_eq!(table.lines().count(), 1002);
    assert_eq!(places.len(), 1, "{places:?}");
    Ok(())
}

#[test]
fn rows_come_out_while_they_come_in() -> Result<(), Failure> {
    for format in ["json", "jsonl", "csv", "yaml"] {
        let (printer, sink) = printer(&["--output", format])?;
        let mut list = printer.rows(&["id"]);
        list.push(json!({ "id": "u-1" }))?;
        assert!(text(&sink).contains("u-1"), "{format}");
        drop(list);
    }
    Ok(())
}
