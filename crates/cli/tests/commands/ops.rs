//! `ops`: the catalog.

use crate::support::{bare, lab, text};

#[test]
fn all_operations_are_listed() {
    let lab = lab(0);
    let all = lab.json(&["ops"]);
    assert_eq!(all.as_array().map(Vec::len), Some(130 + 80 + 5));
    insta::assert_snapshot!(lab.run(&["ops", "session-clusters"]));
}

#[test]
fn operations_are_found_by_words() {
    let lab = lab(0);
    let found = lab.run(&["ops", "genesys-users", "--search", "ROUTING skill", "--output", "csv", "--columns", "id"]);
    assert!(found.lines().any(|id| id == "patchUserRoutingskillsBulk"), "{found}");
    assert!(found.lines().count() < 30);
    assert_eq!(lab.run(&["ops", "--search", "no such words", "--output", "json"]), "[]\n");
}

#[test]
fn an_operation_is_shown_with_all_that_is_known() {
    let home = tempfile::tempdir().expect("a home");
    for (id, api) in
        [("patchUser", "genesys-users"), ("externalTrainingCsv", "peoplefluent-lms"), ("getUsers", "session-clusters")]
    {
        let assert = bare(&home).args(["ops", "show", id, "--api", api]).assert().success();
        insta::assert_snapshot!(format!("show_{id}"), text(&assert.get_output().stdout));
    }
}

#[test]
fn two_operations_of_one_name_are_both_shown() {
    let lab = lab(0);
    let both = lab.json(&["ops", "show", "getUsers"]);
    assert_eq!((both[0]["api"].as_str(), both[1]["api"].as_str()), (Some("genesys-users"), Some("session-clusters")));
}

/// What an example may end with: it worked, or the service knows nothing of the ids that stand in for real ones.
const REACHED_THE_SERVICE: &[i32] = &[0, 1];

#[test]
#[cfg(unix)]
fn each_example_reaches_the_service_when_it_is_pasted() {
    let home = tempfile::tempdir().expect("a home");
    let listed = bare(&home).args(["ops", "--output", "json"]).assert().success();
    let listed: serde_json::Value = serde_json::from_slice(&listed.get_output().stdout).expect("JSON");
    let binary = assert_cmd::cargo::cargo_bin!("rosterkit");
    let path = format!("{}:/usr/bin:/bin", binary.parent().expect("a folder").display());
    let mut wrong = Vec::new();
    let mut worked = 0;
    for operation in listed.as_array().expect("a list") {
        let (id, example) =
            (operation["id"].as_str().expect("an id"), operation["example"].as_str().expect("an example"));
        let mut shell = std::process::Command::new("/bin/sh");
        shell.env_clear().env("HOME", home.path()).env("PATH", &path).current_dir(home.path()).args(["-c", example]);
        let output = shell.output().expect("a shell");
        worked += usize::from(output.status.success());
        let of_a_user = ["getUser", "getUserProfile", "getUserRoutingstatus", "getUsers", "me", "users"].contains(&id);
        let is_right = match output.status.code() {
            Some(code) if of_a_user => code == 0,
            Some(code) => REACHED_THE_SERVICE.contains(&code),
            None => false,
        };
        if !is_right {
            wrong.push(format!("{example}\n  {:?} {}", output.status.code(), text(&output.stderr)));
        }
    }
    assert!(wrong.is_empty(), "{} examples:\n{}", wrong.len(), wrong.join("\n"));
    assert!(worked > 100, "only {worked} examples worked");
}
