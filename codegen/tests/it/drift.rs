//! The comparison with what the vendor publishes, as it is run, with small wheels in the form of the official one.

mod documents;
mod sdk;
mod swagger;
mod workspace;

use serde_json::{Value, json};

use crate::drift::sdk::{Attribute, Function, archive, sdk};
use crate::drift::workspace::{Workspace, findings};

#[test]
fn a_wheel_that_says_what_the_spec_says_prints_nothing() {
    let said = Workspace::recorded().wheel(&sdk(), &[]);
    assert_eq!((said.code, said.out.as_str(), said.err.as_str()), (Some(0), "", ""));
}

#[test]
fn each_change_of_a_wheel_is_graded() {
    let functions = |change: fn(&mut Vec<Function>)| {
        let mut sdk = sdk();
        change(&mut sdk.functions);
        sdk
    };
    let fields = |change: fn(&mut Vec<Attribute>)| {
        let mut sdk = sdk();
        change(&mut sdk.models[0].2);
        sdk
    };
    let cases = [
        (functions(|all| drop(all.remove(0))), vec!["major GET /api/v2/users/{userId}: operation removed: get_user"]),
        (
            functions(|all| {
                let mut more = all[0].clone();
                (more.name, more.path) = ("get_user_roles", "/api/v2/users/{userId}/roles");
                let mut outside = all[0].clone();
                (outside.name, outside.path) = ("get_queue", "/api/v2/queues/{userId}");
                all.extend([more, outside]);
            }),
            vec![
                "minor GET /api/v2/users/{userId}/roles: operation added: get_user_roles",
                "point texts: 3 texts are not recorded, the first of GET /api/v2/users/{userId}/roles; read them, then record \
                 them with --accept",
            ],
        ),
        (
            functions(|all| all[0].name = "get_person"),
            vec!["major GET /api/v2/users/{userId}: operation name: get_user -> get_person"],
        ),
        (
            functions(|all| all[0].arguments[1].2 = "header_params"),
            vec![
                "major GET /api/v2/users/{userId} query `expand`: parameter removed: list of string, optional",
                "minor GET /api/v2/users/{userId} header `expand`: parameter added: list of string, optional",
                "point texts: 1 text is not recorded, of GET /api/v2/users/{userId} header `expand`; read them, then record \
                 them with --accept",
            ],
        ),
        (
            functions(|all| all[0].arguments[1].4 = true),
            vec!["major GET /api/v2/users/{userId} query `expand`: required: no -> yes"],
        ),
        (
            functions(|all| all[0].arguments[1].1 = "str"),
            vec!["major GET /api/v2/users/{userId} query `expand`: type: list of string -> string"],
        ),
        (
            functions(|all| all[1].body = Some(("User", false))),
            vec!["minor POST /api/v2/users body: required: yes -> no"],
        ),
        (functions(|all| all[1].response = "None"), vec!["major POST /api/v2/users: response body removed: User"]),
        (
            functions(|all| all[0].notes = "\tget_user is a preview method and is subject to change"),
            vec!["major GET /api/v2/users/{userId}: preview: no -> yes"],
        ),
        (
            functions(|all| all[1].notes = "Sends an invitation."),
            vec!["point POST /api/v2/users: text changed", "      new: Sends an invitation."],
        ),
        (fields(|all| all.truncate(4)), vec!["major User.version: field removed: integer"]),
        (
            fields(|all| all.push(("title", "str", "jobTitle", "", &[]))),
            vec![
                "minor User.jobTitle: field added: string",
                "point texts: 1 text is not recorded, of User.jobTitle; read them, then record them with --accept",
            ],
        ),
        (fields(|all| all[4].1 = "float"), vec!["major User.version: type: integer -> number"]),
        (
            fields(|all| all[3].4 = &["active", "deleted"]),
            vec!["major User.state: enum value removed: inactive", "minor User.state: enum value added: deleted"],
        ),
        (fields(|all| all[3].4 = &[]), vec!["minor User.state: enum values: active, inactive -> any"]),
    ];
    for (sdk, expected) in cases {
        let said = Workspace::recorded().wheel(&sdk, &[]);
        assert_eq!(findings(&said), expected, "{}", said.err);
        assert_eq!(said.code, Some(1), "{}", said.out);
    }
}

