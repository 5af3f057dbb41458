//! What writes rows and documents, as the options say.

use std::cell::RefCell;
use std::io::{self, IsTerminal as _, Write};
use std::path::Path;
use std::rc::Rc;

use serde_json::Value;

use super::columns::{self, Column};
use super::query::Query;
use super::rows::Rows;
use super::sink::Sink;
use super::{csv_rows, json_rows, table};
use crate::failure::Failure;
use crate::files::AtomicFile;
use crate::global::{Format, Global};

/// Writes rows and documents.
pub(crate) struct Printer {
    pub(super) format: Format,
    /// Whether the options name the form.
    is_chosen: bool,
    pub(super) columns: Option<Vec<Column>>,
    pub(super) query: Option<Query>,
    pub(super) coloured: bool,
    /// Whether a terminal shows it: rows are not held back then, and nothing reaches it as a command.
    pub(super) live: bool,
    pub(super) out: Sink,
}

/// Bytes that are written here and read there.
#[derive(Clone, Default)]
struct Shared(Rc<RefCell<Vec<u8>>>);

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Printer {
    /// Checks the options.
    pub(crate) fn new(global: &Global) -> Result<Self, Failure> {
        let live = io::stdout().is_terminal();
        Self::to(global, Sink::stdout(), global.color.is_on(live), live)
    }

    pub(super) fn to(global: &Global, out: Sink, coloured: bool, live: bool) -> Result<Self, Failure> {
        let (format, is_chosen) = (global.output.unwrap_or(Format::Table), global.output.is_some());
        let columns = global.columns.as_deref().map(columns::parse).transpose()?;
        let query = global.query.as_deref().map(Query::parse).transpose()?;
        Ok(Self { format, is_chosen, columns, query, coloured, live, out })
    }

    /// Writes to this file instead, which appears whole or not at all. Its form is the one of its name, unless the options
    /// name one.
    pub(crate) fn into_file(mut self, path: Option<&Path>) -> Result<Self, Failure> {
        let Some(path) = path else { return Ok(self) };
        if path == Path::new("-") {
            return Err(Failure::usage("--out - is no file: leave --out out, and standard output has it"));
        }
        if let Some(format) = Format::of(path)
            && !self.is_chosen
        {
            self.format = format;
        }
        self.out = Sink::File(Box::new(AtomicFile::create(path)?));
        (self.coloured, self.live) = (false, false);
        Ok(self)
    }

    /// The form of the output, for commands whose default is another one than a table.
    pub(crate) fn or_else(mut self, global: &Global, default: Format) -> Self {
        self.format = global.output.unwrap_or(default);
        self
    }

    /// Starts a list. The columns are those that tables and CSV show unless `--columns` names others; if there are none,
    /// they show all that the rows have.
    pub(crate) fn rows(self, default_columns: &[&str]) -> Rows {
        Rows::new(self, default_columns.iter().map(|path| Column::new(*path)).collect())
    }

    /// Refuses columns whose first name is none of those that items have. What a query makes has names of its own.
    pub(crate) fn check_columns(&self, names: &[&str]) -> Result<(), Failure> {
        match &self.columns {
            Some(columns) if self.query.is_none() => columns::check(columns, names),
            _ => Ok(()),
        }
    }

    /// Starts a list whose items have these columns and no others.
    ///
    /// # Errors
    /// If `--columns` names another one.
    pub(crate) fn fixed_rows(self, columns: &[&str]) -> Result<Rows, Failure> {
        self.check_columns(columns)?;
        Ok(self.rows(columns))
    }

    /// Writes one document. A result of `--query` that is a list is written as rows.
    pub(crate) fn document(mut self, value: Value) -> Result<(), Failure> {
        let value = match self.query.take() {
            Some(query) => match query.apply(value)? {
                Value::Array(rows) => return self.list(rows),
                value => value,
            },
            None => value,
        };
        if let (Some(columns), Value::Object(_)) = (&self.columns, &value) {
            let mut missing = columns::Missing::new(columns);
            missing.see(&value);
            missing.tell();
        }
        self.one(value)
    }

    /// A document as bytes, for a file.
    pub(crate) fn render(mut self, value: Value) -> Result<Vec<u8>, Failure> {
        let bytes = Shared::default();
        self.out = Sink::Memory(Box::new(bytes.clone()));
        (self.coloured, self.live) = (false, false);
        self.document(value)?;
        Ok(bytes.0.take())
    }

    /// Writes a list that is there already.
    pub(crate) fn list(self, rows: Vec<Value>) -> Result<(), Failure> {
        let mut list = self.rows(&[]);
        for row in rows {
            list.push(row)?;
        }
        list.finish()
    }

    /// Writes one document after the query.
    pub(super) fn one(&mut self, value: Value) -> Result<(), Failure> {
        let projected = |value: Value| match &self.columns {
            Some(columns) if value.is_object() => columns::project(&value, columns),
            _ => value,
        };
        let live = self.live;
        let out = &mut self.out;
        let written = match self.format {
            Format::Json => json_rows::pretty(out, &projected(value)),
            Format::Jsonl => json_rows::line(out, &projected(value)),
            Format::Yaml => json_rows::yaml(out, &projected(value), live),
            Format::Table => out.write_all(table::document(&value, self.columns.as_deref(), self.coloured).as_bytes()),
            Format::Csv => {
                let row = if value.is_object() { value } else { serde_json::json!({ "value": value }) };
                let columns = self.columns.clone().unwrap_or_else(|| columns::of(std::slice::from_ref(&row)));
                csv_rows::header(out, &columns, live).and_then(|()| csv_rows::row(out, &columns, &row, live))
            }
        };
        written.map_err(|error| self.out.failure(error))?;
        self.out.finish()
    }
}
