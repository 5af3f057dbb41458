//! JSON of requests and responses, through the types of every operation.
//!
//! The first line names the operation, as `genesys-users/getUser`; any other line stands for one of them. The rest is JSON.

use rosterkit_codegen::example::{Variant, example};
use rosterkit_codegen::model::{Api, ApiOperation};
use rosterkit_core::Error;
use rosterkit_core::dispatch::Content;
use rosterkit_tests::{Call, GenesysUsers, PeoplefluentLms, Plan, Reply, SessionClusters, Target as Client, apis};
use serde_json::Value;

use crate::responder::Responder;
use crate::{Target, first_line};

pub const TARGET: Target = Target {
    name: "json",
    run,
    seeds,
    words: &[
        "null",
        "true",
        "[]",
        "{}",
        "\"\"",
        "0",
        "-1",
        "1e400",
        "3.0",
        "9223372036854775808",
        "\"id\":",
        "\"entities\":[",
        "\\ud800",
        "\\u0000",
        ",",
        "[[[[",
        "{\"a\":",
        "\u{feff}",
    ],
};

/// The operations whose response is JSON, whatever is asked for.
fn operations() -> impl Iterator<Item = (&'static Api, &'static ApiOperation)> {
    let all = apis().iter().flat_map(|api| api.operations.iter().map(move |operation| (api, operation)));
    all.filter(|(_, operation)| operation.response.json().is_some() && operation.representations.is_none())
}

/// An example of each operation.
fn seeds() -> Vec<Vec<u8>> {
    let seed = |(api, operation): (&Api, &ApiOperation)| {
        let body = operation.response.json().map(|schema| example(api, schema, Variant::Full))?;
        Some(format!("{}/{}\n{body}", api.name, operation.id).into_bytes())
    };
    operations().filter_map(seed).collect()
}

fn run(data: &[u8]) {
    let (name, body) = first_line(data);
    let is_named = |(api, operation): &(&Api, &ApiOperation)| {
        name.strip_prefix(api.name.as_bytes()).and_then(|rest| rest.strip_prefix(b"/")) == Some(operation.id.as_bytes())
    };
    let any = name.iter().fold(0_usize, |sum, byte| sum.wrapping_mul(31).wrapping_add(usize::from(*byte)));
    let (api, operation) = operations()
        .find(is_named)
        .or_else(|| operations().nth(any % operations().count()))
        .expect("there are operations");
    match api.name.as_str() {
        GenesysUsers::API => check::<GenesysUsers>(api, operation, body),
        PeoplefluentLms::API => check::<PeoplefluentLms>(api, operation, body),
        _ => check::<SessionClusters>(api, operation, body),
    }
}

fn check<S: Client>(api: &'static Api, operation: &'static ApiOperation, body: &[u8]) {
    match respond::<S>(api, operation, body, None) {
        Ok(None) => {}
        Ok(Some(typed)) => {
            let again = respond::<S>(api, operation, typed.to_string().as_bytes(), None);
            assert_eq!(again.expect("what was written can be read"), Some(typed), "{}", operation.id);
        }
        Err(error) => {
            assert_eq!(error.operation(), Some(operation.id.as_str()), "{error}");
            assert!(!error.to_string().contains('\n'), "{error}");
        }
    }
    let has_body = operation.body.is_some();
    if let Some(given) = serde_json::from_slice::<Value>(body).ok().filter(|_| has_body) {
        // It is sent, or refused with the name of the operation.
        if let Err(error) = respond::<S>(api, operation, b"{}", Some(given)) {
            assert_eq!(error.operation(), Some(operation.id.as_str()), "{error}");
        }
    }
}

/// What the operation's type keeps of a response.
fn respond<S: Client>(
    api: &'static Api,
    operation: &'static ApiOperation,
    body: &[u8],
    request: Option<Value>,
) -> Result<Option<Value>, Error> {
    let mut arguments = Call::new(api, operation, Plan::REQUIRED).arguments;
    if let Some(request) = request {
        arguments = arguments.json(request);
    }
    Responder::with(|responder| {
        let client = S::new(responder.transport.clone());
        let reply = Reply::new(operation.response.status, "application/json", body);
        let response = responder.answer(reply, client.dispatch(&operation.id, arguments))?;
        match response.content {
            Content::Json(json) => json.typed().map(Some),
            Content::Empty | Content::Raw(_) => Ok(None),
        }
    })
}
