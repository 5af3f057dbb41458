//! Whole documents, one per spec, made up in the manner of those who publish them: Swagger 2 for Genesys Cloud, OpenAPI 3
//! for the two others. Each says what the spec says, for a part of its operations.

use std::collections::BTreeSet;
use std::fs;

use serde_json::{Value, json};

use crate::drift::workspace::{Workspace, findings};

const GENESYS: &str = include_str!("documents/genesys-users.json");
const LMS: &str = include_str!("documents/peoplefluent-lms.yaml");
const SESSIONS: &str = include_str!("documents/session-clusters.yaml");

fn read(text: &str) -> Value {
    serde_norway::from_str(text).unwrap()
}

/// Compares a spec of the repository with a document: the findings, but for the operations that are not in it, and the
/// number of those.
fn compare(spec: &str, document: &Value) -> (Vec<String>, usize) {
    let workspace = Workspace::new();
    let specs = concat!(env!("CARGO_MANIFEST_DIR"), "/../spec");
    fs::copy(format!("{specs}/{spec}.yaml"), workspace.path(&format!("spec/{spec}.yaml"))).unwrap();
    workspace.put("spec/drift-baseline.yaml", "scope:\n  genesys-users: /api/v2/users\ndecisions: []\n");
    workspace.put("document.json", document.to_string());
    let said = workspace.run(&["drift", "--spec", spec, "--swagger", "document.json"]);
    let (missing, found): (Vec<_>, Vec<_>) =
        findings(&said).into_iter().map(str::to_owned).partition(|line| line.contains(": operation removed: "));
    (found, missing.len())
}

/// The number of operations in a document.
fn operations(document: &Value) -> usize {
    let methods = ["get", "post", "put", "patch", "delete"];
    let items = document["paths"].as_object().unwrap().values();
    items.map(|item| methods.iter().filter(|method| item.get(*method).is_some()).count()).sum()
}

fn of_spec(spec: &str) -> usize {
    let path = format!("{}/../spec/{spec}.yaml", env!("CARGO_MANIFEST_DIR"));
    operations(&read(&fs::read_to_string(path).unwrap()))
}

#[test]
fn a_document_that_says_what_the_spec_says_differs_in_its_extent_only() {
    let added = ["minor POST /api/v2/users/photos: operation added: post_users_photos"];
    for (spec, text, expected) in
        [("genesys-users", GENESYS, &added[..]), ("peoplefluent-lms", LMS, &[]), ("session-clusters", SESSIONS, &[])]
    {
        let document = read(text);
        let (found, missing) = compare(spec, &document);
        assert_eq!(found, expected, "{spec}");
        assert_eq!(missing, of_spec(spec) + expected.len() - operations(&document), "{spec}: all others were compared");
    }
}

/// A place in a document: the parameter of this name for an operation, or the value at a pointer.
fn place<'a>(document: &'a mut Value, pointer: &str) -> &'a mut Value {
    let (pointer, parameter) = pointer.split_once('#').unwrap_or((pointer, ""));
    let found = document.pointer_mut(pointer).unwrap_or_else(|| panic!("nothing at {pointer}"));
    if parameter.is_empty() {
        return found;
    }
    let list = found["parameters"].as_array_mut().unwrap();
    list.iter_mut().find(|it| it["name"] == parameter).unwrap_or_else(|| panic!("{pointer} has no {parameter}"))
}

/// Changes a document, and expects these findings besides those without the changes. `null` removes a key.
fn assert_graded(spec: &str, text: &str, changes: &[(&str, &str, Value, &str)]) {
    let mut document = read(text);
    let (before, _) = compare(spec, &document);
    let mut expected: BTreeSet<String> = before.into_iter().collect();
    for (pointer, key, value, finding) in changes {
        let node = place(&mut document, pointer);
        match value {
            Value::Null => drop(node.as_object_mut().unwrap().remove(*key).unwrap_or_else(|| panic!("no {key}"))),
            value => node[*key] = value.clone(),
        }
        expected.extend(finding.lines().map(str::to_owned));
    }
    let (found, _) = compare(spec, &document);
    let found: BTreeSet<String> = found.into_iter().collect();
    let (lacking, surplus): (Vec<_>, Vec<_>) =
        (expected.difference(&found).collect(), found.difference(&expected).collect());
    assert!(lacking.is_empty() && surplus.is_empty(), "not found: {lacking:#?}\nnot expected: {surplus:#?}");
}

