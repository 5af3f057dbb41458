//! A call with its main arguments set.

use std::fmt;

use rosterkit_core::{BoxFuture, Error};

/// A call of the generated client with its main arguments set. [`with`](Self::with) sets the others on the generated
/// builder, [`send`](Self::send) makes the call.
///
/// ```no_run
/// # async fn run(client: peoplefluent_lms::Client) -> Result<(), peoplefluent_lms::Error> {
/// let enrollments = client.enrollments();
/// let enroll = enrollments.enroll("M-100").with(|call| call.session_code("S-1").reason("Annual training"));
/// println!("{}", enroll.send().await?.text()?);
/// # Ok(())
/// # }
/// ```
#[must_use = "a call does nothing until it is sent"]
pub struct Call<B, T> {
    builder: B,
    send: fn(B) -> BoxFuture<'static, Result<T, Error>>,
}

impl<B, T> Call<B, T> {
    pub(crate) fn new(builder: B, send: fn(B) -> BoxFuture<'static, Result<T, Error>>) -> Self {
        Self { builder, send }
    }

    /// Sets further parameters of the function on its generated builder.
    pub fn with(mut self, change: impl FnOnce(B) -> B) -> Self {
        self.builder = change(self.builder);
        self
    }

    /// Makes the call.
    ///
    /// # Errors
    /// See [`Error`]: an invalid or missing argument, and a missing credential, fail before anything is sent.
    pub async fn send(self) -> Result<T, Error> {
        (self.send)(self.builder).await
    }
}

/// Shows the function only. Its arguments may identify people.
impl<B: fmt::Debug, T> fmt::Debug for Call<B, T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Call").field(&self.builder).finish()
    }
}
