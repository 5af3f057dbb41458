//! Reads the contract out of a Swagger 2 or OpenAPI 3 document: of the vendor, or one of our specs.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use serde_json::Value;

use crate::drift::contract::{
    Body, Contract, Field, Key, Limit, Limits, Model, Operation, Parameter, ParameterKey, Permissions, Type, Values,
    one_line, operation_name,
};

/// Largest document in bytes. The vendor's has more than 20 MB.
const FILE: u64 = 256 << 20;
/// Longest chain of references that lead to references.
const HOPS: usize = 32;
/// The methods of a path item.
const METHODS: [&str; 7] = ["get", "post", "put", "patch", "delete", "head", "options"];

/// Whose document is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// One of our specs: what the house rules leave out is not known, and texts are our own.
    Spec,
    /// The vendor's.
    Source,
}

/// Reads a document of the vendor, JSON or YAML.
///
/// # Errors
/// A file that cannot be read, is too large, or is neither Swagger 2 nor OpenAPI 3.
pub fn load(path: &Path) -> Result<Value, String> {
    let file = path.display();
    let help = "give a Swagger 2 or OpenAPI 3 document, as JSON or YAML";
    let unreadable = |error: std::io::Error| format!("{file}: cannot be read: {error}; {help}");
    let mut bytes = Vec::new();
    let handle = File::open(path).map_err(unreadable)?;
    handle.take(FILE + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > FILE {
        return Err(format!("{file}: more than the limit of {FILE} bytes; {help}"));
    }
    let text = String::from_utf8(bytes).map_err(|_| format!("{file}: not UTF-8; {help}"))?;
    let text = text.trim_start_matches('\u{feff}');
    let root: Value = match text.trim_start().starts_with('{') {
        true => serde_json::from_str(text).map_err(|error| format!("{file}: not JSON: {error}; {help}"))?,
        false => serde_norway::from_str(text).map_err(|error| format!("{file}: not YAML: {error}; {help}"))?,
    };
    dialect(&root).map_err(|error| format!("{file}: {error}; {help}"))?;
    Ok(root)
}

/// The version that a document gives itself.
pub fn version(root: &Value) -> String {
    match &root["info"]["version"] {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Dialect {
    Swagger2,
    OpenApi3,
}

fn dialect(root: &Value) -> Result<Dialect, String> {
    let text = |key: &str| match &root[key] {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => String::new(),
    };
    let (swagger, openapi) = (text("swagger"), text("openapi"));
    if !root["paths"].is_object() {
        Err("it has no `paths`".to_owned())
    } else if swagger.starts_with('2') {
        Ok(Dialect::Swagger2)
    } else if openapi.starts_with("3.") {
        Ok(Dialect::OpenApi3)
    } else {
        Err("it states neither `swagger: '2.0'` nor `openapi: 3.x`".to_owned())
    }
}

/// Reads the operations that `wanted` asks for, and the models they reach.
///
/// # Errors
/// What is not as the format has it, with its place.
pub fn contract(root: &Value, side: Side, wanted: &dyn Fn(&Key) -> bool) -> Result<Contract, String> {
    let states =
        |keys: &[&str]| operations(root).any(|(_, _, _, operation)| keys.iter().any(|key| !operation[key].is_null()));
    let mut reader = Reader {
        root,
        side,
        dialect: dialect(root)?,
        has_permissions: states(&["x-inin-requires-permissions", "x-permissions"]),
        has_preview: side == Side::Spec || states(&["x-preview", "x-inin-preview"]),
        models: BTreeMap::new(),
        open: BTreeSet::new(),
    };
    let prefix = reader.prefix();
    let mut contract = Contract::default();
    for (path, item, method, operation) in operations(root) {
        let path = format!("{prefix}{path}");
        let key = Key::new(method, &path);
        if wanted(&key) {
            let place = format!("{} {path}", key.method);
            let read = reader.operation(&path, method, item, operation);
            contract.operations.insert(key, read.map_err(|error| format!("{place}: {error}"))?);
        }
    }
    while let Some(name) = reader.open.pop_first() {
        let schema = reader.schema(&name).ok_or_else(|| format!("no schema `{name}`"))?;
        let model = reader.model(schema, &name, true).map_err(|error| format!("schema `{name}`: {error}"))?;
        reader.models.insert(name, model);
    }
    contract.models = reader.models;
    contract.limits = match side {
        Side::Spec => Limit::KEYWORDS.into(),
        Side::Source => used(root),
    };
    Ok(contract)
}

/// The keywords of limits that a document uses. One that is nowhere in it is not known to it.
fn used(root: &Value) -> BTreeSet<&'static str> {
    let (mut found, mut open) = (BTreeSet::new(), vec![root]);
    while let Some(node) = open.pop() {
        match node {
            Value::Array(items) => open.extend(items),
            Value::Object(fields) => {
                // A property may be called as a keyword is, but is an object.
                let is_used = |keyword: &&str| fields.get(*keyword).is_some_and(|value| !value.is_object());
                found.extend(Limit::KEYWORDS.into_iter().filter(is_used));
                open.extend(fields.values());
            }
            _ => {}
        }
    }
    found
}

/// Path, path item, method and operation of everything below `paths`.
fn operations(root: &Value) -> impl Iterator<Item = (&str, &Value, &'static str, &Value)> {
    let items = root["paths"].as_object().into_iter().flatten();
    items.flat_map(|(path, item)| {
        METHODS.iter().filter_map(move |method| Some((path.as_str(), item, *method, item.get(*method)?)))
    })
}

struct Reader<'a> {
    root: &'a Value,
    side: Side,
    dialect: Dialect,
    has_permissions: bool,
    has_preview: bool,
    models: BTreeMap<String, Model>,
    open: BTreeSet<String>,
}

impl<'a> Reader<'a> {
    /// What precedes every path.
    fn prefix(&self) -> String {
        let base = match self.dialect {
            Dialect::Swagger2 => self.root["basePath"].as_str().unwrap_or_default(),
            Dialect::OpenApi3 => {
                let url = self.root["servers"][0]["url"].as_str().unwrap_or_default();
                match url.split_once("://") {
                    Some((_, rest)) => rest.find('/').map_or("", |start| &rest[start..]),
                    None => url,
                }
            }
        };
        base.trim_end_matches('/').to_owned()
    }

    /// Texts of the vendor are compared; ours are our own.
    fn text(&self, node: &Value) -> Option<String> {
        (self.side == Side::Source).then(|| one_line(node["description"].as_str().unwrap_or_default()))
    }

    fn deprecated(node: &Value) -> Option<bool> {
        Some(node["deprecated"] == true)
    }

    /// Follows a reference outside of schemas.
    fn follow(&self, node: &'a Value) -> Result<&'a Value, String> {
        let mut node = node;
        for _ in 0..HOPS {
            let Some(reference) = node["$ref"].as_str() else { return Ok(node) };
            node = self.target(reference)?;
        }
        Err("a reference that leads in a circle".to_owned())
    }

    fn target(&self, reference: &str) -> Result<&'a Value, String> {
        let pointer = reference
            .strip_prefix('#')
            .ok_or_else(|| format!("the reference `{reference}` leads out of the document; bundle it into one file"))?;
        self.root.pointer(pointer).ok_or_else(|| format!("the reference `{reference}` leads nowhere"))
    }

    fn schema(&self, name: &str) -> Option<&'a Value> {
        match self.dialect {
            Dialect::Swagger2 => self.root["definitions"].get(name),
            Dialect::OpenApi3 => self.root["components"]["schemas"].get(name),
        }
    }

    fn operation(&mut self, path: &str, method: &str, item: &'a Value, node: &'a Value) -> Result<Operation, String> {
        let mut operation = Operation::unknown(method, path);
        let id = node["x-purecloud-method-name"].as_str().or(node["operationId"].as_str());
        operation.name = id.map(operation_name);
        let context = id.map_or_else(|| operation.place(), str::to_owned);
        operation.deprecated = Self::deprecated(node);
        operation.preview = self.preview(node);
        operation.permissions = self.permissions(node)?;
        operation.scopes = self.scopes(node);
        operation.text = self.text(node);
        for list in [&item["parameters"], &node["parameters"]] {
            for parameter in list.as_array().into_iter().flatten() {
                let parameter = self.follow(parameter)?;
                self.parameter(parameter, &context, &mut operation)?;
            }
        }
        if !node["requestBody"].is_null() {
            let request = self.follow(&node["requestBody"])?;
            self.request_body(request, &context, &mut operation)?;
        }
        self.responses(&node["responses"], &context, &mut operation)?;
        Ok(operation)
    }

    fn preview(&self, node: &Value) -> Option<bool> {
        let marked = ["x-preview", "x-inin-preview"].iter().any(|key| node[*key] == true);
        let told = self.side == Side::Source
            && node["description"].as_str().is_some_and(|text| text.contains("is a preview method"));
        (self.has_preview || told).then_some(marked || told)
    }

    fn permissions(&self, node: &Value) -> Result<Option<Permissions>, String> {
        let key = ["x-permissions", "x-inin-requires-permissions"].into_iter().find(|key| !node[*key].is_null());
        let Some(key) = key else {
            // A spec says nothing about what it knows from metadata alone.
            let silent = self.side == Side::Spec && node["x-provenance"] == "vendor-metadata";
            let none = Permissions { all: false, names: BTreeSet::new() };
            return Ok((self.has_permissions && !silent).then_some(none));
        };
        let mode = node[key]["mode"].as_str().or(node[key]["type"].as_str()).unwrap_or("any");
        let all = match mode.to_ascii_lowercase().as_str() {
            "all" => true,
            "any" => false,
            _ => return Err(format!("`{mode}` in `{key}`: neither `any` nor `all`")),
        };
        Ok(Some(Permissions { all, names: texts(&node[key]["permissions"]) }))
    }

    fn scopes(&self, node: &Value) -> Option<BTreeSet<String>> {
        let mut scopes = texts(&node["x-oauth-scopes"]);
        if self.side == Side::Source {
            let alternatives = node["security"].as_array().into_iter().flatten();
            let schemes = alternatives.filter_map(Value::as_object).flat_map(|alternative| alternative.values());
            scopes.extend(schemes.flat_map(texts));
        }
        (!scopes.is_empty()).then_some(scopes)
    }

    fn parameter(&mut self, node: &'a Value, context: &str, operation: &mut Operation) -> Result<(), String> {
        let name = node["name"].as_str().ok_or("a parameter without a name")?;
        let location = match node["in"].as_str().ok_or_else(|| format!("the parameter `{name}` has no `in`"))? {
            "formData" => "form",
            other => other,
        };
        let hint = format!("{context} {name}");
        let required = node["required"] == true;
        if location == "body" {
            let kind = self.kind(&node["schema"], &hint, 0)?;
            let limits = self.limits(&node["schema"])?;
            operation.body = Some(Body { required, kind, limits, text: self.text(node) });
            return Ok(());
        }
        let schema = match (&node["schema"], node["content"].as_object().and_then(|content| content.values().next())) {
            (Value::Null, Some(content)) => &content["schema"],
            (Value::Null, None) => node,
            (schema, _) => schema,
        };
        let kind = self.kind(schema, &hint, 0)?;
        let default = self.default(schema);
        let key = ParameterKey { location: location.to_owned(), name: name.to_owned() };
        let limits = self.limits(schema)?;
        let parameter =
            Parameter { required, kind, default, limits, deprecated: Self::deprecated(node), text: self.text(node) };
        operation.parameters.insert(key, parameter);
        Ok(())
    }

    /// Our specs state a default only where sending it changes nothing, so that its absence says nothing.
    fn default(&self, schema: &Value) -> Option<Option<String>> {
        match (&schema["default"], self.side) {
            (Value::Null, Side::Spec) => None,
            (Value::Null, Side::Source) => Some(None),
            (value, _) => Some(Some(value.to_string())),
        }
    }

    /// The limits of a value and of the items of a list. Those of the fields of an object are with the fields.
    fn limits(&self, schema: &'a Value) -> Result<Limits, String> {
        let (mut limits, mut schema, mut depth) = (Limits::new(), schema, 0);
        for _ in 0..HOPS {
            if has_properties(schema) {
                return Ok(limits);
            }
            for keyword in Limit::KEYWORDS {
                if let Some(value) = limit(schema, keyword) {
                    limits.entry(Limit { depth, keyword }).or_insert(value);
                }
            }
            let only = ["allOf", "oneOf", "anyOf"].into_iter().find_map(|key| {
                let mut parts = schema[key].as_array()?.iter().filter(|part| part["type"] != "null");
                parts.next().filter(|_| parts.next().is_none())
            });
            schema = match (schema["$ref"].as_str(), only) {
                (Some(reference), _) => self.target(reference)?,
                (None, Some(only)) => only,
                (None, None) if schema["items"].is_object() => {
                    depth += 1;
                    &schema["items"]
                }
                (None, None) => return Ok(limits),
            };
        }
        Err("a schema that refers to itself without a property between".to_owned())
    }

    fn request_body(&mut self, node: &'a Value, context: &str, operation: &mut Operation) -> Result<(), String> {
        let Some((media_type, content)) = content(node) else { return Ok(()) };
        let form = ["application/x-www-form-urlencoded", "multipart/form-data"].contains(&media_type);
        let hint = format!("{context} body");
        if !form {
            let kind = self.kind(&content["schema"], &hint, 0)?;
            let limits = self.limits(&content["schema"])?;
            operation.body = Some(Body { required: node["required"] == true, kind, limits, text: self.text(node) });
            return Ok(());
        }
        let schema = self.follow(&content["schema"])?;
        let mut fields = Vec::new();
        self.properties(schema, &mut fields, &mut BTreeSet::new(), 0)?;
        let required = texts(&schema["required"]);
        for (name, schema) in fields {
            let kind = self.kind(schema, &format!("{hint} {name}"), 0)?;
            let parameter = Parameter {
                required: required.contains(name),
                kind,
                default: self.default(schema),
                limits: self.limits(schema)?,
                deprecated: Self::deprecated(schema),
                text: self.text(schema),
            };
            operation.parameters.insert(ParameterKey { location: "form".to_owned(), name: name.to_owned() }, parameter);
        }
        Ok(())
    }

    fn responses(&mut self, node: &'a Value, context: &str, operation: &mut Operation) -> Result<(), String> {
        let Some(responses) = node.as_object() else { return Ok(()) };
        let statuses = |success: bool| -> BTreeSet<String> {
            let is_status = |status: &&String| status.starts_with(|first: char| first.is_ascii_digit());
            responses.keys().filter(is_status).filter(|status| status.starts_with('2') == success).cloned().collect()
        };
        let (success, failures) = (statuses(true), statuses(false));
        operation.failures = (!failures.is_empty()).then_some(failures);

        let mut chosen = None;
        for status in &success {
            let response = self.follow(&responses[status])?;
            if self.response_schema(response).is_some() || chosen.is_none() {
                chosen = Some(response);
                if self.response_schema(response).is_some() {
                    break;
                }
            }
        }
        // In Swagger 2, `default` is what succeeds if nothing else does.
        if chosen.is_none() && self.dialect == Dialect::Swagger2 {
            chosen = responses.get("default").map(|response| self.follow(response)).transpose()?;
        }
        operation.success = (!success.is_empty()).then_some(success);
        if let Some(response) = chosen {
            let schema = self.response_schema(response);
            let kind = schema.map(|schema| self.kind(schema, &format!("{context} response"), 0)).transpose()?;
            operation.response = Some(kind);
        }
        Ok(())
    }

    fn response_schema(&self, response: &'a Value) -> Option<&'a Value> {
        match self.dialect {
            Dialect::Swagger2 => response.get("schema"),
            Dialect::OpenApi3 => content(response).map(|(_, content)| &content["schema"]),
        }
    }

    /// The type that a schema describes; `hint` names an object that is written in place.
    fn kind(&mut self, schema: &'a Value, hint: &str, hops: usize) -> Result<Type, String> {
        if hops > HOPS {
            return Err("a schema that refers to itself without a property between".to_owned());
        }
        if let Some(reference) = schema["$ref"].as_str() {
            let target = self.target(reference)?;
            let name = reference.rsplit('/').next().unwrap_or(reference).replace("~1", "/").replace("~0", "~");
            return if has_properties(target) && self.schema(&name).is_some() {
                if !self.models.contains_key(&name) {
                    self.open.insert(name.clone());
                }
                Ok(Type::Model(name))
            } else {
                self.kind(target, hint, hops + 1)
            };
        }
        match schema["allOf"].as_array().map(Vec::as_slice) {
            Some([only]) if !schema["properties"].is_object() => return self.kind(only, hint, hops + 1),
            Some([_, ..]) => return self.inline(schema, hint),
            _ => {}
        }
        for key in ["oneOf", "anyOf"] {
            let Some(choices) = schema[key].as_array() else { continue };
            let choices: Vec<&Value> = choices.iter().filter(|choice| choice["type"] != "null").collect();
            let mut names = BTreeSet::new();
            for (index, choice) in choices.iter().enumerate() {
                let kind = self.kind(choice, &format!("{hint} {}", index + 1), hops + 1)?;
                if choices.len() == 1 {
                    return Ok(kind);
                }
                names.insert(kind.to_string());
            }
            return Ok(Type::Other(format!("one of {}", names.into_iter().collect::<Vec<_>>().join(", "))));
        }
        let values = match schema["enum"].as_array() {
            Some(values) => Values::Listed(values.iter().filter(|value| !value.is_null()).map(plain).collect()),
            None => Values::Open,
        };
        let kinds: Vec<&str> = match &schema["type"] {
            Value::String(kind) => vec![kind],
            Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).filter(|kind| *kind != "null").collect(),
            _ => Vec::new(),
        };
        let format = schema["format"].as_str().unwrap_or_default();
        Ok(match (kinds.as_slice(), format) {
            (["string"], "date-time") => Type::DateTime,
            (["string"], "date") => Type::Date,
            (["string"], "binary") | (["file"], _) => Type::File,
            (["string"], _) => Type::Text(values),
            (["integer"], _) => Type::Integer,
            (["number"], _) => Type::Number,
            (["boolean"], _) => Type::Boolean,
            (["array"], _) => Type::List(Box::new(self.kind(&schema["items"], hint, hops + 1)?)),
            (["object"] | [], _) if has_properties(schema) => self.inline(schema, hint)?,
            (["object"] | [], _) if schema["additionalProperties"].is_object() => {
                Type::Map(Box::new(self.kind(&schema["additionalProperties"], hint, hops + 1)?))
            }
            ([], _) if schema["enum"].is_array() => Type::Text(values),
            (["object"] | [], _) => Type::Any,
            (several, _) => Type::Other(several.join(" or ")),
        })
    }

    /// An object that is written in place.
    fn inline(&mut self, schema: &'a Value, hint: &str) -> Result<Type, String> {
        if !self.models.contains_key(hint) {
            // Entered first, so that an object that contains itself comes to an end.
            self.models.insert(hint.to_owned(), Model::default());
            let model = self.model(schema, hint, false)?;
            self.models.insert(hint.to_owned(), model);
        }
        Ok(Type::Model(hint.to_owned()))
    }

    fn model(&mut self, schema: &'a Value, name: &str, named: bool) -> Result<Model, String> {
        let mut properties = Vec::new();
        let mut required = BTreeSet::new();
        self.properties(schema, &mut properties, &mut required, 0)?;
        let mut model = Model { named, ..Model::default() };
        for (field, schema) in properties {
            let kind = self.kind(schema, &format!("{name}.{field}"), 0)?;
            let read = Field {
                kind,
                required: Some(required.contains(field)),
                read_only: Some(schema["readOnly"] == true),
                default: self.default(schema),
                limits: self.limits(schema)?,
                deprecated: Self::deprecated(schema),
                text: self.text(schema),
            };
            model.fields.insert(field.to_owned(), read);
        }
        // The queue ends although models refer to each other, since a finished one is not queued again.
        self.open.remove(name);
        Ok(model)
    }

    /// The properties of a schema and of all it is composed of.
    fn properties(
        &self,
        schema: &'a Value,
        found: &mut Vec<(&'a str, &'a Value)>,
        required: &mut BTreeSet<String>,
        hops: usize,
    ) -> Result<(), String> {
        if hops > HOPS {
            return Err("an `allOf` that contains itself".to_owned());
        }
        let schema = self.follow(schema)?;
        for part in schema["allOf"].as_array().into_iter().flatten() {
            self.properties(part, found, required, hops + 1)?;
        }
        required.extend(texts(&schema["required"]));
        let properties = schema["properties"].as_object().into_iter().flatten();
        found.extend(properties.map(|(name, schema)| (name.as_str(), schema)));
        Ok(())
    }
}

