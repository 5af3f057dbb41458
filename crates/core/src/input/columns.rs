//! Turns rows of CSV into JSON objects.

use serde_json::{Map, Value};

use super::strict_json;
use crate::csv::Record;

/// How many fields within each other a column may name: objects are built, written and dropped recursively.
const MAX_DEPTH: usize = 32;

/// What an empty cell of CSV means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EmptyCell {
    /// Its field is absent.
    Absent,
    /// An empty text; in a column of JSON, `null`.
    EmptyText,
}

/// The columns of the header.
pub(super) struct Columns {
    columns: Vec<Column>,
    empty: EmptyCell,
}

struct Column {
    path: Vec<String>,
    is_json: bool,
}

impl Columns {
    /// Parses the header. Columns in `json` have JSON cells without the suffix `:json`, since their fields are never text.
    pub(super) fn parse(header: &Record, json: &[&str], empty: EmptyCell) -> Result<Self, String> {
        let mut columns: Vec<Column> = Vec::with_capacity(header.len());
        // A header with one column that has a separator is from a spreadsheet with another separator.
        let is_within = |separator: &u8| header.len() == 1 && header.iter().any(|name| name.contains(separator));
        if let Some(separator) = [b';', b'\t', b'|'].iter().find(|separator| is_within(separator)) {
            let separator = char::from(*separator).escape_default();
            return Err(format!("the columns are separated by `{separator}`: save the file with commas"));
        }
        for (number, name) in header.iter().enumerate() {
            let number = number + 1;
            let name = str::from_utf8(name)
                .map_err(|_| format!("the name of column {number} is not UTF-8: save the file as UTF-8"))?
                .trim();
            let (name, is_json) = match name.strip_suffix(":json") {
                Some(name) => (name, true),
                None => (name, json.contains(&name)),
            };
            if name.split('.').nth(MAX_DEPTH).is_some() {
                return Err(format!("the name of column {number} has more than {MAX_DEPTH} parts separated by dots"));
            }
            let path: Vec<String> = name.split('.').map(str::to_owned).collect();
            if path.iter().any(String::is_empty) {
                return Err(format!(
                    "invalid name of column {number}: expected a name or a dotted path such as `manager.id`"
                ));
            }
            // Two columns cannot set the same field, nor a field and a field within it.
            let clash = |other: &&Column| other.path.starts_with(&path) || path.starts_with(&other.path);
            if let Some(other) = columns.iter().find(clash) {
                let other = other.path.join(".");
                return Err(format!("column {number}, `{name}`, sets the same field as column `{other}`"));
            }
            columns.push(Column { path, is_json });
        }
        if columns.is_empty() { Err("the header line is missing".to_owned()) } else { Ok(Self { columns, empty }) }
    }

    /// The name of a column, by its index from 0.
    pub(super) fn name(&self, column: usize) -> String {
        self.columns.get(column).map_or_else(|| format!("column {}", column + 1), |column| column.path.join("."))
    }

    /// A row as an object.
    pub(super) fn object(&self, row: &Record) -> Result<Value, String> {
        if row.len() != self.columns.len() {
            return Err(format!("the row has {} cells, but the header has {}", row.len(), self.columns.len()));
        }
        let mut object = Map::new();
        let is_taken = |cell: &[u8]| !cell.is_empty() || self.empty == EmptyCell::EmptyText;
        for (column, cell) in self.columns.iter().zip(row.iter()).filter(|(_, cell)| is_taken(cell)) {
            let name = || column.path.join(".");
            let cell = str::from_utf8(cell).map_err(|_| format!("`{}` is not UTF-8", name()))?;
            let value = match column.is_json {
                true if cell.is_empty() => Value::Null,
                true => strict_json::value(cell.as_bytes()).map_err(|problem| match problem.cause {
                    Some(cause) => format!("`{}`: {cause}", name()),
                    None => format!(
                        "`{}`: invalid JSON value; expected a number, true, false, null, or an array in brackets",
                        name()
                    ),
                })?,
                false => Value::String(cell.to_owned()),
            };
            insert(&mut object, &column.path, value);
        }
        Ok(Value::Object(object))
    }
}

/// Sets the field at a path. The header has no conflicting columns.
fn insert(object: &mut Map<String, Value>, path: &[String], value: Value) {
    match path {
        [] => {}
        [name] => drop(object.insert(name.clone(), value)),
        [name, rest @ ..] => {
            let inner = object.entry(name.clone()).or_insert_with(|| Value::Object(Map::new()));
            if let Value::Object(inner) = inner {
                insert(inner, rest, value);
            }
        }
    }
}
