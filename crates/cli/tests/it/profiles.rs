//! `profile`: storage, display, invalid settings.

use std::fs;
use std::path::PathBuf;

use crate::support::{Harness, bare, harness, program, text};

fn file(harness: &Harness) -> PathBuf {
    harness.home.path().join(".config").join("rosterkit").join("profiles.toml")
}

fn add(harness: &Harness) {
    let accepted = harness.sandbox.credentials();
    let genesys = format!("genesys.base_url={}", harness.sandbox.genesys_url());
    let lms = format!("lms.base_url={}", harness.sandbox.lms_url());
    let sessions = format!("sessions.base_url={}", harness.sandbox.sessions_url());
    let user = format!("lms.user={}", accepted.lms_user);
    let password = format!("lms.password=command:printf %s {}", accepted.lms_password);
    bare(&harness.home)
        .args(["profile", "add", "work", "--set", &genesys, "--secret", "genesys.token=env:WORK_TOKEN"])
        .args(["--set", &lms, "--set", &user, "--secret", &password, "--set", &sessions])
        .assert()
        .success();
    bare(&harness.home)
        .args(["profile", "add", "work", "--secret", "sessions.api_key=stdin"])
        .write_stdin(format!("{}\n", accepted.session_key))
        .assert()
        .success();
}

#[test]
#[cfg(unix)]
fn a_profile_is_made_listed_checked_and_removed() {
    use std::os::unix::fs::PermissionsExt as _;
    let harness = harness(5);
    add(&harness);
    let kept = fs::read_to_string(file(&harness)).expect("a file");
    assert!(kept.contains("WORK_TOKEN") && kept.contains(harness.sandbox.credentials().session_key));
    assert_eq!(fs::metadata(file(&harness)).expect("a file").permissions().mode() & 0o777, 0o600);

    let listed = bare(&harness.home).args(["profile", "list"]).assert().success();
    let listed = text(&listed.get_output().stdout).replace(&harness.sandbox.base_url(), "http://127.0.0.1:PORT");
    assert!(!listed.contains(harness.sandbox.credentials().session_key));
    insta::assert_snapshot!(listed.lines().map(|line| line.trim_end().to_owned() + "\n").collect::<String>());

    let token = harness.sandbox.credentials().genesys_token;
    let check = ["profile", "check", "--output", "csv", "--columns", "service,result"];
    let checked = bare(&harness.home).args(check).env("WORK_TOKEN", token).assert().success();
    assert_eq!(text(&checked.get_output().stdout), "service,result\ngenesys,ok\nlms,ok\nsessions,ok\n");
    let wrong = bare(&harness.home).args(check).env("WORK_TOKEN", "wrong").assert().code(4);
    let result = "genesys,\"getUsers (GET /api/v2/users): status 401 Unauthorized, correlation id";
    let told = text(&wrong.get_output().stdout);
    assert!(told.contains("lms,ok") && told.contains(result) && told.lines().count() == 4, "{told}");
    let wrong = ["profile", "check", "--output", "json"];
    let wrong = bare(&harness.home).args(wrong).env("WORK_TOKEN", "wrong").assert().code(4);
    let told: serde_json::Value = serde_json::from_slice(&wrong.get_output().stdout).expect("JSON");
    assert_eq!((&told[0]["ok"], told[0]["address"].as_str()), (&false.into(), Some(&*harness.sandbox.genesys_url())));
    let unset = bare(&harness.home).args(check).assert().code(4);
    assert!(text(&unset.get_output().stderr).contains("WORK_TOKEN"));

    // The current profile is used by default.
    bare(&harness.home).args(["call", "peoplefluent-lms", "me"]).assert().success();
    bare(&harness.home).args(["profile", "remove", "work"]).assert().success();
    bare(&harness.home).args(["profile", "use", "work"]).assert().code(2);
    bare(&harness.home).args(["call", "peoplefluent-lms", "me"]).assert().code(2);
}

#[test]
fn settings_take_precedence_in_order() {
    let harness = harness(5);
    add(&harness);
    let token = harness.sandbox.credentials().genesys_token;
    let run = |token_of_environment: &str, token_of_profile: &str, arguments: &[&str]| {
        let mut command = bare(&harness.home);
        command.env("GENESYSCLOUD_ACCESS_TOKEN", token_of_environment).env("WORK_TOKEN", token_of_profile);
        command.args(arguments).args(["genesys", "users", "list"]).assert()
    };
    run(token, "wrong", &[]).success();
    run("wrong", token, &[]).code(4);
    run("wrong", token, &["--profile", "work"]).success();
    run(token, "wrong", &["--profile", "work"]).code(4);
    run("wrong", "wrong", &["--profile", "work", "--token", token]).success();
}

