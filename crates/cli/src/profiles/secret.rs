//! Where a secret of a profile comes from.

use std::fmt;
use std::io::{self, Read as _};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use rosterkit_core::{SecretString, SecretText};
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::signals;

/// How long a secret can be, in bytes. Tokens with claims have a few thousand.
const LONGEST: usize = 64 * 1024;
/// How long a program may take: somebody may have to type a passphrase.
const LIMIT: Duration = Duration::from_secs(120);
/// How often to look whether it has ended.
const LOOK: Duration = Duration::from_millis(10);

/// Where a secret comes from.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(untagged)]
pub(crate) enum Secret {
    /// The file of the profiles.
    Kept(SecretText),
    /// A variable of the environment.
    Environment(Environment),
    /// What a program prints.
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

/// Shows the program; arguments may be personal.
impl fmt::Debug for CommandLine {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("CommandLine").finish_non_exhaustive()
    }
}

impl Secret {
    /// A secret that an environment variable holds.
    pub(crate) fn environment(name: &str) -> Result<Self, Error> {
        let is_name = |name: &str| !name.is_empty() && !name.contains(['=', '\0']) && name.trim() == name;
        match is_name(name) {
            true => Ok(Self::Environment(Environment { env: name.to_owned() })),
            false => Err(Error::usage("`env:` is followed by the name of an environment variable: env:MY_SECRET")),
        }
    }

    /// A secret that a program prints.
    pub(crate) fn command(line: &str) -> Result<Self, Error> {
        words(line)?;
        Ok(Self::Command(CommandLine { command: line.to_owned() }))
    }

    /// Where it comes from, for people. It shows neither the secret nor a command's arguments.
    pub(crate) fn origin(&self) -> String {
        match self {
            Self::Kept(_) => "kept in the file".to_owned(),
            Self::Environment(variable) => format!("environment {}", crate::text::printable(&variable.env)),
            Self::Command(_) => "printed by a command".to_owned(),
        }
    }

    /// Gets it. `what` names it in messages.
    pub(crate) fn resolve(&self, what: &str) -> Result<SecretString, Error> {
        match self {
            Self::Kept(secret) => checked(secret.expose(), what, "the file of the profiles"),
            Self::Environment(Environment { env }) => match std::env::var(env) {
                Ok(secret) => checked(&secret, what, &format!("the environment variable `{env}`")),
                Err(_) => Err(Error::Credential(format!(
                    "{what} comes from the environment variable `{env}`, which is not set or no text: set it"
                ))),
            },
            Self::Command(CommandLine { command }) => {
                let printed = run(command, LIMIT).map_err(|problem| match problem {
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

fn checked(secret: &str, what: &str, place: &str) -> Result<SecretString, Error> {
    match secret {
        "" => Err(Error::Credential(format!("{what} comes from {place}, and is empty there"))),
        // Nobody can tell which of the lines is meant, and a wrong one would go to the service.
        secret if secret.contains(['\r', '\n']) => Err(Error::Credential(format!(
            "{what} comes from {place}, and is more than one line there: let it be the secret alone, such as by \
             `sh -c 'pass show lms | head -n 1'`"
        ))),
        secret => Ok(SecretString::from(secret)),
    }
}

fn words(line: &str) -> Result<Vec<String>, Error> {
    match shlex::split(line) {
        Some(words) if !words.is_empty() => Ok(words),
        Some(_) => Err(Error::usage("the command for a secret is empty: name a program")),
        None => Err(Error::usage("the command for a secret has a quote that is not closed")),
    }
}

/// Runs a program without a shell. What it says on standard error is for the user: it may ask for a passphrase.
fn run(line: &str, limit: Duration) -> Result<String, Problem> {
    let words = words(line).map_err(|_| "is no command line")?;
    let (program, arguments) = words.split_first().ok_or("is empty")?;
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::inherit());
    let mut child = command.spawn().map_err(|error| format!("cannot be run: {error}"))?;
    let (sender, printed) = mpsc::channel();
    if let Some(stdout) = child.stdout.take() {
        let read = move || {
            let mut printed = Vec::new();
            let read = stdout.take(LONGEST as u64 + 1).read_to_end(&mut printed);
            // Nobody waits any more after the time limit.
            let _ = sender.send(read.map(|_| printed));
        };
        let spawned = std::thread::Builder::new().name("rosterkit-secret".to_owned()).spawn(read);
        spawned.map_err(|error| format!("cannot be read from: {error}"))?;
    }
    let result = wait(&mut child, &printed, limit);
    if result.is_err() {
        // It has ended already, or is not needed any more.
        let _ = child.kill();
        let _ = child.wait();
    }
    let printed = result?;
    String::from_utf8(printed).map_err(|_| "printed something that is not UTF-8".into())
}

/// Waits for what a program prints and for its end.
fn wait(child: &mut Child, printed: &mpsc::Receiver<io::Result<Vec<u8>>>, limit: Duration) -> Result<Vec<u8>, Problem> {
    let start = Instant::now();
    let mut output = None;
    loop {
        match printed.recv_timeout(LOOK) {
            Ok(read) => output = Some(read.map_err(|error| format!("cannot be read from: {error}"))?),
            Err(mpsc::RecvTimeoutError::Timeout) => {}
            // It was read already, and the program is about to end.
            Err(mpsc::RecvTimeoutError::Disconnected) => std::thread::sleep(LOOK),
        }
        if output.as_ref().is_some_and(|output| output.len() > LONGEST) {
            return Err(format!("printed more than {} KiB", LONGEST / 1024).into());
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
            return Err(format!("did not end within {} seconds: does it wait for something?", limit.as_secs()).into());
        }
    }
}

/// Why a command gives no secret.
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
    fn a_command_that_gives_no_secret_is_told_without_what_it_printed() {
        for (line, expected) in [
            ("false", "ended with code 1"),
            ("sh -c 'echo S3NTINEL; exit 7'", "ended with code 7"),
            ("sh -c 'kill -9 $$'", "ended with a signal"),
            ("true", "is empty there"),
            ("sh -c 'echo; echo'", "is empty there"),
            ("printf 'S3NTINEL\\nmore\\n'", "more than one line"),
            ("no-such-program-here", "cannot be run"),
            ("yes S3NTINEL", "printed more than 64 KiB"),
            ("printf '\\377'", "not UTF-8"),
        ] {
            let message = problem(line);
            assert!(message.contains(expected) && message.contains("the password"), "{line}: {message}");
            assert!(!message.contains("S3NTINEL"), "{message}");
        }
        assert_eq!(run("printf 'open sesame'", LIMIT).ok().as_deref(), Some("open sesame"));
    }

    #[test]
    fn a_command_that_hangs_is_ended() {
        for line in ["sleep 1000", "sh -c 'exec >&-; exec sleep 1000'"] {
            let problem = run(line, Duration::from_millis(50));
            assert!(matches!(&problem, Err(Problem::Command(text)) if text.contains("did not end")), "{problem:?}");
        }
    }
}
