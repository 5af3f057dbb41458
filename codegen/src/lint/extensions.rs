//! The `x-` keywords whose words point at parameters, properties and media types.

use std::collections::BTreeSet;

use super::node::{Linter, Node, Operation};
use super::suggest;

pub fn check(linter: &mut Linter<'_>) {
    for operation in linter.operations() {
        paging(linter, &operation);
        batch(linter, &operation);
        idempotent(linter, &operation);
        representations(linter, &operation);
    }
}

/// Keys of `x-paging` by style: needed, then allowed.
const STYLES: [(&str, &[&str], &[&str]); 3] = [
    (
        "page",
        &["pageParameter", "firstPage"],
        &["sizeParameter", "next", "pageCount", "total", "totalIsApproximate", "maxItems", "instead", "in"],
    ),
    ("cursor", &["cursorParameter", "cursor"], &["sizeParameter", "total", "in"]),
    ("after", &["afterParameter", "next"], &["beforeParameter", "sizeParameter", "total"]),
];

fn paging<'a>(linter: &mut Linter<'a>, operation: &Operation<'a>) {
    let Some(paging) = operation.node.get("x-paging").filter(|paging| paging.value.is_object()) else { return };
    let Some(style) = paging.text("style") else { return };
    let Some((_, needed, allowed)) = STYLES.iter().find(|(known, _, _)| *known == style) else { return };
    for key in *needed {
        if !paging.has(key) {
            linter.report(
                &paging,
                format!("`{key}` is missing"),
                format!("write `{key}`, which the style `{style}` needs"),
            );
        }
    }
    for (key, entry) in paging.entries() {
        if !["style", "items"].contains(&key) && !needed.contains(&key) && !allowed.contains(&key) {
            linter.report_key(&entry, format!("`{key}` says nothing about the style `{style}`"), "delete it");
        }
    }
    for (key, other) in [("totalIsApproximate", "total"), ("maxItems", "instead"), ("instead", "maxItems")] {
        if let Some(node) = paging.get(key).filter(|_| !paging.has(other)) {
            linter.report(&node, format!("`{key}` without `{other}`"), format!("write `{other}`, or delete `{key}`"));
        }
    }
    if let (Some(node), Some(id)) = (paging.get("instead"), paging.text("instead")) {
        let is_known = linter.operations().iter().any(|other| other.node.text("operationId") == Some(id));
        if !is_known {
            linter.report(&node, format!("unknown operation `{id}`"), "write the id of an operation that lists all");
        }
    }
    for key in ["pageParameter", "sizeParameter", "cursorParameter", "afterParameter", "beforeParameter"] {
        if let (Some(node), Some(name)) = (paging.get(key), paging.text(key)) {
            let whole = matches!(key, "pageParameter" | "sizeParameter");
            parameter(linter, operation, &node, name, paging.text("in") == Some("body"), whole);
        }
    }
    let Some((_, response)) = linter.success(operation) else { return };
    let Some(schema) = linter.json(&response) else {
        linter.report_key(&paging, "paging of a response that is not JSON", "delete it; only JSON is paged");
        return;
    };
    for (key, expected) in
        [("items", "array"), ("next", ""), ("cursor", ""), ("pageCount", "integer"), ("total", "integer")]
    {
        if let (Some(node), Some(path)) = (paging.get(key), paging.text(key)) {
            property(linter, &node, &schema, path, expected, "the response");
        }
    }
}

/// A paging parameter is in the query, or in the body if the keyword says so.
fn parameter<'a>(
    linter: &mut Linter<'a>,
    operation: &Operation<'a>,
    node: &Node<'a>,
    name: &str,
    in_body: bool,
    whole: bool,
) {
    if in_body {
        let Some(schema) = operation.node.get("requestBody").and_then(|body| linter.json(&body)) else {
            linter.report(
                node,
                "paging by a body that is not JSON",
                "delete `in: body`, or give the operation a JSON body",
            );
            return;
        };
        property(linter, node, &schema, name, if whole { "integer" } else { "" }, "the body");
        return;
    }
    let mut query = Vec::new();
    for parameter in linter.parameters(operation) {
        if let (Some("query"), Some(name)) = (parameter.node.text("in"), parameter.node.text("name")) {
            query.push((name, parameter.node));
        }
    }
    let Some((_, found)) = query.iter().find(|(known, _)| *known == name) else {
        let otherwise = "name a query parameter of the operation, or write `in: body`";
        let help = suggest::help(name, query.iter().map(|(known, _)| *known), otherwise);
        linter.report(node, format!("the operation has no query parameter `{name}`"), help);
        return;
    };
    if whole
        && found.get("schema").is_some_and(|schema| linter.schema_type(&schema).is_some_and(|kind| kind != "integer"))
    {
        linter.report(
            node,
            format!("the parameter `{name}` is not a whole number"),
            "name another parameter, or correct its type",
        );
    }
}

