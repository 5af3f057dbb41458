//! Genesys users: which fields they have, how mapped values become values of these fields, and how both sides are written so
//! that equal things are equal.
//!
//! | field | mapped value | compared as |
//! | --- | --- | --- |
//! | `name`, `email`, `title`, `department`, `preferredName` | a text or a number | the text |
//! | `acdAutoAnswer` | true or false, as a text too | true or false |
//! | `division` | the name or the id of a division | its name; its id if several divisions have the name |
//! | `manager` | the id or the e-mail address of a Genesys user, or the id of the manager in the source | the id of the Genesys user |
//! | `skills`, `languages` | an object name → proficiency, or a text `Name:3;Other:4.5`, see [`rated`] | an object name → proficiency |
//! | `certifications`, `profileSkills` | a list of texts, or a text `One;Other` | the texts in the order of the alphabet |
//! | `biography`, `chat`, `employerInfo` | an object | the object; parts that the mapping lacks stay as they are |

use std::collections::BTreeSet;

use genesys_users::types::UserExpand;
use serde_json::{Map, Number, Value};

use crate::config::Flow;
use crate::expression::Paths;
use crate::state::snapshots::TargetStatus;
use crate::target::names::{Names, Nouns};
use crate::target::{TargetRecord, label, text};

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    Text,
    Flag,
    Texts,
    Object,
    Division,
    Manager,
    Skills,
    Languages,
}

/// The fields that a flow can own, and whether a listing shows them only with `expand`.
const FIELDS: &[(&str, Shape, bool)] = &[
    ("name", Shape::Text, false),
    ("email", Shape::Text, false),
    ("title", Shape::Text, false),
    ("department", Shape::Text, false),
    ("preferredName", Shape::Text, false),
    ("acdAutoAnswer", Shape::Flag, false),
    ("chat", Shape::Object, false),
    ("division", Shape::Division, false),
    ("manager", Shape::Manager, false),
    ("skills", Shape::Skills, true),
    ("languages", Shape::Languages, true),
    ("certifications", Shape::Texts, true),
    ("profileSkills", Shape::Texts, true),
    ("biography", Shape::Object, true),
    ("employerInfo", Shape::Object, true),
];

/// The largest proficiency.
const MAX_PROFICIENCY: f64 = 5.0;

fn shape(field: &str) -> Option<Shape> {
    FIELDS.iter().find(|(name, ..)| *name == field).map(|(_, shape, _)| *shape)
}

/// The parts that a listing of the target has to be asked for: those of owned fields, and those that passes and
/// protections look at.
pub(crate) fn expands(flow: &Flow) -> Vec<String> {
    let is_owned = |part: &str| flow.fields.iter().any(|field| field.name == part);
    let is_looked_at = |part: &str| {
        let passes = flow.identity.passes.iter().map(|pass| &pass.target);
        // An expression over the whole record does not require to read all parts of everybody.
        let named = passes.chain(&flow.protect.target).filter(|it| !matches!(it.paths(), Paths::All));
        named.into_iter().any(|expression| expression.paths().contains(part))
    };
    let parts = UserExpand::VALUES.iter().filter(|part| is_owned(part) || is_looked_at(part));
    parts.map(|part| (*part).to_owned()).collect()
}

pub(super) fn record(row: &Value, names: &Names) -> Result<TargetRecord, String> {
    let id = text(row, "id").ok_or("it has no `id`")?;
    let status = match text(row, "state").as_deref() {
        Some("active") => TargetStatus::Active,
        Some("inactive") => TargetStatus::Inactive,
        Some("deleted") => TargetStatus::Deleted,
        _ => return Err("`state` is none of active, inactive, deleted".to_owned()),
    };
    let fields = FIELDS.iter().filter_map(|(name, shape, is_part)| {
        let value = read(*shape, row.get(name).filter(|value| !value.is_null()), names);
        // A part that did not come says nothing; any other field that did not come has no value.
        let value = if *is_part { value? } else { value.unwrap_or_default() };
        Some(((*name).to_owned(), value))
    });
    let fields = fields.collect();
    let version = row.get("version").and_then(Value::as_i64);
    Ok(TargetRecord { id, label: label(row), status, version, unwritable: None, fields })
}

