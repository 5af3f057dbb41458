//! Schemas: what types there are, and what a type may say about itself.

use std::collections::BTreeMap;

use super::grammar::WRITE_PROVENANCE;
use super::node::{Linter, Node};
use super::suggest;
use crate::names;

/// Where a schema is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Site {
    Component,
    Property,
    /// A parameter, an element, a map's value, a body.
    Elsewhere,
}

/// Keywords that any type may have.
const GENERAL: [&str; 6] = ["x-provenance", "type", "description", "nullable", "deprecated", "readOnly"];

/// Keywords beside a single `allOf`.
const BESIDE_ALL_OF: [&str; 7] =
    ["x-provenance", "allOf", "description", "default", "nullable", "deprecated", "readOnly"];

/// The variant for values that the spec does not know.
const CATCH_ALL: &str = "Unrecognized";

pub fn check(linter: &mut Linter<'_>) {
    for (name, schema) in linter.components("schemas") {
        component(linter, name, &schema);
        walk(linter, &schema, Site::Component);
    }
    for (_, parameter) in linter.components("parameters") {
        elsewhere(linter, parameter.get("schema"));
    }
    for (_, response) in linter.components("responses") {
        content(linter, &response);
    }
    for (_, item) in linter.root().entries_of("paths") {
        for parameter in item.items_of("parameters") {
            elsewhere(linter, parameter.get("schema"));
        }
    }
    for operation in linter.operations() {
        for parameter in operation.node.items_of("parameters") {
            elsewhere(linter, parameter.get("schema"));
        }
        if let Some(body) = operation.node.get("requestBody") {
            content(linter, &body);
        }
        for (_, response) in operation.node.entries_of("responses") {
            content(linter, &response);
        }
    }
}

fn content<'a>(linter: &mut Linter<'a>, body: &Node<'a>) {
    for (_, media) in body.entries_of("content") {
        elsewhere(linter, media.get("schema"));
    }
}

fn elsewhere<'a>(linter: &mut Linter<'a>, schema: Option<Node<'a>>) {
    if let Some(schema) = schema {
        walk(linter, &schema, Site::Elsewhere);
    }
}

/// A component is an object with properties, or an enumeration.
fn component(linter: &mut Linter<'_>, name: &str, schema: &Node<'_>) {
    if !schema.value.is_object() {
        return;
    }
    if !schema.has("$ref") && !schema.has("x-provenance") {
        linter.report(schema, "`x-provenance` is missing", WRITE_PROVENANCE);
    }
    if !schema.has("$ref") && !schema.has("description") {
        linter.report(schema, "`description` is missing", "say what the type means");
    }
    let properties = schema.entries_of("properties");
    if schema.has("enum") || (schema.text("type") == Some("object") && !properties.is_empty()) {
        return;
    }
    let message = format!("the component `{name}` is neither an object with properties nor an enumeration");
    linter.report(schema, message, "write the type where it is used");
}

/// Checks a schema and the schemas in it.
fn walk<'a>(linter: &mut Linter<'a>, schema: &Node<'a>, site: Site) {
    if !schema.value.is_object() || schema.has("$ref") {
        return;
    }
    xml(linter, schema, site);
    if let Some(read_only) = schema.get("readOnly").filter(|_| site != Site::Property) {
        linter.report_key(&read_only, "`readOnly` beside something else than a property", "write it on the property");
    }
    if schema.has("allOf") {
        all_of(linter, schema);
    } else if schema.has("enum") {
        enumeration(linter, schema, site);
    } else {
        typed(linter, schema, site);
    }
    for (name, property) in schema.entries_of("properties") {
        describe(linter, name, &property);
        walk(linter, &property, Site::Property);
    }
    for key in ["items", "additionalProperties"] {
        elsewhere(linter, schema.get(key));
    }
}

/// Only what reading needs is said about XML: the name of a root element, and which properties are attributes.
fn xml(linter: &mut Linter<'_>, schema: &Node<'_>, site: Site) {
    let Some(xml) = schema.get("xml").filter(|xml| xml.value.is_object()) else { return };
    if let Some(name) = xml.get("name").filter(|_| site != Site::Component) {
        linter.report_key(
            &name,
            "`xml.name` beside something else than a component",
            "name the property as the element",
        );
    }
    let is_text = matches!(schema.text("type"), Some("string" | "integer" | "number" | "boolean"));
    if let Some(attribute) = xml.get("attribute").filter(|_| site != Site::Property || !is_text) {
        let help = "delete it: an attribute is a property that is text, a number or a boolean";
        linter.report_key(&attribute, "`xml.attribute` where no attribute can be", help);
    }
    let is_object = schema.text("type") == Some("object");
    if let Some(empty) = xml.get("empty").filter(|_| site != Site::Component || !is_object) {
        let help = "delete it: an element that says something although it is empty is a component of type object";
        linter.report_key(&empty, "`xml.empty` on something else than an object", help);
    }
}

