//! Items of files: what spreadsheets write, known fields, and bytes of any kind.

use proptest::prelude::*;
use rosterkit_core::catalog::{Property, Schema, SchemaKind};
use rosterkit_core::input::{
    EmptyCell, Encoding, Error, FieldKind, Fields, Format, ReadOptions, Record, Records, UnknownFields,
};
use serde_json::{Value, json};

const fn of(kind: SchemaKind) -> Schema {
    Schema { nullable: false, kind }
}

const fn property(name: &'static str, schema: &'static Schema) -> Property {
    Property { name, required: false, read_only: false, schema }
}

static TEXT: Schema = of(SchemaKind::Text { values: &[], max_length: None });
static FLAG: Schema = of(SchemaKind::Boolean);
static COUNT: Schema = of(SchemaKind::Integer { minimum: None, maximum: None });
static SHARE: Schema = of(SchemaKind::Number { minimum: None, maximum: None });
static LIST: Schema = of(SchemaKind::Array { items: &CLOSED, min_items: None, max_items: None });
static MAP: Schema = of(SchemaKind::Map(&COUNT));
static ANY: Schema = of(SchemaKind::Any);
static CLOSED: Schema =
    of(SchemaKind::Object { properties: &[property("id", &TEXT), property("size", &COUNT)], open: false });
static OPEN: Schema = of(SchemaKind::Object {
    properties: &[
        property("active", &FLAG),
        property("any", &ANY),
        property("list", &LIST),
        property("manager", &CLOSED),
        property("name", &TEXT),
        property("numbers", &MAP),
        property("share", &SHARE),
        property("version", &COUNT),
    ],
    open: true,
});

fn csv() -> ReadOptions {
    ReadOptions::new(Format::Csv).fields(Fields::of_schema(Some(&OPEN)))
}

fn read(file: &[u8], options: ReadOptions) -> Result<Vec<Record>, Error> {
    Records::new(file, options)?.collect()
}

/// The lines of the items, and the items or why they are invalid.
fn values(file: &str, options: ReadOptions) -> Vec<(u64, Result<Value, String>)> {
    let records = read(file.as_bytes(), options).unwrap_or_else(|error| panic!("{file:?}: {error}"));
    records.into_iter().map(|record| (record.line, record.value)).collect()
}

#[test]
fn what_spreadsheets_and_data_frames_write_is_understood() {
    let file = "\u{feff}name,active,version,share,,\r\n\
        A,TRUE,3.0,0.5,,\r\n\
        ,,,,,\r\n\
        B,False\r\n\
        C,true,7,2,,,,,\r\n\
        ,\r\n\
        D,,1e3,null\r\n";
    let expected = [
        (2, json!({ "name": "A", "active": true, "version": 3, "share": 0.5 })),
        (4, json!({ "name": "B", "active": false })),
        (5, json!({ "name": "C", "active": true, "version": 7, "share": 2 })),
        (7, json!({ "name": "D", "version": 1000, "share": null })),
    ];
    assert_eq!(values(file, csv()), expected.map(|(line, value)| (line, Ok(value))));
}

#[test]
fn an_invalid_cell_is_told_by_its_column_and_without_its_value() {
    for (file, expected) in [
        ("active\nS3NTINEL\n", "column `active`: expected true or false"),
        ("active\n1\n", "column `active`: expected true or false"),
        ("version\n3.5\n", "column `version`: expected a whole number"),
        ("version\n\"S3NTINEL\"\n", "column `version`: expected a whole number"),
        ("manager.size\n\"[1]\"\n", "column `manager.size`: expected a whole number"),
        ("share\ntrue\n", "column `share`: expected a number"),
        ("list\nS3NTINEL\n", "column `list`: invalid JSON value"),
        ("name:json\nS3NTINEL\n", "column `name:json`: invalid JSON value"),
        ("list\n\"[{\"\"id\"\":1,\"\"id\"\":2}]\"\n", "column `list`: duplicate key `id`"),
        ("name,,\nA,,S3NTINEL\n", "column 3 has no name, but the row has a cell in it"),
        ("name\nA,S3NTINEL\n", "the row has 2 cells, but the header has 1 columns"),
        ("name,version\n\"A\" S3NTINEL,1\n", "column `name` has text after its closing quotation mark"),
    ] {
        let problem = values(file, csv())[0].1.clone().expect_err(file);
        assert!(problem.starts_with(expected) && !problem.contains("S3NTINEL"), "{file}: {problem}");
    }
    let latin = read(b"name\nZo\xeb\n", csv()).expect("read");
    assert_eq!(latin[0].value, Err("column `name` is not UTF-8; is the file in another encoding?".to_owned()));
}

