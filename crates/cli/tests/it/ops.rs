//! `ops`: the catalog.

use crate::support::{bare, harness, text};

#[test]
fn all_operations_are_listed() {
    let harness = harness(0);
    let all = harness.json(&["ops"]);
    let catalogs = [
        &genesys_users::generated::catalog::CATALOG,
        &peoplefluent_lms::generated::catalog::CATALOG,
        &session_clusters::generated::catalog::CATALOG,
    ];
    let operations: usize = catalogs.iter().map(|catalog| catalog.operations.len()).sum();
    assert_eq!(all.as_array().map(Vec::len), Some(operations));
    insta::assert_snapshot!(harness.run(&["ops", "session-clusters", "--search", "users batch"]));
}

#[test]
fn operations_are_found_by_words() {
    let harness = harness(0);
    let found =
        harness.run(&["ops", "genesys-users", "--search", "ROUTING skill", "--output", "csv", "--columns", "id"]);
    assert!(found.lines().any(|id| id == "patchUserRoutingskillsBulk"), "{found}");
    assert!(found.lines().count() < 30);
    assert_eq!(harness.run(&["ops", "--search", "no such words", "--output", "json"]), "[]\n");
}

#[test]
fn operations_are_found_by_path_and_by_permission() {
    let harness = harness(0);
    let ids = |search: &str| {
        let found = harness.json(&["ops", "--search", search]);
        let ids = found.as_array().into_iter().flatten().filter_map(|it| it["id"].as_str().map(str::to_owned));
        ids.collect::<Vec<_>>()
    };
    assert_eq!(
        ids("/api/v2/users/{userId}/queues"),
        ["getUserQueues", "patchUserQueue", "patchUserQueues"],
        "a path finds what begins with it"
    );
    let by_permission = ids("analytics:userdetail:view");
    assert!(by_permission.contains(&"postAnalyticsUsersDetailsQuery".to_owned()), "{by_permission:?}");
    assert!(!by_permission.contains(&"getUsers".to_owned()));
}

#[test]
fn an_unknown_operation_is_reported_with_suggestions() {
    let home = tempfile::tempdir().expect("a home");
    let refused = |arguments: &[&str]| {
        let assert = bare(&home).args(["ops", "show"]).args(arguments).assert().code(2);
        text(&assert.get_output().stderr)
    };
    for (arguments, expected) in [
        (&["getusr"][..], "did you mean `getUser` or `getUsers`?"),
        (&["trainingHistory"], "did you mean `trainingHistoryCsv` or `trainingHistoryXml`?"),
        (&["conversationtarget"], "did you mean `postUsersSearchConversationTarget`?"),
        (&["user"], "? `rosterkit ops --search` finds"),
        (&["zzzzzzzz"], "unknown operation `zzzzzzzz`; `rosterkit ops --search TEXT` finds operations by words"),
        (&["patchUser", "--api", "session-clusters"], "unknown operation `patchUser` in session-clusters; "),
        (&[""], "unknown operation ``; `rosterkit ops --search TEXT`"),
    ] {
        let message = refused(arguments);
        assert!(message.contains(expected), "{arguments:?}: {message}");
    }
}

#[test]
fn an_operation_is_shown_to_programs() {
    let harness = harness(0);
    let shown = harness.json(&["ops", "show", "patchUserRoutinglanguagesBulk"]);
    assert_eq!(
        (&shown["body"]["mediaType"], &shown["body"]["array"], &shown["body"]["maxItems"]),
        (&"application/json".into(), &true.into(), &50.into())
    );
    let items = &shown["body"]["jsonSchema"]["items"]["properties"];
    assert_eq!((&items["id"]["type"], &items["proficiency"]["type"]), (&"string".into(), &"number".into()));
    let users = harness.json(&["ops", "show", "getUsers", "--api", "session-clusters"]);
    let size = users["parameters"].as_array().into_iter().flatten().find(|it| it["name"] == "pageSize");
    let size = size.expect("the size of a page");
    assert_eq!((&size["default"], &size["minimum"], &size["maximum"]), (&200.into(), &1.into(), &200.into()));
}

