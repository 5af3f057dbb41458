use std::collections::BTreeMap;

use super::*;
use crate::model::{ApiBody, ApiOperation};
use crate::spec::Spec;

/// An API with these component schemas and no operation.
fn api(schemas: Value) -> Api {
    let document = json!({
        "openapi": "3.0.3",
        "info": { "title": "Test", "version": "1" },
        "paths": {},
        "components": { "schemas": schemas },
    });
    let spec: Spec = serde_json::from_value(document).expect("a spec");
    Api::new("test", spec).expect("a spec that resolves")
}

fn people() -> Api {
    let reference = |name: &str| json!({ "$ref": format!("#/components/schemas/{name}") });
    let described = |name: &str| json!({ "allOf": [reference(name)], "description": "Some text." });
    api(json!({
        "State": { "type": "string", "enum": ["active", "inactive"] },
        "Person": {
            "type": "object",
            "required": ["id", "address", "rank"],
            "properties": {
                "id": { "type": "string" },
                "rank": { "type": "integer", "format": "int64", "nullable": true },
                "address": reference("Address"),
                "state": described("State"),
                "manager": reference("Person"),
                "reports": { "type": "array", "items": reference("Person") },
                "byName": { "type": "object", "additionalProperties": reference("Person") },
                "tags": { "type": "array", "items": { "type": "string" } },
                "counts": { "type": "object", "additionalProperties": { "type": "integer" } },
                "born": { "type": "string", "format": "date" },
                "anything": {},
            },
        },
        "Address": {
            "type": "object",
            "required": ["lines"],
            "additionalProperties": true,
            "properties": {
                "lines": { "type": "array", "minItems": 3, "items": { "type": "string" } },
                "owner": reference("Person"),
                "zip": { "type": "string", "maxLength": 3 },
            },
        },
        "Endless": { "type": "object", "required": ["inner"], "properties": { "inner": reference("Endless") } },
        "Amount": { "type": "integer", "format": "int64", "minimum": 1, "maximum": 5 },
    }))
}

fn of(api: &Api, name: &str, variant: Variant) -> Value {
    body_example(api, api.schema(name).expect("a component"), variant)
}

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().expect("an object").keys().map(String::as_str).collect()
}

fn reference(name: &str) -> Schema {
    Schema { reference: Some(format!("#/components/schemas/{name}")), ..Schema::default() }
}

/// A person in a request.
fn person(variant: Variant) -> Value {
    body_example(&people(), &reference("Person"), variant)
}

#[test]
fn full_fills_every_property_but_those_that_would_recur() {
    let full = person(Variant::Full);
    assert_eq!(keys(&full), ["address", "anything", "born", "counts", "id", "rank", "state", "tags"]);
    assert_eq!(keys(&full["address"]), ["lines", EXTRA_PROPERTY, "zip"], "`owner` would contain a person again");
    assert_eq!(full["address"]["lines"].as_array().map(Vec::len), Some(3), "at least as many as required");
    assert_eq!(full["tags"].as_array().map(Vec::len), Some(2));
    assert_eq!(full["counts"].as_object().map(Map::len), Some(2));
    assert!(full["state"] == "active" || full["state"] == "inactive");
    assert!(full["address"]["zip"].as_str().expect("text").chars().count() <= 3);
}

#[test]
fn minimal_has_required_properties_only() {
    let minimal = person(Variant::Minimal);
    assert_eq!(keys(&minimal), ["address", "id"], "`rank` may be null, which its type cannot tell from nothing");
    assert_eq!(keys(&minimal["address"]), ["lines"]);
    assert_eq!(minimal["address"]["lines"].as_array().map(Vec::len), Some(3));
}

