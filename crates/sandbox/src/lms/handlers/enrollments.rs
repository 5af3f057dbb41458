//! Functions that change enrollments: `overallStatusChanger`, `launchTracker`, `participantSubstituter`.

use crate::http::{Call, Error, Handler, Reply};
use crate::lms::authorization::{own_record, targets, user, visible_record};
use crate::lms::datetime::Timestamp;
use crate::lms::handlers::tasks::TASK;
use crate::lms::model::account::Account;
use crate::lms::model::record::{Record, Status};
use crate::lms::node::Node;
use crate::lms::params::{flag, parameter, required, timestamp};
use crate::lms::response::{ok, respond};
use crate::lms::store::{Lms, Store};

pub(crate) const HANDLERS: &[(&str, Handler<Lms>)] = &[
    ("launchTracker", launch_tracker),
    ("overallStatusChanger", overall_status_changer),
    ("participantSubstituter", participant_substituter),
];

fn overall_status_changer(lms: &Lms, call: &Call<'_>) -> Result<Reply, Error> {
    let mut store = lms.store();
    let account = user(&store, call)?;
    let mut record = visible_record(&store, &account, required(call, "enrollmentId")?)?;
    let status = Status::parse(required(call, "status")?);
    let status = status.ok_or_else(|| Error::invalid("status", &format!("is not one of {}", Status::words())))?;
    if is_own_approval(&store, &account, &record, status) {
        return Err(Error::forbidden("Users cannot approve their own training."));
    }
    record.set_status(status, Timestamp::now());
    store.put_record(record.clone());
    let mut affected = vec![record];
    if !flag(call, "simpleResponse") {
        // The records of the caller and of the direct reports; for the administration also those of the user.
        let people = store.reports(&account).into_iter();
        let people: Vec<_> = people.chain([account]).chain(store.account(&affected[0].user)).collect();
        let of_module = people.iter().flat_map(|person| store.records_of(person));
        let others: Vec<Record> = of_module.filter(|other| other.module == affected[0].module).collect();
        for other in others {
            if affected.iter().all(|known| known.id != other.id) {
                affected.push(other);
            }
        }
    }
    let nodes = affected.iter().map(|record| record.node(&store));
    Ok(respond(call, &Node::new("enrollments").list("enrollments", nodes)))
}

/// Whether the users would approve their own enrollment request or their own task.
fn is_own_approval(store: &Store, account: &Account, record: &Record, status: Status) -> bool {
    let is_own = !account.is_integration() && account.login() == record.user;
    is_own
        && match record.status {
            Status::PendingApproval => {
                !matches!(status, Status::PendingApproval | Status::Withdrawn | Status::Cancelled)
            }
            Status::Completed => false,
            _ => status == Status::Completed && record.module(store).kind == TASK,
        }
}

fn launch_tracker(lms: &Lms, call: &Call<'_>) -> Result<Reply, Error> {
    let mut store = lms.store();
    let account = user(&store, call)?;
    let mut record = own_record(&store, &account, required(call, "enrollmentId")?)?;
    let launched = timestamp(call, "datetime")?.ok_or_else(|| Error::missing("datetime"))?;
    if !record.module(&store).downloadable {
        return Err(Error::conflict("not.downloadable", "The revision of the module allows no downloads."));
    }
    match record.status {
        Status::Enrolled | Status::Incomplete => {}
        Status::Completed if flag(call, "allowNewAttempt") => {}
        Status::Completed => {
            let message = "The module is completed; a new attempt needs `allowNewAttempt`.";
            return Err(Error::conflict("attempt.completed", message));
        }
        _ => return Err(Error::conflict("not.enrolled", "The enrollment does not allow a launch in its state.")),
    }
    record.attempts = record.attempts.saturating_add(1);
    record.last_attempt = record.last_attempt.max(Some(launched));
    record.started = record.started.or(Some(launched));
    record.updated = Timestamp::now();
    if record.status == Status::Enrolled {
        record.status = Status::Incomplete;
    }
    let node = ok().text("enrollmentId", &record.id).number("attemptCount", record.attempts);
    store.put_record(record);
    Ok(respond(call, &node))
}

fn participant_substituter(lms: &Lms, call: &Call<'_>) -> Result<Reply, Error> {
    let mut store = lms.store();
    let account = user(&store, call)?;
    let mut record = visible_record(&store, &account, required(call, "enrollmentId")?)?;
    if !record.status.is_open() {
        return Err(Error::conflict("not.open", "Only an open enrollment can be given to another user."));
    }
    let mut targets = targets(&store, call, "targetUserId")?;
    if targets.len() > 1 {
        return Err(Error::invalid("targetUserId", "is a user with several assignments; add `targetAssignmentId`"));
    }
    let Some(target) = targets.pop() else { return Err(Error::missing("targetUserId")) };
    let login = target.account.login().to_owned();
    let is_same = |other: &Record| other.module == record.module && other.status.is_open() && other.id != record.id;
    if store.records_of(&target.account).iter().any(is_same) {
        return Err(Error::conflict("already.enrolled", "The user has an enrollment in this module already."));
    }
    let previous = std::mem::replace(&mut record.user, login.clone());
    record.assignment = target.id;
    record.self_enrolled = false;
    record.updated = Timestamp::now();
    // A withdrawal request of the first user does not apply to the second one.
    record.withdrawal = None;
    if parameter(call, "notifications") == Some("true") {
        let title = record.module(&store).title.clone();
        store.send_message(
            &previous,
            "Your place was given away",
            &format!("Somebody else takes your place in {title}."),
        );
        store.send_message(&login, "You take part", &format!("You have been given a place in {title}."));
    }
    store.put_record(record.clone());
    Ok(respond(call, &ok().with(record.node(&store))))
}
