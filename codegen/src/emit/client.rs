//! The client: one method per operation, callable with no trait to import.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::{docs, rustdoc, sample};
use crate::adapt::Signature;
use crate::api::Api;
use crate::prose;

pub(super) fn emit(api: &Api, signatures: &BTreeMap<String, Signature>) -> String {
    let mut out = String::from(
        "//! The client: one method per operation.\n\nuse rosterkit_core::Transport;\n\nuse super::builder;\n\n",
    );
    rustdoc(
        &mut out,
        "",
        &format!(
            "{} {}: one method per operation, each answering a builder with a setter per parameter.\n\n{}",
            prose::rustdoc(&api.spec.info.title),
            api.spec.info.version,
            prose::rustdoc(&api.spec.info.description)
        ),
    );
    out.push_str(
        "#[derive(Clone, Debug)]\npub struct Client {\n    transport: Transport,\n}\n\nimpl Client {\n    \
         /// Creates a client that sends through a transport.\n    pub fn new(transport: Transport) -> Self {\n        Self { transport }\n    }\n\n    \
         /// The transport that every call goes through.\n    pub fn transport(&self) -> &Transport {\n        &self.transport\n    }\n",
    );
    for operation in &api.operations {
        out.push('\n');
        rustdoc(&mut out, "    ", &docs::operation(operation));
        if let Some(signature) = signatures.get(&operation.id) {
            rustdoc(&mut out, "    ", &sample::example(api, operation, signature));
        }
        if operation.deprecated {
            out.push_str("    #[deprecated(note = \"the service has deprecated this operation\")]\n");
        }
        let _ = writeln!(
            out,
            "    pub fn {}(&self) -> builder::{} {{\n        builder::{}::new(self.clone())\n    }}",
            operation.snake, operation.pascal, operation.pascal
        );
    }
    out.push_str("}\n");
    out
}
