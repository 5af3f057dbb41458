//! What handlers share: reading parameters, finding what they name, and answering trees.

use super::account::Account;
use super::authorization::{may_see, parameter};
use super::datetime::Timestamp;
use super::record::Record;
use super::store::Store;
use super::tree::Tree;
use crate::http::{Call, Error, Reply};

/// As many items as a listing has when `max` does not say. The documents contradict themselves: 25, or all of them. A
/// client that relies on all finds out here.
const DEFAULT_MAX: usize = 25;

/// A tree in the representation that `format` asks for.
pub(super) fn answer(call: &Call<'_>, tree: &Tree) -> Reply {
    match parameter(call, "format") {
        Some("xml") => xml(tree),
        _ => Reply::json(&tree.json()),
    }
}

/// A tree as XML, for the functions that have no `format`.
pub(super) fn xml(tree: &Tree) -> Reply {
    Reply::xml(tree.element().document())
}

/// The outcome of a function that changes something: `status` is `ok`.
pub(super) fn outcome() -> Tree {
    Tree::new("result").text("status", "ok")
}

/// A parameter that the function cannot do without.
pub(super) fn needed<'a>(call: &'a Call<'_>, name: &'a str) -> Result<&'a str, Error> {
    parameter(call, name).ok_or_else(|| Error::missing(name))
}

pub(super) fn flag(call: &Call<'_>, name: &str) -> bool {
    parameter(call, name) == Some("true")
}

/// The date and time of a parameter.
pub(super) fn moment(call: &Call<'_>, name: &str) -> Result<Option<Timestamp>, Error> {
    let read =
        |text| Timestamp::of_timestamp(text).ok_or_else(|| Error::invalid(name, "is no date and time with an offset"));
    parameter(call, name).map(read).transpose()
}

/// The day of a parameter.
pub(super) fn day(call: &Call<'_>, name: &str) -> Result<Option<Timestamp>, Error> {
    let read = |text| Timestamp::of_day(text).ok_or_else(|| Error::invalid(name, "is no date"));
    parameter(call, name).map(read).transpose()
}

/// How many items a listing may have.
pub(super) fn max(call: &Call<'_>) -> Result<usize, Error> {
    let Some(text) = parameter(call, "max") else { return Ok(DEFAULT_MAX) };
    let number = text.parse::<i64>().ok().filter(|number| *number > 0);
    let number = number.ok_or_else(|| Error::invalid("max", "is no whole number above 0"))?;
    Ok(usize::try_from(number).unwrap_or(usize::MAX))
}

/// The words of `keywords`, in lower case.
pub(super) fn keywords(call: &Call<'_>) -> Vec<String> {
    let words = parameter(call, "keywords").unwrap_or_default().split_whitespace();
    words.map(str::to_lowercase).collect()
}

/// Whether each of the words stands in the text.
pub(super) fn holds(words: &[String], text: &str) -> bool {
    words.is_empty() || {
        let text = text.to_lowercase();
        words.iter().all(|word| text.contains(word))
    }
}

/// A training record that the user may see.
pub(super) fn visible_record(store: &Store, account: &Account, id: &str) -> Result<Record, Error> {
    let record = store.record(id).ok_or_else(|| Error::not_found("There is no training record of this id."))?;
    if may_see(store, account, &record.user) {
        Ok(record)
    } else {
        Err(Error::forbidden("The training record belongs to somebody whom the caller may not see."))
    }
}

/// A training record of the user's own.
pub(super) fn own_record(store: &Store, account: &Account, id: &str) -> Result<Record, Error> {
    match store.record(id) {
        Some(record) if record.user == account.login() => Ok(record),
        Some(_) => {
            Err(Error::forbidden("The enrollment belongs to somebody else than the user that the call acts for."))
        }
        None => Err(Error::not_found("There is no enrollment of this id.")),
    }
}
