//! What can be compared: operations and models, whether a spec, a Swagger file or a wheel states them.
//!
//! `None` and `Values::Unknown` mean that a source does not say. What only one side says is never a difference: a wheel
//! has no permissions, and that it lacks them does not prove that none are needed.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::names;

/// One side of a comparison.
#[derive(Debug, Default)]
pub struct Contract {
    /// Operations by path and method.
    pub operations: BTreeMap<Key, Operation>,
    /// The models that these operations reach, by name.
    pub models: BTreeMap<String, Model>,
    /// The keywords of limits that the source states where they hold; one of the others says nothing by its absence.
    pub limits: BTreeSet<&'static str>,
}

/// What tells one operation from the others: its path without the names of its parameters, and its method.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    /// `/api/v2/users/{}`.
    pub path: String,
    /// `GET`.
    pub method: String,
}

impl Key {
    /// The key of a method and a path template.
    pub fn new(method: &str, path: &str) -> Key {
        let mut shape = String::new();
        let mut rest = path;
        while let Some((before, after)) = rest.split_once('{') {
            let Some((_, after)) = after.split_once('}') else { break };
            shape.push_str(before);
            shape.push_str("{}");
            rest = after;
        }
        shape.push_str(rest);
        Key { path: shape, method: method.to_ascii_uppercase() }
    }
}

/// One operation.
#[derive(Debug, Clone)]
pub struct Operation {
    /// Its path template as the source writes it.
    pub path: String,
    /// Its method.
    pub method: String,
    /// Its name in snake case, so that the vendor's languages agree.
    pub name: Option<String>,
    /// Parameters and form fields.
    pub parameters: BTreeMap<ParameterKey, Parameter>,
    /// A body that is one value.
    pub body: Option<Body>,
    /// What a success responds with; `None` inside for no body.
    pub response: Option<Option<Type>>,
    /// Statuses of success.
    pub success: Option<BTreeSet<String>>,
    /// Other statuses that are listed one by one.
    pub failures: Option<BTreeSet<String>>,
    /// Permissions; an empty set for none.
    pub permissions: Option<Permissions>,
    /// OAuth scopes, any one of which is enough.
    pub scopes: Option<BTreeSet<String>>,
    /// Not to be used in new code.
    pub deprecated: Option<bool>,
    /// May change without notice.
    pub preview: Option<bool>,
    /// What it means; the summary is not part of it.
    pub text: Option<String>,
}

impl Operation {
    /// How a finding names it.
    pub fn place(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    /// An operation of which nothing but its place is known.
    pub fn unknown(method: &str, path: &str) -> Operation {
        Operation {
            path: path.to_owned(),
            method: method.to_ascii_uppercase(),
            name: None,
            parameters: BTreeMap::new(),
            body: None,
            response: None,
            success: None,
            failures: None,
            permissions: None,
            scopes: None,
            deprecated: None,
            preview: None,
            text: None,
        }
    }

    /// The types through which it reaches models.
    pub fn types(&self) -> impl Iterator<Item = &Type> {
        let parameters = self.parameters.values().map(|parameter| &parameter.kind);
        parameters.chain(self.body.iter().map(|body| &body.kind)).chain(self.response.iter().flatten())
    }
}

/// A parameter's place and its name on the wire.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ParameterKey {
    /// `path`, `query`, `header`, `cookie` or `form`.
    pub location: String,
    /// Its name.
    pub name: String,
}

impl fmt::Display for ParameterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} `{}`", self.location, self.name)
    }
}

/// A parameter or a form field.
#[derive(Debug, Clone)]
pub struct Parameter {
    /// Whether a call without it is refused.
    pub required: bool,
    /// Its type.
    pub kind: Type,
    /// Its default as JSON; `None` inside for none.
    pub default: Option<Option<String>>,
    /// Which values are in range.
    pub limits: Limits,
    /// Not to be used in new code.
    pub deprecated: Option<bool>,
    /// What it means.
    pub text: Option<String>,
}

/// The limits of a value. Those that its source does not state are not in here.
pub type Limits = BTreeMap<Limit, String>;

/// A limit of a value, or of the items of a list.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Limit {
    /// For how many levels of lists it holds for the items.
    pub depth: usize,
    /// Its keyword in JSON Schema.
    pub keyword: &'static str,
}

impl Limit {
    /// The keywords. `exclusiveMinimum` and `exclusiveMaximum` are a part of the first two.
    pub const KEYWORDS: [&'static str; 7] =
        ["minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems", "pattern"];
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.keyword, " of items".repeat(self.depth))
    }
}