#[test]
fn a_row_that_leaves_out_cells_is_invalid_where_an_empty_cell_is_an_empty_text() {
    let options = csv().empty_cell(EmptyCell::EmptyText);
    let read = values("name,version\nA\n,\nB,,,\n", options);
    assert_eq!(read[0], (2, Err("the row has 1 cells, but the header has 2 columns".to_owned())));
    assert_eq!(read[1], (4, Ok(json!({ "name": "B", "version": null }))));
    assert_eq!(read.len(), 2);
}

#[test]
fn a_short_last_row_without_a_line_break_may_be_cut_off() {
    let cut = |cells: usize| {
        Err(format!(
            "the row has {cells} cells, but the header has 3 columns, and no line break ends it: the file may be cut off"
        ))
    };
    let whole = || Ok(json!({ "name": "A", "active": true }));
    for options in [csv(), csv().empty_cell(EmptyCell::EmptyText)] {
        assert_eq!(values("name,active,share\nA", options.clone()), [(2, cut(1))]);
        assert_eq!(values("name,active,share\nA,tr", options), [(2, cut(2))]);
    }
    assert_eq!(values("name,active,share\nA,true\nA,true", csv()), [(2, whole()), (3, cut(2))]);
    for complete in ["A,true\n", "A,true\r\n", "A,true\r", "A,true,", "A,true,,"] {
        assert_eq!(values(&format!("name,active,share\n{complete}"), csv()), [(2, whole())], "{complete:?}");
    }
    let verbatim = values("First Name,b,c\nA", ReadOptions::new(Format::Csv).verbatim());
    assert_eq!(verbatim, [(2, cut(1))]);
    assert_eq!(values("name,active,share\nA,true,\n,", csv()).len(), 1, "a row of empty cells has nothing to lose");
    let breaks = |file: &str, format| {
        let records = read(file.as_bytes(), ReadOptions::new(format)).expect("read");
        records.into_iter().map(|record| record.has_line_break).collect::<Vec<_>>()
    };
    assert_eq!(breaks("id\n1\n2", Format::Csv), [true, false]);
    assert_eq!(breaks("{}\r\n{}", Format::JsonLines), [true, false]);
}

#[test]
fn unknown_columns_are_refused_with_what_may_be_meant() {
    for (header, expected) in [
        ("name,actve", "unknown column `actve`; did you mean `active`?"),
        ("name,Active", "unknown column `Active`; did you mean `active`?"),
        ("name,manager.idd", "unknown column `manager.idd`; did you mean `manager.id`?"),
        ("name,managr.id", "unknown column `managr.id`; did you mean `manager`?"),
        ("name,version.x", "unknown column `version.x`; did you mean `version`?"),
        (
            "actve,nme:json",
            "unknown column `actve`; did you mean `active`?, unknown column `nme`; did you mean `name`?",
        ),
        ("name,Remarks", "unknown column `Remarks`; the known columns are active, any, "),
        ("A Roe,a.roe@example.com", "no column of the first line is known: expected a header"),
    ] {
        let error = read(format!("{header}\n").as_bytes(), csv()).expect_err(header);
        assert!(matches!(error, Error::UnknownColumns(_)), "{header}: {error:?}");
        assert!(error.to_string().starts_with(expected) && !error.to_string().contains("Roe"), "{header}: {error}");
    }
    let file = "name,Remarks,Remarks,a..b,manager.x,numbers.a,any.a.b\nA,r,s,t,u,3.0,w\n";
    let known = json!({ "name": "A", "numbers": { "a": 3 }, "any": { "a": { "b": "w" } } });
    assert_eq!(values(file, csv().unknown_fields(UnknownFields::Ignore)), [(2, Ok(known))]);
    let records = Records::new(file.as_bytes(), csv().unknown_fields(UnknownFields::Ignore)).expect("read");
    assert_eq!(records.ignored_columns(), ["Remarks", "Remarks", "a..b", "manager.x"]);
    let keep = || csv().unknown_fields(UnknownFields::Keep);
    let kept = values("name,site,tags:json\nA,x,[1]\n", keep());
    assert_eq!(kept, [(2, Ok(json!({ "name": "A", "site": "x", "tags": [1] })))]);
    let closed = read(b"name,manager.x\n", keep()).expect_err("an object that allows no others");
    assert!(closed.to_string().starts_with("unknown column `manager.x`"), "{closed}");
}

