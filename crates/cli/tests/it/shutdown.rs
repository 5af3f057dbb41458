//! Runs that stop before the end of their input: by signals, closed pipes, and outcomes that cannot be written.
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc;

use crate::support::{IDS, harness, program, text};

/// A service that responds to a number of requests and keeps later connections open.
struct Service {
    url: String,
    kept: mpsc::Receiver<TcpStream>,
}

const RESPONSE: &str = "{\"id\":\"u-1\",\"name\":\"Sample Person\",\"version\":3}";

fn respond(stream: &TcpStream) {
    respond_with(stream, RESPONSE);
}

fn respond_with(mut stream: &TcpStream, body: &str) {
    let head = format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n", body.len());
    stream.write_all(format!("{head}connection: close\r\n\r\n{body}").as_bytes()).expect("written");
}

/// Reads a whole request.
fn request(stream: &TcpStream) {
    let mut reader = BufReader::new(stream);
    let (mut line, mut length) = (String::new(), 0);
    while reader.read_line(&mut line).expect("a line") > 2 {
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().expect("a length");
        }
        line.clear();
    }
    let _ = reader.take(length).read_to_end(&mut Vec::new()).expect("a body");
}

fn service(responses: usize) -> Service {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let (sender, kept) = mpsc::channel();
    std::thread::spawn(move || {
        for (number, stream) in listener.incoming().enumerate() {
            let stream = stream.expect("a connection");
            request(&stream);
            if number < responses {
                respond(&stream);
            } else if sender.send(stream).is_err() {
                return;
            }
        }
    });
    Service { url, kept }
}

fn people(count: usize) -> String {
    let rows: String = (0..count).map(|it| format!("Person {it},p{it}@example.com\n")).collect();
    format!("name,email\n{rows}")
}

fn command(home: &tempfile::TempDir, service: &Service, arguments: &[&str]) -> Command {
    let mut command = program();
    command.env_clear().env("HOME", home.path()).current_dir(home.path());
    command.args(["--base-url", &service.url, "--token", "t"]).args(arguments);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn signal(child: &Child, name: &str) {
    let kill = Command::new("kill").args([&format!("-{name}"), &child.id().to_string()]).status();
    assert!(kill.is_ok_and(|status| status.success()));
}

/// Sends a signal and waits until the command reports it.
fn interrupt(child: &mut Child, name: &str) -> BufReader<std::process::ChildStderr> {
    let mut stderr = BufReader::new(child.stderr.take().expect("piped"));
    signal(child, name);
    let mut line = String::new();
    stderr.read_line(&mut line).expect("a line");
    assert!(line.contains("waiting up to 5 s for in-flight requests"), "{line}");
    stderr
}

/// Interrupts a command and aborts what it waits for. Returns its output, and what it says on standard error after it has
/// said that it waits.
fn abort(mut child: Child, name: &str) -> (Output, String) {
    let mut stderr = interrupt(&mut child, name);
    signal(&child, name);
    let output = child.wait_with_output().expect("ended");
    let mut told = String::new();
    stderr.read_to_string(&mut told).expect("text");
    (output, told)
}

fn outcomes(stdout: &str) -> Vec<String> {
    let rows = stdout.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).expect("JSON"));
    rows.map(|row| row["outcome"].as_str().unwrap_or_default().to_owned()).collect()
}

const CREATE: [&str; 10] = [
    "genesys",
    "users",
    "create",
    "--from",
    "people.csv",
    "--failed",
    "failed.csv",
    "--concurrency=1",
    "--output=jsonl",
    "--attempts=1",
];

