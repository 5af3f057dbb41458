//! Error responses: typed where the spec documents them, and never printed.

use std::time::Duration;

use rosterkit_codegen::example::{Variant, example, normalized};
use rosterkit_codegen::model::ApiOperation;
use rosterkit_codegen::spec::{Idempotent, Schema};
use rosterkit_core::{Error, ErrorKind};
use serde_json::Value;

use crate::call::{Call, Plan};
use crate::harness::{CORRELATION_ID, Harness};
use crate::json_diff::json_diff;
use crate::recorder::Reply;
use crate::report::Report;
use crate::target::Target;

/// Statuses that the checks go through, operation by operation.
const STATUSES: [u16; 10] = [400, 401, 403, 404, 409, 422, 429, 500, 501, 503];

/// The documented error body, decoded into its type, in every variant.
pub async fn documented<S: Target>() -> usize {
    let harness = Harness::<S>::new().await;
    let mut report = Report::new(S::API);
    for (index, operation) in harness.operations().iter().enumerate() {
        let Some(schema) = error_schema(operation) else { continue };
        for (step, variant) in Variant::ALL.into_iter().enumerate() {
            let value = example(&harness.api, &schema, variant);
            let status = STATUSES[(index + step) % STATUSES.len()];
            // A longer wait than the client waits does not hold the calls after it.
            let reply = Reply::new(status, "application/json", value.to_string()).header("retry-after", "600");
            let problems = match failed(&harness, operation, reply).await {
                Ok(error) => {
                    let expected = Failure { status, body: value.to_string().into_bytes(), retry_after: Some(600) };
                    let mut problems = expected.differences(operation, &error);
                    problems.extend(typed_difference::<S>(&normalized(&harness.api, &schema, &value), &error));
                    problems.extend(leak(&value, &error));
                    problems
                }
                Err(problem) => vec![problem],
            };
            report.case(&operation.id, &format!("{status} with an error body {variant:?}"), problems);
        }
    }
    report.finish()
}

/// Error responses that are not what the spec documents: still the status, still the bytes, no typed error.
pub async fn undocumented<S: Target>() -> usize {
    let harness = Harness::<S>::new().await;
    let mut report = Report::new(S::API);
    for (index, operation) in harness.operations().iter().enumerate() {
        let status = STATUSES[index % STATUSES.len()];
        let body = b"<html>sentinel \xff</html>";
        let problems = match failed(&harness, operation, Reply::new(status, "text/html", body.as_slice())).await {
            Ok(error) => {
                let mut problems =
                    Failure { status, body: body.to_vec(), retry_after: None }.differences(operation, &error);
                if S::service_error(&error).is_some() {
                    problems.push("HTML was decoded into the typed error".to_owned());
                }
                if format!("{error} {error:?}").contains("sentinel") {
                    problems.push(format!("the error shows its body: {error:?}"));
                }
                problems
            }
            Err(problem) => vec![problem],
        };
        report.case(&operation.id, &format!("{status} with a page"), problems);
    }
    report.finish()
}

async fn failed<S: Target>(harness: &Harness<S>, operation: &ApiOperation, reply: Reply) -> Result<Error, String> {
    let call = Call::new(&harness.api, operation, Plan::REQUIRED);
    let outcome = harness.send(operation, call.arguments, reply).await;
    outcome.result.err().ok_or_else(|| "an error status is taken for a success".to_owned())
}

fn error_schema(operation: &ApiOperation) -> Option<Schema> {
    let name = operation.error.as_ref()?;
    Some(Schema { reference: Some(format!("#/components/schemas/{name}")), ..Schema::default() })
}

/// What an error must tell of a response.
#[derive(Clone, Debug)]
pub struct Failure {
    /// Its status.
    pub status: u16,
    /// Its body.
    pub body: Vec<u8>,
    /// How many seconds it asks to wait.
    pub retry_after: Option<u64>,
}

impl Failure {
    /// Every difference of an error.
    pub fn differences(&self, operation: &ApiOperation, error: &Error) -> Vec<String> {
        let mut found = Vec::new();
        let mut expect = |what: &str, is_right: bool| {
            if !is_right {
                found.push(format!("{what} of the error is wrong: {error:?}"));
            }
        };
        expect("the kind", error.kind() == ErrorKind::Status);
        expect("the status", error.status().is_some_and(|status| status.as_u16() == self.status));
        expect("the operation", error.operation() == Some(&operation.id));
        expect("the method", error.method() == Some(operation.method));
        expect("the path", error.path() == Some(&operation.path));
        expect("the correlation id", error.correlation_id() == Some(CORRELATION_ID));
        expect("the time to wait", error.retry_after() == self.retry_after.map(Duration::from_secs));
        expect("the body", error.body() == Some(&self.body));
        let text = error.to_string();
        expect("the text", !text.contains('\n') && text.contains(&operation.id) && text.contains(&operation.path));
        expect("the text's status", text.contains(&self.status.to_string()) && text.contains(CORRELATION_ID));
        // Bodies of the smallest calls have no optional properties, so they meet no condition.
        let idempotent = matches!(operation.idempotent, Some(Idempotent::Always(_)));
        let repeatable = operation.safe || idempotent || matches!(operation.method, "GET" | "PUT" | "DELETE");
        let retryable = self.status == 429 || matches!(self.status, 500 | 503) && repeatable;
        expect("the result of `is_retryable`", error.is_retryable() == retryable);
        found
    }
}

/// How the typed error differs from what was answered.
pub fn typed_difference<S: Target>(expected: &Value, error: &Error) -> Option<String> {
    match S::service_error(error) {
        Some(actual) => json_diff(expected, &actual).map(|difference| format!("service error {difference}")),
        None => Some("the documented error body is not decoded".to_owned()),
    }
}

/// A text of an error body that the error shows. Short ones and parts of the path occur in it by chance, and do not count.
pub fn leak(body: &Value, error: &Error) -> Option<String> {
    let shown = format!("{error} {error:?}");
    let mut texts = Vec::new();
    collect(body, &mut texts);
    let leaked = texts.into_iter().find(|text| {
        let is_telling = text.chars().count() > 5 && !error.path().is_some_and(|path| path.contains(*text));
        is_telling && shown.contains(*text)
    });
    leaked.map(|text| format!("the error shows `{text}` of its body: {shown}"))
}

fn collect<'a>(value: &'a Value, texts: &mut Vec<&'a str>) {
    match value {
        Value::String(text) => texts.push(text),
        Value::Array(list) => list.iter().for_each(|value| collect(value, texts)),
        Value::Object(map) => map.values().for_each(|value| collect(value, texts)),
        _ => {}
    }
}
