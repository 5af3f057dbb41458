//! Bulk imports and bulk commands of the LMS.

use std::fs;

use serde_json::{Value, json};

use crate::lms::MANAGER;
use crate::scripted::{Script, Scripted};
use crate::support::{Harness, harness, program, text};

const TRAINING: &str = "Action,RecordID,UserId,Title,EndDate,Status\r\n\
    A,R1,bebren.jorrova.0,First aid,2024-05-01,4\r\n\
    A,R2,nobody,First aid,2024-05-01,4\r\n\
    \r\n\
    A,R3,bebren.jorrova.0,\"Fire, \"\"drill\"\"\",01.05.2024,4\r\n\
    A,R4,bebren.jorrova.0,\"two\nlines\",2024-05-01,4\r\n\
    A,R5,bebren.jorrova.0\r\n";

fn import(harness: &Harness, more: &[&str], code: i32) -> (Vec<(u64, String)>, String) {
    let mut command = harness.command();
    command.args(["lms", "import-csv", "external-training", "--output", "jsonl"]).args(more);
    let assert = command.assert().code(code);
    let rows = text(&assert.get_output().stdout);
    let rows = rows.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
    let rows = rows
        .map(|row| (row["line"].as_u64().unwrap_or_default(), row["outcome"].as_str().unwrap_or_default().to_owned()));
    (rows.collect(), text(&assert.get_output().stderr))
}

fn words(rows: &[(u64, String)]) -> Vec<&str> {
    rows.iter().map(|(_, word)| word.as_str()).collect()
}

#[test]
fn each_row_has_an_outcome_and_failed_rows_can_be_imported_again() {
    let harness = harness(30);
    harness.file("training.csv", TRAINING);
    let (rows, told) = import(&harness, &["--from", "training.csv", "--failed", "failed.csv", "--chunk-size", "2"], 3);
    let expected = [(2, "accepted"), (3, "rejected"), (5, "invalid"), (6, "accepted"), (8, "invalid")];
    assert_eq!(rows, expected.map(|(line, word)| (line, word.to_owned())));
    assert!(told.contains("2 accepted, 1 rejected, 2 invalid"), "{told}");
    let path = harness.home.path().join("failed.csv");
    let failed = fs::read_to_string(&path).expect("a file");
    assert_eq!(
        failed,
        "Action,RecordID,UserId,Title,EndDate,Status\nA,R2,nobody,First aid,2024-05-01,4\n\
         A,R3,bebren.jorrova.0,\"Fire, \"\"drill\"\"\",01.05.2024,4\nA,R5,bebren.jorrova.0\n"
    );
    let corrected = failed.replace("nobody", MANAGER).replace("01.05.2024", "2024-05-01");
    fs::write(&path, corrected.replace("A,R5,bebren.jorrova.0", "A,R5,bebren.jorrova.0,Tea,,4")).expect("written");
    let (rows, _) = import(&harness, &["--from", "failed.csv", "--failed", "failed.csv"], 0);
    assert_eq!(words(&rows), ["accepted"; 3]);
    assert_eq!(fs::read_to_string(&path).expect("a file"), "Action,RecordID,UserId,Title,EndDate,Status\n");
}

#[test]
fn a_dry_run_names_rows_and_columns_and_needs_no_service() {
    let home = tempfile::tempdir().expect("a home");
    fs::write(home.path().join("training.csv"), TRAINING).expect("written");
    let arguments = ["lms", "import-csv", "external-training", "--from", "training.csv", "--dry-run"];
    let assert = crate::support::bare(&home).args(arguments).assert().code(3);
    insta::assert_snapshot!(text(&assert.get_output().stdout));
    assert!(text(&assert.get_output().stderr).contains("3 valid, 2 invalid; nothing was sent"));
}

