//! Writes rows as CSV, one at a time.

use std::borrow::Cow;
use std::fmt;
use std::io::{self, Write};
use std::marker::PhantomData;
use std::path::Path;

use csv::{Terminator, WriterBuilder};
use rosterkit_core::atomic_file::{AtomicFile, Existing};

use super::row::BulkRow;
use super::{CsvError, InvalidRows, ItemOutcome, Outcome, RowViolation};

/// The column in which files of rejected rows say why.
pub const REASON_COLUMN: &str = "Reason";

/// The columns that are written, as numbers of the row's columns.
#[derive(Clone, Debug)]
pub(super) struct Columns(Vec<usize>);

impl Columns {
    pub fn all<Row: BulkRow>() -> Self {
        Self((0..Row::COLUMNS.len()).collect())
    }

    /// The columns of these names, in the order of the document.
    pub fn named<Row: BulkRow>(names: impl IntoIterator<Item: AsRef<str>>) -> Result<Self, CsvError> {
        let mut columns = Vec::new();
        for name in names {
            let column = Row::COLUMNS.iter().position(|column| *column == name.as_ref()).ok_or_else(|| {
                CsvError::Header(format!("cannot name `{}`: it is none of {}", name.as_ref(), Row::COLUMNS.join(", ")))
            })?;
            columns.push(column);
        }
        columns.sort_unstable();
        columns.dedup();
        match Row::NEEDED.iter().find(|needed| !columns.iter().any(|column| Row::COLUMNS[*column] == **needed)) {
            _ if columns.is_empty() => Err(CsvError::Header("needs at least one column".to_owned())),
            Some(missing) => Err(CsvError::Header(format!("needs the column `{missing}`"))),
            None => Ok(Self(columns)),
        }
    }

