//! Validation of documents, the same for all ways of reading.
//!
//! quick-xml splits a document into tokens and finds attributes. This module checks the rest: matching tags, no document type
//! definition, no entities but the predefined ones, limits, one root element, valid names and characters.

use std::borrow::Cow;

use quick_xml::XmlVersion;
use quick_xml::errors::{Error as ReadError, IllFormedError, SyntaxError};
use quick_xml::escape::{EscapeError, resolve_predefined_entity};
use quick_xml::events::attributes::AttrError;
use quick_xml::events::{BytesDecl, BytesStart, Event};

use super::chars::{is_name, is_text};
use super::declaration::is_declaration;
use super::error::{Cause, XmlErrorKind, malformed, printable};
use super::limits::{Limits, NAME};

/// The message for HTML.
const HTML: &str = "received an HTML page (a login page?) instead of XML";

/// Takes what is in a document.
pub(super) trait Sink {
    /// The line in which the next token begins.
    fn line(&mut self, _line: u64) {}
    /// An element begins. The name has its prefix.
    fn start(&mut self, name: &str);
    /// An attribute of the element that began last.
    fn attribute(&mut self, name: &str, value: &str);
    /// A piece of the text of the innermost open element.
    fn text(&mut self, text: &str);
    /// The innermost open element ends.
    fn end(&mut self);
    /// Called after each token.
    ///
    /// # Errors
    /// If there is too much.
    fn check(&self) -> Result<(), Cause> {
        Ok(())
    }
}

/// Ignores the content, for callers that only validate.
impl Sink for () {
    fn start(&mut self, _name: &str) {}
    fn attribute(&mut self, _name: &str, _value: &str) {}
    fn text(&mut self, _text: &str) {}
    fn end(&mut self) {}
}

/// Validates tokens, with the state of the tokens before.
pub(super) struct Validator {
    limits: Limits,
    /// Rejects characters that XML forbids. Responses may have them, since users paste them into texts.
    is_strict: bool,
    version: XmlVersion,
    /// Whether line breaks of the text may have another form than `\n`.
    has_returns: bool,
    tokens: u64,
    is_root_seen: bool,
    path: Path,
}

impl Validator {
    pub fn new(limits: Limits, is_strict: bool) -> Self {
        let version = XmlVersion::Implicit1_0;
        Self { limits, is_strict, version, has_returns: true, tokens: 0, is_root_seen: false, path: Path::default() }
    }

    /// Begins with the tokens of this text.
    pub fn begin(&mut self, text: &str) {
        self.has_returns = text.contains('\r');
    }

    /// Whether no token was validated.
    pub fn is_at_start(&self) -> bool {
        self.tokens == 0
    }

    /// The path of the open elements, for a message.
    pub fn path(&self) -> String {
        self.path.printable()
    }

    /// Validates a token and passes it on. `false` at the end of the document.
    #[inline]
    pub fn take<K: Sink>(&mut self, event: &Event<'_>, sink: &mut K) -> Result<bool, Cause> {
        let is_first = self.tokens == 0;
        self.tokens += 1;
        match event {
            Event::Start(start) => self.start(start, sink)?,
            Event::Empty(start) => {
                self.start(start, sink)?;
                self.path.pop();
                sink.end();
            }
            Event::End(end) => self.end(end.name().0, sink)?,
            Event::Text(text) => match self.version {
                XmlVersion::Explicit1_1 => self.text(&text.xml_content(self.version), sink)?,
                _ if self.has_returns => self.text(&text.xml_content(self.version), sink)?,
                _ => self.text(text, sink)?,
            },
            Event::CData(text) => {
                if self.path.depth() == 0 {
                    return Err(malformed("text outside the root element"));
                }
                self.characters(text)?;
                sink.text(&text.xml_content(self.version));
            }
            Event::GeneralRef(reference) => {
                if self.path.depth() == 0 {
                    return Err(malformed("a reference outside the root element"));
                }
                match reference.resolve_char_ref() {
                    Ok(Some(character)) => {
                        let mut buffer = [0; 4];
                        let text = character.encode_utf8(&mut buffer);
                        self.characters(text)?;
                        sink.text(text);
                    }
                    Ok(None) => sink.text(resolve_predefined_entity(reference).ok_or_else(|| entity(reference))?),
                    Err(_) => return Err(malformed("invalid character reference")),
                }
            }
            Event::Comment(text) => self.characters(text)?,
            Event::PI(instruction) => {
                let target = instruction.target();
                if target.eq_ignore_ascii_case("xml") || !is_name(target) {
                    return Err(malformed("invalid name of a processing instruction"));
                }
                self.characters(instruction)?;
            }
            Event::Decl(declaration) => self.declaration(declaration, is_first)?,
            Event::DocType(declared) => {
                let name = declared.get(..4).filter(|name| name.eq_ignore_ascii_case("html"));
                if name.is_some() && !self.is_strict {
                    return Err((XmlErrorKind::Html, HTML.into()));
                }
                return Err(doctype());
            }
            Event::Eof => return self.end_of_document().map(|()| false),
        }
        Ok(true)
    }

