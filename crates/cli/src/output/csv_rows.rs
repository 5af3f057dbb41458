//! Rows as CSV, RFC 4180. Cells are data: a formula of a spreadsheet stays as it is.

use std::io::{self, Write};

use serde_json::Value;

use super::cell;
use super::columns::Column;

/// Writes the header.
pub(super) fn header(out: &mut dyn Write, columns: &[Column]) -> io::Result<()> {
    record(out, columns.iter().map(|column| column.title().to_owned()))
}

/// Writes a row.
pub(super) fn row(out: &mut dyn Write, columns: &[Column], row: &Value) -> io::Result<()> {
    record(out, columns.iter().map(|column| cell::text(column.value(row))))
}

/// Writes one line.
pub(super) fn record(out: &mut dyn Write, cells: impl Iterator<Item = String>) -> io::Result<()> {
    let mut writer = csv::WriterBuilder::new().buffer_capacity(1024).from_writer(out);
    writer.write_record(cells)?;
    writer.flush()
}
