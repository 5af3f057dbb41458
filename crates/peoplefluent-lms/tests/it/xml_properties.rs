//! What holds for every document.

use futures_util::{FutureExt as _, StreamExt as _, stream};
use peoplefluent_lms::bytes::Bytes;
use peoplefluent_lms::types::{Module, TrainingHistory, TrainingRecord};
use peoplefluent_lms::xml::{Element, FromXml as _, Records, Tree, XmlSource, XmlWriter};
use peoplefluent_lms::{Body, Error};
use proptest::prelude::*;

const HISTORY: &str = include_str!("samples/training_history.xml");
const MODULE: &str = include_str!("samples/module.xml");

/// An element to write and to compare.
#[derive(Clone, Debug)]
struct Sample {
    name: String,
    attributes: Vec<(String, String)>,
    text: String,
    children: Vec<Sample>,
}

impl Sample {
    fn write(&self, element: &mut XmlWriter<'_>) {
        for (index, (name, value)) in self.attributes.iter().enumerate() {
            element.attribute(&format!("{name}{index}"), value);
        }
        element.text(&self.text);
        for child in &self.children {
            element.element(&child.name, |inner| child.write(inner));
        }
    }

    fn assert_is(&self, element: Element<'_>) {
        assert_eq!(element.qualified_name(), self.name);
        let attributes: Vec<_> = element.attributes().map(|(_, value)| value).collect();
        assert_eq!(attributes, self.attributes.iter().map(|(_, value)| value).collect::<Vec<_>>());
        let is_blank = self.text.trim_matches([' ', '\t', '\r', '\n']).is_empty();
        let expected = if is_blank && !self.children.is_empty() { "" } else { &self.text };
        assert_eq!(element.exact_text(), expected);
        assert_eq!(element.children().count(), self.children.len());
        self.children.iter().zip(element.children()).for_each(|(child, element)| child.assert_is(element));
    }
}

fn text() -> impl Strategy<Value = String> {
    let special =
        prop::sample::select(vec!["<", "&", "]]>", "&amp;", "\r\n", "\t", " ", "\"", "'", "é", "\u{1f642}", "x"]);
    prop::collection::vec(special, 0..6).prop_map(|parts| parts.concat())
}

fn sample() -> impl Strategy<Value = Sample> {
    let name = "(e:)?[a-zA-Z_][a-zA-Z0-9_.-]{0,8}";
    let leaf = (name, prop::collection::vec(("[a-z]{1,4}", text()), 0..4), text());
    let leaf = leaf.prop_map(|(name, attributes, text)| Sample { name, attributes, text, children: Vec::new() });
    leaf.prop_recursive(5, 40, 6, move |inner| {
        let parts =
            (name, prop::collection::vec(("[a-z]{1,4}", text()), 0..4), text(), prop::collection::vec(inner, 0..6));
        parts.prop_map(|(name, attributes, text, children)| Sample { name, attributes, text, children })
    })
}

fn chunked(bytes: &[u8], size: usize) -> Body {
    let chunks: Vec<_> = bytes.chunks(size).map(Bytes::copy_from_slice).map(Ok::<_, Error>).collect();
    Body::stream(stream::iter(chunks), None)
}

/// A document as text, as written by the crate.
fn written(sample: &Sample) -> String {
    let source = XmlSource::build(&sample.name, |root| sample.write(root)).expect("a document");
    let bytes = source.into_body().bytes().now_or_never().expect("in memory").expect("reads");
    String::from_utf8(bytes.to_vec()).expect("UTF-8")
}

/// All ways of reading a document, none of which may panic. Whether it could be read as a tree.
fn read_all(document: &[u8], size: usize) -> bool {
    let tree = Tree::parse(document.to_vec());
    let records = Records::new(chunked(document, size)).collect::<Vec<_>>().now_or_never().expect("never waits");
    assert_eq!(records.iter().any(Result::is_err), tree.is_err(), "reading and streaming agree");
    assert!(records.iter().rev().skip(1).all(Result::is_ok), "an error comes last");
    if XmlSource::from_bytes(document.to_vec()).is_ok() {
        assert!(tree.is_ok(), "what may be sent can be read");
    }
    let _ = TrainingHistory::from_xml(document.to_vec()).map(|history| format!("{history:?}"));
    let _ = Module::from_xml(document.to_vec()).map(|module| format!("{module:?}"));
    tree.is_ok()
}

