//! The daily verbs of Genesys Cloud.

use serde_json::json;

use crate::support::{lab, text};

#[test]
fn users_are_listed_by_page_with_a_hint_and_all_of_them_on_request() {
    let lab = lab(250);
    let list =
        ["genesys", "users", "list", "--state", "any", "--page-size", "25", "--output", "csv", "--columns", "id"];
    let first = lab.command().args(list).assert().success();
    assert_eq!(text(&first.get_output().stdout).lines().count(), 26);
    assert!(text(&first.get_output().stderr).contains("25 of 250; --all reads the rest"));
    let all = lab.command().args(list).arg("--all").assert().success();
    assert_eq!((text(&all.get_output().stdout).lines().count(), all.get_output().stderr.len()), (251, 0));
    assert_eq!(lab.run(&[&list[..], &["--limit", "60"]].concat()).lines().count(), 61);
}

#[test]
fn a_table_of_users() {
    let lab = lab(250);
    insta::assert_snapshot!(lab.run(&["genesys", "users", "list", "--limit", "5"]));
}

#[test]
fn a_user_as_a_table_and_reshaped() {
    let lab = lab(250);
    let id = lab.somebody();
    insta::assert_snapshot!(lab.run(&["genesys", "users", "get", &id, "--columns", "id,name,email,version"]));
    let query = ["genesys", "users", "get", &id, "--query", "{who: name, v: version}", "--output", "yaml"];
    insta::assert_snapshot!(lab.run(&query));
}

#[test]
fn a_user_is_created_changed_and_deleted() {
    let lab = lab(0);
    let create = ["genesys", "users", "create", "--set", "name=Sample Person", "--set", "email=sample@example.com"];
    let user = lab.json(&create);
    let id = user["id"].as_str().expect("an id");
    assert_eq!((&user["name"], &user["version"]), (&json!("Sample Person"), &json!(1)));
    // The current version is found.
    let changed = lab.json(&["genesys", "users", "update", id, "--set", "title=Agent", "--set", "department=Sales"]);
    assert_eq!((&changed["title"], &changed["version"]), (&json!("Agent"), &json!(2)));
    let cleared = lab.json(&["genesys", "users", "update", id, "--clear", "department", "--version", "2"]);
    assert_eq!((&cleared["title"], cleared.get("department")), (&json!("Agent"), None));
    // A version that is not the current one is a conflict, and nothing is written.
    let conflict =
        lab.command().args(["genesys", "users", "update", id, "--set", "title=X", "--version", "1"]).assert().code(1);
    let message = text(&conflict.get_output().stderr);
    assert!(message.contains("nothing was written") && message.contains("409"), "{message}");
    assert_eq!(lab.json(&["genesys", "users", "get", id])["title"], "Agent");
    assert_eq!(lab.run(&["genesys", "users", "delete", id]), "");
    lab.command().args(["genesys", "users", "get", id]).assert().code(1);
}

#[test]
fn expanded_parts_are_added() {
    let lab = lab(5);
    let id = lab.somebody();
    let user = lab.json(&["genesys", "users", "get", &id, "--expand", "presence,skills"]);
    assert!(user["presence"].is_object() && user["skills"].is_array(), "{user}");
}