#[test]
fn aborted_items_are_unknown_and_the_rest_is_saved() {
    for (name, code) in [("INT", 130), ("TERM", 143), ("HUP", 129)] {
        // Only on Linux is it known whether SIGHUP is ignored.
        if name == "HUP" && !cfg!(target_os = "linux") {
            continue;
        }
        let home = tempfile::tempdir().expect("a home");
        let service = service(2);
        let file = people(1000);
        fs::write(home.path().join("people.csv"), &file).expect("written");
        let child = command(&home, &service, &CREATE).spawn().expect("started");
        let kept = service.kept.recv().expect("a request");
        let (output, told) = abort(child, name);
        assert_eq!(output.status.code(), Some(code));
        let words = outcomes(&text(&output.stdout));
        assert_eq!(words[..3], ["accepted", "accepted", "unknown"], "{told}");
        assert!(words[3..].iter().all(|word| word == "not sent"), "{words:?}");
        assert!(told.contains("2 accepted, 997 not sent, 1 unknown") && told.contains("(line 4)"), "{told}");
        let failed = fs::read_to_string(home.path().join("failed.csv")).expect("a file");
        let expected: String =
            file.lines().enumerate().filter(|(it, _)| !matches!(it, 1 | 2)).map(|(_, it)| format!("{it}\n")).collect();
        assert_eq!(failed, expected);
        assert!(service.kept.try_recv().is_err(), "nothing more was sent");
        assert_eq!(fs::read_dir(home.path()).expect("the home").count(), 2);
        drop(kept);
    }
}

#[test]
fn requests_in_flight_are_awaited_after_a_signal() {
    let home = tempfile::tempdir().expect("a home");
    let service = service(1);
    fs::write(home.path().join("people.csv"), people(100)).expect("written");
    let mut child = command(&home, &service, &CREATE).spawn().expect("started");
    let kept = service.kept.recv().expect("a request");
    let _stderr = interrupt(&mut child, "INT");
    respond(&kept);
    drop(kept);
    let output = child.wait_with_output().expect("ended");
    assert_eq!(output.status.code(), Some(130));
    assert_eq!(outcomes(&text(&output.stdout))[..2], ["accepted", "accepted"]);
    let failed = fs::read_to_string(home.path().join("failed.csv")).expect("a file");
    assert_eq!(failed.lines().count(), 99);
    assert!(failed.starts_with("name,email\nPerson 2,"), "{failed}");
}

#[test]
fn standard_input_is_read_until_it_pauses_after_a_signal() {
    let home = tempfile::tempdir().expect("a home");
    let service = service(0);
    let arguments =
        ["genesys", "users", "create", "--from=-", "--input-format=csv", "--failed=failed.csv", "--concurrency=1"];
    let mut child = command(&home, &service, &arguments).spawn().expect("started");
    let mut stdin = child.stdin.take().expect("piped");
    let file = people(5000);
    // More than is buffered, and the pipe stays open.
    let writer = std::thread::spawn(move || stdin.write_all(file.as_bytes()).map(|()| stdin));
    let kept = service.kept.recv().expect("a request");
    let (output, told) = abort(child, "INT");
    assert_eq!(output.status.code(), Some(130));
    assert!(told.contains("the input after line"), "{told}");
    let failed = fs::read_to_string(home.path().join("failed.csv")).expect("a file");
    assert!(failed.starts_with("name,email\nPerson 0,"), "{failed}");
    drop((kept, writer));
}

#[test]
fn a_reader_of_outcomes_that_stops_reading_does_not_stop_the_run() {
    let harness = harness(0);
    harness.file("people.csv", &(people(60) + "No Address,\n"));
    let mut command = program();
    command.env_clear().env("HOME", harness.home.path()).current_dir(harness.home.path());
    command.args([
        "--base-url",
        &harness.sandbox.genesys_url(),
        "--token",
        harness.sandbox.credentials().genesys_token,
    ]);
    command.args(CREATE).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("started");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("ended");
    assert_eq!(output.status.code(), Some(3), "{}", text(&output.stderr));
    assert!(text(&output.stderr).contains("60 accepted, 1 invalid"), "{}", text(&output.stderr));
    let failed = fs::read_to_string(harness.home.path().join("failed.csv")).expect("a file");
    assert_eq!(failed, "name,email\nNo Address,\n");
}

