//! What is refused before anything is sent, with an error that names the parameter and not its value.

use rosterkit_codegen::example::{Variant, body_example};
use rosterkit_codegen::model::{Api, ApiOperation, ApiParameter, Location, Shape};
use rosterkit_codegen::spec::Schema;
use rosterkit_core::dispatch::Arguments;
use rosterkit_core::{Error, ErrorKind, FilePart};
use serde_json::{Value, json};

use crate::call::{Call, Plan};
use crate::harness::{Harness, Outcome};
use crate::recorder::Reply;
use crate::report::Report;
use crate::target::Target;

/// Stands for a value that no error may show.
const SENTINEL: &str = "sentinel-value";

/// One call that must be refused.
struct Refusal {
    case: String,
    arguments: Arguments,
    /// What the message must name.
    names: String,
}

/// Every required parameter and body of every operation, left out and given as `null`.
pub async fn missing<S: Target>() -> usize {
    each::<S>(|harness, operation| {
        let selector = operation.representations.as_ref().map(|chosen| chosen.parameter.as_str());
        let parameters = operation.parameters.iter().filter(|it| it.required && Some(it.name.as_str()) != selector);
        let body = operation.body.as_ref().filter(|body| body.required).map(|_| "body");
        let mut refusals = Vec::new();
        for name in parameters.map(|it| it.name.as_str()).chain(body) {
            let call = || Call::new(&harness.api, operation, Plan { without: Some(name), ..Plan::REQUIRED }).arguments;
            refusals.push(Refusal { case: format!("without `{name}`"), arguments: call(), names: format!("`{name}`") });
            if operation.parameters.iter().any(|it| it.name == name && harness.api.shape(&it.schema) != Shape::File) {
                let arguments = call().param(name, Value::Null);
                refusals.push(Refusal { case: format!("`{name}` null"), arguments, names: format!("`{name}`") });
            }
        }
        refusals
    })
    .await
}

/// Every JSON body that can lack a required property, without it and with `null` in its place. Properties that types have
/// always are left to the decoder.
pub async fn incomplete_bodies<S: Target>() -> usize {
    each::<S>(|harness, operation| {
        let Some(body) = operation.body.as_ref().filter(|body| body.is_json()) else { return Vec::new() };
        let full = body_example(&harness.api, &body.schema, Variant::Full);
        let mut pointers = Vec::new();
        required_properties(&harness.api, &body.schema, &full, true, "", &mut pointers);
        let refusals = pointers.into_iter().flat_map(|pointer| {
            let (parent, name) = pointer.rsplit_once('/').unwrap_or_default();
            let path = pointer.trim_start_matches('/').replace('/', ".");
            [None, Some(Value::Null)].map(|value| {
                let mut json = full.clone();
                let case = format!("a body {} `{path}`", if value.is_some() { "with null for" } else { "without" });
                if let Some(object) = json.pointer_mut(parent).and_then(Value::as_object_mut) {
                    match value {
                        Some(null) => drop(object.insert(name.to_owned(), null)),
                        None => drop(object.remove(name)),
                    }
                }
                let plan = Plan { without: Some("body"), ..Plan::REQUIRED };
                let arguments = Call::new(&harness.api, operation, plan).arguments.json(json);
                Refusal { case, arguments, names: format!("`{path}`") }
            })
        });
        refusals.collect()
    })
    .await
}

/// Adds the JSON pointers to what the value must have by its schema. An object that a response can hold must have
/// something only as the body itself, or as an item of it.
fn required_properties(api: &Api, schema: &Schema, value: &Value, is_body: bool, at: &str, found: &mut Vec<String>) {
    let schema = api.resolve(schema);
    match value {
        Value::Array(items) => {
            if let (Some(schema), Some(first)) = (&schema.items, items.first()) {
                required_properties(api, schema, first, is_body, &format!("{at}/0"), found);
            }
        }
        Value::Object(properties) if schema.is_struct() => {
            for (name, value) in properties {
                let Some(property) = schema.properties.get(name) else { continue };
                let at = format!("{at}/{name}");
                let counts = is_body || !schema.in_response;
                if counts && schema.required.contains(name) && !schema.has_always(name) {
                    found.push(at.clone());
                }
                required_properties(api, property, value, false, &at, found);
            }
        }
        _ => {}
    }
}

