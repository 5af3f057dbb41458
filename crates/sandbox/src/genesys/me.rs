//! The calling user.

use serde_json::{Map, Value, json};

use super::details::relations;
use super::expand::Expand;
use super::model::user::User;
use super::organization;
use super::presence;
use super::render;
use super::request::me;
use super::store::{Genesys, Users};
use crate::clock;
use crate::http::{Call, Error, Handler, Reply};
use crate::ids::IdSpace;

pub(super) const HANDLERS: &[(&str, Handler<Genesys>)] = &[("getUsersMe", get)];

fn get(genesys: &Genesys, call: &Call<'_>) -> Result<Reply, Error> {
    let users = genesys.users();
    let user = me(&users, call)?;
    let mut shown = render::user(&users, &user, &Expand::of(call));
    let wanted = call.query.all("expand").collect::<Vec<_>>();
    for (field, value) in extras(&users, &user, &wanted) {
        shown[field] = value;
    }
    Ok(Reply::json(&shown))
}

/// Parts that are shown of the current user only, if expanded. `routinglanguages` and `logCapture` are values of `expand`
/// without a field.
fn extras(users: &Users, user: &User<'_>, wanted: &[&str]) -> Map<String, Value> {
    let (reference, plain) = (users.reference(), Expand::default());
    let list = |count: usize, show: &dyn Fn(usize) -> Option<Value>| (0..count).filter_map(show).collect::<Value>();
    let mut extras = Map::new();
    for value in wanted {
        let (field, part) = match *value {
            "date" => ("date", json!({ "currentDate": clock::rfc3339(clock::now()) })),
            "geolocationsettings" => ("geolocationSettings", json!({ "id": organization_id(users), "enabled": true })),
            "organization" => ("organization", organization(users)),
            "presencedefinitions" => (
                "presenceDefinitions",
                list(reference.presences().len(), &|place| {
                    let mut shown = presence::definition(reference, place)?;
                    shown["primary"] = json!(true);
                    Some(shown)
                }),
            ),
            "divisionedpresencedefinitions" => (
                "divisionedPresenceDefinitions",
                list(reference.presences().len(), &|place| presence::divisioned(reference, place)),
            ),
            "locationdefinitions" => (
                "locationDefinitions",
                list(reference.locations().len(), &|place| {
                    let mut shown = reference.locations().entity(place)?;
                    shown["state"] = json!("active");
                    shown["version"] = json!(1);
                    Some(shown)
                }),
            ),
            "orgauthorization" => (
                "orgAuthorization",
                list(reference.roles().len(), &|place| {
                    let mut shown = reference.roles().entity(place)?;
                    shown["permissions"] = json!(reference.permissions(place));
                    shown["default"] = json!(true);
                    Some(shown)
                }),
            ),
            "orgproducts" => ("orgProducts", json!([{ "id": "sandbox" }])),
            "favorites" => ("favorites", Value::Array(relations::favorites(users, user, &plain))),
            "superiors" => ("superiors", relations::superiors(users, user, &plain)),
            "directreports" => ("directReports", relations::direct_reports(users, user, &plain)),
            "adjacents" => ("adjacents", relations::adjacents(users, user, &plain)),
            "routingskills" => (
                "routingSkills",
                list(reference.skills().len(), &|place| organization::versioned(reference.skills(), place)),
            ),
            "fieldconfigs" => ("fieldConfigs", field_configs()),
            "token" => ("token", token(users)),
            "trustors" => ("trustors", Value::Array(relations::trustors(users, user))),
            _ => continue,
        };
        extras.insert(field.to_owned(), part);
    }
    extras
}

fn organization_id(users: &Users) -> String {
    IdSpace::new(users.people.seed, "organization").uuid(0)
}

fn organization(users: &Users) -> Value {
    let id = organization_id(users);
    json!({
        "id": id, "name": "Sandbox", "defaultLanguage": "en-us", "defaultCountryCode": "US", "domain": "example.com",
        "version": 1, "state": "active", "features": {}, "selfUri": "/api/v2/organizations/me",
    })
}

fn field_configs() -> Value {
    let config = |kind: &str| json!({ "id": kind, "entityType": kind, "state": "active", "sections": [], "version": "1", "schemaVersion": "1" });
    json!({ "org": config("org"), "person": config("person"), "group": config("group") })
}

fn token(users: &Users) -> Value {
    let organization = json!({ "id": organization_id(users), "name": "Sandbox" });
    json!({ "organization": organization, "homeOrganization": organization, "authorizedScope": ["users"] })
}