    fn end_of_document(&self) -> Result<(), Cause> {
        match (self.path.depth(), self.is_root_seen) {
            (0, true) => Ok(()),
            (0, false) if self.tokens <= 2 => Err((XmlErrorKind::Empty, "the XML document is empty".into())),
            _ => Err(truncated()),
        }
    }

    fn declaration(&mut self, declaration: &BytesDecl<'_>, is_first: bool) -> Result<(), Cause> {
        // A line break before the declaration is common and harmless.
        if !is_first && (self.is_strict || self.is_root_seen || self.tokens > 2) {
            return Err(malformed("an XML declaration that is not at the start of the document"));
        }
        self.version =
            declaration.xml_version().map_err(|_| malformed("an XML declaration without a known version"))?;
        if self.is_strict && !is_declaration(declaration) {
            return Err(malformed("invalid XML declaration"));
        }
        Ok(())
    }

    fn text<K: Sink>(&self, text: &str, sink: &mut K) -> Result<(), Cause> {
        if self.path.depth() == 0 {
            let is_blank = text.bytes().all(|byte| byte.is_ascii_whitespace());
            return if is_blank { Ok(()) } else { Err(malformed("text outside the root element")) };
        }
        if self.is_strict && text.contains("]]>") {
            return Err(malformed("`]]>` in a text"));
        }
        self.characters(text)?;
        sink.text(text);
        Ok(())
    }

    #[inline]
    fn start<K: Sink>(&mut self, start: &BytesStart<'_>, sink: &mut K) -> Result<(), Cause> {
        let name = start.name().0;
        if !is_name(name) {
            return Err(malformed("invalid element name"));
        }
        if name.len() > NAME {
            return Err((XmlErrorKind::TooLarge, format!("the name of an element has more than {NAME} bytes").into()));
        }
        if self.path.depth() == 0 && std::mem::replace(&mut self.is_root_seen, true) {
            return Err(malformed("a second root element"));
        }
        // Checked first: HTML pages are rarely well-formed, and their elements are not records.
        if self.path.depth() == 0 && !self.is_strict && local(name).eq_ignore_ascii_case("html") {
            return Err((XmlErrorKind::Html, HTML.into()));
        }
        if self.path.depth() == self.limits.depth() {
            let what = format!("elements are nested deeper than {} levels", self.limits.depth());
            return Err((XmlErrorKind::TooDeep, what.into()));
        }
        self.path.push(name);
        sink.start(name);
        self.attributes(start, sink)
    }

    fn end<K: Sink>(&mut self, name: &str, sink: &mut K) -> Result<(), Cause> {
        match self.path.innermost() {
            Some(expected) if expected == name => {
                self.path.pop();
                sink.end();
                Ok(())
            }
            Some(expected) => {
                let what = format!("invalid end tag: expected `</{}>`", printable(expected));
                Err((XmlErrorKind::Malformed, what.into()))
            }
            None => Err(malformed("an end tag without a start tag")),
        }
    }

