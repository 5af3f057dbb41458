//! Routing skills and routing languages, which work alike.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use genesys_users::generated::operations::{
    PATCH_USER_ROUTINGLANGUAGES_BULK_MAX_ITEMS, PATCH_USER_ROUTINGSKILLS_BULK_MAX_ITEMS,
};
use genesys_users::types::{
    UserRoutingLanguagePatch, UserRoutingLanguagePost, UserRoutingLanguagePostPatch, UserRoutingSkill,
    UserRoutingSkillPost, UserRoutingSkillPostPatch,
};
use serde_json::{Value, json};

use crate::genesys::model::details::{Owned, Skill, Skills};
use crate::genesys::model::user::User;
use crate::genesys::page::Page;
use crate::genesys::reference::{List, Reference};
use crate::genesys::request::{body, complete, no_content, subject, too_many};
use crate::genesys::store::{Genesys, Users};
use crate::http::{Call, Error, Handler, Reply};
use crate::random::Draw;

pub(super) const HANDLERS: &[(&str, Handler<Genesys>)] = &[
    ("getUserRoutingskills", |genesys, call| list(genesys, call, SKILLS)),
    ("postUserRoutingskills", post_skill),
    ("putUserRoutingskillsBulk", replace_skills),
    ("patchUserRoutingskillsBulk", add_skills),
    ("putUserRoutingskill", put_skill),
    ("deleteUserRoutingskill", |genesys, call| delete(genesys, call, SKILLS).map(|()| Reply::empty(StatusCode::OK))),
    ("getUserRoutinglanguages", |genesys, call| list(genesys, call, LANGUAGES)),
    ("postUserRoutinglanguages", post_language),
    ("patchUserRoutinglanguagesBulk", add_languages),
    ("patchUserRoutinglanguage", patch_language),
    ("deleteUserRoutinglanguage", |genesys, call| delete(genesys, call, LANGUAGES).map(|()| no_content())),
];

/// What differs between skills and languages.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Kind {
    /// `skill` or `language`.
    name: &'static str,
    parameter: &'static str,
    list: fn(Reference) -> List,
    changed: fn(&Skills) -> &BTreeMap<u64, Owned>,
    change: fn(&mut Skills) -> &mut BTreeMap<u64, Owned>,
    /// What is kept of a proficiency.
    kept: fn(f64) -> f64,
}

/// The largest page of a user's skills or languages.
const MAX_SIZE: u64 = 50;

pub(crate) const SKILLS: Kind = Kind {
    name: "skill",
    parameter: "skillId",
    list: Reference::skills,
    changed: |skills| &skills.skills,
    change: |skills| &mut skills.skills,
    kept: |proficiency| proficiency,
};

pub(crate) const LANGUAGES: Kind = Kind {
    name: "language",
    parameter: "languageId",
    list: Reference::languages,
    changed: |skills| &skills.languages,
    change: |skills| &mut skills.languages,
    // Fractions are taken, and rounded.
    kept: f64::round,
};

/// One skill in a request.
struct Given {
    id: Option<String>,
    proficiency: Option<f64>,
}

/// The skills or languages of a user. A sample person has one or two of each; created users have none.
pub(super) fn owned(users: &Users, user: &User<'_>, kind: Kind) -> Owned {
    if let Some(changed) = (kind.changed)(&users.details.skills).get(&user.index) {
        return changed.clone();
    }
    let mut owned = Owned::new();
    if user.person.is_some() {
        let mut draw = Draw::new(users.people.seed, kind.name, user.index);
        let known = (kind.list)(users.reference()).len();
        let first = draw.below(known as u64) as usize;
        for place in first..=first + draw.below(2) as usize {
            let proficiency = (1 + draw.below(5)) as f64;
            owned.insert(place % known, Skill { proficiency, active: true });
        }
    }
    owned
}

/// All skills of a user as the service shows them.
pub(crate) fn shown_all(users: &Users, user: &User<'_>, kind: Kind) -> Vec<Value> {
    owned(users, user, kind).into_iter().filter_map(|(place, skill)| shown(users, user, kind, place, skill)).collect()
}

