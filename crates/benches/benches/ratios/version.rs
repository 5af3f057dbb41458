//! How long the command line takes to start.

use rosterkit_benches::{Options, Outcome, median};

use crate::bulk::CLI;
use crate::process;
use crate::support::Measured;

pub fn run(options: Options) -> Measured {
    let mut times = Vec::new();
    for _ in 0..options.rounds * 10 {
        let start = std::time::Instant::now();
        let output = process::command(&[CLI, "--version"])?.output()?;
        times.push(start.elapsed().as_secs_f64() * 1e3);
        if !output.stdout.starts_with(b"rosterkit ") {
            return Err("`rosterkit --version` printed something else".into());
        }
    }
    let middle = median(&mut times).unwrap_or(f64::NAN);
    Ok(vec![Outcome::number("`rosterkit --version`, from its start to its end", middle, "ms")])
}
