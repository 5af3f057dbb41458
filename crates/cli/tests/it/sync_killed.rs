//! `sync run` killed with SIGKILL in the middle: the same command brings all sides in step, and does nothing twice.

use std::collections::BTreeSet;
use std::fs;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use genesys_users::types::{CreateUser, UpdateUser, UserStateValue};
use rosterkit_sync::state::{State, ledger};
use serde_json::Value;

use crate::support::{Harness, harness, program};

/// How many points of a run are tried.
const POINTS: u64 = 20;

/// How long a run may take; the machine may be busy.
const RUN_LIMIT: Duration = Duration::from_secs(600);

/// People become session users, and completions become training records.
const FLOWS: &str = r#"
[lms]
time_zone = "Europe/Berlin"

[[flow]]
name = "people"
from = "genesys-users"
to = "session-users"

[flow.fields]
remoteId = "id"
firstName = "split_name_first(name)"
lastName = "default(split_name_rest(name), 'Unknown')"

[flow.removals]
policy = "deactivate"

[flow.limits]
removals = { max = 1000, max_percent = 50 }

[[flow]]
name = "accounts"
from = "genesys-users"
to = "lms-users"

[flow.identity]
match = ["email"]

[[flow]]
name = "training"
from = "session-completions"
to = "lms-external-training"

[flow.completions]
since = "2024-01-01"
identities = "accounts"
"#;

fn synced(people: u64) -> Harness {
    let harness = harness(people);
    harness.file("rosterkit-sync.toml", FLOWS);
    harness
}

/// What the services hold: session users and training records, in an order of their own.
#[derive(Debug, PartialEq)]
struct Held {
    users: Vec<String>,
    records: Vec<String>,
}

fn held(harness: &Harness) -> Held {
    let rows = |arguments: &[&str], columns: &[&str]| {
        let listed = harness.json(arguments);
        let mut rows: Vec<String> = listed
            .as_array()
            .expect("a list")
            .iter()
            .map(|row| columns.iter().map(|column| row[column].to_string()).collect::<Vec<_>>().join(" "))
            .collect();
        rows.sort();
        rows
    };
    Held {
        users: rows(&["sessions", "users", "--all"], &["remoteId", "firstName", "lastName", "active"]),
        records: rows(&["lms", "export", "records"], &["id", "userId", "endDate", "overallStatus"]),
    }
}

/// Starts `sync run`.
fn start(harness: &Harness) -> Child {
    let mut command = program();
    command.env_clear().envs(harness.environment()).env("HOME", harness.home.path()).current_dir(harness.home.path());
    command.args(["sync", "run"]).stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().expect("started")
}

/// Waits for the end of a run, or until it is to be killed: then it is, with SIGKILL, so that nothing of the process runs
/// afterwards. Returns the exit code; `None` if it was killed.
fn end_or_kill(mut child: Child, is_to_be_killed: impl Fn() -> bool) -> Option<i32> {
    let started = Instant::now();
    loop {
        if let Some(status) = child.try_wait().expect("known") {
            return Some(status.code().expect("an exit code"));
        }
        let is_late = started.elapsed() > RUN_LIMIT;
        if is_late || is_to_be_killed() {
            child.kill().expect("killed");
            child.wait().expect("ended");
            assert!(!is_late, "the run did not end within {RUN_LIMIT:?}");
            return None;
        }
        std::thread::yield_now();
    }
}

/// Starts `sync run`, and kills it when the sandbox has got so many requests of it. The next one is held back until then.
/// Returns whether it was killed.
fn run_until(harness: &Harness, requests: u64) -> bool {
    let before = harness.sandbox.requests().total();
    harness.fault(&format!("*:delay=60s,skip={requests}"));
    let end = end_or_kill(start(harness), || harness.sandbox.requests().total() >= before + requests);
    harness.sandbox.clear_faults();
    end.is_none()
}

/// The services hold what they should, nothing is open, and nothing remains to be done.
fn assert_in_step(harness: &Harness, expected: &Held, context: &str) {
    assert_eq!(&held(harness), expected, "{context}");
    let status = harness.json(&["sync", "status"]);
    assert_eq!(status["effects_without_outcome"], 0, "{context}: {status}");
    let plan: Value = harness.json(&["sync", "plan", "--exit-code"]);
    let kinds = ["create", "update", "reactivate", "deactivate", "withdraw"];
    let writes: Vec<&Value> =
        plan.as_array().expect("a list").iter().filter(|row| kinds.iter().any(|kind| row["kind"] == *kind)).collect();
    assert_eq!(writes, Vec::<&Value>::new(), "{context}");
}

