//! What is refused: documents that are cut off, malformed, or made to do harm.

use std::error::Error as _;

use futures_util::{FutureExt as _, StreamExt as _};
use peoplefluent_lms::bytes::Bytes;
use peoplefluent_lms::types::{CompetenciesAwarded, LearningPath, Module, TrainingHistory};
use peoplefluent_lms::xml::{FromXml, Limits, Records, Tree, XmlError, XmlErrorKind, XmlSource};
use peoplefluent_lms::{Body, Error, ErrorKind};

fn cause(error: &Error) -> XmlError {
    error.source().and_then(|cause| cause.downcast_ref::<XmlError>()).cloned().expect("a cause")
}

/// The error of reading as a whole, after showing that streaming and sending refuse the document too.
fn refused(document: impl Into<Vec<u8>>) -> Error {
    let document = document.into();
    let streamed = Records::new(document.clone().into()).collect::<Vec<_>>().now_or_never().expect("in memory");
    let streamed = streamed.into_iter().find_map(Result::err).expect("the stream refuses it too");
    let sent = XmlSource::from_bytes(document.clone()).expect_err("it cannot be sent either");
    assert_eq!(sent.kind(), ErrorKind::InvalidRequest);
    let whole = Tree::parse(document).expect_err("refused");
    assert_eq!(cause(&streamed).kind(), cause(&whole).kind());
    whole
}

fn kind(document: impl Into<Vec<u8>>) -> XmlErrorKind {
    cause(&refused(document)).kind()
}

#[test]
fn a_document_cut_off_at_any_byte_is_an_error() {
    fn cut<T: FromXml + std::fmt::Debug>(document: &str) {
        let document = document.trim_end();
        assert!(T::from_xml(document.to_owned()).is_ok());
        for end in 0..document.len() {
            let error = T::from_xml(document.as_bytes()[..end].to_owned()).expect_err("cut off");
            let kind = cause(&error).kind();
            let expected = [XmlErrorKind::Truncated, XmlErrorKind::Empty, XmlErrorKind::Encoding];
            assert!(expected.contains(&kind), "cut at {end}: {error}");
        }
    }
    cut::<TrainingHistory>(include_str!("samples/training_history.xml"));
    cut::<Module>(include_str!("samples/module.xml"));
    cut::<LearningPath>(include_str!("samples/learning_path.xml"));
    cut::<CompetenciesAwarded>(include_str!("samples/competencies.xml"));
    cut::<Module>("<!-- ä --><module a='&amp;'><?p i?><id><![CDATA[ä]]>&#xe4;</id></module>");
}

#[test]
fn utf_16_cut_off_at_any_byte_is_an_error() {
    let document: Vec<u8> =
        "\u{feff}<module><id>\u{1f642}</id></module>".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert!(Module::from_xml(document.clone()).is_ok());
    for end in 0..document.len() {
        assert!(Module::from_xml(document[..end].to_owned()).is_err(), "cut at {end}");
    }
}

#[test]
fn entities_never_expand() {
    let laughs =
        "<?xml version='1.0'?><!DOCTYPE l [<!ENTITY a 'ha'><!ENTITY b '&a;&a;&a;'>]><module><id>&b;</id></module>";
    for document in [
        laughs,
        "<!DOCTYPE module SYSTEM 'http://www.example.com/evil.dtd'><module/>",
        "<!DOCTYPE module PUBLIC '-//X' 'x.dtd'><module/>",
        "<!DOCTYPE module [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><module><id>&x;</id></module>",
        "<!DOCTYPE module [<!ENTITY % x SYSTEM 'file:///etc/passwd'> %x;]><module/>",
        "<!DOCTYPE module><module/>",
        "<!doctype module><module/>",
        "<!DOCTYPE><module/>",
    ] {
        assert_eq!(kind(document), XmlErrorKind::Doctype, "{document}");
    }
    for document in
        ["<module><id>&x;</id></module>", "<module id='&x;'/>", "<module>&nbsp;</module>", "<module>&lt;&AMP;</module>"]
    {
        assert_eq!(kind(document), XmlErrorKind::Entity, "{document}");
    }
    assert!(refused("<module>&x;</module>").to_string().contains("entity `x`"));
}

