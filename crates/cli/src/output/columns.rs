//! Columns: dotted paths into rows.

use std::collections::HashSet;

use serde_json::{Map, Value};

use crate::failure::Failure;

/// A column: a dotted path such as `manager.id`, or `addresses.0.address` into a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Column(String);

impl Column {
    pub(super) fn new(path: impl Into<String>) -> Self {
        Self(path.into())
    }

    /// What stands in the header.
    pub(super) fn title(&self) -> &str {
        &self.0
    }

    /// The value at the path; `null` where there is none.
    pub(super) fn value<'a>(&self, row: &'a Value) -> &'a Value {
        find(row, &self.0).unwrap_or(&Value::Null)
    }
}

/// A property whose name has dots of its own goes first.
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
pub(super) fn parse(paths: &[String]) -> Result<Vec<Column>, Failure> {
    if paths.iter().any(|path| path.split('.').any(str::is_empty)) {
        let advice = "each is a dotted path such as `manager.id`, with commas between them";
        return Err(Failure::usage(format!("--columns has an empty name: {advice}")));
    }
    Ok(paths.iter().map(Column::new).collect())
}

/// All columns that rows have, in the order in which they come up. What is no object has one column.
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

/// The row with these columns alone, each under its path.
pub(super) fn project(row: &Value, columns: &[Column]) -> Value {
    let cells = columns.iter().map(|column| (column.0.clone(), column.value(row).clone()));
    Value::Object(cells.collect::<Map<_, _>>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn paths_lead_into_objects_and_lists() {
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
    fn columns_come_in_the_order_of_the_rows() {
        let columns = of(&[json!({ "b": 1 }), json!({ "a": 1, "b": 2 }), json!(3)]);
        assert_eq!(columns, [Column::new("b"), Column::new("a")]);
    }

    #[test]
    fn an_empty_name_is_refused() {
        assert!(parse(&["id".to_owned(), String::new()]).is_err());
        assert!(parse(&["a..b".to_owned()]).is_err());
    }
}
