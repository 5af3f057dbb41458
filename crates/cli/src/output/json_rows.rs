//! Rows as an array, as lines, and as a YAML sequence, each written when it comes.

use std::io::{self, Write};

use serde::Serialize as _;
use serde_json::Value;
use serde_json::ser::{PrettyFormatter, Serializer};

use crate::text;

/// Writes a value, indented.
pub(super) fn pretty(out: &mut dyn Write, value: &Value) -> io::Result<()> {
    let mut escaped = Escaped(&mut *out);
    let mut serializer = Serializer::with_formatter(&mut escaped, PrettyFormatter::new());
    value.serialize(&mut serializer)?;
    out.write_all(b"\n")
}

/// Writes an item of an array, indented within it.
pub(super) fn array_item(out: &mut dyn Write, value: &Value, is_first: bool) -> io::Result<()> {
    out.write_all(if is_first { b"[\n  " } else { b",\n  " })?;
    let mut escaped = Escaped(&mut *out);
    let mut indented = Indented(&mut escaped);
    let mut serializer = Serializer::with_formatter(&mut indented, PrettyFormatter::new());
    value.serialize(&mut serializer).map_err(io::Error::from)
}

/// Ends an array.
pub(super) fn array_end(out: &mut dyn Write, is_empty: bool) -> io::Result<()> {
    out.write_all(if is_empty { b"[]\n" } else { b"\n]\n" })
}

/// Writes a value on a line.
pub(super) fn line(out: &mut dyn Write, value: &Value) -> io::Result<()> {
    serde_json::to_writer(Escaped(&mut *out), value)?;
    out.write_all(b"\n")
}

/// Writes a value as YAML. It escapes control characters itself; on a terminal, what turns text around is escaped, too.
pub(super) fn yaml(out: &mut dyn Write, value: &Value, live: bool) -> io::Result<()> {
    let text = serde_norway::to_string(value).map_err(io::Error::other)?;
    match live {
        true => text.split_inclusive('\n').try_for_each(|line| {
            let (line, end) = line.strip_suffix('\n').map_or((line, ""), |line| (line, "\n"));
            out.write_all(text::printable(line).as_bytes())?;
            out.write_all(end.as_bytes())
        }),
        false => out.write_all(text.as_bytes()),
    }
}

/// JSON as it would be, with `\u…` for characters that a terminal may obey. It is the same data: outside of strings there
/// are none.
pub(super) struct Escaped<'a>(pub(super) &'a mut dyn Write);

impl Write for Escaped<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // All of them begin with one of these. What is written at once ends between characters.
        let is_suspicious = bytes.iter().any(|byte| matches!(byte, 0x7f | 0xc2 | 0xd8 | 0xe2));
        match str::from_utf8(bytes) {
            Ok(text) if is_suspicious => {
                let mut start = 0;
                for (place, it) in text.char_indices().filter(|(_, it)| *it != '\n' && text::is_harmful(*it)) {
                    self.0.write_all(&bytes[start..place])?;
                    write!(self.0, "\\u{:04x}", u32::from(it))?;
                    start = place + it.len_utf8();
                }
                self.0.write_all(&bytes[start..])?;
            }
            _ => self.0.write_all(bytes)?,
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// Indents all lines but the first.
struct Indented<'a>(&'a mut dyn Write);

impl Write for Indented<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // Strings in JSON hold no line breaks: each one here is the formatter's.
        for (index, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
            if index > 0 {
                self.0.write_all(b"\n  ")?;
            }
            self.0.write_all(line)?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}
