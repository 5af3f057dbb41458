//! Schemas of JSON bodies, and checks against them.
//!
//! Clients are tolerant and leave this to the service. A sandbox does not: it refuses what the service would refuse,
//! and a tool can report violations before it sends anything.

use std::fmt;

use serde_json::Value;

use crate::suggest::{did_you_mean, printable};
use crate::{Date, Timestamp};

/// What a JSON value can be.
#[derive(Clone, Copy, Debug)]
pub struct Schema {
    /// Whether `null` is a value of its own.
    pub nullable: bool,
    /// What it is otherwise.
    pub kind: SchemaKind,
}

/// The kinds of JSON values.
#[derive(Clone, Copy, Debug)]
pub enum SchemaKind {
    /// Any JSON.
    Any,
    /// An object with any properties.
    AnyObject,
    /// Text.
    Text {
        /// The known values of an enumeration; empty if it is none.
        values: &'static [&'static str],
        /// The largest number of characters.
        max_length: Option<usize>,
    },
    /// A date, `YYYY-MM-DD`.
    Date,
    /// A date and time with an offset.
    DateTime,
    /// A whole number.
    Integer {
        /// The smallest value.
        minimum: Option<i64>,
        /// The largest value.
        maximum: Option<i64>,
    },
    /// A number.
    Number {
        /// The smallest value.
        minimum: Option<i64>,
        /// The largest value.
        maximum: Option<i64>,
    },
    /// `true` or `false`.
    Boolean,
    /// An array.
    Array {
        /// What each item can be.
        items: &'static Schema,
        /// The smallest number of items.
        min_items: Option<usize>,
        /// The largest number of items.
        max_items: Option<usize>,
    },
    /// An object whose properties have any name and all the same schema.
    Map(&'static Schema),
    /// An object with properties of its own.
    Object {
        /// The properties, sorted by name.
        properties: &'static [Property],
        /// Whether it can have others as well.
        open: bool,
    },
}

/// A property of an object.
#[derive(Clone, Copy, Debug)]
pub struct Property {
    /// Its name.
    pub name: &'static str,
    /// Whether it must be there.
    pub required: bool,
    /// Whether the service sets it itself, and ignores it in requests.
    pub read_only: bool,
    /// What it can be.
    pub schema: &'static Schema,
}

/// How a JSON value violates its schema. Holds names and limits, none of the values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The names and indices that lead to the property, the innermost first.
    path: Vec<String>,
    problem: String,
}

impl Violation {
    fn new(problem: impl Into<String>) -> Self {
        Self { path: Vec::new(), problem: problem.into() }
    }

    fn below(mut self, name: impl fmt::Display) -> Self {
        self.path.push(name.to_string());
        self
    }

    /// The dotted path of the property, such as `users.3.firstName`; empty for the value itself.
    pub fn path(&self) -> String {
        self.path.iter().rev().map(|name| printable(name)).collect::<Vec<_>>().join(".")
    }

    /// What is wrong; completes "the value of `name` …".
    pub fn problem(&self) -> &str {
        &self.problem
    }
}

/// One line: path and problem.
impl fmt::Display for Violation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.path().as_str() {
            "" => write!(formatter, "the JSON body {}", self.problem),
            path => write!(formatter, "`{path}` {}", self.problem),
        }
    }
}

impl std::error::Error for Violation {}

