//! Secrets of profiles, and where they come from.

use std::fmt;
use std::io::{self, Read as _};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use rosterkit_core::{SecretString, SecretText};
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::signals;

/// The maximum length of a secret, in bytes. Tokens with claims have a few thousand.
const MAX_LENGTH: usize = 64 * 1024;
/// The time limit of a program. The user may have to type a passphrase.
const TIME_LIMIT: Duration = Duration::from_secs(120);
/// How often to check whether the program has ended.
const POLL_INTERVAL: Duration = Duration::from_millis(10);

/// Where a secret comes from.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(untagged)]
pub(crate) enum Secret {
    /// The profiles file.
    Kept(SecretText),
    /// An environment variable.
    Environment(Environment),
    /// The output of a program.
    Command(CommandLine),
}

/// `{ env = "NAME" }`
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Environment {
    env: String,
}

/// `{ command = "PROGRAM ARGUMENT…" }`
#[derive(Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CommandLine {
    command: String,
}

/// Shows no arguments: they may be personal.
impl fmt::Debug for CommandLine {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("CommandLine").finish_non_exhaustive()
    }
}

impl Secret {
    /// A secret in an environment variable.
    pub(crate) fn environment(name: &str) -> Result<Self, Error> {
        let is_name = |name: &str| !name.is_empty() && !name.contains(['=', '\0']) && name.trim() == name;
        match is_name(name) {
            true => Ok(Self::Environment(Environment { env: name.to_owned() })),
            false => Err(Error::usage(
                "invalid name after `env:`: expected the name of an environment variable, such as env:MY_SECRET",
            )),
        }
    }

    /// A secret that a program prints.
    pub(crate) fn command(line: &str) -> Result<Self, Error> {
        words(line)?;
        Ok(Self::Command(CommandLine { command: line.to_owned() }))
    }

    /// Where it comes from, for people: neither the secret nor a command's arguments.
    pub(crate) fn origin(&self) -> String {
        match self {
            Self::Kept(_) => "kept in the file".to_owned(),
            Self::Environment(variable) => format!("environment {}", crate::text::printable(&variable.env)),
            Self::Command(_) => "printed by a command".to_owned(),
        }
    }

    /// Reads the secret. `what` names it in messages.
    pub(crate) fn resolve(&self, what: &str) -> Result<SecretString, Error> {
        match self {
            Self::Kept(secret) => checked(secret.expose(), what, "the profiles file"),
            Self::Environment(Environment { env }) => match std::env::var(env) {
                Ok(secret) => checked(&secret, what, &format!("the environment variable `{env}`")),
                Err(_) => Err(Error::Credential(format!(
                    "{what} comes from the environment variable `{env}`, which is not set or not UTF-8: set it"
                ))),
            },
            Self::Command(CommandLine { command }) => {
                let printed = run(command, TIME_LIMIT).map_err(|problem| match problem {
                    Problem::Command(problem) => {
                        Error::Credential(format!("{what} comes from a command of the profile, which {problem}"))
                    }
                    Problem::Interrupted(error) => error,
                })?;
                checked(printed.trim_end_matches(['\r', '\n']), what, "a command of the profile")
            }
        }
    }
}

fn checked(secret: &str, what: &str, source: &str) -> Result<SecretString, Error> {
    match secret {
        "" => Err(Error::Credential(format!("{what} comes from {source}, which is empty"))),
        // It is not known which line is the secret, and the service must not receive the wrong one.
        secret if secret.contains(['\r', '\n']) => Err(Error::Credential(format!(
            "{what} comes from {source}, which has more than one line: expected only the secret, such as from \
             `sh -c 'pass show lms | head -n 1'`"
        ))),
        secret => Ok(SecretString::from(secret)),
    }
}

fn words(line: &str) -> Result<Vec<String>, Error> {
    match shlex::split(line) {
        Some(words) if !words.is_empty() => Ok(words),
        Some(_) => Err(Error::usage("the command for a secret is empty: expected a program")),
        None => Err(Error::usage("the command for a secret has an unclosed quote")),
    }
}

