//! Static facts of the operations, which the builders hand to the transport.

use std::fmt::Write as _;

use super::{list, literal};
use crate::api::{Api, ApiOperation, Location};
use crate::names;

pub(super) fn emit(api: &Api) -> String {
    let scoped = if api.operations.iter().all(|operation| scope(api, operation).is_empty()) {
        "Operation"
    } else {
        "{Operation, ScopePlace}"
    };
    let mut out =
        format!("//! Static facts of each operation, as the transport needs them.\n\nuse rosterkit_core::{scoped};\n",);
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
             security: &[{}],\n    repeatable: {},\n    service_error: {error},\n    scope: &[{}],\n}};\n",
            operation.method,
            operation.path,
            operation.constant,
            literal(&api.name),
            literal(&operation.id),
            literal(operation.method),
            literal(&operation.path),
            security.join(", "),
            operation.safe,
            scope(api, operation).join(", "),
        );
    }
    let all = api.operations.iter().map(|operation| format!("    &{},\n", operation.constant));
    let _ = write!(
        out,
        "\n/// All of them, sorted by id.\npub static ALL: &[&Operation] = &[\n{}];\n",
        all.collect::<String>()
    );
    out
}

/// Where the operation takes the parameters that a client can set for all its calls.
fn scope(api: &Api, operation: &ApiOperation) -> Vec<String> {
    let place = |name: &String| {
        let parameter = operation.parameters.iter().find(|parameter| parameter.name == *name)?;
        let place = match parameter.location {
            Location::Query => "Query",
            Location::Form => "Form",
            Location::Multipart => "Multipart",
            Location::Path | Location::Header => return None,
        };
        Some(format!("({}, ScopePlace::{place})", literal(name)))
    };
    api.spec.scope.iter().filter_map(place).collect()
}
