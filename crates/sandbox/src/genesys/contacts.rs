//! The addresses of a user: the forms that phones have in responses, and what a request makes of them.

use serde_json::{Value, json};

use crate::http::Error;
use crate::people::Person;

/// The first extension of the sample people, and the number of extensions in the pool.
const POOL: u64 = 4_000;
const POOL_SIZE: u64 = 1_000;

/// The first extension without a pool.
const WITHOUT_POOL: u64 = 7_000;

/// The phone of a person in one of the four forms that the service has.
pub(super) fn phone(person: &Person) -> Value {
    let mut phone = json!({ "mediaType": "PHONE", "type": "WORK" });
    let extension = |first: u64| (first + person.index % POOL_SIZE).to_string();
    match person.index % 10 {
        // An extension of a pool. An address beside it has no meaning.
        5 => {
            phone["extension"] = json!(extension(POOL));
            phone["display"] = phone["extension"].clone();
            phone["address"] = json!(person.phone);
        }
        // A number with an extension.
        6 => {
            phone["extension"] = json!(extension(POOL));
            phone["display"] = json!(person.phone);
            phone["countryCode"] = json!("US");
        }
        7 => phone["display"] = json!(without_pool(&extension(WITHOUT_POOL))),
        _ => {
            phone["address"] = json!(person.phone);
            phone["countryCode"] = json!("US");
        }
    }
    phone
}

/// The addresses of a request as the service shows them from then on. `shown` are those it has shown before.
///
/// `display` follows from the rest, so that it is ignored. An address that is sent as it was shown stays as it is: what was
/// read can be sent back.
pub(super) fn stored(given: &[Value], shown: &[Value]) -> Result<Vec<Value>, Error> {
    let key = |address: &Value| Some((text(address, "mediaType")?.to_owned(), text(address, "type")?.to_owned()));
    for (place, address) in given.iter().enumerate() {
        if let Some((media_type, kind)) = key(address)
            && given[..place].iter().any(|before| key(before) == key(address))
        {
            let message = format!("holds two addresses of the media type {media_type} and the type {kind}");
            return Err(Error::invalid("addresses", &message));
        }
    }
    Ok(given.iter().map(|address| if shown.contains(address) { address.clone() } else { formatted(address) }).collect())
}

/// An address with the `display` that belongs to it.
fn formatted(address: &Value) -> Value {
    let mut stored = address.clone();
    let Some(fields) = stored.as_object_mut() else { return stored };
    fields.remove("display");
    let is_phone = matches!(text(address, "mediaType"), Some("PHONE" | "SMS"));
    let Some(extension) = text(address, "extension").filter(|_| is_phone) else { return stored };
    match text(address, "address") {
        // A number with an extension.
        Some(number) => {
            fields.remove("address");
            fields.insert("display".to_owned(), json!(number));
        }
        None if is_of_pool(extension) => {
            fields.insert("display".to_owned(), json!(extension));
        }
        None => {
            fields.remove("extension");
            fields.insert("display".to_owned(), json!(without_pool(extension)));
        }
    }
    stored
}

/// A text that is not empty.
fn text<'a>(address: &'a Value, name: &str) -> Option<&'a str> {
    address.get(name).and_then(Value::as_str).filter(|text| !text.is_empty())
}

/// Whether an extension belongs to the pool of the organization.
fn is_of_pool(extension: &str) -> bool {
    extension.parse().is_ok_and(|extension: u64| (POOL..POOL + POOL_SIZE).contains(&extension))
}

/// An extension without a pool, as the service shows it.
fn without_pool(extension: &str) -> String {
    format!("({extension})")
}
