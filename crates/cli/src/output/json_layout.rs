//! JSON as its sender spelled it, laid out anew: strings, numbers and the order of properties stay as they are.
//!
//! Reading JSON into values and writing it again would round numbers, sort properties and hold the whole several times.

use std::io::{self, Write as _};

use super::Printer;
use super::encode::Escaped;
use crate::error::Error;
use crate::global_args::Format;

/// How deep lines are indented. What is deeper stays on its line, or else a few megabytes of brackets would become
/// terabytes of blanks.
const DEEPEST: usize = 128;

/// A line break and the blanks of the deepest line.
static INDENT: [u8; 1 + 2 * DEEPEST] = {
    let mut indent = [b' '; 1 + 2 * DEEPEST];
    indent[0] = b'\n';
    indent
};

/// Where lines break.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Layout {
    /// Before each item, two blanks deeper than around it.
    Indented,
    /// At the end only.
    Line,
}

impl Layout {
    /// Hands out well-formed JSON piece by piece, with a line break at its end. A byte order mark is left out.
    pub(crate) fn lay_out<E>(self, json: &[u8], mut out: impl FnMut(&[u8]) -> Result<(), E>) -> Result<(), E> {
        let broken = |depth: usize| match self {
            Self::Indented if depth <= DEEPEST => true,
            Self::Indented | Self::Line => false,
        };
        let mut rest = json.strip_prefix(b"\xef\xbb\xbf").unwrap_or(json);
        let mut depth = 0;
        // Whether nothing came since the last opening bracket.
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

/// How many bytes the first token has.
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
    /// How a JSON document is laid out that is written as it came; `None` if it has to be read for what is asked.
    pub(crate) fn layout(&self) -> Option<Layout> {
        match self.format {
            _ if self.query.is_some() || self.columns.is_some() => None,
            Format::Json => Some(Layout::Indented),
            Format::Jsonl => Some(Layout::Line),
            Format::Table | Format::Csv | Format::Yaml => None,
        }
    }

    /// Writes a JSON document as it came, but for its line breaks. On a terminal, characters that it may obey are escaped.
    pub(crate) fn verbatim(mut self, layout: Layout, json: &[u8]) -> Result<(), Error> {
        let live = self.live;
        let out = &mut self.out;
        let written: io::Result<()> = match live {
            true => {
                let mut escaped = Escaped(&mut *out);
                layout.lay_out(json, |piece| escaped.write_all(piece))
            }
            false => layout.lay_out(json, |piece| out.write_all(piece)),
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
        let written: Result<(), Infallible> = layout.lay_out(json, |piece| {
            out.extend_from_slice(piece);
            Ok(())
        });
        assert!(written.is_ok());
        String::from_utf8(out).expect("cut between characters only")
    }

    /// JSON in any spelling, and the same without blanks.
    fn spelled() -> impl Strategy<Value = (String, String)> {
        let blank = || prop_oneof![Just(""), Just(" "), Just("\r\n\t")];
        let scalar = prop_oneof![
            Just("null".to_owned()),
            Just("true".to_owned()),
            "-?(0|[1-9][0-9]{0,30})(\\.[0-9]{1,30})?([eE][+-]?[0-9]{1,4})?",
            string(),
        ];
        let leaf = (scalar, blank()).prop_map(|(text, blank)| (format!("{blank}{text}{blank}"), text));
        leaf.prop_recursive(6, 60, 5, move |inner| {
            let list = (prop::collection::vec(inner.clone(), 0..5), blank()).prop_map(|(items, blank)| {
                let (spelled, plain): (Vec<_>, Vec<_>) = items.into_iter().unzip();
                (format!("{blank}[{blank}{}]{blank}", spelled.join(",")), format!("[{}]", plain.join(",")))
            });
            let object = (prop::collection::vec((string(), inner), 0..5), blank()).prop_map(|(items, blank)| {
                let spelled: Vec<_> =
                    items.iter().map(|(name, item)| format!("{blank}{name}{blank}:{}", item.0)).collect();
                let plain: Vec<_> = items.iter().map(|(name, item)| format!("{name}:{}", item.1)).collect();
                (format!("{{{blank}{}}}", spelled.join(",")), format!("{{{}}}", plain.join(",")))
            });
            prop_oneof![list, object]
        })
    }

    /// A string with brackets, escapes and other scripts in it.
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
        fn nothing_but_blanks_between_tokens_changes((spelled, plain) in spelled()) {
            let line = laid_out(Layout::Line, spelled.as_bytes());
            prop_assert_eq!(line, format!("{plain}\n"));
            let indented = laid_out(Layout::Indented, spelled.as_bytes());
            prop_assert_eq!(laid_out(Layout::Line, indented.as_bytes()), format!("{plain}\n"));
            prop_assert_eq!(&laid_out(Layout::Indented, indented.as_bytes()), &indented);
        }

        #[test]
        fn values_are_laid_out_as_serde_json_does(json in spelled()) {
            // What serde_json keeps as it is: no number beyond its types, and properties that are sorted already.
            if let Ok(value) = serde_json::from_str::<Value>(&json.0) {
                let pretty = serde_json::to_string_pretty(&value).expect("JSON");
                let line = serde_json::to_string(&value).expect("JSON");
                prop_assert_eq!(laid_out(Layout::Indented, line.as_bytes()), format!("{pretty}\n"));
                prop_assert_eq!(laid_out(Layout::Line, pretty.as_bytes()), format!("{line}\n"));
            }
        }

        #[test]
        fn what_is_no_json_is_survived(bytes in prop::collection::vec(prop::sample::select(b"{}[],:\"\\ \n1a\xff".to_vec()), 0..40)) {
            for layout in [Layout::Indented, Layout::Line] {
                let written: Result<(), Infallible> = layout.lay_out(&bytes, |_| Ok(()));
                prop_assert!(written.is_ok());
            }
        }
    }

    #[test]
    fn numbers_strings_and_order_stay_as_they_are_spelled() {
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
    fn depth_costs_no_more_than_what_is_as_deep_as_people_read() {
        let deep = [vec![b'['; 100_000], vec![b']'; 100_000]].concat();
        let indented = laid_out(Layout::Indented, &deep);
        assert!(indented.len() < deep.len() + 2 * 130 * 130 * 2, "{}", indented.len());
        assert_eq!(laid_out(Layout::Line, indented.as_bytes()).trim_end().as_bytes(), deep);
    }
}
