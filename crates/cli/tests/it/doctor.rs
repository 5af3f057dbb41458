//! `doctor`: what the services answer, and what a token lacks.

use rosterkit_sandbox::Sandbox;
use serde_json::{Value, json};

use crate::scripted::Scripted;
use crate::support::{CLOSED_PORT, bare, harness, harness_of, text};

/// The result and the detail of a check.
fn check(rows: &Value, service: &str, name: &str) -> (String, String) {
    let row = rows.as_array().expect("rows").iter().find(|row| row["service"] == service && row["check"] == name);
    let row = row.unwrap_or_else(|| panic!("no {service} {name} in {rows:#}"));
    (row["result"].as_str().expect("a result").to_owned(), row["detail"].as_str().expect("a detail").to_owned())
}

#[test]
fn every_service_is_read_once_and_what_a_token_lacks_is_told() {
    let harness = harness_of(Sandbox::builder().users(20).seed(7).rate_limit(300));
    let rows = harness.json(&["doctor", "--for", "genesys users update", "--for", "lms export users"]);
    for service in ["genesys", "lms", "sessions"] {
        for name in ["connection", "authentication", "clock"] {
            assert_eq!(check(&rows, service, name).0, "ok", "{rows:#}");
        }
        assert!(check(&rows, service, "connection").1.contains("not encrypted"), "{rows:#}");
    }
    assert!(check(&rows, "genesys", "rate limit").1.contains("requests used"), "{rows:#}");
    assert_eq!(check(&rows, "genesys", "genesys users update: patchUser").0, "ok");
    assert_eq!(check(&rows, "lms", "lms export users: users200510Xml").0, "ok");
    let sent: Vec<_> = harness.sandbox.request_log().iter().map(|it| it.method.to_string()).collect();
    assert_eq!(sent, ["GET"; 3]);

    let lacking =
        harness.command().args(["doctor", "--for", "genesys users delete", "--output", "json"]).assert().code(3);
    let rows: Value = serde_json::from_slice(&lacking.get_output().stdout).expect("JSON");
    let (result, detail) = check(&rows, "genesys", "genesys users delete: deleteUser");
    assert_eq!(
        (result.as_str(), detail.as_str()),
        ("problem", "lacks one of the permissions admin, directory:user:delete, directory:organization:admin")
    );
    assert!(text(&lacking.get_output().stderr).contains("one check found a problem"));
}

#[test]
fn a_sync_file_needs_all_operations_that_a_run_sends() {
    let harness = harness(20);
    for (name, flow) in [("out", crate::sync::PEOPLE.to_owned()), ("in", INTO_GENESYS.to_owned())] {
        let file = format!("{name}.toml");
        harness.file(&file, &format!("state = \"{name}.db\"\n{flow}"));
        harness.file("people.csv", "id,name,email\n1,Sample Person,sample.person@example.com\n");
        let output = harness.command().args(["doctor", "--for-sync", &file, "--output", "json"]).output().expect("run");
        let told = text(&output.stderr);
        let rows: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {told}"));
        let of = |row: &Value| row["check"].as_str().and_then(|it| it.split_once(": ")).map(|(_, id)| id.to_owned());
        let needed: Vec<String> = rows.as_array().expect("rows").iter().filter_map(of).collect();
        harness.sandbox.clear_request_log();
        let run =
            harness.command().args(["sync", "run", "--file", &file, "--accept-source-size"]).output().expect("run");
        let log = harness.sandbox.request_log();
        let sent: Vec<&str> = log.iter().filter_map(|request| request.operation).collect();
        assert!(sent.len() > 1, "{name}: {}", text(&run.stderr));
        let other: Vec<_> = sent.iter().filter(|id| !needed.iter().any(|it| it == *id)).collect();
        assert!(other.is_empty(), "{name}: {other:?} are not in {needed:?}");
    }
}

const INTO_GENESYS: &str = r#"
[[flow]]
name = "people"
from = "file"
to = "genesys-users"

[flow.source]
path = "people.csv"

[flow.fields]
name = "name"
email = "email"

[flow.identity]
id = "id"
match = ["email"]
"#;

