//! Columns: dotted paths into rows, and `all` for every field.

use std::collections::HashSet;

use serde_json::{Map, Value};

use crate::error::Error;
use crate::text;

/// The column that means all fields.
const ALL: &str = "all";

/// A column: a dotted path such as `manager.id`, or `addresses.0.address` into a list. `all` means every field of a row
/// that no other column names.
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

    /// Whether it is this field, or within it.
    fn is_of(&self, field: &str) -> bool {
        self.0.strip_prefix(field).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    }

    /// Whether it means all fields.
    fn is_all(&self) -> bool {
        self.0 == ALL
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

/// Whether the columns are known without the rows. None at all are all that the rows have.
pub(super) fn are_known(columns: &[Column]) -> bool {
    !columns.is_empty() && !columns.iter().any(Column::is_all)
}

/// The columns with all fields of the rows in place of `all`, in order of first appearance. No columns are `all`.
pub(super) fn of(rows: &[Value], columns: &[Column]) -> Vec<Column> {
    let mut seen = HashSet::new();
    let objects = rows.iter().filter_map(Value::as_object);
    let fields: Vec<&str> = objects.flat_map(Map::keys).map(String::as_str).filter(|name| seen.insert(*name)).collect();
    match columns {
        [] => fields.into_iter().map(Column::new).collect(),
        columns => with_fields(columns, &fields),
    }
}

/// The columns with these fields in place of `all`. A field that is a column itself stays where it is.
pub(super) fn with_fields(columns: &[Column], fields: &[impl AsRef<str>]) -> Vec<Column> {
    let mut complete = Vec::new();
    for column in columns {
        if column.is_all() {
            let fields = fields.iter().map(AsRef::as_ref);
            let rest = fields.filter(|name: &&str| !columns.iter().any(|column| column.0 == **name));
            complete.extend(rest.map(Column::new));
        } else {
            complete.push(column.clone());
        }
    }
    complete
}

/// The row with these columns only, each under its path.
pub(super) fn project(row: &Value, columns: &[Column]) -> Value {
    let complete;
    let columns = match are_known(columns) {
        true => columns,
        false => {
            complete = of(std::slice::from_ref(row), columns);
            &complete
        }
    };
    let cells = columns.iter().map(|column| (column.0.clone(), column.value(row).clone()));
    Value::Object(cells.collect::<Map<_, _>>())
}

/// Rejects columns whose first name is not in `names`.
pub(super) fn check(columns: &[Column], names: &[&str]) -> Result<(), Error> {
    let is_known = |column: &&Column| column.is_all() || names.iter().any(|name| column.is_of(name));
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
        Self { columns: columns.iter().filter(|column| !column.is_all()).cloned().collect(), names: Vec::new() }
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

/// The fields that the default columns of a list leave out, which are reported at the end.
#[derive(Default)]
pub(super) struct Omitted(Vec<String>);

impl Omitted {
    /// Adds the fields of a row that have a value and no column.
    pub(super) fn check_row(&mut self, row: &Value, columns: &[Column]) {
        for (name, value) in row.as_object().into_iter().flatten() {
            let is_shown = value.is_null() || columns.iter().any(|column| column.is_of(name));
            if !is_shown && !self.0.iter().any(|known| known == name) {
                self.0.push(name.clone());
            }
        }
    }

    /// Writes them to standard error, if there are some.
    pub(super) fn report(&self) {
        use std::io::Write as _;
        if !self.0.is_empty() {
            let names = text::shortened(&self.0.join(", "), 300);
            // A closed standard error does not stop the command.
            let _ = writeln!(std::io::stderr(), "rosterkit: columns left out: {names}; --columns all has them");
        }
    }

    /// The fields so far.
    #[cfg(test)]
    pub(super) fn names(&self) -> &[String] {
        &self.0
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
        let rows = [json!({ "b": 1 }), json!({ "a": 1, "b": 2 }), json!(3)];
        assert_eq!(of(&rows, &[]), ["b", "a"].map(Column::new));
        assert_eq!(of(&rows, &["all"].map(Column::new)), ["b", "a"].map(Column::new));
        assert_eq!(of(&rows, &["a", "all", "x.y"].map(Column::new)), ["a", "b", "x.y"].map(Column::new));
    }

    #[test]
    fn fields_with_a_value_and_without_a_column_are_left_out() {
        let mut omitted = Omitted::default();
        let columns = ["id", "manager.id"].map(Column::new);
        omitted.check_row(&json!({ "id": 1, "manager": { "id": 2 }, "name": "a", "title": null }), &columns);
        omitted.check_row(&json!({ "id": 1, "name": "b", "identity": "x" }), &columns);
        assert_eq!(omitted.names(), ["name", "identity"]);
    }

    #[test]
    fn an_empty_name_is_rejected() {
        assert!(parse(&["id".to_owned(), String::new()]).is_err());
        assert!(parse(&["a..b".to_owned()]).is_err());
    }
}
