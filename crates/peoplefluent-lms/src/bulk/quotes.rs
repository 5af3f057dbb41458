//! Whether quotation marks stand where RFC 4180 has them.
//!
//! The CSV reader takes whatever stands there: it drops marks that stand amiss, and takes all rows after one that is not
//! closed for the text of its cell, without a word.

use std::collections::VecDeque;

/// What is said of text after the closing mark of a cell.
pub const STRAY: &str =
    "has text after its closing quotation mark: a quotation mark within a cell must be written twice";

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Where quotation marks stand amiss. A mark within a cell that does not begin with one stands for itself.
///
/// [`RowReader`](super::RowReader) has one of its own; this is for those who read CSV of another kind. It is shown the
/// bytes that the CSV reader is given.
///
/// ```
/// use peoplefluent_lms::bulk::quotes::Quotes;
///
/// let mut quotes = Quotes::default();
/// quotes.take(b"id,note\n1,\"a\"b\n2,\"c\n3,d\n");
/// assert_eq!(quotes.stray_before(14), Some(1));
/// assert_eq!(quotes.open(), Some(1));
/// ```
#[derive(Debug, Default)]
pub struct Quotes {
    /// Bytes so far.
    bytes: u64,
    place: Place,
    /// The number of the cell in its row, counted from 0.
    cell: usize,
    /// The first bytes after closing marks that cannot stand there, and the numbers of their cells.
    stray: VecDeque<(u64, usize)>,
}

/// Where the next byte stands.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum Place {
    #[default]
    Beginning,
    Bare,
    Quoted,
    /// After a mark in a quoted cell, which closes it, or is the first of two.
    AfterMark,
}

impl Quotes {
    /// Takes the next bytes of the file.
    pub fn take(&mut self, bytes: &[u8]) {
        for byte in bytes {
            let at = self.bytes;
            self.bytes += 1;
            let is_mark = usize::try_from(at).ok().and_then(|at| BYTE_ORDER_MARK.get(at)) == Some(byte);
            self.place = match (self.place, *byte) {
                (Place::Beginning, _) if is_mark => Place::Beginning,
                (Place::Beginning | Place::AfterMark, b'"') | (Place::Quoted, ..=b'!' | b'#'..) => Place::Quoted,
                (Place::Quoted, b'"') => Place::AfterMark,
                (_, b',') => {
                    self.cell += 1;
                    Place::Beginning
                }
                (_, b'\r' | b'\n') => {
                    self.cell = 0;
                    Place::Beginning
                }
                (Place::AfterMark, _) => {
                    self.stray.push_back((at, self.cell));
                    Place::Bare
                }
                (Place::Beginning | Place::Bare, _) => Place::Bare,
            };
        }
    }

    /// The first cell before this byte, of those that were not told yet, that has text after its closing mark: the number of
    /// the cell in its row, counted from 0. Rows are asked for in their order.
    pub fn stray_before(&mut self, byte: u64) -> Option<usize> {
        let mut first = None;
        while let Some((_, cell)) = self.stray.front().copied().filter(|(at, _)| *at < byte) {
            self.stray.pop_front();
            first = first.or(Some(cell));
        }
        first
    }

    /// The cell whose quotation mark is not closed, after the last byte of the file: its number in its row, counted from 0.
    pub fn open(&self) -> Option<usize> {
        (self.place == Place::Quoted).then_some(self.cell)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(file: &str, piece: usize) -> Quotes {
        let mut quotes = Quotes::default();
        file.as_bytes().chunks(piece).for_each(|piece| quotes.take(piece));
        quotes
    }

    #[test]
    fn marks_that_stand_well_are_no_trouble() {
        for file in [
            "",
            "a,b\n",
            "\"a\",\"b\"\r\n\"\",\"c\"\"d\"\r\"e\n,f\",g",
            "\u{feff}\"a\"",
            "a \"b\",c\"\n",
            "\"\"\"\"\n",
            " \"a\n",
        ] {
            for piece in 1..=file.len().max(1) {
                let mut quotes = taken(file, piece);
                assert_eq!((quotes.stray_before(u64::MAX), quotes.open()), (None, None), "{file:?}");
            }
        }
    }

    #[test]
    fn marks_that_stand_amiss_are_told_with_their_cells() {
        for (file, stray, open) in [
            ("a,\"b\"c,d\n", Some(1), None),
            ("a,b,\"c \"d\"\"\n", Some(2), None),
            ("\"a\" ,b\n", Some(0), None),
            ("\"a\"\u{feff}", Some(0), None),
            ("a,\"b\nc,d\n", None, Some(1)),
            ("\u{feff}\"a", None, Some(0)),
            ("a\n\"b\"\"", None, Some(0)),
            ("a,\"b\"c,\"d", Some(1), Some(2)),
        ] {
            for piece in 1..=file.len() {
                let mut quotes = taken(file, piece);
                assert_eq!((quotes.stray_before(u64::MAX), quotes.open()), (stray, open), "{file:?}");
                assert_eq!(quotes.stray_before(u64::MAX), None, "told once");
            }
        }
    }
}
