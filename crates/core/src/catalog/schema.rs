//! What a JSON body can hold, and whether one does.
//!
//! Clients are tolerant and leave this to the service. A stand-in for a service is not: it refuses what the service would
//! refuse, and a tool can say what is wrong before it sends anything.

use std::fmt;

use serde_json::Value;

use super::{nearest, printable};
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
    /// What it can be.
    pub schema: &'static Schema,
}

/// Why a JSON value does not fit its schema. Holds names and limits, none of the values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misfit {
    /// The names and indices that lead to the property, the innermost first.
    path: Vec<String>,
    problem: String,
}

impl Misfit {
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
impl fmt::Display for Misfit {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.path().as_str() {
            "" => write!(formatter, "the JSON body {}", self.problem),
            path => write!(formatter, "`{path}` {}", self.problem),
        }
    }
}

impl std::error::Error for Misfit {}

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
    ///         properties: &[Property { name: "pageNumber", required: false, schema: &NUMBER }],
    ///         open: false,
    ///     },
    /// };
    /// assert!(PAGE.check(&json!({ "pageNumber": 1 })).is_ok());
    /// let misfit = PAGE.check(&json!({ "pageNumber": 0 })).unwrap_err();
    /// assert_eq!(misfit.to_string(), "`pageNumber` is smaller than 1");
    /// ```
    ///
    /// # Errors
    /// The first thing that does not fit.
    pub fn check(&self, value: &Value) -> Result<(), Misfit> {
        match (&self.kind, value) {
            (_, Value::Null) if self.nullable => Ok(()),
            (SchemaKind::Any, _)
            | (SchemaKind::AnyObject, Value::Object(_))
            | (SchemaKind::Boolean, Value::Bool(_)) => Ok(()),
            (SchemaKind::Text { values, max_length }, Value::String(text)) => check_text(text, values, *max_length),
            (SchemaKind::Date, Value::String(text)) if text.parse::<Date>().is_ok() => Ok(()),
            (SchemaKind::DateTime, Value::String(text)) if text.parse::<Timestamp>().is_ok() => Ok(()),
            (SchemaKind::Integer { minimum, maximum }, Value::Number(number)) => {
                let Some(whole) = number.as_i64() else { return Err(Misfit::new("is no whole number of 64 bits")) };
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
                indexed.try_for_each(|(index, item)| items.check(item).map_err(|misfit| misfit.below(index)))
            }
            (SchemaKind::Map(values), Value::Object(map)) => {
                map.iter().try_for_each(|(name, value)| values.check(value).map_err(|misfit| misfit.below(name)))
            }
            (SchemaKind::Object { properties, open }, Value::Object(map)) => check_object(map, properties, *open),
            (kind, _) => Err(Misfit::new(format!("is no {}", kind.name()))),
        }
    }
}

impl SchemaKind {
    /// For people: `text`, `array`.
    fn name(&self) -> &'static str {
        match self {
            Self::Any => "JSON",
            Self::Text { .. } => "text",
            Self::Date => "date of the form YYYY-MM-DD",
            Self::DateTime => "date and time with an offset",
            Self::Integer { .. } => "whole number",
            Self::Number { .. } => "number",
            Self::Boolean => "true or false",
            Self::Array { .. } => "array",
            Self::AnyObject | Self::Map(_) | Self::Object { .. } => "JSON object",
        }
    }
}

fn check_text(text: &str, values: &[&str], max_length: Option<usize>) -> Result<(), Misfit> {
    if !values.is_empty() && !values.contains(&text) {
        return Err(Misfit::new(format!("is none of {}", values.join(", "))));
    }
    match max_length {
        Some(most) if text.chars().count() > most => Err(Misfit::new(format!("has more than {most} characters"))),
        _ => Ok(()),
    }
}

fn check_range<N: Copy>(
    number: N,
    minimum: Option<i64>,
    maximum: Option<i64>,
    below: impl Fn(N, i64) -> bool,
    above: impl Fn(N, i64) -> bool,
) -> Result<(), Misfit> {
    match (minimum, maximum) {
        (Some(least), _) if below(number, least) => Err(Misfit::new(format!("is smaller than {least}"))),
        (_, Some(most)) if above(number, most) => Err(Misfit::new(format!("is larger than {most}"))),
        _ => Ok(()),
    }
}

