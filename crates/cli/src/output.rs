//! Output: rows and documents, in one of five formats.
//!
//! | format | a list | a document | `--query` sees |
//! | --- | --- | --- | --- |
//! | `table` | aligned columns, 500 rows at a time | names and values | the whole |
//! | `json` | an indented array, item by item | indented | the whole |
//! | `jsonl` | a line for each item | one line | each item |
//! | `csv` | a header and a line for each item, item by item | a header and a line | the whole |
//! | `yaml` | a sequence, item by item | a mapping | the whole |
//!
//! Without a query, memory is bounded in every format, except for `--columns all` as CSV of items whose fields the spec does not
//! name. A query that sees the whole list holds it in memory.
//! Tables and CSV show the columns of `--columns`, else the default columns of the command; with a query, all columns of
//! its result. What default columns leave out is named on standard error, and `--columns all` has every field: those that the
//! spec has if it names them, else those of the rows. The other formats show whole items unless `--columns` is given.
//!
//! JSON text, such as the response of `call`, is written as `json` and `jsonl` without decoding it: see
//! [`Layout`](json_layout::Layout).
//!
//! Control characters in the data are escaped: in tables and YAML always, in JSON always (as `\\u…`), in CSV on a terminal.
//! In a pipe or file, the cells of CSV are the data, byte by byte.

mod columns;
mod encode;
mod fields;
mod json_layout;
mod printer;
mod query;
pub(crate) mod raw;
mod sink;
mod stdout;
mod table;

pub(crate) use fields::fields_of;
pub(crate) use json_layout::Layout;
pub(crate) use printer::{Printer, Rows};

/// Functions for the benchmarks. Not a public API: it changes without notice.
#[doc(hidden)]
pub mod measured {
    use std::convert::Infallible;
    use std::io;

    use serde_json::Value;

    use super::columns::Column;
    use super::encode;
    use super::json_layout::Layout;

    /// JSON text, indented without decoding it.
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
    /// If a row cannot be encoded.
    pub fn csv_rows(rows: &[Value], columns: &[&str]) -> io::Result<Vec<u8>> {
        let columns: Vec<Column> = columns.iter().map(|path| Column::new(*path)).collect();
        let mut out = Vec::new();
        encode::csv_header(&mut out, &columns, false)?;
        rows.iter().try_for_each(|row| encode::csv_row(&mut out, &columns, row, false))?;
        Ok(out)
    }
}

#[cfg(test)]
mod tests;