/// Parameters, files, bodies and representations that the operation does not have.
pub async fn unknown<S: Target>() -> usize {
    each::<S>(|harness, operation| {
        let call = || Call::new(&harness.api, operation, Plan::REQUIRED).arguments;
        let mut refusals = Vec::new();
        let mut refuse = |case: &str, arguments: Arguments, names: &str| {
            refusals.push(Refusal { case: case.to_owned(), arguments, names: names.to_owned() });
        };
        refuse("an unknown parameter", call().param("noSuchParameter", SENTINEL), "`noSuchParameter`");
        refuse("an unknown file", call().file("noSuchFile", FilePart::new(SENTINEL, SENTINEL)), "`noSuchFile`");
        refuse("an unknown representation", call().representation("pdf"), "representation");
        let media_type = operation.body.as_ref().map(|body| body.media_type.as_str());
        if operation.body.as_ref().is_none_or(|body| !body.is_json()) {
            refuse("a JSON body", call().json(json!(SENTINEL)), media_type.unwrap_or("body"));
        }
        if operation.body.as_ref().is_none_or(|body| body.is_json()) {
            refuse("a raw body", call().raw(SENTINEL), media_type.unwrap_or("body"));
        }
        refusals
    })
    .await
}

/// Parameters of another type than the spec's, text excepted where text is expected.
pub async fn mistyped<S: Target>() -> usize {
    each::<S>(|harness, operation| {
        let selector = operation.representations.as_ref().map(|chosen| chosen.parameter.as_str());
        let parameters = operation.parameters.iter().filter(|it| Some(it.name.as_str()) != selector);
        parameters
            .flat_map(|it| {
                let wrong = match harness.api.shape(&it.schema) {
                    Shape::File => vec![],
                    Shape::Integer => vec![json!(SENTINEL), json!(1.5), json!([1])],
                    Shape::Number | Shape::Boolean | Shape::Array => vec![json!(SENTINEL), json!({ SENTINEL: 1 })],
                    _ => vec![json!({ SENTINEL: 1 }), json!([SENTINEL]), json!(4711)],
                };
                wrong.into_iter().map(|value| Refusal {
                    case: format!("`{}` is {value}", it.name),
                    arguments: Call::new(&harness.api, operation, Plan::REQUIRED).arguments.param(&it.name, value),
                    names: format!("`{}`", it.name),
                })
            })
            .collect()
    })
    .await
}

/// Values of path parameters that would call another path.
pub async fn dot_segments<S: Target>() -> usize {
    each::<S>(|harness, operation| {
        let parameters = operation.parameters.iter().filter(|it| it.location == Location::Path);
        parameters
            .flat_map(|it| {
                ["", ".", "..", "%2e", "%2E%2e", "%252e."].into_iter().map(|value| Refusal {
                    case: format!("`{}` is {value:?}", it.name),
                    arguments: Call::new(&harness.api, operation, Plan::REQUIRED).arguments.param(&it.name, value),
                    names: format!("`{}`", it.name),
                })
            })
            .collect()
    })
    .await
}

