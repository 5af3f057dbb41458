//! Which keys there are, what type each has, and where a `$ref` may stand.

use serde_json::Value;

use super::grammar::{self, Key, Object, Shape};
use super::node::{Linter, Node};
use super::{references, suggest, text};

/// Checks the whole document against the grammar.
pub fn check(linter: &mut Linter<'_>) {
    let root = linter.root();
    value(linter, &root, &Shape::Object(&grammar::DOCUMENT), "the document");
}

fn value<'a>(linter: &mut Linter<'a>, node: &Node<'a>, shape: &Shape, name: &str) {
    match (shape, node.value) {
        (Shape::Anything, _)
        | (Shape::Flag, Value::Bool(_))
        | (Shape::True, Value::Bool(true))
        | (Shape::FlagOr(_), Value::Bool(_)) => {}
        (Shape::Text | Shape::OneOf(_), Value::String(text)) if text.trim().is_empty() => {
            linter.report(node, format!("{name} is empty"), format!("write {}", shape.describe()));
        }
        (Shape::Text | Shape::Label, Value::String(_)) => {}
        (Shape::Prose, Value::String(_)) => text::prose(linter, node),
        (Shape::Summary, Value::String(_)) => text::summary(linter, node),
        (Shape::Integer, Value::Number(number)) if number.is_i64() => {}
        (Shape::Count, Value::Number(number)) if number.is_u64() => {}
        (Shape::OneOf(allowed), Value::String(text)) => {
            if !allowed.contains(&text.as_str()) {
                let otherwise = format!("write one of {}", suggest::list(allowed.iter().copied()));
                let help = suggest::help(text, allowed.iter().copied(), otherwise);
                linter.report(node, format!("{name} cannot be `{text}`"), help);
            }
        }
        (Shape::List(inner), Value::Array(_)) => {
            for item in node.items() {
                value(linter, &item, inner, &format!("an element of {name}"));
            }
        }
        (Shape::Map(inner), Value::Object(_)) => {
            for (key, entry) in node.entries() {
                value(linter, &entry, inner, &format!("`{key}`"));
            }
        }
        (Shape::Object(grammar), Value::Object(_)) => object(linter, node, grammar, None),
        (Shape::Reference(section, grammar), Value::Object(_)) => object(linter, node, grammar, Some(section)),
        (Shape::Schema, Value::Object(_)) => object(linter, node, &grammar::SCHEMA, Some("schemas")),
        (Shape::FlagOr(inner), Value::Object(_)) => value(linter, node, inner, name),
        (_, found) => {
            let message = format!("{name} is {}", describe(found));
            linter.report(node, message, format!("write {}", shape.describe()));
        }
    }
}

fn object<'a>(linter: &mut Linter<'a>, node: &Node<'a>, grammar: &Object, section: Option<&str>) {
    if let Some(reference) = node.get("$ref") {
        match section {
            Some(section) => references::reference(linter, node, &reference, section),
            None => {
                let help = format!("write {} out in this place", grammar.name);
                linter.report_key(&reference, format!("a `$ref` in place of {}", grammar.name), help);
            }
        }
        return;
    }
    for (key, entry) in node.entries() {
        match grammar.keys.iter().find(|known| known.name == key) {
            Some(known) => value(linter, &entry, &known.shape, &format!("`{key}`")),
            None => unknown(linter, &entry, key, grammar),
        }
    }
    for Key { name, missing, .. } in grammar.keys {
        if let Some(help) = missing.filter(|_| !node.has(name)) {
            linter.report(node, format!("`{name}` is missing"), help);
        }
    }
}

fn unknown(linter: &mut Linter<'_>, entry: &Node<'_>, key: &str, grammar: &Object) {
    if let Some((_, help)) = grammar.refused.iter().find(|(refused, _)| *refused == key) {
        linter.report_key(entry, format!("`{key}` is not supported"), *help);
        return;
    }
    let known = || grammar.keys.iter().map(|known| known.name);
    let otherwise = format!("delete it; there are {}", suggest::list(known()));
    let help = suggest::help(key, known(), otherwise);
    linter.report_key(entry, format!("`{key}` is not a key of {}", grammar.name), help);
}

fn describe(value: &Value) -> &'static str {
    match value {
        Value::Null => "empty",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "a mapping",
    }
}
