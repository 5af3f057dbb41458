//! Parameters that a client sets for all of its calls: each operation gets them where it takes them, or refuses.

use rosterkit_codegen::example::Variant;
use rosterkit_core::ErrorKind;

use crate::call::{Call, Choice, Fill, Plan};
use crate::harness::{Harness, Outcome};
use crate::report::Report;
use crate::target::Target;
use crate::values::AWKWARD;

/// Every operation called by a client for which a parameter is set: where it arrives, or that nothing is sent.
pub async fn arrives<S: Target>(name: &'static str) -> usize {
    let harness = Harness::<S>::in_scope(name, AWKWARD).await;
    let mut report = Report::new(S::API);
    for operation in harness.operations() {
        let mut call = Call::new(&harness.api, operation, Plan::REQUIRED);
        let parameter = operation.parameters.iter().find(|parameter| parameter.name == name);
        if let Some(parameter) = parameter {
            call.expected.put(parameter, vec![AWKWARD.to_owned()]);
        }
        let reply = harness.reply(operation, Choice::First, Variant::Minimal);
        let (outcome, mut problems) = harness.call(operation, call, reply).await;
        match (parameter, &outcome.result) {
            (Some(_), Ok(_)) => {}
            (Some(_), Err(error)) => problems.push(format!("the call fails: {error}")),
            (None, _) => problems = refusal(&outcome, &operation.id, name),
        }
        report.case(&operation.id, name, problems);
    }
    report.finish()
}

/// Every operation that takes the parameter, called with a value of its own: that one is sent.
pub async fn gives_way<S: Target>(name: &'static str) -> usize {
    let harness = Harness::<S>::in_scope(name, "not this one").await;
    let mut report = Report::new(S::API);
    let takes = |name| move |parameter: &rosterkit_codegen::model::ApiParameter| parameter.name == name;
    for operation in harness.operations().iter().filter(|operation| operation.parameters.iter().any(takes(name))) {
        let call = Call::new(&harness.api, operation, Plan { fill: Fill::All, ..Plan::REQUIRED });
        let reply = harness.reply(operation, Choice::First, Variant::Minimal);
        let (outcome, mut problems) = harness.call(operation, call, reply).await;
        problems.extend(outcome.result.err().map(|error| format!("the call fails: {error}")));
        report.case(&operation.id, name, problems);
    }
    report.finish()
}

fn refusal(outcome: &Outcome, operation: &str, name: &str) -> Vec<String> {
    let mut problems = Vec::new();
    if !outcome.requests.is_empty() {
        problems.push(format!("{} requests were sent", outcome.requests.len()));
    }
    match &outcome.result {
        Ok(_) => problems.push("the call succeeds".to_owned()),
        Err(error) => {
            let text = error.to_string();
            let says = text.contains(operation) && text.contains(&format!("`{name}`"));
            if error.kind() != ErrorKind::InvalidRequest || !says || text.contains(AWKWARD) {
                problems.push(format!("another error: {text}"));
            }
        }
    }
    problems
}
