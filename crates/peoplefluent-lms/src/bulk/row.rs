//! What the rows of both files have in common, and the constructors of each.

use std::borrow::Cow;

use rosterkit_core::{BoxFuture, Operation};

use super::cell::Cell;
use crate::{Body, CallOptions, Client, Error, Response};

/// A row of one of the bulk files: [`TrainingHistoryRow`](super::TrainingHistoryRow) or
/// [`ExternalTrainingRow`](super::ExternalTrainingRow).
///
/// It reads and writes cells by the position of their column in [`COLUMNS`](Self::COLUMNS), for programs that have
/// their own way to read a file.
pub trait BulkRow: Row + Clone + Default + PartialEq + Send + Sync + Unpin + 'static {
    /// The names of the columns in the header line, in the order of the document.
    const COLUMNS: &'static [&'static str];

    /// The texts of all cells, in the order of the columns. A cell without a value is blank.
    fn cells(&self) -> Vec<Cow<'_, str>>;

    /// Reads the cell of a column. A blank cell has no value.
    ///
    /// # Errors
    /// The rule that the text breaks, such as `must be one of A, U`. It does not contain the text.
    fn set(&mut self, column: usize, text: &str) -> Result<(), String>;

    /// The rules that the row breaks, each with its column. They contain no values.
    fn problems(&self) -> Vec<(&'static str, String)>;
}

/// What only this crate asks of a row.
pub trait Row {
    /// Groups of columns that identify a row: the first group without a blank cell does.
    const KEYS: &'static [&'static [&'static str]];
    /// Columns that every file must have.
    const NEEDED: &'static [&'static str];
    const OPERATION: &'static Operation;

    /// Whether a file of such rows may be sent twice with the effect of sending it once.
    fn is_idempotent(&self) -> bool {
        false
    }

    /// Sends a file.
    fn upload(client: &Client, body: Body, options: CallOptions) -> BoxFuture<'_, Result<Response<Body>, Error>>;
}

/// The problems of a row: those of each cell, and the columns that it lacks.
#[derive(Default)]
pub(crate) struct Check(Vec<(&'static str, String)>);

impl Check {
    /// The rules that a value breaks by itself: those of its type, and the limit of its text.
    pub fn cell<C: Cell>(
        &mut self,
        column: &'static str,
        value: Option<&C>,
        limit: Option<fn(&str) -> Option<String>>,
    ) {
        let Some(value) = value else { return };
        self.0.extend(value.problem().map(|rule| (column, rule)));
        if let Some(limit) = limit {
            let text = value.write();
            let rule = if text.is_empty() { None } else { limit(&text) };
            self.0.extend(rule.map(|rule| (column, rule)));
        }
    }

    /// Requires columns if another column has one of these codes, unless a third one is given. Each with its text.
    pub fn required(
        &mut self,
        columns: &[(&'static str, Cow<'_, str>)],
        when: Option<(&str, Cow<'_, str>, &[&str])>,
        unless: Option<(&str, Cow<'_, str>)>,
    ) {
        let mut condition = String::new();
        if let Some((column, code, codes)) = when {
            if !codes.contains(&&*code) {
                return;
            }
            condition = format!(" if {column} is {code}");
        }
        if let Some((column, text)) = unless {
            if !text.trim().is_empty() {
                return;
            }
            condition += &format!(" unless {column} is given");
        }
        let missing = columns.iter().filter(|(_, text)| text.trim().is_empty());
        self.0.extend(missing.map(|(column, _)| (*column, format!("is required{condition}"))));
    }

    pub fn finish(self) -> Vec<(&'static str, String)> {
        self.0
    }
}
