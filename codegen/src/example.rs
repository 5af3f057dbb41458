//! Example values of a schema: deterministic, and made of what services really send and clients get wrong.
//!
//! The same spec gives the same values. Within one example, values differ from each other where their type allows it,
//! so that two properties which were mixed up are noticed.

mod request;
mod scalar;

use serde_json::{Map, Value, json};

use crate::model::{Api, Shape};
use crate::spec::{AdditionalProperties, Schema};

pub use request::{Request, request};

/// Name of the property that [`Variant::UnknownField`] adds, and that an object which is open to further properties
/// carries in every variant that fills optional properties.
pub const EXTRA_PROPERTY: &str = "propertyUnknownToTheSpec";

/// What an example shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Variant {
    /// Every property at every level; arrays have two elements and maps two entries, as far as limits allow.
    ///
    /// Where a component would contain itself, the optional property, array or map on the way is left out.
    Full,
    /// Only the properties that must be there; arrays have one element and maps one entry, so that their types are still shown.
    Minimal,
    /// Every property that may be absent or `null` is `null`.
    Nulls,
    /// [`Full`](Self::Full) with every array and map empty that a property holds.
    Empties,
    /// [`Full`](Self::Full) with every value of an enumeration replaced by one that the spec does not know.
    UnknownEnum,
    /// [`Full`](Self::Full) with one more property in every object that has properties of its own.
    UnknownField,
    /// What a service would plausibly answer: plain values, one element per array, optional objects down to
    /// a depth of a few components. Made for stand-ins of services, not to try clients with, and so none of
    /// [`ALL`](Self::ALL).
    Plain,
}

/// How many components [`Variant::Plain`] nests; deeper, what is optional is left out.
const PLAIN_DEPTH: usize = 3;

impl Variant {
    /// All that clients are tried with.
    pub const ALL: [Variant; 6] =
        [Self::Full, Self::Minimal, Self::Nulls, Self::Empties, Self::UnknownEnum, Self::UnknownField];
}

/// The example of a response's schema in one variant. A response requires nothing.
///
/// A schema that can only be an infinite value, since a component requires itself, gives `null`.
pub fn example(api: &Api, schema: &Schema, variant: Variant) -> Value {
    numbered(api, schema, variant, 0)
}

/// The example of a request body's schema in one variant: it has what the request must have.
pub fn body_example(api: &Api, schema: &Schema, variant: Variant) -> Value {
    Writer { api, variant, is_request: true, open: Vec::new(), count: 0 }.value(schema, "value").unwrap_or_default()
}

/// The example of a schema that begins with value number `count`, so that examples side by side differ.
pub fn numbered(api: &Api, schema: &Schema, variant: Variant, count: usize) -> Value {
    Writer { api, variant, is_request: false, open: Vec::new(), count }.value(schema, "value").unwrap_or_default()
}

/// What is left of a value when it was decoded into the schema's type and encoded again: a property that an object does
/// not name is dropped unless the object is open, and so is the `null` of a property that may be absent.
pub fn normalized(api: &Api, schema: &Schema, value: &Value) -> Value {
    let schema = api.resolve(schema);
    match value {
        Value::Array(list) => match &schema.items {
            Some(items) => list.iter().map(|item| normalized(api, items, item)).collect(),
            None => value.clone(),
        },
        Value::Object(map) if schema.is_struct() => {
            let open = schema.additional_properties == Some(AdditionalProperties::Allowed(true));
            let mut kept = Map::new();
            for (name, value) in map {
                match schema.properties.get(name) {
                    Some(_) if value.is_null() && !schema.has_always(name) => {}
                    Some(property) => drop(kept.insert(name.clone(), normalized(api, property, value))),
                    None if open => drop(kept.insert(name.clone(), value.clone())),
                    None => {}
                }
            }
            Value::Object(kept)
        }
        Value::Object(map) => match api.map_values(schema) {
            Some(values) => map.iter().map(|(key, value)| (key.clone(), normalized(api, values, value))).collect(),
            None => value.clone(),
        },
        _ => value.clone(),
    }
}

struct Writer<'a> {
    api: &'a Api,
    variant: Variant,
    /// Whether the value is a request's, which has what the request must have.
    is_request: bool,
    /// Components that are being written, outermost first.
    open: Vec<&'a str>,
    /// How many scalars were written.
    count: usize,
}

