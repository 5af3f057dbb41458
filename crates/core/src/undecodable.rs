//! What wrappers that decode an answer's body themselves need of it.

use std::borrow::Cow;

use http::header;

use crate::{Body, Error, ErrorKind};

impl Body {
    /// The media type of an answer's body with its parameters, such as a `charset`, as the service sent it.
    pub fn content_type(&self) -> Option<&str> {
        self.origin()?.head.1.get(header::CONTENT_TYPE)?.to_str().ok()
    }

    /// The error that the body is not what a wrapper expects, with the call that it belongs to and what the head of the
    /// answer says. What was found becomes the [source](std::error::Error::source) of the error.
    ///
    /// The words of `found` and `advice` are printed, so they hold nothing of the body.
    ///
    /// ```
    /// use rosterkit_core::{Body, ErrorKind};
    ///
    /// #[derive(Debug)]
    /// struct NoRows;
    ///
    /// impl std::fmt::Display for NoRows {
    ///     fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
    ///         formatter.write_str("the report has no rows")
    ///     }
    /// }
    ///
    /// impl std::error::Error for NoRows {}
    ///
    /// let error = Body::from("").undecodable(ErrorKind::Decode, NoRows, "ask for another month");
    /// assert_eq!(error.to_string(), "the report has no rows; ask for another month");
    /// ```
    pub fn undecodable(
        &self,
        kind: ErrorKind,
        found: impl std::error::Error + Send + Sync + 'static,
        advice: impl Into<Cow<'static, str>>,
    ) -> Error {
        self.placed(Error::new(kind, found.to_string()).with_advice(advice).with_source(found))
    }
}

impl Error {
    /// Adds what a wrapper knows of the moment of the failure, such as how much of an answer had been read. It is
    /// printed after what happened, so it holds nothing of the request or the answer.
    #[must_use]
    pub fn with_context(self, context: impl AsRef<str>) -> Self {
        let cause = format!("{}, {}", self.cause(), context.as_ref());
        self.with_cause(cause)
    }
}
