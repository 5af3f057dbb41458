//! Encodings of files, read as a stream.

use std::borrow::Cow;
use std::fmt;
use std::io::{self, Read};
use std::ops::Range;

use encoding_rs::{Decoder, DecoderResult, UTF_16BE, UTF_16LE, WINDOWS_1252};

/// How many bytes are read and decoded at once.
const BUFFER_BYTES: usize = 64 * 1024;
const UTF_8_MARK: &[u8] = b"\xef\xbb\xbf";
const UTF_16_LE_MARK: &[u8] = b"\xff\xfe";
const UTF_16_BE_MARK: &[u8] = b"\xfe\xff";

/// The encoding of a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8.
    #[default]
    Utf8,
    /// UTF-16, the low byte first, as spreadsheets write "Unicode text".
    Utf16Le,
    /// UTF-16, the high byte first.
    Utf16Be,
    /// Windows-1252, which older programs of western Europe and America write. It includes the printable characters of
    /// ISO-8859-1. Each byte is a character.
    Windows1252,
}

impl Encoding {
    fn decoder(self) -> Option<Decoder> {
        let encoding = match self {
            Self::Utf8 => return None,
            Self::Utf16Le => UTF_16LE,
            Self::Utf16Be => UTF_16BE,
            Self::Windows1252 => WINDOWS_1252,
        };
        Some(encoding.new_decoder_without_bom_handling())
    }

    fn mark(self) -> &'static [u8] {
        match self {
            Self::Utf8 => UTF_8_MARK,
            Self::Utf16Le => UTF_16_LE_MARK,
            Self::Utf16Be => UTF_16_BE_MARK,
            Self::Windows1252 => b"",
        }
    }
}

impl fmt::Display for Encoding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Utf8 => "UTF-8",
            Self::Utf16Le => "UTF-16LE",
            Self::Utf16Be => "UTF-16BE",
            Self::Windows1252 => "Windows-1252",
        })
    }
}

/// How a file is encoded: what another file needs to be read in the same way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EncodedAs {
    encoding: Encoding,
    has_mark: bool,
}

impl EncodedAs {
    /// The encoding.
    pub fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// The byte order mark with which the file begins; empty without one.
    pub fn mark(&self) -> &'static [u8] {
        if self.has_mark { self.encoding.mark() } else { b"" }
    }

    /// Text that was read from the file, as it is in the file. Other text must have characters of the encoding only.
    pub fn encode<'a>(&self, text: &'a [u8]) -> Cow<'a, [u8]> {
        match self.encoding {
            Encoding::Utf8 => Cow::Borrowed(text),
            Encoding::Utf16Le => utf_16(text, u16::to_le_bytes),
            Encoding::Utf16Be => utf_16(text, u16::to_be_bytes),
            Encoding::Windows1252 => match String::from_utf8_lossy(text) {
                Cow::Borrowed(text) => WINDOWS_1252.encode(text).0,
                Cow::Owned(text) => Cow::Owned(WINDOWS_1252.encode(&text).0.into_owned()),
            },
        }
    }
}

fn utf_16(text: &[u8], bytes: fn(u16) -> [u8; 2]) -> Cow<'static, [u8]> {
    Cow::Owned(String::from_utf8_lossy(text).encode_utf16().flat_map(bytes).collect())
}

/// Reads a file as UTF-8, whatever its encoding, in memory for one buffer. A byte order mark decides the encoding, and is
/// left out. UTF-8 passes unchanged, whether valid or not.
pub(super) struct Decoded<R> {
    reader: R,
    encoded_as: EncodedAs,
    /// `None` for UTF-8.
    decoder: Option<Decoder>,
    input: Vec<u8>,
    /// The part of the input that is not decoded yet.
    undecoded: Range<usize>,
    output: Vec<u8>,
    /// The part of the output that is not read yet.
    unread: Range<usize>,
    /// How many bytes of the file were decoded.
    decoded: u64,
    is_at_end: bool,
    is_over: bool,
}

impl<R: Read> Decoded<R> {
    /// Reads the mark, if there is one: no more bytes than tell that there is none.
    pub(super) fn new(mut reader: R, declared: Encoding) -> io::Result<Self> {
        let mut start = Vec::with_capacity(UTF_8_MARK.len());
        let marked = [Encoding::Utf8, Encoding::Utf16Le, Encoding::Utf16Be];
        let found = loop {
            if let Some(found) = marked.into_iter().find(|it| it.mark() == start) {
                break Some(found);
            }
            let mut byte = [0];
            if !marked.iter().any(|it| it.mark().starts_with(&start)) || !read_some(&mut reader, &mut byte)? {
                break None;
            }
            start.extend(byte);
        };
        if found.is_some() {
            start.clear();
        }
        let encoding = found.unwrap_or(declared);
        let decoder = encoding.decoder();
        let size = if decoder.is_some() { BUFFER_BYTES } else { start.len() };
        let undecoded = 0..start.len();
        start.resize(size, 0);
        Ok(Self {
            reader,
            encoded_as: EncodedAs { encoding, has_mark: found.is_some() },
            output: vec![0; if decoder.is_some() { BUFFER_BYTES } else { 0 }],
            decoder,
            input: start,
            undecoded,
            unread: 0..0,
            decoded: 0,
            is_at_end: false,
            is_over: false,
        })
    }

