//! Elements of XML that say something by being there.
//!
//! In XML, an optional field whose element is empty has no value, since texts, numbers and dates have none without a text. An
//! object can have one without any field: that it is there.

use serde::{Deserialize, Deserializer};

/// Reads a field that has a value if its element is there, even if it is empty, for `#[serde(deserialize_with)]` beside
/// `default`; generated types have it.
///
/// # Errors
/// Those of `T`. In JSON, `null` is one.
///
/// ```
/// #[derive(Debug, PartialEq, serde::Deserialize)]
/// struct Exam {}
///
/// #[derive(serde::Deserialize)]
/// struct Certification {
///     #[serde(default, deserialize_with = "rosterkit_core::presence::deserialize")]
///     exam: Option<Exam>,
/// }
///
/// let with: Certification = serde_json::from_str(r#"{"exam":{}}"#)?;
/// let without: Certification = serde_json::from_str("{}")?;
/// assert_eq!((with.exam, without.exam), (Some(Exam {}), None));
/// # Ok::<(), serde_json::Error>(())
/// ```
pub fn deserialize<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    T::deserialize(deserializer).map(Some)
}
