//! Schemas of custom attributes: list, read, create, update, delete.

use genesys_users::types::DataSchema;
use serde_json::{Value, json};

use super::model::schemas::{Version, core_types, document};
use super::request::{body, no_content};
use super::store::Genesys;
use crate::http::{Call, Error, Handler, Reply};
use crate::ids::IdSpace;

pub(super) const HANDLERS: &[(&str, Handler<Genesys>)] = &[
    ("deleteUsersCustomattributesSchema", delete),
    ("getUsersCustomattributesSchema", get),
    ("getUsersCustomattributesSchemas", list),
    ("getUsersCustomattributesSchemasCoretype", get_core_type),
    ("getUsersCustomattributesSchemasCoretypes", list_core_types),
    ("getUsersCustomattributesSchemasLimits", show_limits),
    ("getUsersCustomattributesSchemaVersion", get_version),
    ("getUsersCustomattributesSchemaVersions", list_versions),
    ("postUsersCustomattributesSchemas", create),
    ("putUsersCustomattributesSchema", update),
];

fn listing(entities: Vec<Value>, uri: &str) -> Reply {
    Reply::json(&json!({ "total": entities.len(), "entities": entities, "selfUri": uri }))
}

fn list(genesys: &Genesys, call: &Call<'_>) -> Result<Reply, Error> {
    let seed = genesys.users().people.seed;
    let extras = genesys.extras();
    let shown = extras.schemas.schemas.iter().filter_map(|(id, all)| Some(all.last()?.show(seed, id, all.len())));
    Ok(listing(shown.collect(), call.uri))
}

fn get(genesys: &Genesys, call: &Call<'_>) -> Result<Reply, Error> {
    let (seed, id) = (genesys.users().people.seed, call.path("schemaId"));
    let extras = genesys.extras();
    let versions = extras.schemas.versions(id)?;
    Ok(Reply::json(&json!(versions.last().map(|latest| latest.show(seed, id, versions.len())))))
}

fn list_versions(genesys: &Genesys, call: &Call<'_>) -> Result<Reply, Error> {
    let (seed, id) = (genesys.users().people.seed, call.path("schemaId"));
    let extras = genesys.extras();
    let versions = extras.schemas.versions(id)?.iter().enumerate();
    Ok(listing(versions.map(|(place, version)| version.show(seed, id, place + 1)).collect(), call.uri))
}

fn get_version(genesys: &Genesys, call: &Call<'_>) -> Result<Reply, Error> {
    let (seed, id) = (genesys.users().people.seed, call.path("schemaId"));
    let number: usize =
        call.path("versionId").parse().map_err(|_| Error::invalid("versionId", "must be the number of a version"))?;
    let extras = genesys.extras();
    let version = number.checked_sub(1).and_then(|place| extras.schemas.versions(id).ok()?.get(place));
    let version = version.ok_or_else(|| Error::not_found("There is no such version of a schema."))?;
    Ok(Reply::json(&version.show(seed, id, number)))
}

fn create(genesys: &Genesys, call: &Call<'_>) -> Result<Reply, Error> {
    let seed = genesys.users().people.seed;
    let version = Version::new(body(call)?, None)?;
    let mut extras = genesys.extras();
    let schemas = &mut extras.schemas;
    schemas.check(None, &version)?;
    let id = IdSpace::new(seed, "attribute schema").uuid(schemas.created.next() - 1);
    let shown = version.show(seed, &id, 1);
    schemas.schemas.insert(id, vec![version]);
    Ok(Reply::json(&shown))
}

fn update(genesys: &Genesys, call: &Call<'_>) -> Result<Reply, Error> {
    let (seed, id) = (genesys.users().people.seed, call.path("schemaId"));
    let given: DataSchema = body(call)?;
    let mut extras = genesys.extras();
    let schemas = &mut extras.schemas;
    let versions = schemas.versions(id)?;
    let version = given.version.ok_or_else(|| Error::missing("version"))?;
    if usize::try_from(version) != Ok(versions.len()) {
        let message = "The schema has changed since this version. Read it again and repeat the update.";
        return Err(Error { entity: Some(id.into()), ..Error::conflict("general.conflict", message) });
    }
    let version = Version::new(given, versions.last())?;
    schemas.check(Some(id), &version)?;
    let number = versions.len() + 1;
    let shown = version.show(seed, id, number);
    schemas.schemas.entry(id.to_owned()).or_default().push(version);
    Ok(Reply::json(&shown))
}

fn delete(genesys: &Genesys, call: &Call<'_>) -> Result<Reply, Error> {
    let (mut users, mut extras) = (genesys.users(), genesys.extras());
    extras.schemas.versions(call.path("schemaId"))?;
    extras.schemas.schemas.remove(call.path("schemaId"));
    users.details.remove_schema(call.path("schemaId"));
    Ok(no_content())
}

fn show_limits(_: &Genesys, _: &Call<'_>) -> Result<Reply, Error> {
    Ok(Reply::json(&document::limits()))
}

fn list_core_types(_: &Genesys, call: &Call<'_>) -> Result<Reply, Error> {
    Ok(listing(core_types::all().collect(), call.uri))
}

fn get_core_type(_: &Genesys, call: &Call<'_>) -> Result<Reply, Error> {
    let core_type = core_types::find(call.path("coreTypeName"));
    core_type.map(|shown| Reply::json(&shown)).ok_or_else(|| Error::not_found("There is no such core type."))
}
