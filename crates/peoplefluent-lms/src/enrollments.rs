//! Enrollments: enrolling users and recording launches.

use rosterkit_core::{Response, Timestamp};
use serde_json::Value;

use crate::generated::operations;
use crate::{Call, Client, RawResponse, builder, refusal};

/// Enrollments of the client's user, or of the user that it [acts for](Client::on_behalf_of).
#[derive(Clone, Debug)]
pub struct Enrollments {
    client: Client,
}

impl Client {
    /// Enrolls the user into modules and records launches.
    pub fn enrollments(&self) -> Enrollments {
        Enrollments { client: self.clone() }
    }
}

impl Enrollments {
    /// Enrolls the user into a learning module or program. Calls `enrollUser`, which also takes a `session_code`, a
    /// `reason` and a `preferred_location`.
    ///
    /// The response is the enrollment, in an undocumented representation. A refusal, an error code and message, may come with
    /// a status of success: it is an error, see [`RawResponse`].
    ///
    /// ```no_run
    /// # async fn run(client: peoplefluent_lms::Client) -> Result<(), peoplefluent_lms::Error> {
    /// let roe = client.on_behalf_of("a.roe");
    /// let response = roe.enrollments().enroll("M-100").with(|call| call.session_code("S-1")).send().await?;
    /// println!("{}", response.text()?);
    /// # Ok(())
    /// # }
    /// ```
    pub fn enroll(&self, module: impl Into<String>) -> Call<builder::EnrollUser, RawResponse> {
        let call = self.client.api().enroll_user().learning_id(module.into());
        Call::new(call, |call| {
            Box::pin(async move { RawResponse::read(call.send().await?, &operations::ENROLL_USER).await })
        })
    }

    /// Records that the user launched a downloaded module. Calls `launchTracker` with the launch time in UTC, to the
    /// minute, as the function requires; it also takes `allow_new_attempt`.
    ///
    /// ```no_run
    /// # async fn run(client: peoplefluent_lms::Client) -> Result<(), Box<dyn std::error::Error>> {
    /// client.enrollments().record_launch("E-1", "2009-11-13T20:00:41+01:00".parse()?).send().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn record_launch(
        &self,
        enrollment: impl Into<String>,
        launched_at: Timestamp,
    ) -> Call<builder::LaunchTracker, Response<Value>> {
        // A timestamp from a response may hold an invalid date-time. The site then rejects it.
        let launched_at = launched_at.to_minutes().unwrap_or(launched_at);
        let call = self.client.api().launch_tracker().enrollment_id(enrollment.into()).datetime(launched_at);
        Call::new(call, |call| {
            Box::pin(async move { refusal::check(call.send_json().await?, &operations::LAUNCH_TRACKER) })
        })
    }
}
