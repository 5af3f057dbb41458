//! Bulk files of the LMS.

use peoplefluent_lms::bulk::{CsvError, RowReader, RowWriter, StudentStatus, TrainingHistoryRow};
use rosterkit_benches::{Comparison, Options};

use crate::support::Measured;

const ROWS: usize = 10_000;
const COLUMNS: [&str; 6] = ["USERID", "LEARNINGID", "STARTDATE", "ENDDATE", "STUDENTSTATUS", "SCORE"];

pub fn run(options: Options) -> Measured {
    let rows = rows()?;
    let file = written(&rows)?;
    let read = || -> Result<usize, CsvError> {
        RowReader::<TrainingHistoryRow, _>::new(file.as_slice())?.check().map(|it| it.len())
    };
    let cells = cells(&file)?;
    if (read()?, cells.len()) != (0, ROWS) {
        return Err("the rows read differ from the rows written".into());
    }
    Ok(vec![
        Comparison::new("rows read as types and checked", "cells of csv::Reader").bytes(file.len()).run(
            options,
            || self::cells(&file).map(|cells| cells.len()),
            read,
        ),
        Comparison::new("rows checked and written", "cells into csv::Writer").bytes(file.len()).run(
            options,
            || copied(&cells),
            || written(&rows),
        ),
    ])
}

fn rows() -> Result<Vec<TrainingHistoryRow>, Box<dyn std::error::Error>> {
    (0..ROWS)
        .map(|n| {
            let (start, end) = (format!("{:02}-{:02}-2024", n % 28 + 1, n % 12 + 1), "31-12-2024");
            Ok(TrainingHistoryRow::of_user(format!("u.{n}"), format!("FIRST-AID-{}", n % 40))
                .with_start_date(start.parse::<peoplefluent_lms::bulk::RecordDate>()?)
                .with_end_date(end.parse::<peoplefluent_lms::bulk::RecordDate>()?)
                .with_student_status(StudentStatus::Completed)
                .with_score((n % 101).to_string()))
        })
        .collect()
}

fn written(rows: &[TrainingHistoryRow]) -> Result<Vec<u8>, CsvError> {
    let mut writer = RowWriter::with_columns(Vec::new(), COLUMNS)?;
    rows.iter().try_for_each(|row| writer.write(row))?;
    writer.finish()
}

fn cells(file: &[u8]) -> Result<Vec<csv::StringRecord>, csv::Error> {
    csv::Reader::from_reader(file).into_records().collect()
}

fn copied(cells: &[csv::StringRecord]) -> Result<Vec<u8>, csv::Error> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(COLUMNS)?;
    cells.iter().try_for_each(|record| writer.write_record(record))?;
    writer.into_inner().map_err(|error| csv::Error::from(error.into_error()))
}
