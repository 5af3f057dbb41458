//! Which errors say that another change came between, and calls that are repeated after them.

use rosterkit_core::{CallOptions, Error, StatusCode};

use crate::types::ErrorBody;

/// What to do about a conflict that is not about the version.
pub(crate) const COLLISION: &str = "the user still has the version that was sent, so the change collides with something else, such as an e-mail address \
     that another user holds; a deleted user keeps the address: restore that user, or use another address";

/// What to do about a new user who collides with one that exists.
pub(crate) const TAKEN: &str = "another user has the same e-mail address, perhaps a deleted one, who keeps it: find and restore that user, or use \
     another address";

/// What to do about a conflict of a change with a given version and an e-mail address.
pub(crate) const STALE_OR_TAKEN: &str = "the version is not the current one, or another user holds the e-mail address, perhaps a deleted one, who keeps it: \
     read the user again, restore the other one, or use another address";

/// Whether the service refused a change because another one came between. It says so with status 409, with status 408, or
/// with status 400 and a message about the version.
pub(crate) fn is_conflict(error: &Error) -> bool {
    match error.status() {
        Some(StatusCode::CONFLICT | StatusCode::REQUEST_TIMEOUT) => true,
        Some(StatusCode::BAD_REQUEST) => is_about_the_version(error),
        _ => false,
    }
}

fn is_about_the_version(error: &Error) -> bool {
    let text = match error.service_error::<ErrorBody>() {
        Some(ErrorBody { message: Some(message), .. }) => message.clone(),
        _ => String::from_utf8_lossy(error.body().unwrap_or_default()).into_owned(),
    };
    let text = text.to_ascii_lowercase();
    text.contains("version") && ["match", "current", "conflict"].iter().any(|word| text.contains(word))
}

/// Options for a call that carries no version, and may be sent again as it is.
pub(crate) fn repeated() -> CallOptions {
    CallOptions::new().repeat_conflicts(is_conflict)
}
