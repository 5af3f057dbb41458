//! How calls are authenticated: by the first way that the spec names and the client can go.

use rosterkit_codegen::example::Variant;
use rosterkit_core::ErrorKind;

use crate::call::{Call, Choice, Plan};
use crate::harness::Harness;
use crate::report::Report;
use crate::target::Target;

/// Every operation with the credentials of one scheme, and with none; those of all schemes are checked with the requests.
pub async fn each<S: Target>() -> usize {
    let mut report = Report::new(S::API);
    let schemes: Vec<_> = S::proofs().iter().map(|proof| vec![proof.scheme]).chain([Vec::new()]).collect();
    for schemes in schemes {
        let harness = Harness::<S>::with_credentials(&schemes).await;
        for operation in harness.operations() {
            let call = Call::new(&harness.api, operation, Plan::REQUIRED);
            let reply = harness.reply(operation, Choice::First, Variant::Minimal);
            let (outcome, problems) = harness.call(operation, call, reply).await;
            let problems = match (harness.authorization(operation), outcome.result) {
                (Some(_), Ok(_)) => problems,
                (Some(_), Err(error)) => vec![format!("the call fails: {error}")],
                (None, Ok(_)) => vec!["the call succeeds without a credential".to_owned()],
                (None, Err(error)) => missing(&error, &operation.security, outcome.requests.len()),
            };
            report.case(&operation.id, &format!("credentials {schemes:?}"), problems);
        }
    }
    report.finish()
}

/// What is wrong with the error of a call that lacks its credential.
fn missing(error: &rosterkit_core::Error, security: &[Vec<String>], sent: usize) -> Vec<String> {
    let text = error.to_string();
    let unnamed = security.iter().flatten().filter(|scheme| !text.contains(&format!("`{scheme}`")));
    let mut problems: Vec<_> = unnamed.map(|scheme| format!("the error does not name `{scheme}`: {text}")).collect();
    if error.kind() != ErrorKind::MissingCredential {
        problems.push(format!("another error: {text}"));
    }
    if sent > 0 {
        problems.push(format!("{sent} requests were sent"));
    }
    problems
}