impl Schema {
    /// Checks a value, property by property: known names, types, required properties, known values of enumerations,
    /// ranges, lengths and numbers of items. A property that need not be there can also be `null`.
    ///
    /// ```
    /// use rosterkit_core::catalog::{Property, Schema, SchemaKind};
    /// use serde_json::json;
    ///
    /// static NUMBER: Schema =
    ///     Schema { nullable: false, kind: SchemaKind::Integer { minimum: Some(1), maximum: None } };
    /// static PAGE: Schema = Schema {
    ///     nullable: false,
    ///     kind: SchemaKind::Object {
    ///         properties: &[Property { name: "pageNumber", required: false, read_only: false, schema: &NUMBER }],
    ///         open: false,
    ///     },
    /// };
    /// assert!(PAGE.check(&json!({ "pageNumber": 1 })).is_ok());
    /// let violation = PAGE.check(&json!({ "pageNumber": 0 })).unwrap_err();
    /// assert_eq!(violation.to_string(), "`pageNumber` is smaller than 1");
    /// ```
    ///
    /// # Errors
    /// The first violation.
    pub fn check(&self, value: &Value) -> Result<(), Violation> {
        match (&self.kind, value) {
            (_, Value::Null) if self.nullable => Ok(()),
            (SchemaKind::Any, _)
            | (SchemaKind::AnyObject, Value::Object(_))
            | (SchemaKind::Boolean, Value::Bool(_)) => Ok(()),
            (SchemaKind::Text { values, max_length }, Value::String(text)) => check_text(text, values, *max_length),
            (SchemaKind::Date, Value::String(text)) if text.parse::<Date>().is_ok() => Ok(()),
            (SchemaKind::DateTime, Value::String(text)) if text.parse::<Timestamp>().is_ok() => Ok(()),
            (SchemaKind::Integer { minimum, maximum }, Value::Number(number)) => {
                let Some(whole) = number.as_i64() else {
                    return Err(Violation::new("is not a whole number of 64 bits"));
                };
                check_range(whole, *minimum, *maximum, |number, limit| number < limit, |number, limit| number > limit)
            }
            (SchemaKind::Number { minimum, maximum }, Value::Number(number)) => {
                let number = number.as_f64().unwrap_or(f64::NAN);
                let (below, above) = (|number, limit| number < limit as f64, |number, limit| number > limit as f64);
                check_range(number, *minimum, *maximum, below, above)
            }
            (SchemaKind::Array { items, min_items, max_items }, Value::Array(list)) => {
                check_count(list.len(), *min_items, *max_items)?;
                let mut indexed = list.iter().enumerate();
                indexed.try_for_each(|(index, item)| items.check(item).map_err(|violation| violation.below(index)))
            }
            (SchemaKind::Map(values), Value::Object(map)) => {
                map.iter().try_for_each(|(name, value)| values.check(value).map_err(|violation| violation.below(name)))
            }
            (SchemaKind::Object { properties, open }, Value::Object(map)) => check_object(map, properties, *open),
            (kind, _) => Err(Violation::new(format!("is not {}", kind.name()))),
        }
    }
}

impl SchemaKind {
    /// For messages: `a text`, `an array`.
    fn name(&self) -> &'static str {
        match self {
            Self::Any => "JSON",
            Self::Text { .. } => "a text",
            Self::Date => "a date (YYYY-MM-DD)",
            Self::DateTime => "a date-time with an offset",
            Self::Integer { .. } => "a whole number",
            Self::Number { .. } => "a number",
            Self::Boolean => "true or false",
            Self::Array { .. } => "an array",
            Self::AnyObject | Self::Map(_) | Self::Object { .. } => "a JSON object",
        }
    }
}

fn check_text(text: &str, values: &[&str], max_length: Option<usize>) -> Result<(), Violation> {
    if !values.is_empty() && !values.contains(&text) {
        return Err(Violation::new(format!("is not one of {}", values.join(", "))));
    }
    match max_length {
        Some(most) if text.chars().count() > most => Err(Violation::new(format!("has more than {most} characters"))),
        _ => Ok(()),
    }
}

fn check_range<N: Copy>(
    number: N,
    minimum: Option<i64>,
    maximum: Option<i64>,
    below: impl Fn(N, i64) -> bool,
    above: impl Fn(N, i64) -> bool,
) -> Result<(), Violation> {
    match (minimum, maximum) {
        (Some(least), _) if below(number, least) => Err(Violation::new(format!("is smaller than {least}"))),
        (_, Some(most)) if above(number, most) => Err(Violation::new(format!("is larger than {most}"))),
        _ => Ok(()),
    }
}

fn check_count(count: usize, min_items: Option<usize>, max_items: Option<usize>) -> Result<(), Violation> {
    match (min_items, max_items) {
        (Some(least), _) if count < least => {
            Err(Violation::new(format!("has {count} items; expected at least {least}")))
        }
        (_, Some(most)) if count > most => Err(Violation::new(format!("has {count} items; expected at most {most}"))),
        _ => Ok(()),
    }
}

fn check_object(map: &serde_json::Map<String, Value>, properties: &[Property], open: bool) -> Result<(), Violation> {
    for (name, value) in map {
        let known = properties.binary_search_by(|property| property.name.cmp(name)).ok();
        match known.and_then(|index| properties.get(index)) {
            Some(property) if value.is_null() && !property.required => {}
            Some(property) => property.schema.check(value).map_err(|violation| violation.below(name))?,
            None if open => {}
            None => return Err(unknown(name, properties).below(name)),
        }
    }
    match properties.iter().find(|property| property.required && !map.contains_key(property.name)) {
        Some(property) => Err(Violation::new("is required").below(property.name)),
        None => Ok(()),
    }
}

