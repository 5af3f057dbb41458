//! Groups and job profiles of assignments.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::credentials::SANDBOX;
use crate::lms::model::Group;
use crate::lms::model::account::Account;
use crate::lms::model::assignment::{self, Assignment};
use crate::lms::model::reference::{JOB_PROFILES, JobProfile};

/// The name of the group that exists from the start, without members.
const FIRST: &str = "first-aiders";

/// The groups of the site.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Groups {
    pub(crate) by_name: BTreeMap<String, Group>,
    /// Assignment and group, to read the groups of one assignment.
    pub(crate) memberships: BTreeSet<(String, String)>,
    pub(crate) supervisions: BTreeSet<(String, String)>,
}

fn of(pairs: &BTreeSet<(String, String)>, assignment: &str) -> Vec<String> {
    let groups = pairs.range((assignment.to_owned(), String::new())..);
    groups.take_while(|(owner, _)| owner == assignment).map(|(_, group)| group.clone()).collect()
}

impl Groups {
    pub(crate) fn new() -> Self {
        let first = Group { owner: SANDBOX.lms_user.to_owned(), shared: true };
        let by_name = BTreeMap::from([(FIRST.to_owned(), first)]);
        Self { by_name, memberships: BTreeSet::new(), supervisions: BTreeSet::new() }
    }

    /// The names of the groups that an assignment is in.
    pub(crate) fn of(&self, assignment: &str) -> Vec<String> {
        of(&self.memberships, assignment)
    }

    /// The names of the groups that an assignment supervises.
    pub(crate) fn supervised_by(&self, assignment: &str) -> Vec<String> {
        of(&self.supervisions, assignment)
    }
}

/// Job profiles that were assigned or unassigned. At the start a person has the profile of their title.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Profiles {
    /// By assignment and profile, whether it is assigned.
    changed: BTreeMap<String, BTreeMap<String, bool>>,
}

impl Profiles {
    /// The job profiles of an assignment.
    pub(crate) fn of(&self, assignment: &Assignment) -> impl Iterator<Item = &'static JobProfile> {
        let title = assignment.account.title().filter(|_| assignment.primary);
        let first = title.and_then(JobProfile::of_title).map(|profile| profile.id);
        let changed = self.changed.get(&assignment.id);
        JOB_PROFILES.iter().filter(move |profile| {
            let now = changed.and_then(|changed| changed.get(profile.id).copied());
            now.unwrap_or(first == Some(profile.id))
        })
    }

    /// The job profiles of a user, each once.
    pub(crate) fn of_user(&self, account: &Account) -> Vec<&'static JobProfile> {
        let mut profiles: Vec<_> = assignment::of(account).iter().flat_map(|one| self.of(one)).collect();
        profiles.sort_unstable_by_key(|profile| profile.id);
        profiles.dedup_by_key(|profile| profile.id);
        profiles
    }

    pub(crate) fn set(&mut self, assignment: String, profile: &JobProfile, has: bool) {
        self.changed.entry(assignment).or_default().insert(profile.id.to_owned(), has);
    }
}
