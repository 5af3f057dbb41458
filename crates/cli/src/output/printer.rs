//! Writes rows and documents in the format of the options.

use std::cell::RefCell;
use std::io::{self, IsTerminal as _, Write};
use std::path::Path;
use std::rc::Rc;

use serde::Serialize;
use serde_json::Value;

use super::columns::{self, Column, Missing, Omitted};
use super::encode;
use super::query::Query;
use super::sink::Sink;
use super::table::{self, Table};
use crate::atomic_file::AtomicFile;
use crate::error::Error;
use crate::global_args::{Format, GlobalArgs};

/// Writes rows and documents.
pub(crate) struct Printer {
    pub(super) format: Format,
    /// Whether the options set the format.
    is_chosen: bool,
    pub(super) columns: Option<Vec<Column>>,
    /// The fields that `--columns all` means; none if only the rows have them.
    fields: Vec<String>,
    pub(super) query: Option<Query>,
    pub(super) coloured: bool,
    /// Whether the output tells of a write that was made, so that a query that does not match is not the command's error.
    is_of_write: bool,
    /// Whether the output is a terminal: rows are flushed one by one then, and control characters are escaped.
    pub(super) live: bool,
    pub(super) out: Sink,
}

/// Bytes in memory that are read after they are written.
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
    /// A printer to standard output.
    ///
    /// # Errors
    /// If the options are invalid.
    pub(crate) fn new(global: &GlobalArgs) -> Result<Self, Error> {
        let live = io::stdout().is_terminal();
        Self::to(global, Sink::stdout(), global.color.is_on(live), live)
    }

    pub(super) fn to(global: &GlobalArgs, out: Sink, coloured: bool, live: bool) -> Result<Self, Error> {
        let (format, is_chosen) = (global.output.unwrap_or(Format::Table), global.output.is_some());
        let columns = global.columns.as_deref().map(columns::parse).transpose()?;
        let query = global.query.as_deref().map(Query::parse).transpose()?;
        Ok(Self { format, is_chosen, columns, fields: Vec::new(), query, coloured, is_of_write: false, live, out })
    }

    /// Says that the output tells of a write: if `--query` does not match the data, that is reported, and the data are
    /// printed without it.
    pub(crate) fn of_write(mut self) -> Self {
        self.is_of_write = true;
        self
    }

    /// Applies the query. The output of a write goes on without a query that does not match the data.
    fn queried(query: &Query, value: Value, is_of_write: bool) -> Result<(Value, bool), Error> {
        if !is_of_write {
            return query.apply(value).map(|value| (value, true));
        }
        match query.apply(value.clone()) {
            Ok(value) => Ok((value, true)),
            Err(error) => {
                let message = error.message(false).unwrap_or_default();
                // A closed standard error does not stop the command.
                let _ = writeln!(io::stderr(), "rosterkit: {message}; the change was made");
                Ok((value, false))
            }
        }
    }

    /// Writes to this file instead, all or nothing; `-` is standard output. The extension of its name sets the format, unless
    /// the options do.
    pub(crate) fn into_file(mut self, path: Option<&Path>) -> Result<Self, Error> {
        let Some(path) = path.filter(|path| *path != Path::new("-")) else { return Ok(self) };
        if let Some(format) = Format::of(path)
            && !self.is_chosen
        {
            self.format = format;
        }
        self.out = Sink::File(Box::new(AtomicFile::create(path)?));
        (self.coloured, self.live) = (false, false);
        Ok(self)
    }

    /// Sets the format for commands whose default is not a table.
    pub(crate) fn or_else(mut self, global: &GlobalArgs, default: Format) -> Self {
        self.format = global.output.unwrap_or(default);
        self
    }

    /// Starts a list. Tables and CSV show these columns unless `--columns` is given; if there are none, they show all
    /// columns of the rows.
    pub(crate) fn rows(self, default_columns: &[&str]) -> Rows {
        Rows::new(self, default_columns.iter().map(|path| Column::new(*path)).collect())
    }

    /// Rejects `--columns` whose first name is not in `names`. With a query, any column is accepted.
    pub(crate) fn check_columns(&self, names: &[&str]) -> Result<(), Error> {
        match &self.columns {
            Some(columns) if self.query.is_none() => columns::check(columns, names),
            _ => Ok(()),
        }
    }

    /// Says which fields are meant by `--columns all`, so that tables and CSV need not wait for the last row to know them. The
    /// other formats have the fields of each row.
    #[must_use]
    pub(crate) fn with_fields(mut self, names: &[&str]) -> Self {
        self.fields = names.iter().map(|name| (*name).to_owned()).collect();
        self
    }

    /// Starts a list whose items have these columns and no others.
    ///
    /// # Errors
    /// If `--columns` has an unknown column.
    pub(crate) fn fixed_rows(self, columns: &[&str]) -> Result<Rows, Error> {
        self.check_columns(columns)?;
        Ok(self.with_fields(columns).rows(columns))
    }

    /// Writes one document. If `--query` gives a list, it is written as rows.
    pub(crate) fn document(mut self, value: Value) -> Result<(), Error> {
        let value = match self.query.take() {
            Some(query) => match Self::queried(&query, value, self.is_of_write)? {
                (Value::Array(rows), true) => return self.list(rows, &[]),
                (value, _) => value,
            },
            None => value,
        };
        if let (Some(columns), Value::Object(_)) = (&self.columns, &value) {
            let mut missing = Missing::new(columns);
            missing.check_row(&value);
            missing.report();
        }
        self.one(value)
    }

    /// A document as bytes, for a file.
    pub(crate) fn render(mut self, value: Value) -> Result<Vec<u8>, Error> {
        let bytes = Shared::default();
        self.out = Sink::Memory(Box::new(bytes.clone()));
        (self.coloured, self.live) = (false, false);
        self.document(value)?;
        Ok(bytes.0.take())
    }

    /// Writes a whole list.
    pub(crate) fn list(self, rows: Vec<Value>, default_columns: &[&str]) -> Result<(), Error> {
        let mut list = self.rows(default_columns);
        for row in rows {
            list.push(row)?;
        }
        list.finish()
    }

    /// Writes one document after the query.
    pub(super) fn one(&mut self, value: Value) -> Result<(), Error> {
        let projected = |value: Value| match &self.columns {
            Some(columns) if value.is_object() => columns::project(&value, columns),
            _ => value,
        };
        let live = self.live;
        let out = &mut self.out;
        let written = match self.format {
            Format::Json => encode::pretty(out, &projected(value)),
            Format::Jsonl => encode::line(out, &projected(value)),
            Format::Yaml => encode::yaml(out, &projected(value), live),
            Format::Table => {
                let columns = self.columns.as_ref().map(|columns| columns::of(std::slice::from_ref(&value), columns));
                out.write_all(table::document(&value, columns.as_deref(), self.coloured).as_bytes())
            }
            Format::Csv => {
                let row = if value.is_object() { value } else { serde_json::json!({ "value": value }) };
                let columns = columns::of(std::slice::from_ref(&row), self.columns.as_deref().unwrap_or_default());
                encode::csv_header(out, &columns, live).and_then(|()| encode::csv_row(out, &columns, &row, live))
            }
        };
        written.map_err(|error| self.out.write_error(error))?;
        self.out.finish()
    }
}

