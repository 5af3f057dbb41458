//! The catalog tells what the spec says. The spec is read as plain YAML here, past the generator's own model of it.

use std::collections::BTreeMap;
use std::path::PathBuf;

use rosterkit_codegen::load::load;
use rosterkit_core::catalog::{CsvEntry, Kind, OperationEntry, PagingEntry, Provenance};
use serde_json::{Value, json};

use crate::json_diff::json_diff;
use crate::report::Report;
use crate::target::Target;

/// Compares every operation; the sets of ids must be equal.
pub fn matches_the_spec<S: Target>() -> usize {
    let spec = spec(S::API);
    let mut report = Report::new(S::API);
    let mut operations = operations(&spec);
    for entry in S::catalog().operations {
        let id = entry.operation.id;
        let problems = match operations.remove(id) {
            None => vec!["is not in the spec".to_owned()],
            Some(expected) => problems(S::API, &expected, entry),
        };
        report.case(id, "catalog", problems);
    }
    for id in operations.keys() {
        report.case(id, "catalog", ["is missing".to_owned()]);
    }
    let ids: Vec<&str> = S::catalog().operations.iter().map(|entry| entry.operation.id).collect();
    let is_found = |id: &&str| S::catalog().find(id).is_some_and(|entry| entry.operation.id == *id);
    report.case(
        "all",
        "order",
        (!ids.is_sorted() || !ids.iter().all(is_found)).then(|| "is not sorted by id".to_owned()),
    );
    report.finish() - 1
}

/// Compares the permissions of each operation that names some.
pub fn permissions<S: Target>() -> usize {
    keyword::<S>("x-permissions", |entry| {
        entry
            .permissions
            .map_or(Value::Null, |it| json!({ "mode": it.mode.to_string(), "permissions": it.permissions }))
    })
}

/// Compares the OAuth scopes of each operation that names some.
pub fn scopes<S: Target>() -> usize {
    keyword::<S>("x-oauth-scopes", |entry| json!(entry.scopes))
}

/// Compares what older documents say of each operation that a newer one corrects.
pub fn superseded<S: Target>() -> usize {
    keyword::<S>("x-superseded", |entry| {
        entry
            .superseded
            .iter()
            .map(|it| json!({ "fact": it.fact, "source": it.source, "date": it.date }))
            .collect::<Value>()
    })
}

/// Compares a keyword of each operation that has it with what the catalog says.
fn keyword<S: Target>(name: &str, described: impl Fn(&OperationEntry) -> Value) -> usize {
    let spec = spec(S::API);
    let mut report = Report::new(S::API);
    for operation in written(&spec).filter(|operation| !operation[name].is_null()) {
        let id = text(&operation["operationId"]);
        let found = S::catalog().find(&id).map_or(Value::Null, &described);
        report.case(&id, name, json_diff(&operation[name], &found));
    }
    report.finish()
}

/// Compares the provenance of each operation that only newer pages of the vendor describe.
pub fn vendor_pages<S: Target>() -> usize {
    let spec = spec(S::API);
    let mut report = Report::new(S::API);
    for operation in written(&spec).filter(|operation| operation["x-provenance"] == "vendor-pages") {
        let id = text(&operation["operationId"]);
        let found = S::catalog().find(&id).map(|entry| entry.provenance);
        let differs = (found != Some(Provenance::VendorPages)).then(|| format!("is {found:?}"));
        report.case(&id, "provenance", differs);
    }
    report.finish()
}

fn problems(api: &str, expected: &Value, entry: &OperationEntry) -> Vec<String> {
    let mut problems: Vec<String> = json_diff(expected, &described(entry)).into_iter().collect();
    if entry.operation.api != api {
        problems.push(format!("belongs to `{}`", entry.operation.api));
    }
    problems
}

/// A spec as plain JSON.
fn spec(name: &str) -> Value {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../spec").join(name).with_extension("yaml");
    load(&path).unwrap_or_else(|problems| panic!("{name}: {problems:?}")).root
}