/// The value of a field as the service shows it; `None` if there is none.
fn read(shape: Shape, value: Option<&Value>, names: &Names) -> Option<Value> {
    let value = value?;
    match shape {
        Shape::Text => value.as_str().filter(|text| !text.is_empty()).map(Value::from),
        Shape::Flag => value.as_bool().map(Value::Bool),
        Shape::Object => value.is_object().then(|| value.clone()),
        Shape::Texts => Some(sorted(value.as_array()?.iter().filter_map(Value::as_str))),
        Shape::Division => {
            let id = text(value, "id")?;
            Some(names.divisions.canonical(&id).unwrap_or(&id).into())
        }
        Shape::Manager => text(value, "id").map(Value::String),
        Shape::Skills => Some(listed(value.as_array()?, &names.skills, |proficiency| proficiency)),
        Shape::Languages => Some(listed(value.as_array()?, &names.languages, f64::round)),
    }
}

/// The skills or languages of a user.
fn listed(items: &[Value], nouns: &Nouns, kept: fn(f64) -> f64) -> Value {
    let pair = |item: &Value| {
        let id = text(item, "id")?;
        let name = nouns.canonical(&id).map(str::to_owned).or_else(|| text(item, "name")).unwrap_or(id);
        let proficiency = item.get("proficiency").and_then(Value::as_f64).unwrap_or_default();
        Some((name, Number::from_f64(kept(proficiency)).map(Value::Number)?))
    };
    Value::Object(items.iter().filter_map(pair).collect())
}

/// A mapped value as the field takes it.
///
/// # Errors
/// What is expected. It has no values.
pub(super) fn value(field: &str, value: Value, names: &Names) -> Result<Value, String> {
    let shape = shape(field).ok_or("it is not a field of Genesys users")?;
    match (shape, value) {
        (Shape::Text, value) => plain(value).map(Value::String).ok_or_else(|| "expected a text".to_owned()),
        (Shape::Flag, Value::Bool(flag)) => Ok(Value::Bool(flag)),
        (Shape::Flag, Value::String(text)) if text.eq_ignore_ascii_case("true") => Ok(Value::Bool(true)),
        (Shape::Flag, Value::String(text)) if text.eq_ignore_ascii_case("false") => Ok(Value::Bool(false)),
        (Shape::Flag, _) => Err("expected true or false".to_owned()),
        (Shape::Texts, Value::String(text)) => Ok(sorted(parts(&text))),
        (Shape::Texts, Value::Array(items)) if items.iter().all(Value::is_string) => {
            Ok(sorted(items.iter().filter_map(Value::as_str).map(str::trim).filter(|text| !text.is_empty())))
        }
        (Shape::Texts, _) => Err("expected a list of texts, or a text such as `One;Other`".to_owned()),
        (Shape::Object, Value::Object(object)) => Ok(Value::Object(object)),
        (Shape::Object, _) => Err("expected an object".to_owned()),
        (Shape::Division, value) => {
            let division = plain(value).ok_or("expected the name or the id of a division")?;
            let known = names.divisions.canonical(&division);
            known.map(Value::from).ok_or_else(|| "it is the name or the id of no division, or of several".to_owned())
        }
        (Shape::Manager, value) => plain(value)
            .map(|text| Value::from(text.trim()))
            .ok_or_else(|| "expected an id or an e-mail address".to_owned()),
        (Shape::Skills, value) => rated(value, &names.skills, "skill", |proficiency| proficiency),
        (Shape::Languages, value) => rated(value, &names.languages, "language", f64::round),
    }
}

