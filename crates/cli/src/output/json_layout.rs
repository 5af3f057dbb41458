//! Changes the whitespace of JSON text. Strings, numbers and the order of properties stay as the sender wrote them.
//!
//! Decoding and encoding again would round numbers, sort properties and need several times the memory.

use std::io::{self, Write as _};

use super::Printer;
use super::encode::Escaped;
use crate::error::Error;
use crate::global_args::Format;

/// The maximum depth of indentation. Deeper values stay on one line: otherwise a few megabytes of brackets would become
/// terabytes of spaces.
const MAX_DEPTH: usize = 128;

/// A line break and the spaces of the deepest line.
static INDENT: [u8; 1 + 2 * MAX_DEPTH] = {
    let mut indent = [b' '; 1 + 2 * MAX_DEPTH];
    indent[0] = b'\n';
    indent
};

/// Where line breaks go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Layout {
    /// Before each item, indented by two more spaces than its container.
    Indented,
    /// At the end only.
    Line,
}

impl Layout {
    /// Passes well-formed JSON to `out` in parts, with a line break at its end. A byte order mark is removed.
    pub(crate) fn lay_out<E>(self, json: &[u8], mut out: impl FnMut(&[u8]) -> Result<(), E>) -> Result<(), E> {
        let broken = |depth: usize| match self {
            Self::Indented if depth <= MAX_DEPTH => true,
            Self::Indented | Self::Line => false,
        };
        let mut rest = json.strip_prefix(b"\xef\xbb\xbf").unwrap_or(json);
        let mut depth = 0;
        // Whether nothing followed the last opening bracket.
        let mut is_empty = false;
        loop {
            rest = rest.trim_ascii_start();
            let Some(first) = rest.first() else { return out(b"\n") };
            let (token, after) = rest.split_at(length(rest));
            rest = after;
            let is_closing = matches!(first, b'}' | b']');
            if is_empty && !is_closing && broken(depth) {
                out(&INDENT[..1 + 2 * depth])?;
            }
            match first {
                b'{' | b'[' => {
                    out(token)?;
                    depth += 1;
                    is_empty = true;
                    continue;
                }
                b'}' | b']' => {
                    let is_broken = !is_empty && broken(depth);
                    depth = depth.saturating_sub(1);
                    if is_broken {
                        out(&INDENT[..1 + 2 * depth])?;
                    }
                    out(token)?;
                }
                b',' => {
                    out(token)?;
                    if broken(depth) {
                        out(&INDENT[..1 + 2 * depth])?;
                    }
                }
                b':' if self == Self::Indented => out(b": ")?,
                _ => out(token)?,
            }
            is_empty = false;
        }
    }
}

/// The length of the first token, in bytes.
fn length(text: &[u8]) -> usize {
    match text.first() {
        Some(b'"') => string_length(text),
        Some(b'{' | b'}' | b'[' | b']' | b',' | b':') => 1,
        _ => text.iter().position(|byte| b"{}[],:\" \t\r\n".contains(byte)).unwrap_or(text.len()),
    }
}

fn string_length(text: &[u8]) -> usize {
    let mut at = 1;
    while let Some(found) = text.get(at..).and_then(|rest| rest.iter().position(|byte| matches!(byte, b'"' | b'\\'))) {
        at += found + 1;
        match text[at - 1] {
            b'"' => return at,
            _ => at += 1,
        }
    }
    text.len()
}

impl Printer {
    /// The layout for JSON text; `None` if the options require decoding it.
    pub(crate) fn layout(&self) -> Option<Layout> {
        match self.format {
            _ if self.query.is_some() || self.columns.is_some() => None,
            Format::Json => Some(Layout::Indented),
            Format::Jsonl => Some(Layout::Line),
            Format::Table | Format::Csv | Format::Yaml => None,
        }
    }

