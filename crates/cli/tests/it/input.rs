//! Items from files as spreadsheets and data frames write them, with columns of any name.

use std::fs;

use serde_json::{Value, json};

use crate::support::{Harness, bare, harness, text};

/// The outcomes, requests and reasons of a dry run, and what it tells.
fn dry_run(content: &[u8], arguments: &[&str], code: i32) -> (Vec<Value>, String) {
    let home = tempfile::tempdir().expect("a home");
    fs::write(home.path().join("x.csv"), content).expect("written");
    let mut command = bare(&home);
    command.args(arguments).args(["--from", "x.csv", "--dry-run", "--output", "jsonl"]);
    let assert = command.assert().code(code);
    let output = assert.get_output();
    let rows = text(&output.stdout).lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    (rows, text(&output.stderr))
}

#[test]
fn rows_of_commas_and_columns_without_names_are_no_items() {
    let file = b"remoteId,firstName,lastName,active,,\r\nr-1,A,B,TRUE,,\r\n,,,,,\r\n";
    let (rows, told) = dry_run(file, &["sessions", "upsert"], 0);
    assert_eq!(rows.len(), 1, "{told}");
    assert_eq!((&rows[0]["outcome"], &rows[0]["request"]["active"]), (&json!("valid"), &json!(true)));
}

#[test]
fn a_misspelled_column_is_an_error_and_nothing_is_sent() {
    let harness = harness(3);
    let upsert = ["sessions", "upsert", "--from", "x.csv"];
    for (column, expected) in [("actve", "did you mean `active`?"), ("Active", "did you mean `active`?")] {
        harness.file("x.csv", &format!("remoteId,firstName,lastName,{column}\nr-1,A,B,false\n"));
        let assert = harness.command().args(upsert).assert().code(2);
        let told = text(&assert.get_output().stderr);
        assert!(told.contains(&format!("unknown column `{column}`; {expected}")), "{told}");
        assert!(told.contains("--on-unknown-column ignore"), "{told}");
    }
    assert_eq!(harness.sandbox.requests().total(), 0);
    let assert = harness.command().args(upsert).args(["--on-unknown-column", "ignore"]).assert().success();
    assert!(text(&assert.get_output().stderr).contains("ignored columns: Active"));
}

#[test]
fn whole_numbers_of_data_frames_are_whole_numbers() {
    let (rows, told) = dry_run(b"id,version,title\nU1,3.0,Agent\n", &["genesys", "users", "update"], 0);
    assert_eq!(rows[0]["request"], json!({ "id": "U1", "version": 3, "title": "Agent" }), "{told}");
    let (rows, _) = dry_run(b"id,version,title\nU1,3.5,Agent\n", &["genesys", "users", "update"], 3);
    assert_eq!(rows[0]["reason"], "column `version`: expected a whole number");
}

