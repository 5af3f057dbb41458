//! The cost of rosterkit, as ratios to the same work without it.
//!
//! `make bench` runs all parts but `cost` and `peers`, which `make bench-peers` runs; `cargo bench -p rosterkit-benches -- xml csv`
//! runs the parts with these names, `-- --quick` runs each of them once, to check that it works, and `-- --write` writes what was
//! measured into BENCHMARKS.md. The figures for programs are in `target/bench.json`, or where BENCH_JSON says.
//!
//! `BENCH_PEOPLE` replaces the number of people of `sync`, and `BENCH_COST` names the programs of `cost`. With `BENCH_CLOCK=cpu`,
//! ratios are of CPU time, for a machine that does other work as well.

mod bulk;
mod calls;
mod canned;
mod cost;
mod json;
mod listing;
mod peers;
mod process;
mod rows;
mod sandbox;
mod support;
mod sync;
mod upsert;
mod version;
mod xml;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{env, fs};

use rosterkit_benches::{Options, Part, machine, updated};
use rosterkit_core::chrono::Utc;
use serde_json::json;

/// What measures a part of the benchmarks.
type Measure = fn(Options) -> support::Measured;

const PARTS: [(&str, &str, Measure); 13] = [
    ("decode", "Users in JSON, decoded", json::decode),
    ("layout", "Output of the command line", json::layout),
    ("xml", "10,000 people in XML, read one by one", xml::run),
    ("csv", "10,000 training records as CSV", rows::run),
    ("calls", "Small calls over loopback", calls::run),
    ("listing", "Listings, page by page", listing::run),
    ("upsert", "People of the session service, written in batches", upsert::run),
    ("bulk", "Bulk runs of the command line over JSON lines", bulk::run),
    ("sync", "People of Genesys kept in step in the session service", sync::run),
    ("sandbox", "The sandbox", sandbox::run),
    ("version", "The start of the command line", version::run),
    ("cost", "What a program pays for a client", cost::run),
    ("peers", "The official SDKs, which list the same people", peers::run),
];
/// The parts that run only if they are named: the first builds programs, which takes many minutes, and the second needs SDKs.
const NAMED_ONLY: [&str; 2] = ["cost", "peers"];

/// What processes of this program do that parts start.
const WORKS: [(&str, process::Work); 6] = [
    (canned::CANNED, canned::serve),
    (listing::STREAM, listing::stream),
    (upsert::UPSERT, upsert::work),
    (sandbox::SANDBOX, sandbox::serve),
    (sync::SERVER, sync::server::serve),
    (sync::WORK, sync::work::run),
];

#[allow(clippy::print_stdout, clippy::print_stderr, reason = "the numbers are the purpose")]
fn main() -> ExitCode {
    // Cargo adds `--bench`.
    let arguments: Vec<String> = env::args().skip(1).filter(|argument| argument != "--bench").collect();
    if let Some(child) = bulk::child(&arguments).or_else(|| process::child(&arguments, &WORKS)) {
        return child;
    }
    let (flags, wanted): (Vec<_>, Vec<_>) = arguments.iter().map(String::as_str).partition(|it| it.starts_with('-'));
    let is_flag = |flag: &str| flags.contains(&flag);
    let unknown = wanted.iter().find(|name| !PARTS.iter().any(|(part, ..)| part == *name));
    if let Some(wrong) = unknown.or_else(|| flags.iter().find(|flag| !["--quick", "--write"].contains(flag))) {
        let parts = PARTS.map(|(part, ..)| part).join(", ");
        eprintln!("unknown argument `{wrong}`: expected --quick, --write or parts of the benchmarks: {parts}");
        return ExitCode::from(2);
    }
    if is_flag("--quick") && is_flag("--write") {
        eprintln!("--write cannot be used with --quick, which measures nothing");
        return ExitCode::from(2);
    }
    let options = if is_flag("--quick") { Options::ONCE } else { Options::default() };
    println!("Time of the first line divided by time of the second: medians of alternating rounds.");
    let (mut measured, mut failed) = (Vec::new(), false);
    for (name, title, measure) in PARTS {
        let is_wanted = if wanted.is_empty() { !NAMED_ONLY.contains(&name) } else { wanted.contains(&name) };
        if !is_wanted {
            continue;
        }
        println!("\n{title} [{name}]");
        let setting = format!("{}, {}", Utc::now().format("%Y-%m-%d"), machine());
        match measure(options) {
            Ok(outcomes) => {
                outcomes.iter().for_each(|outcome| println!("{outcome}"));
                measured.push(Part { name, title, setting, outcomes });
            }
            Err(error) => {
                eprintln!("{name}: {error}");
                failed = true;
            }
        }
    }
    match written(&measured, is_flag("--write")) {
        Ok(files) => files.iter().for_each(|file| println!("\n{}", file.display())),
        Err(error) => {
            eprintln!("the figures cannot be written: {error}");
            failed = true;
        }
    }
    if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// Writes the figures into the file for programs, and into the page if that is wanted.
fn written(measured: &[Part], has_page: bool) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize()?;
    // Cargo runs this in the folder of the crate; paths are meant from where it was called.
    let target = root.join(env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into()));
    let json = env::var_os("BENCH_JSON").map_or_else(|| target.join("bench.json"), |file| root.join(file));
    let parts: Vec<_> = measured.iter().map(Part::to_json).collect();
    fs::write(&json, serde_json::to_vec_pretty(&json!({ "parts": parts }))?)
        .map_err(|error| format!("`{}`: {error}", json.display()))?;
    let mut files = vec![json];
    if has_page {
        let page = root.join("BENCHMARKS.md");
        let last = if page.exists() { fs::read_to_string(&page)? } else { String::new() };
        fs::write(&page, updated(&last, measured, &PARTS.map(|(name, ..)| name)))?;
        files.push(page);
    }
    Ok(files)
}
