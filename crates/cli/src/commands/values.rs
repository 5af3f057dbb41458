//! Parses `NAME=VALUE` options into typed parameters.

use rosterkit_core::catalog::{Kind, OperationEntry, ParameterEntry};
use rosterkit_core::input::strict_json::{self, Problem};
use serde_json::{Map, Value};

use crate::error::Error;

/// Splits `name=value`. The message of an error has `example`, and not the text, which may be a secret.
pub(crate) fn pair<'a>(option: &str, example: &str, text: &'a str) -> Result<(&'a str, &'a str), Error> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name, value)),
        _ => Err(Error::usage(format!("{option}: expected NAME=VALUE, such as {option} {example}"))),
    }
}

/// Adds a parameter in its type. An unknown parameter is added as text: the dispatcher rejects it with the known names.
pub(crate) fn add(
    params: &mut Map<String, Value>,
    operation: &OperationEntry,
    option: &str,
    (name, text): (&str, &str),
) -> Result<(), Error> {
    let parameter = operation.parameter(name);
    let value = parameter.map_or_else(|| Ok(text.into()), |parameter| typed(parameter, option, text))?;
    match (parameter.is_some_and(|parameter| parameter.repeated), params.get_mut(name)) {
        (true, Some(Value::Array(values))) => values.push(value),
        (true, None) => drop(params.insert(name.to_owned(), Value::Array(vec![value]))),
        (false, None) => drop(params.insert(name.to_owned(), value)),
        (_, Some(_)) => {
            return Err(Error::usage(format!("parameter `{name}` is given more than once: give it only once")));
        }
    }
    Ok(())
}

fn typed(parameter: &ParameterEntry, option: &str, text: &str) -> Result<Value, Error> {
    let name = parameter.name;
    let value = match parameter.kind {
        Kind::Integer => text.parse::<i64>().ok().map(Value::from),
        Kind::Number => text.parse::<f64>().ok().filter(|number| number.is_finite()).map(Value::from),
        Kind::Boolean => text.parse::<bool>().ok().map(Value::from),
        Kind::Object => match strict_json::value(text.as_bytes()) {
            Err(Problem { cause: Some(cause), .. }) => {
                return Err(Error::usage(format!("{option}: `{name}`: {cause}")));
            }
            value => value.ok().filter(Value::is_object),
        },
        Kind::File => return Err(Error::usage(format!("`{name}` is a file: use --file {name}=@PATH"))),
        Kind::String | Kind::Date | Kind::DateTime => Some(text.into()),
    };
    value.ok_or_else(|| Error::usage(format!("{option}: invalid `{name}`: expected {}", parameter.kind)))
}
