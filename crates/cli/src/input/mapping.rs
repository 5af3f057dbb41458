//! Items as `--map` makes them of the records of a file.

use std::collections::BTreeSet;

use rosterkit_core::catalog::{did_you_mean, printable};
use rosterkit_core::input::{EmptyCell, Field, FieldKind, Fields, UnknownFields};
use rosterkit_sync::expression::Data;
use serde_json::{Map, Value};

use super::rules::{Origin, Part, Rule};

/// Makes items of records.
pub(super) struct Mapping {
    rules: Vec<(Field, Origin)>,
    /// The columns that rules use; all without a list.
    used: Option<BTreeSet<String>>,
    fields: Fields,
    unknown: UnknownFields,
    /// The columns of CSV that are fields under their own name.
    own: Option<Vec<(String, Field)>>,
}

impl Mapping {
    /// Finds the fields that the rules set.
    ///
    /// # Errors
    /// If there is no such field, or two rules set the same.
    pub(super) fn new(
        rules: impl Iterator<Item = Rule>,
        fields: Fields,
        unknown: UnknownFields,
    ) -> Result<Self, String> {
        let mut found: Vec<(Field, Origin)> = Vec::new();
        for Rule { target, origin } in rules {
            let field = fields.find_or_keep(&target, unknown);
            let field = field.map_err(|missing| format!("--map: {}", missing.in_full("field")))?;
            if let Some((other, _)) = found.iter().find(|(other, _)| other.clashes(&field)) {
                let (name, other) = (printable(&field.name()), printable(&other.name()));
                return Err(format!("--map: `{name}` sets the same field as `{other}`"));
            }
            found.push((field, origin));
        }
        let used = found.iter().map(|(_, origin)| origin.columns()).collect::<Option<Vec<_>>>();
        let used = used.map(|used| used.into_iter().flatten().collect());
        Ok(Self { rules: found, used, fields, unknown, own: None })
    }

    /// Finds the columns of a CSV file. Returns those that are not used.
    ///
    /// # Errors
    /// Why the columns cannot be used.
    pub(super) fn bind(&mut self, columns: &[String]) -> Result<Vec<String>, Unbound> {
        for (_, origin) in &self.rules {
            for name in origin.columns().unwrap_or_default() {
                match columns.iter().filter(|column| **column == name).count() {
                    1 => {}
                    0 => {
                        let named = columns.iter().map(String::as_str).filter(|column| !column.is_empty());
                        let advice = did_you_mean(&name, named).map(|advice| format!("; {advice}")).unwrap_or_default();
                        let problem = format!("--map: the file has no column `{}`{advice}", printable(&name));
                        return Err(Unbound::Missing(problem));
                    }
                    _ => {
                        let problem = format!("--map: the file has more than one column `{}`", printable(&name));
                        return Err(Unbound::Missing(problem));
                    }
                }
            }
        }
        let (mut own, mut ignored, mut unknown) = (Vec::<(String, Field)>::new(), Vec::new(), Vec::new());
        let used = self.used.as_ref();
        let others = columns.iter().filter(|name| !name.is_empty() && used.is_some_and(|used| !used.contains(*name)));
        for name in others {
            let field = self.fields.find_or_keep(name, self.unknown);
            let set = |field: &Field| self.rules.iter().any(|(set, _)| set.clashes(field));
            match field {
                Ok(field) if own.iter().any(|(_, other)| other.clashes(&field)) => {
                    let problem = format!("column `{}` sets the same field as another column", printable(name));
                    return Err(Unbound::Missing(problem));
                }
                Ok(field) if !set(&field) => own.push((name.clone(), field)),
                _ if self.unknown == UnknownFields::Ignore => ignored.push(name.clone()),
                Ok(_) => unknown.push(format!("column `{}`, whose field --map sets", printable(name))),
                Err(missing) => unknown.push(missing.to_string()),
            }
        }
        if !unknown.is_empty() {
            return Err(Unbound::Unknown(unknown.join(", ")));
        }
        self.own = Some(own);
        Ok(ignored)
    }

    /// The fields that items can have, without those that are left out.
    pub(super) fn fields(&self) -> impl Iterator<Item = &Field> {
        let own = self.own.iter().flatten().map(|(_, field)| field);
        let fields = self.rules.iter().map(|(field, _)| field).chain(own);
        fields.filter(|field| field.kind() != FieldKind::LeftOut)
    }

