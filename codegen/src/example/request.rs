//! The example request of an operation: what it requires, with the values of `x-example` and `x-examples`.
//!
//! It is the one that rustdoc and the command line show. The values of the specs exist in the sandbox, so that each
//! example works there as it stands.

use serde_json::{Map, Value, json};

use crate::model::{Api, ApiOperation, Shape};
use crate::spec::Schema;

/// How many levels of a body are filled although nothing of them is required.
const DEPTH: usize = 3;

/// An example request.
#[derive(Debug)]
pub struct Request {
    /// Parameters and form fields by name, as JSON. Files and the parameter of `x-representations` are left out.
    pub parameters: Map<String, Value>,
    /// The body: any JSON, or the text of a body that is not JSON. `None` where there is none, or it is not required.
    pub body: Option<Value>,
}

/// The example request of an operation.
pub fn request(api: &Api, operation: &ApiOperation) -> Request {
    let writer = Writer { api, operation };
    let chosen = operation.representations.as_ref().map(|chosen| chosen.parameter.as_str());
    let own = &operation.example.parameters;
    let parameters = operation.parameters.iter().filter(|it| Some(it.name.as_str()) != chosen);
    let parameters = parameters.filter(|it| it.required || own.contains_key(&it.name));
    let parameters = parameters.filter(|it| api.shape(&it.schema) != Shape::File);
    let parameters =
        parameters.map(|it| (it.name.clone(), writer.value(&it.schema, &it.name, &it.name, Level::PARAMETER)));
    let body = operation.body.as_ref().filter(|body| body.required);
    let body = body.map(|body| match &operation.example.body {
        Some(body) => body.clone(),
        None if body.is_json() => writer.value(&body.schema, "", "sample", Level::BODY),
        None => json!(""),
    });
    Request { parameters: parameters.collect(), body }
}

/// Where in a request a value is.
#[derive(Clone, Copy)]
struct Level {
    /// How many objects and arrays are around it.
    depth: usize,
    /// Whether it is the body itself, or an item of a body that is an array.
    is_body: bool,
}

impl Level {
    const PARAMETER: Self = Self { depth: 0, is_body: false };
    const BODY: Self = Self { depth: 0, is_body: true };

    /// The level of an item of an array.
    fn item(self) -> Self {
        Self { depth: self.depth + 1, ..self }
    }

    /// The level of a property.
    fn property(self) -> Self {
        Self { depth: self.depth + 1, is_body: false }
    }
}

struct Writer<'a> {
    api: &'a Api,
    operation: &'a ApiOperation,
}

impl Writer<'_> {
    /// A value of a schema, for a parameter or property of this name; `text` where nothing else is known.
    fn value(&self, schema: &Schema, name: &str, text: &str, level: Level) -> Value {
        let resolved = self.api.resolve(schema);
        if resolved.is_struct() {
            return self.object(resolved, text, level);
        }
        let shape = self.api.shape(resolved);
        if shape == Shape::Array {
            let item =
                resolved.items.as_deref().map_or(Value::Null, |items| self.value(items, name, text, level.item()));
            let least = resolved.min_items.and_then(|least| usize::try_from(least).ok()).unwrap_or(1);
            return Value::Array(vec![item; least.max(1)]);
        }
        let given = self.operation.example.parameters.get(name).or_else(|| self.api.spec.examples.get(name));
        match (shape, given) {
            (Shape::String | Shape::Date | Shape::DateTime, Some(given)) => given.clone(),
            (_, Some(Value::String(given))) => serde_json::from_str(given).unwrap_or_else(|_| json!(given)),
            (_, Some(given)) => given.clone(),
            (Shape::String, None) => json!(resolved.values.first().map_or(text, String::as_str)),
            (Shape::Integer, None) => json!(resolved.minimum.unwrap_or(1)),
            (Shape::Number, None) => resolved.minimum.map_or(json!(1.5), |least| json!(least)),
            (Shape::Boolean, None) => json!(true),
            (Shape::Date, None) => json!("2025-01-31"),
            (Shape::DateTime, None) => json!("2025-01-31T09:00:00Z"),
            (Shape::File | Shape::Array | Shape::Object, None) => json!({}),
        }
    }

    /// What is required; where nothing is, the properties that tell most.
    fn object(&self, schema: &Schema, text: &str, level: Level) -> Value {
        let is_required = |name: &String| schema.demands(name, level.is_body);
        let mut chosen: Vec<_> = schema.properties.iter().filter(|(name, _)| is_required(name)).collect();
        if chosen.is_empty() && level.depth < DEPTH {
            let is_plain =
                |schema: &Schema| matches!(self.api.shape(schema), Shape::String | Shape::Integer | Shape::Boolean);
            let plain = || schema.properties.iter().filter(|(_, property)| is_plain(property));
            chosen = plain().filter(|(name, _)| ["id", "name", "title", "version"].contains(&name.as_str())).collect();
            if chosen.is_empty() {
                chosen.extend(plain().find(|(name, _)| *name != "selfUri"));
            }
        }
        let property =
            |(name, property): (&String, &Schema)| (name.clone(), self.value(property, name, text, level.property()));
        Value::Object(chosen.into_iter().map(property).collect())
    }
}
