//! The top of the document: version, servers and tags, and the order of keys.

use std::collections::{BTreeMap, BTreeSet};

use url::Url;

use super::node::{Linter, METHODS, Node};
use super::suggest;

pub fn check(linter: &mut Linter<'_>) {
    let root = linter.root();
    version(linter, &root);
    servers(linter, &root);
    tags(linter, &root);
}

fn version(linter: &mut Linter<'_>, root: &Node<'_>) {
    let (Some(node), Some(version)) = (root.get("openapi"), root.text("openapi")) else { return };
    let patch = version.strip_prefix("3.0.").unwrap_or_default();
    if patch.is_empty() || !patch.bytes().all(|byte| byte.is_ascii_digit()) {
        linter.report(&node, format!("OpenAPI {version} is not supported"), "write `openapi: 3.0.3`");
    }
}

fn servers(linter: &mut Linter<'_>, root: &Node<'_>) {
    if root.get("servers").is_some_and(|servers| servers.value.as_array().is_some_and(Vec::is_empty)) {
        linter.report(root, "no server is listed", "list the base URLs of the service");
    }
    let mut seen = BTreeSet::new();
    for server in root.items_of("servers") {
        let (Some(node), Some(text)) = (server.get("url"), server.text("url")) else { continue };
        if !seen.insert(text.trim_end_matches('/')) {
            linter.report(&node, format!("the server `{text}` is listed twice"), "keep one of them");
        }
        if let Err(wrong) = base_url(text) {
            linter.report(&node, format!("`{text}` {wrong}"), "write a URL such as `https://api.example.com/context`");
        }
    }
}

fn base_url(text: &str) -> Result<(), String> {
    let url = Url::parse(text).map_err(|error| format!("is not a URL: {error}"))?;
    if url.scheme() != "https" || !url.has_host() {
        return Err("does not start with `https://` and a host".into());
    }
    if text.contains(['{', '}']) {
        return Err("has a variable".into());
    }
    if url.query().is_some() || url.fragment().is_some() || !url.username().is_empty() || url.password().is_some() {
        return Err("has more than host, port and path".into());
    }
    if text.ends_with('/') {
        return Err("ends with a slash, and paths start with one".into());
    }
    Ok(())
}

fn tags(linter: &mut Linter<'_>, root: &Node<'_>) {
    let mut declared = BTreeMap::new();
    for tag in root.items_of("tags") {
        let (Some(node), Some(name)) = (tag.get("name"), tag.text("name")) else { continue };
        if declared.insert(name, node.clone()).is_some() {
            linter.report(&node, format!("the tag `{name}` is declared twice"), "keep one of them");
        }
    }
    for operation in linter.operations() {
        for tag in operation.node.items_of("tags") {
            if let Some(name) = tag.value.as_str() {
                declared.remove(name);
            }
        }
    }
    for (name, node) in declared {
        linter.report(&node, format!("no operation has the tag `{name}`"), "delete it, or give it to an operation");
    }
}

/// Checks the order in which a reader finds things.
pub fn order(linter: &mut Linter<'_>) {
    let root = linter.root();
    listed(
        linter,
        &root,
        &[
            "openapi",
            "info",
            "servers",
            "security",
            "tags",
            "paths",
            "x-loose-json",
            "x-precision",
            "x-scope",
            "components",
        ],
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
