//! The order of found users.

use std::cmp::Reverse;

use genesys_users::types::{SearchSortOrder, UserSearchRequest};

use super::field::{Field, Subject};
use super::text::Limit;
use crate::http::Error;

/// The keys of an order; empty for the order of creation.
#[derive(Debug, Default)]
pub(super) struct Order(Vec<Key>);

#[derive(Debug)]
enum Key {
    Score,
    Field { field: Field, descending: bool },
}

/// The rank of a user by one key. Users without a value are last in both directions.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Place {
    Up(Value),
    Down(Reverse<Value>),
    Last,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Value {
    /// A number in an encoding that keeps its order.
    Number(u64),
    Text(String),
}

impl Order {
    pub(super) fn new(request: &UserSearchRequest) -> Result<Self, Error> {
        let several = request.sort.as_deref().unwrap_or_default();
        if !several.is_empty() && request.sort_by.is_some() {
            return Err(Error::invalid("sort", "cannot be given together with `sortBy`"));
        }
        let single = [(request.sort_by.as_deref(), request.sort_order.as_ref())];
        let several = several.iter().map(|sort| (sort.sort_by.as_deref(), sort.sort_order.as_ref()));
        let keys = single.into_iter().chain(several).filter_map(|(by, order)| Key::new(by, order));
        keys.collect::<Result<_, _>>().map(Self)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn place(&self, subject: &Subject<'_>, score: u32) -> Vec<Place> {
        let place = |key: &Key| match key {
            Key::Score => Place::Down(Reverse(Value::Number(score.into()))),
            Key::Field { field, descending } => match field.text(subject).map(|text| Value::of(&text)) {
                None => Place::Last,
                Some(value) if *descending => Place::Down(Reverse(value)),
                Some(value) => Place::Up(value),
            },
        };
        self.0.iter().map(place).collect()
    }
}

impl Key {
    fn new(by: Option<&str>, order: Option<&SearchSortOrder>) -> Option<Result<Self, Error>> {
        if matches!(order, Some(SearchSortOrder::Score)) {
            return Some(Ok(Self::Score));
        }
        let descending = match order {
            None | Some(SearchSortOrder::Asc) => false,
            Some(SearchSortOrder::Desc) => true,
            Some(_) => return Some(Err(Error::invalid("sortOrder", "must be one of ASC, DESC, SCORE"))),
        };
        match by {
            None if order.is_none() => None,
            None => Some(Err(Error::missing("sortBy"))),
            Some(name) => Some(Field::parse("sortBy", name).map(|field| Self::Field { field, descending })),
        }
    }
}

impl Value {
    fn of(text: &str) -> Self {
        match Limit::of(text) {
            Limit::Number(number) => {
                // The bits of positive numbers have the order of the numbers; those of negative ones the reverse order.
                let bits = number.to_bits();
                Self::Number(if bits >> 63 == 0 { bits | (1 << 63) } else { !bits })
            }
            _ => Self::Text(text.to_lowercase()),
        }
    }
}