#[test]
fn an_operation_is_shown_with_all_facts() {
    let home = tempfile::tempdir().expect("a home");
    // One of each kind: a body with fields, a list of items, pages by cursor, a deprecated one, one of which older documents
    // say something else, a deletion, a preview, one that needs all of its permissions, CSV, XML, a form in several
    // representations, a form with files, pages by number from 0, and a batch.
    for (id, api) in [
        ("patchUser", "genesys-users"),
        ("patchUserRoutinglanguagesBulk", "genesys-users"),
        ("getAnalyticsUsersDetailsJobResults", "genesys-users"),
        ("getFieldconfig", "genesys-users"),
        ("getUser", "genesys-users"),
        ("deleteUser", "genesys-users"),
        ("postUsersSearchQueuemembersManage", "genesys-users"),
        ("postAuthorizationSubjectBulkreplace", "genesys-users"),
        ("externalTrainingCsv", "peoplefluent-lms"),
        ("courses", "peoplefluent-lms"),
        ("jobProfileAssigner", "peoplefluent-lms"),
        ("contentPackageImporter", "peoplefluent-lms"),
        ("getUsers", "session-clusters"),
        ("batchUpsertUsers", "session-clusters"),
    ] {
        let assert = bare(&home).args(["ops", "show", id, "--api", api]).assert().success();
        insta::assert_snapshot!(format!("show_{id}"), text(&assert.get_output().stdout));
    }
}

#[test]
fn two_operations_with_the_same_name_are_both_shown() {
    let harness = harness(0);
    let both = harness.json(&["ops", "show", "getUsers"]);
    assert_eq!((both[0]["api"].as_str(), both[1]["api"].as_str()), (Some("genesys-users"), Some("session-clusters")));
}

/// The examples that a service must reject: operation, status and code of the error, and the reason.
const REFUSED: &[(&str, &str, &str, &str)] = &[(
    "postUsersMeVerifiersWebauthnRegister",
    "400 Bad Request",
    "invalid.value",
    "it responds to a new challenge with the signature of a security key",
)];

/// Whether a response with a status of success is a refusal.
fn is_refusal(response: &str) -> bool {
    let is_bulk = response.starts_with("Correct the rows");
    response.contains("<error>")
        || response.contains("\"no-such-")
        || (is_bulk && !response.contains("No Error Occurred"))
}

#[test]
#[cfg(unix)]
fn each_example_works() {
    let home = tempfile::tempdir().expect("a home");
    let listed = bare(&home).args(["ops", "--output", "json"]).assert().success();
    let listed: serde_json::Value = serde_json::from_slice(&listed.get_output().stdout).expect("JSON");
    let listed = listed.as_array().expect("a list");
    let binary = assert_cmd::cargo::cargo_bin!("rosterkit");
    let path = format!("{}:/usr/bin:/bin", binary.parent().expect("a folder").display());
    let mut wrong = Vec::new();
    for operation in listed {
        let (id, example) =
            (operation["id"].as_str().expect("an id"), operation["example"].as_str().expect("an example"));
        let mut shell = std::process::Command::new("/bin/sh");
        shell.env_clear().env("HOME", home.path()).env("PATH", &path).current_dir(home.path()).args(["-c", example]);
        let output = shell.output().expect("a shell");
        // Some responses are archives.
        let response = String::from_utf8_lossy(&output.stdout);
        let (code, error) = (output.status.code(), text(&output.stderr));
        let is_right = match REFUSED.iter().find(|(refused, ..)| *refused == id) {
            Some((_, status, code_of_service, _)) => {
                code == Some(1) && error.contains(&format!("status {status}")) && error.contains(code_of_service)
            }
            None => code == Some(0) && !is_refusal(&response),
        };
        if !is_right {
            wrong.push(format!("{example}\n  {code:?} {error}{response}"));
        }
    }
    assert!(wrong.is_empty(), "{} examples:\n{}", wrong.len(), wrong.join("\n"));
    for (refused, ..) in REFUSED {
        assert!(listed.iter().any(|operation| operation["id"] == *refused), "there is no operation {refused}");
    }
}
