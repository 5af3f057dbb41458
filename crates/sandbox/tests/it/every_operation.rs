//! The example of every operation of the three catalogs works, through the typed clients, and an unknown id is rejected.

use std::collections::BTreeMap;

use rosterkit_core::catalog::{Catalog, Kind, Location, OperationEntry, ParameterEntry, Schema, SchemaKind};
use rosterkit_core::dispatch::{Arguments, Content, Output};
use rosterkit_core::{Error, ErrorKind, FilePart};
use rosterkit_sandbox::Sandbox;
use serde_json::{Value, json};

use crate::support::lms::package;
use crate::support::{As, Services, TestResult};

/// The operations that refuse their example, with the status. All others succeed.
const REFUSED: &[(&str, u16)] = &[
    // It needs the signature of a security key on a challenge that is drawn at random.
    ("postUsersMeVerifiersWebauthnRegister", 400),
];

/// The ids, by operation and parameter, that are not rejected with 404 when no item has them, and the status.
const NOT_404: &[(&str, &str, u16)] = &[
    // It must be a number.
    ("getUsersCustomattributesSchemaVersion", "versionId", 400),
    // A user whom routing does not know is off queue.
    ("getUserRoutingstatus", "userId", 200),
    // The body of the response has the error.
    ("enrollUser", "learning-id", 200),
    ("enrollmentRequestApprover", "request-id", 200),
    ("enrollmentRequestApprover", "step-id", 200),
    ("enrollmentRequestDenier", "request-id", 200),
    ("enrollmentRequestDenier", "step-id", 200),
    // It must be a module of the program.
    ("programModuleEnroller", "moduleId", 400),
];

/// The ids and names of what the operation creates.
const NEW: &[(&str, &str)] = &[("patchUserGeolocation", "clientId"), ("userGroupCreator", "group-name")];

/// The minimum number of requests with an unknown id, so that the search for ids cannot fail unnoticed.
const MIN_UNKNOWN: usize = 150;

type Schemas = fn(&str) -> Option<&'static Schema>;
type Answers = fn(&str) -> Option<&'static str>;

