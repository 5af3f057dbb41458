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
