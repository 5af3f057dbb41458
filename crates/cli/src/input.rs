//! Items from a file or from standard input, CSV or JSON lines, read as a stream.
//!
//! | format | an item | its fields |
//! | --- | --- | --- |
//! | JSON lines (`.jsonl`, `.ndjson`) | a line that is a JSON object | as they are |
//! | CSV (`.csv`) | a row below the header | the columns: dotted paths such as `manager.id`; an empty cell omits its field |
//!
//! A cell of CSV is text. In a column whose name ends with `:json` it is JSON: `version:json`, `teams:json`, also `null` to
//! clear a field.
//!
//! An item has at most 16 MiB. A duplicate key makes an item invalid.

mod columns;
mod reader;
mod record;

pub(crate) use reader::{Input, Position, Source};
pub(crate) use record::{FailedFile, Raw, Record};

use clap::ValueEnum;

/// The maximum size of an item, in bytes.
const LONGEST: usize = 16 << 20;

/// The formats of input.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum InputFormat {
    /// A header and rows, RFC 4180, UTF-8
    Csv,
    /// One JSON object per line
    Jsonl,
}

#[cfg(test)]
mod tests;
