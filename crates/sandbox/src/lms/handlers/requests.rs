//! Requests for enrollments and for withdrawals, and the decisions on them.

use std::collections::BTreeMap;

use crate::http::{Call, Error, Handler, Reply};
use crate::lms::authorization::user;
use crate::lms::datetime::Timestamp;
use crate::lms::enrollment::{is_full, is_open};
use crate::lms::model::account::Account;
use crate::lms::model::record::{Approval, Decision, Record, Status, Withdrawal};
use crate::lms::node::Node;
use crate::lms::params::{contains_all, flag, parameter, required, timestamp};
use crate::lms::response::{ok, respond};
use crate::lms::store::{Lms, Store};

pub(crate) const HANDLERS: &[(&str, Handler<Lms>)] = &[
    ("enrollmentRequestApprover", enrollment_request_approver),
    ("enrollmentRequestDenier", enrollment_request_denier),
    ("enrollmentRequests", enrollment_requests),
    ("withdrawalRequestApprover", withdrawal_request_approver),
    ("withdrawalRequestDenier", withdrawal_request_denier),
    ("withdrawalRequests", withdrawal_requests),
];

/// The records whose requests a user may see: the user's own, those of direct reports, and those that the user decides on.
fn visible(store: &Store, account: &Account) -> Vec<Record> {
    let reports = store.reports(account).into_iter();
    let people: Vec<_> = reports.chain([account.clone()]).collect();
    let records = people.iter().flat_map(|person| store.records_of(person));
    let records = records.chain(store.records_to_decide(account.login()));
    let by_id: BTreeMap<String, Record> = records.map(|record| (record.id.clone(), record)).collect();
    by_id.into_values().collect()
}

/// The filters that both listings have.
struct Filter {
    inbox: bool,
    since: Option<Timestamp>,
    words: Vec<String>,
}

impl Filter {
    fn read(call: &Call<'_>) -> Result<Self, Error> {
        let words = parameter(call, "filter").unwrap_or_default().split_whitespace();
        let words = words.map(str::to_lowercase).collect();
        Ok(Self { inbox: flag(call, "inbox"), since: timestamp(call, "since")?, words })
    }

    fn takes(&self, store: &Store, record: &Record, submitted: Timestamp, pending: bool) -> bool {
        let name = || store.account(&record.user).map(|account| account.name()).unwrap_or_default();
        (pending || !self.inbox)
            && self.since.is_none_or(|since| submitted > since)
            && (self.words.is_empty()
                || contains_all(
                    &self.words,
                    &format!("{} {} {} {}", record.id, record.user, name(), record.module(store).title),
                ))
    }
}

/// A request to enroll: who asks for which session, why, and the step that is to be decided. State, date, cost center and
/// decided steps are additions of the sandbox.
fn enrollment_request(store: &Store, record: &Record, approval: &Approval) -> Node {
    let current = approval.current();
    let module = record.module(store).brief("module");
    let session = Node::new("session").some("id", record.session.as_ref()).with(module);
    let decided = approval.steps.iter().filter(|step| step.state != Decision::Pending).map(|step| {
        Node::new("decision")
            .text("stepId", &step.id)
            .text("approver", &step.approver)
            .text("state", step.state.word())
            .some("comments", step.comments.as_ref())
    });
    Node::new("request")
        .text("id", &record.id)
        .with_some(store.account(&record.user).map(|account| account.reference("from")))
        .with(session)
        .some("reason", approval.reason.as_ref())
        .with_some(current.map(|step| Node::new("step").text("id", &step.id).text("approver", &step.approver)))
        .text("state", approval.state().word())
        .text("submitted", approval.submitted.text())
        .some("costCenter", approval.cost_center.as_ref())
        .list("decisions", decided)
}

/// A request to withdraw.
fn withdrawal_request(store: &Store, record: &Record, withdrawal: &Withdrawal) -> Node {
    let requester = store.account(&record.user);
    Node::new("request")
        .text("id", &record.id)
        .text("state", withdrawal.state.word())
        .text("submitted", withdrawal.submitted.text())
        .with_some(requester.map(|account| account.reference("user")))
        .with(record.module(store).reference())
        .some("sessionId", record.session.as_ref())
        .text("approver", &withdrawal.approver)
        .some("comments", withdrawal.comments.as_ref())
}

fn enrollment_requests(lms: &Lms, call: &Call<'_>) -> Result<Reply, Error> {
    let store = lms.store();
    let (account, filter) = (user(&store, call)?, Filter::read(call)?);
    let mut nodes = Vec::new();
    for record in visible(&store, &account) {
        let Some(approval) = &record.approval else { continue };
        // An enrollment whose status was changed in another way is no longer pending.
        let is_pending = record.status == Status::PendingApproval;
        let own = is_pending && approval.current().is_some_and(|step| step.approver == account.login());
        if filter.takes(&store, &record, approval.submitted, own) {
            nodes.push(enrollment_request(&store, &record, approval));
        }
    }
    Ok(respond(call, &Node::new("enrollmentRequests").list("requests", nodes)))
}

fn enrollment_request_approver(lms: &Lms, call: &Call<'_>) -> Result<Reply, Error> {
    decide(lms, call, Decision::Approved)
}

