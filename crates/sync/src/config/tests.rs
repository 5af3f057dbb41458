use std::path::Path;

use super::*;

type Result = std::result::Result<(), Box<dyn std::error::Error>>;

const PEOPLE: &str = r#"
[[flow]]
name = "people"
from = "genesys-users"
to = "session-users"
[flow.fields]
remoteId = "id"
firstName = "split_name_first(name)"
lastName = "split_name_rest(name)"
"#;

const STAFF: &str = r#"
[[flow]]
name = "staff"
from = "file"
to = "genesys-users"
[flow.source]
path = "people.csv"
[flow.fields]
name = "name"
email = "email"
[flow.identity]
id = "number"
match = ["email"]
"#;

const LINK: &str = r#"
[[flow]]
name = "link"
from = "genesys-users"
to = "lms-users"
[flow.identity]
match = ["email"]
"#;

const RECORDS: &str = r#"
[[flow]]
name = "records"
from = "session-completions"
to = "lms-external-training"
[flow.completions]
since = 2026-01-01
identities = "link"
"#;

fn parse(text: &str) -> std::result::Result<SyncFile, ConfigError> {
    SyncFile::parse(text, Path::new("dir/sync.toml"))
}

/// The problems, as `line:column: message`.
fn problems(text: &str) -> Vec<String> {
    let found = parse(text).err().map(|error| error.problems().to_vec()).unwrap_or_default();
    found.into_iter().map(|it| format!("{}:{}: {}", it.line, it.column, it.message)).collect()
}

#[test]
fn defaults_are_those_of_the_documentation() -> Result {
    let file = parse(PEOPLE)?;
    assert_eq!(file.path, Path::new("dir/sync.toml"));
    assert_eq!(file.state, Path::new("dir/sync.db"));
    assert_eq!(file.plan_max_age.to_string(), "1d");
    assert_eq!((file.lms_time_zone, &file.on_finish), (None, &None));
    let [flow] = &file.flows[..] else { return Err("one flow".into()) };
    assert_eq!(flow.name, "people");
    assert_eq!(flow.from, From::GenesysUsers { expand: vec![], listing: GenesysListing::List });
    assert_eq!(flow.to, To::SessionUsers);
    assert!(flow.scope.is_none() && flow.active.is_none() && flow.completions.is_none());
    let fields: Vec<_> = flow.fields.iter().map(|it| (it.name.as_str(), it.value.as_str(), it.clear)).collect();
    let expected = [
        ("remoteId", "id", false),
        ("firstName", "split_name_first(name)", false),
        ("lastName", "split_name_rest(name)", false),
    ];
    assert_eq!(fields, expected);
    assert_eq!(flow.identity.id.as_str(), "id");
    assert_eq!(flow.identity.passes.len(), 0);
    let removals = Removals {
        deactivate: false,
        when: vec![Left::Missing, Left::Inactive],
        grace: crate::span::Span::from_secs(0),
        deactivate_by: DeactivateBy::Batch,
    };
    assert_eq!(flow.removals, removals);
    assert_eq!(flow.reactivate, Reactivate::Own);
    assert_eq!((flow.restore, flow.on_manual_change), (false, OnManualChange::Overwrite));
    assert!(flow.protect.ids.is_empty() && flow.protect.source.is_empty() && flow.protect.administrators);
    let limits = Limits { min_percent: 80, removals: 100, removals_percent: 5, creations: None, updates: None };
    assert_eq!(flow.limits, limits);

    let file = parse(&format!("[lms]\ntime_zone = \"Europe/Berlin\"\n{LINK}{RECORDS}"))?;
    assert_eq!(file.lms_time_zone, Some(chrono_tz::Europe::Berlin));
    let completions = file.flows.last().and_then(|flow| flow.completions.clone()).ok_or("completions")?;
    assert_eq!(completions.since.as_str(), "2026-01-01");
    let spans = [completions.overlap, completions.full_every, completions.settle].map(|span| span.to_string());
    assert_eq!(spans, ["30d", "7d", "2h"]);
    assert_eq!((completions.user.is_none(), completions.withdraw), (true, false));
    assert_eq!(completions.identities.as_deref(), Some("link"));
    Ok(())
}

