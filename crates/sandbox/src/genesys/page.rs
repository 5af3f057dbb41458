//! Pages counted from 1, with the URIs of their neighbours.

use serde_json::{Value, json};

use super::request::{at_least_one, page_size};
use crate::http::{Call, Error, Pairs};

const DEFAULT_SIZE: u64 = 25;
/// Larger pages are reduced to this size, unless the operation has its own limit.
const MAX_SIZE: u64 = 100;
/// The largest page of a listing of users.
const MAX_USERS: u64 = 500;
/// The largest page of a listing of users with presences of an integration.
const MAX_WITH_INTEGRATION: u64 = 100;

/// The largest page of users that a call can have.
pub(super) fn max_users(call: &Call<'_>) -> u64 {
    if call.filter("integrationPresenceSource").is_some() { MAX_WITH_INTEGRATION } else { MAX_USERS }
}

/// The requested page of a listing.
#[derive(Clone, Copy, Debug)]
pub(super) struct Page {
    size: u64,
    number: u64,
}

impl Page {
    pub(super) fn of(call: &Call<'_>) -> Result<Self, Error> {
        Self::up_to(call, MAX_SIZE)
    }

    /// A page of users.
    pub(super) fn of_users(call: &Call<'_>) -> Result<Self, Error> {
        Self::up_to(call, max_users(call))
    }

    /// A page of this size at most.
    pub(super) fn up_to(call: &Call<'_>, max: u64) -> Result<Self, Error> {
        let size = page_size("pageSize", call.integer("pageSize"), DEFAULT_SIZE, max)?;
        Ok(Self { size, number: at_least_one("pageNumber", call.integer("pageNumber"), 1)? })
    }

    pub(super) fn size(self) -> usize {
        self.size as usize
    }

    /// The positions of the page's items among all.
    pub(super) fn range(self, total: u64) -> std::ops::Range<u64> {
        let start = (self.number - 1).saturating_mul(self.size).min(total);
        start..start.saturating_add(self.size).min(total)
    }

    /// The position of the page's first item among all.
    pub(super) fn start(self) -> usize {
        usize::try_from((self.number - 1).saturating_mul(self.size)).unwrap_or(usize::MAX)
    }

    /// The position after the page's last item.
    pub(super) fn end(self) -> usize {
        self.start().saturating_add(usize::try_from(self.size).unwrap_or(usize::MAX))
    }

    /// The page of a complete list.
    pub(super) fn page_of(self, call: &Call<'_>, mut all: Vec<Value>) -> Value {
        let total = all.len() as u64;
        let range = self.range(total);
        all.truncate(range.end as usize);
        self.envelope(call, total, all.split_off(range.start as usize))
    }

    pub(super) fn envelope(self, call: &Call<'_>, total: u64, entities: Vec<Value>) -> Value {
        self.envelope_at(call.uri, &call.query, total, entities)
    }

    /// The same for a call that is over.
    pub(super) fn envelope_at(self, path: &str, query: &Pairs, total: u64, entities: Vec<Value>) -> Value {
        let count = total.div_ceil(self.size);
        let uri = |number: u64| {
            let page = [("pageSize", self.size.to_string()), ("pageNumber", number.to_string())];
            Value::from(format!("{path}?{}", query.replace(&page)))
        };
        let mut envelope = json!({
            "entities": entities,
            "pageSize": self.size,
            "pageNumber": self.number,
            "pageCount": count,
            "total": total,
            "selfUri": uri(self.number),
            "firstUri": uri(1),
            "lastUri": uri(count.max(1)),
        });
        if self.number < count {
            envelope["nextUri"] = uri(self.number + 1);
        }
        if self.number > 1 {
            envelope["previousUri"] = uri(self.number - 1);
        }
        envelope
    }
}