#[test]
fn outcomes_that_cannot_be_written_stop_the_run_and_lose_no_item() {
    if !std::path::Path::new("/dev/full").exists() {
        return;
    }
    let harness = harness(0);
    let file = people(3000);
    harness.file("people.csv", &file);
    let full = fs::OpenOptions::new().write(true).open("/dev/full").expect("a device");
    let mut command = program();
    command.env_clear().env("HOME", harness.home.path()).current_dir(harness.home.path());
    command.args([
        "--base-url",
        &harness.sandbox.genesys_url(),
        "--token",
        harness.sandbox.credentials().genesys_token,
    ]);
    let output = command.args(CREATE).stdout(full).output().expect("ended");
    let told = text(&output.stderr);
    assert_eq!(output.status.code(), Some(3), "{told}");
    assert!(told.contains("standard output") && told.contains("accepted"), "{told}");
    let failed = fs::read_to_string(harness.home.path().join("failed.csv")).expect("a file");
    let there = harness.json(&["genesys", "users", "list", "--all", "--state", "any", "--columns", "name"]);
    let there: Vec<&str> = there.as_array().expect("a list").iter().filter_map(|it| it["name"].as_str()).collect();
    let left = file.lines().skip(1 + there.len()).map(|line| format!("{line}\n")).collect::<String>();
    assert_eq!(failed, format!("name,email\n{left}"), "{} were created", there.len());
}

#[test]
fn only_items_in_a_file_of_failed_items_lack_outcome_lines_after_a_signal() {
    let file = "name,email\nPerson 0,p0@example.com\nPerson 1,p1@example.com\nNo Address,\n";
    for has_file in [true, false] {
        let home = tempfile::tempdir().expect("a home");
        let service = service(0);
        fs::write(home.path().join("people.csv"), file).expect("written");
        let arguments = CREATE.into_iter().filter(|it| has_file || !matches!(*it, "--failed" | "failed.csv"));
        let child = command(&home, &service, &arguments.collect::<Vec<_>>()).spawn().expect("started");
        let kept = service.kept.recv().expect("a request");
        let (output, told) = abort(child, "INT");
        let words = outcomes(&text(&output.stdout));
        if has_file {
            assert_eq!(words, ["unknown"], "{told}");
            assert_eq!(fs::read_to_string(home.path().join("failed.csv")).expect("a file"), file);
        } else {
            // Whether the second item was read before the signal depends on the time.
            let expected = if told.contains("1 not sent") { &["unknown", "not sent"][..] } else { &["unknown"] };
            assert_eq!(words, expected, "{told}");
        }
        drop(kept);
    }
}

#[test]
fn a_file_of_failed_items_that_cannot_be_written_stops_the_run_and_the_reading_of_a_pipe() {
    if !std::path::Path::new("/dev/full").exists() {
        return;
    }
    let home = tempfile::tempdir().expect("a home");
    let service = service(0);
    let arguments = ["genesys", "users", "create", "--from=-", "--input-format=csv", "--failed=/dev/full"];
    let mut child = command(&home, &service, &arguments).stdout(Stdio::null()).spawn().expect("started");
    let mut stdin = child.stdin.take().expect("piped");
    let file = format!("name,email\n{}", "A person without an address,\n".repeat(10_000));
    // More than is buffered, and the pipe stays open.
    let writer = std::thread::spawn(move || stdin.write_all(file.as_bytes()).map(|()| stdin));
    let output = child.wait_with_output().expect("ended");
    let told = text(&output.stderr);
    assert_eq!(output.status.code(), Some(3), "{told}");
    assert!(told.contains("/dev/full") && told.contains("was not sent"), "{told}");
    drop(writer);
}

/// Verbs that change one thing, each with what a message calls it.
const SINGLE_WRITES: [(&[&str], &str); 8] = [
    (&["genesys", "users", "create", "--set", "name=Sample Person", "--set", "email=s@example.com"], "the new user"),
    (&["genesys", "users", "update", "u-1", "--set", "title=x", "--version", "3"], "the change of user u-1"),
    (&["genesys", "users", "delete", "u-1"], "the deletion of user u-1"),
    (
        &["genesys", "skills", "set", "u-1", "5e5e5e5e-0000-4000-8000-00000000000a=2"],
        "the change of the skills of user u-1",
    ),
    (&["genesys", "jobs", "run", "details", "--interval", "2024-12-02/2024-12-03"], "the start of the job"),
    (&["lms", "enroll", "M-1"], "the enrollment"),
    (&["lms", "groups", "create", "Sample"], "the new group"),
    (&["call", "genesys-users", "deleteUser", "--param", "userId=u-1"], "the call of `deleteUser`"),
];

