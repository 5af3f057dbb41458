//! Bulk runs of the command line, beside the library alone.

use std::error::Error;
use std::fs::{self, File};
use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::process::ExitCode;

use rosterkit_benches::{Bound, Comparison, Options, Outcome};
use rosterkit_core::input::{Format, ReadOptions, Records};
use session_clusters::types::UserTemplate;

use crate::process;
use crate::support::{Measured, event_loop};
use crate::sync::Services;

const ROWS: usize = 200_000;
const ROWS_ONCE: usize = 2_000;
/// The first argument of a process that is the command line.
pub const CLI: &str = "cli";

pub fn run(options: Options) -> Measured {
    let rows = if options.is_once() { ROWS_ONCE } else { ROWS };
    let folder = tempfile::tempdir()?;
    let input = folder.path().join("people.jsonl");
    let mut file = BufWriter::new(File::create(&input)?);
    for n in 0..rows {
        writeln!(
            file,
            r#"{{"remoteId":"00000000-0000-4000-8000-{n:012x}","firstName":"Sample","lastName":"Person {n}","active":true}}"#
        )?;
    }
    file.into_inner()?.sync_all()?;
    let services = Services::start(rows as u64)?;
    let client = session_clusters::Client::builder().base_url(services.address()).api_key("key").build()?;
    let event_loop = event_loop()?;

    let checked = || read(&input)?.try_fold(0, |count, user| user.map(|_| count + 1));
    let sent = || -> Result<usize, Box<dyn Error>> {
        // Rows that cannot be read end the input, and are missing in the count.
        let users = read(&input)?.map_while(Result::ok);
        let mut outcomes = client.upsert_users(users).ordered();
        event_loop.block_on(async { while outcomes.next().await.is_some() {} });
        Ok(outcomes.counts().accepted as usize)
    };
    let bulk = |more: &[&str]| cli(folder.path(), services.address(), more);
    if [checked()?, sent()?, bulk(&["--dry-run"])?, bulk(&[])?] != [rows; 4] {
        return Err("not all rows were accepted".into());
    }
    // A run is long enough to be a round.
    let whole = options.whole(5);
    let rate = |outcome: Outcome| {
        let rate = rows as f64 / outcome.subject_time().as_secs_f64();
        // At least half of the rows a second.
        outcome.bound(Bound::AtMost(2.0)).figure(format!("{rate:.0} rows a second, {rows} in all"))
    };
    Ok(vec![
        rate(Comparison::new("a bulk run with --dry-run", "the rows read and checked by the library alone").run(
            whole,
            checked,
            || bulk(&["--dry-run"]),
        )),
        rate(
            Comparison::new("a bulk run", "the rows read and sent by the library alone").run(whole, sent, || bulk(&[])),
        ),
        Comparison::new("a bulk run with --dry-run", "a bulk run")
            .run(whole, || bulk(&[]), || bulk(&["--dry-run"]))
            .bound(Bound::AtMost(1.0)),
    ])
}

/// The rows of the input, checked.
fn read(path: &Path) -> Result<Rows, rosterkit_core::input::Error> {
    let file = File::open(path).map_err(rosterkit_core::input::Error::Io)?;
    Records::new(file, ReadOptions::new(Format::JsonLines)).map(Rows)
}

struct Rows(Records<File>);

impl Iterator for Rows {
    type Item = Result<UserTemplate, Box<dyn Error>>;

    fn next(&mut self) -> Option<Self::Item> {
        let record = self.0.next()?;
        Some(record.map_err(Into::into).and_then(|record| Ok(serde_json::from_value(record.value?)?)))
    }
}

/// Runs the command line over the input, with its outcome lines in a file. Returns how many there are.
fn cli(folder: &Path, address: &str, more: &[&str]) -> Result<usize, Box<dyn Error>> {
    let out = folder.join("outcomes.jsonl");
    let output = process::command(&[CLI, "sessions", "upsert", "--from", "people.jsonl", "--output", "jsonl"])?
        .args(["--base-url", address])
        .args(more)
        .env_clear()
        .envs([("HOME", folder.as_os_str()), ("SESSIONS_API_KEY", "key".as_ref())])
        .current_dir(folder)
        .stdout(File::create(&out)?)
        .output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into());
    }
    Ok(fs::read(&out)?.iter().filter(|byte| **byte == b'\n').count())
}

/// The command line, if this process was started as it.
pub fn child(arguments: &[String]) -> Option<ExitCode> {
    let (first, rest) = arguments.split_first()?;
    let program = std::iter::once("rosterkit".into()).chain(rest.iter().map(Into::into));
    (first == CLI).then(|| rosterkit_cli::run(program))
}
