//! Reads rows from CSV, one at a time.

use std::borrow::Cow;
use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::marker::PhantomData;
use std::path::Path;

use csv::ByteRecord;
use encoding_rs::WINDOWS_1252;

use super::lines::Lines;
use super::quotes::{Quotes, STRAY};
use super::row::BulkRow;
use super::{CsvError, InvalidRows, REASON_COLUMN, RowProblem};

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

    /// Sets how many bytes a row may have, roughly: reading goes in pieces of 8 KiB. A quote that is not closed would
    /// otherwise read the rest of the file into memory.
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
/// with a cell that is no date, and whatever else is checked before sending. After any other error there is nothing more:
/// such as after a quotation mark that is not closed before the file ends, since the rows after it are part of its cell.
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
    csv: csv::Reader<Guarded<R>>,
    encoding: TextEncoding,
    /// For each column of the file, the row's column.
    columns: Vec<Option<usize>>,
    ignored: Vec<String>,
    record: ByteRecord,
    row: u64,
    /// In which the row begins.
    line: Option<u64>,
    is_over: bool,
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
        let guarded = Guarded {
            read,
            since: 0,
            max: options.max_row_bytes,
            is_exceeded: false,
            is_at_end: false,
            lines: Lines::default(),
            quotes: Quotes::default(),
        };
        let mut csv = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(guarded);
        let mut header = ByteRecord::new();
        read_record(&mut csv, &mut header)?;
        let first = header.get(0).unwrap_or_default();
        if first.starts_with(b"\xff\xfe") || first.starts_with(b"\xfe\xff") {
            return Err(CsvError::Header("is in UTF-16: save the file as UTF-8".to_owned()));
        }
        if let Some(cell) = stray(&mut csv) {
            return Err(CsvError::Header(format!("is not CSV: column {} {STRAY}", cell + 1)));
        }
        if open(&mut csv).is_some() {
            return Err(CsvError::OpenQuote { line: csv.get_mut().lines.of_row_after(0).unwrap_or(1), column: None });
        }
        let mut names = Vec::with_capacity(header.len());
        for (index, name) in header.iter().enumerate() {
            let name = decode(options.encoding, name).ok_or_else(|| {
                CsvError::Header(format!("is not in UTF-8 (column {}): choose the encoding of the file", index + 1))
            })?;
            // The CSV reader sees a mark only if the first piece of the file holds all of it.
            names.push(name.trim_start_matches('\u{feff}').trim().to_owned());
        }
        if let [only] = names.as_slice()
            && let Some(other) = [';', '\t'].into_iter().find(|other| only.contains(*other))
        {
            let other = other.escape_default();
            return Err(CsvError::Header(format!("sets its names off by `{other}`: save the file with commas")));
        }
        let (columns, ignored) = columns_of::<Row>(&names, options.unknown).map_err(CsvError::Header)?;
        let (encoding, record) = (options.encoding, ByteRecord::new());
        Ok(Self { csv, encoding, columns, ignored, record, row: 0, line: None, is_over: false, rows: PhantomData })
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

    /// Reads all rows and answers every problem there is, for a check before anything is sent. Rows are not kept.
    ///
    /// # Errors
    /// If reading fails for another reason than that of a row.
    pub fn check(self) -> Result<Vec<RowProblem>, CsvError> {
        let mut problems = Vec::new();
        for row in self {
            match row {
                Ok(_) => {}
                Err(CsvError::Invalid(invalid)) => problems.extend(invalid.into_problems()),
                Err(error) => return Err(error),
            }
        }
        Ok(problems)
    }

    /// The name of the row's column in which a cell of the file stands.
    fn column(&self, cell: usize) -> Option<&'static str> {
        self.columns.get(cell).copied().flatten().map(|column| Row::COLUMNS[column])
    }

    /// The row in `record`.
    fn parse(&mut self) -> Result<Row, InvalidRows> {
        let stray = stray(&mut self.csv);
        let problem = |column, rule: String| RowProblem::new(self.row, self.line, column, rule);
        if let Some(cell) = stray {
            return Err(InvalidRows::new(vec![problem(self.column(cell), STRAY.to_owned())]));
        }
        if self.record.len() != self.columns.len() {
            let (cells, columns) = (self.record.len(), self.columns.len());
            return Err(InvalidRows::new(vec![problem(None, format!("has {cells} cells, the header {columns}"))]));
        }
        let (mut row, mut problems) = (Row::default(), Vec::new());
        for (cell, column) in self.record.iter().zip(&self.columns) {
            let Some(column) = *column else { continue };
            let set = match decode(self.encoding, cell) {
                Some(text) => row.set(column, &text),
                None => Err("must be UTF-8: choose the encoding of the file".to_owned()),
            };
            problems.extend(set.err().map(|rule| problem(Some(Row::COLUMNS[column]), rule)));
        }
        // A cell that cannot be read is not missing as well.
        let is_reported = |column: &str| problems.iter().any(|problem| problem.column == Some(column));
        let broken: Vec<_> = row.problems().into_iter().filter(|(column, _)| !is_reported(column)).collect();
        problems.extend(broken.into_iter().map(|(column, rule)| problem(Some(column), rule)));
        if problems.is_empty() { Ok(row) } else { Err(InvalidRows::new(problems)) }
    }
}

