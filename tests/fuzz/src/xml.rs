//! XML documents: all ways of reading agree, and what was read can be written and read again.

use futures_util::{FutureExt as _, StreamExt as _, stream};
use peoplefluent_lms::bytes::Bytes;
use peoplefluent_lms::types::{Module, TrainingHistory};
use peoplefluent_lms::xml::{Element, FromXml as _, Records, Tree, XmlSource, XmlWriter, write_element};
use peoplefluent_lms::{Body, Error, ErrorKind};

use crate::{Target, no_seeds};

pub const TARGET: Target = Target {
    name: "xml",
    run,
    seeds: no_seeds,
    words: &[
        "<",
        ">",
        "/>",
        "</a>",
        "<a>",
        "<a b='",
        "&amp;",
        "&#x41;",
        "&#0;",
        "<!--",
        "-->",
        "<![CDATA[",
        "]]>",
        "<?xml ",
        "?>",
        "encoding=\"UTF-16\"",
        "encoding='ISO-8859-1'",
        "<!DOCTYPE a [",
        "<!ENTITY x \"y\">",
        "xmlns:e=\"u\"",
        "e:",
        "\u{feff}",
        "<trainingRecord>",
        "<error>",
        "\u{0}",
    ],
};

fn run(data: &[u8]) {
    let size = data.len() % 17 + 1;
    let chunks: Vec<_> = data.chunks(size).map(Bytes::copy_from_slice).map(Ok::<_, Error>).collect();
    let body = Body::stream(stream::iter(chunks), None);
    let tree = Tree::parse(data.to_vec());
    let records = Records::new(body).collect::<Vec<_>>().now_or_never().expect("never waits");
    // A document that is an error of the service is refused before its end is read, and is a tree if the rest is well-formed.
    let is_refusal =
        |record: &Result<Tree, Error>| record.as_ref().is_err_and(|error| error.kind() == ErrorKind::Refused);
    let is_refused = records.iter().any(is_refusal);
    assert!(is_refused || records.iter().any(Result::is_err) == tree.is_err(), "reading and streaming agree");
    assert!(records.iter().rev().skip(1).all(Result::is_ok), "an error comes last");
    if XmlSource::from_bytes(data.to_vec()).is_ok() {
        assert!(tree.is_ok(), "what may be sent can be read");
    }
    // Types are read from what is a document, or refused.
    let _ = TrainingHistory::from_xml(data.to_vec());
    let _ = Module::from_xml(data.to_vec());
    match tree {
        Ok(tree) => {
            let written = write_element(tree.root().qualified_name(), |root| write(tree.root(), root));
            // Characters that a reference stands for may be those that cannot be written.
            let Ok(written) = written else { return };
            let again = Tree::parse(written.clone()).unwrap_or_else(|error| panic!("{error}: {written}"));
            assert_same(tree.root(), again.root());
        }
        Err(error) => assert!(!error.to_string().contains('\n'), "{error}"),
    }
}

fn write(element: Element<'_>, writer: &mut XmlWriter<'_>) {
    for (name, value) in element.attributes() {
        writer.attribute(name, value);
    }
    writer.text(element.exact_text());
    for child in element.children() {
        writer.element(child.qualified_name(), |inner| write(child, inner));
    }
}

fn assert_same(first: Element<'_>, second: Element<'_>) {
    assert_eq!(first.qualified_name(), second.qualified_name());
    assert_eq!(first.attributes().collect::<Vec<_>>(), second.attributes().collect::<Vec<_>>());
    assert_eq!(first.text(), second.text());
    assert_eq!(first.children().count(), second.children().count());
    first.children().zip(second.children()).for_each(|(first, second)| assert_same(first, second));
}
