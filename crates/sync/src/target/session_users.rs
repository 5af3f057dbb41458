//! Session users: recognized by `remoteId`, by nothing else.

use serde_json::{Map, Value};

use crate::state::snapshots::TargetStatus;
use crate::target::{TargetRecord, label, text};

const FIELDS: [&str; 3] = ["remoteId", "firstName", "lastName"];

pub(super) fn record(row: &Value) -> Result<TargetRecord, String> {
    let id = text(row, "id").ok_or("it has no `id`")?;
    let status = match row.get("active") {
        Some(Value::Bool(false)) => TargetStatus::Inactive,
        Some(Value::Bool(true)) => TargetStatus::Active,
        _ => return Err("it has no `active`".to_owned()),
    };
    let fields: Map<String, Value> =
        FIELDS.iter().map(|name| ((*name).to_owned(), text(row, name).map_or(Value::Null, Value::String))).collect();
    let unwritable =
        fields["remoteId"].is_null().then_some("it has no `remoteId`, so that an upsert could create a second user");
    Ok(TargetRecord { id, label: label(row), status, version: None, unwritable, fields })
}
