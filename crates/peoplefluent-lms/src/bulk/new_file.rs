//! A file of rows that is there when it is complete, and not before.

use std::fmt;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::row::BulkRow;
use super::{CsvError, RowWriter};

/// A file that gets its name when it is [saved](RowWriter::save). Dropped before, it leaves nothing behind.
pub struct NewFile {
    file: NamedTempFile,
    path: PathBuf,
}

impl NewFile {
    fn create(path: &Path) -> io::Result<Self> {
        // In the same directory, since a file is renamed in one step only within a file system.
        let directory = path.parent().filter(|directory| !directory.as_os_str().is_empty()).unwrap_or(Path::new("."));
        Ok(Self { file: NamedTempFile::new_in(directory)?, path: path.to_owned() })
    }
}

impl Write for NewFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl fmt::Debug for NewFile {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("NewFile").finish_non_exhaustive()
    }
}

impl<Row: BulkRow> RowWriter<Row, NewFile> {
    /// Starts a file on disk with all columns. It appears under its name when it is [saved](Self::save).
    ///
    /// ```
    /// use peoplefluent_lms::bulk::{ExternalTrainingRow, ReadOptions, RowReader, RowWriter};
    ///
    /// let directory = tempfile::tempdir()?;
    /// let path = directory.path().join("rows.csv");
    /// let mut file = RowWriter::create(&path)?;
    /// file.write(&ExternalTrainingRow::delete("R-1"))?;
    /// assert_eq!(file.save()?, 1);
    /// let rows = RowReader::open(&path, &ReadOptions::new())?.collect::<Result<Vec<ExternalTrainingRow>, _>>()?;
    /// assert_eq!(rows, [ExternalTrainingRow::delete("R-1")]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`CsvError::Io`] if the directory cannot be written to.
    pub fn create(path: impl AsRef<Path>) -> Result<Self, CsvError> {
        Self::new(NewFile::create(path.as_ref()).map_err(CsvError::Io)?)
    }

    /// As [`create`](Self::create), with [`REASON_COLUMN`](super::REASON_COLUMN) after the others.
    ///
    /// # Errors
    /// As [`create`](Self::create).
    pub fn create_with_reasons(path: impl AsRef<Path>) -> Result<Self, CsvError> {
        Self::with_reasons(NewFile::create(path.as_ref()).map_err(CsvError::Io)?)
    }

    /// Writes what is left, gives the file its name in place of one that has it, and answers the number of rows.
    ///
    /// # Errors
    /// [`CsvError::Io`] if writing or renaming fails; a file that had the name is then still there.
    pub fn save(self) -> Result<u64, CsvError> {
        let rows = self.rows();
        let NewFile { file, path } = self.finish()?;
        file.as_file().sync_all().map_err(CsvError::Io)?;
        file.persist(path).map_err(|error| CsvError::Io(error.error))?;
        Ok(rows)
    }
}
