//! Commands for Genesys Cloud.

use serde_json::{Value, json};

use crate::support::{harness, text};

#[test]
fn users_are_listed_by_page_with_a_hint_and_all_of_them_on_request() {
    let harness = harness(250);
    let list =
        ["genesys", "users", "list", "--state", "any", "--page-size", "25", "--output", "csv", "--columns", "id"];
    let first = harness.command().args(list).assert().success();
    assert_eq!(text(&first.get_output().stdout).lines().count(), 26);
    assert!(text(&first.get_output().stderr).contains("25 of 250; --all reads the rest"));
    let all = harness.command().args(list).arg("--all").assert().success();
    assert_eq!((text(&all.get_output().stdout).lines().count(), all.get_output().stderr.len()), (251, 0));
    assert_eq!(harness.run(&[&list[..], &["--limit", "60"]].concat()).lines().count(), 61);
}

#[test]
fn a_table_of_users() {
    let harness = harness(250);
    insta::assert_snapshot!(harness.run(&["genesys", "users", "list", "--limit", "5"]));
}

#[test]
fn a_user_as_a_table_and_reshaped() {
    let harness = harness(250);
    let id = harness.somebody();
    insta::assert_snapshot!(harness.run(&["genesys", "users", "get", &id, "--columns", "id,name,email,version"]));
    let query = ["genesys", "users", "get", &id, "--query", "{who: name, v: version}", "--output", "yaml"];
    insta::assert_snapshot!(harness.run(&query));
}

