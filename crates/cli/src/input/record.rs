//! An item of the input, and the file of failed items.

use std::path::Path;

use rosterkit_core::input::EncodedAs;
use serde_json::Value;

use super::Lent;
use crate::atomic_file::AtomicFile;
use crate::error::Error;

/// One item of the input.
pub(crate) struct Record {
    /// The line where it begins, counted from 1.
    pub line: u64,
    /// Its text in the input.
    pub raw: Raw,
    /// The item, or why it is invalid.
    pub value: Result<Lent<Value>, String>,
}

/// The text of an item in the input.
#[derive(Debug, Default)]
pub(crate) struct Raw {
    /// Without its line break.
    pub text: Lent<Vec<u8>>,
    pub has_line_break: bool,
}

/// How an input is written, for a file that is read with the same options.
#[derive(Clone, Debug, Default)]
pub(crate) struct Form {
    /// The header, if the format has one.
    pub header: Option<Vec<u8>>,
    pub encoded_as: EncodedAs,
}

/// A file of items in the format, the delimiter and the encoding of the input, for another run with the same options.
pub(crate) struct FailedFile {
    file: AtomicFile,
    encoded_as: EncodedAs,
    /// Whether the last line has no line break.
    is_open: bool,
}

impl FailedFile {
    /// Starts the file, with the header of the input if there is one. A new file is readable by its owner only, since
    /// items may hold passwords.
    pub(crate) fn create(path: &Path, Form { header, encoded_as }: &Form) -> Result<Self, Error> {
        if path == Path::new("-") {
            return Err(Error::usage("--failed needs a file path: standard output has the outcomes"));
        }
        let mut file = AtomicFile::private_if_new(path)?;
        file.add(encoded_as.mark())?;
        let mut file = Self { file, encoded_as: *encoded_as, is_open: false };
        header.iter().try_for_each(|header| file.line(header, true))?;
        Ok(file)
    }

    /// Adds an item. The last one of an input without a line break at its end has none here either: a row that may be cut
    /// off must not look complete.
    pub(crate) fn add(&mut self, Raw { text, has_line_break }: &Raw) -> Result<(), Error> {
        self.line(text, *has_line_break)
    }

    /// Renames the file to its final name.
    pub(crate) fn finish(self) -> Result<(), Error> {
        self.file.finish()
    }

    fn line(&mut self, line: &[u8], has_line_break: bool) -> Result<(), Error> {
        if self.is_open {
            self.file.add(&self.encoded_as.encode(b"\n"))?;
        }
        self.file.add(&self.encoded_as.encode(line))?;
        self.is_open = !has_line_break;
        if has_line_break { self.file.add(&self.encoded_as.encode(b"\n")) } else { Ok(()) }
    }
}