#[test]
fn a_model_of_another_name_is_compared_field_by_field() {
    let mut sdk = sdk();
    sdk.models[0].1 = "Person";
    sdk.models[0].2[1].1 = "Person";
    sdk.models[0].2.pop();
    for function in &mut sdk.functions {
        function.response = "'Person'";
    }
    sdk.functions[1].body = Some(("Person", true));
    let said = Workspace::new().wheel(&sdk, &[]);
    assert_eq!(findings(&said), ["major User: model: User -> Person", "major User.version: field removed: integer"]);
    assert!(said.err.contains("texts were not compared: none of a wheel are recorded for users"), "{}", said.err);
}

#[test]
fn fail_on_sets_the_lowest_severity_that_fails() {
    let mut sdk = sdk();
    sdk.models[0].2.push(("title", "str", "title", "", &[]));
    let workspace = Workspace::new();
    for (fail_on, code) in [("major", 0), ("minor", 1), ("point", 1), ("never", 0)] {
        let said = workspace.wheel(&sdk, &["--fail-on", fail_on]);
        assert_eq!((said.code, findings(&said).len()), (Some(code), 1), "{fail_on}");
    }
}

#[test]
fn json_has_counts_and_both_sides_of_each_difference() {
    let mut sdk = sdk();
    sdk.version = "11.0.0";
    sdk.models[0].2[4].1 = "float";
    let said = Workspace::recorded().wheel(&sdk, &["--format", "json"]);
    let report: Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!(report["counts"], json!({"major": 1, "minor": 0, "point": 0}));
    assert_eq!(report["source"], json!({"kind": "wheel", "name": "Sdk", "version": "11.0.0"}));
    assert_eq!((&report["newer"], &report["recordedVersion"]), (&json!("source"), &json!("10.0.0")));
    let finding = &report["findings"][0];
    assert_eq!((&finding["severity"], &finding["change"]), (&json!("major"), &json!("type")));
    assert_eq!((&finding["spec"], &finding["source"]), (&json!("integer"), &json!("number")));
}

#[test]
fn a_decision_silences_its_difference_until_it_no_longer_applies() {
    let workspace = Workspace::recorded();
    let mut newer = sdk();
    newer.models[0].2.push(("title", "str", "title", "The \"title\".", &[]));
    newer.models[0].2[4].1 = "float";
    let said = workspace.wheel(&newer, &["--accept", "Not needed: \"yet\".", "--date", "2026-02-28"]);
    assert_eq!(said.code, Some(0), "{}", said.err);
    assert_eq!(
        said.err,
        "accepted 2 differences, removed 0 decisions that no longer apply, recorded 11 texts of Sdk 10.0.0\n"
    );
    let baseline = workspace.read("spec/drift-baseline.yaml");
    assert!(baseline.contains("reason: \"Not needed: \\\"yet\\\".\"\n    date: \"2026-02-28\""), "{baseline}");
    assert!(baseline.contains("\"users\": \"/api/v2/users\""), "{baseline}");
    assert_eq!(workspace.wheel(&newer, &[]).out, "");
    assert_eq!(workspace.run(&["lint"]).out, "1 specs with 2 operations: no problems\n");

    // The same place with another difference is a new finding, and the decision on it is stale.
    newer.models[0].2[4].1 = "str";
    let said = workspace.wheel(&newer, &[]);
    assert_eq!(
        findings(&said),
        [
            "major User.version: type: integer -> string",
            "point User.version: `type: integer -> number` no longer applies; delete it from the baseline, or let --accept do it",
        ]
    );
    let said = workspace.wheel(&newer, &["--accept", "Not needed: \"yet\".", "--date", "2026-02-28"]);
    assert!(said.err.starts_with("accepted 1 differences, removed 1 decisions"), "{}", said.err);
    assert_eq!(workspace.wheel(&newer, &[]).out, "");
    assert_eq!(workspace.read("spec/drift-baseline.yaml").matches("reason:").count(), 1);
}

