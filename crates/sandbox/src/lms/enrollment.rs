//! The rules of enrolling: who can be enrolled, in which session, and with which status.

use crate::lms::datetime::Timestamp;
use crate::lms::model::account::Account;
use crate::lms::model::module::{Module, Prerequisites, Session};
use crate::lms::model::record::{Approval, Record, Status};
use crate::lms::samples::records::steps;
use crate::lms::store::Store;

/// Why a user is not enrolled. `enrollUser` returns it with a successful status.
#[derive(Debug)]
pub(crate) struct Rejection {
    pub(crate) code: &'static str,
    pub(crate) message: &'static str,
}

const fn rejection(code: &'static str, message: &'static str) -> Rejection {
    Rejection { code, message }
}

/// A new enrollment.
#[derive(Debug)]
pub(crate) struct NewEnrollment<'a> {
    pub(crate) account: &'a Account,
    pub(crate) assignment: String,
    pub(crate) module: &'a Module,
    pub(crate) session: Option<&'a Session>,
    pub(crate) reason: Option<String>,
    /// The record of the program that this belongs to.
    pub(crate) parent: Option<String>,
    pub(crate) self_enrolled: bool,
}

impl NewEnrollment<'_> {
    /// Stores and returns the new record: enrolled, on the waiting list if the session is full, or pending approval.
    pub(crate) fn enroll(self, store: &mut Store) -> Result<Record, Rejection> {
        self.check(store)?;
        let now = Timestamp::now();
        let mut record = Record {
            id: store.new_record_id(),
            user: self.account.login().to_owned(),
            assignment: self.assignment,
            module: self.module.id.clone(),
            session: self.session.map(|session| session.id.clone()),
            parent: self.parent,
            enrolled: Some(now),
            updated: now,
            status: Status::Enrolled,
            self_enrolled: self.self_enrolled,
            revision: self.module.revision,
            ..Record::default()
        };
        if self.module.needs_approval {
            let approver = store.approver(self.account);
            record.status = Status::PendingApproval;
            let (reason, steps) = (self.reason, steps(approver));
            record.approval = Some(Approval { submitted: now, reason, steps, ..Approval::default() });
        } else if self.session.is_some_and(|session| is_full(store, self.module, session)) {
            record.status = Status::Waitlisted;
        }
        store.put_record(record.clone());
        Ok(record)
    }

    fn check(&self, store: &Store) -> Result<(), Rejection> {
        let records = store.records_of(self.account);
        let same = |record: &&Record| record.module == self.module.id && record.status.is_open();
        if self.module.archived {
            return Err(rejection("module-archived", "The module is archived and takes no enrollments."));
        }
        if records.iter().any(|record| same(&record)) {
            return Err(rejection("already-enrolled", "The user already has an open enrollment in the module."));
        }
        if self.module.prerequisites.as_ref().is_some_and(|needed| !needed.are_met(&records)) {
            return Err(rejection("prerequisites-not-met", "The user has not met the prerequisites of the module."));
        }
        match self.session {
            Some(session) if !is_open(session, Timestamp::now()) => Err(rejection(
                "session-closed",
                "The session takes no enrollments: it is over, closed or past its deadline.",
            )),
            _ => Ok(()),
        }
    }
}

impl Prerequisites {
    fn are_met(&self, records: &[Record]) -> bool {
        let met = |module: &String| {
            records.iter().filter(|record| record.module == *module).any(|record| match self.condition.as_str() {
                "enrolled" => record.is_completed() || record.status.is_open(),
                _ => record.is_completed(),
            })
        };
        if self.any { self.modules.iter().any(met) } else { self.modules.iter().all(met) }
    }
}

/// Whether a session takes enrollments.
pub(crate) fn is_open(session: &Session, now: Timestamp) -> bool {
    matches!(session.status.as_str(), "active" | "pending")
        && session.open.is_none_or(|open| open <= now)
        && session.deadline.is_none_or(|deadline| now <= deadline)
}

/// Whether a session has no free seat.
pub(crate) fn is_full(store: &Store, module: &Module, session: &Session) -> bool {
    let taken =
        || store.records_of_session(&module.id, &session.id).iter().filter(|record| record.status.takes_seat()).count();
    session.seats.is_some_and(|seats| taken() >= seats as usize)
}

/// The session of an enrollment that names none: an open session with a free seat at the preferred location, else one
/// with a free seat, else any open one.
pub(crate) fn choose<'a>(store: &Store, module: &'a Module, location: Option<&str>) -> Option<&'a Session> {
    let now = Timestamp::now();
    let open: Vec<_> = module.sessions.iter().filter(|session| is_open(session, now)).collect();
    let at_location = |session: &&&Session| {
        location.is_some_and(|wanted| session.location.as_ref().is_some_and(|own| own.eq_ignore_ascii_case(wanted)))
    };
    let free = |session: &&&Session| !is_full(store, module, session);
    let best = open.iter().filter(at_location).find(free).or_else(|| open.iter().find(free));
    best.or_else(|| open.first()).copied()
}