/// Follows a dotted path of properties, and checks the type at its end.
fn property<'a>(linter: &mut Linter<'a>, node: &Node<'a>, schema: &Node<'a>, path: &str, expected: &str, whose: &str) {
    let mut schema = linter.schema(schema);
    for segment in path.split('.').filter(|_| !path.is_empty()) {
        let properties = schema.entries_of("properties");
        let Some((_, next)) = properties.iter().find(|(name, _)| *name == segment) else {
            let names = properties.iter().map(|(name, _)| *name);
            let otherwise = match properties.is_empty() {
                true => "name properties of objects, with dots between them".to_owned(),
                false => format!("there are {}", suggest::list(names.clone())),
            };
            linter.report(
                node,
                format!("{whose} has no property `{segment}`"),
                suggest::help(segment, names, otherwise),
            );
            return;
        };
        schema = linter.schema(next);
    }
    let found = schema.text("type");
    if !expected.is_empty() && found != Some(expected) {
        let what = if path.is_empty() { whose.to_owned() } else { format!("`{path}`") };
        let message = format!("{what} is {}, not {expected}", found.unwrap_or("of any type"));
        linter.report(node, message, format!("name a property of type {expected}"));
    }
}

fn batch<'a>(linter: &mut Linter<'a>, operation: &Operation<'a>) {
    let Some(batch) = operation.node.get("x-batch").filter(|batch| batch.value.is_object()) else { return };
    if batch.get("max").is_some_and(|max| max.value.as_u64() == Some(0)) {
        linter.report(&batch, "a batch of at most 0 items", "delete `max` if no limit is known");
    }
    let Some(schema) = operation.node.get("requestBody").and_then(|body| linter.json(&body)) else {
        linter.report_key(&batch, "a batch without a JSON body", "delete it, or give the operation a JSON body");
        return;
    };
    let (Some(node), Some(path)) = (batch.get("items"), batch.text("items")) else { return };
    property(linter, &node, &schema, path, "array", "the body");
    let mut items = linter.schema(&schema);
    for segment in path.split('.').filter(|_| !path.is_empty()) {
        let Some(next) = items.get("properties").and_then(|properties| properties.get(segment)) else { return };
        items = linter.schema(&next);
    }
    let limit = items.get("maxItems").and_then(|limit| limit.value.as_u64());
    let max = batch.get("max").and_then(|max| max.value.as_u64());
    if items.text("type") == Some("array") && limit != max {
        let show = |limit: Option<u64>| limit.map_or("no limit".to_owned(), |limit| limit.to_string());
        let message = format!("`max` says {}, and `maxItems` of the items {}", show(max), show(limit));
        linter.report(&batch, message, "write the same limit in both places, or in none");
    }
}

/// The conditions name columns of `x-csv`, or text properties of the items of `x-batch`.
fn idempotent<'a>(linter: &mut Linter<'a>, operation: &Operation<'a>) {
    let Some(node) = operation.node.get("x-idempotent").filter(|node| node.value.is_object()) else { return };
    let (given, when) = (node.items_of("given"), node.entries_of("when"));
    if given.is_empty() && when.is_empty() {
        linter.report_key(&node, "no condition", "write `x-idempotent: true` if it holds for every request");
    }
    if let Some(csv) = operation.node.get("x-csv").filter(|csv| csv.value.is_object()) {
        let columns = csv.items_of("columns");
        super::csv::columns_exist(linter, &given, &columns);
        super::csv::codes_exist(linter, when, &columns);
        return;
    }
    if let Some((_, condition)) = when.first() {
        linter.report_key(condition, "a condition on codes without `x-csv`", "delete it; only columns have codes");
    }
    if !operation.node.has("x-batch") {
        let help = "write `x-idempotent: true`, or give the operation `x-batch` or `x-csv`";
        linter.report_key(&node, "a condition on items of an operation without a batch", help);
    }
    let Some(items) = batch_items(linter, operation, &node) else { return };
    let item = items.get("items").map(|item| linter.schema(&item));
    let properties = item.map(|item| item.entries_of("properties")).unwrap_or_default();
    for name in given {
        let Some(text) = name.value.as_str() else { continue };
        match properties.iter().find(|(known, _)| *known == text) {
            // Items without properties of their own are a problem by themselves.
            None if properties.is_empty() => {}
            None => {
                let help = suggest::help(text, properties.iter().map(|(known, _)| *known), "name a property");
                linter.report(&name, format!("an item has no property `{text}`"), help);
            }
            Some((_, schema)) => {
                let schema = linter.schema(schema);
                if schema.text("type") != Some("string") || schema.has("format") || schema.has("enum") {
                    linter.report(&name, format!("`{text}` is not text"), "name a property of type string");
                }
            }
        }
    }
}

