//! Users who are chosen by a condition or listed in a file, and the question before something is taken away.

use serde_json::{Value, json};

use crate::support::{Harness, harness, text};

const UPDATE: [&str; 3] = ["genesys", "users", "update"];

fn message(harness: &Harness, code: i32, arguments: &[&str]) -> String {
    text(&harness.command().args(arguments).assert().code(code).get_output().stderr)
}

/// The ids of the users of a department.
fn of_department(harness: &Harness, department: &str) -> Vec<String> {
    let query = format!("[?department=='{department}'].id");
    let ids = harness.json(&["genesys", "users", "list", "--all", "--query", &query]);
    ids.as_array().expect("a list").iter().map(|id| id.as_str().expect("an id").to_owned()).collect()
}

fn titled(harness: &Harness) -> Vec<String> {
    let ids = harness.json(&["genesys", "users", "list", "--all", "--query", "[?title=='Chosen'].id"]);
    ids.as_array().expect("a list").iter().map(|id| id.as_str().expect("an id").to_owned()).collect()
}

fn content(harness: &Harness, name: &str) -> String {
    std::fs::read_to_string(harness.home.path().join(name)).expect("a file")
}

#[test]
fn where_chooses_users_of_the_listing_and_max_limits_them() {
    let harness = harness(40);
    let sales = of_department(&harness, "Sales");
    assert!(sales.len() > 2);
    let chosen = ["--where", "department == 'Sales'", "--set", "title=Chosen"];
    let max = (sales.len() - 1).to_string();
    let told = message(&harness, 2, &[&UPDATE[..], &chosen, &["--max", &max]].concat());
    assert!(told.contains(&format!("{} users, more than --max {max}; nothing was sent", sales.len())), "{told}");
    assert_eq!(titled(&harness), Vec::<String>::new());
    let told = message(&harness, 0, &[&UPDATE[..], &chosen, &["-v"]].concat());
    assert!(told.contains(&format!("--where: {} of", sales.len())), "{told}");
    assert_eq!(titled(&harness), sales);
    // Parts that the condition names are read with the listing.
    let skilled = ["genesys", "skills", "remove", "--where", "contains(skills[].name, 'Billing')", "Billing", "--yes"];
    harness.run(&skilled);
    let left = ["genesys", "users", "list", "--all", "--expand", "skills", "--query"];
    let left = harness.json(&[&left[..], &["[?contains(skills[].name, 'Billing')].id"]].concat());
    assert_eq!(left, json!([]));
    let sent = harness.sandbox.requests().total();
    let told = message(&harness, 2, &[&UPDATE[..], &["--where", "department = 'x'", "--set", "title=x"]].concat());
    assert!(told.contains("--where: invalid JMESPath expression"), "{told}");
    assert_eq!(harness.sandbox.requests().total(), sent);
    for (condition, expected) in [("department", "expected true or false"), ("abs(name)", "--where does not match")] {
        let told = message(&harness, 2, &[&UPDATE[..], &["--where", condition, "--set", "title=x"]].concat());
        assert!(told.contains(expected) && told.contains("nothing was sent"), "{told}");
    }
}

#[test]
fn the_failed_users_of_a_condition_are_a_file_for_another_run() {
    let harness = harness(40);
    let sales = of_department(&harness, "Sales");
    harness.fault("patchUser:status=400,times=1");
    let chosen = ["--where", "department == 'Sales'", "--set", "title=Chosen", "--concurrency", "1"];
    let told = message(&harness, 2, &[&UPDATE[..], &chosen, &["--failed", "failed.csv"]].concat());
    assert!(told.contains("expected a name that ends with .jsonl"), "{told}");
    message(&harness, 3, &[&UPDATE[..], &chosen, &["--failed", "failed.jsonl"]].concat());
    let failed: Value = serde_json::from_str(&content(&harness, "failed.jsonl")).expect("one line");
    assert_eq!(failed, json!({ "id": sales[0], "title": "Chosen" }));
    assert_eq!(titled(&harness), sales[1..]);
    harness.run(&[&UPDATE[..], &["--from", "failed.jsonl"]].concat());
    assert_eq!(titled(&harness), sales);
}

