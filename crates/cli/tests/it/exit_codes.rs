//! The exit codes, with several causes each, and messages that say what is invalid and what is accepted.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::process::Stdio;

use assert_cmd::Command;

use crate::support::{CLOSED_PORT, Harness, IDS, bare, harness, program, text};

/// Runs a command, checks its exit code, and returns its standard error.
pub(crate) fn message(command: &mut Command, code: i32) -> String {
    let assert = command.assert().code(code);
    text(&assert.get_output().stderr)
}

fn says(harness: &Harness, code: i32, arguments: &[&str], expected: &[&str]) {
    let message = message(harness.command().args(arguments), code);
    for expected in expected {
        assert!(message.contains(expected), "{arguments:?}: no `{expected}` in: {message}");
    }
}

#[test]
fn code_0_is_success_also_without_results() {
    let harness = harness(3);
    for arguments in [
        &["genesys", "users", "list"][..],
        &["genesys", "users", "search", "nobody-has-this-name"],
        &["sessions", "completions", "--from", "2090-01-01"],
        &["ops", "--search", "no such words"],
        &["profile", "list"],
        &["--help"],
        &["genesys", "users", "--help"],
        &["help", "genesys", "users", "list"],
        &["--version"],
    ] {
        harness.command().args(arguments).assert().code(0);
    }
    harness.file("nobody.csv", "name,email\n");
    says(&harness, 0, &["genesys", "users", "create", "--from", "nobody.csv"], &["no items"]);
    let home = tempfile::tempdir().expect("a home");
    bare(&home).args(["--sandbox", "genesys", "users", "list"]).assert().code(0);
}

#[test]
fn code_1_is_a_rejection_or_failure_of_the_service() {
    let harness = harness(3);
    let id = harness.somebody();
    let not_found = ["getUser", "404", "correlation id", "check the ids", "`-v` shows"];
    says(&harness, 1, &["genesys", "users", "get", "nobody"], &not_found);
    says(&harness, 1, &["-v", "genesys", "users", "get", "nobody"], &["the service's message: There is no such user."]);
    let conflict = ["nothing was written: 99 is not the current version of the user", "409", "omit --version"];
    says(&harness, 1, &["genesys", "users", "update", &id, "--set", "title=x", "--version", "99"], &conflict);
    says(&harness, 1, &["lms", "enroll", "NOWHERE"], &["refused the request, status 200", "no-such-module"]);
    says(&harness, 1, &["lms", "people", "get", "nobody"], &["user `nobody` does not exist"]);
    says(&harness, 1, &["lms", "records", "--on-behalf-of", "nobody"], &["403", "permission"]);
    harness.fault("getUsers:status=503,times=2");
    says(&harness, 1, &["--attempts", "2", "genesys", "users", "list"], &["503", "after 2 attempts"]);
    harness.fault("getUsers:garbage,times=1");
    says(&harness, 1, &["--attempts", "1", "genesys", "users", "list"], &["getUsers"]);
    assert!(harness.command().args(["genesys", "users", "get", "x"]).assert().code(1).get_output().stdout.is_empty());
}

#[test]
fn code_1_is_a_file_that_cannot_be_written() {
    let harness = harness(3);
    let call = ["call", "genesys-users", "getUsers", "--out", "missing/answer.json"];
    says(&harness, 1, &call, &["cannot write `missing/answer.json`", "there is no folder `missing`"]);
    harness.file("people.csv", "name,email\n");
    let create = ["genesys", "users", "create", "--from", "people.csv", "--failed", "missing/failed.csv"];
    says(&harness, 1, &create, &["cannot write `missing/failed.csv`"]);
    harness.file("man", "a file");
    says(&harness, 1, &["man", "--dir", "man"], &["cannot write `man`"]);
}

