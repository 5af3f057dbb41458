//! Schemas of custom attributes: kept with all their versions.

mod core_types;
mod document;
mod values;

use std::collections::BTreeMap;

use axum::http::StatusCode;
use genesys_users::types::{DataSchema, JsonSchemaDocument};
use rosterkit_core::Timestamp;
use rosterkit_core::chrono::DateTime;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use self::document::limits;
use super::Genesys;
use super::details::about;
use super::request::body;
use crate::clock;
use crate::http::{Call, Error, Handler, Reply};
use crate::ids::IdSpace;

pub(super) const HANDLERS: &[(&str, Handler<Genesys>)] = &[
    ("deleteUsersCustomattributesSchema", delete),
    ("getUsersCustomattributesSchema", get),
    ("getUsersCustomattributesSchemas", list),
    ("getUsersCustomattributesSchemasCoretype", core_types::get),
    ("getUsersCustomattributesSchemasCoretypes", core_types::list),
    ("getUsersCustomattributesSchemasLimits", show_limits),
    ("getUsersCustomattributesSchemaVersion", get_version),
    ("getUsersCustomattributesSchemaVersions", list_versions),
    ("postUsersCustomattributesSchemas", create),
    ("putUsersCustomattributesSchema", update),
];

const PATH: &str = "/api/v2/users/customattributes/schemas";

/// The schemas by id, each with its versions from the first to the latest. One is there from the start.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Schemas {
    created: u32,
    schemas: BTreeMap<String, Vec<Version>>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Version {
    name: String,
    enabled: bool,
    date: Timestamp,
    document: JsonSchemaDocument,
}

/// 2024-01-08T09:00:00Z, in milliseconds since 1970.
const FIRST_MADE: i64 = 1_704_704_400_000;

/// The id of the schema that is there from the start.
pub(super) fn first(seed: u64) -> String {
    IdSpace::new(seed, "attribute schema").uuid(u32::MAX)
}

impl Schemas {
    pub(super) fn new(seed: u64) -> Self {
        let first_version = Version {
            name: "Workplace".to_owned(),
            enabled: true,
            date: Timestamp::from(DateTime::from_timestamp_millis(FIRST_MADE).unwrap_or_default()),
            document: document::workplace(),
        };
        Self { created: 0, schemas: BTreeMap::from([(first(seed), vec![first_version])]) }
    }

    /// Refuses attributes that do not fit the latest version of a schema.
    pub(super) fn check_attributes(&self, id: &str, attributes: &Map<String, Value>) -> Result<(), Error> {
        let latest = self.schemas.get(id).and_then(|versions| versions.last());
        let latest = latest.ok_or_else(|| about(Error::invalid("schema.id", "is no id of a schema"), id))?;
        if !latest.enabled {
            return Err(about(Error::invalid("schema.id", "is that of a schema that is not enabled"), id));
        }
        values::check(&latest.document, attributes).map_err(|error| about(error, id))
    }

    fn versions(&self, id: &str) -> Result<&Vec<Version>, Error> {
        self.schemas.get(id).ok_or_else(|| Error::not_found("There is no such schema."))
    }

    /// Refuses a schema that leaves no room for the others, or takes the name of one.
    fn check(&self, id: Option<&str>, new: &Version) -> Result<(), Error> {
        let others = self.schemas.iter().filter(|(other, _)| Some(other.as_str()) != id);
        let others: Vec<&Version> = others.filter_map(|(_, versions)| versions.last()).collect();
        if others.iter().any(|other| other.name.to_lowercase() == new.name.to_lowercase()) {
            return Err(Error::conflict("general.conflict", "There is a schema with this name."));
        }
        let room = |taken: usize, limit: &str| i64::try_from(taken).is_ok_and(|taken| taken <= document::limit(limit));
        if id.is_none() && !room(others.len() + 1, "maxNumberOfSchemasPerOrg") {
            return Err(Error::bad_request("There are as many schemas as there can be."));
        }
        let fields: usize =
            others.iter().copied().chain([new]).map(|version| document::fields(&version.document)).sum();
        if !room(fields, "maxNumberOfFieldsPerOrg") {
            return Err(Error::bad_request("All schemas together would have more fields than there can be."));
        }
        Ok(())
    }
}

impl Version {
    fn new(given: DataSchema, before: Option<&Self>) -> Result<Self, Error> {
        let name = given.name.or_else(|| Some(before?.name.clone())).ok_or_else(|| Error::missing("name"))?;
        document::check_length("name", &name, "minSchemaNameCharacters", "maxSchemaNameCharacters")?;
        let document = given.json_schema.map(|document| *document).or_else(|| Some(before?.document.clone()));
        let document = document.ok_or_else(|| Error::missing("jsonSchema"))?;
        document::check(&document)?;
        if given.applies_to.is_some_and(|kinds| kinds != ["USER"]) {
            return Err(Error::invalid("appliesTo", "can hold `USER` and nothing else"));
        }
        let enabled = given.enabled.or_else(|| Some(before?.enabled)).unwrap_or(true);
        Ok(Self { name, enabled, date: Timestamp::from(clock::now()), document })
    }

    fn show(&self, seed: u64, id: &str, number: usize) -> Value {
        let creator = IdSpace::new(seed, "person").uuid(0);
        json!({
            "id": id, "name": self.name, "version": number, "appliesTo": ["USER"], "enabled": self.enabled,
            "createdBy": { "id": creator, "selfUri": format!("/api/v2/users/{creator}") },
            "dateCreated": self.date, "jsonSchema": self.document, "selfUri": format!("{PATH}/{id}"),
        })
    }
}

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
        call.path("versionId").parse().map_err(|_| Error::invalid("versionId", "is no number of a version"))?;
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
    let id = IdSpace::new(seed, "attribute schema").uuid(schemas.created);
    schemas.created += 1;
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
        return Err(Error { entity: Some(id.into()), ..Error::conflict("version.conflict", message) });
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
    users.details.forget_schema(call.path("schemaId"));
    Ok(Reply::empty(StatusCode::NO_CONTENT))
}

fn show_limits(_: &Genesys, _: &Call<'_>) -> Result<Reply, Error> {
    Ok(Reply::json(&limits()))
}