    /// Writes JSON text in a layout. On a terminal, control characters are escaped.
    pub(crate) fn json_text(mut self, layout: Layout, json: &[u8]) -> Result<(), Error> {
        let live = self.live;
        let out = &mut self.out;
        let written: io::Result<()> = match live {
            true => {
                let mut escaped = Escaped(&mut *out);
                layout.lay_out(json, |part| escaped.write_all(part))
            }
            false => layout.lay_out(json, |part| out.write_all(part)),
        };
        written.map_err(|error| self.out.write_error(error))?;
        self.out.finish()
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    fn laid_out(layout: Layout, json: &[u8]) -> String {
        let mut out = Vec::new();
        let written: Result<(), Infallible> = layout.lay_out(json, |part| {
            out.extend_from_slice(part);
            Ok(())
        });
        assert!(written.is_ok());
        String::from_utf8(out).expect("parts end between characters")
    }

    /// JSON with any whitespace, and the same without whitespace.
    fn spelled() -> impl Strategy<Value = (String, String)> {
        let space = || prop_oneof![Just(""), Just(" "), Just("\r\n\t")];
        let scalar = prop_oneof![
            Just("null".to_owned()),
            Just("true".to_owned()),
            "-?(0|[1-9][0-9]{0,30})(\\.[0-9]{1,30})?([eE][+-]?[0-9]{1,4})?",
            string(),
        ];
        let leaf = (scalar, space()).prop_map(|(text, space)| (format!("{space}{text}{space}"), text));
        leaf.prop_recursive(6, 60, 5, move |inner| {
            let list = (prop::collection::vec(inner.clone(), 0..5), space()).prop_map(|(items, space)| {
                let (spelled, plain): (Vec<_>, Vec<_>) = items.into_iter().unzip();
                (format!("{space}[{space}{}]{space}", spelled.join(",")), format!("[{}]", plain.join(",")))
            });
            let object = (prop::collection::vec((string(), inner), 0..5), space()).prop_map(|(items, space)| {
                let spelled: Vec<_> =
                    items.iter().map(|(name, item)| format!("{space}{name}{space}:{}", item.0)).collect();
                let plain: Vec<_> = items.iter().map(|(name, item)| format!("{name}:{}", item.1)).collect();
                (format!("{{{space}{}}}", spelled.join(",")), format!("{{{}}}", plain.join(",")))
            });
            prop_oneof![list, object]
        })
    }

    /// A string with brackets, escapes and other scripts.
    fn string() -> impl Strategy<Value = String> {
        let piece = prop_oneof![
            Just("\\\""),
            Just("\\\\"),
            Just("\\u00e9"),
            Just("\\ud83d\\ude00"),
            Just("\u{1f600}"),
            Just(" {}[],: "),
            Just("a"),
        ];
        prop::collection::vec(piece, 0..6).prop_map(|pieces| format!("\"{}\"", pieces.concat()))
    }

    proptest! {
        #[test]
        fn only_whitespace_between_tokens_changes((spelled, plain) in spelled()) {
            let line = laid_out(Layout::Line, spelled.as_bytes());
            prop_assert_eq!(line, format!("{plain}\n"));
            let indented = laid_out(Layout::Indented, spelled.as_bytes());
            prop_assert_eq!(laid_out(Layout::Line, indented.as_bytes()), format!("{plain}\n"));
            prop_assert_eq!(&laid_out(Layout::Indented, indented.as_bytes()), &indented);
        }

        #[test]
        fn the_layout_is_that_of_serde_json(json in spelled()) {
            // Values that serde_json keeps: numbers within its types, sorted properties.
            if let Ok(value) = serde_json::from_str::<Value>(&json.0) {
                let pretty = serde_json::to_string_pretty(&value).expect("JSON");
                let line = serde_json::to_string(&value).expect("JSON");
                prop_assert_eq!(laid_out(Layout::Indented, line.as_bytes()), format!("{pretty}\n"));
                prop_assert_eq!(laid_out(Layout::Line, pretty.as_bytes()), format!("{line}\n"));
            }
        }

        #[test]
        fn invalid_json_keeps_all_bytes_but_whitespace(bytes in prop::collection::vec(prop::sample::select(b"{}[],:\"\\ \n1a\xff".to_vec()), 0..40)) {
            for layout in [Layout::Indented, Layout::Line] {
                let mut out = Vec::new();
                let written: Result<(), Infallible> = layout.lay_out(&bytes, |part| {
                    out.extend_from_slice(part);
                    Ok(())
                });
                prop_assert!(written.is_ok());
                let visible = |bytes: &[u8]| bytes.iter().copied().filter(|it| !it.is_ascii_whitespace()).collect::<Vec<_>>();
                prop_assert_eq!(visible(&out), visible(&bytes));
            }
        }
    }

    #[test]
    fn numbers_strings_and_order_are_unchanged() {
        let json = b"\xef\xbb\xbf{\"z\":1.10,\"a\":[1e400,-0,123456789012345678901234567890],\r\n\"e\":{ },\"l\":[\n],\"z\":\"\\u0041\\/\"}\n";
        assert_eq!(
            laid_out(Layout::Indented, json),
            "{\n  \"z\": 1.10,\n  \"a\": [\n    1e400,\n    -0,\n    123456789012345678901234567890\n  ],\n  \"e\": {},\n  \
             \"l\": [],\n  \"z\": \"\\u0041\\/\"\n}\n"
        );
        assert_eq!(
            laid_out(Layout::Line, json),
            "{\"z\":1.10,\"a\":[1e400,-0,123456789012345678901234567890],\"e\":{},\"l\":[],\"z\":\"\\u0041\\/\"}\n"
        );
    }

    #[test]
    fn the_indentation_of_deep_json_is_bounded() {
        let deep = [vec![b'['; 100_000], vec![b']'; 100_000]].concat();
        let indented = laid_out(Layout::Indented, &deep);
        assert!(indented.len() < deep.len() + 2 * 130 * 130 * 2, "{}", indented.len());
        assert_eq!(laid_out(Layout::Line, indented.as_bytes()).trim_end().as_bytes(), deep);
    }
}