#[test]
fn elements_nested_too_deeply_are_an_error_before_they_are_read() {
    let nested =
        |depth: usize| format!("<module>{}{}</module>", "<session>".repeat(depth - 1), "</session>".repeat(depth - 1));
    assert!(Module::from_xml(nested(64)).is_ok());
    let error = Module::from_xml(nested(65)).expect_err("too deep");
    assert_eq!(cause(&error).kind(), XmlErrorKind::TooDeep);
    assert_eq!(kind("<a>".repeat(1_000_000)), XmlErrorKind::TooDeep);
    // The deepest document that limits can allow decodes within a thread's stack.
    let deepest = format!(
        "<trainingHistory>{}{}</trainingHistory>",
        "<trainingRecord>".repeat(127),
        "</trainingRecord>".repeat(127)
    );
    let limits = Limits::new().with_depth(usize::MAX);
    let tree = Tree::read(deepest.into(), limits).now_or_never().expect("in memory").expect("reads");
    assert!(tree.decode::<TrainingHistory>().is_ok());
}

#[test]
fn each_size_has_a_limit() {
    let many = |count: usize| (0..count).map(|index| format!(" a{index}=''")).collect::<String>();
    assert!(Tree::parse(format!("<a{}/>", many(256))).is_ok());
    let long = "x".repeat(1_100_000);
    for (document, words) in [
        (format!("<a{}/>", many(257)), "more than 256 attributes"),
        (format!("<a b='{long}'/>"), "more than 1048576 bytes"),
        (format!("<a>{long}</a>"), "more than 1048576 bytes"),
        (format!("<a><!--{long}--></a>"), "more than 1048576 bytes"),
        (format!("<a><![CDATA[{long}]]></a>"), "more than 1048576 bytes"),
        (format!("<?p {long}?><a/>"), "more than 1048576 bytes"),
        (format!("<{long}/>"), "more than 1048576 bytes"),
        (format!("<{}/>", &long[..1_001]), "more than 1000 bytes"),
        (format!("<a {}=''/>", &long[..1_001]), "more than 1000 bytes"),
    ] {
        let error = Tree::parse(document).expect_err("too large");
        assert_eq!((error.kind(), cause(&error).kind()), (ErrorKind::TooLarge, XmlErrorKind::TooLarge), "{error}");
        assert!(error.to_string().contains(words), "{error}");
    }
}

#[test]
fn a_document_is_limited_by_its_size_in_memory() {
    let limits = Limits::new().with_document(10_000);
    let read = |text: String| Tree::read(text.into(), limits).now_or_never().expect("in memory");
    assert!(read(format!("<a>{}</a>", "<b/>".repeat(300))).is_ok());
    for inside in ["<b/>".repeat(1_000), "<b c=''/>".repeat(500), "x".repeat(20_000), "x<b>&amp;</b>".repeat(500)] {
        let error = read(format!("<a>{inside}</a>")).expect_err("too large");
        assert!(error.to_string().contains("the document takes more than 10000 bytes"), "{error}");
    }
}

