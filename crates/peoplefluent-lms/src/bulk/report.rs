//! Reads the report that the LMS gives for a file of rows, and finds the outcome of each row.
//!
//! A text is a report if its last line contains `No Error Occurred`, or if it has the header line that was sent, followed by
//! rows with one column more for the reason, of which the last one is complete. Before the header come lines of advice. A
//! report with rows that failed ends with its last row, or with a line that says that rows failed. Rows that are not listed
//! were accepted, unless a row is listed that is none of those sent. Any other text leaves all rows unknown.

use std::cell::OnceCell;
use std::collections::HashSet;

use rosterkit_core::csv::{Record, RecordReader};

use super::matching::{self, normalized};
use super::row::BulkRow;
use super::{Outcome, UnmatchedRow};

pub(super) const NOTHING_FAILED: &str = "No Error Occurred";
pub(super) const WARNING: &str = "WARNING.";

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
        Err(doubt) => return Judged { doubt: Some(doubt), ..judged },
    };
    let mut has_failed = false;
    let matches =
        matching::find::<Row>(columns, sent, &table.rows.iter().map(|row| &row.cells[..]).collect::<Vec<_>>());
    for (row, found) in table.rows.into_iter().zip(matches) {
        let is_equal = found.is_some_and(|index| sent[index] == row.cells);
        if table.header.has_swallowed_rows(&row, is_equal, &known) {
            judged.unmatched.push(UnmatchedRow { cells: row.raw });
            continue;
        }
        let outcome = match strip_warning(&row.reason) {
            Some(warning) => Outcome::Warned((), warning.to_owned()),
            // Some sites list every row, and give a reason only for those that failed.
            None if row.reason.is_empty() => Outcome::Accepted(()),
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
        End::SomethingFailed if !has_failed => Some("the report says that rows failed and does not list them"),
        // What is listed counts, whatever the last line says; and it has to say nothing.
        End::NothingFailed | End::SomethingFailed | End::Row => None,
    };
    judged
}

/// How a report ends.
#[derive(Clone, Copy, PartialEq)]
enum End {
    /// With a line that says so.
    NothingFailed,
    /// With a line that says so.
    SomethingFailed,
    /// With the last row listed.
    Row,
}

/// A report taken apart.
struct Table {
    header: Header,
    rows: Vec<Listed>,
    /// Rows of which it is not clear which cell belongs to which column.
    irregular: Vec<Vec<String>>,
    end: End,
}

/// A row that is listed.
struct Listed {
    /// Its cells in the order of the columns sent, normalized.
    cells: Vec<String>,
    reason: String,
    raw: Vec<String>,
}

impl Table {
    /// Reads a report, or says why it is none.
    fn read(report: &str, columns: &[&'static str], known: &Known<'_>) -> Result<Self, &'static str> {
        let report = report.trim_start_matches('\u{feff}').trim_start();
        if report.is_empty() {
            return Err("the report is empty, as old versions give it");
        }
        if report.starts_with('<') {
            return Err("received an HTML page (a login page?) instead of a report");
        }
        let Some((header, rest)) = find_header(report, columns) else {
            let header = Header { order: (0..columns.len()).collect() };
            let end = report.trim_end().lines().next_back().and_then(|line| header.end(&cells_of(line)?, known));
            return match end {
                Some(End::NothingFailed) => {
                    Ok(Self { header, rows: Vec::new(), irregular: Vec::new(), end: End::NothingFailed })
                }
                _ => Err("the report does not repeat the header line"),
            };
        };
        let (mut records, has_visible_end) = read_records(rest)?;
        let last = records.pop().ok_or(CUT)?;
        let end = header.end(&last, known).unwrap_or(End::Row);
        if end == End::Row {
            let is_whole = last.len() > header.order.len() && has_visible_end;
            records.push(is_whole.then_some(last).ok_or(CUT)?);
        }
        let (mut rows, mut irregular) = (Vec::new(), Vec::new());
        for record in records {
            match header.take_apart(&record) {
                Some(row) => rows.push(row),
                None => irregular.push(record),
            }
        }
        Ok(Self { header, rows, irregular, end })
    }
}

const CUT: &str = "the report breaks off before its end";