#[test]
#[cfg(target_os = "linux")]
fn code_1_is_standard_output_that_cannot_be_written() {
    let home = tempfile::tempdir().expect("a home");
    for arguments in
        [&["--help"][..], &["--version"], &["ops"], &["completions", "bash"], &["man"], &["profile", "list"]]
    {
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full").expect("a device");
        let mut command = program();
        let output = command.env_clear().env("HOME", home.path()).args(arguments).stdout(full).output().expect("ended");
        let told = text(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {told}");
        assert!(told.contains("cannot write standard output"), "{arguments:?}: {told}");
    }
}

#[test]
fn code_2_is_invalid_usage_and_nothing_is_sent() {
    let harness = harness(3);
    harness.file("list.json", "[1, 2]");
    harness.file("empty.csv", "");
    std::fs::write(harness.home.path().join("binary.csv"), b"\xff\xfe\n").expect("written");
    let sent = harness.sandbox.requests().total();
    for (arguments, expected) in [
        (&["call", "genesys-users", "getusers"][..], "did you mean `getUsers`?"),
        (
            &[
                "call",
                "peoplefluent-lms",
                "contentPackageImporter",
                "--file",
                "package=@list.json",
                "--file",
                "package=@empty.csv",
            ],
            "file `package` is given more than once",
        ),
        (&["call", "peoplefluent-lms", "news"], "in peoplefluent-lms; did you mean `publicNews` or `userNews`?"),
        (&["call", "session-clusters", "zzz"], "`rosterkit ops --search TEXT` finds operations"),
        (&["call", "genesys-users", "getUsers", "--params", "{\"pagesize\": 5}"], "pageSize"),
        (&["call", "genesys-users", "getUsers", "--params", "{\"pageSize\": \"five\"}"], "pageSize"),
        (&["call", "genesys-users", "getUsers", "--params", "@list.json"], "expected a JSON object"),
        (&["call", "genesys-users", "getUsers", "--params", "@missing.json"], "missing.json"),
        (&["call", "genesys-users", "getUsers", "--params", "{pageSize}"], "line 1, column 2"),
        (&["call", "genesys-users", "getUsers", "--param", "pageSize=five"], "whole number"),
        (&["call", "genesys-users", "patchUser", "--body", "{}"], "userId"),
        (&["call", "genesys-users", "deleteUser", "--param", "userId=.."], "userId"),
        (
            &["call", "genesys-users", "patchUser", "--param", "userId=u-1", "--body", "{\"version\":\"3\"}"],
            "at `version`",
        ),
        (&["call", "session-clusters", "getUsers", "--token", "t"], "--token"),
        (&["call", "peoplefluent-lms", "records", "--query", "[]"], "--query"),
        (&["genesys", "users", "list", "--query", "[?"], "--query"),
        (&["genesys", "users", "list", "--columns", "id,,name"], "--columns"),
        (&["genesys", "users", "list", "--region", "eu-west-1", "--base-url", "http://127.0.0.1:9"], "--base-url"),
        (&["genesys", "users", "list", "--region", "atlantis"], "region"),
        (&["genesys", "users", "list", "--limit", "0"], "--limit"),
        (&["genesys", "users", "update", "u-1"], "no fields to write"),
        (&["genesys", "users", "update", "u-1", "--set", "titel=x"], "titel"),
        (&["genesys", "users", "create", "--set", "password=hunter2"], "command line"),
        (&["genesys", "users", "create", "--from", "people.txt"], "--input-format"),
        (&["--sandbox", "--base-url", "http://127.0.0.1:9", "genesys", "users", "list"], "--sandbox"),
        (&["genesys", "users", "list", "--sandbox-users", "3"], "--sandbox"),
        (&["ops", "--token", "t"], "--token"),
        (&["ops", "show", "getusr"], "did you mean `getUser`"),
        (&["--profile", "nowhere", "genesys", "users", "list"], "unknown profile `nowhere`"),
        (&["--base-url", "nonsense", "genesys", "users", "list"], "the base URL is invalid"),
        (&["--base-url", "ftp://example.com", "sessions", "users"], "https://"),
        (
            &["--base-url", "http://www.example.com", "--api-key", "k", "sessions", "users"],
            "unencrypted http; use an https base URL",
        ),
        (&["--timeout", "0", "genesys", "users", "list"], "1..=86400"),
        (&["--attempts", "21", "genesys", "users", "list"], "1..=20"),
        (&["--output", "xml", "genesys", "users", "list"], "table, json, jsonl, csv, yaml"),
        (&["--api-key", "k", "genesys", "users", "list"], "does not use --api-key: remove it"),
        (&["--user", "u", "--token", "t", "lms", "people", "me"], "give only one of them"),
        (&["genesys", "users", "get"], "<USER>"),
        (&["genesys", "users", "get", ""], "the id is blank"),
        (&["genesys", "users", "list", "--page-size", "501"], "1..=500"),
        (&["genesys", "users", "update", "--set", "title=x"], "--from <FILE>"),
        (&["genesys", "users", "search"], "--body"),
        (&["genesys", "users", "search", "--body", "{\"qury\": []}"], "`qury`"),
        (&["genesys", "users", "create", "--set", "title"], "NAME=VALUE, such as --set title=Agent"),
        (&["genesys", "users", "create", "--from", "missing.csv"], "cannot read `missing.csv`"),
        (&["genesys", "users", "create", "--from", "empty.csv"], "`empty.csv`: the header line is missing"),
        (&["genesys", "users", "create", "--from", "binary.csv"], "`binary.csv`"),
        (&["genesys", "users", "create", "--dry-run"], "--from FILE"),
        (&["sessions", "clusters", "--from", "June"], "2024-04-04"),
        (&["sessions", "upsert"], "--from"),
        (&["sessions", "deactivate"], "<REMOTE_ID|--id <ID>|--from <FILE>>"),
        (&["sessions", "deactivate", "r-1", "--from", "list.json"], "cannot be used with"),
        (&["lms", "enroll"], "<MODULE|--from <FILE>>"),
        (&["lms", "enroll", "M-1", "--from", "list.json"], "cannot be used with"),
        (&["lms", "groups", "add", "Sample"], "<USER|--from <FILE>>"),
        (&["lms", "groups", "remove", "Sample", "a.roe", "--from", "list.json"], "cannot be used with"),
        (&["lms", "export", "certificates"], "--out <FOLDER>"),
        (&["sandbox", "--fault", "x"], "OPERATION:KIND"),
        (&["sandbox", "--port", "99999"], "0..=65535"),
        (&["profile", "use", "nowhere"], "rosterkit profile add nowhere"),
        (&["completions", "tcsh"], "bash, zsh, fish, powershell"),
        (&["unknown"], "unrecognized subcommand"),
    ] {
        let assert = harness.command().args(arguments).assert().code(2);
        let message = text(&assert.get_output().stderr);
        assert!(message.contains(expected), "{arguments:?}: {message}");
        assert!(!message.contains("hunter2"), "{message}");
        assert!(assert.get_output().stdout.is_empty(), "{arguments:?}");
    }
    assert_eq!(harness.sandbox.requests().total(), sent);
}

#[test]
fn code_2_is_an_option_about_files_without_a_file() {
    // clap drops the requirement of --from if an item is named; nothing must be sent then.
    let harness = harness(30);
    for named in [
        &["genesys", "users", "create", "--set", "name=Sample Person", "--set", "email=sample@example.com"][..],
        &["genesys", "users", "update", "u-1", "--set", "title=Agent"],
        &["genesys", "users", "delete", "u-1"],
        &["lms", "enroll", "PHONE-110"],
        &["lms", "groups", "add", "Safety officers", "a.roe"],
        &["lms", "groups", "remove", "Safety officers", "a.roe"],
        &["sessions", "deactivate", "r-1"],
    ] {
        for option in [&["--failed", "failed.csv"][..], &["--input-format", "csv"], &["--keep-going"]] {
            says(&harness, 2, &[named, option].concat(), &[option[0], "--from FILE", "nothing was sent"]);
        }
    }
    assert_eq!(harness.sandbox.requests().total(), 0);
}

#[test]
fn code_2_is_an_invalid_profile() {
    let harness = harness(1);
    let folder = harness.home.path().join(".config").join("rosterkit");
    std::fs::create_dir_all(&folder).expect("a folder");
    for (content, expected) in [
        ("current = \"work\"\n[profiles.work.genesys]\nregon = \"x\"\n", &["line 3", "`regon`", "`region`"][..]),
        ("current = ", &["profiles.toml", "line 1"]),
        ("current = \"gone\"\n", &["unknown profile `gone`", "profile add gone"]),
    ] {
        let path = folder.join("profiles.toml");
        std::fs::write(&path, content).expect("written");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).expect("mode");
        }
        let message = message(bare(&harness.home).args(["genesys", "users", "list"]), 2);
        assert!(expected.iter().all(|expected| message.contains(expected)), "{message}");
    }
}