#[test]
fn every_key_is_read() -> Result {
    let file = parse(
        r#"
state = "/var/lib/sync.db"
plan_max_age = "2h"
on_finish = { command = ["/usr/local/bin/tell", "ops"], timeout = "30s" }
[[flow]]
name = "people"
from = "genesys-users"
to = "session-users"
where = "department == 'Sales'"
active = "state == 'active'"
reactivate = "always"
on_manual_change = "report"
source = { expand = ["skills", "lasttokenissued"], listing = "query" }
[flow.fields]
lastName = { value = "split_name_rest(name)", clear = false }
remoteId = "id"
firstName = "split_name_first(name)"
[flow.identity]
id = "lower(id)"
match = ["name"]
[flow.removals]
policy = "deactivate"
when = ["out-of-scope"]
grace = "7d"
deactivate_by = "upsert"
[flow.protect]
ids = ["1"]
emails = ["*@admin.example.com"]
source = ["title == 'CEO'"]
target = ["active"]
administrators = false
[flow.limits]
min_percent = 0
removals = { max = 1, max_percent = 100 }
creations = { max = 0 }
updates = { max = 0x10 }
[[flow]]
name = "staff"
from = "file"
to = "genesys-users"
restore = true
reactivate = "never"
source = { path = "people.csv", expect_rows = 250 }
target = { listing = "query" }
[flow.fields]
name = "name"
email = "lower(email)"
title = { value = "title", clear = true }
[flow.identity]
id = "number"
match = [{ source = "lower(email)", target = "email" }, "name", { source = "full", target = "name" }]
"#,
    )?;
    assert_eq!(file.state, Path::new("/var/lib/sync.db"));
    assert_eq!(file.plan_max_age.to_string(), "2h");
    let on_finish = file.on_finish.as_ref().ok_or("on_finish")?;
    assert_eq!(
        (on_finish.command.join(" "), on_finish.timeout.to_string()),
        ("/usr/local/bin/tell ops".into(), "30s".into())
    );
    let [people, staff] = &file.flows[..] else { return Err("two flows".into()) };
    assert_eq!(people.scope.as_ref().map(Expression::as_str), Some("department == 'Sales'"));
    assert_eq!(people.active.as_ref().map(Expression::as_str), Some("state == 'active'"));
    assert_eq!((people.reactivate, people.on_manual_change), (Reactivate::Always, OnManualChange::Report));
    let expand = vec!["skills".to_owned(), "lasttokenissued".to_owned()];
    assert_eq!(people.from, From::GenesysUsers { expand, listing: GenesysListing::Query });
    let names: Vec<_> = people.fields.iter().map(|field| field.name.as_str()).collect();
    assert_eq!(names, ["lastName", "remoteId", "firstName"]);
    assert_eq!(people.identity.id.as_str(), "lower(id)");
    let pass = people.identity.passes.first().ok_or("pass")?;
    assert_eq!((pass.name.as_str(), pass.source.as_str(), pass.confirm), ("name", "name", true));
    assert_eq!(pass.target.as_str(), "join(' ', [firstName, lastName][?@])");
    assert!(people.removals.deactivate);
    assert_eq!(
        (&people.removals.when[..], people.removals.deactivate_by),
        (&[Left::OutOfScope][..], DeactivateBy::Upsert)
    );
    assert_eq!(people.removals.grace.to_string(), "7d");
    let protect = &people.protect;
    assert_eq!(
        (&protect.ids[..], &protect.emails[..]),
        (&["1".to_owned()][..], &["*@admin.example.com".to_owned()][..])
    );
    assert_eq!((protect.source.len(), protect.target.len(), protect.administrators), (1, 1, false));
    let limits = Limits { min_percent: 0, removals: 1, removals_percent: 100, creations: Some(0), updates: Some(16) };
    assert_eq!(people.limits, limits);

    assert_eq!((people.target_listing, staff.target_listing), (GenesysListing::List, GenesysListing::Query));
    assert_eq!((staff.restore, staff.reactivate), (true, Reactivate::Never));
    assert_eq!(staff.from, From::File { path: "dir/people.csv".into(), expect_rows: Some(250) });
    assert!(staff.fields.iter().any(|field| field.name == "title" && field.clear));
    let passes: Vec<_> =
        staff.identity.passes.iter().map(|it| (it.source.as_str(), it.target.as_str(), it.confirm)).collect();
    assert_eq!(passes, [("lower(email)", "email", false), ("name", "name", true), ("full", "name", true)]);
    Ok(())
}

