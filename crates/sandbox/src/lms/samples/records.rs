//! The training records that exist from the start.
//!
//! Each person has 16 slots for a record. Person and slot follow from the id of a record, and the people of a session
//! from the session, so that no other person is drawn.

use crate::credentials::SANDBOX;
use crate::ids::IdSpace;
use crate::lms::datetime::Timestamp;
use crate::lms::model::assignment;
use crate::lms::model::record::{Approval, Record, Status, Step, Withdrawal};
use crate::lms::samples::modules::{APPROVED, PROGRAM, SEATS_TAKEN, SampleModules};
use crate::people::{People, Person};
use crate::random::Draw;

const SLOTS: u64 = 16;

/// Slots with a meaning of their own; slots 1 to 5 hold self-paced training.
const SESSION: u64 = 0;
const TASK: u64 = 6;
const PRACTICE: u64 = 7;
const REQUEST: u64 = 8;
const EXAM: u64 = 9;
const IN_PROGRAM: u64 = 10;
const OF_PROGRAM: u64 = 11;

/// Draws the records of the sample people.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SampleRecords<'a> {
    pub(crate) people: People,
    pub(crate) modules: &'a SampleModules,
}

impl SampleRecords<'_> {
    fn ids(&self) -> IdSpace {
        IdSpace::new(self.people.seed, "record")
    }

    fn id(&self, person: u64, slot: u64) -> String {
        self.ids().short((person * SLOTS + slot) as u32)
    }

    /// The records of a person, in the order of their slots.
    pub(crate) fn of(&self, person: &Person) -> Vec<Record> {
        (0..SLOTS).filter_map(|slot| self.at(person, slot)).collect()
    }

    pub(crate) fn by_id(&self, id: &str) -> Option<Record> {
        let number = u64::from(self.ids().index_of_short(id)?);
        let person = self.people.get(number / SLOTS).filter(Person::has_lms_account)?;
        self.at(&person, number % SLOTS)
    }

    /// The records of a session.
    pub(crate) fn of_session(&self, session: &str) -> Vec<Record> {
        if self.program_session().is_some_and(|program| program == session) {
            let people = (0..SEATS_TAKEN).filter_map(|number| self.people.get(number * 9 + 4));
            let people = people.filter(Person::has_lms_account);
            return people.filter_map(|person| self.at(&person, IN_PROGRAM)).collect();
        }
        let Some(number) = self.modules.sessions.iter().position(|(_, id)| id == session) else { return Vec::new() };
        let first = number as u64 * SEATS_TAKEN;
        let people = (first..first + SEATS_TAKEN).filter_map(|index| self.people.get(index));
        people.filter(Person::has_lms_account).filter_map(|person| self.at(&person, SESSION)).collect()
    }

    fn at(&self, person: &Person, slot: u64) -> Option<Record> {
        let index = person.index;
        match slot {
            SESSION => {
                let (module, session) = self.modules.sessions.get((index / SEATS_TAKEN) as usize)?;
                let mut record = self.record(person, slot, module);
                let start = self.modules.by_id.get(module)?.session(session)?.start?;
                record.session = Some(session.clone());
                record.enrolled = Some(start.plus_days(-20));
                record.updated = start.plus_days(-20);
                if start < Timestamp::SAMPLE {
                    self.complete(&mut record, start, 7 * 60);
                }
                Some(record)
            }
            1..=5 => self.self_paced(person, slot),
            TASK if index % 5 == 2 => {
                let mut record = self.record(person, slot, self.nth("task", index / 5)?);
                if Draw::new(self.people.seed, "task", index).one_in(2) {
                    record.status = Status::FinishedUsing;
                    record.started = record.enrolled;
                }
                Some(record)
            }
            PRACTICE if index % 5 == 4 => {
                let mut record = self.record(person, slot, self.nth("onTheJobTraining", index / 5)?);
                record.status = Status::Incomplete;
                record.started = record.enrolled;
                Some(record)
            }
            REQUEST if index % 6 == 1 => self.request(person),
            EXAM if index.is_multiple_of(4) => {
                let mut record = self.record(person, slot, self.nth("exam", index / 4)?);
                let start = record.enrolled?.plus_days(3);
                self.complete(&mut record, start, 45);
                Some(record)
            }
            IN_PROGRAM if index % 9 == 4 => {
                let mut record = self.record(person, slot, PROGRAM);
                record.session = self.program_session().filter(|_| index / 9 < SEATS_TAKEN).cloned();
                record.status = Status::Incomplete;
                record.started = record.enrolled;
                Some(record)
            }
            OF_PROGRAM if index % 9 == 4 => {
                let member = self.modules.by_id.get(PROGRAM)?.members.last()?;
                let mut record = self.record(person, slot, member);
                record.parent = Some(self.id(index, IN_PROGRAM));
                Some(record)
            }
            _ => None,
        }
    }

    /// The session of the program. Only the first participants are in a session.
    fn program_session(&self) -> Option<&String> {
        self.modules.by_id.get(PROGRAM)?.sessions.get(2).map(|session| &session.id)
    }

    fn nth(&self, kind: &str, number: u64) -> Option<&String> {
        let modules = self.modules.of_kind.get(kind)?;
        modules.get((number % modules.len().max(1) as u64) as usize)
    }

    /// A new enrollment, some time ago.
    fn record(&self, person: &Person, slot: u64, module: &str) -> Record {
        let mut draw = Draw::new(self.people.seed, "enrolled", person.index * SLOTS + slot);
        let enrolled = Timestamp::SAMPLE.plus_days(-30 - draw.below(300) as i64).plus_hours(draw.below(9) as i64 + 8);
        Record {
            id: self.id(person.index, slot),
            user: person.login.clone(),
            assignment: assignment::primary(person.index),
            module: module.to_owned(),
            enrolled: Some(enrolled),
            updated: enrolled,
            status: Status::Enrolled,
            self_enrolled: draw.one_in(2),
            revision: self.modules.by_id.get(module).and_then(|module| module.revision),
            ..Record::default()
        }
    }

    fn complete(&self, record: &mut Record, start: Timestamp, minutes: i64) {
        let end = start.plus_minutes(minutes);
        record.status = Status::Completed;
        record.started = Some(start);
        record.ended = Some(end);
        record.last_attempt = Some(end);
        record.updated = end;
        record.attempts = 1;
        let drawn = self.ids().index_of_short(&record.id).unwrap_or_default();
        record.score = Some((60 + Draw::new(self.people.seed, "score", drawn.into()).below(41)).to_string());
    }

    /// Training without a session: a few modules, each once.
    fn self_paced(&self, person: &Person, slot: u64) -> Option<Record> {
        let modules = &self.modules.self_paced;
        let mut draw = Draw::new(self.people.seed, "alone", person.index);
        let (number, first) = (1 + draw.below(5), draw.below(modules.len() as u64));
        if slot > number {
            return None;
        }
        // Steps of 7 come back to the first module only after all others, unless 7 divides their number.
        let step = if modules.len().is_multiple_of(7) { 1 } else { 7 };
        let module = modules.get(((first + (slot - 1) * step) % modules.len() as u64) as usize)?;
        let mut record = self.record(person, slot, module);
        let mut draw = Draw::new(self.people.seed, "progress", person.index * SLOTS + slot);
        let start = record.enrolled?.plus_hours(1 + draw.below(200) as i64);
        match draw.below(16) {
            0..=3 => {
                if draw.one_in(3) {
                    record.withdrawal = Some(Withdrawal {
                        submitted: Timestamp::SAMPLE.plus_days(-1 - draw.below(20) as i64),
                        approver: self.approver(person),
                        ..Withdrawal::default()
                    });
                }
            }
            4..=6 => {
                record.status = Status::Incomplete;
                record.started = Some(start);
                record.attempts = 1;
                record.last_attempt = Some(start);
                record.updated = start;
            }
            _ => self.complete(&mut record, start, 20 + draw.below(60) as i64),
        }
        Some(record)
    }

    /// An enrollment that is pending approval by the manager; `None` if the manager has no account.
    fn request(&self, person: &Person) -> Option<Record> {
        let approver = self.approver(person);
        if approver == SANDBOX.lms_user {
            return None;
        }
        let mut draw = Draw::new(self.people.seed, "request", person.index);
        let mut record = self.record(person, REQUEST, draw.word(APPROVED));
        let submitted = Timestamp::SAMPLE.plus_days(-1 - draw.below(20) as i64);
        record.enrolled = Some(submitted);
        record.updated = submitted;
        record.status = Status::PendingApproval;
        record.session = self.modules.by_id.get(&record.module)?.sessions.get(2).map(|session| session.id.clone());
        record.approval = Some(Approval { submitted, steps: steps(approver), ..Approval::default() });
        Some(record)
    }

    /// The approver of a person's requests: the manager, or the integration account if there is none.
    pub(crate) fn approver(&self, person: &Person) -> String {
        let manager = person.manager.and_then(|index| self.people.get(index)).filter(Person::has_lms_account);
        manager.map_or_else(|| SANDBOX.lms_user.to_owned(), |manager| manager.login)
    }
}

/// The steps of an approval: the manager, then the administration.
pub(crate) fn steps(approver: String) -> Vec<Step> {
    let administration = SANDBOX.lms_user.to_owned();
    let approvers = if approver == administration { vec![administration] } else { vec![approver, administration] };
    let step = |(slot, approver): (usize, String)| Step { id: (slot + 1).to_string(), approver, ..Step::default() };
    approvers.into_iter().enumerate().map(step).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_found_by_its_id_and_by_its_session() {
        let people = People::new(7, 120);
        let modules = SampleModules::new(people);
        let records = SampleRecords { people, modules: &modules };
        let mut seen = std::collections::BTreeSet::new();
        for person in people.iter().filter(Person::has_lms_account) {
            for record in records.of(&person) {
                assert_eq!(records.by_id(&record.id).as_ref(), Some(&record));
                assert!(seen.insert(record.id.clone()), "ids are unique");
                assert!(modules.by_id.contains_key(&record.module), "{}", record.module);
                if let Some(session) = record.session.as_ref().filter(|_| record.approval.is_none()) {
                    assert!(records.of_session(session).contains(&record));
                }
            }
        }
        assert!(seen.len() > 300, "{}", seen.len());
        assert_eq!(records.by_id("000000000000000"), None);
    }
}
