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
    if let Some(permissions) = operation.node.get("x-permissions") {
        distinct(linter, &permissions, "permissions");
    }
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
