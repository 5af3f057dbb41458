//! Records of a document one by one, while it arrives.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;
use futures_util::stream;
use rosterkit_core::{Body, Error, Response};

use super::collect::{Collector, Pick};
use super::limits::Limits;
use super::parser::Stop;
use super::read::Parsed;
use super::tree::Tree;

/// The records of a large document, read one by one while it arrives: a [`Stream`] of [`Tree`]s.
///
/// A record is a child of the root element. Those that hold only text, such as `dateCreated`, come too. With
/// [`of`](Self::of), a record is an element of that name at any depth, and everything else is skipped.
///
/// Memory is bounded by the largest record, see [`Limits`]; the document itself is never held. Nothing is read ahead:
/// the body is asked for a chunk when all of the earlier one was given out. Dropping the stream ends the download.
///
/// If the document is cut off or turns out to be broken, every record that was complete comes first, then one error
/// that says where and after how many records, and then the stream ends. The error's source is an
/// [`XmlError`](super::XmlError), unless the connection broke: then its kind says so.
///
/// ```
/// use futures_util::TryStreamExt as _;
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
    New { body: Body, limits: Limits, pick: Pick },
    Running(Pin<Box<dyn Stream<Item = Result<Tree, Error>> + Send>>),
    Done,
}

impl Records {
    /// Reads the records of a body, within the default [`Limits`]. Nothing happens before the first one is asked for.
    pub fn new(body: Body) -> Self {
        Self { state: State::New { body, limits: Limits::new(), pick: Pick::Children } }
    }

    /// Sets the name of the elements that are records, without prefix. Has no effect once reading has begun.
    #[must_use]
    pub fn of(mut self, element: impl Into<String>) -> Self {
        if let State::New { pick, .. } = &mut self.state {
            *pick = Pick::Named(element.into());
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

/// The records of an answer.
impl From<Response<Body>> for Records {
    fn from(answer: Response<Body>) -> Self {
        Self::new(answer.into_inner())
    }
}

impl Stream for Records {
    type Item = Result<Tree, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if let State::New { .. } = self.state
            && let State::New { body, limits, pick } = std::mem::replace(&mut self.state, State::Done)
        {
            self.state = State::Running(Box::pin(run(body, limits, pick)));
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

fn run(body: Body, limits: Limits, pick: Pick) -> impl Stream<Item = Result<Tree, Error>> + Send {
    let reading =
        Reading { document: Parsed::new(body, limits, false), collector: Collector::new(pick), limits, complete: 0 };
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
    collector: Collector,
    limits: Limits,
    complete: u64,
}

impl Reading {
    async fn next(&mut self) -> Result<Option<Tree>, Error> {
        loop {
            let more = self.document.try_step(&mut self.collector).await.map_err(|stop| self.failed(stop))?;
            if self.collector.held() > self.limits.record() {
                let cause = self.document.too_large_cause("a record", self.limits.record());
                return Err(self.document.undecodable(cause.after(self.complete)));
            }
            if let Some(record) = self.collector.take() {
                self.complete += 1;
                return Ok(Some(record));
            }
            if !more {
                return Ok(None);
            }
        }
    }

    fn failed(&self, stop: Stop) -> Error {
        match stop {
            Stop::Document(error) => self.document.undecodable(error.after(self.complete)),
            Stop::Body(error) => {
                let records = if self.complete == 1 { "record" } else { "records" };
                error.with_context(format!("after {} complete {records}", self.complete))
            }
        }
    }
}
