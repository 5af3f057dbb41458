//! What comes back: typed responses that lose nothing, raw responses byte for byte.

use rosterkit_codegen::example::{Variant, example, normalized};
use rosterkit_codegen::model::{Api, ApiOperation};
use rosterkit_codegen::spec::Schema;
use rosterkit_core::ErrorKind;
use serde_json::Value;

use crate::call::{Call, Choice, Plan};
use crate::harness::{CORRELATION_ID, Harness, Received};
use crate::json_diff::json_diff;
use crate::recorder::Reply;
use crate::report::Report;
use crate::target::Target;

/// Bytes that any conversion damages: a byte order mark, no UTF-8, line ends.
pub(crate) const BYTES: &[u8] = b"\xef\xbb\xbf<a>\r\n\xff\x00\xfe</a>\n\r\n";

/// Every JSON response in every variant, decoded into its type and encoded again, is what was sent.
pub async fn typed<S: Target>() -> usize {
    let harness = Harness::<S>::new().await;
    let mut report = Report::new(S::API);
    let cases = harness.operations().iter().flat_map(|operation| Variant::ALL.map(|variant| (operation, variant)));
    for (operation, variant) in cases {
        let Some(schema) = operation.response.json() else { continue };
        let problem = typed_problem(&harness, operation, schema, &example(&harness.api, schema, variant)).await;
        report.case(&operation.id, &format!("response {variant:?}"), problem);
    }
    report.finish()
}

/// Every JSON response is read the same when each of its whole numbers is written with a point.
pub async fn whole_numbers_with_a_point<S: Target>() -> usize {
    let harness = Harness::<S>::new().await;
    let mut report = Report::new(S::API);
    for operation in harness.operations() {
        let Some(schema) = operation.response.json() else { continue };
        let mut value = example(&harness.api, schema, Variant::Full);
        point(&mut value);
        let problem = typed_problem(&harness, operation, schema, &value).await;
        report.case(&operation.id, "response with points", problem);
    }
    report.finish()
}

/// Every JSON response is read with every object of it empty, level by level: a service may leave out any property.
pub async fn absent_properties<S: Target>() -> usize {
    let harness = Harness::<S>::new().await;
    let mut report = Report::new(S::API);
    for operation in harness.operations() {
        let Some(schema) = operation.response.json() else { continue };
        let full = example(&harness.api, schema, Variant::Full);
        for level in 0.. {
            let mut value = full.clone();
            if !empty_objects(&harness.api, schema, &mut value, level) {
                break;
            }
            let problem = typed_problem(&harness, operation, schema, &value).await;
            report.case(&operation.id, &format!("response with empty objects at level {level}"), problem);
        }
    }
    report.finish()
}

/// Empties the objects that have `level` objects around them; whether there was one.
fn empty_objects(api: &Api, schema: &Schema, value: &mut Value, level: usize) -> bool {
    let schema = api.resolve(schema);
    match value {
        Value::Object(properties) if schema.is_struct() && level == 0 => {
            properties.clear();
            true
        }
        Value::Object(properties) if schema.is_struct() => {
            let known = properties.iter_mut().filter_map(|(name, value)| Some((schema.properties.get(name)?, value)));
            known.filter_map(|(schema, value)| empty_objects(api, schema, value, level - 1).then_some(())).count() > 0
        }
        Value::Object(entries) => api.map_values(schema).is_some_and(|schema| {
            entries.values_mut().filter_map(|value| empty_objects(api, schema, value, level).then_some(())).count() > 0
        }),
        Value::Array(items) => schema.items.as_deref().is_some_and(|schema| {
            items.iter_mut().filter_map(|item| empty_objects(api, schema, item, level).then_some(())).count() > 0
        }),
        _ => false,
    }
}

/// Writes `3` as `3.0`, wherever a double holds the number exactly.
fn point(value: &mut Value) {
    match value {
        Value::Number(number) => {
            if let Some(small) = number.as_i64().and_then(|whole| i32::try_from(whole).ok()) {
                *value = f64::from(small).into();
            }
        }
        Value::Array(items) => items.iter_mut().for_each(point),
        Value::Object(properties) => properties.values_mut().for_each(point),
        _ => {}
    }
}

/// What is wrong with how a JSON response is read.
async fn typed_problem<S: Target>(
    harness: &Harness<S>,
    operation: &ApiOperation,
    schema: &Schema,
    value: &Value,
) -> Option<String> {
    let plan = Plan { representation: json_representation(operation), ..Plan::REQUIRED };
    let reply = Reply::new(operation.response.status, "application/json;charset=UTF-8", value.to_string());
    let outcome = harness.send(operation, Call::new(&harness.api, operation, plan).arguments, reply).await;
    match outcome.result {
        Err(error) => Some(format!("the call fails: {error}")),
        Ok(response) => match response.content {
            _ if response.status != operation.response.status => Some(format!("status {}", response.status)),
            _ if response.correlation_id.as_deref() != Some(CORRELATION_ID) => {
                Some("the correlation id is lost".to_owned())
            }
            Received::Json(actual) => response_difference(&normalized(&harness.api, schema, value), &actual),
            other => Some(format!("{other:?} where JSON was expected")),
        },
    }
}

