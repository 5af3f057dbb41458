//! The exit codes: for each, several causes, and messages that name what is wrong and say what would be right.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::process::Stdio;

use assert_cmd::Command;

use crate::support::{Lab, NOBODY_LISTENS, bare, lab, program, text};

/// Runs a command that ends with this code, and gives what it says.
fn message(command: &mut Command, code: i32) -> String {
    let assert = command.assert().code(code);
    text(&assert.get_output().stderr)
}

fn says(lab: &Lab, code: i32, arguments: &[&str], expected: &[&str]) {
    let message = message(lab.command().args(arguments), code);
    for expected in expected {
        assert!(message.contains(expected), "{arguments:?}: no `{expected}` in: {message}");
    }
}

#[test]
fn zero_is_success_also_where_there_is_nothing() {
    let lab = lab(3);
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
        lab.command().args(arguments).assert().code(0);
    }
    lab.file("nobody.csv", "name,email\n");
    says(&lab, 0, &["genesys", "users", "create", "--from", "nobody.csv"], &["no items"]);
    let home = tempfile::tempdir().expect("a home");
    bare(&home).args(["--sandbox", "genesys", "users", "list"]).assert().code(0);
}

#[test]
fn one_is_a_refusal_or_a_failure_of_the_service() {
    let lab = lab(3);
    let id = lab.somebody();
    let not_found = ["getUser", "404", "correlation id", "check the ids", "`-v` shows"];
    says(&lab, 1, &["genesys", "users", "get", "nobody"], &not_found);
    says(&lab, 1, &["-v", "genesys", "users", "get", "nobody"], &["the service's message: There is no such user."]);
    let conflict = ["nothing was written: 99 is not the current version of the user", "409", "omit --version"];
    says(&lab, 1, &["genesys", "users", "update", &id, "--set", "title=x", "--version", "99"], &conflict);
    says(&lab, 1, &["lms", "enroll", "NOWHERE"], &["refused, with a status of success", "no-such-module"]);
    says(&lab, 1, &["lms", "people", "get", "nobody"], &["user `nobody` does not exist"]);
    says(&lab, 1, &["lms", "records", "--on-behalf-of", "nobody"], &["403", "permission"]);
    lab.fault("getUsers:status=503,times=2");
    says(&lab, 1, &["--attempts", "2", "genesys", "users", "list"], &["503", "after 2 attempts"]);
    lab.fault("getUsers:garbage,times=1");
    says(&lab, 1, &["--attempts", "1", "genesys", "users", "list"], &["getUsers"]);
    assert!(lab.command().args(["genesys", "users", "get", "x"]).assert().code(1).get_output().stdout.is_empty());
}

#[test]
fn one_is_a_file_that_cannot_be_written() {
    let lab = lab(3);
    let call = ["call", "genesys-users", "getUsers", "--out", "missing/answer.json"];
    says(&lab, 1, &call, &["cannot write `missing/answer.json`", "there is no folder `missing`"]);
    lab.file("people.csv", "name,email\n");
    let create = ["genesys", "users", "create", "--from", "people.csv", "--failed", "missing/failed.csv"];
    says(&lab, 1, &create, &["cannot write `missing/failed.csv`"]);
    lab.file("man", "a file");
    says(&lab, 1, &["man", "--dir", "man"], &["cannot write `man`"]);
}

