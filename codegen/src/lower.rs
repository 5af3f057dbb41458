//! Lowers a spec to what progenitor can express.
//!
//! Every parameter, form field, part and body becomes a plain parameter of the lowered operation, so that progenitor
//! writes one setter for each, whatever its media type; `adapt` then sends each where the spec says. Responses keep only
//! their JSON schema. Schemas lose what makes decoding strict, and gain `x-rust-type` where another type serves better:
//!
//! - `date-time`, `date`, `decimal`, `password` and `binary` become types of `rosterkit_core`;
//! - every property is optional, whatever `required` says, but an array of at least one item in an object that requests
//!   alone hold: a response may omit anything, and `emit::required` writes what is checked of a request;
//! - optional arrays and maps become nullable, so that absent, `null` and empty stay apart;
//! - an optional property that is an object is always boxed, so that callers know its type and large types stay small;
//! - properties of a `PATCH` body become `Patch<T>`, in a copy named `…Patch` when the object is used elsewhere too.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use crate::model::{Api, ApiOperation, reach};
use crate::rustdoc;
use crate::spec::Schema;

/// A spec that progenitor can take, and what `adapt` has to know about it.
#[derive(Debug)]
pub struct Lowered {
    /// The lowered OpenAPI document.
    pub document: Value,
    /// `PATCH` bodies: component name to the name of its patch type.
    pub patches: BTreeMap<String, String>,
}

/// Lowers a spec. The error says which two names collide.
pub fn lower(api: &Api) -> Result<Lowered, String> {
    let patches = patch_bodies(api)?;
    let lowering = Lowering { api, patches: &patches };

    let mut schemas = Map::new();
    for (name, schema) in &api.spec.components.schemas {
        if patches.get(name) == Some(name) {
            schemas.insert(name.clone(), lowering.patch(schema));
            continue;
        }
        if let Some(patch) = patches.get(name) {
            schemas.insert(patch.clone(), lowering.patch(schema));
        }
        if !is_form(api, name) {
            schemas.insert(name.clone(), lowering.component(schema));
        }
    }

    let mut paths = Map::new();
    for operation in &api.operations {
        let item = paths.entry(operation.path.clone()).or_insert_with(|| json!({}));
        item[operation.method.to_ascii_lowercase()] = lowering.operation(operation);
    }

    let document = json!({
        "openapi": "3.0.3",
        "info": { "title": api.spec.info.title, "version": api.spec.info.version },
        "paths": paths,
        "components": { "schemas": schemas },
    });
    Ok(Lowered { document, patches })
}

/// Whether a component is only the shape of a form or multipart body, whose fields become parameters.
fn is_form(api: &Api, name: &str) -> bool {
    api.spec.paths.values().flat_map(|item| item.operations()).any(|(_, operation)| {
        operation.request_body.iter().flat_map(|body| &body.content).any(|(media_type, content)| {
            matches!(media_type.as_str(), "application/x-www-form-urlencoded" | "multipart/form-data")
                && content.schema.target() == Some(name)
        })
    })
}

/// Which components become patch types, and under which name.
fn patch_bodies(api: &Api) -> Result<BTreeMap<String, String>, String> {
    let mut used = BTreeSet::new();
    for operation in &api.operations {
        for content in operation.response.content.values() {
            reach(&api.spec, &content.schema, &mut used);
        }
        if let (Some(body), true) = (&operation.body, operation.method != "PATCH") {
            reach(&api.spec, &body.schema, &mut used);
        }
    }
    for schema in api.spec.components.schemas.values() {
        for property in schema.properties.values() {
            reach(&api.spec, property, &mut used);
        }
    }
    let mut patches = BTreeMap::new();
    for operation in api.operations.iter().filter(|operation| operation.method == "PATCH") {
        let Some(body) = operation.body.as_ref().filter(|body| body.is_json()) else { continue };
        let items = body.schema.items.as_deref().and_then(Schema::target);
        let Some(name) = body.schema.target().or(items).map(str::to_owned) else { continue };
        if !api.schema(&name).is_some_and(Schema::is_struct) {
            continue;
        }
        if !used.contains(&name) {
            patches.insert(name.clone(), name);
            continue;
        }
        let patch = format!("{name}Patch");
        if api.schema(&patch).is_some() {
            return Err(format!(
                "schema `{name}` needs a patch type named `{patch}`, which is the name of another schema; rename that one"
            ));
        }
        patches.insert(name, patch);
    }
    Ok(patches)
}

/// The components that JSON responses are made of, those of errors too.
pub(crate) fn read_from_json(api: &Api) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for operation in &api.operations {
        if let Some(schema) = operation.response.json() {
            reach(&api.spec, schema, &mut found);
        }
        if let Some(name) = &operation.error {
            let reference = Some(format!("#/components/schemas/{name}"));
            reach(&api.spec, &Schema { reference, ..Schema::default() }, &mut found);
        }
    }
    found
}

struct Lowering<'a> {
    api: &'a Api,
    patches: &'a BTreeMap<String, String>,
}