#[test]
fn each_change_in_a_swagger_document_of_genesys_is_graded() {
    let skills = "/paths/~1api~1v2~1routing~1skills/get";
    let bulk = "/paths/~1api~1v2~1users~1{userId}~1routingskills~1bulk/patch";
    let external = "/paths/~1api~1v2~1users~1{userId}~1externalid/post";
    let state = "/paths/~1api~1v2~1users~1{userId}~1state/put";
    let backup = "/definitions/AgentDirectRoutingBackupSettings/properties/agentWaitSeconds";
    assert_graded(
        "genesys-users",
        GENESYS,
        &[
            // Limits and defaults.
            (
                &format!("{skills}#pageSize"),
                "maximum",
                json!(500),
                "point GET /api/v2/routing/skills query `pageSize`: limit added: maximum 500",
            ),
            (
                &format!("{skills}#pageSize"),
                "default",
                json!(50),
                "minor GET /api/v2/routing/skills query `pageSize`: default: 25 -> 50",
            ),
            (
                &format!("{skills}#id"),
                "maxItems",
                json!(100),
                "point GET /api/v2/routing/skills query `id`: limit added: maxItems 100",
            ),
            (
                &format!("{skills}#id"),
                "items",
                json!({"type": "string", "pattern": "^[0-9a-f-]{36}$"}),
                "point GET /api/v2/routing/skills query `id`: limit added: pattern of items ^[0-9a-f-]{36}$",
            ),
            (
                &format!("{bulk}#body"),
                "schema",
                json!({"type": "array", "maxItems": 100, "items": {"$ref": "#/definitions/UserRoutingSkillPost"}}),
                "point PATCH /api/v2/users/{userId}/routingskills/bulk body: limit: maxItems 50 -> maxItems 100",
            ),
            (
                "/definitions/UserRoutingSkillPost/properties/proficiency",
                "minimum",
                Value::Null,
                "point UserRoutingSkillPost.proficiency: limit removed: minimum 0",
            ),
            (
                "/definitions/UserRoutingSkillPost/properties/proficiency",
                "maximum",
                json!(5.5),
                "point UserRoutingSkillPost.proficiency: limit: maximum 5 -> maximum 5.5",
            ),
            (
                "/definitions/CreateVerifierRequest/properties/name",
                "maxLength",
                json!(64),
                "point CreateVerifierRequest.name: limit: maxLength 100 -> maxLength 64",
            ),
            (
                "/definitions/CreateVerifierRequest/properties/name",
                "minLength",
                json!(1),
                "point CreateVerifierRequest.name: limit added: minLength 1",
            ),
            (
                backup,
                "exclusiveMinimum",
                json!(true),
                "point AgentDirectRoutingBackupSettings.agentWaitSeconds: limit: minimum 60 -> minimum more than 60",
            ),
            // A number in another spelling is the same.
            (backup, "maximum", json!(864_000.0), ""),
            // The rest of the contract.
            (skills, "deprecated", json!(true), "major GET /api/v2/routing/skills: deprecated: no -> yes"),
            (
                external,
                "security",
                json!([{"PureCloud OAuth": ["users", "users:readonly", "external"]}]),
                "minor POST /api/v2/users/{userId}/externalid: OAuth scope added: external",
            ),
            (
                external,
                "x-inin-requires-permissions",
                json!({"type": "ALL", "permissions": ["directory:user:edit", "directory:user:setExternalId"]}),
                "major POST /api/v2/users/{userId}/externalid: permissions: directory:user:edit -> all of \
             directory:user:edit, directory:user:setExternalId",
            ),
            (
                &format!("{state}#body"),
                "required",
                json!(false),
                "minor PUT /api/v2/users/{userId}/state body: required: yes -> no",
            ),
            (
                "/definitions/RoutingSkill/properties",
                "version",
                Value::Null,
                "major RoutingSkill.version: field removed: string",
            ),
            (
                "/definitions/RoutingSkill/properties",
                "usage",
                json!({"type": "string", "enum": ["High"], "x-genesys-enum-members": [{"name": "High"}]}),
                "minor RoutingSkill.usage: field added: string",
            ),
            (
                "/definitions/RoutingSkill/properties/state",
                "enum",
                json!(["active", "inactive", "archived"]),
                "major RoutingSkill.state: enum value removed: deleted\n\
             minor RoutingSkill.state: enum value added: archived",
            ),
            (
                "/definitions/RoutingSkill/properties/name",
                "readOnly",
                json!(true),
                "major RoutingSkill.name: read-only: no -> yes",
            ),
            // What the vendor adds for its own tools.
            ("/definitions/RoutingSkill", "x-genesys-search-fields", json!(["name"]), ""),
            (skills, "x-purecloud-category", json!("beta"), ""),
        ],
    );
}

