//! What is wrong with a sync file, and where.

use std::fmt;
use std::path::{Path, PathBuf};

/// The most problems that are shown.
const MAX_SHOWN: usize = 100;

/// Why a sync file cannot be used. It is displayed as lines that editors and terminals turn into links, in the order of the
/// file:
///
/// ```text
/// rosterkit-sync.toml:12:1: `flow.form` is an unknown key; did you mean `from`?
/// rosterkit-sync.toml:14:11: `flow.restore` is a text; expected true or false
/// 2 problem(s)
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    path: PathBuf,
    problems: Vec<ConfigProblem>,
    /// Why the file cannot be read at all.
    unreadable: Option<String>,
}

/// One thing that is wrong with a sync file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ConfigProblem {
    /// Line, counted from 1.
    pub line: usize,
    /// Column in characters, counted from 1.
    pub column: usize,
    /// What is wrong, and what is accepted.
    pub message: String,
}

impl ConfigError {
    pub(super) fn unreadable(path: &Path, reason: impl Into<String>) -> Self {
        Self { path: path.to_owned(), problems: Vec::new(), unreadable: Some(reason.into()) }
    }

    pub(super) fn new(path: &Path, mut problems: Vec<ConfigProblem>) -> Self {
        problems.sort();
        problems.dedup();
        Self { path: path.to_owned(), problems, unreadable: None }
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What is wrong, in the order of the file. Empty if the file cannot be read at all.
    pub fn problems(&self) -> &[ConfigProblem] {
        &self.problems
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.display();
        if let Some(reason) = &self.unreadable {
            return write!(formatter, "{path}: {reason}");
        }
        for ConfigProblem { line, column, message } in self.problems.iter().take(MAX_SHOWN) {
            writeln!(formatter, "{path}:{line}:{column}: {message}")?;
        }
        if self.problems.len() > MAX_SHOWN {
            writeln!(formatter, "… and {} more", self.problems.len() - MAX_SHOWN)?;
        }
        write!(formatter, "{} problem(s)", self.problems.len())
    }
}

impl std::error::Error for ConfigError {}

/// Collects problems by their place in a text.
pub(super) struct Problems<'a> {
    text: &'a str,
    /// Where each line begins, in bytes.
    lines: Vec<usize>,
    found: Vec<ConfigProblem>,
}

impl<'a> Problems<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        let starts = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(index, _)| index + 1);
        Self { text, lines: std::iter::once(0).chain(starts).collect(), found: Vec::new() }
    }

    /// The line of a position in bytes, counted from 1.
    pub(super) fn line(&self, position: usize) -> usize {
        self.lines.partition_point(|start| *start <= position)
    }

    /// Adds a problem at a position in bytes.
    pub(super) fn add(&mut self, position: usize, message: impl Into<String>) {
        let mut position = position.min(self.text.len());
        while !self.text.is_char_boundary(position) {
            position -= 1;
        }
        let line = self.line(position);
        let start = line.checked_sub(1).and_then(|index| self.lines.get(index)).copied().unwrap_or_default();
        let column = self.text.get(start..position).map_or(0, |before| before.chars().count()) + 1;
        let message = one_line(&message.into());
        self.found.push(ConfigProblem { line, column, message });
    }

    pub(super) fn text(&self) -> &'a str {
        self.text
    }

    pub(super) fn into_found(self) -> Vec<ConfigProblem> {
        self.found
    }
}

/// A message without control characters, which an expression or a key can bring in.
fn one_line(message: &str) -> String {
    let escaped = message.chars().map(|it| match it.is_control() {
        true => it.escape_default().to_string(),
        false => it.to_string(),
    });
    escaped.collect()
}
