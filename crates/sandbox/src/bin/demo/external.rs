//! Maps a completion to a row of external training.

use std::error::Error;

use peoplefluent_lms::bulk::{Amount, CourseType, DurationUnit, ExternalStatus, ExternalTrainingRow, PlainDateTime};
use rosterkit_core::Timestamp;
use session_clusters::types::Completion;

/// The row of a completion.
pub(crate) const COLUMNS: [&str; 11] = [
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

pub(crate) fn row(user_id: &str, completion: &Completion) -> Result<ExternalTrainingRow, Box<dyn Error>> {
    let id = completion.id.as_deref().ok_or("a completion has no id")?;
    // The LMS takes 15 characters. That many digits of a UUID still distinguish completions.
    let record_id: String = id.chars().filter(char::is_ascii_hexdigit).take(15).collect();
    let title = completion.module_name.as_deref().unwrap_or("Session");
    let attended = completion.attended == Some(true);
    let mut row = ExternalTrainingRow::add_or_update(record_id, user_id, title)
        .with_course_type(CourseType::Workshop)
        .with_status(if attended { ExternalStatus::Completed } else { ExternalStatus::Cancelled })
        .with_duration(Amount::rounded(completion.time_in_session_mins.unwrap_or_default())?)
        .with_unit(DurationUnit::Minutes);
    row.start_date = date_time(completion.session_scheduled_start_at.as_ref())?;
    row.end_date = date_time(completion.session_scheduled_end_at.as_ref())?;
    row.score = completion.percentage_steps_visited.map(|share| share.to_string());
    Ok(row)
}

/// The file names no time zone; the demo's LMS keeps time in UTC.
fn date_time(timestamp: Option<&Timestamp>) -> Result<Option<PlainDateTime>, Box<dyn Error>> {
    Ok(match timestamp {
        Some(timestamp) => Some(timestamp.to_datetime()?.naive_utc().into()),
        None => None,
    })
}