/// A list that is written row by row. After an error, the rows before it stay written; a file is written all or nothing.
pub(crate) struct Rows {
    printer: Printer,
    columns: Vec<Column>,
    /// The columns of `--columns` that no row has had so far.
    missing: Option<Missing>,
    /// What the default columns leave out.
    omitted: Option<Omitted>,
    table: Table,
    /// Rows that are held back until a batch of a table is full, the columns are known, or the query can be applied.
    pending: Vec<Value>,
    count: u64,
    is_finished: bool,
}

impl Rows {
    pub(super) fn new(mut printer: Printer, default_columns: Vec<Column>) -> Self {
        // The result of a query has columns of its own.
        let default_columns = if printer.query.is_some() { Vec::new() } else { default_columns };
        let named = printer.columns.take();
        let missing = named.as_deref().map(Missing::new);
        let is_cut = named.is_none() && !default_columns.is_empty();
        let omitted = (is_cut && matches!(printer.format, Format::Table | Format::Csv)).then(Omitted::default);
        let columns = match printer.format {
            Format::Table | Format::Csv => match named {
                Some(named) if printer.query.is_none() && !printer.fields.is_empty() => {
                    columns::with_fields(&named, &printer.fields)
                }
                named => named.unwrap_or(default_columns),
            },
            _ => named.unwrap_or_default(),
        };
        let (table, pending) = (Table::default(), Vec::new());
        Self { printer, columns, missing, omitted, table, pending, count: 0, is_finished: false }
    }

