//! The rules that every document is held to, whatever it is read for.
//!
//! quick-xml splits a document into tokens, matches tags and finds attributes. What it leaves to its caller stands here:
//! no document type definition, no entities but the predefined ones, limits, one root element, names and characters that
//! XML allows.

use std::borrow::Cow;

use quick_xml::XmlVersion;
use quick_xml::errors::{Error as ReadError, IllFormedError, SyntaxError};
use quick_xml::escape::{EscapeError, resolve_predefined_entity};
use quick_xml::events::attributes::AttrError;
use quick_xml::events::{BytesDecl, BytesStart, Event};

use super::declaration::is_declaration;
use super::error::{Problem, XmlErrorKind, malformed, printable};
use super::limits::{Limits, NAME};
use super::names::{is_name, is_text};

/// What is said of HTML.
pub(super) const PAGE: &str = "this is a page for people, such as a login page, where a document in XML was expected";

/// Takes what is in a document.
pub(super) trait Sink {
    /// An element begins. The name has its prefix.
    fn start(&mut self, name: &str);
    /// An attribute of the element that began last.
    fn attribute(&mut self, name: &str, value: &str);
    /// A piece of the text of the innermost open element.
    fn text(&mut self, text: &str);
    /// The innermost open element ends.
    fn end(&mut self);
}

/// Takes nothing, where only the rules matter.
impl Sink for () {
    fn start(&mut self, _name: &str) {}
    fn attribute(&mut self, _name: &str, _value: &str) {}
    fn text(&mut self, _text: &str) {}
    fn end(&mut self) {}
}

/// What the rules need to know of the tokens before.
pub(super) struct Rules {
    limits: Limits,
    /// Characters that XML forbids are refused too. Answers with them are read: sites let people paste anything.
    is_strict: bool,
    version: XmlVersion,
    tokens: u64,
    is_root_seen: bool,
    path: Path,
}

impl Rules {
    pub fn new(limits: Limits, is_strict: bool) -> Self {
        let version = XmlVersion::Implicit1_0;
        Self { limits, is_strict, version, tokens: 0, is_root_seen: false, path: Path::default() }
    }

    /// The open elements, for a message.
    pub fn path(&self) -> String {
        self.path.printable()
    }