#[test]
fn code_3_is_items_that_failed_and_the_message_has_counts() {
    let harness = harness(3);
    harness.file("people.jsonl", "{\"name\":\"Sample Person\",\"email\":\"sample@example.com\"}\n{\"name\":\"B\"}\n");
    let create = ["genesys", "users", "create", "--from", "people.jsonl"];
    says(&harness, 3, &[&create[..], &["--dry-run"]].concat(), &["1 valid, 1 invalid; nothing was sent"]);
    says(&harness, 3, &create, &["1 accepted, 1 invalid; use --failed FILE"]);
    // All of several items give the same code.
    harness.file("all.jsonl", "{\"id\":\"nobody\"}\n{\"id\":\"nobody else\"}\n");
    says(&harness, 3, &["genesys", "users", "delete", "--from", "all.jsonl", "--yes"], &["2 rejected"]);
    harness.file("training.csv", "Action,RecordID,UserId,Title\nA,R1,integration,First aid\nA,R2,nobody,First aid\n");
    let import = ["lms", "import-csv", "external-training", "--from", "training.csv"];
    says(&harness, 3, &import, &["1 accepted, 1 rejected"]);
    harness.file("users.csv", "remoteId,firstName,lastName\nr-1,Sample,Person\n,A,\n");
    says(&harness, 3, &["sessions", "upsert", "--from", "users.csv"], &["1 accepted, 1 invalid"]);
}

