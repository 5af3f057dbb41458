//! Daily jobs of the README's tour, with as many people as such jobs have.

use std::fmt::Write as _;

use serde_json::Value;

use crate::support::{harness, text};

const NEWCOMERS: usize = 50;

/// As a spreadsheet in Western Europe saves it: semicolons, Windows-1252, CRLF, and columns of other names.
fn newcomers() -> Vec<u8> {
    let mut file = "Personnel No.;First Name;Last Name;E-mail;Job Title;Unit;\r\n".to_owned();
    for number in 0..NEWCOMERS {
        let unit = ["Service", "Sales"][number % 2];
        write!(file, "{number};J\u{fc}rg;Sample {number};j.{number}@hr.example.com;Agent;{unit};\r\n").expect("text");
    }
    file.chars().map(|it| u8::try_from(u32::from(it)).expect("a character of Windows-1252")).collect()
}

#[test]
fn fifty_newcomers_of_a_file_with_foreign_columns_come_into_genesys_and_into_sessions() {
    let harness = harness(20);
    std::fs::write(harness.home.path().join("hr.csv"), newcomers()).expect("written");
    let form = ["--from", "hr.csv", "--delimiter", ";", "--encoding", "windows-1252", "--on-unknown-column", "ignore"];
    for (verb, map) in [
        (
            &["genesys", "users", "create"][..],
            "name={First Name} {Last Name},email=E-mail,title=Job Title,department=Unit",
        ),
        (&["sessions", "upsert"], "remoteId=Personnel No.,firstName=First Name,lastName=Last Name"),
    ] {
        let output = harness.command().args(verb).args(form).args(["--map", map]).assert().success();
        let told = text(&output.get_output().stderr);
        assert!(told.contains(&format!("{NEWCOMERS} accepted")), "{told}");
    }
    assert_eq!((harness.calls("postUsers"), harness.calls("batchUpsertUsers")), (NEWCOMERS, 1));

    let users = harness.json(&["genesys", "users", "list", "--all", "--columns", "name,email,title,department"]);
    let is_new = |user: &&Value| user["email"].as_str().is_some_and(|email| email.ends_with("@hr.example.com"));
    let new: Vec<&Value> = users.as_array().expect("rows").iter().filter(is_new).collect();
    assert_eq!(new.len(), NEWCOMERS);
    let seventh = new.iter().find(|user| user["email"] == "j.7@hr.example.com").expect("the seventh");
    let fields = ["name", "title", "department"].map(|name| seventh[name].as_str().expect("text"));
    assert_eq!(fields, ["J\u{fc}rg Sample 7", "Agent", "Sales"]);

    let users = harness.json(&["sessions", "users"]);
    let seventh = users.as_array().expect("rows").iter().find(|user| user["remoteId"] == "7").expect("the seventh");
    assert_eq!((&seventh["firstName"], &seventh["lastName"]), (&"J\u{fc}rg".into(), &"Sample 7".into()));
}
