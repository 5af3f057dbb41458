//! What every rule reads and writes: a value with its pointer, and the problems found so far.

use serde_json::Value;

use crate::load::{Document, Position, Problem, child};
use crate::model::is_json;

/// A value of the document. Reading is tolerant: of a value of another type there is nothing to be read.
#[derive(Debug, Clone)]
pub struct Node<'a> {
    pub value: &'a Value,
    pub pointer: String,
}

impl<'a> Node<'a> {
    /// The value of a key, if this is a mapping that has it.
    pub fn get(&self, key: &str) -> Option<Node<'a>> {
        let value = self.value.as_object()?.get(key)?;
        Some(Node { value, pointer: child(&self.pointer, key) })
    }

    pub fn has(&self, key: &str) -> bool {
        self.value.get(key).is_some()
    }

    /// The text of a key.
    pub fn text(&self, key: &str) -> Option<&'a str> {
        self.value.as_object()?.get(key)?.as_str()
    }

    /// Whether a key is `true`.
    pub fn flag(&self, key: &str) -> bool {
        self.value.as_object().and_then(|map| map.get(key)).and_then(Value::as_bool).unwrap_or(false)
    }

    /// The entries of a mapping.
    pub fn entries(&self) -> Vec<(&'a str, Node<'a>)> {
        self.value.as_object().map_or_else(Vec::new, |map| {
            map.iter().map(|(key, value)| (key.as_str(), Node { value, pointer: child(&self.pointer, key) })).collect()
        })
    }

    /// The elements of a sequence.
    pub fn items(&self) -> Vec<Node<'a>> {
        self.value.as_array().map_or_else(Vec::new, |list| {
            let node = |(index, value)| Node { value, pointer: format!("{}/{index}", self.pointer) };
            list.iter().enumerate().map(node).collect()
        })
    }

    /// The entries of the mapping at a key.
    pub fn entries_of(&self, key: &str) -> Vec<(&'a str, Node<'a>)> {
        self.get(key).map_or_else(Vec::new, |node| node.entries())
    }

    /// The elements of the sequence at a key.
    pub fn items_of(&self, key: &str) -> Vec<Node<'a>> {
        self.get(key).map_or_else(Vec::new, |node| node.items())
    }

    /// The texts of the sequence at a key.
    pub fn texts_of(&self, key: &str) -> Vec<&'a str> {
        self.items_of(key).into_iter().filter_map(|item| item.value.as_str()).collect()
    }
}

/// An operation and its location.
#[derive(Debug, Clone)]
pub struct Operation<'a> {
    pub path: &'a str,
    pub method: &'static str,
    pub item: Node<'a>,
    pub node: Node<'a>,
}

impl<'a> Operation<'a> {
    /// The id, or method and path for want of one.
    pub fn name(&self) -> String {
        match self.node.text("operationId") {
            Some(id) => id.to_owned(),
            None => format!("{} {}", self.method, self.path),
        }
    }
}

/// A parameter of an operation: where it was written down, and what it says with references followed.
#[derive(Debug, Clone)]
pub struct Parameter<'a> {
    pub site: Node<'a>,
    pub node: Node<'a>,
}

/// Methods in the order in which a path item lists them.
pub const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

/// Media types of forms.
pub const FORMS: [&str; 2] = ["application/x-www-form-urlencoded", "multipart/form-data"];

/// Longest chain of references that is followed.
const HOPS: usize = 16;

/// The document under examination, and what is wrong with it.
pub struct Linter<'a> {
    document: &'a Document,
    problems: Vec<Problem>,
}

impl<'a> Linter<'a> {
    pub fn new(document: &'a Document) -> Linter<'a> {
        Linter { document, problems: Vec::new() }
    }

    pub fn finish(self) -> Vec<Problem> {
        Problem::sorted(self.problems)
    }

    pub fn root(&self) -> Node<'a> {
        Node { value: &self.document.root, pointer: String::new() }
    }

    /// Reports a problem with a value.
    pub fn report(&mut self, node: &Node<'_>, message: impl Into<String>, help: impl Into<String>) {
        let position = self.document.position(&node.pointer);
        self.push(position, node, message.into(), help.into());
    }

