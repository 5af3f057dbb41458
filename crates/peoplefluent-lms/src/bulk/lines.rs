//! In which line of a file a row begins.
//!
//! The CSV reader counts line feeds that it has used up, so it is late by the blank lines before a row, and by the second
//! half of CRLF.

use std::collections::VecDeque;

/// Where lines begin that are not blank.
#[derive(Debug)]
pub(super) struct Lines {
    /// Bytes so far.
    bytes: u64,
    /// The line of the next byte.
    line: u64,
    /// The byte before the next one; a line feed before the first one.
    last: u8,
    /// The first byte of each line, and its number.
    starts: VecDeque<(u64, u64)>,
}

impl Default for Lines {
    fn default() -> Self {
        Self { bytes: 0, line: 1, last: b'\n', starts: VecDeque::new() }
    }
}

impl Lines {
    /// Takes the next bytes of the file. Lines end in LF, CRLF or CR.
    pub fn take(&mut self, bytes: &[u8]) {
        for byte in bytes {
            match (self.last, *byte) {
                (b'\r', b'\n') => {}
                (_, b'\n' | b'\r') => self.line += 1,
                (b'\n' | b'\r', _) => self.starts.push_back((self.bytes, self.line)),
                _ => {}
            }
            self.last = *byte;
            self.bytes += 1;
        }
    }

    /// The line of the first row at this byte or after it, and forgets what comes before. Rows are asked for in their
    /// order.
    pub fn of_row_after(&mut self, byte: u64) -> Option<u64> {
        while self.starts.front().is_some_and(|(start, _)| *start < byte) {
            self.starts.pop_front();
        }
        self.starts.front().map(|(_, line)| *line)
    }
}

#[cfg(test)]
mod tests {
    use super::Lines;

    #[test]
    fn blank_lines_count_however_lines_end_and_wherever_a_piece_ends() {
        for end in ["\n", "\r\n", "\r"] {
            let file = ["a", "", "", "b", "c"].join(end);
            let row = |letter| file.find(letter).unwrap_or_default() as u64;
            for piece in 1..=file.len() {
                let mut lines = Lines::default();
                file.as_bytes().chunks(piece).for_each(|piece| lines.take(piece));
                // A row is looked for from the end of the one before.
                let found = [0, 1, row('b') + 1].map(|byte| lines.of_row_after(byte));
                assert_eq!(found, [Some(1), Some(4), Some(5)], "{end:?}");
                assert_eq!(lines.of_row_after(row('c') + 1), None);
            }
        }
    }
}
