//! Assignments: the positions that a user holds. Most users have one, some have two.
//!
//! An assignment's id and code lead back to its user, so none is kept.

use super::account::Account;
use super::store::Store;
use super::tree::Tree;
use crate::http::{Call, Error};

const INTEGRATION: (&str, &str) = ("A-INTEGRATION", "AC-INTEGRATION");

/// One of a user's assignments.
#[derive(Clone, Debug)]
pub(super) struct Assignment {
    pub(super) id: String,
    /// The reference code.
    pub(super) code: String,
    pub(super) account: Account,
    pub(super) primary: bool,
}

/// The id of a person's first assignment.
pub(super) fn primary(person: u64) -> String {
    format!("A{person}-1")
}

fn number_of(person: u64) -> u64 {
    if person % 7 == 3 { 2 } else { 1 }
}

/// The assignments of a user, the first one first.
pub(super) fn of(account: &Account) -> Vec<Assignment> {
    let assignment = |id: String, code: String, primary| Assignment { id, code, account: account.clone(), primary };
    match account.person() {
        None => vec![assignment(INTEGRATION.0.to_owned(), INTEGRATION.1.to_owned(), true)],
        Some(person) => (1..=number_of(person.index))
            .map(|number| {
                let ending = format!("{}-{number}", person.index);
                assignment(format!("A{ending}"), format!("AC{ending}"), number == 1)
            })
            .collect(),
    }
}

/// The assignment of this id.
pub(super) fn find(store: &Store, id: &str) -> Option<Assignment> {
    by(store, id, |assignment| &assignment.id)
}

/// The assignment of this reference code.
pub(super) fn find_by_code(store: &Store, code: &str) -> Option<Assignment> {
    by(store, code, |assignment| &assignment.code)
}

fn by(store: &Store, text: &str, field: fn(&Assignment) -> &String) -> Option<Assignment> {
    let account = if text == INTEGRATION.0 || text == INTEGRATION.1 {
        Account::Integration
    } else {
        let (person, _) = text.trim_start_matches(['A', 'C']).split_once('-')?;
        let person = store.people.get(person.parse().ok()?)?;
        store.account(&person.login)?
    };
    of(&account).into_iter().find(|assignment| field(assignment) == text)
}

/// The assignments that a call names as its target: by `user`, which is the name of a field, by id, or by code where
/// the function has one. A user stands for all of that user's assignments.
pub(super) fn targets(store: &Store, call: &Call<'_>, user: &str) -> Result<Vec<Assignment>, Error> {
    let field = |name| call.form(name).filter(|value| !value.is_empty());
    let unknown = |name, what: &str| Error::invalid(name, &format!("is the {what} of nobody that the caller may see"));
    let of_user = field(user)
        .map(|login| store.account(login).ok_or_else(|| unknown(user, "id")))
        .transpose()?
        .map(|account| of(&account));
    let one = match (field("targetAssignmentId"), field("targetAssignmentCode")) {
        (Some(id), _) => Some(find(store, id).ok_or_else(|| unknown("targetAssignmentId", "assignment id"))?),
        (None, Some(code)) => {
            Some(find_by_code(store, code).ok_or_else(|| unknown("targetAssignmentCode", "assignment code"))?)
        }
        (None, None) => None,
    };
    if let (Some(one), Some(code)) = (&one, field("targetAssignmentCode"))
        && one.code != code
    {
        let problem = "is that of another assignment than `targetAssignmentId`";
        return Err(Error::invalid("targetAssignmentCode", problem));
    }
    match (of_user, one) {
        (None, None) => Err(Error::missing(user)),
        (Some(all), None) => Ok(all),
        (None, Some(one)) => Ok(vec![one]),
        (Some(all), Some(one)) if all.iter().any(|assignment| assignment.id == one.id) => Ok(vec![one]),
        (Some(_), Some(_)) => Err(Error::invalid(user, "is not whom the target assignment belongs to")),
    }
}

impl Assignment {
    pub(super) fn tree(&self, store: &Store) -> Tree {
        let groups = |names: Vec<String>, name| names.into_iter().map(move |text| Tree::leaf(name, text));
        let organization = self.account.organization();
        Tree::new("assignment")
            .text("id", &self.id)
            .text("code", &self.code)
            .text("userId", self.account.login())
            .flag("primary", self.primary)
            .some("jobTitle", self.account.person().map(|person| person.title))
            .some("organizationId", organization.map(|organization| organization.id))
            .list("groups", groups(store.groups.of(&self.id), "group"))
            .list("supervisedGroups", groups(store.groups.supervised_by(&self.id), "supervisedGroup"))
            .list("jobProfiles", store.profiles.of(self).map(|profile| Tree::leaf("jobProfile", profile.id)))
    }
}
