//! The JSON schema of sync files, for editors. It is made from the table of keys that the reader uses.

use serde_json::{Map, Value, json};

use super::keys::{EXTERNAL_TRAINING, Flows, GENESYS_USERS, Key, Kind, ROOT, ROUTES, SESSION_USERS, target_fields};

/// The JSON schema (draft 2020-12) of a sync file.
///
/// It has the keys and the form of their values, which of them a flow can have, and the fields of its target. What several
/// keys mean together, and whether an expression is one, only [`SyncFile::parse`](super::SyncFile::parse) knows.
///
/// ```
/// let schema = rosterkit_sync::config::json_schema();
/// assert_eq!(schema["properties"]["plan_max_age"]["type"], "string");
/// ```
pub fn json_schema() -> Value {
    let mut schema = Map::new();
    schema.insert("$schema".into(), "https://json-schema.org/draft/2020-12/schema".into());
    schema.insert("title".into(), "Sync file of rosterkit".into());
    schema.extend(table(ROOT));
    Value::Object(schema)
}

/// A table with these keys and no other.
fn table(keys: &[Key]) -> Map<String, Value> {
    let properties: Map<String, Value> = keys.iter().map(|key| (key.name.to_owned(), property(key))).collect();
    let required: Vec<&str> = keys.iter().filter(|key| key.is_required).map(|key| key.name).collect();
    let mut schema = Map::new();
    schema.insert("type".into(), "object".into());
    schema.insert("properties".into(), properties.into());
    if !required.is_empty() {
        schema.insert("required".into(), required.into());
    }
    schema.insert("additionalProperties".into(), false.into());
    schema
}

fn property(key: &Key) -> Value {
    let mut schema = kind(&key.kind);
    schema.insert("description".into(), key.about.into());
    Value::Object(schema)
}

fn kind(kind: &Kind) -> Map<String, Value> {
    let schema = match kind {
        Kind::Text | Kind::Expression | Kind::Zone => text(),
        Kind::Name => json!({ "type": "string", "pattern": "^[A-Za-z0-9_-]{1,64}$" }),
        Kind::Flag => json!({ "type": "boolean" }),
        Kind::Whole(most) => json!({ "type": "integer", "minimum": 0, "maximum": most }),
        Kind::Span { .. } => json!({
            "type": "string",
            "minLength": 2,
            "pattern": "^([0-9]+w)?([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?$",
        }),
        Kind::Date => json!({ "type": "string", "format": "date" }),
        Kind::Word(words) => json!({ "type": "string", "enum": words }),
        Kind::Texts { can_be_empty: true } | Kind::Expressions => json!({ "type": "array", "items": text() }),
        Kind::Texts { can_be_empty: false } => json!({ "type": "array", "items": text(), "minItems": 1 }),
        Kind::Words(words) => json!({ "type": "array", "items": { "type": "string", "enum": words } }),
        Kind::Passes(keys) => json!({ "type": "array", "items": { "anyOf": [text(), table(keys)] } }),
        Kind::Fields(keys) => {
            json!({ "type": "object", "additionalProperties": { "anyOf": [text(), table(keys)] } })
        }
        Kind::Table(keys) => return table(keys),
        Kind::Tables(keys) => {
            let mut items = table(keys);
            items.insert("allOf".into(), ROUTES.iter().map(|route| condition(keys, *route)).collect());
            json!({ "type": "array", "minItems": 1, "items": items })
        }
    };
    match schema {
        Value::Object(schema) => schema,
        _ => Map::new(),
    }
}

fn text() -> Value {
    json!({ "type": "string", "minLength": 1 })
}

