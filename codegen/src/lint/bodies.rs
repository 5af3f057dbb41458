//! Request bodies: one media type each, and forms that a builder can take field by field.

use super::node::{FORMS, Linter, Node, Operation};
use super::suggest;
use crate::names;

const RAW: [&str; 4] = ["application/octet-stream", "application/xml", "text/csv", "text/plain"];

pub fn check(linter: &mut Linter<'_>) {
    for operation in linter.operations() {
        let Some(body) = operation.node.get("requestBody").filter(|body| body.value.is_object()) else { continue };
        if matches!(operation.method, "get" | "delete") {
            let message = format!("a {} with a body", operation.method.to_uppercase());
            linter.report_key(&body, message, "send parameters in the query, or make the operation a POST");
        }
        let Some(content) = body.get("content").filter(|content| content.value.is_object()) else { continue };
        let entries = content.entries();
        if entries.len() != 1 {
            let message = format!("a request body of {} media types", entries.len());
            linter.report(&content, message, "write exactly one media type");
        }
        for (media_type, media) in entries {
            let Some(schema) = media.get("schema").filter(|schema| schema.value.is_object()) else { continue };
            match media_type {
                "application/json" => json(linter, &schema),
                _ if FORMS.contains(&media_type) => form(linter, &operation, media_type, &schema),
                _ if RAW.contains(&media_type) => raw(linter, media_type, &schema),
                _ => {
                    let known = || ["application/json"].into_iter().chain(FORMS).chain(RAW);
                    let otherwise = format!("write one of {}", suggest::list(known()));
                    let help = suggest::help(media_type, known(), otherwise);
                    linter.report_key(&media, format!("request bodies of `{media_type}` are not supported"), help);
                }
            }
        }
    }
}

fn json<'a>(linter: &mut Linter<'a>, schema: &Node<'a>) {
    let named = schema.has("$ref");
    let list = schema.text("type") == Some("array");
    if !named && !list {
        let help = "make the body a component and `$ref` it, or write an array";
        linter.report(schema, "a JSON body without a name", help);
    }
    if let Some(items) = schema.get("items").filter(|_| list)
        && matches!(items.text("type"), None | Some("object" | "array"))
        && !items.has("$ref")
    {
        linter.report(&items, "elements of a JSON body without a name", "make them a component and `$ref` it");
    }
}

fn raw<'a>(linter: &mut Linter<'a>, media_type: &str, schema: &Node<'a>) {
    let resolved = linter.schema(schema);
    let unknown = schema.has("$ref") && resolved.has("$ref");
    let plain = resolved.text("type") == Some("string")
        && matches!(resolved.text("format"), None | Some("binary"))
        && !resolved.has("enum")
        && !resolved.flag("nullable")
        && !resolved.has("default");
    if !plain && !unknown {
        let message = format!("a body of `{media_type}` that is more than text or bytes");
        linter.report(schema, message, "write `type: string`, with `format: binary` for bytes");
    }
}

fn form<'a>(linter: &mut Linter<'a>, operation: &Operation<'a>, media_type: &str, schema: &Node<'a>) {
    let expected = operation.node.text("operationId").map(|id| format!("{}Form", names::pascal(id)));
    let help = match &expected {
        Some(name) => format!("make it an object component `{name}` and `$ref` it"),
        None => "make it an object component and `$ref` it".to_owned(),
    };
    if !schema.has("$ref") {
        linter.report(schema, "a form without a name", help);
        return;
    }
    let Some(name) = linter.target(schema, "schemas") else { return };
    if expected.as_deref().is_some_and(|expected| expected != name) {
        linter.report(schema, format!("the form is called `{name}`"), help);
    }
    let form = linter.schema(schema);
    if form.text("type") != Some("object") || !form.has("properties") {
        linter.report(
            schema,
            format!("the form `{name}` is not an object with properties"),
            "list its fields under `properties`",
        );
        return;
    }
    if let Some(further) = form.get("additionalProperties") {
        linter.report_key(
            &further,
            format!("further fields of the form `{name}`"),
            "list every field under `properties`",
        );
    }
    for (field, property) in form.entries_of("properties") {
        self::field(linter, &property, field, media_type);
    }
}

fn field<'a>(linter: &mut Linter<'a>, property: &Node<'a>, name: &str, media_type: &str) {
    let resolved = linter.schema(property);
    if property.flag("nullable") || resolved.flag("nullable") {
        let help = "delete `nullable`; a form sends no null, leave the field out instead";
        linter.report(property, format!("the form field `{name}` is nullable"), help);
    }
    let items = (resolved.text("type") == Some("array")).then(|| resolved.get("items")).flatten();
    let element = items.map_or(resolved, |items| linter.schema(&items));
    match element.text("type") {
        Some("string" | "integer" | "number" | "boolean") => {
            if element.text("format") == Some("binary") && media_type != "multipart/form-data" {
                let help = "send the form as `multipart/form-data`";
                linter.report(property, format!("the form field `{name}` is a file"), help);
            }
        }
        None if element.has("$ref") || element.has("allOf") => {}
        _ => {
            let help = "write text, a number, a boolean, a file, a `$ref` to an enumeration, or a list of these";
            linter.report(property, format!("the form field `{name}` is not a plain value"), help);
        }
    }
}
