//! Schemas of custom attributes, permitted divisions, field configurations and chats.

use crate::support::genesys::person;
use crate::support::{As, Services, TestResult, services};
use serde_json::{Value, json};

const SCHEMAS: &str = "/genesys/api/v2/users/customattributes/schemas";

fn schema(name: &str, field: &str) -> Value {
    let properties = json!({ field: { "title": "A field", "allOf": [{ "$ref": "#/definitions/text" }] } });
    json!({ "name": name, "version": 1, "jsonSchema": { "title": name, "type": "object", "properties": properties } })
}

async fn call(services: &Services, method: &str, path: &str, body: &Value) -> TestResult<(u16, Value)> {
    services.post(As::Genesys, method, &format!("{SCHEMAS}{path}"), &body.to_string()).await
}

#[tokio::test]
async fn a_schema_has_versions() -> TestResult {
    let services = services(3).await?;
    let (status, created) = call(&services, "POST", "", &schema("Uniform", "size")).await?;
    assert_eq!((status, &created["version"], &created["enabled"]), (200, &json!(1), &json!(true)));
    let id = created["id"].as_str().ok_or("no id")?;
    let mut update = schema("Uniform", "colour");
    update["version"] = json!(null);
    assert_eq!(call(&services, "PUT", &format!("/{id}"), &update).await?.0, 400, "an update names its version");
    update["version"] = json!(1);
    let (status, updated) = call(&services, "PUT", &format!("/{id}"), &update).await?;
    assert_eq!((status, &updated["version"]), (200, &json!(2)));
    let (status, stale) = call(&services, "PUT", &format!("/{id}"), &update).await?;
    assert_eq!((status, &stale["code"]), (409, &json!("general.conflict")));

    let get = async |path: &str| services.json(As::Genesys, "GET", &format!("{SCHEMAS}{path}")).await;
    assert_eq!(get(&format!("/{id}")).await?.1, updated);
    assert_eq!(get(&format!("/{id}/versions/1")).await?.1, created);
    let (_, versions) = get(&format!("/{id}/versions")).await?;
    assert_eq!((&versions["total"], &versions["entities"]), (&json!(2), &json!([created, updated])));
    let (_, listing) = get("").await?;
    assert!(listing["entities"].as_array().is_some_and(|schemas| schemas.contains(&updated)), "{listing}");
    assert_eq!(get(&format!("/{id}/versions/3")).await?.0, 404);
    assert_eq!(get(&format!("/{id}/versions/first")).await?.0, 400);

    let path = format!("{SCHEMAS}/{id}");
    assert_eq!(services.send(As::Genesys, "DELETE", &path).await?.status(), 204);
    assert_eq!(services.send(As::Genesys, "DELETE", &path).await?.status(), 404);
    assert_eq!(get("").await?.1["total"], 1, "the one that is there from the start");
    Ok(())
}

#[tokio::test]
async fn limits_of_schemas_are_enforced() -> TestResult {
    let services = services(3).await?;
    let (_, limits) = services.json(As::Genesys, "GET", &format!("{SCHEMAS}/limits")).await?;
    let limit = |name: &str| limits[name].as_u64().and_then(|limit| usize::try_from(limit).ok()).ok_or("no limit");
    let long = "x".repeat(limit("maxSchemaNameCharacters")? + 1);
    let mut many = schema("Many", "first");
    for field in 0..limit("maxNumberOfFieldsPerSchema")? {
        many["jsonSchema"]["properties"][format!("field{field}")] = json!({ "type": "string" });
    }
    for (body, what) in [
        (schema(&long, "field"), "a long name"),
        (schema("", "field"), "no name"),
        (many, "too many fields"),
        (json!({ "name": "A", "version": 1 }), "no document"),
        (json!({ "name": "A", "version": 1, "jsonSchema": { "type": "array" } }), "a list"),
        (json!({ "name": "A", "version": 1, "jsonSchema": { "properties": { "a": {} } } }), "a field without type"),
        (json!({ "name": "A", "version": 1, "jsonSchema": { "properties": { "a": 5 } } }), "a field that is a number"),
        (
            json!({ "name": "A", "version": 1, "jsonSchema": { "required": ["b"] } }),
            "a required field that is not there",
        ),
    ] {
        let (status, response) = call(&services, "POST", "", &body).await?;
        assert_eq!(status, 400, "{what}: {response}");
    }
    // One is there from the start.
    for number in 1..limit("maxNumberOfSchemasPerOrg")? {
        assert_eq!(call(&services, "POST", "", &schema(&format!("Schema {number}"), "field")).await?.0, 200);
    }
    assert_eq!(call(&services, "POST", "", &schema("One more", "field")).await?.0, 400);
    assert_eq!(
        call(&services, "POST", "", &schema("SCHEMA 1", "field")).await?.0,
        409,
        "names differ in more than case"
    );
    Ok(())
}