/// What holds for the flows to a target.
fn condition(keys: &[Key], (to, from): (&str, &[&str])) -> Value {
    let mut properties = Map::new();
    properties.insert("from".into(), json!({ "enum": from }));
    for key in keys {
        if let Flows::To(accepted) = key.flows
            && !accepted.contains(&to)
        {
            properties.insert(key.name.into(), false.into());
        }
    }
    let mut required = Vec::new();
    let fields = target_fields(to);
    if [SESSION_USERS, GENESYS_USERS].contains(&to) {
        properties
            .insert("fields".into(), json!({ "propertyNames": { "enum": fields.all }, "required": fields.required }));
        required.push("fields");
    }
    if to == EXTERNAL_TRAINING {
        required.push("completions");
    }
    json!({
        "if": { "properties": { "to": { "const": to } }, "required": ["to"] },
        "then": { "properties": properties, "required": required },
    })
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};
    use std::path::Path;

    use super::*;
    use crate::config::SyncFile;

    /// The way to a table from the root: keys, `[]` for an item of a list.
    type Way = Vec<String>;

    /// All tables of a schema with their keys.
    fn tables(schema: &Value, way: &[String], found: &mut BTreeMap<Way, BTreeSet<String>>) {
        let with = |segment: &str| [way, &[segment.to_owned()]].concat();
        if let Some(properties) = schema["properties"].as_object() {
            found.insert(way.to_vec(), properties.keys().cloned().collect());
            for (name, property) in properties {
                tables(property, &with(name), found);
            }
        }
        if schema["items"].is_object() {
            tables(&schema["items"], &with("[]"), found);
        }
        if schema["additionalProperties"].is_object() {
            tables(&schema["additionalProperties"], &with("anything"), found);
        }
        for schema in schema["anyOf"].as_array().into_iter().flatten() {
            tables(schema, way, found);
        }
    }

    /// A text that has a key at the end of a way.
    fn text_with(way: &[String], key: &str) -> String {
        let inner = format!("{key} = 1979-05-27T07:32:00Z");
        let Some((first, rest)) = way.split_first() else { return inner };
        let value = rest.iter().rev().fold(format!("{{ {inner} }}"), |value, segment| match segment.as_str() {
            "[]" => format!("[{value}]"),
            name => format!("{{ {name} = {value} }}"),
        });
        format!("{first} = {value}")
    }

    fn messages(text: &str) -> Vec<String> {
        let found = SyncFile::parse(text, Path::new("sync.toml")).err();
        found.into_iter().flat_map(|error| error.problems().to_vec()).map(|problem| problem.message).collect()
    }

    #[test]
    fn the_schema_has_exactly_the_keys_that_the_reader_knows() {
        let mut found = BTreeMap::new();
        tables(&json_schema(), &[], &mut found);
        assert_eq!(found.len(), 16, "{found:#?}");
        for (way, keys) in found {
            let unknown = messages(&text_with(&way, "xyzzyxyzzy")).into_iter().find(|it| it.contains("xyzzyxyzzy"));
            let unknown = unknown.unwrap_or_default();
            let (_, known) = unknown.split_once("; the keys here are ").unwrap_or_default();
            let known: BTreeSet<String> = known.split('`').skip(1).step_by(2).map(str::to_owned).collect();
            assert_eq!(known, keys, "{way:?}: {unknown}");
            for key in keys {
                let messages = messages(&text_with(&way, &key));
                let is_of_type = |it: &String| {
                    it.contains(" is a date or a time; expected ") || it.contains(" is not a date; expected ")
                };
                assert!(messages.iter().any(is_of_type), "{key}: {messages:?}");
                assert!(messages.iter().all(|it| !it.contains("unknown key")), "{key}: {messages:?}");
            }
        }
    }

    #[test]
    fn a_flow_to_a_target_has_its_fields_and_sources() {
        let schema = json_schema();
        let conditions = schema["properties"]["flow"]["items"]["allOf"].as_array().cloned().unwrap_or_default();
        assert_eq!(conditions.len(), 4);
        let of = |to: &str| {
            let found = conditions.iter().find(|it| it["if"]["properties"]["to"]["const"] == to);
            found.map(|it| it["then"].clone()).unwrap_or_default()
        };
        let sessions = of("session-users");
        assert_eq!(sessions["properties"]["fields"]["required"], json!(["remoteId", "firstName", "lastName"]));
        assert_eq!(sessions["properties"]["restore"], false);
        assert_eq!(of("lms-users")["properties"]["fields"], false);
        let records = of("lms-external-training");
        assert_eq!(records["properties"]["from"]["enum"], json!(["session-completions"]));
        assert_eq!(records["required"], json!(["completions"]));
    }
}
