//! Users are named by any unique key, and what they refer to by name.

use serde_json::{Value, json};

use crate::scripted::Scripted;
use crate::support::{Harness, harness, text};

const GET: [&str; 3] = ["genesys", "users", "get"];

/// A user as the listing shows it.
fn user(harness: &Harness, index: usize) -> Value {
    harness.json(&["genesys", "users", "list", "--all"])[index].clone()
}

fn field<'a>(user: &'a Value, name: &str) -> &'a str {
    user[name].as_str().expect("text")
}

/// Runs a command that fails, and returns its message.
fn refused(harness: &Harness, code: i32, arguments: &[&str]) -> String {
    text(&harness.command().args(arguments).assert().code(code).get_output().stderr)
}

fn create(harness: &Harness, name: &str, email: &str) -> String {
    let set = [format!("name={name}"), format!("email={email}")];
    let user = harness.json(&["genesys", "users", "create", "--set", &set[0], "--set", &set[1]]);
    field(&user, "id").to_owned()
}

#[test]
fn a_user_is_named_by_each_key_and_an_address_by_its_form() {
    let harness = harness(30);
    let user = user(&harness, 2);
    let id = field(&user, "id");
    let body = json!({ "authorityName": "HR", "externalKey": "7" }).to_string();
    let parameter = format!("userId={id}");
    harness.run(&["call", "genesys-users", "postUserExternalid", "--param", &parameter, "--body", &body]);
    let email = field(&user, "email").to_uppercase();
    for (key, text) in [
        (&[][..], id),
        (&[], &email),
        (&["--key", "id"], id),
        (&["--key", "email"], &email),
        (&["--key", "username"], field(&user, "username")),
        (&["--key", "name"], field(&user, "name")),
        (&["--key", "external-id:HR"], "7"),
    ] {
        let found = harness.json(&[&GET[..], &[text], key].concat());
        assert_eq!(found["id"], id, "{key:?} {text}");
        let skills = harness.json(&[&["genesys", "skills", "list", text], key].concat());
        assert_eq!(skills, harness.json(&["genesys", "skills", "list", id]), "{key:?}");
    }
}

#[test]
fn who_is_not_found_is_told_from_who_is_deleted_inactive_or_not_alone() {
    let harness = harness(3);
    let [first, second] = ["a@example.com", "b@example.com"].map(|email| create(&harness, "Twin Person", email));
    let told = refused(&harness, 1, &["genesys", "users", "delete", "--key", "name", "twin person"]);
    for part in [&first, &second, "a@example.com", "b@example.com", "2 users have this name"] {
        assert!(told.contains(part), "{part}: {told}");
    }
    assert_eq!(harness.calls("deleteUser"), 0);
    harness.run(&["genesys", "users", "update", "a@example.com", "--set", "state=inactive"]);
    assert_eq!(harness.json(&[&GET[..], &["a@example.com"]].concat())["id"], first.as_str());
    harness.run(&["genesys", "users", "delete", "b@example.com"]);
    let told = refused(&harness, 1, &[&GET[..], &["b@example.com"]].concat());
    assert!(told.contains(&format!("is deleted ({second})")), "{told}");
    let told = refused(&harness, 1, &["genesys", "users", "restore", "a@example.com"]);
    assert!(told.contains(&format!("is not deleted ({first})")), "{told}");
    // The one who is left has the name alone.
    assert_eq!(harness.json(&[&GET[..], &["Twin Person", "--key", "name"]].concat())["id"], first.as_str());
    harness.run(&["genesys", "users", "restore", "b@example.com"]);
    let told = refused(&harness, 1, &[&GET[..], &["c@example.com"]].concat());
    assert!(told.contains("`c@example.com`: no user has this e-mail address"), "{told}");
    let sent = harness.sandbox.requests().total();
    for (arguments, expected) in [
        (&["A Person"][..], "--key name looks for a name"),
        (&["x", "--key", "mail"], "expected id, email, username, name or external-id:AUTHORITY"),
        (&["x", "--key", "external-id"], "external-id has no authority"),
        (&["..", "--key", "external-id:HR"], "dot segment"),
    ] {
        let told = refused(&harness, 2, &[&GET[..], arguments].concat());
        assert!(told.contains(expected), "{told}");
    }
    assert_eq!(harness.sandbox.requests().total(), sent);
}

#[test]
fn the_users_of_a_file_are_looked_up_with_one_request() {
    let harness = harness(30);
    let users = harness.json(&["genesys", "users", "list", "--all"]);
    let emails: Vec<&str> = users.as_array().expect("a list").iter().map(|user| field(user, "email")).collect();
    let rows: String = emails.iter().map(|email| format!("{},Agent\n", email.to_uppercase())).collect();
    harness.file("people.csv", &format!("email,title\n{rows}no.one@example.com,Agent\n"));
    let update = ["genesys", "users", "update", "--from", "people.csv", "-v", "--failed", "failed.csv"];
    let told = refused(&harness, 3, &update);
    let count = emails.len();
    assert!(told.contains(&format!("look-up of {} users by email: postUsersSearch, requests: 1", count + 1)), "{told}");
    assert!(told.contains(&format!("{count} accepted, 1 invalid")), "{told}");
    assert_eq!(harness.calls("postUsersSearch"), 1);
    let failed = std::fs::read_to_string(harness.home.path().join("failed.csv")).expect("a file");
    assert_eq!(failed, "email,title\nno.one@example.com,Agent\n");
    let titles = harness.json(&["genesys", "users", "list", "--all", "--query", "[].title"]);
    assert!(titles.as_array().is_some_and(|titles| titles.iter().all(|title| title == "Agent")), "{titles}");
}

