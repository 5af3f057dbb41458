//! Output: rows and documents, in one of five forms.
//!
//! | form | a list | a document | `--query` sees |
//! | --- | --- | --- | --- |
//! | `table` | aligned columns, 500 rows at a time | names and values | the whole |
//! | `json` | an indented array, item by item | indented | the whole |
//! | `jsonl` | a line for each item | one line | each item |
//! | `csv` | a header and a line for each item, item by item | a header and a line | the whole |
//! | `yaml` | a sequence, item by item | a mapping | the whole |
//!
//! Without a query, memory is bounded in every form. With one that sees the whole, the whole is held in memory.
//! Tables and CSV show the columns of `--columns`, else those that the command finds most useful; with a query, all that
//! its result has. The other forms show items whole unless columns are named.
//!
//! A document whose text is at hand, such as the answer of `call`, is written as `json` and `jsonl` without being read:
//! see [`Layout`](json_layout::Layout).
//!
//! Nothing in the data reaches a terminal as a command: tables and YAML show control characters escaped, JSON as `\\u…`
//! everywhere, and CSV escaped on a terminal. Elsewhere the cells of CSV are the data, byte by byte.

mod columns;
mod encode;
mod fields;
mod json_layout;
mod printer;
mod query;
mod sink;
mod stdout;
mod table;

pub(crate) use fields::fields_of;
pub(crate) use printer::{Printer, Rows};

/// What the benchmarks reach of the output. No surface for users: it changes without notice.
#[doc(hidden)]
pub mod measured {
    use std::convert::Infallible;
    use std::io;

    use serde_json::Value;

    use super::columns::Column;
    use super::encode;
    use super::json_layout::Layout;

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
        encode::csv_header(&mut out, &columns, false)?;
        rows.iter().try_for_each(|row| encode::csv_row(&mut out, &columns, row, false))?;
        Ok(out)
    }
}

#[cfg(test)]
mod tests;
