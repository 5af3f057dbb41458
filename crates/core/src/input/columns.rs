//! Turns rows of CSV into JSON objects.

use serde_json::{Map, Value};

use super::error::Error;
use super::field::{EmptyCell, Field, FieldKind};
use super::fields::{NoField, UnknownFields};
use super::options::ReadOptions;
use crate::csv::{Record, STRAY_QUOTE};
use crate::suggest::printable;

/// What separates the columns of files that are called CSV.
const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];
/// How many unknown columns a message lists.
const MAX_LISTED: usize = 10;

/// The columns of the header.
pub(super) struct Columns {
    columns: Vec<Column>,
    empty: EmptyCell,
}

struct Column {
    /// As in the header; empty if it has none.
    name: String,
    holds: Holds,
}

enum Holds {
    Field(Field),
    /// Text, under the column's own name.
    Verbatim,
    /// What is not used.
    Ignored,
    /// Nothing: a spreadsheet has written a column that is empty.
    Nothing,
}

impl Columns {
    /// Parses the header.
    pub(super) fn parse(header: &Record, options: &ReadOptions) -> Result<Self, Error> {
        let stray_quote = header.stray_quote();
        if let Some(seen) = other_delimiter(header, options.delimiter) {
            return Err(Error::Delimiter { seen, expected: options.delimiter.into() });
        }
        if let Some(cell) = stray_quote {
            return Err(Error::Invalid(format!("column {} of the header {STRAY_QUOTE}", cell + 1)));
        }
        let mut columns: Vec<Column> = Vec::with_capacity(header.len());
        let mut unknown = Vec::new();
        for (number, name) in (1..).zip(header.iter()) {
            let name = str::from_utf8(name).ok().filter(|name| !name.contains('\0'));
            let name = name.ok_or(Error::Encoding { column: number })?.trim();
            let holds = match name {
                "" => Holds::Nothing,
                _ if options.is_verbatim => Holds::Verbatim,
                _ => match options.fields.find_or_keep(name, options.unknown) {
                    Ok(field) => Holds::Field(field),
                    Err(_) if options.unknown == UnknownFields::Ignore => Holds::Ignored,
                    Err(missing) if missing.is_invalid() => {
                        return Err(Error::Invalid(format!("column {number}: {}", missing.about("column"))));
                    }
                    Err(missing) => {
                        unknown.push(missing);
                        Holds::Ignored
                    }
                },
            };
            if let Holds::Field(field) = &holds {
                let clash = columns.iter().find(|it| matches!(&it.holds, Holds::Field(other) if field.clashes(other)));
                if let Some(Column { name: other, .. }) = clash {
                    let (name, other) = (printable(name), printable(other));
                    let problem = format!("column {number}, `{name}`, sets the same field as column `{other}`");
                    return Err(Error::Invalid(problem));
                }
            }
            columns.push(Column { name: name.to_owned(), holds });
        }
        let is_nothing = |column: &Column| matches!(column.holds, Holds::Nothing);
        if columns.iter().all(is_nothing) {
            return Err(Error::Invalid("the header line is missing".to_owned()));
        }
        if !unknown.is_empty() {
            let is_used = |column: &Column| matches!(column.holds, Holds::Field(_));
            return Err(Error::UnknownColumns(unknown_columns(&unknown, columns.iter().any(is_used))));
        }
        Ok(Self { columns, empty: options.empty })
    }

    /// The names of the columns, as in the header. A column without a name has an empty one.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().map(|column| column.name.as_str())
    }

    /// The fields of the columns, without those that are left out.
    pub(super) fn fields(&self) -> impl Iterator<Item = &Field> {
        self.columns.iter().filter_map(|column| match &column.holds {
            Holds::Field(field) if field.kind() != FieldKind::LeftOut => Some(field),
            _ => None,
        })
    }

    /// The names of the columns that are not used.
    pub(super) fn ignored(&self) -> impl Iterator<Item = &str> {
        let ignored = self.columns.iter().filter(|column| matches!(column.holds, Holds::Ignored));
        ignored.map(|column| column.name.as_str())
    }

    /// The name of a column, by its index from 0, for messages.
    pub(super) fn name(&self, column: usize) -> String {
        match self.columns.get(column).map(|column| column.name.as_str()) {
            None | Some("") => format!("column {}", column + 1),
            Some(name) => printable(name),
        }
    }

    /// A row as an object.
    pub(super) fn object(&self, row: &Record) -> Result<Value, String> {
        let is_short = row.len() < self.columns.len();
        let has_more = row.iter().skip(self.columns.len()).any(|cell| !cell.is_empty());
        let may_be_cut_off = is_short && !row.has_line_break();
        if has_more || may_be_cut_off || is_short && self.empty == EmptyCell::EmptyText {
            let (cells, columns) = (row.len(), self.columns.len());
            let cause = if may_be_cut_off { ", and no line break ends it: the file may be cut off" } else { "" };
            return Err(format!("the row has {cells} cells, but the header has {columns} columns{cause}"));
        }
        let mut object = Map::new();
        let cells = row.iter().chain(std::iter::repeat(&b""[..]));
        for (index, (column, cell)) in self.columns.iter().zip(cells).enumerate() {
            let text = || {
                str::from_utf8(cell).map_err(|_| {
                    format!("column `{}` is not UTF-8; is the file in another encoding?", self.name(index))
                })
            };
            match &column.holds {
                Holds::Ignored => {}
                Holds::Nothing if cell.is_empty() => {}
                Holds::Nothing => {
                    return Err(format!("column {} has no name, but the row has a cell in it", index + 1));
                }
                Holds::Verbatim => drop(object.insert(column.name.clone(), text()?.into())),
                Holds::Field(field) => {
                    let value = field.value(text()?, self.empty);
                    let value = value.map_err(|problem| format!("column `{}`: {problem}", self.name(index)))?;
                    value.into_iter().for_each(|value| field.set(&mut object, value));
                }
            }
        }
        Ok(Value::Object(object))
    }
}

/// The delimiter of a header that seems to have another one: its only cell has it, and is not in quotation marks.
fn other_delimiter(header: &Record, expected: u8) -> Option<char> {
    let is_quoted = header.raw().first() == Some(&b'"') && header.stray_quote().is_none();
    if header.len() != 1 || is_quoted {
        return None;
    }
    let seen = DELIMITERS.into_iter().filter(|it| *it != expected && header.raw().contains(it));
    seen.max_by_key(|it| header.raw().iter().filter(|byte| *byte == it).count()).map(char::from)
}

/// The message about unknown columns. Where no column is known, the names are not shown: a file without a header has a
/// person there.
fn unknown_columns(unknown: &[NoField], is_one_known: bool) -> String {
    if !is_one_known && unknown.iter().all(|missing| !missing.is_near()) {
        let known = unknown.first().map(|missing| missing.known()).unwrap_or_default().join(", ");
        return format!("no column of the first line is known: expected a header with columns such as {known}");
    }
    let mut listed: Vec<String> = unknown.iter().take(MAX_LISTED).map(|missing| missing.to_string()).collect();
    if unknown.len() > MAX_LISTED {
        listed.push(format!("and {} more", unknown.len() - MAX_LISTED));
    }
    match unknown.first().filter(|_| unknown.iter().all(|missing| !missing.is_near())) {
        Some(missing) => format!("{}; the known columns are {}", listed.join(", "), missing.known().join(", ")),
        None => listed.join(", "),
    }
}
