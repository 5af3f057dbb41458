//! Profiles, and the skills in them.

use serde_json::{Map, Value, json};

use crate::genesys::expand::{self, Expand};
use crate::genesys::listing::Filter;
use crate::genesys::model::user::{User, UserState};
use crate::genesys::page::Page;
use crate::genesys::reference::MADE;
use crate::genesys::request::{body, subject};
use crate::genesys::store::{Genesys, Users};
use crate::genesys::users as listing;
use crate::http::{Call, Error, Handler, Reply};

pub(super) const HANDLERS: &[(&str, Handler<Genesys>)] = &[
    ("getUserProfileskills", get_skills),
    ("putUserProfileskills", put_skills),
    ("getUserProfile", get),
    ("getProfilesUsers", list),
];

fn get_skills(genesys: &Genesys, call: &Call<'_>) -> Result<Reply, Error> {
    let users = genesys.users();
    Ok(Reply::json(&expand::profile_skills(&users, &subject(&users, call)?)))
}

fn put_skills(genesys: &Genesys, call: &Call<'_>) -> Result<Reply, Error> {
    let given: Vec<String> = body(call)?;
    let mut users = genesys.users();
    let index = subject(&users, call)?.index;
    // They are also a field of the user, which `patchUser` changes.
    users.update(index, None, Map::from_iter([("profileSkills".to_owned(), json!(given))]));
    Ok(Reply::json(&expand::profile_skills(&users, &subject(&users, call)?)))
}

fn get(genesys: &Genesys, call: &Call<'_>) -> Result<Reply, Error> {
    let users = genesys.users();
    Ok(Reply::json(&profile(&users, &subject(&users, call)?, &Expand::of(call))))
}

fn list(genesys: &Genesys, call: &Call<'_>) -> Result<Reply, Error> {
    let page = Page::of(call)?;
    let users = genesys.users();
    let (total, indices) = listing::page(&users, call, page, Filter::Only(UserState::Active), "jid")?;
    let expand = Expand::of(call);
    let entities = indices.into_iter().filter_map(|index| users.get(index));
    let entities = entities.map(|user| profile(&users, &user, &expand)).collect();
    Ok(Reply::json(&page.envelope(call, total, entities)))
}

fn profile(users: &Users, user: &User<'_>, expand: &Expand<'_>) -> Value {
    let mut expanded = Map::new();
    expand::add(users, user, expand, &mut expanded);
    let changed = user.state_change.map_or(MADE, |change| change.date.as_str());
    json!({
        "id": user.id, "name": user.name(), "state": user.state.as_str(), "dateModified": changed,
        "version": user.version, "expands": expanded, "selfUri": format!("/api/v2/users/{}/profile", user.id),
    })
}
