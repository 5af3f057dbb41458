//! The pairs that `--accept-matches` confirms: rows with `flow` and `source_id`. Rows of a plan have these columns.

use std::collections::BTreeSet;
use std::path::Path;

use rosterkit_sync::config::SyncFile;
use serde_json::Value;

use super::setup;
use crate::context::Context;
use crate::error::Error;
use crate::input::Input;

/// Reads the pairs, as flow and source id.
///
/// # Errors
/// If the file cannot be read, or has a row that cannot be used.
pub(super) async fn read(
    context: &Context,
    file: &SyncFile,
    path: Option<&Path>,
) -> Result<BTreeSet<(String, String)>, Error> {
    let mut confirmed = BTreeSet::new();
    let Some(path) = path else { return Ok(confirmed) };
    let mut input = Input::open_plain(context, path).await?;
    while let Some(record) = input.next().await.transpose()? {
        let line = record.line;
        let wrong = |problem: &str| Error::usage(format!("`{}`, line {line}: {problem}", path.display()));
        let row = record.value.map_err(|problem| wrong(&problem))?;
        let text = |name: &str| match row.get(name).and_then(Value::as_str).filter(|text| !text.is_empty()) {
            Some(text) => Ok(text.to_owned()),
            None => Err(wrong(&format!("expected a text in `{name}`"))),
        };
        let (flow, source_id) = (text("flow")?, text("source_id")?);
        setup::check_flow(file, &flow).map_err(|error| wrong(&error.message(false).unwrap_or_default()))?;
        confirmed.insert((flow, source_id));
    }
    Ok(confirmed)
}
