//! A response as a tree of nodes, which is written as JSON or as XML.
//!
//! The JSON of most functions is not documented, so one rule holds for all: an element and an attribute become a property
//! of the same name, and repeated elements an array with a plural name.

use peoplefluent_lms::xml::{XML_DECLARATION, XmlWriter, write_element};
use serde_json::{Map, Number, Value};

use crate::lms::fields::Fields;

/// A named value: an element in XML, a property in JSON.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Node {
    name: &'static str,
    body: Body,
}

#[derive(Clone, Debug, PartialEq)]
enum Body {
    Text(String),
    Flag(bool),
    Number(Number),
    Parts(Vec<Part>),
}

#[derive(Clone, Debug, PartialEq)]
enum Part {
    Attribute(&'static str, String),
    /// Text beside attributes.
    Text(String),
    One(Node),
    /// Repeated elements, with the name of the array in JSON.
    Many(&'static str, Vec<Node>),
}

impl Node {
    pub(crate) fn new(name: &'static str) -> Self {
        Self { name, body: Body::Parts(Vec::new()) }
    }

    /// A text without anything in it.
    pub(crate) fn leaf(name: &'static str, text: impl Into<String>) -> Self {
        Self { name, body: Body::Text(text.into()) }
    }

    /// A number without anything in it.
    pub(crate) fn count(name: &'static str, number: impl Into<Number>) -> Self {
        Self { name, body: Body::Number(number.into()) }
    }

    fn part(mut self, part: Part) -> Self {
        if let Body::Parts(parts) = &mut self.body {
            parts.push(part);
        }
        self
    }

    pub(crate) fn attribute(self, name: &'static str, value: impl Into<String>) -> Self {
        self.part(Part::Attribute(name, value.into()))
    }

    /// Text beside attributes; `$text` in JSON.
    pub(crate) fn content(self, text: impl Into<String>) -> Self {
        self.part(Part::Text(text.into()))
    }

    /// A child that holds text.
    pub(crate) fn text(self, name: &'static str, text: impl Into<String>) -> Self {
        self.with(Self::leaf(name, text))
    }

    /// A text, if there is one that is not empty.
    pub(crate) fn some(self, name: &'static str, text: Option<impl Into<String>>) -> Self {
        match text.map(Into::into).filter(|text: &String| !text.is_empty()) {
            Some(text) => self.text(name, text),
            None => self,
        }
    }

    pub(crate) fn flag(self, name: &'static str, flag: bool) -> Self {
        self.with(Self { name, body: Body::Flag(flag) })
    }

    pub(crate) fn number(self, name: &'static str, number: impl Into<Number>) -> Self {
        self.with(Self::count(name, number))
    }

    /// A decimal number that is kept as text; other text is left out.
    pub(crate) fn decimal(self, name: &'static str, text: &str) -> Self {
        match text.parse::<f64>().ok().and_then(Number::from_f64) {
            Some(_) if text.parse::<i64>().is_ok() => self.number(name, text.parse::<i64>().unwrap_or_default()),
            Some(number) => self.number(name, number),
            None => self,
        }
    }

    pub(crate) fn with(self, child: Self) -> Self {
        self.part(Part::One(child))
    }

    pub(crate) fn with_some(self, child: Option<Self>) -> Self {
        match child {
            Some(child) => self.with(child),
            None => self,
        }
    }

    /// Repeated elements; `plural` is the name of the array in JSON.
    pub(crate) fn list(self, plural: &'static str, items: impl IntoIterator<Item = Self>) -> Self {
        self.part(Part::Many(plural, items.into_iter().collect()))
    }

    pub(crate) fn json(&self) -> Value {
        match &self.body {
            Body::Text(text) => Value::String(text.clone()),
            Body::Flag(flag) => Value::Bool(*flag),
            Body::Number(number) => Value::Number(number.clone()),
            Body::Parts(parts) => Value::Object(parts.iter().map(Part::json).collect::<Map<_, _>>()),
        }
    }

    /// The node as an element of an XML document.
    pub(crate) fn xml(&self) -> String {
        let written = write_element(self.name, |element| self.fill(element));
        // Names are constants, and `fill` leaves out the characters that XML cannot hold.
        written.expect("a node has valid names and texts")
    }

    /// The node as an XML document.
    pub(crate) fn document(&self) -> String {
        format!("{XML_DECLARATION}{}", self.xml())
    }

    fn fill(&self, element: &mut XmlWriter<'_>) {
        let text = match &self.body {
            Body::Text(text) => text,
            Body::Flag(flag) => &flag.to_string(),
            Body::Number(number) => &number.to_string(),
            Body::Parts(parts) => return fill_parts(parts, element),
        };
        write_text(text, element);
    }

    /// Removes the parts that are not chosen. Attributes stay.
    pub(crate) fn prune(&mut self, fields: &Fields) {
        let Body::Parts(parts) = &mut self.body else { return };
        parts.retain_mut(|part| match part {
            Part::Attribute(..) | Part::Text(_) => true,
            Part::One(node) => node.prune_within(fields),
            Part::Many(_, nodes) => {
                nodes.retain_mut(|node| node.prune_within(fields));
                !nodes.is_empty()
            }
        });
    }

    /// Prunes this node by the choice of its parent's fields; `false` if it is not chosen.
    fn prune_within(&mut self, fields: &Fields) -> bool {
        let choice = fields.choice(self.name);
        if let Some(Some(inner)) = choice {
            self.prune(inner);
        }
        choice.is_some()
    }
}

impl Part {
    fn json(&self) -> (String, Value) {
        match self {
            Self::Attribute(name, value) => ((*name).to_owned(), Value::String(value.clone())),
            Self::Text(text) => ("$text".to_owned(), Value::String(text.clone())),
            Self::One(node) => (node.name.to_owned(), node.json()),
            Self::Many(plural, nodes) => ((*plural).to_owned(), nodes.iter().map(Node::json).collect()),
        }
    }
}

fn fill_parts(parts: &[Part], element: &mut XmlWriter<'_>) {
    for part in parts {
        if let Part::Attribute(name, value) = part {
            element.attribute(name, valid(value));
        }
    }
    for part in parts {
        let nodes = match part {
            Part::Attribute(..) => &[],
            Part::Text(text) => {
                write_text(text, element);
                &[]
            }
            Part::One(node) => std::slice::from_ref(node),
            Part::Many(_, nodes) => nodes.as_slice(),
        };
        for node in nodes {
            element.element(node.name, |element| node.fill(element));
        }
    }
}

fn write_text(text: &str, element: &mut XmlWriter<'_>) {
    if !text.is_empty() {
        element.text(valid(text));
    }
}

/// The text without the characters that XML 1.0 cannot hold in any form.
fn valid(text: &str) -> String {
    let is_valid = |c: &char| matches!(c, '\t' | '\n' | '\r' | ' '..) && !matches!(c, '\u{fffe}' | '\u{ffff}');
    text.chars().filter(is_valid).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn one_tree_is_json_and_xml() {
        let node = Node::new("a")
            .attribute("id", "1")
            .text("b", "x & y")
            .flag("c", true)
            .decimal("d", "2.50")
            .decimal("none", "NaN")
            .some("e", Some(""))
            .list("fs", [Node::leaf("f", "1"), Node::leaf("f", "2")]);
        assert_eq!(node.json(), json!({ "id": "1", "b": "x & y", "c": true, "d": 2.5, "fs": ["1", "2"] }));
        assert_eq!(node.xml(), "<a id=\"1\"><b>x &amp; y</b><c>true</c><d>2.5</d><f>1</f><f>2</f></a>");
    }

    #[test]
    fn white_space_survives_being_read() {
        let node = Node::new("a").attribute("b", "1\r\n2\t3").content("one\r\ntwo\tthree\r");
        assert_eq!(node.xml(), "<a b=\"1&#13;&#10;2&#9;3\">one&#13;\ntwo\tthree&#13;</a>");
    }

    #[test]
    fn text_and_attributes_are_escaped_and_invalid_characters_left_out() {
        let node = Node::new("a").attribute("b", "\"<'").text("c", "x & y > z\u{0}\u{b}").text("d", "");
        assert_eq!(node.xml(), "<a b=\"&quot;&lt;&apos;\"><c>x &amp; y &gt; z</c><d/></a>");
    }
}
