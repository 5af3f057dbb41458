//! `profile`: what is kept, what is shown, what is refused.

use std::fs;
use std::path::PathBuf;

use crate::support::{Lab, bare, lab, program, text};

fn file(lab: &Lab) -> PathBuf {
    lab.home.path().join(".config").join("rosterkit").join("profiles.toml")
}

fn add(lab: &Lab) {
    let accepted = lab.sandbox.credentials();
    let genesys = format!("genesys.base_url={}", lab.sandbox.genesys_url());
    let lms = format!("lms.base_url={}", lab.sandbox.lms_url());
    let sessions = format!("sessions.base_url={}", lab.sandbox.sessions_url());
    let user = format!("lms.user={}", accepted.lms_user);
    let password = format!("lms.password=command:printf %s {}", accepted.lms_password);
    bare(&lab.home)
        .args(["profile", "add", "work", "--set", &genesys, "--secret", "genesys.token=env:WORK_TOKEN"])
        .args(["--set", &lms, "--set", &user, "--secret", &password, "--set", &sessions])
        .assert()
        .success();
    bare(&lab.home)
        .args(["profile", "add", "work", "--secret", "sessions.api_key=stdin"])
        .write_stdin(format!("{}\n", accepted.session_key))
        .assert()
        .success();
}

#[test]
#[cfg(unix)]
fn a_profile_is_made_listed_checked_and_removed() {
    use std::os::unix::fs::PermissionsExt as _;
    let lab = lab(5);
    add(&lab);
    let kept = fs::read_to_string(file(&lab)).expect("a file");
    assert!(kept.contains("WORK_TOKEN") && kept.contains(lab.sandbox.credentials().session_key));
    assert_eq!(fs::metadata(file(&lab)).expect("a file").permissions().mode() & 0o777, 0o600);

    let listed = bare(&lab.home).args(["profile", "list"]).assert().success();
    let listed = text(&listed.get_output().stdout).replace(&lab.sandbox.base_url(), "http://127.0.0.1:PORT");
    assert!(!listed.contains(lab.sandbox.credentials().session_key));
    insta::assert_snapshot!(listed.lines().map(|line| line.trim_end().to_owned() + "\n").collect::<String>());

    let token = lab.sandbox.credentials().genesys_token;
    let check = ["profile", "check", "--output", "csv", "--columns", "service,result"];
    let checked = bare(&lab.home).args(check).env("WORK_TOKEN", token).assert().success();
    assert_eq!(text(&checked.get_output().stdout), "service,result\ngenesys,ok\nlms,ok\nsessions,ok\n");
    let wrong = bare(&lab.home).args(check).env("WORK_TOKEN", "wrong").assert().code(4);
    let result = "genesys,\"getUsers (GET /api/v2/users): status 401 Unauthorized, correlation id";
    let told = text(&wrong.get_output().stdout);
    assert!(told.contains("lms,ok") && told.contains(result) && told.lines().count() == 4, "{told}");
    let wrong = ["profile", "check", "--output", "json"];
    let wrong = bare(&lab.home).args(wrong).env("WORK_TOKEN", "wrong").assert().code(4);
    let told: serde_json::Value = serde_json::from_slice(&wrong.get_output().stdout).expect("JSON");
    assert_eq!((&told[0]["ok"], told[0]["address"].as_str()), (&false.into(), Some(&*lab.sandbox.genesys_url())));
    let unset = bare(&lab.home).args(check).assert().code(4);
    assert!(text(&unset.get_output().stderr).contains("WORK_TOKEN"));

    // The current profile is used without being named.
    bare(&lab.home).args(["call", "peoplefluent-lms", "me"]).assert().success();
    bare(&lab.home).args(["profile", "remove", "work"]).assert().success();
    bare(&lab.home).args(["profile", "use", "work"]).assert().code(2);
    bare(&lab.home).args(["call", "peoplefluent-lms", "me"]).assert().code(2);
}

#[test]
fn options_go_before_a_named_profile_before_the_environment_before_the_current_profile() {
    let lab = lab(5);
    add(&lab);
    let token = lab.sandbox.credentials().genesys_token;
    let run = |token_of_environment: &str, token_of_profile: &str, arguments: &[&str]| {
        let mut command = bare(&lab.home);
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
fn a_file_that_others_can_read_is_refused() {
    use std::os::unix::fs::PermissionsExt as _;
    let lab = lab(5);
    add(&lab);
    fs::set_permissions(file(&lab), fs::Permissions::from_mode(0o644)).expect("mode");
    let assert = bare(&lab.home).args(["profile", "list"]).assert().code(2);
    let message = text(&assert.get_output().stderr);
    assert!(message.contains("chmod 600") && message.contains("0644"), "{message}");
}

#[test]
fn secrets_are_not_taken_from_arguments() {
    let lab = lab(0);
    for arguments in [["--set", "lms.password=S3NTINEL"], ["--secret", "lms.password=S3NTINEL"]] {
        let assert = bare(&lab.home).args(["profile", "add", "work"]).args(arguments).assert().code(2);
        let message = text(&assert.get_output().stderr);
        assert!(message.contains("env:") && !message.contains("S3NTINEL"), "{message}");
    }
    assert!(!file(&lab).exists());
}

#[test]
fn what_a_profile_cannot_hold_is_named() {
    let lab = lab(0);
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
        let assert = bare(&lab.home).args(["profile", "add"]).args(arguments).assert().code(2);
        let message = text(&assert.get_output().stderr);
        assert!(message.contains(expected), "{arguments:?}: {message}");
    }
}

#[test]
fn profiles_that_are_added_at_the_same_time_are_all_kept() {
    let lab = lab(0);
    let add = |number: usize| {
        let mut command = program();
        command.env_clear().env("HOME", lab.home.path()).env("APPDATA", lab.home.path());
        command.args(["profile", "add", &format!("p{number}"), "--set", "genesys.region=eu-west-1"]);
        command.stderr(std::process::Stdio::null()).spawn().expect("started")
    };
    let children: Vec<_> = (0..8).map(add).collect();
    assert!(children.into_iter().all(|mut child| child.wait().is_ok_and(|status| status.success())));
    let listed = bare(&lab.home).args(["profile", "list", "--output", "jsonl"]).assert().success();
    assert_eq!(text(&listed.get_output().stdout).lines().count(), 8);
    let misspelt = bare(&lab.home).args(["profile", "list", "--columns", "profil"]).assert().code(2);
    assert!(text(&misspelt.get_output().stderr).contains("did you mean `profile`?"));
}

#[test]
#[cfg(unix)]
fn a_command_for_a_secret_that_gives_none_is_an_authentication_failure_and_shows_nothing() {
    let lab = lab(0);
    for (command, expected) in [
        ("false", "ended with code 1"),
        ("true", "is empty"),
        ("sh -c 'echo S3NTINEL; echo S3NTINEL'", "more than one line"),
    ] {
        bare(&lab.home)
            .args(["profile", "add", "work", "--set", "genesys.region=eu-west-1"])
            .args(["--secret", &format!("genesys.token=command:{command}")])
            .assert()
            .success();
        let assert = bare(&lab.home).args(["-vv", "genesys", "users", "list"]).assert().code(4);
        let told = text(&assert.get_output().stderr);
        assert!(told.contains(expected) && !told.contains("S3NTINEL"), "{command}: {told}");
    }
}