fn check_count(count: usize, min_items: Option<usize>, max_items: Option<usize>) -> Result<(), Misfit> {
    match (min_items, max_items) {
        (Some(least), _) if count < least => {
            Err(Misfit::new(format!("has {count} items; at least {least} are needed")))
        }
        (_, Some(most)) if count > most => Err(Misfit::new(format!("has {count} items; at most {most} are taken"))),
        _ => Ok(()),
    }
}

fn check_object(map: &serde_json::Map<String, Value>, properties: &[Property], open: bool) -> Result<(), Misfit> {
    for (name, value) in map {
        let known = properties.binary_search_by(|property| property.name.cmp(name)).ok();
        match known.and_then(|index| properties.get(index)) {
            Some(property) if value.is_null() && !property.required => {}
            Some(property) => property.schema.check(value).map_err(|misfit| misfit.below(name))?,
            None if open => {}
            None => return Err(unknown(name, properties).below(name)),
        }
    }
    match properties.iter().find(|property| property.required && !map.contains_key(property.name)) {
        Some(property) => Err(Misfit::new("is required").below(property.name)),
        None => Ok(()),
    }
}

fn unknown(name: &str, properties: &[Property]) -> Misfit {
    let names = properties.iter().map(|property| property.name);
    let near = nearest(name, names).map(|near| format!("; perhaps `{near}` is meant"));
    Misfit::new(format!("is no property that the operation takes{}", near.unwrap_or_default()))
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
            Property { name: "children", required: false, schema: &LIST },
            Property { name: "count", required: false, schema: &COUNT },
            Property { name: "day", required: false, schema: &DAY },
            Property { name: "flag", required: true, schema: &CLEARED },
            Property { name: "map", required: false, schema: &MAP },
            Property { name: "share", required: false, schema: &SHARE },
            Property { name: "short", required: false, schema: &SHORT },
            Property { name: "when", required: false, schema: &WHEN },
            Property { name: "word", required: false, schema: &WORD },
        ],
        open: false,
    });

    #[test]
    fn what_fits_is_taken() {
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
    fn what_does_not_fit_is_named_with_its_path() {
        for (value, message) in [
            (json!([]), "the JSON body is no JSON object"),
            (json!({}), "`flag` is required"),
            (json!({ "flag": "yes" }), "`flag` is no true or false"),
            (
                json!({ "flag": true, "counts": 1 }),
                "`counts` is no property that the operation takes; perhaps `count` is meant",
            ),
            (json!({ "flag": true, "count": 10 }), "`count` is larger than 9"),
            (json!({ "flag": true, "count": 1.0 }), "`count` is no whole number of 64 bits"),
            (json!({ "flag": true, "count": "1" }), "`count` is no whole number"),
            (json!({ "flag": true, "share": -0.1 }), "`share` is smaller than 0"),
            (json!({ "flag": true, "short": "abcd" }), "`short` has more than 3 characters"),
            (json!({ "flag": true, "word": "three" }), "`word` is none of one, two"),
            (json!({ "flag": true, "day": "2024-02-30" }), "`day` is no date of the form YYYY-MM-DD"),
            (json!({ "flag": true, "when": "now" }), "`when` is no date and time with an offset"),
            (json!({ "flag": true, "children": [] }), "`children` has 0 items; at least 1 are needed"),
            (json!({ "flag": true, "children": [1, 2, 3] }), "`children` has 3 items; at most 2 are taken"),
            (json!({ "flag": true, "children": [{ "flag": true }, {}] }), "`children.1.flag` is required"),
            (json!({ "flag": true, "children": [null] }), "`children.0` is no JSON object"),
            (json!({ "flag": true, "map": { "a": -1 } }), "`map.a` is smaller than 0"),
        ] {
            assert_eq!(TREE.check(&value).map_err(|misfit| misfit.to_string()), Err(message.to_owned()));
        }
    }
}
