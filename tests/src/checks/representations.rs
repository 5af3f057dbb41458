//! Functions whose response has several representations: each is asked for in the right place and taken for what it is.

use rosterkit_codegen::example::{Variant, example, normalized};
use rosterkit_codegen::model::{ApiOperation, is_json};
use rosterkit_core::ErrorKind;

use super::refusals::refusal_problems;
use super::responses::{raw_response, response_difference};
use crate::call::{Call, Choice, Plan, representation};
use crate::harness::{Harness, Received};
use crate::recorder::Reply;
use crate::report::Report;
use crate::target::Target;

/// Every representation of every operation, chosen by its name and by the value of its parameter, and the default.
pub async fn each<S: Target>() -> usize {
    let harness = Harness::<S>::new().await;
    let mut report = Report::new(S::API);
    for operation in harness.operations() {
        let values = operation.representations.iter().flat_map(|chosen| chosen.media.keys());
        let ways = values.flat_map(|value| [Choice::Named(value), Choice::Parameter(value)]);
        let default = operation.representations.iter().map(|_| Choice::Default);
        for choice in ways.chain(default) {
            let problems = match representation(operation, choice) {
                None => undecided(&harness, operation).await,
                Some((_, media_type)) if is_json(media_type) => json(&harness, operation, choice).await,
                Some((_, media_type)) => raw_response(&harness, operation, choice, media_type).await,
            };
            report.case(&operation.id, &format!("representation {choice:?}"), problems);
        }
    }
    report.finish()
}

/// Without a default, a call has to choose.
async fn undecided<S: Target>(harness: &Harness<S>, operation: &ApiOperation) -> Vec<String> {
    let plan = Plan { representation: Choice::Default, ..Plan::FULL };
    let reply = harness.reply(operation, Choice::First, Variant::Minimal);
    let outcome = harness.send(operation, Call::new(&harness.api, operation, plan).arguments, reply).await;
    let parameter =
        operation.representations.iter().map(|chosen| format!("`{}`", chosen.parameter)).collect::<String>();
    refusal_problems(outcome, ErrorKind::InvalidRequest, &parameter)
}

async fn json<S: Target>(harness: &Harness<S>, operation: &ApiOperation, choice: Choice<'_>) -> Vec<String> {
    let Some(schema) = operation.response.json() else { return vec!["no JSON schema".to_owned()] };
    let plan = Plan { representation: choice, ..Plan::FULL };
    let response = example(&harness.api, schema, Variant::Full);
    let reply = Reply::new(operation.response.status, "application/json", response.to_string());
    let (outcome, mut problems) = harness.call(operation, Call::new(&harness.api, operation, plan), reply).await;
    match outcome.result.map(|response| response.content) {
        Ok(Received::Json(actual)) => {
            problems.extend(response_difference(&normalized(&harness.api, schema, &response), &actual))
        }
        Ok(other) => problems.push(format!("{other:?} where JSON was expected")),
        Err(error) => problems.push(format!("the call fails: {error}")),
    }
    problems
}