    /// Holds a token to the rules and hands it on. `false` at the end of the document.
    pub fn take<K: Sink>(&mut self, event: &Event<'_>, sink: &mut K) -> Result<bool, Problem> {
        let is_first = self.tokens == 0;
        self.tokens += 1;
        match event {
            Event::Start(start) => self.start(start, sink)?,
            Event::Empty(start) => {
                self.start(start, sink)?;
                self.path.pop();
                sink.end();
            }
            Event::End(_) => {
                self.path.pop();
                sink.end();
            }
            Event::Text(text) => {
                let text = text.xml_content(self.version);
                self.text(&text, sink)?;
            }
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
                    Err(_) => return Err(malformed("a character reference that stands for no character")),
                }
            }
            Event::Comment(text) => self.characters(text)?,
            Event::PI(instruction) => {
                let target = instruction.target();
                if target.eq_ignore_ascii_case("xml") || !is_name(target) {
                    return Err(malformed("a processing instruction with a name that is not allowed"));
                }
                self.characters(instruction)?;
            }
            Event::Decl(declaration) => self.declaration(declaration, is_first)?,
            Event::DocType(declared) => {
                let name = declared.get(..4).filter(|name| name.eq_ignore_ascii_case("html"));
                if name.is_some() && !self.is_strict {
                    return Err((XmlErrorKind::Page, PAGE.into()));
                }
                let what = "the document has a document type definition, which is refused";
                return Err((XmlErrorKind::Doctype, what.into()));
            }
            Event::Eof => return self.end_of_document().map(|()| false),
        }
        Ok(true)
    }

    fn end_of_document(&self) -> Result<(), Problem> {
        match (self.path.depth(), self.is_root_seen) {
            (0, true) => Ok(()),
            (0, false) if self.tokens <= 2 => Err((XmlErrorKind::Empty, "there is no XML document".into())),
            _ => Err(truncated()),
        }
    }

    fn declaration(&mut self, declaration: &BytesDecl<'_>, is_first: bool) -> Result<(), Problem> {
        // A line break before the declaration is common, and harms nobody who only reads.
        if !is_first && (self.is_strict || self.is_root_seen || self.tokens > 2) {
            return Err(malformed("an XML declaration that is not at the very beginning"));
        }
        self.version =
            declaration.xml_version().map_err(|_| malformed("an XML declaration without a known version"))?;
        if self.is_strict && !is_declaration(declaration) {
            return Err(malformed("an XML declaration that is not made as XML has it"));
        }
        Ok(())
    }

    fn text<K: Sink>(&self, text: &str, sink: &mut K) -> Result<(), Problem> {
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

    fn start<K: Sink>(&mut self, start: &BytesStart<'_>, sink: &mut K) -> Result<(), Problem> {
        let name = start.name().0;
        if !is_name(name) {
            return Err(malformed("an element with a name that XML does not allow"));
        }
        if name.len() > NAME {
            return Err((XmlErrorKind::TooLarge, format!("the name of an element has more than {NAME} bytes").into()));
        }
        if self.path.depth() == 0 && std::mem::replace(&mut self.is_root_seen, true) {
            return Err(malformed("a second root element"));
        }
        // Known before the rest is read: pages are seldom well-formed, and their parts are no records.
        if self.path.depth() == 0 && !self.is_strict && local(name).eq_ignore_ascii_case("html") {
            return Err((XmlErrorKind::Page, PAGE.into()));
        }
        if self.path.depth() == self.limits.depth() {
            let what = format!("elements stand more than {} deep in each other", self.limits.depth());
            return Err((XmlErrorKind::TooDeep, what.into()));
        }
        self.path.push(name);
        sink.start(name);
        self.attributes(start, sink)
    }

    fn attributes<K: Sink>(&self, start: &BytesStart<'_>, sink: &mut K) -> Result<(), Problem> {
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
                AttrError::Duplicated(..) => malformed("an attribute that stands twice in one element"),
                AttrError::UnquotedValue(_) => malformed("the value of an attribute without quotation marks"),
                _ => malformed("an attribute without a value"),
            })?;
            let name = attribute.key.0;
            if !is_name(name) {
                return Err(malformed("an attribute with a name that XML does not allow"));
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
                _ => malformed("a reference in an attribute that stands for nothing"),
            })?;
            self.characters(&value)?;
            sink.attribute(name, &value);
        }
        Ok(())
    }

    fn characters(&self, text: &str) -> Result<(), Problem> {
        if self.is_strict && !is_text(text) {
            return Err(malformed("a control character that XML does not allow"));
        }
        Ok(())
    }
}

/// What an error of quick-xml means. Its words are not used: they quote the document.
pub(super) fn translate(error: &ReadError, is_at_end: bool) -> Problem {
    match error {
        ReadError::Syntax(SyntaxError::InvalidBangMarkup) if !is_at_end => malformed("`<!` that begins nothing known"),
        ReadError::Syntax(_) | ReadError::IllFormed(IllFormedError::MissingEndTag(_)) => truncated(),
        ReadError::IllFormed(IllFormedError::UnclosedReference) if is_at_end => truncated(),
        ReadError::IllFormed(IllFormedError::UnclosedReference) => malformed("`&` that begins no reference"),
        ReadError::IllFormed(IllFormedError::MismatchedEndTag { expected, .. }) => {
            let what = format!("an end tag where `</{}>` should stand", printable(expected));
            (XmlErrorKind::Malformed, what.into())
        }
        ReadError::IllFormed(IllFormedError::UnmatchedEndTag(_)) => {
            malformed("an end tag that no start tag belongs to")
        }
        ReadError::IllFormed(IllFormedError::DoubleHyphenInComment) => malformed("`--` in a comment"),
        ReadError::IllFormed(IllFormedError::MissingDoctypeName) => {
            (XmlErrorKind::Doctype, "the document has a document type definition, which is refused".into())
        }
        _ => malformed("this is not well-formed XML"),
    }
}

fn truncated() -> Problem {
    (XmlErrorKind::Truncated, "the document is cut off: it ends before its root element does".into())
}

fn entity(name: &str) -> Problem {
    let what = format!("the entity `{}` is not one of the five that XML predefines", printable(name));
    (XmlErrorKind::Entity, Cow::Owned(what))
}

/// Whether each attribute is set off from what stands before it.
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
    name.rsplit_once(':').map_or(name, |(_, local)| local)
}
