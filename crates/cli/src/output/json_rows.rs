//! Rows as an array, as lines, and as a YAML sequence, each written when it comes.

use std::io::{self, Write};

use serde::Serialize as _;
use serde_json::Value;
use serde_json::ser::{PrettyFormatter, Serializer};

/// Writes a value, indented.
pub(super) fn pretty(out: &mut dyn Write, value: &Value) -> io::Result<()> {
    let mut serializer = Serializer::with_formatter(&mut *out, PrettyFormatter::new());
    value.serialize(&mut serializer)?;
    out.write_all(b"\n")
}

/// Writes an item of an array, indented within it.
pub(super) fn array_item(out: &mut dyn Write, value: &Value, is_first: bool) -> io::Result<()> {
    out.write_all(if is_first { b"[\n  " } else { b",\n  " })?;
    let mut indented = Indented(&mut *out);
    let mut serializer = Serializer::with_formatter(&mut indented, PrettyFormatter::new());
    value.serialize(&mut serializer).map_err(io::Error::from)
}

/// Ends an array.
pub(super) fn array_end(out: &mut dyn Write, is_empty: bool) -> io::Result<()> {
    out.write_all(if is_empty { b"[]\n" } else { b"\n]\n" })
}

/// Writes a value on a line.
pub(super) fn line(out: &mut dyn Write, value: &Value) -> io::Result<()> {
    serde_json::to_writer(&mut *out, value)?;
    out.write_all(b"\n")
}

/// Writes a value as YAML.
pub(super) fn yaml(out: &mut dyn Write, value: &Value) -> io::Result<()> {
    let text = serde_norway::to_string(value).map_err(io::Error::other)?;
    out.write_all(text.as_bytes())
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
