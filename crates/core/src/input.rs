//! Items of a file, CSV or JSON lines, read one by one.
//!
//! | format | an item | its fields |
//! | --- | --- | --- |
//! | JSON lines (`.jsonl`, `.ndjson`) | a line that is a JSON object | as they are |
//! | CSV (`.csv`) | a row below the header | the columns: dotted paths such as `manager.id` |
//!
//! A cell of CSV is text, unless its [field](Fields) is not. In a column whose name ends with `:json` it is JSON:
//! `teams:json`, also `null` to clear a field.
//!
//! What spreadsheets and data frames write is understood:
//! - a byte order mark, UTF-16 with a mark, lines that end in CRLF;
//! - `TRUE` and `FALSE`, and `3.0` for a whole number;
//! - columns without a name and without cells, and rows of empty cells only, which are no rows;
//! - rows that leave out empty cells at their end, if an [empty cell](EmptyCell) is an absent field, and rows with more
//!   empty cells than the header. A last row that leaves out cells and has no line break is invalid: the file may be cut
//!   off.
//!
//! An item has at most 16 MiB. Nothing is changed silently: a duplicate key, a number that a 64-bit number does not hold, or
//! a cell beyond the header make an item invalid. An invalid item is told with its line, and the items after it follow. A
//! file that is not readable further is an error, after which nothing follows. So is a column that is not
//! [known](UnknownFields).

mod columns;
mod encoding;
mod error;
mod field;
mod fields;
mod options;
pub mod strict_json;

use std::fmt;
use std::io::{BufRead, BufReader, Read};

use serde_json::Value;

use self::columns::Columns;
use self::encoding::Decoded;
pub use self::encoding::{EncodedAs, Encoding};
pub use self::error::Error;
pub use self::field::{EmptyCell, Field, FieldKind};
pub use self::fields::{Fields, NoField, UnknownFields};
pub use self::options::{Format, ReadOptions};
use crate::csv::{self, OPEN_QUOTE, RecordReader, STRAY_QUOTE};

/// The maximum size of an item, in bytes.
pub const LONGEST: usize = 16 << 20;

/// How many bytes of a line are read at most: the end of the line does not count as its length.
const LONGEST_READ: u64 = (LONGEST + b"\r\n".len()) as u64;
/// How many bytes are read at once.
const BUFFER_BYTES: usize = 64 * 1024;

/// An item of a file.
#[derive(Clone, Debug)]
pub struct Record {
    /// The line where it begins, counted from 1.
    pub line: u64,
    /// Its text in the file, without the end of its line: in UTF-8, unless the bytes are not valid in it.
    pub raw: Vec<u8>,
    /// Whether a line break ends it in the file, as it does unless the file ends there.
    pub has_line_break: bool,
    /// The item, an object, or why it is invalid. The reason has names, but no values.
    pub value: Result<Value, String>,
}

/// The items of a file: an iterator, in memory for one item.
///
/// ```
/// use rosterkit_core::input::{Format, ReadOptions, Records};
///
/// let file = "id,manager.id,version:json\nu-1,u-9,3\nu-2,x,y\n,,\nu-3\n";
/// let records = Records::new(file.as_bytes(), ReadOptions::new(Format::Csv))?;
/// let read: Vec<_> = records.map(|record| record.map(|record| (record.line, record.value))).collect::<Result<_, _>>()?;
/// assert_eq!(read[0], (2, Ok(serde_json::json!({ "id": "u-1", "manager": { "id": "u-9" }, "version": 3 }))));
/// assert!(read[1].1.as_ref().is_err_and(|problem| problem.starts_with("column `version:json`: invalid JSON value")));
/// assert_eq!(read[2], (5, Ok(serde_json::json!({ "id": "u-3" }))));
/// # Ok::<(), rosterkit_core::input::Error>(())
/// ```
pub struct Records<R> {
    reader: Reader<R>,
    encoded_as: EncodedAs,
    is_over: bool,
}

enum Reader<R> {
    Rows(Box<Rows<Decoded<R>>>),
    Lines(Box<Lines<Decoded<R>>>),
}

struct Rows<R> {
    reader: RecordReader<R>,
    columns: Columns,
    header: Vec<u8>,
    row: csv::Record,
}

struct Lines<R> {
    reader: BufReader<R>,
    line: u64,
    options: ReadOptions,
}

impl<R: Read> Records<R> {
    /// Begins to read, with the header if the format has one. Buffers by itself.
    ///
    /// # Errors
    /// If the header is missing, ambiguous, or not readable, or has unknown columns.
    pub fn new(reader: R, options: ReadOptions) -> Result<Self, Error> {
        let reader = Decoded::new(reader, options.encoding).map_err(Error::Io)?;
        let encoded_as = reader.encoded_as();
        let reader = match options.format {
            Format::JsonLines => {
                let reader = BufReader::with_capacity(BUFFER_BYTES, reader);
                Reader::Lines(Box::new(Lines { reader, line: 0, options }))
            }
            Format::Csv => {
                let mut reader = RecordReader::new(reader, LONGEST).delimiter(options.delimiter);
                let mut row = csv::Record::default();
                let columns = header(&mut reader, &mut row, &options)?;
                Reader::Rows(Box::new(Rows { reader, columns, header: row.raw().to_vec(), row }))
            }
        };
        Ok(Self { reader, encoded_as, is_over: false })
    }

