//! A strict reader of CSV records.
//!
//! [`RecordReader`] reads RFC 4180 with lines that end in LF, CRLF or CR, one record at a time. For each [`Record`] it
//! gives the cells, the bytes of the record in the file, and the number of its line, so that a message can name the line
//! and a rejected record can be written back unchanged.
//!
//! Lenient readers drop quotation marks that RFC 4180 does not allow, and read everything after an unclosed one as one
//! cell. This one reports both: [`Record::stray_quote`] and [`Error::OpenQuote`].

use std::fmt;
use std::io::{self, Read};

use csv_core::ReadRecordResult;
use memchr::{memchr, memchr2_iter};

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";
/// How many bytes are read at once.
const BUFFER_BYTES: usize = 64 * 1024;

/// The rule that a cell with a [stray quotation mark](Record::stray_quote) violates.
pub const STRAY_QUOTE: &str =
    "has text after its closing quotation mark: a quotation mark within a cell must be written twice";
/// The rule that a cell with an [unclosed quotation mark](Error::OpenQuote) violates.
pub const OPEN_QUOTE: &str = "has a quotation mark that is not closed";

/// One record of a file.
#[derive(Clone, Debug, Default)]
pub struct Record {
    line: u64,
    raw: Vec<u8>,
    /// The contents of the cells, one after the other, and after the last of them what a longer record left.
    cells: Vec<u8>,
    /// Where each cell ends.
    ends: Vec<usize>,
    stray_quote: Option<usize>,
    has_line_break: bool,
}

impl Record {
    /// The line in which the record begins, counted from 1.
    pub fn line(&self) -> u64 {
        self.line
    }

    /// The bytes of the record in the file, without the end of its line.
    pub fn raw(&self) -> &[u8] {
        &self.raw
    }

    /// The position of the first cell that has text after its closing quotation mark, counted from 0. What its text is
    /// meant to be is not known.
    pub fn stray_quote(&self) -> Option<usize> {
        self.stray_quote
    }

    /// Whether a line break ends it. If none does, it is the last one, and the file may have been cut off within it.
    pub fn has_line_break(&self) -> bool {
        self.has_line_break
    }

    /// The number of cells.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there are no cells, as before the first record is read.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The contents of the cells, without quotation marks.
    pub fn iter(&self) -> impl Iterator<Item = &[u8]> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(start, end)| &self.cells[start..*end])
    }
}

/// Reads the records of a file, in memory for one record. Blank lines and a byte order mark are skipped. Records may have
/// different numbers of cells.
///
/// ```
/// use rosterkit_core::csv::{Record, RecordReader};
///
/// let mut reader = RecordReader::new("id,note\n\n1,\"a, \"\"b\"\"\"\n2,\"c\" d\n".as_bytes(), 1024);
/// let mut record = Record::default();
/// let mut found = Vec::new();
/// while reader.read(&mut record)? {
///     found.push((record.line(), record.stray_quote()));
///     if record.line() == 3 {
///         assert_eq!(record.raw(), b"1,\"a, \"\"b\"\"\"");
///         assert_eq!(record.iter().collect::<Vec<_>>(), [&b"1"[..], b"a, \"b\""]);
///     }
/// }
/// assert_eq!(found, [(1, None), (3, None), (4, Some(1))]);
/// # Ok::<(), rosterkit_core::csv::Error>(())
/// ```
pub struct RecordReader<R> {
    reader: R,
    csv: csv_core::Reader,
    delimiter: u8,
    max_record_bytes: usize,
    buffer: Box<[u8]>,
    /// The part of the buffer that is not read yet.
    unread: std::ops::Range<usize>,
    is_at_start: bool,
    is_at_end: bool,
    /// Whether there are no further records.
    is_over: bool,
    /// The line of the next byte.
    line: u64,
    /// The byte before the next one.
    last: u8,
}

impl<R: Read> RecordReader<R> {
    /// Reads records of at most `max_record_bytes` bytes, not counting the ends of their lines. A quotation mark
    /// that is not closed would otherwise read the rest of the file into memory. Buffers by itself.
    pub fn new(reader: R, max_record_bytes: usize) -> Self {
        Self {
            reader,
            csv: csv_core::Reader::new(),
            delimiter: b',',
            max_record_bytes,
            buffer: vec![0; BUFFER_BYTES].into(),
            unread: 0..0,
            is_at_start: true,
            is_at_end: false,
            is_over: false,
            line: 1,
            last: b'\n',
        }
    }

