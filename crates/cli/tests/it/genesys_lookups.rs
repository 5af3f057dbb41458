//! Look-ups: names of the organization's skills, queues, divisions and the like, and their ids.

use assert_cmd::assert::Assert;
use serde_json::{Value, json};

use crate::scripted::{Script, Scripted};
use crate::support::{Harness, harness, text};

fn names(list: &Value) -> Vec<&str> {
    list.as_array().expect("a list").iter().map(|it| it["name"].as_str().expect("a name")).collect()
}

/// Lists by name and by what that finds, and expects these names both times.
fn assert_found(harness: &Harness, list: &[&str], name: &str, expected: &[&str]) {
    let by_name = harness.json(&[list, &["--name", name]].concat());
    assert_eq!(names(&by_name), expected, "{list:?} {name}");
    let ids: Vec<_> = by_name.as_array().expect("a list").iter().map(|it| it["id"].as_str().expect("an id")).collect();
    let by_id = harness.json(&[list, &["--id", &ids.join(",")]].concat());
    assert_eq!(names(&by_id), expected, "{list:?} {ids:?}");
    let all = harness.json(&[list, &["--all"]].concat());
    assert!(names(&all).len() > expected.len(), "{list:?}: {all}");
    let refused = harness.command().args(list).args(["--name", " "]).assert().code(2);
    assert!(text(&refused.get_output().stderr).contains("the name is blank"), "{list:?}");
}

#[test]
fn skills_queues_and_languages_of_the_organization_are_found_by_name_and_by_id() {
    let harness = harness(12);
    assert_found(&harness, &["genesys", "skills", "list"], "re", &["Renewals", "Retention", "Returns"]);
    assert_found(&harness, &["genesys", "queues", "list"], "claims", &["Claims"]);
    assert_found(&harness, &["genesys", "queues", "list"], "*support", &["Technical Support"]);
    assert_found(&harness, &["genesys", "languages", "list"], "English", &["English"]);
}

#[test]
fn the_listing_of_a_user_takes_no_filter_of_the_organization() {
    let harness = harness(30);
    let page = harness.json(&["genesys", "users", "list", "--state", "any", "--limit", "2"]);
    let user = page[1]["id"].as_str().expect("an id");
    let of_user = harness.json(&["genesys", "languages", "list", user, "--all"]);
    let of_all = harness.json(&["genesys", "languages", "list", "--all"]);
    assert!(!names(&of_user).is_empty() && names(&of_user).len() < names(&of_all).len());
    assert!(of_user[0]["proficiency"].is_number() && of_all[0].get("proficiency").is_none(), "{of_user}");
    for noun in ["skills", "queues", "languages"] {
        for filter in [["--name", "x"], ["--id", "x"]] {
            harness.command().args(["genesys", noun, "list", user]).args(filter).assert().code(2);
        }
    }
    harness.command().args(["genesys", "queues", "list", "--joined", "true"]).assert().code(2);
}

#[test]
fn divisions_roles_and_stations_are_found_by_name_and_by_id() {
    let harness = harness(12);
    assert_found(&harness, &["genesys", "divisions", "list"], "ort", &["North"]);
    assert_found(&harness, &["genesys", "roles", "list"], "supervisor", &["supervisor"]);
    assert_found(
        &harness,
        &["genesys", "stations", "list"],
        "station 0000",
        &[
            "Station 00001",
            "Station 00002",
            "Station 00003",
            "Station 00004",
            "Station 00005",
            "Station 00006",
            "Station 00007",
            "Station 00008",
            "Station 00009",
        ],
    );
}

#[test]
fn groups_and_locations_are_found_by_name_though_the_service_has_no_such_filter() {
    let harness = harness(12);
    assert_found(&harness, &["genesys", "groups", "list"], "SHIFT", &["Early Shift", "Late Shift"]);
    assert_found(&harness, &["genesys", "locations", "list"], "hill", &["Hill Office"]);
    let none = harness.json(&["genesys", "groups", "list", "--name", "no such group"]);
    assert_eq!(none, json!([]));
}