#[test]
fn each_change_in_an_openapi_document_of_the_sessions_is_graded() {
    assert_graded(
        "session-clusters",
        SESSIONS,
        &[
            (
                "/paths/~1users/get/parameters/1/schema",
                "maximum",
                json!(500),
                "point GET /users query `pageSize`: limit: maximum 200 -> maximum 500",
            ),
            ("/paths/~1users/get/parameters/0/schema", "minimum", Value::Null, ""),
            // As OpenAPI 3.1 writes it.
            (
                "/paths/~1users/get/parameters/0/schema",
                "exclusiveMinimum",
                json!(-1),
                "point GET /users query `page`: limit: minimum 0 -> minimum more than -1",
            ),
        ],
    );
}

#[test]
fn each_change_in_an_openapi_document_of_the_lms_is_graded() {
    assert_graded(
        "peoplefluent-lms",
        LMS,
        &[
            (
                "/components/schemas/EnrollUserForm/properties/reason",
                "maxLength",
                json!(200),
                "point POST /ekp/api/enrollUser form `reason`: limit added: maxLength 200",
            ),
            (
                "/components/schemas/EnrollUserForm",
                "required",
                json!(["learning-id", "reason"]),
                "major POST /ekp/api/enrollUser form `reason`: required: no -> yes",
            ),
            (
                "/components/schemas/JobProfileAssignerForm/properties/format",
                "default",
                json!("xml"),
                "minor POST /ekp/api/jobProfileAssigner form `format`: default: \"json\" -> \"xml\"",
            ),
            (
                "/components/schemas/ContentPackageImporterForm/properties",
                "package",
                json!({"type": "string"}),
                "major POST /ekp/api/contentPackageImporter form `package`: type: file -> string",
            ),
            (
                "/components/schemas/Country/properties/code",
                "pattern",
                json!("^[A-Z]{2}$"),
                "point Country.code: limit added: pattern ^[A-Z]{2}$",
            ),
        ],
    );
}

#[test]
fn form_data_of_swagger_2_is_compared_with_the_form_of_the_spec() {
    let field =
        |name: &str, required: bool| json!({ "name": name, "in": "formData", "required": required, "type": "string" });
    let optional = ["session-code", "preferredLocation", "assignmentId", "onBehalfOf"];
    let mut fields: Vec<Value> = optional.iter().map(|name| field(name, false)).collect();
    fields.push(field("learning-id", true));
    fields.push(json!({ "name": "reason", "in": "formData", "type": "string", "maxLength": 200 }));
    let operation = json!({
        "operationId": "enrollUser",
        "consumes": ["application/x-www-form-urlencoded"],
        "parameters": fields,
        "responses": { "200": { "description": "Any text.", "schema": { "type": "file" } } },
    });
    let mut document = json!({
        "swagger": "2.0",
        "info": { "title": "LMS", "version": "1" },
        "host": "www.example.com",
        "basePath": "/ekp/api",
        "paths": { "/enrollUser": { "post": operation } },
    });
    let at = "POST /ekp/api/enrollUser form";
    let added = format!("point {at} `reason`: limit added: maxLength 200");
    assert_eq!(compare("peoplefluent-lms", &document).0, std::slice::from_ref(&added));
    let fields = document.pointer_mut("/paths/~1enrollUser/post/parameters").unwrap().as_array_mut().unwrap();
    fields[0]["required"] = json!(true);
    fields[1]["type"] = json!("integer");
    let found = compare("peoplefluent-lms", &document).0;
    assert_eq!(
        found,
        [
            format!("major {at} `preferredLocation`: type: string -> integer"),
            format!("major {at} `session-code`: required: no -> yes"),
            added,
        ]
    );
}
