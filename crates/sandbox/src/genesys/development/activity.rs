//! The activities of the sample people.

use rosterkit_core::chrono::{DateTime, Duration, Utc};
use serde_json::{Value, json};

use crate::clock;
use crate::ids::IdSpace;
use crate::people::People;
use crate::random::Draw;

/// The reference of all dates: 2025-01-01, the default start time of the clock.
const EPOCH: i64 = 1_735_689_600;

/// The maximum number of activities per person; the first half are learning assignments, the others appointments.
const SLOTS: u64 = 8;
const LEARNING: u64 = 4;

/// The lowest passing score.
const PASS_MARK: u64 = 70;

/// Names and kinds of the learning modules.
const MODULES: &[(&str, Kind)] = &[
    ("Welcome to the team", Kind::Informational),
    ("Handling complaints", Kind::AssessedContent),
    ("Data protection", Kind::Assessment),
    ("Fire safety", Kind::External),
    ("Product update", Kind::Informational),
    ("Billing basics", Kind::AssessedContent),
    ("Phone manners", Kind::Assessment),
    ("First aid", Kind::External),
    ("Quality guidelines", Kind::Informational),
    ("Claims in depth", Kind::AssessedContent),
];

const TOPICS: &[&str] = &["Call review", "Goals of the quarter", "Difficult conversations", "Career talk"];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Informational,
    Coaching,
    AssessedContent,
    Assessment,
    External,
}

impl Kind {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Informational => "Informational",
            Self::Coaching => "Coaching",
            Self::AssessedContent => "AssessedContent",
            Self::Assessment => "Assessment",
            Self::External => "External",
        }
    }

    fn is_scored(self) -> bool {
        matches!(self, Self::AssessedContent | Self::Assessment)
    }
}

/// An activity, without what depends on the current time.
#[derive(Clone, Debug)]
pub(super) struct Activity {
    pub(super) index: u64,
    /// The attendee.
    pub(super) owner: u64,
    /// The creator, and the facilitator of an appointment.
    pub(super) leader: u64,
    pub(super) kind: Kind,
    /// The module of a learning assignment.
    pub(super) module: Option<usize>,
    pub(super) created: DateTime<Utc>,
    pub(super) due: DateTime<Utc>,
    name: &'static str,
    start: DateTime<Utc>,
    completed: Option<DateTime<Utc>>,
    score: Option<u64>,
    clashes: bool,
}

impl Activity {
    pub(super) fn completed(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.completed.filter(|completed| *completed <= now)
    }

    pub(super) fn status(&self, now: DateTime<Utc>) -> &'static str {
        let coaching = self.kind == Kind::Coaching;
        match () {
            () if self.completed(now).is_some() => "Completed",
            () if self.clashes => "InvalidSchedule",
            () if now < self.start => "Planned",
            () if coaching && now >= self.due => "NotCompleted",
            () => "InProgress",
        }
    }

    pub(super) fn is_overdue(&self, now: DateTime<Utc>) -> bool {
        matches!(self.status(now), "Planned" | "InProgress") && self.due <= now
    }

    /// The score of a completed activity.
    pub(super) fn score(&self, now: DateTime<Utc>) -> Option<u64> {
        self.score.filter(|_| self.completed(now).is_some())
    }

    /// Whether a completed activity was passed.
    pub(super) fn is_passed(&self, now: DateTime<Utc>) -> Option<bool> {
        self.score(now).map(|score| score >= PASS_MARK)
    }
}

/// The activities of all sample people.
#[derive(Clone, Copy, Debug)]
pub(super) struct Activities {
    pub(super) people: People,
    ids: IdSpace,
    modules: IdSpace,
}

impl Activities {
    pub(super) fn new(people: People) -> Self {
        let ids = |purpose| IdSpace::new(people.seed, purpose);
        Self { people, ids: ids("development activity"), modules: ids("learning module") }
    }

    /// The index of the module with this id.
    pub(super) fn module(&self, id: &str) -> Option<usize> {
        self.modules.index_of_uuid(id).map(|module| module as usize).filter(|module| *module < MODULES.len())
    }

    /// The id of the module with this index.
    pub(super) fn module_id(&self, module: usize) -> Option<String> {
        (module < MODULES.len()).then(|| self.modules.uuid(module as u32))
    }

    pub(super) fn by_id(&self, id: &str) -> Option<Activity> {
        self.get(self.ids.index_of_uuid(id)?.into())
    }

    pub(super) fn get(&self, index: u64) -> Option<Activity> {
        let owner = index / SLOTS;
        let of_owner = (owner < self.people.count).then(|| Slots::new(self.people.seed, owner))?;
        of_owner.has(index % SLOTS).then(|| self.draw(index, owner, index % SLOTS, of_owner.shift))
    }

