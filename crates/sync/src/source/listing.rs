//! What listings in pages have in common: whether totals agree, who was listed before, and who could not be read.

use std::collections::HashMap;
use std::fmt;

use rosterkit_core::StatusCode;
use rosterkit_core::paging::{Pager, Pages, PagingError};
use serde::Serialize;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::report::counted;
use super::{ReadReport, SourceError, fields};
use crate::expression::Paths;

/// The ids so far, as the first 16 bytes of their SHA-256: two ids with the same would need more people than there are.
/// Each with the number of its listing.
#[derive(Debug, Default)]
pub(super) struct Seen {
    ids: HashMap<[u8; 16], u8>,
    listing: u8,
}

/// Whether a person was listed before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Before {
    No,
    /// In the same listing.
    Here,
    /// In an earlier listing: the person changed from one to the other meanwhile.
    Elsewhere,
}

impl Seen {
    /// Remembers an id.
    pub(super) fn insert(&mut self, id: &str) -> Before {
        let digest = Sha256::digest(id);
        let short = std::array::from_fn(|at| digest.get(at).copied().unwrap_or_default());
        match self.ids.insert(short, self.listing) {
            None => Before::No,
            Some(listing) if listing == self.listing => Before::Here,
            Some(_) => Before::Elsewhere,
        }
    }

    /// What follows is another listing.
    pub(super) fn next_listing(&mut self) {
        self.listing = self.listing.saturating_add(1);
    }
}

/// The end that a service sets to a listing, and how to read more.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limit {
    pub items: u64,
    pub advice: &'static str,
}

/// One listing, page by page.
pub(super) struct Listing<T: 'static> {
    what: &'static str,
    pages: Pages<'static, T>,
    limit: Option<Limit>,
    /// What rows have of an item.
    fields: Paths,
    /// How many different people it had, those who could not be read included.
    people: u64,
    /// How many items arrived.
    items: u64,
    totals: Option<(u64, u64)>,
}

impl<T: Serialize> Listing<T> {
    /// A listing of this name, in the plural.
    pub(super) fn new(what: &'static str, pager: Pager<'static, T>) -> Self {
        Self { what, pages: pager.pages(), limit: None, fields: Paths::All, people: 0, items: 0, totals: None }
    }

    pub(super) fn limit(self, limit: Limit) -> Self {
        Self { limit: Some(limit), ..self }
    }

    /// Rows with these fields of items, which have to have an `id`.
    pub(super) fn fields(self, fields: Paths) -> Self {
        Self { fields, ..self }
    }

    /// The rows of the next page that has some, as JSON; `None` at the end.
    pub(super) async fn next(
        &mut self,
        seen: &mut Seen,
        report: &mut ReadReport,
    ) -> Result<Option<Vec<Value>>, SourceError> {
        loop {
            let page = self.pages.next().await;
            for unreadable in self.pages.take_unreadable() {
                (self.people, self.items) = (self.people + 1, self.items + 1);
                report.is_unreadable(|| format!("{}: {unreadable}", self.what));
            }
            let page = match page {
                None => return Ok(self.end(report)),
                Some(Ok(page)) => page,
                Some(Err(error)) => return self.failed(error, report),
            };
            if let Some(total) = page.total {
                self.totals = Some((self.totals.map_or(total, |(first, _)| first), total));
            }
            let mut rows = Vec::with_capacity(page.items.len());
            for item in &page.items {
                self.items += 1;
                let row = fields::of(item, &self.fields);
                let id = row.get("id").and_then(Value::as_str).filter(|id| !id.is_empty());
                let before = id.map(|id| seen.insert(id));
                self.people += u64::from(before != Some(Before::Here));
                match before {
                    Some(Before::No) => rows.push(row),
                    Some(Before::Here | Before::Elsewhere) => report.repeated += 1,
                    None => report.is_unreadable(|| format!("{}: item {} has no `id`", self.what, self.items)),
                }
            }
            if !rows.is_empty() {
                return Ok(Some(rows));
            }
        }
    }

    fn failed(&self, error: PagingError, report: &mut ReadReport) -> Result<Option<Vec<Value>>, SourceError> {
        match self.limit.filter(|limit| self.items >= limit.items) {
            Some(limit) if error.error().status() == Some(StatusCode::BAD_REQUEST) => {
                self.is_cut(limit, report);
                Ok(None)
            }
            _ => Err(SourceError::Service { what: self.what, read: self.items, error: error.into_error() }),
        }
    }

    fn is_cut(&self, limit: Limit, report: &mut ReadReport) {
        report.is_incomplete(format!(
            "the service ends its list of {} after {}: {}",
            self.what, limit.items, limit.advice
        ));
    }

    /// Compares what was read with what the service promised.
    fn end(&self, report: &mut ReadReport) -> Option<Vec<Value>> {
        let what = self.what;
        if let Some(limit) = self.limit.filter(|limit| self.items >= limit.items) {
            self.is_cut(limit, report);
            return None;
        }
        if !self.pages.is_complete() && self.pages.skipped() == 0 {
            report.is_incomplete(format!("the list of {what} ended although the service promised more"));
        }
        if let Some((first, last)) = self.totals {
            if first != last {
                report.note(format!(
                    "the directory changed while it was read: there were {first} {what} at first, and {last} at last"
                ));
            }
            if !(first.min(last)..=first.max(last)).contains(&self.people) {
                let listed = counted(self.people, "person", "people");
                report.is_incomplete(format!("the service says that there are {last} {what}, but listed {listed}"));
            }
        }
        None
    }
}

impl<T> fmt::Debug for Listing<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Listing").field("what", &self.what).field("items", &self.items).finish_non_exhaustive()
    }
}