#[test]
fn an_aborted_write_says_what_may_have_been_applied() {
    for (number, (arguments, what)) in SINGLE_WRITES.into_iter().enumerate() {
        let (name, code) = [("INT", 130), ("TERM", 143)][number % 2];
        let home = tempfile::tempdir().expect("a home");
        let service = service(0);
        let child = command(&home, &service, arguments).spawn().expect("started");
        let kept = service.kept.recv().expect("a request");
        let (output, told) = abort(child, name);
        assert_eq!((output.status.code(), text(&output.stdout)), (Some(code), String::new()), "{arguments:?}: {told}");
        let expected = format!("{what} may have been applied; check before retrying");
        assert!(told.contains(&expected), "{arguments:?}: {told}");
        drop(kept);
    }
}

#[test]
fn a_change_that_is_aborted_while_it_reads_has_changed_nothing() {
    for (responses, expected) in [(0, "nothing was changed"), (1, "the change of user u-1 may have been applied")] {
        let home = tempfile::tempdir().expect("a home");
        let service = service(responses);
        let update = ["genesys", "users", "update", "u-1", "--set", "title=x"];
        let child = command(&home, &service, &update).spawn().expect("started");
        let kept = service.kept.recv().expect("a request");
        let (output, told) = abort(child, "INT");
        assert_eq!(output.status.code(), Some(130));
        assert!(told.contains(expected), "{responses}: {told}");
        drop(kept);
    }
}

#[test]
fn a_write_that_is_accepted_after_a_signal_is_printed() {
    for (arguments, what) in [SINGLE_WRITES[0], SINGLE_WRITES[1], SINGLE_WRITES[6], SINGLE_WRITES[7]] {
        let home = tempfile::tempdir().expect("a home");
        let service = service(0);
        let arguments = [arguments, &["--output", "json"]].concat();
        let mut child = command(&home, &service, &arguments).spawn().expect("started");
        let kept = service.kept.recv().expect("a request");
        let mut stderr = interrupt(&mut child, "INT");
        respond(&kept);
        drop(kept);
        let output = child.wait_with_output().expect("ended");
        let mut told = String::new();
        stderr.read_to_string(&mut told).expect("text");
        assert_eq!(output.status.code(), Some(130), "{arguments:?}: {told}");
        assert!(told.contains(&format!("{what} was accepted by the service")), "{arguments:?}: {told}");
        assert!(text(&output.stdout).contains("Sample Person"), "{arguments:?}: {told}");
    }
}

#[test]
fn a_verb_that_reads_is_silent_after_a_signal() {
    for arguments in [&["genesys", "users", "get", "u-1"][..], &["call", "genesys-users", "getUsers"]] {
        let home = tempfile::tempdir().expect("a home");
        let service = service(0);
        let child = command(&home, &service, arguments).spawn().expect("started");
        let kept = service.kept.recv().expect("a request");
        signal(&child, "INT");
        let output = child.wait_with_output().expect("ended");
        assert_eq!((output.status.code(), text(&output.stderr)), (Some(130), String::new()), "{arguments:?}");
        drop(kept);
    }
}

#[test]
fn named_items_have_lines_after_a_signal_also_those_that_were_not_sent() {
    let home = tempfile::tempdir().expect("a home");
    let service = service(1);
    let remove = ["genesys", "skills", "remove", "u-1", IDS[0], IDS[1], IDS[2], IDS[3], "--output", "jsonl"];
    let child = command(&home, &service, &remove).spawn().expect("started");
    let kept = service.kept.recv().expect("a request");
    let (output, told) = abort(child, "INT");
    assert_eq!(output.status.code(), Some(130), "{told}");
    assert_eq!(outcomes(&text(&output.stdout)), ["accepted", "unknown", "not sent", "not sent"], "{told}");
    drop(kept);
}

