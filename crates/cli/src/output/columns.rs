//! Columns: dotted paths into rows.

use std::collections::HashSet;

use serde_json::{Map, Value};

use crate::error::Error;
use crate::text;

/// A column: a dotted path such as `manager.id`, or `addresses.0.address` into a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Column(String);

impl Column {
    pub(super) fn new(path: impl Into<String>) -> Self {
        Self(path.into())
    }

    /// The name in the header.
    pub(super) fn title(&self) -> &str {
        &self.0
    }

    /// The value at the path; `null` where there is none.
    pub(super) fn value<'a>(&self, row: &'a Value) -> &'a Value {
        find(row, &self.0).unwrap_or(&Value::Null)
    }
}

/// A property whose name has dots takes precedence over a path.
fn find<'a>(value: &'a Value, path: &str) -> Option<&'a Value> {
    let step = |name: &str| match value {
        Value::Array(values) => values.get(name.parse::<usize>().ok()?),
        value => value.get(name),
    };
    if let Some(found) = step(path) {
        return Some(found);
    }
    let dots = path.match_indices('.');
    dots.filter_map(|(dot, _)| find(step(&path[..dot])?, &path[dot + 1..])).next()
}

/// The columns of `--columns`.
pub(super) fn parse(paths: &[String]) -> Result<Vec<Column>, Error> {
    if paths.iter().any(|path| path.split('.').any(str::is_empty)) {
        let advice = "expected dotted paths such as `manager.id`, separated by commas";
        return Err(Error::usage(format!("--columns has an empty column: {advice}")));
    }
    Ok(paths.iter().map(Column::new).collect())
}

/// All columns of the rows, in order of first appearance.
pub(super) fn of(rows: &[Value]) -> Vec<Column> {
    let mut seen = HashSet::new();
    let mut columns = Vec::new();
    for row in rows {
        let Value::Object(row) = row else {
            continue;
        };
        columns.extend(row.keys().filter(|name| seen.insert(*name)).map(Column::new));
    }
    columns
}

/// The row with these columns only, each under its path.
pub(super) fn project(row: &Value, columns: &[Column]) -> Value {
    let cells = columns.iter().map(|column| (column.0.clone(), column.value(row).clone()));
    Value::Object(cells.collect::<Map<_, _>>())
}

/// Rejects columns whose first name is not in `names`.
pub(super) fn check(columns: &[Column], names: &[&str]) -> Result<(), Error> {
    let is_known = |column: &&Column| {
        names
            .iter()
            .any(|name| column.0.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('.')))
    };
    let Some(unknown) = columns.iter().find(|column| !is_known(column)) else { return Ok(()) };
    Err(Error::usage(format!(
        "--columns: unknown column `{}`{}",
        text::shortened(&unknown.0, 64),
        advice(&unknown.0, names)
    )))
}

/// The nearest name, or all of them.
fn advice(name: &str, names: &[&str]) -> String {
    let first = name.split('.').next().unwrap_or(name);
    match rosterkit_core::catalog::nearest(first, names.iter().copied()) {
        Some(near) if near != first => format!("; did you mean `{}`?", text::shortened(near, 64)),
        _ => format!("; expected one of {}", text::shortened(&names.join(", "), 1000)),
    }
}

/// The columns of `--columns` that no row has, which are reported at the end: they may be misspelt.
pub(super) struct Missing {
    columns: Vec<Column>,
    /// The names of the first row.
    names: Vec<String>,
}

impl Missing {
    pub(super) fn new(columns: &[Column]) -> Self {
        Self { columns: columns.to_vec(), names: Vec::new() }
    }

    /// Removes the columns that a row has.
    pub(super) fn check_row(&mut self, row: &Value) {
        if self.columns.is_empty() {
            return;
        }
        self.columns.retain(|column| find(row, &column.0).is_none());
        if let (true, Value::Object(row)) = (self.names.is_empty(), row) {
            self.names = row.keys().cloned().collect();
        }
    }

    /// The columns that no row had.
    #[cfg(test)]
    pub(super) fn columns(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().map(Column::title)
    }

    /// Writes them to standard error, unless there was no row.
    pub(super) fn report(&self) {
        use std::io::Write as _;
        let names: Vec<&str> = self.names.iter().map(String::as_str).collect();
        if names.is_empty() {
            return;
        }
        for Column(name) in &self.columns {
            let advice = advice(name, &names);
            let name = text::shortened(name, 64);
            // A closed standard error does not stop the command.
            let _ = writeln!(std::io::stderr(), "rosterkit: --columns: no item has the column `{name}`{advice}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn paths_select_values_in_objects_and_lists() {
        let row = json!({ "a": { "b": [{ "c": 1 }] }, "a.b": 2, "x.y": { "z": 3 } });
        for (path, expected) in [
            ("a.b", json!(2)),
            ("a.b.0.c", json!(1)),
            ("x.y.z", json!(3)),
            ("a.c", json!(null)),
            ("a.b.1", json!(null)),
        ] {
            assert_eq!(Column::new(path).value(&row), &expected, "{path}");
        }
    }

    #[test]
    fn columns_are_in_the_order_of_the_rows() {
        let columns = of(&[json!({ "b": 1 }), json!({ "a": 1, "b": 2 }), json!(3)]);
        assert_eq!(columns, [Column::new("b"), Column::new("a")]);
    }

    #[test]
    fn an_empty_name_is_rejected() {
        assert!(parse(&["id".to_owned(), String::new()]).is_err());
        assert!(parse(&["a..b".to_owned()]).is_err());
    }
}
