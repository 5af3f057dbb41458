//! The presence and routing status of people at any time, drawn from the seed and not stored.
//!
//! A sandbox has a few kinds of day, each with spans of presence and of routing status from midnight to midnight in UTC.
//! The kind of day of a person follows from seed, person and date. So the days of a million people are aggregated by
//! counting kinds, and each sum equals the sum of the spans in the details.

use rosterkit_core::chrono::{DateTime, Utc};

use crate::genesys::interval::Interval;
use crate::people::People;
use crate::random::Draw;

/// System presences as analytics spells them, in the order of the presence definitions.
pub(super) const PRESENCES: [&str; 10] =
    ["AVAILABLE", "AWAY", "BUSY", "OFFLINE", "IDLE", "ON_QUEUE", "MEAL", "TRAINING", "MEETING", "BREAK"];
pub(super) const STATUSES: [&str; 5] = ["OFF_QUEUE", "IDLE", "INTERACTING", "NOT_RESPONDING", "COMMUNICATING"];

const AVAILABLE: usize = 0;
const AWAY: usize = 1;
const BUSY: usize = 2;
const OFFLINE: usize = 3;
const ON_QUEUE: usize = 5;
const MEAL: usize = 6;
const TRAINING: usize = 7;
const MEETING: usize = 8;
const BREAK: usize = 9;

/// The number of kinds of day. The first is a day off.
pub(super) const KINDS: usize = 24;
const DAY: u32 = 86_400;
/// The first day with data, in days since 1970: 2024-01-01.
const FIRST_DAY: i64 = 19_723;

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Track {
    Presence,
    Status,
}

impl Track {
    pub(super) fn values(self) -> &'static [&'static str] {
        match self {
            Self::Presence => &PRESENCES,
            Self::Status => &STATUSES,
        }
    }
}

/// A value of a track from `start` to `end`, in milliseconds since 1970. The value is an index of the track's values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) start: i64,
    pub(super) end: i64,
    pub(super) value: usize,
}

/// One kind of day: second of the day and the value that starts then.
#[derive(Debug, Default)]
struct Kind {
    presence: Vec<(u32, usize)>,
    status: Vec<(u32, usize)>,
}

/// The days of all sample people.
#[derive(Debug)]
pub(super) struct Schedule {
    pub(super) people: People,
    kinds: Vec<Kind>,
}

impl Schedule {
    pub(super) fn new(people: People) -> Self {
        let kinds = (0..KINDS).map(|kind| Kind::draw(people.seed, kind as u64)).collect();
        Self { people, kinds }
    }

    /// The part of an interval with data, which ends at `until`.
    pub(super) fn known(interval: Interval, until: DateTime<Utc>) -> Option<Interval> {
        let first = DateTime::from_timestamp(FIRST_DAY * i64::from(DAY), 0)?;
        let known = Interval { start: interval.start.max(first), end: interval.end.min(until) };
        (known.start < known.end).then_some(known)
    }

    /// The days that an interval touches, counted from 1970.
    pub(super) fn days(interval: Interval) -> std::ops::Range<i64> {
        let day = i64::from(DAY) * 1_000;
        let (start, end) = (interval.start.timestamp_millis(), interval.end.timestamp_millis());
        start.div_euclid(day)..(end - 1).div_euclid(day) + 1
    }

    /// The kind of day that a person had.
    pub(super) fn kind(&self, person: u64, day: i64) -> usize {
        let mut draw = Draw::new(self.people.seed, "day", (person << 17) ^ day.unsigned_abs());
        // 1970-01-01 was a Thursday.
        let weekend = (day + 3).rem_euclid(7) >= 5;
        if draw.one_in(if weekend { 2 } else { 12 }) || weekend && draw.one_in(2) {
            return 0;
        }
        1 + draw.below(KINDS as u64 - 1) as usize
    }

    /// The spans of a kind of day, clipped to an interval.
    pub(super) fn spans_of_kind(
        &self,
        kind: usize,
        day: i64,
        interval: Interval,
        track: Track,
    ) -> impl Iterator<Item = Span> {
        let spans = self.kinds.get(kind).map_or(&[][..], |kind| match track {
            Track::Presence => &kind.presence[..],
            Track::Status => &kind.status[..],
        });
        let midnight = day * i64::from(DAY) * 1_000;
        let (from, to) = (interval.start.timestamp_millis(), interval.end.timestamp_millis());
        spans.iter().enumerate().filter_map(move |(index, (start, value))| {
            let end = spans.get(index + 1).map_or(DAY, |(next, _)| *next);
            let at = |second: u32| midnight + i64::from(second) * 1_000;
            let span = Span { start: at(*start).max(from), end: at(end).min(to), value: *value };
            (span.start < span.end).then_some(span)
        })
    }

