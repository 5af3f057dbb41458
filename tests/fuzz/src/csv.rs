//! Files of items: CSV records, items of CSV and of JSON lines, and rows of bulk files.

use peoplefluent_lms::bulk::{BulkRow, ExternalTrainingRow, RowReader, RowWriter, TrainingHistoryRow};
use rosterkit_core::csv::{Record, RecordReader};
use rosterkit_core::input::{Encoding, Format, ReadOptions, Records};

use crate::{Target, no_seeds};

pub const TARGET: Target = Target {
    name: "csv",
    run,
    seeds: no_seeds,
    words: &[
        ",",
        ";",
        "\t",
        "\"",
        "\"\"",
        "\r\n",
        "\n",
        "\r",
        "\u{feff}",
        "\u{ff}\u{fe}",
        "Action",
        "UserId",
        "Title",
        ":json",
        "id",
        "manager.id",
        "null",
        "TRUE",
        "3.0",
        "29-feb-2024",
        "USERID",
        "LEARNINGID",
        "{\"a\":1}",
        "{\"a\":1,\"a\":2}",
        "\u{0}",
    ],
};

/// Longer records are refused.
const LONGEST: usize = 200;

fn run(data: &[u8]) {
    for delimiter in [b',', b';'] {
        records(data, delimiter);
    }
    for encoding in [Encoding::Utf8, Encoding::Utf16Le, Encoding::Windows1252] {
        items(data, ReadOptions::new(Format::Csv).encoding(encoding));
        items(data, ReadOptions::new(Format::JsonLines).encoding(encoding));
    }
    items(data, ReadOptions::new(Format::Csv).delimiter(b';').verbatim());
    rows::<ExternalTrainingRow>(data);
    rows::<TrainingHistoryRow>(data);
}

/// Records follow each other in the file, and each reads alone as it does among the others.
fn records(data: &[u8], delimiter: u8) {
    let mut reader = RecordReader::new(data, LONGEST).delimiter(delimiter);
    let (mut record, mut line, mut rest) = (Record::default(), 0, data);
    while let Ok(true) = reader.read(&mut record) {
        assert!(record.line() > line, "lines ascend");
        line = record.line();
        assert!(record.raw().len() <= LONGEST, "{}", record.raw().len());
        let at = rest.windows(record.raw().len().max(1)).position(|window| window == record.raw());
        rest = &rest[at.expect("a record is a part of the file") + record.raw().len()..];
        // What is a byte order mark at the start of a file is text elsewhere.
        if !record.raw().starts_with(b"\xef\xbb\xbf") {
            let mut alone = RecordReader::new(record.raw(), LONGEST).delimiter(delimiter);
            let mut other = Record::default();
            assert!(alone.read(&mut other).is_ok_and(|is_read| is_read), "a record can be read alone");
            assert!(record.iter().eq(other.iter()), "a record reads alone as it does in a file");
        }
    }
    assert!(matches!(reader.read(&mut record), Ok(false)), "nothing follows an error or the end");
}

fn items(data: &[u8], options: ReadOptions) {
    let Ok(records) = Records::new(data, options) else { return };
    let mut line = 0;
    for record in records {
        // After an error, there is nothing more.
        let Ok(record) = record else { continue };
        assert!(record.line > line, "lines ascend");
        line = record.line;
        match record.value {
            Ok(value) => assert!(value.is_object(), "{value}"),
            Err(reason) => assert!(!reason.is_empty() && !reason.contains(['\n', '\r']), "{reason:?}"),
        }
    }
}

/// Rows that are read can be written, and read again as the same.
fn rows<Row: BulkRow + std::fmt::Debug>(data: &[u8]) {
    let Ok(reader) = RowReader::<Row, _>::new(data) else { return };
    let read: Vec<Row> = reader.filter_map(Result::ok).collect();
    let mut writer = RowWriter::new(Vec::new()).expect("a header");
    for row in &read {
        writer.write(row).expect("a row that was read");
    }
    let written = writer.finish().expect("a file");
    let again: Result<Vec<Row>, _> = RowReader::new(&written[..]).expect("a header").collect();
    assert_eq!(again.expect("rows that were written"), read);
}
