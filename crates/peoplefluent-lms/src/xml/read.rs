//! Reads whole documents as types and as trees.

use std::task::{Context, Poll};

use futures_util::FutureExt as _;
use rosterkit_core::bytes::Bytes;
use rosterkit_core::{Body, Error, Response};
use serde::de::DeserializeOwned;

use super::de;
use super::encoding::charset;
use super::error::{XmlError, XmlErrorKind, printable};
use super::limits::Limits;
use super::parser::{ParseError, Parser};
use super::select::{Selection, Selector};
use super::tree::{Element, Tree};
use crate::Refusal;

/// A type that a document can be decoded into: one of the site's documents in [`types`](crate::types), whose root
/// element is known.
///
/// ```
/// use peoplefluent_lms::types::{CompetenciesAwarded, OverallStatus, TrainingHistory};
/// use peoplefluent_lms::xml::FromXml as _;
///
/// let history = TrainingHistory::from_xml(
///     r#"<trainingHistory>
///          <trainingRecord id="T-1"><overallStatus>completed</overallStatus><score>91.50</score></trainingRecord>
///        </trainingHistory>"#,
/// )?;
/// let records = history.training_record.unwrap_or_default();
/// assert_eq!(records[0].overall_status, Some(OverallStatus::Completed));
/// assert_eq!(records[0].score.as_ref().map(|score| score.as_str()), Some("91.50"));
///
/// let other = CompetenciesAwarded::from_xml("<trainingHistory/>").expect_err("invalid root element");
/// assert!(other.to_string().starts_with("the root element is `trainingHistory`, not `competencies`"));
/// # Ok::<(), peoplefluent_lms::Error>(())
/// ```
pub trait FromXml: DeserializeOwned {
    /// The name of the root element, without prefix.
    const ROOT: &'static str;
    /// The fields of each type that are attributes and not elements. Used for writing only.
    const ATTRIBUTES: &'static [(&'static str, &'static [&'static str])] = &[];

    /// Decodes a document that is in memory, in any encoding, within the default [`Limits`].
    ///
    /// # Errors
    /// [`ErrorKind::Decode`](crate::ErrorKind::Decode) if the document is cut off, is not well-formed, exceeds a limit,
    /// has another root element, or holds an invalid number or boolean. The error's source is an [`XmlError`].
    fn from_xml(document: impl Into<Bytes>) -> Result<Self, Error> {
        typed(&parse(Body::from(document.into()), Limits::new())?)
    }
}

/// Reads a response of the service into the type of its document, within the default [`Limits`].
///
/// The generated `send_document` methods do this; use it for a response that was obtained in another way.
///
/// # Errors
/// As [`FromXml::from_xml`], with the operation, status and correlation id; and those of reading a body.
pub async fn read_xml<T: FromXml>(response: Response<Body>) -> Result<Response<T>, Error> {
    read_xml_within(response, Limits::new()).await
}

/// As [`read_xml`], within other limits.
///
/// # Errors
/// As [`read_xml`].
pub async fn read_xml_within<T: FromXml>(response: Response<Body>, limits: Limits) -> Result<Response<T>, Error> {
    let (body, status, headers) = response.into_parts();
    let value = read_body(body, limits).await?;
    Ok(Response::new(value, status, headers))
}

async fn read_body<T: FromXml>(body: Body, limits: Limits) -> Result<T, Error> {
    let (tree, document) = read(body, limits).await?;
    decode_root(tree.root()).map_err(|error| document.undecodable(error))
}

impl Tree {
    /// Reads a document that is in memory, in any encoding, within the default [`Limits`].
    ///
    /// # Errors
    /// [`ErrorKind::Decode`](crate::ErrorKind::Decode) if the document is cut off, is not well-formed or exceeds a limit.
    pub fn parse(document: impl Into<Bytes>) -> Result<Self, Error> {
        parse(Body::from(document.into()), Limits::new())
    }

    /// Reads a body to its end. For documents that are too large for memory, see [`Records`](super::Records).
    ///
    /// # Errors
    /// As [`parse`](Self::parse), and those of reading a body.
    pub async fn read(body: Body, limits: Limits) -> Result<Self, Error> {
        read(body, limits).await.map(|(tree, _)| tree)
    }

    /// Decodes the tree; see [`Element::decode`].
    ///
    /// # Errors
    /// As [`Element::decode`].
    pub fn decode<T: DeserializeOwned>(&self) -> Result<T, Error> {
        self.root().decode()
    }
}

