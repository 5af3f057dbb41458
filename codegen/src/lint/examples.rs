//! Examples: their names are those of parameters, and a body has a place to go to.

use std::collections::BTreeSet;

use super::node::Linter;
use super::suggest;

pub fn check(linter: &mut Linter<'_>) {
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
