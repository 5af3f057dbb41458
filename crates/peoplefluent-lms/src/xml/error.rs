//! The error of a document that cannot be read.

use std::borrow::Cow;
use std::fmt;

use rosterkit_core::{Body, Error, ErrorKind};

/// Why a document could not be read, and where.
///
/// It is the [`source`](std::error::Error::source) of the client's [`Error`](crate::Error), which prints the same
/// message. Both hold only names of elements, never texts or attributes, which may be personal data.
///
/// ```
/// use peoplefluent_lms::types::TrainingHistory;
/// use peoplefluent_lms::xml::{FromXml as _, XmlError, XmlErrorKind};
///
/// let error = TrainingHistory::from_xml("<trainingHistory>\n<trainingRecord id='1'>").expect_err("cut off");
/// let cause = std::error::Error::source(&error).and_then(|cause| cause.downcast_ref::<XmlError>());
/// let cause = cause.ok_or("a document that cannot be read")?;
/// assert_eq!(cause.kind(), XmlErrorKind::Truncated);
/// assert_eq!((cause.line(), cause.path()), (2, "trainingHistory/trainingRecord"));
/// # Ok::<(), &str>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct XmlError(Box<Inner>);

#[derive(Clone, PartialEq, Eq)]
struct Inner {
    kind: XmlErrorKind,
    what: Cow<'static, str>,
    line: u64,
    path: String,
    complete: Option<u64>,
}

/// The class of an [`XmlError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum XmlErrorKind {
    /// The document ends before its root element does.
    Truncated,
    /// There is no document: nothing, or only white space.
    Empty,
    /// The document breaks a rule of XML.
    Malformed,
    /// The document has a document type definition. It is rejected, since it can declare entities that expand without
    /// limit or read files.
    Doctype,
    /// The document refers to an entity other than the five that XML predefines.
    Entity,
    /// Elements are nested deeper than [`Limits`](super::Limits) allow.
    TooDeep,
    /// A part is larger than [`Limits`](super::Limits) allow.
    TooLarge,
    /// The bytes are invalid in the declared encoding, or the encoding is unknown.
    Encoding,
    /// The root element is not the expected one.
    Root,
    /// The document is an HTML page, such as a login page.
    Html,
    /// The value of an element or attribute does not fit its type.
    Value,
}

/// An error without its location, which the caller adds.
pub(super) type Cause = (XmlErrorKind, Cow<'static, str>);

pub(super) fn malformed(what: &'static str) -> Cause {
    (XmlErrorKind::Malformed, what.into())
}

impl XmlError {
    pub(super) fn new((kind, what): Cause, line: u64, path: String) -> Self {
        Self(Box::new(Inner { kind, what, line, path, complete: None }))
    }

    pub(super) fn after(mut self, complete: u64) -> Self {
        self.0.complete = Some(complete);
        self
    }

    /// The client's error, with the operation, status and correlation id of the response.
    pub(super) fn of(self, body: &Body) -> Error {
        let kind = match self.kind() {
            XmlErrorKind::TooLarge => ErrorKind::TooLarge,
            XmlErrorKind::Html => ErrorKind::UnexpectedMediaType,
            _ => ErrorKind::Decode,
        };
        let advice = self.advice();
        body.undecodable(kind, self, advice)
    }

    pub(super) fn advice(&self) -> &'static str {
        match self.0.kind {
            XmlErrorKind::Truncated | XmlErrorKind::Empty => "request the document again, or a smaller one",
            XmlErrorKind::Malformed | XmlErrorKind::Encoding => "check the document that the service sends",
            XmlErrorKind::Doctype | XmlErrorKind::Entity => {
                "read the document as text if you trust it; entities can read files and exhaust memory"
            }
            XmlErrorKind::TooDeep | XmlErrorKind::TooLarge => "raise this limit if you trust the document",
            XmlErrorKind::Root | XmlErrorKind::Html => {
                "check the base URL, the credential and the function that was called"
            }
            XmlErrorKind::Value => "read the document as a tree, or into a type of your own",
        }
    }

    /// The class of the error.
    pub fn kind(&self) -> XmlErrorKind {
        self.0.kind
    }

    /// The line of the error, counted from 1. 0 if the error is about a whole element.
    pub fn line(&self) -> u64 {
        self.0.line
    }

    /// The path of the element, from the root: `trainingHistory/trainingRecord`. A name that is not plain ASCII, or
    /// longer than 64 bytes, is shown as `…`. Empty outside the root element.
    pub fn path(&self) -> &str {
        &self.0.path
    }

    /// How many complete records of a stream came before this error. `None` if the document was decoded as a whole.
    pub fn complete_records(&self) -> Option<u64> {
        self.0.complete
    }
}

impl fmt::Display for XmlError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { what, line, path, complete, .. } = &*self.0;
        formatter.write_str(what)?;
        if *line > 0 {
            write!(formatter, ", in line {line}")?;
        }
        if !path.is_empty() {
            write!(formatter, " at `{path}`")?;
        }
        match complete {
            Some(1) => formatter.write_str(", after 1 complete record"),
            Some(complete) => write!(formatter, ", after {complete} complete records"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for XmlError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "XmlError({:?}: {self})", self.0.kind)
    }
}

impl std::error::Error for XmlError {}

/// A name that is safe to print. In a malformed document, a name can hold anything.
pub(super) fn printable(name: &str) -> &str {
    let is_plain =
        name.len() <= 64 && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.:$".contains(&byte));
    if is_plain { name } else { "…" }
}
