//! How a file is read.

use std::path::Path;

use super::encoding::Encoding;
use super::field::EmptyCell;
use super::fields::{Fields, UnknownFields};

/// The format of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A header and rows, RFC 4180.
    Csv,
    /// One JSON object per line.
    JsonLines,
}

impl Format {
    /// The format that follows from the extension of a file.
    pub fn of_path(path: &Path) -> Option<Self> {
        match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
            "csv" => Some(Self::Csv),
            "jsonl" | "ndjson" => Some(Self::JsonLines),
            _ => None,
        }
    }
}

/// How a file is read.
#[derive(Clone, Debug)]
#[must_use]
pub struct ReadOptions {
    pub(super) format: Format,
    pub(super) delimiter: u8,
    pub(super) encoding: Encoding,
    pub(super) empty: EmptyCell,
    pub(super) fields: Fields,
    pub(super) unknown: UnknownFields,
    pub(super) is_verbatim: bool,
}

impl ReadOptions {
    /// UTF-8, commas, any fields, and an empty cell is an absent field.
    pub fn new(format: Format) -> Self {
        Self {
            format,
            delimiter: b',',
            encoding: Encoding::default(),
            empty: EmptyCell::Absent,
            fields: Fields::any(),
            unknown: UnknownFields::default(),
            is_verbatim: false,
        }
    }

    /// Sets what separates the cells of CSV, an ASCII character.
    pub fn delimiter(mut self, delimiter: u8) -> Self {
        self.delimiter = delimiter;
        self
    }

    /// Sets the encoding of a file without a byte order mark. With one, the mark decides.
    pub fn encoding(mut self, encoding: Encoding) -> Self {
        self.encoding = encoding;
        self
    }

    /// Sets what an empty cell of CSV means.
    pub fn empty_cell(mut self, empty: EmptyCell) -> Self {
        self.empty = empty;
        self
    }

    /// Sets the fields that items can have.
    pub fn fields(mut self, fields: Fields) -> Self {
        self.fields = fields;
        self
    }

    /// Sets what to do with a column or a field that is not known.
    pub fn unknown_fields(mut self, unknown: UnknownFields) -> Self {
        self.unknown = unknown;
        self
    }

    /// Takes items as they are in the file: a row of CSV is an object of texts under the names of the columns, whatever
    /// they are, and no field is checked. An empty cell is an empty text, and so is one that is left out at the end.
    pub fn verbatim(mut self) -> Self {
        self.is_verbatim = true;
        self
    }
}
