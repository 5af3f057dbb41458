//! An example of every JSON answer, for stand-ins of the service.

use std::fmt::Write as _;

use super::literal;
use crate::api::Api;
use crate::example::{Variant, example};

pub(super) fn emit(api: &Api) -> String {
    let mut out = String::from(
        "//! What each operation can answer as JSON: an example that is valid by the schema, for stand-ins of the service.\n\n\
         /// The example of an operation's answer, as JSON text; `None` if the operation answers no JSON.\n\
         pub fn answer(operation_id: &str) -> Option<&'static str> {\n    \
         let index = ANSWERS.binary_search_by(|(id, _)| (*id).cmp(operation_id)).ok()?;\n    \
         ANSWERS.get(index).map(|(_, text)| *text)\n}\n\n\
         static ANSWERS: &[(&str, &str)] = &[\n",
    );
    for operation in &api.operations {
        if let Some(schema) = operation.response.json() {
            let text = example(api, schema, Variant::Plain).to_string();
            let _ = writeln!(out, "    ({}, {}),", literal(&operation.id), raw(&text));
        }
    }
    out.push_str("];\n");
    out
}

/// A raw string literal, which leaves the quotes of JSON readable.
fn raw(text: &str) -> String {
    let mut hashes = String::from("#");
    while text.contains(&format!("\"{hashes}")) {
        hashes.push('#');
    }
    format!("r{hashes}\"{text}\"{hashes}")
}
