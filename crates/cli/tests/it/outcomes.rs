//! The table in `outcomes.txt`: what each writing verb makes of each response.

mod dry_run;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{self, Sender};

use serde_json::Value;

use crate::support::{CLOSED_PORT, has_option, program, text};

const TABLE: &str = include_str!("outcomes.txt");

/// The sections of the table, each with its title and its lines.
fn sections() -> Vec<(&'static str, Vec<Vec<&'static str>>)> {
    let mut sections: Vec<(&str, Vec<Vec<&str>>)> = Vec::new();
    for line in TABLE.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        match line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            Some(title) => sections.push((title, Vec::new())),
            None => sections.last_mut().expect("a section").1.push(line.split(" | ").collect()),
        }
    }
    sections
}

fn section(title: &str) -> Vec<Vec<&'static str>> {
    sections().into_iter().find(|(it, _)| *it == title).expect("the section").1
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Form {
    Single,
    Named,
    Bulk,
}

#[derive(Clone, Debug)]
struct Verb {
    name: &'static str,
    form: Form,
    class: &'static str,
    given: &'static str,
    reads: Vec<&'static str>,
    success: String,
}

fn verbs() -> Vec<Verb> {
    let verb = |fields: Vec<&'static str>| {
        let [name, form, class, given, reads, success] = fields[..] else { panic!("not six fields: {fields:?}") };
        let form = match form {
            "single" => Form::Single,
            "named" => Form::Named,
            "bulk" => Form::Bulk,
            other => panic!("no form: {other}"),
        };
        let reads = reads.split(' ').filter(|it| *it != "-").collect();
        Verb { name, form, class, given, reads, success: success.replace("\\n", "\n") }
    };
    section("verbs").into_iter().map(verb).collect()
}

#[derive(Clone, Copy, Debug)]
struct Expected {
    response: &'static str,
    outcome: &'static str,
    code: i32,
    bulk_code: i32,
    is_in_failed: bool,
}

fn expected(fields: &[&'static str]) -> Expected {
    let [response, outcome, code, bulk_code, failed] = *fields else { panic!("not five fields: {fields:?}") };
    // `-` for a form that the row is not about.
    let [code, bulk_code] = [code, bulk_code].map(|code| if code == "-" { -1 } else { code.parse().expect("a code") });
    assert!(["yes", "no"].contains(&failed), "{fields:?}");
    Expected { response, outcome, code, bulk_code, is_in_failed: failed == "yes" }
}

/// The row for this verb, if it is an exception.
fn excepted(verb: &Verb, step: Step, expected: Expected) -> Expected {
    let form = format!("{:?}", verb.form).to_lowercase();
    let is_meant = |row: &Vec<&str>| row[..3] == [verb.name, &form, expected.response];
    match section("exceptions to the first read").into_iter().find(|row| step == Step::FirstRead && is_meant(row)) {
        Some(row) => self::expected(&row[2..]),
        None => expected,
    }
}

/// Which request of a run gets the response of the table.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Step {
    Write,
    /// Each of the writes of thirty items.
    Writes,
    FirstRead,
    Login,
}

/// The number of items of a run in which every write gets the same response.
const ITEMS: usize = 30;

#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Login,
    Read,
    Write,
}

/// Reads a whole request, and returns its kind.
fn request(stream: &TcpStream, verb: &Verb) -> Option<Kind> {
    let mut reader = BufReader::new(stream);
    let (mut line, mut kind, mut length) = (String::new(), None, 0);
    while reader.read_line(&mut line).ok()? > 2 {
        kind = kind.or_else(|| {
            let is_login = line.split(' ').nth(1).is_some_and(|path| path.ends_with("/token"));
            Some(match line.starts_with("GET ") && !verb.reads.is_empty() {
                _ if is_login => Kind::Login,
                true => Kind::Read,
                false => Kind::Write,
            })
        });
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
        line.clear();
    }
    let read = reader.take(length).read_to_end(&mut Vec::new()).ok()?;
    (read as u64 == length).then_some(kind).flatten()
}

