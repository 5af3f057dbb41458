//! Swagger and OpenAPI files.

use std::fs;

use serde_json::{Value, json};

use crate::drift::workspace::{SPEC, Workspace, findings};

/// The vendor's Swagger 2 document of which the spec is a true copy.
fn swagger() -> Value {
    json!({
        "swagger": "2.0",
        "info": {"title": "Users", "version": "v2"},
        "basePath": "/api/v2",
        "paths": {
            "/users": {"post": {
                "operationId": "postUsers",
                "x-inin-requires-permissions": {"type": "ANY", "permissions": ["directory:user:add", "directory:user:edit"]},
                "parameters": [{"name": "body", "in": "body", "required": true, "schema": {"$ref": "#/definitions/User"}}],
                "responses": {"200": {"schema": {"$ref": "#/definitions/User"}}, "400": {"description": "No."}},
            }},
            "/users/{userId}": {"get": {
                "operationId": "getUser",
                "parameters": [
                    {"name": "userId", "in": "path", "required": true, "type": "string"},
                    {"name": "expand", "in": "query", "type": "array", "items": {"type": "string", "enum": ["skills", "team"]}},
                ],
                "responses": {"200": {"schema": {"$ref": "#/definitions/User"}}},
            }},
        },
        "definitions": {"User": {"type": "object", "properties": {
            "id": {"type": "string"},
            "manager": {"$ref": "#/definitions/User", "description": "The boss."},
            "skills": {"type": "array", "items": {"type": "string"}},
            "state": {"type": "string", "enum": ["active", "inactive"]},
            "version": {"type": "integer", "format": "int32"},
        }}},
    })
}

#[test]
fn each_change_of_a_swagger_file_is_graded() {
    let post = "/paths/~1users/post";
    let get = "/paths/~1users~1{userId}/get";
    let user = "/definitions/User";
    for (pointer, key, value, expected) in [
        (post, "deprecated", json!(true), vec!["major POST /api/v2/users: deprecated: no -> yes"]),
        (
            post,
            "x-inin-requires-permissions",
            json!({"type": "ANY", "permissions": ["directory:user:add", "directory:user:edit", "hr:user:add"]}),
            vec![
                "minor POST /api/v2/users: permissions: any of directory:user:add, directory:user:edit -> any of \
                 directory:user:add, directory:user:edit, hr:user:add",
            ],
        ),
        (
            post,
            "x-inin-requires-permissions",
            json!({"type": "ALL", "permissions": ["directory:user:add", "directory:user:edit"]}),
            vec![
                "major POST /api/v2/users: permissions: any of directory:user:add, directory:user:edit -> all of \
                 directory:user:add, directory:user:edit",
            ],
        ),
        (
            get,
            "x-inin-requires-permissions",
            json!({"type": "ANY", "permissions": ["directory:user:view"]}),
            vec!["major GET /api/v2/users/{userId}: permissions: none -> directory:user:view"],
        ),
        (
            get,
            "responses",
            json!({"204": {}}),
            vec![
                "major GET /api/v2/users/{userId}: response body removed: User",
                "major GET /api/v2/users/{userId}: success status: 200 -> 204",
            ],
        ),
        (
            "/paths/~1users~1{userId}/get/parameters/1/items",
            "enum",
            json!(["skills", "team", "station"]),
            vec!["minor GET /api/v2/users/{userId} query `expand`: enum value added: station"],
        ),
        (user, "required", json!(["id"]), vec!["major User.id: required: no -> yes"]),
        ("/definitions/User/properties/id", "readOnly", json!(true), vec!["major User.id: read-only: no -> yes"]),
        (
            "/definitions/User/properties/skills",
            "items",
            json!({"type": "object", "properties": {"name": {"type": "string"}}}),
            vec!["major User.skills: type: list of string -> list of User.skills"],
        ),
        (
            "/definitions/User/properties",
            "title",
            json!({"allOf": [{"type": "string"}]}),
            vec!["minor User.title: field added: string"],
        ),
    ] {
        let mut document = swagger();
        document.pointer_mut(pointer).unwrap()[key] = value;
        let said = Workspace::new().swagger(&document, &[]);
        assert_eq!(findings(&said), expected, "{}", said.err);
    }
}

