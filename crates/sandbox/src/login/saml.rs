//! The subject of a SAML2 assertion.
//!
//! A sandbox trusts every identity provider and checks no signature.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use quick_xml::Reader;
use quick_xml::events::Event;

/// The text of `NameID` in an assertion, which is a base64 XML document. The error is a message.
pub(super) fn subject(assertion: &str) -> Result<String, &'static str> {
    let compact: String = assertion.chars().filter(|c| !c.is_ascii_whitespace()).collect();
    let document = STANDARD.decode(compact).map_err(|_| "The assertion is not valid base64.")?;
    let document = String::from_utf8(document).map_err(|_| "The assertion is not valid UTF-8.")?;
    let mut reader = Reader::from_str(&document);
    let (mut subject, mut inside, mut asserted) = (None::<String>, false, false);
    loop {
        match reader.read_event().map_err(|_| "The assertion is not well-formed XML.")? {
            Event::Start(tag) => {
                asserted |= tag.local_name().as_ref() == "Assertion";
                inside = tag.local_name().as_ref() == "NameID";
            }
            Event::Text(text) if inside => {
                subject.get_or_insert_default().push_str(text.xml10_content().trim());
            }
            // No address of the people has one.
            Event::GeneralRef(_) if inside => return Err("The NameID of the assertion has an entity reference."),
            Event::End(_) => inside = false,
            Event::Eof => break,
            _ => {}
        }
    }
    match subject.filter(|subject| asserted && !subject.is_empty()) {
        Some(subject) => Ok(subject),
        None => Err("The assertion names no user: expected an Assertion with a Subject and a NameID."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_subject_of_an_assertion_is_read() {
        let read = |xml: &str| subject(&STANDARD.encode(xml));
        let whole = "<saml:Assertion xmlns:saml=\"urn:x\"><saml:Subject><saml:NameID> a.roe@example.com\n</saml:NameID>\
                     </saml:Subject></saml:Assertion>";
        assert_eq!(read(whole).as_deref(), Ok("a.roe@example.com"));
        for broken in ["", "no XML", "<Assertion/>", "<NameID>a</NameID>", "<Assertion><NameID>a</Assertion>"] {
            assert!(read(broken).is_err(), "{broken}");
        }
        assert!(subject("*").is_err());
    }
}