    /// Adds a row.
    pub(crate) fn push(&mut self, row: Value) -> Result<(), Error> {
        let is_per_item = self.printer.format == Format::Jsonl;
        match &self.printer.query {
            Some(query) if is_per_item => {
                let (row, is_match) = Printer::queried(query, row, self.printer.is_of_write)?;
                if !is_match {
                    self.printer.query = None;
                }
                self.write(row)
            }
            Some(_) => {
                self.pending.push(row);
                Ok(())
            }
            None => self.write(row),
        }
    }

    /// Adds a row of this form. JSON lines without options are written as they are.
    pub(crate) fn push_as(&mut self, row: &impl Serialize) -> Result<(), Error> {
        let is_whole = self.printer.query.is_none() && self.columns.is_empty() && self.missing.is_none();
        if self.printer.format != Format::Jsonl || !is_whole {
            return self.push(serde_json::to_value(row).map_err(|error| Error::output(error.into()))?);
        }
        let written = encode::line(&mut self.printer.out, row);
        self.added(written)
    }

    /// Writes the pending rows and the end of the list.
    pub(crate) fn finish(mut self) -> Result<(), Error> {
        self.is_finished = true;
        if self.printer.format != Format::Jsonl
            && let Some(query) = self.printer.query.take()
        {
            let rows = Value::Array(std::mem::take(&mut self.pending));
            match Printer::queried(&query, rows, self.printer.is_of_write)?.0 {
                Value::Array(rows) => rows.into_iter().try_for_each(|row| self.write(row))?,
                value => {
                    self.printer.columns =
                        Some(std::mem::take(&mut self.columns)).filter(|columns| !columns.is_empty());
                    return self.printer.one(value);
                }
            }
        }
        let ended = self.end();
        ended.map_err(|error| self.printer.out.write_error(error))?;
        self.printer.out.finish()?;
        if let Some(missing) = self.missing.take() {
            missing.report();
        }
        if let Some(omitted) = self.omitted.take() {
            omitted.report();
        }
        Ok(())
    }

    fn end(&mut self) -> io::Result<()> {
        let live = self.printer.live;
        match self.printer.format {
            Format::Table => self.batch(),
            Format::Csv if !columns::are_known(&self.columns) => self.csv_of_pending(),
            Format::Csv if self.count == 0 => encode::csv_header(&mut self.printer.out, &self.columns, live),
            Format::Json => encode::array_end(&mut self.printer.out, self.count == 0),
            Format::Yaml if self.count == 0 => self.printer.out.write_all(b"[]\n"),
            Format::Csv | Format::Yaml | Format::Jsonl => Ok(()),
        }
    }

    /// Writes the rows before an error. The end of a JSON array is left out, so that the list is not mistaken for complete.
    pub(crate) fn interrupted(mut self) -> Result<(), Error> {
        self.is_finished = true;
        self.show()
    }

