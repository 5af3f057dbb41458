//! Relations of users: superiors, siblings, direct reports, favorites, and organizations that trust a user.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::genesys::expand::Expand;
use crate::genesys::model::user::{User, UserState};
use crate::genesys::page::Page;
use crate::genesys::reference::MADE;
use crate::genesys::render;
use crate::genesys::request::subject;
use crate::genesys::store::{Genesys, Users};
use crate::http::{Call, Error, Handler, Reply};
use crate::ids::IdSpace;
use crate::random::Draw;

pub(super) const HANDLERS: &[(&str, Handler<Genesys>)] = &[
    ("getUserAdjacents", |genesys, call| answer(genesys, call, adjacents)),
    ("getUserSuperiors", |genesys, call| answer(genesys, call, superiors)),
    ("getUserDirectreports", |genesys, call| answer(genesys, call, direct_reports)),
    ("getUserFavorites", list_favorites),
    ("getUserTrustors", list_trustors),
];

type Related = fn(&Users, &User<'_>, &Expand<'_>) -> Value;

fn answer(genesys: &Genesys, call: &Call<'_>, related: Related) -> Result<Reply, Error> {
    let users = genesys.users();
    Ok(Reply::json(&related(&users, &subject(&users, call)?, &Expand::of(call))))
}

/// Superiors, siblings and direct reports of a user.
pub(crate) fn adjacents(users: &Users, user: &User<'_>, expand: &Expand<'_>) -> Value {
    let manager = users.manager(user).and_then(|manager| users.get(manager));
    let mut siblings = manager.map(|manager| users.reports(&manager)).unwrap_or_default();
    siblings.retain(|sibling| *sibling != user.index);
    json!({
        "superiors": superiors(users, user, expand),
        "siblings": views(users, &siblings, expand),
        "directReports": direct_reports(users, user, expand),
    })
}

/// The managers of a user, the nearest first.
pub(crate) fn superiors(users: &Users, user: &User<'_>, expand: &Expand<'_>) -> Value {
    // Users can be managers of each other, so the chain can be circular.
    let (mut seen, mut chain, mut last) = (BTreeSet::from([user.index]), Vec::new(), users.manager(user));
    while let Some(manager) = last.filter(|manager| seen.insert(*manager)) {
        let Some(superior) = users.get(manager) else { break };
        if superior.state != UserState::Deleted {
            chain.push(manager);
        }
        last = users.manager(&superior);
    }
    views(users, &chain, expand)
}

/// The users who report to a user.
pub(crate) fn direct_reports(users: &Users, user: &User<'_>, expand: &Expand<'_>) -> Value {
    views(users, &users.reports(user), expand)
}

/// The favorites of a user: up to three sample people, if the user is one.
pub(crate) fn favorites(users: &Users, user: &User<'_>, expand: &Expand<'_>) -> Vec<Value> {
    let mut favorites = BTreeSet::new();
    if user.person.is_some() {
        let mut draw = Draw::new(users.people.seed, "favorites", user.index);
        for _ in 0..draw.below(4) {
            favorites.insert(draw.below(users.people.count));
        }
    }
    favorites.remove(&user.index);
    let favorites = favorites.into_iter().filter_map(|index| users.get(index));
    let favorites = favorites.filter(|user| user.state != UserState::Deleted);
    favorites.map(|user| render::user(users, &user, expand)).collect()
}

fn list_favorites(genesys: &Genesys, call: &Call<'_>) -> Result<Reply, Error> {
    let page = Page::of(call)?;
    let users = genesys.users();
    let mut entities = favorites(&users, &subject(&users, call)?, &Expand::of(call));
    if matches!(call.query("sortOrder"), Some("DESC" | "descending")) {
        entities.reverse();
    }
    Ok(Reply::json(&page.page_of(call, entities)))
}

/// The organizations that trust a user: one, for every tenth sample person.
pub(crate) fn trustors(users: &Users, user: &User<'_>) -> Vec<Value> {
    let trusted = user.person.as_ref().is_some_and(|person| person.index % 10 == 4);
    let id = IdSpace::new(users.people.seed, "trustor").uuid(0);
    let trustor = trusted.then(|| {
        json!({
            "id": id, "enabled": true, "dateCreated": MADE, "authorization": { "permissions": ["directory:user:view"] },
            "organization": { "id": id, "name": "Sample Partner", "domain": "partner.example.com" },
            "selfUri": format!("/api/v2/orgauthorization/trustors/{id}"),
        })
    });
    trustor.into_iter().collect()
}

fn list_trustors(genesys: &Genesys, call: &Call<'_>) -> Result<Reply, Error> {
    let page = Page::of(call)?;
    let users = genesys.users();
    let trustors = trustors(&users, &subject(&users, call)?);
    Ok(Reply::json(&page.page_of(call, trustors)))
}

fn views(users: &Users, indices: &[u64], expand: &Expand<'_>) -> Value {
    indices.iter().filter_map(|index| users.get(*index)).map(|user| render::user(users, &user, expand)).collect()
}