    /// The text of the header, if the format has one.
    pub fn header(&self) -> Option<&[u8]> {
        match &self.reader {
            Reader::Rows(rows) => Some(&rows.header),
            Reader::Lines(_) => None,
        }
    }

    /// The names of the columns, if the format has a header. A column without a name has an empty one.
    pub fn columns(&self) -> Option<Vec<String>> {
        match &self.reader {
            Reader::Rows(rows) => Some(rows.columns.names().map(str::to_owned).collect()),
            Reader::Lines(_) => None,
        }
    }

    /// The fields of the columns, if the format has a header, without those that are left out.
    pub fn fields(&self) -> Option<Vec<&Field>> {
        match &self.reader {
            Reader::Rows(rows) => Some(rows.columns.fields().collect()),
            Reader::Lines(_) => None,
        }
    }

    /// The names of the columns that are ignored.
    pub fn ignored_columns(&self) -> Vec<String> {
        match &self.reader {
            Reader::Rows(rows) => rows.columns.ignored().map(str::to_owned).collect(),
            Reader::Lines(_) => Vec::new(),
        }
    }

    /// How the file is encoded.
    pub fn encoded_as(&self) -> EncodedAs {
        self.encoded_as
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
            Reader::Lines(lines) => lines.next(),
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
    options: &ReadOptions,
) -> Result<Columns, Error> {
    reader.read(row).map_err(|error| match error {
        csv::Error::OpenQuote { cell, .. } => Error::Invalid(format!("column {} of the header {OPEN_QUOTE}", cell + 1)),
        error => error.into(),
    })?;
    Columns::parse(row, options)
}

impl<R: Read> Rows<R> {
    fn next(&mut self) -> Result<Option<Record>, Error> {
        let Self { reader, columns, row, .. } = self;
        loop {
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
                Some(cell) => Err(format!("column `{}` {STRAY_QUOTE}", columns.name(cell))),
                None if row.iter().all(<[u8]>::is_empty) => continue,
                None => columns.object(row),
            };
            let (line, raw, has_line_break) = (row.line(), row.raw().to_vec(), row.has_line_break());
            return Ok(Some(Record { line, raw, has_line_break, value }));
        }
    }
}

impl<R: Read> Lines<R> {
    fn next(&mut self) -> Result<Option<Record>, Error> {
        let number = &mut self.line;
        loop {
            *number += 1;
            let mut line = Vec::new();
            let mut reader = (&mut self.reader).take(LONGEST_READ);
            if reader.read_until(b'\n', &mut line).map_err(Error::Io)? == 0 {
                return Ok(None);
            }
            let has_line_break = line.pop_if(|byte| *byte == b'\n').is_some();
            if has_line_break {
                line.pop_if(|byte| *byte == b'\r');
            }
            if line.len() > LONGEST {
                return Err(Error::Invalid(format!("line {number} is longer than {} MiB", LONGEST >> 20)));
            }
            while line.pop_if(|byte| *byte == b'\r').is_some() {}
            if !line.trim_ascii().is_empty() {
                let value = strict_json::object(&line).and_then(|value| self.options.checked(value));
                return Ok(Some(Record { line: *number, raw: line, has_line_break, value }));
            }
        }
    }
}

impl ReadOptions {
    /// An item whose fields are known.
    fn checked(&self, mut item: Value) -> Result<Value, String> {
        if let Value::Object(fields) = &mut item
            && !self.is_verbatim
        {
            self.fields.check(fields, self.unknown)?;
        }
        Ok(item)
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    /// The lengths of the lines, and whether the reader refused one then.
    fn lengths(input: Vec<u8>) -> (Vec<usize>, bool) {
        let records = Records::new(input.as_slice(), ReadOptions::new(Format::JsonLines)).expect("no header");
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
        for mark in [&b""[..], b"\xef\xbb\xbf"] {
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
            let options = ReadOptions::new(Format::Csv).empty_cell(empty);
            let read = Records::new(file.as_bytes(), options)?.collect::<Result<Vec<_>, _>>()?;
            assert_eq!(read.into_iter().map(|record| record.value).collect::<Vec<_>>(), [Ok(expected)], "{empty:?}");
        }
        Ok(())
    }

    #[test]
    fn nothing_follows_what_is_not_readable() -> Result<(), Error> {
        let file = "id,name\nu-1,a\nu-2,\"b\nu-3,c\n";
        let mut records = Records::new(file.as_bytes(), ReadOptions::new(Format::Csv))?;
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
