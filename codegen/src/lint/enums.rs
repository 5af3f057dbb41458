//! Values of enumerations, which become variants.

use std::collections::BTreeMap;

use super::node::{Linter, Node};
use crate::names;

/// The variant for values that the spec does not know.
const CATCH_ALL: &str = "Unrecognized";

pub fn check(linter: &mut Linter<'_>) {
    for (name, schema) in linter.components("schemas") {
        if let Some(list) = schema.get("enum").filter(|list| list.value.is_array()) {
            values(linter, name, &list);
        }
    }
}

fn values(linter: &mut Linter<'_>, name: &str, list: &Node<'_>) {
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