#[test]
fn named_items_that_are_done_are_printed_before_the_others_are() {
    for format in ["jsonl", "table", "csv", "json", "yaml"] {
        let home = tempfile::tempdir().expect("a home");
        let service = service(1);
        let remove = ["genesys", "skills", "remove", "u-1", IDS[0], IDS[1], "--output", format];
        let mut child = command(&home, &service, &remove).spawn().expect("started");
        let kept = service.kept.recv().expect("the second request");
        signal(&child, "KILL");
        let mut stdout = String::new();
        child.stdout.take().expect("piped").read_to_string(&mut stdout).expect("text");
        child.wait().expect("ended");
        assert!(stdout.contains(IDS[0]) && stdout.contains("accepted") && !stdout.contains(IDS[1]), "{stdout}");
        drop(kept);
    }
}

/// Waits until the thread that writes standard output is blocked. If the system does not say, it may not be blocked yet.
fn wait_until_blocked(child: &Child) {
    let tasks = format!("/proc/{}/task", child.id());
    loop {
        let writes = |task: &fs::DirEntry| {
            fs::read_to_string(task.path().join("comm")).is_ok_and(|name| name.starts_with("rosterkit-outp"))
        };
        let task = fs::read_dir(&tasks).expect("a process").flatten().find(writes);
        let is_blocked = task.is_some_and(|task| {
            let [place, call] = ["wchan", "syscall"].map(|name| fs::read_to_string(task.path().join(name)).ok());
            let is_hidden = call.is_none() && place.as_deref().is_none_or(|place| place == "0");
            is_hidden || place.is_some_and(|it| it.contains("pipe")) || call.is_some_and(|it| it.starts_with("1 "))
        });
        if is_blocked {
            return;
        }
        std::thread::yield_now();
    }
}

#[test]
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
fn a_listing_can_be_interrupted_while_its_reader_does_not_read() {
    let harness = harness(5000);
    let mut command = program();
    command.env_clear().env("HOME", harness.home.path()).current_dir(harness.home.path());
    command.args([
        "--base-url",
        &harness.sandbox.genesys_url(),
        "--token",
        harness.sandbox.credentials().genesys_token,
    ]);
    command.args(["genesys", "users", "list", "--all", "--state=any", "--page-size=500", "--output=json"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("started");
    let stdout = child.stdout.take();
    wait_until_blocked(&child);
    signal(&child, "INT");
    assert_eq!(child.wait().expect("ended").code(), Some(130));
    drop(stdout);
}

#[test]
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
fn a_write_can_be_interrupted_while_its_response_is_not_read() {
    let body = format!("{{\"id\":\"u-1\",\"name\":\"{}\"}}", "x".repeat(4_000_000));
    for arguments in [SINGLE_WRITES[1].0, SINGLE_WRITES[7].0] {
        let home = tempfile::tempdir().expect("a home");
        let service = service(0);
        let arguments = [arguments, &["--output", "json"]].concat();
        let mut child = command(&home, &service, &arguments).spawn().expect("started");
        respond_with(&service.kept.recv().expect("a request"), &body);
        let stdout = child.stdout.take();
        wait_until_blocked(&child);
        signal(&child, "INT");
        let output = child.wait_with_output().expect("ended");
        let told = text(&output.stderr);
        assert_eq!(output.status.code(), Some(130), "{arguments:?}: {told}");
        assert!(told.contains("was accepted by the service"), "{arguments:?}: {told}");
        drop(stdout);
    }
}

#[test]
fn waiting_for_a_password_can_be_interrupted() {
    let home = tempfile::tempdir().expect("a home");
    let mut command = program();
    command.env_clear().env("HOME", home.path()).current_dir(home.path());
    command.args([
        "-v",
        "--base-url",
        "http://127.0.0.1:9/ekp",
        "--user",
        "a.roe",
        "--password-stdin",
        "lms",
        "records",
    ]);
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("started");
    let stdin = child.stdin.take();
    let mut line = String::new();
    // The source of the address is reported just before the password is read.
    BufReader::new(child.stderr.take().expect("piped")).read_line(&mut line).expect("a line");
    assert!(line.contains("address"), "{line}");
    signal(&child, "INT");
    assert_eq!(child.wait().expect("ended").code(), Some(130));
    drop(stdin);
}
