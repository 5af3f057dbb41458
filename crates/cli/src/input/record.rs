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
    /// Starts the file, with the header of the input if there is one.
    pub(crate) fn create(path: &Path, header: Option<&csv::ByteRecord>) -> Result<Self, Error> {
        if path == Path::new("-") {
            return Err(Error::usage("--failed needs a file path: standard output has the outcomes"));
        }
        let mut file = Self(AtomicFile::create(path)?);
        header.into_iter().try_for_each(|header| file.header(header))?;
        Ok(file)
    }

    /// Adds an item.
    pub(crate) fn add(&mut self, raw: &Raw) -> Result<(), Error> {
        match raw {
            Raw::Line(item) | Raw::Row(item) => {
                self.0.add(item)?;
                self.0.add(b"\n")
            }
        }
    }

    /// Renames the file to its final name.
    pub(crate) fn finish(self) -> Result<(), Error> {
        self.0.finish()
    }

    fn header(&mut self, row: &csv::ByteRecord) -> Result<(), Error> {
        let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
        let written = writer.write_byte_record(row).map_err(std::io::Error::from);
        let line = written.and_then(|()| writer.into_inner().map_err(|error| error.into_error()));
        self.0.add(&line.map_err(|error| Error::write("the file of failed items", error))?)
    }
}