impl Lowering<'_> {
    fn operation(&self, operation: &ApiOperation) -> Value {
        let selector = operation.representations.as_ref().map(|chosen| chosen.parameter.as_str());
        let mut parameters = Vec::new();
        for parameter in &operation.parameters {
            if Some(parameter.name.as_str()) == selector {
                continue;
            }
            let location = if parameter.location == crate::model::Location::Path { "path" } else { "query" };
            parameters.push(json!({
                "name": parameter.name,
                "in": location,
                "required": parameter.required,
                "schema": self.value(&parameter.schema),
            }));
        }
        if let Some(body) = &operation.body {
            let schema = match (body.is_json(), self.body(operation, &body.schema)) {
                (false, _) => rust_type("rosterkit_core::Body", None),
                // progenitor stops at an optional parameter that is an object; in a box it is a type like any other.
                (true, schema) if !body.required && schema.get("$ref").is_some() => {
                    rust_type("std::boxed::Box", Some(schema))
                }
                (true, schema) => schema,
            };
            parameters.push(json!({ "name": "body", "in": "query", "required": body.required, "schema": schema }));
        }
        let response = match operation.response.json() {
            Some(schema) => json!({
                "description": "",
                "content": { "application/json": { "schema": self.value(schema) } },
            }),
            None => json!({ "description": "" }),
        };
        json!({ "operationId": operation.id, "parameters": parameters, "responses": { "200": response } })
    }

    /// A JSON body's type: the patch type where there is one.
    fn body(&self, operation: &ApiOperation, schema: &Schema) -> Value {
        let patch = |name: &str| (operation.method == "PATCH").then(|| self.patches.get(name)).flatten();
        match (schema.target().and_then(patch), &schema.items) {
            (Some(name), _) => reference(name),
            (None, Some(items)) => match items.target().and_then(patch) {
                Some(name) => json!({ "type": "array", "items": reference(name) }),
                None => self.value(schema),
            },
            _ => self.value(schema),
        }
    }

    /// A component: an enumeration, an object with properties, or an alias.
    fn component(&self, schema: &Schema) -> Value {
        if schema.is_enum() {
            return json!({ "type": "string", "enum": schema.values });
        }
        if !schema.is_struct() {
            return described(self.value(schema), &schema.description);
        }
        self.object(schema, |name, property| self.property(property, schema.has_always(name)))
    }

    fn patch(&self, schema: &Schema) -> Value {
        self.object(schema, |name, property| {
            if schema.has_always(name) {
                self.property(property, true)
            } else {
                described(rust_type("rosterkit_core::Patch", Some(self.value(property))), &property.description)
            }
        })
    }

    fn object(&self, schema: &Schema, property: impl Fn(&String, &Schema) -> Value) -> Value {
        let properties: Map<String, Value> =
            schema.properties.iter().map(|(name, schema)| (name.clone(), property(name, schema))).collect();
        let mut object = json!({ "type": "object", "properties": properties });
        let required: Vec<&String> = schema.properties.keys().filter(|name| schema.has_always(name)).collect();
        if !required.is_empty() {
            object["required"] = json!(required);
        }
        described(object, &schema.description)
    }

    fn property(&self, schema: &Schema, required: bool) -> Value {
        let mut value = match schema.target() {
            Some(name) if !required && self.api.schema(name).is_some_and(Schema::is_struct) => {
                rust_type("std::boxed::Box", Some(reference(name)))
            }
            _ => self.value(schema),
        };
        if !required && value.get("$ref").is_none() && value.get("x-rust-type").is_none() {
            value["nullable"] = json!(true);
        }
        described(value, &schema.description)
    }

    /// A schema without validation, defaults or descriptions.
    fn value(&self, schema: &Schema) -> Value {
        if let Some(name) = schema.target() {
            return reference(name);
        }
        match (schema.kind.as_deref(), schema.format.as_deref()) {
            (Some("string"), Some("date-time")) => rust_type("rosterkit_core::Timestamp", None),
            (Some("string"), Some("date")) => rust_type("rosterkit_core::Date", None),
            (Some("string"), Some("decimal")) => rust_type("rosterkit_core::Decimal", None),
            (Some("string"), Some("password")) => rust_type("rosterkit_core::SecretText", None),
            (Some("string"), Some("binary")) => rust_type("rosterkit_core::FilePart", None),
            (Some("string"), _) => json!({ "type": "string" }),
            (Some("integer"), _) => json!({ "type": "integer", "format": "int64" }),
            (Some("number"), _) => json!({ "type": "number", "format": "double" }),
            (Some("boolean"), _) => json!({ "type": "boolean" }),
            (Some("array"), _) => {
                let items = schema.items.as_ref().map_or_else(|| json!({}), |items| self.value(items));
                json!({ "type": "array", "items": items })
            }
            (Some("object"), _) => match self.api.map_values(schema) {
                Some(values) => json!({ "type": "object", "additionalProperties": self.value(values) }),
                None => json!({ "type": "object", "additionalProperties": true }),
            },
            _ => json!({}),
        }
    }
}

fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

fn rust_type(path: &str, parameter: Option<Value>) -> Value {
    let krate = path.split("::").next().unwrap_or_default();
    let parameters: Vec<Value> = parameter.into_iter().collect();
    json!({ "x-rust-type": { "crate": krate, "version": "*", "path": path, "parameters": parameters } })
}

/// Adds a description; a bare reference is wrapped, since nothing may stand beside `$ref`.
fn described(value: Value, description: &str) -> Value {
    if description.is_empty() {
        return value;
    }
    let description = rustdoc::escape(description);
    match value.get("$ref") {
        Some(_) => json!({ "allOf": [value], "description": description }),
        None => {
            let mut value = value;
            value["description"] = json!(description);
            value
        }
    }
}
