//! The examples of the help: each works when it is pasted into a shell.
//!
//! An example with `--sandbox` runs unchanged. Other examples run with a sandbox in the environment and with the files that
//! they name; existing ids replace the placeholders for ids and people.
use std::collections::BTreeSet;
use std::io::{Read as _, Write as _};
use std::process::{Command, Stdio};

use crate::lms::MANAGER;
use crate::support::{Harness, default_signals, harness, text};

/// The number of people. Ids depend on it and on the seed.
const PEOPLE: u64 = 30;
/// The minimum number of examples, so that the search for them cannot fail unnoticed.
const MIN_EXAMPLES: usize = 90;

/// The examples of a command and its subcommands. A line that ends with a backslash continues on the next.
fn examples(command: &clap::Command, all: &mut Vec<String>) {
    let help = [command.get_after_help(), command.get_after_long_help()];
    let help = help.into_iter().flatten().map(ToString::to_string).collect::<Vec<_>>().join("\n");
    let help = help.replace("\\\n    ", "");
    let lines = help.lines().filter_map(|line| line.strip_prefix("  ")).filter(|line| line.starts_with("rosterkit "));
    all.extend(lines.map(str::to_owned));
    command.get_subcommands().for_each(|command| examples(command, all));
}

fn examples_of(names: &[&str]) -> Vec<String> {
    let mut all = Vec::new();
    let root = rosterkit_cli::command();
    root.get_subcommands().filter(|it| names.contains(&it.get_name())).for_each(|it| examples(it, &mut all));
    all.sort();
    all.dedup();
    all
}

/// The values of placeholders.
fn stand_ins(harness: &Harness) -> Vec<(&'static str, String)> {
    let id = |list: &serde_json::Value, index: usize, name: &str| list[index][name].as_str().expect("an id").to_owned();
    let users = harness.json(&["genesys", "users", "list", "--state", "any", "--limit", "2"]);
    let user = id(&users, 1, "id");
    let skills = harness.json(&["genesys", "skills", "list", &user]);
    let joined = harness.json(&["genesys", "queues", "list", &user, "--joined", "true"]);
    let other = harness.json(&["genesys", "queues", "list", &user, "--joined", "false"]);
    let activities = harness.json(&["genesys", "activities", "list", "--mine", "--type", "Coaching"]);
    let presences = harness.json(&["genesys", "presences", "list"]);
    let sources = harness.json(&["genesys", "presence-sources", "list"]);
    let synchronized = harness.json(&["sessions", "users", "--limit", "2"]);
    let people = harness.json(&["lms", "people", "search", "an", "--max", "2"]);
    let records = harness.json(&["lms", "records", "--on-behalf-of", MANAGER]);
    let languages = harness.json(&["genesys", "languages", "list", &user]);
    vec![
        ("ACTIVITY_ID", id(&activities, 0, "id")),
        ("LANGUAGE_ID", id(&languages, 0, "id")),
        ("OTHER_QUEUE_ID", id(&other, 0, "id")),
        ("OTHER_REMOTE_ID", id(&synchronized, 1, "remoteId")),
        ("OTHER_SKILL_ID", id(&skills, 1, "id")),
        ("PRESENCE_ID", id(&presences, 0, "id")),
        ("QUEUE_ID", id(&joined, 0, "id")),
        ("RECORD_ID", id(&records, 0, "id")),
        ("REMOTE_ID", id(&synchronized, 0, "remoteId")),
        ("SESSION_USER_ID", id(&synchronized, 0, "id")),
        ("SKILL_ID", id(&skills, 0, "id")),
        ("SOURCE_ID", id(&sources, 0, "id")),
        ("USER_ID", user.clone()),
        ("ID", user),
        ("FIRST-AID", "PHONE-110".to_owned()),
        ("S-1", "PHONE-110-S3".to_owned()),
        ("a.roe", MANAGER.to_owned()),
        ("b.doe", id(&people, 0, "id")),
        ("m.sample", id(&people, 1, "id")),
        // A port that is free on every machine, and a program that exists on every machine.
        ("8080", "0".to_owned()),
        ("man -l -", "cat".to_owned()),
    ]
}