#[test]
fn a_user_is_created_changed_and_deleted() {
    let harness = harness(0);
    let create = ["genesys", "users", "create", "--set", "name=Sample Person", "--set", "email=sample@example.com"];
    let user = harness.json(&create);
    let id = user["id"].as_str().expect("an id");
    assert_eq!((&user["name"], &user["version"]), (&json!("Sample Person"), &json!(1)));
    assert_eq!(user["state"], "active", "unless told otherwise");
    let other = ["genesys", "users", "create", "--body", r#"{"name": "S. Twin", "email": "twin@example.com"}"#];
    assert_eq!(harness.json(&[&other[..], &["--set", "state=inactive"]].concat())["state"], "inactive");
    // The current version is read.
    let changed =
        harness.json(&["genesys", "users", "update", id, "--set", "title=Agent", "--set", "department=Sales"]);
    assert_eq!((&changed["title"], &changed["version"]), (&json!("Agent"), &json!(2)));
    let cleared = harness.json(&["genesys", "users", "update", id, "--clear", "department", "--version", "2"]);
    assert_eq!((&cleared["title"], cleared.get("department")), (&json!("Agent"), None));
    // A version that is not the current one is a conflict, and nothing is written.
    let conflict = harness
        .command()
        .args(["genesys", "users", "update", id, "--set", "title=X", "--version", "1"])
        .assert()
        .code(1);
    let message = text(&conflict.get_output().stderr);
    assert!(message.contains("nothing was written") && message.contains("409"), "{message}");
    assert_eq!(harness.json(&["genesys", "users", "get", id])["title"], "Agent");
    assert_eq!(harness.run(&["genesys", "users", "delete", id]), "");
    harness.command().args(["genesys", "users", "get", id]).assert().code(1);
}

#[test]
fn fields_that_the_service_sets_are_left_out_of_an_update_with_a_message() {
    let harness = harness(5);
    let id = harness.somebody();
    let user = harness.json(&["genesys", "users", "get", &id]);
    let body = json!({ "id": id, "selfUri": user["selfUri"], "title": "Trainer", "version": user["version"] });
    let update = harness.command().args(["genesys", "users", "update", &id, "--body", &body.to_string()]).assert();
    let message = text(&update.success().get_output().stderr);
    assert!(message.contains("not sent, since the service sets it: `id`, `selfUri`"), "{message}");
    assert_eq!(harness.json(&["genesys", "users", "get", &id])["title"], "Trainer");

    let items = [json!({ "id": id, "selfUri": "/x", "title": "Agent" }), json!({ "id": id, "title": "Coach" })];
    let items = items.map(|item| format!("{item}\n")).concat();
    let many = ["genesys", "users", "update", "--from", "-", "--input-format", "jsonl"];
    let changed = harness.command().args(many).write_stdin(items).assert().success();
    let message = text(&changed.get_output().stderr);
    assert_eq!(message.matches("not sent, since the service sets it: `selfUri`").count(), 1, "{message}");
    assert_eq!(harness.json(&["genesys", "users", "get", &id])["title"], "Coach");

    let nothing = ["genesys", "users", "update", &id, "--set", "selfUri=/x"];
    let message = text(&harness.command().args(nothing).assert().code(2).get_output().stderr);
    assert!(message.contains("no fields to change"), "{message}");
}

#[test]
fn a_body_that_lacks_a_required_property_is_refused_before_it_is_sent() {
    let harness = harness(5);
    let id = harness.somebody();
    let call =
        ["call", "genesys-users", "patchUser", "--param", &format!("userId={id}"), "--body", r#"{"title": "x"}"#];
    let refused = harness.command().args(call).assert().code(2);
    let message = text(&refused.get_output().stderr);
    assert!(message.contains("the JSON body lacks `version`, which the operation requires"), "{message}");
    assert!(message.contains("nothing was sent"), "{message}");
}

#[test]
fn expanded_parts_are_added() {
    let harness = harness(5);
    let id = harness.somebody();
    let user = harness.json(&["genesys", "users", "get", &id, "--expand", "presence,skills"]);
    assert!(user["presence"].is_object() && user["skills"].is_array(), "{user}");
}

#[test]
fn users_are_searched_by_text_or_by_a_whole_request() {
    let harness = harness(30);
    let user = harness.json(&["genesys", "users", "get", &harness.somebody()]);
    let (id, email) = (&user["id"], user["email"].as_str().expect("an address"));
    let first = user["name"].as_str().and_then(|name| name.split(' ').next()).expect("a name");
    let search = |more: &[&str]| harness.json(&[&["genesys", "users", "search"][..], more].concat());
    let has = |found: &Value| found.as_array().expect("a list").iter().any(|it| &it["id"] == id);
    let by_name = search(&[first, "--all"]);
    assert!(has(&by_name) && by_name.as_array().is_some_and(|it| it.len() < 30), "{by_name}");
    let by_address = search(&[email, "--fields", "email", "--type", "exact"]);
    assert_eq!((has(&by_address), by_address.as_array().map(Vec::len)), (true, Some(1)));
    assert!(!has(&search(&["zzz", "--type", "STARTS_WITH"])));
    let request = json!({ "query": [{ "type": "EXACT", "fields": ["email"], "value": email }] });
    harness.file("search.json", &request.to_string());
    assert_eq!(search(&["--body", "@search.json"]), by_address);
}

#[test]
fn activities_are_listed_by_user_and_state_and_read() {
    let harness = harness(30);
    let user = harness.somebody();
    let list = |more: &[&str]| harness.json(&[&["genesys", "activities", "list"][..], more].concat());
    let all = list(&["--of", &user, "--all"]);
    let all = all.as_array().expect("a list");
    // Enum values are found ignoring case.
    let done = list(&["--of", &user, "--status", "completed", "--type", "coaching,Assessment", "--all"]);
    let done = done.as_array().expect("a list");
    assert!(!done.is_empty() && done.len() < all.len(), "{done:?}");
    assert!(
        done.iter().all(|it| it["status"] == "Completed" && (it["type"] == "Coaching" || it["type"] == "Assessment"))
    );
    let overdue = list(&["--of", &user, "--overdue", "true"]);
    assert!(overdue.as_array().is_some_and(|it| it.iter().all(|it| it["isOverdue"] == true)));
    let (id, kind) = (all[0]["id"].as_str().expect("an id"), all[0]["type"].as_str().expect("a type"));
    let one = harness.json(&["genesys", "activities", "get", id, "--type", &kind.to_lowercase()]);
    assert_eq!((&one["id"], &one["name"]), (&all[0]["id"], &all[0]["name"]));
    assert!(list(&["--mine"]).as_array().is_some_and(|it| !it.is_empty()));
    assert_eq!(list(&["--module", "no-such-module"]), json!([]));
    insta::assert_snapshot!(harness.run(&["genesys", "activities", "list", "--of", &user, "--limit", "3"]));
    for wrong in [&[][..], &["--of", &user, "--mine"], &["--of", ""], &["--module", " "]] {
        harness.command().args(["genesys", "activities", "list"]).args(wrong).assert().code(2);
    }
    let missing =
        harness.command().args(["genesys", "activities", "get", "nope", "--type", "Coaching"]).assert().code(1);
    assert!(text(&missing.get_output().stderr).contains("404"));
}

#[test]
fn unknown_enum_values_are_sent_and_reported() {
    let harness = harness(3);
    let inactive = harness.json(&["genesys", "users", "list", "--state", "INACTIVE", "--all"]);
    assert!(inactive.as_array().is_some_and(|it| it.iter().all(|user| user["state"] == "inactive")));
    for (arguments, expected, is_refused) in [
        (
            &["users", "list", "--state", "gone"][..],
            "--state: unknown value `gone`, sent unchanged; known values: active, inactive, deleted, any",
            true,
        ),
        // The service ignores what it does not know, where it can.
        (&["users", "list", "--expand", "presense"], "--expand: unknown value `presense`", false),
        (&["users", "search", "x", "--type", "STARTS"], "--type: unknown value `STARTS`", true),
        (&["activities", "list", "--mine", "--overdue", "maybe"], "--overdue: unknown value `maybe`", false),
    ] {
        let assert = harness.command().arg("genesys").args(arguments).assert().code(i32::from(is_refused));
        let message = text(&assert.get_output().stderr);
        assert!(message.contains(expected) && message.contains("400") == is_refused, "{message}");
    }
}

#[test]
fn users_of_a_listing_can_be_deleted() {
    let harness = harness(4);
    let csv = harness.run(&["genesys", "users", "list", "--state", "any", "--all", "--output", "csv"]);
    let lines: Vec<&str> = csv.lines().collect();
    harness.file("leavers.csv", &format!("{}\n{}\n{}\n,No Id,,,,\nnobody,Nobody,,,,\n", lines[0], lines[1], lines[2]));
    let delete = ["genesys", "users", "delete", "--from", "leavers.csv", "--output", "jsonl", "--yes"];
    let words = |assert: &assert_cmd::assert::Assert| -> Vec<String> {
        let rows = text(&assert.get_output().stdout);
        let rows = rows.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
        rows.map(|row| row["outcome"].as_str().expect("an outcome").to_owned()).collect()
    };
    let sent = harness.sandbox.requests().total();
    let dry = harness.command().args(delete).arg("--dry-run").assert().code(3);
    assert_eq!(words(&dry), ["valid", "valid", "invalid", "valid"]);
    assert_eq!(harness.sandbox.requests().total(), sent);
    let done = harness.command().args(delete).args(["--failed", "failed.csv"]).assert().code(3);
    assert_eq!(words(&done), ["accepted", "accepted", "invalid", "rejected"]);
    assert!(text(&done.get_output().stderr).contains("2 accepted, 1 rejected, 1 invalid"));
    let failed = std::fs::read_to_string(harness.home.path().join("failed.csv")).expect("a file");
    assert_eq!(failed, format!("{}\n,No Id,,,,\nnobody,Nobody,,,,\n", lines[0]));
    for line in &lines[1..3] {
        let id = line.split(',').next().expect("an id");
        harness.command().args(["genesys", "users", "get", id]).assert().code(1);
    }
    for wrong in [&[][..], &["u-1", "--from", "leavers.csv"], &[""]] {
        harness.command().args(["genesys", "users", "delete"]).args(wrong).assert().code(2);
    }
}

#[test]
fn an_existing_user_is_not_created_again() {
    let harness = harness(0);
    let create = ["genesys", "users", "create", "--set", "name=Sample Person", "--set", "email=sample@example.com"];
    harness.run(&create);
    let again = harness.command().args(create).assert().code(1);
    let message = text(&again.get_output().stderr);
    assert!(message.contains("nothing was created") && message.contains("409"), "{message}");
    let body = harness.file("user.json", "{\"name\": \"Roe, A.\", \"email\": \"a.roe@example.com\"}");
    let body = format!("@{}", body.display());
    assert_eq!(
        harness.json(&["genesys", "users", "create", "--body", &body, "--set", "title=Agent"])["title"],
        "Agent"
    );
    assert_eq!(harness.json(&["genesys", "users", "list", "--all"]).as_array().map(Vec::len), Some(2));
}
