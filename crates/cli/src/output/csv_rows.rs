//! Rows as CSV, RFC 4180. Cells are data: a formula of a spreadsheet stays as it is. On a terminal,
//! control characters are shown and not obeyed.

use std::io::{self, Write};

use serde_json::Value;

use super::cell;
use super::columns::Column;
use crate::text;

/// Writes the header.
pub(super) fn header(out: &mut dyn Write, columns: &[Column], live: bool) -> io::Result<()> {
    record(out, columns.iter().map(|column| column.title().to_owned()), live)
}

/// Writes a row.
pub(super) fn row(out: &mut dyn Write, columns: &[Column], row: &Value, live: bool) -> io::Result<()> {
    record(out, columns.iter().map(|column| cell::text(column.value(row))), live)
}

/// Writes one line.
fn record(out: &mut dyn Write, cells: impl Iterator<Item = String>, live: bool) -> io::Result<()> {
    let mut writer = csv::WriterBuilder::new().buffer_capacity(1024).from_writer(out);
    writer.write_record(cells.map(|cell| if live { text::printable(&cell) } else { cell }))?;
    writer.flush()
}
