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
fn a_credential_is_not_sent_to_an_address_of_another_source() {
    const OTHER: &str = "https://other.example.com";
    let harness = harness(5);
    let accepted = harness.sandbox.credentials();
    let (genesys, lms) = (harness.sandbox.genesys_url(), harness.sandbox.lms_url());
    let local = [format!("genesys.base_url={genesys}"), format!("lms.base_url={lms}")];
    for (name, settings, secrets) in [
        // The current profile, since it is the first.
        (
            "prod",
            &["genesys.region=us-east-1", "lms.base_url=https://lms.example.com/ekp/", "lms.user=integration"][..],
            &["genesys.token=env:GENESYS_TOKEN", "lms.password=env:SECRET"][..],
        ),
        ("prod", &["sessions.base_url=https://sessions.example.com"], &["sessions.api_key=env:SECRET"]),
        ("login", &["genesys.region=us-east-1", "genesys.client_id=x"], &["genesys.client_secret=env:SECRET"]),
        ("keys", &["lms.base_url=https://lms.example.com"], &["lms.system_key=env:SECRET"]),
        ("local", &[&*local[0], &local[1]], &[]),
    ] {
        let mut command = bare(&harness.home);
        command.args(["profile", "add", name]).args(settings.iter().flat_map(|it| ["--set", *it]));
        command.args(secrets.iter().flat_map(|it| ["--secret", *it])).assert().success();
    }
    let run = |environment: &[(&str, &str)], arguments: &[&str]| {
        let mut command = bare(&harness.home);
        command.env("SECRET", "S3NTINEL").env("GENESYS_TOKEN", accepted.genesys_token);
        command.envs(environment.iter().copied()).args(arguments).assert()
    };

    let of_genesys = [("GENESYSCLOUD_REGION", "us-east-1"), ("GENESYSCLOUD_ACCESS_TOKEN", "S3NTINEL")];
    let of_lms = [
        ("LMS_BASE_URL", "https://lms.example.com"),
        ("LMS_USER", "integration"),
        ("LMS_PASSWORD", "S3NTINEL"),
        ("LMS_SYSTEM_KEY", "S3NTINEL"),
    ];
    let (list, me) = (["genesys", "users", "list"], ["lms", "people", "me"]);
    let (export, people) = (["lms", "export", "users"], ["sessions", "users"]);
    for (environment, options, command, owner, by) in [
        (&[][..], &["--base-url", OTHER][..], &list[..], "the access token of profile `prod`", "--base-url names"),
        (&[], &["--region", "eu-west-1"], &list, "the access token of profile `prod`", "--region names"),
        (
            &[("GENESYSCLOUD_BASE_URL", &*genesys)],
            &[],
            &list,
            "the access token of profile `prod`",
            "the environment names",
        ),
        (&[], &["--profile", "login", "--base-url", OTHER], &list, "the OAuth client of profile `login`", "--base-url"),
        (&of_genesys, &["--base-url", OTHER], &list, "the access token of the environment", "--base-url names"),
        (&of_genesys, &["--profile", "local"], &list, "the access token of the environment", "profile `local` names"),
        (&[], &["--base-url", OTHER], &me, "the password of profile `prod`", "--base-url names"),
        // The user's name is an option, but the password is not.
        (&of_lms, &["--user", "x", "--base-url", OTHER], &me, "the password of the environment", "--base-url names"),
        (&[], &["--profile", "keys", "--base-url", OTHER], &export, "the system key of profile `keys`", "--base-url"),
        (&of_lms[3..], &["--base-url", OTHER, "--profile", "prod"], &export, "profile `prod`", "--base-url names"),
        (&[], &["--base-url", OTHER], &people, "the server key of profile `prod`", "--base-url names"),
    ] {
        let assert = run(environment, &[options, command].concat()).code(2);
        let message = text(&assert.get_output().stderr);
        assert!(message.contains(owner) && message.contains(by), "{options:?}: {message}");
        assert!(message.contains("give the credential with --") && !message.contains("S3NTINEL"), "{message}");
    }
    assert_eq!(harness.sandbox.requests().total(), 0);

    // A `--base-url` on this machine is free, and so is a credential that is given as an option.
    run(&[], &[&["--base-url", &genesys][..], &list].concat()).success();
    let token = ["--profile", "local", "--token", accepted.genesys_token];
    run(&of_genesys, &[&token[..], &list].concat()).success();
    // The system key of the environment is left out, not refused: the operation does not need it.
    let token = ["--profile", "local", "-v", "--token", accepted.lms_token];
    let assert = run(&of_lms, &[&token[..], &me].concat()).success();
    let told = text(&assert.get_output().stderr);
    assert!(told.contains("the system key is not used: the system key of the environment belongs to"), "{told}");
    run(&of_lms, &[&token[..], &export].concat()).code(4);
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
