//! The fields that items can have: their names and what they hold.

use serde_json::{Map, Value};

use super::field::{Field, FieldKind, whole};
use crate::catalog::{Property, Schema, SchemaKind};
use crate::suggest::{did_you_mean, printable};

/// How many fields within each other a name may lead through: objects are built, written and dropped recursively.
const MAX_DEPTH: usize = 32;
/// A name with this suffix has JSON in its cells.
const JSON_SUFFIX: &str = ":json";

/// What to do with a field that is not known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UnknownFields {
    /// An error: a misspelled name must not vanish.
    #[default]
    Refuse,
    /// They are left out.
    Ignore,
    /// They are kept where the schema allows fields that it does not name; elsewhere they are an error.
    Keep,
}

/// The fields that items can have.
///
/// ```
/// use rosterkit_core::input::{FieldKind, Fields};
///
/// let fields = Fields::of([("user", FieldKind::Text), ("active", FieldKind::Boolean)]);
/// assert!(fields.find("active").is_ok());
/// assert_eq!(fields.find("actve").unwrap_err().to_string(), "unknown column `actve`; did you mean `active`?");
/// ```
#[derive(Clone, Debug, Default)]
pub struct Fields {
    named: Vec<(&'static str, FieldKind)>,
    schema: Option<&'static Schema>,
    left_out: Option<&'static Schema>,
    are_any: bool,
    ignore_case: bool,
}

/// Why there is no field of a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoField {
    /// What is wrong with the name, if no field can have it.
    invalid: Option<String>,
    name: String,
    advice: Option<String>,
    known: Vec<String>,
    is_allowed: bool,
}

impl NoField {
    /// Whether a service may know the field nevertheless.
    pub fn is_allowed(&self) -> bool {
        self.is_allowed
    }

    /// Whether no field can have the name.
    pub fn is_invalid(&self) -> bool {
        self.invalid.is_some()
    }

    /// Whether a known name is near.
    pub fn is_near(&self) -> bool {
        self.advice.is_some()
    }

    /// The message about a thing of this name, such as ``unknown column `actve`; did you mean `active`?``.
    pub fn about(&self, what: &str) -> String {
        let name = &self.name;
        match (&self.invalid, &self.advice) {
            (Some(problem), _) => format!("invalid {what} name `{name}`: {problem}"),
            (None, Some(advice)) => format!("unknown {what} `{name}`; {advice}"),
            (None, None) => format!("unknown {what} `{name}`"),
        }
    }

    /// The same with the known names, if none of them is near.
    pub fn in_full(&self, what: &str) -> String {
        match self.known.as_slice() {
            known if self.advice.is_none() && self.invalid.is_none() && !known.is_empty() => {
                format!("{}; the known {what}s are {}", self.about(what), known.join(", "))
            }
            _ => self.about(what),
        }
    }

    /// The names of the known fields beside which it would stand.
    pub fn known(&self) -> &[String] {
        &self.known
    }
}

impl std::fmt::Display for NoField {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.about("column"))
    }
}

impl std::error::Error for NoField {}

impl Fields {
    /// Any fields. Cells of CSV are text, unless the name of their column ends with `:json`.
    pub fn any() -> Self {
        Self { are_any: true, ..Self::default() }
    }

