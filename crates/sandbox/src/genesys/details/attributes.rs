//! Custom attributes of users, by schema.

use genesys_users::types::UserCustomAttributesUpdateRequest;
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
    ("patchUserCustomattributesBulk", change_several),
    ("getUserCustomattribute", get),
    ("deleteUserCustomattribute", delete),
];

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

/// Replaces attributes, or adds to them and removes those that are `null`, under one schema.
fn change(genesys: &Genesys, call: &Call<'_>, replaces: bool) -> Result<Reply, Error> {
    write(genesys, call, vec![body(call)?], replaces)
}

/// Adds to attributes and removes those that are `null`, under several schemas.
fn change_several(genesys: &Genesys, call: &Call<'_>) -> Result<Reply, Error> {
    write(genesys, call, body(call)?, false)
}

/// Shows the last of the sets that were written. If one is invalid, nothing is changed.
fn write(
    genesys: &Genesys,
    call: &Call<'_>,
    given: Vec<UserCustomAttributesUpdateRequest>,
    replaces: bool,
) -> Result<Reply, Error> {
    let mut users = genesys.users();
    let index = subject(&users, call)?.index;
    let mut sets = sets(&users, index);
    let mut last = sets.keys().next().cloned();
    let extras = genesys.extras();
    for UserCustomAttributesUpdateRequest { schema_id, schema_version, attributes } in given {
        let schema = schema_id.filter(|id| !id.is_empty()).ok_or_else(|| Error::missing("schemaId"))?;
        extras.schemas.check_version(&schema, schema_version)?;
        let set = sets.entry(schema.clone()).or_default();
        if replaces {
            set.clear();
        }
        set.extend(attributes.ok_or_else(|| Error::missing("attributes"))?);
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
