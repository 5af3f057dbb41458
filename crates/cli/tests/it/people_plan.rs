//! What would change, and the way back.

use serde_json::{Value, json};

use crate::support::{Harness, harness, text};

/// Runs a command, and returns its rows and its message.
fn rows(harness: &Harness, code: i32, arguments: &[&str]) -> (Vec<Value>, String) {
    let assert = harness.command().args(arguments).args(["--output", "jsonl"]).assert().code(code);
    let output = assert.get_output();
    let rows = text(&output.stdout).lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    (rows, text(&output.stderr))
}

fn content(harness: &Harness, name: &str) -> String {
    std::fs::read_to_string(harness.home.path().join(name)).expect("a file")
}

fn ids(harness: &Harness) -> Vec<String> {
    let ids = harness.json(&["genesys", "users", "list", "--all", "--query", "[].id"]);
    ids.as_array().expect("a list").iter().map(|id| id.as_str().expect("an id").to_owned()).collect()
}

#[test]
fn a_plan_shows_before_and_after_who_is_missing_and_what_stays_and_changes_nothing() {
    let harness = harness(10);
    let ids = ids(&harness);
    harness.run(&["genesys", "users", "update", &ids[0], "--set", "title=Old"]);
    harness.run(&["genesys", "users", "update", &ids[1], "--set", "title=New"]);
    let lines = [
        json!({ "id": ids[0], "title": "New" }),
        json!({ "id": ids[1], "title": "New" }),
        json!({ "id": ids[0], "title": "Newer" }),
        json!({ "email": "no.one@example.com", "title": "New" }),
        json!({ "id": "5e5e5e5e-0000-4000-8000-00000000000a", "title": "New" }),
        json!({ "id": ids[2], "titel": "New" }),
    ];
    harness.file("changes.jsonl", &lines.map(|line| format!("{line}\n")).concat());
    let update = ["genesys", "users", "update", "--from", "changes.jsonl", "--plan"];
    let (rows_of_plan, told) = rows(&harness, 3, &update);
    let shown =
        |row: &Value| [&row["line"], &row["outcome"], &row["before"], &row["after"]].map(|it| it.to_string()).join(" ");
    let shown: Vec<String> = rows_of_plan.iter().map(shown).collect();
    let expected = [
        "1 \"change\" \"Old\" \"New\"",
        "2 \"same\" \"New\" \"New\"",
        "3 \"change\" \"New\" \"Newer\"",
        "4 \"missing\" null null",
        "5 \"missing\" null null",
        "6 \"invalid\" null null",
    ];
    assert_eq!(shown, expected, "{rows_of_plan:?}");
    assert!(told.contains("users to read: 4; requests: at least 2"), "{told}");
    assert!(told.contains("1 would change (2 values), 1 stay the same, 2 do not exist, 1 invalid"), "{told}");
    assert_eq!((harness.calls("patchUser"), harness.calls("postUsersSearch")), (2, 1));
    for (title, code, options) in
        [("Old", 0, &["--plan", "--exit-code"][..]), ("New", 6, &["--plan", "--exit-code"]), ("New", 0, &["--plan"])]
    {
        let set = format!("title={title}");
        rows(&harness, code, &[&["genesys", "users", "update", &ids[0], "--set", &set], options].concat());
    }
    assert_eq!(harness.json(&["genesys", "users", "get", &ids[0]])["title"], "Old");
}

#[test]
fn targets_of_a_plan_are_read_a_hundred_with_one_request() {
    let harness = harness(250);
    let users = harness.json(&["genesys", "users", "list", "--all", "--query", "[].{id: id}"]);
    let users = users.as_array().expect("a list");
    harness.file("all.jsonl", &users.iter().map(|user| format!("{user}\n")).collect::<String>());
    let before = harness.calls("getUsers");
    let plan = ["genesys", "users", "update", "--from", "all.jsonl", "--set", "title=Same for all", "--plan"];
    let (changes, told) = rows(&harness, 0, &plan);
    assert_eq!(changes.len(), users.len());
    let requests = users.len().div_ceil(100);
    assert!(told.contains(&format!("requests: at least {requests}\n")), "{told}");
    assert_eq!(harness.calls("getUsers"), before + requests);
}

