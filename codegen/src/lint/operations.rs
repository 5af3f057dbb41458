//! Ids, tags and marks of operations.

use std::collections::BTreeMap;

use super::node::{Linter, Node, Operation};
use super::suggest;
use crate::names;

/// Functions that a client has besides its operations.
const RESERVED: [&str; 5] = ["new", "builder", "clone", "dispatch", "transport"];

pub fn check(linter: &mut Linter<'_>) {
    let mut operations = linter.operations();
    operations.sort_by_key(|operation| linter.place(&operation.node));
    let mut ids: BTreeMap<String, &str> = BTreeMap::new();
    for operation in &operations {
        id(linter, operation, &mut ids);
        tag(linter, operation);
        marks(linter, operation);
    }
}

fn id<'a>(linter: &mut Linter<'a>, operation: &Operation<'a>, ids: &mut BTreeMap<String, &'a str>) {
    let (Some(node), Some(id)) = (operation.node.get("operationId"), operation.node.text("operationId")) else {
        return;
    };
    let first_is_small = id.starts_with(|c: char| c.is_ascii_lowercase());
    if !first_is_small || !id.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        let help = "write letters and digits in lower camel case, such as `getUsers`";
        linter.report(&node, format!("`{id}` is not an operation id"), help);
        return;
    }
    let snake = names::snake(id);
    if RESERVED.contains(&snake.as_str()) {
        let message = format!("`{id}` is the name of another function of a client");
        linter.report(&node, message, "give the operation a name of its own");
    }
    match ids.get(&snake) {
        Some(first) if *first == id => {
            linter.report(&node, format!("two operations are called `{id}`"), "give one of them another id");
        }
        Some(first) => {
            let message = format!("`{first}` and `{id}` are both `{snake}` in Rust");
            linter.report(&node, message, "give one of them another id");
        }
        None => {
            ids.insert(snake, id);
        }
    }
}

fn tag(linter: &mut Linter<'_>, operation: &Operation<'_>) {
    let Some(tags) = operation.node.get("tags") else { return };
    let items = tags.items();
    if tags.value.is_array() && items.len() != 1 {
        let message = format!("`{}` has {} tags", operation.name(), items.len());
        linter.report(&tags, message, "give it exactly one tag");
    }
    let declared: Vec<&str> = linter.root().items_of("tags").into_iter().filter_map(|tag| tag.text("name")).collect();
    for item in items {
        let Some(name) = item.value.as_str() else { continue };
        if !declared.contains(&name) {
            let otherwise = format!("declare `{name}` under `tags` at the top");
            let help = suggest::help(name, declared.iter().copied(), otherwise);
            linter.report(&item, format!("the tag `{name}` is not declared"), help);
        }
    }
}

fn marks(linter: &mut Linter<'_>, operation: &Operation<'_>) {
    if let Some(mark) = operation.node.get("x-safe").filter(|_| operation.method != "post") {
        let message = format!("`x-safe` on a {}", operation.method.to_uppercase());
        linter.report_key(&mark, message, "delete it; it marks a POST that only reads");
    }
    if let Some(mark) = operation.node.get("x-idempotent") {
        let by_method = matches!(operation.method, "get" | "put" | "delete");
        if by_method {
            let message = format!("`x-idempotent` on a {}", operation.method.to_uppercase());
            linter.report_key(&mark, message, "delete it; the method says so");
        } else if operation.node.has("x-safe") {
            linter.report_key(&mark, "`x-idempotent` beside `x-safe`", "delete it; what only reads may be repeated");
        }
    }
    if let Some(permissions) = operation.node.get("x-permissions") {
        distinct(linter, &permissions, "permissions");
    }
    distinct(linter, &operation.node, "x-oauth-scopes");
    distinct(linter, &operation.node, "x-superseded");
    for entry in operation.node.items_of("x-superseded") {
        if let Some(date) = entry.get("date").filter(|date| date.value.as_str().is_some_and(|text| !is_date(text))) {
            let message = format!("`{}` is not a date", date.value.as_str().unwrap_or_default());
            linter.report(&date, message, "write a year, a month or a day, such as '2024', '2024-11' or '2024-11-05'");
        }
    }
}

/// Whether a text is `YYYY`, `YYYY-MM` or `YYYY-MM-DD`.
fn is_date(text: &str) -> bool {
    let numbers: Vec<Option<u32>> = text
        .split('-')
        .zip([4, 2, 2])
        .map(|(part, digits)| {
            let is_number = part.len() == digits && part.bytes().all(|byte| byte.is_ascii_digit());
            part.parse().ok().filter(|_| is_number)
        })
        .collect();
    let in_range = match numbers.as_slice() {
        [Some(_)] => true,
        [Some(_), Some(month)] => (1..=12).contains(month),
        [Some(_), Some(month), Some(day)] => (1..=12).contains(month) && (1..=31).contains(day),
        _ => false,
    };
    in_range && text.split('-').count() == numbers.len()
}

fn distinct(linter: &mut Linter<'_>, node: &Node<'_>, key: &str) {
    let Some(list) = node.get(key).filter(|list| list.value.is_array()) else { return };
    let items = list.items();
    if items.is_empty() {
        linter.report(&list, "an empty list", "leave the keyword out if nothing is required");
    }
    for (index, item) in items.iter().enumerate() {
        if items[..index].iter().any(|earlier| earlier.value == item.value) {
            linter.report(item, "the same entry twice", "keep one of them");
        }
    }
}
