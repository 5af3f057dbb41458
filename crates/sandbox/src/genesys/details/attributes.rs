//! Custom attributes of users, by schema.
//!
//! The spec has no body for the operations that change them. They accept what responses hold: a schema by id, and
//! attributes. A request without body changes nothing.

use serde_json::{Map, Value, json};

use crate::genesys::model::details::AttributeSets;
use crate::genesys::model::schemas::first as first_schema;
use crate::genesys::model::user::User;
use crate::genesys::request::{body, no_content, subject};

use crate::genesys::store::{Genesys, Users};
use crate::http::{Call, Error, Handler, Reply};
use crate::ids::IdSpace;
use crate::people::People;

pub(super) const HANDLERS: &[(&str, Handler<Genesys>)] = &[
    ("putUserCustomattributes", |genesys, call| change(genesys, call, true)),
    ("patchUserCustomattributes", |genesys, call| change(genesys, call, false)),
    ("getUserCustomattributesBulk", get_bulk),
    ("patchUserCustomattributesBulk", |genesys, call| change(genesys, call, false)),
    ("getUserCustomattribute", get),
    ("deleteUserCustomattribute", delete),
];

/// The operations whose body is not published.
pub(crate) const UNLISTED_BODIES: &[&str] =
    &["putUserCustomattributes", "patchUserCustomattributes", "patchUserCustomattributesBulk"];

/// The attributes of a user. Every tenth of the sample people has some from the start.
fn sets(users: &Users, index: u64) -> AttributeSets {
    users.details.attributes.get(&index).cloned().unwrap_or_else(|| original(users.people, index))
}

fn original(people: People, index: u64) -> AttributeSets {
    if !people.is_equipped(index) {
        return AttributeSets::new();
    }
    let attributes = Map::from_iter([
        ("desk".to_owned(), json!(format!("D-{index:04}"))),
        ("remote".to_owned(), json!(index.is_multiple_of(20))),
    ]);
    AttributeSets::from([(first_schema(people.seed), attributes)])
}

fn get(genesys: &Genesys, call: &Call<'_>) -> Result<Reply, Error> {
    let users = genesys.users();
    let user = subject(&users, call)?;
    shown(&users, &user, call.path("schemaId")).map(|shown| Reply::json(&shown)).ok_or_else(absent)
}

fn get_bulk(genesys: &Genesys, call: &Call<'_>) -> Result<Reply, Error> {
    let users = genesys.users();
    let user = subject(&users, call)?;
    let found = call.query.all("schemaIds").filter_map(|schema| shown(&users, &user, schema));
    Ok(Reply::json(&found.collect()))
}

fn delete(genesys: &Genesys, call: &Call<'_>) -> Result<Reply, Error> {
    let mut users = genesys.users();
    let index = subject(&users, call)?.index;
    let mut sets = sets(&users, index);
    sets.remove(call.path("schemaId")).ok_or_else(absent)?;
    users.details.attributes.insert(index, sets);
    Ok(no_content())
}

/// Replaces attributes, or adds to them and removes those that are `null`, under one schema or several. If one set is
/// invalid, nothing is changed.
fn change(genesys: &Genesys, call: &Call<'_>, replaces: bool) -> Result<Reply, Error> {
    let given = match call.incoming.body.is_empty() {
        true => Vec::new(),
        false => match body(call)? {
            Value::Array(sets) => sets,
            set => vec![set],
        },
    };
    let given = given.iter().map(read).collect::<Result<Vec<_>, Error>>()?;
    let mut users = genesys.users();
    let index = subject(&users, call)?.index;
    let mut sets = sets(&users, index);
    let mut last = sets.keys().next().cloned();
    let extras = genesys.extras();
    for (schema, attributes) in given {
        let set = sets.entry(schema.clone()).or_default();
        if replaces {
            set.clear();
        }
        set.extend(attributes);
        set.retain(|_, value| !value.is_null());
        extras.schemas.check_attributes(&schema, set)?;
        last = Some(schema);
    }
    drop(extras);
    if !sets.is_empty() {
        users.details.attributes.insert(index, sets);
    }
    let user = subject(&users, call)?;
    let set = last.and_then(|schema| shown(&users, &user, &schema));
    Ok(Reply::json(&set.unwrap_or_else(|| json!({ "userId": user.id, "attributes": {} }))))
}

fn read(set: &Value) -> Result<(String, Map<String, Value>), Error> {
    let schema = set.get("schema").and_then(|schema| schema.get("id")).ok_or_else(|| Error::missing("schema"))?;
    let schema = schema.as_str().filter(|id| !id.is_empty()).ok_or_else(|| Error::invalid("schema", "has no id"))?;
    let attributes = set.get("attributes").ok_or_else(|| Error::missing("attributes"))?;
    let attributes = attributes.as_object().ok_or_else(|| Error::invalid("attributes", "must be an object"))?;
    Ok((schema.to_owned(), attributes.clone()))
}

fn shown(users: &Users, user: &User<'_>, schema: &str) -> Option<Value> {
    let attributes = sets(users, user.index).remove(schema)?;
    Some(json!({
        "id": IdSpace::new(users.people.seed, "attributes").uuid(user.index as u32), "userId": user.id,
        "schema": { "id": schema, "selfUri": format!("/api/v2/users/customattributes/schemas/{}", crate::http::encode(schema)) },
        "attributes": attributes,
        "selfUri": format!("/api/v2/users/{}/customattributes/{}", user.id, crate::http::encode(schema)),
    }))
}

fn absent() -> Error {
    Error::not_found("The user has no attributes under such a schema.")
}
