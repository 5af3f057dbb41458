//! Tasks, which a manager approves, and on-the-job training, which a supervisor assesses.

use crate::http::{Call, Error, Handler, Reply};
use crate::lms::authorization::{may_see, user, visible_record};
use crate::lms::datetime::Timestamp;
use crate::lms::model::account::Account;
use crate::lms::model::record::{Record, Status};
use crate::lms::node::Node;
use crate::lms::params::{parameter, required};
use crate::lms::response::{ok, respond, xml};
use crate::lms::store::{Lms, Store};

pub(crate) const HANDLERS: &[(&str, Handler<Lms>)] = &[
    ("supervisorAssessment", supervisor_assessment),
    ("supervisorAssessments", supervisor_assessments),
    ("taskApproval", task_approval),
    ("taskApprover", task_approver),
];

/// The module type whose completion needs approval.
pub(crate) const TASK: &str = "task";
const PRACTICE: &str = "onTheJobTraining";

fn is_of(store: &Store, record: &Record, kind: &str) -> bool {
    store.module(&record.module).is_some_and(|module| module.kind == kind)
}

/// The records of a user's reports in modules of a type.
fn of_reports(store: &Store, account: &Account, kind: &str) -> Vec<Record> {
    let reports = store.reports(account).into_iter();
    let records = reports.flat_map(|report| store.records_of(&report));
    records.filter(|record| is_of(store, record, kind)).collect()
}

/// Whether a task is finished and not approved.
fn is_pending(record: &Record) -> bool {
    record.status == Status::FinishedUsing && !record.task_approved
}

fn task_approval(lms: &Lms, call: &Call<'_>) -> Result<Reply, Error> {
    let store = lms.store();
    let account = user(&store, call)?;
    let status = parameter(call, "status").unwrap_or("all");
    let tasks = of_reports(&store, &account, TASK).into_iter().filter(|task| match status {
        "pending" => is_pending(task),
        "approved" => task.task_approved,
        _ => is_pending(task) || task.task_approved,
    });
    let nodes: Vec<_> = tasks
        .map(|task| {
            Node::new("task")
                .text("id", &task.id)
                .text("status", if task.task_approved { "approved" } else { "pending" })
                .with_some(store.account(&task.user).map(|account| account.reference("user")))
                .with(task.module(&store).reference())
                .some("startDate", task.started.map(Timestamp::text))
                .some("endDate", task.ended.map(Timestamp::text))
        })
        .collect();
    Ok(respond(call, &Node::new("taskApprovals").list("tasks", nodes)))
}

fn task_approver(lms: &Lms, call: &Call<'_>) -> Result<Reply, Error> {
    let mut store = lms.store();
    let account = user(&store, call)?;
    let mut record = visible_record(&store, &account, required(call, "taskId")?)?;
    if !is_of(&store, &record, TASK) {
        return Err(Error::invalid("taskId", "is not an enrollment in a task"));
    }
    if record.user == account.login() {
        return Err(Error::forbidden("Users cannot approve their own task."));
    }
    if !is_pending(&record) {
        return Err(Error::conflict("task.not.pending", "The task is not finished, or is already approved."));
    }
    record.task_approved = true;
    record.set_status(Status::Completed, Timestamp::now());
    let node = ok().text("taskId", &record.id).text("overallStatus", record.status.word());
    store.put_record(record);
    Ok(respond(call, &node))
}

fn assessment(store: &Store, record: &Record) -> Node {
    let owner = store.account(&record.user);
    let user = owner.as_ref().filter(|owner| !owner.is_integration());
    let supervisor = user.and_then(|user| store.account(&store.approver(user)));
    Node::new("supervisorAssessment")
        .text("id", &record.id)
        .text("status", if record.is_completed() { "completed" } else { "open" })
        .with_some(owner.map(|account| account.reference("user")))
        .with_some(supervisor.map(|account| account.reference("supervisor")))
        .with(record.module(store).reference())
        .some("startDate", record.started.map(Timestamp::text))
        .decimal("score", record.score.as_deref().unwrap_or_default())
}

/// Those of the user's own practice and of the user's reports.
fn supervisor_assessments(lms: &Lms, call: &Call<'_>) -> Result<Reply, Error> {
    let store = lms.store();
    let account = user(&store, call)?;
    let mut records = store.records_of(&account);
    records.retain(|record| is_of(&store, record, PRACTICE));
    records.extend(of_reports(&store, &account, PRACTICE));
    let nodes = records.iter().map(|record| assessment(&store, record));
    Ok(respond(call, &Node::new("supervisorAssessments").list("supervisorAssessments", nodes)))
}

fn supervisor_assessment(lms: &Lms, call: &Call<'_>) -> Result<Reply, Error> {
    let store = lms.store();
    let account = user(&store, call)?;
    let record = store.record(required(call, "id")?).filter(|record| is_of(&store, record, PRACTICE));
    let record = record.ok_or_else(|| Error::not_found("There is no on-the-job training with this enrollment id."))?;
    if !may_see(&store, &account, &record.user) {
        return Err(Error::forbidden("The enrollment belongs to a user whom the caller may not see."));
    }
    Ok(xml(&assessment(&store, &record)))
}
