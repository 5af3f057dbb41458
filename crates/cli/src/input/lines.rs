//! The lines of an input that a CSV reader reads.
//!
//! The reader's own count is that of the place where it stopped before a record: between CR and LF, or before blank lines,
//! which is not where the record begins.

use std::collections::VecDeque;
use std::io::{self, Read};

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
}

impl<R> Lines<R> {
    pub(crate) fn new(reader: R) -> Self {
        Self { reader, window: VecDeque::new(), offset: 0, line: 1 }
    }

    /// The line of the record that begins at a byte, or after line breaks from there on. Places are asked for in their
    /// order.
    pub(crate) fn line_at(&mut self, byte: u64) -> u64 {
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
        self.window.extend(&buffer[..read]);
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
        while reader.read_byte_record(&mut row).expect("read") {
            let byte = row.position().map_or(0, csv::Position::byte);
            found.push(reader.get_mut().line_at(byte));
        }
        found
    }

    #[test]
    fn an_item_that_does_not_end_is_refused() {
        let content = io::Cursor::new("a,b\n1,2\n3,\"").chain(io::repeat(b'x'));
        let mut reader = csv::ReaderBuilder::new().from_reader(Lines::new(content));
        let mut row = csv::ByteRecord::new();
        assert!(reader.read_byte_record(&mut row).is_ok_and(|is_there| is_there));
        let byte = row.position().map_or(0, csv::Position::byte);
        assert_eq!(reader.get_mut().line_at(byte), 2);
        let problem = reader.read_byte_record(&mut row).expect_err("too long").to_string();
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
