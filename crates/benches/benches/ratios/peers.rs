//! The official SDKs of Genesys Cloud, which list the same pages of the same server.
//!
//! `crates/benches/peers.sh` installs them and names them in the environment; without it, there is nothing to measure.

use std::error::Error;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use rosterkit_benches::{Bound, Comparison, Options};
use serde_json::Value;

use crate::canned;
use crate::listing::STREAM;
use crate::process::Used;
use crate::support::Measured;

const PEOPLE: u64 = 10_000;
const PEOPLE_ONCE: u64 = 300;

/// An SDK in another language.
struct Peer {
    name: &'static str,
    /// The environment variable with the program that runs the script, if the SDK is there.
    program: &'static str,
    script: &'static str,
    /// How many times as fast rosterkit is meant to be.
    at_least: f64,
}

const PEERS: [Peer; 2] = [
    Peer { name: "the official Python SDK", program: "BENCH_PYTHON", script: "list_users.py", at_least: 60.0 },
    Peer { name: "the official JavaScript SDK", program: "BENCH_NODE", script: "list_users.cjs", at_least: 5.0 },
];

pub fn run(options: Options) -> Measured {
    let people = if options.is_once() { PEOPLE_ONCE } else { PEOPLE };
    let server = canned::start(people)?;
    let mut outcomes = Vec::new();
    for peer in PEERS {
        let Some(program) = std::env::var_os(peer.program) else { continue };
        let (mut theirs, mut ours) = (Vec::new(), Vec::new());
        for _ in 0..options.rounds.min(5) {
            theirs.push(listed(&mut Command::new(&program), peer.script, server.address(), people)?);
            ours.push(Used::by(&[STREAM, server.address()], people)?.time);
        }
        outcomes.push(
            Comparison::new("10,000 people as a stream of items", peer.name)
                .speed()
                .measured(theirs, ours)
                .bound(Bound::AtLeast(peer.at_least)),
        );
    }
    match outcomes.is_empty() {
        true => Err("no SDK is installed: run 'make bench-peers'".into()),
        false => Ok(outcomes),
    }
}

/// How long a script takes to list everybody.
fn listed(program: &mut Command, script: &str, address: &str, people: u64) -> Result<Duration, Box<dyn Error>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("peers").join(script);
    let output = program.arg(path).arg(address).stderr(Stdio::inherit()).output()?;
    let said: Value = serde_json::from_slice(&output.stdout).map_err(|_| format!("`{script}` failed"))?;
    match (said["count"].as_u64(), said["seconds"].as_f64()) {
        (Some(count), Some(seconds)) if count == people => Ok(Duration::from_secs_f64(seconds)),
        _ => Err(format!("`{script}`: expected {people} people, but got {said}").into()),
    }
}
