//! Bulk files of the LMS.

use peoplefluent_lms::bulk::{CsvError, RowReader, RowWriter, StudentStatus, TrainingHistoryRow};
use rosterkit_benches::{Bound, Comparison, Options};
use serde::{Deserialize, Serialize};

use crate::support::Measured;

const ROWS: usize = 10_000;
const COLUMNS: [&str; 6] = ["USERID", "LEARNINGID", "STARTDATE", "ENDDATE", "STUDENTSTATUS", "SCORE"];

pub fn run(options: Options) -> Measured {
    let rows = rows()?;
    let file = written(&rows)?;
    let read = || -> Result<usize, CsvError> {
        RowReader::<TrainingHistoryRow, _>::new(file.as_slice())?.check().map(|it| it.len())
    };
    let plain = plain(&file)?;
    if (read()?, plain.len()) != (0, ROWS) || plain_written(&plain)? != file {
        return Err("the rows of csv with serde differ from those of the client".into());
    }
    Ok(vec![
        Comparison::new("rows read as types and checked", "rows of csv::Reader with serde")
            .bytes(file.len())
            .run(options, || plain_read(&file), read)
            .bound(Bound::AtMost(1.5)),
        Comparison::new("rows checked and written", "rows of csv::Writer with serde")
            .bytes(file.len())
            .run(options, || plain_written(&plain), || written(&rows))
            .bound(Bound::AtMost(1.5)),
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

/// A row without rules.
#[derive(Deserialize, Serialize)]
#[serde(rename_all = "UPPERCASE")]
struct Plain {
    userid: Option<String>,
    learningid: Option<String>,
    startdate: Option<String>,
    enddate: Option<String>,
    studentstatus: Option<String>,
    score: Option<String>,
}

fn plain(file: &[u8]) -> Result<Vec<Plain>, csv::Error> {
    csv::Reader::from_reader(file).into_deserialize().collect()
}

fn plain_read(file: &[u8]) -> Result<usize, csv::Error> {
    csv::Reader::from_reader(file).into_deserialize::<Plain>().try_fold(0, |count, row| row.map(|_| count + 1))
}

fn plain_written(rows: &[Plain]) -> Result<Vec<u8>, csv::Error> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    rows.iter().try_for_each(|row| writer.serialize(row))?;
    writer.into_inner().map_err(|error| csv::Error::from(error.into_error()))
}