#[test]
fn code_4_is_a_credential_that_the_service_rejects() {
    let harness = harness(3);
    let lms_url = harness.sandbox.lms_url();
    for arguments in [
        &["--token", "S3NTINEL", "genesys", "users", "list"][..],
        &["--token", "S3NTINEL", "call", "genesys-users", "getUsers"],
        &["--token", "S3NTINEL", "lms", "people", "me"],
        &["--system-key", "S3NTINEL", "lms", "export", "users"],
        &["--api-key", "S3NTINEL", "sessions", "users"],
    ] {
        let message = message(harness.command().args(arguments), 4);
        assert!(message.contains("401") && message.contains("wrong or has expired"), "{message}");
        assert!(!message.contains("S3NTINEL"), "{message}");
    }
    let password = ["--base-url", &lms_url, "--user", "integration", "--password-stdin", "lms", "people", "me"];
    let message_of = message(bare(&harness.home).args(password).write_stdin("S3NTINEL\n"), 4);
    assert!(message_of.contains("401") && !message_of.contains("S3NTINEL"), "{message_of}");
    harness.fault("getUsers:expired-token");
    says(&harness, 4, &["genesys", "users", "list"], &["401", "expired"]);
}

#[test]
fn code_4_is_a_missing_credential_and_nothing_is_sent() {
    let harness = harness(3);
    let (genesys, lms, sessions) =
        (harness.sandbox.genesys_url(), harness.sandbox.lms_url(), harness.sandbox.sessions_url());
    harness.file("people.csv", "remoteId,firstName,lastName\nr-1,Sample,Person\n");
    let people = harness.home.path().join("people.csv").display().to_string();
    for (url, arguments, expected) in [
        (&genesys, &["genesys", "users", "list"][..], &["--token", "GENESYSCLOUD_ACCESS_TOKEN"][..]),
        (&genesys, &["call", "genesys-users", "getUsers"], &["GENESYSCLOUD_OAUTHCLIENT_ID"]),
        (&lms, &["lms", "people", "me"], &["--user with --password-stdin", "LMS_PASSWORD"]),
        (&lms, &["lms", "export", "users"], &["system key", "--system-key", "LMS_SYSTEM_KEY"]),
        (&sessions, &["sessions", "users"], &["--api-key", "SESSIONS_API_KEY"]),
        (&sessions, &["call", "session-clusters", "getUsers"], &["--api-key"]),
        (&sessions, &["sessions", "upsert", "--from", &people], &["--api-key", "1 not sent", "--failed"]),
    ] {
        let message = message(bare(&harness.home).args(["--base-url", url]).args(arguments), 4);
        for expected in expected.iter().chain(&["no credential", "nothing was sent", "profile", "--sandbox"]) {
            assert!(message.contains(expected), "{arguments:?}: no `{expected}` in: {message}");
        }
    }
    assert_eq!(harness.sandbox.requests().total(), 0);
}

