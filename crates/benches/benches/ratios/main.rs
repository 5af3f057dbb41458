//! What rosterkit costs, as ratios to what the work costs without it.
//!
//! `make bench` runs all of it; `cargo bench -p rosterkit-benches -- xml csv` runs the parts of these names, and
//! `-- --quick` runs everything once, to see that it works.

mod calls;
mod decode;
mod layout;
mod listing;
mod rows;
mod support;
mod xml;

use std::process::ExitCode;

use rosterkit_benches::Options;

/// A part of the benchmarks.
type Part = fn(Options) -> support::Measured;

const PARTS: [(&str, &str, Part); 6] = [
    ("decode", "A page of 500 people, decoded", decode::run),
    ("layout", "Output of the command line", layout::run),
    ("xml", "10,000 people in XML, read one by one", xml::run),
    ("csv", "10,000 training records as CSV", rows::run),
    ("calls", "A small call over loopback", calls::run),
    ("listing", "People of the sandbox, page by page", listing::run),
];

#[allow(clippy::print_stdout, clippy::print_stderr, reason = "the numbers are the purpose")]
fn main() -> ExitCode {
    // Cargo adds `--bench`.
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let (flags, names): (Vec<_>, Vec<_>) = arguments.iter().partition(|argument| argument.starts_with('-'));
    let unknown = names.iter().find(|name| !PARTS.iter().any(|(part, ..)| part == *name));
    if let Some(wrong) = unknown.or_else(|| flags.iter().find(|flag| **flag != "--quick")) {
        let parts = PARTS.map(|(part, ..)| part).join(", ");
        eprintln!("`{wrong}` is neither --quick nor a part of the benchmarks, which are: {parts}");
        return ExitCode::from(2);
    }
    let options = if flags.is_empty() { Options::default() } else { Options::ONCE };
    println!("How many times as long it takes as the line below it: medians of rounds that alternate.");
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
