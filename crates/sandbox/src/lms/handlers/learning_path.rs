//! `learningPath` and `trainingPlan`: what a user has to learn, by enrollments and by job profiles.

use crate::http::{Call, Error, Handler, Reply, encode};
use crate::lms::authorization::user;
use crate::lms::datetime::Timestamp;
use crate::lms::handlers::profiles::Progress;
use crate::lms::model::account::Account;
use crate::lms::model::record::{Record, Status};
use crate::lms::model::reference::{Competency, JobProfile};
use crate::lms::node::Node;
use crate::lms::render::label;
use crate::lms::response::{respond, xml};
use crate::lms::store::{Lms, Store};

pub(crate) const HANDLERS: &[(&str, Handler<Lms>)] =
    &[("learningPath", learning_path), ("trainingPlan", training_plan)];

/// Days from enrollment to the day on which training is due, unless the record has a deadline.
const DUE: i64 = 365;

/// Whether another module gave the status of an item.
const BY_SUBSTITUTES: &str = "acquiredBySubstitutes";

fn coded(name: &'static str, code: &str) -> Node {
    Node::new(name).text("code", code).text("label", label(code))
}

/// The status of a record in a plan.
fn status(record: &Record) -> &'static str {
    match record.status {
        Status::Completed => "completed",
        _ if record.started.is_some() => "inProcess",
        _ => "needsAction",
    }
}

fn due(record: &Record) -> Option<Timestamp> {
    let given = record.columns.get("DEADLINEDATE").and_then(|text| Timestamp::from_bulk(text));
    let days = record.columns.get("DEADLINEDAYS").and_then(|text| text.parse::<i64>().ok());
    match days {
        // No limit.
        Some(0) => given,
        _ => given.or_else(|| Some(record.enrolled?.plus_days(days.unwrap_or(DUE)))),
    }
}

/// The enrollments and completed training of a user as items of a plan.
fn plan(store: &Store, records: &[Record]) -> Vec<Node> {
    let planned = records.iter().filter(|record| record.status.is_open() || record.is_completed());
    let now = Timestamp::now();
    planned
        .map(|record| {
            let module = record.module(store);
            let due = due(record).filter(|_| record.status.is_open());
            let priority = match due {
                Some(due) if due < now.plus_days(30) => "high",
                Some(due) if due < now.plus_days(180) => "medium",
                _ => "low",
            };
            Node::new("trainingPlanItem")
                .with(coded("status", status(record)).flag(BY_SUBSTITUTES, false))
                .with(module.planned())
                .text("url", format!("servlet/ekp?TX={}", encode(&record.id)))
                .flag("optional", record.self_enrolled)
                .with(coded("priority", priority))
                .some("due", due.map(Timestamp::text))
        })
        .collect()
}

fn training_plan(lms: &Lms, call: &Call<'_>) -> Result<Reply, Error> {
    let store = lms.store();
    let records = store.records_of(&user(&store, call)?);
    Ok(xml(&Node::new("trainingPlan").list("trainingPlanItems", plan(&store, &records))))
}

fn learning_path(lms: &Lms, call: &Call<'_>) -> Result<Reply, Error> {
    let store = lms.store();
    let account = user(&store, call)?;
    let progress = Progress::of(&store, &account);
    let items = plan(&store, &progress.0);
    let profiles = profiles(&store, &account, &progress);
    Ok(respond(call, &Node::new("learningPath").list("trainingPlanItems", items).list("jobProfiles", profiles)))
}

fn profiles(store: &Store, account: &Account, progress: &Progress) -> Vec<Node> {
    let node = |profile: &'static JobProfile| {
        let competencies =
            profile.competencies().map(|(wanted, optional)| competency(store, progress, wanted, optional));
        Node::new("jobProfile")
            .text("name", profile.name)
            .text("code", profile.code)
            .text("description", profile.description())
            .list("competencies", competencies)
    };
    store.profiles.of_user(account).into_iter().map(node).collect()
}

fn competency(store: &Store, progress: &Progress, competency: &Competency, optional: bool) -> Node {
    let items = competency.modules.iter().filter_map(|id| {
        let module = store.module(id)?;
        let latest = progress.0.iter().filter(|record| record.module == *id).max_by_key(|record| record.updated);
        let counted = progress.counted(competency, id);
        let completed = counted.and_then(|(record, _)| record.ended);
        let by_substitute = counted.is_some_and(|(_, by_substitute)| by_substitute);
        let status = match (completed, latest) {
            (Some(_), _) => "completed",
            (None, Some(record)) if record.status.is_open() => status(record),
            _ if optional => "optional",
            _ => "needsAction",
        };
        let prerequisites = module.prerequisites.iter().flat_map(|before| &before.modules);
        let prerequisites = prerequisites.map(|id| {
            let title = store.module(id).map_or_else(|| id.clone(), |module| module.title.clone());
            Node::new("prerequisite").text("title", title)
        });
        let node = Node::new("item")
            .with(coded("status", status).flag(BY_SUBSTITUTES, by_substitute))
            .with(module.planned())
            .text("url", format!("servlet/ekp?CID={}", encode(id)))
            .flag("optional", optional)
            .some("completed", completed.map(Timestamp::text))
            .list("prerequisites", prerequisites);
        Some(node)
    });
    Node::new("competency")
        .with(coded("status", progress.status(competency)))
        .text("name", competency.name)
        .flag("optional", optional)
        .text("id", competency.id)
        .text("code", competency.code)
        .text("description", competency.description())
        .list("sequences", [Node::new("sequence").list("items", items)])
}
