//! What can be wrong with a document.

use std::borrow::Cow;
use std::fmt;

use rosterkit_core::{Body, Error, ErrorKind};

/// Why a document could not be read, and where.
///
/// It is the [`source`](std::error::Error::source) of the client's [`Error`](crate::Error), which prints the same
/// words. Neither holds anything of the document but names of elements: texts and attributes are personal data.
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
    /// The document has a document type definition, which is refused: it can declare entities that grow without end or
    /// read files.
    Doctype,
    /// The document refers to an entity other than the five that XML predefines.
    Entity,
    /// Elements stand deeper in each other than [`Limits`](super::Limits) allow.
    TooDeep,
    /// A part is larger than [`Limits`](super::Limits) allow.
    TooLarge,
    /// The bytes are not what the declared encoding says, or the encoding is not known.
    Encoding,
    /// The root element is another one than expected.
    Root,
    /// The document is a page for people, in HTML.
    Page,
    /// The value of an element or attribute does not fit its type.
    Value,
}

/// A problem whose place is added where it is known.
pub(super) type Problem = (XmlErrorKind, Cow<'static, str>);

pub(super) fn malformed(what: &'static str) -> Problem {
    (XmlErrorKind::Malformed, what.into())
}

impl XmlError {
    pub(super) fn new((kind, what): Problem, line: u64, path: String) -> Self {
        Self(Box::new(Inner { kind, what, line, path, complete: None }))
    }

    pub(super) fn after(mut self, complete: u64) -> Self {
        self.0.complete = Some(complete);
        self
    }

    /// The client's error, with what the answer's head says.
    pub(super) fn of(self, body: &Body) -> Error {
        let kind = match self.kind() {
            XmlErrorKind::TooLarge => ErrorKind::TooLarge,
            XmlErrorKind::Page => ErrorKind::UnexpectedMediaType,
            _ => ErrorKind::Decode,
        };
        let advice = self.advice();
        body.undecodable(kind, self, advice)
    }

    pub(super) fn advice(&self) -> &'static str {
        match self.0.kind {
            XmlErrorKind::Truncated | XmlErrorKind::Empty => "ask for the document again, or for less at once",
            XmlErrorKind::Malformed | XmlErrorKind::Encoding => "look at the document as the service sends it",
            XmlErrorKind::Doctype | XmlErrorKind::Entity => {
                "read the document as text if you trust it; such a document can read files and fill the memory"
            }
            XmlErrorKind::TooDeep | XmlErrorKind::TooLarge => "raise this limit if you trust the document",
            XmlErrorKind::Root | XmlErrorKind::Page => {
                "check the base URL, the credential and the function that was called"
            }
            XmlErrorKind::Value => "read the document as a tree, or into a type of your own",
        }
    }

    /// The class of the error.
    pub fn kind(&self) -> XmlErrorKind {
        self.0.kind
    }

    /// The line that the offending part begins in, counted from 1. 0 where a whole element is meant and not a place.
    pub fn line(&self) -> u64 {
        self.0.line
    }

    /// The names of the elements that the place stands in, from the root on: `trainingHistory/trainingRecord`. A name
    /// that is not plain ASCII, or longer than 64 bytes, is given as `…`. Empty outside the root element.
    pub fn path(&self) -> &str {
        &self.0.path
    }

    /// How many records of a stream came before this error. `None` if the document was decoded as a whole.
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

/// A name that is safe to print: what stands in its place in a broken document could be anything.
pub(super) fn printable(name: &str) -> &str {
    let is_plain =
        name.len() <= 64 && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.:$".contains(&byte));
    if is_plain { name } else { "…" }
}
