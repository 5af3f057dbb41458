//! Defaults: of the right type, among the values, within the limits.

use serde_json::Value;

use super::node::{Linter, Node};
use super::suggest;

pub fn check(linter: &mut Linter<'_>) {
    let root = linter.root();
    let mut found = Vec::new();
    if let Some(components) = root.get("components") {
        collect(&components, &mut found);
    }
    if let Some(paths) = root.get("paths") {
        collect(&paths, &mut found);
    }
    for schema in found {
        if let Some(default) = schema.get("default") {
            fits(linter, &schema, &default);
        }
    }
}

/// Every mapping that looks like a schema with a default. Only schemas have a `default` beside a type.
fn collect<'a>(node: &Node<'a>, found: &mut Vec<Node<'a>>) {
    if node.has("default") && (node.has("type") || node.has("allOf")) {
        found.push(node.clone());
    }
    // The columns of `x-csv` have types of their own, and an example is not a schema.
    for (_, entry) in node.entries().into_iter().filter(|(key, _)| !["x-csv", "x-example"].contains(key)) {
        collect(&entry, found);
    }
    for item in node.items() {
        collect(&item, found);
    }
}

fn fits<'a>(linter: &mut Linter<'a>, schema: &Node<'a>, default: &Node<'a>) {
    let resolved = linter.schema(schema);
    let kind = resolved.text("type");
    let right = match (kind, default.value) {
        (Some("array"), Value::Array(_)) => {
            if let Some(items) = resolved.get("items") {
                for element in default.items() {
                    fits(linter, &items, &element);
                }
            }
            true
        }
        (Some("string"), Value::String(_)) => resolved.text("format") != Some("binary"),
        (Some("integer"), value) => value.is_i64(),
        (Some("number"), value) => value.is_number(),
        (Some("boolean"), value) => value.is_boolean(),
        (None, _) => return,
        _ => false,
    };
    if !right {
        let message = format!("the default `{}` is not of the type of its schema", default.value);
        linter.report(
            default,
            message,
            "correct the default or the type; describe a default that is not a value in words",
        );
        return;
    }
    let values = resolved.texts_of("enum");
    if let Some(text) = default.value.as_str().filter(|text| !values.is_empty() && !values.contains(text)) {
        let otherwise =
            format!("write one of {}, or add the default to the values", suggest::list(values.iter().copied()));
        let help = suggest::help(text, values.iter().copied(), otherwise);
        linter.report(default, format!("the default `{text}` is not a value of the enumeration"), help);
    }
    let bound = |key: &str| resolved.get(key).and_then(|bound| bound.value.as_f64());
    if let Some(number) = default.value.as_f64()
        && (bound("minimum").is_some_and(|least| number < least) || bound("maximum").is_some_and(|most| number > most))
    {
        linter.report(default, format!("the default `{number}` is out of bounds"), "correct the default or the bounds");
    }
    let length = default.value.as_str().map(|text| text.chars().count() as u64);
    if let (Some(length), Some(most)) = (length, resolved.get("maxLength").and_then(|most| most.value.as_u64()))
        && length > most
    {
        linter.report(default, "the default is longer than `maxLength`", "correct the default or the limit");
    }
}