#[test]
fn after_a_kill_at_any_request_the_same_command_does_everything_once() {
    let (expected, requests) = {
        let harness = synced(40);
        let initial = held(&harness);
        let before = harness.sandbox.requests().total();
        harness.run(&["sync", "run"]);
        let requests = harness.sandbox.requests().total() - before;
        let expected = held(&harness);
        assert!(expected.users.len() > initial.users.len(), "there are more users");
        assert!(expected.records.len() > initial.records.len(), "there are more records");
        (expected, requests)
    };
    let mut killed = 0;
    for point in 0..POINTS {
        let at = 1 + point * requests / POINTS;
        let harness = synced(40);
        killed += u64::from(run_until(&harness, at));
        harness.run(&["sync", "run"]);
        assert_in_step(&harness, &expected, &format!("killed at request {at} of {requests}"));
    }
    assert!(killed > POINTS / 2, "{killed} of {POINTS} runs were killed");
}

/// The next number below `end`, by SplitMix64.
fn draw(state: &mut u64, end: u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mixed = (*state ^ (*state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (mixed ^ (mixed >> 31)) % end
}

/// A number from the environment.
fn setting(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok().filter(|text| !text.is_empty())?;
    Some(text.parse().unwrap_or_else(|_| panic!("invalid {name}: expected a whole number")))
}

/// The services and the state file as they are before a run, and what the run leads to.
struct Situation {
    name: &'static str,
    services: Value,
    state: Option<Vec<u8>>,
    expected: Held,
    requests: u64,
}

const STATE: &str = "rosterkit-sync.db";

impl Situation {
    /// Takes the situation that a harness is in, and lets it run to the end.
    fn take(name: &'static str, harness: &Harness) -> Self {
        let services = harness.sandbox.state().expect("a state");
        let state = fs::read(harness.home.path().join(STATE)).ok();
        let before = harness.sandbox.requests().total();
        harness.run(&["sync", "run"]);
        let requests = harness.sandbox.requests().total() - before;
        Self { name, services, state, expected: held(harness), requests }
    }

    fn return_to(&self, harness: &Harness) {
        harness.sandbox.clear_faults();
        harness.sandbox.restore(&self.services).expect("restored");
        for file in fs::read_dir(harness.home.path()).expect("a home") {
            let path = file.expect("a file").path();
            if path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(STATE)) {
                fs::remove_file(path).expect("removed");
            }
        }
        if let Some(state) = &self.state {
            fs::write(harness.home.path().join(STATE), state).expect("written");
        }
    }
}

/// Changes a twentieth of the Genesys users each: inactive, renamed, and new ones.
async fn change_people(harness: &Harness, people: u64) {
    let genesys = genesys_users::Client::builder()
        .base_url(harness.sandbox.genesys_url())
        .bearer(harness.sandbox.credentials().genesys_token)
        .rate_limit(rosterkit_core::RateLimit::unlimited())
        .build()
        .expect("a client");
    let mut listing = genesys.api().get_users().state("active").page_size(500).items();
    let mut ids = Vec::new();
    while let Some(user) = listing.next().await {
        ids.push(user.expect("a user").id.expect("an id"));
    }
    for (number, id) in ids.iter().step_by(10).enumerate() {
        let update = match number % 2 {
            0 => UpdateUser { state: UserStateValue::Inactive.into(), ..UpdateUser::default() },
            _ => UpdateUser { name: format!("Renamed Person {number}").into(), ..UpdateUser::default() },
        };
        genesys.users().patch_latest(id, |_| update.clone()).await.expect("changed");
    }
    for number in 0..people / 20 {
        let user = CreateUser {
            name: Some(format!("New Person {number}")),
            email: Some(format!("new{number}@example.com")),
            ..CreateUser::default()
        };
        genesys.users().create(user).await.expect("created");
    }
}

/// Faults of a point. Each ends after some requests, so that a run gets through at last.
fn faults(random: &mut u64) -> Vec<String> {
    let kinds =
        ["status=503,retry-after=0", "status=429,retry-after=0", "drop", "truncate", "expired-token", "delay=50ms"];
    let count = draw(random, 4);
    let fault = |random: &mut u64| {
        let kind = kinds[usize::try_from(draw(random, kinds.len() as u64)).expect("an index")];
        let (times, skip) = (1 + draw(random, 3), draw(random, 30));
        format!("*:{kind},times={times},skip={skip}")
    };
    (0..count).map(|_| fault(random)).collect()
}

/// The record ids of the ledger are those of the LMS, apart from the records that were there before.
async fn assert_ledger(harness: &Harness, initial: &BTreeSet<String>, context: &str) {
    let state = State::open(harness.home.path().join(STATE), "soak").await.expect("a state file");
    let read = |connection: &mut rosterkit_sync::state::Connection| {
        let mut records = BTreeSet::new();
        ledger::each_of_status(connection, "training", ledger::LedgerStatus::Accepted, |row| {
            records.insert(row.record_id);
            Ok(())
        })?;
        Ok(records)
    };
    let ledger = state.call(read).await.expect("a ledger");
    let held: BTreeSet<String> = record_ids(harness).difference(initial).cloned().collect();
    assert_eq!(ledger, held, "{context}: the ledger is not what the LMS has");
}

/// The export writes an id that begins with a digit as a name of XML: `_x0036_OI` is `6OI`.
fn decoded(id: &str) -> String {
    let code = id.strip_prefix("_x").and_then(|rest| rest.split_once('_'));
    let first = code.and_then(|(hex, rest)| Some((char::from_u32(u32::from_str_radix(hex, 16).ok()?)?, rest)));
    first.map_or_else(|| id.to_owned(), |(first, rest)| format!("{first}{rest}"))
}

/// The ids of all training records. None is there twice.
fn record_ids(harness: &Harness) -> BTreeSet<String> {
    let listed = harness.json(&["lms", "export", "records"]);
    let records = listed.as_array().expect("a list");
    let ids: BTreeSet<String> = records.iter().map(|record| decoded(record["id"].as_str().expect("an id"))).collect();
    assert_eq!(ids.len(), records.len(), "a record is there twice");
    ids
}

/// Two situations of many people, with a kill at each of many seeded points, and faults of the services: `make soak PART=sync`.
///
/// At half of the points the process is killed while a request of it is held back, and at the others wherever it is when the
/// sandbox has got so many requests. Some of the runs that follow are killed as well.
#[test]
#[ignore = "takes long: make soak PART=sync"]
fn soak() {
    let seed = setting("SOAK_SEED").unwrap_or_else(|| u64::from(std::process::id()));
    let points = setting("SOAK_POINTS").unwrap_or(200);
    let people = setting("SOAK_PEOPLE").unwrap_or(2_000);
    let limit = Duration::from_secs(60 * setting("SOAK_MINUTES").unwrap_or(120));
    println!("sync soak: {points} points, {people} people, SOAK_SEED={seed}, at most {} minutes", limit.as_secs() / 60);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let started = Instant::now();
    let harness = synced(people);
    let initial = record_ids(&harness);
    let new = Situation::take("everybody is new", &harness);
    runtime.block_on(change_people(&harness, people));
    let changed = Situation::take("some have changed", &harness);

    let mut random = seed;
    let (mut killed, mut runs, mut struck) = (0_u64, 0_u64, 0_u64);
    for point in 0..points {
        assert!(started.elapsed() < limit, "SOAK_SEED={seed}: the time is over after {point} of {points} points");
        let situation = if point % 2 == 0 { &new } else { &changed };
        situation.return_to(&harness);
        let faults = faults(&mut random);
        let at = 1 + draw(&mut random, situation.requests);
        let is_held = draw(&mut random, 2) == 0;
        let again = (draw(&mut random, 3) == 0).then(|| 1 + draw(&mut random, situation.requests));
        let context = format!(
            "SOAK_SEED={seed}, point {point}, {}, faults {faults:?}, killed at request {at}{}{}",
            situation.name,
            if is_held { ", held back" } else { "" },
            again.map(|at| format!(" and again at {at}")).unwrap_or_default()
        );
        struck += u64::from(!faults.is_empty());
        faults.iter().for_each(|fault| harness.fault(fault));
        if is_held {
            harness.fault(&format!("*:delay=60s,skip={at},times=1"));
        }
        let kill_at = |requests: u64| {
            let before = harness.sandbox.requests().total();
            end_or_kill(start(&harness), || harness.sandbox.requests().total() >= before + requests)
        };
        killed += u64::from(kill_at(at).is_none());
        runs += 1;
        if is_held {
            // A run that ended before has left it.
            harness.sandbox.clear_faults();
            faults.iter().for_each(|fault| harness.fault(fault));
        }
        if let Some(again) = again {
            killed += u64::from(kill_at(again).is_none());
            runs += 1;
        }
        // Each fault ends after three requests at most, and ends one run at most for each of them.
        let mut is_done = false;
        for _ in 0..12 {
            runs += 1;
            is_done = end_or_kill(start(&harness), || false) == Some(0);
            if is_done {
                break;
            }
        }
        assert!(is_done, "{context}: no run gets through");
        harness.sandbox.clear_faults();
        assert_in_step(&harness, &situation.expected, &context);
        runtime.block_on(assert_ledger(&harness, &initial, &context));
    }
    println!(
        "sync soak: {points} points with {people} people, {struck} with faults: {killed} kills in {runs} runs, everything once \
         and in step after each; {} s, SOAK_SEED={seed}",
        started.elapsed().as_secs()
    );
}
