//! Types that hold themselves: a value of such a type would have no end.

use std::collections::{BTreeMap, BTreeSet};

use super::node::{Linter, Node};

pub fn check(linter: &mut Linter<'_>) {
    let mut edges: BTreeMap<&str, Vec<(&str, Node<'_>)>> = BTreeMap::new();
    for (name, schema) in linter.components("schemas") {
        let required = schema.texts_of("required");
        let held = schema.entries_of("properties").into_iter().filter(|(property, _)| required.contains(property));
        let held = held.filter(|(_, schema)| !schema.flag("nullable"));
        let held = held.filter_map(|(_, schema)| Some((linter.schema_target(&schema)?, schema)));
        edges.insert(name, held.collect());
    }
    for (name, held) in &edges {
        for (target, property) in held {
            if reaches(&edges, target, name) {
                let message = match target == name {
                    true => format!("every `{name}` holds another `{target}`, without end"),
                    false => format!("every `{name}` holds a `{target}`, which holds a `{name}`, without end"),
                };
                linter.report(property, message, "take the property off `required`, or make it nullable");
            }
        }
    }
}

fn reaches(edges: &BTreeMap<&str, Vec<(&str, Node<'_>)>>, from: &str, to: &str) -> bool {
    let mut seen = BTreeSet::new();
    let mut open = vec![from];
    while let Some(name) = open.pop() {
        if name == to {
            return true;
        }
        if seen.insert(name) {
            open.extend(edges.get(name).into_iter().flatten().map(|(target, _)| *target));
        }
    }
    false
}
