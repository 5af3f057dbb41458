//! A request that changes one thing: what a signal and an output that fails mean for it.

use rosterkit_core::WriteWatch;

use super::shutdown::{Cause, Shutdown};
use crate::context::Context;
use crate::error::Error;

/// A command that changes one thing. While it exists, a signal does not drop the request: it is awaited for 5 seconds or
/// until a second signal.
pub(crate) struct Write<'a> {
    context: &'a Context,
    /// What is changed, for messages.
    what: String,
    shutdown: Shutdown,
    watch: WriteWatch,
}

impl<'a> Write<'a> {
    /// Begins with what is changed, such as `the new user`.
    pub(crate) fn begin(context: &'a Context, what: impl Into<String>) -> Self {
        Self { context, what: what.into(), shutdown: Shutdown::new(), watch: WriteWatch::new() }
    }

    /// Sends the request.
    ///
    /// # Errors
    /// That of the request; [`Error::Interrupted`] if a signal came, after a message that says what may have been applied.
    pub(crate) async fn send<T, E: Into<Error>>(
        &mut self,
        request: impl Future<Output = Result<T, E>>,
    ) -> Result<T, Error> {
        let context = self.context;
        let request = self.watch.watch(request);
        let result = self.shutdown.watch_or_drop(request, |message| context.hint(message)).await;
        match (result, self.interrupted()) {
            (Some(Ok(value)), _) => Ok(value),
            (Some(Err(error)), None) => Err(error.into()),
            (Some(Err(error)), Some(code)) => {
                context.hint(error.into().message(context.global.verbose > 0).unwrap_or_default());
                Err(Error::Interrupted(code))
            }
            (None, code) => {
                let what = &self.what;
                match self.watch.is_certainly_unsent() {
                    true => context.hint("interrupted: nothing was changed"),
                    false => {
                        context.hint(format_args!("interrupted: {what} may have been applied; check before retrying"))
                    }
                }
                Err(Error::Interrupted(code.unwrap_or_default()))
            }
        }
    }

    /// Ends the command after a request that was accepted. `printed` is what became of its response: an output that fails
    /// is reported, and does not change the exit code.
    ///
    /// # Errors
    /// [`Error::Interrupted`] if a signal came.
    pub(crate) fn end(self, printed: Result<(), Error>) -> Result<(), Error> {
        let what = &self.what;
        // A signal that comes while the reader of standard output does not read is noticed by the output alone.
        let unread = match &printed {
            Err(Error::Interrupted(code)) => Some(*code),
            _ => None,
        };
        if let Some(message) = printed.err().and_then(|error| error.message(false)) {
            self.context.hint(format_args!("{message}; {what} was accepted by the service"));
        }
        match unread.or_else(|| self.interrupted()) {
            None => Ok(()),
            Some(code) => {
                self.context.hint(format_args!("interrupted: {what} was accepted by the service"));
                Err(Error::Interrupted(code))
            }
        }
    }

    /// Ends the command after a response that has been printed, and in which the service refuses the request.
    ///
    /// # Errors
    /// Always: that the service refused it, or [`Error::Interrupted`] if a signal came. An output that failed is reported.
    pub(crate) fn refused(self, printed: Result<(), Error>, what: &str) -> Result<(), Error> {
        let message = format!("{what}: the service refused the request; see its response");
        if let Some(printed) = printed.err().and_then(|error| error.message(false)) {
            self.context.hint(printed);
        }
        match self.interrupted() {
            None => Err(Error::Service(message)),
            Some(code) => {
                self.context.hint(message);
                Err(Error::Interrupted(code))
            }
        }
    }

    fn interrupted(&self) -> Option<u8> {
        match self.shutdown.cause()? {
            Cause::Interrupted(code) => Some(code),
            Cause::Authentication | Cause::Output => None,
        }
    }
}
