//! The parameters that a client sets once for all its calls.

use std::collections::BTreeSet;

use super::node::{Linter, Node, Operation};
use super::suggest;

pub fn check(linter: &mut Linter<'_>) {
    let root = linter.root();
    let names: Vec<_> = root.items_of("x-scope").into_iter().filter_map(|it| Some((it.value.as_str()?, it))).collect();
    if names.is_empty() {
        return;
    }
    let mut seen = BTreeSet::new();
    let mut found = BTreeSet::new();
    let mut known = BTreeSet::new();
    for operation in linter.operations() {
        for taken in taken(linter, &operation) {
            known.insert(taken.name);
            if names.iter().any(|(name, _)| *name == taken.name) {
                found.insert(taken.name);
                fits(linter, &taken);
            }
        }
    }
    for (name, node) in names {
        if !seen.insert(name) {
            linter.report(&node, format!("`{name}` is written twice"), "delete one");
        } else if !found.contains(name) {
            let help = suggest::help(name, known.iter().copied(), "name a query parameter or a form field");
            linter.report(&node, format!("no operation has a query parameter or form field `{name}`"), help);
        }
    }
}

/// A query parameter or a form field.
struct Taken<'a> {
    name: &'a str,
    site: Node<'a>,
    schema: Option<Node<'a>>,
    required: bool,
}

fn taken<'a>(linter: &Linter<'a>, operation: &Operation<'a>) -> Vec<Taken<'a>> {
    let mut taken = Vec::new();
    for parameter in linter.parameters(operation) {
        if let (Some("query"), Some(name)) = (parameter.node.text("in"), parameter.node.text("name")) {
            let (schema, required) = (parameter.node.get("schema"), parameter.node.flag("required"));
            taken.push(Taken { name, site: parameter.site, schema, required });
        }
    }
    if let Some(form) = linter.form(operation) {
        let required = form.texts_of("required");
        for (name, schema) in form.entries_of("properties") {
            let required = required.contains(&name);
            taken.push(Taken { name, site: schema.clone(), schema: Some(schema), required });
        }
    }
    taken
}

/// A client cannot know what else an operation would want of the value.
fn fits(linter: &mut Linter<'_>, taken: &Taken<'_>) {
    let name = taken.name;
    let kind = taken.schema.as_ref().and_then(|schema| linter.schema_type(schema));
    if kind.is_some_and(|kind| kind != "string") {
        linter.report(&taken.site, format!("`{name}` is not text"), "correct its type, or delete it from `x-scope`");
    }
    if taken.required {
        let message = format!("`{name}` is required, but a client may set it for all calls");
        linter.report(&taken.site, message, "let it be optional, or delete it from `x-scope`");
    }
}