fn shown(users: &Users, user: &User<'_>, kind: Kind, place: usize, skill: Skill) -> Option<Value> {
    let (list, name) = ((kind.list)(users.reference()), kind.name);
    let id = list.id(place)?;
    Some(json!({
        "id": id, "name": list.name(place)?, "proficiency": skill.proficiency,
        "state": if skill.active { "active" } else { "inactive" },
        (format!("{name}Uri")): list.uri(place)?,
        "selfUri": format!("/api/v2/users/{}/routing{name}s/{id}", user.id),
    }))
}

fn list(genesys: &Genesys, call: &Call<'_>, kind: Kind) -> Result<Reply, Error> {
    let page = Page::up_to(call, MAX_SIZE)?;
    let users = genesys.users();
    let mut entities = shown_all(&users, &subject(&users, call)?, kind);
    entities.sort_by(|one, other| one["name"].as_str().cmp(&other["name"].as_str()));
    if matches!(call.query("sortOrder"), Some("DESC" | "descending")) {
        entities.reverse();
    }
    Ok(Reply::json(&page.page_of(call, entities)))
}

fn post_skill(genesys: &Genesys, call: &Call<'_>) -> Result<Reply, Error> {
    let given: UserRoutingSkillPost = body(call)?;
    post(genesys, call, SKILLS, Given { id: given.id, proficiency: given.proficiency })
}

fn post_language(genesys: &Genesys, call: &Call<'_>) -> Result<Reply, Error> {
    let given: UserRoutingLanguagePost = body(call)?;
    post(genesys, call, LANGUAGES, Given { id: given.id, proficiency: given.proficiency })
}

/// Adds one skill, or changes it if the user has it already.
fn post(genesys: &Genesys, call: &Call<'_>, kind: Kind, given: Given) -> Result<Reply, Error> {
    let mut users = genesys.users();
    let (index, mut owned) = start(&users, call, kind)?;
    let place = add(&users, &mut owned, kind, given)?;
    finish(&mut users, index, kind, owned);
    one(&users, call, kind, place)
}

fn replace_skills(genesys: &Genesys, call: &Call<'_>) -> Result<Reply, Error> {
    let given: Vec<UserRoutingSkillPost> = body(call)?;
    let given = given.into_iter().map(|given| Given { id: given.id, proficiency: given.proficiency });
    bulk(genesys, call, SKILLS, given.collect(), true)
}

fn add_skills(genesys: &Genesys, call: &Call<'_>) -> Result<Reply, Error> {
    let given: Vec<UserRoutingSkillPostPatch> = body(call)?;
    if given.len() > PATCH_USER_ROUTINGSKILLS_BULK_MAX_ITEMS {
        return Err(too_many(PATCH_USER_ROUTINGSKILLS_BULK_MAX_ITEMS));
    }
    let given = given
        .into_iter()
        .map(|given| Given { id: given.id.into_option(), proficiency: given.proficiency.into_option() });
    bulk(genesys, call, SKILLS, given.collect(), false)
}

fn add_languages(genesys: &Genesys, call: &Call<'_>) -> Result<Reply, Error> {
    let given: Vec<UserRoutingLanguagePostPatch> = body(call)?;
    if given.len() > PATCH_USER_ROUTINGLANGUAGES_BULK_MAX_ITEMS {
        return Err(too_many(PATCH_USER_ROUTINGLANGUAGES_BULK_MAX_ITEMS));
    }
    let given = given
        .into_iter()
        .map(|given| Given { id: given.id.into_option(), proficiency: given.proficiency.into_option() });
    bulk(genesys, call, LANGUAGES, given.collect(), false)
}

/// Adds or replaces several skills; none if one is invalid.
fn bulk(genesys: &Genesys, call: &Call<'_>, kind: Kind, given: Vec<Given>, replaces: bool) -> Result<Reply, Error> {
    let mut users = genesys.users();
    let (index, mut owned) = start(&users, call, kind)?;
    if replaces {
        owned.clear();
    }
    for given in given {
        add(&users, &mut owned, kind, given)?;
    }
    finish(&mut users, index, kind, owned);
    Ok(complete(call, shown_all(&users, &subject(&users, call)?, kind)))
}

