//! The time in the sandbox, which stands still.
//!
//! The same inputs have to give the same answers on any day, so nothing here reads a clock.

use rosterkit_core::chrono::{DateTime, Utc};

/// 2025-01-01T00:00:00Z.
const NOW: i64 = 1_735_689_600;

/// The moment that the sandbox takes for now: the first of January 2025.
pub(crate) fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(NOW, 0).unwrap_or_default()
}