#[test]
fn unknown_fields_of_json_lines_make_an_item_invalid() {
    let lines = |unknown| {
        let file = r#"{"name":"A","version":3.0,"list":[{"size":2.0}],"numbers":{"a":1.0}}
            {"actve":true}
            {"manager":{"idd":"S3NTINEL"}}
            {"list":[{"id":"a"},{"iid":"b"}]}
            {"any":{"x":1}}"#;
        let options = ReadOptions::new(Format::JsonLines).fields(Fields::of_schema(Some(&OPEN)));
        values(file, options.unknown_fields(unknown)).into_iter().map(|(_, value)| value).collect::<Vec<_>>()
    };
    let first = Ok(json!({ "name": "A", "version": 3, "list": [{ "size": 2 }], "numbers": { "a": 1 } }));
    let last = Ok(json!({ "any": { "x": 1 } }));
    let field = Err("unknown field `actve`; did you mean `active`?".to_owned());
    let nested = Err("`manager`: unknown field `idd`; did you mean `id`?".to_owned());
    let in_list = Err("`list`: unknown field `iid`; did you mean `id`?".to_owned());
    let refused = [first.clone(), field, nested.clone(), in_list.clone(), last.clone()];
    assert_eq!(lines(UnknownFields::Refuse), refused);
    let kept = [first.clone(), Ok(json!({ "actve": true })), nested, in_list, last.clone()];
    assert_eq!(lines(UnknownFields::Keep), kept);
    let empty = Ok(json!({}));
    let without = [Ok(json!({ "manager": {} })), Ok(json!({ "list": [{ "id": "a" }, {}] }))];
    assert_eq!(lines(UnknownFields::Ignore), [&[first, empty][..], &without, &[last]].concat());
}

#[test]
fn fields_can_be_left_out_and_named_in_any_case() {
    let fields = || Fields::of([("id", FieldKind::Text)]).leaving_out(Some(&OPEN));
    let options = |format| ReadOptions::new(format).fields(fields());
    assert_eq!(values("id,version,name\nu-1,x,A\n", options(Format::Csv)), [(2, Ok(json!({ "id": "u-1" })))]);
    let line = r#"{"id":"u-1","version":"x","name":"A"}"#;
    assert_eq!(values(line, options(Format::JsonLines)), [(1, Ok(json!({ "id": "u-1" })))]);
    let error = read(b"id,nam\nu-1,A\n", options(Format::Csv)).expect_err("not known");
    assert_eq!(error.to_string(), "unknown column `nam`; did you mean `name`?");

    let fields = Fields::of([("UserId", FieldKind::Text), ("Active", FieldKind::Boolean)]).ignore_case();
    let options = ReadOptions::new(Format::Csv).fields(fields);
    assert_eq!(values("userid, ACTIVE \nu-1,true\n", options), [(2, Ok(json!({ "UserId": "u-1", "Active": true })))]);
}

#[test]
fn another_delimiter_is_read_and_a_wrong_one_is_named() {
    for delimiter in [b',', b';', b'\t', b'|'] {
        let text = |file: &str| file.replace('!', &char::from(delimiter).to_string());
        let file = text("name!manager.id\n\"A!\"\"B\"\"\"!m-1\n");
        let options = csv().delimiter(delimiter);
        let expected = json!({ "name": text("A!\"B\""), "manager": { "id": "m-1" } });
        assert_eq!(values(&file, options), [(2, Ok(expected))]);
        for other in [b',', b';', b'\t', b'|'].into_iter().filter(|other| *other != delimiter) {
            for file in [&file, &text("\"name\"!\"active\"\n")] {
                let error = read(file.as_bytes(), csv().delimiter(other)).expect_err("another delimiter");
                let (seen, expected) = (char::from(delimiter), char::from(other));
                assert!(
                    matches!(error, Error::Delimiter { seen: it, expected: other } if (it, other) == (seen, expected)),
                    "{error:?}"
                );
            }
        }
    }
    assert!(read(b"\"a;b\"\n1\n", ReadOptions::new(Format::Csv)).is_ok(), "a name in quotation marks");
}

#[test]
fn other_encodings_are_read_and_a_wrong_one_is_named() {
    let text = "name,active\nZoë,TRUE\n";
    let utf_16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let marked = [&b"\xff\xfe"[..], &utf_16].concat();
    let expected = Ok(json!({ "name": "Zoë", "active": true }));
    for (file, encoding) in [
        (marked, Encoding::Utf8),
        (utf_16.clone(), Encoding::Utf16Le),
        (b"name,active\nZo\xeb,TRUE\n".to_vec(), Encoding::Windows1252),
    ] {
        let records = read(&file, csv().encoding(encoding)).expect("read");
        assert_eq!(records[0].value, expected, "{encoding}");
        assert_eq!(records[0].raw, "Zoë,TRUE".as_bytes());
    }
    for (file, column) in [(&utf_16[..], 1), (b"name,Stra\xdfe\n", 2)] {
        let error = read(file, csv()).expect_err("another encoding");
        assert!(matches!(error, Error::Encoding { column: it } if it == column), "{error:?}");
    }
    let lines: Vec<u8> = "{\"name\":\"Zoë\"}\n{\"name\":1}".encode_utf16().flat_map(u16::to_be_bytes).collect();
    let options = ReadOptions::new(Format::JsonLines).encoding(Encoding::Utf16Be);
    assert_eq!(read(&lines, options).expect("read").len(), 2);
    assert!(matches!(read(b"\xff\xfen\0a\0m\0e\0\n\0x", csv()), Err(Error::Io(_))), "half a character at the end");
}