#[test]
fn every_verb_refuses_unknown_columns_and_speaks_of_columns() {
    for (verb, header, row, unknown) in [
        (&["genesys", "users", "create"][..], "name,email", "N,n@example.com", "emial"),
        (&["genesys", "users", "update"], "id,title", "u-1,Agent", "titel"),
        (&["genesys", "users", "delete"], "id,name", "u-1,N", "nmae"),
        (&["lms", "enroll"], "user,module", "a.roe,M-1", "modul"),
        (&["lms", "groups", "add", "G"], "user", "a.roe", "usr"),
        (&["lms", "groups", "remove", "G"], "assignmentCode", "C-1", "assignment-code"),
        (&["lms", "import-csv", "external-training"], "Action,UserId,Title", "A,a.roe,First aid", "Titel"),
        (&["lms", "import-csv", "training-history"], "USERID,LOTITLE", "a.roe,First aid", "STUDENTSTAT"),
        (&["sessions", "upsert"], "remoteId", "r-1", "remoteid"),
        (&["sessions", "deactivate"], "remoteId,firstName", "r-1,A", "remoteIdd"),
    ] {
        let file = format!("{header},{unknown},,\n{row},x,,\n,,,,\n");
        let (_, told) = dry_run(file.as_bytes(), verb, 2);
        assert!(told.contains(&format!("unknown column `{unknown}`; did you mean `")), "{verb:?}: {told}");
        let ignore = [verb, &["--on-unknown-column", "ignore"]].concat();
        let (rows, told) = dry_run(file.as_bytes(), &ignore, 0);
        assert_eq!(rows.len(), 1, "{verb:?}: {told}");
        assert!(told.contains(&format!("ignored columns: {unknown}")), "{verb:?}: {told}");
        // The same columns, in another order and encoding, under other names.
        let map = header.split(',').enumerate().map(|(index, name)| format!("{name}=Column {index} ä"));
        let map = map.collect::<Vec<_>>().join(",");
        let names: Vec<String> = (0..header.split(',').count()).map(|index| format!("Column {index} ä")).collect();
        let foreign = format!("{}\t\n{}\t\n\t\t\n", names.join("\t"), row.replace(',', "\t"));
        let foreign: Vec<u8> = [0xfeff].into_iter().chain(foreign.encode_utf16()).flat_map(u16::to_le_bytes).collect();
        let mapped = [verb, &["--delimiter", "tab", "--map", &map]].concat();
        let (again, told) = dry_run(&foreign, &mapped, 0);
        assert_eq!(again[0]["request"], rows[0]["request"], "{verb:?}: {told}");
        assert_eq!((again.len(), &again[0]["outcome"]), (1, &rows[0]["outcome"]), "{verb:?}: {told}");
    }
}

#[test]
fn fields_of_a_site_are_sent_on_request_and_only_where_the_service_allows_them() {
    let file = b"remoteId,site,region:json\nr-1,Vienna,\"{\"\"id\"\":7}\"\n";
    let send = ["--on-unknown-column", "send"];
    let (rows, _) = dry_run(file, &[&["sessions", "upsert"][..], &send].concat(), 0);
    assert_eq!(rows[0]["request"], json!({ "remoteId": "r-1", "site": "Vienna", "region": { "id": 7 } }));
    let (_, told) = dry_run(b"id,title,site\nu-1,Agent,x\n", &[&["genesys", "users", "update"][..], &send].concat(), 2);
    assert!(told.contains("unknown column `site`"), "{told}");
}

#[test]
fn a_list_of_users_is_input_of_the_verbs_that_need_their_ids() {
    let harness = harness(3);
    // Keys of users stay, since they can name them.
    for (list, verb, left_out) in [
        (&["genesys", "users", "list", "--state", "any"][..], &["genesys", "users", "delete"][..], "version"),
        (&["sessions", "users"], &["sessions", "deactivate"], "name"),
    ] {
        let listed = harness.run(&[list, &["--output", "csv"]].concat());
        harness.file("users.csv", &listed);
        let dry = harness.run(&[verb, &["--from", "users.csv", "--dry-run", "--output", "jsonl"]].concat());
        assert_eq!(dry.lines().count(), listed.lines().count() - 1, "{dry}");
        assert!(dry.lines().all(|line| line.contains("\"valid\"") && !line.contains(left_out)), "{dry}");
    }
}

/// Runs a verb twice with the same options: over the input, and over its file of failed items.
fn failed_again(harness: &Harness, content: &[u8], name: &str, options: &[&str]) -> [Vec<u8>; 2] {
    let path = |name: &str| harness.home.path().join(name);
    fs::write(path(name), content).expect("written");
    let mut files = Vec::new();
    let failed = format!("failed-{name}");
    for from in [name, failed.as_str()] {
        let mut command = harness.command();
        command.args(["sessions", "upsert", "--from", from, "--failed", &failed]).args(options);
        command.assert().code(3);
        files.push(fs::read(path(&failed)).expect("a file"));
    }
    files.try_into().expect("two runs")
}