    /// Sets what separates cells, an ASCII character. Default: a comma.
    #[must_use]
    pub fn delimiter(mut self, delimiter: u8) -> Self {
        self.csv = csv_core::ReaderBuilder::new().delimiter(delimiter).build();
        self.delimiter = delimiter;
        self
    }

    /// Reads the next record in place of the one that `record` holds. `false` at the end.
    ///
    /// # Errors
    /// See [`Error`]. An error ends the file.
    pub fn read(&mut self, record: &mut Record) -> Result<bool, Error> {
        let read = if self.is_over { Ok(false) } else { self.read_next(record) };
        self.is_over = !matches!(read, Ok(true));
        read
    }

    fn read_next(&mut self, record: &mut Record) -> Result<bool, Error> {
        record.raw.clear();
        record.line = self.line;
        record.stray_quote = None;
        let (mut cells, mut ends) = (0, 0);
        loop {
            while self.unread.is_empty() && !self.is_at_end {
                self.fill().map_err(Error::Io)?;
            }
            record.cells.resize((cells + 1024).max(record.cells.len()), 0);
            record.ends.resize((ends + 32).max(record.ends.len()), 0);
            let input = &self.buffer[self.unread.clone()];
            let output = (&mut record.cells[cells..], &mut record.ends[ends..]);
            let (result, read, written, ended) = self.csv.read_record(input, output.0, output.1);
            (cells, ends) = (cells + written, ends + ended);
            let start = self.unread.start;
            self.unread.start += read;
            self.keep(record, start..start + read);
            // The end of its line may be among the bytes, and does not count.
            if record.raw.len() > self.max_record_bytes.saturating_add(1) {
                return Err(self.too_long(record));
            }
            match result {
                ReadRecordResult::InputEmpty | ReadRecordResult::OutputFull | ReadRecordResult::OutputEndsFull => {}
                ReadRecordResult::Record => break,
                ReadRecordResult::End => {
                    record.cells.clear();
                    record.ends.clear();
                    return Ok(false);
                }
            }
        }
        record.ends.truncate(ends);
        let quotes = match memchr(b'"', &record.raw) {
            Some(_) => Quotes::of(&record.raw, self.delimiter),
            None => Quotes::default(),
        };
        if let Some(cell) = quotes.open {
            return Err(Error::OpenQuote { line: record.line, cell });
        }
        record.has_line_break = false;
        while record.raw.pop_if(|byte| matches!(byte, b'\r' | b'\n')).is_some() {
            record.has_line_break = true;
        }
        if record.raw.len() > self.max_record_bytes {
            return Err(self.too_long(record));
        }
        record.stray_quote = quotes.stray;
        Ok(true)
    }

    fn too_long(&self, record: &Record) -> Error {
        Error::TooLong { line: record.line, max: self.max_record_bytes }
    }

    fn fill(&mut self) -> io::Result<()> {
        let mut filled = 0;
        // A byte order mark is recognized only as a whole.
        let least = if self.is_at_start { BYTE_ORDER_MARK.len() } else { 1 };
        while filled < least && !self.is_at_end {
            match self.reader.read(&mut self.buffer[filled..]) {
                Ok(0) => self.is_at_end = true,
                Ok(read) => filled += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        let has_mark = self.is_at_start && self.buffer[..filled].starts_with(BYTE_ORDER_MARK);
        self.is_at_start = false;
        self.unread = if has_mark { BYTE_ORDER_MARK.len() } else { 0 }..filled;
        Ok(())
    }

    /// Appends bytes to the record, without line ends before it, and counts lines.
    fn keep(&mut self, record: &mut Record, read: std::ops::Range<usize>) {
        let read = &self.buffer[read];
        let blank = match record.raw.is_empty() {
            true => read.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count(),
            false => 0,
        };
        let (blank, bytes) = read.split_at(blank);
        if !blank.is_empty() {
            self.line += line_ends(self.last, blank);
            record.line = self.line;
        }
        self.line += line_ends(blank.last().copied().unwrap_or(self.last), bytes);
        self.last = read.last().copied().unwrap_or(self.last);
        record.raw.extend_from_slice(bytes);
    }
}

/// How many lines end in the bytes after `last`. CRLF is one end.
fn line_ends(last: u8, bytes: &[u8]) -> u64 {
    let before = |position: usize| position.checked_sub(1).map_or(last, |before| bytes[before]);
    let is_end = |position: &usize| bytes[*position] == b'\r' || before(*position) != b'\r';
    memchr2_iter(b'\r', b'\n', bytes).filter(is_end).count() as u64
}

impl<R> fmt::Debug for RecordReader<R> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("RecordReader").field("line", &self.line).finish_non_exhaustive()
    }
}