/// Numbers and arrays beyond the documented limits, by one.
pub async fn beyond_limits<S: Target>() -> usize {
    each::<S>(|harness, operation| {
        let mut refusals = Vec::new();
        for it in &operation.parameters {
            for value in beyond(harness, it) {
                refusals.push(Refusal {
                    case: format!("`{}` beyond its limits", it.name),
                    arguments: Call::new(&harness.api, operation, Plan::REQUIRED).arguments.param(&it.name, value),
                    names: format!("`{}`", it.name),
                });
            }
        }
        let body =
            operation.body.as_ref().and_then(|body| Some((body.schema.items.as_deref()?, body.schema.max_items?)));
        if let Some((items, most)) = body {
            let item = body_example(&harness.api, items, Variant::Minimal);
            let list = vec![item; usize::try_from(most).unwrap_or_default() + 1];
            let plan = Plan { without: Some("body"), ..Plan::REQUIRED };
            refusals.push(Refusal {
                case: "a body beyond its limits".to_owned(),
                arguments: Call::new(&harness.api, operation, plan).arguments.json(list),
                names: "`body`".to_owned(),
            });
        }
        refusals
    })
    .await
}

fn beyond<S: Target>(harness: &Harness<S>, parameter: &ApiParameter) -> Vec<Value> {
    let schema = harness.api.resolve(&parameter.schema);
    let low = schema.minimum.map(|least| json!(least - 1));
    let high = schema.maximum.map(|most| json!(most + 1));
    let many = schema.max_items.map(|most| json!(vec!["x"; usize::try_from(most).unwrap_or_default() + 1]));
    let few = schema.min_items.filter(|least| *least > 0).map(|_| json!([]));
    low.into_iter().chain(high).chain(many).chain(few).collect()
}

/// An operation that does not exist, with the spelling that was probably meant.
pub async fn unknown_operation<S: Target>() -> usize {
    let harness = Harness::<S>::new().await;
    let mut report = Report::new(S::API);
    for operation in harness.operations() {
        let mistyped = ApiOperation { id: format!("{}x", operation.id), ..operation.clone() };
        let outcome = harness.send(&mistyped, Arguments::new(), Reply::empty(200)).await;
        let suggested = ErrorKind::InvalidRequest;
        report.case(&mistyped.id, "an unknown operation", refusal_problems(outcome, suggested, &mistyped.id));
    }
    report.finish()
}

async fn each<S: Target>(refusals: impl Fn(&Harness<S>, &ApiOperation) -> Vec<Refusal>) -> usize {
    let harness = Harness::<S>::new().await;
    let mut report = Report::new(S::API);
    for operation in harness.operations() {
        for Refusal { case, arguments, names } in refusals(&harness, operation) {
            let outcome = harness.send(operation, arguments, Reply::empty(operation.response.status)).await;
            let mut problems = operation_problem(operation, &outcome);
            problems.extend(refusal_problems(outcome, ErrorKind::InvalidRequest, &names));
            report.case(&operation.id, &case, problems);
        }
    }
    report.finish()
}

fn operation_problem(operation: &ApiOperation, outcome: &Outcome) -> Vec<String> {
    let error = outcome.result.as_ref().err();
    let other =
        error.filter(|error| error.operation() != Some(&operation.id) || !error.to_string().contains(&operation.id));
    other.map(|error| format!("the error does not name the operation: {error}")).into_iter().collect()
}

/// What is wrong with how a call was refused.
pub fn refusal_problems(outcome: Outcome, kind: ErrorKind, names: &str) -> Vec<String> {
    let mut problems = Vec::new();
    if !outcome.requests.is_empty() {
        problems.push("a request was sent".to_owned());
    }
    match outcome.result {
        Ok(_) => problems.push("the call succeeds".to_owned()),
        Err(error) => problems.extend(message_problems(&error, kind, names)),
    }
    problems
}

fn message_problems(error: &Error, kind: ErrorKind, names: &str) -> Vec<String> {
    let shown = format!("{error} {error:?}");
    let mut problems = Vec::new();
    if error.kind() != kind {
        problems.push(format!("kind {:?}, expected {kind:?}: {error}", error.kind()));
    }
    if !error.to_string().contains(names) {
        problems.push(format!("the error does not name {names}: {error}"));
    }
    if shown.contains(SENTINEL) || shown.contains("4711") {
        problems.push(format!("the error shows the value: {shown}"));
    }
    problems
}
