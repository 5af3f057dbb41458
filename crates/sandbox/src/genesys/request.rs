//! What bodies and cursors have in common.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

pub(super) use super::details::body;
use crate::http::{Call, Error};

/// A place in a listing, in a form that nobody is tempted to read.
pub(super) fn cursor(listing: &str, place: u64) -> String {
    URL_SAFE_NO_PAD.encode(format!("{listing}/{place}"))
}

/// The place that a cursor of this listing names; 0 without one.
pub(super) fn place(call: &Call<'_>, parameter: &str, listing: &str) -> Result<u64, Error> {
    let Some(cursor) = call.filter(parameter) else { return Ok(0) };
    let place = URL_SAFE_NO_PAD.decode(cursor).ok().and_then(|text| {
        let text = String::from_utf8(text).ok()?;
        text.strip_prefix(listing)?.strip_prefix('/')?.parse().ok()
    });
    place.ok_or_else(|| Error::invalid(parameter, "is no cursor that an answer of this listing gave"))
}

/// How many items a page is to hold, from 1 to `max`; more is cut to `max`.
pub(super) fn page_size(name: &str, given: Option<i64>, default: u64, max: u64) -> Result<u64, Error> {
    at_least_one(name, given, default).map(|size| size.min(max))
}

/// A number that counts from 1.
pub(super) fn at_least_one(name: &str, given: Option<i64>, default: u64) -> Result<u64, Error> {
    let Some(given) = given else { return Ok(default) };
    u64::try_from(given).ok().filter(|given| *given > 0).ok_or_else(|| Error::invalid(name, "is smaller than 1"))
}
