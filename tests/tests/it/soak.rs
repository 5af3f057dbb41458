//! Callers of the three clients at a sandbox with every fault it has: what a caller is told is what the sandbox holds.
//!
//! Callers come in rounds. In a round they make changes, each under a key of its own, while faults strike at random and
//! tokens expire. After the round, without faults, everything is read once: what was accepted is there exactly once, what
//! failed is absent, and what is unknown is there once at most. Then the sandbox forgets the round, so that its memory does
//! not grow, and what grows is the clients'.

mod caller;
mod clients;
mod held;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use rosterkit_sandbox::{Fault, Sandbox};
use rosterkit_tests::{memory, setting};

use self::caller::{Caller, Change, Told};
use self::clients::Clients;
use self::held::{Held, People};

const CALLERS: u64 = 64;

/// The faults. A 404 for something that is there would be a lie that no client can tell from the truth: after a lost
/// response to a `DELETE`, it means that the user was deleted. So only the other services have it.
const FAULTS: [&str; 23] = [
    "*:status=400,probability=0.01",
    "*:status=401,probability=0.01",
    "*:status=403,probability=0.01",
    "peoplefluent-lms/*:status=404,probability=0.02",
    "session-clusters/*:status=404,probability=0.02",
    "*:status=408,probability=0.01",
    "*:status=409,probability=0.01",
    "*:status=429,retry-after=0,probability=0.01",
    "*:status=429,probability=0.01",
    "*:status=500,probability=0.01",
    "*:status=501,probability=0.01",
    "*:status=502,probability=0.01",
    "*:status=503,probability=0.01",
    "*:status=503,retry-after=0,probability=0.01",
    "*:status=504,probability=0.01",
    "*:conflict,probability=0.01",
    "*:conflict=400,probability=0.01",
    "*:conflict=408,probability=0.01",
    "*:expired-token=0.02",
    "*:delay=5ms,probability=0.1",
    "*:drop=0.03",
    "*:truncate=0.03",
    "*:garbage=0.02",
];

/// A part that is missing although it was asked for has no effect on what is there, but on what is read.
const MISSING_PART: &str = "*:without=skills,probability=0.1";

/// Faults that take real time.
const SLOW_FAULTS: [&str; 2] = ["*:status=429,retry-after=1,probability=0.0002", "*:delay=3s,probability=0.0005"];

/// The time limit of an attempt: one that no fault reaches, and one that a slow fault exceeds.
const PATIENT: Duration = Duration::from_secs(60);
const IMPATIENT: Duration = Duration::from_secs(2);

/// When tokens expire.
enum Expiry {
    /// With every so many calls.
    Calls(u64),
    /// Every second.
    Seconds(Instant),
}

/// Expires all tokens when it is time, as callers go on.
struct Tokens {
    sandbox: Arc<Sandbox>,
    expiry: Expiry,
    calls: AtomicU64,
    expired: AtomicU64,
}

impl Tokens {
    fn count_call(&self) {
        let calls = self.calls.fetch_add(1, Ordering::Relaxed) + 1;
        let due = match &self.expiry {
            Expiry::Calls(every) => calls / every,
            Expiry::Seconds(start) => start.elapsed().as_secs(),
        };
        if self.expired.fetch_max(due, Ordering::Relaxed) < due {
            self.sandbox.expire_tokens();
        }
    }
}

/// A sandbox with clients that meet its faults, and what came of their calls so far.
struct Soak {
    seed: u64,
    calls_per_caller: u64,
    faults: Vec<Fault>,
    sandbox: Arc<Sandbox>,
    clients: Clients,
    observer: Clients,
    tokens: Arc<Tokens>,
    people: Arc<People>,
    /// What the services hold before each round.
    initial: Held,
    told: BTreeMap<(&'static str, Told), u64>,
    struck: BTreeMap<String, u64>,
    requests: u64,
}

impl Soak {
    async fn start(seed: u64, calls_per_caller: u64, expiry: Expiry, attempt: Duration, faults: &[&str]) -> Self {
        let calls = CALLERS * calls_per_caller;
        // Each call has users of its own; one person in fifty has no account in the LMS, and one in twenty is inactive.
        let sandbox = Sandbox::builder().users(calls * 2 + 100).seed(seed).log(100_000).start().await;
        let sandbox = Arc::new(sandbox.expect("a sandbox"));
        let (clients, observer) = (Clients::of_callers(&sandbox, attempt), Clients::of_observer(&sandbox));
        let (initial, people) = Held::read_with_people(&observer).await;
        assert!(people.are_enough_for(calls), "there are too few people for {calls} calls");
        let tokens = Tokens { sandbox: sandbox.clone(), expiry, calls: AtomicU64::new(0), expired: AtomicU64::new(0) };
        Self {
            seed,
            calls_per_caller,
            faults: faults.iter().map(|fault| fault.parse().expect("a fault")).collect(),
            sandbox,
            clients,
            observer,
            tokens: Arc::new(tokens),
            people: Arc::new(people),
            initial,
            told: BTreeMap::new(),
            struck: BTreeMap::new(),
            requests: 0,
        }
    }