/// An operation that reads and writes a team, whose lead is a person; only the request has an invitation.
fn teams() -> Api {
    let body = |name: &str| json!({ "content": { "application/json": { "schema": { "$ref": format!("#/components/schemas/{name}") } } } });
    let described = |name: &str| {
        let mut response = body(name);
        response["description"] = json!("Text.");
        response
    };
    let put = json!({
        "operationId": "putTeam",
        "x-provenance": "documented",
        "requestBody": body("Team"),
        "responses": { "200": described("Team") },
    });
    let post = json!({
        "operationId": "postInvitation",
        "x-provenance": "documented",
        "requestBody": body("Invitation"),
        "responses": { "204": { "description": "Text." } },
    });
    let document = json!({
        "openapi": "3.0.3",
        "info": { "title": "Test", "version": "1" },
        "paths": { "/team": { "put": put, "post": post } },
        "components": { "schemas": {
            "Team": {
                "type": "object",
                "required": ["name", "members"],
                "properties": {
                    "name": { "type": "string" },
                    "members": { "type": "array", "minItems": 1, "items": { "$ref": "#/components/schemas/Person" } },
                },
            },
            "Person": { "type": "object", "required": ["id"], "properties": { "id": { "type": "string" } } },
            "Invitation": {
                "type": "object",
                "required": ["team", "guests"],
                "properties": {
                    "team": { "$ref": "#/components/schemas/Team" },
                    "guests": { "type": "array", "minItems": 1, "items": { "$ref": "#/components/schemas/Guest" } },
                },
            },
            "Guest": { "type": "object", "required": ["name"], "properties": { "name": { "type": "string" } } },
        } },
    });
    let spec: Spec = serde_json::from_value(document).expect("a spec");
    Api::new("test", spec).expect("a spec that resolves")
}

#[test]
fn a_response_requires_nothing() {
    for (name, expected) in [("Team", json!({})), ("Person", json!({}))] {
        assert_eq!(example(&teams(), &reference(name), Variant::Minimal), expected, "{name}");
    }
}

#[test]
fn what_a_response_can_hold_is_required_of_the_body_itself_only() {
    let api = teams();
    let team = body_example(&api, &reference("Team"), Variant::Minimal);
    assert_eq!(keys(&team), ["members", "name"]);
    assert_eq!(team["members"], json!([{}]), "a person is named by any of its properties");
    let invitation = body_example(&api, &reference("Invitation"), Variant::Minimal);
    assert_eq!(invitation["team"], json!({}), "a team is not the body itself");
    assert_eq!(keys(&invitation["guests"][0]), ["name"], "no response holds a guest");
}

#[test]
fn the_example_request_has_what_the_body_requires() {
    let api = teams();
    let body = |id: &str| {
        let operation = api.operations.iter().find(|operation| operation.id == id).expect("an operation");
        let required = ApiBody { required: true, ..operation.body.clone().expect("a body") };
        request(&api, &ApiOperation { body: Some(required), ..operation.clone() }).body.expect("an example")
    };
    assert_eq!(keys(&body("putTeam")), ["members", "name"]);
    assert_eq!(keys(&body("postInvitation")), ["guests", "team"]);
    assert_eq!(keys(&body("postInvitation")["guests"][0]), ["name"]);
}

#[test]
fn nulls_has_every_property_and_null_where_it_may_stand() {
    let nulls = person(Variant::Nulls);
    assert_eq!(keys(&nulls).len(), 11);
    let filled: Vec<_> = nulls.as_object().expect("an object").iter().filter(|(_, value)| !value.is_null()).collect();
    assert_eq!(filled.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["address", "id"]);
    assert_eq!(nulls["address"]["owner"], Value::Null);
    assert!(nulls["address"]["lines"].is_array());
}

#[test]
fn empties_has_no_element_where_none_is_required() {
    let empties = person(Variant::Empties);
    for (name, expected) in [("tags", json!([])), ("reports", json!([])), ("counts", json!({})), ("byName", json!({}))]
    {
        assert_eq!(empties[name], expected, "{name}");
    }
    assert_eq!(empties["address"]["lines"].as_array().map(Vec::len), Some(3));
}

