//! The fields in the profiles of people, groups and the organization.

use serde_json::{Value, json};

use super::store::Genesys;
use crate::http::{Call, Error, Handler, Reply};
use crate::ids::IdSpace;

pub(super) const HANDLERS: &[(&str, Handler<Genesys>)] = &[("getFieldconfig", get)];

/// A field: key, type, whether it is required, whether it can have several values.
type Field = (&'static str, &'static str, bool, bool);

/// A section: key and fields.
type Section = (&'static str, &'static [Field]);

/// The sections of each type of entity.
const SECTIONS: &[(&str, &[Section])] = &[
    (
        "person",
        &[
            (
                "general",
                &[
                    ("name", "string", true, false),
                    ("title", "string", false, false),
                    ("department", "string", false, false),
                ],
            ),
            ("contactInfo", &[("email", "email", true, false), ("phone", "phone", false, true)]),
            ("bio", &[("biography", "textarea", false, false), ("hobbies", "string", false, true)]),
        ],
    ),
    ("group", &[("general", &[("name", "string", true, false), ("description", "textarea", false, false)])]),
    ("org", &[("general", &[("name", "string", true, false), ("mainPhone", "phone", false, false)])]),
];

fn get(genesys: &Genesys, call: &Call<'_>) -> Result<Reply, Error> {
    let kind = call.query("type").unwrap_or_default();
    let place = SECTIONS.iter().position(|(known, _)| *known == kind);
    let place = place.ok_or_else(|| Error::invalid("type", "must be one of person, group, org"))?;
    let sections = SECTIONS.get(place).map_or(&[][..], |(_, sections)| *sections);
    let id = IdSpace::new(genesys.users().people.seed, "field configuration").uuid(place as u32);
    let field = |(key, kind, required, repeatable): &Field| {
        json!({
            "key": key, "type": kind, "required": required, "repeatable": repeatable, "state": "active",
            "customLabels": false, "labelKeys": [key], "gdpr": true, "params": {}, "instructionText": "",
        })
    };
    let section = |(key, fields): &Section| {
        let fields: Vec<Value> = fields.iter().map(field).collect();
        json!({ "key": key, "state": "active", "instructionText": "", "fieldList": fields })
    };
    Ok(Reply::json(&json!({
        "id": id, "name": kind, "entityType": kind, "state": "active", "version": "1", "schemaVersion": "1.0.0",
        "sections": sections.iter().map(section).collect::<Vec<_>>(),
        "selfUri": format!("/api/v2/fieldconfig?type={kind}"),
    })))
}
