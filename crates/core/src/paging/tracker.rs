//! Decides whether a listing goes on after a page, and where.
//!
//! The rules are in the documentation of the module [`paging`](crate::paging).

use std::collections::HashSet;
use std::hash::{BuildHasher as _, RandomState};

use crate::Error;
use crate::paging::error::{parameter_missing, repeated};
use crate::paging::page::Link;
use crate::paging::position::Position;

/// What a response says about the page after it.
pub(super) enum Hint {
    Numbered { link: Link, page_count: Option<u64>, total: Option<u64> },
    Cursor(Option<String>),
    After { parameter: &'static str, link: Option<String> },
}

/// What comes after a page.
pub(super) enum Next {
    Page(Position),
    /// Not complete if the service promised more.
    End {
        is_complete: bool,
    },
    Error(Error),
}

/// What is remembered of the pages so far.
pub(super) struct Tracker {
    first: u64,
    from_first: bool,
    pass_empty: u64,
    /// Hashes of the cursors and links so far, so that a long listing does not keep them all.
    seen: HashSet<u64>,
    hasher: RandomState,
    started: bool,
    empty_in_a_row: u64,
    arrived: u64,
    largest: u64,
    page_count: Count,
    total: Count,
}

/// A count that the service may or may not give.
#[derive(Clone, Copy)]
enum Count {
    Unknown,
    Is(u64),
    /// The first page exceeded it.
    Wrong,
}

impl Count {
    fn update(&mut self, said: Option<u64>, reached: u64, first: bool) {
        match (said, *self) {
            (Some(said), _) if first && reached > said => *self = Self::Wrong,
            (Some(said), Self::Unknown | Self::Is(_)) => *self = Self::Is(said),
            _ => {}
        }
    }

    /// Whether there is more; `None` if that is not known.
    fn exceeds(self, reached: u64) -> Option<bool> {
        match self {
            Self::Is(count) => Some(count > reached),
            Self::Unknown | Self::Wrong => None,
        }
    }
}

impl Tracker {
    /// For a listing whose numbered pages, if it has some, start at `first`.
    pub(super) fn new(first: u64, start: &Position, pass_empty: u64) -> Self {
        let from_first = match start {
            Position::Start => true,
            Position::Page(number) => *number == first,
            _ => false,
        };
        let mut tracker = Self {
            first,
            from_first,
            pass_empty,
            seen: HashSet::new(),
            hasher: RandomState::new(),
            started: false,
            empty_in_a_row: 0,
            arrived: 0,
            largest: 0,
            page_count: Count::Unknown,
            total: Count::Unknown,
        };
        if let Position::Cursor(text) | Position::After(text) = start {
            tracker.is_new(text);
        }
        tracker
    }

    /// What comes after the page at this position, which has so many items. To be asked for each page once, in order.
    pub(super) fn after(&mut self, position: &Position, items: usize, hint: Hint) -> Next {
        let items = items as u64;
        self.arrived = self.arrived.saturating_add(items);
        self.largest = self.largest.max(items);
        let is_empty = items == 0;
        self.empty_in_a_row = if is_empty { self.empty_in_a_row + 1 } else { 0 };
        let first = !std::mem::replace(&mut self.started, true);
        match hint {
            Hint::Numbered { link, page_count, total } => {
                let Position::Page(number) = *position else { return Next::End { is_complete: false } };
                let pages = number.saturating_sub(self.first).saturating_add(1);
                self.page_count.update(page_count, pages, first);
                self.total.update(total, self.arrived, first);
                self.after_number(number, pages, link, is_empty)
            }
            Hint::Cursor(cursor) => self.after_token(is_empty, cursor.map(Ok), Position::Cursor),
            Hint::After { parameter, link } => {
                let token = link.map(|link| query_value(&link, parameter).ok_or_else(|| parameter_missing(parameter)));
                self.after_token(is_empty, token, Position::After)
            }
        }
    }

    fn after_number(&mut self, number: u64, pages: u64, link: Link, is_empty: bool) -> Next {
        let total = if self.from_first { self.total.exceeds(self.arrived) } else { None };
        let counts = (self.page_count.exceeds(pages), total);
        let do_counts_promise_more = counts.0 == Some(true) || counts.1 == Some(true);
        let goes_on = match link {
            Link::To(link) if self.is_new(&link) => true,
            // An empty page that leads to itself is an end that some services give.
            Link::To(_) if is_empty => do_counts_promise_more,
            Link::To(_) => return Next::Error(repeated()),
            // A count that promises more is believed over a missing link: at worst the next pages are empty. Not so a total
            // that a missing link and the page count contradict together, since some services repeat their last page.
            Link::Missing => do_counts_promise_more && (is_empty || counts.0 != Some(false)),
            Link::Unsupported => do_counts_promise_more || counts == (None, None) && !is_empty,
        };
        match number.checked_add(1) {
            _ if !goes_on => Next::End { is_complete: counts.1 != Some(true) },
            Some(next) if self.empty_in_a_row <= self.pass_empty => Next::Page(Position::Page(next)),
            _ => Next::End { is_complete: false },
        }
    }

    fn after_token(
        &mut self,
        is_empty: bool,
        token: Option<Result<String, Error>>,
        position: fn(String) -> Position,
    ) -> Next {
        match token {
            None => Next::End { is_complete: true },
            Some(_) if self.empty_in_a_row > self.pass_empty => Next::End { is_complete: false },
            Some(Ok(token)) if self.is_new(&token) => Next::Page(position(token)),
            Some(_) if is_empty => Next::End { is_complete: true },
            Some(Ok(_)) => Next::Error(repeated()),
            Some(Err(error)) => Next::Error(error),
        }
    }

    /// Whether a numbered page probably exists that comes after the one that is known to follow.
    pub(super) fn expects(&self, number: u64) -> bool {
        let before = number.saturating_sub(self.first);
        self.page_count.exceeds(before) == Some(true)
            || self.largest > 0 && self.total.exceeds(before.saturating_mul(self.largest)) == Some(true)
    }

    /// How many items the pages have at most, so far.
    pub(super) fn largest(&self) -> u64 {
        self.largest
    }

    fn is_new(&mut self, text: &str) -> bool {
        self.seen.insert(self.hasher.hash_one(text))
    }
}

/// The value of a query parameter of a URI, which may be relative.
fn query_value(uri: &str, parameter: &str) -> Option<String> {
    let uri = uri.split_once('#').map_or(uri, |(uri, _)| uri);
    let (_, query) = uri.split_once('?')?;
    let mut pairs = url::form_urlencoded::parse(query.as_bytes());
    let (_, value) = pairs.find(|(name, value)| name == parameter && !value.is_empty())?;
    Some(value.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parameter_is_taken_out_of_any_uri() {
        for (uri, expected) in [
            ("/api/v2/routing/skillgroups?after=a%2Bb%3D&pageSize=25", Some("a+b=")),
            ("https://api.example.com/x?pageSize=25&after=c+d#top", Some("c d")),
            ("?after=e", Some("e")),
            ("/x?before=f", None),
            ("/x?after=", None),
            ("/x?after", None),
            ("/x#?after=g", None),
            ("/after=h", None),
        ] {
            assert_eq!(query_value(uri, "after").as_deref(), expected, "{uri}");
        }
    }
}
