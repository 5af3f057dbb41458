//! The presences that users can choose, and the sources that report them.

use serde_json::{Value, json};

use super::reference::Reference;
use super::store::Genesys;
use crate::http::{Call, Error, Handler, Reply};

pub(super) const HANDLERS: &[(&str, Handler<Genesys>)] = &[
    ("getPresenceDefinition0", get_definition),
    ("getPresenceDefinitions0", list_definitions),
    ("getPresenceSettings", get_settings),
    ("getPresenceSource", get_source),
    ("getPresenceSources", list_sources),
    ("getSystempresences", list_system_presences),
];

/// Of all divisions.
const EVERY_DIVISION: &str = "*";

/// A presence that users can choose. All are supplied, and each is its system presence.
pub(super) fn definition(reference: Reference, position: usize) -> Option<Value> {
    let mut shown = reference.presences().entity(position)?;
    let name = reference.presences().name(position)?;
    shown["systemPresence"] = json!(name);
    shown["languageLabels"] = json!({ "en_US": name, "de": reference.presence_label(position)? });
    shown["deactivated"] = json!(false);
    Some(shown)
}

/// The same, as it belongs to divisions.
pub(super) fn divisioned(reference: Reference, position: usize) -> Option<Value> {
    let mut shown = definition(reference, position)?;
    shown["type"] = json!("System");
    shown["divisionId"] = json!(EVERY_DIVISION);
    Some(shown)
}

/// The same with the labels that a call asks for; without a language, all.
fn labelled(reference: Reference, position: usize, call: &Call<'_>) -> Option<Value> {
    let mut shown = divisioned(reference, position)?;
    if let Some(language) = call.filter("localeCode").filter(|language| *language != "ALL") {
        shown["languageLabels"].as_object_mut()?.retain(|known, _| known == language);
    }
    Some(shown)
}

/// Whether a call asks for what has been deactivated.
fn deactivated(call: &Call<'_>) -> Result<bool, Error> {
    match call.filter("deactivated").map(str::to_lowercase).as_deref() {
        None | Some("false") => Ok(false),
        Some("true") => Ok(true),
        Some(_) => Err(Error::invalid("deactivated", "must be true or false")),
    }
}

/// A listing without pages.
fn listing(call: &Call<'_>, entities: Vec<Value>) -> Reply {
    Reply::json(&json!({ "total": entities.len(), "entities": entities, "selfUri": call.uri }))
}

fn list_definitions(genesys: &Genesys, call: &Call<'_>) -> Result<Reply, Error> {
    let reference = genesys.users().reference();
    let divisions: Vec<_> = call.query.all("divisionId").collect();
    let of_division = |id: &&str| *id == EVERY_DIVISION || reference.divisions().find(id).is_some();
    let none = deactivated(call)? || !divisions.is_empty() && !divisions.iter().any(of_division);
    let positions = if none { 0..0 } else { 0..reference.presences().len() };
    Ok(listing(call, positions.filter_map(|position| labelled(reference, position, call)).collect()))
}

fn get_definition(genesys: &Genesys, call: &Call<'_>) -> Result<Reply, Error> {
    let reference = genesys.users().reference();
    let found = reference.presences().find(call.path("definitionId"));
    let shown = found.and_then(|position| labelled(reference, position, call));
    shown.map(|shown| Reply::json(&shown)).ok_or_else(|| Error::not_found("There is no such presence definition."))
}

fn list_sources(genesys: &Genesys, call: &Call<'_>) -> Result<Reply, Error> {
    let wanted = deactivated(call)?;
    let reference = genesys.users().reference();
    let found = (0..reference.presence_sources().len())
        .filter(|source| reference.is_deactivated_source(*source) == wanted)
        .filter_map(|source| reference.presence_source(source));
    Ok(listing(call, found.collect()))
}

fn get_source(genesys: &Genesys, call: &Call<'_>) -> Result<Reply, Error> {
    let reference = genesys.users().reference();
    let found = reference.presence_sources().find(call.path("sourceId"));
    let shown = found.and_then(|source| reference.presence_source(source));
    shown.map(|shown| Reply::json(&shown)).ok_or_else(|| Error::not_found("There is no such source of presence."))
}

/// What no operation changes.
fn get_settings(_: &Genesys, call: &Call<'_>) -> Result<Reply, Error> {
    Ok(Reply::json(&json!({
        "restorePresenceSettings": { "enabled": true, "restoreTimeMilliseconds": 300_000, "restoreOnQueueEnabled": false },
        "requestingOffQueueEnabled": false, "selfUri": call.uri,
    })))
}

fn list_system_presences(genesys: &Genesys, call: &Call<'_>) -> Result<Reply, Error> {
    let list = genesys.users().reference().presences();
    let shown = (0..list.len()).filter_map(|position| {
        let name = list.name(position)?;
        let id = name.to_uppercase();
        Some(json!({ "id": id, "name": name, "selfUri": format!("{}/{id}", call.uri) }))
    });
    Ok(Reply::json(&shown.collect()))
}