#[test]
fn the_name_of_a_person_is_taken_from_the_fields_of_each_side() -> Result {
    let link = "[[flow]]\nname = 'a'\nfrom = 'session-users'\nto = 'lms-users'\nidentity.match = ['name']\n";
    let file = parse(link)?;
    let pass = file.flows.first().and_then(|flow| flow.identity.passes.first()).ok_or("pass")?;
    let person =
        crate::expression::Data::new(serde_json::json!({ "given": "Ana", "firstName": "Ana", "family": null }));
    assert!(pass.confirm);
    assert_eq!(pass.source.apply(&person)?, "Ana");
    assert_eq!(pass.target.apply(&person)?, "Ana");
    Ok(())
}

#[test]
fn the_hash_is_that_of_the_text_and_a_byte_order_mark_is_tolerated() -> Result {
    let file = parse(PEOPLE)?;
    assert_eq!(file.hash.len(), 64);
    let marked = parse(&format!("\u{feff}{PEOPLE}"))?;
    assert_ne!(marked.hash, file.hash);
    assert_eq!(
        problems("\u{feff}flw = 1\nflow = []"),
        [
            "1:1: `flw` is an unknown key; did you mean `flow`?",
            "2:8: `flow` is an empty list; expected at least one flow",
        ]
    );
    Ok(())
}

/// `mistakes.txt` has texts, each with its problems behind `>>>>`.
#[test]
fn mistakes_are_reported_with_their_place_and_what_is_accepted() {
    let cases: Vec<_> = include_str!("mistakes.txt").split("====\n").skip(1).collect();
    assert!(cases.len() > 20);
    for case in cases {
        let (text, expected) = case.split_once(">>>>\n").unwrap_or_else(|| panic!("without problems: {case}"));
        let found = problems(text).join("\n");
        assert_eq!(found, expected.trim_end(), "of this text:\n{text}");
    }
}

#[test]
fn an_error_is_displayed_as_lines_that_lead_to_the_place() {
    let error = parse("flw = 1\nflow = 2").err().map(|error| error.to_string()).unwrap_or_default();
    let expected = "dir/sync.toml:1:1: `flw` is an unknown key; did you mean `flow`?\n\
                    dir/sync.toml:2:8: `flow` is a whole number; expected tables with two pairs of brackets, such as \
                    `[[flow]]`\n2 problem(s)";
    assert_eq!(error, expected);
    let many: String = (0..150).map(|number| format!("key{number} = 1\n")).collect();
    let error = parse(&many).err().map(|error| error.to_string()).unwrap_or_default();
    assert_eq!(error.lines().count(), 102);
    assert!(error.ends_with("… and 51 more\n151 problem(s)"), "{error}");
}

#[test]
fn errors_show_no_value_of_another_key() {
    let text = format!(
        "state = 'marker'\non_finish.command = ['marker']\nplan_max_age = 'marker'\n{STAFF}[flow.protect]\n\
         ids = ['marker']\nemails = ['marker', 7]\nsource = ['marker', \"lower('marker', 'marker')\"]\n"
    );
    let error = parse(&text).err().map(|error| error.to_string()).unwrap_or_default();
    assert!(error.contains("plan_max_age") && error.contains("`lower` takes 1 argument"), "{error}");
    assert!(!error.contains("marker"), "{error}");
}

