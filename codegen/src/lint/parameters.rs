//! Parameters: where they travel, what they may hold, and names that would meet in a builder.

use std::collections::BTreeMap;

use super::node::{Linter, Node, Operation};
use crate::names;

/// Headers that the transport sets.
const HEADERS: [&str; 7] =
    ["accept", "authorization", "content-type", "content-length", "cookie", "host", "user-agent"];

/// What a builder has besides a setter for each parameter.
const RESERVED: [&str; 9] = ["body", "body_map", "call_options", "client", "items", "new", "options", "pager", "send"];

pub fn check(linter: &mut Linter<'_>) {
    for (name, parameter) in linter.components("parameters") {
        if !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')) {
            let help = "write letters, digits, `-` and `_`";
            linter.report_key(&parameter, format!("`{name}` is not a valid name for a component"), help);
        }
        one(linter, &parameter);
    }
    for (_, item) in linter.root().entries_of("paths") {
        for parameter in item.items_of("parameters") {
            one(linter, &parameter);
        }
    }
    for operation in linter.operations() {
        for parameter in operation.node.items_of("parameters") {
            one(linter, &parameter);
        }
        collisions(linter, &operation);
    }
}

/// Checks a parameter where it is written out.
fn one<'a>(linter: &mut Linter<'a>, parameter: &Node<'a>) {
    let (Some(name), Some(location)) = (parameter.text("name"), parameter.text("in")) else { return };
    let required = parameter.flag("required");
    if location == "path" && !required {
        linter.report(parameter, format!("the path parameter `{name}` is not required"), "write `required: true`");
    }
    if location == "header" && HEADERS.contains(&name.to_lowercase().as_str()) {
        let help = "delete it; the client sets this header by itself";
        linter.report(parameter, format!("the header `{name}` as a parameter"), help);
    }
    if !name.contains(|c: char| c.is_ascii_alphanumeric()) {
        linter.report(parameter, format!("the parameter `{name}` has no letter"), "write the name on the wire");
    }
    let token = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    if location == "header" && !name.bytes().all(token) {
        linter.report(parameter, format!("`{name}` is not a header"), "write letters, digits and hyphens");
    }
    let Some(schema) = parameter.get("schema").filter(|schema| schema.value.is_object()) else { return };
    style(linter, parameter, location, linter.schema_type(&schema) == Some("array"));
    content(linter, &schema, name, location);
    if schema.has("default") && location == "path" {
        let message = format!("the path parameter `{name}` has a default");
        linter.report(&schema, message, "delete the default; a path needs every parameter");
    }
}

fn style(linter: &mut Linter<'_>, parameter: &Node<'_>, location: &str, list: bool) {
    let expected = if location == "query" { "form" } else { "simple" };
    if let (Some(node), Some(style)) = (parameter.get("style"), parameter.text("style"))
        && style != expected
    {
        let message = format!("style `{style}` of a {location} parameter is not supported");
        linter.report(&node, message, format!("write `style: {expected}`"));
    }
    let explode = parameter.get("explode");
    if location == "query" && list {
        if parameter.text("style").is_none() || !parameter.flag("explode") {
            let help = "write `style: form` and `explode: true`: the key is repeated for each value";
            linter.report(parameter, "a list in the query does not say how it travels", help);
        }
    } else if let Some(explode) = explode {
        linter.report_key(&explode, "`explode` says something about lists in the query only", "delete it");
    }
}

/// A parameter is a text, a number, a boolean, a value of an enumeration, or a list of these in the query.
fn content<'a>(linter: &mut Linter<'a>, schema: &Node<'a>, name: &str, location: &str) {
    let resolved = linter.schema(schema);
    let help = "write text, a number, a boolean, a `$ref` to an enumeration, or a list of these in the query";
    if schema.flag("nullable") || resolved.flag("nullable") {
        linter.report(
            schema,
            format!("the parameter `{name}` is nullable"),
            "delete `nullable`; leave the parameter out instead",
        );
    }
    match resolved.text("type") {
        Some("array") if location != "query" => {
            linter.report(schema, format!("the {location} parameter `{name}` is a list"), help);
        }
        Some("array") => {
            if let Some(items) = resolved.get("items")
                && let Some(kind @ ("array" | "object")) = linter.schema_type(&items)
            {
                linter.report(&items, format!("the parameter `{name}` is a list of {kind}s"), help);
            }
        }
        Some("object") => linter.report(schema, format!("the parameter `{name}` is an object"), help),
        Some(_) if resolved.text("format") == Some("binary") => {
            linter.report(schema, format!("the parameter `{name}` is a file"), "put the file into a multipart form");
        }
        None if !resolved.has("$ref") && !resolved.has("allOf") => {
            linter.report(schema, format!("the parameter `{name}` has no type"), help);
        }
        _ => {}
    }
}

/// Parameters and form fields of one operation become setters of one builder.
fn collisions(linter: &mut Linter<'_>, operation: &Operation<'_>) {
    let mut seen: BTreeMap<String, &str> = BTreeMap::new();
    let mut fields = Vec::new();
    for parameter in linter.parameters(operation) {
        if let Some(name) = parameter.node.text("name") {
            fields.push((name, parameter.site.get("name").unwrap_or(parameter.site)));
        }
    }
    if let Some(form) = linter.form(operation) {
        fields.extend(form.entries_of("properties"));
    }
    for (name, site) in fields {
        let snake = names::snake(name);
        if RESERVED.contains(&snake.as_str()) || snake.starts_with("send_") {
            let message = format!("the parameter `{name}` is `{snake}` in Rust, which every builder has");
            linter.report_key(
                &site,
                message,
                "teach `codegen/src/names.rs` another name for it; the name on the wire stays",
            );
        }
        if let Some(first) = seen.insert(snake.clone(), name) {
            let message = match first == name {
                true => format!("`{}` has two parameters `{name}`", operation.name()),
                false => format!(
                    "the parameters `{first}` and `{name}` of `{}` are both `{snake}` in Rust",
                    operation.name()
                ),
            };
            linter.report_key(&site, message, "keep one of them; a parameter of the path holds for all its operations");
        }
    }
}
