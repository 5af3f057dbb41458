//! XML documents, built as trees.

use std::fmt::{self, Write};

use quick_xml::escape::escape;

/// An element with its attributes, and either text or elements in it.
#[derive(Clone, Debug)]
pub(crate) struct Element {
    name: &'static str,
    attributes: Vec<(&'static str, String)>,
    text: String,
    children: Vec<Element>,
}

impl Element {
    pub(crate) fn new(name: &'static str) -> Self {
        Self { name, attributes: Vec::new(), text: String::new(), children: Vec::new() }
    }

    pub(crate) fn text(name: &'static str, text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::new(name) }
    }

    pub(crate) fn attribute(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.attributes.push((name, value.into()));
        self
    }

    pub(crate) fn with(mut self, child: Self) -> Self {
        self.children.push(child);
        self
    }

    pub(crate) fn with_all(mut self, children: impl IntoIterator<Item = Self>) -> Self {
        self.children.extend(children);
        self
    }

    /// The element as a document of its own.
    pub(crate) fn document(&self) -> String {
        format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{self}")
    }
}

impl fmt::Display for Element {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "<{}", self.name)?;
        for (name, value) in &self.attributes {
            write!(formatter, " {name}=\"{}\"", escaped(value, &['\t', '\n', '\r']))?;
        }
        if self.text.is_empty() && self.children.is_empty() {
            return formatter.write_str("/>");
        }
        write!(formatter, ">{}", escaped(&self.text, &['\r']))?;
        for child in &self.children {
            child.fmt(formatter)?;
        }
        write!(formatter, "</{}>", self.name)
    }
}

/// The text as it stands in a document. `kept` are characters of white space that a reader would turn into others, were
/// they not written as numbers.
fn escaped(text: &str, kept: &[char]) -> String {
    let text = escape(allowed(text));
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        if kept.contains(&letter) {
            // Writing to a string cannot fail.
            let _ = write!(escaped, "&#{};", letter as u32);
        } else {
            escaped.push(letter);
        }
    }
    escaped
}

/// The text without the characters that XML 1.0 cannot hold in any spelling.
fn allowed(text: &str) -> String {
    let is_allowed =
        |letter: &char| matches!(letter, '\t' | '\n' | '\r' | '\u{20}'..) && !matches!(letter, '\u{fffe}' | '\u{ffff}');
    text.chars().filter(is_allowed).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_space_survives_being_read() {
        let element = Element::text("a", "one\r\ntwo\tthree\r").attribute("b", "1\r\n2\t3");
        assert_eq!(element.to_string(), "<a b=\"1&#13;&#10;2&#9;3\">one&#13;\ntwo\tthree&#13;</a>");
    }

    #[test]
    fn text_and_attributes_are_escaped() {
        let element = Element::new("a").attribute("b", "\"<'").with(Element::text("c", "x & y > z\u{0}\u{b}"));
        assert_eq!(
            element.with(Element::new("d")).to_string(),
            "<a b=\"&quot;&lt;&apos;\"><c>x &amp; y &gt; z</c><d/></a>"
        );
    }
}