/// The array that holds the items of a batch. It is always in the body, so that there is something to look at.
fn batch_items<'a>(linter: &mut Linter<'a>, operation: &Operation<'a>, node: &Node<'a>) -> Option<Node<'a>> {
    let batch = operation.node.get("x-batch").filter(|batch| batch.value.is_object())?;
    let path = batch.text("items")?;
    let body = operation.node.get("requestBody").and_then(|body| linter.json(&body))?;
    let mut schema = linter.schema(&body);
    for segment in path.split('.').filter(|_| !path.is_empty()) {
        let next = schema.get("properties")?.get(segment)?;
        if !schema.texts_of("required").contains(&segment) {
            let help = "let it be required, or delete the condition";
            linter.report_key(node, format!("a condition on items of `{segment}`, which may be absent"), help);
            return None;
        }
        schema = linter.schema(&next);
    }
    Some(schema)
}

fn representations<'a>(linter: &mut Linter<'a>, operation: &Operation<'a>) {
    let Some(node) = operation.node.get("x-representations").filter(|node| node.value.is_object()) else { return };
    chooser(linter, operation, &node);
    let media = node.entries_of("media");
    let Some((site, response)) = linter.success(operation) else { return };
    let content: Vec<&str> = response.entries_of("content").into_iter().map(|(media_type, _)| media_type).collect();
    for (value, entry) in &media {
        let Some(media_type) = entry.value.as_str() else { continue };
        if !content.contains(&media_type) {
            let otherwise = format!("add `{media_type}` to the content of the success response");
            let help = suggest::help(media_type, content.iter().copied(), otherwise);
            linter.report(entry, format!("`{value}` chooses `{media_type}`, which the response does not have"), help);
        }
    }
    for media_type in content {
        if !media.iter().any(|(_, entry)| entry.value.as_str() == Some(media_type)) {
            let help = "map a value to it under `x-representations`, or delete it";
            linter.report(&site, format!("no value of the parameter chooses `{media_type}`"), help);
        }
    }
}

/// The parameter or form field that chooses, and a media type for each of its values.
fn chooser<'a>(linter: &mut Linter<'a>, operation: &Operation<'a>, node: &Node<'a>) {
    let (Some(site), Some(name)) = (node.get("parameter"), node.text("parameter")) else { return };
    let mut known = Vec::new();
    for parameter in linter.parameters(operation) {
        if let (Some("query"), Some(name)) = (parameter.node.text("in"), parameter.node.text("name")) {
            known.push((name, parameter.node.get("schema")));
        }
    }
    if let Some(form) = linter.form(operation) {
        known.extend(form.entries_of("properties").into_iter().map(|(name, schema)| (name, Some(schema))));
    }
    let Some((_, schema)) = known.iter().find(|(known, _)| *known == name) else {
        let help = suggest::help(name, known.iter().map(|(known, _)| *known), "name a query parameter or a form field");
        linter.report(&site, format!("the operation has no parameter `{name}`"), help);
        return;
    };
    let values = schema.as_ref().map_or_else(Vec::new, |schema| linter.schema(schema).texts_of("enum"));
    if values.is_empty() {
        linter.report(&site, format!("the parameter `{name}` has no known values"), "let it be an enumeration");
        return;
    }
    let Some(media) = node.get("media").filter(|media| media.value.is_object()) else { return };
    for value in &values {
        if !media.has(value) {
            let help = format!("write `{value}:` with its media type");
            linter.report(&media, format!("the value `{value}` of `{name}` has no media type"), help);
        }
    }
    for (value, entry) in media.entries() {
        if !values.contains(&value) {
            let help = suggest::help(value, values.iter().copied(), "delete it, or add it to the enumeration");
            linter.report_key(&entry, format!("`{name}` has no value `{value}`"), help);
        }
    }
}

/// Checks that examples name parameters, and that an example of a body belongs to an operation with a body.
pub fn examples(linter: &mut Linter<'_>) {
    let mut all = BTreeSet::new();
    for operation in linter.operations() {
        let mut known: Vec<&str> = linter.parameters(&operation).iter().filter_map(|it| it.node.text("name")).collect();
        let form = linter.form(&operation);
        known.extend(form.iter().flat_map(|form| form.entries_of("properties")).map(|(name, _)| name));
        all.extend(known.iter().copied());
        let Some(example) = operation.node.get("x-example") else { continue };
        for (name, value) in example.entries_of("parameters") {
            if !known.contains(&name) {
                let help = suggest::help(name, known.iter().copied(), "name a parameter or a form field");
                linter.report_key(&value, format!("the operation has no parameter `{name}`"), help);
            }
        }
        if let Some(body) = example.get("body").filter(|_| form.is_some() || !operation.node.has("requestBody")) {
            linter.report_key(&body, "the body of an operation without one", "delete it, or write `parameters`");
        }
    }
    for (name, value) in linter.root().entries_of("x-examples") {
        if !all.contains(name) {
            let help = suggest::help(name, all.iter().copied(), "name a parameter or a form field");
            linter.report_key(&value, format!("no operation has a parameter `{name}`"), help);
        }
    }
}
