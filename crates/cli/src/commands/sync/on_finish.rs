//! The command of `on_finish`, which is run after `sync apply` and `sync run`, when the state is committed and its lock is
//! free. It is not run after a signal.
//!
//! It is run without a shell. Its standard input is the report of `--report`: counts and ids. `ROSTERKIT_SYNC_COMMAND`,
//! `ROSTERKIT_SYNC_RUN`, `ROSTERKIT_SYNC_STATUS` and `ROSTERKIT_SYNC_EXIT_CODE` have the most important of it for those who
//! parse no JSON. What it prints goes to standard error. It does not get the credentials of the environment.

use std::io::{self, Write as _};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use rosterkit_core::environment;
use rosterkit_sync::config::OnFinish;
use tokio::time::Instant;

use super::report::Report;
use crate::context::Context;

/// How often it is asked whether the command has ended.
const INTERVAL: Duration = Duration::from_millis(20);

/// Runs the command. That it failed is said, and changes nothing else.
pub(super) async fn run(context: &Context, on_finish: &OnFinish, report: &Report<'_>) {
    let Some((program, arguments)) = on_finish.command.split_first() else { return };
    let failed = match start(program, arguments, report) {
        Err(error) => Some(format!("cannot be started: {error}")),
        Ok(child) => match wait(child, on_finish.timeout.duration()).await {
            Ok(Some(status)) if status.success() => None,
            Ok(Some(status)) => Some(format!("failed: {status}")),
            Ok(None) => Some(format!("was stopped after its time limit of {}", on_finish.timeout)),
            Err(error) => Some(format!("cannot be waited for: {error}")),
        },
    };
    if let Some(failed) = failed {
        context.hint(format_args!("the command of `on_finish`, `{program}`, {failed}"));
    }
}

fn start(program: &str, arguments: &[String], report: &Report<'_>) -> io::Result<Child> {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::from(io::stderr())).stderr(Stdio::inherit());
    let secrets = [&environment::GENESYS_CREDENTIAL, &environment::LMS_CALLER, &environment::LMS_PASSWORD];
    let secrets = secrets.into_iter().chain([&environment::LMS_SYSTEM_KEY, &environment::SESSIONS_KEY]);
    for name in secrets.flat_map(|setting| setting.alternatives).copied().flatten() {
        command.env_remove(name);
    }
    command.env("ROSTERKIT_SYNC_COMMAND", report.command).env("ROSTERKIT_SYNC_RUN", report.run.to_string());
    command.env("ROSTERKIT_SYNC_STATUS", report.status.as_str());
    command.env("ROSTERKIT_SYNC_EXIT_CODE", report.code.to_string());
    let mut child = command.spawn()?;
    if let Some(mut stdin) = child.stdin.take() {
        let text = format!("{}\n", report.value());
        // On a thread, since a command that does not read would block. One that ends early need not read all of it.
        std::thread::spawn(move || {
            let _ = stdin.write_all(text.as_bytes());
        });
    }
    Ok(child)
}

/// Waits for the end; `None` if the time limit was reached, and the command was stopped.
async fn wait(mut child: Child, limit: Duration) -> io::Result<Option<ExitStatus>> {
    let deadline = Instant::now() + limit;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if Instant::now() >= deadline {
            child.kill()?;
            child.wait()?;
            return Ok(None);
        }
        tokio::time::sleep(INTERVAL).await;
    }
}
