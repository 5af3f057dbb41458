//! The sync engine: a million people planned against the same with a few changes, and many changes applied.
//!
//! The services are a process of their own, and so is each run of the engine, so that the memory of a run is its own.

pub mod server;
pub mod work;

use std::error::Error;
use std::path::Path;
use std::time::Duration;

use rosterkit_benches::{Bound, Comparison, Options};
use serde_json::Value;

use crate::process::{self, Server};
use crate::support::{Measured, event_loop};

const PEOPLE: u64 = 1_000_000;
const PEOPLE_ONCE: u64 = 2_000;
/// One person in so many is changed.
const FEW: u64 = 100;
const MANY: u64 = 10;

/// The first argument of the process of the services.
pub const SERVER: &str = "sync-server";
/// The first argument of a process that does something with them.
pub const WORK: &str = "sync-work";

pub fn run(options: Options) -> Measured {
    let people = match std::env::var("BENCH_PEOPLE") {
        Ok(people) => people.parse().map_err(|_| format!("invalid BENCH_PEOPLE `{people}`: expected a number"))?,
        Err(_) if options.is_once() => PEOPLE_ONCE,
        Err(_) => PEOPLE,
    };
    let services = Services::start(people)?;
    let folder = tempfile::tempdir()?;
    let work = |name: &str| Done::of(name, services.address(), folder.path());
    let (few, many) = (people.div_ceil(FEW), people.div_ceil(MANY));
    let state = folder.path().join(work::STATE);

    services.change(FEW, 1)?;
    let before = work("read")?;
    let rows = work("rows")?;
    let first = work("plan")?;
    let first_size = size(&state)?;
    first.expect("update", few)?;
    let first_apply = work("apply")?;
    first_apply.expect("accepted", few)?;

    services.change(FEW, 2)?;
    let again = work("plan")?;
    again.expect("update", few)?;
    let after = work("read")?;

    services.change(FEW, 3)?;
    let settled = work("plan")?;
    settled.expect("update", few)?;

    services.change(MANY, 4)?;
    work("plan")?.expect("update", many)?;
    let apply = work("apply")?;
    apply.expect("accepted", many)?;
    let last_size = size(&state)?;
    services.change(MANY, 5)?;
    let upsert = work("upsert")?;
    upsert.expect("accepted", many)?;

    let reads = [before.time, after.time];
    let read = |of: usize| vec![reads.iter().sum::<Duration>() / 2; of];
    let listings = "both listings read by the same clients, nothing kept";
    Ok(vec![
        Comparison::new("a plan, everybody known, 1 % changed", listings)
            .measured(read(1), vec![settled.time])
            .bound(Bound::AtMost(1.5))
            .figure(format!("{people} people; {}", settled.memory())),
        Comparison::new("the first such plan after everybody was found by a key and applied", listings)
            .measured(read(1), vec![again.time])
            .figure(again.memory()),
        Comparison::new("the first plan, everybody found by a key, 1 % changed", listings)
            .measured(read(1), vec![first.time])
            .figure(format!("{}; state file {}", first.memory(), megabytes(first_size)))
            .figure(format!("both listings as rows of the engine, nothing kept: {:.1} s", rows.time.as_secs_f64()))
            .figure(format!("then applied: {:.1} s, {}", first_apply.time.as_secs_f64(), first_apply.memory())),
        Comparison::new(
            "a tenth of the people changed: applied",
            "the target listed and the same changes sent, nothing kept",
        )
        .measured(vec![upsert.time], vec![apply.time])
        .figure(format!("{many} changes, {:.0} a second; {}", many as f64 / apply.time.as_secs_f64(), apply.memory()))
        .figure(format!("state file {}", megabytes(last_size))),
    ])
}

/// The process of the services. It ends with this.
pub struct Services(Server);

impl Services {
    pub fn start(people: u64) -> Result<Self, Box<dyn Error>> {
        Server::start(&[SERVER, &people.to_string()]).map(Self)
    }

    pub fn address(&self) -> &str {
        self.0.address()
    }

    /// Changes one person in so many of the source, in a way that differs from round to round.
    fn change(&self, one_in: u64, round: u64) -> Result<(), Box<dyn Error>> {
        let url = format!("{}/change?oneIn={one_in}&round={round}", self.address());
        event_loop()?.block_on(async { reqwest::get(url).await?.error_for_status() })?;
        Ok(())
    }
}

/// What a process did.
struct Done {
    time: Duration,
    /// In bytes, where the system tells it.
    memory: Option<u64>,
    counts: Value,
}

impl Done {
    fn of(name: &str, address: &str, folder: &Path) -> Result<Self, Box<dyn Error>> {
        let folder = folder.to_str().ok_or("the path of the temporary folder is not UTF-8")?;
        let said = process::said(&[WORK, name, address, folder])?;
        let time = said["seconds"].as_f64().ok_or("no time was measured")?;
        Ok(Self { time: Duration::from_secs_f64(time), memory: said["memory"].as_u64(), counts: said["count"].clone() })
    }

    /// # Errors
    /// If it did something else: the time would mean nothing.
    fn expect(&self, name: &str, count: u64) -> Result<(), String> {
        match self.counts[name].as_u64() {
            Some(found) if found == count => Ok(()),
            _ => Err(format!("expected {count} of `{name}`, but got {}", self.counts)),
        }
    }

    fn memory(&self) -> String {
        self.memory
            .map_or("peak memory is not known on this system".to_owned(), |it| format!("peak memory {}", megabytes(it)))
    }
}

fn size(path: &Path) -> std::io::Result<u64> {
    Ok(std::fs::metadata(path)?.len())
}

fn megabytes(bytes: u64) -> String {
    format!("{} MB", bytes.div_ceil(1_000_000))
}