#[test]
fn code_4_is_a_login_that_fails() {
    let harness = harness(3);
    let base = format!("genesys.base_url={}", harness.sandbox.genesys_url());
    let login = format!("genesys.login_url={}", harness.sandbox.login_url());
    let add = ["profile", "add", "work", "--set", &base, "--set", &login, "--set", "genesys.client_id=nobody"];
    bare(&harness.home).args(add).args(["--secret", "genesys.client_secret=env:WORK_SECRET"]).assert().success();
    let list = ["genesys", "users", "list"];
    let refused = message(bare(&harness.home).args(list).env("WORK_SECRET", "S3NTINEL"), 4);
    assert!(refused.contains("the login refused") && refused.contains("check the client id"), "{refused}");
    assert!(!refused.contains("S3NTINEL"), "{refused}");
    let unset = message(bare(&harness.home).args(list), 4);
    assert!(unset.contains("`WORK_SECRET`") && unset.contains("set it"), "{unset}");
}

#[test]
fn code_5_is_no_connection() {
    let harness = harness(0);
    let home = tempfile::tempdir().expect("a home");
    for (url, arguments) in [
        (CLOSED_PORT, &["--token", "t", "genesys", "users", "list"][..]),
        (CLOSED_PORT, &["--api-key", "k", "sessions", "users"]),
        (CLOSED_PORT, &["--token", "t", "lms", "people", "me"]),
        // Names below `invalid` never resolve (RFC 6761).
        ("https://nowhere.invalid", &["--token", "t", "genesys", "users", "list"]),
    ] {
        let message = message(bare(&home).args(["--base-url", url, "--attempts", "1"]).args(arguments), 5);
        assert!(message.contains("no connection") && message.contains("check the base URL"), "{message}");
    }
    says(
        &harness,
        5,
        &["--base-url", CLOSED_PORT, "--attempts", "2", "genesys", "users", "list"],
        &["after 2 attempts"],
    );
}

#[test]
fn code_5_is_a_broken_connection_or_no_response_in_time() {
    let harness = harness(3);
    harness.fault("getUsers:drop");
    says(&harness, 5, &["--attempts", "1", "genesys", "users", "list"], &["getUsers"]);
    // The system accepts the connection, but no server reads from it.
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let list = ["--base-url", &url, "--timeout", "1", "--attempts", "1", "sessions", "users"];
    says(&harness, 5, &list, &["within the time limit"]);
    drop(listener);
}

#[test]
fn code_5_is_several_items_that_all_failed_because_of_the_network() {
    let harness = harness(0);
    let nowhere = ["--base-url", CLOSED_PORT, "--attempts", "1"];
    let people = "remoteId,firstName,lastName\nr-1,Sample,Person\nr-2,Other,Person\n";
    harness.file("people.csv", people);
    let training =
        "Action,RecordID,UserId,Title,EndDate,Status\nA,R1,a.roe,T,2026-01-31,4\nA,R2,a.roe,T,2026-01-31,4\n";
    harness.file("training.csv", training);
    for (verb, from, content) in [
        (&["sessions", "upsert", "--batch-size", "1"][..], "people.csv", people),
        (&["lms", "import-csv", "external-training", "--chunk-size", "1"], "training.csv", training),
    ] {
        let arguments = [&nowhere[..], verb, &["--from", from, "--failed", "failed.csv"]].concat();
        says(
            &harness,
            5,
            &arguments,
            &[
                "2 not sent; the file of --failed has the items that were not accepted",
                "no connection",
                "check the base URL",
            ],
        );
        let failed = std::fs::read_to_string(harness.home.path().join("failed.csv")).expect("a file");
        assert_eq!(failed, content, "{verb:?}");
    }
    for verb in [
        &["sessions", "deactivate", "r-1", "r-2", "--batch-size", "1", "--yes"][..],
        &["genesys", "skills", "remove", "u-1", IDS[0], IDS[1]],
        &["lms", "groups", "add", "Sample", "a.roe", "b.doe"],
    ] {
        let assert = harness.command().args(nowhere).args(verb).assert().code(5);
        let output = assert.get_output();
        assert!(text(&output.stderr).contains("no connection"), "{verb:?}");
        assert_eq!(text(&output.stdout).matches("not sent").count(), 2, "{verb:?}");
    }
    // An item that failed for another reason, or was accepted, gives code 3.
    harness.file("people.csv", &(people.to_owned() + ",A,\n"));
    let mixed = [&nowhere[..], &["sessions", "upsert", "--from", "people.csv"]].concat();
    says(&harness, 3, &mixed, &["1 invalid, 2 not sent"]);
    harness.file("people.csv", people);
    harness.fault("batchUpsertUsers:drop,skip=1");
    let half =
        ["--attempts", "1", "sessions", "upsert", "--from", "people.csv", "--batch-size", "1", "--concurrency", "1"];
    says(&harness, 3, &half, &["1 accepted, 1 unknown", "check before retrying (line 3)"]);
    assert_eq!(harness.sandbox.requests().total(), 2);
}

