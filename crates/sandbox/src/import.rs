//! People from files, beside the sample people or in place of them.

use std::error::Error;
use std::fmt;
use std::fs::File;
use std::path::PathBuf;
use std::str::FromStr;

use genesys_users::generated::schemas;
use rosterkit_core::catalog::printable;
use rosterkit_core::input::{FieldKind, Fields, Format, ReadOptions, Records};
use serde_json::{Map, Value};

use crate::faults::{near, unknown};

/// A file of people whom one service has when the sandbox starts, beside the sample people.
///
/// As text, for a flag, it is `SERVICE=FILE`. The file is CSV with a header line (`.csv`) or one JSON object per line
/// (`.jsonl`). Fields have the names that the service gives them, so that an export of the command line can be used:
///
/// | service | required | optional |
/// | --- | --- | --- |
/// | `genesys` | `name`, `email` | `id`, `version`, `state` (active if absent), `manager` (an id, or an object with one), and what else can be set at a user; the parts of a user that the sandbox derives are ignored |
/// | `lms` | `id`, `family` | the other fields of a user, `status` (active if absent), `attributes` and `assignments` with `id` and `code` (one of the sandbox's if absent), also as `lms export` names them: `attribute`, `assignment`, `organizationId`; job profiles that the sandbox does not have are ignored |
/// | `sessions` | `remoteId`, `firstName`, `lastName` | `active` (true if absent); `id` is ignored, since the service gives its own |
///
/// A dot leads into an object: `manager.id`. In CSV, an empty cell is an absent field; what spreadsheets write is
/// understood, as [`rosterkit_core::input`] has it. Ids must not be in use, nor e-mail
/// addresses of `genesys`. An organization of a user of the LMS that the sandbox does not have is kept at the user; the
/// function `organization` does not know it.
///
/// ```
/// use rosterkit_sandbox::PeopleFile;
///
/// let file: PeopleFile = "genesys=people.csv".parse()?;
/// assert_eq!(file.to_string(), "genesys=people.csv");
/// assert!("payroll=people.csv".parse::<PeopleFile>().is_err());
/// # Ok::<(), rosterkit_sandbox::PeopleError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeopleFile {
    pub(crate) service: &'static str,
    path: PathBuf,
}

pub(crate) const GENESYS: &str = "genesys";
pub(crate) const LMS: &str = "lms";
pub(crate) const SESSIONS: &str = "sessions";

const SERVICES: [&str; 3] = [GENESYS, LMS, SESSIONS];

impl FromStr for PeopleFile {
    type Err = PeopleError;

    fn from_str(text: &str) -> Result<Self, PeopleError> {
        let Some((service, path)) = text.split_once('=').filter(|(_, path)| !path.is_empty()) else {
            return Err(PeopleError(format!(
                "invalid people `{}`: expected SERVICE=FILE, such as genesys=people.csv",
                printable(text)
            )));
        };
        let known = SERVICES.into_iter().find(|known| *known == service);
        let service = known.ok_or_else(|| PeopleError(unknown("service", service, &SERVICES)))?;
        Ok(Self { service, path: PathBuf::from(path) })
    }
}

/// The text that parses to the same file.
impl fmt::Display for PeopleFile {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}={}", self.service, self.path.display())
    }
}

/// A file of people cannot be used. The message names file, line and field; it never has values of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeopleError(String);

impl fmt::Display for PeopleError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl Error for PeopleError {}

/// One person of a file.
#[derive(Debug, PartialEq)]
pub(crate) struct Row {
    /// Counted from 1.
    pub(crate) line: u64,
    /// Fields that are neither absent nor `null`.
    pub(crate) fields: Map<String, Value>,
}

impl PeopleFile {
    /// The people of the file.
    pub(crate) fn read(&self) -> Result<Vec<Row>, PeopleError> {
        let format = Format::of_path(&self.path)
            .ok_or_else(|| self.error("unknown format: the name of the file must end with .csv or .jsonl"))?;
        // The names of fields are checked by the service, which has more of them.
        let fields = match self.service {
            GENESYS => Fields::of_schema(schemas::body("patchUser")).or_any(),
            SESSIONS => Fields::of([("active", FieldKind::Boolean)]).or_any(),
            _ => Fields::any(),
        };
        let file = File::open(&self.path).map_err(|error| self.error(&error.to_string()))?;
        let records = Records::new(file, ReadOptions::new(format).fields(fields));
        let mut rows = Vec::new();
        for record in records.map_err(|error| self.error(&error.to_string()))? {
            let record = record.map_err(|error| self.error(&error.to_string()))?;
            let fields = record.value.and_then(fields_of).map_err(|problem| self.error_at(record.line, &problem))?;
            rows.push(Row { line: record.line, fields });
        }
        Ok(rows)
    }

