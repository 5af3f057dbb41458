use serde_json::json;

use super::*;

fn problems(text: &str) -> Vec<String> {
    match parse("spec/x.yaml", text) {
        Ok(document) => panic!("accepted as {}", document.root),
        Err(problems) => problems.iter().map(ToString::to_string).collect(),
    }
}

const SAMPLE: &str = "\
openapi: 3.0.3
info:
  title: 'Pets'
  version: \"1\"
  description: >-
    Folded
    text.
paths:
  /pets/{id}:
    get:
      parameters:
        - name: id
          required: true
        - minimum: 10
      tags: [Pets, 'no']
      x-empty:
components: {}
";

#[test]
fn a_document_keeps_values_and_places() {
    let document = parse("spec/x.yaml", SAMPLE).expect("valid YAML");
    assert_eq!(document.file, "spec/x.yaml");
    assert_eq!(
        document.root,
        json!({
            "openapi": "3.0.3",
            "info": {"title": "Pets", "version": "1", "description": "Folded text."},
            "paths": {"/pets/{id}": {"get": {
                "parameters": [{"name": "id", "required": true}, {"minimum": 10}],
                "tags": ["Pets", "no"],
                "x-empty": null,
            }}},
            "components": {},
        })
    );
    for (pointer, line, column) in [
        ("", 1, 1),
        ("/openapi", 1, 10),
        ("/info", 2, 1),
        ("/info/title", 3, 10),
        ("/info/description", 6, 5),
        ("/paths/~1pets~1{id}", 9, 3),
        ("/paths/~1pets~1{id}/get", 10, 5),
        ("/paths/~1pets~1{id}/get/parameters", 11, 7),
        ("/paths/~1pets~1{id}/get/parameters/0", 12, 11),
        ("/paths/~1pets~1{id}/get/parameters/0/required", 13, 21),
        ("/paths/~1pets~1{id}/get/parameters/1", 14, 11),
        ("/paths/~1pets~1{id}/get/tags/1", 15, 20),
        ("/paths/~1pets~1{id}/get/x-empty", 16, 7),
        ("/paths/~1pets~1{id}/get/summary", 10, 5),
        ("/components/schemas/Pet", 17, 1),
    ] {
        assert_eq!(document.position(pointer), Position { line, column }, "{pointer}");
    }
    assert_eq!(document.key_position("/openapi"), Position { line: 1, column: 1 });
    assert_eq!(document.key_position("/info/description"), Position { line: 5, column: 3 });
    assert_eq!(document.key_position("/paths/~1pets~1{id}/get/tags/1"), Position { line: 15, column: 20 });
}

#[test]
fn quoted_and_block_scalars_stay_text() {
    let document = parse("x", "a: 'true'\nb: \"1\"\nc: |\n  12\nd: >-\n  null\ne: 12\nf: 1.5\n").expect("valid YAML");
    assert_eq!(document.root, json!({"a": "true", "b": "1", "c": "12\n", "d": "null", "e": 12, "f": 1.5}));
}

#[test]
fn a_byte_order_mark_and_windows_line_ends_are_tolerated() {
    let document = parse("x", "\u{feff}a: b\r\nc: d\r\n").expect("valid YAML");
    assert_eq!(document.root, json!({"a": "b", "c": "d"}));
    assert_eq!(document.position("/c"), Position { line: 2, column: 4 });
}