    /// The item of a record.
    ///
    /// # Errors
    /// Why the item is invalid, without a value.
    pub(super) fn item(&self, record: Value) -> Result<Value, String> {
        let Value::Object(record) = record else { return Err("expected an object".to_owned()) };
        let mut item = match &self.own {
            Some(own) => {
                let mut item = Map::new();
                for (name, field) in own {
                    if let Some(Value::String(cell)) = record.get(name) {
                        set(&mut item, field, field.value(cell, EmptyCell::Absent), || column(name))?;
                    }
                }
                item
            }
            None => self.rest(&record)?,
        };
        let is_needed = self.rules.iter().any(|(_, origin)| matches!(origin, Origin::Expression(_)));
        let data = is_needed.then(|| Data::new(Value::Object(record.clone())));
        for (field, origin) in &self.rules {
            let of_map = || format!("--map `{}`", printable(&field.name()));
            match origin {
                Origin::Column(name) => {
                    let value = find(&record, name).cloned().filter(|value| *value != "");
                    let value = value.map_or(Ok(None), |value| match (&self.own, value) {
                        (Some(_), Value::String(cell)) => field.value(&cell, EmptyCell::Absent),
                        (_, value) => field.value_of(value),
                    });
                    set(&mut item, field, value, || column(name))?;
                }
                Origin::Template(parts) => {
                    let text = text(parts, &record).map_err(|problem| format!("{}: {problem}", of_map()))?;
                    let value = text.map_or(Ok(None), |text| field.value(text.trim(), EmptyCell::Absent));
                    set(&mut item, field, value, of_map)?;
                }
                Origin::Expression(expression) => {
                    let Some(data) = &data else { continue };
                    let value = expression.apply(data).map_err(|error| error.about(&of_map()))?;
                    let is_absent = value == "" || value.is_null() && !field.is_json();
                    let value = if is_absent { Ok(None) } else { field.value_of(value) };
                    set(&mut item, field, value, of_map)?;
                }
            }
        }
        Ok(Value::Object(item))
    }

    /// The fields of a JSON line that are fields of the item under their own name.
    fn rest(&self, record: &Map<String, Value>) -> Result<Map<String, Value>, String> {
        let Some(used) = &self.used else { return Ok(Map::new()) };
        // A path uses the field with which it begins.
        let is_used = |name: &str| used.iter().any(|used| used == name || used.split('.').next() == Some(name));
        let mut rest = Map::new();
        for (name, value) in record.iter().filter(|(name, _)| !is_used(name)) {
            let is_set = |(field, _): &&(Field, Origin)| field.name().split('.').next() == Some(name.as_str());
            match self.rules.iter().find(is_set) {
                None => drop(rest.insert(name.clone(), value.clone())),
                Some(_) if self.unknown == UnknownFields::Ignore => {}
                Some(_) => return Err(format!("field `{}` is not used: --map sets it", printable(name))),
            }
        }
        self.fields.check(&mut rest, self.unknown)?;
        Ok(rest)
    }
}

/// Why a mapping does not fit a file.
pub(super) enum Unbound {
    /// Columns are not known.
    Unknown(String),
    /// Columns are missing, or not clear.
    Missing(String),
}

fn column(name: &str) -> String {
    format!("column `{}`", printable(name))
}

fn set(
    item: &mut Map<String, Value>,
    field: &Field,
    value: Result<Option<Value>, String>,
    what: impl Fn() -> String,
) -> Result<(), String> {
    match value.map_err(|problem| format!("{}: {problem}", what()))? {
        Some(value) if field.kind() != FieldKind::LeftOut => field.set(item, value),
        _ => {}
    }
    Ok(())
}

/// The value of a column, or of a field of a JSON line, which can be a dotted path.
fn find<'a>(record: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    record.get(name).or_else(|| {
        let mut names = name.split('.');
        let first = record.get(names.next()?)?;
        names.try_fold(first, |value, name| value.get(name))
    })
}

/// The text of a template; none if all its columns are empty.
fn text(parts: &[Part], record: &Map<String, Value>) -> Result<Option<String>, String> {
    let (mut text, mut is_empty) = (String::new(), true);
    for part in parts {
        let name = match part {
            Part::Text(part) => {
                text += part;
                continue;
            }
            Part::Column(name) => name,
        };
        let part = match find(record, name) {
            None | Some(Value::Null) => String::new(),
            Some(Value::String(part)) => part.clone(),
            Some(part @ (Value::Bool(_) | Value::Number(_))) => part.to_string(),
            Some(Value::Array(_) | Value::Object(_)) => {
                return Err(format!("`{}` is a list or an object: expected a text", printable(name)));
            }
        };
        is_empty &= part.is_empty();
        text += &part;
    }
    Ok((!is_empty).then_some(text))
}
