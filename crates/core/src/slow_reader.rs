//! A reader for tests.

use std::io::{self, Read};

/// Gives a few bytes at a time.
pub(crate) struct Slow<'a>(pub &'a [u8], pub usize);

impl Read for Slow<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.1.min(buffer.len()).min(self.0.len());
        let (read, rest) = self.0.split_at(count);
        buffer[..count].copy_from_slice(read);
        self.0 = rest;
        Ok(count)
    }
}
