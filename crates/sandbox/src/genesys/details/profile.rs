//! Profiles, the skills in them, and the groups that users belong to.

use serde_json::{Map, Value, json};

use super::{body, subject};
use crate::genesys::Genesys;
use crate::genesys::expand::{self, Expand};
use crate::genesys::listing::Filter;
use crate::genesys::page::Page;
use crate::genesys::reference::MADE;
use crate::genesys::store::{State, User, Users};
use crate::genesys::{render, users as listing};
use crate::http::{Call, Error, Handler, Reply};
use crate::random::Draw;

pub(super) const HANDLERS: &[(&str, Handler<Genesys>)] = &[
    ("getUserProfileskills", get_skills),
    ("putUserProfileskills", put_skills),
    ("getUserProfile", get),
    ("getProfilesUsers", list),
];

/// The groups a user belongs to, by their places in the list.
pub(in crate::genesys) fn groups(users: &Users, user: &User<'_>) -> Vec<usize> {
    let list = users.reference().groups();
    match user.changed("groups") {
        Some(changed) => {
            let ids = changed.as_array().into_iter().flatten().filter_map(|group| group.get("id")?.as_str());
            ids.filter_map(|id| list.find(id)).collect()
        }
        None => user.person.iter().map(|person| (person.index % list.len() as u64) as usize).collect(),
    }
}

/// The skills in a user's profile, which are plain words.
pub(in crate::genesys) fn profile_skills(users: &Users, user: &User<'_>) -> Value {
    match user.changed("profileSkills") {
        Some(Value::Null) => json!([]),
        Some(changed) => changed.clone(),
        None if user.person.is_none() => json!([]),
        None => {
            let list = users.reference().skills();
            let place = Draw::new(users.people.seed, "profileSkills", user.index).below(list.len() as u64) as usize;
            list.name(place).map(|name| name.to_lowercase()).into_iter().collect()
        }
    }
}

fn get_skills(genesys: &Genesys, call: &Call<'_>) -> Result<Reply, Error> {
    let users = genesys.users();
    Ok(Reply::json(&profile_skills(&users, &subject(&users, call)?)))
}

fn put_skills(genesys: &Genesys, call: &Call<'_>) -> Result<Reply, Error> {
    let given: Vec<String> = body(call)?;
    let mut users = genesys.users();
    let index = subject(&users, call)?.index;
    // They are a field of the user as well, which `patchUser` changes.
    users.update(index, None, Map::from_iter([("profileSkills".to_owned(), json!(given))]));
    Ok(Reply::json(&profile_skills(&users, &subject(&users, call)?)))
}

fn get(genesys: &Genesys, call: &Call<'_>) -> Result<Reply, Error> {
    let users = genesys.users();
    Ok(Reply::json(&profile(&users, &subject(&users, call)?, &Expand::of(call))))
}

fn list(genesys: &Genesys, call: &Call<'_>) -> Result<Reply, Error> {
    let page = Page::of(call)?;
    let users = genesys.users();
    let (total, indices) = listing::page(&users, call, page, Filter::Only(State::Active), "jid")?;
    let expand = Expand::of(call);
    let entities = indices.into_iter().filter_map(|index| users.get(index));
    let entities = entities.map(|user| profile(&users, &user, &expand)).collect();
    Ok(Reply::json(&page.answer(call, total, entities)))
}

fn profile(users: &Users, user: &User<'_>, expand: &Expand<'_>) -> Value {
    let mut expanded = Map::new();
    expand::add(users, user, expand, &mut expanded);
    let changed = user.state_change.map_or(MADE, |change| change.date.as_str());
    json!({
        "id": user.id, "name": render::name(user), "state": user.state.as_str(), "dateModified": changed,
        "version": user.version, "expands": expanded, "selfUri": format!("/api/v2/users/{}/profile", user.id),
    })
}