#[test]
fn each_verb_plans_what_it_then_does() {
    let harness = harness(30);
    let ids = ids(&harness);
    let id = ids[4].as_str();
    for (arguments, is_same_after) in [
        (&["genesys", "users", "update", id, "--set", "title=Planned"][..], true),
        (&["genesys", "skills", "set", id, "Billing=4.5", "Claims=1"], true),
        (&["genesys", "skills", "add", id, "Billing=2"], true),
        (&["genesys", "skills", "remove", id, "Billing"], true),
        (&["genesys", "languages", "set", id, "German=2"], true),
        (&["genesys", "languages", "add", id, "Polish=2"], true),
        (&["genesys", "languages", "remove", id, "German"], true),
        (&["genesys", "queues", "set", id, "--none"], true),
        (&["genesys", "presences", "set", id, "Training"], true),
        (&["genesys", "roles", "grant", id, "planner"], true),
        (&["genesys", "roles", "revoke", id, "planner"], true),
        (&["genesys", "users", "delete", id], true),
        (&["genesys", "users", "restore", id], true),
    ] {
        let plan = [arguments, &["--plan", "--exit-code"]].concat();
        let (changes, told) = rows(&harness, 6, &plan);
        assert!(changes.iter().any(|row| row["outcome"] == "change"), "{arguments:?}: {told}");
        harness.run(arguments);
        let (_, told) = rows(&harness, if is_same_after { 0 } else { 6 }, &plan);
        assert!(told.contains("1 stay the same"), "{arguments:?}: {told}");
    }
    let create = ["genesys", "users", "create", "--set", "name=Sample Person", "--set", "email=s@example.com"];
    let (created, _) = rows(&harness, 6, &[&create[..], &["--plan", "--exit-code"]].concat());
    assert_eq!((&created[0]["outcome"], &created[0]["after"]["state"]), (&json!("create"), &json!("active")));
    harness.run(&create);
    let (_, told) = rows(&harness, 3, &[&create[..], &["--plan"]].concat());
    assert!(told.contains("1 invalid"), "{told}");
}

