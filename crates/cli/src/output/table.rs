//! Tables with aligned columns. Later batches use the column widths of the first, unless a cell needs more.

use serde_json::Value;
use tabled::builder::Builder;
use tabled::settings::{Padding, Style};

use super::columns::Column;
use super::encode::cell;
use crate::text;

/// How many rows are aligned together.
pub(super) const BATCH: usize = 500;

/// How many characters of an array or object are shown in a cell.
const MAX_COMPOUND: usize = 60;

/// A table that is written in batches.
#[derive(Default)]
pub(super) struct Table {
    /// The width of each column so far. Empty before the first batch.
    widths: Vec<usize>,
}

impl Table {
    /// The lines of a batch of rows; the first batch has the header.
    pub(super) fn batch(&mut self, columns: &[Column], rows: &[Value], coloured: bool) -> String {
        if columns.is_empty() {
            return rows.iter().map(|row| text::printable(&cell(row)) + "\n").collect();
        }
        let is_first = self.widths.is_empty();
        let titles: Vec<String> = columns.iter().map(|column| text::printable(column.title()).to_uppercase()).collect();
        let body: Vec<Vec<String>> =
            rows.iter().map(|row| columns.iter().map(|column| listed(column.value(row))).collect()).collect();
        self.widths.resize(columns.len(), 0);
        for line in body.iter().chain([&titles]) {
            for (width, cell) in self.widths.iter_mut().zip(line) {
                *width = (*width).max(width_of(cell));
            }
        }
        // The header has the full widths, so that batches align. Only the first batch shows it.
        let header = titles.iter().zip(&self.widths).map(|(title, width)| {
            let padding = " ".repeat(width - width_of(title));
            format!("{title}{padding}")
        });
        let mut builder = Builder::with_capacity(body.len() + 1, columns.len());
        builder.push_record(header);
        body.into_iter().for_each(|line| builder.push_record(line));
        let mut table = builder.build();
        let drawn = table.with(Style::empty()).with(Padding::new(0, 2, 0, 0)).to_string();
        let mut lines = String::with_capacity(drawn.len());
        for (number, line) in drawn.lines().enumerate().skip(usize::from(!is_first)) {
            let line = line.trim_end();
            if number == 0 && coloured {
                lines.extend(["\x1b[1m", line, "\x1b[0m\n"]);
            } else {
                lines.extend([line, "\n"]);
            }
        }
        lines
    }
}

/// The lines of one document: its names and values.
pub(super) fn document(value: &Value, columns: Option<&[Column]>, coloured: bool) -> String {
    let rows: Vec<(String, String)> = match (value, columns) {
        (Value::Object(_), Some(columns)) => {
            columns.iter().map(|column| (column.title().to_owned(), cell(column.value(value)))).collect()
        }
        (Value::Object(fields), None) => fields.iter().map(|(name, it)| (name.clone(), cell(it))).collect(),
        _ => return text::printable(&cell(value)) + "\n",
    };
    let names: Vec<String> = rows.iter().map(|(name, _)| text::printable(name)).collect();
    let width = names.iter().map(|name| width_of(name)).max().unwrap_or_default();
    let mut lines = String::new();
    for (name, (_, cell)) in names.iter().zip(&rows) {
        let (bold, plain) = if coloured { ("\x1b[1m", "\x1b[0m") } else { ("", "") };
        let padding = " ".repeat(width - width_of(name));
        let line = format!("{bold}{name}{plain}{padding}  {}", text::printable(cell));
        lines.extend([line.trim_end(), "\n"]);
    }
    lines
}

/// The cell of a list. Long arrays and objects are shortened to keep rows readable; the other formats have them whole.
fn listed(value: &Value) -> String {
    match value {
        Value::Array(_) | Value::Object(_) => text::shortened(&cell(value), MAX_COMPOUND),
        value => text::printable(&cell(value)),
    }
}

/// The width of a text on a terminal, in columns.
fn width_of(text: &str) -> usize {
    tabled::grid::util::string::get_text_width(text)
}