#[test]
fn a_verbatim_row_has_the_columns_as_they_are() {
    let options = ReadOptions::new(Format::Csv).verbatim();
    let file = "First Name,a..b,active,,name:json\nA,1,TRUE,,x\nB,,\n,,,,\n";
    let expected = [
        (2, Ok(json!({ "First Name": "A", "a..b": "1", "active": "TRUE", "name:json": "x" }))),
        (3, Ok(json!({ "First Name": "B", "a..b": "", "active": "", "name:json": "" }))),
    ];
    assert_eq!(values(file, options.clone()), expected);
    let records = Records::new(file.as_bytes(), options).expect("read");
    assert_eq!(records.columns().unwrap_or_default(), ["First Name", "a..b", "active", "", "name:json"]);
}

/// Bytes of which a good part means something to a reader of files.
fn bytes() -> impl Strategy<Value = Vec<u8>> {
    let byte = prop_oneof![
        4 => any::<u8>(),
        6 => prop::sample::select(b"\r\n,;\t|\"{}[]:\0\xff\xfe\xef\xbb\xbf".to_vec()),
        4 => prop::sample::select(b"nameactiv13.".to_vec()),
    ];
    let start = prop::sample::select(vec![
        &b""[..],
        b"\xef\xbb\xbf",
        b"\xff\xfe",
        b"\xfe\xff",
        b"name,active,version\n",
        b"name;active;list\r\n",
        b"{\"name\":",
    ]);
    (start, prop::collection::vec(byte, 0..300)).prop_map(|(start, rest)| [start, &rest].concat())
}

proptest! {
    /// Whatever the bytes are, reading ends, in order, and what is read can be written and read again.
    #[test]
    fn any_bytes_are_read_or_refused(
        bytes in bytes(),
        format in prop::sample::select(vec![Format::Csv, Format::JsonLines]),
        delimiter in prop::sample::select(b",;\t|".to_vec()),
        encoding in prop::sample::select(vec![
            Encoding::Utf8, Encoding::Utf16Le, Encoding::Utf16Be, Encoding::Windows1252,
        ]),
        unknown in prop::sample::select(vec![UnknownFields::Refuse, UnknownFields::Ignore, UnknownFields::Keep]),
        is_verbatim: bool,
        empty in prop::sample::select(vec![EmptyCell::Absent, EmptyCell::EmptyText]),
    ) {
        let options = ReadOptions::new(format).delimiter(delimiter).encoding(encoding).unknown_fields(unknown);
        let options = options.empty_cell(empty).fields(Fields::of_schema(Some(&OPEN)));
        let options = if is_verbatim { options.verbatim() } else { options };
        let Ok(records) = Records::new(bytes.as_slice(), options.clone()) else { return Ok(()) };
        let encoded_as = records.encoded_as();
        let header = records.header().map(<[u8]>::to_vec);
        let read: Vec<Record> = records.map_while(Result::ok).collect();
        prop_assert!(read.is_sorted_by(|one, next| one.line < next.line));
        prop_assert!(read.iter().all(|record| record.value.as_ref().map_or(true, Value::is_object)));

        let lines = header.into_iter().map(|header| (header, true));
        let lines = lines.chain(read.iter().map(|record| (record.raw.clone(), record.has_line_break)));
        let text = |(line, has_break): (Vec<u8>, bool)| [&line[..], if has_break { &b"\n"[..] } else { b"" }].concat();
        let again: Vec<u8> = lines.flat_map(|line| encoded_as.encode(&text(line)).into_owned()).collect();
        let again = [encoded_as.mark(), &again].concat();
        let again: Vec<Record> = match Records::new(again.as_slice(), options) {
            Ok(again) => again.collect::<Result<_, _>>().map_err(|error| TestCaseError::fail(error.to_string()))?,
            Err(error) => return Err(TestCaseError::fail(error.to_string())),
        };
        let values = |records: Vec<Record>| records.into_iter().map(|record| record.value).collect::<Vec<_>>();
        prop_assert_eq!(values(read), values(again));
    }
}