proptest! {
    #[test]
    fn what_is_written_reads_back_in_every_encoding_and_chunking(sample in sample(), size in 1_usize..50) {
        let text = written(&sample);
        let utf16 = text.replace("encoding=\"UTF-8\"", "encoding=\"UTF-16\"");
        let documents = [
            text.clone().into_bytes(),
            format!("\u{feff}{text}").into_bytes(),
            utf16.encode_utf16().flat_map(u16::to_le_bytes).collect(),
            std::iter::once(0xfeff).chain(utf16.encode_utf16()).flat_map(u16::to_be_bytes).collect(),
        ];
        for document in documents {
            let tree = Tree::read(chunked(&document, size), Default::default());
            let tree = tree.now_or_never().expect("never waits").expect("reads");
            sample.assert_is(tree.root());
        }
    }

    #[test]
    fn the_children_of_the_root_are_the_records(sample in sample(), size in 1_usize..50) {
        let text = written(&sample);
        let records = Records::new(chunked(text.as_bytes(), size)).collect::<Vec<_>>().now_or_never().expect("never waits");
        prop_assert_eq!(records.len(), sample.children.len());
        for (record, child) in records.into_iter().zip(&sample.children) {
            child.assert_is(record.expect("reads").root());
        }
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200), size in 1_usize..20) {
        read_all(&bytes, size);
    }

    #[test]
    fn anything_that_looks_like_markup_is_read_or_refused(
        parts in prop::collection::vec(prop::sample::select(vec![
            "<", ">", "/", "a", "<a>", "</a>", "<a/>", "='", "\"", " ", "&", ";", "&amp;", "&#", "x41;", "<!--", "-->", "<![CDATA[",
            "]]>", "<?xml", "?>", " version='1.0'", " encoding='", "<!DOCTYPE", "[", "é", "\u{0}", "<module>", "</module>", ":",
        ]), 0..30),
        size in 1_usize..20,
    ) {
        read_all(parts.concat().as_bytes(), size);
    }

    #[test]
    fn a_damaged_document_is_read_or_refused(at in 0..HISTORY.len(), byte in any::<u8>(), other in 0..MODULE.len()) {
        let mut document = HISTORY.as_bytes().to_vec();
        document[at] = byte;
        read_all(&document, 97);
        let mut document = MODULE.as_bytes().to_vec();
        document.remove(other);
        read_all(&document, 31);
    }

    #[test]
    fn the_order_of_elements_makes_no_difference(order in Just((0..12).collect::<Vec<usize>>()).prop_shuffle(), prefix in "[a-z]{0,3}") {
        let elements = [
            "<P:userId>a.roe</P:userId>", "<P:score>91.50</P:score>", "<P:attemptCount>3</P:attemptCount>",
            "<P:isSelfEnrolled>true</P:isSelfEnrolled>", "<P:revision>2</P:revision>", "<P:startDate>2024-01-01T00:00Z</P:startDate>",
            "<P:learningModule><P:id>M-1</P:id></P:learningModule>", "<P:overallStatus>completed</P:overallStatus>", "<P:unknown/>",
            "<P:downloadable>0</P:downloadable>", "<P:link rel='a'/>", "<P:trainingRecord id='T-2'/>",
        ];
        let mark = if prefix.is_empty() { String::new() } else { format!("{prefix}:") };
        let document = |order: &[usize]| {
            let inside: String = order.iter().map(|index| elements[*index].replace("P:", &mark)).collect();
            format!("<{mark}trainingRecord id='T-1'>{inside}</{mark}trainingRecord>")
        };
        let record = |order: &[usize]| Tree::parse(document(order)).and_then(|tree| tree.decode::<TrainingRecord>());
        let tidy = record(&(0..12).collect::<Vec<_>>()).expect("decodes");
        prop_assert_eq!(tidy.training_record.as_ref().map(Vec::len), Some(1));
        prop_assert_eq!(record(&order).expect("decodes"), tidy);
    }

    #[test]
    fn every_text_of_a_date_or_decimal_is_kept(text in "[ -;=?-~]{1,30}") {
        prop_assume!(!text.contains('&') && !text.trim().is_empty());
        let document = format!("<trainingRecord><startDate>{text}</startDate><score>{text}</score></trainingRecord>");
        let record = Tree::parse(document).and_then(|tree| tree.decode::<TrainingRecord>()).expect("never fails");
        let (date, score) = (record.start_date.expect("a date"), record.score.expect("a score"));
        prop_assert_eq!((date.as_str(), score.as_str()), (text.trim(), text.trim()));
    }
}
