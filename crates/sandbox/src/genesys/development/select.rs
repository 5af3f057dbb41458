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

/// Owners whose activities are read in one step.
const STEP: usize = 512;

/// The activities of a scope, read in steps, between which other requests are served.
pub(super) struct Walk {
    activities: Activities,
    /// People, each with whether all of their activities are meant, or those that somebody leads.
    owners: Box<dyn Iterator<Item = (u64, bool)> + Send>,
}

impl Scope {
    pub(super) fn walk(self, activities: Activities) -> Walk {
        let people = activities.people;
        let owners: Box<dyn Iterator<Item = (u64, bool)> + Send> = match self {
            Self::All => Box::new((0..people.count).map(|owner| (owner, true))),
            Self::Related(mut of) => {
                of.sort_unstable();
                of.dedup();
                let leaders = of.clone();
                let own = of.clone().into_iter().map(|owner| (owner, true));
                // Reports who are among the people are visited as such.
                let reports = leaders.into_iter().flat_map(move |leader| people.reports(leader));
                let led = reports.filter(move |report| of.binary_search(report).is_err());
                Box::new(own.chain(led.map(|owner| (owner, false))))
            }
        };
        Walk { activities, owners }
    }
}

impl Walk {
    /// Calls `each` for the activities of the next people; whether there may be more.
    pub(super) fn step(&mut self, mut each: impl FnMut(Activity)) -> bool {
        for _ in 0..STEP {
            let Some((owner, is_all)) = self.owners.next() else { return false };
            let of_owner = self.activities.of(owner);
            of_owner.filter(|activity| is_all || activity.kind == Kind::Coaching).for_each(&mut each);
        }
        true
    }
}

/// The filters in the parameters of a listing.
#[derive(Debug)]
pub(super) struct Wanted {
    /// `Some(None)` for an unknown module.
    module: Option<Option<usize>>,
    due: Option<Interval>,
    completed: Option<Interval>,
    overdue: Option<bool>,
    passed: Option<bool>,
    types: Vec<String>,
    statuses: Vec<String>,
    relationships: Vec<String>,
    me: Option<u64>,
}

impl Wanted {
    pub(super) fn of(call: &Call<'_>, activities: &Activities, me: Option<u64>) -> Result<Self, Error> {
        let interval = |name: &str| -> Result<Option<Interval>, Error> {
            call.filter(name).map(|text| Interval::parse(name, text, MAX_DAYS)).transpose()
        };
        let all = |name: &str| call.query.all(name).map(str::to_owned).collect();
        Ok(Self {
            module: call.filter("moduleId").map(|id| activities.module(id)),
            due: interval("interval")?.map(Interval::in_seconds),
            completed: interval("completionInterval")?,
            overdue: flag(call.query("overdue")),
            passed: flag(call.query("pass")),
            types: all("types"),
            statuses: all("statuses"),
            relationships: all("relationship"),
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
            && (self.types.is_empty() || self.types.iter().any(|kind| kind == activity.kind.as_str()))
            && (self.statuses.is_empty() || self.statuses.iter().any(|status| status == activity.status(now)))
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