fn put_skill(genesys: &Genesys, call: &Call<'_>) -> Result<Reply, Error> {
    let given: UserRoutingSkill = body(call)?;
    let state = given.state.as_ref().map(|state| state.as_str());
    change(genesys, call, SKILLS, Given { id: given.id, proficiency: given.proficiency }, state)
}

fn patch_language(genesys: &Genesys, call: &Call<'_>) -> Result<Reply, Error> {
    let given: UserRoutingLanguagePatch = body(call)?;
    let state = given.state.value().map(|state| state.as_str().to_owned());
    let given = Given { id: given.id.into_option(), proficiency: given.proficiency.into_option() };
    change(genesys, call, LANGUAGES, given, state.as_deref())
}

/// Changes a skill of the user.
fn change(genesys: &Genesys, call: &Call<'_>, kind: Kind, given: Given, state: Option<&str>) -> Result<Reply, Error> {
    let active = match state {
        None => None,
        Some("active") => Some(true),
        Some("inactive") => Some(false),
        Some(_) => return Err(Error::invalid("state", "must be active or inactive")),
    };
    let id = call.path(kind.parameter);
    if given.id.as_deref().is_some_and(|sent| sent != id) {
        return Err(Error::invalid("id", "must be that of the path"));
    }
    let proficiency = given.proficiency.map(|given| check_proficiency(kind, given)).transpose()?;
    let mut users = genesys.users();
    let (index, mut owned) = start(&users, call, kind)?;
    let place = (kind.list)(users.reference()).find(id);
    let skill = place.and_then(|place| owned.get_mut(&place)).ok_or_else(|| absent(kind))?;
    skill.proficiency = proficiency.unwrap_or(skill.proficiency);
    skill.active = active.unwrap_or(skill.active);
    finish(&mut users, index, kind, owned);
    one(&users, call, kind, place.unwrap_or_default())
}

fn delete(genesys: &Genesys, call: &Call<'_>, kind: Kind) -> Result<(), Error> {
    let mut users = genesys.users();
    let (index, mut owned) = start(&users, call, kind)?;
    let place = (kind.list)(users.reference()).find(call.path(kind.parameter));
    place.and_then(|place| owned.remove(&place)).ok_or_else(|| absent(kind))?;
    finish(&mut users, index, kind, owned);
    Ok(())
}

fn start(users: &Users, call: &Call<'_>, kind: Kind) -> Result<(u64, Owned), Error> {
    let user = subject(users, call)?;
    Ok((user.index, owned(users, &user, kind)))
}

fn finish(users: &mut Users, index: u64, kind: Kind, owned: Owned) {
    (kind.change)(&mut users.details.skills).insert(index, owned);
}

fn add(users: &Users, owned: &mut Owned, kind: Kind, given: Given) -> Result<usize, Error> {
    let id = given.id.ok_or_else(|| Error::missing("id"))?;
    let known = (kind.list)(users.reference()).find(&id);
    let unknown = || Error::invalid("id", &format!("must be the id of a routing {}", kind.name));
    let place = known.ok_or_else(|| unknown().with_entity(&id))?;
    let proficiency = given.proficiency.map(|given| check_proficiency(kind, given)).transpose();
    let proficiency = proficiency.map_err(|error| error.with_entity(&id))?;
    let skill = owned.entry(place).or_insert(Skill { proficiency: 0.0, active: true });
    skill.proficiency = proficiency.unwrap_or(skill.proficiency);
    Ok(place)
}

fn one(users: &Users, call: &Call<'_>, kind: Kind, place: usize) -> Result<Reply, Error> {
    let user = subject(users, call)?;
    let skill = owned(users, &user, kind).get(&place).copied();
    let shown = skill.and_then(|skill| shown(users, &user, kind, place, skill));
    shown.map(|shown| Reply::json(&shown)).ok_or_else(|| absent(kind))
}

fn check_proficiency(kind: Kind, proficiency: f64) -> Result<f64, Error> {
    let fits = (0.0..=5.0).contains(&proficiency);
    fits.then(|| (kind.kept)(proficiency)).ok_or_else(|| Error::invalid("proficiency", "must be between 0 and 5"))
}

fn absent(kind: Kind) -> Error {
    Error::not_found(format!("The user has no such routing {}.", kind.name))
}
