//! XML: documents of the site as types, as trees and as streams of records, and documents to send.
//!
//! | what | how |
//! | --- | --- |
//! | `records`, `enrollments`, `module`, `learningPath`, `competenciesAwarded` | their builders' `send_document`, or [`FromXml`] for a document in memory |
//! | `users200510Xml`, `user200510Xml`, `trainingHistoryXml`, `completedTrainingRecordsXml` | [`Records`]: a stream with bounded memory, [decoded](Records::decode) into a type of yours or not |
//! | any other response in XML | [`Tree`], whose elements [decode](Element::decode) into your own types |
//! | a response of a test server | [`to_xml`] from a type, [`write_element`] element by element |
//! | `contentHandler/courses` | [`Client::import_courses`](crate::Client::import_courses) with an [`XmlSource`] |
//!
//! # Accepted documents
//!
//! The encoding is UTF-8, UTF-16 or any other of the WHATWG standard; a byte order mark decides, then the `charset` of the
//! response, then the declaration. Order of elements, prefixes, comments, CDATA, unknown elements and attributes make no
//! difference. Document type definitions and entities other than the five predefined ones are always an error, since they
//! can read files and expand without limit; [`Limits`] bound depth and sizes. The rules are the same for all ways of
//! reading.

mod chars;
mod de;
mod declaration;
mod decoder;
mod encoding;
mod error;
mod json;
mod limits;
mod parser;
mod read;
mod records;
mod select;
mod send;
mod ser;
mod tree;
mod validate;
mod writer;

pub(crate) use encoding::{charset, declaration_length, decode};
pub use error::{XmlError, XmlErrorKind};
pub use limits::Limits;
pub(crate) use read::parse_text;
#[cfg(feature = "feeds")]
pub(crate) use read::validated;
pub use read::{FromXml, read_xml, read_xml_within};
pub use records::{DecodedRecords, Records};
pub(crate) use select::is_error_name;
pub use send::XmlSource;
pub use ser::to_xml;
pub use tree::{Element, Tree};
pub use writer::{XML_DECLARATION, XmlWriter, write_element};
