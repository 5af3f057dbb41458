//! Exports of people, fed into another sandbox.

use rosterkit_sandbox::Sandbox;

use crate::support::{Harness, bare, harness, harness_of, text};

/// A sandbox whose people are those of a file.
fn sandbox_of(harness: &Harness, service: &str, name: &str, content: &str) -> Harness {
    let file = harness.file(name, content);
    let people = format!("{service}={}", file.display()).parse().expect("people");
    harness_of(Sandbox::builder().users(0).people(people))
}

/// Exports people in both formats, feeds them into an empty sandbox, and exports them again.
fn assert_round_trip(service: &str, export: &[&str], rows: usize) {
    let harness = harness(60);
    for format in ["csv", "jsonl"] {
        let list = |harness: &Harness| harness.run(&[export, &["--output", format]].concat());
        let exported = list(&harness);
        assert_eq!(exported.lines().count(), rows + usize::from(format == "csv"), "{exported}");
        let again = list(&sandbox_of(&harness, service, &format!("export.{format}"), &exported));
        assert_eq!(again, exported, "{service} {format}");
    }
}

#[test]
fn an_export_of_genesys_users_can_be_fed_into_a_sandbox() {
    let columns = "id,name,email,username,title,department,state,version,manager.id,division.id";
    assert_round_trip("genesys", &["genesys", "users", "list", "--state", "any", "--all", "--columns", columns], 60);
}

#[test]
fn an_export_of_lms_users_can_be_fed_into_a_sandbox() {
    let users = ["lms", "export", "users", "--status", "all"];
    assert_round_trip("lms", &users, 59);
    let columns = "id,given,family,middle,email,status,employeeNumber,address1,city,country.code,phone,jobTitle,\
        primaryRole.id,organization.id,organization.parent,directAppraiser.id,departmentName,attribute,assignment";
    assert_round_trip("lms", &[&users[..], &["--columns", columns]].concat(), 59);
}

#[test]
fn listings_of_lms_people_can_be_fed_into_a_sandbox() {
    assert_round_trip("lms", &["lms", "people", "list"], 59);
    // As many as the site gives without `max`.
    assert_round_trip("lms", &["lms", "export", "people"], 25);
}

#[test]
fn an_export_of_session_users_can_be_fed_into_a_sandbox() {
    let columns = "remoteId,firstName,lastName,active";
    assert_round_trip("sessions", &["sessions", "users", "--all", "--columns", columns], 30);
}

#[test]
fn a_file_with_an_invalid_row_is_refused_with_its_line_and_without_its_values() {
    let home = tempfile::tempdir().expect("a home");
    std::fs::write(home.path().join("users.csv"), "id,family,organisation.id\na.roe,Secret,X\n").expect("written");
    let arguments = ["sandbox", "--users", "0", "--people", "lms=users.csv"];
    let refused = bare(&home).args(arguments).assert().code(1);
    let message = text(&refused.get_output().stderr);
    let expected = "line 2: unknown field `organisation.id`; did you mean `organization.id`?";
    assert!(message.contains(expected) && !message.contains("Secret"), "{message}");
}
