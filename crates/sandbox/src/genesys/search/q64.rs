//! A search in the form in which answers name their neighbours: its JSON in base64, as the platform writes it.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use genesys_users::types::UserSearchRequest;

use crate::http::Error;

/// The search for another page. Standard base64, so that a client which does not escape it in a URL is found out.
pub(super) fn encode(request: &UserSearchRequest, page: u64) -> String {
    let request = UserSearchRequest { page_number: i64::try_from(page).ok(), ..request.clone() };
    // A type of text, numbers and lists always serializes.
    STANDARD.encode(serde_json::to_vec(&request).unwrap_or_default())
}

pub(super) fn decode(q64: &str) -> Result<UserSearchRequest, Error> {
    let bytes = STANDARD.decode(q64).or_else(|_| URL_SAFE_NO_PAD.decode(q64.trim_end_matches('=')));
    let bytes = bytes.map_err(|_| Error::invalid("q64", "is no base64: percent-encode the value of an answer"))?;
    serde_json::from_slice(&bytes).map_err(|_| Error::invalid("q64", "is no search that an earlier answer gave"))
}
