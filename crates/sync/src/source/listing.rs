//! What listings in pages have in common: whether totals agree, who was listed before, and who could not be read.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use rosterkit_core::StatusCode;
use rosterkit_core::paging::{Pager, Pages, PagingError};
use serde_json::value::RawValue;
use sha2::{Digest as _, Sha256};

use super::record::{Form, Item, Record};
use super::report::counted;
use super::{ReadReport, SourceError};
use crate::hex::half;

/// The ids so far, as [halves](half) of their hashes, each with the number of its listing.
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
        match self.ids.insert(half(Sha256::new_with_prefix(id)).to_be_bytes(), self.listing) {
            None => Before::No,
            Some(listing) if listing == self.listing => Before::Here,
            Some(_) => Before::Elsewhere,
        }
    }

    /// Makes room for so many people at once, within reason: to make it bit by bit takes half as much again.
    fn expect(&mut self, people: u64) {
        self.ids.reserve(usize::try_from(people.min(2_000_000)).unwrap_or_default());
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
pub(super) struct Listing {
    what: &'static str,
    pages: Pages<'static, Box<RawValue>>,
    form: Arc<Form>,
    limit: Option<Limit>,
    /// How many different people it had, those who could not be read included.
    people: u64,
    /// How many items arrived.
    items: u64,
    totals: Option<(u64, u64)>,
}

impl Listing {
    /// A listing of this name, in the plural, with items of this form.
    pub(super) fn new(what: &'static str, pager: Pager<'static, Box<RawValue>>, form: &Arc<Form>) -> Self {
        Self { what, pages: pager.pages(), form: Arc::clone(form), limit: None, people: 0, items: 0, totals: None }
    }

    pub(super) fn limit(self, limit: Limit) -> Self {
        Self { limit: Some(limit), ..self }
    }

    /// The records of the next page that has some; `None` at the end.
    pub(super) async fn next(
        &mut self,
        seen: &mut Seen,
        report: &mut ReadReport,
    ) -> Result<Option<Vec<Record>>, SourceError> {
        loop {
            let page = match self.pages.next().await {
                None => return Ok(self.end(report)),
                Some(Ok(page)) => page,
                Some(Err(error)) => return self.failed(error, report),
            };
            if let Some(total) = page.total {
                if self.totals.is_none() {
                    seen.expect(total);
                }
                self.totals = Some((self.totals.map_or(total, |(first, _)| first), total));
            }
            // The request for the page after this one leaves before this one is worked on.
            tokio::task::yield_now().await;
            let mut records = Vec::with_capacity(page.items.len());
            for (index, text) in page.items.into_iter().enumerate() {
                self.items += 1;
                let item = Item::new(self.what, index, text, &self.form);
                let before = item.id().map(|id| seen.insert(id));
                self.people += u64::from(before != Some(Before::Here));
                match before {
                    Some(Before::No) => records.push(Record::Item(item)),
                    Some(Before::Here | Before::Elsewhere) => report.repeated += 1,
                    None => report.is_unreadable(|| item.problem()),
                }
            }
            if !records.is_empty() {
                return Ok(Some(records));
            }
        }
    }

    fn failed(&self, error: PagingError, report: &mut ReadReport) -> Result<Option<Vec<Record>>, SourceError> {
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
    fn end(&self, report: &mut ReadReport) -> Option<Vec<Record>> {
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

impl fmt::Debug for Listing {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Listing").field("what", &self.what).field("items", &self.items).finish_non_exhaustive()
    }
}