/// Skills or languages with their proficiency, from 0 to 5.
///
/// A mapped value is an object name → proficiency, or a text of items that are divided by `;`, each `Name:proficiency` or `Name`.
/// In a text, the proficiency begins after the last `:` of an item, and what is not a number there belongs to the name. `null`
/// in an object, and an item without a number, leaves the proficiency as it is; somebody who does not have the skill yet gets
/// it with 0. Names are those of the organization in any case, or ids. The proficiency of a language is rounded to a whole
/// number, as the service does.
///
/// The whole value is what a person has: what it does not name is removed.
fn rated(value: Value, nouns: &Nouns, noun: &str, kept: fn(f64) -> f64) -> Result<Value, String> {
    let items: Vec<(String, Option<f64>)> = match value {
        Value::Object(object) => object.into_iter().map(proficiency).collect::<Result<_, _>>()?,
        Value::String(text) => parts(&text).map(item).collect(),
        _ => return Err("expected an object of names with numbers, or a text such as `Name:3;Other:4.5`".to_owned()),
    };
    let mut rated = Map::new();
    for (place, (name, proficiency)) in items.into_iter().enumerate() {
        let place = place + 1;
        let known =
            nouns.canonical(&name).ok_or_else(|| format!("item {place} is not a {noun} of the organization"))?;
        let proficiency = match proficiency {
            None => Value::Null,
            Some(number) if (0.0..=MAX_PROFICIENCY).contains(&number) => {
                Number::from_f64(kept(number)).map(Value::Number).unwrap_or_default()
            }
            Some(_) => return Err(format!("the proficiency of item {place} is not from 0 to 5")),
        };
        if rated.insert(known.to_owned(), proficiency).is_some() {
            return Err(format!("item {place} is there twice"));
        }
    }
    Ok(Value::Object(rated))
}

fn proficiency((name, value): (String, Value)) -> Result<(String, Option<f64>), String> {
    match value {
        Value::Null => Ok((name, None)),
        Value::Number(number) => Ok((name, number.as_f64())),
        Value::String(text) => match text.trim().parse() {
            Ok(number) => Ok((name, Some(number))),
            Err(_) => Err("a proficiency is not a number".to_owned()),
        },
        _ => Err("a proficiency is not a number".to_owned()),
    }
}

/// `Name:proficiency` or `Name`.
fn item(text: &str) -> (String, Option<f64>) {
    let rated = text.rsplit_once(':').and_then(|(name, number)| Some((name, number.trim().parse().ok()?)));
    match rated {
        Some((name, number)) => (name.trim().to_owned(), Some(number)),
        None => (text.to_owned(), None),
    }
}

/// What is to be written, where a mapped value says only part of it: with the rest from the target.
pub(super) fn completed(field: &str, after: Value, before: Option<&Value>) -> Value {
    match (shape(field), after) {
        (Some(Shape::Skills | Shape::Languages), Value::Null) => Value::Object(Map::new()),
        (Some(Shape::Skills | Shape::Languages), Value::Object(mut items)) => {
            for (name, proficiency) in items.iter_mut().filter(|(_, proficiency)| proficiency.is_null()) {
                let held = before.and_then(|before| before.get(name)).cloned();
                *proficiency = held.unwrap_or_else(|| 0.0.into());
            }
            Value::Object(items)
        }
        (Some(Shape::Texts), Value::Null) => Value::Array(Vec::new()),
        (Some(Shape::Object), Value::Object(after)) => {
            let mut whole = before.and_then(Value::as_object).cloned().unwrap_or_default();
            for (name, value) in after {
                match value {
                    Value::Null => drop(whole.remove(&name)),
                    value => drop(whole.insert(name, value)),
                }
            }
            Value::Object(whole)
        }
        (_, after) => after,
    }
}