#[test]
fn the_file_of_failed_items_is_read_with_the_same_options() {
    let harness = harness(3);
    let file = "Number;First Name;Last Name;Status\r\nr-1;Zoë;Roe;A\r\n;Zoë;;A\r\n;;;\r\n;Ünal\r\n";
    let failed = "Number;First Name;Last Name;Status\n;Zoë;;A\n;Ünal\n";
    let utf_16 = |text: &str| text.encode_utf16().flat_map(u16::to_be_bytes).collect::<Vec<u8>>();
    let marked = |text: &str| utf_16(&format!("\u{feff}{text}"));
    let western = |text: &str| text.chars().map(|it| it as u32 as u8).collect::<Vec<u8>>();
    let map = ["--map", "remoteId=Number,firstName=First Name,lastName=Last Name,active=:Status == 'A'"];
    let options = [&["--delimiter", ";"][..], &map].concat();
    for (encoding, content, expected) in [
        (&[][..], file.as_bytes().to_vec(), failed.as_bytes().to_vec()),
        (&[], marked(file), marked(failed)),
        (&["--encoding", "utf-16be"], utf_16(file), utf_16(failed)),
        (&["--encoding", "windows-1252"], western(file), western(failed)),
    ] {
        let [first, second] = failed_again(&harness, &content, "people.csv", &[&options[..], encoding].concat());
        assert_eq!((&first, &second), (&expected, &expected), "{encoding:?}");
    }
    let lines = "{\"Number\":\"r-2\",\"firstName\":\"A\",\"lastName\":\"B\"}\n{\"Nmber\":\"r-3\"}\n";
    let [first, second] = failed_again(&harness, lines.as_bytes(), "people.jsonl", &["--map", "remoteId=Number"]);
    assert_eq!((text(&first).as_str(), &second), ("{\"Nmber\":\"r-3\"}\n", &first));
    let users = harness.json(&["sessions", "users", "--all"]);
    let of = |id: &str| users.as_array().and_then(|users| users.iter().find(|user| user["remoteId"] == id)).cloned();
    assert_eq!(of("r-1").map(|user| user["firstName"].clone()), Some(json!("Zoë")));
    assert!(of("r-2").is_some());
}

#[test]
fn a_row_that_may_be_cut_off_is_invalid_also_in_the_file_of_failed_items() {
    let harness = harness(0);
    for options in [&[][..], &["--map", "firstName={firstName}"]] {
        let file = "remoteId,firstName,lastName\nr-1,A,B\nr-3,A";
        let [first, second] = failed_again(&harness, file.as_bytes(), "people.csv", options);
        assert_eq!((text(&first).as_str(), &second), ("remoteId,firstName,lastName\nr-3,A", &first), "{options:?}");
    }
    let (rows, _) = dry_run(b"remoteId,firstName\nr-3", &["sessions", "upsert"], 3);
    assert!(rows[0]["reason"].as_str().is_some_and(|reason| reason.ends_with("the file may be cut off")), "{rows:?}");
    let users = harness.json(&["sessions", "users", "--all"]);
    let ids: Vec<_> = users.as_array().into_iter().flatten().map(|user| user["remoteId"].clone()).collect();
    assert_eq!(ids, ["r-1"]);
}

#[test]
fn options_of_columns_need_a_file_and_are_checked() {
    let harness = harness(0);
    harness.file("x.csv", "id;title\nu-1;Agent\n");
    for option in [["--map", "id=x"], ["--delimiter", ";"], ["--encoding", "utf-8"], ["--on-unknown-column", "ignore"]]
    {
        let assert = harness.command().args(["genesys", "users", "delete", "u-1"]).args(option).assert().code(2);
        assert!(text(&assert.get_output().stderr).contains("--from"), "{option:?}");
    }
    let update = ["genesys", "users", "update", "--from", "x.csv"];
    for (option, expected) in [
        (&[][..], "the columns are separated by `;`: give --delimiter ';'"),
        (&["--delimiter", ":"], "expected `,`, `;`, `|` or `tab`"),
        (&["--map", "id"], "expected FIELD=COLUMN"),
        (&["--map", "title=:lowr(x)", "--delimiter", ";"], "did you mean `lower`?"),
        (&["--map", "title=Titel", "--delimiter", ";"], "the file has no column `Titel`; did you mean `title`?"),
    ] {
        let told = text(&harness.command().args(update).args(option).assert().code(2).get_output().stderr);
        assert!(told.contains(expected), "{option:?}: {told}");
    }
    assert_eq!(harness.sandbox.requests().total(), 0);
}