#[test]
fn malformed_documents_are_errors_with_a_line() {
    for (document, words, line) in [
        ("<a>\n<b>\n</a>", "invalid end tag: expected `</b>`", 3),
        ("<a/>\n<b/>", "a second root element", 2),
        ("<a></a></a>", "an end tag without a start tag", 1),
        ("</a>", "an end tag without a start tag", 1),
        ("hello", "text outside the root element", 1),
        ("<a/>hello", "text outside the root element", 1),
        ("<a/>&amp;", "a reference outside the root element", 1),
        ("<a/><![CDATA[]]>", "text outside the root element", 1),
        ("<a>&</a>", "`&` without a reference", 1),
        ("<a>&amp</a>", "`&` without a reference", 1),
        ("<a>&#0;</a>", "invalid character reference", 1),
        ("<a>&#xD800;</a>", "invalid character reference", 1),
        ("<a>&#x110000;</a>", "invalid character reference", 1),
        ("<a b='&#x;'/>", "invalid reference in an attribute", 1),
        ("<a b/>", "an attribute without a value", 1),
        ("<a b=/>", "attribute", 1),
        ("<a b=c/>", "without quotation marks", 1),
        ("<a b='1' b='2'/>", "duplicate attribute", 1),
        ("<a b='1'c='2'/>", "attributes without white space between them", 1),
        ("<a b='<'/>", "`<` in the value of an attribute", 1),
        ("<a 1b='2'/>", "invalid attribute name", 1),
        ("<1a/>", "invalid element name", 1),
        ("<a><></a>", "invalid element name", 1),
        ("<a>< b/></a>", "invalid element name", 1),
        ("<a><!b></a>", "invalid markup after `<!`", 1),
        ("<a><?xml version='1.0'?></a>", "an XML declaration that is not at the start of the document", 1),
        ("<a/><?XML x?>", "invalid name of a processing instruction", 1),
        ("<?xml encoding='utf-8'?><a/>", "an XML declaration without a known version", 1),
        ("<?xml version='7'?><a/>", "an XML declaration without a known version", 1),
    ] {
        let error = refused(document);
        assert_eq!(cause(&error).line(), line, "{error}");
        assert!(error.to_string().contains(words), "{document}: {error}");
        assert_eq!(error.kind(), ErrorKind::Decode);
    }
    for document in ["", " \n", "<?xml version='1.0'?>", "\u{feff}"] {
        assert_eq!(kind(document), XmlErrorKind::Empty, "{document:?}");
    }
    for document in ["<!-- only -->\n", "<?xml version='1.0'?>\n\n<!-- -->", "<a>", "<a", "<", "<a><![CDATA["] {
        assert_eq!(kind(document), XmlErrorKind::Truncated, "{document:?}");
    }
}

#[test]
fn minor_violations_are_accepted_in_responses_and_rejected_in_requests() {
    for document in [
        "\n<?xml version='1.0'?><a/>",
        "<a>\u{1}</a>",
        "<a>&#1;</a>",
        "<a b='\u{1}'/>",
        "<a>]]></a>",
        "<a><!-- a -- b --></a>",
        "<?xml version='1.0' encoding='UTF-16'?><a/>",
        "<?xml version='1.0' standalone='maybe'?><a/>",
        "<?xml version='1.0' standalone='yes' encoding='utf-8'?><a/>",
        "<?xml version='1.0'encoding='utf-8'?><a/>",
        "<?xml version='1.0' encoding='utf-8' other=''?><a/>",
        "<?xml version='1.0'??><a/>",
    ] {
        assert!(Tree::parse(document).is_ok(), "{document:?}");
        assert!(XmlSource::from_bytes(document).is_err(), "{document:?}");
    }
}

#[test]
fn errors_name_the_location_and_hide_the_text() {
    let document = "<users>\n  <user id='sentinel'>\n    <name>sentinel</name>\n    <phone>&sentinel-name;</phone>";
    let error = Tree::parse(document.replace("&sentinel-name;", "&")).expect_err("malformed");
    assert_eq!((cause(&error).line(), cause(&error).path()), (4, "users/user/phone"));
    let printed = format!("{error} {error:?} {:?}", cause(&error));
    assert!(printed.contains("users/user/phone") && !printed.contains("sentinel"), "{printed}");
    let odd = Tree::parse("<a><b@roe.example.com></a>").expect_err("malformed");
    assert!(!odd.to_string().contains("roe"), "{odd}");
}

#[test]
fn a_body_that_fails_keeps_its_own_error() {
    let chunks = futures_util::stream::iter([
        Ok(Bytes::from("<a>")),
        Err(std::io::Error::from(std::io::ErrorKind::ConnectionReset)),
    ]);
    let body = Body::stream(chunks, None);
    let error = Tree::read(body, Limits::new()).now_or_never().expect("in memory").expect_err("broken");
    assert_eq!(error.kind(), ErrorKind::RequestBody);
    assert!(error.source().is_none());
}
