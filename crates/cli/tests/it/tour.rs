//! Runs each command of the README's tour and of the guide, and compares its output with the document.
//!
//! | in the section *Tour*, or a page of the guide | is |
//! | --- | --- |
//! | a block ```` ```console ````, a line `$ rosterkit …` | a command; the lines below are its standard output, then its standard error |
//! | `$ echo $?` | shows the exit code of the command before; without it, that must be 0 |
//! | `$ cat FILE` | shows a file |
//! | a block ```` ```csv FILE ```` or ```` ```toml FILE ```` | a file for the commands below |
//! | a block ```` ```rust ```` | a test of the documentation: see `documents` in `tests/src/lib.rs` |
//! | a block ```` ```sh ```` | `rosterkit sandbox --port PORT … &` starts a sandbox, on a free port instead; `export NAME=VALUE` holds for the commands below |
//!
//! With `UPDATE_TOUR=1` the document is rewritten with what the commands print.

use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use rosterkit_sandbox::Sandbox;

const MIN_COMMANDS: usize = 12;

/// A line `$ …` and what follows it.
#[derive(Debug)]
struct Step {
    /// The line, counted from 0.
    line: usize,
    command: String,
    expected: Vec<String>,
}

/// A block of the tour.
#[derive(Debug)]
enum Block {
    Console(Vec<Step>),
    File { name: String, content: String },
    Shell(Vec<String>),
}

/// The blocks in a range of lines.
fn blocks(lines: &[&str], part: Range<usize>) -> Vec<Block> {
    let mut found = Vec::new();
    let mut at = part.start;
    while at < part.end {
        let Some(info) = lines[at].strip_prefix("```") else {
            at += 1;
            continue;
        };
        let length = lines[at + 1..].iter().position(|line| *line == "```").expect("the block is closed");
        let content = at + 1..at + 1 + length;
        let text = || lines[content.clone()].iter().map(|line| format!("{line}\n")).collect::<String>();
        match info.split_once(' ').unwrap_or((info, "")) {
            ("console", _) => found.push(Block::Console(steps(lines, content.clone()))),
            ("csv" | "toml", name) if !name.is_empty() => {
                found.push(Block::File { name: name.to_owned(), content: text() })
            }
            (language, _) if language.starts_with("rust") => {}
            ("sh", _) => found.push(Block::Shell(lines[content.clone()].iter().map(|it| (*it).to_owned()).collect())),
            other => panic!("line {}: a block that no test runs: {other:?}", at + 1),
        }
        at = content.end + 1;
    }
    found
}

fn steps(lines: &[&str], content: Range<usize>) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    for line in content {
        match (lines[line].strip_prefix("$ "), steps.last_mut()) {
            (Some(command), _) => steps.push(Step { line, command: command.to_owned(), expected: Vec::new() }),
            (None, Some(step)) => step.expected.push(lines[line].to_owned()),
            (None, None) => panic!("line {}: output without a command", line + 1),
        }
    }
    steps
}

/// Where the commands run.
struct Stage {
    home: tempfile::TempDir,
    sandbox: Option<Sandbox>,
    /// The sandbox's address in the README, and its real address.
    address: Option<(String, String)>,
    variables: Vec<(String, String)>,
    code: i32,
}

impl Stage {
    fn words(&self, line: &str) -> Vec<String> {
        shlex::split(line).unwrap_or_else(|| panic!("unclosed quote: {line}"))
    }

    /// The text with the real address.
    fn here(&self, text: &str) -> String {
        self.address.as_ref().map_or_else(|| text.to_owned(), |(there, here)| text.replace(there, here))
    }

    fn shell(&mut self, line: &str) {
        let words = self.words(line);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        match words.as_slice() {
            [] => {}
            ["export", assignments @ ..] => {
                for assignment in assignments {
                    let (name, value) = assignment.split_once('=').expect("NAME=VALUE");
                    self.variables.push((name.to_owned(), self.here(value)));
                }
            }
            ["rosterkit", "sandbox", options @ .., "&"] => {
                let option = |name| options.windows(2).find(|pair| pair[0] == name).map(|pair| pair[1].to_owned());
                let port = option("--port").expect("--port");
                let mut builder = Sandbox::builder();
                if let Some(users) = option("--users") {
                    builder = builder.users(users.parse().expect("a number"));
                }
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
                let sandbox = runtime.block_on(builder.start()).expect("a sandbox");
                let url = sandbox.genesys_url();
                let here = url.strip_suffix("/genesys").expect("an address").to_owned();
                self.address = Some((format!("http://127.0.0.1:{port}"), here));
                self.sandbox = Some(sandbox);
            }
            other => panic!("unsupported shell line: {other:?}"),
        }
    }

