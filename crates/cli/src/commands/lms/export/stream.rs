//! Records of a large document, printed while it arrives.

use futures_util::StreamExt as _;
use peoplefluent_lms::xml::Records;
use rosterkit_core::{Body, Response};

use crate::commands::lms::xml_rows;
use crate::error::Error;
use crate::listing;
use crate::output::Rows;

/// Prints the records: the children of the root that hold more than text. What holds text alone says something of the
/// document, such as when it was made.
pub(super) async fn print(mut rows: Rows, answer: Response<Body>) -> Result<(), Error> {
    let mut records = Records::from(answer);
    while let Some(record) = records.next().await {
        match record {
            Ok(record) if record.root().children().next().is_none() && record.root().attributes().next().is_none() => {}
            Ok(record) => rows.push(xml_rows::value(record.root()))?,
            Err(error) => return listing::interrupted(rows, error.into()),
        }
    }
    rows.finish()
}
