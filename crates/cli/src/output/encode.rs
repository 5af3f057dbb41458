//! Encodes values as JSON, YAML, CSV and table cells.
//!
//! CSV follows RFC 4180. Cells are not changed: a formula of a spreadsheet stays a formula. On a terminal, control
//! characters are escaped.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::Value;
use serde_json::ser::{PrettyFormatter, Serializer};

use super::columns::Column;
use crate::text;

/// Writes a value as indented JSON.
pub(super) fn pretty(out: &mut dyn Write, value: &Value) -> io::Result<()> {
    let mut escaped = Escaped(&mut *out);
    let mut serializer = Serializer::with_formatter(&mut escaped, PrettyFormatter::new());
    value.serialize(&mut serializer)?;
    out.write_all(b"\n")
}

/// Writes an item of a JSON array, indented.
pub(super) fn array_item(out: &mut dyn Write, value: &Value, is_first: bool) -> io::Result<()> {
    out.write_all(if is_first { b"[\n  " } else { b",\n  " })?;
    let mut escaped = Escaped(&mut *out);
    let mut indented = Indented(&mut escaped);
    let mut serializer = Serializer::with_formatter(&mut indented, PrettyFormatter::new());
    value.serialize(&mut serializer).map_err(io::Error::from)
}

/// Writes the end of a JSON array.
pub(super) fn array_end(out: &mut dyn Write, is_empty: bool) -> io::Result<()> {
    out.write_all(if is_empty { b"[]\n" } else { b"\n]\n" })
}

/// Writes a value as one line of JSON.
pub(super) fn line(out: &mut dyn Write, value: &impl Serialize) -> io::Result<()> {
    let mut line = serde_json::to_vec(value)?;
    line.push(b'\n');
    Escaped(out).write_all(&line)
}

/// Writes a value as YAML, which escapes control characters. On a terminal, characters that change the direction of text
/// are escaped as well.
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

/// A writer of JSON that escapes control characters and invisible ones as `\u…`. The data stays the same: JSON has such
/// characters within strings only.
pub(super) struct Escaped<'a>(pub(super) &'a mut dyn Write);

impl Write for Escaped<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // Text in ASCII is the usual case: JSON escapes its other control characters. A write ends between characters.
        let may_need_escape = bytes.iter().any(|byte| *byte >= 0x7f);
        match str::from_utf8(bytes) {
            Ok(text) if may_need_escape => {
                let mut start = 0;
                for (index, it) in text.char_indices().filter(|(_, it)| *it != '\n' && text::needs_escape(*it)) {
                    self.0.write_all(&bytes[start..index])?;
                    for unit in it.encode_utf16(&mut [0; 2]) {
                        write!(self.0, "\\u{unit:04x}")?;
                    }
                    start = index + it.len_utf8();
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

/// A writer that indents all lines but the first.
struct Indented<'a>(&'a mut dyn Write);

impl Write for Indented<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // Strings in JSON have no line breaks: all line breaks are the formatter's.
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

/// Writes the header of CSV.
pub(super) fn csv_header(out: &mut dyn Write, columns: &[Column], live: bool) -> io::Result<()> {
    csv_record(out, columns.iter().map(|column| column.title().to_owned()), live)
}

/// Writes a row of CSV.
pub(super) fn csv_row(out: &mut dyn Write, columns: &[Column], row: &Value, live: bool) -> io::Result<()> {
    csv_record(out, columns.iter().map(|column| cell(column.value(row))), live)
}

/// Writes one line of CSV.
fn csv_record(out: &mut dyn Write, cells: impl Iterator<Item = String>, live: bool) -> io::Result<()> {
    let cells: Vec<String> = cells.map(|cell| if live { text::printable(&cell) } else { cell }).collect();
    // The writer searches the rest of a cell for quotes again each time its buffer is full, so the record must fit.
    let length: usize = cells.iter().map(|cell| 2 * cell.len() + 3).sum();
    let mut writer = csv::WriterBuilder::new().buffer_capacity(length.max(1024)).from_writer(out);
    writer.write_record(cells)?;
    writer.flush()
}

/// The text of a cell: empty for `null`, compact JSON for arrays and objects, a comma-separated list for plain words.
pub(super) fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(values) if !values.is_empty() && values.iter().all(is_plain_word) => {
            values.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", ")
        }
        value => value.to_string(),
    }
}

/// Whether the value is a string that can be part of a comma-separated list.
fn is_plain_word(value: &Value) -> bool {
    value.as_str().is_some_and(|text| !text.is_empty() && !text.contains([',', '"', '[', ']', '\n']))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_record_is_written_at_once_however_long_it_is() -> io::Result<()> {
        struct Counted(usize, usize);
        impl Write for Counted {
            fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
                self.0 += 1;
                self.1 += bytes.len();
                Ok(bytes.len())
            }

            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }

        let row = json!({ "long": "x".repeat(1 << 20), "quotes": "\"".repeat(1 << 20) });
        let mut out = Counted(0, 0);
        csv_row(&mut out, &[Column::new("long"), Column::new("quotes"), Column::new("none")], &row, false)?;
        assert_eq!((out.0, out.1), (1, 3 * (1 << 20) + 5), "each further write would search the rest again");
        Ok(())
    }

    #[test]
    fn a_cell_is_the_text_of_the_value() {
        for (value, expected) in [
            (json!(null), ""),
            (json!("=1+1"), "=1+1"),
            (json!(1.5), "1.5"),
            (json!(["a", "b"]), "a, b"),
            (json!(["a, b", "c"]), "[\"a, b\",\"c\"]"),
            (json!([]), "[]"),
            (json!({ "id": 1 }), "{\"id\":1}"),
        ] {
            assert_eq!(cell(&value), expected);
        }
    }
}
