//! What a CSV reader does not tell of the rows that it reads: their lines, how they stand in the input, and quotation
//! marks that stand amiss.
//!
//! The reader's own count of lines is that of the place where it stopped before a record: between CR and LF, or before
//! blank lines, which is not where the record begins. Of marks that stand amiss it makes other text, and of one that is
//! not closed a cell with all rows after it.

use std::collections::VecDeque;
use std::io::{self, Read};

use peoplefluent_lms::bulk::quotes::Quotes;

use super::LONGEST;

/// Passes bytes on, and finds the lines that they stand in. An item that does not end is refused, and not held in memory.
pub(crate) struct Lines<R> {
    reader: R,
    /// The bytes that were passed on, from the last place that was asked for.
    window: VecDeque<u8>,
    /// Where the window begins, in bytes.
    offset: u64,
    /// The line in which the window begins, counted from 1.
    line: u64,
    quotes: Quotes,
    is_at_end: bool,
}

/// Where and how a row stands in the input.
pub(crate) struct Standing {
    /// The line that it begins in, counted from 1.
    pub line: u64,
    /// Its bytes, without the end of its line.
    pub bytes: Vec<u8>,
    /// The number of the cell whose quotation marks stand amiss, counted from 0.
    pub amiss: Option<Amiss>,
}

/// What is wrong with the quotation marks of a cell, by its number, counted from 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Amiss {
    /// There is text after the closing one.
    Stray(usize),
    /// It is not closed, so that all rows after it are in the cell.
    Open(usize),
}

/// Reads a record, and where and how it stands; `None` at the end.
pub(crate) fn read_standing<R: Read>(
    reader: &mut csv::Reader<Lines<R>>,
    record: &mut csv::ByteRecord,
) -> Result<Option<Standing>, csv::Error> {
    if !reader.read_byte_record(record)? {
        return Ok(None);
    }
    let start = record.position().map_or(0, csv::Position::byte);
    let end = reader.position().byte();
    Ok(Some(reader.get_mut().standing(start, end)))
}

impl<R> Lines<R> {
    pub(crate) fn new(reader: R) -> Self {
        let (window, quotes) = (VecDeque::new(), Quotes::default());
        Self { reader, window, offset: 0, line: 1, quotes, is_at_end: false }
    }

    /// What is wrong with the quotation marks before a byte, such as those of the header, where the record just read ends.
    pub(crate) fn amiss_before(&mut self, end: u64) -> Option<Amiss> {
        // A record without an end is given out only when nothing more can be read.
        let open = self.quotes.open().filter(|_| self.is_at_end).map(Amiss::Open);
        open.or(self.quotes.stray_before(end).map(Amiss::Stray))
    }

    fn standing(&mut self, start: u64, end: u64) -> Standing {
        let line = self.line_at(start);
        let amiss = self.amiss_before(end);
        let length = usize::try_from(end.saturating_sub(self.offset)).unwrap_or(usize::MAX).min(self.window.len());
        let mut bytes: Vec<u8> = self.window.range(..length).copied().collect();
        while matches!(bytes.last(), Some(b'\r' | b'\n')) && !matches!(amiss, Some(Amiss::Open(_))) {
            bytes.pop();
        }
        Standing { line, bytes, amiss }
    }

    /// The line of the record that begins at a byte, or after line breaks from there on. Places are asked for in their
    /// order.
    fn line_at(&mut self, byte: u64) -> u64 {
        while self.offset < byte || matches!(self.window.front(), Some(b'\r' | b'\n')) {
            let Some(passed) = self.window.pop_front() else { break };
            self.offset += 1;
            let ends = passed == b'\n' || passed == b'\r' && self.window.front() != Some(&b'\n');
            self.line += u64::from(ends);
        }
        self.line
    }
}

impl<R: Read> Read for Lines<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.window.len() > LONGEST {
            let line = self.line;
            let problem = format!(
                "the item that begins in line {line} or after it is longer than {} MiB: perhaps a quote is not closed",
                LONGEST >> 20
            );
            return Err(io::Error::new(io::ErrorKind::InvalidData, problem));
        }
        let read = self.reader.read(buffer)?;
        self.is_at_end = read == 0 && !buffer.is_empty();
        self.window.extend(&buffer[..read]);
        self.quotes.take(&buffer[..read]);
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(content: &str) -> Vec<u64> {
        let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(Lines::new(content.as_bytes()));
        let mut row = csv::ByteRecord::new();
        let mut found = Vec::new();
        reader.byte_headers().expect("a header");
        while let Some(standing) = read_standing(&mut reader, &mut row).expect("read") {
            found.push(standing.line);
        }
        found
    }

    /// The rows below the header as they stand, and what is wrong with them.
    fn standings(content: &str) -> Vec<(String, Option<Amiss>)> {
        let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(Lines::new(content.as_bytes()));
        let mut row = csv::ByteRecord::new();
        reader.byte_headers().expect("a header");
        let next = || read_standing(&mut reader, &mut row).expect("read");
        std::iter::from_fn(next)
            .map(|standing| (String::from_utf8(standing.bytes).expect("UTF-8"), standing.amiss))
            .collect()
    }

    #[test]
    fn rows_are_given_as_they_stand() {
        let rows = ["1,\"a\"\"b\"", " 2 , \"x\" ", "\"3\",\"a,\nb\"", "\"\"", ",", "4,é"];
        for end in ["\n", "\r\n", "\r", "\n\n"] {
            for mark in ["", "\u{feff}"] {
                for last in ["", end] {
                    let content = format!("{mark}a,b{end}{}{last}", rows.join(end));
                    let expected: Vec<_> = rows.iter().map(|row| ((*row).to_owned(), None)).collect();
                    assert_eq!(standings(&content), expected, "{content:?}");
                }
            }
        }
    }

    #[test]
    fn quotation_marks_that_stand_amiss_are_told_with_their_row() {
        let found = standings("a,b\n1,\"x\" y\n2,z\n\"3\"4,\"5\n6,7\n8,9\n");
        let expected = [
            ("1,\"x\" y".to_owned(), Some(Amiss::Stray(1))),
            ("2,z".to_owned(), None),
            ("\"3\"4,\"5\n6,7\n8,9\n".to_owned(), Some(Amiss::Open(1))),
        ];
        assert_eq!(found, expected);
        assert_eq!(standings("a,b\n1,\"")[0].1, Some(Amiss::Open(1)));
    }

    #[test]
    fn an_item_that_does_not_end_is_refused() {
        let content = io::Cursor::new("a,b\n1,2\n3,\"").chain(io::repeat(b'x'));
        let mut reader = csv::ReaderBuilder::new().from_reader(Lines::new(content));
        let mut row = csv::ByteRecord::new();
        reader.byte_headers().expect("a header");
        let first = read_standing(&mut reader, &mut row).expect("read");
        assert_eq!(first.map(|standing| standing.line), Some(2));
        let problem = read_standing(&mut reader, &mut row).err().expect("too long").to_string();
        assert!(problem.contains("line 2 or after it") && problem.contains("16 MiB"), "{problem}");
    }

    #[test]
    fn records_are_found_whatever_ends_their_lines() {
        for end in ["\n", "\r\n", "\r"] {
            let content = ["a,b", "1,2", "", "", "3,\"x", "y\"", "4,5", "6,7"].join(end);
            assert_eq!(lines(&content), [2, 5, 7, 8], "{end:?}");
            assert_eq!(lines(&format!("\u{feff}{content}{end}")), [2, 5, 7, 8], "{end:?}, with a mark");
        }
        assert_eq!(lines("\n\na\n1\n"), [4]);
    }
}
