//! Bulk files: a CSV document in, the rows that failed out.
//!
//! Rows are read and checked by the types that are generated from the spec, for the client as for the sandbox. The
//! response begins with a line of advice and the header as it was sent. Rows that failed or caused a warning follow, each
//! with the reason in an additional column. The last line contains `No Error Occurred` if and only if no row failed.

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
    report(&header, &listed, rows, failed)
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

fn report(
    header: &StringRecord,
    listed: &[(StringRecord, String)],
    rows: usize,
    failed: usize,
) -> Result<String, Error> {
    let mut writer = WriterBuilder::new().flexible(true).from_writer(Vec::new());
    let write = |result: Result<(), csv::Error>| result.map_err(|_| not_csv());
    write(writer.write_record(header))?;
    for (record, reason) in listed {
        let missing = header.len().saturating_sub(record.len());
        let cells = record.iter().chain(std::iter::repeat_n("", missing)).chain([reason.as_str()]);
        write(writer.write_record(cells))?;
    }
    let table = writer.into_inner().ok().and_then(|bytes| String::from_utf8(bytes).ok()).ok_or_else(not_csv)?;
    let end = match failed {
        0 => format!("No Error Occurred in {rows} row(s)."),
        _ => format!("{failed} of {rows} row(s) failed."),
    };
    Ok(format!("{ADVICE}\n{table}{end}\n"))
}

fn not_csv() -> Error {
    Error::bad_request("The body is not a CSV document.")
}
