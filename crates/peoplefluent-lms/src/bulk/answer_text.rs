//! Reads the body of an answer as text.

use encoding_rs::{Encoding, UTF_8};
use futures_util::StreamExt as _;
use rosterkit_core::{Operation, http::header};

use crate::{Body, Error, Response};

/// The least number of bytes that an answer may have.
const LEAST: usize = 16 * 1024 * 1024;

/// How many bytes the answer to an upload may have. It repeats each row at most once, with a reason.
pub(super) fn limit(sent: usize) -> usize {
    sent.saturating_mul(16).max(LEAST)
}

/// The text of an answer, in the encoding that it names, or UTF-8. What is not in that encoding is replaced: a row in
/// which that happens is recognized by its other cells, or not at all, which leaves it unknown.
pub(super) async fn read(operation: &'static Operation, answer: Response<Body>, limit: usize) -> Result<String, Error> {
    let content_type = answer.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let encoding = content_type.and_then(charset).unwrap_or(UTF_8);
    let mut body = answer.into_inner();
    let mut bytes = Vec::new();
    while let Some(chunk) = body.next().await.transpose()? {
        bytes.extend_from_slice(&chunk);
        if bytes.len() > limit {
            return Err(Error::decode(operation, "the answer is longer than one about the rows sent could be"));
        }
    }
    Ok(encoding.decode(&bytes).0.into_owned())
}

fn charset(content_type: &str) -> Option<&'static Encoding> {
    let mut parameters = content_type.split(';').skip(1).filter_map(|parameter| parameter.split_once('='));
    let (_, label) = parameters.find(|(name, _)| name.trim().eq_ignore_ascii_case("charset"))?;
    Encoding::for_label(label.trim().trim_matches('"').as_bytes())
}
