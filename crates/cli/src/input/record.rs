//! One item of the input, and the file of those that failed.

use std::path::Path;

use serde_json::Value;

use crate::atomic_file::AtomicFile;
use crate::error::Error;

/// One item of the input.
pub(crate) struct Record {
    /// The line that it begins in, counted from 1.
    pub line: u64,
    /// The item as it stands in the input.
    pub raw: Raw,
    /// The item, or what is wrong with it.
    pub value: Result<Value, String>,
}

/// An item as it stands in the input.
#[derive(Clone, Debug)]
pub(crate) enum Raw {
    Line(Vec<u8>),
    /// A row of CSV, without the end of its line.
    Row(Vec<u8>),
}

/// A file of items in the form of the input, to be fed back in.
pub(crate) struct FailedFile(AtomicFile);

impl FailedFile {
    /// Begins the file, with the header of the input if that has one.
    pub(crate) fn create(path: &Path, header: Option<&csv::ByteRecord>) -> Result<Self, Error> {
        if path == Path::new("-") {
            return Err(Error::usage("--failed - is no file, and standard output has the outcomes: name a file"));
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

    /// Puts the file into its place.
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