#[tokio::test]
async fn fields_have_known_types_and_limits_within_their_bounds() -> TestResult {
    let services = services(3).await?;
    let core = |name: &str, rest: Value| {
        let mut field = json!({ "allOf": [{ "$ref": format!("#/definitions/{name}") }] });
        rest.as_object().into_iter().flatten().for_each(|(name, value)| field[name] = value.clone());
        field
    };
    for (field, expected) in [
        (core("text", json!({ "minLength": 1, "maxLength": 50 })), 200),
        (core("text", json!({ "maxLength": 101 })), 400),
        (core("text", json!({ "maxLength": "50" })), 400),
        (core("text", json!({ "minLength": 9, "maxLength": 8 })), 400),
        (core("text", json!({ "maximum": 5 })), 400),
        (core("date", json!({ "maxLength": 10 })), 400),
        (core("enum", json!({ "enum": ["a", "b"] })), 200),
        (core("enum", json!({ "enum": [] })), 400),
        (core("enum", json!({ "enum": "a" })), 400),
        (core("tag", json!({ "maxItems": 20, "items": { "maxLength": 100 } })), 200),
        (core("tag", json!({ "maxItems": 21 })), 400),
        (core("tag", json!({ "items": { "maxLength": 101 } })), 400),
        (core("tag", json!({ "items": [] })), 400),
        (core("soup", json!({})), 400),
        (json!({ "type": ["string", "number"] }), 200),
        (json!({ "type": ["string", "soup"] }), 400),
        (json!({ "type": ["string", 5] }), 400),
        (json!({ "type": [] }), 400),
        (json!({ "type": "array", "items": core("text", json!({})) }), 200),
        (json!({ "type": "array", "items": { "type": "soup" } }), 400),
        (json!({ "type": "integer", "minimum": -5, "maximum": 5.5 }), 200),
        (json!({ "type": "string", "minLength": -1 }), 400),
        (json!({ "type": "string", "pattern": "^[A-Z]+$" }), 200),
        (json!({ "type": "string", "pattern": "[" }), 400),
        (json!({ "type": "string", "title": 5 }), 400),
    ] {
        let body = json!({ "name": "A", "version": 1, "jsonSchema": { "properties": { "field": field } } });
        let (status, response) = call(&services, "POST", "", &body).await?;
        assert_eq!(status, expected, "{field}: {response}");
        services.sandbox.reset()?;
    }
    Ok(())
}

#[tokio::test]
async fn a_schema_needs_a_version_and_a_document_but_no_name() -> TestResult {
    let services = services(3).await?;
    let document = json!({ "$schema": "http://json-schema.org/draft-04/schema#", "title": "Uniform" });
    for (body, expected) in [
        (json!({ "jsonSchema": document }), 400),
        (json!({ "version": 0, "jsonSchema": document }), 400),
        (json!({ "version": 1 }), 400),
        (json!({ "version": 1, "jsonSchema": {} }), 400),
        (json!({ "version": 1, "jsonSchema": { "title": "A", "additionalProperties": 5 } }), 400),
        (json!({ "version": 1, "jsonSchema": { "title": "A", "additionalProperties": { "type": "soup" } } }), 400),
        (json!({ "version": 1, "jsonSchema": document, "appliesTo": ["WORKITEM"] }), 200),
    ] {
        let (status, response) = call(&services, "POST", "", &body).await?;
        assert_eq!(status, expected, "{body}: {response}");
        if status == 200 {
            assert_eq!((&response["name"], &response["jsonSchema"]), (&json!("Uniform"), &document));
            assert_eq!(response["appliesTo"], json!(["USER_CUSTOM_ATTRIBUTES"]), "the service says what it is for");
        }
    }
    Ok(())
}

#[tokio::test]
async fn attributes_without_a_field_are_as_the_schema_says() -> TestResult {
    let services = services(3).await?;
    let user = person(&services, 1).await?;
    for (further, value, expected) in [
        (Value::Null, json!(1), 400),
        (json!(false), json!(1), 400),
        (json!(true), json!({ "any": [1] }), 200),
        (json!({ "type": "integer" }), json!(1), 200),
        (json!({ "type": "integer" }), json!("one"), 400),
    ] {
        let mut body = schema("Uniform", "size");
        if !further.is_null() {
            body["jsonSchema"]["additionalProperties"] = further.clone();
        }
        let (status, made) = call(&services, "POST", "", &body).await?;
        assert_eq!(status, 200, "{made}");
        let set = json!({ "schemaId": made["id"], "attributes": { "size": "M", "further": value } }).to_string();
        let path = format!("/genesys/api/v2/users/{user}/customattributes");
        let (status, response) = services.post(As::Genesys, "PUT", &path, &set).await?;
        assert_eq!(status, expected, "{further} {value}: {response}");
        services.sandbox.reset()?;
    }
    Ok(())
}

