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
//! see [`Layout`](verbatim::Layout).
//!
//! Nothing in the data reaches a terminal as a command: tables and YAML show control characters escaped, JSON as `\\u…`
//! everywhere, and CSV escaped on a terminal. Elsewhere the cells of CSV are the data, byte by byte.

mod cell;
mod columns;
mod csv_rows;
mod fields;
mod json_rows;
#[doc(hidden)]
pub mod measured;
mod printer;
mod query;
mod rows;
mod sink;
mod stdout;
mod table;
mod verbatim;

pub(crate) use fields::fields_of;
pub(crate) use printer::Printer;
pub(crate) use rows::Rows;

#[cfg(test)]
mod tests;
