//! The order in which a reader finds things.

use super::node::{Linter, METHODS, Node};
use super::suggest;

pub fn check(linter: &mut Linter<'_>) {
    let root = linter.root();
    listed(
        linter,
        &root,
        &["openapi", "info", "servers", "security", "tags", "paths", "x-precision", "x-scope", "components"],
    );
    if let Some(components) = root.get("components") {
        listed(linter, &components, &["securitySchemes", "parameters", "responses", "schemas"]);
        alphabetical(linter, components.get("schemas"));
    }
    alphabetical(linter, root.get("paths"));
    for (_, item) in root.entries_of("paths") {
        listed(linter, &item, &METHODS);
    }
}

/// Keys of a mapping as they follow each other in the file.
fn in_file<'a>(linter: &Linter<'a>, node: &Node<'a>) -> Vec<(&'a str, Node<'a>)> {
    let mut entries = node.entries();
    entries.sort_by_key(|(_, entry)| linter.place(entry));
    entries
}

fn listed<'a>(linter: &mut Linter<'a>, node: &Node<'a>, order: &[&str]) {
    let rank = |key: &str| order.iter().position(|known| *known == key);
    let mut last: Option<(usize, &str)> = None;
    for (key, entry) in in_file(linter, node) {
        let Some(rank) = rank(key) else { continue };
        if let Some((_, before)) = last.filter(|(last, _)| rank < *last) {
            let help = format!("move it; the order is {}", suggest::list(order.iter().copied()));
            linter.report_key(&entry, format!("`{key}` comes after `{before}`"), help);
        }
        last = Some((rank, key));
    }
}

fn alphabetical<'a>(linter: &mut Linter<'a>, node: Option<Node<'a>>) {
    let Some(node) = node else { return };
    let mut last: Option<&str> = None;
    for (key, entry) in in_file(linter, &node) {
        if let Some(before) = last.filter(|last| key < *last) {
            let help = "move it; the order is alphabetical, capitals before small letters";
            linter.report_key(&entry, format!("`{key}` comes after `{before}`"), help);
        }
        last = Some(key);
    }
}
