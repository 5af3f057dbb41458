//! What the benchmarks reach of the output. No surface for users: it changes without notice.

use std::convert::Infallible;
use std::io;

use serde_json::Value;

use super::columns::Column;
use super::csv_rows;
use super::verbatim::Layout;

/// A JSON document as it is printed when its text is at hand.
pub fn lay_out(json: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let laid_out: Result<(), Infallible> = Layout::Indented.lay_out(json, |piece| {
        out.extend_from_slice(piece);
        Ok(())
    });
    let Ok(()) = laid_out;
    out
}

/// Rows as CSV, with a header.
///
/// # Errors
/// None, unless a row cannot be written to memory.
pub fn csv_rows(rows: &[Value], columns: &[&str]) -> io::Result<Vec<u8>> {
    let columns: Vec<Column> = columns.iter().map(|path| Column::new(*path)).collect();
    let mut out = Vec::new();
    csv_rows::header(&mut out, &columns, false)?;
    rows.iter().try_for_each(|row| csv_rows::row(&mut out, &columns, row, false))?;
    Ok(out)
}
