//! One call that is about to be made.

use std::fmt;

use rosterkit_core::{BoxFuture, Error};

/// A call of the generated client with its main arguments set. [`with`](Self::with) reaches the rest of them,
/// [`send`](Self::send) makes the call.
///
/// ```no_run
/// # async fn run(client: peoplefluent_lms::Client) -> Result<(), peoplefluent_lms::Error> {
/// let enrollments = client.enrollments();
/// let enroll = enrollments.enroll("M-100").with(|call| call.session_code("S-1").reason("Annual training"));
/// println!("{}", enroll.send().await?.text()?);
/// # Ok(())
/// # }
/// ```
#[must_use = "a verb does nothing until it is sent"]
pub struct Verb<'a, B, T> {
    call: B,
    send: fn(B) -> BoxFuture<'a, Result<T, Error>>,
}

impl<'a, B, T> Verb<'a, B, T> {
    pub(super) fn new(call: B, send: fn(B) -> BoxFuture<'a, Result<T, Error>>) -> Self {
        Self { call, send }
    }

    /// Sets more of what the function takes, on its generated builder.
    pub fn with(mut self, change: impl FnOnce(B) -> B) -> Self {
        self.call = change(self.call);
        self
    }

    /// Makes the call.
    ///
    /// # Errors
    /// See [`Error`]: an invalid or missing argument, and a missing credential, fail before anything is sent.
    pub async fn send(self) -> Result<T, Error> {
        (self.send)(self.call).await
    }
}

/// Shows the function only. Its arguments are ids of people.
impl<B: fmt::Debug, T> fmt::Debug for Verb<'_, B, T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Verb").field(&self.call).finish()
    }
}
