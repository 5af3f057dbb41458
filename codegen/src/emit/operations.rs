//! Static facts of the operations, which the builders hand to the transport.

use std::fmt::Write as _;

use super::{list, literal};
use crate::api::Api;
use crate::names;

pub(super) fn emit(api: &Api) -> String {
    let mut out = String::from(
        "//! Static facts of each operation, as the transport needs them.\n\nuse rosterkit_core::Operation;\n",
    );
    if api.operations.iter().any(|operation| operation.error.is_some()) {
        out.push_str("use rosterkit_core::decode_service_error;\n\nuse super::types;\n");
    }
    for operation in &api.operations {
        let security: Vec<String> = operation.security.iter().map(list).collect();
        let error = operation.error.as_ref().map_or_else(
            || "None".to_owned(),
            |name| format!("Some(decode_service_error::<types::{}>)", names::pascal(name)),
        );
        let _ = write!(
            out,
            "\n/// `{} {}`.\npub static {}: Operation = Operation {{\n    api: {},\n    id: {},\n    method: {},\n    path: {},\n    \
             security: &[{}],\n    repeatable: {},\n    service_error: {error},\n}};\n",
            operation.method,
            operation.path,
            operation.constant,
            literal(&api.name),
            literal(&operation.id),
            literal(operation.method),
            literal(&operation.path),
            security.join(", "),
            operation.safe,
        );
    }
    out
}
