use super::*;
use serde_json::json;

type Result = std::result::Result<(), Box<dyn std::error::Error>>;

fn problem(text: &str) -> String {
    Expression::parse(text).err().map(|error| error.about("it")).unwrap_or_default()
}

#[test]
fn an_expression_has_its_value_over_each_of_many_records() -> Result {
    let expression = Expression::parse("people[?n > `1`].{who: lower(name)}")?;
    let data = Data::from(&json!({ "people": [{ "name": "A", "n": 1 }, { "name": "B", "n": 2 }] }));
    assert_eq!(expression.apply(&data)?, json!([{ "who": "b" }]));
    assert_eq!(expression.apply(&data)?, json!([{ "who": "b" }]));
    assert_eq!(expression.apply(&Data::new(json!({})))?, json!(null));
    let value = json!({ "big": 9_007_199_254_740_993_i64, "score": 0.1 });
    assert_eq!(Expression::parse("@")?.apply(&value.clone().into())?, value);
    Ok(())
}

#[test]
fn expressions_and_records_can_be_used_on_any_thread() {
    fn is_shareable<T: Send + Sync + 'static>() {}
    is_shareable::<Expression>();
    is_shareable::<Data>();
    assert_eq!(format!("{:?}", Data::new(json!("a.roe@example.com"))), "Data { .. }");
}

#[test]
fn the_functions_of_sync_files_give_what_their_table_says() -> Result {
    let record = json!({
        "null": null, "empty": "", "blank": " \u{a0}\t", "text": "Ana  María López", "one": "Plato", "n": 7, "no": false,
        "list": [], "wide": "\u{3000}山田\u{3000}太郎\u{2003}", "sharp": "STRASSE ẞ", "dotted": "İ", "sigma": "ΟΔΟΣ",
        "joined": "👩‍👩‍👧 Ro\u{301}e", "marks": "\u{feff}x\u{200b}",
    });
    let data = Data::new(record);
    for (text, expected) in [
        ("lower(null)", json!(null)),
        ("lower(absent)", json!(null)),
        ("lower(empty)", json!("")),
        ("lower(sharp)", json!("strasse ß")),
        ("lower(dotted)", json!("i\u{307}")),
        ("lower(sigma)", json!("οδος")),
        ("lower(to_string(n))", json!("7")),
        ("trim(null)", json!(null)),
        ("trim(blank)", json!("")),
        ("trim(wide)", json!("山田\u{3000}太郎")),
        // No white space, by Unicode.
        ("trim(marks)", json!("\u{feff}x\u{200b}")),
        ("split_name_first(null)", json!(null)),
        ("split_name_first(empty)", json!(null)),
        ("split_name_first(blank)", json!(null)),
        ("split_name_first(text)", json!("Ana")),
        ("split_name_first(one)", json!("Plato")),
        ("split_name_first(wide)", json!("山田")),
        ("split_name_first(joined)", json!("👩‍👩‍👧")),
        ("split_name_rest(null)", json!(null)),
        ("split_name_rest(blank)", json!(null)),
        ("split_name_rest(one)", json!(null)),
        ("split_name_rest(text)", json!("María López")),
        ("split_name_rest(wide)", json!("太郎")),
        ("split_name_rest(joined)", json!("Ro\u{301}e")),
        ("default(null, one)", json!("Plato")),
        ("default(empty, one)", json!("Plato")),
        ("default(blank, one)", json!(" \u{a0}\t")),
        ("default(no, one)", json!(false)),
        ("default(n, one)", json!(7)),
        ("default(list, one)", json!([])),
        ("default(null, empty)", json!("")),
        ("default(absent, null)", json!(null)),
        ("default(split_name_rest(one), '-')", json!("-")),
    ] {
        assert_eq!(Expression::parse(text)?.apply(&data)?, expected, "{text}");
    }
    for name in ["lower", "trim", "split_name_first", "split_name_rest", "date"] {
        for (value, found) in [("n", "a number"), ("no", "true or false"), ("list", "a list"), ("@", "an object")] {
            let text = format!("{name}({value})");
            let error = Expression::parse(&text)?.apply(&data).err().map(|error| error.to_string());
            let message =
                format!("`{text}` does not match the data: `{name}` expects a text, found {found}; see to_string");
            assert_eq!(error, Some(message));
        }
    }
    Ok(())
}