    /// Writes the rows so far.
    pub(crate) fn show(&mut self) -> Result<(), Error> {
        if self.printer.out.is_file() {
            return Ok(());
        }
        if self.printer.format == Format::Table && self.printer.query.is_none() && !self.pending.is_empty() {
            let written = self.batch();
            written.map_err(|error| self.printer.out.write_error(error))?;
        }
        self.flush()
    }

    /// Whether the output is a terminal, on which each row is shown at once.
    pub(crate) fn is_live(&self) -> bool {
        self.printer.live
    }

    /// Flushes the output.
    pub(crate) fn flush(&mut self) -> Result<(), Error> {
        let flushed = self.printer.out.flush();
        flushed.map_err(|error| self.printer.out.write_error(error))
    }

    fn write(&mut self, row: Value) -> Result<(), Error> {
        if let Some(missing) = &mut self.missing {
            missing.check_row(&row);
        }
        if let Some(omitted) = &mut self.omitted {
            omitted.check_row(&row, &self.columns);
        }
        let is_known = columns::are_known(&self.columns);
        let projected = |row: Value| match self.columns.as_slice() {
            [] => row,
            columns if row.is_object() => columns::project(&row, columns),
            _ => row,
        };
        let live = self.printer.live;
        let out = &mut self.printer.out;
        let written = match self.printer.format {
            Format::Json => encode::array_item(out, &projected(row), self.count == 0),
            Format::Jsonl => encode::line(out, &projected(row)),
            Format::Yaml => encode::yaml(out, &Value::Array(vec![projected(row)]), live),
            Format::Csv if is_known => {
                let header = if self.count == 0 { encode::csv_header(out, &self.columns, live) } else { Ok(()) };
                header.and_then(|()| encode::csv_row(out, &self.columns, &row, live))
            }
            Format::Csv | Format::Table => {
                self.pending.push(row);
                Ok(())
            }
        };
        self.added(written)
    }

    /// Counts a row that was written or is pending, and writes what must not wait.
    fn added(&mut self, written: io::Result<()>) -> Result<(), Error> {
        written.map_err(|error| self.printer.out.write_error(error))?;
        self.count += 1;
        let is_full = self.printer.format == Format::Table && self.pending.len() >= table::BATCH;
        if is_full && columns::are_known(&self.columns) {
            let written = self.batch();
            written.map_err(|error| self.printer.out.write_error(error))?;
        }
        if self.printer.live { self.flush() } else { Ok(()) }
    }

    /// Writes the pending rows of a table.
    fn batch(&mut self) -> io::Result<()> {
        let rows = std::mem::take(&mut self.pending);
        if !columns::are_known(&self.columns) {
            self.columns = columns::of(&rows, &self.columns);
        }
        let lines = self.table.batch(&self.columns, &rows, self.printer.coloured);
        self.printer.out.write_all(lines.as_bytes())
    }

    /// Writes the pending rows of a CSV whose columns were not known before.
    fn csv_of_pending(&mut self) -> io::Result<()> {
        let rows = std::mem::take(&mut self.pending);
        let rows: Vec<Value> = match rows.iter().any(Value::is_object) {
            true => rows,
            false => rows.into_iter().map(|value| serde_json::json!({ "value": value })).collect(),
        };
        let columns = columns::of(&rows, &self.columns);
        if columns.is_empty() {
            return Ok(());
        }
        let live = self.printer.live;
        let out = &mut self.printer.out;
        encode::csv_header(out, &columns, live)?;
        rows.iter().try_for_each(|row| encode::csv_row(out, &columns, row, live))
    }
}

impl Drop for Rows {
    /// Writes the pending rows if a signal stopped the command.
    fn drop(&mut self) {
        if !self.is_finished {
            // The command has stopped: an error cannot be reported any more.
            let _ = self.show();
        }
    }
}
