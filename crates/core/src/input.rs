//! Items of a file, CSV or JSON lines, read one by one.
//!
//! | format | an item | its fields |
//! | --- | --- | --- |
//! | JSON lines (`.jsonl`, `.ndjson`) | a line that is a JSON object | as they are |
//! | CSV (`.csv`) | a row below the header | the columns: dotted paths such as `manager.id` |
//!
//! A cell of CSV is text. In a column whose name ends with `:json` it is JSON: `version:json`, `teams:json`, also `null` to
//! clear a field.
//!
//! An item has at most 16 MiB. Nothing is changed silently: a duplicate key, a number that a 64-bit number does not hold, or
//! a row of another length make an item invalid. An invalid item is told with its line, and the items after it follow. A
//! file that is not readable further is an error, after which nothing follows.

mod columns;
pub mod strict_json;

use std::fmt;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use serde_json::Value;

use self::columns::Columns;
pub use self::columns::EmptyCell;
use crate::csv::{self, OPEN_QUOTE, RecordReader, STRAY_QUOTE};

/// The maximum size of an item, in bytes.
pub const LONGEST: usize = 16 << 20;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";
/// How many bytes of a line are read at most: neither a byte order mark nor the end of the line counts as its length.
const LONGEST_READ: u64 = (BYTE_ORDER_MARK.len() + LONGEST + b"\r\n".len()) as u64;
/// How many bytes are read at once.
const BUFFER_BYTES: usize = 64 * 1024;

/// The format of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A header and rows, RFC 4180, UTF-8.
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

/// An item of a file.
#[derive(Clone, Debug)]
pub struct Record {
    /// The line where it begins, counted from 1.
    pub line: u64,
    /// Its text in the file, without the end of its line.
    pub raw: Vec<u8>,
    /// The item, an object, or why it is invalid. The reason has names, but no values.
    pub value: Result<Value, String>,
}

/// Why a file is not readable further. It names no values, and not the file.
#[derive(Debug)]
pub enum Error {
    /// The file cannot be read.
    Io(io::Error),
    /// Its content is not in the format. The text names the line or the column.
    Invalid(String),
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(error) => write!(formatter, "cannot be read: {error}"),
            Self::Invalid(problem) => formatter.write_str(problem),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io(error) => error.source(),
            Self::Invalid(_) => None,
        }
    }
}

impl From<csv::Error> for Error {
    fn from(error: csv::Error) -> Self {
        match error {
            csv::Error::Io(error) => Self::Io(error),
            error => Self::Invalid(error.to_string()),
        }
    }
}

/// The items of a file: an iterator, in memory for one item.
///
/// ```
/// use rosterkit_core::input::{EmptyCell, Format, Records};
///
/// let file = "id,manager.id,version:json\nu-1,u-9,3\nu-2\nu-3,,\n";
/// let records = Records::new(file.as_bytes(), Format::Csv, &[], EmptyCell::Absent)?;
/// let read: Vec<_> = records.map(|record| record.map(|record| (record.line, record.value))).collect::<Result<_, _>>()?;
/// assert_eq!(read[0], (2, Ok(serde_json::json!({ "id": "u-1", "manager": { "id": "u-9" }, "version": 3 }))));
/// assert_eq!(read[1], (3, Err("the row has 1 cells, but the header has 3".to_owned())));
/// assert_eq!(read[2], (4, Ok(serde_json::json!({ "id": "u-3" }))));
/// # Ok::<(), rosterkit_core::input::Error>(())
/// ```
pub struct Records<R> {
    reader: Reader<R>,
    is_over: bool,
}

enum Reader<R> {
    Rows(Box<Rows<R>>),
    Lines { reader: BufReader<R>, line: u64 },
}

struct Rows<R> {
    reader: RecordReader<R>,
    columns: Columns,
    header: Vec<u8>,
    row: csv::Record,
}

impl<R: Read> Records<R> {
    /// Begins to read, with the header if the format has one. Buffers by itself. The columns in `json` hold JSON, also
    /// without the suffix `:json`.
    ///
    /// # Errors
    /// If the header is missing, ambiguous, or not readable.
    pub fn new(reader: R, format: Format, json: &[&str], empty: EmptyCell) -> Result<Self, Error> {
        let reader = match format {
            Format::JsonLines => Reader::Lines { reader: BufReader::with_capacity(BUFFER_BYTES, reader), line: 0 },
            Format::Csv => {
                let mut reader = RecordReader::new(reader, LONGEST);
                let mut row = csv::Record::default();
                let columns = header(&mut reader, &mut row, json, empty)?;
                Reader::Rows(Box::new(Rows { reader, columns, header: row.raw().to_vec(), row }))
            }
        };
        Ok(Self { reader, is_over: false })
    }

    /// The text of the header, if the format has one.
    pub fn header(&self) -> Option<&[u8]> {
        match &self.reader {
            Reader::Rows(rows) => Some(&rows.header),
            Reader::Lines { .. } => None,
        }
    }
}

impl<R: Read> Iterator for Records<R> {
    type Item = Result<Record, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_over {
            return None;
        }
        let record = match &mut self.reader {
            Reader::Rows(rows) => rows.next(),
            Reader::Lines { reader, line } => next_line(reader, line),
        };
        self.is_over = !matches!(record, Ok(Some(_)));
        record.transpose()
    }
}

impl<R> fmt::Debug for Records<R> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Records").field("is_over", &self.is_over).finish_non_exhaustive()
    }
}