#[test]
fn the_exit_code_is_that_of_the_reason_if_there_is_one() {
    let harness = harness(5);
    let genesys = |url: &str, token: &str| {
        let mut command = bare(&harness.home);
        command.env("GENESYSCLOUD_BASE_URL", url).env("GENESYSCLOUD_ACCESS_TOKEN", token);
        command.args(["doctor", "--attempts", "1", "--output", "json"]);
        command
    };
    let url = harness.sandbox.genesys_url();
    for (url, token, code, name) in
        [(&*url, "S3NTINEL", 4, "authentication"), (CLOSED_PORT, "S3NTINEL", 5, "connection")]
    {
        let assert = genesys(url, token).assert().code(code);
        let (stdout, stderr) = (text(&assert.get_output().stdout), text(&assert.get_output().stderr));
        let rows: Value = serde_json::from_str(&stdout).expect("JSON");
        assert_eq!(check(&rows, "genesys", name).0, "problem");
        assert!(!stdout.contains("S3NTINEL") && !stderr.contains("S3NTINEL"), "{stdout} {stderr}");
    }
    // One of several services.
    let mut several = genesys(&url, "wrong");
    let assert = several.env("SESSIONS_BASE_URL", CLOSED_PORT).env("SESSIONS_API_KEY", "k").assert().code(3);
    assert!(text(&assert.get_output().stderr).contains("2 checks found problems"));
    // Nothing is set up, or nothing that there is.
    bare(&harness.home).args(["doctor"]).assert().code(2);
    harness.command().args(["doctor", "--for", "genesys users updat"]).assert().code(2);
    harness.command().args(["doctor", "--token", "x"]).assert().code(2);
}

#[test]
fn a_system_key_alone_is_checked_with_a_user_who_does_not_exist() {
    let harness = harness(5);
    let lms = |key: &str| {
        let mut command = bare(&harness.home);
        command.env("LMS_BASE_URL", harness.sandbox.lms_url()).env("LMS_SYSTEM_KEY", key);
        let doctor = ["doctor", "--for", "lms export users", "--for", "enrollUser", "--output", "json"];
        let output = command.args(doctor).output().expect("run");
        let rows: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        (rows, output.status.code())
    };
    let (rows, code) = lms(harness.sandbox.credentials().lms_system_key);
    assert_eq!(check(&rows, "lms", "authentication"), ("ok".to_owned(), "the system key is accepted".to_owned()));
    assert_eq!(check(&rows, "lms", "lms export users: users200510Xml").0, "ok", "{rows:#}");
    let (result, detail) = check(&rows, "lms", "call peoplefluent-lms enrollUser: enrollUser");
    assert!(result == "problem" && detail.contains("no credential for"), "{detail}");
    assert_eq!(code, Some(3));
    let (rows, code) = lms("wrong");
    assert_eq!((check(&rows, "lms", "authentication").0.as_str(), code), ("problem", Some(4)), "{rows:#}");
}

/// A service that responds to the read of the grants like this, and has these roles.
fn granted(status: u16, subject: Value, roles: (u16, Value)) -> (Value, i32) {
    let service = Scripted::new(
        [
            ("GET /api/v2/authorization/subjects/me", vec![(status, subject)]),
            ("GET /api/v2/authorization/roles", vec![roles]),
        ]
        .into(),
    );
    let mut command = bare(&service.home);
    command.env("GENESYSCLOUD_BASE_URL", &service.url).env("GENESYSCLOUD_ACCESS_TOKEN", "t");
    let doctor = ["doctor", "--for", "patchUser", "--attempts", "1", "--output", "json"];
    let output = command.args(doctor).output().expect("run");
    (serde_json::from_slice(&output.stdout).expect("JSON"), output.status.code().expect("a code"))
}

#[test]
fn permissions_come_from_full_roles_else_from_the_roles_and_else_are_not_known() {
    let role = |role: Value| json!({ "grants": [{ "role": role }] });
    let policy = |entity: &str| json!([{ "domain": "directory", "entityName": entity, "actions": ["*"] }]);
    let listed = |permission: &str| (200, json!({ "entities": [{ "id": "r-1", "permissions": [permission] }] }));
    let refused = (403, json!({ "code": "missing.permissions" }));
    for (status, subject, roles, expected, code) in [
        (200, role(json!({ "id": "r-1", "policies": policy("user") })), refused.clone(), "ok", 0),
        (200, role(json!({ "id": "r-1", "policies": policy("*") })), refused.clone(), "ok", 0),
        (200, role(json!({ "id": "r-1", "policies": policy("group") })), refused.clone(), "problem", 3),
        (200, json!({ "grants": [] }), refused.clone(), "problem", 3),
        (200, role(json!({ "id": "r-1" })), listed("directory:user:edit"), "ok", 0),
        (200, role(json!({ "id": "r-1" })), listed("directory:user:view"), "problem", 3),
        (200, role(json!({ "id": "r-2" })), listed("directory:user:edit"), "not known", 0),
        (200, role(json!({ "id": "r-1" })), refused.clone(), "not known", 0),
        (200, json!({}), refused.clone(), "not known", 0),
        (403, json!({ "code": "missing.permissions" }), refused.clone(), "not known", 0),
    ] {
        let (rows, found) = granted(status, subject.clone(), roles);
        let need = check(&rows, "genesys", "call genesys-users patchUser: patchUser");
        assert_eq!((need.0.as_str(), found), (expected, code), "{subject}: {rows:#}");
    }
}