#[test]
fn unknown_enum_values_are_in_no_list() {
    let values = ["active".to_owned(), "ACTIVE".to_owned(), "Unrecognized".to_owned()];
    let mut seen = BTreeMap::new();
    for count in 0..24 {
        let value = scalar::unknown(&values, count);
        let text = value.as_str().expect("text").to_owned();
        assert!(!values.contains(&text), "{text}");
        *seen.entry(text).or_insert(0) += 1;
    }
    assert!(seen.contains_key("active ") && seen.len() > 6, "{seen:?}");
    assert_ne!(person(Variant::UnknownEnum)["state"], person(Variant::Full)["state"]);
}

#[test]
fn unknown_fields_are_in_every_object_with_properties() {
    let value = person(Variant::UnknownField);
    assert!(value.get(EXTRA_PROPERTY).is_some() && value["address"].get(EXTRA_PROPERTY).is_some());
    assert_eq!(keys(&value["counts"]).len(), 2, "a map has no unknown property");
    let mut known = value.clone();
    known.as_object_mut().expect("an object").remove(EXTRA_PROPERTY);
    assert_eq!(keys(&known), keys(&person(Variant::Full)));
}

#[test]
fn what_cannot_end_is_null() {
    let api = people();
    assert_eq!(body_example(&api, &reference("Endless"), Variant::Full), Value::Null);
}

#[test]
fn limits_of_numbers_hold() {
    let api = people();
    let amount = api.schema("Amount").expect("a component");
    for count in 0..12 {
        let value = scalar::known(amount, "amount", count).as_i64().expect("an integer");
        assert!((1..=5).contains(&value), "{value}");
    }
    let small: Schema = serde_json::from_value(json!({ "type": "integer", "format": "int32" })).expect("a schema");
    assert_eq!(scalar::known(&small, "", 4), json!(i32::MAX));
}

#[test]
fn the_same_schema_gives_the_same_example_and_different_values() {
    for variant in Variant::ALL {
        assert_eq!(person(variant), person(variant));
        assert_eq!(of(&people(), "Address", variant), of(&people(), "Address", variant));
    }
    let text: Schema = serde_json::from_value(json!({ "type": "string" })).expect("a schema");
    let texts: Vec<String> = (0..8).map(|count| scalar::known(&text, "x", count).to_string()).collect();
    for (sign, escaped) in [("\\\"", "a quote"), ("\\n", "a line break"), ("漢", "unicode"), ("\\\\", "a backslash")] {
        assert!(texts.iter().any(|text| text.contains(sign)), "{escaped}");
    }
}

#[test]
fn normalizing_drops_what_a_type_cannot_hold() {
    let api = people();
    let person_schema = api.schema("Person").expect("a component");
    let full = of(&api, "Person", Variant::Full);
    assert_eq!(normalized(&api, person_schema, &full), full);
    assert_eq!(keys(&normalized(&api, person_schema, &of(&api, "Person", Variant::Nulls))), ["address", "id"]);

    let unknown = normalized(&api, person_schema, &of(&api, "Person", Variant::UnknownField));
    assert!(unknown.get(EXTRA_PROPERTY).is_none());
    assert!(unknown["address"].get(EXTRA_PROPERTY).is_some(), "an address is open to further properties");

    let nested = json!({ "id": "1", "reports": [{ "id": "2", "born": null, "odd": 1 }], "anything": { "odd": null } });
    let expected = json!({ "id": "1", "reports": [{ "id": "2" }], "anything": { "odd": null } });
    assert_eq!(normalized(&api, person_schema, &nested), expected);
}

#[test]
fn a_plain_example_is_short_and_unsurprising() {
    let api = people();
    assert_eq!(
        example(&api, &reference("Person"), Variant::Plain),
        json!({
            "address": { "lines": ["lines 1", "lines 2", "lines 3"], "zip": "zip" },
            "anything": "anything 5",
            "born": "2025-01-01",
            "counts": { "only": 1 },
            "id": "id 8",
            "rank": 1,
            "reports": [],
            "state": "active",
            "tags": ["tags 11"],
        })
    );
    assert_eq!(of(&api, "Amount", Variant::Plain), json!(1));
}