    /// Runs a command, and returns the lines that it prints.
    fn run(&mut self, line: &str) -> Vec<String> {
        let words = self.words(line);
        let printed = match words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
            ["echo", "$?"] => return vec![std::mem::take(&mut self.code).to_string()],
            ["cat", name] => fs::read_to_string(self.home.path().join(name)).expect("a file"),
            ["rosterkit", arguments @ ..] => {
                assert_eq!(self.code, 0, "before `{line}`");
                let binary = std::process::Command::new(assert_cmd::cargo::cargo_bin!("rosterkit"));
                let mut command = Command::from_std(binary);
                command.env_clear().env("HOME", self.home.path()).env("APPDATA", self.home.path());
                command.envs(self.variables.iter().cloned()).current_dir(self.home.path());
                let output = command.args(arguments).output().expect("run");
                self.code = output.status.code().expect("an exit code");
                let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
                text(output.stdout) + &text(output.stderr)
            }
            other => panic!("unsupported command: {other:?}"),
        };
        let printed = self.address.as_ref().map_or(printed.clone(), |(there, here)| printed.replace(here, there));
        printed.lines().map(|line| line.trim_end().to_owned()).collect()
    }
}

/// A file of the repository.
pub fn document(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(name)
}

#[test]
fn every_command_of_the_tour_prints_what_the_readme_says() {
    let commands = compare(&document("README.md"), |lines| {
        let start = lines.iter().position(|line| *line == "## Tour").expect("the README has a tour");
        let length = lines[start + 1..].iter().position(|line| line.starts_with("## ")).expect("a section follows");
        start + 1..start + 1 + length
    });
    assert!(commands >= MIN_COMMANDS, "the tour has {commands} commands");
}

/// Runs the blocks in a part of a document, and returns how many commands there are.
pub fn compare(document: &Path, part: impl FnOnce(&[&str]) -> Range<usize>) -> usize {
    let text = fs::read_to_string(document).unwrap_or_else(|error| panic!("{}: {error}", document.display()));
    let lines: Vec<&str> = text.lines().collect();
    let home = tempfile::tempdir().expect("a home");
    let mut stage = Stage { home, sandbox: None, address: None, variables: Vec::new(), code: 0 };
    let (mut commands, mut wrong, mut updated) =
        (0, Vec::new(), lines.iter().map(|it| vec![(*it).to_owned()]).collect::<Vec<_>>());
    for block in blocks(&lines, part(&lines)) {
        match block {
            Block::File { name, content } => fs::write(stage.home.path().join(name), content).expect("written"),
            Block::Shell(lines) => lines.iter().for_each(|line| stage.shell(line)),
            Block::Console(steps) => {
                for Step { line, command, expected } in steps {
                    commands += usize::from(command.starts_with("rosterkit "));
                    let printed = stage.run(&command);
                    updated[line].extend(printed.clone());
                    updated[line + 1..=line + expected.len()].iter_mut().for_each(Vec::clear);
                    if printed != expected {
                        let (printed, expected) = (printed.join("\n"), expected.join("\n"));
                        wrong.push(format!("$ {command}\n--- expected\n{expected}\n--- printed\n{printed}"));
                    }
                }
                assert_eq!(stage.code, 0, "the last command of a block failed, and no `echo $?` says so");
            }
        }
    }
    if std::env::var_os("UPDATE_TOUR").is_some() {
        fs::write(document, updated.into_iter().flatten().map(|line| line + "\n").collect::<String>())
            .expect("written");
        return commands;
    }
    assert!(wrong.is_empty(), "{}: {}", document.display(), wrong.join("\n\n"));
    commands
}