    /// Fields with these names.
    pub fn of(named: impl IntoIterator<Item = (&'static str, FieldKind)>) -> Self {
        Self { named: named.into_iter().collect(), ..Self::default() }
    }

    /// The properties of an object; none without a schema. A dotted path leads to those of the objects in it.
    pub fn of_schema(schema: Option<&'static Schema>) -> Self {
        Self { schema, ..Self::default() }
    }

    /// Adds a field. It takes precedence over a property of the same name.
    pub fn with(mut self, name: &'static str, kind: FieldKind) -> Self {
        self.named.push((name, kind));
        self
    }

    /// Accepts any other field as well, as [`any`](Self::any) does.
    pub fn or_any(mut self) -> Self {
        self.are_any = true;
        self
    }

    /// Adds the properties of an object, which are known and [left out](FieldKind::LeftOut).
    pub fn leaving_out(mut self, schema: Option<&'static Schema>) -> Self {
        self.left_out = schema;
        self
    }

    /// Accepts names in any case.
    pub fn ignore_case(mut self) -> Self {
        self.ignore_case = true;
        self
    }

    /// The field of a name, which is a dotted path. With the suffix `:json`, its cells are JSON.
    ///
    /// # Errors
    /// If no field has the name.
    pub fn find(&self, name: &str) -> Result<Field, NoField> {
        let name = name.trim();
        let (plain, is_json) = name.strip_suffix(JSON_SUFFIX).map_or((name, false), |name| (name, true));
        let parts: Vec<&str> = plain.split('.').collect();
        let invalid = match parts.as_slice() {
            parts if parts.len() > MAX_DEPTH => Some(format!("more than {MAX_DEPTH} parts separated by dots")),
            parts if parts.iter().any(|part| part.is_empty()) => {
                Some("expected a name or a dotted path such as `manager.id`".to_owned())
            }
            _ => None,
        };
        if let Some(problem) = invalid {
            let name = printable(name);
            return Err(NoField { invalid: Some(problem), name, advice: None, known: Vec::new(), is_allowed: false });
        }
        let mut path = Vec::with_capacity(parts.len());
        let kind = self.kind(&parts, &mut path).map_err(|missing| no_field(plain, missing))?;
        Ok(Field::new(path, kind, is_json))
    }

    fn kind(&self, parts: &[&str], path: &mut Vec<String>) -> Result<FieldKind, Missing> {
        let (first, rest) = parts.split_first().unwrap_or((&"", &[]));
        if let Some((name, kind)) = self.named.iter().find(|(name, _)| self.is_same(name, first)) {
            path.push((*name).to_owned());
            path.extend(rest.iter().map(|part| (*part).to_owned()));
            match (rest, kind) {
                ([], _) | (_, FieldKind::LeftOut) => return Ok(*kind),
                (_, FieldKind::Json) => return Ok(FieldKind::Text),
                _ => return Err(Missing::below(parts, (*name).to_owned())),
            }
        }
        let mut missing = Missing { path: (*first).to_owned(), known: Vec::new(), is_allowed: self.are_any };
        if let Some(schema) = self.schema {
            match self.below(schema, parts, &mut Vec::new(), path) {
                Ok(kind) => return Ok(kind),
                Err(found) => missing = found,
            }
        }
        if let Some(schema) = self.left_out
            && self.below(schema, parts, &mut Vec::new(), &mut Vec::new()).is_ok()
        {
            *path = parts.iter().map(|part| (*part).to_owned()).collect();
            return Ok(FieldKind::LeftOut);
        }
        if self.are_any {
            *path = parts.iter().map(|part| (*part).to_owned()).collect();
            return Ok(FieldKind::Text);
        }
        missing.known.extend(self.others());
        Err(missing)
    }

    /// The kind of what a path leads to below an object. `above` is the path to the object.
    fn below(
        &self,
        schema: &Schema,
        parts: &[&str],
        above: &mut Vec<String>,
        path: &mut Vec<String>,
    ) -> Result<FieldKind, Missing> {
        let Some((first, rest)) = parts.split_first() else {
            path.clone_from(above);
            return Ok(FieldKind::of(schema));
        };
        match schema.kind {
            SchemaKind::Object { properties, open } => {
                match properties.iter().find(|property| self.is_same(property.name, first)) {
                    Some(property) => {
                        above.push(property.name.to_owned());
                        self.below(property.schema, rest, above, path)
                    }
                    None => {
                        let name = |property: &Property| [&above[..], &[property.name.to_owned()]].concat().join(".");
                        let path = [&above[..], &[(*first).to_owned()]].concat().join(".");
                        Err(Missing { path, known: properties.iter().map(name).collect(), is_allowed: open })
                    }
                }
            }
            SchemaKind::Map(values) => {
                above.push((*first).to_owned());
                self.below(values, rest, above, path)
            }
            SchemaKind::Any | SchemaKind::AnyObject => {
                above.extend(parts.iter().map(|part| (*part).to_owned()));
                path.clone_from(above);
                Ok(FieldKind::Text)
            }
            // It has no fields: the path that leads to it is what may be meant.
            _ => Err(Missing::below(&[&above.join("."), *first], above.join("."))),
        }
    }

    /// The names that are known beside those of the schema.
    fn others(&self) -> impl Iterator<Item = String> {
        let left_out = match self.left_out.map(|schema| schema.kind) {
            Some(SchemaKind::Object { properties, .. }) => properties,
            _ => &[],
        };
        let named = self.named.iter().map(|(name, _)| *name);
        named.chain(left_out.iter().map(|property| property.name)).map(str::to_owned)
    }

    fn is_same(&self, known: &str, given: &str) -> bool {
        if self.ignore_case { known.eq_ignore_ascii_case(given) } else { known == given }
    }

    /// The field of a name, also if it is not known, may be [kept](UnknownFields::Keep), and is to be: then it holds text, or
    /// JSON with the suffix `:json`.
    ///
    /// # Errors
    /// As [`find`](Self::find).
    pub fn find_or_keep(&self, name: &str, unknown: UnknownFields) -> Result<Field, NoField> {
        match self.find(name) {
            Err(missing) if missing.is_allowed && unknown == UnknownFields::Keep => Self::any().find(name),
            found => found,
        }
    }

    /// Checks the names of an item that was read as JSON, at every depth, and leaves out what is to be left out. A whole
    /// number that is written as a fraction becomes a whole number.
    ///
    /// # Errors
    /// Why the item is invalid. The message has names, and no values.
    pub fn check(&self, item: &mut Map<String, Value>, unknown: UnknownFields) -> Result<(), String> {
        if self.are_any && self.named.is_empty() && self.schema.is_none() {
            return Ok(());
        }
        let mut left_out = Vec::new();
        for (name, value) in item.iter_mut() {
            if let Some((_, kind)) = self.named.iter().find(|(known, _)| self.is_same(known, name)) {
                match kind {
                    FieldKind::LeftOut => left_out.push(name.clone()),
                    FieldKind::Integer => whole(value),
                    _ => {}
                }
                continue;
            }
            let Err(mut missing) = self.check_property(self.schema, name, value, unknown, &mut Vec::new())? else {
                continue;
            };
            let is_left_out = |schema: &Schema| match schema.kind {
                SchemaKind::Object { properties, .. } => properties.iter().any(|it| self.is_same(it.name, name)),
                _ => false,
            };
            match unknown {
                _ if self.left_out.is_some_and(is_left_out) => left_out.push(name.clone()),
                _ if self.are_any => {}
                UnknownFields::Ignore => left_out.push(name.clone()),
                UnknownFields::Keep if missing.is_allowed => {}
                _ => {
                    missing.known.extend(self.others());
                    return Err(no_field(name, missing).in_full("field"));
                }
            }
        }
        left_out.iter().for_each(|name| drop(item.remove(name)));
        Ok(())
    }

    /// Checks a property of an object. The inner error is that the object does not have it.
    fn check_property(
        &self,
        schema: Option<&Schema>,
        name: &str,
        value: &mut Value,
        unknown: UnknownFields,
        above: &mut Vec<String>,
    ) -> Result<Result<(), Missing>, String> {
        let below = match schema.map(|schema| schema.kind) {
            Some(SchemaKind::Object { properties, open }) => {
                match properties.iter().find(|property| self.is_same(property.name, name)) {
                    Some(property) => property.schema,
                    None => {
                        let known = properties.iter().map(|property| property.name.to_owned()).collect();
                        return Ok(Err(Missing { path: name.to_owned(), known, is_allowed: open }));
                    }
                }
            }
            Some(SchemaKind::Map(values)) => values,
            Some(_) => return Ok(Ok(())),
            None => {
                return Ok(Err(Missing { path: name.to_owned(), known: Vec::new(), is_allowed: self.are_any }));
            }
        };
        above.push(name.to_owned());
        self.check_value(below, value, unknown, above)?;
        above.pop();
        Ok(Ok(()))
    }

    fn check_value(
        &self,
        schema: &Schema,
        value: &mut Value,
        unknown: UnknownFields,
        above: &mut Vec<String>,
    ) -> Result<(), String> {
        match (schema.kind, value) {
            (SchemaKind::Integer { .. }, value) => whole(value),
            (SchemaKind::Array { items, .. }, Value::Array(list)) => {
                for item in list {
                    self.check_value(items, item, unknown, above)?;
                }
            }
            (SchemaKind::Object { .. } | SchemaKind::Map(_), Value::Object(fields)) => {
                let mut left_out = Vec::new();
                for (name, value) in fields.iter_mut() {
                    let Err(missing) = self.check_property(Some(schema), name, value, unknown, above)? else {
                        continue;
                    };
                    match unknown {
                        _ if self.are_any => {}
                        UnknownFields::Ignore => left_out.push(name.clone()),
                        UnknownFields::Keep if missing.is_allowed => {}
                        _ => {
                            let problem = no_field(name, missing).about("field");
                            return Err(format!("`{}`: {problem}", printable(&above.join("."))));
                        }
                    }
                }
                left_out.iter().for_each(|name| drop(fields.remove(name)));
            }
            _ => {}
        }
        Ok(())
    }
}

/// That a field does not exist, and what else does.
struct Missing {
    /// The part of its path that ends with the name that is not known.
    path: String,
    known: Vec<String>,
    is_allowed: bool,
}

impl Missing {
    /// That a field that is no object has no fields.
    fn below(parts: &[&str], known: String) -> Self {
        Self { path: parts.join("."), known: vec![known], is_allowed: false }
    }
}

fn no_field(name: &str, Missing { path, known, is_allowed }: Missing) -> NoField {
    let advice = did_you_mean(&path, known.iter().map(String::as_str));
    NoField { invalid: None, name: printable(name), advice, known, is_allowed }
}
