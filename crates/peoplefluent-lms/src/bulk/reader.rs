//! Reads rows from CSV, one at a time.

use std::borrow::Cow;
use std::fmt;
use std::fs::File;
use std::io::Read;
use std::marker::PhantomData;
use std::path::Path;

use encoding_rs::WINDOWS_1252;
use rosterkit_core::csv::{Record, RecordReader, STRAY_QUOTE};

use super::row::BulkRow;
use super::{CsvError, InvalidRows, REASON_COLUMN, RowViolation};

/// The encoding of a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TextEncoding {
    /// UTF-8, with a byte order mark or without.
    #[default]
    Utf8,
    /// ISO-8859-1, as older programs write it. The code points that it leaves to control characters are read as in
    /// Windows-1252, where they are `€`, dashes and quotes.
    Latin1,
}

/// What to do with a column that the file has and the row does not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UnknownColumns {
    /// An error: a column with a misspelled name must not vanish.
    #[default]
    Refuse,
    /// They are left out. [`RowReader::ignored_columns`] says which they are.
    Ignore,
}

/// How a file is read.
#[derive(Clone, Debug)]
#[must_use]
pub struct ReadOptions {
    encoding: TextEncoding,
    unknown: UnknownColumns,
    max_row_bytes: usize,
}

impl Default for ReadOptions {
    fn default() -> Self {
        Self { encoding: TextEncoding::default(), unknown: UnknownColumns::default(), max_row_bytes: 1024 * 1024 }
    }
}

impl ReadOptions {
    /// UTF-8, no unknown columns, rows of at most 1 MiB.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the encoding.
    pub fn encoding(mut self, encoding: TextEncoding) -> Self {
        self.encoding = encoding;
        self
    }

    /// Sets what to do with unknown columns.
    pub fn unknown_columns(mut self, unknown: UnknownColumns) -> Self {
        self.unknown = unknown;
        self
    }

    /// Sets how many bytes a row may have. A quotation mark that is not closed would otherwise read the rest of the file
    /// into memory.
    pub fn max_row_bytes(mut self, max: usize) -> Self {
        self.max_row_bytes = max;
        self
    }
}

/// Reads the rows of a file, one at a time, in memory for one row.
///
/// The header line names the columns, in any order; upper and lower case and spaces around the names make no difference,
/// and columns may be missing. Quotes, line breaks within quotes, and lines that end in LF, CRLF or CR are read as RFC
/// 4180 has it; blank lines are left out. A column [`REASON_COLUMN`] is left out too, so that a file of rejected rows can
/// be read once it is corrected.
///
/// A row that breaks rules is an error with all of its problems, after which reading goes on: one with more or fewer
/// cells than the header, with text after the closing quotation mark of a cell, with bytes that are not in the encoding,
/// with an invalid date, or with anything else that the checks before sending reject. Any other error ends the stream, such
/// as a quotation mark that is not closed before the file ends, since the rows after it are part of its cell.
///
/// ```
/// use peoplefluent_lms::bulk::{ExternalAction, ExternalTrainingRow, RowReader};
///
/// let file = "\u{feff}Title,Action,UserId\r\n\"Tea, \"\"green\"\"\",A,a.roe\r\n";
/// let rows: Vec<ExternalTrainingRow> = RowReader::new(file.as_bytes())?.collect::<Result<_, _>>()?;
/// assert_eq!(rows[0].action, Some(ExternalAction::Add));
/// assert_eq!(rows[0].title.as_deref(), Some("Tea, \"green\""));
/// # Ok::<(), peoplefluent_lms::bulk::CsvError>(())
/// ```
pub struct RowReader<Row, R> {
    reader: RecordReader<R>,
    encoding: TextEncoding,
    /// For each column of the file, the row's column.
    columns: Vec<Option<usize>>,
    ignored: Vec<String>,
    header: Vec<u8>,
    record: Record,
    /// The index of the next row.
    next_index: u64,
    rows: PhantomData<fn() -> Row>,
}

impl<Row: BulkRow> RowReader<Row, File> {
    /// Opens a file.
    ///
    /// # Errors
    /// As [`new`](Self::new), and if the file cannot be opened.
    pub fn open(path: impl AsRef<Path>, options: &ReadOptions) -> Result<Self, CsvError> {
        Self::with_options(File::open(path).map_err(CsvError::Io)?, options)
    }
}

impl<Row: BulkRow, R: Read> RowReader<Row, R> {
    /// Reads UTF-8 with the default options. Buffers by itself.
    ///
    /// # Errors
    /// [`CsvError::Header`] if there is no header line, it names no column of the row, an unknown one or one twice, has a
    /// quotation mark amiss, or lacks `Action` for external training; [`CsvError::OpenQuote`] if a quotation mark in it is
    /// not closed; [`CsvError::Io`] if reading fails.
    pub fn new(read: R) -> Result<Self, CsvError> {
        Self::with_options(read, &ReadOptions::default())
    }

