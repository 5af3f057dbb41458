//! What a read found.

use std::collections::BTreeMap;

use super::Row;

/// Why an empty list is incomplete.
pub(crate) const EMPTY_LIST: &str = "the list is empty, which is never taken for everybody";

/// How many problems of single rows a report tells at most.
pub const MAX_PROBLEMS: usize = 100;

/// How a side of a flow was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReadReport {
    /// The number of rows.
    pub rows: u64,
    /// The number of people who were listed again, and left out the second time.
    pub repeated: u64,
    /// The number of rows that could not be read. They are left out, and the read is incomplete.
    pub unreadable: u64,
    /// Why, one text for each of the first [`MAX_PROBLEMS`] of them. Texts have ids or lines, but no values.
    pub problems: Vec<String>,
    /// How many rows lack a part that was asked for with `expand`.
    pub lacking: BTreeMap<String, u64>,
    /// What the reader should know of a read that may be complete nevertheless. Texts have no values.
    pub notes: Vec<String>,
    /// Why the read is incomplete; empty if it is complete. Texts have no values.
    pub incomplete: Vec<String>,
}

impl ReadReport {
    /// Whether everybody was read.
    pub fn is_complete(&self) -> bool {
        self.incomplete.is_empty()
    }

    /// Counts a record, and returns its row if it can be read.
    pub(crate) fn count(&mut self, row: Result<Row, String>) -> Option<Row> {
        match row {
            Ok(row) => {
                self.rows += 1;
                for part in &row.lacking {
                    match self.lacking.get_mut(part) {
                        Some(count) => *count += 1,
                        None => drop(self.lacking.insert(part.clone(), 1)),
                    }
                }
                Some(row)
            }
            Err(problem) => {
                self.is_unreadable(|| problem);
                None
            }
        }
    }

    /// Adds the counts of other rows.
    pub(super) fn add(&mut self, other: Self) {
        self.rows += other.rows;
        self.unreadable += other.unreadable;
        let room = MAX_PROBLEMS.saturating_sub(self.problems.len());
        self.problems.extend(other.problems.into_iter().take(room));
        for (part, count) in other.lacking {
            *self.lacking.entry(part).or_default() += count;
        }
    }

    pub(super) fn is_incomplete(&mut self, reason: impl Into<String>) {
        self.incomplete.push(reason.into());
    }

    pub(super) fn note(&mut self, note: impl Into<String>) {
        self.notes.push(note.into());
    }

    /// Counts a row that could not be read.
    pub(super) fn is_unreadable(&mut self, problem: impl FnOnce() -> String) {
        self.unreadable += 1;
        if self.problems.len() < MAX_PROBLEMS {
            self.problems.push(problem());
        }
    }

    /// Adds what follows from the counts, at the end of a read.
    pub(super) fn conclude(&mut self) {
        if self.unreadable > 0 {
            self.is_incomplete(format!("{} could not be read", counted(self.unreadable, "row", "rows")));
        }
        if self.repeated > 0 {
            let again = counted(self.repeated, "person was listed twice", "people were listed twice");
            self.note(format!("{again} and left out the second time: the directory may have changed meanwhile"));
        }
        if self.rows == 0 && self.unreadable == 0 {
            self.is_incomplete(EMPTY_LIST);
        }
    }
}

/// A number with its noun.
pub(super) fn counted(count: u64, one: &str, several: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { several })
}