#[test]
fn a_reader_that_stops_reading_is_success() {
    let harness = harness(2000);
    let mut command = program();
    command.env_clear().env("HOME", harness.home.path());
    command.env("GENESYSCLOUD_BASE_URL", harness.sandbox.genesys_url());
    command.env("GENESYSCLOUD_ACCESS_TOKEN", harness.sandbox.credentials().genesys_token);
    command.args(["genesys", "users", "list", "--all", "--output", "jsonl"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("started");
    let mut first = [0; 1];
    child.stdout.take().expect("piped").read_exact(&mut first).expect("a byte");
    let output = child.wait_with_output().expect("ended");
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), String::new()));
}

#[test]
#[cfg(unix)]
fn a_signal_stops_the_command_and_leaves_no_partial_file() {
    for (signal, code) in [("INT", 130), ("TERM", 143)] {
        let harness = harness(0);
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let mut command = program();
        command.env_clear().env("HOME", harness.home.path()).current_dir(harness.home.path());
        command.args([
            "--base-url",
            &url,
            "--token",
            "t",
            "call",
            "peoplefluent-lms",
            "records",
            "--out",
            "records.xml",
        ]);
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("started");
        let (mut stream, _) = listener.accept().expect("a request");
        let _ = stream.read(&mut [0; 4096]).expect("a request");
        // An incomplete response: the rest never arrives.
        let head = "HTTP/1.1 200 OK\r\ncontent-type: application/xml\r\ncontent-length: 1000\r\n\r\n<trainingHistory>";
        stream.write_all(head.as_bytes()).expect("written");
        let kill = std::process::Command::new("kill").args([&format!("-{signal}"), &child.id().to_string()]).status();
        assert!(kill.is_ok_and(|status| status.success()));
        let output = child.wait_with_output().expect("ended");
        assert_eq!((output.status.code(), text(&output.stdout)), (Some(code), String::new()));
        assert_eq!(std::fs::read_dir(harness.home.path()).expect("the home").count(), 0);
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_file_of_failed_items_that_cannot_be_written_is_not_advised_again() {
    let harness = harness(3);
    harness.file("all.jsonl", "{\"id\":\"nobody\"}\n{\"id\":\"nobody else\"}\n");
    let delete = ["genesys", "users", "delete", "--from", "all.jsonl", "--failed", "/dev/full", "--yes"];
    let told = message(harness.command().args(delete), 3);
    assert!(told.contains("cannot write `/dev/full`") && told.contains("2 rejected"), "{told}");
    assert!(!told.contains("--failed"), "{told}");
}

#[test]
#[cfg(target_os = "linux")]
fn named_items_are_all_sent_although_their_lines_cannot_be_written() {
    let harness = harness(30);
    let user = harness.somebody();
    let before = harness.sandbox.requests().total();
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").expect("a device");
    let mut command = program();
    command.env_clear().env("HOME", harness.home.path()).envs(harness.environment());
    command.args(["genesys", "skills", "remove", &user, IDS[0], IDS[1], IDS[2]]);
    let output = command.stdout(full).output().expect("ended");
    let told = text(&output.stderr);
    assert_eq!(output.status.code(), Some(3), "{told}");
    assert!(told.contains("cannot write standard output") && told.contains("3 rejected"), "{told}");
    assert_eq!(harness.sandbox.requests().total(), before + 3);
}