#[test]
fn training_history_comes_from_standard_input_in_other_encodings_and_with_notes() {
    let harness = harness(30);
    let mut input = b"note,USERID,LOTITLE,STUDENTSTATUS\nabc,bebren.jorrova.0,Pr\xe9sentation,Completed\n".to_vec();
    let arguments = ["lms", "import-csv", "training-history", "--from", "-"];
    let unknown = harness.command().args(arguments).write_stdin(input.clone()).assert().code(2);
    assert!(text(&unknown.get_output().stderr).contains("unknown column `note`"));
    let more = ["--on-unknown-column", "ignore", "--dry-run"];
    harness.command().args(arguments).args(more).write_stdin(input.clone()).assert().code(3);
    let mut latin = harness.command();
    latin.args(arguments).args(more).args(["--encoding", "latin-1"]);
    let told = text(&latin.write_stdin(input.clone()).assert().success().get_output().stderr);
    assert!(told.contains("ignored columns: note"), "{told}");
    input.clear();
    let empty = harness.command().args(arguments).write_stdin(input).assert().code(2);
    assert!(text(&empty.get_output().stderr).contains("header line"));
    harness.file(
        "history.csv",
        "USERID,LEARNINGID,STUDENTSTATUS\nbebren.jorrova.0,PHONE-110,Completed\nx,PHONE-110,Completed\n",
    );
    let mut command = harness.command();
    command.args(["lms", "import-csv", "training-history", "--from", "history.csv"]).assert().code(3);
}

#[test]
fn a_rejected_key_stops_the_import_and_saves_all_rows() {
    let harness = harness(3);
    let rows: String = (0..50).map(|it| format!("A,R{it},a.roe,First aid\n")).collect();
    let file = format!("Action,RecordID,UserId,Title\n{rows}");
    harness.file("training.csv", &file);
    let wrong = ["--system-key", "wrong", "--from", "training.csv", "--failed", "failed.csv", "--chunk-size", "5"];
    let (rows, told) = import(&harness, &wrong, 4);
    assert_eq!(words(&rows), ["not sent"; 50], "{told}");
    assert_eq!(harness.sandbox.requests().total(), 1);
    assert_eq!(fs::read_to_string(harness.home.path().join("failed.csv")).expect("a file"), file);
}

#[test]
fn an_unclosed_quote_is_reported_and_the_rows_before_it_are_kept() {
    let harness = harness(3);
    harness.file("training.csv", &format!("Action,RecordID\nD,R1\nD,\"{}", "x".repeat(3_000_000)));
    let (rows, told) = import(&harness, &["--from", "training.csv", "--failed", "failed.csv"], 3);
    assert!(told.contains("line 3: `RecordID` has a quotation mark that is not closed"), "{told}");
    // The row before it was sent, so the exit code is not 2.
    assert_eq!(words(&rows), ["rejected"]);
    assert!(told.contains("the input after line 2 was not sent and is not in the file of --failed"), "{told}");
    assert_eq!(fs::read_to_string(harness.home.path().join("failed.csv")).expect("a file"), "Action,RecordID\nD,R1\n");
}

#[test]
fn many_users_are_enrolled_and_become_members() {
    let harness = harness(30);
    harness.file(
        "enroll.csv",
        &format!("user,module\n{MANAGER},PHONE-110\n{MANAGER},NOWHERE\nnobody,PHONE-110\nnobody,\n"),
    );
    let enroll = ["lms", "enroll", "--from", "enroll.csv", "--failed", "failed.csv", "--columns", "line,item,outcome"];
    let assert = harness.command().args(enroll).assert().code(3);
    insta::assert_snapshot!(text(&assert.get_output().stdout));
    let failed = fs::read_to_string(harness.home.path().join("failed.csv")).expect("a file");
    assert_eq!(failed, format!("user,module\n{MANAGER},NOWHERE\nnobody,PHONE-110\nnobody,\n"));
    harness.run(&["lms", "groups", "create", "G"]);
    let members = format!("{{\"user\":\"{MANAGER}\"}}\n{{\"user\":\"nobody\"}}\n{{\"usr\":\"x\"}}\n");
    let mut command = harness.command();
    command.args(["lms", "groups", "add", "G", "--from", "-", "--input-format", "jsonl", "--output", "jsonl"]);
    let assert = command.write_stdin(members.clone()).assert().code(3);
    let words: Vec<String> = text(&assert.get_output().stdout)
        .lines()
        .map(|line| {
            serde_json::from_str::<Value>(line).expect("JSON")["outcome"].as_str().unwrap_or_default().to_owned()
        })
        .collect();
    assert_eq!(words, ["accepted", "rejected", "invalid"]);
    let before = harness.sandbox.requests().total();
    let dry = ["lms", "groups", "remove", "G", "--from", "-", "--input-format", "jsonl", "--dry-run"];
    harness.command().args(dry).write_stdin(members).assert().code(3);
    assert_eq!(harness.sandbox.requests().total(), before);
}