#[test]
#[cfg(target_os = "linux")]
fn one_is_standard_output_that_takes_nothing() {
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
fn two_is_wrong_usage_before_anything_is_sent() {
    let lab = lab(3);
    lab.file("list.json", "[1, 2]");
    lab.file("empty.csv", "");
    std::fs::write(lab.home.path().join("binary.csv"), b"\xff\xfe\n").expect("written");
    let sent = lab.sandbox.requests().total();
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
        (&["--base-url", "nonsense", "genesys", "users", "list"], "no URL"),
        (&["--base-url", "ftp://example.com", "sessions", "users"], "https://"),
        (&["--base-url", "http://www.example.com", "sessions", "users"], "unencrypted http; use an https base URL"),
        (&["--timeout", "0", "genesys", "users", "list"], "1..=86400"),
        (&["--attempts", "21", "genesys", "users", "list"], "1..=20"),
        (&["--output", "xml", "genesys", "users", "list"], "table, json, jsonl, csv, yaml"),
        (&["--api-key", "k", "genesys", "users", "list"], "does not use --api-key: remove it"),
        (&["--user", "u", "--token", "t", "lms", "people", "me"], "give only one of them"),
        (&["genesys", "users", "get"], "<ID>"),
        (&["genesys", "users", "get", ""], "the id is blank"),
        (&["genesys", "users", "list", "--page-size", "501"], "1..=500"),
        (&["genesys", "users", "update", "--set", "title=x"], "--from <FILE>"),
        (&["genesys", "users", "search"], "--body"),
        (&["genesys", "users", "search", "--body", "{\"qury\": []}"], "`qury`"),
        (&["genesys", "users", "create", "--set", "title"], "NAME=VALUE, such as --set title=Agent"),
        (&["genesys", "users", "create", "--from", "missing.csv"], "cannot read `missing.csv`"),
        (&["genesys", "users", "create", "--from", "empty.csv"], "`empty.csv`: the header line is missing"),
        (&["genesys", "users", "create", "--from", "binary.csv"], "`binary.csv`"),
        (&["genesys", "users", "create", "--dry-run"], "--from <FILE>"),
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
        let assert = lab.command().args(arguments).assert().code(2);
        let message = text(&assert.get_output().stderr);
        assert!(message.contains(expected), "{arguments:?}: {message}");
        assert!(!message.contains("hunter2"), "{message}");
        assert!(assert.get_output().stdout.is_empty(), "{arguments:?}");
    }
    assert_eq!(lab.sandbox.requests().total(), sent);
}

#[test]
fn two_is_a_check_of_items_that_are_no_file() {
    // The parser drops the requirement of --from where an item is named; nothing must be carried out then.
    let lab = lab(30);
    for named in [
        &["genesys", "users", "create", "--set", "name=Sample Person", "--set", "email=sample@example.com"][..],
        &["genesys", "users", "update", "u-1", "--set", "title=Agent"],
        &["genesys", "users", "delete", "u-1"],
        &["lms", "enroll", "PHONE-110"],
        &["lms", "groups", "add", "Safety officers", "a.roe"],
        &["lms", "groups", "remove", "Safety officers", "a.roe"],
        &["sessions", "deactivate", "r-1"],
    ] {
        for option in [&["--dry-run"][..], &["--failed", "failed.csv"], &["--input-format", "csv"]] {
            says(&lab, 2, &[named, option].concat(), &[option[0], "--from FILE", "nothing was sent"]);
        }
    }
    assert_eq!(lab.sandbox.requests().total(), 0);
}

#[test]
fn two_is_a_profile_that_is_wrong() {
    let lab = lab(1);
    let folder = lab.home.path().join(".config").join("rosterkit");
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
        let message = message(bare(&lab.home).args(["genesys", "users", "list"]), 2);
        assert!(expected.iter().all(|expected| message.contains(expected)), "{message}");
    }
}

#[test]
fn three_is_a_part_that_failed_and_the_message_counts() {
    let lab = lab(3);
    lab.file("people.jsonl", "{\"name\":\"Sample Person\",\"email\":\"sample@example.com\"}\n{\"name\":\"B\"}\n");
    let create = ["genesys", "users", "create", "--from", "people.jsonl"];
    says(&lab, 3, &[&create[..], &["--dry-run"]].concat(), &["1 valid, 1 invalid; nothing was sent"]);
    says(&lab, 3, &create, &["1 accepted, 1 invalid; use --failed FILE"]);
    // All of several are some of several, too.
    lab.file("all.jsonl", "{\"id\":\"nobody\"}\n{\"id\":\"nobody else\"}\n");
    says(&lab, 3, &["genesys", "users", "delete", "--from", "all.jsonl"], &["2 rejected"]);
    lab.file("training.csv", "Action,RecordID,UserId,Title\nA,R1,integration,First aid\nA,R2,nobody,First aid\n");
    let import = ["lms", "import-csv", "external-training", "--from", "training.csv"];
    says(&lab, 3, &import, &["1 accepted, 1 rejected"]);
    lab.file("users.csv", "remoteId,firstName,lastName\nr-1,Sample,Person\n,,\n");
    says(&lab, 3, &["sessions", "upsert", "--from", "users.csv"], &["1 accepted, 1 invalid"]);
}