#[test]
fn the_way_back_has_the_old_values_of_those_who_were_changed() {
    let harness = harness(10);
    let ids = ids(&harness);
    for id in &ids[..3] {
        harness.run(&["genesys", "users", "update", id, "--set", "title=Old", "--clear", "department"]);
    }
    harness.run(&["genesys", "users", "update", &ids[2], "--set", "title=New", "--set", "department=X"]);
    let row = |id: &String| format!("{id},New,X\n");
    harness.file("changes.csv", &format!("id,title,department\n{}", ids[..4].iter().map(row).collect::<String>()));
    harness.fault("patchUser:status=400,skip=1,times=1");
    let update = ["genesys", "users", "update", "--from", "changes.csv", "--concurrency", "1", "--undo", "undo.jsonl"];
    let (outcomes, told) = rows(&harness, 3, &update);
    assert_eq!(outcomes[1]["outcome"], "rejected", "{told}");
    assert!(told.contains("to undo it (2 items): rosterkit genesys users update --from undo.jsonl"), "{told}");
    let undo: Vec<Value> =
        content(&harness, "undo.jsonl").lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    // The second was rejected, and the third is as before.
    assert_eq!(undo[0], json!({ "id": ids[0], "title": "Old", "department": null }));
    assert_eq!((undo.len(), &undo[1]["id"]), (2, &json!(ids[3])));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(harness.home.path().join("undo.jsonl")).expect("a file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    harness.run(&["genesys", "users", "update", "--from", "undo.jsonl"]);
    let user = harness.json(&["genesys", "users", "get", &ids[0]]);
    assert_eq!((&user["title"], &user["department"]), (&json!("Old"), &Value::Null));
    // Old values are not lost to a second run.
    let sent = harness.sandbox.requests().total();
    for (name, expected) in [("undo.jsonl", "exists: name a new file"), ("undo.csv", "ends with .jsonl")] {
        let again = ["genesys", "users", "update", "--from", "changes.csv", "--undo", name];
        let (_, told) = rows(&harness, 2, &again);
        assert!(told.contains(expected), "{told}");
    }
    assert_eq!(harness.sandbox.requests().total(), sent);
}

#[test]
fn what_is_undone_is_as_before() {
    let harness = harness(30);
    let ids = ids(&harness);
    let id = ids[4].as_str();
    harness.run(&["genesys", "skills", "set", id, "Billing=4.5", "Claims=1"]);
    harness.run(&["genesys", "languages", "set", id, "German=2"]);
    let parameter = format!("subjectId={id}");
    let state = || {
        let skills = harness.json(&["genesys", "skills", "list", id, "--all", "--query", "sort_by([], &id)"]);
        let languages = harness.json(&["genesys", "languages", "list", id, "--all"]);
        let joined = harness.json(&["genesys", "queues", "list", id, "--all", "--query", "sort([].id)"]);
        let query = "sort(grants[].join(' ', [role.id, division.id]))";
        let call = ["call", "genesys-users", "getAuthorizationSubject", "--param", &parameter, "--query", query];
        let user = harness.json(&["genesys", "users", "get", id, "--expand", "presence"]);
        let presence = user["presence"]["presenceDefinition"]["id"].clone();
        json!([skills, languages, joined, harness.json(&call), presence, user["state"]])
    };
    let before = state();
    for (number, (arguments, undo)) in [
        (&["genesys", "skills", "set", id, "Returns=3"][..], &[&["genesys", "skills", "set"][..]][..]),
        (&["genesys", "skills", "add", id, "Returns=3", "Billing=1"], &[&["genesys", "skills", "set"]]),
        (&["genesys", "skills", "remove", id, "Claims"], &[&["genesys", "skills", "set"]]),
        (&["genesys", "languages", "set", id, "Polish=3"], &[&["genesys", "languages", "set"]]),
        (&["genesys", "queues", "set", id, "--none"], &[&["genesys", "queues", "set"]]),
        (&["genesys", "presences", "set", id, "Training"], &[&["genesys", "presences", "set"]]),
        (&["genesys", "roles", "grant", id, "planner"], &[&["genesys", "roles", "revoke"]]),
        (&["genesys", "users", "delete", id], &[&["genesys", "users", "restore"], &["genesys", "roles", "grant"]]),
    ]
    .into_iter()
    .enumerate()
    {
        let file = format!("undo-{number}.jsonl");
        let told = harness.command().args(arguments).args(["--undo", &file]).assert().success();
        let told = text(&told.get_output().stderr);
        assert!(told.contains(&format!("rosterkit {} --from {file}", undo[0].join(" "))), "{told}");
        for verb in undo {
            harness.run(&[verb, &["--from", &file][..]].concat());
        }
        assert_eq!(state(), before, "{arguments:?}: {}", content(&harness, &file));
    }
    let new = ["genesys", "users", "create", "--set", "name=Sample Person", "--set", "email=s@example.com"];
    harness.run(&[&new[..], &["--undo", "new.jsonl"]].concat());
    harness.run(&["genesys", "users", "delete", "--from", "new.jsonl"]);
    harness.command().args(["genesys", "users", "get", "s@example.com"]).assert().code(1);
}

#[test]
fn sessions_are_planned_against_all_users_and_undone() {
    let harness = harness(10);
    let users = harness.json(&["sessions", "users", "--all"]);
    let user = |index: usize, name: &str| users[index][name].as_str().expect("text").to_owned();
    let lines = [
        json!({ "remoteId": user(0, "remoteId"), "firstName": "Other", "lastName": user(0, "lastName") }),
        json!({ "remoteId": user(1, "remoteId"), "firstName": user(1, "firstName"), "lastName": user(1, "lastName") }),
        json!({ "remoteId": "new", "firstName": "Sample", "lastName": "Person" }),
    ];
    harness.file("people.jsonl", &lines.map(|line| format!("{line}\n")).concat());
    let upsert = ["sessions", "upsert", "--from", "people.jsonl"];
    let (planned, told) = rows(&harness, 6, &[&upsert[..], &["--plan", "--exit-code"]].concat());
    let of = |field: &str| planned.iter().find(|row| row["field"] == field).expect("a row").clone();
    let first = of("firstName");
    assert_eq!((&first["before"], &first["after"]), (&users[0]["firstName"], &json!("Other")));
    assert!(planned.iter().any(|row| row["outcome"] == "create" && row["after"]["remoteId"] == "new"), "{planned:?}");
    assert!(told.contains("2 would change (2 values), 1 stay the same"), "{told}");
    assert_eq!(harness.calls("batchUpsertUsers"), 0);
    harness.run(&[&upsert[..], &["--undo", "undo.jsonl"]].concat());
    harness.run(&["sessions", "upsert", "--from", "undo.jsonl"]);
    let now = harness.json(&["sessions", "users", "--all"]);
    assert_eq!(now[0], users[0]);
    let new = now.as_array().expect("a list").iter().find(|user| user["remoteId"] == "new").expect("a user");
    assert_eq!(new["active"], false);

    let remote = user(2, "remoteId");
    let (planned, told) = rows(&harness, 3, &["sessions", "deactivate", &remote, "nobody", "--plan"]);
    assert_eq!((&planned[0]["before"], &planned[0]["after"]), (&json!(true), &json!(false)));
    assert_eq!(planned[1]["outcome"], "missing", "{told}");
    harness.run(&["sessions", "deactivate", &remote, "--undo", "back.jsonl"]);
    assert_eq!(harness.json(&["sessions", "users", "--all"])[2]["active"], false);
    harness.run(&["sessions", "upsert", "--from", "back.jsonl"]);
    assert_eq!(harness.json(&["sessions", "users", "--all"])[2], users[2]);
}

#[test]
fn an_enrollment_is_planned_and_a_change_of_a_group_cannot_be() {
    let harness = harness(30);
    let enroll = ["lms", "enroll", "PHONE-110", "--on-behalf-of", crate::lms::MANAGER];
    let plan = [&enroll[..], &["--plan", "--exit-code"]].concat();
    let (planned, told) = rows(&harness, 6, &plan);
    assert_eq!((&planned[0]["before"], &planned[0]["after"]), (&Value::Null, &json!("enrolled")), "{told}");
    harness.run(&enroll);
    let (planned, told) = rows(&harness, 0, &plan);
    assert_eq!(planned[0]["outcome"], "same", "{told}");
    let lines =
        [json!({ "user": crate::lms::MANAGER, "module": "PHONE-110" }), json!({ "user": "nobody", "module": "M" })];
    harness.file("enrollments.jsonl", &lines.map(|line| format!("{line}\n")).concat());
    let (planned, told) = rows(&harness, 3, &["lms", "enroll", "--from", "enrollments.jsonl", "--plan"]);
    assert_eq!((&planned[0]["outcome"], &planned[1]["outcome"]), (&json!("same"), &json!("missing")), "{told}");
    let sent = harness.sandbox.requests().total();
    for verb in [&["create", "G"][..], &["delete", "G"], &["add", "G", "a.roe"], &["remove", "G", "a.roe"]] {
        let (_, told) = rows(&harness, 2, &[&["lms", "groups"][..], verb, &["--plan"]].concat());
        assert!(told.contains("the LMS cannot be asked which groups there are"), "{told}");
    }
    assert_eq!(harness.sandbox.requests().total(), sent);
}

#[test]
fn columns_of_a_plan_are_those_of_the_plan_and_others_are_refused_before_anything_is_read() {
    let harness = harness(5);
    harness.file("new.csv", "name,email\nSample Person,sample.person@example.com\n");
    for verb in [
        &["genesys", "users", "update", "--where", "version > `0`", "--set", "title=New"][..],
        &["genesys", "users", "create", "--from", "new.csv"],
    ] {
        let plan = |columns: &str| {
            harness.command().args(verb).args(["--plan", "--output", "csv", "--columns", columns]).assert()
        };
        let planned = plan("line,field,before,after").success();
        assert!(text(&planned.get_output().stdout).starts_with("line,field,before,after\n"));
        harness.sandbox.clear_request_log();
        plan("line,feld").code(2);
        assert_eq!(harness.sandbox.request_log().len(), 0);
    }
}
