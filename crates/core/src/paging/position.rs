//! Where a page is, in a form that can be stored.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Where a page is in its listing.
///
/// It can be stored as text, in serde's formats too, and handed to [`Pager::start_at`](crate::paging::Pager::start_at)
/// later. How long a service honours a cursor is its own affair: those of Genesys jobs live about a day.
///
/// ```
/// use rosterkit_core::paging::Position;
///
/// let position = Position::Page(3);
/// assert_eq!(position.to_string(), "page:3");
/// assert_eq!("page:3".parse(), Ok(position));
/// assert!("three".parse::<Position>().is_err());
/// ```
#[derive(Clone, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Position {
    /// The first page. Stored as `start`.
    #[default]
    Start,
    /// The page with this number, as the API counts. Stored as `page:3`.
    Page(u64),
    /// The page that this cursor leads to. Stored as `cursor:` and the cursor.
    Cursor(String),
    /// The page after this value of the `after` parameter. Stored as `after:` and the value.
    After(String),
}

impl fmt::Display for Position {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Start => formatter.write_str("start"),
            Self::Page(number) => write!(formatter, "page:{number}"),
            Self::Cursor(cursor) => write!(formatter, "cursor:{cursor}"),
            Self::After(after) => write!(formatter, "after:{after}"),
        }
    }
}

/// Shows no cursor: some services put parts of the query or of the last item into it.
impl fmt::Debug for Position {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Start => formatter.write_str("Start"),
            Self::Page(number) => write!(formatter, "Page({number})"),
            Self::Cursor(_) => formatter.write_str("Cursor(..)"),
            Self::After(_) => formatter.write_str("After(..)"),
        }
    }
}

impl FromStr for Position {
    type Err = PositionError;

    fn from_str(text: &str) -> Result<Self, PositionError> {
        match text.split_once(':') {
            None if text == "start" => Ok(Self::Start),
            Some(("page", number)) => number.parse().map(Self::Page).map_err(|_| PositionError(())),
            Some(("cursor", cursor)) if !cursor.is_empty() => Ok(Self::Cursor(cursor.to_owned())),
            Some(("after", after)) if !after.is_empty() => Ok(Self::After(after.to_owned())),
            _ => Err(PositionError(())),
        }
    }
}

impl Serialize for Position {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Position {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

/// A text that is no [`Position`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PositionError(());

impl fmt::Display for PositionError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(
            "not the position of a page: expected `start`, `page:` and a number, or `cursor:` or `after:` and its text",
        )
    }
}

impl std::error::Error for PositionError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_survive_storing() {
        for (position, text) in [
            (Position::Start, "start"),
            (Position::Page(0), "page:0"),
            (Position::Page(u64::MAX), "page:18446744073709551615"),
            (Position::Cursor("a:b c".to_owned()), "cursor:a:b c"),
            (Position::After("x".to_owned()), "after:x"),
        ] {
            assert_eq!(position.to_string(), text);
            assert_eq!(text.parse(), Ok(position.clone()));
            let json = serde_json::to_string(&position).expect("a string");
            assert_eq!(json, format!("{text:?}"));
            assert_eq!(serde_json::from_str::<Position>(&json).expect("a position"), position);
        }
    }

    #[test]
    fn other_texts_are_refused_without_being_quoted() {
        for text in ["", "Start", "start:", "page", "page:", "page:-1", "page:x", "cursor:", "after:", "secret"] {
            let error = text.parse::<Position>().expect_err(text);
            assert!(text != "secret" || !error.to_string().contains(text));
        }
        assert!(serde_json::from_str::<Position>("3").is_err());
    }

    #[test]
    fn debug_hides_cursors() {
        let positions = [Position::Start, Position::Page(3), Position::Cursor("x".into()), Position::After("x".into())];
        assert_eq!(format!("{positions:?}"), "[Start, Page(3), Cursor(..), After(..)]");
    }
}
