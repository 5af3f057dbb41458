//! What writes rows and documents, as the options say.

use std::cell::RefCell;
use std::io::{self, IsTerminal as _, Write};
use std::rc::Rc;

use serde_json::Value;

use super::columns::{self, Column};
use super::query::Query;
use super::rows::Rows;
use super::{csv_rows, json_rows, table};
use crate::failure::Failure;
use crate::global::{Format, Global};

/// Writes rows and documents.
pub(crate) struct Printer {
    pub(super) format: Format,
    pub(super) columns: Option<Vec<Column>>,
    pub(super) query: Option<Query>,
    pub(super) coloured: bool,
    /// Whether somebody watches: rows are not held back then.
    pub(super) live: bool,
    pub(super) out: Box<dyn Write>,
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
        let stdout = io::stdout();
        let live = stdout.is_terminal();
        let coloured = global.color.is_on(live);
        Self::to(global, Box::new(io::BufWriter::with_capacity(64 * 1024, stdout)), coloured, live)
    }

    pub(super) fn to(global: &Global, out: Box<dyn Write>, coloured: bool, live: bool) -> Result<Self, Failure> {
        let format = global.output.unwrap_or(Format::Table);
        let columns = global.columns.as_deref().map(columns::parse).transpose()?;
        let query = global.query.as_deref().map(Query::parse).transpose()?;
        Ok(Self { format, columns, query, coloured, live, out })
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

    /// Writes one document. A result of `--query` that is a list is written as rows.
    pub(crate) fn document(mut self, value: Value) -> Result<(), Failure> {
        let value = match self.query.take() {
            Some(query) => match query.apply(value)? {
                Value::Array(rows) => return self.list(rows),
                value => value,
            },
            None => value,
        };
        self.one(value)
    }

    /// A document as bytes, for a file.
    pub(crate) fn render(mut self, value: Value) -> Result<Vec<u8>, Failure> {
        let bytes = Shared::default();
        self.out = Box::new(bytes.clone());
        self.coloured = false;
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
    pub(super) fn one(mut self, value: Value) -> Result<(), Failure> {
        let projected = |value: Value| match &self.columns {
            Some(columns) if value.is_object() => columns::project(&value, columns),
            _ => value,
        };
        let out = self.out.as_mut();
        let written = match self.format {
            Format::Json => json_rows::pretty(out, &projected(value)),
            Format::Jsonl => json_rows::line(out, &projected(value)),
            Format::Yaml => json_rows::yaml(out, &projected(value)),
            Format::Table => out.write_all(table::document(&value, self.columns.as_deref(), self.coloured).as_bytes()),
            Format::Csv => {
                let row = if value.is_object() { value } else { serde_json::json!({ "value": value }) };
                let columns = self.columns.take().unwrap_or_else(|| columns::of(std::slice::from_ref(&row)));
                csv_rows::header(out, &columns).and_then(|()| csv_rows::row(out, &columns, &row))
            }
        };
        written.and_then(|()| self.out.flush()).map_err(Failure::output)
    }
}