#[test]
fn presences_and_their_sources_are_found_by_name_and_read() {
    let harness = harness(3);
    let meal = harness.json(&["genesys", "presences", "list", "--name", "meal"]);
    assert_eq!((names(&meal), &meal[0]["systemPresence"]), (vec!["Meal"], &json!("Meal")));
    let read = harness.json(&["genesys", "presences", "get", meal[0]["id"].as_str().expect("an id")]);
    assert_eq!((&read["id"], &read["systemPresence"]), (&meal[0]["id"], &json!("Meal")));
    let desk = harness.json(&["genesys", "presence-sources", "list", "--name", "desk"]);
    assert_eq!(names(&desk), ["Desk Phones"]);
    let read = harness.json(&["genesys", "presence-sources", "get", desk[0]["id"].as_str().expect("an id")]);
    assert_eq!(read["name"], "Desk Phones");
    for noun in ["presences", "presence-sources"] {
        let all = harness.json(&["genesys", noun, "list"]);
        assert!(names(&all).len() > 1, "{all}");
        for it in harness.json(&["genesys", noun, "list", "--deactivated"]).as_array().expect("a list") {
            assert_eq!(it["deactivated"], true, "{noun}: {it}");
        }
        harness.command().args(["genesys", noun, "get", "no-such-id"]).assert().code(1);
    }
}

#[test]
fn a_presence_is_found_by_each_of_its_labels() {
    let presence = |id: &str, label: &str| json!({ "id": id, "languageLabels": { "en_US": id, "de": label } });
    let listing = json!({ "entities": [presence("Break", "Pause"), presence("Busy", "Beschäftigt")] });
    let service = Scripted::new(Script::from([("GET /api/v2/presence/definitions", vec![(200, listing)])]));
    for (name, expected) in [("pause", "Break\n"), ("BESCHÄFTIGT", "Busy\n"), ("b", "Break\nBusy\n"), ("lunch", "")] {
        let list = ["genesys", "presences", "list", "--name", name, "--output", "csv", "--columns", "id"];
        let assert = service.command(&list).assert().success();
        assert_eq!(text(&assert.get_output().stdout), format!("id\n{expected}"), "{name}");
    }
}

/// Lists groups by name from three pages, of which the last is lost in the second case.
fn groups(more: &[&str], is_last_page_there: bool) -> (Assert, usize) {
    let page = |names: &[&str], number: i64, next: Option<&str>| {
        let entities: Vec<_> = names.iter().map(|name| json!({ "id": name, "name": name })).collect();
        (200, json!({ "entities": entities, "pageNumber": number, "pageCount": 3, "total": 5, "nextUri": next }))
    };
    let last = match is_last_page_there {
        true => page(&["Team E"], 3, None),
        false => (404, json!({ "message": "no" })),
    };
    let pages = vec![
        page(&["Team A", "Board"], 1, Some("/api/v2/groups?pageNumber=2")),
        page(&["Office", "Night team"], 2, Some("/api/v2/groups?pageNumber=3")),
        last,
    ];
    let service = Scripted::new(Script::from([("GET /api/v2/groups", pages)]));
    let list = ["genesys", "groups", "list", "--name", "team", "--output", "csv", "--columns", "id"];
    let assert = service.command(&list).args(more).assert();
    (assert, service.routes().len())
}

#[test]
fn a_name_is_looked_for_on_all_pages_and_the_limit_counts_what_is_found() {
    let (assert, requests) = groups(&[], true);
    assert_eq!(text(&assert.success().get_output().stdout), "id\nTeam A\nNight team\nTeam E\n");
    assert_eq!(requests, 3);
    let (assert, _) = groups(&["--limit", "2"], true);
    assert_eq!(text(&assert.success().get_output().stdout), "id\nTeam A\nNight team\n");
    let (assert, _) = groups(&[], false);
    let assert = assert.code(1);
    assert_eq!(text(&assert.get_output().stdout), "id\nTeam A\nNight team\n");
    assert!(text(&assert.get_output().stderr).contains("the listing stopped after 4 items"));
}
