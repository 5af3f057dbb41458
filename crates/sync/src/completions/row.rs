//! Makes the row of a training record of a completion.

use std::fmt;

use chrono_tz::Tz;
use peoplefluent_lms::bulk::{
    Amount, BulkRow as _, CourseType, DurationUnit, ExternalAction, ExternalStatus, ExternalTrainingRow, PlainDateTime,
};
use rosterkit_core::Timestamp;
use rosterkit_core::chrono::{DateTime, NaiveDateTime, Utc};
use serde_json::{Map, Value};
use session_clusters::types::Completion;
use sha2::{Digest as _, Sha256};

use super::record_id;
use crate::hex::hex;

/// The columns of `externalTrainingCsv` that sync owns. No other is ever sent.
pub const COLUMNS: [&str; 11] = [
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

/// The title of a record whose completion names no module.
const UNTITLED: &str = "Session";

/// What is wrong with a completion: the field and the rule, never the value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invalid {
    /// The field of the completion, or the column of the row.
    pub field: &'static str,
    /// What is expected.
    pub rule: String,
}

impl Invalid {
    fn new(field: &'static str, rule: impl Into<String>) -> Self {
        Self { field, rule: rule.into() }
    }
}

impl fmt::Display for Invalid {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "invalid `{}`: {}", self.field, self.rule)
    }
}

impl std::error::Error for Invalid {}

/// The training record of a completion, for an LMS user. `zone` is the time zone of the LMS's date-times.
///
/// | column | value |
/// | --- | --- |
/// | `Action` | `AU`: added, or updated if it is there |
/// | `RecordID` | [`record_id`] of the completion's `id` |
/// | `Title` | `moduleName`; `Session` if there is none |
/// | `CourseType` | `W`, a workshop |
/// | `StartDate`, `EndDate` | `sessionScheduledStartAt`, `sessionScheduledEndAt` in the time zone |
/// | `Status` | `4` (completed) if `attended`, otherwise `5` (cancelled) |
/// | `Score` | `percentageStepsVisited`; blank, which leaves the record's score alone, if there is none |
/// | `Duration`, `Unit` | `timeInSessionMins` in minutes with two places; 0 if there is none |
///
/// A session that reaches into the repeated hour of autumn can seem to end before it starts. Its end is then written as if
/// the clock had not been set back, since the LMS refuses such records.
///
/// # Errors
/// The first field that is missing or invalid.
///
/// ```
/// use rosterkit_sync::completions::training_row;
/// use session_clusters::types::Completion;
///
/// let completion = Completion {
///     id: Some("00000000-0000-4000-8000-000000000001".to_owned()),
///     session_scheduled_start_at: Some("2026-07-01T08:00:00Z".parse()?),
///     session_scheduled_end_at: Some("2026-07-01T09:30:00Z".parse()?),
///     ..Completion::default()
/// };
/// let row = training_row(&completion, "a.roe", chrono_tz::Europe::Berlin)?;
/// assert_eq!(row.start_date.map(|date| date.to_string()).as_deref(), Some("2026-07-01 10:00:00"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn training_row(completion: &Completion, user_id: &str, zone: Tz) -> Result<ExternalTrainingRow, Invalid> {
    let id = completion.id.as_deref().filter(|id| !id.is_empty()).ok_or_else(|| Invalid::new("id", "missing"))?;
    if user_id.trim().is_empty() {
        return Err(Invalid::new("UserId", "missing"));
    }
    let title = completion.module_name.as_deref().filter(|name| !name.trim().is_empty()).unwrap_or(UNTITLED);
    let (start, end) = session(completion)?;
    let (start, end) = local(start, end, zone);
    let minutes = completion.time_in_session_mins.unwrap_or_default();
    let duration = Amount::rounded(minutes).map_err(|error| Invalid::new("timeInSessionMins", error.to_string()))?;
    let is_share = |share: &f64| (0.0..=100.0).contains(share);
    if !completion.percentage_steps_visited.as_ref().is_none_or(is_share) {
        return Err(Invalid::new("percentageStepsVisited", "must be from 0 to 100"));
    }
    let attended = completion.attended == Some(true);
    let mut row = ExternalTrainingRow::add_or_update(record_id(id), user_id, title)
        .with_course_type(CourseType::Workshop)
        .with_start_date(PlainDateTime::from(start))
        .with_end_date(PlainDateTime::from(end))
        .with_status(if attended { ExternalStatus::Completed } else { ExternalStatus::Cancelled })
        .with_duration(duration)
        .with_unit(DurationUnit::Minutes);
    row.score = completion.percentage_steps_visited.map(|share| share.to_string());
    match row.problems().into_iter().next() {
        Some(("Title", rule)) => Err(Invalid::new("moduleName", rule)),
        Some((column, rule)) => Err(Invalid::new(column, rule)),
        None => Ok(row),
    }
}

