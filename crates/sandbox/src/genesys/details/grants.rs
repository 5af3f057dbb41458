//! Grants: which roles a user or a group has in which divisions.

use std::collections::{BTreeMap, BTreeSet};

use genesys_users::types::{RoleDivisionGrants, RoleDivisionPair};
use serde_json::{Value, json};

use crate::clock;
use crate::genesys::model::details::Grant;
use crate::genesys::model::user::User;
use crate::genesys::reference::MADE;
use crate::genesys::request::{body, me, no_content};
use crate::genesys::store::{Genesys, Users};
use crate::http::{Call, Error, Handler, Reply};
use crate::random::Draw;

pub(super) const HANDLERS: &[(&str, Handler<Genesys>)] = &[
    ("getAuthorizationSubject", get),
    ("getAuthorizationSubjectsMe", get_me),
    ("postAuthorizationSubjectBulkadd", |genesys, call| bulk(genesys, call, |held, grants| held.extend(grants))),
    ("postAuthorizationSubjectBulkremove", |genesys, call| {
        bulk(genesys, call, |held, grants| held.retain(|grant, _| !grants.contains_key(grant)))
    }),
    ("postAuthorizationSubjectBulkreplace", |genesys, call| bulk(genesys, call, |held, grants| *held = grants)),
    ("postAuthorizationSubjectDivisionRole", |genesys, call| one(genesys, call, true)),
    ("deleteAuthorizationSubjectDivisionRole", |genesys, call| one(genesys, call, false)),
];

/// Grants with the time they were made.
pub(super) type Held = BTreeMap<Grant, String>;

pub(super) const EMPLOYEE: usize = 0;
const SUPERVISOR: usize = 1;
const AGENT: usize = 2;
const ADMIN: usize = 5;
pub(crate) const HOME: usize = 0;

/// Who can have grants.
pub(super) enum Subject<'a> {
    User(Box<User<'a>>),
    /// A group, by its position in the list.
    Group(usize),
}

impl<'a> Subject<'a> {
    /// The user or group with an id, without deleted users.
    pub(super) fn find(users: &'a Users, call: &Call<'_>) -> Result<Self, Error> {
        let id = call.path("subjectId");
        let kind = call.query("subjectType");
        let user = || users.living(id).map(|user| Self::User(Box::new(user)));
        let group = || users.reference().groups().find(id).map(Self::Group);
        let found = match kind {
            None => user().or_else(group),
            Some("PC_USER") => user(),
            Some("PC_GROUP") => group(),
            // OAuth clients of the sandbox have no roles.
            Some(_) => None,
        };
        found.ok_or_else(|| Error::not_found("There is no such subject."))
    }

    fn id(&self, users: &Users) -> String {
        match self {
            Self::User(user) => user.id.clone(),
            Self::Group(group) => users.reference().groups().id(*group).unwrap_or_default(),
        }
    }

    /// The grants made to this subject itself.
    fn direct(&self, users: &Users) -> Held {
        match users.details.grants.get(&self.id(users)) {
            Some(changed) => changed.iter().cloned().collect(),
            None => self.original(users).into_iter().map(|grant| (grant, MADE.to_owned())).collect(),
        }
    }

    fn original(&self, users: &Users) -> BTreeSet<Grant> {
        match self {
            Self::User(user) => original(users, user.index),
            Self::Group(_) => BTreeSet::new(),
        }
    }

    /// All grants with the id of their subject: direct ones first, then those of groups.
    pub(super) fn all(&self, users: &Users) -> Vec<(String, Grant, String)> {
        let of = |subject: &Self| {
            let id = subject.id(users);
            let held = subject.direct(users);
            held.into_iter().map(move |(grant, made)| (id.clone(), grant, made))
        };
        let groups = match self {
            Self::User(user) => users.groups(user),
            Self::Group(_) => Vec::new(),
        };
        of(self).chain(groups.into_iter().flat_map(|group| of(&Self::Group(group)))).collect()
    }
}

/// The grants of a user without changes. Every user is an employee, managers are supervisors, and most of the others are
/// agents. The first person is the administrator.
fn original(users: &Users, index: u64) -> BTreeSet<Grant> {
    let mut grants = BTreeSet::from([(EMPLOYEE, HOME)]);
    if index < users.people.count {
        let mut draw = Draw::new(users.people.seed, "grants", index);
        if index == 0 {
            grants.insert((ADMIN, HOME));
        }
        if !users.people.reports(index).is_empty() {
            grants.insert((SUPERVISOR, HOME));
        } else if !draw.one_in(4) {
            grants.insert((AGENT, draw.below(users.reference().divisions().len() as u64) as usize));
        }
    }
    grants
}

/// For each role the number of users who hold it themselves, in whichever divisions.
pub(crate) fn role_sizes(users: &Users) -> Vec<u64> {
    fn count(sizes: &mut [u64], grants: impl Iterator<Item = Grant>, change: fn(u64, u64) -> u64) {
        for role in grants.map(|(role, _)| role).collect::<BTreeSet<usize>>() {
            if let Some(size) = sizes.get_mut(role) {
                *size = change(*size, 1);
            }
        }
    }
    let mut sizes = users
        .role_sizes
        .get_or_init(|| {
            let mut sizes = vec![0; users.reference().roles().len()];
            let of_people = (0..users.people.count).map(|index| original(users, index).into_iter());
            of_people.for_each(|grants| count(&mut sizes, grants, u64::saturating_add));
            sizes
        })
        .clone();
    (users.people.count..users.end())
        .for_each(|index| count(&mut sizes, original(users, index).into_iter(), u64::saturating_add));
    for (subject, held) in &users.details.grants {
        if let Some(user) = users.by_id(subject) {
            count(&mut sizes, original(users, user.index).into_iter(), u64::saturating_sub);
            count(&mut sizes, held.iter().map(|(grant, _)| *grant), u64::saturating_add);
        }
    }
    sizes
}

