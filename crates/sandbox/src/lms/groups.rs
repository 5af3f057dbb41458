//! User groups, their members, and who supervises them. Assignments and the export of users show both.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::Lms;
use super::account::Account;
use super::answer::{answer, flag, needed, outcome, xml};
use super::assignment;
use super::authorization::user;
use super::store::Store;
use super::tree::Tree;
use crate::credentials::SANDBOX;
use crate::http::{Call, Error, Handler, Reply};

pub(super) const HANDLERS: &[(&str, Handler<Lms>)] = &[
    ("supervisedGroupsAdder", supervised_groups_adder),
    ("supervisedGroupsRemover", supervised_groups_remover),
    ("userGroupAdder", user_group_adder),
    ("userGroupCreator", user_group_creator),
    ("userGroupDeleter", user_group_deleter),
    ("userGroupRemover", user_group_remover),
];

const NAME_LENGTH: usize = 255;

/// The name of the group that is there from the start. Nobody is in it yet.
const FIRST: &str = "first-aiders";

/// The groups of the site.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Groups {
    by_name: BTreeMap<String, Group>,
    /// Assignment and group, to read the groups of one assignment.
    memberships: BTreeSet<(String, String)>,
    supervisions: BTreeSet<(String, String)>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Group {
    owner: String,
    shared: bool,
}

fn of(pairs: &BTreeSet<(String, String)>, assignment: &str) -> Vec<String> {
    let groups = pairs.range((assignment.to_owned(), String::new())..);
    groups.take_while(|(owner, _)| owner == assignment).map(|(_, group)| group.clone()).collect()
}

impl Groups {
    pub(super) fn new() -> Self {
        let first = Group { owner: SANDBOX.lms_user.to_owned(), shared: true };
        let by_name = BTreeMap::from([(FIRST.to_owned(), first)]);
        Self { by_name, memberships: BTreeSet::new(), supervisions: BTreeSet::new() }
    }

    /// The names of the groups that an assignment is in.
    pub(super) fn of(&self, assignment: &str) -> Vec<String> {
        of(&self.memberships, assignment)
    }

    /// The names of the groups that an assignment supervises.
    pub(super) fn supervised_by(&self, assignment: &str) -> Vec<String> {
        of(&self.supervisions, assignment)
    }
}

/// A shared group is seen by those in or below the topmost organization that its creator sees. Everybody here is below
/// the root, and the integration account sees it all; what a sample person creates is shared within the organization.
fn sees(store: &Store, account: &Account, group: &Group) -> bool {
    if account.is_integration() || group.owner == account.login() {
        return true;
    }
    let Some(owner) = store.account(&group.owner).filter(|_| group.shared) else { return false };
    match (owner.organization(), account.organization()) {
        (None, _) => true,
        (Some(above), Some(own)) => own.is_within(above),
        (Some(_), None) => false,
    }
}

/// The name of a group that the caller sees.
fn group(store: &Store, call: &Call<'_>) -> Result<String, Error> {
    let (account, name) = (user(store, call)?, needed(call, "group-name")?);
    let found = store.groups.by_name.get(name).filter(|group| sees(store, &account, group));
    match found {
        Some(_) => Ok(name.to_owned()),
        None => Err(Error::not_found("There is no group of this name that the caller may see.")),
    }
}

fn user_group_creator(lms: &Lms, call: &Call<'_>) -> Result<Reply, Error> {
    let mut store = lms.store();
    let (account, name) = (user(&store, call)?, needed(call, "group-name")?.trim().to_owned());
    if name.is_empty() || name.chars().count() > NAME_LENGTH {
        return Err(Error::invalid("group-name", &format!("has not from 1 to {NAME_LENGTH} characters")));
    }
    if store.groups.by_name.contains_key(&name) {
        return Err(Error::conflict("group.exists", "There is a group of this name already."));
    }
    let shared = flag(call, "shared");
    let tree = Tree::new("group").text("name", &name).flag("shared", shared).text("owner", account.login());
    store.groups.by_name.insert(name, Group { owner: account.login().to_owned(), shared });
    Ok(answer(call, &tree))
}

fn user_group_deleter(lms: &Lms, call: &Call<'_>) -> Result<Reply, Error> {
    let mut store = lms.store();
    let name = group(&store, call)?;
    let account = user(&store, call)?;
    let groups = &mut store.groups;
    let own = groups.by_name.get(&name).is_some_and(|group| group.owner == account.login());
    if !own && !account.is_integration() {
        return Err(Error::forbidden("Only the creator of a group may delete it."));
    }
    groups.by_name.remove(&name);
    groups.memberships.retain(|(_, group)| *group != name);
    groups.supervisions.retain(|(_, group)| *group != name);
    Ok(answer(call, &outcome()))
}

/// Changes the pairs of the call's targets and its group. A pair that is there, or gone, already is no mistake.
fn change(lms: &Lms, call: &Call<'_>, supervision: bool, add: bool) -> Result<Reply, Error> {
    let mut store = lms.store();
    let name = group(&store, call)?;
    let targets = assignment::targets(&store, call, "user-id")?;
    let groups = &mut store.groups;
    let pairs = if supervision { &mut groups.supervisions } else { &mut groups.memberships };
    for target in targets {
        let pair = (target.id, name.clone());
        if add {
            pairs.insert(pair)
        } else {
            pairs.remove(&pair)
        };
    }
    Ok(xml(&outcome()))
}

fn user_group_adder(lms: &Lms, call: &Call<'_>) -> Result<Reply, Error> {
    change(lms, call, false, true)
}

fn user_group_remover(lms: &Lms, call: &Call<'_>) -> Result<Reply, Error> {
    change(lms, call, false, false)
}

fn supervised_groups_adder(lms: &Lms, call: &Call<'_>) -> Result<Reply, Error> {
    change(lms, call, true, true)
}

fn supervised_groups_remover(lms: &Lms, call: &Call<'_>) -> Result<Reply, Error> {
    change(lms, call, true, false)
}
