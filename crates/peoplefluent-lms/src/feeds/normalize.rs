//! Normalizes a well-formed feed for feed-rs.
//!
//! One unusual element would otherwise make the whole feed invalid: feed-rs rejects text types that Atom does not define,
//! and panics, with the text in its message, if a person's address is next to a character such as a no-break space.

use std::io;

use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesStart, BytesText, Event};
use quick_xml::{Reader, Writer};

/// Elements of Atom that hold text of a type.
const TEXTS: [&str; 4] = ["title", "subtitle", "summary", "rights"];

/// Elements of RSS and its extensions that hold a person's name and address.
const PEOPLE: [&str; 5] = ["author", "creator", "managingEditor", "webMaster", "name"];

/// The document with text types that feed-rs knows, and with addresses that it can separate from names.
pub(super) fn normalized(document: &str) -> io::Result<Vec<u8>> {
    let mut reader = Reader::from_str(document);
    let mut writer = Writer::new(Vec::with_capacity(document.len() + 64));
    let mut format = None;
    // The text of a person so far.
    let mut person: Option<String> = None;
    loop {
        // The document is known to be well-formed.
        let event = reader.read_event().map_err(|_| io::Error::from(io::ErrorKind::InvalidData))?;
        if let Some(text) = &mut person {
            match &event {
                Event::Text(more) => text.push_str(more),
                Event::CData(more) => text.push_str(more),
                Event::GeneralRef(reference) => match reference.resolve_char_ref() {
                    Ok(Some(character)) => text.push(character),
                    _ => text.push_str(resolve_predefined_entity(reference).unwrap_or_default()),
                },
                Event::Comment(_) | Event::PI(_) => {}
                _ => {
                    writer.write_event(Event::Text(BytesText::new(&separated(text))))?;
                    person = None;
                }
            }
            if person.is_some() {
                continue;
            }
        }
        match event {
            Event::Eof => return Ok(writer.into_inner()),
            Event::Start(start) => {
                let format = format.get_or_insert_with(|| Format::of(&start));
                person = format.is_person(&start).then(String::new);
                writer.write_event(Event::Start(format.normalized(start)))?;
            }
            Event::Empty(start) => {
                let format = format.get_or_insert_with(|| Format::of(&start));
                writer.write_event(Event::Empty(format.normalized(start)))?;
            }
            other => writer.write_event(other)?,
        }
    }
}

/// The format of a feed, by its root element.
enum Format {
    /// With the prefix of the elements.
    Atom(Option<String>),
    Rss,
}

impl Format {
    fn of(root: &BytesStart<'_>) -> Self {
        match root.local_name().as_ref() {
            "feed" | "entry" => Self::Atom(root.name().prefix().map(|prefix| prefix.as_ref().to_owned())),
            _ => Self::Rss,
        }
    }

    fn is_person(&self, start: &BytesStart<'_>) -> bool {
        matches!(self, Self::Rss) && PEOPLE.contains(&start.local_name().as_ref())
    }

    /// The element with a text type that feed-rs knows.
    fn normalized<'a>(&self, start: BytesStart<'a>) -> BytesStart<'a> {
        let Self::Atom(prefix) = self else { return start };
        let is_atom = start.name().prefix().map(|prefix| prefix.as_ref().to_owned()) == *prefix;
        let is_content = start.local_name().as_ref() == "content";
        if !is_atom || !(is_content || TEXTS.contains(&start.local_name().as_ref())) {
            return start;
        }
        let has_source = start.attributes().flatten().any(|attribute| attribute.key.0 == "src");
        let given = start.attributes().flatten().find(|attribute| attribute.key.0 == "type");
        let Some(given) = given.map(|attribute| attribute.value.into_owned()).filter(|_| !has_source) else {
            return start;
        };
        let Some(known) = known_type(&given, is_content) else { return start };
        let mut normalized = BytesStart::new(start.name().0.to_owned());
        for mut attribute in start.attributes().flatten() {
            if attribute.key.0 == "type" {
                attribute.value = known.into();
            }
            normalized.push_attribute(attribute);
        }
        normalized
    }
}

