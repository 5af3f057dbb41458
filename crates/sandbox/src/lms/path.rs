//! `learningPath` and `trainingPlan`: what a user has to learn, by enrollments and by job profiles.

use super::Lms;
use super::account::Account;
use super::answer::{answer, xml};
use super::authorization::user;
use super::datetime::Timestamp;
use super::module::label;
use super::profiles::Done;
use super::record::{Record, Status};
use super::sample::{Competency, JobProfile};
use super::store::Store;
use super::tree::Tree;
use crate::http::{Call, Error, Handler, Reply, encode};

pub(super) const HANDLERS: &[(&str, Handler<Lms>)] =
    &[("learningPath", learning_path), ("trainingPlan", training_plan)];

/// Days from enrollment to the day on which training is due, unless the record has a deadline.
const DUE: i64 = 365;

fn coded(name: &'static str, code: &str) -> Tree {
    Tree::new(name).text("code", code).text("label", label(code))
}

/// How far training is that a record tells of.
fn status(record: &Record) -> &'static str {
    match record.status {
        Status::Completed => "completed",
        _ if record.started.is_some() => "inProcess",
        _ => "needsAction",
    }
}

fn due(record: &Record) -> Option<Timestamp> {
    let given = record.columns.get("DEADLINEDATE").and_then(|text| Timestamp::of_bulk(text));
    let days = record.columns.get("DEADLINEDAYS").and_then(|text| text.parse::<i64>().ok());
    match days {
        // No limit.
        Some(0) => given,
        _ => given.or_else(|| Some(record.enrolled?.plus_days(days.unwrap_or(DUE)))),
    }
}

/// The enrollments and completed training of a user as items of a plan.
fn plan(store: &Store, records: &[Record]) -> Vec<Tree> {
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
            Tree::new("trainingPlanItem")
                .with(coded("status", status(record)))
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
    Ok(xml(&Tree::new("trainingPlan").list("trainingPlanItems", plan(&store, &records))))
}

fn learning_path(lms: &Lms, call: &Call<'_>) -> Result<Reply, Error> {
    let store = lms.store();
    let account = user(&store, call)?;
    let done = Done::of(&store, &account);
    let items = plan(&store, &done.0);
    let profiles = profiles(&store, &account, &done);
    Ok(answer(call, &Tree::new("learningPath").list("trainingPlanItems", items).list("jobProfiles", profiles)))
}

fn profiles(store: &Store, account: &Account, done: &Done) -> Vec<Tree> {
    let tree = |profile: &'static JobProfile| {
        let competencies = profile.competencies().map(|(wanted, optional)| competency(store, done, wanted, optional));
        Tree::new("jobProfile")
            .text("name", profile.name)
            .text("code", profile.code)
            .text("description", profile.description())
            .list("competencies", competencies)
    };
    store.profiles.of_user(account).into_iter().map(tree).collect()
}

fn competency(store: &Store, done: &Done, competency: &Competency, optional: bool) -> Tree {
    let items = competency.modules.iter().filter_map(|id| {
        let module = store.module(id)?;
        let latest = done.0.iter().filter(|record| record.module == *id).max_by_key(|record| record.updated);
        let completed = done.completion(id).and_then(|record| record.ended);
        let status = match (completed, latest) {
            (Some(_), _) => "completed",
            (None, Some(record)) if record.status.is_open() => status(record),
            _ if optional => "optional",
            _ => "needsAction",
        };
        let prerequisites = module.prerequisites.iter().flat_map(|before| &before.modules);
        let prerequisites = prerequisites.map(|id| {
            let title = store.module(id).map_or_else(|| id.clone(), |module| module.title.clone());
            Tree::new("prerequisite").text("title", title)
        });
        let tree = Tree::new("item")
            .with(coded("status", status))
            .with(module.planned())
            .text("url", format!("servlet/ekp?CID={}", encode(id)))
            .flag("optional", optional)
            .some("completed", completed.map(Timestamp::text))
            .list("prerequisites", prerequisites);
        Some(tree)
    });
    Tree::new("competency")
        .with(coded("status", done.status(competency)))
        .text("name", competency.name)
        .flag("optional", optional)
        .text("id", competency.id)
        .text("code", competency.code)
        .text("description", competency.description())
        .list("sequences", [Tree::new("sequence").list("items", items)])
}