impl Element<'_> {
    /// Decodes the element into a type of this crate or your own.
    ///
    /// Child elements and attributes become fields of their names without prefix; several of one name become a `Vec`, an
    /// empty one `None`, and text beside attributes the field `$text`. White space around texts is trimmed. A boolean is
    /// true, yes, y, on or 1, or their opposite, in any case; a whole number may have a decimal point, as in `3.0`.
    ///
    /// ```
    /// #[derive(serde::Deserialize)]
    /// struct User {
    ///     id: String,
    ///     phone: Vec<Phone>,
    /// }
    ///
    /// #[derive(serde::Deserialize)]
    /// struct Phone {
    ///     kind: String,
    ///     #[serde(rename = "$text")]
    ///     number: String,
    /// }
    ///
    /// let tree = peoplefluent_lms::xml::Tree::parse(
    ///     r#"<e:user xmlns:e="urn:example"><e:phone kind="work">100</e:phone><id>a.roe</id><e:phone kind="home">200</e:phone></e:user>"#,
    /// )?;
    /// let user: User = tree.decode()?;
    /// assert_eq!((user.id.as_str(), user.phone.len()), ("a.roe", 2));
    /// assert_eq!((user.phone[1].kind.as_str(), user.phone[1].number.as_str()), ("home", "200"));
    /// # Ok::<(), peoplefluent_lms::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Decode`](crate::ErrorKind::Decode) if a field is missing or its value is invalid. The message names
    /// the elements and what was expected, never the value.
    pub fn decode<T: DeserializeOwned>(self) -> Result<T, Error> {
        de::decode(self).map_err(|error| error.of(&Body::default()))
    }
}

fn parse(body: Body, limits: Limits) -> Result<Tree, Error> {
    at_once(Parsed::new(body, limits, false), limits)
}

/// Reads a document that is already text, regardless of the encoding that it declares.
pub(crate) fn parse_text(document: &str) -> Result<Tree, Error> {
    let body = Body::from(Bytes::copy_from_slice(document.as_bytes()));
    let limits = Limits::new();
    at_once(Parsed { parser: Parser::new(body, Some("utf-8"), limits, false) }, limits)
}

/// Reads a body in memory, which is always ready.
fn at_once(document: Parsed, limits: Limits) -> Result<Tree, Error> {
    let Some(result) = read_parsed(document, limits).now_or_never() else {
        return Err(Error::configuration("a document in memory was not read at once"));
    };
    result.map(|(tree, _)| tree)
}

fn typed<T: FromXml>(tree: &Tree) -> Result<T, Error> {
    decode_root(tree.root()).map_err(|error| error.of(&Body::default()))
}

fn decode_root<T: FromXml>(root: Element<'_>) -> Result<T, XmlError> {
    if root.name() == T::ROOT {
        return de::decode(root);
    }
    let found = printable(root.name());
    let cause = (XmlErrorKind::Root, format!("the root element is `{found}`, not `{}`", T::ROOT).into());
    Err(XmlError::new(cause, 0, String::new()))
}

/// Reads a document to its end. Returns it with the tree, since its body knows the operation for errors.
async fn read(body: Body, limits: Limits) -> Result<(Tree, Parsed), Error> {
    read_parsed(Parsed::new(body, limits, false), limits).await
}

async fn read_parsed(mut document: Parsed, limits: Limits) -> Result<(Tree, Parsed), Error> {
    let mut selector = Selector::new(Selection::Root, "the document", limits.document());
    while document.step(&mut selector).await? {}
    // The validator has seen a closed root element, so there is a tree of it.
    Ok((selector.take().unwrap_or_default(), document))
}

/// Validates a document for another decoder. Returns its text in UTF-8, without its XML declaration. Errors name the call
/// of `body`, which the document was read from.
#[cfg(feature = "feeds")]
pub(crate) async fn validated(body: &mut Body, document: &[u8], limits: Limits) -> Result<Bytes, Error> {
    let charset = body.content_type().and_then(charset);
    let text = super::decode(document, charset).map_err(|cause| XmlError::new(cause, 0, String::new()).of(body))?;
    let text = Bytes::copy_from_slice(&text.as_bytes()[super::declaration_length(text.as_bytes())..]);
    let chunks = futures_util::stream::iter([Ok(text.clone())]);
    let mut parser = Parser::new(chunks, Some("utf-8"), limits, false);
    loop {
        match parser.step(&mut ()).await {
            Ok(true) => {}
            Ok(false) => return Ok(text),
            Err(ParseError::Body(error)) => return Err(error),
            Err(ParseError::Document(error)) => return Err(error.of(body)),
        }
    }
}

/// A body with its parser. Turns parse errors into errors of the client.
pub(super) struct Parsed {
    parser: Parser<Body>,
}

impl Parsed {
    pub fn new(body: Body, limits: Limits, is_strict: bool) -> Self {
        let charset = body.content_type().and_then(charset).map(str::to_owned);
        Self { parser: Parser::new(body, charset.as_deref(), limits, is_strict) }
    }

    async fn step(&mut self, selector: &mut Selector) -> Result<bool, Error> {
        self.parser.step(selector).await.map_err(|error| match error {
            ParseError::Body(error) => error,
            ParseError::Document(error) => self.undecodable(error),
        })
    }

    pub fn poll_step(&mut self, selector: &mut Selector, context: &mut Context<'_>) -> Poll<Result<bool, ParseError>> {
        self.parser.poll_step(selector, context)
    }

    pub fn refused(&self, refusal: Refusal) -> Error {
        self.parser.chunks().refused(refusal)
    }

    pub fn undecodable(&self, error: XmlError) -> Error {
        error.of(self.parser.chunks())
    }
}