#[test]
fn a_limit_is_compared_if_the_file_uses_its_keyword_anywhere() {
    let workspace = Workspace::new();
    let limits =
        "          description: Number of changes to the user.\n          minimum: 1\n          maximum: 100\n";
    let spec = SPEC.replace("          description: Number of changes to the user.\n", limits);
    workspace.put("spec/users.yaml", spec);
    let version = "/definitions/User/properties/version";
    let mut document = swagger();
    assert_eq!(workspace.swagger(&document, &[]).out, "", "a file without limits does not know them");
    document["definitions"]["User"]["properties"]["id"]["maximum"] = json!(7);
    let unknown = ["point User.id: limit added: maximum 7", "point User.version: limit removed: maximum 100"];
    let said = workspace.swagger(&document, &[]);
    assert_eq!((findings(&said), said.code), (unknown.to_vec(), Some(1)), "{}", said.err);
    // A property of that name is no limit.
    let mut document = swagger();
    document["definitions"]["User"]["properties"]["maximum"] = json!({ "type": "integer" });
    assert_eq!(findings(&workspace.swagger(&document, &[])), ["minor User.maximum: field added: integer"]);
    // A decision on it holds.
    let mut document = swagger();
    document.pointer_mut(version).unwrap()["minimum"] = json!(0);
    assert_eq!(findings(&workspace.swagger(&document, &[])), ["point User.version: limit: minimum 1 -> minimum 0"]);
    workspace.swagger(&document, &["--accept", "The service takes 0.", "--date", "2026-01-31"]);
    assert_eq!(workspace.swagger(&document, &[]).out, "");
}

#[test]
fn a_swagger_file_that_says_what_the_spec_says_prints_nothing() {
    let workspace = Workspace::new();
    let said = workspace.swagger(&swagger(), &[]);
    assert_eq!((said.code, said.out.as_str()), (Some(0), ""), "{}", said.err);
    // Without any permission in the file, it does not say which are needed.
    let mut document = swagger();
    document["paths"]["/users"]["post"].as_object_mut().unwrap().remove("x-inin-requires-permissions");
    assert_eq!(workspace.swagger(&document, &[]).out, "");
    workspace.put("api.yaml", SPEC);
    assert_eq!(workspace.run(&["drift", "--spec", "users", "--swagger", "api.yaml"]).out, "");
}

#[test]
fn each_spec_of_the_repository_is_what_it_is() {
    let specs = concat!(env!("CARGO_MANIFEST_DIR"), "/../spec");
    for spec in ["genesys-users", "peoplefluent-lms", "session-clusters"] {
        let workspace = Workspace::new();
        fs::copy(format!("{specs}/{spec}.yaml"), workspace.path(&format!("spec/{spec}.yaml"))).unwrap();
        let file = format!("spec/{spec}.yaml");
        let said = workspace.run(&["drift", "--spec", spec, "--swagger", &file]);
        assert_eq!((said.code, said.out.as_str()), (Some(0), ""), "{}", said.err);
        // And it is read at all: without its types of fields, much differs.
        let changed = fs::read_to_string(workspace.path(&file)).unwrap().replace("type: integer", "type: boolean");
        workspace.put("changed.yaml", changed);
        let said = workspace.run(&["drift", "--spec", spec, "--swagger", "changed.yaml"]);
        assert!(said.code == Some(1) && said.out.contains("integer -> boolean"), "{}{}", said.out, said.err);
    }
}

#[test]
fn a_file_that_is_no_swagger_is_refused_with_the_reason() {
    let with = |pointer: &str, key: &str, value: Value| {
        let mut document = swagger();
        document.pointer_mut(pointer).unwrap()[key] = value;
        document.to_string()
    };
    for (text, expected) in [
        ("{".to_owned(), "api.json: not JSON: EOF"),
        ("a: [".to_owned(), "api.json: not YAML: "),
        ("paths: {}".to_owned(), "api.json: it states neither `swagger: '2.0'` nor `openapi: 3.x`; give a Swagger 2"),
        ("swagger: '2.0'".to_owned(), "api.json: it has no `paths`"),
        (with("", "basePath", json!("/other")), "it has none of the operations of spec/users.yaml"),
        (
            with("/definitions/User/properties/id", "$ref", json!("other.json#/Id")),
            "schema `User`: the reference `other.json#/Id` leads out of the document",
        ),
        (
            with("/definitions/User/properties/id", "$ref", json!("#/definitions/Gone")),
            "schema `User`: the reference `#/definitions/Gone` leads nowhere",
        ),
        (
            with("/definitions", "Loop", json!({"$ref": "#/definitions/Loop"}))
                .replace("\"id\":{\"type\":\"string\"}", "\"id\":{\"$ref\":\"#/definitions/Loop\"}"),
            "schema `User`: a schema that refers to itself without a property between",
        ),
    ] {
        let workspace = Workspace::new();
        workspace.put("api.json", text);
        let said = workspace.run(&["drift", "--spec", "users", "--swagger", "api.json"]);
        assert!(said.code == Some(2) && said.err.contains(expected), "{expected}: {}", said.err);
    }
}
