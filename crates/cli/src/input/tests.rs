//! Tests of inputs.

use std::io::Write as _;

use clap::Parser;
use rosterkit_core::input::{FieldKind, Fields};
use serde_json::{Value, json};

use super::*;
use crate::context::Context;
use crate::error::Error;
use crate::global_args::GlobalArgs;

#[derive(Parser)]
struct Options {
    #[command(flatten)]
    global: GlobalArgs,
    #[arg(long)]
    from: String,
    #[command(flatten)]
    input: InputOptions,
}

/// The fields of items.
fn fields() -> Fields {
    let texts = ["id", "name", "email", "title", "note"].map(|name| (name, FieldKind::Text));
    let others = [("version", FieldKind::Integer), ("active", FieldKind::Boolean), ("tags", FieldKind::Json)];
    Fields::of(texts.into_iter().chain(others)).with("manager", FieldKind::Json)
}

/// The line of an item, and the item or why it is invalid.
type Numbered = (u64, Result<Value, String>);

fn read(suffix: &str, content: &[u8]) -> Result<Vec<Numbered>, Error> {
    read_with(suffix, content, &[])
}

/// Reads with options.
fn read_with(suffix: &str, content: &[u8], options: &[&str]) -> Result<Vec<Numbered>, Error> {
    let mut file = tempfile::Builder::new().suffix(suffix).tempfile().expect("a file");
    file.write_all(content).expect("written");
    let Options { global, input, .. } = Options::parse_from(["rosterkit", "--from", "x"].iter().chain(options));
    let context = Context::new(global);
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("runtime");
    runtime.block_on(async {
        let mut input = Input::open(&context, file.path(), &input, fields()).await?;
        let mut all = Vec::new();
        while let Some(record) = input.next().await {
            let record = record?;
            all.push((record.line, record.value.map(Lent::take)));
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
    assert_eq!(rows[2].1, Ok(json!({ "id": "u-3", "manager": { "id": "x" } })));
    assert_eq!(rows[3].1, Err("column `version`: expected a whole number".to_owned()));
    Ok(())
}

#[test]
fn a_header_without_commas_is_rejected_with_advice() {
    for (content, expected) in [
        (&b"id;title\nu-1;Agent\n"[..], "the columns are separated by `;`: give --delimiter ';'"),
        (b"id\ttitle\nu-1\tAgent\n", "the columns are separated by `\\t`: give --delimiter tab"),
        (b"id|title\nu-1|Agent\n", "the columns are separated by `|`: give --delimiter '|'"),
        (b"i\0d\0", "the name of column 1 is not UTF-8: give --encoding windows-1252, utf-16le or utf-16be"),
    ] {
        let message = read(".csv", content).err().and_then(|error| error.message(false)).unwrap_or_default();
        assert!(message.contains(expected), "{message}");
    }
    assert!(read(".csv", b"id\nu-1\n").is_ok());
}

#[test]
fn a_column_that_is_nested_too_deep_is_rejected() {
    let column = |parts: usize| [&["manager"][..], &vec!["a"; parts - 1]].concat().join(".");
    let header = |parts: usize| format!("id,{}\nu-1,x\n", column(parts));
    assert!(read(".csv", header(32).as_bytes()).is_ok_and(|rows| rows[0].1.is_ok()));
    for parts in [33, 30_000] {
        let message = read(".csv", header(parts).as_bytes()).err().and_then(|error| error.message(false));
        let message = message.unwrap_or_default();
        assert!(message.contains("more than 32 parts separated by dots"), "{message}");
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
    for header in ["", ",,\n", "id,id\n", "manager,manager.b\n", "manager.b,manager\n", "manager..b\n", "id,id:json\n"]
    {
        assert!(read(".csv", header.as_bytes()).is_err(), "{header:?}");
    }
    let message = read(".txt", b"x").err().and_then(|error| error.message(false)).unwrap_or_default();
    assert!(message.contains("--input-format"), "{message}");
}

#[test]
fn the_file_of_failed_items_can_be_read_again() -> Result<(), Error> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("failed.csv");
    let mut file = FailedFile::create(&path, &Form { header: Some(b"id,title".to_vec()), ..Form::default() })?;
    let raw = |text: &[u8], has_line_break| Raw { text: text.to_vec().into(), has_line_break };
    file.add(&raw(b"u-1,\"a \"\"quoted\"\", one\nwith a break\"", true))?;
    file.add(&raw(b"u-2", true))?;
    file.add(&raw(b"u-3", false))?;
    file.finish()?;
    let rows = read(".csv", &std::fs::read(&path).expect("written"))?;
    assert_eq!(rows[0].1, Ok(json!({ "id": "u-1", "title": "a \"quoted\", one\nwith a break" })));
    assert_eq!(rows[1].1, Ok(json!({ "id": "u-2" })));
    let cut_off = rows[2].1.as_ref().expect_err("a row that may be cut off does not become complete");
    assert!(cut_off.ends_with("no line break ends it: the file may be cut off"), "{cut_off}");
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

fn message(suffix: &str, content: &str, options: &[&str]) -> String {
    let error = read_with(suffix, content.as_bytes(), options).err().and_then(|error| error.message(false));
    error.unwrap_or_default()
}

const STAFF: &str = "Id;First Name;Last Name;E-mail;Job, Title;Status;Boss;Version\n\
    1;A;Roe;a.roe@example.com;Agent;A;;3.0\n\
    2;;Poe;;;;u-1;\n\
    ;;;;;;;\n\
    3;C;;c@example.com\n";

#[test]
fn columns_of_other_names_become_fields() -> Result<(), Error> {
    let map = [
        "--map",
        "id=u-{Id},name={First Name} {Last Name},email=E-mail,title={Job, Title}",
        "--map",
        "active=:contains(Status, 'A'),manager.id=Boss,note=:lower(\"First Name\"),version=Version",
    ];
    let rows = read_with(".csv", STAFF.as_bytes(), &[&["--delimiter", ";"][..], &map].concat())?;
    let expected = [
        (
            2,
            json!({
                "id": "u-1", "name": "A Roe", "email": "a.roe@example.com", "title": "Agent", "active": true, "note": "a",
                "version": 3,
            }),
        ),
        (3, json!({ "id": "u-2", "name": "Poe", "active": false, "manager": { "id": "u-1" } })),
        (5, json!({ "id": "u-3", "name": "C", "email": "c@example.com", "active": false, "note": "c" })),
    ];
    assert_eq!(rows, expected.map(|(line, item)| (line, Ok(item))));
    let problem = &read_with(".csv", b"id,On\nu-1,\n", &["--map", "active=:sum(On)"])?[0].1;
    assert!(problem.as_ref().is_err_and(|it| it.starts_with("--map `active` does not match the data")), "{problem:?}");
    Ok(())
}

#[test]
fn a_mapped_file_has_fields_under_their_own_names_and_no_unknown_columns() -> Result<(), Error> {
    let file = "id,Name,title,Salary,tags\nu-1,A,Agent,7,[1]\n";
    let map = ["--map", "name=Name,title=:null_or_text"];
    let expected = "--map: the file has no column `null_or_text`";
    assert!(message(".csv", file, &map).contains(expected), "{}", message(".csv", file, &map));
    for (options, expected) in [
        (&["--map", "name=Nam"][..], "the file has no column `Nam`; did you mean `Name`?"),
        (&["--map", "name={Nme}"], "the file has no column `Nme`; did you mean `Name`?"),
        (&["--map", "nam=Name"], "--map: unknown field `nam`; did you mean `name`?"),
        (&["--map", "name=Name,name=title"], "--map: `name` sets the same field as `name`"),
        (&["--map", "manager=Name,manager.id=title"], "--map: `manager.id` sets the same field as `manager`"),
        (&["--map", "name=Name"], "unknown column `Salary`"),
        (&["--map", "name=Name,title=Salary"], "column `title`, whose field --map sets"),
    ] {
        let message = message(".csv", file, options);
        assert!(message.contains(expected), "{options:?}: {message}");
    }
    assert!(message(".csv", "Name,Name\nA,B\n", &["--map", "name=Name"]).contains("more than one column `Name`"));
    let rows = read_with(".csv", file.as_bytes(), &["--map", "name=Name", "--on-unknown-column", "ignore"])?;
    assert_eq!(rows[0].1, Ok(json!({ "id": "u-1", "name": "A", "title": "Agent", "tags": [1] })));
    let cleared = read_with(".csv", b"id,x\nu-1,\n", &["--map", "title:json=:`null`,note=x"])?;
    assert_eq!(cleared[0].1, Ok(json!({ "id": "u-1", "title": null })));
    Ok(())
}

#[test]
fn a_mapped_cell_is_read_like_one_of_its_field() -> Result<(), Error> {
    let file = "id,On,Number,List\na,TRUE,3.0,[1]\nb,S3NTINEL,,\nc,,S3NTINEL,\nd,,,S3NTINEL\n";
    let map = ["--map", "active=On,version={Number},tags=List"];
    let values: Vec<_> = read_with(".csv", file.as_bytes(), &map)?.into_iter().map(|(_, value)| value).collect();
    assert_eq!(values[0], Ok(json!({ "id": "a", "active": true, "version": 3, "tags": [1] })));
    for (value, expected) in values[1..].iter().zip([
        "column `On`: expected true or false",
        "--map `version`: expected a whole number",
        "column `List`: invalid JSON value",
    ]) {
        let problem = value.as_ref().expect_err(expected);
        assert!(problem.starts_with(expected) && !problem.contains("S3NTINEL"), "{problem}");
    }
    Ok(())
}

#[test]
fn fields_of_json_lines_are_mapped_too() -> Result<(), Error> {
    let lines = [
        json!({ "id": "u-1", "first": "A", "org": { "title": "Agent", "size": 2 }, "on": "TRUE", "v": 3.0 }),
        json!({ "id": "u-2", "first": null }),
        json!({ "id": "u-3", "other": 1 }),
        json!({ "id": "u-4", "name": "x" }),
        json!({ "id": "u-5", "org": { "size": [] } }),
    ];
    let lines: String = lines.iter().map(|line| format!("{line}\n")).collect();
    let map = ["--map", "name={first} ({org.size}),title=org.title,active=on,version=v"];
    let values = |options: &[&str]| -> Result<Vec<_>, Error> {
        let rows = read_with(".jsonl", lines.as_bytes(), &[&map[..], options].concat())?;
        Ok(rows.into_iter().map(|(_, value)| value).collect())
    };
    let read = values(&[])?;
    assert_eq!(
        read[..2],
        [
            Ok(json!({ "id": "u-1", "name": "A (2)", "title": "Agent", "active": true, "version": 3 })),
            Ok(json!({ "id": "u-2" })),
        ]
    );
    for (value, expected) in read[2..].iter().zip([
        "unknown field `other`",
        "field `name` is not used: --map sets it",
        "--map `name`: `org.size` is a list or an object",
    ]) {
        assert!(value.as_ref().is_err_and(|problem| problem.starts_with(expected)), "{value:?}");
    }
    let ignored = values(&["--on-unknown-column", "ignore"])?;
    assert_eq!(ignored[2..4], [Ok(json!({ "id": "u-3" })), Ok(json!({ "id": "u-4" }))]);
    Ok(())
}

#[test]
fn the_file_of_failed_items_has_the_encoding_of_the_input() -> Result<(), Error> {
    let text = "id;title\nu-1;Zoë\n";
    let utf_16 = |bytes: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(bytes).collect::<Vec<u8>>();
    let (little, big) = (utf_16(u16::to_le_bytes), utf_16(u16::to_be_bytes));
    for (content, encoding) in [
        (text.as_bytes().to_vec(), "utf-8"),
        ([&b"\xef\xbb\xbf"[..], text.as_bytes()].concat(), "utf-8"),
        ([&b"\xff\xfe"[..], &little].concat(), "utf-8"),
        (little, "utf-16le"),
        (big, "utf-16be"),
        (b"id;title\nu-1;Zo\xeb\n".to_vec(), "windows-1252"),
    ] {
        let folder = tempfile::tempdir().expect("a folder");
        let (from, to) = (folder.path().join("people.csv"), folder.path().join("failed.csv"));
        std::fs::write(&from, &content).expect("written");
        let options = ["rosterkit", "--from", "x", "--delimiter", ";", "--encoding", encoding];
        let Options { global, input, .. } = Options::parse_from(options);
        let context = Context::new(global);
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("runtime");
        runtime.block_on(async {
            let mut input = Input::open(&context, &from, &input, fields()).await?;
            let mut failed = FailedFile::create(&to, input.form())?;
            while let Some(record) = input.next().await.transpose()? {
                assert_eq!(record.value.map(Lent::take), Ok(json!({ "id": "u-1", "title": "Zoë" })), "{encoding}");
                failed.add(&record.raw)?;
            }
            failed.finish()
        })?;
        assert_eq!(std::fs::read(&to).expect("written"), content, "{encoding}");
    }
    Ok(())
}