fn all_of<'a>(linter: &mut Linter<'a>, schema: &Node<'a>) {
    let Some(list) = schema.get("allOf").filter(|list| list.value.is_array()) else { return };
    let elements = list.items();
    if elements.len() != 1 {
        let message = format!("`allOf` of {} schemas", elements.len());
        linter.report(
            &list,
            message,
            "write exactly one `$ref` under `allOf`, or list all properties in one component",
        );
    }
    for element in elements.iter().filter(|element| element.value.is_object() && !element.has("$ref")) {
        linter.report(element, "a schema under `allOf`", "write exactly one `$ref` under `allOf`");
    }
    for (key, entry) in schema.entries() {
        if !BESIDE_ALL_OF.contains(&key) {
            let help = "write it into the component that the `$ref` leads to";
            linter.report_key(&entry, format!("`{key}` beside `allOf`"), help);
        }
    }
}

fn enumeration(linter: &mut Linter<'_>, schema: &Node<'_>, site: Site) {
    if site != Site::Component {
        let help = "make it a component and `$ref` it: an inline one is given a name that may belong to a model";
        linter.report(schema, "an enumeration in place", help);
    }
    if schema.text("type") != Some("string") {
        linter.report(
            schema,
            "an enumeration that is not text",
            "write `type: string`, and the values in quotation marks",
        );
    }
    for (key, entry) in schema.entries() {
        if !["x-provenance", "type", "description", "deprecated", "enum"].contains(&key) {
            let help = "delete it here, and write it where the enumeration is used if it belongs there";
            linter.report_key(&entry, format!("`{key}` says nothing about an enumeration"), help);
        }
    }
}

fn typed<'a>(linter: &mut Linter<'a>, schema: &Node<'a>, site: Site) {
    let Some(kind) = schema.text("type") else {
        if !schema.has("type") {
            untyped(linter, schema, site);
        }
        return;
    };
    let (keywords, formats): (&[&str], &[&str]) = match kind {
        "string" => {
            (&["default", "format", "maxLength"], &["date", "date-time", "decimal", "uuid", "password", "binary"])
        }
        "integer" => (&["default", "format", "minimum", "maximum"], &["int64"]),
        "number" => (&["default", "format", "minimum", "maximum"], &["double"]),
        "boolean" => (&["default"], &[]),
        "array" => (&["default", "items", "minItems", "maxItems"], &[]),
        "object" => (&["properties", "required", "additionalProperties"], &[]),
        _ => return,
    };
    for (key, entry) in schema.entries() {
        let known = GENERAL.contains(&key) || keywords.contains(&key);
        if !known && IMPLIES.iter().any(|(keyword, _)| *keyword == key) {
            linter.report_key(
                &entry,
                format!("`{key}` says nothing about type {kind}"),
                "delete it, or correct the type",
            );
        }
    }
    format(linter, schema, kind, formats);
    for (low, high) in [("minimum", "maximum"), ("minItems", "maxItems")] {
        let bound = |key| schema.get(key).and_then(|node| node.value.as_i64());
        if let (Some(least), Some(most), Some(node)) = (bound(low), bound(high), schema.get(low))
            && least > most
        {
            let message = format!("`{low}` {least} is more than `{high}` {most}");
            linter.report(&node, message, "swap them, or correct one");
        }
    }
    match kind {
        "array" if !schema.has("items") => {
            linter.report(
                schema,
                "an array without `items`",
                "write the type of the elements under `items`, or `items: {}`",
            );
        }
        "object" => object(linter, schema, site),
        _ => {}
    }
}

fn format(linter: &mut Linter<'_>, schema: &Node<'_>, kind: &str, allowed: &[&str]) {
    let needed = match kind {
        "integer" => Some("int64"),
        "number" => Some("double"),
        _ => None,
    };
    match (schema.get("format"), schema.text("format"), needed) {
        (None, _, Some(needed)) => {
            linter.report(schema, format!("type {kind} without a format"), format!("write `format: {needed}`"));
        }
        (Some(node), Some(format), _) if !allowed.is_empty() && !allowed.contains(&format) => {
            let otherwise = format!("write one of {}", suggest::list(allowed.iter().copied()));
            let help = suggest::help(format, allowed.iter().copied(), otherwise);
            linter.report(&node, format!("type {kind} has no format `{format}`"), help);
        }
        _ => {}
    }
}

/// Types that keywords imply.
const IMPLIES: [(&str, &str); 10] = [
    ("properties", "object"),
    ("required", "object"),
    ("additionalProperties", "object"),
    ("items", "array"),
    ("minItems", "array"),
    ("maxItems", "array"),
    ("maxLength", "string"),
    ("minimum", "integer"),
    ("maximum", "integer"),
    ("format", "string"),
];

/// A schema without a type is free-form JSON, and says nothing but what it means.
fn untyped(linter: &mut Linter<'_>, schema: &Node<'_>, site: Site) {
    if let Some((keyword, kind)) = IMPLIES.iter().find(|(keyword, _)| schema.has(keyword)) {
        linter.report(schema, format!("`{keyword}` without a type"), format!("write `type: {kind}`"));
    } else if let Some(default) = schema.get("default") {
        linter.report_key(&default, "`default` without a type", "write the type of the default");
    } else if site == Site::Property && !schema.has("description") {
        let help = "say in `description` what is known of the JSON";
        linter.report(schema, "free-form JSON without a description", help);
    }
}

