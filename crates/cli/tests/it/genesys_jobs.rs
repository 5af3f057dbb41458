//! `genesys jobs run`.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::process::Stdio;

use serde_json::{Value, json};

use crate::support::{harness, program, text};

const DETAILS: [&str; 6] = ["genesys", "jobs", "run", "details", "--interval", "2024-12-02/2024-12-03"];

#[test]
fn a_query_runs_as_a_job_which_is_deleted_when_its_results_are_there() {
    let harness = harness(5);
    let people = harness.json(&["genesys", "users", "list", "--state", "any", "--all"]);
    let people: Vec<&Value> = people.as_array().expect("a list").iter().map(|user| &user["id"]).collect();
    let rows = harness.run(&[&DETAILS[..], &["--output", "jsonl"]].concat());
    let rows: Vec<Value> = rows.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert!(!rows.is_empty() && rows.iter().all(|row| people.contains(&&row["userId"])), "{rows:?}");
    let sent = harness.sandbox.request_log();
    assert_eq!(sent.last().and_then(|request| request.operation), Some("deleteAnalyticsUsersDetailsJob"));
    // Table cells are short enough for a screen.
    let table = harness.run(&DETAILS);
    assert!(table.starts_with("USERID") && table.lines().all(|line| line.chars().count() < 200), "{table}");
}

#[test]
fn results_up_to_the_limit_are_written_to_a_file() {
    let harness = harness(30);
    let of = |more: &[&str]| harness.run(&[&DETAILS[..], more].concat());
    let all = of(&["--output", "jsonl"]);
    assert_eq!(of(&["--out", "all.jsonl"]), "");
    assert_eq!(std::fs::read_to_string(harness.home.path().join("all.jsonl")).expect("a file"), all);
    let first: String = all.lines().take(2).map(|line| format!("{line}\n")).collect();
    assert_eq!(of(&["--limit", "2", "--output", "jsonl"]), first);
    of(&["--limit", "2", "--out", "two.csv", "--columns", "userId"]);
    assert_eq!(std::fs::read_to_string(harness.home.path().join("two.csv")).expect("a file").lines().count(), 3);
    let sent = harness.sandbox.request_log();
    let count = |operation| sent.iter().filter(|request| request.operation == Some(operation)).count();
    assert_eq!(count("deleteAnalyticsUsersDetailsJob"), 4, "those of --limit, too");
    // No partial file is left, and no job is started if the file cannot be written.
    harness.fault("getAnalyticsUsersDetailsJobResults:status=500");
    let broken = [&DETAILS[..], &["--attempts", "1", "--out", "broken.json"]].concat();
    harness.command().args(broken).assert().code(1);
    let started = harness.sandbox.requests().total();
    for (more, code, expected) in [
        (["--out", "nowhere/all.json"], 1, "there is no folder `nowhere`"),
        (["--limit", "0"], 2, "--limit"),
        (["--columns", "userid"], 2, "did you mean `userId`?"),
    ] {
        let refused = harness.command().args(DETAILS).args(more).assert().code(code);
        let message = text(&refused.get_output().stderr);
        assert!(message.contains(expected), "{more:?}: {message}");
    }
    assert_eq!(
        (harness.sandbox.requests().total(), std::fs::read_dir(harness.home.path()).expect("a home").count()),
        (started, 2)
    );
}

#[test]
fn a_job_that_cannot_be_deleted_is_reported_and_its_results_are_complete() {
    let harness = harness(5);
    let all = harness.run(&[&DETAILS[..], &["--output", "jsonl"]].concat());
    harness.fault("deleteAnalyticsUsersDetailsJob:status=500");
    let arguments = [&DETAILS[..], &["--output", "jsonl", "--attempts", "1"]].concat();
    let assert = harness.command().args(arguments).assert().code(0);
    let told = text(&assert.get_output().stderr);
    assert_eq!(text(&assert.get_output().stdout), all);
    assert!(told.contains("the results are complete, but job ") && told.contains("stays on the service"), "{told}");
    assert!(told.contains("500") && !told.contains("--resume"), "{told}");
}

#[test]
fn a_job_can_be_kept_and_resumed() {
    let harness = harness(5);
    let of = |more: &[&str]| {
        let assert = harness.command().args(more).args(["--output", "jsonl"]).assert().success();
        (text(&assert.get_output().stdout), text(&assert.get_output().stderr))
    };
    let (rows, told) = of(&[&DETAILS[..], &["--keep"]].concat());
    let job = told.split_whitespace().skip_while(|word| *word != "--resume").nth(1).expect("an id").to_owned();
    let resume = ["genesys", "jobs", "run", "details", "--resume", &job];
    let (again, told) = of(&resume);
    assert_eq!((again, told), (rows, String::new()));
    // The job is deleted.
    let gone = harness.command().args(resume).assert().code(1);
    let message = text(&gone.get_output().stderr);
    assert!(message.contains("404") && message.contains(&job) && !message.contains("continues it"), "{message}");
}