/// The text type for feed-rs. `None` keeps the given type: content can have any media type.
fn known_type(given: &str, is_content: bool) -> Option<&'static str> {
    let given = given.trim().to_ascii_lowercase();
    match given.as_str() {
        "html" | "text/html" => Some("html"),
        // feed-rs keeps elements only in this type.
        "xhtml" => Some("xhtml"),
        xml if xml.ends_with("+xml") || xml.ends_with("/xml") => Some("xhtml"),
        other if is_content && other.contains('/') && !other.starts_with("text/") => None,
        _ => Some("text"),
    }
}

/// The text with spaces in words with an address, between ASCII and other characters that are not both letters. feed-rs
/// removes one byte at each end of an address, which must be a whole character.
fn separated(text: &str) -> String {
    let mut separated = String::with_capacity(text.len());
    for word in text.split_inclusive([' ', '\t', '\r', '\n']) {
        let mut last = None;
        for next in word.chars() {
            let is_border = |last: char| last.is_ascii() != next.is_ascii() && !(is_letter(last) && is_letter(next));
            if word.contains('@') && last.is_some_and(is_border) {
                separated.push(' ');
            }
            separated.push(next);
            last = Some(next);
        }
    }
    separated
}

fn is_letter(character: char) -> bool {
    character.is_alphabetic() || character.is_ascii_digit() || character == '_'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(document: &str) -> String {
        String::from_utf8(normalized(document).expect("a document")).expect("UTF-8")
    }

    #[test]
    fn elements_that_feed_rs_accepts_are_unchanged() {
        for document in [
            "<feed xmlns='http://www.w3.org/2005/Atom' xmlns:m='urn:m'><!-- x --><title type=\"html\">a &amp; b&#233;</title>\
             <m:title type='plain'>x</m:title><author><name>Zoë\u{a0}a.roe@example.com</name></author><e/></feed>",
            "<entry><content type='image/png'>aGVsbG8=</content><content src='u' type='odd'/></entry>",
            "<rss version='2.0'><channel><item><title type='odd'>Zoë\u{a0}@x</title><author>a.roe@example.com (Zoë Roe)\
             </author><description><![CDATA[<p>x</p>]]></description></item></channel></rss>",
        ] {
            assert_eq!(text(document), document);
        }
    }

    #[test]
    fn text_types_become_those_that_feed_rs_knows() {
        for (given, title, content) in [
            ("", "text", "text"),
            ("TEXT", "text", "text"),
            ("text/plain", "text", "text"),
            ("odd", "text", "text"),
            (" Html", "html", "html"),
            ("text/html", "html", "html"),
            ("XHTML", "xhtml", "xhtml"),
            ("application/xhtml+xml", "xhtml", "xhtml"),
            ("text/xml", "xhtml", "xhtml"),
            ("image/png", "text", "image/png"),
        ] {
            let entry = |title: &str, content: &str| {
                format!(
                    "<a:entry><a:title x=\"&amp;\" type=\"{title}\"/><a:content type=\"{content}\">x</a:content></a:entry>"
                )
            };
            assert_eq!(text(&entry(given, given)), entry(title, content), "{given}");
        }
    }

    #[test]
    fn addresses_are_separated_from_non_ascii_characters() {
        for (person, expected) in [
            ("Zoë Roe\u{a0}a.roe@example.com", "Zoë Roe \u{a0} a.roe@example.com"),
            ("Zoë Roe&#160;<![CDATA[a.roe]]>@example.com&#x2013;x", "Zoë Roe \u{a0} a.roe@example.com – x"),
            ("Zoë.roe@example.com", "Zoë .roe@example.com"),
            ("zoë@example.com", "zoë @example.com"),
            ("a.roe@example.com", "a.roe@example.com"),
            ("Zoë – Łukasz", "Zoë – Łukasz"),
            ("a <!-- x -->&lt;b&gt;", "a &lt;b&gt;"),
        ] {
            let rss =
                |person: &str| format!("<rss><channel><item><dc:creator>{person}</dc:creator></item></channel></rss>");
            assert_eq!(text(&rss(person)), rss(expected));
        }
    }
}