/// A limit as text; `more than 0` and `less than 1` for a bound that is not part of the range.
fn limit(schema: &Value, keyword: &str) -> Option<String> {
    let exclusive = match keyword {
        "minimum" => Some(("exclusiveMinimum", "more than")),
        "maximum" => Some(("exclusiveMaximum", "less than")),
        _ => None,
    };
    match exclusive.map(|(other, words)| (&schema[other], words)) {
        // Since OpenAPI 3.1 it has the bound itself.
        Some((bound @ Value::Number(_), words)) => Some(format!("{words} {}", number(bound))),
        Some((Value::Bool(true), words)) if !schema[keyword].is_null() => {
            Some(format!("{words} {}", number(&schema[keyword])))
        }
        _ if schema[keyword].is_null() || schema[keyword].is_object() => None,
        _ => Some(number(&schema[keyword])),
    }
}

/// `1.0` and `1` are one number.
fn number(value: &Value) -> String {
    match value.as_f64() {
        Some(number) if !value.is_i64() && !value.is_u64() => number.to_string(),
        _ => plain(value),
    }
}

fn has_properties(schema: &Value) -> bool {
    let own = schema["properties"].as_object().is_some_and(|properties| !properties.is_empty());
    own || schema["allOf"].as_array().is_some_and(|parts| parts.len() > 1)
}

/// The JSON of a body or response, or else its first media type.
fn content(node: &Value) -> Option<(&str, &Value)> {
    let content = node["content"].as_object()?;
    let json = content.iter().find(|(media_type, _)| crate::model::is_json(media_type));
    json.or_else(|| content.iter().next()).map(|(media_type, content)| (media_type.as_str(), content))
}

fn texts(list: &Value) -> BTreeSet<String> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
