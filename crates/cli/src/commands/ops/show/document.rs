//! The document of an operation, for programs.

use rosterkit_core::catalog::OperationEntry;
use serde_json::{Value, json};

use super::{fields, kind, page};
use crate::api::Api;
use crate::commands::ops::example;

/// The document of an operation.
pub(super) fn of(api: Api, entry: &OperationEntry) -> Value {
    let parameters = entry.parameters.iter().map(|parameter| {
        json!({
            "name": parameter.name,
            "in": parameter.location.to_string(),
            "type": kind(parameter),
            "required": parameter.required,
            "values": parameter.values,
            "default": parameter.default.and_then(|default| serde_json::from_str::<Value>(default).ok()),
            "minimum": parameter.minimum,
            "maximum": parameter.maximum,
            "minItems": parameter.min_items,
            "maxItems": parameter.max_items,
            "description": parameter.description,
            "provenance": parameter.provenance.to_string(),
        })
    });
    let parameters: Vec<Value> = parameters.collect();
    json!({
        "api": api.catalog().api,
        "id": entry.operation.id,
        "method": entry.operation.method,
        "path": entry.operation.path,
        "group": entry.tag,
        "summary": entry.summary,
        "description": entry.description,
        "parameters": parameters,
        "body": entry.request.map(|request| json!({
            "required": request.required,
            "mediaType": request.media_type,
            "schema": request.schema,
            "array": request.array,
            "minItems": request.min_items,
            "maxItems": request.max_items,
            "requiredProperties": request.required_properties,
            "readOnlyProperties": request.read_only,
            "jsonSchema": api.body_schema(entry.operation.id).map(fields::json_schema),
        })),
        "response": {
            "status": entry.response.status,
            "mediaTypes": entry.response.media_types,
            "schema": entry.response.schema,
            "array": entry.response.array,
        },
        "permissions": entry.permissions.map(|needed| json!({
            "mode": needed.mode.to_string(),
            "permissions": needed.permissions,
        })),
        "scopes": entry.scopes,
        "representations": entry.representations.map(|chosen| chosen.media.iter().map(|(value, _)| *value).collect::<Vec<_>>()),
        "paging": entry.paging.map(|paging| page::pages(&paging)),
        "maxItemsPerRequest": entry.batch.and_then(|batch| batch.max),
        "security": entry.operation.security,
        "safeToRepeat": entry.operation.is_safe_to_repeat(),
        "idempotent": entry.idempotent.map(|conditions| json!({
            "given": conditions.given,
            "codes": conditions.codes.iter().map(|(column, codes)| (column.to_string(), json!(codes))).collect::<Value>(),
        })),
        "deprecated": entry.deprecated,
        "preview": entry.preview,
        "provenance": entry.provenance.to_string(),
        "superseded": entry.superseded.iter().map(|it| json!({
            "fact": it.fact,
            "source": it.source,
            "date": it.date,
        })).collect::<Vec<_>>(),
        "example": example::command(api, entry),
    })
}
