//! Job profiles, who has them, and the competencies that they require.

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

/// The records of a user, from which the awarded competencies follow.
pub(crate) struct Progress(pub(crate) Vec<Record>);

impl Progress {
    pub(crate) fn of(store: &Store, account: &Account) -> Self {
        Self(store.records_of(account))
    }

    /// The latest completion of a module.
    fn completion(&self, module: &str) -> Option<&Record> {
        self.0
            .iter()
            .filter(|record| record.module == module && record.is_completed())
            .max_by_key(|record| record.ended)
    }

    /// The completion that counts for a module of a competency, and whether it is one of a substitute.
    pub(crate) fn counted(&self, competency: &Competency, module: &str) -> Option<(&Record, bool)> {
        let own = self.completion(module).map(|record| (record, false));
        own.or_else(|| Some((self.completion(competency.substitutes.get(module)?)?, true)))
    }

    pub(crate) fn share(&self, competency: &Competency) -> (usize, usize) {
        let completed = competency.modules.iter().filter(|module| self.counted(competency, module).is_some()).count();
        (completed, competency.modules.len())
    }

    fn awarded(&self, competency: &Competency) -> Option<Timestamp> {
        let ends = competency.modules.iter().map(|module| self.counted(competency, module)?.0.ended);
        ends.collect::<Option<Vec<_>>>()?.into_iter().max()
    }

    /// The status of a competency; it is at risk if an enrollment in one of its modules is older than 180 days.
    pub(crate) fn status(&self, competency: &Competency) -> &'static str {
        let (completed, all) = self.share(competency);
        let at_risk = || {
            let limit = Timestamp::now().plus_days(-180);
            let open = self.0.iter().filter(|record| record.status.is_open() && record.enrolled < Some(limit));
            open.into_iter().any(|record| competency.modules.contains(&record.module.as_str()))
        };
        match () {
            () if completed == all => "completed",
            () if at_risk() => "completionAtRisk",
            () => "notComplete",
        }
    }
}

fn competencies(_: &Lms, call: &Call<'_>) -> Result<Reply, Error> {
    let (words, max) = (keywords(call), max(call)?);
    let found = COMPETENCIES
        .iter()
        .filter(|competency| contains_all(&words, &format!("{} {}", competency.name, competency.code)));
    Ok(respond(call, &Node::new("competencies").list("competencies", found.take(max).map(Competency::node))))
}

fn competency(_: &Lms, call: &Call<'_>) -> Result<Reply, Error> {
    let found = Competency::find(required(call, "id")?);
    let found = found.ok_or_else(|| Error::not_found("There is no competency with this id."))?;
    Ok(respond(call, &found.node()))
}

fn competencies_awarded(lms: &Lms, call: &Call<'_>) -> Result<Reply, Error> {
    let store = lms.store();
    let account = user(&store, call)?;
    let progress = Progress::of(&store, &account);
    let manager = (!account.is_integration()).then(|| store.approver(&account));
    let assigner = manager.and_then(|login| store.account(&login));
    let nodes = COMPETENCIES.iter().filter_map(|competency| {
        let assigned = progress.awarded(competency)?;
        let level = |name, code: &str, measure| Node::new(name).text("code", code).decimal("measure", measure);
        let node = Node::new("competency")
            .text("id", competency.id)
            .text("name", competency.name)
            .text("description", competency.description())
            .text("assigned", assigned.text())
            .with(level("level", "PROFICIENT", "3"))
            .with(level("requiredLevel", "PROFICIENT", "3"))
            .with(level("maxLevel", "EXPERT", "5"))
            .flag("competent", true);
        Some(node.with_some(assigner.as_ref().map(|account| account.reference("assigner"))))
    });
    Ok(respond(call, &Node::new("competencies").list("competencies", nodes)))
}

/// The competencies of the user's job profiles, each once.
fn required_competencies(store: &Store, account: &Account) -> Vec<&'static Competency> {
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
    let progress = Progress::of(&store, &account);
    let nodes = required_competencies(&store, &account).into_iter().map(|competency| {
        let (completed, all) = progress.share(competency);
        Node::new("competency")
            .text("id", competency.id)
            .text("name", competency.name)
            .text("status", progress.status(competency))
            .number("completedModules", completed)
            .number("modules", all)
    });
    Ok(xml(&Node::new("competencyCompletionStatus").list("competencies", nodes)))
}

fn job_profiles(_: &Lms, call: &Call<'_>) -> Result<Reply, Error> {
    let (words, max) = (keywords(call), max(call)?);
    let text = |profile: &JobProfile| format!("{} {} {}", profile.name, profile.code, profile.description());
    let found: Vec<_> = JOB_PROFILES.iter().filter(|profile| contains_all(&words, &text(profile))).take(max).collect();
    let node = Node::new("jobProfiles");
    if parameter(call, "groupBy") == Some("none") {
        return Ok(respond(call, &node.list("jobProfiles", found.into_iter().map(JobProfile::node))));
    }
    let mut groups: BTreeMap<&str, Vec<&JobProfile>> = BTreeMap::new();
    for profile in found {
        groups.entry(profile.catalog).or_default().push(profile);
    }
    let catalogs = groups.into_iter().map(|(catalog, profiles)| {
        Node::new("catalog").text("id", catalog).list("jobProfiles", profiles.into_iter().map(JobProfile::node))
    });
    Ok(respond(call, &node.list("catalogs", catalogs)))
}

fn assigned_job_profiles(lms: &Lms, call: &Call<'_>) -> Result<Reply, Error> {
    let store = lms.store();
    let account = user(&store, call)?;
    let wanted = parameter(call, "assignmentId");
    let assignments = assignment::of(&account);
    let named = assignments.iter().any(|one| Some(one.id.as_str()) == wanted);
    let chosen = assignments.iter().filter(|one| !named || Some(one.id.as_str()) == wanted);
    let nodes =
        chosen.flat_map(|one| store.profiles.of(one).map(|profile| profile.node().text("assignmentId", &one.id)));
    Ok(respond(call, &Node::new("assignedJobProfiles").list("jobProfiles", nodes)))
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
    let profile = profile.ok_or_else(|| Error::not_found("There is no job profile with this id."))?;
    let targets = targets(&store, call, "userId")?;
    if !targets.iter().all(|target| may_see(&store, &account, target.account.login())) {
        return Err(Error::forbidden("The target is a user whom the caller may not see."));
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
    let progress = Progress::of(&store, &account);
    let nodes = store.profiles.of_user(&account).into_iter().map(|profile| {
        let competencies = profile.competencies().map(|(competency, optional)| {
            Node::new("competency")
                .text("id", competency.id)
                .text("name", competency.name)
                .flag("optional", optional)
                .text("status", progress.status(competency))
        });
        profile.node().list("competencies", competencies)
    });
    Ok(xml(&Node::new("jobProfilePath").list("jobProfiles", nodes)))
}