#[test]
fn a_changed_text_is_shown_with_what_it_was_when_the_recorded_wheel_is_there() {
    let workspace = Workspace::recorded();
    workspace.put("old.whl", archive(&sdk().files()));
    let mut newer = sdk();
    newer.version = "11.0.0";
    newer.functions[1].notes = "Sends an invitation.";
    newer.models[0].2[0].3 = "";
    newer.models[0].2[1].3 = "The \\\"boss\\\".";
    let said = workspace.wheel(&newer, &["--recorded", "old.whl"]);
    assert_eq!(
        findings(&said),
        [
            "point POST /api/v2/users: text changed",
            "      old: Sends no invitation.",
            "      new: Sends an invitation.",
            "point User.id: text changed",
            "      old: The identifier.",
            "      new: (none)",
            "point User.manager: text changed",
            "      old: (none)",
            "      new: The \"boss\".",
        ]
    );
    newer.version = "12.0.0";
    workspace.put("old.whl", archive(&newer.files()));
    let said = workspace.wheel(&newer, &["--recorded", "old.whl"]);
    assert_eq!(said.code, Some(2));
    assert_eq!(
        said.err,
        "old.whl: version 12.0.0, but the texts of 10.0.0 were recorded; give that one with --recorded\n"
    );
}

#[test]
fn the_vendors_words_are_not_kept() {
    let workspace = Workspace::recorded();
    let kept = workspace.read("spec/drift-texts.txt") + &workspace.read("spec/drift-baseline.yaml");
    assert!(kept.contains("[users wheel 10.0.0]") && kept.contains(" POST /api/v2/users\n"), "{kept}");
    assert!(!kept.contains("invitation") && !kept.contains("identifier"), "{kept}");
}

#[test]
fn an_older_wheel_shows_what_changed_since_and_cannot_be_accepted() {
    let workspace = Workspace::recorded();
    let mut older = sdk();
    older.version = "9.12.0";
    older.models[0].2.remove(0);
    older.models[0].2.push(("title", "str", "title", "", &[]));
    older.functions[1].notes = "Sends invitations.";
    let said = workspace.wheel(&older, &[]);
    assert_eq!(
        said.out,
        "major User.title: field removed: string\n\
         minor User.id: field added: string\n\
         point POST /api/v2/users: text changed\n      old: Sends invitations.\n\
         1 major, 1 minor, 1 point: changes from Sdk 9.12.0 to the spec users, since that version is older than the recorded 10.0.0\n"
    );
    let said = workspace.wheel(&older, &["--accept", "Old.", "--date", "2026-01-31"]);
    assert_eq!(said.code, Some(2));
    assert!(said.err.contains("cannot accept Sdk 9.12.0: older than the recorded 10.0.0"), "{}", said.err);
}

#[test]
fn a_reason_and_a_day_are_needed_to_accept() {
    let workspace = Workspace::new();
    for (more, expected) in [
        (vec!["--accept", "So."], "--date"),
        (vec!["--date", "2026-01-31"], "--accept"),
        (vec!["--accept", " ", "--date", "2026-01-31"], "invalid --accept: an empty reason"),
        (vec!["--accept", "So.", "--date", "2026-02-29"], "invalid --date `2026-02-29`: expected YYYY-MM-DD"),
        (vec!["--accept", "So.", "--date", "31.1.2026"], "invalid --date `31.1.2026`: expected YYYY-MM-DD"),
    ] {
        let said = workspace.wheel(&sdk(), &more);
        assert!(said.code == Some(2) && said.err.contains(expected), "{more:?}: {}", said.err);
        assert!(!workspace.path("spec/drift-texts.txt").exists(), "{more:?}");
    }
}

