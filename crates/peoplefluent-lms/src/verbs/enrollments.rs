//! Enrolling and launching.

use rosterkit_core::{Response, Timestamp};
use serde_json::Value;

use super::{RawAnswer, Verb};
use crate::generated::operations;
use crate::{Client, builder};

/// What can be done about enrollments, of the client's user or of the one that it [acts for](Client::on_behalf_of).
#[derive(Clone, Copy, Debug)]
pub struct Enrollments<'a> {
    client: &'a Client,
}

impl Client {
    /// Enrolling into modules, and launching what was enrolled into.
    pub fn enrollments(&self) -> Enrollments<'_> {
        Enrollments { client: self }
    }
}

impl<'a> Enrollments<'a> {
    /// Enrolls the user into a learning module or program. Calls `enrollUser`, which also takes a `session_code`, a
    /// `reason` and a `preferred_location`.
    ///
    /// The answer is the enrollment, or an error code and message, both in a representation that is not documented: look
    /// at it, since a refusal may come with a status of success.
    ///
    /// ```no_run
    /// # async fn run(client: peoplefluent_lms::Client) -> Result<(), peoplefluent_lms::Error> {
    /// let roe = client.on_behalf_of("a.roe");
    /// let answer = roe.enrollments().enroll("M-100").with(|call| call.session_code("S-1")).send().await?;
    /// println!("{}", answer.text()?);
    /// # Ok(())
    /// # }
    /// ```
    pub fn enroll(&self, module: impl Into<String>) -> Verb<'a, builder::EnrollUser, RawAnswer> {
        let call = self.client.api().enroll_user().learning_id(module.into());
        Verb::new(call, |call| {
            Box::pin(async move { RawAnswer::read(call.send().await?, &operations::ENROLL_USER).await })
        })
    }

    /// Records that the user launched a course that was downloaded. Calls `launchTracker`, with the moment to the minute
    /// in UTC, as the function wants it; it also takes `allow_new_attempt`.
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
        moment: Timestamp,
    ) -> Verb<'a, builder::LaunchTracker, Response<Value>> {
        // A timestamp out of an answer may hold text that is no date. Then the site is the judge of it.
        let moment = moment.to_minutes().unwrap_or(moment);
        let call = self.client.api().launch_tracker().enrollment_id(enrollment.into()).datetime(moment);
        Verb::new(call, |call| Box::pin(call.send_json()))
    }
}
