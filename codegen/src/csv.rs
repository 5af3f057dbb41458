//! `x-csv`: the rows that a bulk operation takes as CSV.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Deserialize;

/// The types of cells: name in the spec, the module and type below `bulk` of the client crate, and the format in words.
/// A `code` has a type of its own.
pub const TYPES: &[(&str, &str, &str)] = &[
    ("text", "String", ""),
    ("code", "", ""),
    ("boolean", "bool", "`true` or `false`"),
    ("integer", "u32", "a whole number from 0"),
    ("number", "values::Number", "a number such as `88` or `87.5`"),
    ("amount", "values::Amount", "a number from 0 with at most two decimal places, such as `12.50`"),
    ("currency", "String", "three letters, such as `USD`"),
    ("language", "String", "a code such as `en` or `fr_CA`"),
    ("user-ids", "values::Instructors", "user ids joined by `|`"),
    (
        "record-date",
        "dates::RecordDate",
        "`dd-mm-yyyy`, `dd-mm-yy`, `dd-mmm-yyyy` or `dd-mmm-yy` (`mm` is the month, `mmm` its English name), with or \
         without ` HH:MM` (default `00:00`), or `NONE` for no date",
    ),
    (
        "settings-date",
        "dates::SettingsDate",
        "`dd-mm-yyyy`, `dd-mm-yy`, `dd-mmm-yyyy` or `dd-mmm-yy` (`mm` is the month, `mmm` its English name)",
    ),
    ("plain-date-time", "dates::PlainDateTime", "`yyyy-MM-dd HH:mm:ss` or `yyyy-MM-dd` (`MM` is the month)"),
];

/// The names of [`TYPES`].
pub const TYPE_NAMES: [&str; TYPES.len()] = {
    let mut names = [""; TYPES.len()];
    let mut index = 0;
    while index < names.len() {
        names[index] = TYPES[index].0;
        index += 1;
    }
    names
};

/// The rows of one operation.
#[derive(Debug, Clone, Deserialize)]
pub struct Csv {
    /// Name of the row's type.
    pub row: String,
    /// The columns, in the order of the document.
    pub columns: Vec<Column>,
    /// Groups of columns that identify a row; the first group without a blank cell does.
    pub keys: Vec<Vec<String>>,
    /// Which columns a row must have.
    #[serde(default)]
    pub required: Vec<Required>,
}

/// A column.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Column {
    /// Its name in the header line.
    pub name: String,
    /// Its name in the row's type.
    pub property: String,
    /// One of [`TYPES`].
    #[serde(rename = "type")]
    pub kind: String,
    /// What it means.
    pub description: String,
    /// Most characters; of an open `code`, most characters of a value that is not listed.
    pub max_length: Option<usize>,
    /// What the service takes a blank cell for.
    pub default: Option<String>,
    /// Name of the codes' type.
    #[serde(rename = "enum")]
    pub code_type: Option<String>,
    /// Whether there may be other codes.
    #[serde(default)]
    pub open: bool,
    /// The codes of a `code`.
    #[serde(default)]
    pub codes: Vec<Code>,
}

/// A code.
#[derive(Debug, Clone, Deserialize)]
pub struct Code {
    /// The text of the cell.
    pub code: String,
    /// Its name in the codes' type.
    pub name: String,
    /// What it means.
    pub description: String,
    /// Another text that is read as this code.
    pub alias: Option<String>,
}

/// Columns that a row must have.
#[derive(Debug, Clone, Deserialize)]
pub struct Required {
    /// The columns.
    pub columns: Vec<String>,
    /// Only where this column has one of these codes.
    #[serde(default)]
    pub when: BTreeMap<String, Vec<String>>,
    /// Only where this column is blank.
    pub unless: Option<String>,
}

impl Csv {
    /// The columns that every row must have, and so every file.
    pub fn needed(&self) -> impl Iterator<Item = &String> {
        self.required.iter().filter(|it| it.when.is_empty() && it.unless.is_none()).flat_map(|it| &it.columns)
    }

    /// The columns and their rules as a list, for descriptions.
    pub fn describe(&self) -> String {
        let mut text = String::new();
        for column in &self.columns {
            let _ = writeln!(text, "- `{}`: {}", column.name, column.describe());
        }
        for required in &self.required {
            let _ = write!(text, "\n{}", required.describe());
        }
        text
    }
}

impl Required {
    /// The rule as a sentence.
    pub fn describe(&self) -> String {
        let when = self.when.iter().map(|(column, codes)| format!(" if `{column}` is {}", joined(codes, " or ")));
        let unless = self.unless.iter().map(|column| format!(" unless `{column}` is given"));
        let condition: String = when.chain(unless).collect();
        format!("Required{condition}: {}.", joined(&self.columns, " and "))
    }
}

impl Column {
    /// What the column means, its format and its limits, on one line.
    pub fn describe(&self) -> String {
        let mut text = self.description.split_whitespace().collect::<Vec<_>>().join(" ");
        let format = TYPES.iter().find(|(name, ..)| *name == self.kind).map_or("", |(.., format)| format);
        if !format.is_empty() {
            let _ = write!(text, " Format: {format}.");
        }
        let limit = self.max_length.filter(|_| self.codes.is_empty());
        if let Some(limit) = limit {
            let _ = write!(text, " At most {limit} characters.");
        }
        if !self.codes.is_empty() {
            let meaning =
                |code: &Code| format!("`{}` {}", code.code, lower_first(code.description.trim_end_matches('.')));
            let codes: Vec<String> = self.codes.iter().map(meaning).collect();
            let _ = write!(text, " Codes: {}.", codes.join("; "));
        }
        if let Some(default) = &self.default {
            let _ = write!(text, " Default: `{default}`.");
        }
        text
    }
}

fn joined(names: &[String], separator: &str) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(separator)
}

/// The text with a small letter at its start.
pub fn lower_first(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}