/// When the session of a completion was planned to start and to end.
///
/// # Errors
/// If one of them is missing or no date-time, or if it ends before it starts.
pub(crate) fn session(completion: &Completion) -> Result<(DateTime<Utc>, DateTime<Utc>), Invalid> {
    const START: &str = "sessionScheduledStartAt";
    const END: &str = "sessionScheduledEndAt";
    let read = |field, timestamp: &Option<Timestamp>| {
        let timestamp = timestamp.as_ref().ok_or_else(|| Invalid::new(field, "missing"))?;
        let datetime = timestamp.to_datetime().map_err(|error| Invalid::new(field, error.to_string()))?;
        Ok::<_, Invalid>(datetime.to_utc())
    };
    let start = read(START, &completion.session_scheduled_start_at)?;
    let end = read(END, &completion.session_scheduled_end_at)?;
    match end < start {
        true => Err(Invalid::new(END, "must not lie before `sessionScheduledStartAt`")),
        false => Ok((start, end)),
    }
}

/// Start and end on the clocks of a time zone. The end never lies before the start.
fn local(start: DateTime<Utc>, end: DateTime<Utc>, zone: Tz) -> (NaiveDateTime, NaiveDateTime) {
    let on_clock = |time: DateTime<Utc>| time.with_timezone(&zone).naive_local();
    let local_start = on_clock(start);
    let local_end = on_clock(end);
    // In the repeated hour, the first one is taken: as on a clock that is not set back.
    (local_start, if local_end < local_start { local_start + (end - start) } else { local_end })
}

/// The SHA-256 of a row as it is sent, in hexadecimal digits: a correction is due when it differs.
pub fn row_hash(row: &ExternalTrainingRow) -> String {
    let texts: Vec<String> = owned_cells(row).map(|(_, text)| text).collect();
    // As JSON, so that no two rows have the same text.
    hex(&Sha256::digest(Value::from(texts).to_string()))
}

/// The columns that sync owns with their texts, in order.
fn owned_cells(row: &ExternalTrainingRow) -> impl Iterator<Item = (&'static str, String)> {
    let cells = ExternalTrainingRow::COLUMNS.iter().copied().zip(row.cells());
    let owned: Vec<_> = cells
        .filter(|(column, _)| COLUMNS.contains(column))
        .map(|(column, text)| (column, text.into_owned()))
        .collect();
    owned.into_iter()
}

/// The cells of a row that are not blank, as the state file keeps them.
pub(crate) fn to_json(row: &ExternalTrainingRow) -> Map<String, Value> {
    owned_cells(row)
        .filter(|(_, text)| !text.is_empty())
        .map(|(column, text)| (column.to_owned(), Value::String(text)))
        .collect()
}

/// The row with these cells.
///
/// # Errors
/// The cell that is none of a row: the state file holds something that sync did not write.
pub(crate) fn from_json(cells: &Map<String, Value>) -> Result<ExternalTrainingRow, Invalid> {
    let mut row = ExternalTrainingRow::new();
    for (index, column) in
        ExternalTrainingRow::COLUMNS.iter().enumerate().filter(|(_, column)| COLUMNS.contains(column))
    {
        match cells.get(*column) {
            None | Some(Value::Null) => {}
            Some(Value::String(text)) => row.set(index, text).map_err(|rule| Invalid::new(column, rule))?,
            Some(_) => return Err(Invalid::new(column, "must be a text")),
        }
    }
    Ok(row)
}

