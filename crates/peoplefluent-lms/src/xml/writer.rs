//! Writing elements and documents that are always well-formed.

use std::borrow::Cow;
use std::fmt::{self, Display};

use quick_xml::escape::escape;
use rosterkit_core::Error;

use super::chars::{is_name, is_text};

/// The XML declaration that a document in UTF-8 begins with.
pub const XML_DECLARATION: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";

/// Writes one element and what is in it, without an XML declaration.
///
/// ```
/// use peoplefluent_lms::xml::write_element;
///
/// let user = write_element("user", |user| {
///     user.attribute("status", "active").text_element("name", "Roe & Doe");
/// })?;
/// assert_eq!(user, r#"<user status="active"><name>Roe &amp; Doe</name></user>"#);
/// # Ok::<(), peoplefluent_lms::Error>(())
/// ```
///
/// # Errors
/// [`ErrorKind::Configuration`](crate::ErrorKind::Configuration) for names and characters that XML does not allow, and
/// for an attribute that is set twice or after content.
pub fn write_element(name: &str, content: impl FnOnce(&mut XmlWriter<'_>)) -> Result<String, Error> {
    write(name, content).map_err(|problem| Error::configuration(format!("cannot write `{name}`: {problem}")))
}

/// As [`write_element`]; the error is the first problem.
pub(super) fn write(name: &str, content: impl FnOnce(&mut XmlWriter<'_>)) -> Result<String, String> {
    let mut output = Output::default();
    output.element(name, content);
    output.problem.map_or(Ok(output.text), Err)
}

/// One element of a document that is written; see [`write_element`] and [`XmlSource::build`](super::XmlSource::build).
///
/// Names, texts and the order of calls are checked. The first problem is kept and reported when the document is
/// finished, so that calls can be chained.
pub struct XmlWriter<'a> {
    output: &'a mut Output,
    name: &'a str,
    attributes: Vec<String>,
    has_content: bool,
}

/// Shows the name. What is in the element can be personal.
impl fmt::Debug for XmlWriter<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("XmlWriter").field("name", &self.name).finish_non_exhaustive()
    }
}

/// The document so far.
#[derive(Default)]
struct Output {
    text: String,
    problem: Option<String>,
}

impl Output {
    fn element(&mut self, name: &str, content: impl FnOnce(&mut XmlWriter<'_>)) {
        if !is_name(name) {
            self.problem("invalid element name");
            return;
        }
        self.text.push('<');
        self.text.push_str(name);
        let mut element = XmlWriter { output: self, name, attributes: Vec::new(), has_content: false };
        content(&mut element);
        let has_content = element.has_content;
        if has_content {
            self.text.push_str("</");
            self.text.push_str(name);
            self.text.push('>');
        } else {
            self.text.push_str("/>");
        }
    }

    fn problem(&mut self, what: impl Into<String>) {
        self.problem.get_or_insert_with(|| what.into());
    }
}

impl XmlWriter<'_> {
    /// Adds an attribute. Attributes come before content, and each once.
    pub fn attribute(&mut self, name: &str, value: impl Display) -> &mut Self {
        let value = value.to_string();
        if !is_name(name) {
            self.output.problem(format!("an attribute of `{}` has an invalid name", self.name));
        } else if self.has_content {
            self.output.problem(format!("the attribute `{name}` of `{}` comes after content", self.name));
        } else if self.attributes.iter().any(|earlier| earlier == name) {
            self.output.problem(format!("the attribute `{name}` of `{}` is set twice", self.name));
        } else if !is_text(&value) {
            self.output.problem(format!("the attribute `{name}` of `{}` holds a control character", self.name));
        } else {
            self.attributes.push(name.to_owned());
            self.output.text.push(' ');
            self.output.text.push_str(name);
            self.output.text.push_str("=\"");
            // A reader turns plain white space in attributes into spaces.
            let value = keep(escape(&value), &[('\t', "&#9;"), ('\n', "&#10;"), ('\r', "&#13;")]);
            self.output.text.push_str(&value);
            self.output.text.push('"');
        }
        self
    }

    /// Adds text. It is escaped.
    pub fn text(&mut self, text: impl Display) -> &mut Self {
        let text = text.to_string();
        if !is_text(&text) {
            self.output.problem(format!("the text of `{}` holds a control character", self.name));
            return self;
        }
        self.begin_content();
        // A reader turns a carriage return into a line feed.
        let text = keep(escape(&text), &[('\r', "&#13;")]);
        self.output.text.push_str(&text);
        self
    }

    /// Adds an element with what is in it.
    pub fn element(&mut self, name: &str, content: impl FnOnce(&mut XmlWriter<'_>)) -> &mut Self {
        self.begin_content();
        self.output.element(name, content);
        self
    }

    /// Adds an element that holds text.
    pub fn text_element(&mut self, name: &str, text: impl Display) -> &mut Self {
        self.element(name, |element| {
            element.text(text);
        })
    }

    fn begin_content(&mut self) {
        if !std::mem::replace(&mut self.has_content, true) {
            self.output.text.push('>');
        }
    }
}

fn keep<'a>(text: Cow<'a, str>, replacements: &[(char, &str)]) -> Cow<'a, str> {
    replacements.iter().fold(text, |text, (character, reference)| {
        if text.contains(*character) { Cow::Owned(text.replace(*character, reference)) } else { text }
    })
}
