//! LMS users: who is who. Nothing is written.

use serde_json::{Map, Value};

use crate::state::snapshots::TargetStatus;
use crate::target::{TargetRecord, label, text};

pub(super) fn record(row: &Value) -> Result<TargetRecord, String> {
    let id = text(row, "id").ok_or("it has no `id`")?;
    let status = match text(row, "status").as_deref() {
        None | Some("active") => TargetStatus::Active,
        Some(_) => TargetStatus::Inactive,
    };
    Ok(TargetRecord { id, label: label(row), status, version: None, unwritable: None, fields: Map::new() })
}
