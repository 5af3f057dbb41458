//! XML in both directions: documents of the site as types, as trees and as streams of records, and documents to send.
//!
//! | what | how |
//! | --- | --- |
//! | `records`, `enrollments`, `module`, `learningPath`, `competenciesAwarded` | their builders' `send_document`, or [`FromXml`] for a text at hand |
//! | `users200510Xml`, `user200510Xml`, `trainingHistoryXml`, `completedTrainingRecordsXml` | [`Records`]: a stream in bounded memory |
//! | any other answer in XML | [`Tree`], whose elements [decode](Element::decode) into types of yours |
//! | an answer for the server of a test | [`to_xml`] |
//! | `contentHandler/courses` | [`Client::import_courses`](crate::Client::import_courses) with an [`XmlSource`] |
//!
//! # What is read, and what is refused
//!
//! Documents are read in UTF-8, UTF-16 and every encoding that browsers know; a byte order mark decides, then the
//! `charset` of the answer, then the declaration. Order of elements, prefixes, comments, CDATA, unknown elements and
//! attributes make no difference. Document type definitions and entities other than the five predefined ones are always
//! refused, since they can read files and grow without end; [`Limits`] bound depth and sizes. The rules hold for all
//! ways of reading alike.

mod checked;
mod collect;
mod de;
mod declaration;
mod encoding;
mod error;
mod limits;
mod names;
mod parser;
mod read;
mod records;
mod rules;
mod send;
mod ser;
mod source;
mod tree;
mod writer;

pub(crate) use checked::checked;
pub(crate) use encoding::{charset, declaration_length, decode};
pub use error::{XmlError, XmlErrorKind};
pub use limits::Limits;
pub(crate) use read::parse_text;
pub use read::{FromXml, read_xml, read_xml_within};
pub use records::Records;
pub use send::XmlSource;
pub use ser::to_xml;
pub use tree::{Element, Tree};
pub use writer::XmlWriter;