#[test]
fn a_look_up_that_fails_leaves_items_that_can_be_sent_again() {
    let harness = harness(5);
    let users = harness.json(&["genesys", "users", "list", "--all"]);
    let row = |user: &Value| format!("{},Agent\n", field(user, "email"));
    let content = format!("email,title\n{}", users.as_array().expect("a list").iter().map(row).collect::<String>());
    harness.file("people.csv", &content);
    harness.fault("postUsersSearch:status=401");
    let update = ["genesys", "users", "update", "--from", "people.csv", "--failed", "failed.csv"];
    refused(&harness, 4, &update);
    let failed = harness.home.path().join("failed.csv");
    assert_eq!(std::fs::read_to_string(&failed).expect("a file"), content);
    assert_eq!(harness.calls("patchUser"), 0);
}

#[test]
fn skills_managers_locations_and_divisions_are_given_by_name() {
    let harness = harness(30);
    let user = user(&harness, 3);
    let (id, email) = (field(&user, "id"), field(&user, "email"));
    let outcome = harness.json(&["genesys", "skills", "add", email, "billing=3.5", "Returns=2"]);
    assert_eq!(outcome[1]["outcome"], "accepted");
    let skills = harness.json(&["genesys", "skills", "list", id, "--query", "[?name=='Billing'].proficiency"]);
    assert_eq!(skills, json!([3.5]));
    let before = harness.sandbox.requests().total();
    let told = refused(&harness, 1, &["genesys", "skills", "set", id, "Billing=1", "Bilge=2"]);
    assert!(told.contains("no skill has the name `Bilge`; nothing was sent"), "{told}");
    assert_eq!(harness.sandbox.requests().total(), before + 2);
    let manager = self::user(&harness, 5);
    let set = format!("manager={}", field(&manager, "email"));
    let places = "locations=[\"Hill Office\"]";
    harness.run(&["genesys", "users", "update", id, "--set", &set, "--set", places]);
    let changed = harness.json(&[&GET[..], &[id, "--expand", "locations"]].concat());
    assert_eq!(changed["manager"]["id"], manager["id"]);
    let sites = harness.json(&["genesys", "locations", "list", "--name", "Hill"]);
    assert!(changed["locations"][0].to_string().contains(field(&sites[0], "id")), "{changed}");
    let new = ["--set", "name=Sample Person", "--set", "email=s@example.com", "--set", "divisionId=north"];
    assert_eq!(harness.json(&[&["genesys", "users", "create"], &new[..]].concat())["division"]["name"], "North");
}

/// A service whose search looks at the first of several values only.
#[test]
fn users_whom_a_search_for_several_does_not_find_are_searched_alone() {
    const USERS: [(&str, &str); 2] = [("u-1", "a.roe@example.com"), ("u-2", "b.doe@example.com")];
    let service = Scripted::answering(|route, body| match route {
        "POST /api/v2/users/search" => {
            let wanted = body["query"][0]["values"][0].as_str()?;
            let user = |(id, email): &(&str, &str)| json!({ "id": id, "email": email, "state": "active" });
            let found: Vec<Value> = USERS.iter().filter(|(_, email)| *email == wanted).map(user).collect();
            Some((200, json!({ "total": found.len(), "pageCount": 1, "pageNumber": 1, "results": found })))
        }
        "DELETE /api/v2/users/u-1" | "DELETE /api/v2/users/u-2" => Some((200, json!({}))),
        _ => None,
    });
    let leavers = "email\na.roe@example.com\nb.doe@example.com\nnobody@example.com\n";
    std::fs::write(service.home.path().join("leavers.csv"), leavers).expect("written");
    let delete = ["genesys", "users", "delete", "--from", "leavers.csv", "--yes", "--output", "jsonl"];
    let assert = service.command(&delete).assert().code(3);
    let rows: Vec<Value> =
        text(&assert.get_output().stdout).lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let outcomes: Vec<_> = rows.iter().map(|row| row["outcome"].as_str().expect("an outcome")).collect();
    assert_eq!(outcomes, ["accepted", "accepted", "invalid"], "{rows:?}");
    assert!(rows[2]["reason"].as_str().is_some_and(|it| it.contains("no user has this e-mail address")), "{rows:?}");
    let searches = service.routes().iter().filter(|route| *route == "POST /api/v2/users/search").count();
    assert_eq!(searches, 3, "{:?}", service.routes());
}
