//! Which sessions a run reads, and what it remembers for the next one.

use chrono_tz::Tz;
use rosterkit_core::chrono::{
    DateTime, Duration, LocalResult, NaiveDate, NaiveDateTime, NaiveTime, TimeZone as _, Utc,
};
use rusqlite::Connection;
use serde::{Deserialize, Serialize};

use crate::config::Completions;
use crate::span::Span;
use crate::state::{StateError, meta};

/// The sessions that a run reads, by when they were planned to start: `from` inclusive, `to` exclusive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Window {
    /// Its start.
    pub from: DateTime<Utc>,
    /// Its end. Sessions after it have not ended long enough ago. Not after `from`: there is nothing to read.
    pub to: DateTime<Utc>,
    /// Whether it goes back to `since`.
    pub is_full: bool,
}

/// What is remembered of the plans of a flow that were applied to their end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Applied {
    /// When the newest session starts that was read.
    #[serde(with = "optional_time")]
    pub newest: Option<DateTime<Utc>>,
    /// When the last window that went back to `since` was planned.
    #[serde(with = "required_time")]
    pub full_at: DateTime<Utc>,
    /// What `since` meant then.
    #[serde(with = "required_time")]
    pub since: DateTime<Utc>,
    /// The time zone of the rows, as an IANA name.
    pub zone: String,
}

impl Window {
    /// The window of a run: from `overlap` before the newest session of the applied runs, or from `since` in the first run,
    /// every `full_every`, after a change of the time zone, and after an earlier `since`.
    pub fn new(
        settings: &Completions,
        since: DateTime<Utc>,
        zone: Tz,
        applied: Option<&Applied>,
        now: DateTime<Utc>,
    ) -> Self {
        let to = before(now, settings.settle);
        let recent = applied.filter(|applied| {
            before(now, settings.full_every) < applied.full_at
                && applied.full_at <= now
                && applied.since <= since
                && applied.zone == zone.name()
        });
        let from = recent
            .and_then(|applied| applied.newest)
            .map_or(since, |newest| before(newest, settings.overlap).max(since));
        Self { from, to, is_full: recent.is_none() }
    }

    /// Whether there is nothing to read.
    pub fn is_empty(&self) -> bool {
        self.to <= self.from
    }

    /// Whether a session that starts then is in the window.
    pub fn contains(&self, start: DateTime<Utc>) -> bool {
        (self.from..self.to).contains(&start)
    }
}

/// A time less a span. Before the earliest time, there is nothing.
pub(crate) fn before(time: DateTime<Utc>, span: Span) -> DateTime<Utc> {
    let span = Duration::from_std(span.duration()).unwrap_or(Duration::MAX);
    time.checked_sub_signed(span).unwrap_or(DateTime::<Utc>::MIN_UTC)
}

/// When a day begins in a time zone.
pub(crate) fn start_of_day(day: NaiveDate, zone: Tz) -> DateTime<Utc> {
    to_utc(day.and_time(NaiveTime::MIN), zone)
}

/// The time that a clock of a zone shows: the first of two in autumn; in the hour that spring lacks, what the clock would
/// have shown.
fn to_utc(local: NaiveDateTime, zone: Tz) -> DateTime<Utc> {
    match zone.from_local_datetime(&local) {
        LocalResult::Single(time) | LocalResult::Ambiguous(time, _) => time.to_utc(),
        LocalResult::None => {
            // No clock is set forward by more than a day.
            let earlier = local - Duration::days(1);
            match zone.from_local_datetime(&earlier) {
                LocalResult::Single(time) | LocalResult::Ambiguous(time, _) => time.to_utc() + Duration::days(1),
                LocalResult::None => local.and_utc(),
            }
        }
    }
}

impl Applied {
    /// What is remembered of a flow.
    pub(crate) fn get(connection: &Connection, flow: &str) -> Result<Option<Self>, StateError> {
        let text = meta::get(connection, &applied_key(flow))?;
        // What cannot be read leads to a full window, which is never wrong.
        Ok(text.and_then(|text| serde_json::from_str(&text).ok()))
    }

