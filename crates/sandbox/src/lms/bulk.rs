//! Bulk files: a CSV document in, the rows that failed out.
//!
//! Rows are read and checked by the types that are generated from the spec, for the client as for the sandbox. The
//! response begins with a line of advice and the header as it was sent. Rows that failed or caused a warning follow, each
//! with the reason in an additional column, in quotation marks. If no row failed, a line that contains `No Error Occurred`
//! closes the response. Otherwise it ends with its last row, without a line break.

use csv::{ReaderBuilder, StringRecord, WriterBuilder};
use peoplefluent_lms::bulk::BulkRow;

use crate::http::Error;

const ADVICE: &str = "Correct the rows below and send them again. Rows that are not listed were taken.";

/// Processes a file row by row. `apply` carries out a row and returns a warning, or says why it fails.
pub(crate) fn process<R: BulkRow>(
    text: &str,
    needed: &[&str],
    mut apply: impl FnMut(&R) -> Result<Option<String>, String>,
) -> Result<String, Error> {
    let mut reader = ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
    let header = reader.headers().map_err(|_| not_csv())?.clone();
    let columns = columns::<R>(&header, needed)?;

    let (mut listed, mut rows, mut failed) = (Vec::new(), 0, 0);
    for record in reader.records() {
        let record = record.map_err(|_| not_csv())?;
        rows += 1;
        match read(&record, &columns).and_then(|row| apply(&row)) {
            Ok(None) => {}
            Ok(Some(warning)) => listed.push((record, format!("WARNING. {warning}"))),
            Err(reason) => {
                failed += 1;
                listed.push((record, reason));
            }
        }
    }
    let end = (failed == 0).then(|| format!("No Error Occurred in {rows} row(s).\n"));
    report(&header, &listed, end)
}

/// For each column of the file, the position of the row's column.
fn columns<R: BulkRow>(header: &StringRecord, needed: &[&str]) -> Result<Vec<usize>, Error> {
    let mut columns = Vec::new();
    for name in header {
        let known = R::COLUMNS.iter().position(|known| *known == name);
        let column = known.ok_or_else(|| Error::unknown_name("header line", name, R::COLUMNS.iter().copied()))?;
        if columns.contains(&column) {
            return Err(Error::bad_request(format!("The header line names the column {name} twice.")));
        }
        columns.push(column);
    }
    match needed.iter().find(|name| !header.iter().any(|known| known == **name)) {
        Some(name) => Err(Error::bad_request(format!("The header line lacks the column {name}."))),
        None => Ok(columns),
    }
}

fn read<R: BulkRow>(record: &StringRecord, columns: &[usize]) -> Result<R, String> {
    if record.len() != columns.len() {
        return Err(format!("The row has {} columns, the header {}.", record.len(), columns.len()));
    }
    let mut row = R::default();
    for (column, text) in columns.iter().zip(record) {
        row.set(*column, text).map_err(|rule| format!("{} {rule}.", R::COLUMNS[*column]))?;
    }
    match row.problems().into_iter().next() {
        Some((column, rule)) => Err(format!("{column} {rule}.")),
        None => Ok(row),
    }
}

/// The response with these rows and, if no row failed, its closing line.
fn report(header: &StringRecord, listed: &[(StringRecord, String)], end: Option<String>) -> Result<String, Error> {
    let mut report = format!("{ADVICE}\n{}", line(header.iter())?);
    for (record, reason) in listed {
        let missing = header.len().saturating_sub(record.len());
        let cells = line(record.iter().chain(std::iter::repeat_n("", missing)))?;
        report += &format!("{},\"{}\"\n", cells.trim_end_matches('\n'), reason.replace('"', "\"\""));
    }
    match end {
        Some(end) => report += &end,
        None => report.truncate(report.trim_end_matches('\n').len()),
    }
    Ok(report)
}

/// A line of CSV.
fn line<'a>(cells: impl Iterator<Item = &'a str>) -> Result<String, Error> {
    let mut writer = WriterBuilder::new().flexible(true).from_writer(Vec::new());
    writer.write_record(cells).map_err(|_| not_csv())?;
    writer.into_inner().ok().and_then(|bytes| String::from_utf8(bytes).ok()).ok_or_else(not_csv)
}

fn not_csv() -> Error {
    Error::bad_request("The body is not a CSV document.")
}
