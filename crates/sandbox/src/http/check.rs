//! Checks a request against the catalog entry of its operation.

use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use rosterkit_core::catalog::{BatchEntry, Kind, Location, OperationEntry, ParameterEntry, Schema};
use rosterkit_core::{Date, Timestamp};
use serde_json::Value;

use super::{Error, Form, Incoming, Pairs, open};

const URLENCODED: &str = "application/x-www-form-urlencoded";
const MULTIPART: &str = "multipart/form-data";

/// The parts of a request that hold parameters.
pub(crate) struct Sent<'a> {
    pub(crate) path: &'a [(&'static str, String)],
    pub(crate) query: &'a Pairs,
    pub(crate) form: &'a Form,
    pub(crate) headers: &'a HeaderMap,
}

/// Checks the parameters of path, query and headers and the fields of a form: required ones are present, unknown ones are
/// not, and all values are valid.
///
/// With `open`, values that an enumeration does not have are valid, except those that choose a representation.
pub(crate) fn parameters(entry: &OperationEntry, sent: &Sent<'_>, open: bool) -> Result<(), Error> {
    known(entry, "query", sent.query.names(), &[Location::Query])?;
    known(entry, "form", sent.form.names(), &[Location::Form, Location::Multipart])?;
    known(entry, "form", sent.form.files().iter().map(|file| &*file.part), &[Location::Multipart])?;
    for parameter in entry.parameters {
        let values: Vec<&str> = match parameter.location {
            Location::Path => {
                let values = sent.path.iter().filter(|(name, _)| *name == parameter.name);
                values.map(|(_, value)| &**value).collect()
            }
            Location::Query => sent.query.all(parameter.name).collect(),
            Location::Header => {
                let values = sent.headers.get_all(parameter.name).iter();
                values.filter_map(|value| value.to_str().ok()).collect()
            }
            Location::Form | Location::Multipart if parameter.kind == Kind::File => {
                file(parameter, sent.form)?;
                continue;
            }
            Location::Form | Location::Multipart => {
                if sent.form.file(parameter.name).is_some() {
                    return Err(Error::invalid(parameter.name, "is sent as a file, but is a field"));
                }
                sent.form.all(parameter.name).collect()
            }
        };
        let chooses = entry.representations.is_some_and(|chosen| chosen.parameter == parameter.name);
        check(parameter, &values, open && !chooses)?;
    }
    Ok(())
}

/// Refuses unknown names.
fn known<'a>(
    entry: &OperationEntry,
    place: &str,
    mut sent: impl Iterator<Item = &'a str>,
    locations: &[Location],
) -> Result<(), Error> {
    let taken = || {
        let parameters = entry.parameters.iter().filter(|parameter| locations.contains(&parameter.location));
        parameters.map(|parameter| parameter.name)
    };
    match sent.find(|name| !taken().any(|taken| taken == *name)) {
        Some(name) => Err(Error::unknown_name(place, name, taken())),
        None => Ok(()),
    }
}

fn file(parameter: &ParameterEntry, form: &Form) -> Result<(), Error> {
    let name = parameter.name;
    if form.all(name).next().is_some() {
        return Err(Error::invalid(name, "must be a file: its part of the body needs a file name"));
    }
    match form.files().iter().filter(|file| file.part == name).count() {
        0 if parameter.required => Err(Error::missing(name)),
        0 | 1 => Ok(()),
        _ => Err(Error::invalid(name, "is given more than once")),
    }
}

fn check(parameter: &ParameterEntry, values: &[&str], open: bool) -> Result<(), Error> {
    let name = parameter.name;
    if values.is_empty() {
        // What has a documented default may be absent, whatever the documents say of it.
        let is_needed = parameter.required && parameter.default.is_none();
        return if is_needed { Err(Error::missing(name)) } else { Ok(()) };
    }
    if !parameter.repeated && values.len() > 1 {
        return Err(Error::invalid(name, "is given more than once"));
    }
    if parameter.min_items.is_some_and(|min| values.len() < min) {
        return Err(Error::invalid(name, "has too few items"));
    }
    if parameter.max_items.is_some_and(|max| values.len() > max) {
        return Err(Error::invalid(name, "has too many items"));
    }
    values.iter().try_for_each(|value| check_value(parameter, value, open))
}