    /// The spans of a person in an interval, in order.
    pub(super) fn spans(&self, person: u64, interval: Interval, track: Track) -> impl Iterator<Item = Span> {
        Self::days(interval).flat_map(move |day| self.spans_of_kind(self.kind(person, day), day, interval, track))
    }
}

impl Kind {
    fn draw(seed: u64, number: u64) -> Self {
        let mut kind = Self::default();
        kind.presence.push((0, OFFLINE));
        kind.status.push((0, 0));
        if number == 0 {
            return kind;
        }
        let mut draw = Draw::new(seed, "kind of day", number);
        let mut at = 3_600 * (6 + draw.below(6) as u32) + 900 * draw.below(4) as u32;
        let mut minutes = |low: u64, more: u64| 60 * (low + draw.below(more + 1)) as u32;
        let plan = [
            (AVAILABLE, minutes(5, 10)),
            (ON_QUEUE, minutes(90, 60)),
            (BREAK, minutes(10, 10)),
            (ON_QUEUE, minutes(60, 60)),
            (MEAL, minutes(30, 15)),
            ([MEETING, TRAINING, BUSY, AVAILABLE][(number % 4) as usize], minutes(20, 40)),
            (ON_QUEUE, minutes(90, 60)),
            (AWAY, minutes(1, 9)),
            (ON_QUEUE, minutes(30, 30)),
            (AVAILABLE, minutes(1, 9)),
        ];
        for (presence, length) in plan {
            kind.presence.push((at, presence));
            if presence == ON_QUEUE {
                kind.work(at, at + length, &mut draw);
                kind.status.push((at + length, 0));
            }
            at += length;
        }
        kind.presence.push((at, OFFLINE));
        kind
    }

    /// Interactions and the time between them.
    fn work(&mut self, start: u32, end: u32, draw: &mut Draw) {
        const IDLE: usize = 1;
        let (mut at, mut idle) = (start, true);
        while at < end {
            let status = match draw.below(20) {
                _ if idle => IDLE,
                0 => 3,
                1 | 2 => 4,
                _ => 2,
            };
            self.status.push((at, status));
            at += if idle { 20 + draw.below(280) as u32 } else { 60 + draw.below(700) as u32 };
            idle = !idle;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn interval(text: &str) -> Interval {
        Interval::parse("interval", text, 366).unwrap_or_else(|_| panic!("{text}"))
    }

    #[test]
    fn the_spans_of_a_person_fill_an_interval_without_gap_or_overlap() {
        let schedule = Schedule::new(People::new(7, 100));
        let interval = interval("2024-11-04T10:00:00.500/2024-11-11T12:30:00");
        for person in 0..100 {
            for track in [Track::Presence, Track::Status] {
                let mut at = interval.start.timestamp_millis();
                for span in schedule.spans(person, interval, track) {
                    assert_eq!(span.start, at, "person {person}");
                    assert!(span.value < track.values().len());
                    at = span.end;
                }
                assert_eq!(at, interval.end.timestamp_millis());
            }
        }
    }

    #[test]
    fn every_value_but_idle_occurs() {
        let schedule = Schedule::new(People::new(7, 100));
        let interval = interval("2024-11-04T00:00:00/2024-11-09T00:00:00");
        for (track, missing) in [(Track::Presence, 1), (Track::Status, 0)] {
            let mut seen: Vec<usize> =
                (0..100).flat_map(|person| schedule.spans(person, interval, track)).map(|span| span.value).collect();
            seen.sort_unstable();
            seen.dedup();
            // No presence is idle: the platform sets it when the computer is not used.
            assert_eq!(seen.len() + missing, track.values().len());
        }
    }

    #[test]
    fn most_people_work_on_weekdays_and_few_on_weekends() {
        let schedule = Schedule::new(People::new(7, 1_000));
        let at_work = |day: i64| (0..1_000).filter(|person| schedule.kind(*person, day) != 0).count();
        // 2024-11-04 was a Monday.
        let monday = 20_031;
        assert!(at_work(monday) > 850 && at_work(monday + 5) < 350 && at_work(monday + 6) < 350);
    }
}
