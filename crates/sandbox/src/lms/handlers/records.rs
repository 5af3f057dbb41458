//! Reading training records: `records`, `enrollments`, `record`, `participants`.

use crate::http::{Call, Error, Handler, Reply};
use crate::lms::authorization::{may_see, user, visible_record};
use crate::lms::datetime::Timestamp;
use crate::lms::model::record::Record;
use crate::lms::node::Node;
use crate::lms::params::{parameter, required};
use crate::lms::render::record::{nested, with_inner};
use crate::lms::response::{respond, xml};
use crate::lms::store::{Lms, Store};

pub(crate) const HANDLERS: &[(&str, Handler<Lms>)] =
    &[("enrollments", enrollments), ("participants", participants), ("record", record), ("records", records)];

fn history(trees: Vec<Node>) -> Node {
    Node::new("trainingHistory").text("dateCreated", Timestamp::now().text()).list("trainingRecords", trees)
}

/// All records, training elsewhere included.
fn records(lms: &Lms, call: &Call<'_>) -> Result<Reply, Error> {
    let store = lms.store();
    let account = user(&store, call)?;
    let mut trees = nested(&store, &store.records_of(&account));
    trees.extend(store.external.of(account.login()).map(|record| record.in_history()));
    Ok(xml(&history(trees)))
}

/// The records that are not complete.
fn enrollments(lms: &Lms, call: &Call<'_>) -> Result<Reply, Error> {
    let store = lms.store();
    let mut records = store.records_of(&user(&store, call)?);
    records.retain(|record| record.status.is_open());
    Ok(xml(&history(nested(&store, &records))))
}

fn record(lms: &Lms, call: &Call<'_>) -> Result<Reply, Error> {
    let store = lms.store();
    let (account, id) = (user(&store, call)?, required(call, "id")?);
    if let Some(external) = store.external.get(id) {
        return if may_see(&store, &account, &external.user) {
            Ok(respond(call, &external.in_history()))
        } else {
            Err(Error::forbidden("The training record belongs to somebody whom the caller may not see."))
        };
    }
    let record = visible_record(&store, &account, id)?;
    let siblings = store.account(&record.user).map(|owner| store.records_of(&owner)).unwrap_or_default();
    Ok(respond(call, &with_inner(&store, &record, &siblings)))
}

fn participants(lms: &Lms, call: &Call<'_>) -> Result<Reply, Error> {
    let store = lms.store();
    user(&store, call)?;
    let module = store.module(required(call, "moduleId")?);
    let module = module.ok_or_else(|| Error::not_found("There is no module of this id."))?;
    let session = module.session(parameter(call, "sessionId").ok_or_else(|| Error::missing("sessionId"))?);
    let session = session.ok_or_else(|| Error::not_found("The module has no session of this id."))?;
    let records = store.records_of_session(&module.id, &session.id);
    let trees = records.iter().filter(|record| is_taking_part(record)).map(|record| participant(&store, record));
    let tree = Node::new("participants")
        .text("moduleId", &module.id)
        .text("sessionId", &session.id)
        .list("participants", trees);
    Ok(respond(call, &tree))
}

/// Those on the waiting list count; those who left, or whom nobody has approved of, do not.
fn is_taking_part(record: &Record) -> bool {
    use crate::lms::model::record::Status::{Cancelled, PendingApproval, Withdrawn};
    !matches!(record.status, Cancelled | Withdrawn | PendingApproval)
}

fn participant(store: &Store, record: &Record) -> Node {
    let tree = Node::new("participant").text("enrollmentId", &record.id).text("assignmentId", &record.assignment);
    let tree = match store.account(&record.user) {
        Some(account) => tree.with(account.reference("user").text("email", account.email())),
        None => tree.with(Node::new("user").text("id", &record.user)),
    };
    tree.text("overallStatus", record.status.word())
        .some("enrollmentDate", record.enrolled.map(Timestamp::text))
        .some("endDate", record.ended.map(Timestamp::text))
        .decimal("score", record.score.as_deref().unwrap_or_default())
}