/// Runs a program without a shell. Its standard error is shown to the user: it may ask for a passphrase.
fn run(line: &str, limit: Duration) -> Result<String, Problem> {
    let words = words(line).map_err(|_| "is not a valid command line")?;
    let (program, arguments) = words.split_first().ok_or("is empty")?;
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::inherit());
    let mut child = command.spawn().map_err(|error| format!("cannot be run: {error}"))?;
    let (sender, printed) = mpsc::channel();
    if let Some(stdout) = child.stdout.take() {
        let read = move || {
            let mut printed = Vec::new();
            let read = stdout.take(MAX_LENGTH as u64 + 1).read_to_end(&mut printed);
            // The receiver is gone after the time limit.
            let _ = sender.send(read.map(|_| printed));
        };
        let spawned = std::thread::Builder::new().name("rosterkit-secret".to_owned()).spawn(read);
        spawned.map_err(|error| format!("cannot be read from: {error}"))?;
    }
    let result = wait(&mut child, &printed, limit);
    if result.is_err() {
        // The program may have ended already.
        let _ = child.kill();
        let _ = child.wait();
    }
    let printed = result?;
    String::from_utf8(printed).map_err(|_| "printed something that is not UTF-8".into())
}

/// Waits for the output and the end of a program.
fn wait(child: &mut Child, printed: &mpsc::Receiver<io::Result<Vec<u8>>>, limit: Duration) -> Result<Vec<u8>, Problem> {
    let start = Instant::now();
    let mut output = None;
    loop {
        match printed.recv_timeout(POLL_INTERVAL) {
            Ok(read) => output = Some(read.map_err(|error| format!("cannot be read from: {error}"))?),
            Err(mpsc::RecvTimeoutError::Timeout) => {}
            // The output was read, and the program is about to end.
            Err(mpsc::RecvTimeoutError::Disconnected) => std::thread::sleep(POLL_INTERVAL),
        }
        if output.as_ref().is_some_and(|output| output.len() > MAX_LENGTH) {
            return Err(format!("printed more than {} KiB", MAX_LENGTH / 1024).into());
        }
        if let Some(status) = child.try_wait().map_err(|error| format!("cannot be waited for: {error}"))? {
            if !status.success() {
                let code = status.code().map_or("a signal".to_owned(), |code| format!("code {code}"));
                return Err(format!("ended with {code}").into());
            }
            if let Some(output) = output {
                return Ok(output);
            }
        }
        if let Some(code) = signals::exit_code() {
            return Err(Problem::Interrupted(Error::Interrupted(code)));
        }
        if start.elapsed() >= limit {
            return Err(format!("did not end within {} seconds", limit.as_secs()).into());
        }
    }
}

/// Why a command gave no secret.
#[derive(Debug)]
enum Problem {
    Command(String),
    Interrupted(Error),
}

impl From<String> for Problem {
    fn from(problem: String) -> Self {
        Self::Command(problem)
    }
}

impl From<&str> for Problem {
    fn from(problem: &str) -> Self {
        Self::Command(problem.to_owned())
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn problem(line: &str) -> String {
        let command = Secret::command(line).expect("a command");
        let error = command.resolve("the password").expect_err("no secret");
        error.message(true).unwrap_or_default()
    }

    #[test]
    fn a_failed_command_is_reported_without_its_output() {
        for (line, expected) in [
            ("false", "ended with code 1"),
            ("sh -c 'echo S3NTINEL; exit 7'", "ended with code 7"),
            ("sh -c 'kill -9 $$'", "ended with a signal"),
            ("true", "is empty"),
            ("sh -c 'echo; echo'", "is empty"),
            ("printf 'S3NTINEL\\nmore\\n'", "more than one line"),
            ("no-such-program-here", "cannot be run"),
            ("yes S3NTINEL", "printed more than 64 KiB"),
            ("printf '\\377'", "not UTF-8"),
        ] {
            let message = problem(line);
            assert!(message.contains(expected) && message.contains("the password"), "{line}: {message}");
            assert!(!message.contains("S3NTINEL"), "{message}");
        }
        assert_eq!(run("printf 'open sesame'", TIME_LIMIT).ok().as_deref(), Some("open sesame"));
    }

    #[test]
    fn a_command_that_hangs_is_killed() {
        for line in ["sleep 1000", "sh -c 'exec >&-; exec sleep 1000'"] {
            let problem = run(line, Duration::from_millis(50));
            assert!(matches!(&problem, Err(Problem::Command(text)) if text.contains("did not end")), "{problem:?}");
        }
    }
}