#[test]
fn nothing_is_taken_away_from_several_people_without_yes_or_a_terminal() {
    let harness = harness(10);
    let users = harness.json(&["genesys", "users", "list", "--all", "--query", "[].id"]);
    let id = |index: usize| users[index].as_str().expect("an id").to_owned();
    harness.file("two.csv", &format!("id\n{}\n{}\n", id(0), id(1)));
    harness.file("one.csv", &format!("id\n{}\n{}\n", id(2), id(2)));
    let synchronized = harness.json(&["sessions", "users", "--query", "[].remoteId"]);
    let remote = |index: usize| synchronized[index].as_str().expect("an id").to_owned();
    let sent = harness.sandbox.requests().total();
    for (arguments, what) in [
        (&["genesys", "users", "delete", "--from", "two.csv"][..], "delete 2 users"),
        (&["genesys", "users", "update", "--from", "two.csv", "--set", "state=inactive"], "deactivate 2 users"),
        (&["genesys", "skills", "remove", "--from", "two.csv", &id(0)], "remove skills from 2 users"),
        (&["genesys", "skills", "set", "--from", "two.csv", "--none"], "replace all skills of 2 users"),
        (&["genesys", "languages", "set", "--from", "two.csv", "--none"], "replace all languages of 2 users"),
        (&["genesys", "queues", "leave", "--from", "two.csv", &id(0)], "let 2 users leave queues"),
        (&["genesys", "roles", "revoke", "--from", "two.csv", &id(0), "--division", &id(0)], "revoke roles of 2 users"),
        (&["sessions", "deactivate", &remote(0), &remote(1)], "deactivate 2 users"),
    ] {
        let told = message(&harness, 2, arguments);
        assert!(told.contains(&format!("this would {what}; nothing was sent: give --yes to confirm")), "{told}");
    }
    assert_eq!(harness.sandbox.requests().total(), sent);
    // The same user twice is one.
    message(&harness, 3, &["genesys", "users", "delete", "--from", "one.csv"]);
    let told = message(&harness, 0, &["genesys", "users", "delete", "--from", "two.csv", "--yes"]);
    assert!(told.contains("2 accepted"), "{told}");
    let left = harness.json(&["genesys", "users", "list", "--all", "--query", "[].id"]);
    assert!([id(0), id(1), id(2)].iter().all(|id| !left.to_string().contains(id)), "{left}");
}

#[test]
fn the_items_of_a_file_have_skills_of_their_own_or_those_of_the_arguments() {
    let harness = harness(10);
    let users = harness.json(&["genesys", "users", "list", "--all"]);
    let text = |index: usize, name: &str| users[index][name].as_str().expect("text").to_owned();
    let rows = format!(
        "email,skill,proficiency\n{},Billing,4.5\n{},Claims,2\n{},Bilge,2\n",
        text(0, "email"),
        text(0, "email"),
        text(1, "email")
    );
    harness.file("skills.csv", &rows);
    let told = message(&harness, 3, &["genesys", "skills", "add", "--from", "skills.csv"]);
    assert!(told.contains("2 accepted, 1 invalid"), "{told}");
    let of = |index: usize| {
        let query = "sort([?name=='Billing'||name=='Claims'].join(' ', [name, to_string(proficiency)]))";
        harness.json(&["genesys", "skills", "list", &text(index, "id"), "--all", "--query", query])
    };
    assert_eq!(of(0), json!(["Billing 4.5", "Claims 2.0"]));
    harness.file("people.csv", &format!("id,name\n{},x\n{},y\n", text(2, "id"), text(3, "id")));
    harness.run(&["genesys", "skills", "set", "--from", "people.csv", "Billing=1", "Claims=5", "--yes"]);
    for index in [2, 3] {
        assert_eq!(of(index), json!(["Billing 1.0", "Claims 5.0"]));
        let all = harness.json(&["genesys", "skills", "list", &text(index, "id"), "--all"]);
        assert_eq!(all.as_array().map(Vec::len), Some(2));
    }
}

