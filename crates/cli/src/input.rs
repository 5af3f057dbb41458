//! Items from a file or from standard input, CSV or JSON lines, read as a stream: see [`rosterkit_core::input`]. An empty cell
//! of CSV omits its field.

mod chunks;
mod reader;
mod record;

pub(crate) use chunks::{Receiver, Sender, chunks};
pub(crate) use reader::{Input, Position, Source};
pub(crate) use record::{FailedFile, Raw, Record};

use clap::ValueEnum;

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
