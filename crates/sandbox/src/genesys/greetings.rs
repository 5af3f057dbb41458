//! The greetings of users, and which of them callers hear.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::model::greetings::{Greeting, Greetings};
use super::model::user::{User, UserState, user_uri};
use super::page::Page;
use super::request::{no_content, subject};
use super::store::{Genesys, Users};
use crate::clock;
use crate::http::{Call, Error, Handler, Reply};
use crate::ids::IdSpace;

pub(super) const HANDLERS: &[(&str, Handler<Genesys>)] = &[
    ("deleteGreeting", delete),
    ("getGreeting", get),
    ("getUserGreetings", list),
    ("getUserGreetingsDefaults", get_defaults),
    ("postUserGreetings", create),
    ("putGreeting", update),
    ("putUserGreetingsDefaults", set_defaults),
];

/// Who has greetings in the sandbox.
const OWNER_TYPE: &str = "USER";

fn ids(users: &Users) -> IdSpace {
    IdSpace::new(users.people.seed, "greeting")
}

fn no_such_greeting() -> Error {
    Error::not_found("There is no such greeting.")
}

/// The number, the greeting and its owner, who is not deleted.
fn find<'a>(users: &'a Users, greetings: &Greetings, id: &str) -> Option<(u32, Greeting, User<'a>)> {
    let number = ids(users).index_of_uuid(id)?;
    let greeting = greetings.greetings.get(&number)?.clone();
    let owner = users.get(greeting.owner).filter(|owner| owner.state != UserState::Deleted)?;
    Some((number, greeting, owner))
}

fn shown(users: &Users, number: u32, greeting: &Greeting, owner: &User<'_>) -> Value {
    let id = ids(users).uuid(number);
    let mut shown = json!({
        "id": id, "type": greeting.kind, "ownerType": OWNER_TYPE, "createdDate": greeting.created,
        "owner": { "id": owner.id, "name": owner.name(), "selfUri": user_uri(&owner.id) },
        "selfUri": format!("/api/v2/greetings/{id}"),
    });
    let optional = [
        ("name", greeting.name.clone().map(Value::from)),
        ("audioTTS", greeting.text.clone().map(Value::from)),
        ("audioFile", greeting.audio.clone()),
        ("modifiedDate", greeting.modified.clone().map(Value::from)),
    ];
    for (field, value) in optional {
        if let Some(value) = value {
            shown[field] = value;
        }
    }
    shown
}

/// What a body says of a greeting of this owner.
fn given(body: &Map<String, Value>, owner: &User<'_>) -> Result<Greeting, Error> {
    let text = |name: &str| body.get(name).and_then(Value::as_str).map(str::to_owned);
    let kind = text("type").ok_or_else(|| Error::missing("type"))?;
    match text("ownerType").as_deref() {
        Some(OWNER_TYPE) => {}
        Some(_) => return Err(Error::invalid("ownerType", "must be `USER` for a greeting of a user")),
        None => return Err(Error::missing("ownerType")),
    }
    let id = body.get("owner").and_then(|owner| owner.get("id")?.as_str()).ok_or_else(|| Error::missing("owner.id"))?;
    if id != owner.id {
        return Err(Error::invalid("owner.id", "must be the user whose greeting it is"));
    }
    Ok(Greeting {
        owner: owner.index,
        kind,
        name: text("name"),
        text: text("audioTTS"),
        audio: body.get("audioFile").filter(|audio| !audio.is_null()).cloned(),
        created: clock::rfc3339(clock::now()),
        modified: None,
    })
}

fn list(genesys: &Genesys, call: &Call<'_>) -> Result<Reply, Error> {
    let page = Page::of(call)?;
    let users = genesys.users();
    let owner = subject(&users, call)?;
    let extras = genesys.extras();
    let held = extras.greetings.greetings.iter().filter(|(_, greeting)| greeting.owner == owner.index);
    let entities = held.map(|(number, greeting)| {
        let shown = shown(&users, *number, greeting, &owner);
        json!({ "id": shown["id"], "name": shown["name"], "selfUri": shown["selfUri"] })
    });
    Ok(Reply::json(&page.page_of(call, entities.collect())))
}