#[test]
fn aggregates_are_grouped() {
    let harness = harness(5);
    let run = ["genesys", "jobs", "run", "aggregates"];
    let options = ["--interval", "2024-12-02/2024-12-03", "--metrics", "tSystemPresence", "--group-by", "userId"];
    let sums = harness.json(&[&run[..], &options].concat());
    assert!(sums.as_array().is_some_and(|it| !it.is_empty() && it.iter().all(|it| it["group"]["userId"].is_string())));
    let body = json!({ "interval": "2024-12-02T00:00Z/2024-12-03T00:00Z", "metrics": ["tSystemPresence"] });
    harness.file("query.json", &body.to_string());
    let whole = harness.json(&[&run[..], &["--body", "@query.json"]].concat());
    assert_eq!(whole.as_array().map(Vec::len), Some(1));
    let split = harness.json(&[&run[..], &["--body", "@query.json", "--group-by", "userId"]].concat());
    assert_eq!(split, sums);
}

#[test]
fn a_failed_job_shows_its_reason_with_verbose() {
    let harness = harness(5);
    // The interval is in the future: the sandbox's clock shows the first day of 2025.
    let run = ["genesys", "jobs", "run", "details", "--interval", "2025-02-01/2025-02-02"];
    let failed = harness.command().args(run).assert().code(1);
    let message = text(&failed.get_output().stderr);
    assert!(message.contains("FAILED") && message.contains("`-v` shows") && !message.contains("--resume"), "{message}");
    let told = harness.command().args(run).arg("-v").assert().code(1);
    assert!(text(&told.get_output().stderr).contains("the service's message: "));
    harness.fault("getAnalyticsUsersDetailsJobResults:status=500");
    let broken = harness.command().args(DETAILS).args(["--attempts", "1"]).assert().code(1);
    let message = text(&broken.get_output().stderr);
    assert!(message.contains("stays on the service; --resume"), "{message}");
}

#[test]
fn a_reader_that_stops_reading_ends_and_deletes_the_job() {
    let harness = harness(30);
    let mut command = program();
    command.env_clear().env("HOME", harness.home.path()).envs(harness.environment()).stdin(Stdio::null());
    command.args(["genesys", "jobs", "run", "details", "--interval", "2024-12-01/2024-12-15", "--output", "jsonl"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("started");
    child.stdout.take().expect("piped").read_exact(&mut [0]).expect("a byte");
    let output = child.wait_with_output().expect("ended");
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), String::new()));
    let sent = harness.sandbox.request_log();
    assert_eq!(sent.last().and_then(|request| request.operation), Some("deleteAnalyticsUsersDetailsJob"));
}

#[test]
#[cfg(unix)]
fn an_interrupted_job_says_how_to_resume_it() {
    let home = tempfile::tempdir().expect("a home");
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let mut command = program();
    command.env_clear().env("HOME", home.path()).args(["--base-url", &url, "--token", "t"]).args(DETAILS);
    let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("started");
    let asked = |end: &str| {
        let (mut stream, _) = listener.accept().expect("a request");
        let mut request = String::new();
        while !request.ends_with(end) {
            let mut part = [0; 4096];
            let read = stream.read(&mut part).expect("a request");
            assert!(read > 0, "{request}");
            request += &text(&part[..read]);
        }
        stream
    };
    let started =
        "HTTP/1.1 202 Accepted\r\ncontent-type: application/json\r\ncontent-length: 15\r\nconnection: close\r\n\r\n";
    asked("}").write_all(format!("{started}{{\"jobId\":\"j-1\"}}").as_bytes()).expect("written");
    // The command polls the state of the job, without a response.
    let waiting = asked("\r\n\r\n");
    let kill = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(kill.is_ok_and(|status| status.success()));
    let output = child.wait_with_output().expect("ended");
    drop(waiting);
    let told = text(&output.stderr);
    assert_eq!((output.status.code(), text(&output.stdout)), (Some(130), String::new()), "{told}");
    assert!(told.contains("job j-1 stays on the service; --resume j-1 continues it"), "{told}");
}

#[test]
fn an_incomplete_query_is_not_sent() {
    let harness = harness(1);
    for (arguments, expected) in [
        (&["details"][..], "--interval <START/END>|--body <JSON|@FILE|->|--resume <JOB>"),
        (&["details", "--interval", "yesterday"], "START/END, such as 2024-12-01/2024-12-08"),
        (&["details", "--interval", "2024-12-08/2024-12-01"], "START must be before END"),
        (
            &["details", "--interval", "2024-12-01/2024-12-08", "--metrics", "tSystemPresence"],
            "--metrics is for `aggregates`",
        ),
        (&["details", "--body", "{}"], "--interval"),
        (&["details", "--body", "[]"], "expected a JSON object"),
        (&["details", "--body", "{\"intervall\": \"x\", \"interval\": \"x\"}"], "intervall"),
        (&["aggregates", "--interval", "2024-12-01/2024-12-08"], "--metrics tSystemPresence"),
        (
            &["details", "--interval", "2024-12-01/2024-12-08", "--body", "{\"interval\": \"x\"}"],
            "give only one of them",
        ),
        (&["details", "--interval", "2024-12-01/2024-12-08", "--resume", "j"], "cannot be used with"),
        (&["details", "--resume", " "], "the id is blank"),
        (&["details", "--resume", "j", "--wait", "0"], "1..=1440"),
        (&["summary", "--resume", "j"], "details, aggregates"),
    ] {
        let assert = harness.command().args(["genesys", "jobs", "run"]).args(arguments).assert().code(2);
        let message = text(&assert.get_output().stderr);
        assert!(message.contains(expected), "{arguments:?}: {message}");
    }
    assert_eq!(harness.sandbox.requests().total(), 0);
}
