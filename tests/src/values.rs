//! Values for parameters, as a caller gives them and as the wire must show them.

use rosterkit_codegen::example::numbered;
use rosterkit_codegen::model::{Api, ApiParameter, Location, Shape};
use rosterkit_codegen::spec::{Precision, Schema};
use rosterkit_core::chrono::DateTime;
use rosterkit_core::{Body, FilePart};
use serde_json::Value;

use crate::call::Plan;
use crate::wire::Part;

/// Text that any slip in escaping damages.
pub const AWKWARD: &str = "a/b c?d&é%=+#%41'\"<>\\^`{|}~[]@:;,!$*()\r\n漢\u{1f642}";

/// What a file of these tests holds: no text, and nearly the end of a part.
const CONTENT: &[u8] = b"PK\x03\x04\0\xff\xfe\r\n--\r\nContent-Disposition: form-data; name=\"x\"\r\n\r\n";

/// The value of one parameter.
#[derive(Debug)]
pub enum ParameterValue {
    /// As JSON, and as one or more texts on the wire.
    Plain(Value, Vec<String>),
    /// A file.
    File(FilePart, Part),
}

/// A value for a parameter; `index` tells parameters of one operation apart.
pub fn parameter(api: &Api, parameter: &ApiParameter, plan: Plan<'_>, index: usize) -> ParameterValue {
    let count = index * 2;
    match api.shape(&parameter.schema) {
        Shape::File => file(&parameter.name, index, plan.streamed),
        Shape::Array => {
            let schema = api.resolve(&parameter.schema);
            let most = schema.max_items.map_or(2, |most| most.min(2));
            let items = schema.items.as_deref();
            let values: Vec<Value> = (0..usize::try_from(most).unwrap_or(2))
                .filter_map(|item| Some(scalar(api, items?, parameter, plan, count + item)))
                .collect();
            let texts = values.iter().map(text).collect();
            ParameterValue::Plain(Value::Array(values), texts)
        }
        _ => {
            let value = scalar(api, &parameter.schema, parameter, plan, count);
            let is_moment = api.resolve(&parameter.schema).format.as_deref() == Some("date-time");
            let texts = match api.spec.precision {
                Some(Precision::Minute) if is_moment => vec![to_the_minute(&text(&value))],
                _ => vec![text(&value)],
            };
            ParameterValue::Plain(value, texts)
        }
    }
}

fn scalar(api: &Api, schema: &Schema, parameter: &ApiParameter, plan: Plan<'_>, count: usize) -> Value {
    let resolved = api.resolve(schema);
    if api.shape(schema) == Shape::String && !resolved.is_enum() {
        return match parameter.location {
            Location::Header => format!("{} {count}", parameter.name).into(),
            _ => format!("{AWKWARD} {} {count}", parameter.name).into(),
        };
    }
    numbered(api, schema, plan.variant, count)
}

/// A scalar as the wire shows it.
fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(number) if number.is_f64() => number.as_f64().unwrap_or_default().to_string(),
        value => value.to_string(),
    }
}

/// A moment in UTC, without its seconds. One that has none is sent as it is.
fn to_the_minute(text: &str) -> String {
    let moment = DateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f%#z");
    moment.map_or_else(|_| text.to_owned(), |moment| moment.to_utc().format("%Y-%m-%dT%H:%MZ").to_string())
}

/// A body of these bytes, or a stream of them that does not tell its length.
pub fn content(bytes: Vec<u8>, streamed: bool) -> Body {
    if !streamed {
        return Body::from(bytes);
    }
    let chunks: Vec<_> = bytes.chunks(7).map(|chunk| Ok::<_, std::io::Error>(chunk.to_vec().into())).collect();
    Body::stream(futures_util::stream::iter(chunks), None)
}

fn file(name: &str, index: usize, streamed: bool) -> ParameterValue {
    let file_name = format!("kurs \"{index}\" é;%.zip");
    let media_type = "application/x-zip; v=1";
    let bytes = [CONTENT, name.as_bytes()].concat();
    let part = Part {
        name: name.to_owned(),
        file_name: Some(file_name.clone()),
        media_type: Some(media_type.to_owned()),
        content: bytes.clone(),
    };
    ParameterValue::File(FilePart::new(file_name, content(bytes, streamed)).with_media_type(media_type), part)
}
