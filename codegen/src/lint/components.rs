//! Names of schemas, which become names of types.

use std::collections::BTreeMap;

use super::node::{Linter, Node};
use crate::names;

/// Most schemas of a spec. The stages after this one follow chains of references by recursion.
const MOST: usize = 5_000;

/// Types that generated code takes from Rust's prelude or from the core.
const RESERVED: [&str; 34] = [
    "AsRef",
    "Box",
    "Builder",
    "Client",
    "Clone",
    "Copy",
    "Debug",
    "Default",
    "Display",
    "Drop",
    "Eq",
    "Err",
    "Error",
    "From",
    "FromStr",
    "Hash",
    "Into",
    "Iterator",
    "None",
    "Ok",
    "Option",
    "Ord",
    "PartialEq",
    "PartialOrd",
    "Result",
    "Self",
    "Send",
    "Some",
    "String",
    "Sync",
    "ToString",
    "TryFrom",
    "TryInto",
    "Vec",
];

pub fn check(linter: &mut Linter<'_>) {
    let mut schemas = linter.components("schemas");
    schemas.sort_by_key(|(_, schema)| linter.place(schema));
    if let Some((_, schema)) = schemas.get(MOST) {
        let message = format!("there are {} schemas, more than {MOST}", schemas.len());
        linter.report_key(schema, message, "split the spec into several");
    }
    let mut types: BTreeMap<String, &str> = BTreeMap::new();
    let mut lowercase: BTreeMap<String, (&str, Node<'_>)> = BTreeMap::new();
    for (name, schema) in schemas {
        if !name.starts_with(|c: char| c.is_ascii_uppercase()) || !name.bytes().all(|byte| byte.is_ascii_alphanumeric())
        {
            let help = "write letters and digits in PascalCase, such as `UserState`";
            linter.report_key(&schema, format!("`{name}` is not a name for a type"), help);
            continue;
        }
        let pascal = names::pascal(name);
        if RESERVED.contains(&pascal.trim_end_matches('_')) {
            let message = format!("`{name}` is the name of a type of Rust's own");
            linter.report_key(&schema, message, "say in the name whose it is, such as `UserResult`");
        }
        let double = match types.insert(pascal.clone(), name) {
            Some(first) => Some((first, format!("both `{pascal}` in Rust"))),
            // Files and readers confuse them, and an enumeration must not take over a model's name.
            None => match lowercase.get(&name.to_lowercase()) {
                Some((first, other)) if schema.has("enum") || other.has("enum") => {
                    Some((*first, "the same but for capitals, and one is an enumeration".to_owned()))
                }
                _ => None,
            },
        };
        if let Some((first, why)) = double {
            linter.report_key(
                &schema,
                format!("the schemas `{first}` and `{name}` are {why}"),
                "give one of them another name",
            );
        }
        lowercase.insert(name.to_lowercase(), (name, schema));
    }
}
