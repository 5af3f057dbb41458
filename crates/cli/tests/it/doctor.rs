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

/// Profiles `a` and `b` whose OAuth clients are a pool. The login gives each its token, with which it reads these grants.
fn pooled(grants: [&[&str]; 2]) -> (Scripted, Value, i32) {
    let subject = |actions: &[&str]| {
        let policies = json!([{ "domain": "directory", "entityName": "user", "actions": actions }]);
        (200, json!({ "grants": [{ "role": { "id": "r-1", "policies": policies } }] }))
    };
    let token = |token: &str| (200, json!({ "access_token": token, "token_type": "bearer", "expires_in": 3600 }));
    let service = Scripted::new(
        [
            ("POST /oauth/token", vec![token("first"), token("second")]),
            ("GET /api/v2/authorization/subjects/me", grants.map(subject).to_vec()),
            ("GET /api/v2/users", vec![(200, json!({ "entities": [], "total": 0, "pageCount": 0 }))]),
        ]
        .into(),
    );
    let settings = |name: &str| [format!("genesys.client_id={name}"), format!("genesys.login_url={}", service.url)];
    for name in ["a", "b"] {
        let [id, login] = settings(name);
        let mut add = bare(&service.home);
        add.args([
            "profile",
            "add",
            name,
            "--set",
            &id,
            "--set",
            &login,
            "--secret",
            "genesys.client_secret=env:SECRET",
        ]);
        if name == "a" {
            add.args(["--set", &format!("genesys.base_url={}", service.url), "--set", "genesys.pool=b"]);
        }
        add.assert().success();
    }
    let doctor = ["doctor", "--for", "getUsers", "--for", "patchUser", "--for", "getUsersMe", "--output", "json"];
    let output = bare(&service.home).env("SECRET", "s").args(doctor).output().expect("run");
    let rows = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", text(&output.stderr)));
    (service, rows, output.status.code().expect("a code"))
}

#[test]
fn each_oauth_client_of_a_pool_is_read_and_what_one_of_them_lacks_is_told() {
    let patch = "call genesys-users patchUser: patchUser";
    let (service, rows, code) = pooled([&["view", "edit"], &["view", "edit"]]);
    for name in ["a", "b"] {
        for check_name in ["connection", "authentication", "permissions"] {
            assert_eq!(check(&rows, "genesys", &format!("{check_name} of {name}")).0, "ok", "{rows:#}");
        }
    }
    let same = ("ok".to_owned(), "the 2 OAuth clients have the same permissions".to_owned());
    assert_eq!(check(&rows, "genesys", "pool"), same);
    assert_eq!(check(&rows, "genesys", patch).0, "ok");
    // What is about the caller is no call of a pool.
    let (result, detail) = check(&rows, "genesys", "call genesys-users getUsersMe: getUsersMe");
    assert!(result == "problem" && detail.contains("a pool of clients"), "{detail}");
    assert_eq!(code, 3);
    // Other commands use the pool, too.
    bare(&service.home).env("SECRET", "s").args(["genesys", "users", "list"]).assert().success();
    assert_eq!(service.routes().last().map(String::as_str), Some("GET /api/v2/users"));

    let (_, rows, code) = pooled([&["view", "edit"], &["view"]]);
    let differ = "the permissions of the OAuth clients differ: b lacks directory:user:edit";
    assert_eq!(check(&rows, "genesys", "pool"), ("problem".to_owned(), differ.to_owned()));
    let (result, detail) = check(&rows, "genesys", patch);
    assert!(result == "problem" && detail.contains("a has ") && detail.contains("b lacks "), "{detail}");
    assert_eq!(code, 3);
}

#[test]
fn a_pool_needs_oauth_clients_with_secrets_for_one_address() {
    let harness = harness(0);
    let add = |name: &str, settings: &[&str], secret: bool| {
        let mut add = bare(&harness.home);
        add.args(["profile", "add", name]).args(settings.iter().flat_map(|it| ["--set", it]));
        if secret {
            add.args(["--secret", "genesys.client_secret=env:SECRET"]);
        }
        add.assert().success();
    };
    let region = "genesys.region=eu-west-1";
    add("a", &[region, "genesys.client_id=a"], true);
    add("other", &["genesys.region=us-east-1", "genesys.client_id=o"], true);
    add("public", &[region, "genesys.client_id=p"], false);
    add("lms", &["lms.base_url=https://lms.example.com"], false);
    for (pool, expected) in [
        ("nobody", "unknown profile `nobody`"),
        ("a", "profile `a` is in the pool already"),
        ("other", "profile `other` is for another address"),
        ("public", "profile `public` needs `genesys.client_id` and `genesys.client_secret`"),
        ("lms", "profile `lms` has no settings of Genesys Cloud"),
    ] {
        add("a", &[&format!("genesys.pool={pool}")], false);
        let list = ["--profile", "a", "genesys", "users", "list"];
        let assert = bare(&harness.home).env("SECRET", "S3NTINEL").args(list).assert().code(2);
        let message = text(&assert.get_output().stderr);
        assert!(message.contains(expected) && !message.contains("S3NTINEL"), "{pool}: {message}");
    }
    add("public", &["genesys.pool=a"], false);
    let assert = bare(&harness.home).args(["--profile", "public", "genesys", "users", "list"]).assert().code(2);
    assert!(text(&assert.get_output().stderr).contains("profile `public` has `genesys.pool`, and needs"));
}
