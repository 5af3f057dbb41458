//! Streams the records of a document while it arrives.

use std::fmt;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;
use rosterkit_core::{Body, Error, Response};
use serde::de::DeserializeOwned;

use super::de;
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
/// when all records of the earlier one were returned. [`decode`](Self::decode) makes types of the records. Dropping the stream ends the download.
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
    Running(Box<Reading>),
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

impl Records {
    /// Decodes each record into a type of this crate or your own; see [`Element::decode`](super::Element::decode). A record
    /// that does not fit the type is an error, and the records after it follow.
    ///
    /// ```
    /// use peoplefluent_lms::Body;
    /// use peoplefluent_lms::TryStreamExt as _;
    /// use peoplefluent_lms::xml::Records;
    ///
    /// #[derive(serde::Deserialize)]
    /// struct User {
    ///     id: String,
    ///     email: Option<String>,
    /// }
    ///
    /// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
    /// let body = Body::from("<users><user id='a.roe'><email>a.roe@example.com</email></user><user id='b.roe'/></users>");
    /// let users: Vec<User> = Records::new(body).of("user").decode().try_collect().await?;
    /// assert_eq!((users[0].email.as_deref(), users[1].id.as_str()), (Some("a.roe@example.com"), "b.roe"));
    /// # Ok::<(), peoplefluent_lms::Error>(())
    /// # }).map_err(std::io::Error::other)?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn decode<T: DeserializeOwned>(self) -> DecodedRecords<T> {
        DecodedRecords { records: self, decoded: PhantomData }
    }

    /// The next record, as `make` gives it.
    fn poll_with<T>(
        &mut self,
        context: &mut Context<'_>,
        make: impl FnOnce(Tree, &mut Reading) -> Result<T, Error>,
    ) -> Poll<Option<Result<T, Error>>> {
        if let State::New { .. } = self.state
            && let State::New { body, limits, selection } = std::mem::replace(&mut self.state, State::Done)
        {
            self.state = State::Running(Box::new(Reading::new(body, limits, selection)));
        }
        let State::Running(reading) = &mut self.state else { return Poll::Ready(None) };
        let error = match ready!(reading.poll_record(context)) {
            Some(Ok(record)) => return Poll::Ready(Some(make(record, reading))),
            Some(Err(error)) => Some(Err(error)),
            None => None,
        };
        self.state = State::Done;
        Poll::Ready(error)
    }
}

impl Stream for Records {
    type Item = Result<Tree, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll_with(context, |record, _| Ok(record))
    }
}

impl fmt::Debug for Records {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Records").finish_non_exhaustive()
    }
}

/// The records of a large document as a type: a [`Stream`], made by [`Records::decode`].
pub struct DecodedRecords<T> {
    records: Records,
    decoded: PhantomData<fn() -> T>,
}

impl<T: DeserializeOwned> Stream for DecodedRecords<T> {
    type Item = Result<T, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.records.poll_with(context, |record, reading| {
            let decoded = de::decode(record.root()).map_err(|error| reading.document.undecodable(error));
            reading.selector.recycle(record);
            decoded
        })
    }
}

impl<T> fmt::Debug for DecodedRecords<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("DecodedRecords").finish_non_exhaustive()
    }
}

struct Reading {
    document: Parsed,
    selector: Selector,
    /// How the document ended, after the records that were read.
    end: Option<Result<(), Error>>,
}

impl Reading {
    fn new(body: Body, limits: Limits, selection: Selection) -> Self {
        let selector = Selector::new(selection, "a record", limits.record());
        Self { document: Parsed::new(body, limits, false), selector, end: None }
    }

    fn poll_record(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Tree, Error>>> {
        loop {
            if let Some(record) = self.selector.take() {
                return Poll::Ready(Some(match self.selector.is_error() {
                    true => Err(self.document.refused(refusal::of_element(record.root()))),
                    false => Ok(record),
                }));
            }
            if let Some(end) = self.end.take() {
                return Poll::Ready(end.err().map(Err));
            }
            match ready!(self.document.poll_step(&mut self.selector, context)) {
                Ok(true) => {}
                Ok(false) => self.end = Some(Ok(())),
                Err(error) => self.end = Some(Err(self.failed(error))),
            }
        }
    }

    fn failed(&self, error: ParseError) -> Error {
        let complete = self.selector.completed();
        match error {
            ParseError::Document(error) => self.document.undecodable(error.after(complete)),
            ParseError::Body(error) => {
                let records = if complete == 1 { "record" } else { "records" };
                error.with_context(format!("after {complete} complete {records}"))
            }
        }
    }
}