fn write(mut stream: &TcpStream, head: &str, body: &[u8], length: usize) {
    let head = format!("HTTP/1.1 {head}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n");
    // A client that was stopped does not read.
    let _ = stream.write_all(&[head.as_bytes(), body].concat());
}

fn media_type(body: &str) -> &'static str {
    match body.as_bytes().first() {
        Some(b'{' | b'[') => "application/json",
        Some(b'<') => "application/xml",
        _ => "text/plain; charset=utf-8",
    }
}

/// Sends a body with the media type that it has.
fn succeed(stream: &TcpStream, body: &str) {
    match body {
        "-" => {
            let mut stream = stream;
            let _ = stream.write_all(b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n");
        }
        body => write(stream, &format!("200 OK\r\ncontent-type: {}", media_type(body)), body.as_bytes(), body.len()),
    }
}

/// Sends the response of a row, or keeps the connection.
fn respond(stream: TcpStream, verb: &Verb, response: &str, seen: &Sender<TcpStream>) {
    if response.starts_with("Ctrl-C, then ") {
        return drop(seen.send(stream));
    }
    let (status, rest) = response.split_once(' ').unwrap_or((response, ""));
    let (kind, body) = rest.split_once(' ').unwrap_or((rest, ""));
    let with_type = |media_type: &str| format!("{status} Status\r\ncontent-type: {media_type}");
    match (response, kind) {
        ("success", _) => succeed(&stream, &verb.success),
        ("close before the request" | "close after the request", _) => {}
        ("reset after the request", _) => {
            // Half a status line: what is lost is a response.
            let _ = (&stream).write_all(b"HTTP/1.1 2");
        }
        ("silence" | "Ctrl-C", _) => drop(seen.send(stream)),
        ("204", _) => succeed(&stream, "-"),
        (_, "") => write(&stream, &format!("{status} Status"), b"", 0),
        (_, "later") => write(&stream, &format!("{status} Status\r\nretry-after: 86400"), b"", 0),
        (_, "json") => write(&stream, &with_type("application/json"), body.as_bytes(), body.len()),
        (_, "xml") => write(&stream, &with_type("application/xml"), body.as_bytes(), body.len()),
        (_, "text") => write(&stream, &with_type("text/plain; charset=utf-8"), body.as_bytes(), body.len()),
        (_, "html") => write(&stream, &with_type("text/html; charset=utf-8"), body.as_bytes(), body.len()),
        (_, "binary") => write(&stream, &with_type("application/octet-stream"), b"\xff\x00\xfe\x01", 4),
        (_, "cut") => {
            let body = verb.success.as_bytes();
            let half = &body[..body.len() / 2];
            write(&stream, &with_type(media_type(&verb.success)), half, body.len());
        }
        (_, "deep") => {
            let body = "[".repeat(100_000);
            write(&stream, &with_type("application/json"), body.as_bytes(), body.len());
        }
        (_, "row") => {
            let (header, row) = verb.given.split_once("\\n").expect("a header and a row");
            let body = format!("{header}\n{row},{body}\n");
            write(&stream, &with_type("text/plain; charset=utf-8"), body.as_bytes(), body.len());
        }
        (other, _) => panic!("no response: {other}"),
    }
}

/// Serves a run until `is_done`: reads in their order, one write, and 204 to what follows.
fn serve(
    listener: &TcpListener,
    verb: &Verb,
    step: Step,
    response: &str,
    seen: &Sender<TcpStream>,
    is_done: &AtomicBool,
) {
    let (mut logins, mut reads, mut writes) = (0, 0, 0);
    for stream in listener.incoming() {
        let stream = stream.expect("a connection");
        if is_done.load(Ordering::SeqCst) {
            return;
        }
        // Only a verb whose first request is its write.
        if response == "close before the request" && verb.reads.is_empty() {
            continue;
        }
        match request(&stream, verb) {
            None => {}
            Some(Kind::Login) => {
                match step == Step::Login && logins == 0 {
                    true => respond(stream, verb, response, seen),
                    false => succeed(&stream, "{\"access_token\":\"t\",\"token_type\":\"bearer\",\"expires_in\":3600}"),
                }
                logins += 1;
            }
            Some(Kind::Read) => {
                match step == Step::FirstRead && reads == 0 {
                    true => respond(stream, verb, response, seen),
                    // A verb that reads again after a conflict finds what it found.
                    false => succeed(&stream, verb.reads.get(reads).or(verb.reads.last()).copied().unwrap_or("-")),
                }
                reads += 1;
            }
            Some(Kind::Write) => {
                match step == Step::Write && writes == 0 || step == Step::Writes {
                    true => respond(stream, verb, response, seen),
                    false => succeed(&stream, "-"),
                }
                writes += 1;
            }
        }
    }
}

fn interrupt(child: &Child) {
    let kill = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(kill.is_ok_and(|status| status.success()));
}

/// Ends a server when it is dropped, also by a panic.
struct Served<'a>(&'a AtomicBool, SocketAddr);

