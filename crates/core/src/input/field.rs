//! A field of items: where its value belongs, and what its cells hold.

use serde_json::{Map, Value};

use super::strict_json;
use crate::catalog::{Schema, SchemaKind};

/// The largest whole number that a fraction such as `3.0` gives exactly.
const MAX_EXACT: f64 = 9_007_199_254_740_992.0;

/// What an empty cell of CSV means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EmptyCell {
    /// Its field is absent. So are the fields of the cells that a row leaves out at its end, if a line break ends the row.
    Absent,
    /// An empty text; in a column that is not text, `null`. A row must have all its cells: a field that a file does not
    /// give must not be cleared.
    EmptyText,
}

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldKind {
    /// Text.
    Text,
    /// `true` or `false`, whatever the case.
    Boolean,
    /// A whole number. `3.0` is one.
    Integer,
    /// A number.
    Number,
    /// Any JSON.
    Json,
    /// Nothing that is used: the field is known, and left out.
    LeftOut,
}

impl FieldKind {
    /// What a property with this schema holds.
    pub fn of(schema: &Schema) -> Self {
        match schema.kind {
            SchemaKind::Any | SchemaKind::Text { .. } | SchemaKind::Date | SchemaKind::DateTime => Self::Text,
            SchemaKind::Boolean => Self::Boolean,
            SchemaKind::Integer { .. } => Self::Integer,
            SchemaKind::Number { .. } => Self::Number,
            SchemaKind::Array { .. } | SchemaKind::AnyObject | SchemaKind::Map(_) | SchemaKind::Object { .. } => {
                Self::Json
            }
        }
    }
}

/// A field, found by its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    path: Vec<String>,
    kind: FieldKind,
    is_json: bool,
}

/// Makes a whole number of one that is written as a fraction, such as `3.0`.
pub(super) fn whole(value: &mut Value) {
    let number = match value {
        Value::Number(number) if number.is_f64() => number.as_f64(),
        _ => None,
    };
    if let Some(number) = number.filter(|number| number.fract() == 0.0 && number.abs() <= MAX_EXACT) {
        *value = Value::from(number as i64);
    }
}

impl Field {
    pub(super) fn new(path: Vec<String>, kind: FieldKind, is_json: bool) -> Self {
        let kind = match kind {
            FieldKind::Text if is_json => FieldKind::Json,
            kind => kind,
        };
        Self { path, kind, is_json }
    }

    /// The dotted path of the field.
    pub fn name(&self) -> String {
        self.path.join(".")
    }

    /// What the field holds.
    pub fn kind(&self) -> FieldKind {
        self.kind
    }

    /// Whether its name had the suffix `:json`, so that `null` clears it.
    pub fn is_json(&self) -> bool {
        self.is_json
    }

    /// Whether one of the two would set the other, or a part of it.
    pub fn clashes(&self, other: &Self) -> bool {
        self.path.starts_with(&other.path) || other.path.starts_with(&self.path)
    }

    /// Sets the field in an item. Fields that [clash](Self::clashes) replace each other.
    pub fn set(&self, item: &mut Map<String, Value>, value: Value) {
        set(item, &self.path, value);
    }

    /// The value of a cell of CSV, or of another text. `null` clears a field that is not text. `None` if the cell is
    /// empty and its field is absent.
    ///
    /// # Errors
    /// What the cell must be, such as `expected true or false`. The message has no value.
    pub fn value(&self, cell: &str, empty: EmptyCell) -> Result<Option<Value>, String> {
        let json = |expected: &str| {
            let problem = |problem: strict_json::Problem| problem.cause.unwrap_or_else(|| expected.to_owned());
            strict_json::value(cell.as_bytes()).map_err(problem)
        };
        let value = match self.kind {
            FieldKind::LeftOut => return Ok(None),
            _ if cell.is_empty() && empty == EmptyCell::Absent => return Ok(None),
            FieldKind::Text => Value::String(cell.to_owned()),
            _ if cell.is_empty() || cell.trim() == "null" => Value::Null,
            FieldKind::Boolean => match cell.trim() {
                cell if cell.eq_ignore_ascii_case("true") => Value::Bool(true),
                cell if cell.eq_ignore_ascii_case("false") => Value::Bool(false),
                _ => return Err("expected true or false".to_owned()),
            },
            FieldKind::Integer => {
                let mut value = json("expected a whole number")?;
                whole(&mut value);
                if !value.is_i64() && !value.is_u64() {
                    return Err("expected a whole number".to_owned());
                }
                value
            }
            FieldKind::Number => {
                let value = json("expected a number")?;
                if !value.is_number() {
                    return Err("expected a number".to_owned());
                }
                value
            }
            FieldKind::Json => json(
                "invalid JSON value; expected an array such as [\"a\"], an object, a text in quotation marks, or null",
            )?,
        };
        Ok(Some(value))
    }

    /// The value of the field, if it is another JSON value: a text of a field that is not text is read like a cell.
    ///
    /// # Errors
    /// As [`value`](Self::value).
    pub fn value_of(&self, value: Value) -> Result<Option<Value>, String> {
        match value {
            Value::String(text) if !matches!(self.kind, FieldKind::Text | FieldKind::Json) => {
                self.value(&text, EmptyCell::Absent)
            }
            _ if self.kind == FieldKind::LeftOut => Ok(None),
            mut value => {
                if self.kind == FieldKind::Integer {
                    whole(&mut value);
                }
                Ok(Some(value))
            }
        }
    }
}

fn set(item: &mut Map<String, Value>, path: &[String], value: Value) {
    match path {
        [] => {}
        [name] => drop(item.insert(name.clone(), value)),
        [name, rest @ ..] => {
            let inner = item.entry(name.clone()).or_insert_with(|| Value::Object(Map::new()));
            if !inner.is_object() {
                *inner = Value::Object(Map::new());
            }
            if let Value::Object(inner) = inner {
                set(inner, rest, value);
            }
        }
    }
}