fn object<'a>(linter: &mut Linter<'a>, schema: &Node<'a>, site: Site) {
    let properties = schema.entries_of("properties");
    let further = schema.get("additionalProperties");
    if site != Site::Component && !properties.is_empty() {
        linter.report(schema, "an object with properties in place", "make it a component and `$ref` it");
    }
    if site != Site::Component && properties.is_empty() && further.is_none() {
        let help = "write `additionalProperties: true` for any object, or the type of a map's values";
        linter.report(schema, "an object that says nothing about its properties", help);
    }
    if let Some(further) = further.as_ref().filter(|further| further.value == false) {
        let help = "delete it: a service may add properties, and responses with them are still read";
        linter.report_key(further, "`additionalProperties: false`", help);
    }
    let mut seen: BTreeMap<String, &str> = BTreeMap::new();
    for (name, property) in &properties {
        let snake = names::snake(name);
        if !name.contains(|c: char| c.is_ascii_alphanumeric()) {
            linter.report_key(
                property,
                format!("the property `{name}` has no letter"),
                "describe it as `additionalProperties`",
            );
        } else if further.is_some() && snake == "extra" {
            let message = format!("the property `{name}` takes the name of the field for further properties");
            linter.report_key(property, message, "delete `additionalProperties`");
        }
        if let Some(first) = seen.insert(snake.clone(), name) {
            let message = format!("the properties `{first}` and `{name}` are both `{snake}` in Rust");
            linter.report_key(property, message, "keep one, and allow the other with `additionalProperties: true`");
        }
    }
    let known = || properties.iter().map(|(name, _)| *name);
    let required = schema.items_of("required");
    for (index, item) in required.iter().enumerate() {
        let Some(name) = item.value.as_str() else { continue };
        if required[..index].iter().any(|earlier| earlier.value == item.value) {
            linter.report(item, format!("`{name}` is required twice"), "keep one of them");
        } else if !known().any(|known| known == name) {
            let help = suggest::help(name, known(), format!("add `{name}` to `properties`, or delete it here"));
            linter.report(item, format!("`{name}` is required but not a property"), help);
        } else if properties.iter().any(|(known, property)| *known == name && property.has("readOnly")) {
            let help = "keep one: the service sets a read-only property, and no request needs it";
            linter.report(item, format!("`{name}` is required and read-only"), help);
        }
    }
}

/// Dates, numbers and ids never explain themselves.
fn describe<'a>(linter: &mut Linter<'a>, name: &str, property: &Node<'a>) {
    if !property.value.is_object() || property.has("$ref") || property.has("description") {
        return;
    }
    let snake = names::snake(name);
    let id = snake == "id" || snake.ends_with("_id") || snake.ends_with("_ids");
    let what = match (property.text("type"), property.text("format")) {
        (_, Some("date" | "date-time")) => "say what the date is of",
        (Some("integer" | "number"), _) | (_, Some("decimal")) => "say what is counted or measured, and in which unit",
        _ if id => "say what it is the id of",
        _ => return,
    };
    linter.report_key(property, format!("the property `{name}` has no description"), what);
}

/// Checks the values of enumerations, which become variants.
pub fn enums(linter: &mut Linter<'_>) {
    for (name, schema) in linter.components("schemas") {
        if let Some(list) = schema.get("enum").filter(|list| list.value.is_array()) {
            enum_values(linter, name, &list);
        }
    }
}

fn enum_values(linter: &mut Linter<'_>, name: &str, list: &Node<'_>) {
    let items = list.items();
    if items.is_empty() {
        linter.report(list, format!("the enumeration `{name}` has no values"), "list the known values");
    }
    let mut variants: BTreeMap<String, &str> = BTreeMap::new();
    for item in items {
        let Some(value) = item.value.as_str() else {
            let message = format!("`{}` in the enumeration `{name}` is not text", item.value);
            let help = match item.value.is_null() {
                true => "delete it, and write `nullable: true` where the enumeration is used".to_owned(),
                false => format!("write '{}' with quotation marks", item.value),
            };
            linter.report(&item, message, help);
            continue;
        };
        if !value.contains(|c: char| c.is_alphanumeric()) {
            let message =
                format!("the value `{value}` of the enumeration `{name}` has no letter to name a variant with");
            linter.report(&item, message, "delete it, and describe it; unknown values are kept as they are");
            continue;
        }
        let variant = names::pascal(value);
        if variant == CATCH_ALL {
            let message = format!("the value `{value}` takes the name of the variant for unknown values");
            linter.report(&item, message, "delete it, and describe it; unknown values are kept as they are");
        }
        match variants.insert(variant.clone(), value) {
            Some(first) if first == value => {
                linter.report(&item, format!("the value `{value}` twice"), "keep one of them")
            }
            Some(first) => {
                let message = format!("the values `{first}` and `{value}` are both `{variant}` in Rust");
                linter.report(&item, message, "keep the documented one, and describe the other");
            }
            None => {}
        }
    }
}
