//! `$ref`: where it may lead, which components nothing leads to, and which types contain themselves.

use std::collections::{BTreeMap, BTreeSet};

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

/// Reports parameters and responses that no operation uses. Unused schemas are allowed: they become types.
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

/// Reports types that contain themselves through required properties: a value of such a type would be infinite.
pub fn recursion(linter: &mut Linter<'_>) {
    let mut edges: BTreeMap<&str, Vec<(&str, Node<'_>)>> = BTreeMap::new();
    for (name, schema) in linter.components("schemas") {
        let required = schema.texts_of("required");
        let held = schema.entries_of("properties").into_iter().filter(|(property, _)| required.contains(property));
        let held = held.filter(|(_, schema)| !schema.flag("nullable"));
        let held = held.filter_map(|(_, schema)| Some((linter.schema_target(&schema)?, schema)));
        edges.insert(name, held.collect());
    }
    for (name, held) in &edges {
        for (target, property) in held {
            if reaches(&edges, target, name) {
                let message = match target == name {
                    true => format!("every `{name}` holds another `{target}`, without end"),
                    false => format!("every `{name}` holds a `{target}`, which holds a `{name}`, without end"),
                };
                linter.report(property, message, "take the property off `required`, or make it nullable");
            }
        }
    }
}

fn reaches(edges: &BTreeMap<&str, Vec<(&str, Node<'_>)>>, from: &str, to: &str) -> bool {
    let mut seen = BTreeSet::new();
    let mut open = vec![from];
    while let Some(name) = open.pop() {
        if name == to {
            return true;
        }
        if seen.insert(name) {
            open.extend(edges.get(name).into_iter().flatten().map(|(target, _)| *target));
        }
    }
    false
}