fn create(genesys: &Genesys, call: &Call<'_>) -> Result<Reply, Error> {
    let body = call.json_object()?;
    let users = genesys.users();
    let owner = subject(&users, call)?;
    let greeting = given(&body, &owner)?;
    let number = genesys.extras().greetings.add(greeting.clone());
    Ok(Reply::json(&shown(&users, number, &greeting, &owner)))
}

fn get(genesys: &Genesys, call: &Call<'_>) -> Result<Reply, Error> {
    let users = genesys.users();
    let found = find(&users, &genesys.extras().greetings, call.path("greetingId"));
    let (number, greeting, owner) = found.ok_or_else(no_such_greeting)?;
    Ok(Reply::json(&shown(&users, number, &greeting, &owner)))
}

/// What is left out is gone afterwards.
fn update(genesys: &Genesys, call: &Call<'_>) -> Result<Reply, Error> {
    let body = call.json_object()?;
    let users = genesys.users();
    let mut extras = genesys.extras();
    let found = find(&users, &extras.greetings, call.path("greetingId"));
    let (number, before, owner) = found.ok_or_else(no_such_greeting)?;
    let given = given(&body, &owner)?;
    let greeting = Greeting { modified: Some(given.created.clone()), created: before.created, ..given };
    if greeting.kind != before.kind {
        extras.greetings.forget_default(number);
    }
    extras.greetings.greetings.insert(number, greeting.clone());
    Ok(Reply::json(&shown(&users, number, &greeting, &owner)))
}

fn delete(genesys: &Genesys, call: &Call<'_>) -> Result<Reply, Error> {
    let users = genesys.users();
    let mut extras = genesys.extras();
    let found = find(&users, &extras.greetings, call.path("greetingId"));
    let (number, ..) = found.ok_or_else(no_such_greeting)?;
    extras.greetings.remove(number);
    Ok(no_content())
}

fn get_defaults(genesys: &Genesys, call: &Call<'_>) -> Result<Reply, Error> {
    let users = genesys.users();
    let owner = subject(&users, call)?;
    Ok(Reply::json(&defaults_shown(&users, &genesys.extras().greetings, &owner, call)))
}

fn defaults_shown(users: &Users, greetings: &Greetings, owner: &User<'_>, call: &Call<'_>) -> Value {
    let held = greetings.defaults.get(&owner.index).into_iter().flatten();
    let held = held.filter_map(|(kind, number)| {
        Some((kind.clone(), shown(users, *number, greetings.greetings.get(number)?, owner)))
    });
    json!({
        "id": owner.id, "ownerType": OWNER_TYPE, "greetings": held.collect::<Map<_, _>>(), "selfUri": call.uri,
        "owner": { "id": owner.id, "name": owner.name(), "selfUri": user_uri(&owner.id) },
    })
}

/// Types that are left out have no default afterwards.
fn set_defaults(genesys: &Genesys, call: &Call<'_>) -> Result<Reply, Error> {
    let body = call.json_object()?;
    let given = body.get("greetings").and_then(Value::as_object).ok_or_else(|| Error::missing("greetings"))?;
    let users = genesys.users();
    let owner = subject(&users, call)?;
    let mut extras = genesys.extras();
    let mut defaults = BTreeMap::new();
    for (kind, greeting) in given {
        let id = greeting.get("id").and_then(Value::as_str).ok_or_else(|| Error::missing("greetings.id"))?;
        let found = find(&users, &extras.greetings, id);
        let found = found.filter(|(_, held, _)| held.owner == owner.index && held.kind == *kind);
        let wrong = || Error::invalid("greetings", "must hold greetings of the user, each under its type");
        let (number, ..) = found.ok_or_else(|| wrong().with_entity(id))?;
        defaults.insert(kind.clone(), number);
    }
    extras.greetings.defaults.insert(owner.index, defaults);
    Ok(Reply::json(&defaults_shown(&users, &extras.greetings, &owner, call)))
}
