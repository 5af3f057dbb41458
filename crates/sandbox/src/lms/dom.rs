//! XML documents that come in, read into a tree. Names are kept without their prefixes.

use quick_xml::XmlVersion;
use quick_xml::events::{BytesStart, Event};
use quick_xml::reader::Reader;

/// As deep as elements can be nested.
const DEPTH: usize = 64;

/// An element.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Node {
    pub(crate) name: String,
    attributes: Vec<(String, String)>,
    text: String,
    pub(crate) children: Vec<Node>,
    /// The line of its start tag, from 1.
    pub(crate) line: usize,
}

impl Node {
    /// Reads a document. The message of a error has a line and no content.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut reader = Reader::from_str(text);
        let mut open: Vec<Self> = Vec::new();
        let mut root = None;
        let mut lines = Lines { text, position: 0, line: 1 };
        loop {
            let event = reader.read_event().map_err(|_| {
                let line = lines.at(reader.error_position());
                format!("The document is not well-formed at line {line}.")
            })?;
            let line = lines.at(reader.buffer_position());
            let malformed = || format!("The document is not well-formed at line {line}.");
            match event {
                Event::Start(start) => {
                    if root.is_some() {
                        return Err(format!("There is a second root element at line {line}."));
                    }
                    if open.len() >= DEPTH {
                        return Err(format!("Elements are nested more than {DEPTH} deep at line {line}."));
                    }
                    open.push(Self::begin(&start, line).ok_or_else(malformed)?);
                }
                Event::Empty(start) => {
                    if root.is_some() {
                        return Err(format!("There is a second root element at line {line}."));
                    }
                    let node = Self::begin(&start, line).ok_or_else(malformed)?;
                    close(node, &mut open, &mut root);
                }
                Event::End(_) => {
                    let node = open.pop().ok_or_else(malformed)?;
                    close(node, &mut open, &mut root);
                }
                Event::Text(content) => add(&mut open, &content.xml10_content()).ok_or_else(malformed)?,
                Event::CData(content) => add(&mut open, &content.xml10_content()).ok_or_else(malformed)?,
                Event::GeneralRef(reference) => {
                    // Only the five of XML and numbers: what a document declares itself is never expanded.
                    let written = format!("&{};", &*reference.xml10_content());
                    let letter = quick_xml::escape::unescape(&written);
                    let letter = letter.map_err(|_| format!("There is an unknown entity at line {line}."))?;
                    add(&mut open, &letter).ok_or_else(malformed)?;
                }
                Event::Eof if !open.is_empty() => return Err("The document ends before its elements do.".to_owned()),
                Event::Eof => return root.ok_or_else(|| "The document has no element.".to_owned()),
                _ => {}
            }
        }
    }

    fn begin(start: &BytesStart<'_>, line: usize) -> Option<Self> {
        let mut attributes = Vec::new();
        for attribute in start.attributes() {
            let attribute = attribute.ok()?;
            let value = attribute.normalized_value(XmlVersion::Implicit1_0).ok()?.into_owned();
            attributes.push((attribute.key.local_name().as_ref().to_owned(), value));
        }
        Some(Self { name: start.local_name().as_ref().to_owned(), attributes, line, ..Self::default() })
    }

    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.trim())
            .filter(|value| !value.is_empty())
    }

    /// The children of a name.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Self> {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// The text of the first child of a name, without blanks around it; `None` if there is none.
    pub(crate) fn text_of(&self, name: &str) -> Option<&str> {
        self.children.iter().find(|child| child.name == name).map(Self::text).filter(|text| !text.is_empty())
    }

    pub(crate) fn text(&self) -> &str {
        self.text.trim()
    }

    /// This element and all below it, in the order of the document.
    pub(crate) fn descendants(&self) -> Vec<&Self> {
        let mut found = vec![self];
        for child in &self.children {
            found.extend(child.descendants());
        }
        found
    }
}

fn close(node: Node, open: &mut [Node], root: &mut Option<Node>) {
    match open.last_mut() {
        Some(parent) => parent.children.push(node),
        None => *root = Some(node),
    }
}

/// Adds text to the innermost element; outside of the root there is only white space.
fn add(open: &mut [Node], text: &str) -> Option<()> {
    match open.last_mut() {
        Some(node) => node.text.push_str(text),
        None if text.chars().all(|letter| letter.is_whitespace() || letter == '\u{feff}') => {}
        None => return None,
    }
    Some(())
}

/// Counts the lines of a text on the way through it, so that no letter is looked at twice.
struct Lines<'a> {
    text: &'a str,
    position: usize,
    line: usize,
}

impl Lines<'_> {
    /// The line at a position, from 1. A position before the last one that was asked for has the line of that.
    fn at(&mut self, position: u64) -> usize {
        let end = usize::try_from(position).unwrap_or(usize::MAX).min(self.text.len());
        if let Some(passed) = self.text.as_bytes().get(self.position..end) {
            self.line += passed.iter().filter(|byte| **byte == b'\n').count();
            self.position = end;
        }
        self.line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_read() -> Result<(), String> {
        let root = Node::parse(
            "<?xml version=\"1.0\"?>\n<!-- note --><x:a xmlns:x=\"urn:x\" k=\" 1 &amp; 2 \">\n<b> t &lt; &#65; <![CDATA[<c>]]></b><b/></x:a>\n",
        )?;
        assert_eq!((root.name.as_str(), root.attribute("k"), root.all("b").count()), ("a", Some("1 & 2"), 2));
        assert_eq!(root.text_of("b"), Some("t < A <c>"));
        assert_eq!(root.children.first().map(|child| child.line), Some(3));
        Ok(())
    }

    #[test]
    fn what_is_not_well_formed_is_refused() {
        let deep = "<a>".repeat(10_000);
        let after = Node::parse("<a>\n<b>\n</a>").err();
        assert_eq!(after.as_deref(), Some("The document is not well-formed at line 3."));
        for text in [
            "",
            "text",
            "<a>",
            "<a></b>",
            "<a/><b/>",
            "<a b=1/>",
            "<a b='1' b='2'/>",
            "<a>&own;</a>",
            "<a/>x",
            "</a>",
            &deep,
        ] {
            assert!(Node::parse(text).is_err(), "{text:.20}");
        }
    }
}
