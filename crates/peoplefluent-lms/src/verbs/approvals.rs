//! Approving and denying.

use rosterkit_core::{BoxFuture, Error, Response};
use serde_json::Value;

use super::Verb;
use crate::types::EnrollmentApprovalStatus;
use crate::{Client, builder};

/// Requests that wait for the client's user, or for the one that it [acts for](Client::on_behalf_of). What waits is
/// listed by the functions `enrollmentRequests`, `withdrawalRequests` and `taskApproval`.
#[derive(Clone, Copy, Debug)]
pub struct Approvals<'a> {
    client: &'a Client,
}

impl Client {
    /// Approving and denying requests.
    ///
    /// ```no_run
    /// # async fn run(client: peoplefluent_lms::Client) -> Result<(), peoplefluent_lms::Error> {
    /// let approval = client.approvals().approve_enrollment("R-1", "2").with(|call| call.comments("Go ahead"));
    /// let decision = approval.send().await?;
    /// if decision.is_done() != Some(true) {
    ///     println!("not approved: {:?}", decision.status);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn approvals(&self) -> Approvals<'_> {
        Approvals { client: self }
    }
}

/// What became of an approval or a denial.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Decision {
    /// The status word of the answer, if it has one. The words of enrollment requests are documented; other functions
    /// may use others, which are kept as they are.
    pub status: Option<EnrollmentApprovalStatus>,
    /// The whole answer.
    pub answer: Response<Value>,
}

impl Decision {
    /// Whether the decision took effect: `ok` and `waitlisted` say so, the other documented words deny it. `None` if
    /// there is no status word, or one that is not documented.
    pub fn is_done(&self) -> Option<bool> {
        use EnrollmentApprovalStatus as Status;
        match self.status.as_ref()? {
            Status::Ok | Status::Waitlisted => Some(true),
            Status::NotSuccessful
            | Status::InactiveStep
            | Status::InvalidApprover
            | Status::NoSuchRequest
            | Status::NoSuchStep
            | Status::PaymentRequired => Some(false),
            _ => None,
        }
    }

    /// The word is looked for under the name `status`, on top or in the one object that the answer holds: the documents
    /// give the words and not the shape.
    fn new(answer: Response<Value>) -> Self {
        let inner = match answer.as_object() {
            Some(fields) if fields.len() == 1 => fields.values().next(),
            _ => None,
        };
        let status = word(&answer).or_else(|| inner.and_then(word)).map(EnrollmentApprovalStatus::from);
        Self { status, answer }
    }
}

fn word(value: &Value) -> Option<&str> {
    value.get("status")?.as_str().map(str::trim).filter(|word| !word.is_empty())
}

impl<'a> Approvals<'a> {
    /// Approves one step of an enrollment request. Calls `enrollmentRequestApprover`, which also takes `comments` for the
    /// next approver, a `cost_center` and an `email` address to notify.
    pub fn approve_enrollment(
        &self,
        request: impl Into<String>,
        step: impl Into<String>,
    ) -> Verb<'a, builder::EnrollmentRequestApprover, Decision> {
        let call = self.client.api().enrollment_request_approver().request_id(request.into()).step_id(step.into());
        Verb::new(call, |call| decide(Box::pin(call.send_json())))
    }

    /// Denies one step of an enrollment request. Calls `enrollmentRequestDenier`, which also takes `comments` for the
    /// requester.
    pub fn deny_enrollment(
        &self,
        request: impl Into<String>,
        step: impl Into<String>,
    ) -> Verb<'a, builder::EnrollmentRequestDenier, Decision> {
        let call = self.client.api().enrollment_request_denier().request_id(request.into()).step_id(step.into());
        Verb::new(call, |call| decide(Box::pin(call.send_json())))
    }

    /// Approves a withdrawal, by the id of the transcript that its request belongs to. Calls `withdrawalRequestApprover`,
    /// which also takes `comments`.
    pub fn approve_withdrawal(
        &self,
        transcript: impl Into<String>,
    ) -> Verb<'a, builder::WithdrawalRequestApprover, Decision> {
        let call = self.client.api().withdrawal_request_approver().request_id(transcript.into());
        Verb::new(call, |call| decide(Box::pin(call.send_json())))
    }

    /// Denies a withdrawal, by the id of the transcript that its request belongs to. Calls `withdrawalRequestDenier`,
    /// which also takes `comments`.
    pub fn deny_withdrawal(
        &self,
        transcript: impl Into<String>,
    ) -> Verb<'a, builder::WithdrawalRequestDenier, Decision> {
        let call = self.client.api().withdrawal_request_denier().request_id(transcript.into());
        Verb::new(call, |call| decide(Box::pin(call.send_json())))
    }

    /// Approves a task, by the id of its enrollment. Calls `taskApprover`. The API has no function that denies a task.
    pub fn approve_task(&self, task: impl Into<String>) -> Verb<'a, builder::TaskApprover, Decision> {
        let call = self.client.api().task_approver().task_id(task.into());
        Verb::new(call, |call| decide(Box::pin(call.send_json())))
    }
}

fn decide<'a>(call: BoxFuture<'a, Result<Response<Value>, Error>>) -> BoxFuture<'a, Result<Decision, Error>> {
    Box::pin(async move { call.await.map(Decision::new) })
}

#[cfg(test)]
mod tests {
    use rosterkit_core::{HeaderMap, StatusCode};
    use serde_json::json;

    use super::*;

    #[test]
    fn the_status_word_is_found_where_it_is_plain_and_nowhere_else() {
        for (answer, word, is_done) in [
            (json!({"status": "ok"}), Some("ok"), Some(true)),
            (json!({"status": " waitlisted "}), Some("waitlisted"), Some(true)),
            (json!({"response": {"status": "payment-required"}}), Some("payment-required"), Some(false)),
            (json!({"status": "no-such-step", "enrollment": {"status": "ok"}}), Some("no-such-step"), Some(false)),
            (json!({"status": "parked"}), Some("parked"), None),
            (json!({"a": {"status": "ok"}, "b": {"status": "not-successful"}}), None, None),
            (json!({"status": ""}), None, None),
            (json!({"status": 1}), None, None),
            (json!(["ok"]), None, None),
            (json!(null), None, None),
        ] {
            let decision = Decision::new(Response::new(answer.clone(), StatusCode::OK, HeaderMap::new()));
            assert_eq!(decision.status.as_ref().map(|status| status.as_str()), word, "{answer}");
            assert_eq!(decision.is_done(), is_done, "{answer}");
        }
    }
}
