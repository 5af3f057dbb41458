//! An item of the input, and the file of failed items.

use std::path::Path;

use serde_json::Value;

use crate::atomic_file::AtomicFile;
use crate::error::Error;

/// One item of the input.
pub(crate) struct Record {
    /// The line where it begins, counted from 1.
    pub line: u64,
    /// Its text in the input.
    pub raw: Raw,
    /// The item, or why it is invalid.
    pub value: Result<Value, String>,
}

/// The text of an item in the input.
#[derive(Clone, Debug)]
pub(crate) enum Raw {
    Line(Vec<u8>),
    /// A row of CSV, without its line break.
    Row(Vec<u8>),
}

/// A file of items in the format of the input, for another run.
pub(crate) struct FailedFile(AtomicFile);

impl FailedFile {
    /// Starts the file, with the header of the input if there is one. A new file is readable by its owner only, since
    /// items may hold passwords.
    pub(crate) fn create(path: &Path, header: Option<&[u8]>) -> Result<Self, Error> {
        if path == Path::new("-") {
            return Err(Error::usage("--failed needs a file path: standard output has the outcomes"));
        }
        let mut file = Self(AtomicFile::private_if_new(path)?);
        header.into_iter().try_for_each(|header| file.line(header))?;
        Ok(file)
    }

    /// Adds an item.
    pub(crate) fn add(&mut self, raw: &Raw) -> Result<(), Error> {
        match raw {
            Raw::Line(item) | Raw::Row(item) => self.line(item),
        }
    }

    /// Renames the file to its final name.
    pub(crate) fn finish(self) -> Result<(), Error> {
        self.0.finish()
    }

    fn line(&mut self, line: &[u8]) -> Result<(), Error> {
        self.0.add(line)?;
        self.0.add(b"\n")
    }
}