/// A body that is one value.
#[derive(Debug, Clone)]
pub struct Body {
    /// Whether a call without it is refused.
    pub required: bool,
    /// Its type.
    pub kind: Type,
    /// Which values are in range.
    pub limits: Limits,
    /// What it means.
    pub text: Option<String>,
}

/// Permissions of an operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permissions {
    /// Whether every one is needed; otherwise one is enough.
    pub all: bool,
    /// Their names.
    pub names: BTreeSet<String>,
}

impl fmt::Display for Permissions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.names.len() {
            0 => f.write_str("none"),
            1 => f.write_str(&list(&self.names)),
            _ => write!(f, "{} of {}", if self.all { "all" } else { "any" }, list(&self.names)),
        }
    }
}

/// An object with fields.
#[derive(Debug, Clone, Default)]
pub struct Model {
    /// Whether the source gives it a name; an object that is written in place has one of ours.
    pub named: bool,
    /// Fields by their name on the wire.
    pub fields: BTreeMap<String, Field>,
}

/// A field of a model.
#[derive(Debug, Clone)]
pub struct Field {
    /// Its type.
    pub kind: Type,
    /// Whether an object without it is refused.
    pub required: Option<bool>,
    /// Whether it only comes in responses.
    pub read_only: Option<bool>,
    /// Its default as JSON; `None` inside for none.
    pub default: Option<Option<String>>,
    /// Which values are in range.
    pub limits: Limits,
    /// Not to be used in new code.
    pub deprecated: Option<bool>,
    /// What it means.
    pub text: Option<String>,
}

/// The type of a value on the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Type {
    /// Text, perhaps of an enumeration.
    Text(Values),
    /// A whole number.
    Integer,
    /// A number.
    Number,
    /// True or false.
    Boolean,
    /// A point in time.
    DateTime,
    /// A day.
    Date,
    /// Bytes.
    File,
    /// Any JSON.
    Any,
    /// Many of one type.
    List(Box<Type>),
    /// Values of one type by name.
    Map(Box<Type>),
    /// A model.
    Model(String),
    /// What no other kind covers, as the source calls it.
    Other(String),
}

impl Type {
    /// Text of which it is not known whether it is of an enumeration.
    pub const TEXT: Type = Type::Text(Values::Unknown);

    /// Whether any object or any JSON is allowed here. A source that has one word for both cannot tell them apart.
    pub fn is_free(&self) -> bool {
        match self {
            Type::Any => true,
            Type::Map(values) => values.is_free(),
            _ => false,
        }
    }

    /// The model at its core.
    pub fn model(&self) -> Option<&str> {
        match self {
            Type::Model(name) => Some(name),
            Type::List(inner) | Type::Map(inner) => inner.model(),
            _ => None,
        }
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Type::Text(_) => f.write_str("string"),
            Type::Integer => f.write_str("integer"),
            Type::Number => f.write_str("number"),
            Type::Boolean => f.write_str("boolean"),
            Type::DateTime => f.write_str("date-time"),
            Type::Date => f.write_str("date"),
            Type::File => f.write_str("file"),
            Type::Any => f.write_str("any JSON"),
            Type::List(inner) => write!(f, "list of {inner}"),
            Type::Map(inner) => write!(f, "map of {inner}"),
            Type::Model(name) | Type::Other(name) => f.write_str(name),
        }
    }
}

/// The values of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Values {
    /// The source does not say.
    Unknown,
    /// Any text.
    Open,
    /// These.
    Listed(BTreeSet<String>),
}

/// Names in a row.
pub fn list(names: &BTreeSet<String>) -> String {
    names.iter().map(String::as_str).collect::<Vec<_>>().join(", ")
}

/// An operation's name, in the spelling that all sides share.
pub fn operation_name(id: &str) -> String {
    names::snake(id)
}

/// A text with each run of white space as one space; wrapping makes no difference.
pub fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_ignores_the_names_of_path_parameters() {
        assert_eq!(Key::new("get", "/users/{userId}/queues/{id}"), Key::new("GET", "/users/{id}/queues/{queueId}"));
        assert_ne!(Key::new("GET", "/users/{userId}"), Key::new("GET", "/users/me"));
        assert_eq!(Key::new("GET", "/odd/{unclosed").path, "/odd/{unclosed");
    }

    #[test]
    fn a_map_of_anything_is_as_free_as_any_json() {
        assert!(Type::Map(Box::new(Type::Any)).is_free() && Type::Any.is_free());
        assert!(!Type::Map(Box::new(Type::Integer)).is_free() && !Type::List(Box::new(Type::Any)).is_free());
    }
}
