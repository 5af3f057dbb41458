//! Job profiles, who has them, and the competencies that they ask for.

use std::collections::BTreeMap;

use crate::http::{Call, Error, Handler, Reply};
use crate::lms::authorization::{may_see, targets, user};
use crate::lms::datetime::Timestamp;
use crate::lms::model::account::Account;
use crate::lms::model::assignment::{self, Assignment};
use crate::lms::model::record::Record;
use crate::lms::model::reference::{COMPETENCIES, Competency, JOB_PROFILES, JobProfile};
use crate::lms::node::Node;
use crate::lms::params::{contains_all, keywords, max, parameter, required};
use crate::lms::response::{ok, respond, xml};
use crate::lms::store::{Lms, Store};

pub(crate) const HANDLERS: &[(&str, Handler<Lms>)] = &[
    ("assignedJobProfiles", assigned_job_profiles),
    ("competencies", competencies),
    ("competenciesAwarded", competencies_awarded),
    ("competency", competency),
    ("competencyCompletionStatus", competency_completion_status),
    ("jobProfileAssigner", job_profile_assigner),
    ("jobProfileUnassigner", job_profile_unassigner),
    ("jobProfiles", job_profiles),
    ("userJobProfilePath", user_job_profile_path),
];

/// What a user has done, to tell which competencies that brings.
pub(crate) struct Done(pub(crate) Vec<Record>);

impl Done {
    pub(crate) fn of(store: &Store, account: &Account) -> Self {
        Self(store.records_of(account))
    }

    /// The latest completion of a module.
    pub(crate) fn completion(&self, module: &str) -> Option<&Record> {
        self.0
            .iter()
            .filter(|record| record.module == module && record.is_completed())
            .max_by_key(|record| record.ended)
    }

    pub(crate) fn share(&self, competency: &Competency) -> (usize, usize) {
        let done = competency.modules.iter().filter(|module| self.completion(module).is_some()).count();
        (done, competency.modules.len())
    }

    fn awarded(&self, competency: &Competency) -> Option<Timestamp> {
        let ends = competency.modules.iter().map(|module| self.completion(module)?.ended);
        ends.collect::<Option<Vec<_>>>()?.into_iter().max()
    }

    /// Whether a competency is there, or has a module that somebody has to hurry up with.
    pub(crate) fn status(&self, competency: &Competency) -> &'static str {
        let (done, all) = self.share(competency);
        let late = || {
            let limit = Timestamp::now().plus_days(-180);
            let open = self.0.iter().filter(|record| record.status.is_open() && record.enrolled < Some(limit));
            open.into_iter().any(|record| competency.modules.contains(&record.module.as_str()))
        };
        match () {
            () if done == all => "completed",
            () if late() => "completionAtRisk",
            () => "notComplete",
        }
    }
}

fn competencies(_: &Lms, call: &Call<'_>) -> Result<Reply, Error> {
    let (words, max) = (keywords(call), max(call)?);
    let found = COMPETENCIES
        .iter()
        .filter(|competency| contains_all(&words, &format!("{} {}", competency.name, competency.code)));
    Ok(respond(call, &Node::new("competencies").list("competencies", found.take(max).map(Competency::tree))))
}

fn competency(_: &Lms, call: &Call<'_>) -> Result<Reply, Error> {
    let found = Competency::find(required(call, "id")?);
    let found = found.ok_or_else(|| Error::not_found("There is no competency of this id."))?;
    Ok(respond(call, &found.tree()))
}

fn competencies_awarded(lms: &Lms, call: &Call<'_>) -> Result<Reply, Error> {
    let store = lms.store();
    let account = user(&store, call)?;
    let done = Done::of(&store, &account);
    let manager = account.person().map(|person| store.sample_records().approver(person));
    let assigner = manager.and_then(|login| store.account(&login));
    let trees = COMPETENCIES.iter().filter_map(|competency| {
        let assigned = done.awarded(competency)?;
        let level = |name, code: &str, measure| Node::new(name).text("code", code).decimal("measure", measure);
        let tree = Node::new("competency")
            .text("id", competency.id)
            .text("name", competency.name)
            .text("description", competency.description())
            .text("assigned", assigned.text())
            .with(level("level", "PROFICIENT", "3"))
            .with(level("requiredLevel", "PROFICIENT", "3"))
            .with(level("maxLevel", "EXPERT", "5"))
            .flag("competent", true);
        Some(tree.with_some(assigner.as_ref().map(|account| account.reference("assigner"))))
    });
    Ok(respond(call, &Node::new("competencies").list("competencies", trees)))
}

