//! The file of external training: how a completion becomes a row, and what the answer says of the rows.

use std::collections::BTreeMap;
use std::error::Error;

use rosterkit_core::Timestamp;
use session_clusters::types::Completion;

const COLUMNS: [&str; 11] = [
    "Action",
    "RecordID",
    "UserId",
    "Title",
    "CourseType",
    "StartDate",
    "EndDate",
    "Status",
    "Score",
    "Duration",
    "Unit",
];

/// One row, of which the demo remembers whose it is.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) record_id: String,
    pub(crate) user_id: String,
    cells: [String; COLUMNS.len()],
}

impl Row {
    pub(crate) fn new(user_id: &str, completion: &Completion) -> Result<Self, Box<dyn Error>> {
        let id = completion.id.as_deref().ok_or("a completion has no id")?;
        // The LMS takes 15 characters. That many digits of a UUID still tell completions apart.
        let record_id: String = id.chars().filter(char::is_ascii_hexdigit).take(15).collect();
        let attended = completion.attended == Some(true);
        let minutes = completion.time_in_session_mins.unwrap_or_default();
        let cells = [
            "AU".to_owned(),
            record_id.clone(),
            user_id.to_owned(),
            completion.module_name.clone().unwrap_or_else(|| "Session".to_owned()),
            "W".to_owned(),
            moment(completion.session_scheduled_start_at.as_ref())?,
            moment(completion.session_scheduled_end_at.as_ref())?,
            // Completed or cancelled.
            if attended { "4" } else { "5" }.to_owned(),
            completion.percentage_steps_visited.map(|share| share.to_string()).unwrap_or_default(),
            format!("{minutes:.2}"),
            "I".to_owned(),
        ];
        Ok(Self { record_id, user_id: user_id.to_owned(), cells })
    }
}

/// The date format of the file.
fn moment(timestamp: Option<&Timestamp>) -> Result<String, Box<dyn Error>> {
    Ok(match timestamp {
        Some(timestamp) => timestamp.to_datetime()?.to_utc().format("%Y-%m-%d %H:%M:%S").to_string(),
        None => String::new(),
    })
}

pub(crate) fn write(rows: &[Row]) -> Result<String, Box<dyn Error>> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(COLUMNS)?;
    for row in rows {
        writer.write_record(&row.cells)?;
    }
    Ok(String::from_utf8(writer.into_inner()?)?)
}

/// The rows that failed, by record id, with the reason.
///
/// The answer is a line of advice, the header, the rows that failed or drew a warning with the reason in one more column,
/// and a last line that holds `No Error Occurred` if and only if nothing failed.
pub(crate) fn failures(answer: &str) -> Result<BTreeMap<String, String>, Box<dyn Error>> {
    let answer = answer.trim_end();
    let (_advice, rest) = answer.split_once('\n').ok_or("the LMS did not say what became of the rows")?;
    let (table, end) = rest.rsplit_once('\n').ok_or("the answer of the LMS has no last line")?;
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(table.as_bytes());
    let mut failures = BTreeMap::new();
    for record in reader.records() {
        let record = record?;
        let reason = record.iter().next_back().unwrap_or_default();
        if !reason.starts_with("WARNING. ") {
            failures.insert(record.get(1).unwrap_or_default().to_owned(), reason.to_owned());
        }
    }
    if end.contains("No Error Occurred") == failures.is_empty() {
        Ok(failures)
    } else {
        Err("the last line of the answer of the LMS contradicts the rows above it".into())
    }
}