impl Drop for Served<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
        // Wakes the server.
        let _ = TcpStream::connect(self.1);
    }
}

/// What a run printed, its exit code, and its file of failed items.
#[derive(Debug)]
struct Run {
    code: Option<i32>,
    stdout: String,
    stderr: String,
    failed: Option<String>,
    /// The input: its header, if it has one, and its item.
    input: (String, String),
}

fn run(verb: &Verb, step: Step, response: &str) -> Run {
    let home = tempfile::tempdir().expect("a home");
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let url = match response {
        "no connection" => CLOSED_PORT.to_owned(),
        _ => format!("http://{address}"),
    };
    let mut command = program();
    command.env_clear().env("HOME", home.path()).current_dir(home.path());
    let credential = match verb.name.split(' ').next() {
        Some("sessions") => "--api-key",
        _ if verb.name.starts_with("lms import-csv") => "--system-key",
        _ => "--token",
    };
    match step {
        Step::Login => {
            // Only a profile has an address for logins.
            let addresses = format!("base_url = \"{url}\"\nlogin_url = \"{url}\"");
            let profile = format!("[profiles.p.genesys]\n{addresses}\nclient_id = \"c\"\nclient_secret = \"s\"\n");
            let folder = home.path().join(".config/rosterkit");
            fs::create_dir_all(&folder).expect("made");
            let path = folder.join("profiles.toml");
            fs::write(&path, profile).expect("written");
            let chmod = Command::new("chmod").arg("600").arg(&path).status();
            assert!(chmod.is_ok_and(|status| status.success()));
            command.args(["--profile", "p"]);
        }
        _ => drop(command.args(["--base-url", &url, credential, "t"])),
    }
    command.args(["--attempts", "1", "--output", "jsonl"]);
    command.args(["--timeout", if response == "silence" { "1" } else { "60" }]);
    command.args(verb.name.split(' '));
    let mut input = (String::new(), String::new());
    if verb.form == Form::Bulk {
        if verb.name.starts_with("lms groups") {
            command.arg("Sample");
        }
        let (name, failed) = match verb.given.split_once("\\n") {
            Some((header, row)) => {
                input = (format!("{header}\n"), format!("{row}\n"));
                ("items.csv", "failed.csv")
            }
            None => {
                input.1 = format!("{}\n", verb.given).repeat(if step == Step::Writes { ITEMS } else { 1 });
                ("items.jsonl", "failed.jsonl")
            }
        };
        fs::write(home.path().join(name), input.0.clone() + &input.1).expect("written");
        command.args(["--from", name, "--failed", failed, "--concurrency", "1"]);
        if step == Step::Writes && has_option(verb.name, "yes") {
            command.arg("--yes");
        }
    } else {
        command.args(verb.given.split(' '));
    }
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let (seen, kept) = mpsc::channel();
    let is_done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let _served = Served(&is_done, address);
        scope.spawn(|| serve(&listener, verb, step, response, &seen, &is_done));
        let mut child = command.spawn().expect("started");
        let mut told = String::new();
        if let Some(then) = response.strip_prefix("Ctrl-C") {
            // Whoever waits for a request that never comes would wait for ever.
            let stream = kept.recv_timeout(std::time::Duration::from_secs(30));
            let mut stderr = BufReader::new(child.stderr.take().expect("piped"));
            interrupt(&child);
            stderr.read_line(&mut told).expect("a line");
            let kept = match (then.strip_prefix(", then "), stream) {
                (_, Err(_)) => {
                    told += "no request came";
                    None
                }
                (Some(response), Ok(stream)) => {
                    respond(stream, verb, response, &seen);
                    None
                }
                (None, Ok(stream)) => {
                    interrupt(&child);
                    Some(stream)
                }
            };
            stderr.read_to_string(&mut told).expect("text");
            drop(kept);
        }
        let output = child.wait_with_output().expect("ended");
        let failed = ["failed.csv", "failed.jsonl"].map(|name| fs::read_to_string(home.path().join(name)).ok());
        Run {
            code: output.status.code(),
            stdout: text(&output.stdout),
            stderr: told + &text(&output.stderr),
            failed: failed.into_iter().flatten().next(),
            input,
        }
    })
}

