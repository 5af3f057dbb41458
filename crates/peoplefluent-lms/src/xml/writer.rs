//! Writes a document, so that it cannot come out malformed.

use std::borrow::Cow;
use std::fmt::Display;

use quick_xml::escape::escape;

use super::chars::{is_name, is_text};

/// One element of a document that is written; made by [`XmlSource::build`](super::XmlSource::build).
///
/// Names, texts and the order of calls are checked. The first problem is kept and reported when the document is
/// finished, so that calls can be chained.
#[derive(Debug)]
pub struct XmlWriter<'a> {
    output: &'a mut Output,
    name: &'a str,
    attributes: Vec<String>,
    has_content: bool,
}

/// The document so far.
#[derive(Default)]
pub(super) struct Output {
    pub text: String,
    pub problem: Option<String>,
}

/// The text may be personal.
impl std::fmt::Debug for Output {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Output").field("bytes", &self.text.len()).finish_non_exhaustive()
    }
}

impl Output {
    /// Writes an element and what is in it.
    pub fn element(&mut self, name: &str, content: impl FnOnce(&mut XmlWriter<'_>)) {
        if !is_name(name) {
            self.problem("the name of an element is not one that XML allows");
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
            self.output.problem(format!("an attribute of `{}` has a name that XML does not allow", self.name));
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
