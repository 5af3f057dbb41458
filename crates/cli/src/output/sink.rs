//! The destination of rows and documents: standard output, a file that is written all or nothing, or memory.

use std::io::{self, Write};

use super::stdout::Stdout;
use crate::atomic_file::AtomicFile;
use crate::error::Error;

/// The destination of rows and documents.
pub(super) enum Sink {
    Stdout(io::BufWriter<Stdout>),
    File(Box<AtomicFile>),
    /// A writer in memory.
    Memory(Box<dyn Write>),
}

impl Sink {
    pub(super) fn stdout() -> Self {
        Self::Stdout(io::BufWriter::with_capacity(64 * 1024, Stdout::new()))
    }

    pub(super) fn is_file(&self) -> bool {
        matches!(self, Self::File(_))
    }

    /// The error for a failed write.
    pub(super) fn write_error(&self, error: io::Error) -> Error {
        match self {
            Self::File(file) => file.write_error(error),
            Self::Stdout(_) | Self::Memory(_) => Error::output(error),
        }
    }

    /// Flushes the output, and renames a file to its final name. Nothing is written afterwards.
    pub(super) fn finish(&mut self) -> Result<(), Error> {
        match std::mem::replace(self, Self::Memory(Box::new(io::sink()))) {
            Self::File(file) => file.finish(),
            mut other => {
                let flushed = other.flush().map_err(|error| other.write_error(error));
                *self = other;
                flushed
            }
        }
    }

    fn writer(&mut self) -> &mut dyn Write {
        match self {
            Self::Stdout(out) => out,
            Self::File(out) => out.as_mut(),
            Self::Memory(out) => out.as_mut(),
        }
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.writer().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer().flush()
    }
}