    /// Reads with options.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn with_options(read: R, options: &ReadOptions) -> Result<Self, CsvError> {
        let mut reader = RecordReader::new(read, options.max_row_bytes);
        let mut header = Record::default();
        reader.read(&mut header).map_err(|error| CsvError::of(error, |_| None))?;
        let first = header.iter().next().unwrap_or_default();
        if first.starts_with(b"\xff\xfe") || first.starts_with(b"\xfe\xff") {
            return Err(CsvError::Header("is in UTF-16: save the file as UTF-8".to_owned()));
        }
        if let Some(cell) = header.stray_quote() {
            return Err(CsvError::Header(format!("is not CSV: column {} {STRAY_QUOTE}", cell + 1)));
        }
        let mut names = Vec::with_capacity(header.len());
        for (index, name) in header.iter().enumerate() {
            let name = decode(options.encoding, name).ok_or_else(|| {
                CsvError::Header(format!("is not in UTF-8 (column {}): choose the encoding of the file", index + 1))
            })?;
            names.push(name.trim().to_owned());
        }
        if let [only] = names.as_slice()
            && let Some(other) = [';', '\t'].into_iter().find(|other| only.contains(*other))
        {
            let other = other.escape_default();
            return Err(CsvError::Header(format!("sets its names off by `{other}`: save the file with commas")));
        }
        let (columns, ignored) = columns_of::<Row>(&names, options.unknown).map_err(CsvError::Header)?;
        let reader = Self {
            reader,
            encoding: options.encoding,
            columns,
            ignored,
            header: header.raw().to_vec(),
            record: Record::default(),
            next_index: 0,
            rows: PhantomData,
        };
        check_columns::<Row>(&reader.columns())?;
        Ok(reader)
    }

    /// The bytes of the header line in the file, without its end.
    pub fn header(&self) -> &[u8] {
        &self.header
    }

    /// The record of the row that was read last: its line, and its bytes in the file.
    pub fn record(&self) -> &Record {
        &self.record
    }

    /// The names of the columns that are left out, for [`UnknownColumns::Ignore`].
    pub fn ignored_columns(&self) -> &[String] {
        &self.ignored
    }

    /// The columns of the file that rows have, in the order of the document, for
    /// [`BulkUpload::columns`](super::BulkUpload::columns).
    pub fn columns(&self) -> Vec<&'static str> {
        let has = |column: &usize| self.columns.contains(&Some(*column));
        (0..Row::COLUMNS.len()).filter(has).map(|column| Row::COLUMNS[column]).collect()
    }

    /// Reads all rows and returns every violation, for a check before anything is sent. Rows are not kept.
    ///
    /// # Errors
    /// If reading fails for another reason than that of a row.
    pub fn check(self) -> Result<Vec<RowViolation>, CsvError> {
        let mut problems = Vec::new();
        for row in self {
            match row {
                Ok(_) => {}
                Err(CsvError::Invalid(invalid)) => problems.extend(invalid.into_violations()),
                Err(error) => return Err(error),
            }
        }
        Ok(problems)
    }

    /// The name of the row's column of a cell of the file.
    fn column(&self, cell: usize) -> Option<&'static str> {
        self.columns.get(cell).copied().flatten().map(|column| Row::COLUMNS[column])
    }

    /// The row in `record`.
    fn parse(&self, index: u64) -> Result<Row, InvalidRows> {
        let problem = |column, rule: String| RowViolation::new(index, Some(self.record.line()), column, rule);
        if let Some(cell) = self.record.stray_quote() {
            return Err(InvalidRows::new(vec![problem(self.column(cell), STRAY_QUOTE.to_owned())]));
        }
        if self.record.len() != self.columns.len() {
            let (cells, columns) = (self.record.len(), self.columns.len());
            return Err(InvalidRows::new(vec![problem(None, format!("has {cells} cells, the header {columns}"))]));
        }
        let cells = self.record.iter().zip(&self.columns).filter_map(|(cell, column)| {
            let text = decode(self.encoding, cell);
            Some(((*column)?, text.ok_or_else(|| "must be UTF-8: choose the encoding of the file".to_owned())))
        });
        parse_row(index, Some(self.record.line()), cells)
    }
}

impl<Row: BulkRow, R: Read> Iterator for RowReader<Row, R> {
    type Item = Result<Row, CsvError>;