fn plain(value: Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn parts(text: &str) -> impl Iterator<Item = &str> {
    text.split(';').map(str::trim).filter(|part| !part.is_empty())
}

fn sorted<'a>(texts: impl Iterator<Item = &'a str>) -> Value {
    texts.collect::<BTreeSet<_>>().into_iter().map(Value::from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::target::names;
    use serde_json::json;

    fn names() -> Names {
        Names {
            skills: names::of(&[("s-1", "Billing"), ("s-2", "Phone: German")]),
            languages: names::of(&[("l-1", "French")]),
            divisions: names::of(&[("d-1", "Home"), ("d-2", "North")]),
        }
    }

    #[test]
    fn mapped_values_are_written_as_the_listing_shows_them() -> Result<(), String> {
        let names = names();
        let row = json!({
            "id": "u-1", "state": "inactive", "name": "Sample Person", "email": "sample@example.com", "version": 7,
            "division": { "id": "d-2", "name": "Old name" }, "manager": { "id": "u-2" }, "department": "",
            "skills": [{ "id": "s-1", "name": "Billing", "proficiency": 4.5 }, { "id": "s-9", "name": "Unlisted" }],
            "languages": [{ "id": "l-1", "name": "French", "proficiency": 3.4 }], "certifications": ["B", "A"],
        });
        let record = record(&row, &names)?;
        assert_eq!((record.status, record.version), (TargetStatus::Inactive, Some(7)));
        for (field, mapped) in [
            ("name", json!("Sample Person")),
            ("division", json!("north")),
            ("division", json!("d-2")),
            ("manager", json!(" u-2 ")),
            ("languages", json!("french:3.2")),
            ("languages", json!({ "l-1": 3 })),
            ("certifications", json!("A; B;")),
            ("certifications", json!(["A", "B"])),
        ] {
            assert_eq!(Some(&value(field, mapped, &names)?), record.fields.get(field), "{field}");
        }
        assert_eq!(record.fields["skills"], json!({ "Billing": 4.5, "Unlisted": 0.0 }));
        assert_eq!(record.fields["department"], Value::Null);
        assert_eq!(record.fields.get("employerInfo"), None, "a part that did not come says nothing");
        Ok(())
    }

    #[test]
    fn skills_are_written_as_an_object_or_a_text_and_mistakes_name_the_item_without_its_value() {
        let names = names();
        for (mapped, expected) in [
            (json!("billing:3; Phone: German:4.5"), Ok(json!({ "Billing": 3.0, "Phone: German": 4.5 }))),
            (json!("Phone: German"), Ok(json!({ "Phone: German": null }))),
            (json!({ "Billing": "2.5", "s-2": null }), Ok(json!({ "Billing": 2.5, "Phone: German": null }))),
            (json!("Billing:3;Unknown:2"), Err("item 2 is not a skill of the organization")),
            (json!("Billing:5.1"), Err("the proficiency of item 1 is not from 0 to 5")),
            (json!("Billing:NaN"), Err("the proficiency of item 1 is not from 0 to 5")),
            (json!("Billing;billing:2"), Err("item 2 is there twice")),
            (json!({ "Billing": true }), Err("a proficiency is not a number")),
            (json!(3), Err("expected an object of names with numbers, or a text such as `Name:3;Other:4.5`")),
        ] {
            assert_eq!(value("skills", mapped.clone(), &names), expected.map_err(str::to_owned), "{mapped}");
        }
    }

    #[test]
    fn what_a_mapped_value_leaves_open_is_taken_from_the_target() {
        let held = json!({ "Billing": 4.0, "Returns": 1.0 });
        let after = completed("skills", json!({ "Billing": null, "Claims": null }), Some(&held));
        assert_eq!(after, json!({ "Billing": 4.0, "Claims": 0.0 }));
        assert_eq!(completed("skills", Value::Null, Some(&held)), json!({}));
        let held = json!({ "employeeId": "1", "dateHire": "2020-01-01" });
        let after = completed("employerInfo", json!({ "employeeId": "2", "dateHire": null }), Some(&held));
        assert_eq!(after, json!({ "employeeId": "2" }));
    }
}
