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

fn history(nodes: Vec<Node>) -> Node {
    Node::new("trainingHistory").text("dateCreated", Timestamp::now().text()).list("trainingRecords", nodes)
}

/// All records, external training included.
fn records(lms: &Lms, call: &Call<'_>) -> Result<Reply, Error> {
    let store = lms.store();
    let account = user(&store, call)?;
    let mut nodes = nested(&store, &store.records_of(&account));
    nodes.extend(store.external.of(account.login()).map(|record| record.in_history()));
    Ok(xml(&history(nodes)))
}

/// The open records.
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
            Err(Error::forbidden("The training record belongs to a user whom the caller may not see."))
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
    let module = module.ok_or_else(|| Error::not_found("There is no module with this id."))?;
    let session = module.session(parameter(call, "sessionId").ok_or_else(|| Error::missing("sessionId"))?);
    let session = session.ok_or_else(|| Error::not_found("The module has no session of this id."))?;
    let records = store.records_of_session(&module.id, &session.id);
    let nodes = records.iter().filter(|record| is_taking_part(record)).map(|record| participant(&store, record));
    let node = Node::new("participants")
        .text("moduleId", &module.id)
        .text("sessionId", &session.id)
        .list("participants", nodes);
    Ok(respond(call, &node))
}

/// Users on the waiting list take part; cancelled, withdrawn and pending enrollments do not.
fn is_taking_part(record: &Record) -> bool {
    use crate::lms::model::record::Status::{Cancelled, PendingApproval, Withdrawn};
    !matches!(record.status, Cancelled | Withdrawn | PendingApproval)
}

fn participant(store: &Store, record: &Record) -> Node {
    let node = Node::new("participant").text("enrollmentId", &record.id).text("assignmentId", &record.assignment);
    let node = match store.account(&record.user) {
        Some(account) => node.with(account.reference("user").some("email", Some(account.email()))),
        None => node.with(Node::new("user").text("id", &record.user)),
    };
    node.text("overallStatus", record.status.word())
        .some("enrollmentDate", record.enrolled.map(Timestamp::text))
        .some("endDate", record.ended.map(Timestamp::text))
        .decimal("score", record.score.as_deref().unwrap_or_default())
}