fn check_value(parameter: &ParameterEntry, value: &str, open: bool) -> Result<(), Error> {
    let invalid = |problem: &str| Err(Error::invalid(parameter.name, problem));
    match parameter.kind {
        Kind::String if !open && !parameter.values.is_empty() && !parameter.values.contains(&value) => {
            invalid(&format!("must be one of {}", parameter.values.join(", ")))
        }
        Kind::Integer => match value.parse::<i64>() {
            Err(_) => invalid("must be a whole number"),
            Ok(number) if parameter.minimum.is_some_and(|minimum| number < minimum) => invalid("is too small"),
            Ok(number) if parameter.maximum.is_some_and(|maximum| number > maximum) => invalid("is too large"),
            Ok(_) => Ok(()),
        },
        Kind::Number if !value.parse::<f64>().is_ok_and(f64::is_finite) => invalid("must be a number"),
        Kind::Boolean if !matches!(value, "true" | "false") => invalid("is neither true nor false"),
        Kind::Date if value.parse::<Date>().is_err() => invalid("must be a date"),
        Kind::DateTime if value.parse::<Timestamp>().is_err() => invalid("must be a date-time with an offset"),
        _ => Ok(()),
    }
}

/// Checks that there is a body of the right media type where the operation requires one, and parses it if it is a form.
pub(crate) fn body(entry: &OperationEntry, incoming: &Incoming) -> Result<Form, Error> {
    let Some(request) = entry.request else {
        if incoming.body.is_empty() {
            return Ok(Form::default());
        }
        return Err(Error::bad_request("The operation takes no body."));
    };
    if incoming.body.is_empty() && !is_form(request.media_type) {
        return if request.required { Err(Error::bad_request("A body is required.")) } else { Ok(Form::default()) };
    }
    let content_type = incoming.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    media_type(request.media_type, content_type, incoming.body.is_empty())?;
    match request.media_type {
        URLENCODED => Form::urlencoded(&incoming.body),
        MULTIPART if incoming.body.is_empty() => Ok(Form::default()),
        MULTIPART => Form::multipart(content_type, &incoming.body),
        _ => Ok(Form::default()),
    }
}

/// Checks a JSON body against its schema, and the number of items of a batch against its limit.
///
/// What the service sets itself is ignored. With `open`, values that an enumeration does not have are valid, and so are whole
/// numbers and booleans as texts. If there is anything of this, the result is the body without it.
pub(crate) fn json(entry: &OperationEntry, schema: &Schema, body: &[u8], open: bool) -> Result<Option<Value>, Error> {
    if body.is_empty() {
        return Ok(None);
    }
    let mut value: Value = serde_json::from_slice(body).map_err(|error| Error::invalid_json(&error))?;
    let mut is_changed = remove_read_only(entry, &mut value);
    is_changed |= open && open::read_texts(schema, &mut value);
    let mut known = value.clone();
    if open {
        open::replace_unknown(schema, &mut known);
    }
    schema.check(&known).map_err(|violation| Error::violation(&violation))?;
    check_batch(entry, &value)?;
    Ok(is_changed.then_some(value))
}

/// Removes what the service sets itself from a body, or from each of its items. Returns whether there was any.
fn remove_read_only(entry: &OperationEntry, body: &mut Value) -> bool {
    let names = entry.request.map_or(&[][..], |request| request.read_only);
    let items = match body {
        Value::Array(items) => items.as_mut_slice(),
        one => std::slice::from_mut(one),
    };
    let mut removed = false;
    for object in items.iter_mut().filter_map(Value::as_object_mut) {
        for name in names {
            removed |= object.remove(*name).is_some();
        }
    }
    removed
}

/// Checks the number of items of a batch.
fn check_batch(entry: &OperationEntry, value: &Value) -> Result<(), Error> {
    let Some(BatchEntry { items, max: Some(max) }) = entry.batch else { return Ok(()) };
    let place = items.split('.').filter(|name| !name.is_empty()).try_fold(value, |value, name| value.get(name));
    match place.and_then(Value::as_array) {
        Some(list) if list.len() > max => {
            let name = if items.is_empty() { "body" } else { items };
            Err(Error::invalid(name, &format!("has {} items; at most {max} are taken", list.len())))
        }
        _ => Ok(()),
    }
}

fn is_form(media_type: &str) -> bool {
    matches!(media_type, URLENCODED | MULTIPART)
}

/// Checks the `Content-Type` of a body. A form without fields can have no body and no type.
fn media_type(expected: &str, sent: &str, empty: bool) -> Result<(), Error> {
    let sent = sent.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let alike = match expected {
        "text/plain" => sent == "text/csv",
        "application/xml" => sent == "text/xml",
        _ => false,
    };
    let absent = empty && sent.is_empty();
    if alike || absent || sent == expected { Ok(()) } else { Err(Error::unsupported_media_type(expected)) }
}
