//! What would change: a row for each value, before → after, and counts.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::verb::{Effect, Fact, State};
use crate::context::Context;
use crate::error::Error;
use crate::output::Rows;

pub(super) const COLUMNS: [&str; 8] = ["line", "item", "id", "outcome", "field", "before", "after", "reason"];

/// Prints what would change.
pub(crate) struct Plan {
    rows: Rows,
    changed: BTreeSet<String>,
    same: BTreeSet<String>,
    values: u64,
    missing: u64,
    invalid: u64,
}

impl Plan {
    /// # Errors
    /// If the output options are invalid.
    pub(crate) fn begin(context: &Context) -> Result<Self, Error> {
        let rows = context.printer()?.fixed_rows(&COLUMNS)?;
        Ok(Self { rows, changed: BTreeSet::new(), same: BTreeSet::new(), values: 0, missing: 0, invalid: 0 })
    }

    /// Adds what becomes of somebody, and brings the state up to date for the next item about the same one.
    pub(crate) fn add(
        &mut self,
        line: u64,
        item: &str,
        id: &str,
        state: &mut State,
        effects: Vec<Effect>,
    ) -> Result<(), Error> {
        let mut is_changed = false;
        for Effect { key, label, after } in effects {
            let before = state.get(&key);
            let label = before.map_or(label, |before| before.label.clone());
            let before = before.map_or(Value::Null, |before| before.value.clone());
            let is_same = is_same(&before, &after);
            let outcome = if is_same { "same" } else { "change" };
            if !is_same {
                (is_changed, self.values) = (true, self.values + 1);
                state.insert(key, Fact { label: label.clone(), value: after.clone() });
            }
            let row = json!({
                "line": line, "item": item, "id": id, "outcome": outcome, "field": label, "before": before, "after": after,
            });
            self.rows.push(row)?;
        }
        if is_changed { &mut self.changed } else { &mut self.same }.insert(id.to_owned());
        Ok(())
    }

    /// Adds somebody who would be created or whose change cannot be told value by value.
    pub(crate) fn add_whole(&mut self, line: u64, item: &str, outcome: &str, after: Value) -> Result<(), Error> {
        self.changed.insert(format!("{line}"));
        self.values += 1;
        self.rows.push(json!({ "line": line, "item": item, "outcome": outcome, "after": after }))
    }

    /// Adds somebody who does not exist.
    pub(crate) fn missing(&mut self, line: u64, item: &str, reason: &str) -> Result<(), Error> {
        self.missing += 1;
        self.rows.push(json!({ "line": line, "item": item, "outcome": "missing", "reason": reason }))
    }

    /// Adds an item that is invalid.
    pub(crate) fn invalid(&mut self, line: u64, item: &str, reason: &str) -> Result<(), Error> {
        self.invalid += 1;
        self.rows.push(json!({ "line": line, "item": item, "outcome": "invalid", "reason": reason }))
    }

    /// Ends the plan with its counts.
    ///
    /// # Errors
    /// [`Error::Partial`] if items are invalid or people do not exist; [`Error::Changes`] if something would change and
    /// that is an exit code.
    pub(crate) fn finish(self, context: &Context, exit_code: bool) -> Result<(), Error> {
        self.rows.finish()?;
        let same = self.same.difference(&self.changed).count();
        let summary = format!(
            "{} would change ({} values), {same} stay the same, {} do not exist, {} invalid; nothing was changed",
            self.changed.len(),
            self.values,
            self.missing,
            self.invalid
        );
        if self.missing + self.invalid > 0 {
            return Err(Error::Partial(summary));
        }
        context.hint(summary);
        match exit_code && !self.changed.is_empty() {
            true => Err(Error::Changes),
            false => Ok(()),
        }
    }
}

/// Whether a value would stay the same. Of objects, only what the new one names is compared: the service adds to them. An
/// absent value, an empty text and an empty list are one.
pub(crate) fn is_same(before: &Value, after: &Value) -> bool {
    let is_empty = |value: &Value| match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        _ => false,
    };
    match (before, after) {
        (before, after) if is_empty(after) => is_empty(before),
        (Value::Object(before), Value::Object(after)) => {
            after.iter().all(|(name, after)| is_same(before.get(name).unwrap_or(&Value::Null), after))
        }
        (Value::Array(before), Value::Array(after)) => {
            before.len() == after.len() && before.iter().zip(after).all(|(before, after)| is_same(before, after))
        }
        (Value::Number(before), Value::Number(after)) => before.as_f64() == after.as_f64(),
        (before, after) => before == after,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_service_adds_and_how_it_writes_nothing_is_no_change() {
        for (before, after, expected) in [
            (json!("a"), json!("a"), true),
            (json!("a"), json!("A"), false),
            (json!(null), json!(""), true),
            (json!([]), json!(null), true),
            (json!(3), json!(3.0), true),
            (json!("a"), json!(null), false),
            (json!({ "id": "x", "name": "X" }), json!({ "id": "x" }), true),
            (json!({ "id": "x" }), json!({ "id": "y" }), false),
            (json!([{ "id": "x", "n": 1 }]), json!([{ "id": "x" }]), true),
            (json!([1, 2]), json!([1]), false),
        ] {
            assert_eq!(is_same(&before, &after), expected, "{before} {after}");
        }
    }
}