    /// Reports a problem with the key before a value.
    pub fn report_key(&mut self, node: &Node<'_>, message: impl Into<String>, help: impl Into<String>) {
        let position = self.document.key_position(&node.pointer);
        self.push(position, node, message.into(), help.into());
    }

    fn push(&mut self, position: Position, node: &Node<'_>, message: String, help: String) {
        self.problems.push(Problem {
            file: self.document.file.clone(),
            line: position.line,
            column: position.column,
            pointer: node.pointer.clone(),
            message,
            help,
        });
    }

    /// The position of the key before a value.
    pub fn place(&self, node: &Node<'_>) -> Position {
        self.document.key_position(&node.pointer)
    }

    /// The components of a section.
    pub fn components(&self, section: &str) -> Vec<(&'a str, Node<'a>)> {
        self.root().get("components").map_or_else(Vec::new, |components| components.entries_of(section))
    }

    /// A component by name.
    pub fn component(&self, section: &str, name: &str) -> Option<Node<'a>> {
        self.root().get("components")?.get(section)?.get(name)
    }

    /// The name of the component that a `$ref` leads to, if it leads to one of the section.
    pub fn target(&self, node: &Node<'a>, section: &str) -> Option<&'a str> {
        let name = node.text("$ref")?.strip_prefix("#/components/")?.strip_prefix(section)?.strip_prefix('/')?;
        self.component(section, name).map(|_| name)
    }

    /// What a `$ref` leads to, or the node itself; `None` for a reference that leads nowhere.
    pub fn follow(&self, node: &Node<'a>, section: &str) -> Option<Node<'a>> {
        if !node.has("$ref") {
            return Some(node.clone());
        }
        self.component(section, self.target(node, section)?)
    }

    /// The component that a schema refers to by `$ref`, bare or in a single `allOf`.
    pub fn schema_target(&self, schema: &Node<'a>) -> Option<&'a str> {
        self.target(schema, "schemas").or_else(|| match schema.items_of("allOf").as_slice() {
            [only] => self.target(only, "schemas"),
            _ => None,
        })
    }

    /// A schema with references followed.
    pub fn schema(&self, schema: &Node<'a>) -> Node<'a> {
        let mut schema = schema.clone();
        for _ in 0..HOPS {
            match self.schema_target(&schema).and_then(|name| self.component("schemas", name)) {
                Some(next) => schema = next,
                None => break,
            }
        }
        schema
    }

    /// The type of a schema with references followed.
    pub fn schema_type(&self, schema: &Node<'a>) -> Option<&'a str> {
        self.schema(schema).text("type")
    }

    /// Every operation, in the order of path and method.
    pub fn operations(&self) -> Vec<Operation<'a>> {
        let mut operations = Vec::new();
        for (path, item) in self.root().entries_of("paths") {
            for method in METHODS {
                if let Some(node) = item.get(method).filter(|node| node.value.is_object()) {
                    operations.push(Operation { path, method, item: item.clone(), node });
                }
            }
        }
        operations
    }

    /// The parameters of an operation, those of its path first.
    pub fn parameters(&self, operation: &Operation<'a>) -> Vec<Parameter<'a>> {
        let sites = operation.item.items_of("parameters").into_iter().chain(operation.node.items_of("parameters"));
        sites
            .filter_map(|site| {
                let node = self.follow(&site, "parameters")?;
                Some(Parameter { site, node })
            })
            .collect()
    }

    /// The success response of an operation with references followed, and where it is written down.
    pub fn success(&self, operation: &Operation<'a>) -> Option<(Node<'a>, Node<'a>)> {
        let mut found =
            operation.node.entries_of("responses").into_iter().filter(|(status, _)| status.starts_with('2'));
        let (_, site) = found.next()?;
        let node = self.follow(&site, "responses")?;
        Some((site, node))
    }

    /// The schema of an operation's form, references followed.
    pub fn form(&self, operation: &Operation<'a>) -> Option<Node<'a>> {
        let content = operation.node.get("requestBody")?.get("content")?;
        let media = FORMS.iter().find_map(|media_type| content.get(media_type))?;
        Some(self.schema(&media.get("schema")?))
    }

    /// The schema of the JSON among the media types of a body or a response.
    pub fn json(&self, body: &Node<'a>) -> Option<Node<'a>> {
        body.entries_of("content").into_iter().find(|(media_type, _)| is_json(media_type))?.1.get("schema")
    }
}
