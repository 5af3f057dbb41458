//! What is sent: every parameter in its place, every body as it was given.

use rosterkit_codegen::example::Variant;
use rosterkit_codegen::model::{Api, ApiBody, ApiOperation, Shape};

use crate::call::{Call, Choice, Fill, Plan};
use crate::harness::Harness;
use crate::report::Report;
use crate::target::Target;

/// Every parameter of every operation, with values that need escaping, and the full example of its body.
pub async fn everything<S: Target>() -> usize {
    planned::<S>("every parameter and a full body", Plan::FULL, |_, _| true).await
}

/// Required parameters only: nothing else may be sent, no default either.
pub async fn required<S: Target>() -> usize {
    planned::<S>("required parameters only", Plan::REQUIRED, |_, _| true).await
}

/// Values of enumerations that the spec does not know go out as they are, in parameters and in bodies.
pub async fn unknown_values<S: Target>() -> usize {
    let plan = Plan { variant: Variant::UnknownEnum, ..Plan::FULL };
    planned::<S>("unknown values of enumerations", plan, |_, _| true).await
}

/// Bodies of `PATCH` send `null` where it is given; the bodies of other methods leave it out where it may be absent.
pub async fn nulls<S: Target>() -> usize {
    let plan = Plan { variant: Variant::Nulls, ..Plan::FULL };
    planned::<S>("a body of nulls", plan, has_json).await
}

/// Empty arrays and maps are sent, not left out.
pub async fn empties<S: Target>() -> usize {
    let plan = Plan { variant: Variant::Empties, ..Plan::FULL };
    planned::<S>("a body of empty arrays", plan, has_json).await
}

/// A body without optional properties gets none, next to every parameter.
pub async fn absent_properties<S: Target>() -> usize {
    let plan = Plan { variant: Variant::Minimal, fill: Fill::All, ..Plan::FULL };
    planned::<S>("a body of required properties", plan, has_json).await
}

/// Files and raw bodies that are streams arrive as what they are.
pub async fn streams<S: Target>() -> usize {
    let plan = Plan { streamed: true, ..Plan::FULL };
    planned::<S>("streams", plan, |api, operation| {
        let has_file = operation.parameters.iter().any(|it| api.shape(&it.schema) == Shape::File);
        has_file || operation.body.as_ref().is_some_and(|body| !body.is_json())
    })
    .await
}

fn has_json(_: &Api, operation: &ApiOperation) -> bool {
    operation.body.as_ref().is_some_and(ApiBody::is_json)
}

/// Makes one call of each operation that is wanted.
async fn planned<S: Target>(case: &str, plan: Plan<'_>, wanted: impl Fn(&Api, &ApiOperation) -> bool) -> usize {
    let harness = Harness::<S>::new().await;
    let mut report = Report::new(S::API);
    for operation in harness.operations().iter().filter(|operation| wanted(&harness.api, operation)) {
        let call = Call::new(&harness.api, operation, plan);
        let reply = harness.reply(operation, Choice::First, Variant::Minimal);
        let (outcome, mut problems) = harness.call(operation, call, reply).await;
        if let Err(error) = outcome.result {
            problems.insert(0, format!("the call fails: {error}"));
        }
        report.case(&operation.id, case, problems);
    }
    report.finish()
}
