//! Approvals: approving and denying requests.

use rosterkit_core::{BoxFuture, Error, Operation, Response};
use serde_json::Value;

use crate::generated::operations;
use crate::types::EnrollmentApprovalStatus;
use crate::{Call, Client, builder, refusal};

/// Requests that wait for a decision of the client's user, or of the user that it [acts for](Client::on_behalf_of). The
/// functions `enrollmentRequests`, `withdrawalRequests` and `taskApproval` list them.
#[derive(Clone, Debug)]
pub struct Approvals {
    client: Client,
}

impl Client {
    /// Approves and denies requests.
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
    pub fn approvals(&self) -> Approvals {
        Approvals { client: self.clone() }
    }
}

/// The result of an approval or a denial.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Decision {
    /// The status of the response, if it has one. The values for enrollment requests are documented; other functions may
    /// use other values, which are kept.
    pub status: Option<EnrollmentApprovalStatus>,
    /// The whole response.
    pub response: Response<Value>,
}

impl Decision {
    /// Whether the decision took effect: true for `ok` and `waitlisted`, false for the other documented values. `None` if
    /// there is no status or an undocumented one.
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

    /// The status is the field `status` of the response, or of the only object in it: the documents name the values but
    /// not the shape.
    fn new(response: Response<Value>) -> Self {
        let inner = match response.get().as_object() {
            Some(fields) if fields.len() == 1 => fields.values().next(),
            _ => None,
        };
        let status =
            status_of(response.get()).or_else(|| inner.and_then(status_of)).map(EnrollmentApprovalStatus::from);
        Self { status, response }
    }
}

fn status_of(value: &Value) -> Option<&str> {
    value.get("status")?.as_str().map(str::trim).filter(|status| !status.is_empty())
}

impl Approvals {
    /// Approves one step of an enrollment request. Calls `enrollmentRequestApprover`, which also takes `comments` for the
    /// next approver, a `cost_center` and an `email` address to notify.
    pub fn approve_enrollment(
        &self,
        request: impl Into<String>,
        step: impl Into<String>,
    ) -> Call<builder::EnrollmentRequestApprover, Decision> {
        let call = self.client.api().enrollment_request_approver().request_id(request.into()).step_id(step.into());
        Call::new(call, |call| decide(Box::pin(call.send_json()), &operations::ENROLLMENT_REQUEST_APPROVER))
    }

    /// Denies one step of an enrollment request. Calls `enrollmentRequestDenier`, which also takes `comments` for the
    /// requester.
    pub fn deny_enrollment(
        &self,
        request: impl Into<String>,
        step: impl Into<String>,
    ) -> Call<builder::EnrollmentRequestDenier, Decision> {
        let call = self.client.api().enrollment_request_denier().request_id(request.into()).step_id(step.into());
        Call::new(call, |call| decide(Box::pin(call.send_json()), &operations::ENROLLMENT_REQUEST_DENIER))
    }

    /// Approves a withdrawal, by the id of the transcript that its request belongs to. Calls `withdrawalRequestApprover`,
    /// which also takes `comments`.
    pub fn approve_withdrawal(
        &self,
        transcript: impl Into<String>,
    ) -> Call<builder::WithdrawalRequestApprover, Decision> {
        let call = self.client.api().withdrawal_request_approver().request_id(transcript.into());
        Call::new(call, |call| decide(Box::pin(call.send_json()), &operations::WITHDRAWAL_REQUEST_APPROVER))
    }

    /// Denies a withdrawal, by the id of the transcript that its request belongs to. Calls `withdrawalRequestDenier`,
    /// which also takes `comments`.
    pub fn deny_withdrawal(&self, transcript: impl Into<String>) -> Call<builder::WithdrawalRequestDenier, Decision> {
        let call = self.client.api().withdrawal_request_denier().request_id(transcript.into());
        Call::new(call, |call| decide(Box::pin(call.send_json()), &operations::WITHDRAWAL_REQUEST_DENIER))
    }

    /// Approves a task, by the id of its enrollment. Calls `taskApprover`. The API has no function that denies a task.
    pub fn approve_task(&self, task: impl Into<String>) -> Call<builder::TaskApprover, Decision> {
        let call = self.client.api().task_approver().task_id(task.into());
        Call::new(call, |call| decide(Box::pin(call.send_json()), &operations::TASK_APPROVER))
    }
}

fn decide(
    call: BoxFuture<'static, Result<Response<Value>, Error>>,
    operation: &'static Operation,
) -> BoxFuture<'static, Result<Decision, Error>> {
    Box::pin(async move { refusal::check(call.await?, operation).map(Decision::new) })
}

#[cfg(test)]
mod tests {
    use rosterkit_core::{HeaderMap, StatusCode};
    use serde_json::json;

    use super::*;

    #[test]
    fn the_status_is_read_from_the_top_or_from_the_only_object() {
        for (response, status, is_done) in [
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
            let decision = Decision::new(Response::new(response.clone(), StatusCode::OK, HeaderMap::new()));
            assert_eq!(decision.status.as_ref().map(|status| status.as_str()), status, "{response}");
            assert_eq!(decision.is_done(), is_done, "{response}");
        }
    }
}