    /// Keeps what a plan will have done when it is applied to its end.
    pub(crate) fn plan(&self, connection: &Connection, flow: &str, plan: i64) -> Result<(), StateError> {
        let planned = Planned { plan, applied: self.clone() };
        meta::set(connection, &planned_key(flow), &text(&planned)?)
    }

    /// Remembers that a plan was applied to its end. Not if another one was made since: then the next window is larger than
    /// it had to be.
    pub(crate) fn mark(connection: &Connection, flow: &str, plan: i64) -> Result<(), StateError> {
        let planned = meta::get(connection, &planned_key(flow))?;
        let planned: Option<Planned> = planned.and_then(|text| serde_json::from_str(&text).ok());
        match planned.filter(|planned| planned.plan == plan) {
            Some(planned) => meta::set(connection, &applied_key(flow), &text(&planned.applied)?),
            None => Ok(()),
        }
    }
}

#[derive(Debug, Serialize, Deserialize)]
struct Planned {
    plan: i64,
    applied: Applied,
}

fn applied_key(flow: &str) -> String {
    format!("completions/applied/{flow}")
}

fn planned_key(flow: &str) -> String {
    format!("completions/planned/{flow}")
}

fn text(value: &impl Serialize) -> Result<String, StateError> {
    serde_json::to_string(value).map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)).into())
}

/// Date-times as RFC 3339.
mod optional_time {
    use rosterkit_core::Timestamp;
    use rosterkit_core::chrono::{DateTime, Utc};
    use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer, de::Error as _};

    pub(super) fn serialize<S: Serializer>(time: &Option<DateTime<Utc>>, serializer: S) -> Result<S::Ok, S::Error> {
        time.map(Timestamp::from).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<DateTime<Utc>>, D::Error> {
        let text = Option::<Timestamp>::deserialize(deserializer)?;
        text.map(|text| Ok(text.to_datetime().map_err(D::Error::custom)?.to_utc())).transpose()
    }
}

/// As `optional_time`, for one that is there.
mod required_time {
    use rosterkit_core::chrono::{DateTime, Utc};
    use serde::{Deserializer, Serializer, de::Error as _};

