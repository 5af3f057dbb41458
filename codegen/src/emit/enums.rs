//! Enumerations: open, so that a value the spec does not know is kept and sent back unchanged.

use std::fmt::Write as _;

use super::{literal, rustdoc};
use crate::api::Api;
use crate::{names, prose};

pub(super) fn emit(api: &Api) -> String {
    let mut out = String::from(
        "//! Enumerations. A value that the spec does not know is kept as `Unrecognized` and sent back unchanged.\n\n",
    );
    if api.enums().next().is_some() {
        out.push_str("use rosterkit_core::open_enum;\n");
    }
    for (name, schema) in api.enums() {
        out.push_str("\nopen_enum! {\n");
        let text =
            if schema.description.is_empty() { format!("`{name}`.") } else { prose::rustdoc(&schema.description) };
        rustdoc(&mut out, "    ", &text);
        let _ = writeln!(out, "    pub enum {} {{", names::pascal(name));
        for value in &schema.values {
            let _ = writeln!(out, "        /// `{value}`.\n        {} = {},", names::pascal(value), literal(value));
        }
        out.push_str("    }\n}\n");
    }
    out
}