#[test]
fn a_file_that_cannot_be_read_is_reported_by_its_name() -> Result {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("sync.toml");
    let message = |path: &Path| {
        let error = SyncFile::load(path).err();
        let path = path.display().to_string();
        error.map(|error| error.to_string().replacen(&path, "FILE", 1)).unwrap_or_default()
    };
    assert!(message(&path).starts_with("FILE: cannot be read: No such file"), "{}", message(&path));
    assert!(message(folder.path()).starts_with("FILE: cannot be read: "), "{}", message(folder.path()));
    std::fs::write(&path, b"a = 1\nb = \"\xff\"")?;
    assert_eq!(message(&path), "FILE: line 2 is not UTF-8; save the file as UTF-8");
    std::fs::write(&path, vec![b'#'; MAX_LENGTH + 1])?;
    assert_eq!(message(&path), "FILE: is larger than the maximum of 1048576 bytes for a sync file");
    let mut comment = format!("{STAFF}#");
    comment.extend(std::iter::repeat_n('x', MAX_LENGTH - comment.len()));
    std::fs::write(&path, &comment)?;
    let file = SyncFile::load(&path)?;
    assert_eq!(
        file.flows.first().map(|flow| &flow.from),
        Some(&From::File { path: folder.path().join("people.csv"), expect_rows: None })
    );
    assert_eq!(problems(&(comment + "x")), ["1:1: the file is larger than the maximum of 1048576 bytes"]);
    Ok(())
}

#[test]
fn the_default_state_file_is_never_the_sync_file() {
    let error = SyncFile::parse(STAFF, Path::new("staff.db")).err().map(|error| error.to_string()).unwrap_or_default();
    assert!(error.starts_with("staff.db:1:1: `state` is the sync file itself; expected a file of its own"), "{error}");
}

/// What any text is: a sync file, or problems within the text on one line each.
fn check_any(text: &str) -> std::result::Result<(), proptest::test_runner::TestCaseError> {
    use proptest::prop_assert;
    match parse(text) {
        Ok(file) => prop_assert!(!file.flows.is_empty()),
        Err(error) => {
            prop_assert!(!error.problems().is_empty());
            prop_assert!(error.problems().is_sorted());
            let lines = text.split('\n').count();
            for problem in error.problems() {
                prop_assert!((1..=lines).contains(&problem.line) && problem.column >= 1, "{problem:?}");
                prop_assert!(!problem.message.is_empty() && !problem.message.contains(char::is_control), "{problem:?}");
            }
        }
    }
    Ok(())
}

proptest::proptest! {
    #![proptest_config(proptest::test_runner::Config { failure_persistence: None, ..Default::default() })]

    #[test]
    fn any_text_is_a_sync_file_or_has_problems(text in "\\PC{0,80}|([a-z_]{1,9} ?= ?|[\\[\\]{}\"'=,.\n\u{0}é0-9]){0,60}") {
        check_any(&text)?;
    }

    #[test]
    fn any_change_of_an_example_gives_a_sync_file_or_problems(
        route in 0..4_usize,
        from in 0..4_usize,
        place in 0.0..1.0_f64,
        length in 0..40_usize,
        inserted in "[\"'{}=\\[\\]\n,]{0,3}|[0-9]{1,3}|é|\\[\\[flow\\]\\]\n|name = 'x'\n|clear = true|`|\\(|`null`",
        is_switched_on: bool,
    ) {
        let (to, accepted) = keys::ROUTES[route];
        let text = example(accepted[from % accepted.len()], to, "link").unwrap_or_default();
        let text = if is_switched_on { text.replace("\n#", "\n") } else { text };
        let mut characters: Vec<char> = text.chars().collect();
        let start = ((characters.len() as f64) * place) as usize;
        let end = (start + length).min(characters.len());
        characters.splice(start..end, inserted.chars());
        check_any(&characters.into_iter().collect::<String>())?;
    }
}
