//! Rows of CSV as JSON objects.

use serde_json::{Map, Value};

/// What the header says.
pub(super) struct Columns(Vec<Column>);

struct Column {
    path: Vec<String>,
    is_json: bool,
}

impl Columns {
    /// Reads the header. Columns in `json` hold JSON without saying so, since their fields are never text.
    pub(super) fn parse(header: &csv::ByteRecord, json: &[&str]) -> Result<Self, String> {
        let mut columns: Vec<Column> = Vec::with_capacity(header.len());
        // No field is called so: a spreadsheet has put something else between the columns.
        let is_within = |separator: &u8| header.len() == 1 && header.iter().any(|name| name.contains(separator));
        if let Some(separator) = [b';', b'\t', b'|'].iter().find(|separator| is_within(separator)) {
            let separator = char::from(*separator).escape_default();
            return Err(format!("the columns are separated by `{separator}`: save the file with commas between them"));
        }
        for (number, name) in header.iter().enumerate() {
            let number = number + 1;
            let name = str::from_utf8(name)
                .map_err(|_| format!("the name of column {number} is not UTF-8: save the file in UTF-8"))?
                .trim();
            let (name, is_json) = match name.strip_suffix(":json") {
                Some(name) => (name, true),
                None => (name, json.contains(&name)),
            };
            let path: Vec<String> = name.split('.').map(str::to_owned).collect();
            if path.iter().any(String::is_empty) {
                return Err(format!("column {number} has no name, or a dotted one with nothing between two dots"));
            }
            // A field and a field within it cannot both be set, nor one field twice.
            let clash = |other: &&Column| other.path.starts_with(&path) || path.starts_with(&other.path);
            if let Some(other) = columns.iter().find(clash) {
                let other = other.path.join(".");
                return Err(format!("column {number}, `{name}`, sets the same field as column `{other}`"));
            }
            columns.push(Column { path, is_json });
        }
        if columns.is_empty() { Err("there is no header".to_owned()) } else { Ok(Self(columns)) }
    }

    /// The name of a column, counted from 0.
    pub(super) fn name(&self, column: usize) -> String {
        self.0.get(column).map_or_else(|| format!("column {}", column + 1), |column| column.path.join("."))
    }

    /// A row as an object.
    pub(super) fn object(&self, row: &csv::ByteRecord) -> Result<Value, String> {
        if row.len() != self.0.len() {
            return Err(format!("the row has {} cells, the header {}", row.len(), self.0.len()));
        }
        let mut object = Map::new();
        for (column, cell) in self.0.iter().zip(row).filter(|(_, cell)| !cell.is_empty()) {
            let name = || column.path.join(".");
            let cell = str::from_utf8(cell).map_err(|_| format!("`{}` is not UTF-8", name()))?;
            let value = match column.is_json {
                true => serde_json::from_str(cell).map_err(|_| {
                    format!("`{}` is no JSON, such as a number, true, null or a list in brackets", name())
                })?,
                false => Value::String(cell.to_owned()),
            };
            insert(&mut object, &column.path, value);
        }
        Ok(Value::Object(object))
    }
}

/// Sets a field at a path. The header makes sure that nothing is in the way.
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
