//! The function `date`.

use chrono_tz::Tz;
use rosterkit_core::chrono::format::{Item, Parsed, StrftimeItems, parse};
use rosterkit_core::chrono::{DateTime, Datelike, FixedOffset, NaiveDate, Utc};
use rosterkit_core::{Date, Timestamp};

/// The date of a text as `YYYY-MM-DD`; `None` for an empty text. Messages do not show the text.
pub(super) fn date(text: &str, format: Option<&str>, zone: Option<&str>) -> Result<Option<String>, String> {
    let zone = zone.map(self::zone).transpose()?;
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let date = match format {
        None => {
            plain(text, zone).ok_or("`date`: the text is neither a date as YYYY-MM-DD nor an RFC 3339 date-time")?
        }
        Some(format) => {
            let items = items(format)?;
            formatted(text, &items, zone)
                .ok_or_else(|| format!("`date`: the text does not have the format `{format}`"))?
        }
    };
    match date.year() {
        1..=9999 => Ok(Some(date.format("%Y-%m-%d").to_string())),
        _ => Err("`date`: the year is not within 1 to 9999".to_owned()),
    }
}

/// The zone of this name.
pub(super) fn zone(name: &str) -> Result<Tz, String> {
    name.parse().map_err(|_| {
        "`date`: unknown time zone; expected a name of the IANA database, such as `Europe/Berlin`".to_owned()
    })
}

/// Rejects a format that is invalid or has no complete date.
pub(super) fn check_format(format: &str) -> Result<(), String> {
    let items = items(format)?;
    let sample = DateTime::UNIX_EPOCH.fixed_offset() + rosterkit_core::chrono::Duration::days(19_789);
    let text = sample.format_with_items(items.iter()).to_string();
    match formatted(&text, &items, None) {
        Some(date) if date == sample.date_naive() => Ok(()),
        _ => Err("`date`: the format has no complete date; expected one such as `%d.%m.%Y`".to_owned()),
    }
}

fn items(format: &str) -> Result<Vec<Item<'_>>, String> {
    let invalid = "`date`: invalid format; expected one such as `%d.%m.%Y`";
    StrftimeItems::new(format).parse().map_err(|_| invalid.to_owned())
}

fn plain(text: &str, zone: Option<Tz>) -> Option<NaiveDate> {
    match text.parse::<Date>() {
        Ok(date) => date.to_naive_date().ok(),
        Err(_) => Some(local(text.parse::<Timestamp>().ok()?.to_datetime().ok()?, zone)),
    }
}

fn formatted(text: &str, items: &[Item<'_>], zone: Option<Tz>) -> Option<NaiveDate> {
    let mut parsed = Parsed::new();
    parse(&mut parsed, text, items.iter()).ok()?;
    if parsed.offset().is_some() && (parsed.hour_mod_12().is_some() || parsed.timestamp().is_some()) {
        return Some(local(parsed.to_datetime().ok()?, zone));
    }
    if parsed.timestamp().is_some() {
        return Some(local(parsed.to_datetime_with_timezone(&Utc).ok()?.fixed_offset(), zone));
    }
    parsed.to_naive_date().ok()
}

fn local(datetime: DateTime<FixedOffset>, zone: Option<Tz>) -> NaiveDate {
    match zone {
        Some(zone) => datetime.with_timezone(&zone).date_naive(),
        None => datetime.date_naive(),
    }
}
