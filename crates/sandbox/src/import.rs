//! People from files, beside the sample people or in place of them.

use std::error::Error;
use std::fmt;
use std::fs;
use std::path::PathBuf;
use std::str::FromStr;

use csv::ReaderBuilder;
use rosterkit_core::catalog::printable;
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
/// A dot leads into an object: `manager.id`. In CSV, an empty cell is an absent field. Ids must not be in use, nor e-mail
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
        let extension = self.path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
        let rows = match extension.to_ascii_lowercase().as_str() {
            "csv" => csv_rows,
            "jsonl" | "ndjson" => json_rows,
            _ => return Err(self.error("unknown format: the name of the file must end with .csv or .jsonl")),
        };
        let text = fs::read_to_string(&self.path).map_err(|error| self.error(&error.to_string()))?;
        rows(text.strip_prefix('\u{feff}').unwrap_or(&text)).map_err(|(line, problem)| self.error_at(line, &problem))
    }

    fn error(&self, problem: &str) -> PeopleError {
        PeopleError(format!("people of `{}`: {problem}", self.path.display()))
    }

    pub(crate) fn error_at(&self, line: u64, problem: &str) -> PeopleError {
        self.error(&format!("line {line}: {problem}"))
    }
}

/// What is wrong, with its line.
type At = (u64, String);

fn csv_rows(text: &str) -> Result<Vec<Row>, At> {
    let mut reader = ReaderBuilder::new().from_reader(text.as_bytes());
    // The message of the csv crate has no values; that of a record of another length has numbers only.
    let problem = |error: csv::Error| (error.position().map_or(1, csv::Position::line), "invalid CSV".to_owned());
    let header = reader.headers().map_err(problem)?.clone();
    for (position, name) in header.iter().enumerate() {
        if name.trim().is_empty() {
            return Err((1, "a column has no name".to_owned()));
        }
        if header.iter().take(position).any(|before| before == name) {
            return Err((1, format!("column `{}` is given twice", printable(name))));
        }
    }
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| match error.kind() {
            csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
                let line = error.position().map_or(1, csv::Position::line);
                (line, format!("{len} cells; expected {expected_len}, as in the header line"))
            }
            _ => problem(error),
        })?;
        let line = record.position().map_or(1, csv::Position::line);
        let mut fields = Map::new();
        for (name, cell) in header.iter().zip(&record).filter(|(_, cell)| !cell.is_empty()) {
            insert(&mut fields, name, cell.into()).map_err(|problem| (line, problem))?;
        }
        rows.push(Row { line, fields });
    }
    Ok(rows)
}

/// Puts a value where the name of its column or field leads.
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

fn json_rows(text: &str) -> Result<Vec<Row>, At> {
    let lines = text.lines().zip(1_u64..).filter(|(text, _)| !text.trim().is_empty());
    let row = |(text, line): (&str, u64)| match serde_json::from_str(text) {
        Ok(Value::Object(given)) => {
            let mut fields = Map::new();
            for (name, value) in given.into_iter().filter(|(_, value)| !value.is_null()) {
                insert(&mut fields, &name, value).map_err(|problem| (line, problem))?;
            }
            Ok(Row { line, fields })
        }
        Ok(_) => Err((line, "expected a JSON object".to_owned())),
        Err(error) => Err((line, format!("invalid JSON at column {}", error.column()))),
    };
    lines.map(row).collect()
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

    fn fields(rows: Result<Vec<Row>, At>) -> Vec<(u64, Value)> {
        let rows = rows.unwrap_or_else(|(line, problem)| panic!("{line}: {problem}"));
        rows.into_iter().map(|row| (row.line, Value::Object(row.fields))).collect()
    }

    #[test]
    fn rows_of_both_formats_have_their_lines() {
        let csv = "id,name,manager.id,manager.name\n1,\"A\nB\",2,C\n3,D,,\n";
        let expected = vec![
            (2, json!({ "id": "1", "name": "A\nB", "manager": { "id": "2", "name": "C" } })),
            (4, json!({ "id": "3", "name": "D" })),
        ];
        assert_eq!(fields(csv_rows(csv)), expected);
        let json = "{\"id\": \"1\", \"title\": null}\n\n{\"manager.id\": 2, \"active\": true}";
        let expected = [(1, json!({ "id": "1" })), (3, json!({ "manager": { "id": 2 }, "active": true }))];
        assert_eq!(fields(json_rows(json)), expected);
    }

    #[test]
    fn an_error_has_a_line_and_no_values() {
        for (rows, text, line, problem) in [
            (csv_rows as fn(&str) -> _, "id,id\n", 1, "column `id` is given twice"),
            (csv_rows, "id,\n", 1, "a column has no name"),
            (csv_rows, "id,name\n1,A\n2\n", 3, "1 cells; expected 2, as in the header line"),
            (csv_rows, "a,a.b\n1,2\n", 2, "`a` and a field below it both have values"),
            (csv_rows, "a.b,a\n1,2\n", 2, "`a` and a field below it both have values"),
            (json_rows, "{\"a\": 1, \"a.b\": 2}", 1, "`a` and a field below it both have values"),
            (json_rows, "{}\n[1]\n", 2, "expected a JSON object"),
            (json_rows, "{\"a\": secret}", 1, "invalid JSON at column 7"),
        ] {
            assert_eq!(rows(text), Err((line, problem.to_owned())), "{text}");
        }
    }
}
