//! Whether a request keeps to what the catalog says of its operation.

use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use rosterkit_core::catalog::{Kind, Location, OperationEntry, ParameterEntry};
use rosterkit_core::{Date, Timestamp};

use super::{Failure, Incoming, Pairs};

/// Checks the parameters of path, query and headers.
pub(crate) fn parameters(
    entry: &OperationEntry,
    path: &[(&'static str, String)],
    query: &Pairs,
    headers: &HeaderMap,
) -> Result<(), Failure> {
    for parameter in entry.parameters {
        let values: Vec<&str> = match parameter.location {
            Location::Path => {
                path.iter().filter(|(name, _)| *name == parameter.name).map(|(_, value)| &**value).collect()
            }
            Location::Query => query.all(parameter.name).collect(),
            Location::Header => {
                headers.get_all(parameter.name).iter().filter_map(|value| value.to_str().ok()).collect()
            }
            // The operations that take a form come with a later part of the sandbox.
            _ => continue,
        };
        check(parameter, &values)?;
    }
    Ok(())
}

fn check(parameter: &ParameterEntry, values: &[&str]) -> Result<(), Failure> {
    let name = parameter.name;
    if values.is_empty() {
        return if parameter.required { Err(Failure::missing(name)) } else { Ok(()) };
    }
    if !parameter.repeated && values.len() > 1 {
        return Err(Failure::invalid(name, "is given more than once"));
    }
    if parameter.min_items.is_some_and(|min| values.len() < min) {
        return Err(Failure::invalid(name, "has too few items"));
    }
    if parameter.max_items.is_some_and(|max| values.len() > max) {
        return Err(Failure::invalid(name, "has too many items"));
    }
    values.iter().try_for_each(|value| check_value(parameter, value))
}

fn check_value(parameter: &ParameterEntry, value: &str) -> Result<(), Failure> {
    let invalid = |problem: &str| Err(Failure::invalid(parameter.name, problem));
    match parameter.kind {
        Kind::String if !parameter.values.is_empty() && !parameter.values.contains(&value) => {
            invalid(&format!("is none of {}", parameter.values.join(", ")))
        }
        Kind::Integer => match value.parse::<i64>() {
            Err(_) => invalid("is no whole number"),
            Ok(number) if parameter.minimum.is_some_and(|minimum| number < minimum) => invalid("is too small"),
            Ok(number) if parameter.maximum.is_some_and(|maximum| number > maximum) => invalid("is too large"),
            Ok(_) => Ok(()),
        },
        Kind::Number if !value.parse::<f64>().is_ok_and(f64::is_finite) => invalid("is no number"),
        Kind::Boolean if !matches!(value, "true" | "false") => invalid("is neither true nor false"),
        Kind::Date if value.parse::<Date>().is_err() => invalid("is no date"),
        Kind::DateTime if value.parse::<Timestamp>().is_err() => invalid("is no date and time with an offset"),
        _ => Ok(()),
    }
}

/// Checks that there is a body of the right media type where the operation needs one.
pub(crate) fn body(entry: &OperationEntry, incoming: &Incoming) -> Result<(), Failure> {
    let Some(request) = entry.request else { return Ok(()) };
    if incoming.body.is_empty() {
        return if request.required { Err(Failure::bad_request("A body is required.")) } else { Ok(()) };
    }
    let sent = incoming.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let sent = sent.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let alike = match request.media_type {
        "text/plain" => sent == "text/csv",
        "application/xml" => sent == "text/xml",
        _ => false,
    };
    if alike || sent == request.media_type { Ok(()) } else { Err(Failure::unsupported_media_type(request.media_type)) }
}