impl<'a> Writer<'a> {
    /// The example of a schema, for a property called `name`; `None` where a component would contain itself.
    fn value(&mut self, schema: &'a Schema, name: &str) -> Option<Value> {
        let Some(target) = schema.target() else { return self.inline(schema, name) };
        if self.open.contains(&target) {
            return None;
        }
        let inner = self.api.schema(target).is_some_and(|component| !component.is_enum());
        if self.variant == Variant::Plain && inner && self.open.len() >= PLAIN_DEPTH {
            return None;
        }
        self.open.push(target);
        let value = self.api.schema(target).and_then(|component| self.value(component, name));
        self.open.pop();
        value
    }

    fn inline(&mut self, schema: &'a Schema, name: &str) -> Option<Value> {
        if schema.is_struct() {
            return self.object(schema);
        }
        if let Some(values) = self.api.map_values(schema) {
            return self.map(values, name);
        }
        match self.api.shape(schema) {
            Shape::Array => self.array(schema, name),
            Shape::Object => Some(self.free_form(schema, name)),
            _ => {
                self.count += 1;
                Some(match (schema.is_enum(), self.variant) {
                    (true, Variant::UnknownEnum) => scalar::unknown(&schema.values, self.count),
                    (_, Variant::Plain) => scalar::plain(schema, name, self.count),
                    _ => scalar::known(schema, name, self.count),
                })
            }
        }
    }

    fn object(&mut self, schema: &'a Schema) -> Option<Value> {
        let mut object = Map::new();
        for (name, property) in &schema.properties {
            // The body itself is the outermost component.
            let demanded = self.is_request && schema.demands(name, self.open.len() <= 1);
            let required = demanded || schema.has_always(name);
            let value = match self.variant {
                Variant::Minimal if !required => continue,
                Variant::Nulls if !required || property.nullable => Value::Null,
                Variant::Empties if self.holds_many(property) && self.least(property) == 0 => self.empty(property),
                _ => match self.value(property, name) {
                    Some(value) => value,
                    None if required => return None,
                    None => continue,
                },
            };
            object.insert(name.clone(), value);
        }
        let open = schema.additional_properties == Some(AdditionalProperties::Allowed(true));
        let filled = !matches!(self.variant, Variant::Minimal | Variant::Nulls | Variant::Plain);
        if self.variant == Variant::UnknownField || open && filled {
            self.count += 1;
            object.insert(EXTRA_PROPERTY.to_owned(), json!({ "deep": [self.count, null, { "é": "\"" }] }));
        }
        Some(Value::Object(object))
    }

    fn array(&mut self, schema: &'a Schema, name: &str) -> Option<Value> {
        let Some(items) = &schema.items else { return Some(json!([])) };
        let wanted = if self.is_short() { 1 } else { 2 };
        let most = schema.max_items.unwrap_or(u64::MAX);
        let list: Option<Value> =
            (0..self.least(schema).max(wanted).min(most)).map(|_| self.value(items, name)).collect();
        // An array of what lies too deep is empty rather than gone: clients rely on arrays that are there.
        if self.variant == Variant::Plain { list.or_else(|| Some(json!([]))) } else { list }
    }

    fn map(&mut self, values: &'a Schema, name: &str) -> Option<Value> {
        let keys: &[&str] = if self.is_short() { &["only"] } else { &["first key", "2. \"ключ\" /{}"] };
        let entries = keys.iter().map(|key| Some(((*key).to_owned(), self.value(values, name)?)));
        entries.collect::<Option<Map<_, _>>>().map(Value::Object)
    }

    /// Any JSON, an object where the schema says so.
    fn free_form(&mut self, schema: &Schema, name: &str) -> Value {
        let object = schema.kind.is_some();
        if self.is_short() && object {
            return json!({});
        }
        self.count += 1;
        let count = self.count;
        if self.variant == Variant::Plain {
            return json!(format!("{name} {count}"));
        }
        let any = json!({ "text": format!("{name} {count} \u{1f642}"), "list": [count, -0.25, null, true, []], "none": null, "": {} });
        match count % 4 {
            _ if object => any,
            0 => json!([any, name]),
            2 => json!(format!("{name} {count}")),
            _ => any,
        }
    }

    fn is_short(&self) -> bool {
        matches!(self.variant, Variant::Minimal | Variant::Nulls | Variant::Plain)
    }

    fn holds_many(&self, schema: &Schema) -> bool {
        let schema = self.api.resolve(schema);
        schema.items.is_some() || self.api.map_values(schema).is_some()
    }

    fn least(&self, schema: &Schema) -> u64 {
        self.api.resolve(schema).min_items.unwrap_or_default()
    }

    fn empty(&self, schema: &Schema) -> Value {
        if self.api.shape(schema) == Shape::Array { json!([]) } else { json!({}) }
    }
}

#[cfg(test)]
mod tests;
