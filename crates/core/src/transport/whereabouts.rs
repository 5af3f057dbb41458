//! Where in a JSON text something stands, by the names that lead there.

/// How many names are shown, the innermost ones.
const SHOWN: usize = 8;
/// The longest name that is shown.
const LONGEST: usize = 64;

/// What is open at a place.
enum Level<'a> {
    /// An object, with the name of the property that is being read.
    Object(Option<&'a str>),
    /// An array, with the index of the item that is being read.
    Array(usize),
}

/// The path of the value that ends at a line and column as serde_json counts them, such as `entities.12.version`; `None`
/// at the outermost level.
///
/// The keys of a map come from the data, and can be personal. A name that looks like none of a schema's is shown as `*`.
pub(super) fn path(text: &str, line: usize, column: usize) -> Option<String> {
    let levels = open_at(&text.as_bytes()[..offset(text, line, column)], text);
    let names: Vec<String> = levels.iter().filter_map(Level::shown).collect();
    let hidden = names.len().saturating_sub(SHOWN);
    let start = if hidden > 0 { "…." } else { "" };
    (!names.is_empty()).then(|| format!("{start}{}", names[hidden..].join(".")))
}

/// The number of bytes before a line and column.
fn offset(text: &str, line: usize, column: usize) -> usize {
    let mut breaks = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(index, _)| index + 1);
    let start = match line.checked_sub(2) {
        Some(before) => breaks.nth(before).unwrap_or(text.len()),
        None => 0,
    };
    (start + column).min(text.len())
}

fn open_at<'a>(read: &[u8], text: &'a str) -> Vec<Level<'a>> {
    let mut levels = Vec::new();
    let mut at = 0;
    while let Some(byte) = read.get(at) {
        at += 1;
        match byte {
            b'{' => levels.push(Level::Object(None)),
            b'[' => levels.push(Level::Array(0)),
            b'}' | b']' => drop(levels.pop()),
            b',' => match levels.last_mut() {
                Some(Level::Object(name)) => *name = None,
                Some(Level::Array(index)) => *index += 1,
                None => {}
            },
            b'"' => {
                let start = at;
                at = end_of_string(read, at);
                if let Some(Level::Object(name @ None)) = levels.last_mut() {
                    *name = text.get(start..at.saturating_sub(1));
                }
            }
            _ => {}
        }
    }
    levels
}

/// The index behind the closing quote of a string whose content starts at an index.
fn end_of_string(text: &[u8], mut at: usize) -> usize {
    while let Some(byte) = text.get(at) {
        match byte {
            b'"' => return at + 1,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    text.len()
}

impl Level<'_> {
    fn shown(&self) -> Option<String> {
        match self {
            Self::Object(None) => None,
            Self::Object(Some(name)) if is_plain(name) => Some((*name).to_owned()),
            Self::Object(Some(_)) => Some("*".to_owned()),
            Self::Array(index) => Some(index.to_string()),
        }
    }
}

/// Whether a name could be one of a schema's: a word of ASCII letters, digits, `_`, `$` and `-`.
fn is_plain(name: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"_$-".contains(&byte);
    name.len() <= LONGEST && name.starts_with(|first: char| !first.is_ascii_digit()) && name.bytes().all(is_part)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Default, Deserialize)]
    #[serde(default)]
    struct Node {
        #[serde(rename = "version")]
        _version: Option<u8>,
        #[serde(rename = "nodes")]
        _nodes: Vec<Node>,
        #[serde(rename = "byKey")]
        _by_key: BTreeMap<String, Node>,
        #[serde(rename = "pair")]
        _pair: Option<Pair>,
    }

    #[derive(Debug, Deserialize)]
    struct Pair {
        #[serde(rename = "first")]
        _first: u8,
    }

    #[test]
    fn the_names_that_lead_to_a_misfit_are_found() {
        for (text, expected) in [
            (r#"{"version":"x"}"#, Some("version")),
            (r#"{"version":300}"#, Some("version")),
            (r#"{"a":{"version":[",{\"]"]},"version":"x"}"#, Some("version")),
            ("{\"é\":\"…\",\n \"nodes\": [ {}, {\"nodes\":[]},\n\n {\"version\"\n: true} ] }", Some("nodes.2.version")),
            (r#"{"nodes":[{"byKey":{"a.roe@example.com":{"version":-1}}}]}"#, Some("nodes.0.byKey.*.version")),
            (r#"{"byKey":{"Sample Person":1}}"#, Some("byKey.*")),
            (r#"{"byKey":{"q\"":{"nodes":[{},7]}}}"#, Some("byKey.*.nodes.1")),
            (r#"{"pair":{}}"#, Some("pair")),
            (r#"{"version":1,"version":2}"#, Some("version")),
            (r#"{"nodes":{}}"#, Some("nodes")),
            ("7", None),
            ("[true]", Some("0")),
        ] {
            let error = serde_json::from_str::<Node>(text).expect_err(text);
            assert_eq!(path(text, error.line(), error.column()).as_deref(), expected, "{text}: {error}");
        }
    }

    #[test]
    fn a_deep_path_is_shown_by_its_end() {
        let text = format!("{}{}", r#"{"nodes":["#.repeat(6), r#"{"version":"x"}"#);
        let error = serde_json::from_str::<Node>(&text).expect_err("no number");
        let shown = path(&text, error.line(), error.column()).expect("a path");
        assert_eq!(shown, "….0.nodes.0.nodes.0.nodes.0.version");
    }

    #[test]
    fn places_beyond_the_text_are_its_end() {
        for (line, column) in [(0, 0), (1, 0), (1, 99), (9, 9), (usize::MAX, 1)] {
            assert!(path("{\"a\":[", line, column).is_none_or(|path| path == "a.0"), "{line} {column}");
        }
        assert_eq!(path("", 1, 1), None);
        assert_eq!(path("}]\"\\", 1, 4), None);
    }
}