#[test]
fn languages_are_added_replaced_and_removed_by_name() {
    let harness = harness(10);
    let user = harness.somebody();
    let of = || {
        let query = "sort([].join(' ', [name, to_string(proficiency)]))";
        harness.json(&["genesys", "languages", "list", &user, "--all", "--query", query])
    };
    let set = harness.json(&["genesys", "languages", "set", &user, "English=4", "Polish=1"]);
    assert_eq!(set.as_array().map(Vec::len), Some(2));
    assert_eq!(of(), json!(["English 4.0", "Polish 1.0"]));
    let added = harness.json(&["genesys", "languages", "add", &user, "German=2.6", "polish=3"]);
    assert_eq!((&added[0]["id"], &added[1]["outcome"]), (&json!("German"), &json!("accepted")));
    assert_eq!(of(), json!(["English 4.0", "German 3.0", "Polish 3.0"]));
    let removed = harness.json(&["genesys", "languages", "remove", &user, "English", "German"]);
    assert_eq!(removed[1]["outcome"], "accepted");
    assert_eq!(of(), json!(["Polish 3.0"]));
    harness.run(&["genesys", "languages", "set", &user, "--none"]);
    assert_eq!(of(), json!([]));
    harness.file("people.jsonl", &format!("{}\n", json!({ "id": user, "languages": "Dutch:5;French:2" })));
    harness.run(&["genesys", "languages", "set", "--from", "people.jsonl"]);
    assert_eq!(of(), json!(["Dutch 5.0", "French 2.0"]));
}

#[test]
fn presences_queues_and_roles_are_set_by_name() {
    let harness = harness(30);
    let users = harness.json(&["genesys", "users", "list", "--all"]);
    let user = users[4]["id"].as_str().expect("an id").to_owned();
    let set = ["genesys", "presences", "set", &user, "meal", "--message", "Back at noon"];
    assert_eq!(harness.json(&set)["message"], "Back at noon");
    let presence = harness.json(&["genesys", "users", "get", &user, "--expand", "presence"])["presence"].clone();
    let meal = harness.json(&["genesys", "presences", "list", "--name", "Meal"])[0]["id"].clone();
    assert_eq!((&presence["presenceDefinition"]["id"], &presence["message"]), (&meal, &json!("Back at noon")));
    // The other name of the verb.
    harness.run(&["genesys", "presence", "set", &user, "Available"]);

    let queues = |joined: &str| {
        let list = ["genesys", "queues", "list", &user, "--joined", joined, "--all", "--query", "[].name"];
        harness.json(&list).as_array().expect("a list").clone()
    };
    let (joined, others) = (queues("true"), queues("false"));
    assert!(!joined.is_empty() && !others.is_empty());
    harness.run(&["genesys", "queues", "set", &user, others[0].as_str().expect("a name")]);
    assert_eq!(queues("true"), [others[0].clone()]);
    harness.run(&["genesys", "queues", "set", &user, "--none"]);
    assert_eq!(queues("true"), Vec::<Value>::new());

    let grants = || {
        let parameter = format!("subjectId={user}");
        let query = "grants[].join(' in ', [role.name, division.name])";
        harness.json(&["call", "genesys-users", "getAuthorizationSubject", "--param", &parameter, "--query", query])
    };
    let before = grants();
    assert!(!before.to_string().contains("trainer"), "{before}");
    harness.run(&["genesys", "roles", "grant", &user, "trainer", "planner", "--division", "north"]);
    harness.run(&["genesys", "roles", "grant", &user, "Trainer"]);
    let now = grants().to_string();
    assert!(["trainer in North", "planner in North", "trainer in Home"].iter().all(|it| now.contains(it)), "{now}");
    harness.run(&["genesys", "roles", "revoke", &user, "trainer", "planner", "--division", "North"]);
    harness.run(&["genesys", "roles", "revoke", &user, "trainer"]);
    assert_eq!(grants(), before);
}