#[test]
fn bad_yaml_is_reported_with_its_place() {
    for (text, expected) in [
        ("", "x.yaml:1:1: the file is empty; "),
        ("# nothing\n", "x.yaml:1:1: the file is empty; "),
        ("- a\n", "x.yaml:1:1: the top level is not a mapping; "),
        ("text\n", "x.yaml:1:1: the top level is not a mapping; "),
        ("a: b\nc:\n  - d\n  e: f\n", "x.yaml:4:3: this is not YAML: "),
        ("a: 'b\n", "x.yaml:1:4: this is not YAML: "),
        ("a: b: c\n", "x.yaml:1:5: this is not YAML: "),
        ("a:\n  b: 1\n  c: 2\n  b: 3\n", "x.yaml:4:3: `b` is written twice, first on line 2 (in a); keep one of them"),
        ("a: b\n---\nc: d\n", "x.yaml:2:1: a second YAML document starts; "),
        ("a: &b c\n", "x.yaml:1:7: a YAML anchor (in a); "),
        ("a: !!str 1\n", "x.yaml:1:10: a YAML tag (in a); "),
        ("<<: {a: b}\n", "x.yaml:1:1: a YAML merge key; "),
        ("a: {? [b] : c}\n", "x.yaml:1:7: a mapping key that is a mapping or a sequence (in a); "),
        ("200: a\n", "x.yaml:1:1: the key `200` is not text; write '200' with quotation marks"),
        (
            "a: no\n",
            "x.yaml:1:4: `no` without quotation marks is text to some YAML readers and a boolean to others (in a); ",
        ),
        (
            "a: {on: b}\n",
            "x.yaml:1:5: `on` without quotation marks is text to some YAML readers and a boolean to others (in a); ",
        ),
        (
            "a: 2024-01-31\n",
            "x.yaml:1:4: `2024-01-31` without quotation marks is text to some YAML readers and a date to others",
        ),
        ("a: .inf\n", "x.yaml:1:4: `.inf` is not a number that JSON knows"),
        ("a: 99999999999999999999\n", "x.yaml:1:4: `99999999999999999999` is not a 64-bit integer"),
        ("a: b\t\n", "x.yaml:1:5: a tab; write spaces"),
        ("a: b\nc: d\u{0}e\n", "x.yaml:2:5: the invisible character U+0000; delete it"),
    ] {
        let found = problems(text);
        assert!(found[0].contains(expected), "{text:?}: {found:?}");
    }
}

#[test]
fn an_alias_is_refused_beside_its_anchor() {
    let found = problems("a: &x {b: c}\nd: *x\n");
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found[1].starts_with("spec/x.yaml:2:4: a YAML alias (in d); "), "{found:?}");
}

#[test]
fn everything_that_is_wrong_is_reported_at_once() {
    let found = problems("a: yes\nb: 1\nb: 2\nc: no\n");
    let lines: Vec<_> = found.iter().map(|problem| problem.split(':').nth(1).unwrap_or_default()).collect();
    assert_eq!(lines, ["1", "3", "4"]);
}

#[test]
fn no_nesting_overflows_the_stack() {
    for text in [
        format!("a: {}", "[".repeat(100_000)),
        format!("a: {}", "{b: ".repeat(100_000)),
        format!("a:\n {}", "- ".repeat(50_000)),
        (0..2_000).map(|depth| format!("{}a:\n", " ".repeat(depth))).collect(),
    ] {
        let found = problems(&text);
        assert!(found[0].contains("nested more than 64 levels deep"), "{found:?}");
    }
}

#[test]
fn unreadable_files_are_problems() {
    let missing = load(Path::new("/nonexistent/x.yaml")).expect_err("the file does not exist");
    assert!(missing[0].to_string().starts_with("/nonexistent/x.yaml:1:1: the file cannot be read: "), "{}", missing[0]);

    let path = std::env::temp_dir().join(format!("rosterkit-codegen-{}.yaml", std::process::id()));
    std::fs::write(&path, b"a: b\nc: \xff\xfe\n").expect("the temporary directory is writable");
    let found = load(&path);
    std::fs::remove_file(&path).expect("the file was just written");
    let found = found.expect_err("the file is not UTF-8");
    assert_eq!((found[0].line, found[0].column), (2, 4));
    assert_eq!(found[0].message, "the file is not UTF-8");
}

#[test]
fn no_damage_to_a_text_makes_the_reader_panic() {
    let insertions = [
        "[", "]", "{", "}", ":", "- ", "? ", "&a ", "*a", "!t ", "'", "\"", "|", ">", "#", "\n", "\t", "%", "@", "é",
        "---\n", "...\n",
    ];
    for index in (0..=SAMPLE.len()).filter(|index| SAMPLE.is_char_boundary(*index)) {
        let _ = parse("x", &SAMPLE[..index]);
        let _ = parse("x", &SAMPLE[index..]);
        for insertion in insertions {
            let _ = parse("x", &format!("{}{insertion}{}", &SAMPLE[..index], &SAMPLE[index..]));
        }
    }
}