#[test]
fn date_gives_the_date_as_it_is_written_or_as_it_is_in_a_zone() -> Result {
    for (value, arguments, expected) in [
        ("2026-02-01", "", Some("2026-02-01")),
        (" 2026-02-01\u{a0}", "", Some("2026-02-01")),
        ("2026-02-01", ", `null`, 'Pacific/Auckland'", Some("2026-02-01")),
        ("2026-02-01T23:30:00Z", "", Some("2026-02-01")),
        ("2026-02-01T23:30:00.123Z", ", `null`, 'Europe/Berlin'", Some("2026-02-02")),
        ("2026-02-01T23:30:00+02:00", "", Some("2026-02-01")),
        ("2026-02-01T00:30:00+02:00", ", absent, 'UTC'", Some("2026-01-31")),
        ("01.02.2026", ", '%d.%m.%Y'", Some("2026-02-01")),
        ("1.2.26", ", '%d.%m.%y'", Some("2026-02-01")),
        ("01.02.2026 23:30", ", '%d.%m.%Y %H:%M', 'Europe/Berlin'", Some("2026-02-01")),
        ("01.02.2026 23:30 +0000", ", '%d.%m.%Y %H:%M %z', 'Europe/Berlin'", Some("2026-02-02")),
        ("01.02.2026 23:30 +0000", ", '%d.%m.%Y %H:%M %z'", Some("2026-02-01")),
        ("01.02.2026 +0000", ", '%d.%m.%Y %z', 'Europe/Berlin'", Some("2026-02-01")),
        ("1769988600", ", '%s'", Some("2026-02-01")),
        ("1769988600", ", '%s', 'Europe/Berlin'", Some("2026-02-02")),
        ("Feb 1, 2026", ", '%b %d, %Y'", Some("2026-02-01")),
        ("", "", None),
        (" ", ", '%d.%m.%Y'", None),
    ] {
        let text = format!("date(value{arguments})");
        let found = Expression::parse(&text)?.apply(&Data::new(json!({ "value": value })))?;
        assert_eq!(found, json!(expected), "{text} of {value}");
    }
    for (value, arguments, expected) in [
        ("2026-02-30", "", "`date`: the text is neither a date as YYYY-MM-DD nor an RFC 3339 date-time"),
        ("٢٠٢٦-02-01", "", "`date`: the text is neither a date as YYYY-MM-DD nor an RFC 3339 date-time"),
        ("01.02.2026", "", "`date`: the text is neither a date as YYYY-MM-DD nor an RFC 3339 date-time"),
        ("2026-02-01", ", '%d.%m.%Y'", "`date`: the text does not have the format `%d.%m.%Y`"),
        ("01.02.2026 x", ", '%d.%m.%Y'", "`date`: the text does not have the format `%d.%m.%Y`"),
        ("01.02.-2026", ", '%d.%m.%Y'", "`date`: the year is not within 1 to 9999"),
        ("2026-02-01", ", value", "`date`: the text does not have the format `2026-02-01`"),
    ] {
        let text = format!("date(value{arguments})");
        let error = Expression::parse(&text)?.apply(&Data::new(json!({ "value": value }))).err();
        let message = error.map(|error| error.about("it")).unwrap_or_default();
        assert_eq!(message, format!("it does not match the data: {expected}"), "{text} of {value}");
    }
    Ok(())
}

#[test]
fn calls_that_cannot_succeed_are_found_before_anything_is_read() {
    for (text, expected) in [
        ("lowr(name)", "it: unknown function `lowr`; did you mean `lower`?"),
        ("lower()", "it: `lower` takes 1 argument, not 0"),
        ("a || default(name)", "it: `default` takes 2 arguments, not 1"),
        ("[date(a, 'x', 'y', 'z')]", "it: `date` takes 1 to 3 arguments, not 4"),
        ("[?not_null()]", "it: `not_null` takes at least 1 argument, not 0"),
        ("date(a, '%d.%m')", "it: `date`: the format has no complete date; expected one such as `%d.%m.%Y`"),
        ("date(a, '%H:%M')", "it: `date`: the format has no complete date; expected one such as `%d.%m.%Y`"),
        ("date(a, '%Q')", "it: `date`: invalid format; expected one such as `%d.%m.%Y`"),
        (
            "date(a, `null`, 'Europe/Belin')",
            "it: `date`: unknown time zone; expected a name of the IANA database, such as `Europe/Berlin`",
        ),
        ("&name", "it: `&` is for arguments of map, max_by, min_by, sort_by only"),
        ("to_string(&name)", "it: `&` is for arguments of map, max_by, min_by, sort_by only"),
        ("sort_by(a, &lowr(b))", "it: unknown function `lowr`; did you mean `lower`?"),
        ("[::2147483647]", "it has a slice with a step beyond 1048576"),
        ("a[0].[b[::-2147483647]]", "it has a slice with a step beyond 1048576"),
    ] {
        assert_eq!(problem(text), expected, "{text}");
    }
    assert!(problem("xyzzy(@)").contains("; the functions are abs, avg,"), "{}", problem("xyzzy(@)"));
    for text in ["sort_by(a, &lower(b))[0]", "date(a, b, c)", "merge(a, b, c, d)", "[1:2147483647:3]"] {
        assert_eq!(problem(text), "", "{text}");
    }
}

#[test]
fn unknown_functions_are_found_wherever_they_are() {
    for text in [
        "nosuch(@)",
        "[].nosuch(@)",
        "length(nosuch(@))",
        "a || nosuch(@)",
        "a && nosuch(@)",
        "!nosuch(@)",
        "[?nosuch(a)]",
        "[a, nosuch(@)]",
        "{a: nosuch(@)}",
        "a | nosuch(@)",
        "sort_by(@, &nosuch(a))",
        "a == nosuch(@)",
        "nosuch(@)[]",
        "nosuch(@).*",
    ] {
        assert!(problem(text).contains("unknown function `nosuch`"), "{text}: {}", problem(text));
        let standard = Expression::parse_standard(text).err().map(|error| error.to_string()).unwrap_or_default();
        assert!(standard.contains("unknown function `nosuch`; JMESPath has abs, "), "{text}: {standard}");
    }
    assert_eq!(problem("'nosuch(@)' == a"), "");
    assert!(Expression::parse_standard("lower(a)").is_err());
}

