//! The columns of `x-csv`: their names are unique, their codes complete, and what refers to a column finds it.

use std::collections::BTreeSet;

use super::node::{Linter, Node, Operation};
use super::suggest;
use crate::names;

pub fn check(linter: &mut Linter<'_>) {
    let mut types = BTreeSet::new();
    for operation in linter.operations() {
        let Some(csv) = operation.node.get("x-csv").filter(|csv| csv.value.is_object()) else { continue };
        body(linter, &operation, &csv);
        type_name(linter, &csv, "row", &mut types);
        let columns = csv.items_of("columns");
        if columns.is_empty() && csv.has("columns") {
            linter.report_key(&csv, "rows without columns", "list the columns in the order of the document");
        }
        unique(linter, &columns, "name", |name| name.to_owned());
        unique(linter, &columns, "property", names::snake);
        for column in &columns {
            codes(linter, column, &mut types);
            limits(linter, column);
        }
        references(linter, &csv, &columns);
    }
}

fn body<'a>(linter: &mut Linter<'a>, operation: &Operation<'a>, csv: &Node<'a>) {
    let content = operation.node.get("requestBody").map(|body| body.entries_of("content")).unwrap_or_default();
    if !content.iter().any(|(media_type, _)| *media_type == "text/plain") {
        linter.report_key(csv, "rows without a `text/plain` body", "delete it, or let the body be `text/plain`");
    }
}

/// A name of a type is in PascalCase, and of one type only.
fn type_name<'a>(linter: &mut Linter<'a>, node: &Node<'a>, key: &str, types: &mut BTreeSet<&'a str>) {
    let (Some(site), Some(name)) = (node.get(key), node.text(key)) else { return };
    pascal_case(linter, &site, name);
    if !types.insert(name) {
        linter.report(&site, format!("the type `{name}` is declared twice"), "choose another name");
    }
}

fn pascal_case<'a>(linter: &mut Linter<'a>, site: &Node<'a>, name: &str) {
    let expected = names::pascal(name);
    if name != expected {
        linter.report(site, format!("`{name}` is not in PascalCase"), format!("write `{expected}`"));
    }
}

/// No two nodes have the same text at a key, in the given spelling.
fn unique<'a>(linter: &mut Linter<'a>, nodes: &[Node<'a>], key: &str, spelled: fn(&str) -> String) {
    let mut seen = BTreeSet::new();
    for node in nodes {
        if let (Some(site), Some(text)) = (node.get(key), node.text(key))
            && !seen.insert(spelled(text))
        {
            linter.report(&site, format!("`{text}` is the `{key}` of two elements"), "choose another, or delete one");
        }
    }
}

/// A column of type `code` names the type of its codes and lists them, and no other column does.
fn codes<'a>(linter: &mut Linter<'a>, column: &Node<'a>, types: &mut BTreeSet<&'a str>) {
    let is_code = column.text("type") == Some("code");
    for key in ["enum", "codes"] {
        match (is_code, column.get(key)) {
            (true, None) => {
                linter.report(column, format!("`{key}` is missing"), "a column of type `code` has `enum` and `codes`");
            }
            (false, Some(node)) => {
                linter.report_key(
                    &node,
                    format!("`{key}` on a column without codes"),
                    "delete it, or write `type: code`",
                );
            }
            _ => {}
        }
    }
    type_name(linter, column, "enum", types);
    let codes = column.items_of("codes");
    unique(linter, &codes, "code", str::to_lowercase);
    unique(linter, &codes, "name", |name| name.to_owned());
    for code in &codes {
        if let (Some(site), Some(name)) = (code.get("name"), code.text("name")) {
            pascal_case(linter, &site, name);
        }
    }
    let known: Vec<&str> =
        ["code", "alias"].iter().flat_map(|key| codes.iter().filter_map(|it| it.text(key))).collect();
    if let (Some(site), Some(default)) = (column.get("default"), column.text("default"))
        && is_code
        && !known.contains(&default)
    {
        let help = suggest::help(default, known.iter().copied(), "write one of the codes, or give a code this `alias`");
        linter.report(&site, format!("the default `{default}` is not among the codes"), help);
    }
}

/// A length is that of text, or of codes that are not listed.
fn limits<'a>(linter: &mut Linter<'a>, column: &Node<'a>) {
    let Some(site) = column.get("maxLength") else { return };
    let has_length = column.text("type") == Some("text") || column.flag("open");
    if !has_length {
        linter.report_key(&site, "`maxLength` on a column that is neither text nor open", "delete it");
    }
}

fn references<'a>(linter: &mut Linter<'a>, csv: &Node<'a>, columns: &[Node<'a>]) {
    let mut named: Vec<Node<'a>> = csv.items_of("keys").iter().flat_map(Node::items).collect();
    for required in csv.items_of("required") {
        named.extend(required.items_of("columns"));
        named.extend(required.get("unless"));
        let when = required.entries_of("when");
        if let [_, (_, second), ..] = when.as_slice() {
            linter.report_key(second, "a condition on two columns", "write one column");
        }
        codes_exist(linter, when, columns);
    }
    columns_exist(linter, &named, columns);
}

/// Conditions name columns, and codes that they have.
pub fn codes_exist<'a>(linter: &mut Linter<'a>, when: Vec<(&'a str, Node<'a>)>, columns: &[Node<'a>]) {
    for (name, codes) in when {
        let Some(column) = find(linter, &codes, name, columns, true) else { continue };
        let known: Vec<&str> = column.items_of("codes").iter().filter_map(|code| code.text("code")).collect();
        for code in codes.items() {
            let Some(text) = code.value.as_str().filter(|text| !known.contains(text)) else { continue };
            let help = suggest::help(
                text,
                known.iter().copied(),
                format!("there are {}", suggest::list(known.iter().copied())),
            );
            linter.report(&code, format!("`{name}` has no code `{text}`"), help);
        }
    }
}

/// Texts name columns.
pub fn columns_exist<'a>(linter: &mut Linter<'a>, named: &[Node<'a>], columns: &[Node<'a>]) {
    for node in named {
        if let Some(name) = node.value.as_str() {
            find(linter, node, name, columns, false);
        }
    }
}

/// The column of a name, which is the key before the node or the node itself.
fn find<'a>(
    linter: &mut Linter<'a>,
    node: &Node<'a>,
    name: &str,
    columns: &[Node<'a>],
    is_key: bool,
) -> Option<Node<'a>> {
    let found = columns.iter().find(|column| column.text("name") == Some(name)).cloned();
    if found.is_none() {
        let help = suggest::help(name, columns.iter().filter_map(|column| column.text("name")), "name a column");
        let message = format!("there is no column `{name}`");
        if is_key { linter.report_key(node, message, help) } else { linter.report(node, message, help) }
    }
    found
}