/// The catalogs, the schemas of their bodies and the examples of their responses.
fn apis() -> [(&'static Catalog, Schemas, Answers); 3] {
    use genesys_users::generated as g;
    use peoplefluent_lms::generated as p;
    use session_clusters::generated as s;
    [
        (&g::catalog::CATALOG, g::schemas::body, g::answers::answer),
        (&p::catalog::CATALOG, p::schemas::body, p::answers::answer),
        (&s::catalog::CATALOG, s::schemas::body, s::answers::answer),
    ]
}

async fn fresh() -> TestResult<Services> {
    Services::of(Sandbox::builder().start().await?)
}

/// The example of an operation.
fn example(entry: &OperationEntry, schema: Option<&Schema>) -> TestResult<Arguments> {
    let mut arguments = Arguments::new().params(serde_json::from_str::<Value>(entry.example.parameters)?)?;
    for file in entry.parameters.iter().filter(|it| it.required && it.kind == Kind::File) {
        arguments = arguments.file(file.name, FilePart::new("course.zip", package("SAMPLE-1", "Sample")?));
    }
    match (entry.example.body, schema) {
        (Some(body), Some(schema)) => {
            let body: Value = serde_json::from_str(body)?;
            schema.check(&body).map_err(|mismatch| format!("{mismatch} in {body}"))?;
            Ok(arguments.json(body))
        }
        (Some(body), None) => Ok(arguments.raw(body)),
        (None, _) => Ok(arguments),
    }
}

/// The example of an operation in each of its representations, and what to call it in messages.
fn examples(entry: &OperationEntry, schema: Option<&Schema>) -> TestResult<Vec<(String, Arguments)>> {
    let id = entry.operation.id;
    let make = || example(entry, schema).map_err(|error| format!("{id}: {error}"));
    let Some(chosen) = entry.representations else { return Ok(vec![(id.to_owned(), make()?)]) };
    let mut examples = Vec::new();
    for (name, _) in chosen.media {
        examples.push((format!("{id} as {name}"), make()?.representation(*name)));
    }
    Ok(examples)
}

async fn send(services: &Services, catalog: &Catalog, id: &str, arguments: Arguments) -> Result<Output, Error> {
    match catalog.api {
        "genesys-users" => services.genesys.api().dispatch(id, arguments).await,
        "peoplefluent-lms" => services.lms.api().dispatch(id, arguments).await,
        _ => services.sessions.api().dispatch(id, arguments).await,
    }
}

/// Checks that the response to a call has a status; `None` stands for any success.
fn assert_status(call: &str, result: Result<Output, Error>, expected: Option<u16>) {
    match (result, expected) {
        (Ok(output), None) => assert!(output.status.is_success(), "{call}: {}", output.status),
        (Ok(output), Some(expected)) => assert_eq!(output.status.as_u16(), expected, "{call}"),
        (Err(error), expected) => {
            assert_eq!(error.status().map(|status| status.as_u16()), expected, "{call}: {error}");
            assert_eq!(error.kind(), ErrorKind::Status, "{call}: {error}");
        }
    }
}

/// Calls that change something are sent to a sandbox of their own.
#[tokio::test]
async fn every_example_succeeds() -> TestResult {
    let unchanged = fresh().await?;
    for (catalog, schemas, _) in apis() {
        for entry in catalog.operations {
            let id = entry.operation.id;
            let refused = REFUSED.iter().find(|(refused, _)| *refused == id).map(|(_, status)| *status);
            for (call, arguments) in examples(entry, schemas(id))? {
                let own = if entry.operation.method == "GET" { None } else { Some(fresh().await?) };
                let services = own.as_ref().unwrap_or(&unchanged);
                assert_status(&call, send(services, catalog, id, arguments).await, refused);
            }
        }
    }
    for (operation, _) in REFUSED {
        assert!(apis().iter().any(|(catalog, ..)| catalog.find(operation).is_some()), "no operation {operation}");
    }
    Ok(())
}

/// The locations of all numbers in a state, also where a number is the key of a map. One stands for those whose paths differ
/// in keys with digits only.
fn numbers(value: &Value, path: &mut Vec<String>, found: &mut BTreeMap<String, Vec<String>>) {
    let shape = |path: &[String]| {
        let steps = path.iter().map(|step| if step.contains(|c: char| c.is_ascii_digit()) { "*" } else { step });
        steps.collect::<Vec<_>>().join("/")
    };
    let inner: Vec<(String, &Value)> = match value {
        Value::Number(_) => {
            found.entry(shape(path)).or_insert_with(|| path.clone());
            return;
        }
        Value::Array(items) => items.iter().enumerate().map(|(index, item)| (index.to_string(), item)).collect(),
        Value::Object(fields) => fields.iter().map(|(name, field)| (name.clone(), field)).collect(),
        _ => return,
    };
    for (step, inner) in inner {
        let is_key = value.is_object() && step.parse::<u64>().is_ok();
        path.push(step);
        if is_key {
            found.entry(format!("{} as a key", shape(path))).or_insert_with(|| path.clone());
        }
        numbers(inner, path, found);
        path.pop();
    }
}

/// The state with another number at a location.
fn with_number(state: &Value, path: &[String], is_key: bool, number: &Value) -> Option<Value> {
    let mut state = state.clone();
    let pointer = |path: &[String]| -> String {
        path.iter().map(|step| format!("/{}", step.replace('~', "~0").replace('/', "~1"))).collect()
    };
    if is_key {
        let (last, above) = path.split_last()?;
        let map = state.pointer_mut(&pointer(above))?.as_object_mut()?;
        let held = map.remove(last)?;
        map.insert(number.to_string(), held);
    } else {
        *state.pointer_mut(&pointer(path))? = number.clone();
    }
    Some(state)
}

#[tokio::test]
async fn any_number_in_a_state_is_refused_or_every_operation_works_with_it() -> TestResult {
    let services = Services::of(Sandbox::builder().users(12).start().await?)?;
    let call_all = async |told: &str| -> TestResult {
        for (catalog, schemas, _) in apis() {
            for entry in catalog.operations {
                for (call, arguments) in examples(entry, schemas(entry.operation.id))? {
                    let result = send(&services, catalog, entry.operation.id, arguments).await;
                    let status = result.map(|output| output.status).or_else(|error| error.status().ok_or(error));
                    let status = status.map_err(|error| format!("{told}: {call}: {error}"))?;
                    assert!(!status.is_server_error(), "{told}: {call}: {status}");
                }
            }
        }
        Ok(())
    };
    call_all("at first").await?;
    let state = services.sandbox.state()?;
    let mut found = BTreeMap::new();
    numbers(&state["services"], &mut vec!["services".to_owned()], &mut found);
    assert!(found.len() > 25, "{:?}", found.keys());
    let (mut accepted, mut refused) = (0, 0);
    for (shape, path) in &found {
        for number in [json!(u64::MAX), json!(i64::MAX), json!(i64::MIN), json!(u32::MAX)] {
            let told = format!("{shape} = {number}");
            let changed = with_number(&state, path, shape.ends_with(" as a key"), &number).ok_or("no such place")?;
            if services.sandbox.restore(&changed).is_err() {
                refused += 1;
                continue;
            }
            accepted += 1;
            call_all(&told).await?;
            // What was accepted can be kept and read again.
            let kept = services.sandbox.state().map_err(|error| format!("{told}: {error}"))?;
            services.sandbox.restore(&kept).map_err(|error| format!("{told}: {error}"))?;
            break;
        }
    }
    assert!(accepted > 0 && refused > 0, "{accepted} accepted, {refused} refused");
    Ok(())
}

/// Whether a parameter names one item.
fn is_id(parameter: &ParameterEntry) -> bool {
    let is_text = parameter.kind == Kind::String && parameter.values.is_empty() && !parameter.repeated;
    let name = parameter.name.to_ascii_lowercase();
    let names_item =
        parameter.location == Location::Path || ["id", "name", "url"].iter().any(|end| name.ends_with(end));
    parameter.required && is_text && names_item
}

/// Whether a response is the generated example: the sandbox keeps no state for such an operation and knows no ids.
fn is_stateless(result: &Result<Output, Error>, example: Option<&str>) -> bool {
    let example = example.and_then(|text| serde_json::from_str::<Value>(text).ok());
    match result {
        Ok(Output { content: Content::Json(json), .. }) => {
            example.is_some() && serde_json::from_slice::<Value>(json.bytes()).ok() == example
        }
        _ => false,
    }
}

/// Nothing changes, so that one sandbox serves all calls.
#[tokio::test]
async fn unknown_ids_are_rejected() -> TestResult {
    let services = fresh().await?;
    let (mut sent, mut exceptions) = (0, NOT_404.to_vec());
    for (catalog, schemas, answers) in apis() {
        for entry in catalog.operations {
            let id = entry.operation.id;
            for parameter in entry.parameters.iter().filter(|it| is_id(it) && !NEW.contains(&(id, it.name))) {
                let is_this = |it: &&(&str, &str, u16)| (it.0, it.1) == (id, parameter.name);
                let expected = NOT_404.iter().find(is_this).map_or(404, |(.., status)| *status);
                exceptions.retain(|it| !is_this(&it));
                for (call, arguments) in examples(entry, schemas(id))? {
                    let result = send(&services, catalog, id, arguments.param(parameter.name, "unknown")).await;
                    if is_stateless(&result, answers(id)) {
                        continue;
                    }
                    assert_status(&format!("{call} with an unknown {}", parameter.name), result, Some(expected));
                    sent += 1;
                }
            }
        }
    }
    assert!(exceptions.is_empty(), "these are no ids: {exceptions:?}");
    assert!(sent >= MIN_UNKNOWN, "{sent}");
    Ok(())
}

#[test]
fn every_json_response_has_an_example() -> TestResult {
    for (catalog, _, answer) in apis() {
        for entry in catalog.operations {
            let id = entry.operation.id;
            let json = entry.response.media_types.contains(&"application/json");
            let text = answer(id);
            assert_eq!(text.is_some(), json, "{id}");
            if let Some(text) = text {
                let value: Value = serde_json::from_str(text)?;
                assert!(!value.is_null(), "{id} has an example that is nothing");
            }
        }
    }
    Ok(())
}

/// The example of an operation as method, path with query, and body.
fn plain(entry: &OperationEntry) -> TestResult<(String, Value)> {
    let id = entry.operation.id;
    let parameters: serde_json::Map<String, Value> = serde_json::from_str(entry.example.parameters)?;
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let (mut path, mut query) = (format!("/genesys{}", entry.operation.path), Vec::new());
    for (name, value) in &parameters {
        let parameter = entry.parameter(name).ok_or_else(|| format!("{id} has no parameter {name}"))?;
        match parameter.location {
            Location::Path => path = path.replace(&format!("{{{name}}}"), &text(value)),
            Location::Query => query.push(format!("{name}={}", text(value))),
            other => return Err(format!("{id}: {name} is sent in {other:?}").into()),
        }
    }
    let body = entry.example.body.ok_or_else(|| format!("{id} has no body"))?;
    Ok((format!("{path}?{}", query.join("&")), serde_json::from_str(body)?))
}

/// The one object of a body, or each of its items.
fn objects(body: &mut Value) -> &mut [Value] {
    match body {
        Value::Array(items) => items.as_mut_slice(),
        one => std::slice::from_mut(one),
    }
}

/// Values of other types than documented show that they are not even read.
#[tokio::test]
async fn what_the_service_sets_itself_is_ignored_in_every_body() -> TestResult {
    let mut tried = 0;
    for strict in [false, true] {
        let start = async || Services::of(Sandbox::builder().strict(strict).start().await?);
        let (with, without) = (start().await?, start().await?);
        for entry in genesys_users::generated::catalog::CATALOG.operations {
            let (id, method) = (entry.operation.id, entry.operation.method);
            let Some(names) = entry.request.map(|request| request.read_only).filter(|names| !names.is_empty()) else {
                continue;
            };
            let (path, body) = plain(entry)?;
            let mut filled = body.clone();
            let items = objects(&mut filled);
            assert!(!items.is_empty(), "{id} has an example without items");
            for item in items {
                for (place, name) in names.iter().enumerate() {
                    item[*name] = if place % 2 == 0 { json!(5) } else { json!({ "other": null }) };
                }
            }
            let expected = without.post(As::Genesys, method, &path, &body.to_string()).await?;
            let (status, response) = with.post(As::Genesys, method, &path, &filled.to_string()).await?;
            assert!((200..300).contains(&status), "{id}: {response}");
            assert_eq!((status, response), expected, "{id}");
            assert_eq!(with.sandbox.state()?, without.sandbox.state()?, "{id}");
            with.sandbox.reset()?;
            without.sandbox.reset()?;
            tried += 1;
        }
    }
    assert!(tried >= 2 * 20, "{tried}");
    Ok(())
}

#[tokio::test]
async fn a_body_without_a_required_property_is_refused() -> TestResult {
    let services = fresh().await?;
    let before = services.sandbox.state()?;
    let mut tried = 0;
    for entry in genesys_users::generated::catalog::CATALOG.operations {
        let (id, method) = (entry.operation.id, entry.operation.method);
        for name in entry.request.map_or(&[][..], |request| request.required_properties) {
            let (path, mut body) = plain(entry)?;
            for item in objects(&mut body) {
                let held = item.as_object_mut().and_then(|item| item.remove(*name));
                assert!(held.is_some(), "the example of {id} has no {name}");
            }
            let (status, response) = services.post(As::Genesys, method, &path, &body.to_string()).await?;
            let field = response["details"][0]["fieldName"].as_str().unwrap_or_default();
            assert_eq!((status, field.rsplit('.').next()), (400, Some(*name)), "{id}: {response}");
            tried += 1;
        }
    }
    assert!(tried >= 40, "{tried}");
    assert_eq!(services.sandbox.state()?, before, "a refused request changes nothing");

    // The vendor's pages require a division, but the service takes the home division in its place.
    let body = json!({ "name": "Sample Person", "email": "sample.person@example.com" }).to_string();
    let (status, created) = services.post(As::Genesys, "POST", "/genesys/api/v2/users", &body).await?;
    assert_eq!((status, &created["division"]["name"]), (200, &json!("Home")), "{created}");
    Ok(())
}

/// The numbers of a body that have a range, with their locations.
fn ranges(schema: &Schema, path: &mut Vec<&'static str>, found: &mut Vec<(Vec<&'static str>, Vec<i64>)>) {
    // Conditions of searches hold conditions.
    if path.len() > 6 {
        return;
    }
    let mut below = |name, schema| {
        path.push(name);
        ranges(schema, path, found);
        path.pop();
    };
    match schema.kind {
        SchemaKind::Integer { minimum, maximum } | SchemaKind::Number { minimum, maximum } => {
            let beyond = minimum.map(|minimum| minimum - 1).into_iter().chain(maximum.map(|maximum| maximum + 1));
            let beyond: Vec<i64> = beyond.collect();
            if !beyond.is_empty() {
                found.push((path.clone(), beyond));
            }
        }
        SchemaKind::Array { items, .. } => below("0", items),
        SchemaKind::Map(values) => below("call", values),
        SchemaKind::Object { properties, .. } => {
            properties.iter().filter(|property| !property.read_only).for_each(|it| below(it.name, it.schema));
        }
        _ => {}
    }
}

