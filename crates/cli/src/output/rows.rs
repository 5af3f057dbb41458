//! A list that is written while it comes.

use std::io::{self, Write as _};

use serde_json::Value;

use super::columns::{self, Column, Missing};
use super::printer::Printer;
use super::table::{self, Table};
use super::{csv_rows, json_rows};
use crate::failure::Failure;
use crate::global::Format;

/// A list that is written while it comes. What was pushed before a failure stays written, except in a file, which appears
/// whole or not at all.
pub(crate) struct Rows {
    printer: Printer,
    columns: Vec<Column>,
    /// The columns of `--columns` that no row had so far.
    missing: Option<Missing>,
    table: Table,
    /// Rows that wait: for a batch of a table to be full, for the columns to be known, or for the query.
    waiting: Vec<Value>,
    count: u64,
    is_over: bool,
}

impl Rows {
    pub(super) fn new(mut printer: Printer, default_columns: Vec<Column>) -> Self {
        // What a query makes has other columns than the command's.
        let default_columns = if printer.query.is_some() { Vec::new() } else { default_columns };
        let named = printer.columns.take();
        let missing = named.as_deref().map(Missing::new);
        let columns = match printer.format {
            Format::Table | Format::Csv => named.unwrap_or(default_columns),
            _ => named.unwrap_or_default(),
        };
        let (table, waiting) = (Table::default(), Vec::new());
        Self { printer, columns, missing, table, waiting, count: 0, is_over: false }
    }

    /// Adds a row.
    pub(crate) fn push(&mut self, row: Value) -> Result<(), Failure> {
        let is_per_item = self.printer.format == Format::Jsonl;
        match &self.printer.query {
            Some(query) if is_per_item => {
                let row = query.apply(row)?;
                self.write(row)
            }
            Some(_) => {
                self.waiting.push(row);
                Ok(())
            }
            None => self.write(row),
        }
    }

    /// Writes what waits, and the end.
    pub(crate) fn finish(mut self) -> Result<(), Failure> {
        self.is_over = true;
        if self.printer.format != Format::Jsonl
            && let Some(query) = self.printer.query.take()
        {
            let rows = std::mem::take(&mut self.waiting);
            match query.apply(Value::Array(rows))? {
                Value::Array(rows) => rows.into_iter().try_for_each(|row| self.write(row))?,
                value => {
                    self.printer.columns =
                        Some(std::mem::take(&mut self.columns)).filter(|columns| !columns.is_empty());
                    return self.printer.one(value);
                }
            }
        }
        let ended = self.end();
        ended.map_err(|error| self.printer.out.failure(error))?;
        self.printer.out.finish()?;
        if let Some(missing) = self.missing.take() {
            missing.tell();
        }
        Ok(())
    }

    fn end(&mut self) -> io::Result<()> {
        let live = self.printer.live;
        match self.printer.format {
            Format::Table => self.batch(),
            Format::Csv if self.columns.is_empty() => self.csv_of_waiting(),
            Format::Csv if self.count == 0 => csv_rows::header(&mut self.printer.out, &self.columns, live),
            Format::Json => json_rows::array_end(&mut self.printer.out, self.count == 0),
            Format::Yaml if self.count == 0 => self.printer.out.write_all(b"[]\n"),
            Format::Csv | Format::Yaml | Format::Jsonl => Ok(()),
        }
    }

    /// Writes what was pushed so far, for a list that breaks off. An array stays open: nobody takes it for whole.
    pub(crate) fn interrupted(mut self) -> Result<(), Failure> {
        self.is_over = true;
        self.show()
    }

    /// Writes what was pushed so far.
    pub(crate) fn show(&mut self) -> Result<(), Failure> {
        if self.printer.out.is_file() {
            return Ok(());
        }
        if self.printer.format == Format::Table && self.printer.query.is_none() && !self.waiting.is_empty() {
            let written = self.batch();
            written.map_err(|error| self.printer.out.failure(error))?;
        }
        self.flush()
    }

    /// Writes what was pushed as far as it can be, for somebody who watches.
    pub(crate) fn flush(&mut self) -> Result<(), Failure> {
        let flushed = self.printer.out.flush();
        flushed.map_err(|error| self.printer.out.failure(error))
    }

    fn write(&mut self, row: Value) -> Result<(), Failure> {
        if let Some(missing) = &mut self.missing {
            missing.see(&row);
        }
        let projected = |row: Value| match self.columns.as_slice() {
            [] => row,
            columns if row.is_object() => columns::project(&row, columns),
            _ => row,
        };
        let live = self.printer.live;
        let out = &mut self.printer.out;
        let written = match self.printer.format {
            Format::Json => json_rows::array_item(out, &projected(row), self.count == 0),
            Format::Jsonl => json_rows::line(out, &projected(row)),
            Format::Yaml => json_rows::yaml(out, &Value::Array(vec![projected(row)]), live),
            Format::Csv if !self.columns.is_empty() => {
                let header = if self.count == 0 { csv_rows::header(out, &self.columns, live) } else { Ok(()) };
                header.and_then(|()| csv_rows::row(out, &self.columns, &row, live))
            }
            Format::Csv | Format::Table => {
                self.waiting.push(row);
                Ok(())
            }
        };
        written.map_err(|error| self.printer.out.failure(error))?;
        self.count += 1;
        let is_known = !self.columns.is_empty();
        if self.printer.format == Format::Table && is_known && self.waiting.len() >= table::BATCH {
            let written = self.batch();
            written.map_err(|error| self.printer.out.failure(error))?;
        }
        if self.printer.live { self.flush() } else { Ok(()) }
    }

    /// Writes the waiting rows of a table.
    fn batch(&mut self) -> io::Result<()> {
        let rows = std::mem::take(&mut self.waiting);
        if self.columns.is_empty() {
            self.columns = columns::of(&rows);
        }
        let lines = self.table.batch(&self.columns, &rows, self.printer.coloured);
        self.printer.out.write_all(lines.as_bytes())
    }

    /// Writes the waiting rows of a CSV whose columns are not known beforehand.
    fn csv_of_waiting(&mut self) -> io::Result<()> {
        let rows = std::mem::take(&mut self.waiting);
        let rows: Vec<Value> = match rows.iter().any(Value::is_object) {
            true => rows,
            false => rows.into_iter().map(|value| serde_json::json!({ "value": value })).collect(),
        };
        let columns = columns::of(&rows);
        if columns.is_empty() {
            return Ok(());
        }
        let live = self.printer.live;
        let out = &mut self.printer.out;
        csv_rows::header(out, &columns, live)?;
        rows.iter().try_for_each(|row| csv_rows::row(out, &columns, row, live))
    }
}

impl Drop for Rows {
    /// A signal ends what pushes rows; those that wait are told nevertheless.
    fn drop(&mut self) {
        if !self.is_over {
            // Whoever could be told of a failure is gone.
            let _ = self.show();
        }
    }
}
