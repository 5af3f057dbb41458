//! The cost of rosterkit, as ratios to the same work without it.
//!
//! `make bench` runs all parts; `cargo bench -p rosterkit-benches -- xml csv` runs the parts with these names, and
//! `-- --quick` runs everything once, to check that it works. `BENCH_PEOPLE` replaces the number of people of `sync`.

mod bulk;
mod calls;
mod json;
mod listing;
mod rows;
mod support;
mod sync;
mod xml;

use std::process::ExitCode;

use rosterkit_benches::Options;

/// A part of the benchmarks.
type Part = fn(Options) -> support::Measured;

const PARTS: [(&str, &str, Part); 8] = [
    ("decode", "A page of 500 people, decoded", json::decode),
    ("layout", "Output of the command line", json::layout),
    ("xml", "10,000 people in XML, read one by one", xml::run),
    ("csv", "10,000 training records as CSV", rows::run),
    ("calls", "A small call over loopback", calls::run),
    ("listing", "People of the sandbox, page by page", listing::run),
    ("bulk", "Bulk runs of the command line over JSON lines", bulk::run),
    ("sync", "People of Genesys kept in step in the session service", sync::run),
];

#[allow(clippy::print_stdout, clippy::print_stderr, reason = "the numbers are the purpose")]
fn main() -> ExitCode {
    // Cargo adds `--bench`.
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    if let Some(child) = sync::child(&arguments).or_else(|| bulk::child(&arguments)) {
        return child;
    }
    let (flags, names): (Vec<_>, Vec<_>) = arguments.iter().partition(|argument| argument.starts_with('-'));
    let unknown = names.iter().find(|name| !PARTS.iter().any(|(part, ..)| part == *name));
    if let Some(wrong) = unknown.or_else(|| flags.iter().find(|flag| **flag != "--quick")) {
        let parts = PARTS.map(|(part, ..)| part).join(", ");
        eprintln!("unknown argument `{wrong}`: expected --quick or parts of the benchmarks: {parts}");
        return ExitCode::from(2);
    }
    let options = if flags.is_empty() { Options::default() } else { Options::ONCE };
    println!("Time of the first line divided by time of the second: medians of alternating rounds.");
    for (name, title, part) in PARTS {
        if !names.is_empty() && !names.iter().any(|wanted| *wanted == name) {
            continue;
        }
        println!("\n{title} [{name}]");
        match part(options) {
            Ok(outcomes) => outcomes.iter().for_each(|outcome| println!("{outcome}")),
            Err(error) => {
                eprintln!("{name}: {error}");
                return ExitCode::FAILURE;
            }
        }
    }
    ExitCode::SUCCESS
}
