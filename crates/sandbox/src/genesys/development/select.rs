//! The filters of the listing of activities.

use rosterkit_core::chrono::{DateTime, Utc};

use super::activity::{Activities, Activity, Kind};
use crate::genesys::interval::Interval;
use crate::http::{Call, Error};

/// The maximum length of an interval.
const MAX_DAYS: i64 = 366;

/// The people whose activities are listed.
#[derive(Debug)]
pub(super) enum Scope {
    All,
    /// Activities whose owner or facilitator is one of these people.
    Related(Vec<u64>),
}

impl Scope {
    /// Calls `each` once per activity.
    pub(super) fn visit(&self, activities: &Activities, each: &mut dyn FnMut(Activity)) {
        match self {
            Self::All => (0..activities.people.count).flat_map(|owner| activities.of(owner)).for_each(each),
            Self::Related(people) => {
                let mut people = people.clone();
                people.sort_unstable();
                people.dedup();
                for owner in &people {
                    activities.of(*owner).for_each(&mut *each);
                }
                for leader in &people {
                    // Reports who are among the people were visited above.
                    let reports = activities.people.reports(*leader);
                    let others = reports.filter(|report| people.binary_search(report).is_err());
                    let led = others.flat_map(|owner| activities.of(owner));
                    led.filter(|activity| activity.kind == Kind::Coaching).for_each(&mut *each);
                }
            }
        }
    }
}

/// The filters in the parameters of a listing.
#[derive(Debug)]
pub(super) struct Wanted<'a> {
    /// `Some(None)` for an unknown module.
    module: Option<Option<usize>>,
    due: Option<Interval>,
    completed: Option<Interval>,
    overdue: Option<bool>,
    passed: Option<bool>,
    types: Vec<&'a str>,
    statuses: Vec<&'a str>,
    relationships: Vec<&'a str>,
    me: Option<u64>,
}

impl<'a> Wanted<'a> {
    pub(super) fn of(call: &'a Call<'_>, activities: &Activities, me: Option<u64>) -> Result<Self, Error> {
        let interval = |name: &str| -> Result<Option<Interval>, Error> {
            call.filter(name).map(|text| Interval::parse(name, text, MAX_DAYS)).transpose()
        };
        Ok(Self {
            module: call.filter("moduleId").map(|id| activities.module(id)),
            due: interval("interval")?.map(Interval::in_seconds),
            completed: interval("completionInterval")?,
            overdue: flag(call.query("overdue")),
            passed: flag(call.query("pass")),
            types: call.query.all("types").collect(),
            statuses: call.query.all("statuses").collect(),
            relationships: call.query.all("relationship").collect(),
            me,
        })
    }

    pub(super) fn matches(&self, activity: &Activity, now: DateTime<Utc>) -> bool {
        activity.created <= now
            && self.module.is_none_or(|module| module.is_some() && activity.module == module)
            && self.due.is_none_or(|due| due.contains(activity.due))
            && self.completed.is_none_or(|within| activity.completed(now).is_some_and(|date| within.contains(date)))
            && self.overdue.is_none_or(|overdue| activity.is_overdue(now) == overdue)
            && self.passed.is_none_or(|passed| activity.is_passed(now) == Some(passed))
            && (self.types.is_empty() || self.types.contains(&activity.kind.as_str()))
            && (self.statuses.is_empty() || self.statuses.contains(&activity.status(now)))
            && (self.relationships.is_empty() || self.relationships.iter().any(|held| self.is_related(activity, held)))
    }

    /// Whether the caller has a relationship to an activity. Only appointments have a creator and a facilitator.
    fn is_related(&self, activity: &Activity, relationship: &str) -> bool {
        let person = match relationship {
            "Attendee" => activity.owner,
            _ if activity.kind == Kind::Coaching => activity.leader,
            _ => return false,
        };
        self.me == Some(person)
    }
}

/// The value of a filter; `Any` and no value do not filter.
fn flag(word: Option<&str>) -> Option<bool> {
    match word? {
        "True" => Some(true),
        "False" => Some(false),
        _ => None,
    }
}
