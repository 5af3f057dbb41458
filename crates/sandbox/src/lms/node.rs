//! Answers as one tree, rendered as JSON or as XML.
//!
//! The JSON of most functions is documented nowhere, so the sandbox keeps one rule for all of them: an element becomes a
//! property of its name, an attribute too, and a repeated element an array under its plural.

use serde_json::{Map, Number, Value};

use crate::lms::xml::Element;

/// A named value.
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

    /// A decimal number that is kept as text; what is no number is left out.
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

    pub(crate) fn element(&self) -> Element {
        match &self.body {
            Body::Text(text) => Element::text(self.name, text),
            Body::Flag(flag) => Element::text(self.name, flag.to_string()),
            Body::Number(number) => Element::text(self.name, number.to_string()),
            Body::Parts(parts) => parts.iter().fold(Element::new(self.name), |element, part| match part {
                Part::Attribute(name, value) => element.attribute(name, value),
                Part::One(tree) => element.with(tree.element()),
                Part::Many(_, trees) => element.with_all(trees.iter().map(Self::element)),
            }),
        }
    }

    /// Keeps the parts that `keep` names, and in those what it says of their own parts. Attributes stay.
    pub(crate) fn prune(&mut self, keep: &dyn Selection) {
        let Body::Parts(parts) = &mut self.body else { return };
        parts.retain_mut(|part| match part {
            Part::Attribute(..) => true,
            Part::One(tree) => tree.pruned(keep),
            Part::Many(_, trees) => {
                trees.retain_mut(|tree| tree.pruned(keep));
                !trees.is_empty()
            }
        });
    }

    fn pruned(&mut self, keep: &dyn Selection) -> bool {
        keep.part(self.name, &mut |inner| {
            if let Some(inner) = inner {
                self.prune(inner);
            }
        })
    }
}

impl Part {
    fn json(&self) -> (String, Value) {
        match self {
            Self::Attribute(name, value) => ((*name).to_owned(), Value::String(value.clone())),
            Self::One(tree) => (tree.name.to_owned(), tree.json()),
            Self::Many(plural, trees) => ((*plural).to_owned(), trees.iter().map(Node::json).collect()),
        }
    }
}

/// A choice among the parts of a tree.
pub(crate) trait Selection {
    /// Whether a part is kept; `inner` gets the choice within it, `None` if all of it is kept.
    fn part(&self, name: &str, inner: &mut dyn FnMut(Option<&dyn Selection>)) -> bool;
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn one_tree_is_json_and_xml() {
        let tree = Node::new("a")
            .attribute("id", "1")
            .text("b", "x & y")
            .flag("c", true)
            .decimal("d", "2.50")
            .decimal("none", "NaN")
            .some("e", Some(""))
            .list("fs", [Node::leaf("f", "1"), Node::leaf("f", "2")]);
        assert_eq!(tree.json(), json!({ "id": "1", "b": "x & y", "c": true, "d": 2.5, "fs": ["1", "2"] }));
        assert_eq!(tree.element().to_string(), "<a id=\"1\"><b>x &amp; y</b><c>true</c><d>2.5</d><f>1</f><f>2</f></a>");
    }
}
