//! Which keys there are, what type each has, and where a `$ref` is allowed.

use serde_json::Value;

use super::grammar::{self, Expected, Key, Object};
use super::node::{Linter, Node};
use super::{references, suggest};

/// Checks the whole document against the grammar.
pub fn check(linter: &mut Linter<'_>) {
    let root = linter.root();
    value(linter, &root, &Expected::Object(&grammar::DOCUMENT), "the document");
}

fn value<'a>(linter: &mut Linter<'a>, node: &Node<'a>, shape: &Expected, name: &str) {
    match (shape, node.value) {
        (Expected::Anything, _)
        | (Expected::Flag, Value::Bool(_))
        | (Expected::True | Expected::TrueOr(_), Value::Bool(true))
        | (Expected::FlagOr(_), Value::Bool(_)) => {}
        (Expected::Text | Expected::OneOf(_), Value::String(text)) if text.trim().is_empty() => {
            linter.report(node, format!("{name} is empty"), format!("write {}", shape.describe()));
        }
        (Expected::Text | Expected::Label, Value::String(_)) => {}
        (Expected::Prose, Value::String(_)) => prose(linter, node),
        (Expected::Summary, Value::String(_)) => summary(linter, node),
        (Expected::Integer, Value::Number(number)) if number.is_i64() => {}
        (Expected::Count, Value::Number(number)) if number.is_u64() => {}
        (Expected::OneOf(allowed), Value::String(text)) => {
            if !allowed.contains(&text.as_str()) {
                let otherwise = format!("write one of {}", suggest::list(allowed.iter().copied()));
                let help = suggest::help(text, allowed.iter().copied(), otherwise);
                linter.report(node, format!("{name} cannot be `{text}`"), help);
            }
        }
        (Expected::List(inner), Value::Array(_)) => {
            for item in node.items() {
                value(linter, &item, inner, &format!("an element of {name}"));
            }
        }
        (Expected::Map(inner), Value::Object(_)) => {
            for (key, entry) in node.entries() {
                value(linter, &entry, inner, &format!("`{key}`"));
            }
        }
        (Expected::Object(grammar), Value::Object(_)) => object(linter, node, grammar, None),
        (Expected::Reference(section, grammar), Value::Object(_)) => object(linter, node, grammar, Some(section)),
        (Expected::Schema, Value::Object(_)) => object(linter, node, &grammar::SCHEMA, Some("schemas")),
        (Expected::FlagOr(inner) | Expected::TrueOr(inner), Value::Object(_)) => value(linter, node, inner, name),
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

/// Longest summary, in characters.
const SUMMARY: usize = 100;

/// Holds a description to the rules for prose.
fn prose(linter: &mut Linter<'_>, node: &Node<'_>) {
    let Some(text) = node.value.as_str() else { return };
    if text.trim().is_empty() {
        linter.report(node, "the text is empty", "say what it means, or leave the key out where it is optional");
        return;
    }
    if text.matches('`').count() % 2 != 0 {
        linter.report(node, "a backtick without its partner", "put code between two backticks");
        return;
    }
    let outside: Vec<&str> = text.split('`').step_by(2).collect();
    for (forbidden, name, help) in [
        ("<", "an angle bracket", "put code in backticks, and write no HTML"),
        (">", "an angle bracket", "put code in backticks, and write no HTML"),
        ("[", "a square bracket", "put code in backticks; rustdoc takes brackets for a link"),
        ("]", "a square bracket", "put code in backticks; rustdoc takes brackets for a link"),
        ("http://", "a bare URL", "put the URL in backticks"),
        ("https://", "a bare URL", "put the URL in backticks"),
    ] {
        if outside.iter().any(|part| part.contains(forbidden)) {
            linter.report(node, format!("{name} outside of backticks"), help);
        }
    }
}

/// Holds a summary to the rules for prose, and to one short line without a period.
fn summary(linter: &mut Linter<'_>, node: &Node<'_>) {
    prose(linter, node);
    let Some(text) = node.value.as_str() else { return };
    if text.trim_end().ends_with('.') {
        linter.report(node, "a summary ends with a period", "delete the period");
    }
    if text.contains('\n') {
        linter.report(node, "a summary of more than one line", "write one line, and the rest into `description`");
    }
    if text.chars().count() > SUMMARY {
        let message = format!("a summary of more than {SUMMARY} characters");
        linter.report(node, message, "shorten it, and move the rest into `description`");
    }
}
