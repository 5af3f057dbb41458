//! Reads the report that the LMS gives for a file of rows, and finds the outcome of each row.
//!
//! A report is text: a line of advice, the header line, the rows that failed or drew a warning, each with the reason in
//! one more column, and a last line with `No Error Occurred` in it if and only if nothing failed. Rows that are not listed
//! were taken, but only if all of that fits together: otherwise they are unknown.

use std::cell::OnceCell;
use std::collections::HashSet;

use csv::StringRecord;

use super::matching::{self, normalized};
use super::row::BulkRow;
use super::{Outcome, UnmatchedRow};

pub(super) const NOTHING_FAILED: &str = "No Error Occurred";
pub(super) const WARNING: &str = "WARNING. ";

/// How many lines of advice are passed over in search of the header line.
const ADVICE_LINES: usize = 20;

/// What a report says.
pub(super) struct Judged {
    /// The outcome of each row sent; `None` if the report does not list it.
    pub listed: Vec<Option<Outcome<()>>>,
    /// Why the rows that are not listed are unknown; otherwise they are accepted.
    pub doubt: Option<&'static str>,
    pub unmatched: Vec<UnmatchedRow>,
}

/// Reads the report on rows that were sent with these columns. `sent` are their cells, [normalized].
pub(super) fn judge<Row: BulkRow>(report: &str, columns: &[&'static str], sent: &[Vec<String>]) -> Judged {
    let mut judged = Judged { listed: sent.iter().map(|_| None).collect(), doubt: None, unmatched: Vec::new() };
    let known = Known { sent, cells: OnceCell::new() };
    let table = match Table::read(report, columns, &known) {
        Ok(table) => table,
        Err(doubt) => return Judged { doubt, ..judged },
    };
    let mut has_failed = false;
    let matches =
        matching::find::<Row>(columns, sent, &table.rows.iter().map(|row| &row.cells[..]).collect::<Vec<_>>());
    for (row, found) in table.rows.into_iter().zip(matches) {
        let is_equal = found.is_some_and(|index| sent[index] == row.cells);
        if table.header.as_ref().is_some_and(|header| header.has_swallowed_rows(&row, is_equal, &known)) {
            judged.unmatched.push(UnmatchedRow { cells: row.raw });
            continue;
        }
        let outcome = match row.reason.strip_prefix(WARNING).or_else(|| row.reason.strip_prefix(WARNING.trim_end())) {
            Some(warning) => Outcome::Warned((), warning.trim().to_owned()),
            None => {
                has_failed = true;
                Outcome::Rejected(row.reason)
            }
        };
        match found {
            Some(index) => judged.listed[index] = Some(outcome),
            None => judged.unmatched.push(UnmatchedRow { cells: row.raw }),
        }
    }
    judged.unmatched.extend(table.irregular.into_iter().map(|cells| UnmatchedRow { cells }));
    judged.doubt = match table.end {
        _ if !judged.unmatched.is_empty() => Some("the report lists rows that match none of those sent"),
        End::Missing => Some("the report breaks off before its last line"),
        End::NothingFailed if has_failed => Some("the report lists rows that failed and says that none did"),
        End::SomethingFailed if !has_failed => Some("the report says that rows failed and does not list them"),
        End::NothingFailed | End::SomethingFailed => None,
    };
    judged
}

/// The last line of a report.
#[derive(Clone, Copy)]
enum End {
    NothingFailed,
    SomethingFailed,
    Missing,
}

/// A report taken apart.
struct Table {
    header: Option<Header>,
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
    /// Reads a report, or says why it cannot be one.
    fn read(report: &str, columns: &[&'static str], known: &Known<'_>) -> Result<Self, Option<&'static str>> {
        let is_line_complete = report.ends_with('\n');
        let report = report.trim_start_matches('\u{feff}').trim();
        if report.is_empty() {
            return Err(Some("the report is empty, as old versions give it"));
        }
        if report.starts_with('<') {
            return Err(Some("received an HTML page (a login page?) instead of a report"));
        }
        let Some((header, rest)) = find_header(report, columns) else {
            let mut lines = report.lines().filter(|line| !line.trim().is_empty());
            let is_short = lines.by_ref().count() <= 2;
            let says_so = report.lines().last().is_some_and(|last| last.contains(NOTHING_FAILED));
            return match is_short && says_so {
                true => Ok(Self { header: None, rows: Vec::new(), irregular: Vec::new(), end: End::NothingFailed }),
                false => Err(Some("the report does not repeat the header line")),
            };
        };
        let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(rest.as_bytes());
        let records = reader.records().collect::<Result<Vec<_>, _>>();
        let mut records = records.map_err(|_| Some("the report is not CSV"))?;
        records.retain(|record| record.iter().any(|cell| !cell.trim().is_empty()));
        let end = match records.pop() {
            None => End::Missing,
            Some(last) if header.is_row(&last, known) => {
                // Half a reason may be half a warning.
                records.extend(is_line_complete.then_some(last));
                End::Missing
            }
            Some(last) if last.iter().any(|cell| cell.contains(NOTHING_FAILED)) => End::NothingFailed,
            Some(_) => End::SomethingFailed,
        };
        let (mut rows, mut irregular) = (Vec::new(), Vec::new());
        for record in records {
            match header.take_apart(&record) {
                Some(row) => rows.push(row),
                None => irregular.push(record.iter().map(str::to_owned).collect()),
            }
        }
        Ok(Self { header: Some(header), rows, irregular, end })
    }
}

/// The header line of a report.
struct Header {
    /// For each column sent, its position in the report.
    positions: Vec<usize>,
    width: usize,
}

/// Finds the header line, which names all columns that were sent, and what comes after it.
fn find_header<'a>(report: &'a str, columns: &[&'static str]) -> Option<(Header, &'a str)> {
    let mut rest = report;
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

    /// The cells and the reason of a row. The reason is in one more column than the header has, or in a last one that
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

    /// Whether the last line of a report is a row, or the beginning of one: then the report broke off.
    fn is_row(&self, last: &StringRecord, known: &Known<'_>) -> bool {
        if self.resembles_row(last, known) {
            return true;
        }
        let Some(torn) = last.iter().next_back().map(|cell| normalized(cell).to_lowercase()) else { return false };
        let is_first = !torn.is_empty() && last.iter().rev().skip(1).all(|cell| cell.trim().is_empty());
        is_first && self.column(last.len() - 1).is_some_and(|column| known.has_beginning(column, &torn))
    }

    /// Whether a line has as many cells as a row with its reason, or several of which one before the last is as it was
    /// sent. More is not asked, since a site may write the others in another way.
    fn resembles_row(&self, line: &StringRecord, known: &Known<'_>) -> bool {
        let least = if self.has_own_reason() { self.width } else { self.width + 1 };
        let is_sent = |(position, cell): (usize, &str)| {
            let cell = normalized(cell).to_lowercase();
            !cell.is_empty() && self.column(position).is_some_and(|column| known.has(column, cell))
        };
        line.len() >= least || line.iter().take(line.len().saturating_sub(1)).enumerate().any(is_sent)
    }

    /// The column sent at a position of the report.
    fn column(&self, position: usize) -> Option<usize> {
        self.positions.iter().position(|known| *known == position)
    }

    /// Whether other rows became part of a cell or of the reason, since a quotation mark stood where none belongs. Cells
    /// that are equal to those sent hold none.
    fn has_swallowed_rows(&self, row: &Listed, is_equal: bool, known: &Known<'_>) -> bool {
        let cells = if is_equal { &[] } else { &row.raw[..] };
        let is_row = |line: &str| {
            let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(line.as_bytes());
            reader.records().next().is_some_and(|record| record.is_ok_and(|record| self.resembles_row(&record, known)))
        };
        cells.iter().chain([&row.reason]).any(|cell| cell.lines().skip(1).any(is_row))
    }
}

/// What is known of the rows sent.
struct Known<'a> {
    sent: &'a [Vec<String>],
    /// The columns and cells in lower case, for looking up.
    cells: OnceCell<HashSet<(usize, String)>>,
}

impl Known<'_> {
    /// Whether a row has this cell, which is in lower case.
    fn has(&self, column: usize, cell: String) -> bool {
        let cells = self.cells.get_or_init(|| {
            let cells = self.sent.iter().flat_map(|row| row.iter().enumerate());
            cells.map(|(column, cell)| (column, cell.to_lowercase())).collect()
        });
        cells.contains(&(column, cell))
    }

    /// Whether a row has a cell in this column that begins so.
    fn has_beginning(&self, column: usize, torn: &str) -> bool {
        self.sent.iter().any(|row| row[column].to_lowercase().starts_with(torn))
    }
}

#[cfg(test)]
mod tests;