/// What a catalog entry says, in the form of [`expected`].
fn described(entry: &OperationEntry) -> Value {
    let parameters = entry.parameters.iter().map(|it| {
        let facts = json!({
            "location": it.location.to_string(),
            "required": it.required,
            "repeated": it.repeated,
            "kind": kind(it.kind),
            "values": it.values,
            "default": it.default.map(|text| serde_json::from_str::<Value>(text).unwrap_or(json!("no JSON"))),
            "limits": [it.minimum.map(Value::from), it.maximum.map(Value::from), it.min_items.map(Value::from), it.max_items.map(Value::from)],
            "provenance": it.provenance.to_string(),
        });
        (it.name.to_owned(), facts)
    });
    let mut media: Vec<&str> = entry.response.media_types.to_vec();
    media.sort_unstable();
    json!({
        "method": entry.operation.method,
        "path": entry.operation.path,
        "security": entry.operation.security,
        "safe": entry.operation.repeatable,
        "has error": entry.operation.service_error.is_some(),
        "tag": entry.tag,
        "summary": entry.summary,
        "deprecated": entry.deprecated,
        "preview": entry.preview,
        "provenance": entry.provenance.to_string(),
        "permissions": entry.permissions.map(|it| json!([it.mode.to_string(), it.permissions])),
        "scopes": entry.scopes,
        "superseded": entry.superseded.iter().map(|it| json!([it.fact, it.source, it.date])).collect::<Value>(),
        "paging": entry.paging.map(paging),
        "idempotent": entry.idempotent.map(|it| json!([it.given, it.codes])),
        "batch": entry.batch.map(|it| json!([it.items, it.max])),
        "representations": entry.representations.map(|it| json!([it.parameter, it.media.iter().copied().collect::<BTreeMap<_, _>>()])),
        "csv": entry.csv.map(csv),
        "request": entry.request.map(|it| {
            json!([it.media_type, it.required, it.schema, it.array, it.max_items, it.required_properties, it.read_only])
        }),
        "response": [json!(entry.response.status), json!(media), json!(entry.response.schema), json!(entry.response.array)],
        "parameters": parameters.collect::<serde_json::Map<_, _>>(),
    })
}

fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::String => "string",
        Kind::Integer => "integer",
        Kind::Number => "number",
        Kind::Boolean => "boolean",
        Kind::Date => "date",
        Kind::DateTime => "date-time",
        Kind::File => "binary",
        Kind::Object => "object",
    }
}

fn paging(paging: PagingEntry) -> Value {
    match paging {
        PagingEntry::Page { in_body, page, size, first, items, next, page_count, total } => {
            json!(["page", in_body, page, size, first, items, next, page_count, total])
        }
        PagingEntry::Cursor { parameter, cursor, items, size } => json!(["cursor", parameter, cursor, items, size]),
        PagingEntry::After { after, before, next, items, size } => json!(["after", after, before, next, items, size]),
    }
}

/// The operations as the spec writes them.
fn written(spec: &Value) -> impl Iterator<Item = &Value> {
    let items = members(&spec["paths"]).flat_map(|(_, item)| members(item));
    items.map(|(_, operation)| operation).filter(|operation| operation["operationId"].is_string())
}

/// What the spec says of each operation.
fn operations(spec: &Value) -> BTreeMap<String, Value> {
    let mut found = BTreeMap::new();
    for (path, item) in members(&spec["paths"]) {
        for (method, operation) in
            members(item).filter(|(name, _)| ["get", "post", "put", "patch", "delete"].contains(&name.as_str()))
        {
            let id = operation["operationId"].as_str().unwrap_or_default().to_owned();
            found.insert(id, expected(spec, path, method, item, operation));
        }
    }
    found
}

