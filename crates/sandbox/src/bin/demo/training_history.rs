//! The XML document of a user's training records.

use quick_xml::XmlVersion;
use quick_xml::events::Event;
use quick_xml::reader::Reader;

/// The ids of all training records, nested ones included.
pub(crate) fn record_ids(document: &str) -> Result<Vec<String>, quick_xml::Error> {
    let mut reader = Reader::from_str(document);
    let mut ids = Vec::new();
    loop {
        match reader.read_event()? {
            Event::Start(element) | Event::Empty(element) if element.local_name().as_ref() == "trainingRecord" => {
                if let Some(id) = element.try_get_attribute("id")? {
                    ids.push(id.normalized_value(XmlVersion::Implicit1_0)?.into_owned());
                }
            }
            Event::Eof => return Ok(ids),
            _ => {}
        }
    }
}
