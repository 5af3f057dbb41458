//! The lines of an input that a CSV reader reads.
//!
//! The reader's own count is that of the place where it stopped before a record: between CR and LF, or before blank lines,
//! which is not where the record begins.

use std::collections::VecDeque;
use std::io::{self, Read};

/// Passes bytes on, and finds the lines that they stand in.
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
    fn records_are_found_whatever_ends_their_lines() {
        for end in ["\n", "\r\n", "\r"] {
            let content = ["a,b", "1,2", "", "", "3,\"x", "y\"", "4,5", "6,7"].join(end);
            assert_eq!(lines(&content), [2, 5, 7, 8], "{end:?}");
            assert_eq!(lines(&format!("\u{feff}{content}{end}")), [2, 5, 7, 8], "{end:?}, with a mark");
        }
        assert_eq!(lines("\n\na\n1\n"), [4]);
    }
}
