//! A field that an update would change.

use std::fmt;

use serde_json::Value;

/// A field that an update would change, with its values.
///
/// [`Display`](fmt::Display) writes them as JSON, so print a change only where the data of people may be shown.
///
/// ```
/// use rosterkit_core::FieldChange;
/// use serde_json::json;
///
/// let held = json!({ "title": "Agent", "department": "Sales" });
/// let wanted = json!({ "title": "Trainer", "department": null, "email": "a.roe@example.com" });
/// let changes = FieldChange::between(&held, &wanted, |_, held, wanted| held == wanted);
/// let changes: Vec<String> = changes.iter().map(ToString::to_string).collect();
/// assert_eq!(
///     changes,
///     [r#"department: "Sales" → none"#, r#"email: none → "a.roe@example.com""#, r#"title: "Agent" → "Trainer""#]
/// );
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct FieldChange {
    /// The name of the field in JSON.
    pub field: String,
    /// The value before; `None` if there is none, or it was not read.
    pub before: Option<Value>,
    /// The value after; `None` if the field is cleared.
    pub after: Option<Value>,
}

impl FieldChange {
    /// The fields of a JSON object that another one does not hold, in the order of the object that is wanted. Fields that it
    /// lacks are left alone; `null` is no value, as is an absent field of `held`.
    ///
    /// `is_same` compares the values of a field, of which one may be absent.
    pub fn between(
        held: &Value,
        wanted: &Value,
        is_same: impl Fn(&str, Option<&Value>, Option<&Value>) -> bool,
    ) -> Vec<Self> {
        let fields = wanted.as_object().into_iter().flatten();
        let change = |(field, after): (&String, &Value)| {
            let value = |value: &Value| (!value.is_null()).then(|| value.clone());
            let (before, after) = (held.get(field).and_then(value), value(after));
            let is_change = !is_same(field, before.as_ref(), after.as_ref());
            is_change.then(|| Self { field: field.clone(), before, after })
        };
        fields.filter_map(change).collect()
    }
}

impl fmt::Display for FieldChange {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: ", self.field)?;
        for (value, end) in [(&self.before, " → "), (&self.after, "")] {
            match value {
                Some(value) => write!(formatter, "{value}{end}")?,
                None => write!(formatter, "none{end}")?,
            }
        }
        Ok(())
    }
}