    /// A round of all callers, and a look at what came of it.
    async fn round(&mut self, round: u64) {
        self.sandbox.clear_request_log();
        for fault in &self.faults {
            // Without a seed of its own, a fault depends on how many were added before.
            self.sandbox.add_fault(fault.clone()).expect("a valid fault");
        }
        let callers = (0..CALLERS).map(|number| {
            let seed = self.seed.wrapping_add((round * CALLERS + number).wrapping_mul(0x9e37_79b9_7f4a_7c15));
            let caller = Caller::new(seed, format!("soak-{round}-{number}"), &self.clients, &self.people);
            let (tokens, calls) = (self.tokens.clone(), self.calls_per_caller);
            tokio::spawn(async move {
                let mut changes = Vec::new();
                for call in 0..calls {
                    tokens.count_call();
                    changes.extend(caller.call(call, number * calls + call).await);
                }
                changes
            })
        });
        let results = join_all(callers.collect::<Vec<_>>()).await;
        let changes: Vec<Change> = results.into_iter().flat_map(|changes| changes.expect("no panic")).collect();
        self.sandbox.clear_faults();
        for request in self.sandbox.request_log() {
            self.requests += 1;
            if let Some(fault) = request.fault {
                *self.struck.entry(fault).or_default() += 1;
            }
        }
        let held = Held::read(&self.observer).await;
        let problems: Vec<String> =
            changes.iter().filter_map(|change| change.problem(&self.initial, &held)).take(20).collect();
        assert!(problems.is_empty(), "SOAK_SEED={}, round {round}: {problems:#?}", self.seed);
        for change in changes {
            *self.told.entry((change.call, change.told)).or_default() += 1;
        }
        self.sandbox.reset().expect("reset");
    }

    fn told(&self, told: Told) -> u64 {
        self.told.iter().filter(|((_, key), _)| *key == told).map(|(_, count)| count).sum()
    }
}

fn faults(slow: &[&'static str]) -> Vec<&'static str> {
    // Delays and missing parts come first, since a fault that ends the request hides those after it.
    [&[MISSING_PART], slow, &FAULTS[..]].concat()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_accepted_change_is_there_once_and_every_failure_is_absent_or_unknown() {
    let mut soak = Soak::start(7, 2, Expiry::Calls(30), PATIENT, &faults(&[])).await;
    for round in 0..2 {
        soak.round(round).await;
    }
    assert!(soak.struck.len() > FAULTS.len() / 2, "few faults struck: {:?}", soak.struck);
    for told in [Told::Accepted, Told::Failed, Told::Unknown] {
        assert!(soak.told(told) > 10, "{told:?}: {:?}", soak.told);
    }
    for call in caller::CALLS {
        let accepted = soak.told.get(&(call, Told::Accepted));
        assert!(accepted.is_some(), "{call} was never accepted: {:?}", soak.told);
    }
}

/// Rounds of callers for long: `make soak PART=client`. Memory must not grow from its first half to its second.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes long: make soak PART=client"]
async fn long() {
    let seed = setting("SOAK_SEED").unwrap_or_else(|| u64::from(std::process::id()));
    let minutes = setting("SOAK_MINUTES").unwrap_or(10);
    println!("client soak: {CALLERS} callers, {minutes} minutes, SOAK_SEED={seed}");
    let start = Instant::now();
    let mut soak = Soak::start(seed, 12, Expiry::Seconds(start), IMPATIENT, &faults(&SLOW_FAULTS)).await;
    let (mut rounds, mut sizes) = (0, Vec::new());
    while start.elapsed() < Duration::from_secs(60 * minutes) {
        soak.round(rounds).await;
        rounds += 1;
        sizes.extend(memory("VmRSS"));
    }
    println!("{rounds} rounds in {} s, SOAK_SEED={seed}", start.elapsed().as_secs());
    println!("{} requests, tokens expired {} times", soak.requests, soak.tokens.expired.load(Ordering::Relaxed));
    for (fault, count) in &soak.struck {
        println!("  fault {fault}: {count}");
    }
    for ((call, told), count) in &soak.told {
        println!("  {call}: {count} {told:?}");
    }
    let (first, second) = sizes.split_at(sizes.len() / 2);
    match (first.iter().max(), second.iter().max()) {
        (Some(first), Some(second)) => {
            println!("memory: at most {first} KiB in the first half, {second} KiB in the second");
            assert!(*second <= first + first / 4 + 16 * 1024, "memory grows: {sizes:?}");
        }
        _ => println!("memory: not compared; this takes two rounds, and a system that tells it"),
    }
}