/// The competencies of the user's job profiles, each once.
fn asked_for(store: &Store, account: &Account) -> Vec<&'static Competency> {
    let profiles = store.profiles.of_user(account);
    let mut competencies: Vec<_> =
        profiles.iter().flat_map(|profile| profile.competencies()).map(|(competency, _)| competency).collect();
    competencies.sort_unstable_by_key(|competency| competency.id);
    competencies.dedup_by_key(|competency| competency.id);
    competencies
}

fn competency_completion_status(lms: &Lms, call: &Call<'_>) -> Result<Reply, Error> {
    let store = lms.store();
    let account = user(&store, call)?;
    let done = Done::of(&store, &account);
    let trees = asked_for(&store, &account).into_iter().map(|competency| {
        let (completed, all) = done.share(competency);
        Node::new("competency")
            .text("id", competency.id)
            .text("name", competency.name)
            .text("status", done.status(competency))
            .number("completedModules", completed)
            .number("modules", all)
    });
    Ok(xml(&Node::new("competencyCompletionStatus").list("competencies", trees)))
}

fn job_profiles(_: &Lms, call: &Call<'_>) -> Result<Reply, Error> {
    let (words, max) = (keywords(call), max(call)?);
    let text = |profile: &JobProfile| format!("{} {} {}", profile.name, profile.code, profile.description());
    let found: Vec<_> = JOB_PROFILES.iter().filter(|profile| contains_all(&words, &text(profile))).take(max).collect();
    let tree = Node::new("jobProfiles");
    if parameter(call, "groupBy") == Some("none") {
        return Ok(respond(call, &tree.list("jobProfiles", found.into_iter().map(JobProfile::tree))));
    }
    let mut groups: BTreeMap<&str, Vec<&JobProfile>> = BTreeMap::new();
    for profile in found {
        groups.entry(profile.catalog).or_default().push(profile);
    }
    let catalogs = groups.into_iter().map(|(catalog, profiles)| {
        Node::new("catalog").text("id", catalog).list("jobProfiles", profiles.into_iter().map(JobProfile::tree))
    });
    Ok(respond(call, &tree.list("catalogs", catalogs)))
}

fn assigned_job_profiles(lms: &Lms, call: &Call<'_>) -> Result<Reply, Error> {
    let store = lms.store();
    let account = user(&store, call)?;
    let wanted = parameter(call, "assignmentId");
    let assignments = assignment::of(&account);
    let named = assignments.iter().any(|one| Some(one.id.as_str()) == wanted);
    let chosen = assignments.iter().filter(|one| !named || Some(one.id.as_str()) == wanted);
    let trees =
        chosen.flat_map(|one| store.profiles.of(one).map(|profile| profile.tree().text("assignmentId", &one.id)));
    Ok(respond(call, &Node::new("assignedJobProfiles").list("jobProfiles", trees)))
}

fn job_profile_assigner(lms: &Lms, call: &Call<'_>) -> Result<Reply, Error> {
    change(lms, call, true)
}

fn job_profile_unassigner(lms: &Lms, call: &Call<'_>) -> Result<Reply, Error> {
    change(lms, call, false)
}

fn change(lms: &Lms, call: &Call<'_>, assign: bool) -> Result<Reply, Error> {
    let mut store = lms.store();
    let account = user(&store, call)?;
    let profile = JobProfile::find(required(call, "profileId")?);
    let profile = profile.ok_or_else(|| Error::not_found("There is no job profile of this id."))?;
    let targets = targets(&store, call, "userId")?;
    if !targets.iter().all(|target| may_see(&store, &account, target.account.login())) {
        return Err(Error::forbidden("The target is somebody whom the caller may not see."));
    }
    let has = |target: &Assignment| store.profiles.of(target).any(|own| own.id == profile.id);
    if !assign && !targets.iter().any(has) {
        return Err(Error::conflict("profile.not.assigned", "The target does not have this job profile."));
    }
    if assign && targets.iter().all(has) {
        return Err(Error::conflict("profile.assigned", "The target has this job profile already."));
    }
    for target in targets {
        store.profiles.set(target.id, profile, assign);
    }
    Ok(respond(call, &ok().text("profileId", profile.id)))
}

fn user_job_profile_path(lms: &Lms, call: &Call<'_>) -> Result<Reply, Error> {
    let store = lms.store();
    let account = user(&store, call)?;
    let done = Done::of(&store, &account);
    let trees = store.profiles.of_user(&account).into_iter().map(|profile| {
        let competencies = profile.competencies().map(|(competency, optional)| {
            Node::new("competency")
                .text("id", competency.id)
                .text("name", competency.name)
                .flag("optional", optional)
                .text("status", done.status(competency))
        });
        profile.tree().list("competencies", competencies)
    });
    Ok(xml(&Node::new("jobProfilePath").list("jobProfiles", trees)))
}