    pub(super) fn encoded_as(&self) -> EncodedAs {
        self.encoded_as
    }

    /// Decodes until there is output, or the end.
    fn decode(&mut self) -> io::Result<()> {
        let Some(decoder) = &mut self.decoder else { return Ok(()) };
        while self.unread.is_empty() && !self.is_over {
            if self.undecoded.is_empty() && !self.is_at_end {
                let read = self.reader.read(&mut self.input)?;
                (self.undecoded, self.is_at_end) = (0..read, read == 0);
            }
            let input = &self.input[self.undecoded.clone()];
            let (result, read, written) =
                decoder.decode_to_utf8_without_replacement(input, &mut self.output, self.is_at_end);
            self.undecoded.start += read;
            self.decoded += read as u64;
            self.unread = 0..written;
            match result {
                DecoderResult::InputEmpty => self.is_over = self.is_at_end,
                DecoderResult::OutputFull => {}
                DecoderResult::Malformed(..) => {
                    self.is_over = true;
                    self.unread = 0..0;
                    let message = format!("invalid {} near byte {}", self.encoded_as.encoding, self.decoded);
                    return Err(io::Error::new(io::ErrorKind::InvalidData, message));
                }
            }
        }
        Ok(())
    }
}

/// Fills the buffer; `false` at the end.
fn read_some(reader: &mut impl Read, buffer: &mut [u8]) -> io::Result<bool> {
    loop {
        match reader.read(buffer) {
            Ok(read) => return Ok(read > 0),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

impl<R: Read> Read for Decoded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let (from, rest) = match self.decoder {
            None if self.undecoded.is_empty() => return self.reader.read(buffer),
            None => (&self.input, &mut self.undecoded),
            Some(_) => {
                self.decode()?;
                (&self.output, &mut self.unread)
            }
        };
        let count = rest.len().min(buffer.len());
        buffer[..count].copy_from_slice(&from[rest.start..rest.start + count]);
        rest.start += count;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::slow_reader::Slow;

    fn read(bytes: &[u8], declared: Encoding, at_once: usize) -> io::Result<(Vec<u8>, EncodedAs)> {
        let mut reader = Decoded::new(Slow(bytes, at_once), declared)?;
        let mut text = Vec::new();
        reader.read_to_end(&mut text)?;
        Ok((text, reader.encoded_as()))
    }

    #[test]
    fn text_of_each_encoding_is_read_and_written_again_byte_by_byte() {
        let text = "id,name\nu-1,Zoë Müller – €5 𝄞\n";
        let western = "id,name\nu-1,Zoë Müller – €5\n";
        let utf_16 = |bytes: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(bytes).collect::<Vec<u8>>();
        let (little, big) = (utf_16(u16::to_le_bytes), utf_16(u16::to_be_bytes));
        for (bytes, declared, found, expected) in [
            (text.as_bytes().to_vec(), Encoding::Utf8, Encoding::Utf8, text),
            ([UTF_8_MARK, text.as_bytes()].concat(), Encoding::Windows1252, Encoding::Utf8, text),
            ([UTF_16_LE_MARK, &little].concat(), Encoding::Utf8, Encoding::Utf16Le, text),
            ([UTF_16_BE_MARK, &big].concat(), Encoding::Utf8, Encoding::Utf16Be, text),
            (little, Encoding::Utf16Le, Encoding::Utf16Le, text),
            (big, Encoding::Utf16Be, Encoding::Utf16Be, text),
            (
                b"id,name\nu-1,Zo\xeb M\xfcller \x96 \x805\n".to_vec(),
                Encoding::Windows1252,
                Encoding::Windows1252,
                western,
            ),
        ] {
            for at_once in [1, 2, 3, 4096] {
                let (read, encoded_as) = read(&bytes, declared, at_once).expect("readable");
                assert_eq!((str::from_utf8(&read), encoded_as.encoding()), (Ok(expected), found));
                assert_eq!([encoded_as.mark(), &encoded_as.encode(&read)].concat(), bytes, "{found} by {at_once}");
            }
        }
    }

    #[test]
    fn each_byte_of_windows_1252_stays_what_it_is() {
        let all: Vec<u8> = (0..=255).collect();
        let (text, encoded_as) = read(&all, Encoding::Windows1252, 7).expect("each byte is a character");
        assert_eq!(encoded_as.encode(&text), all);
    }

    #[test]
    fn invalid_utf_16_is_an_error_and_invalid_utf_8_passes() {
        for bytes in [&b"\xff\xfea\0b"[..], b"\xff\xfe\0\xd8a\0", b"\xfe\xff\xdc\0\0a"] {
            for at_once in [1, 4096] {
                let error = read(bytes, Encoding::Utf8, at_once).expect_err("an odd byte or half of a pair");
                assert!(error.to_string().starts_with("invalid UTF-16"), "{error}");
            }
        }
        for bytes in [&b"a\xff"[..], b"\xef\xbb", b"\xff", b"\xfe", b""] {
            assert_eq!(read(bytes, Encoding::Utf8, 1).expect("passes").0, bytes);
        }
    }

    #[test]
    fn no_more_is_read_for_a_mark_than_tells_that_there_is_none() {
        let mut bytes = &b"{}\n"[..];
        Decoded::new(&mut bytes, Encoding::Utf8).map(drop).expect("readable");
        assert_eq!(bytes, b"}\n");
    }
}