fn unknown(name: &str, properties: &[Property]) -> Violation {
    let names = properties.iter().map(|property| property.name);
    let guess = did_you_mean(name, names).map(|guess| format!("; {guess}")).unwrap_or_default();
    Violation::new(format!("is an unknown property{guess}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const fn of(kind: SchemaKind) -> Schema {
        Schema { nullable: false, kind }
    }

    static WORD: Schema = of(SchemaKind::Text { values: &["one", "two"], max_length: None });
    static SHORT: Schema = of(SchemaKind::Text { values: &[], max_length: Some(3) });
    static WHEN: Schema = of(SchemaKind::DateTime);
    static DAY: Schema = of(SchemaKind::Date);
    static COUNT: Schema = of(SchemaKind::Integer { minimum: Some(0), maximum: Some(9) });
    static SHARE: Schema = of(SchemaKind::Number { minimum: Some(0), maximum: Some(1) });
    static LIST: Schema = of(SchemaKind::Array { items: &TREE, min_items: Some(1), max_items: Some(2) });
    static MAP: Schema = of(SchemaKind::Map(&COUNT));
    static CLEARED: Schema = Schema { nullable: true, kind: SchemaKind::Boolean };
    /// A tree: its schema leads back to itself.
    static TREE: Schema = of(SchemaKind::Object {
        properties: &[
            Property { name: "children", required: false, read_only: false, schema: &LIST },
            Property { name: "count", required: false, read_only: false, schema: &COUNT },
            Property { name: "day", required: false, read_only: false, schema: &DAY },
            Property { name: "flag", required: true, read_only: false, schema: &CLEARED },
            Property { name: "map", required: false, read_only: false, schema: &MAP },
            Property { name: "share", required: false, read_only: false, schema: &SHARE },
            Property { name: "short", required: false, read_only: false, schema: &SHORT },
            Property { name: "when", required: false, read_only: false, schema: &WHEN },
            Property { name: "word", required: false, read_only: false, schema: &WORD },
        ],
        open: false,
    });

    #[test]
    fn valid_values_pass() {
        for value in [
            json!({ "flag": true }),
            json!({ "flag": null, "count": null }),
            json!({ "flag": false, "children": [{ "flag": true, "children": [{ "flag": true }] }] }),
            json!({ "flag": true, "count": 9, "share": 0.5, "short": "äöü", "word": "two", "map": { "any": 0 } }),
            json!({ "flag": true, "day": "2024-02-29", "when": "2024-02-29T10:00Z", "share": 1 }),
        ] {
            assert_eq!(TREE.check(&value), Ok(()), "{value}");
        }
    }

    #[test]
    fn a_violation_is_reported_with_its_path() {
        for (value, message) in [
            (json!([]), "the JSON body is not a JSON object"),
            (json!({}), "`flag` is required"),
            (json!({ "flag": "yes" }), "`flag` is not true or false"),
            (json!({ "flag": true, "counts": 1 }), "`counts` is an unknown property; did you mean `count`?"),
            (json!({ "flag": true, "count": 10 }), "`count` is larger than 9"),
            (json!({ "flag": true, "count": 1.0 }), "`count` is not a whole number of 64 bits"),
            (json!({ "flag": true, "count": "1" }), "`count` is not a whole number"),
            (json!({ "flag": true, "share": -0.1 }), "`share` is smaller than 0"),
            (json!({ "flag": true, "short": "abcd" }), "`short` has more than 3 characters"),
            (json!({ "flag": true, "word": "three" }), "`word` is not one of one, two"),
            (json!({ "flag": true, "day": "2024-02-30" }), "`day` is not a date (YYYY-MM-DD)"),
            (json!({ "flag": true, "when": "now" }), "`when` is not a date-time with an offset"),
            (json!({ "flag": true, "children": [] }), "`children` has 0 items; expected at least 1"),
            (json!({ "flag": true, "children": [1, 2, 3] }), "`children` has 3 items; expected at most 2"),
            (json!({ "flag": true, "children": [{ "flag": true }, {}] }), "`children.1.flag` is required"),
            (json!({ "flag": true, "children": [null] }), "`children.0` is not a JSON object"),
            (json!({ "flag": true, "map": { "a": -1 } }), "`map.a` is smaller than 0"),
        ] {
            assert_eq!(TREE.check(&value).map_err(|violation| violation.to_string()), Err(message.to_owned()));
        }
    }
}