    fn attributes<K: Sink>(&self, start: &BytesStart<'_>, sink: &mut K) -> Result<(), Cause> {
        if start.attributes_raw().is_empty() {
            return Ok(());
        }
        if !is_spaced(start.attributes_raw()) {
            return Err(malformed("attributes without white space between them"));
        }
        for (index, attribute) in start.attributes().enumerate() {
            if index == self.limits.attributes() {
                let what = format!("an element has more than {} attributes", self.limits.attributes());
                return Err((XmlErrorKind::TooLarge, what.into()));
            }
            let attribute = attribute.map_err(|error| match error {
                AttrError::Duplicated(..) => malformed("duplicate attribute"),
                AttrError::UnquotedValue(_) => malformed("the value of an attribute without quotation marks"),
                _ => malformed("an attribute without a value"),
            })?;
            let name = attribute.key.0;
            if !is_name(name) {
                return Err(malformed("invalid attribute name"));
            }
            if name.len() > NAME {
                let what = format!("the name of an attribute has more than {NAME} bytes");
                return Err((XmlErrorKind::TooLarge, what.into()));
            }
            if attribute.value.contains('<') {
                return Err(malformed("`<` in the value of an attribute"));
            }
            let value = attribute.normalized_value(self.version).map_err(|error| match &error {
                ReadError::Escape(EscapeError::UnrecognizedEntity(_, name)) => entity(name),
                _ => malformed("invalid reference in an attribute"),
            })?;
            self.characters(&value)?;
            sink.attribute(name, &value);
        }
        Ok(())
    }

    fn characters(&self, text: &str) -> Result<(), Cause> {
        if self.is_strict && !is_text(text) {
            return Err(malformed("a control character that XML does not allow"));
        }
        Ok(())
    }
}

/// Translates an error of quick-xml, whose message quotes the document.
pub(super) fn translate(error: &ReadError, is_at_end: bool) -> Cause {
    match error {
        ReadError::Syntax(SyntaxError::InvalidBangMarkup) if !is_at_end => malformed("invalid markup after `<!`"),
        ReadError::Syntax(_) => truncated(),
        ReadError::IllFormed(IllFormedError::UnclosedReference) if is_at_end => truncated(),
        ReadError::IllFormed(IllFormedError::UnclosedReference) => malformed("`&` without a reference"),
        ReadError::IllFormed(IllFormedError::DoubleHyphenInComment) => malformed("`--` in a comment"),
        ReadError::IllFormed(IllFormedError::MissingDoctypeName) => doctype(),
        _ => malformed("malformed XML"),
    }
}

fn truncated() -> Cause {
    (XmlErrorKind::Truncated, "the document is cut off: it ends before its root element does".into())
}

fn doctype() -> Cause {
    (XmlErrorKind::Doctype, "the document has a document type definition, which is not supported".into())
}

fn entity(name: &str) -> Cause {
    let what = format!("unknown entity `{}`: expected one of the five that XML predefines", printable(name));
    (XmlErrorKind::Entity, Cow::Owned(what))
}

/// Whether white space separates each attribute from the text before it.
fn is_spaced(attributes: &str) -> bool {
    let mut bytes = attributes.bytes();
    while let Some(quote) = bytes.by_ref().find(|byte| matches!(byte, b'"' | b'\'')) {
        bytes.by_ref().find(|byte| *byte == quote);
        if bytes.clone().next().is_some_and(|byte| !byte.is_ascii_whitespace()) {
            return false;
        }
    }
    true
}

/// The names of the open elements.
#[derive(Default)]
struct Path {
    names: String,
    starts: Vec<usize>,
}

impl Path {
    fn depth(&self) -> usize {
        self.starts.len()
    }

    fn push(&mut self, name: &str) {
        self.starts.push(self.names.len());
        self.names.push_str(name);
    }

    fn innermost(&self) -> Option<&str> {
        self.starts.last().map(|start| &self.names[*start..])
    }

    fn pop(&mut self) {
        if let Some(start) = self.starts.pop() {
            self.names.truncate(start);
        }
    }

    fn printable(&self) -> String {
        let ends = self.starts.iter().skip(1).copied().chain([self.names.len()]);
        let names: Vec<&str> =
            self.starts.iter().zip(ends).map(|(start, end)| printable(local(&self.names[*start..end]))).collect();
        names.join("/")
    }
}

/// A name without its prefix.
pub(super) fn local(name: &str) -> &str {
    // Names are short: a search that prepares itself takes longer.
    name.as_bytes().iter().rposition(|byte| *byte == b':').map_or(name, |colon| &name[colon + 1..])
}