/// The grants that a user has, directly or through groups.
pub(super) fn effective(users: &Users, user: &User<'_>) -> BTreeSet<Grant> {
    Subject::User(Box::new(user.clone())).all(users).into_iter().map(|(_, grant, _)| grant).collect()
}

pub(super) fn direct(users: &Users, user: &User<'_>) -> Held {
    Subject::User(Box::new(user.clone())).direct(users)
}

/// Sets the direct grants of a subject.
pub(super) fn set(users: &mut Users, subject_id: String, held: Held) {
    users.details.grants.insert(subject_id, held.into_iter().collect());
}

/// The time of a new grant.
pub(super) fn now() -> String {
    clock::rfc3339(clock::now())
}

fn get(genesys: &Genesys, call: &Call<'_>) -> Result<Reply, Error> {
    let users = genesys.users();
    let subject = Subject::find(&users, call)?;
    Ok(Reply::json(&shown(&users, &subject, call)))
}

fn get_me(genesys: &Genesys, call: &Call<'_>) -> Result<Reply, Error> {
    let users = genesys.users();
    let subject = Subject::User(Box::new(me(&users, call)?));
    Ok(Reply::json(&shown(&users, &subject, call)))
}

fn bulk(genesys: &Genesys, call: &Call<'_>, change: impl Fn(&mut Held, Held)) -> Result<Reply, Error> {
    let given: RoleDivisionGrants = body(call)?;
    let given = given.grants.ok_or_else(|| Error::missing("grants"))?;
    let mut users = genesys.users();
    let subject = Subject::find(&users, call)?;
    let made = now();
    let grants = given.iter().map(|pair| Ok((grant(&users, pair)?, made.clone())));
    let grants = grants.collect::<Result<Held, Error>>()?;
    let (id, before) = (subject.id(&users), subject.direct(&users));
    let mut held = before.clone();
    change(&mut held, grants);
    // Existing grants keep their time.
    for (grant, made) in &mut held {
        if let Some(before) = before.get(grant) {
            made.clone_from(before);
        }
    }
    set(&mut users, id, held);
    Ok(no_content())
}

fn one(genesys: &Genesys, call: &Call<'_>, granted: bool) -> Result<Reply, Error> {
    let mut users = genesys.users();
    let subject = Subject::find(&users, call)?;
    let reference = users.reference();
    let role = reference.roles().find(call.path("roleId")).ok_or_else(|| Error::not_found("There is no such role."))?;
    let division = reference.divisions().find(call.path("divisionId"));
    let division = division.ok_or_else(|| Error::not_found("There is no such division."))?;
    let (id, mut held) = (subject.id(&users), subject.direct(&users));
    if granted {
        held.entry((role, division)).or_insert_with(now);
    } else {
        held.remove(&(role, division)).ok_or_else(|| Error::not_found("The subject has no such grant."))?;
    }
    set(&mut users, id, held);
    Ok(no_content())
}

fn grant(users: &Users, pair: &RoleDivisionPair) -> Result<Grant, Error> {
    let role = pair.role_id.as_deref().ok_or_else(|| Error::missing("roleId"))?;
    let division = pair.division_id.as_deref().ok_or_else(|| Error::missing("divisionId"))?;
    let reference = users.reference();
    let found_role = reference.roles().find(role);
    let found_division = reference.divisions().find(division);
    Ok((
        found_role.ok_or_else(|| Error::invalid("roleId", "must be the id of a role").with_entity(role))?,
        found_division
            .ok_or_else(|| Error::invalid("divisionId", "must be the id of a division").with_entity(division))?,
    ))
}

fn shown(users: &Users, subject: &Subject<'_>, call: &Call<'_>) -> Value {
    let (reference, id) = (users.reference(), subject.id(users));
    let full = call.query("includeFullRoles") == Some("true");
    let duplicates = call.query("includeDuplicates") == Some("true");
    let mut seen = BTreeSet::new();
    let mut grants = subject.all(users);
    grants.retain(|(_, grant, _)| duplicates || seen.insert(*grant));
    let grants = grants.into_iter().filter_map(|(subject_id, (role, division), made)| {
        let mut shown = reference.roles().entity(role)?;
        if full {
            shown["policies"] = policies(reference.permissions(role));
            shown["default"] = json!(true);
        }
        let mut place = reference.divisions().entity(division)?;
        place["homeDivision"] = json!(division == HOME);
        Some(json!({ "subjectId": subject_id, "division": place, "role": shown, "grantMadeAt": made }))
    });
    let name = match subject {
        Subject::User(user) => user.name(),
        Subject::Group(group) => json!(reference.groups().name(*group)),
    };
    json!({
        "id": id, "name": name, "grants": grants.collect::<Vec<_>>(), "version": 1,
        "selfUri": format!("/api/v2/authorization/subjects/{id}"),
    })
}

/// Permissions as the policies that hold them.
fn policies(permissions: &[&str]) -> Value {
    let policies = permissions.iter().filter_map(|permission| {
        let (domain, rest) = permission.split_once(':')?;
        let (entity, action) = rest.split_once(':')?;
        Some(json!({ "domain": domain, "entityName": entity, "actions": [action] }))
    });
    policies.collect()
}