    fn draw(&self, index: u64, owner: u64, slot: u64, shift: u64) -> Activity {
        let mut draw = Draw::new(self.people.seed, "activity", index);
        let is_coaching = slot >= LEARNING;
        // Consecutive modules, so that no person has the same twice.
        let module = ((shift % MODULES.len() as u64 + slot) % MODULES.len() as u64) as usize;
        let (name, kind) = if is_coaching {
            (draw.word(TOPICS), Kind::Coaching)
        } else {
            MODULES.get(module).copied().unwrap_or(("", Kind::External))
        };
        let created = DateTime::from_timestamp(EPOCH, 0).unwrap_or_default()
            - Duration::days(1 + draw.below(330) as i64)
            + Duration::minutes(15 * draw.below(40) as i64);
        let start = created + Duration::days(draw.below(10) as i64);
        let due =
            if is_coaching { start + Duration::hours(1) } else { start + Duration::days(7 + draw.below(60) as i64) };
        let length = (due - start).num_minutes() as u64;
        // A few finish after the due date.
        let finish = start + Duration::minutes((length / 4 + draw.below(length + length / 8 + 1)) as i64);
        let clashes = is_coaching && draw.one_in(15);
        let completed = (!clashes && !draw.one_in(4)).then_some(finish);
        Activity {
            index,
            owner,
            leader: People::manager_of(owner).unwrap_or(owner),
            kind,
            module: (!is_coaching).then_some(module),
            created,
            due,
            name,
            start,
            completed,
            score: kind.is_scored().then(|| 40 + draw.below(61)),
            clashes,
        }
    }

    /// The activities of a person.
    pub(super) fn of(&self, owner: u64) -> impl Iterator<Item = Activity> + use<> {
        let (this, slots) = (*self, Slots::new(self.people.seed, owner));
        let used = (0..SLOTS).filter(move |slot| slots.has(*slot));
        used.map(move |slot| this.draw(owner * SLOTS + slot, owner, slot, slots.shift))
    }

    /// The activity in responses.
    pub(super) fn show(&self, activity: &Activity, now: DateTime<Utc>) -> Value {
        let user = |index: u64| {
            let id = self.people.id(index);
            json!({ "id": id, "selfUri": format!("/api/v2/users/{id}") })
        };
        let id = self.ids.uuid(activity.index as u32);
        let mut shown = json!({
            "id": id, "name": activity.name, "type": activity.kind.as_str(), "status": activity.status(now),
            "createdBy": user(activity.leader), "dateCreated": clock::rfc3339(activity.created), "dateDue": clock::rfc3339(activity.due),
            "attendees": [user(activity.owner)], "isOverdue": activity.is_overdue(now),
            "selfUri": format!("/api/v2/users/development/activities/{id}"),
        });
        let mut set = |name: &str, value: Value| shown[name] = value;
        if let Some(completed) = activity.completed(now) {
            set("dateCompleted", json!(clock::rfc3339(completed)));
        }
        if let Some(score) = activity.score(now) {
            set("percentageScore", json!(score as f64));
            set("isPassed", json!(score >= PASS_MARK));
        }
        if activity.kind == Kind::Coaching {
            set("facilitator", user(activity.leader));
        } else {
            set("isLatest", json!(true));
            set("isModuleArchived", json!(false));
        }
        shown
    }
}

/// The number of activities of each kind of a person.
#[derive(Clone, Copy, Debug)]
struct Slots {
    learning: u64,
    coaching: u64,
    /// Selects the module of the first assignment.
    shift: u64,
}

impl Slots {
    fn new(seed: u64, owner: u64) -> Self {
        let mut draw = Draw::new(seed, "development", owner);
        let (learning, coaching) = (draw.below(LEARNING), draw.below(SLOTS - LEARNING - 1));
        Self { learning, coaching, shift: draw.next() }
    }

    fn has(self, slot: u64) -> bool {
        if slot < LEARNING { slot < self.learning } else { slot - LEARNING < self.coaching }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_activity_found_by_its_id_equals_the_one_of_its_owner() {
        let activities = Activities::new(People::new(7, 200));
        let all: Vec<Activity> = (0..200).flat_map(|owner| activities.of(owner)).collect();
        assert!(all.len() > 300, "{}", all.len());
        for activity in &all {
            let id = activities.ids.uuid(activity.index as u32);
            let found = activities.by_id(&id).map(|found| format!("{found:?}"));
            assert_eq!(found, Some(format!("{activity:?}")));
            assert!(activity.created <= activity.start && activity.start < activity.due);
            assert_eq!(activity.module.is_none(), activity.kind == Kind::Coaching);
        }
        assert!(activities.get(200 * SLOTS).is_none());
        assert!(activities.by_id("nothing").is_none());
    }

    #[test]
    fn a_completed_activity_stays_completed() {
        let activities = Activities::new(People::new(7, 400));
        let statuses = |activity: &Activity| {
            let after = [-1, 0, 1, 30, 400].map(|days| activity.start + Duration::days(days));
            after.map(|time| activity.status(time))
        };
        let mut seen = std::collections::BTreeSet::new();
        for activity in (0..400).flat_map(|owner| activities.of(owner)) {
            let statuses = statuses(&activity);
            seen.extend(statuses);
            let completed = statuses.iter().position(|status| *status == "Completed").unwrap_or(statuses.len());
            assert!(statuses[completed..].iter().all(|status| *status == "Completed"), "{statuses:?}");
        }
        let known = ["Completed", "InProgress", "InvalidSchedule", "NotCompleted", "Planned"];
        assert_eq!(seen.into_iter().collect::<Vec<_>>(), known);
    }
}
