//! The three clients at work on the same data, against a sandbox in this process.
//!
//! People are read from Genesys and written to the session service. Their completions go into the LMS as external
//! training, which is read back at the end. Every number is checked against the one before; the exit code is not zero on a
//! mismatch.

mod figures;
mod steps;

use std::error::Error;
use std::io::{self, Write};
use std::process::ExitCode;

use clap::Parser;
use rosterkit_sandbox::Sandbox;

use self::figures::Figures;
use self::steps::Clients;

/// Shows the three clients working together, on a sandbox and without a network.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    /// Number of people.
    #[arg(long, default_value_t = 250)]
    users: u64,
    /// Seed of the people.
    #[arg(long, default_value_t = 7)]
    seed: u64,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(&arguments, &mut io::stdout()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // There is no other place to report a failure of standard error.
            let _ = writeln!(io::stderr(), "rosterkit-demo: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: &Arguments, out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    let sandbox = Sandbox::builder().users(arguments.users).seed(arguments.seed).start().await?;
    let clients = Clients::new(&sandbox)?;
    let mut figures = Figures::default();
    let mut table = Table::new(&sandbox);

    let people = steps::list_people(&clients, &mut figures).await?;
    table.row(
        "Genesys: list people",
        format!("{} listed of {} in {} pages", figures.listed, figures.total, figures.pages),
    );

    let before = sandbox.requests().sessions;
    let failures = steps::upsert_people(&clients, &people, &mut figures).await?;
    figures.batches = usize::try_from(sandbox.requests().sessions - before)?;
    table.row(
        "Sessions: upsert people",
        format!("{} upserted, {} failed, in {} batches", figures.upserted, figures.failed, figures.batches),
    );

    let completions = steps::read_completions(&clients, &mut figures).await?;
    table.row("Sessions: read completions", format!("{} completions", figures.completions));

    let sent = steps::send_training(&clients, &people, &completions, &mut figures).await?;
    table.row(
        "LMS: send external training",
        format!("{} rows: {} accepted, {} rejected", figures.rows, figures.accepted, figures.rejected),
    );

    steps::read_back(&clients, &sent, &mut figures).await?;
    table.row("LMS: read training records", format!("{} found of {} users", figures.read_back, figures.learners));

    table.write(out)?;
    for (reason, count) in failures.iter().map(|(reason, count)| (format!("not upserted, {reason}"), count)) {
        writeln!(out, "  {count:>4}  {reason}")?;
    }
    for (reason, count) in &sent.rejections {
        writeln!(out, "  {count:>4}  rejected: {reason}")?;
    }
    sandbox.stop().await;
    figures.check()?;
    writeln!(out, "Every number adds up.")?;
    Ok(())
}

/// Prints the steps, with the number of requests of each.
struct Table<'a> {
    sandbox: &'a Sandbox,
    rows: Vec<(&'static str, String, u64)>,
}

impl<'a> Table<'a> {
    fn new(sandbox: &'a Sandbox) -> Self {
        Self { sandbox, rows: Vec::new() }
    }

    /// Adds a step; its requests are those made since the step before.
    fn row(&mut self, step: &'static str, result: String) {
        let before: u64 = self.rows.iter().map(|(_, _, requests)| requests).sum();
        self.rows.push((step, result, self.sandbox.requests().total() - before));
    }

    fn write(&self, out: &mut impl Write) -> io::Result<()> {
        let width = |texts: &mut dyn Iterator<Item = usize>| texts.max().unwrap_or_default();
        let first = width(&mut self.rows.iter().map(|(step, _, _)| step.len()));
        let second = width(&mut self.rows.iter().map(|(_, result, _)| result.len()));
        writeln!(out, "{:first$}  {:second$}  requests", "step", "result")?;
        for (step, result, requests) in &self.rows {
            writeln!(out, "{step:first$}  {result:second$}  {requests:>8}")?;
        }
        Ok(())
    }
}