#[test]
fn a_row_with_a_warning_is_accepted() {
    let harness = harness(30);
    harness.file("training.csv", &format!("Action,RecordID,UserId,Title,Duration\nA,R1,{MANAGER},First aid,2\n"));
    let (rows, told) = import(&harness, &["--from", "training.csv", "--failed", "failed.csv"], 0);
    assert_eq!(words(&rows), ["warned"]);
    assert!(told.contains("1 warned"), "{told}");
    let failed = fs::read_to_string(harness.home.path().join("failed.csv")).expect("a file");
    assert_eq!(failed, "Action,RecordID,UserId,Title,Duration\n");
}

#[test]
fn rows_are_judged_by_a_report_without_a_last_line_and_by_one_with_blank_reasons() {
    const ROUTE: &str = "POST /contentHandler/externalTrainingCsv";
    let header = r#""Action","RecordID","UserId","Title","EndDate","Status""#;
    let row =
        |id: &str, user: &str, reason: &str| format!(r#""A","{id}","{user}","First aid","2026-01-31","4","{reason}""#);
    let no_user = "There is no user of this UserId.";
    let refused = format!("The following rows could not be processed.\n{header}\n{}", row("R2", "nobody", no_user));
    let rows = [row("R1", "a.roe", ""), row("R2", "nobody", no_user), row("R3", "b.roe", "")].join("\n");
    let every_row = format!("These rows have been processed.\n{header}\n{rows}\n");
    for report in [refused.clone(), refused + "\n", every_row] {
        let service = Scripted::new(Script::from([(ROUTE, vec![(200, json!(report))])]));
        let file = "Action,RecordID,UserId,Title,EndDate,Status\nA,R1,a.roe,First aid,2026-01-31,4\n\
                    A,R2,nobody,First aid,2026-01-31,4\nA,R3,b.roe,First aid,2026-01-31,4\n";
        fs::write(service.home.path().join("x.csv"), file).expect("written");
        let import = ["--system-key", "k", "lms", "import-csv", "external-training", "--from", "x.csv"];
        let assert = service.command(&import).args(["--output", "csv"]).assert().code(3);
        assert_eq!(
            text(&assert.get_output().stdout),
            format!("line,item,outcome,reason\n2,R1,accepted,\n3,R2,rejected,{no_user}\n4,R3,accepted,\n"),
            "{report}"
        );
        assert_eq!(service.routes(), [ROUTE]);
    }
}

#[test]
#[cfg(unix)]
fn ctrl_c_while_waiting_for_rows_saves_all_rows_that_were_not_accepted() {
    use std::io::Write as _;
    use std::process::Stdio;

    let harness = harness(30);
    let mut command = program();
    command.env_clear().env("HOME", harness.home.path()).current_dir(harness.home.path());
    command.args([
        "--base-url",
        &harness.sandbox.lms_url(),
        "--system-key",
        harness.sandbox.credentials().lms_system_key,
    ]);
    command.args(["lms", "import-csv", "external-training", "--from", "-", "--failed", "failed.csv"]);
    command.args(["--chunk-size", "1", "--output", "jsonl"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("started");
    let mut stdin = child.stdin.take().expect("piped");
    // More than the read buffer, so that the first rows are sent before the end of the input.
    let rows: String = (0..1000).map(|it| format!("A,R{it},nobody,First aid\n")).collect();
    let file = format!("Action,RecordID,UserId,Title\n{rows}");
    stdin.write_all(file.as_bytes()).expect("written");
    while harness.sandbox.requests().total() == 0 && child.try_wait().expect("a child").is_none() {
        std::thread::yield_now();
    }
    let kill = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(kill.is_ok_and(|status| status.success()));
    let code = child.wait().expect("ended").code();
    assert_eq!(code, Some(130));
    assert_eq!(fs::read_to_string(harness.home.path().join("failed.csv")).expect("a file"), file);
    assert_eq!(fs::read_dir(harness.home.path()).expect("the home").count(), 1);
    drop(stdin);
}