    fn next(&mut self) -> Option<Self::Item> {
        match self.reader.read(&mut self.record) {
            Ok(true) => {
                let index = self.next_index;
                self.next_index += 1;
                Some(self.parse(index).map_err(CsvError::Invalid))
            }
            Ok(false) => None,
            Err(error) => Some(Err(CsvError::of(error, |cell| self.column(cell)))),
        }
    }
}

/// Makes a row of the texts of its cells, for programs that have their own way to read a file. `index` and `line` are those
/// of its [`RowViolation`]s; each cell has the position of its column in [`COLUMNS`](BulkRow::COLUMNS), and its text or why
/// it has none.
///
/// ```
/// use peoplefluent_lms::bulk::{BulkRow as _, ExternalTrainingRow, parse_row};
///
/// let column = |name| ExternalTrainingRow::COLUMNS.iter().position(|column| *column == name).unwrap_or_default();
/// let cells = [("Action", "D"), ("RecordID", "R1")].map(|(name, text)| (column(name), Ok(text.into())));
/// let row: ExternalTrainingRow = parse_row(0, Some(2), cells)?;
/// assert_eq!(row.record_id.as_deref(), Some("R1"));
/// assert!(parse_row::<ExternalTrainingRow>(0, Some(2), [(99, Ok("x".into()))]).is_err());
/// # Ok::<(), peoplefluent_lms::bulk::InvalidRows>(())
/// ```
///
/// # Errors
/// All rules that the row breaks. A position that is not one of [`COLUMNS`](BulkRow::COLUMNS) breaks one as well.
pub fn parse_row<'a, Row: BulkRow>(
    index: u64,
    line: Option<u64>,
    cells: impl IntoIterator<Item = (usize, Result<Cow<'a, str>, String>)>,
) -> Result<Row, InvalidRows> {
    let problem = |column, rule: String| RowViolation::new(index, line, column, rule);
    let (mut row, mut problems) = (Row::default(), Vec::new());
    for (column, text) in cells {
        let name = Row::COLUMNS.get(column).copied();
        let set = match name {
            Some(_) => text.and_then(|text| row.set(column, &text)),
            None => Err(format!("has no column {column}")),
        };
        problems.extend(set.err().map(|rule| problem(name, rule)));
    }
    // A cell that cannot be read is not missing as well.
    let is_reported = |column: &str| problems.iter().any(|problem| problem.violation.field.as_deref() == Some(column));
    let broken: Vec<_> = row.problems().into_iter().filter(|(column, _)| !is_reported(column)).collect();
    problems.extend(broken.into_iter().map(|(column, rule)| problem(Some(column), rule)));
    if problems.is_empty() { Ok(row) } else { Err(InvalidRows::new(problems)) }
}

/// Checks that rows with these columns can be sent.
///
/// # Errors
/// [`CsvError::Header`] if there are none, or one lacks that every file must have.
pub fn check_columns<Row: BulkRow>(columns: &[&str]) -> Result<(), CsvError> {
    if columns.is_empty() {
        return Err(CsvError::Header(format!("names none of the columns {}", Row::COLUMNS.join(", "))));
    }
    match Row::NEEDED.iter().find(|needed| !columns.contains(needed)) {
        Some(missing) => Err(CsvError::Header(format!("lacks the column `{missing}`"))),
        None => Ok(()),
    }
}

fn columns_of<Row: BulkRow>(
    names: &[String],
    unknown: UnknownColumns,
) -> Result<(Vec<Option<usize>>, Vec<String>), String> {
    let (mut columns, mut ignored) = (Vec::with_capacity(names.len()), Vec::new());
    for (index, name) in names.iter().enumerate() {
        let column = Row::COLUMNS.iter().position(|column| column.eq_ignore_ascii_case(name));
        match column {
            // The name is not printed: a file without a header line has a row there.
            None if unknown == UnknownColumns::Refuse && !name.eq_ignore_ascii_case(REASON_COLUMN) => {
                let known = Row::COLUMNS.join(", ");
                return Err(format!("has an unknown name in column {}; the columns are {known}", index + 1));
            }
            None => ignored.push(name.clone()),
            Some(column) if columns.contains(&Some(column)) => {
                return Err(format!("names the column `{}` twice", Row::COLUMNS[column]));
            }
            Some(_) => {}
        }
        columns.push(column);
    }
    Ok((columns, ignored))
}

fn decode(encoding: TextEncoding, bytes: &[u8]) -> Option<Cow<'_, str>> {
    match encoding {
        TextEncoding::Utf8 => std::str::from_utf8(bytes).ok().map(Cow::Borrowed),
        TextEncoding::Latin1 => Some(WINDOWS_1252.decode_without_bom_handling(bytes).0),
    }
}

impl<Row, R> fmt::Debug for RowReader<Row, R> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("RowReader").field("next_index", &self.next_index).finish_non_exhaustive()
    }
}
