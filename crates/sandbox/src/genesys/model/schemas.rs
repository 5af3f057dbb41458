//! Schemas of custom attributes, with all their versions.

pub(crate) mod core_types;
pub(crate) mod document;
mod values;

use std::collections::BTreeMap;

use genesys_users::types::{DataSchema, DataSchemaAppliesTo, JsonSchemaDocument};
use rosterkit_core::Timestamp;
use rosterkit_core::chrono::DateTime;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use self::core_types::PATH;
use crate::clock;
use crate::counter::Counter;
use crate::http::Error;
use crate::ids::IdSpace;

/// The schemas by id, each with its versions from the first to the latest. One exists from the start.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Schemas {
    pub(crate) created: Counter,
    pub(crate) schemas: BTreeMap<String, Vec<Version>>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Version {
    name: String,
    enabled: bool,
    date: Timestamp,
    document: JsonSchemaDocument,
}

/// What all schemas are for.
const KIND: DataSchemaAppliesTo = DataSchemaAppliesTo::UserCustomAttributes;

/// 2024-01-08T09:00:00Z, in milliseconds since 1970.
const FIRST_MADE: i64 = 1_704_704_400_000;

/// The id of the initial schema.
pub(crate) fn first(seed: u64) -> String {
    IdSpace::new(seed, "attribute schema").uuid(u32::MAX)
}

impl Schemas {
    pub(crate) fn new(seed: u64) -> Self {
        let first_version = Version {
            name: "Workplace".to_owned(),
            enabled: true,
            date: Timestamp::from(DateTime::from_timestamp_millis(FIRST_MADE).unwrap_or_default()),
            document: document::workplace(),
        };
        Self { created: Counter::default(), schemas: BTreeMap::from([(first(seed), vec![first_version])]) }
    }

    /// Refuses attributes that do not match the latest version of a schema.
    pub(crate) fn check_attributes(&self, id: &str, attributes: &Map<String, Value>) -> Result<(), Error> {
        let latest = self.schemas.get(id).and_then(|versions| versions.last());
        let latest = latest.ok_or_else(|| Error::invalid("schemaId", "is not the id of a schema").with_entity(id))?;
        if !latest.enabled {
            return Err(Error::invalid("schemaId", "is the id of a schema that is not enabled").with_entity(id));
        }
        values::check(&latest.document, attributes).map_err(|error| error.with_entity(id))
    }

    /// Refuses a version that a schema does not have.
    pub(crate) fn check_version(&self, id: &str, version: Option<i64>) -> Result<(), Error> {
        let count = self.schemas.get(id).map_or(0, Vec::len);
        let exists = |version: i64| usize::try_from(version).is_ok_and(|version| (1..=count).contains(&version));
        match version {
            Some(version) if count > 0 && !exists(version) => {
                let message = format!("must be the number of a version, from 1 to {count}");
                Err(Error::invalid("schemaVersion", &message).with_entity(id))
            }
            _ => Ok(()),
        }
    }

    pub(crate) fn versions(&self, id: &str) -> Result<&Vec<Version>, Error> {
        self.schemas.get(id).ok_or_else(|| Error::not_found("There is no such schema."))
    }

    /// Refuses a schema that exceeds a limit of the organization, or has the name of another.
    pub(crate) fn check(&self, id: Option<&str>, new: &Version) -> Result<(), Error> {
        let others = self.schemas.iter().filter(|(other, _)| Some(other.as_str()) != id);
        let others: Vec<&Version> = others.filter_map(|(_, versions)| versions.last()).collect();
        if others.iter().any(|other| other.name.to_lowercase() == new.name.to_lowercase()) {
            return Err(Error::conflict("general.conflict", "There is a schema with this name."));
        }
        let room = |taken: usize, limit: &str| i64::try_from(taken).is_ok_and(|taken| taken <= document::limit(limit));
        if id.is_none() && !room(others.len() + 1, "maxNumberOfSchemasPerOrg") {
            return Err(Error::bad_request("The organization has the largest number of schemas."));
        }
        let fields: usize =
            others.iter().copied().chain([new]).map(|version| document::fields(&version.document)).sum();
        if !room(fields, "maxNumberOfFieldsPerOrg") {
            return Err(Error::bad_request("The schemas of the organization would have too many fields."));
        }
        Ok(())
    }
}

impl Version {
    pub(crate) fn new(given: DataSchema, before: Option<&Self>) -> Result<Self, Error> {
        let document = given.json_schema.map(|document| *document).or_else(|| Some(before?.document.clone()));
        let document = document.ok_or_else(|| Error::missing("jsonSchema"))?;
        document::check(&document)?;
        // A schema need not be named: then it is called like its document.
        let name = given.name.or_else(|| Some(before?.name.clone())).or_else(|| document.title.clone());
        let name = name.ok_or_else(|| Error::missing("name"))?;
        document::check_length("name", &name, "minSchemaNameCharacters", "maxSchemaNameCharacters")?;
        let enabled = given.enabled.or_else(|| Some(before?.enabled)).unwrap_or(true);
        Ok(Self { name, enabled, date: Timestamp::from(clock::now()), document })
    }

    pub(crate) fn show(&self, seed: u64, id: &str, number: usize) -> Value {
        let creator = IdSpace::new(seed, "person").uuid(0);
        json!({
            "id": id, "name": self.name, "version": number, "appliesTo": [KIND], "enabled": self.enabled,
            "createdBy": { "id": creator, "selfUri": format!("/api/v2/users/{creator}") },
            "dateCreated": self.date, "jsonSchema": self.document, "selfUri": format!("{PATH}/{id}"),
        })
    }
}