#[test]
fn four_is_a_credential_that_the_service_does_not_accept() {
    let lab = lab(3);
    let lms_url = lab.sandbox.lms_url();
    for arguments in [
        &["--token", "S3NTINEL", "genesys", "users", "list"][..],
        &["--token", "S3NTINEL", "call", "genesys-users", "getUsers"],
        &["--token", "S3NTINEL", "lms", "people", "me"],
        &["--system-key", "S3NTINEL", "lms", "export", "users"],
        &["--api-key", "S3NTINEL", "sessions", "users"],
    ] {
        let message = message(lab.command().args(arguments), 4);
        assert!(message.contains("401") && message.contains("wrong or has expired"), "{message}");
        assert!(!message.contains("S3NTINEL"), "{message}");
    }
    let password = ["--base-url", &lms_url, "--user", "integration", "--password-stdin", "lms", "people", "me"];
    let message_of = message(bare(&lab.home).args(password).write_stdin("S3NTINEL\n"), 4);
    assert!(message_of.contains("401") && !message_of.contains("S3NTINEL"), "{message_of}");
    lab.fault("getUsers:expired-token");
    says(&lab, 4, &["genesys", "users", "list"], &["401", "expired"]);
}

#[test]
fn four_is_a_credential_that_is_missing_and_nothing_is_sent() {
    let lab = lab(3);
    let (genesys, lms, sessions) = (lab.sandbox.genesys_url(), lab.sandbox.lms_url(), lab.sandbox.sessions_url());
    lab.file("people.csv", "remoteId,firstName,lastName\nr-1,Sample,Person\n");
    let people = lab.home.path().join("people.csv").display().to_string();
    for (url, arguments, expected) in [
        (&genesys, &["genesys", "users", "list"][..], &["--token", "GENESYSCLOUD_ACCESS_TOKEN"][..]),
        (&genesys, &["call", "genesys-users", "getUsers"], &["GENESYSCLOUD_OAUTHCLIENT_ID"]),
        (&lms, &["lms", "people", "me"], &["--user with --password-stdin", "LMS_PASSWORD"]),
        (&lms, &["lms", "export", "users"], &["system key", "--system-key", "LMS_SYSTEM_KEY"]),
        (&sessions, &["sessions", "users"], &["--api-key", "SESSIONS_API_KEY"]),
        (&sessions, &["call", "session-clusters", "getUsers"], &["--api-key"]),
        (&sessions, &["sessions", "upsert", "--from", &people], &["--api-key", "1 not sent", "--failed"]),
    ] {
        let message = message(bare(&lab.home).args(["--base-url", url]).args(arguments), 4);
        for expected in expected.iter().chain(&["no credential", "nothing was sent", "profile", "--sandbox"]) {
            assert!(message.contains(expected), "{arguments:?}: no `{expected}` in: {message}");
        }
    }
    assert_eq!(lab.sandbox.requests().total(), 0);
}

#[test]
fn four_is_a_login_that_refuses() {
    let lab = lab(3);
    let base = format!("genesys.base_url={}", lab.sandbox.genesys_url());
    let login = format!("genesys.login_url={}", lab.sandbox.login_url());
    let add = ["profile", "add", "work", "--set", &base, "--set", &login, "--set", "genesys.client_id=nobody"];
    bare(&lab.home).args(add).args(["--secret", "genesys.client_secret=env:WORK_SECRET"]).assert().success();
    let list = ["genesys", "users", "list"];
    let refused = message(bare(&lab.home).args(list).env("WORK_SECRET", "S3NTINEL"), 4);
    assert!(refused.contains("the login refused") && refused.contains("check the client id"), "{refused}");
    assert!(!refused.contains("S3NTINEL"), "{refused}");
    let unset = message(bare(&lab.home).args(list), 4);
    assert!(unset.contains("`WORK_SECRET`") && unset.contains("set it"), "{unset}");
}

#[test]
fn five_is_no_connection() {
    let lab = lab(0);
    let home = tempfile::tempdir().expect("a home");
    for (url, arguments) in [
        (NOBODY_LISTENS, &["--token", "t", "genesys", "users", "list"][..]),
        (NOBODY_LISTENS, &["--api-key", "k", "sessions", "users"]),
        (NOBODY_LISTENS, &["--token", "t", "lms", "people", "me"]),
        // No name below `invalid` is ever known (RFC 6761).
        ("https://nowhere.invalid", &["--token", "t", "genesys", "users", "list"]),
    ] {
        let message = message(bare(&home).args(["--base-url", url, "--attempts", "1"]).args(arguments), 5);
        assert!(message.contains("no connection") && message.contains("check the base URL"), "{message}");
    }
    says(
        &lab,
        5,
        &["--base-url", NOBODY_LISTENS, "--attempts", "2", "genesys", "users", "list"],
        &["after 2 attempts"],
    );
}