#[test]
fn a_file_that_is_not_a_wheel_is_refused_with_the_reason() {
    let without = |name: &str| {
        let files: Vec<_> = sdk().files().into_iter().filter(|(file, _)| !file.contains(name)).collect();
        archive(&files)
    };
    let whole = archive(&sdk().files());
    for (bytes, expected) in [
        (
            b"<html>".to_vec(),
            "new.whl: not a wheel of the SDK: it is not a zip archive, or is incomplete; give a wheel",
        ),
        (whole[..whole.len() / 2].to_vec(), "it is not a zip archive, or is incomplete"),
        (without("METADATA"), "it has no `*.dist-info/METADATA`"),
        (without("__init__"), "it has no package with `models/__init__.py`"),
        (without("_api.py"), "it has none of the operations of spec/users.yaml"),
        (without("user.py"), "new.whl: Sdk/models/user.py: cannot be read"),
    ] {
        let workspace = Workspace::new();
        workspace.put("new.whl", bytes);
        let said = workspace.run(&["drift", "--spec", "users", "--wheel", "new.whl"]);
        assert!(said.code == Some(2) && said.err.contains(expected) && said.out.is_empty(), "{expected}: {}", said.err);
    }
    let said = Workspace::new().run(&["drift", "--spec", "users", "--wheel", "absent.whl"]);
    assert!(said.code == Some(2) && said.err.starts_with("absent.whl: cannot be read: "), "{}", said.err);
    let said = Workspace::new().run(&["drift", "--spec", "absent", "--wheel", "absent.whl"]);
    assert!(
        said.code == Some(2) && said.err.starts_with("spec/absent.yaml:1:1: the file cannot be read"),
        "{}",
        said.err
    );
}

#[test]
fn a_source_that_grows_beyond_the_limit_is_refused() {
    let mut files = sdk().files();
    files[1].1.push_str(&" ".repeat(17 << 20));
    let bytes = archive(&files);
    assert!(bytes.len() < 1 << 20);
    let workspace = Workspace::new();
    workspace.put("new.whl", bytes);
    let said = workspace.run(&["drift", "--spec", "users", "--wheel", "new.whl"]);
    assert_eq!(said.code, Some(2));
    assert!(said.err.contains("new.whl: Sdk/apis/users_api.py: more than the limit of one file"), "{}", said.err);
}

#[test]
fn sources_of_another_form_are_an_error_not_a_removal() {
    for (from, to, expected) in [
        ("call_api(", "call(", "`get_user`, line 2: no method in a form that is known"),
        ("response_type=", "returns=", "`get_user`, line 2: no response type in a form that is known"),
        ("query_params['expand']", "query.expand", "no use of the parameter `expand` in a form that is known"),
        ("self.swagger_types = {", "types = {", "Sdk/models/user.py: no line `self.swagger_types = {`"),
        (
            "'version': 'int'",
            "'version': int",
            "invalid entry `'version': int` after `self.swagger_types = {`: expected two texts",
        ),
    ] {
        let files: Vec<_> = sdk().files().into_iter().map(|(name, text)| (name, text.replace(from, to))).collect();
        let workspace = Workspace::new();
        workspace.put("new.whl", archive(&files));
        let said = workspace.run(&["drift", "--spec", "users", "--wheel", "new.whl"]);
        assert!(said.code == Some(2) && said.err.contains(expected), "{expected}: {}", said.err);
    }
}

#[test]
fn a_mistake_in_the_baseline_or_the_record_is_named_with_its_line() {
    for (file, text, expected) in [
        ("drift-baseline.yaml", "decisions: [\n", "spec/drift-baseline.yaml:"),
        ("drift-baseline.yaml", "decision: []\n", "spec/drift-baseline.yaml: unknown field `decision`"),
        ("drift-texts.txt", "# Texts.\nabc\n", "spec/drift-texts.txt:2: expected a fingerprint and a place"),
        ("drift-texts.txt", "abc GET /users\n", "spec/drift-texts.txt:1: a fingerprint before the first section"),
        ("drift-texts.txt", "[users]\n", "spec/drift-texts.txt:1: expected `[<spec> wheel|swagger <version>]`"),
    ] {
        let workspace = Workspace::new();
        workspace.put(&format!("spec/{file}"), text);
        let said = workspace.wheel(&sdk(), &[]);
        assert!(said.code == Some(2) && said.err.contains(expected), "{expected}: {}", said.err);
    }
}