/// Reads the header.
fn header(
    reader: &mut RecordReader<impl Read>,
    row: &mut csv::Record,
    json: &[&str],
    empty: EmptyCell,
) -> Result<Columns, Error> {
    let read = reader.read(row);
    let invalid = match &read {
        Ok(_) => row.stray_quote(),
        Err(csv::Error::OpenQuote { cell, .. }) => Some(*cell),
        Err(_) => None,
    };
    if let Some(cell) = invalid {
        return Err(Error::Invalid(format!("invalid quotation marks in column {} of the header", cell + 1)));
    }
    read?;
    Columns::parse(row, json, empty).map_err(Error::Invalid)
}

impl<R: Read> Rows<R> {
    fn next(&mut self) -> Result<Option<Record>, Error> {
        let Self { reader, columns, row, .. } = self;
        let is_row = reader.read(row).map_err(|error| match error {
            csv::Error::OpenQuote { line, cell } => {
                let column = columns.name(cell);
                Error::Invalid(format!(
                    "line {line}: `{column}` {OPEN_QUOTE}: all rows after it would be read as its text"
                ))
            }
            error => error.into(),
        })?;
        if !is_row {
            return Ok(None);
        }
        let value = match row.stray_quote() {
            None => columns.object(row),
            Some(cell) => Err(format!("`{}` {STRAY_QUOTE}", columns.name(cell))),
        };
        Ok(Some(Record { line: row.line(), raw: row.raw().to_vec(), value }))
    }
}

fn next_line(reader: &mut impl BufRead, number: &mut u64) -> Result<Option<Record>, Error> {
    loop {
        *number += 1;
        let mut line = Vec::new();
        if reader.take(LONGEST_READ).read_until(b'\n', &mut line).map_err(Error::Io)? == 0 {
            return Ok(None);
        }
        if *number == 1 && line.starts_with(BYTE_ORDER_MARK) {
            line.drain(..BYTE_ORDER_MARK.len());
        }
        if line.pop_if(|byte| *byte == b'\n').is_some() {
            line.pop_if(|byte| *byte == b'\r');
        }
        if line.len() > LONGEST {
            return Err(Error::Invalid(format!("line {number} is longer than {} MiB", LONGEST >> 20)));
        }
        while line.pop_if(|byte| *byte == b'\r').is_some() {}
        if !line.trim_ascii().is_empty() {
            let value = strict_json::object(&line);
            return Ok(Some(Record { line: *number, raw: line, value }));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The lengths of the lines, and whether the reader refused one then.
    fn lengths(input: Vec<u8>) -> (Vec<usize>, bool) {
        let records = Records::new(input.as_slice(), Format::JsonLines, &[], EmptyCell::Absent).expect("no header");
        let mut lengths = Vec::new();
        for record in records {
            match record {
                Ok(Record { raw, value: Ok(_), .. }) => lengths.push(raw.len()),
                _ => return (lengths, true),
            }
        }
        (lengths, false)
    }

    #[test]
    fn neither_a_byte_order_mark_nor_the_end_of_a_line_counts_towards_its_limit() {
        let line = |length: usize| [&b"{}"[..], &vec![b' '; length - 2]].concat();
        for mark in [&b""[..], BYTE_ORDER_MARK] {
            for end in [&b""[..], b"\n", b"\r\n", b"\n{}", b"\r\n{}\n"] {
                let mut expected = vec![LONGEST];
                expected.extend(end.contains(&b'{').then_some(2));
                assert_eq!(lengths([mark, &line(LONGEST), end].concat()), (expected, false), "{end:?}");
                for more in [1, 2, 3, 6] {
                    assert_eq!(lengths([mark, &line(LONGEST + more), end].concat()), (vec![], true), "{more} {end:?}");
                }
            }
        }
        let second = |length| [&b"{}\n"[..], &line(length), b"\r\n"].concat();
        assert_eq!(lengths(second(LONGEST)), (vec![2, LONGEST], false));
        assert_eq!(lengths(second(LONGEST + 1)), (vec![2], true));
    }

    #[test]
    fn empty_cells_are_absent_or_empty_texts() -> Result<(), Error> {
        let file = "\u{feff}id,manager.id,tags:json\r\nu-1,,\r\n";
        for (empty, expected) in [
            (EmptyCell::Absent, serde_json::json!({ "id": "u-1" })),
            (EmptyCell::EmptyText, serde_json::json!({ "id": "u-1", "manager": { "id": "" }, "tags": null })),
        ] {
            let read = Records::new(file.as_bytes(), Format::Csv, &[], empty)?.collect::<Result<Vec<_>, _>>()?;
            assert_eq!(read.into_iter().map(|record| record.value).collect::<Vec<_>>(), [Ok(expected)], "{empty:?}");
        }
        Ok(())
    }

    #[test]
    fn nothing_follows_what_is_not_readable() -> Result<(), Error> {
        let file = "id,name\nu-1,a\nu-2,\"b\nu-3,c\n";
        let mut records = Records::new(file.as_bytes(), Format::Csv, &[], EmptyCell::Absent)?;
        assert!(records.next().is_some_and(|record| record.is_ok()));
        let problem = records.next().and_then(Result::err).map(|error| error.to_string()).unwrap_or_default();
        assert!(problem.starts_with("line 3: `name` has a quotation mark that is not closed"), "{problem}");
        assert!(records.next().is_none());
        Ok(())
    }

    #[test]
    fn the_format_follows_from_the_extension() {
        for (name, expected) in [
            ("people.csv", Some(Format::Csv)),
            ("PEOPLE.CSV", Some(Format::Csv)),
            ("people.ndjson", Some(Format::JsonLines)),
            ("people.csv.jsonl", Some(Format::JsonLines)),
            ("people.json", None),
            ("csv", None),
        ] {
            assert_eq!(Format::of_path(Path::new(name)), expected, "{name}");
        }
    }
}