    /// These columns, and all others in which one of the rows has a value.
    pub fn with_values_of<'r, Row: BulkRow>(&self, rows: impl IntoIterator<Item = &'r Row>) -> Self {
        let mut is_needed = vec![false; Row::COLUMNS.len()];
        self.0.iter().for_each(|column| is_needed[*column] = true);
        for row in rows {
            row.cells().iter().zip(&mut is_needed).for_each(|(text, is_needed)| *is_needed |= !text.is_empty());
        }
        Self((0..is_needed.len()).filter(|column| is_needed[*column]).collect())
    }

    pub fn names<Row: BulkRow>(&self) -> Vec<&'static str> {
        self.0.iter().map(|column| Row::COLUMNS[*column]).collect()
    }

    /// The cells of a row in these columns.
    pub fn texts<'c>(&self, cells: &'c [Cow<'_, str>]) -> impl Iterator<Item = &'c str> {
        self.0.iter().map(|column| &*cells[*column])
    }

    /// The rules that a row breaks, a value in a column that is not written among them.
    pub fn problems<Row: BulkRow>(&self, row: &Row, cells: &[Cow<'_, str>], index: u64) -> Vec<RowViolation> {
        let mut problems = self.lost::<Row>(cells, index);
        let broken = row.problems().into_iter();
        problems.splice(0..0, broken.map(|(column, rule)| RowViolation::new(index, None, Some(column), rule)));
        problems
    }

    /// The values in columns that are not written.
    pub fn lost<Row: BulkRow>(&self, cells: &[Cow<'_, str>], index: u64) -> Vec<RowViolation> {
        let lost = cells.iter().enumerate().filter(|(column, text)| !text.is_empty() && !self.0.contains(column));
        let rule = "is not among the columns that are written";
        lost.map(|(column, _)| RowViolation::new(index, None, Some(Row::COLUMNS[column]), rule)).collect()
    }
}

/// One line of CSV with its end.
pub(super) fn line(texts: impl IntoIterator<Item: AsRef<[u8]>>) -> Result<Vec<u8>, CsvError> {
    let texts: Vec<_> = texts.into_iter().collect();
    // The writer searches the rest of a cell for quotes again each time its buffer is full, so the line must fit.
    let length: usize = texts.iter().map(|text| 2 * text.as_ref().len() + 3).sum();
    let mut writer = builder().buffer_capacity(length.max(512)).from_writer(Vec::new());
    writer.write_record(texts).map_err(CsvError::from_csv)?;
    writer.into_inner().map_err(|error| CsvError::Io(io::Error::from(error.error().kind())))
}

fn builder() -> WriterBuilder {
    let mut builder = WriterBuilder::new();
    builder.terminator(Terminator::CRLF).flexible(true);
    builder
}

/// Writes rows as the LMS takes them: UTF-8, a header line, CRLF, quotes as RFC 4180 has them. Text is written as it is,
/// also where a spreadsheet would take it for a formula.
///
/// Each row is checked before anything of it is written. The writer buffers; [`finish`](Self::finish) writes the rest.
///
/// ```
/// use peoplefluent_lms::bulk::{ExternalTrainingRow, RowWriter};
///
/// let mut file = RowWriter::with_columns(Vec::new(), ["Action", "UserId", "Title"])?;
/// file.write(&ExternalTrainingRow::add("a.roe", "Tea, \"green\""))?;
/// let file = String::from_utf8(file.finish()?)?;
/// assert_eq!(file, "Action,UserId,Title\r\nA,a.roe,\"Tea, \"\"green\"\"\"\r\n");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct RowWriter<Row, W: Write> {
    csv: csv::Writer<W>,
    columns: Columns,
    has_reasons: bool,
    rows: u64,
    row: PhantomData<fn(&Row)>,
}

impl<Row: BulkRow, W: Write> RowWriter<Row, W> {
    /// Writes all columns, and the header line at once.
    ///
    /// # Errors
    /// If writing fails.
    pub fn new(write: W) -> Result<Self, CsvError> {
        Self::start(write, Columns::all::<Row>(), false)
    }

    /// Writes some of the columns, in the order of the document.
    ///
    /// # Errors
    /// [`CsvError::Header`] if a name is none of the row's columns, there is none, or `Action` of external training is
    /// missing; [`CsvError::Io`] if writing fails.
    pub fn with_columns(write: W, names: impl IntoIterator<Item: AsRef<str>>) -> Result<Self, CsvError> {
        Self::start(write, Columns::named::<Row>(names)?, false)
    }

    /// Writes all columns, and after them [`REASON_COLUMN`]: a file of rows to correct and to send again. If the rows
    /// were sent in some columns only, use [`with_columns_and_reasons`](Self::with_columns_and_reasons): what the LMS
    /// makes of a blank cell is not documented.
    ///
    /// # Errors
    /// If writing fails.
    pub fn with_reasons(write: W) -> Result<Self, CsvError> {
        Self::start(write, Columns::all::<Row>(), true)
    }

    /// Writes some of the columns, in the order of the document, and after them [`REASON_COLUMN`].
    ///
    /// # Errors
    /// As [`with_columns`](Self::with_columns).
    pub fn with_columns_and_reasons(write: W, names: impl IntoIterator<Item: AsRef<str>>) -> Result<Self, CsvError> {
        Self::start(write, Columns::named::<Row>(names)?, true)
    }

    pub(super) fn start(write: W, columns: Columns, has_reasons: bool) -> Result<Self, CsvError> {
        let mut csv = builder().from_writer(write);
        let names = columns.names::<Row>();
        let reason = has_reasons.then_some(REASON_COLUMN);
        csv.write_record(names.into_iter().chain(reason)).map_err(CsvError::from_csv)?;
        Ok(Self { csv, columns, has_reasons, rows: 0, row: PhantomData })
    }

    /// Writes a row.
    ///
    /// # Errors
    /// [`CsvError::Invalid`] with every rule that the row breaks, a value in a column that is not written among them;
    /// [`CsvError::Io`] if writing fails.
    pub fn write(&mut self, row: &Row) -> Result<(), CsvError> {
        let cells = row.cells();
        let problems = self.columns.problems(row, &cells, self.rows);
        if !problems.is_empty() {
            return Err(CsvError::Invalid(InvalidRows::new(problems)));
        }
        self.write_record(&cells, "")
    }

    /// Writes a row that was not taken, whatever rules it breaks, with the reason if the writer has a column for it.
    ///
    /// # Errors
    /// [`CsvError::Invalid`] if the row has a value in a column that is not written, [`CsvError::Io`] if writing fails.
    pub fn write_rejected(&mut self, row: &Row, reason: &str) -> Result<(), CsvError> {
        let cells = row.cells();
        let lost = self.columns.lost::<Row>(&cells, self.rows);
        if !lost.is_empty() {
            return Err(CsvError::Invalid(InvalidRows::new(lost)));
        }
        self.write_record(&cells, reason)
    }

    /// Writes the row of an outcome if the LMS did not apply it: one that is rejected, invalid or not sent. Returns
    /// whether it did. A row whose outcome is unknown may have been applied, so it is not written: decide, and use
    /// [`write_rejected`](Self::write_rejected). An invalid row that could not even be read is not here either: it stands
    /// in the file that it came from.
    ///
    /// # Errors
    /// As [`write_rejected`](Self::write_rejected).
    pub fn write_outcome(&mut self, outcome: &ItemOutcome<Option<Row>, ()>) -> Result<bool, CsvError> {
        let (Some(row), Some(reason)) = (&outcome.item, outcome.outcome.reason()) else { return Ok(false) };
        match outcome.outcome {
            Outcome::Rejected(_) | Outcome::Invalid(_) | Outcome::NotSent(_) => {
                self.write_rejected(row, &reason).map(|()| true)
            }
            Outcome::Accepted(()) | Outcome::Warned(..) | Outcome::Unknown(_) => Ok(false),
        }
    }

    /// The number of rows that were written.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Writes what is left in buffers, and hands back what was written to.
    ///
    /// # Errors
    /// If writing fails.
    pub fn finish(self) -> Result<W, CsvError> {
        self.csv.into_inner().map_err(|error| CsvError::Io(io::Error::from(error.error().kind())))
    }

    fn write_record(&mut self, cells: &[Cow<'_, str>], reason: &str) -> Result<(), CsvError> {
        let texts = self.columns.texts(cells).chain(self.has_reasons.then_some(reason));
        self.csv.write_record(texts).map_err(CsvError::from_csv)?;
        self.rows += 1;
        Ok(())
    }
}

impl<Row: BulkRow> RowWriter<Row, AtomicFile> {
    /// Starts a file on disk with all columns, which only its owner can read. It appears under its name when it is
    /// [saved](Self::save).
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
        Self::new(private_file(path.as_ref())?)
    }

    /// As [`create`](Self::create), with [`REASON_COLUMN`] after the others.
    ///
    /// # Errors
    /// As [`create`](Self::create).
    pub fn create_with_reasons(path: impl AsRef<Path>) -> Result<Self, CsvError> {
        Self::with_reasons(private_file(path.as_ref())?)
    }

    /// Writes what is left, gives the file its name in place of one that has it, and returns the number of rows.
    ///
    /// # Errors
    /// [`CsvError::Io`] if writing or renaming fails; a file that had the name is then still there.
    pub fn save(self) -> Result<u64, CsvError> {
        let rows = self.rows();
        self.finish()?.persist().map_err(CsvError::Io)?;
        Ok(rows)
    }
}

fn private_file(path: &Path) -> Result<AtomicFile, CsvError> {
    AtomicFile::create(path, Existing::Replace, true).map_err(CsvError::Io)
}

impl<Row, W: Write> fmt::Debug for RowWriter<Row, W> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("RowWriter").field("rows", &self.rows).finish_non_exhaustive()
    }
}