/// How a decoded response differs from the one that was sent.
pub fn response_difference(expected: &Value, actual: &Value) -> Option<String> {
    json_diff(expected, actual).map(|difference| format!("response {difference}"))
}

/// Operations without a response body succeed, whether or not the service sends one. An HTML page is no body of its own.
pub async fn empty<S: Target>() -> usize {
    let harness = Harness::<S>::new().await;
    let mut report = Report::new(S::API);
    for operation in harness.operations().iter().filter(|operation| operation.response.content.is_empty()) {
        for reply in [Reply::empty(operation.response.status), Reply::new(200, "text/plain", "done")] {
            let case = format!("response {}", reply.status);
            let call = Call::new(&harness.api, operation, Plan::REQUIRED);
            let outcome = harness.send(operation, call.arguments, reply).await;
            let problem = match outcome.result {
                Ok(response) => {
                    Some(response.content).filter(|it| !matches!(it, Received::Nothing)).map(|it| format!("{it:?}"))
                }
                Err(error) => Some(format!("the call fails: {error}")),
            };
            report.case(&operation.id, &case, problem);
        }
    }
    report.finish()
}

/// Responses that are not JSON, of operations with one representation: bytes unchanged, other media types refused.
pub async fn raw<S: Target>() -> usize {
    let harness = Harness::<S>::new().await;
    let mut report = Report::new(S::API);
    for operation in harness.operations().iter().filter(|operation| operation.representations.is_none()) {
        for media_type in operation.response.raw() {
            let problems = raw_response(&harness, operation, Choice::First, media_type).await;
            report.case(&operation.id, media_type, problems);
        }
    }
    report.finish()
}

/// Problems of a response of a media type: as sent, without a media type, and as something else.
pub(crate) async fn raw_response<S: Target>(
    harness: &Harness<S>,
    operation: &ApiOperation,
    representation: Choice<'_>,
    media_type: &str,
) -> Vec<String> {
    let status = operation.response.status;
    let concrete = if media_type == "*/*" { "application/x-any" } else { media_type };
    let mut problems = Vec::new();
    for (reply, expected) in [
        (Reply::new(status, &format!("{concrete}; charset=x-odd"), BYTES), Some(concrete)),
        (Reply { body: BYTES.to_vec(), ..Reply::empty(status) }, None),
    ] {
        let plan = Plan { representation, ..Plan::REQUIRED };
        let (outcome, differences) = harness.call(operation, Call::new(&harness.api, operation, plan), reply).await;
        problems.extend(differences);
        match outcome.result {
            Ok(response) => problems.extend(raw_difference(expected, &response.content)),
            Err(error) => problems.push(format!("the call fails: {error}")),
        }
    }
    if media_type != "*/*" {
        let plan = Plan { representation, ..Plan::REQUIRED };
        let reply = Reply::new(status, "text/html", "<html>sign in, sentinel</html>");
        let outcome = harness.send(operation, Call::new(&harness.api, operation, plan).arguments, reply).await;
        problems.extend(login_page_problem(outcome.result.map(|response| response.content)));
    }
    problems
}

/// How a raw response differs from the bytes that were sent, of a media type.
pub fn raw_difference(media_type: Option<&str>, actual: &Received) -> Option<String> {
    match actual {
        Received::Raw(found, bytes) if bytes == BYTES && found.as_deref() == media_type => None,
        Received::Raw(found, bytes) if bytes == BYTES => Some(format!("media type {found:?}, expected {media_type:?}")),
        other => Some(format!("{other:?} where other bytes were expected")),
    }
}

/// What is wrong with how a login page was taken, where something else was expected.
pub fn login_page_problem(result: Result<Received, rosterkit_core::Error>) -> Option<String> {
    match result {
        Err(error) if error.kind() == ErrorKind::UnexpectedMediaType => {
            let shown = format!("{error} {error:?}");
            shown.contains("sentinel").then(|| format!("the error shows the page: {shown}"))
        }
        Err(error) => Some(format!("a login page gives another error: {error}")),
        Ok(content) => Some(format!("a login page is taken for the response: {content:?}")),
    }
}

/// JSON operations refuse a login page that comes with a success.
pub async fn login_pages<S: Target>() -> usize {
    let harness = Harness::<S>::new().await;
    let mut report = Report::new(S::API);
    for operation in harness.operations().iter().filter(|operation| operation.response.json().is_some()) {
        let plan = Plan { representation: json_representation(operation), ..Plan::REQUIRED };
        let reply = Reply::new(operation.response.status, "text/html;charset=utf-8", "<html>sign in, sentinel</html>");
        let outcome = harness.send(operation, Call::new(&harness.api, operation, plan).arguments, reply).await;
        report.case(&operation.id, "a login page", login_page_problem(outcome.result.map(|response| response.content)));
    }
    report.finish()
}

/// The representation that is JSON.
fn json_representation(operation: &ApiOperation) -> Choice<'_> {
    let mut media = operation.representations.iter().flat_map(|chosen| &chosen.media);
    let found = media.find(|(_, media_type)| rosterkit_codegen::model::is_json(media_type));
    found.map_or(Choice::First, |(value, _)| Choice::Named(value))
}
