//! Streams the records of a document while it arrives.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;
use futures_util::stream;
use rosterkit_core::{Body, Error, Response};

use super::limits::Limits;
use super::parser::ParseError;
use super::read::Parsed;
use super::select::{Selection, Selector};
use super::tree::Tree;
use crate::refusal;

/// The records of a large document, read one by one while it arrives: a [`Stream`] of [`Tree`]s.
///
/// A record is a child of the root element, including those with only text, such as `dateCreated`. With
/// [`of`](Self::of), a record is an element of that name at any depth, and everything else is skipped.
///
/// Memory is bounded by the largest record, see [`Limits`]. Nothing is read ahead: the next chunk of the body is requested
/// when all records of the earlier one were returned. Dropping the stream ends the download.
///
/// A document whose root element is named `error`, `errors` or `…Error` is an error of the kind
/// [`Refused`](crate::ErrorKind::Refused), with a [`Refusal`](crate::Refusal).
///
/// If the document is cut off or malformed, the stream yields all complete records, then one error with the location and
/// the number of records, and then ends. The error's source is an [`XmlError`](super::XmlError), unless the connection
/// broke: then its kind says so.
///
/// ```
/// use peoplefluent_lms::TryStreamExt as _;
/// use peoplefluent_lms::Body;
/// use peoplefluent_lms::xml::Records;
///
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// // Usually `client.api().users200510_xml().status("active").send().await?.into_inner()`.
/// let body = Body::from("<users><user><id>a.roe</id></user><user><id>b.roe</id></user><us");
/// let mut users = Records::new(body).of("user");
/// let mut ids = Vec::new();
/// let ended = loop {
///     match users.try_next().await {
///         Ok(Some(user)) => ids.extend(user.root().id().map(String::from)),
///         Ok(None) => break None,
///         Err(error) => break Some(error),
///     }
/// };
/// assert_eq!(ids, ["a.roe", "b.roe"]);
/// assert!(ended.is_some_and(|error| error.to_string().contains("cut off")));
/// # });
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct Records {
    state: State,
}

enum State {
    New { body: Body, limits: Limits, selection: Selection },
    Running(Pin<Box<dyn Stream<Item = Result<Tree, Error>> + Send>>),
    Done,
}

impl Records {
    /// Reads the records of a body, within the default [`Limits`]. Nothing is read before the stream is polled.
    pub fn new(body: Body) -> Self {
        Self { state: State::New { body, limits: Limits::new(), selection: Selection::Children } }
    }

    /// Sets the name of the elements that are records, without prefix. Has no effect once reading has begun.
    #[must_use]
    pub fn of(mut self, element: impl Into<String>) -> Self {
        if let State::New { selection, .. } = &mut self.state {
            *selection = Selection::Named(element.into());
        }
        self
    }

    /// Sets other limits. Has no effect once reading has begun.
    #[must_use]
    pub fn within(mut self, other: Limits) -> Self {
        if let State::New { limits, .. } = &mut self.state {
            *limits = other;
        }
        self
    }
}

/// The records of a response.
impl From<Response<Body>> for Records {
    fn from(response: Response<Body>) -> Self {
        Self::new(response.into_inner())
    }
}

impl Stream for Records {
    type Item = Result<Tree, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if let State::New { .. } = self.state
            && let State::New { body, limits, selection } = std::mem::replace(&mut self.state, State::Done)
        {
            self.state = State::Running(Box::pin(run(body, limits, selection)));
        }
        let State::Running(records) = &mut self.state else { return Poll::Ready(None) };
        let item = std::task::ready!(records.as_mut().poll_next(context));
        if item.is_none() {
            self.state = State::Done;
        }
        Poll::Ready(item)
    }
}

impl fmt::Debug for Records {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Records").finish_non_exhaustive()
    }
}

fn run(body: Body, limits: Limits, selection: Selection) -> impl Stream<Item = Result<Tree, Error>> + Send {
    let reading =
        Reading { document: Parsed::new(body, limits, false), selector: Selector::new(selection), limits, complete: 0 };
    stream::unfold(Some(reading), |reading| async {
        let mut reading = reading?;
        match reading.next().await {
            Ok(Some(record)) => Some((Ok(record), Some(reading))),
            Ok(None) => None,
            Err(error) => Some((Err(error), None)),
        }
    })
}

struct Reading {
    document: Parsed,
    selector: Selector,
    limits: Limits,
    complete: u64,
}

impl Reading {
    async fn next(&mut self) -> Result<Option<Tree>, Error> {
        loop {
            let more = self.document.try_step(&mut self.selector).await.map_err(|error| self.failed(error))?;
            if self.selector.held() > self.limits.record() {
                let cause = self.document.too_large_cause("a record", self.limits.record());
                return Err(self.document.undecodable(cause.after(self.complete)));
            }
            if let Some(record) = self.selector.take() {
                if self.selector.is_error() {
                    return Err(self.document.refused(refusal::of_element(record.root())));
                }
                self.complete += 1;
                return Ok(Some(record));
            }
            if !more {
                return Ok(None);
            }
        }
    }

    fn failed(&self, error: ParseError) -> Error {
        match error {
            ParseError::Document(error) => self.document.undecodable(error.after(self.complete)),
            ParseError::Body(error) => {
                let records = if self.complete == 1 { "record" } else { "records" };
                error.with_context(format!("after {} complete {records}", self.complete))
            }
        }
    }
}