impl<Row: BulkRow, R: Read> Iterator for RowReader<Row, R> {
    type Item = Result<Row, CsvError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_over {
            return None;
        }
        match read_record(&mut self.csv, &mut self.record) {
            Ok(true) => {
                self.row += 1;
                let start = self.record.position().map(csv::Position::byte);
                self.line = start.and_then(|start| self.csv.get_mut().lines.of_row_after(start));
                if let Some(cell) = open(&mut self.csv) {
                    self.is_over = true;
                    let (line, column) = (self.line.unwrap_or_default(), self.column(cell));
                    return Some(Err(CsvError::OpenQuote { line, column }));
                }
                Some(self.parse().map_err(CsvError::Invalid))
            }
            Ok(false) => {
                self.is_over = true;
                None
            }
            Err(error) => {
                self.is_over = true;
                Some(Err(error))
            }
        }
    }
}

fn read_record<R: Read>(csv: &mut csv::Reader<Guarded<R>>, record: &mut ByteRecord) -> Result<bool, CsvError> {
    csv.get_mut().since = 0;
    let start = csv.position().byte();
    let result = csv.read_byte_record(record);
    let Guarded { is_exceeded, max, lines, .. } = csv.get_mut();
    if *is_exceeded {
        return Err(CsvError::TooLong { line: lines.of_row_after(start).unwrap_or(1), max: *max });
    }
    result.map_err(CsvError::from_csv)
}

/// The first cell of the record just read that has text after its closing quotation mark.
fn stray<R: Read>(csv: &mut csv::Reader<Guarded<R>>) -> Option<usize> {
    let end = csv.position().byte();
    csv.get_mut().quotes.stray_before(end)
}

/// The cell of the record just read whose quotation mark is not closed. The CSV reader gives out a record without an end
/// only when there is nothing more to read.
fn open<R: Read>(csv: &mut csv::Reader<Guarded<R>>) -> Option<usize> {
    let Guarded { is_at_end, quotes, .. } = csv.get_mut();
    quotes.open().filter(|_| *is_at_end)
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
    if columns.iter().all(Option::is_none) {
        return Err(format!("names none of the columns {}", Row::COLUMNS.join(", ")));
    }
    let lacks = |name: &&&str| !columns.iter().flatten().any(|column| Row::COLUMNS[*column] == **name);
    match Row::NEEDED.iter().find(lacks) {
        Some(missing) => Err(format!("lacks the column `{missing}`")),
        None => Ok((columns, ignored)),
    }
}

fn decode(encoding: TextEncoding, bytes: &[u8]) -> Option<Cow<'_, str>> {
    match encoding {
        TextEncoding::Utf8 => std::str::from_utf8(bytes).ok().map(Cow::Borrowed),
        TextEncoding::Latin1 => Some(WINDOWS_1252.decode_without_bom_handling(bytes).0),
    }
}

/// Fails when a row does not come to an end, and watches what the CSV reader does not tell.
struct Guarded<R> {
    read: R,
    /// Bytes read since the row began.
    since: usize,
    max: usize,
    is_exceeded: bool,
    is_at_end: bool,
    lines: Lines,
    quotes: Quotes,
}

impl<R: Read> Read for Guarded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.since > self.max {
            self.is_exceeded = true;
            return Err(io::ErrorKind::InvalidData.into());
        }
        let read = self.read.read(buffer)?;
        self.since = self.since.saturating_add(read);
        self.is_at_end = read == 0 && !buffer.is_empty();
        self.lines.take(&buffer[..read]);
        self.quotes.take(&buffer[..read]);
        Ok(read)
    }
}

impl<Row, R> fmt::Debug for RowReader<Row, R> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("RowReader")
            .field("row", &self.row)
            .field("is_over", &self.is_over)
            .finish_non_exhaustive()
    }
}