#[test]
fn five_is_a_connection_that_breaks_or_an_answer_that_does_not_come() {
    let lab = lab(3);
    lab.fault("getUsers:drop");
    says(&lab, 5, &["--attempts", "1", "genesys", "users", "list"], &["getUsers"]);
    // The system accepts the connection, and nobody ever reads from it.
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let list = ["--base-url", &url, "--timeout", "1", "--attempts", "1", "sessions", "users"];
    says(&lab, 5, &list, &["within the time limit"]);
    drop(listener);
}

#[test]
fn five_is_also_that_no_item_of_several_got_further() {
    let lab = lab(0);
    let nowhere = ["--base-url", NOBODY_LISTENS, "--attempts", "1"];
    let people = "remoteId,firstName,lastName\nr-1,Sample,Person\nr-2,Other,Person\n";
    lab.file("people.csv", people);
    let training =
        "Action,RecordID,UserId,Title,EndDate,Status\nA,R1,a.roe,T,2026-01-31,4\nA,R2,a.roe,T,2026-01-31,4\n";
    lab.file("training.csv", training);
    for (verb, from, content) in [
        (&["sessions", "upsert", "--batch-size", "1"][..], "people.csv", people),
        (&["lms", "import-csv", "external-training", "--chunk-size", "1"], "training.csv", training),
    ] {
        let arguments = [&nowhere[..], verb, &["--from", from, "--failed", "failed.csv"]].concat();
        says(
            &lab,
            5,
            &arguments,
            &[
                "2 not sent; the file of --failed has the items that were not accepted",
                "no connection",
                "check the base URL",
            ],
        );
        let failed = std::fs::read_to_string(lab.home.path().join("failed.csv")).expect("a file");
        assert_eq!(failed, content, "{verb:?}");
    }
    for verb in [
        &["sessions", "deactivate", "r-1", "r-2", "--batch-size", "1"][..],
        &["genesys", "skills", "remove", "u-1", "s-1", "s-2"],
        &["lms", "groups", "add", "Sample", "a.roe", "b.doe"],
    ] {
        let assert = lab.command().args(nowhere).args(verb).assert().code(5);
        let output = assert.get_output();
        assert!(text(&output.stderr).contains("no connection"), "{verb:?}");
        assert_eq!(text(&output.stdout).matches("not sent").count(), 2, "{verb:?}");
    }
    // One that failed otherwise is something to look at, and one that was accepted is done.
    lab.file("people.csv", &(people.to_owned() + ",,\n"));
    let mixed = [&nowhere[..], &["sessions", "upsert", "--from", "people.csv"]].concat();
    says(&lab, 3, &mixed, &["2 not sent, 1 invalid"]);
    lab.file("people.csv", people);
    lab.fault("batchUpsertUsers:drop,skip=1");
    let half =
        ["--attempts", "1", "sessions", "upsert", "--from", "people.csv", "--batch-size", "1", "--concurrency", "1"];
    says(&lab, 3, &half, &["1 accepted, 1 unknown", "check before retrying (line 3)"]);
    assert_eq!(lab.sandbox.requests().total(), 2);
}

#[test]
fn a_reader_that_has_enough_is_no_failure() {
    let lab = lab(2000);
    let mut command = program();
    command.env_clear().env("HOME", lab.home.path());
    command.env("GENESYSCLOUD_BASE_URL", lab.sandbox.genesys_url());
    command.env("GENESYSCLOUD_ACCESS_TOKEN", lab.sandbox.credentials().genesys_token);
    command.args(["genesys", "users", "list", "--all", "--output", "jsonl"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("started");
    let mut first = [0; 1];
    child.stdout.take().expect("piped").read_exact(&mut first).expect("a byte");
    let output = child.wait_with_output().expect("ended");
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), String::new()));
}

#[test]
#[cfg(unix)]
fn a_signal_ends_it_and_leaves_nothing_half_written() {
    for (signal, code) in [("INT", 130), ("TERM", 143)] {
        let lab = lab(0);
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let mut command = program();
        command.env_clear().env("HOME", lab.home.path()).current_dir(lab.home.path());
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
        // Half an answer: the rest never comes.
        let head = "HTTP/1.1 200 OK\r\ncontent-type: application/xml\r\ncontent-length: 1000\r\n\r\n<trainingHistory>";
        stream.write_all(head.as_bytes()).expect("written");
        let kill = std::process::Command::new("kill").args([&format!("-{signal}"), &child.id().to_string()]).status();
        assert!(kill.is_ok_and(|status| status.success()));
        let output = child.wait_with_output().expect("ended");
        assert_eq!((output.status.code(), text(&output.stdout)), (Some(code), String::new()));
        assert_eq!(std::fs::read_dir(lab.home.path()).expect("the home").count(), 0);
    }
}
