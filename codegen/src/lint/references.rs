//! `$ref`: where it may lead, and which components nothing leads to.

use std::collections::BTreeSet;

use serde_json::Value;

use super::node::{Linter, Node};
use super::suggest;

/// Checks one `$ref` that must lead to a component of a section.
pub fn reference<'a>(linter: &mut Linter<'a>, parent: &Node<'a>, reference: &Node<'a>, section: &str) {
    for (key, sibling) in parent.entries().into_iter().filter(|(key, _)| *key != "$ref") {
        let help = match section {
            "schemas" => format!("write `allOf` with the `$ref` as its only element, and `{key}` beside it"),
            _ => format!("delete `{key}`; a `$ref` stands alone"),
        };
        linter.report_key(&sibling, format!("`{key}` beside a `$ref`, where it is ignored"), help);
    }
    let example = format!("write `#/components/{section}/` and a name");
    let Some(text) = reference.value.as_str() else {
        linter.report(reference, "a `$ref` that is not text", example);
        return;
    };
    let Some((found, name)) = text.strip_prefix("#/components/").and_then(|rest| rest.split_once('/')) else {
        let message = match text.starts_with('#') {
            true => format!("`{text}` does not lead to a component"),
            false => format!("`{text}` leads out of the file"),
        };
        linter.report(reference, message, example);
        return;
    };
    if found != section {
        linter.report(reference, format!("`{text}` leads to `{found}` where `{section}` are expected"), example);
    } else if linter.component(section, name).is_none() {
        let names = linter.components(section).into_iter().map(|(name, _)| name);
        let help = match suggest::nearest(name, names) {
            Some(nearest) => format!("write `#/components/{section}/{nearest}`"),
            None => format!("add `{name}` to `components/{section}`"),
        };
        linter.report(reference, format!("`{text}` leads to nothing"), help);
    }
}

/// Reports parameters and answers that no operation uses. Unused schemas are allowed: they become types.
pub fn check(linter: &mut Linter<'_>) {
    let mut used = BTreeSet::new();
    collect(linter.root().value, &mut used);
    for section in ["parameters", "responses"] {
        for (name, component) in linter.components(section) {
            if !used.contains(format!("#/components/{section}/{name}").as_str()) {
                let message = format!("`{name}` is used by nothing");
                linter.report_key(&component, message, "delete it, or `$ref` it where it was meant to be used");
            }
        }
    }
}

fn collect<'a>(value: &'a Value, used: &mut BTreeSet<&'a str>) {
    match value {
        Value::Array(list) => list.iter().for_each(|value| collect(value, used)),
        Value::Object(map) => {
            for (key, value) in map {
                match value.as_str() {
                    Some(text) if key == "$ref" => {
                        used.insert(text);
                    }
                    _ => collect(value, used),
                }
            }
        }
        _ => {}
    }
}