fn expected(spec: &Value, path: &str, method: &str, item: &Value, operation: &Value) -> Value {
    let provenance = &operation["x-provenance"];
    let mut parameters = serde_json::Map::new();
    for parameter in elements(&item["parameters"]).chain(elements(&operation["parameters"])) {
        let parameter = followed(spec, parameter);
        let is_required = parameter["required"] == true;
        let facts = facts(
            spec,
            &parameter["in"],
            is_required,
            &parameter["schema"],
            either(&parameter["x-provenance"], provenance),
        );
        parameters.insert(text(&parameter["name"]), facts);
    }
    let is_required = operation["requestBody"]["required"] == true;
    let request = members(&operation["requestBody"]["content"]).next().map(|(media_type, content)| {
        let location = match media_type.as_str() {
            "application/x-www-form-urlencoded" => "form",
            "multipart/form-data" => "multipart",
            _ => {
                let (schema, is_array) = body(&content["schema"]);
                let item = if is_array { &content["schema"]["items"] } else { &content["schema"] };
                let (required, read_only) = properties(followed(spec, item));
                let most = &content["schema"]["maxItems"];
                return json!([media_type, is_required, schema, is_array, most, required, read_only]);
            }
        };
        let form = followed(spec, &content["schema"]);
        for (name, property) in members(&form["properties"]) {
            let is_required = elements(&form["required"]).any(|required| required == name);
            let provenance = either(&property["x-provenance"], provenance);
            parameters.insert(name.clone(), facts(spec, &json!(location), is_required, property, provenance));
        }
        json!([media_type, is_required, null, false, null, [], []])
    });
    let (status, response) =
        members(&operation["responses"]).find(|(status, _)| status.starts_with('2')).expect("a success");
    let response = followed(spec, response);
    let media: Vec<&String> = members(&response["content"]).map(|(media_type, _)| media_type).collect();
    let schema = members(&response["content"])
        .find(|(media_type, _)| media_type.contains("json"))
        .map(|(_, content)| &content["schema"]);
    let (schema, is_array) = schema.map_or((Value::Null, false), body);
    let error = followed(spec, &operation["responses"]["default"]);
    let security = if operation["security"].is_null() { &spec["security"] } else { &operation["security"] };
    let schemes = |alternative: &Value| members(alternative).map(|(scheme, _)| json!(scheme)).collect::<Value>();
    let permissions = &operation["x-permissions"];
    let batch = &operation["x-batch"];
    let representations = &operation["x-representations"];
    let idempotent = &operation["x-idempotent"];
    json!({
        "method": method.to_uppercase(),
        "path": path,
        "security": elements(security).map(schemes).collect::<Value>(),
        "safe": operation["x-safe"] == true,
        "has error": !error["content"]["application/json"].is_null(),
        "tag": operation["tags"][0],
        "summary": operation["summary"],
        "deprecated": operation["deprecated"] == true,
        "preview": operation["x-preview"] == true,
        "idempotent": present(idempotent, json!([
            elements(&idempotent["given"]).cloned().collect::<Value>(),
            members(&idempotent["when"]).map(|(column, codes)| json!([column, codes])).collect::<Value>(),
        ])),
        "provenance": provenance,
        "permissions": present(permissions, json!([permissions["mode"], permissions["permissions"]])),
        "scopes": either(&operation["x-oauth-scopes"], &json!([])),
        "superseded": elements(&operation["x-superseded"])
            .map(|it| json!([it["fact"], it["source"], it["date"]]))
            .collect::<Value>(),
        "paging": present(&operation["x-paging"], expected_paging(&operation["x-paging"])),
        "batch": present(batch, json!([batch["items"], batch["max"]])),
        "representations": present(representations, json!([representations["parameter"], representations["media"]])),
        "csv": present(&operation["x-csv"], expected_csv(&operation["x-csv"])),
        "request": request,
        "response": [json!(status.parse::<u16>().ok()), json!(media), schema, json!(is_array)],
        "parameters": parameters,
    })
}