/// The row that withdraws a record: the LMS deletes it.
pub(crate) fn withdrawal(record_id: &str) -> ExternalTrainingRow {
    ExternalTrainingRow::delete(record_id)
}

/// Whether a row withdraws.
pub(crate) fn is_withdrawal(row: &ExternalTrainingRow) -> bool {
    row.action == Some(ExternalAction::Delete)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn completion(start: &str, end: &str) -> Completion {
        Completion {
            id: Some("c-1".to_owned()),
            module_name: Some("Listening Well".to_owned()),
            attended: Some(true),
            percentage_steps_visited: Some(87.5),
            time_in_session_mins: Some(41.0 + 1.0 / 3.0),
            session_scheduled_start_at: Some(start.parse().expect("a timestamp")),
            session_scheduled_end_at: Some(end.parse().expect("a timestamp")),
            ..Completion::default()
        }
    }

    fn dates(start: &str, end: &str, zone: Tz) -> [String; 2] {
        let row = training_row(&completion(start, end), "a.roe", zone).expect("a row");
        [row.start_date, row.end_date].map(|date| date.map(|date| date.to_string()).unwrap_or_default())
    }

    #[test]
    fn a_completion_becomes_a_row_with_the_owned_columns_only() {
        let row = training_row(&completion("2026-05-01T08:00Z", "2026-05-01T09:00Z"), "a.roe", Tz::UTC).expect("a row");
        let cells = to_json(&row);
        let expected = serde_json::json!({
            "Action": "AU", "RecordID": record_id("c-1"), "UserId": "a.roe", "Title": "Listening Well", "CourseType": "W",
            "StartDate": "2026-05-01 08:00:00", "EndDate": "2026-05-01 09:00:00", "Status": "4", "Score": "87.5",
            "Duration": "41.33", "Unit": "I",
        });
        assert_eq!(Value::Object(cells.clone()), expected);
        assert_eq!(from_json(&cells).expect("the same row"), row);
    }

    #[test]
    fn who_did_not_attend_has_a_cancelled_record_without_duration() {
        let mut absent = completion("2026-05-01T08:00Z", "2026-05-01T09:00Z");
        (absent.attended, absent.time_in_session_mins, absent.percentage_steps_visited) = (Some(false), None, None);
        absent.module_name = None;
        let cells = to_json(&training_row(&absent, "a.roe", Tz::UTC).expect("a row"));
        assert_eq!(
            (&cells["Status"], &cells["Duration"], &cells["Title"]),
            (&"5".into(), &"0.00".into(), &"Session".into())
        );
        assert!(!cells.contains_key("Score"));
    }

    #[test]
    fn date_times_are_those_of_the_time_zone_in_summer_and_in_winter() {
        let berlin = chrono_tz::Europe::Berlin;
        assert_eq!(
            dates("2026-01-15T08:00Z", "2026-01-15T09:30Z", berlin),
            ["2026-01-15 09:00:00", "2026-01-15 10:30:00"]
        );
        assert_eq!(
            dates("2026-07-15T10:00+02:00", "2026-07-15T09:30Z", berlin),
            ["2026-07-15 10:00:00", "2026-07-15 11:30:00"]
        );
        assert_eq!(
            dates("2026-03-29T00:30Z", "2026-03-29T01:30Z", berlin),
            ["2026-03-29 01:30:00", "2026-03-29 03:30:00"],
            "the hour that spring lacks"
        );
        assert_eq!(
            dates("2026-01-01T02:00Z", "2026-01-01T03:00Z", chrono_tz::America::New_York),
            ["2025-12-31 21:00:00", "2025-12-31 22:00:00"]
        );
    }

    #[test]
    fn a_session_in_the_repeated_hour_of_autumn_does_not_end_before_it_starts() {
        let berlin = chrono_tz::Europe::Berlin;
        assert_eq!(
            dates("2026-10-25T00:30Z", "2026-10-25T01:15Z", berlin),
            ["2026-10-25 02:30:00", "2026-10-25 03:15:00"],
            "from 02:30 of the first hour to 02:15 of the second"
        );
        assert_eq!(
            dates("2026-10-25T01:15Z", "2026-10-25T01:45Z", berlin),
            ["2026-10-25 02:15:00", "2026-10-25 02:45:00"],
            "within the second hour"
        );
    }

    proptest::proptest! {
        #[test]
        fn no_session_ends_before_it_starts_in_any_time_zone(
            start in 946_684_800_i64..2_524_608_000, minutes in 0_i64..3_000, zone in 0..chrono_tz::TZ_VARIANTS.len(),
        ) {
            let zone = chrono_tz::TZ_VARIANTS[zone];
            let start = DateTime::from_timestamp(start, 0).expect("a date-time");
            let end = start + rosterkit_core::chrono::Duration::minutes(minutes);
            let (local_start, local_end) = local(start, end, zone);
            proptest::prop_assert!(local_start <= local_end, "{zone}");
            let is_end = local_end == end.with_timezone(&zone).naive_local();
            proptest::prop_assert!(is_end || local_end - local_start == end - start, "{zone}");
        }
    }

    #[test]
    fn an_invalid_completion_is_an_error_that_names_the_field_and_no_value() {
        let valid = || completion("2026-05-01T08:00Z", "2026-05-01T09:00Z");
        let from = |json: &str| serde_json::from_str::<Timestamp>(json).expect("any text");
        let cases: [(&str, Completion); 9] = [
            ("id", Completion { id: None, ..valid() }),
            ("id", Completion { id: Some(String::new()), ..valid() }),
            ("sessionScheduledStartAt", Completion { session_scheduled_start_at: None, ..valid() }),
            ("sessionScheduledEndAt", Completion { session_scheduled_end_at: Some(from("\"secret\"")), ..valid() }),
            ("sessionScheduledEndAt", completion("2026-05-01T08:00Z", "2026-05-01T07:59Z")),
            ("timeInSessionMins", Completion { time_in_session_mins: Some(-4711.0), ..valid() }),
            ("percentageStepsVisited", Completion { percentage_steps_visited: Some(4711.0), ..valid() }),
            ("percentageStepsVisited", Completion { percentage_steps_visited: Some(-0.5), ..valid() }),
            ("moduleName", Completion { module_name: Some("4711".repeat(100)), ..valid() }),
        ];
        for (field, completion) in cases {
            let error = training_row(&completion, "a.roe", Tz::UTC).expect_err(field);
            assert_eq!(error.field, field);
            let text = error.to_string();
            assert!(text.contains(field) && !text.contains("4711") && !text.contains("secret"), "{text}");
        }
        let error = training_row(&valid(), " ", Tz::UTC).expect_err("no user");
        assert_eq!(error.field, "UserId");
    }

    #[test]
    fn the_hash_follows_every_owned_column_and_nothing_else() {
        let row = |completion: &Completion| training_row(completion, "a.roe", Tz::UTC).expect("a row");
        let first = completion("2026-05-01T08:00Z", "2026-05-01T09:00Z");
        let hash = row_hash(&row(&first));
        assert_eq!(hash.len(), 64);
        let same = Completion { hash: Some("other".to_owned()), total_steps: Some(3), ..first.clone() };
        assert_eq!(row_hash(&row(&same)), hash);
        let changed = [
            Completion { module_name: Some("Other".to_owned()), ..first.clone() },
            Completion { attended: Some(false), ..first.clone() },
            Completion { time_in_session_mins: Some(42.0), ..first.clone() },
            Completion { percentage_steps_visited: Some(88.0), ..first.clone() },
            completion("2026-05-01T08:30Z", "2026-05-01T09:00Z"),
            completion("2026-05-01T08:00Z", "2026-05-01T09:30Z"),
        ];
        for completion in &changed {
            assert_ne!(row_hash(&row(completion)), hash);
        }
        assert_ne!(row_hash(&training_row(&first, "b.poe", Tz::UTC).expect("a row")), hash);
        assert_ne!(row_hash(&training_row(&first, "a.roe", chrono_tz::Europe::Berlin).expect("a row")), hash);
    }
}
