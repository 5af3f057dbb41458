//! Values of TOML tables by their keys.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// The value of a text.
pub(super) fn text<'a>(table: &'a DeTable<'_>, key: &str) -> Option<&'a str> {
    table.get(key)?.get_ref().as_str()
}

pub(super) fn flag(table: &DeTable<'_>, key: &str) -> Option<bool> {
    table.get(key)?.get_ref().as_bool()
}

/// The value of a key that is a table.
pub(super) fn table<'a, 'i>(table: &'a DeTable<'i>, key: &str) -> Option<&'a DeTable<'i>> {
    table.get(key)?.get_ref().as_table()
}

/// The items of a list; none if there is no list.
pub(super) fn items<'a, 'i>(table: &'a DeTable<'i>, key: &str) -> impl Iterator<Item = &'a Spanned<DeValue<'i>>> {
    table.get(key).and_then(|value| value.get_ref().as_array()).into_iter().flatten()
}

/// The texts of a list, if there is one.
pub(super) fn texts<'a>(table: &'a DeTable<'_>, key: &str) -> Option<Vec<&'a str>> {
    let list = table.get(key)?.get_ref().as_array()?;
    Some(list.iter().filter_map(|item| item.get_ref().as_str()).collect())
}

/// A whole number that is not negative.
pub(super) fn whole(value: &DeValue<'_>) -> Option<u64> {
    let number = value.as_integer()?;
    u64::from_str_radix(number.as_str(), number.radix()).ok()
}

/// A date as a text: one of TOML's own, or a text.
pub(super) fn date(value: &DeValue<'_>) -> Option<String> {
    match value {
        DeValue::String(text) => Some(text.to_string()),
        DeValue::Datetime(datetime) if datetime.time.is_none() && datetime.offset.is_none() => {
            datetime.date.map(|date| date.to_string())
        }
        _ => None,
    }
}

/// Where a key stands, or else the position.
pub(super) fn key_position(table: &DeTable<'_>, key: &str, position: usize) -> usize {
    table.get_key_value(key).map_or(position, |(name, _)| name.span().start)
}

/// Where the value of a key stands, or else the position.
pub(super) fn value_position(table: &DeTable<'_>, key: &str, position: usize) -> usize {
    table.get(key).map_or(position, |value| value.span().start)
}