/// The required and the read-only properties of a body's object, each sorted by name.
fn properties(object: &Value) -> (Value, Value) {
    let mut required: Vec<&Value> = elements(&object["required"]).collect();
    required.sort_by_key(|name| name.as_str());
    let read_only = members(&object["properties"]).filter(|(_, property)| property["readOnly"] == true);
    let mut read_only: Vec<&String> = read_only.map(|(name, _)| name).collect();
    read_only.sort_unstable();
    (json!(required), json!(read_only))
}

fn csv(csv: CsvEntry) -> Value {
    let columns = csv
        .columns
        .iter()
        .map(|it| json!([it.name, it.kind, it.description, it.max_length, it.default, it.codes, it.open]));
    let required = csv.required.iter().map(|it| json!([it.columns, it.when, it.unless]));
    json!([columns.collect::<Value>(), csv.keys, required.collect::<Value>()])
}

fn expected_csv(csv: &Value) -> Value {
    let columns = elements(&csv["columns"]).map(|it| {
        let codes = elements(&it["codes"]).map(|code| json!([code["code"], code["description"]]));
        let description = it["description"].as_str().unwrap_or_default().split_whitespace().collect::<Vec<_>>();
        let (codes, is_open) = (codes.collect::<Value>(), it["open"] == true);
        json!([it["name"], it["type"], description.join(" "), it["maxLength"], it["default"], codes, is_open])
    });
    let required = elements(&csv["required"]).map(|it| {
        let when = members(&it["when"]).next().map(|(column, codes)| json!([column, codes]));
        json!([it["columns"], when, it["unless"]])
    });
    json!([columns.collect::<Value>(), csv["keys"], required.collect::<Value>()])
}

fn expected_paging(paging: &Value) -> Value {
    let size = &paging["sizeParameter"];
    match paging["style"].as_str() {
        Some("page") => json!([
            "page",
            paging["in"] == "body",
            paging["pageParameter"],
            size,
            either(&paging["firstPage"], &json!(1)),
            paging["items"],
            paging["next"],
            paging["pageCount"],
            paging["total"]
        ]),
        Some("cursor") => json!(["cursor", paging["cursorParameter"], paging["cursor"], paging["items"], size]),
        _ => {
            json!(["after", paging["afterParameter"], paging["beforeParameter"], paging["next"], paging["items"], size])
        }
    }
}

fn facts(spec: &Value, location: &Value, is_required: bool, schema: &Value, provenance: &Value) -> Value {
    let outer = followed(spec, schema);
    let inner = if outer["type"] == "array" { followed(spec, &outer["items"]) } else { outer };
    let kind = match inner["format"].as_str() {
        Some(format @ ("date" | "date-time" | "binary")) => json!(format),
        _ => inner["type"].clone(),
    };
    json!({
        "location": location,
        "required": is_required,
        "repeated": outer["type"] == "array",
        "kind": kind,
        "values": either(&inner["enum"], &json!([])),
        "default": either(&schema["default"], &outer["default"]),
        "limits": [outer["minimum"], outer["maximum"], outer["minItems"], outer["maxItems"]],
        "provenance": provenance,
    })
}

/// The component that a body's schema refers to, and whether the body is an array of it.
fn body(schema: &Value) -> (Value, bool) {
    let is_array = schema["type"] == "array";
    let named = if is_array { &schema["items"] } else { schema };
    let name = named["$ref"].as_str().and_then(|reference| reference.rsplit('/').next());
    (json!(name), is_array)
}

/// Follows `$ref` and the single `allOf`.
fn followed<'a>(spec: &'a Value, value: &'a Value) -> &'a Value {
    let reference = either(&value["$ref"], &value["allOf"][0]["$ref"]);
    match reference.as_str().and_then(|reference| spec.pointer(reference.trim_start_matches('#'))) {
        Some(target) => followed(spec, target),
        None => value,
    }
}

fn either<'a>(first: &'a Value, second: &'a Value) -> &'a Value {
    if first.is_null() { second } else { first }
}

fn present(value: &Value, described: Value) -> Value {
    if value.is_null() { Value::Null } else { described }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn members(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

fn elements(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}