/// How a run over thirty items differs from its row.
fn difference_of_many(expected: &Expected, run: &Run) -> Option<String> {
    if run.code != Some(expected.bulk_code) {
        return Some(format!("exit code {}", expected.bulk_code));
    }
    let mut counts = BTreeMap::new();
    for line in run.stdout.lines() {
        let line: Value = serde_json::from_str(line).unwrap_or_default();
        *counts.entry(line["outcome"].as_str().unwrap_or("no outcome").to_owned()).or_insert(0) += 1;
    }
    let found: Vec<_> = counts.iter().map(|(outcome, count)| format!("{outcome} {count}")).collect();
    let found = found.join(", ");
    let file = if expected.is_in_failed { &run.input.1 } else { "" };
    match () {
        () if found != expected.outcome => Some(format!("{}, got {found}", expected.outcome)),
        () if run.failed.as_deref() != Some(file) => Some("the file of --failed".to_owned()),
        () => None,
    }
}

/// How a run differs from its row.
fn difference(verb: &Verb, step: Step, expected: &Expected, run: &Run) -> Option<String> {
    if step == Step::Writes {
        return difference_of_many(expected, run);
    }
    let code = if verb.form == Form::Bulk { expected.bulk_code } else { expected.code };
    if run.code != Some(code) {
        return Some(format!("exit code {code}"));
    }
    if verb.form == Form::Single {
        let may_have_been_applied = run.stderr.contains("may have been applied");
        let expects = expected.outcome == "unknown";
        return (may_have_been_applied != expects).then(|| format!("says that it may have been applied: {expects}"));
    }
    let lines: Vec<Value> = run.stdout.lines().map(|line| serde_json::from_str(line).unwrap_or_default()).collect();
    // After a signal, the file alone has the items that were not sent.
    let is_rest = verb.form == Form::Bulk && code == 130 && lines.is_empty() && expected.outcome == "not sent";
    if !is_rest && (lines.len() != 1 || lines[0]["outcome"] != expected.outcome) {
        return Some(format!("one line with the outcome {}", expected.outcome));
    }
    let (header, item) = &run.input;
    let file = if expected.is_in_failed { format!("{header}{item}") } else { header.clone() };
    (verb.form == Form::Bulk && run.failed.as_deref() != Some(&file)).then(|| format!("the file of --failed: {file}"))
}