    pub(super) fn serialize<S: Serializer>(time: &DateTime<Utc>, serializer: S) -> Result<S::Ok, S::Error> {
        super::optional_time::serialize(&Some(*time), serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<DateTime<Utc>, D::Error> {
        super::optional_time::deserialize(deserializer)?.ok_or_else(|| D::Error::custom("missing date-time"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SINCE: &str = "2026-01-01T00:00:00Z";

    fn time(text: &str) -> DateTime<Utc> {
        text.parse().expect("a date-time")
    }

    fn settings() -> Completions {
        Completions {
            since: "2026-01-01".parse().expect("a date"),
            overlap: Span::from_secs(30 * 86_400),
            full_every: Span::from_secs(7 * 86_400),
            settle: Span::from_secs(7_200),
            user: None,
            identities: None,
            withdraw: false,
        }
    }

    fn applied(newest: Option<&str>, full_at: &str) -> Applied {
        Applied { newest: newest.map(time), full_at: time(full_at), since: time(SINCE), zone: "UTC".to_owned() }
    }

    fn window(applied: Option<&Applied>, now: &str) -> (String, String, bool) {
        let window = Window::new(&settings(), time(SINCE), Tz::UTC, applied, time(now));
        let text = |time: DateTime<Utc>| time.format("%m-%d %H:%M").to_string();
        (text(window.from), text(window.to), window.is_full)
    }

    #[test]
    fn a_window_goes_back_by_the_overlap_and_to_the_start_in_the_first_run_and_every_week() {
        let expected = |from: &str, to: &str, is_full| (from.to_owned(), to.to_owned(), is_full);
        assert_eq!(window(None, "2026-06-10T12:00:00Z"), expected("01-01 00:00", "06-10 10:00", true));
        let last = applied(Some("2026-06-09T08:00:00Z"), "2026-06-08T12:00:00Z");
        assert_eq!(window(Some(&last), "2026-06-10T12:00:00Z"), expected("05-10 08:00", "06-10 10:00", false));
        assert_eq!(window(Some(&last), "2026-06-15T11:59:59Z"), expected("05-10 08:00", "06-15 09:59", false));
        assert_eq!(window(Some(&last), "2026-06-15T12:00:00Z"), expected("01-01 00:00", "06-15 10:00", true), "a week");
        let early = applied(Some("2026-01-05T08:00:00Z"), "2026-01-06T12:00:00Z");
        assert_eq!(window(Some(&early), "2026-01-07T12:00:00Z"), expected("01-01 00:00", "01-07 10:00", false));
        let none = applied(None, "2026-06-08T12:00:00Z");
        assert_eq!(window(Some(&none), "2026-06-10T12:00:00Z"), expected("01-01 00:00", "06-10 10:00", false));
    }

    #[test]
    fn another_time_zone_an_earlier_start_and_a_clock_that_was_set_back_make_the_window_full() {
        let now = time("2026-06-10T12:00:00Z");
        let last = applied(Some("2026-06-09T08:00:00Z"), "2026-06-08T12:00:00Z");
        let is_full = |since: &str, zone, now| Window::new(&settings(), time(since), zone, Some(&last), now).is_full;
        assert!(!is_full(SINCE, Tz::UTC, now));
        assert!(!is_full("2026-02-01T00:00:00Z", Tz::UTC, now));
        assert!(is_full("2025-12-31T00:00:00Z", Tz::UTC, now));
        assert!(is_full(SINCE, chrono_tz::Europe::Berlin, now));
        assert!(is_full(SINCE, Tz::UTC, time("2026-06-01T12:00:00Z")));
    }

    #[test]
    fn a_window_that_begins_in_the_future_is_empty() {
        let window = Window::new(&settings(), time(SINCE), Tz::UTC, None, time("2026-01-01T02:00:00Z"));
        assert!(window.is_empty() && !window.contains(time(SINCE)));
        let window = Window::new(&settings(), time(SINCE), Tz::UTC, None, time("2026-01-01T02:00:01Z"));
        assert!(!window.is_empty() && window.contains(time(SINCE)));
        assert!(!window.contains(window.to));
    }

    #[test]
    fn the_longest_spans_go_back_to_the_start() {
        let settings =
            Completions { overlap: Span::from_secs(u64::MAX), full_every: Span::from_secs(u64::MAX), ..settings() };
        let last = applied(Some("2026-06-09T08:00:00Z"), "2026-06-08T12:00:00Z");
        let window = Window::new(&settings, time(SINCE), Tz::UTC, Some(&last), time("2026-06-10T12:00:00Z"));
        assert_eq!((window.from, window.is_full), (time(SINCE), false));
    }

    #[test]
    fn a_day_begins_when_the_clocks_of_the_zone_say_so() {
        let day = |text: &str| text.parse::<NaiveDate>().expect("a date");
        assert_eq!(start_of_day(day("2026-07-01"), chrono_tz::Europe::Berlin), time("2026-06-30T22:00:00Z"));
        // There, clocks are set forward at midnight.
        assert_eq!(start_of_day(day("2026-09-06"), chrono_tz::America::Santiago), time("2026-09-06T04:00:00Z"));
    }

    #[test]
    fn only_the_last_plan_moves_the_window() {
        let connection = Connection::open_in_memory().expect("a database");
        connection
            .execute_batch("CREATE TABLE meta (key TEXT PRIMARY KEY, value ANY NOT NULL) STRICT")
            .expect("a table");
        let first = applied(None, "2026-06-08T12:00:00Z");
        let second = applied(Some("2026-06-09T08:00:00Z"), "2026-06-09T12:00:00Z");
        first.plan(&connection, "training", 1).expect("kept");
        second.plan(&connection, "training", 2).expect("kept");
        Applied::mark(&connection, "training", 1).expect("ignored");
        assert_eq!(Applied::get(&connection, "training").expect("read"), None);
        Applied::mark(&connection, "training", 2).expect("marked");
        assert_eq!(Applied::get(&connection, "training").expect("read"), Some(second));
        assert_eq!(Applied::get(&connection, "other").expect("read"), None);
    }
}