#[test]
fn what_would_exhaust_the_stack_is_rejected() {
    for (open, close) in [("[", "]"), ("(", ")"), ("{a:", "}"), ("[?", "]"), ("abs(", ")"), ("!", ""), ("&", "")] {
        let text = open.repeat(900) + "a" + &close.repeat(900);
        assert!(!problem(&text).is_empty(), "{open}");
    }
    for text in [
        vec!["a"; 1500].join("."),
        vec!["a"; 1000].join("||"),
        vec!["a"; 1500].join("|"),
        "a".to_owned() + &"[]".repeat(1500),
    ] {
        assert_eq!(problem(&text), "it has more than 256 operators", "{text:.20}");
    }
    assert_eq!(problem(&"a".repeat(5000)), "it is longer than the maximum of 4096 bytes");
    assert_eq!(problem(&format!("contains(a, '{}')", "[".repeat(2000))), "");
    assert_eq!(problem(&vec!["a"; 200].join(".")), "");
}

#[test]
fn errors_name_the_expression_and_the_place_on_one_line() {
    let error = Expression::parse("a.\n[?").err();
    let message = error.as_ref().map(ToString::to_string).unwrap_or_default();
    assert!(message.starts_with("`a.\\n[?`: invalid JMESPath expression: "), "{message}");
    assert!(message.ends_with(", at character 4") && !message.contains('\n'), "{message}");
    assert_eq!(error.and_then(|error| error.offset()), Some(3));
    let call = Expression::parse("'é' || [lowr(a)]").err();
    assert_eq!(call.and_then(|error| error.offset()), Some(8));
}

#[test]
fn errors_show_no_value_of_the_record() -> Result {
    let data = Data::new(json!({ "name": "secret", "list": ["secret", 1], "number": 4242 }));
    for text in
        ["abs(name)", "sum(list)", "join(name, list)", "sort(list)", "lower(number)", "date(name)", "max_by(list, &@)"]
    {
        let message = Expression::parse(text)?.apply(&data).err().map(|error| error.to_string()).unwrap_or_default();
        assert!(message.starts_with(&format!("`{text}` does not match the data: ")), "{text}: {message}");
        assert!(!message.contains("secret") && !message.contains("4242"), "{text}: {message}");
    }
    Ok(())
}

#[test]
fn the_fields_that_an_expression_uses_are_known() -> Result {
    for (text, expected) in [
        ("name", &["name"][..]),
        ("\"odd name\"", &["odd name"]),
        ("division.name", &["division"]),
        ("@.name", &["name"]),
        ("name | length(@)", &["name"]),
        ("@ | name", &["name"]),
        ("skills[].name", &["skills"]),
        ("skills[?proficiency > `2`].name | [0]", &["skills"]),
        ("sort_by(skills, &name)[0].{x: y}", &["skills"]),
        ("a || b && !c", &["a", "b", "c"]),
        ("(@ || a).b", &["a", "b"]),
        ("a == b", &["a", "b"]),
        ("{x: a, y: b.c}.x", &["a", "b"]),
        ("[a, b][?@]", &["a", "b"]),
        ("default(lower(a), b.c)", &["a", "b"]),
        ("a.*.b", &["a"]),
        ("'text'", &[]),
        ("`{\"a\": 1}`.a", &[]),
    ] {
        let paths = Expression::parse(text)?.paths();
        assert_eq!(paths, Paths::some(expected.iter().copied()), "{text}");
    }
    for text in
        ["@", "*", "*.name", "keys(@)", "[@].name", "{r: @}.r.name", "map(&name, [@])", "merge(@, a).b", "!@", "@ == a"]
    {
        assert_eq!(Expression::parse(text)?.paths(), Paths::All, "{text}");
    }
    assert!(Paths::All.contains("a") && Paths::some(["a"]).contains("a") && !Paths::some(["a"]).contains("b"));
    Ok(())
}

proptest::proptest! {
    #![proptest_config(proptest::test_runner::Config { failure_persistence: None, ..Default::default() })]

    #[test]
    fn any_text_is_an_expression_that_can_be_applied_or_an_error_on_one_line(
        text in "([a-c@*&|!.,:<>=()'`\"{}\\[\\]?%0-9-]|lower|date|default|sort_by|é|\\PC){0,24}"
    ) {
        let data = Data::new(json!({ "a": [1, "é", null, { "b": "2026-01-01" }], "b": "Ana López", "c": { "a": -1.5 } }));
        let message = match Expression::parse(&text) {
            Ok(expression) => expression.apply(&data).err().map(|error| error.to_string()),
            Err(error) => Some(error.to_string()),
        };
        proptest::prop_assert!(message.is_none_or(|message| !message.contains('\n')));
    }
}
