//! User groups, their members, and who supervises them. Assignments and the export of users show both.

use crate::http::{Call, Error, Handler, Reply};
use crate::lms::authorization::{targets, user};
use crate::lms::model::Group;
use crate::lms::model::account::Account;
use crate::lms::node::Node;
use crate::lms::params::{flag, required};
use crate::lms::response::{ok, respond, xml};
use crate::lms::store::{Lms, Store};

pub(crate) const HANDLERS: &[(&str, Handler<Lms>)] = &[
    ("supervisedGroupsAdder", supervised_groups_adder),
    ("supervisedGroupsRemover", supervised_groups_remover),
    ("userGroupAdder", user_group_adder),
    ("userGroupCreator", user_group_creator),
    ("userGroupDeleter", user_group_deleter),
    ("userGroupRemover", user_group_remover),
];

const NAME_LENGTH: usize = 255;

/// Whether an account sees a group. A shared group of the integration account is visible to all, one of anybody else to
/// those in or below the same organization.
fn sees(store: &Store, account: &Account, group: &Group) -> bool {
    if account.is_integration() || group.owner == account.login() {
        return true;
    }
    let Some(owner) = store.account(&group.owner).filter(|_| group.shared) else { return false };
    match (owner.organization(), account.organization()) {
        (Some(above), Some(own)) => own.is_within(above),
        (Some(_), None) => false,
        // The organizations of accounts from files that the site does not have have none below them.
        (None, _) => owner.is_integration() || owner.organization_id() == account.organization_id(),
    }
}

/// The name of a group that the caller sees.
fn group(store: &Store, call: &Call<'_>) -> Result<String, Error> {
    let (account, name) = (user(store, call)?, required(call, "group-name")?);
    let found = store.groups.by_name.get(name).filter(|group| sees(store, &account, group));
    match found {
        Some(_) => Ok(name.to_owned()),
        None => Err(Error::not_found("There is no group with this name that the caller may see.")),
    }
}

fn user_group_creator(lms: &Lms, call: &Call<'_>) -> Result<Reply, Error> {
    let mut store = lms.store();
    let (account, name) = (user(&store, call)?, required(call, "group-name")?.trim().to_owned());
    if name.is_empty() || name.chars().count() > NAME_LENGTH {
        return Err(Error::invalid("group-name", &format!("must have 1 to {NAME_LENGTH} characters")));
    }
    if store.groups.by_name.contains_key(&name) {
        return Err(Error::conflict("group.exists", "There is already a group with this name."));
    }
    let shared = flag(call, "shared");
    let node = Node::new("group").text("name", &name).flag("shared", shared).text("owner", account.login());
    store.groups.by_name.insert(name, Group { owner: account.login().to_owned(), shared });
    Ok(respond(call, &node))
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
    Ok(respond(call, &ok()))
}

/// Adds or removes the pairs of the call's targets and its group. It is not an error if there is nothing to change.
fn change(lms: &Lms, call: &Call<'_>, supervision: bool, add: bool) -> Result<Reply, Error> {
    let mut store = lms.store();
    let name = group(&store, call)?;
    let targets = targets(&store, call, "user-id")?;
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
    Ok(xml(&ok()))
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