#[tokio::test]
async fn a_disabled_schema_keeps_its_data_and_takes_no_more() -> TestResult {
    let services = services(3).await?;
    let user = format!("/genesys/api/v2/users/{}/customattributes", person(&services, 1).await?);
    let mut body = schema("Uniform", "size");
    let (_, made) = call(&services, "POST", "", &body).await?;
    let id = made["id"].as_str().ok_or("no id")?;
    let set = async |size: &str| -> TestResult<u16> {
        let body = json!({ "schemaId": id, "attributes": { "size": size } }).to_string();
        Ok(services.post(As::Genesys, "PATCH", &user, &body).await?.0)
    };
    let switch = async |body: &mut Value, version: u64, enabled: bool| -> TestResult<Value> {
        (body["version"], body["enabled"]) = (json!(version), json!(enabled));
        Ok(call(&services, "PUT", &format!("/{id}"), body).await?.1)
    };
    assert_eq!(set("M").await?, 200);
    assert_eq!(switch(&mut body, 1, false).await?["enabled"], false);
    assert_eq!(set("L").await?, 400);
    let (status, kept) = services.json(As::Genesys, "GET", &format!("{user}/{id}")).await?;
    assert_eq!((status, &kept["attributes"]), (200, &json!({ "size": "M" })));
    assert_eq!(switch(&mut body, 2, true).await?["enabled"], true);
    assert_eq!(set("L").await?, 200);
    Ok(())
}

#[tokio::test]
async fn core_types_are_listed_and_read() -> TestResult {
    let services = services(3).await?;
    let (_, listing) = services.json(As::Genesys, "GET", &format!("{SCHEMAS}/coretypes")).await?;
    for shown in listing["entities"].as_array().ok_or("no types")? {
        let name = shown["name"].as_str().ok_or("no name")?;
        let read = services.json(As::Genesys, "GET", &format!("{SCHEMAS}/coretypes/{name}")).await?;
        assert_eq!(read, (200, shown.clone()));
    }
    assert_eq!(services.json(As::Genesys, "GET", &format!("{SCHEMAS}/coretypes/soup")).await?.0, 404);
    Ok(())
}

#[tokio::test]
async fn divisions_are_permitted_by_grants() -> TestResult {
    let services = services(30).await?;
    let path = "/genesys/api/v2/authorization/divisionspermitted";
    let get = async |rest: &str| services.json(As::Genesys, "GET", &format!("{path}/{rest}")).await;
    let (status, page) = get("paged/me?permission=directory:user:view").await?;
    assert_eq!((status, &page["entities"][0]["homeDivision"]), (200, &json!(true)));
    let (_, users) = services.json(As::Genesys, "GET", "/genesys/api/v2/users?pageSize=5").await?;
    let id = users["entities"][3]["id"].as_str().ok_or("no id")?;
    let before = get(&format!("paged/{id}?permission=learning:module:view")).await?.1;
    assert_eq!((&before["total"], &before["allDivsPermitted"]), (&json!(0), &json!(false)));
    assert_eq!(get("paged/unknown?permission=directory:user:view").await?.0, 404);
    assert_eq!(get("paged/me?permission=everything").await?.0, 400);
    assert_eq!(get("paged/me").await?.0, 400);
    let (_, named) = get("me?permission=directory:user:view&name=HOM").await?;
    assert_eq!(named.as_array().map(Vec::len), Some(1));
    assert_eq!(get("me?permission=directory:user:view&name=nowhere").await?.1, json!([]));
    Ok(())
}

#[tokio::test]
async fn field_configurations_are_read_by_type() -> TestResult {
    let services = services(3).await?;
    for kind in ["person", "group", "org"] {
        let (status, shown) =
            services.json(As::Genesys, "GET", &format!("/genesys/api/v2/fieldconfig?type={kind}")).await?;
        assert_eq!((status, &shown["entityType"]), (200, &json!(kind)));
        assert!(shown["sections"][0]["fieldList"][0]["key"].is_string());
    }
    for query in ["", "?type=planet"] {
        assert_eq!(services.json(As::Genesys, "GET", &format!("/genesys/api/v2/fieldconfig{query}")).await?.0, 400);
    }
    Ok(())
}

#[tokio::test]
async fn chats_are_paged_by_cursor() -> TestResult {
    let services = services(30).await?;
    let (mut seen, mut path) = (Vec::new(), "/api/v2/users/chats/me?includePresence=true".to_owned());
    loop {
        let (status, page) = services.json(As::Genesys, "GET", &format!("/genesys{path}")).await?;
        assert_eq!(status, 200, "{page}");
        seen.extend(page["entities"].as_array().ok_or("no entities")?.clone());
        match page["nextUri"].as_str() {
            Some(next) => path = next.to_owned(),
            None => break,
        }
    }
    assert_eq!(seen.len(), 10, "a room and nine reports");
    assert!(seen[1]["user"]["presence"]["systemPresence"].is_string());
    let (_, open) = services.json(As::Genesys, "GET", "/genesys/api/v2/users/chats/me?excludeClosed=true").await?;
    assert!(open["entities"].as_array().is_some_and(|chats| chats.iter().all(|chat| chat["open"] == true)));
    Ok(())
}
