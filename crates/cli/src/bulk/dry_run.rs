//! `--dry-run`: checks the items and prints what would be sent.

use serde_json::{Value, json};

use super::Verb;
use crate::error::Error;
use crate::input::Input;
use crate::output::Printer;

const COLUMNS: [&str; 5] = ["line", "item", "outcome", "request", "reason"];

pub(super) async fn run<T>(printer: Printer, mut input: Input, verb: Verb<'_, T>) -> Result<(), Error> {
    let mut rows = printer.fixed_rows(&COLUMNS)?;
    let (mut valid, mut invalid) = (0_u64, 0_u64);
    while let Some(record) = input.next().await {
        let record = record?;
        let name = record.value.as_ref().map(verb.name).unwrap_or_default();
        let shown = record.value.as_ref().ok().cloned().map(masked);
        let checked = record.value.and_then(|value| (verb.prepare)(value));
        let (outcome, request, reason) = match checked {
            Ok(_) => ("valid", shown, None),
            Err(problem) => ("invalid", None, Some(problem)),
        };
        if reason.is_some() {
            invalid += 1
        } else {
            valid += 1
        }
        rows.push(json!({
            "line": record.line, "item": name, "outcome": outcome, "request": request, "reason": reason
        }))?;
    }
    rows.finish()?;
    match invalid {
        0 => Ok(()),
        _ => Err(Error::Partial(format!("{valid} valid, {invalid} invalid; nothing was sent"))),
    }
}

/// The item without its passwords.
fn masked(value: Value) -> Value {
    match value {
        Value::Object(fields) => {
            let mask = |(name, value): (String, Value)| {
                let value =
                    if name.to_ascii_lowercase().contains("password") { json!("********") } else { masked(value) };
                (name, value)
            };
            Value::Object(fields.into_iter().map(mask).collect())
        }
        Value::Array(values) => Value::Array(values.into_iter().map(masked).collect()),
        value => value,
    }
}