/// Sets a value at a location, which is made where it is missing.
fn set(body: &mut Value, path: &[&str], value: &Value) {
    let Some((first, rest)) = path.split_first() else {
        body.clone_from(value);
        return;
    };
    if *first == "0" {
        if body.as_array().is_none_or(Vec::is_empty) {
            *body = json!([null]);
        }
        set(&mut body[0], rest, value);
    } else {
        if !body.is_object() {
            *body = json!({});
        }
        set(&mut body[*first], rest, value);
    }
}

#[tokio::test]
async fn a_number_beyond_its_documented_range_is_refused() -> TestResult {
    let services = fresh().await?;
    let before = services.sandbox.state()?;
    let mut tried = 0;
    for entry in genesys_users::generated::catalog::CATALOG.operations {
        let (id, method) = (entry.operation.id, entry.operation.method);
        let Some(schema) = genesys_users::generated::schemas::body(id) else { continue };
        let mut found = Vec::new();
        ranges(schema, &mut Vec::new(), &mut found);
        for (place, beyond) in found {
            for number in beyond {
                let (path, mut body) = plain(entry)?;
                set(&mut body, &place, &json!(number));
                let (status, response) = services.post(As::Genesys, method, &path, &body.to_string()).await?;
                let field = response["details"][0]["fieldName"].as_str().unwrap_or_default();
                assert_eq!((status, field), (400, &*place.join(".")), "{id} with {number}: {response}");
                tried += 1;
            }
        }
    }
    assert!(tried >= 30, "{tried}");
    assert_eq!(services.sandbox.state()?, before, "a refused request changes nothing");
    Ok(())
}