/// Replaces whole words.
fn put(text: &str, stand_ins: &[(&'static str, String)]) -> String {
    let is_part = |it: char| it.is_ascii_alphanumeric() || "_.".contains(it);
    stand_ins.iter().fold(text.to_owned(), |text, (word, instead)| {
        let mut made = String::new();
        let mut rest = text.as_str();
        while let Some(at) = rest.find(word) {
            let (before, after) = (&rest[..at], &rest[at + word.len()..]);
            let is_word = !before.ends_with(is_part) && !after.starts_with(is_part);
            made.extend([before, if is_word { instead } else { word }]);
            rest = after;
        }
        made + rest
    })
}

/// Writes the files that an example names.
fn files(harness: &Harness, example: &str, stand_ins: &[(&'static str, String)]) {
    let of_sessions = example.contains(" sessions ");
    if (example.contains(" sync ") && !example.contains(" sync init ")) || example.contains(" --for-sync ") {
        harness.file("rosterkit-sync.toml", crate::sync::PEOPLE);
    }
    if example.contains("course.zip") {
        std::fs::write(harness.home.path().join("course.zip"), course()).expect("written");
    }
    for (name, content) in [
        (
            "accounts.jsonl",
            "{\"id\": \"x.sample\", \"given\": \"X\", \"family\": \"Sample\", \"status\": \"active\"}\n".to_owned(),
        ),
        ("confirmed.csv", "flow,source_id\npeople,ID\n".to_owned()),
        ("change.json", "{\"title\": \"Agent\", \"version\": 1}".to_owned()),
        ("changes.csv", "id,title\nID,Agent\n".to_owned()),
        ("changes.jsonl", "{\"id\": \"ID\", \"title\": \"Agent\"}\n".to_owned()),
        ("courses.csv", "Login,Course\na.roe,FIRST-AID\n".to_owned()),
        ("enrollments.csv", "user,module\na.roe,FIRST-AID\n".to_owned()),
        ("history.csv", "USERID,LEARNINGID,STUDENTSTATUS\na.roe,FIRST-AID,Completed\n".to_owned()),
        ("key.txt", "a key\n".to_owned()),
        ("leavers.csv", if of_sessions { "remoteId\nREMOTE_ID\n" } else { "id\nID\n" }.to_owned()),
        ("members.csv", "user\nb.doe\n".to_owned()),
        ("people.csv", "id\nID\n".to_owned()),
        (
            "query.json",
            "{\"interval\": \"2024-12-02T00:00Z/2024-12-03T00:00Z\", \"metrics\": [\"tSystemPresence\"]}".to_owned(),
        ),
        ("search.json", "{\"query\": [{\"type\": \"EXACT\", \"fields\": [\"name\"], \"value\": \"x\"}]}".to_owned()),
        (
            "staff.csv",
            "Number;First Name;Last Name;E-mail;Job Title;Status\nr-1;A;Roe;a.roe@example.com;Agent;A\n".to_owned(),
        ),
        // For the caller: the sandbox of an example with `--sandbox` has other people.
        ("training.csv", "Action,RecordID,UserId,Title\nA,R1,integration,First aid\n".to_owned()),
        ("user.json", "{\"name\": \"Roe, A.\", \"email\": \"roe@example.com\"}".to_owned()),
        ("users.jsonl", "{\"remoteId\": \"r-1\", \"firstName\": \"Sample\", \"lastName\": \"Person\"}\n".to_owned()),
        (
            "users.csv",
            match of_sessions {
                true => "remoteId,firstName,lastName,active\nr-1,Sample,Person,true\n",
                false => "name,email\nSample Person,sample.person@example.com\n",
            }
            .to_owned(),
        ),
    ] {
        if example.contains(name) {
            harness.file(name, &put(&content, stand_ins));
        }
    }
}

/// An empty content package.
fn course() -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    archive.start_file("imsmanifest.xml", zip::write::SimpleFileOptions::default()).expect("a file");
    archive.write_all(b"<manifest identifier=\"SAMPLE-1\"/>").expect("written");
    archive.finish().expect("an archive").into_inner()
}

/// Prepares the sandbox for an example, and replaces its placeholders.
fn ready(harness: &Harness, example: &str, stand_ins: &[(&'static str, String)]) -> String {
    files(harness, example, stand_ins);
    let mut example = put(example, stand_ins);
    if example.contains("lms groups ") && !example.contains(" create ") {
        harness.run(&["lms", "groups", "create", "Safety officers"]);
    }
    if example.contains("--version 3") {
        let user = &stand_ins.iter().find(|(word, _)| *word == "ID").expect("a user").1;
        for title in ["title=First", "title=Second"] {
            harness.run(&["genesys", "users", "update", user, "--set", title]);
        }
    }
    if example.contains("users get --key name")
        || example.contains("users get sample.person@")
        || example.contains("users update sample.person@")
    {
        let new = ["--set", "name=Sample Person", "--set", "email=sample.person@example.com"];
        harness.run(&[&["genesys", "users", "create"], &new[..]].concat());
    }
    if example.contains("users restore --email") {
        let new = ["--set", "name=Sample Person", "--set", "email=sample.person@example.com"];
        let user = harness.json(&[&["genesys", "users", "create"], &new[..]].concat());
        harness.run(&["genesys", "users", "delete", user["id"].as_str().expect("an id")]);
    } else if example.contains("users restore") || example.contains("--state deleted") {
        let user = &stand_ins.iter().find(|(word, _)| *word == "ID").expect("a user").1;
        harness.run(&["genesys", "users", "delete", user]);
    }
    if example.contains("JOB_ID") {
        let run = ["genesys", "jobs", "run", "details", "--interval", "2024-12-02/2024-12-03", "--keep"];
        let assert = harness.command().args(run).assert().success();
        let told = text(&assert.get_output().stderr);
        let job = told.split_whitespace().skip_while(|word| *word != "--resume").nth(1).expect("an id");
        example = put(&example, &[("JOB_ID", job.to_owned())]);
    }
    if example.contains("AWARD_ID") {
        let list = ["lms", "export", "certificates", "--on-behalf-of", MANAGER, "--out", "c", "--output", "json"];
        let awards: serde_json::Value = serde_json::from_str(&harness.run(&list)).expect("JSON");
        example = put(&example, &[("AWARD_ID", awards[0]["award"].as_str().expect("an award").to_owned())]);
    }
    // The state of runs against the embedded sandbox is in a file of its own.
    let sandbox: &[&str] = if example.contains(" --sandbox ") { &["--sandbox"] } else { &[] };
    if [" sync apply", " sync adopt"].into_iter().any(|command| example.contains(command)) {
        harness.run(&[sandbox, &["sync", "plan", "--out", "plan.json"]].concat());
    }
    if [" sync forget", " sync history", " sync show", " sync status"].into_iter().any(|it| example.contains(it)) {
        harness.run(&[sandbox, &["sync", "run"]].concat());
    }
    if example.contains(" profile ") && !example.contains(" add ") {
        let base = format!("genesys.base_url={}", harness.sandbox.genesys_url());
        let token = "genesys.token=env:GENESYSCLOUD_ACCESS_TOKEN";
        harness.run(&["profile", "add", "work", "--set", &base, "--secret", token]);
    }
    if example.contains(" login") || example.contains(" logout") {
        let base = harness.sandbox.genesys_url();
        let settings = [
            format!("genesys.base_url={base}"),
            format!("genesys.login_url={}", harness.sandbox.login_url()),
            format!("genesys.client_id={}", harness.sandbox.credentials().genesys_public_client_id),
        ];
        let [base_url, login_url, client_id] = &settings;
        harness.run(&["profile", "add", "work", "--set", base_url, "--set", login_url, "--set", client_id]);
        example = put(&example, &[("CLIENT_ID", harness.sandbox.credentials().genesys_public_client_id.to_owned())]);
        example = example.replace("--region eu-west-1", &format!("--base-url {base}"));
    }
    if example.contains(" login") {
        // Not the key ring of whoever runs the tests.
        let store = if example.contains("--no-key-ring") { "" } else { " --no-key-ring" };
        example += &format!("{store} --port {}", crate::login::free_port());
    }
    if example.contains(" completions ") {
        for folder in [".local/share/bash-completion/completions", ".zfunc", ".config/fish/completions"] {
            std::fs::create_dir_all(harness.home.path().join(folder)).expect("a folder");
        }
    }
    example
}

/// The commands without an example for the embedded sandbox, and why.
const WITHOUT_SANDBOX: [(&str, &str); 16] = [
    ("completions", NO_SERVICE),
    ("genesys users restore", "a new sandbox has no deleted user"),
    ("lms groups delete", "a new sandbox has no group"),
    ("logout", "it is about a profile"),
    ("man", NO_SERVICE),
    ("ops", NO_SERVICE),
    ("ops show", NO_SERVICE),
    ("profile add", NO_SERVICE),
    ("profile check", "it is about addresses and credentials of services"),
    ("profile list", NO_SERVICE),
    ("profile remove", NO_SERVICE),
    ("profile use", NO_SERVICE),
    ("sandbox", "it is one"),
    ("sync apply", "a plan is for the sandbox that it was made with"),
    ("sync init", NO_SERVICE),
    ("sync schema", NO_SERVICE),
];
const NO_SERVICE: &str = "it calls no service";

/// Adds the commands that can be run and have no example of their own with `--sandbox` and without placeholders.
fn without_sandbox(
    command: &clap::Command,
    path: &str,
    is_whole: &impl Fn(&str) -> bool,
    found: &mut BTreeSet<String>,
) {
    for below in command.get_subcommands() {
        let path = format!("{path} {}", below.get_name());
        let mut own = Vec::new();
        examples(&below.clone().mut_subcommands(|it| it.after_help("").after_long_help("")), &mut own);
        let works = |example: &String| {
            example.contains(" --sandbox ") && format!("{example} ").contains(&format!("{path} ")) && is_whole(example)
        };
        if !below.is_subcommand_required_set() && !own.iter().any(works) {
            found.insert(path.trim_start().to_owned());
        }
        without_sandbox(below, &path, is_whole, found);
    }
}

/// That the examples exit with 0 is what the tests of all examples check.
#[test]
fn every_verb_has_an_example_for_the_embedded_sandbox_without_placeholders() {
    let stand_ins = stand_ins(&harness(PEOPLE));
    let mut found = BTreeSet::new();
    without_sandbox(&rosterkit_cli::command(), "", &|example| put(example, &stand_ins) == example, &mut found);
    let listed: BTreeSet<String> = WITHOUT_SANDBOX.iter().map(|(command, _)| (*command).to_owned()).collect();
    assert_eq!(found, listed, "give each verb such an example, or list it with the reason");
}

/// Runs an example in a shell; an error describes what failed.
fn paste(example: &str, stand_ins: &[(&'static str, String)]) -> Result<(), String> {
    let harness = harness(PEOPLE);
    let pasted = ready(&harness, example, stand_ins);
    let binary = assert_cmd::cargo::cargo_bin!("rosterkit");
    let path = format!("{}:/usr/bin:/bin", binary.parent().expect("a folder").display());
    let mut shell = Command::new("/bin/sh");
    shell.env_clear().envs(harness.environment()).env("HOME", harness.home.path()).env("PROFILE", "profile.ps1");
    shell.env("PATH", path).current_dir(harness.home.path()).stdin(Stdio::null());
    let output = if pasted.starts_with("rosterkit sandbox ") {
        // It runs until it is interrupted, as its output says.
        let signals = default_signals().unwrap_or_default().join(" ");
        shell.args(["-c", &format!("exec {signals} {pasted}")]).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = shell.spawn().map_err(|error| error.to_string())?;
        let read = child.stdout.as_mut().expect("piped").read_exact(&mut [0]);
        let kill = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
        let output = child.wait_with_output().map_err(|error| error.to_string())?;
        read.and(kill.map(drop)).map_err(|error| format!("{example}: {error}\n{}", text(&output.stderr)))?;
        output
    } else if pasted.contains(" login ") {
        // It waits for a browser.
        shell.args(["-c", &format!("exec {pasted}")]).stdout(Stdio::piped());
        crate::login::signed_in(shell, "").0
    } else {
        shell.args(["-c", &pasted]).output().map_err(|error| error.to_string())?
    };
    match output.status.success() {
        true => Ok(()),
        false => Err(format!("{pasted}\n  {:?}: {}", output.status.code(), text(&output.stderr))),
    }
}

fn all_work(examples: &[String]) {
    assert!(!examples.is_empty());
    let stand_ins = stand_ins(&harness(PEOPLE));
    let wrong: Vec<String> = examples.iter().filter_map(|example| paste(example, &stand_ins).err()).collect();
    assert!(wrong.is_empty(), "{} of {} examples:\n{}", wrong.len(), examples.len(), wrong.join("\n"));
}

const GENESYS: &[&str] = &["genesys"];
const LMS: &[&str] = &["lms"];
const SESSIONS: &[&str] = &["sessions"];
const SYNC: &[&str] = &["sync"];
const OTHERS: &[&str] = &["call", "completions", "doctor", "login", "logout", "man", "ops", "profile", "sandbox"];

#[test]
fn examples_of_genesys_work() {
    all_work(&examples_of(GENESYS));
}

#[test]
fn examples_of_the_lms_work() {
    all_work(&examples_of(LMS));
}

#[test]
fn examples_of_sessions_work() {
    all_work(&examples_of(SESSIONS));
}

#[test]
fn examples_of_sync_work() {
    all_work(&examples_of(SYNC));
}

#[test]
fn examples_of_all_other_commands_work() {
    all_work(&examples_of(OTHERS));
}

#[test]
fn examples_of_the_main_help_work_and_all_examples_are_found() {
    let (mut all, root) = (Vec::new(), rosterkit_cli::command());
    examples(&root, &mut all);
    let mut rest: Vec<String> = all.clone();
    rest.retain(|example| {
        ![GENESYS, LMS, SESSIONS, SYNC, OTHERS].iter().any(|names| examples_of(names).contains(example))
    });
    all_work(&rest);
    all.sort();
    all.dedup();
    assert!(all.len() >= MIN_EXAMPLES, "{}: {all:#?}", all.len());
}