fn enrollment_request_denier(lms: &Lms, call: &Call<'_>) -> Result<Reply, Error> {
    decide(lms, call, Decision::Denied)
}

/// Decides on a step. A step that cannot be decided gives a status in the response, not an error.
fn decide(lms: &Lms, call: &Call<'_>, decision: Decision) -> Result<Reply, Error> {
    let mut store = lms.store();
    let account = user(&store, call)?;
    let (id, step) = (required(call, "request-id")?, required(call, "step-id")?);
    let status = match store.record(id) {
        Some(mut record) => {
            let status = decide_on(&store, &mut record, &account, step, call, decision);
            if matches!(status, "ok" | "waitlisted") {
                let title = record.module(&store).title.clone();
                let text = format!("Your request for {title} is {}.", record.status.word());
                store.send_message(&record.user.clone(), "Your request", &text);
                store.put_record(record);
            }
            status
        }
        None => "no-such-request",
    };
    let node = Node::new("enrollmentRequest").text("status", status).text("requestId", id).text("stepId", step);
    Ok(respond(call, &node))
}

fn decide_on(
    store: &Store,
    record: &mut Record,
    account: &Account,
    step: &str,
    call: &Call<'_>,
    decision: Decision,
) -> &'static str {
    let module = record.module(store);
    let Some(approval) = &mut record.approval else { return "no-such-request" };
    let current = approval.current().map(|current| current.id.clone());
    let last = approval.steps.last().is_some_and(|last| last.id == step);
    let Some(found) = approval.steps.iter_mut().find(|found| found.id == step) else { return "no-such-step" };
    if current.as_deref() != Some(step) {
        return "inactive-step";
    }
    if found.approver != account.login() {
        return "invalid-approver";
    }
    if record.status != Status::PendingApproval {
        return "not-successful";
    }
    let cost_center = parameter(call, "cost-center").map(str::to_owned).or_else(|| approval.cost_center.clone());
    let granted = last && decision == Decision::Approved;
    let session = record.session.as_ref().and_then(|id| module.session(id));
    if granted && module.price.is_some() && cost_center.is_none() {
        return "payment-required";
    }
    if granted && session.is_some_and(|session| !is_open(session, Timestamp::now())) {
        return "not-successful";
    }
    found.state = decision;
    found.comments = parameter(call, "comments").map(str::to_owned);
    approval.cost_center = cost_center;
    record.updated = Timestamp::now();
    if decision == Decision::Denied {
        record.status = Status::Cancelled;
    } else if granted && session.is_some_and(|session| is_full(store, &module, session)) {
        record.status = Status::Waitlisted;
        return "waitlisted";
    } else if granted {
        record.status = Status::Enrolled;
    }
    "ok"
}

fn withdrawal_requests(lms: &Lms, call: &Call<'_>) -> Result<Reply, Error> {
    let store = lms.store();
    let (account, filter) = (user(&store, call)?, Filter::read(call)?);
    let mut nodes = Vec::new();
    for record in visible(&store, &account) {
        let Some(withdrawal) = &record.withdrawal else { continue };
        let is_pending = withdrawal.state == Decision::Pending && record.status.is_open();
        let own = is_pending && withdrawal.approver == account.login();
        if filter.takes(&store, &record, withdrawal.submitted, own) {
            nodes.push(withdrawal_request(&store, &record, withdrawal));
        }
    }
    Ok(respond(call, &Node::new("withdrawalRequests").list("requests", nodes)))
}

fn withdrawal_request_approver(lms: &Lms, call: &Call<'_>) -> Result<Reply, Error> {
    withdraw(lms, call, Decision::Approved)
}

fn withdrawal_request_denier(lms: &Lms, call: &Call<'_>) -> Result<Reply, Error> {
    withdraw(lms, call, Decision::Denied)
}

fn withdraw(lms: &Lms, call: &Call<'_>, decision: Decision) -> Result<Reply, Error> {
    let mut store = lms.store();
    let account = user(&store, call)?;
    let record = store.record(required(call, "request-id")?).filter(|record| record.withdrawal.is_some());
    let mut record = record.ok_or_else(|| Error::not_found("There is no withdrawal request with this id."))?;
    let Some(withdrawal) = &mut record.withdrawal else {
        return Err(Error::not_found("There is no withdrawal request with this id."));
    };
    // The administration may decide in place of a manager.
    if withdrawal.approver != account.login() && !account.is_integration() {
        return Err(Error::forbidden("The caller is not the approver of this withdrawal."));
    }
    if withdrawal.state != Decision::Pending {
        return Err(Error::conflict("request.decided", "The withdrawal is already decided."));
    }
    if !record.status.is_open() {
        return Err(Error::conflict("not.open", "The training is over, or the user has withdrawn."));
    }
    withdrawal.state = decision;
    withdrawal.comments = parameter(call, "comments").map(str::to_owned);
    record.updated = Timestamp::now();
    if decision == Decision::Approved {
        record.status = Status::Withdrawn;
    }
    let node = ok().text("requestId", &record.id).text("overallStatus", record.status.word());
    store.put_record(record);
    Ok(respond(call, &node))
}
