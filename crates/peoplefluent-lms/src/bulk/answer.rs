//! Reads the answer to a file of rows, and finds out what became of each.
//!
//! An answer is text: a line of advice, the header line, the rows that failed or drew a warning, each with the reason in
//! one more column, and a last line with `No Error Occurred` in it if and only if nothing failed. Rows that are not listed
//! were taken, but only if all of that fits together: in doubt, they are unknown.

use csv::StringRecord;

use super::matching::{self, normalized};
use super::row::BulkRow;
use super::{RowVerdict, UnmatchedRow};

const NOTHING_FAILED: &str = "No Error Occurred";
const WARNING: &str = "WARNING. ";

/// How many lines of advice are passed over in search of the header line.
const ADVICE_LINES: usize = 20;

/// What an answer says.
pub(super) struct Judged {
    /// The verdict for each row sent; `None` if the answer does not list it.
    pub listed: Vec<Option<RowVerdict>>,
    /// Why the rows that are not listed are unknown; otherwise they are accepted.
    pub doubt: Option<&'static str>,
    pub unmatched: Vec<UnmatchedRow>,
}

/// Reads the answer to rows that were sent with these columns. `sent` are their cells, [normalized].
pub(super) fn judge<Row: BulkRow>(answer: &str, columns: &[&'static str], sent: &[Vec<String>]) -> Judged {
    let mut judged = Judged { listed: sent.iter().map(|_| None).collect(), doubt: None, unmatched: Vec::new() };
    let table = match Table::read(answer, columns, sent) {
        Ok(table) => table,
        Err(doubt) => return Judged { doubt, ..judged },
    };
    let mut has_failed = false;
    let matches =
        matching::find::<Row>(columns, sent, &table.rows.iter().map(|row| &row.cells[..]).collect::<Vec<_>>());
    for (row, found) in table.rows.into_iter().zip(matches) {
        let verdict = match row.reason.strip_prefix(WARNING).or_else(|| row.reason.strip_prefix(WARNING.trim_end())) {
            Some(warning) => RowVerdict::Warned(warning.trim().to_owned()),
            None => {
                has_failed = true;
                RowVerdict::Rejected(row.reason)
            }
        };
        match found {
            Some(index) => judged.listed[index] = Some(verdict),
            None => judged.unmatched.push(UnmatchedRow { cells: row.raw }),
        }
    }
    judged.unmatched.extend(table.irregular.into_iter().map(|cells| UnmatchedRow { cells }));
    judged.doubt = match table.end {
        _ if !judged.unmatched.is_empty() => Some("the answer lists rows that match none of those sent"),
        End::Missing => Some("the answer breaks off before its last line"),
        End::NothingFailed if has_failed => Some("the answer lists rows that failed and says that none did"),
        End::SomethingFailed if !has_failed => Some("the answer says that rows failed and does not list them"),
        End::NothingFailed | End::SomethingFailed => None,
    };
    judged
}

/// The last line of an answer.
#[derive(Clone, Copy)]
enum End {
    NothingFailed,
    SomethingFailed,
    Missing,
}

/// An answer taken apart.
struct Table {
    rows: Vec<Listed>,
    /// Rows of which it is not clear which cell belongs to which column.
    irregular: Vec<Vec<String>>,
    end: End,
}

/// A row that failed or drew a warning.
struct Listed {
    /// Its cells in the order of the columns sent, normalized.
    cells: Vec<String>,
    reason: String,
    raw: Vec<String>,
}

impl Table {
    /// Reads an answer, or says why it cannot be one.
    fn read(answer: &str, columns: &[&'static str], sent: &[Vec<String>]) -> Result<Self, Option<&'static str>> {
        let is_line_complete = answer.ends_with('\n');
        let answer = answer.trim_start_matches('\u{feff}').trim();
        if answer.is_empty() {
            return Err(Some("the answer is empty, as old versions give it"));
        }
        if answer.starts_with('<') {
            return Err(Some("the answer is a page and not a report"));
        }
        let Some((header, rest)) = find_header(answer, columns) else {
            let mut lines = answer.lines().filter(|line| !line.trim().is_empty());
            let is_short = lines.by_ref().count() <= 2;
            let says_so = answer.lines().last().is_some_and(|last| last.contains(NOTHING_FAILED));
            return match is_short && says_so {
                true => Ok(Self { rows: Vec::new(), irregular: Vec::new(), end: End::NothingFailed }),
                false => Err(Some("the answer does not repeat the header line")),
            };
        };
        let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(rest.as_bytes());
        let records = reader.records().collect::<Result<Vec<_>, _>>();
        let mut records = records.map_err(|_| Some("the answer is not CSV"))?;
        records.retain(|record| record.iter().any(|cell| !cell.trim().is_empty()));
        let end = match records.pop() {
            None => End::Missing,
            Some(last) if header.is_row(&last, sent) => {
                // Half a reason may be half a warning.
                records.extend(is_line_complete.then_some(last));
                End::Missing
            }
            Some(last) if last.iter().any(|cell| cell.contains(NOTHING_FAILED)) => End::NothingFailed,
            Some(_) => End::SomethingFailed,
        };
        let mut table = Self { rows: Vec::new(), irregular: Vec::new(), end };
        for record in records {
            match header.take_apart(&record) {
                Some(row) => table.rows.push(row),
                None => table.irregular.push(record.iter().map(str::to_owned).collect()),
            }
        }
        Ok(table)
    }
}

/// The header line of an answer.
struct Header {
    /// For each column sent, where it stands in the answer.
    positions: Vec<usize>,
    width: usize,
}

/// Finds the header line, which names all columns that were sent, and what comes after it.
fn find_header<'a>(answer: &'a str, columns: &[&'static str]) -> Option<(Header, &'a str)> {
    let mut rest = answer;
    for _ in 0..=ADVICE_LINES {
        let (line, after) = rest.split_once('\n').unwrap_or((rest, ""));
        if let Some(header) = Header::read(line, columns) {
            return Some((header, after));
        }
        rest = after;
    }
    None
}

impl Header {
    fn read(line: &str, columns: &[&'static str]) -> Option<Self> {
        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(line.as_bytes());
        let names = reader.records().next()?.ok()?;
        let position = |column: &&str| names.iter().position(|name| name.trim().eq_ignore_ascii_case(column));
        let positions = columns.iter().map(position).collect::<Option<Vec<_>>>()?;
        Some(Self { positions, width: names.len() })
    }

    fn has_own_reason(&self) -> bool {
        self.positions.iter().all(|position| position + 1 < self.width)
    }

    /// The cells and the reason of a row. The reason stands in one more column than the header has, or in a last one that
    /// the header names besides the columns sent.
    fn take_apart(&self, record: &StringRecord) -> Option<Listed> {
        let reason = match record.len() {
            // Commas of a reason that is not quoted make more columns.
            len if len > self.width => record.iter().skip(self.width).collect::<Vec<_>>().join(","),
            len if len == self.width && self.has_own_reason() => record.iter().next_back()?.to_owned(),
            _ => return None,
        };
        let cells = self.positions.iter().map(|position| record.get(*position).map(normalized));
        let cells = cells.collect::<Option<Vec<_>>>()?;
        Some(Listed { cells, reason: reason.trim().to_owned(), raw: record.iter().map(str::to_owned).collect() })
    }

    /// Whether the last line of an answer is a row, or the beginning of one: then the answer broke off.
    fn is_row(&self, last: &StringRecord, sent: &[Vec<String>]) -> bool {
        if last.len() > self.width {
            return true;
        }
        let cells: Vec<String> = last.iter().map(normalized).collect();
        let Some((torn, whole)) = cells.split_last() else { return false };
        // For each column of the answer, the column sent.
        let column = |position: usize| self.positions.iter().position(|known| *known == position);
        let columns: Vec<Option<usize>> = (0..cells.len()).map(column).collect();
        let is_beginning = |row: &Vec<String>| {
            let is_equal = |(cell, column): (&String, &Option<usize>)| column.is_none_or(|column| row[column] == *cell);
            let last_column = columns.last().copied().flatten();
            whole.iter().zip(&columns).all(is_equal)
                && last_column.is_some_and(|column| row[column].starts_with(torn.as_str()))
                && (!torn.is_empty() || whole.iter().any(|cell| !cell.is_empty()))
        };
        sent.iter().any(is_beginning)
    }
}

#[cfg(test)]
#[path = "answer/tests.rs"]
mod tests;