/// Cells whose quotation marks RFC 4180 does not allow. A mark within a cell that does not begin with one is text.
#[derive(Default)]
struct Quotes {
    stray: Option<usize>,
    open: Option<usize>,
}

impl Quotes {
    fn of(raw: &[u8], delimiter: u8) -> Self {
        enum State {
            CellStart,
            Unquoted,
            Quoted,
            /// After a mark in a quoted cell, which closes it or is the first of two.
            AfterQuote,
        }
        let (mut state, mut cell, mut stray) = (State::CellStart, 0, None);
        for byte in raw {
            state = match (state, byte) {
                (State::Quoted, b'"') => State::AfterQuote,
                (State::CellStart | State::AfterQuote, b'"') | (State::Quoted, _) => State::Quoted,
                (_, it) if *it == delimiter => {
                    cell += 1;
                    State::CellStart
                }
                (State::AfterQuote, b'\r' | b'\n') => State::AfterQuote,
                (State::AfterQuote, _) => {
                    stray = stray.or(Some(cell));
                    State::Unquoted
                }
                (State::CellStart | State::Unquoted, _) => State::Unquoted,
            };
        }
        Self { stray, open: matches!(state, State::Quoted).then_some(cell) }
    }
}

/// Why a file cannot be read to its end.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// A record has more bytes than the limit, probably because a quotation mark is not closed.
    TooLong {
        /// The line in which the record begins, counted from 1.
        line: u64,
        /// The limit in bytes.
        max: usize,
    },
    /// A quotation mark is not closed before the file ends, so that all records after it are part of one cell. None of
    /// them is given out.
    OpenQuote {
        /// The line in which the record begins, counted from 1.
        line: u64,
        /// The position of the cell, counted from 0.
        cell: usize,
    },
    /// Reading failed.
    Io(io::Error),
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong { line, max } => {
                write!(
                    formatter,
                    "the record in line {line} has more than {max} bytes: is a quotation mark not closed?"
                )
            }
            Self::OpenQuote { line, cell } => {
                write!(formatter, "the record in line {line} {OPEN_QUOTE}, in cell {}", cell + 1)
            }
            Self::Io(error) => write!(formatter, "reading failed: {}", error.kind()),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io(error) => Some(error),
            Self::TooLong { .. } | Self::OpenQuote { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::slow_reader::Slow;

    type Found = Vec<(u64, String, Vec<String>, Option<usize>)>;

    #[test]
    fn only_a_last_record_can_have_no_line_break() {
        for (content, expected) in
            [("a,b\r\n1,\"\n\"\n", true), ("a,b\r1,2\r", true), ("a,b\n\n1,\"\n\"", false), ("a\n1", false)]
        {
            for at_once in 1..=content.len() {
                let mut reader = RecordReader::new(Slow(content.as_bytes(), at_once), 1 << 20);
                let (mut record, mut found) = (Record::default(), Vec::new());
                while reader.read(&mut record).expect("valid") {
                    found.push(record.has_line_break());
                }
                assert_eq!(found, [true, expected], "{content:?}");
            }
        }
    }

    fn read(content: &str, at_once: usize) -> Result<Found, Error> {
        let mut reader = RecordReader::new(Slow(content.as_bytes(), at_once), 1 << 20);
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("UTF-8");
        let (mut record, mut found) = (Record::default(), Vec::new());
        while reader.read(&mut record)? {
            let cells: Vec<_> = record.iter().map(text).collect();
            assert_eq!((cells.len(), record.is_empty()), (record.len(), false));
            found.push((record.line(), text(record.raw()), cells, record.stray_quote()));
        }
        assert!(!reader.read(&mut record)?, "the end stays the end");
        Ok(found)
    }

    #[test]
    fn records_have_their_line_bytes_and_cells_whatever_ends_their_lines() {
        let rows = ["a,b", "1,\"a\"\"b\"", " 2 , \"x\" ", "\"3\",\"a,\nb\"", "\"\"", ",", "4,é"];
        let cells: [&[&str]; 7] =
            [&["a", "b"], &["1", "a\"b"], &[" 2 ", " \"x\" "], &["3", "a,\nb"], &[""], &["", ""], &["4", "é"]];
        for (end, step) in [("\n", 1), ("\r\n", 1), ("\r", 1), ("\n\n", 2), ("\r\n\r\n", 2)] {
            for (mark, last, at_once) in [("", "", 1), ("\u{feff}", end, 1), ("\u{feff}", "", 2), ("", end, 4096)] {
                let content = format!("{mark}{}{last}", rows.join(end));
                // The quoted line feed in the fourth record is a line of its own.
                let lines = (0_u64..).map(|index| 1 + index * step + u64::from(index > 3));
                let expected = lines.zip(rows.iter().zip(cells)).map(|(line, (row, cells))| {
                    (line, (*row).to_owned(), cells.iter().map(|cell| (*cell).to_owned()).collect(), None)
                });
                assert_eq!(read(&content, at_once).expect("valid"), expected.collect::<Found>(), "{content:?}");
            }
        }
        assert_eq!(read("\n\na\n", 1).expect("valid")[0].0, 3);
        assert!(read("", 1).expect("empty").is_empty() && read("\u{feff}\n", 2).expect("empty").is_empty());
    }

    #[test]
    fn quotation_marks_that_are_not_allowed_are_reported_with_their_cells() {
        for (content, stray, open) in [
            ("a,b\n", None, None),
            ("a \"b\",c\"\n", None, None),
            ("\"\"\"\"\n", None, None),
            (" \"a\n", None, None),
            ("a,\"b\"c,d\n", Some(1), None),
            ("a,b,\"c \"d\"\"\n", Some(2), None),
            ("\"a\" ,b\n", Some(0), None),
            ("\"a\"\u{feff}", Some(0), None),
            ("a,\"b\nc,d\n", None, Some(1)),
            ("\u{feff}\"a", None, Some(0)),
            ("a,\"b\"c,\"d", None, Some(2)),
            ("1,\"", None, Some(1)),
        ] {
            for at_once in 1..=content.len() {
                match (read(content, at_once), open) {
                    (Ok(found), None) => assert_eq!(found[0].3, stray, "{content:?}"),
                    (Err(Error::OpenQuote { line: 1, cell }), Some(open)) => assert_eq!(cell, open, "{content:?}"),
                    (result, _) => panic!("{content:?}: {result:?}"),
                }
            }
        }
    }

    #[test]
    fn the_end_of_a_line_does_not_count_towards_the_limit() {
        for row in ["12345678", "1,\"3\n56\"", "\"12345\n\""] {
            for (end, at_once) in ["", "\n", "\r\n", "\r", "\n\n"].into_iter().flat_map(|end| [(end, 1), (end, 4096)]) {
                let content = format!("\n{row}{end}");
                for (max, is_short) in [(row.len(), true), (row.len() - 1, false)] {
                    let mut reader = RecordReader::new(Slow(content.as_bytes(), at_once), max);
                    let mut record = Record::default();
                    match reader.read(&mut record) {
                        Ok(is_read) => assert!(is_read && is_short && record.raw() == row.as_bytes(), "{content:?}"),
                        Err(error) => {
                            let is_too_long = matches!(error, Error::TooLong { line: 2, max: limit } if limit == max);
                            assert!(is_too_long && !is_short, "{content:?}: {error}");
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn a_record_that_does_not_end_is_refused_and_not_held_in_memory() {
        let content = io::Cursor::new("a,b\n1,2\n\n3,\"").chain(io::repeat(b'x'));
        let mut reader = RecordReader::new(content, 100_000);
        let mut record = Record::default();
        assert!(reader.read(&mut record).expect("a record") && reader.read(&mut record).expect("a record"));
        assert_eq!(record.line(), 2);
        let error = reader.read(&mut record).expect_err("too long");
        assert!(matches!(error, Error::TooLong { line: 4, max: 100_000 }), "{error}");
        assert!(record.raw.len() <= 100_000 + BUFFER_BYTES);
    }
}
