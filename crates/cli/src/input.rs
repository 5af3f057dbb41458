//! Items from a file or from standard input, CSV or JSON lines, read as a stream: see [`rosterkit_core::input`]. An empty cell
//! of CSV omits its field.

mod chunks;
mod lent;
mod mapping;
mod reader;
mod record;
mod rules;

pub(crate) use lent::Lent;
pub(crate) use reader::{Input, Position};
pub(crate) use record::{FailedFile, Form, Raw, Record};

use clap::{Args, ValueEnum};
use rosterkit_core::input::{Encoding, UnknownFields};

use self::rules::Rules;

/// The formats of input.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum InputFormat {
    /// A header and rows, RFC 4180
    Csv,
    /// One JSON object per line
    Jsonl,
}

/// How the input is read.
#[derive(Args, Clone, Debug)]
pub(crate) struct InputOptions {
    /// Format of the input, if the extension of the file name does not set it
    #[arg(long, value_enum, value_name = "FORMAT", help_heading = "Many items")]
    pub input_format: Option<InputFormat>,
    #[command(flatten)]
    pub columns: ColumnOptions,
}

/// How the columns of the input are read.
#[derive(Args, Clone, Debug)]
pub(crate) struct ColumnOptions {
    /// Take fields from columns of other names: FIELD=COLUMN, FIELD=TEMPLATE with {COLUMN} in it, or FIELD=:EXPRESSION, in
    /// JMESPath with the functions of sync files (lower, trim, default, date, split_name_first, split_name_rest).
    /// Separated by commas; repeatable.
    ///
    /// A comma in a column's name or a template is written `\,` or stands within braces, a brace is written twice; commas
    /// within brackets or quotation marks of an expression need nothing. In an expression, a name with spaces is in double
    /// quotation marks. `FIELD:json` has JSON. White space at the ends of a template's value is left out, and so is the
    /// field if all its columns are empty. A column that --map uses, or whose field it sets, is not taken under its own
    /// name; other columns with the name of a field are. In JSON lines, COLUMN is a field, or a dotted path to one.
    #[arg(long, value_name = "FIELD=COLUMN,…", help_heading = "Columns of the input",
        value_parser = rules::parse)]
    map: Vec<Rules>,
    /// What to do with a column, or a field of JSON lines, that the command does not know. With `ignore`, it is left out;
    /// with `send`, it is sent if the service allows fields of its own, as `sessions upsert` does
    #[arg(long, value_enum, value_name = "WHAT", default_value_t, help_heading = "Columns of the input")]
    on_unknown_column: OnUnknownColumn,
    /// What separates the columns of CSV: `,`, `;`, `|` or `tab`
    #[arg(long, value_name = "CHARACTER", default_value = ",", help_heading = "Columns of the input",
        value_parser = delimiter)]
    delimiter: u8,
    /// The encoding of the input. UTF-8 and UTF-16 with a byte order mark are recognized without it
    #[arg(long, value_enum, value_name = "NAME", default_value_t, help_heading = "Columns of the input")]
    encoding: InputEncoding,
}

impl ColumnOptions {
    fn unknown(&self) -> UnknownFields {
        match self.on_unknown_column {
            OnUnknownColumn::Refuse => UnknownFields::Refuse,
            OnUnknownColumn::Ignore => UnknownFields::Ignore,
            OnUnknownColumn::Send => UnknownFields::Keep,
        }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum OnUnknownColumn {
    /// An unknown column is an error before anything is sent; an unknown field of a JSON line makes its item invalid
    #[default]
    Refuse,
    /// It is left out
    Ignore,
    /// It is sent if the service allows fields of its own, and refused elsewhere
    Send,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum InputEncoding {
    #[default]
    #[value(name = "utf-8")]
    Utf8,
    #[value(name = "utf-16le")]
    Utf16Le,
    #[value(name = "utf-16be")]
    Utf16Be,
    /// Also for ISO-8859-1
    #[value(name = "windows-1252", alias = "latin-1")]
    Windows1252,
}

impl From<InputEncoding> for Encoding {
    fn from(encoding: InputEncoding) -> Self {
        match encoding {
            InputEncoding::Utf8 => Self::Utf8,
            InputEncoding::Utf16Le => Self::Utf16Le,
            InputEncoding::Utf16Be => Self::Utf16Be,
            InputEncoding::Windows1252 => Self::Windows1252,
        }
    }
}

fn delimiter(text: &str) -> Result<u8, String> {
    match text {
        "," => Ok(b','),
        ";" => Ok(b';'),
        "|" => Ok(b'|'),
        "tab" | "\t" | "\\t" => Ok(b'\t'),
        _ => Err("expected `,`, `;`, `|` or `tab`".to_owned()),
    }
}

#[cfg(test)]
mod tests;