/// The records of a text without lines of blanks, and whether the last one is certainly whole: a line break follows, or its
/// last cell is in quotation marks. Half a reason may be half a warning, and rows may have been listed after it.
fn read_records(text: &str) -> Result<(Vec<Vec<String>>, bool), &'static str> {
    let mut reader = RecordReader::new(text.as_bytes(), usize::MAX);
    let (mut records, mut record, mut is_quoted) = (Vec::new(), Record::default(), false);
    while reader.read(&mut record).map_err(|_| CUT)? {
        let raw = record.raw().trim_ascii_end();
        if raw.is_empty() {
            continue;
        }
        let cells: Vec<_> = record.iter().map(|cell| String::from_utf8_lossy(cell).into_owned()).collect();
        is_quoted = cells.last().is_some_and(|cell| {
            raw.ends_with(b"\"") && raw.ends_with(format!(",\"{}\"", cell.replace('"', "\"\"")).as_bytes())
        });
        records.push(cells);
    }
    Ok((records, is_quoted || text.trim_end_matches([' ', '\t']).ends_with(['\n', '\r'])))
}

/// The cells of a line that may end within quotation marks.
fn cells_of(line: &str) -> Option<Vec<String>> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(line.as_bytes());
    Some(reader.records().next()?.ok()?.iter().map(str::to_owned).collect())
}

/// What follows the word for a warning.
fn strip_warning(reason: &str) -> Option<&str> {
    let (word, warning) = reason.split_at_checked(WARNING.len())?;
    word.eq_ignore_ascii_case(WARNING).then_some(warning.trim())
}

/// The header line of a report: the columns that were sent, and perhaps a name for that of the reasons.
struct Header {
    /// For each column sent, its position in the report.
    order: Vec<usize>,
}

/// Finds the header line, which names all columns that were sent, and what comes after it.
fn find_header<'a>(report: &'a str, columns: &[&'static str]) -> Option<(Header, &'a str)> {
    let mut rest = report;
    while !rest.is_empty() {
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
        let names = cells_of(line)?;
        let position = |column: &&str| names.iter().position(|name| name.trim().eq_ignore_ascii_case(column));
        let order = columns.iter().map(position).collect::<Option<Vec<_>>>()?;
        let is_equal = names.len() <= columns.len() + 1 && order.iter().all(|position| *position < columns.len());
        is_equal.then_some(Self { order })
    }

    /// The cells and the reason of a row. Commas of a reason that is not quoted make more columns.
    fn take_apart(&self, record: &[String]) -> Option<Listed> {
        let (cells, reason) = record.split_at_checked(self.order.len())?;
        if reason.is_empty() {
            return None;
        }
        let cells = self.order.iter().map(|position| normalized(&cells[*position])).collect();
        Some(Listed { cells, reason: reason.join(",").trim().to_owned(), raw: record.to_vec() })
    }

    /// What the last line of a report says if it is not a row.
    fn end(&self, last: &[String], known: &Known<'_>) -> Option<End> {
        let says = |words: &str| last.iter().any(|cell| cell.to_lowercase().contains(&words.to_lowercase()));
        if self.is_row(last, known) {
            None
        } else if says(NOTHING_FAILED) {
            Some(End::NothingFailed)
        } else {
            // Some sites say so.
            says("failed").then_some(End::SomethingFailed)
        }
    }

    /// Whether the last line of a report is a row, or the beginning of one: then the report broke off.
    fn is_row(&self, last: &[String], known: &Known<'_>) -> bool {
        if self.resembles_row(last, known) {
            return true;
        }
        let Some(torn) = last.last().map(|cell| normalized(cell).to_lowercase()) else { return false };
        let is_first = !torn.is_empty() && last.iter().rev().skip(1).all(|cell| cell.trim().is_empty());
        is_first && self.column(last.len() - 1).is_some_and(|column| known.has_beginning(column, &torn))
    }

    /// Whether a line has as many cells as a row with its reason, or several of which one before the last is as it was
    /// sent. More is not asked, since a site may write the others in another way.
    fn resembles_row(&self, line: &[String], known: &Known<'_>) -> bool {
        let is_sent = |(position, cell): (usize, &String)| {
            let cell = normalized(cell).to_lowercase();
            !cell.is_empty() && self.column(position).is_some_and(|column| known.has(column, cell))
        };
        line.len() > self.order.len() || line.iter().take(line.len().saturating_sub(1)).enumerate().any(is_sent)
    }

    /// The column sent at a position of the report.
    fn column(&self, position: usize) -> Option<usize> {
        self.order.iter().position(|known| *known == position)
    }

    /// Whether other rows became part of a cell or of the reason, since a quotation mark stood where none belongs. Cells
    /// that are equal to those sent hold none.
    fn has_swallowed_rows(&self, row: &Listed, is_equal: bool, known: &Known<'_>) -> bool {
        let cells = if is_equal { &[] } else { &row.raw[..] };
        let is_row = |line: &str| cells_of(line).is_some_and(|cells| self.resembles_row(&cells, known));
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