#[test]
#[cfg(unix)]
fn a_file_that_others_can_read_is_rejected() {
    use std::os::unix::fs::PermissionsExt as _;
    let harness = harness(5);
    add(&harness);
    fs::set_permissions(file(&harness), fs::Permissions::from_mode(0o644)).expect("mode");
    let assert = bare(&harness.home).args(["profile", "list"]).assert().code(2);
    let message = text(&assert.get_output().stderr);
    assert!(message.contains("chmod 600") && message.contains("0644"), "{message}");
}

#[test]
fn secrets_are_not_taken_from_arguments() {
    let harness = harness(0);
    for arguments in [["--set", "lms.password=S3NTINEL"], ["--secret", "lms.password=S3NTINEL"]] {
        let assert = bare(&harness.home).args(["profile", "add", "work"]).args(arguments).assert().code(2);
        let message = text(&assert.get_output().stderr);
        assert!(message.contains("env:") && !message.contains("S3NTINEL"), "{message}");
    }
    assert!(!file(&harness).exists());
}

#[test]
fn invalid_settings_of_a_profile_are_reported() {
    let harness = harness(0);
    for (arguments, expected) in [
        (&["work", "--set", "lms.colour=blue"][..], "lms.base_url"),
        (&["work", "--set", "lms.user= "], "`lms.user` is blank"),
        (&["work", "--set", "lms.user"], "such as --set genesys.region=eu-west-1"),
        (&["work", "--secret", "lms.password"], "such as --secret genesys.client_secret=env:WORK_SECRET"),
        (&["wo rk", "--set", "lms.user=x"], "name of a profile"),
        (&["work"], "no settings"),
        (&["work", "--secret", "lms.password=command:pass 'show"], "quote"),
        (&["work", "--secret", "lms.user=env:X"], "--set"),
        (&["work", "--secret", "lms.password=env:"], "env:MY_SECRET"),
    ] {
        let assert = bare(&harness.home).args(["profile", "add"]).args(arguments).assert().code(2);
        let message = text(&assert.get_output().stderr);
        assert!(message.contains(expected), "{arguments:?}: {message}");
    }
}

#[test]
fn profiles_that_are_added_concurrently_are_all_kept() {
    let harness = harness(0);
    let add = |number: usize| {
        let mut command = program();
        command.env_clear().env("HOME", harness.home.path()).env("APPDATA", harness.home.path());
        command.args(["profile", "add", &format!("p{number}"), "--set", "genesys.region=eu-west-1"]);
        command.stderr(std::process::Stdio::null()).spawn().expect("started")
    };
    let children: Vec<_> = (0..8).map(add).collect();
    assert!(children.into_iter().all(|mut child| child.wait().is_ok_and(|status| status.success())));
    let listed = bare(&harness.home).args(["profile", "list", "--output", "jsonl"]).assert().success();
    assert_eq!(text(&listed.get_output().stdout).lines().count(), 8);
    let misspelt = bare(&harness.home).args(["profile", "list", "--columns", "profil"]).assert().code(2);
    assert!(text(&misspelt.get_output().stderr).contains("did you mean `profile`?"));
}

#[test]
#[cfg(unix)]
fn a_failed_command_for_a_secret_is_an_authentication_error_without_its_output() {
    let harness = harness(0);
    for (command, expected) in [
        ("false", "ended with code 1"),
        ("true", "is empty"),
        ("sh -c 'echo S3NTINEL; echo S3NTINEL'", "more than one line"),
    ] {
        bare(&harness.home)
            .args(["profile", "add", "work", "--set", "genesys.region=eu-west-1"])
            .args(["--secret", &format!("genesys.token=command:{command}")])
            .assert()
            .success();
        let assert = bare(&harness.home).args(["-vv", "genesys", "users", "list"]).assert().code(4);
        let told = text(&assert.get_output().stderr);
        assert!(told.contains(expected) && !told.contains("S3NTINEL"), "{command}: {told}");
    }
}