#[test]
fn each_response_has_the_outcome_exit_code_and_failed_item_of_the_table() {
    let mut cases = Vec::new();
    let verbs = verbs();
    for (title, rows) in sections() {
        let Some(classes) = title.strip_prefix("responses ") else { continue };
        let (step, classes) = match classes {
            "to the first read" => (Step::FirstRead, vec!["user"]),
            "to the login" => (Step::Login, vec!["user", "list", "nothing", "asynchronous", "job", "raw"]),
            "to thirty writes" => (Step::Writes, vec!["user", "nothing", "untyped"]),
            classes => (Step::Write, classes.split(' ').collect()),
        };
        for verb in verbs.iter().filter(|verb| classes.contains(&verb.class) || classes == ["all"]) {
            let is_meant = match step {
                Step::Write => true,
                Step::FirstRead => !verb.reads.is_empty(),
                // Verbs with one item in each request.
                Step::Writes => verb.form == Form::Bulk,
                Step::Login => verb.name.starts_with("genesys") || verb.given.starts_with("genesys"),
            };
            if !is_meant {
                continue;
            }
            cases.extend(rows.iter().map(|row| (verb, step, excepted(verb, step, expected(row)))));
        }
    }
    let (next, differences) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                while let Some((verb, step, expected)) = cases.get(next.fetch_add(1, Ordering::SeqCst)) {
                    let run = run(verb, *step, expected.response);
                    if let Some(difference) = difference(verb, *step, expected, &run) {
                        let Verb { name, form, .. } = verb;
                        let Run { code, stdout, stderr, failed, .. } = &run;
                        let row = format!("{name} ({form:?}), {step:?}: {}: expected {difference}", expected.response);
                        let got = format!("got {code:?}, {stdout:?}, {stderr:?}, {failed:?}");
                        differences.lock().expect("no panic").push(format!("{row}\n  {got}"));
                    }
                }
            });
        }
    });
    let differences = differences.into_inner().expect("no panic");
    assert!(differences.is_empty(), "{} of {}:\n{}", differences.len(), cases.len(), differences.join("\n"));
}

/// The commands that can be run, each with whether it has a file of failed items.
fn commands(command: &clap::Command, path: &str, all: &mut BTreeSet<(String, bool)>) {
    for subcommand in command.get_subcommands() {
        let path = format!("{path} {}", subcommand.get_name());
        if !subcommand.is_subcommand_required_set() {
            let has_failed = subcommand.get_arguments().any(|argument| argument.get_id() == "failed");
            all.insert((path.trim_start().to_owned(), has_failed));
        }
        commands(subcommand, &path, all);
    }
}

#[test]
fn the_table_has_every_verb_and_every_form_of_it() {
    let mut all = BTreeSet::new();
    commands(&rosterkit_cli::command(), "", &mut all);
    let (verbs, reads, runs) = (verbs(), section("reads"), section("runs of sync"));
    for (command, has_failed) in &all {
        let is_bulk = verbs.iter().any(|verb| verb.name == command && verb.form == Form::Bulk);
        assert_eq!(is_bulk, *has_failed, "`{command}`: the table has its bulk form if it has --failed");
        let writes = verbs.iter().any(|verb| verb.name == command);
        let reads = reads.iter().any(|fields| fields[0] == command);
        let is_run = runs.iter().any(|fields| fields[0] == command);
        let sections = [writes, reads, is_run].into_iter().filter(|is_in| *is_in).count();
        assert_eq!(sections, 1, "`{command}` is in one of [verbs], [reads] and [runs of sync]");
    }
    let exists = |name: &str| all.iter().any(|(command, _)| command == name);
    let others = reads.iter().chain(&runs).map(|fields| fields[0]);
    for name in verbs.iter().map(|verb| verb.name).chain(others) {
        assert!(exists(name), "`{name}` is not a command");
    }
}