    fn error(&self, problem: &str) -> PeopleError {
        PeopleError(format!("people of `{}`: {problem}", self.path.display()))
    }

    pub(crate) fn error_at(&self, line: u64, problem: &str) -> PeopleError {
        self.error(&format!("line {line}: {problem}"))
    }
}

/// The fields of an item that are not `null`.
fn fields_of(item: Value) -> Result<Map<String, Value>, String> {
    let Value::Object(item) = item else { return Err("expected an object".to_owned()) };
    let mut fields = Map::new();
    for (name, value) in item.into_iter().filter(|(_, value)| !value.is_null()) {
        insert(&mut fields, &name, value)?;
    }
    Ok(fields)
}

/// Puts a value where the name of its field leads.
fn insert(fields: &mut Map<String, Value>, name: &str, cell: Value) -> Result<(), String> {
    match name.split_once('.') {
        None => match fields.insert(name.to_owned(), cell) {
            None => Ok(()),
            Some(_) => Err(format!("`{}` and a field below it both have values", printable(name))),
        },
        Some((first, rest)) => {
            let inner = fields.entry(first).or_insert_with(|| Value::Object(Map::new()));
            let clash = || format!("`{}` and a field below it both have values", printable(first));
            insert(inner.as_object_mut().ok_or_else(clash)?, rest, cell)
        }
    }
}

/// Refuses a field that is not known.
pub(crate) fn check_names<'a>(
    fields: &Map<String, Value>,
    known: impl Iterator<Item = &'a str> + Clone,
) -> Result<(), String> {
    match fields.keys().find(|name| !known.clone().any(|known| known == *name)) {
        None => Ok(()),
        Some(name) => Err(format!("unknown field `{}`{}", printable(name), near(name, known))),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(name: &str, text: &str) -> Result<Vec<(u64, Value)>, String> {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join(name);
        std::fs::write(&path, text).expect("written");
        let rows = PeopleFile { service: LMS, path }.read().map_err(|error| error.to_string())?;
        Ok(rows.into_iter().map(|row| (row.line, Value::Object(row.fields))).collect())
    }

    #[test]
    fn rows_of_both_formats_have_their_lines() {
        let csv = "\u{feff}id,name,manager.id,manager.name,\r\n1,\"A\nB\",2,C,\r\n,,,,\r\n3,D\r\n";
        let expected = vec![
            (2, json!({ "id": "1", "name": "A\nB", "manager": { "id": "2", "name": "C" } })),
            (5, json!({ "id": "3", "name": "D" })),
        ];
        assert_eq!(read("people.csv", csv), Ok(expected));
        let lines = "{\"id\": \"1\", \"title\": null}\n\n{\"manager.id\": 2, \"active\": true}";
        let expected = vec![(1, json!({ "id": "1" })), (3, json!({ "manager": { "id": 2 }, "active": true }))];
        assert_eq!(read("people.jsonl", lines), Ok(expected));
    }

    #[test]
    fn an_error_has_a_line_and_no_values() {
        for (name, text, problem) in [
            ("a.csv", "id,id\n", "column 2, `id`, sets the same field as column `id`"),
            ("a.csv", "id,\n1,S3NTINEL\n", "line 2: column 2 has no name, but the row has a cell in it"),
            ("a.csv", "id,name\n1,A\n2,B,S3NTINEL\n", "line 3: the row has 3 cells, but the header has 2 columns"),
            ("a.csv", "a,a.b\n1,2\n", "column 2, `a.b`, sets the same field as column `a`"),
            ("a.csv", "id;name\n1;S3NTINEL\n", "the columns are separated by `;`: save the file with commas"),
            ("a.csv", "id,name\n1,\"S3NTINEL\n", "line 2: `name` has a quotation mark that is not closed"),
            ("a.jsonl", "{\"a\": 1, \"a.b\": 2}", "line 1: `a` and a field below it both have values"),
            ("a.jsonl", "{\"a\": 1, \"a\": 2}", "line 1: duplicate key `a`"),
            ("a.jsonl", "{}\n[1]\n", "line 2: expected a JSON object"),
            ("a.jsonl", "{\"a\": S3NTINEL}", "line 1: invalid JSON at column 7"),
        ] {
            let error = read(name, text).expect_err(text);
            assert!(error.contains(&format!("{name}`: {problem}")) && !error.contains("S3NTINEL"), "{text}: {error}");
        }
    }
}
