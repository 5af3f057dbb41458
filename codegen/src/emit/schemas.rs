//! The schemas of JSON bodies as static data, to check requests with.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::{list, literal, option};
use crate::api::{Api, Shape};
use crate::names;
use crate::spec::{AdditionalProperties, Schema};

pub(super) fn emit(api: &Api) -> String {
    let mut writer = Writer { api, wanted: Vec::new(), seen: BTreeSet::new() };
    let mut bodies = String::new();
    for operation in &api.operations {
        if let Some(body) = operation.body.as_ref().filter(|body| body.is_json()) {
            let _ = writeln!(bodies, "    ({}, {}),", literal(&operation.id), writer.reference(&body.schema));
        }
    }
    let mut statics = BTreeMap::new();
    while let Some(name) = writer.wanted.pop() {
        if let Some(schema) = api.schema(name) {
            let text = format!("static {}: Schema = {};\n", names::constant(name), writer.schema(schema));
            statics.insert(name, text);
        }
    }
    let used = |name: &str| statics.values().any(|text| text.contains(name)) || bodies.contains(name);
    let imports: Vec<&str> = [("Property", "Property {"), ("Schema", ""), ("SchemaKind", "SchemaKind::")]
        .into_iter()
        .filter(|(_, mark)| mark.is_empty() || used(mark))
        .map(|(name, _)| name)
        .collect();
    let imports = match imports.as_slice() {
        [one] => (*one).to_owned(),
        many => format!("{{{}}}", many.join(", ")),
    };
    let body = if bodies.is_empty() {
        "pub fn body(_operation_id: &str) -> Option<&'static Schema> {\n    None\n}\n".to_owned()
    } else {
        format!(
            "pub fn body(operation_id: &str) -> Option<&'static Schema> {{\n    \
             let index = BODIES.binary_search_by(|(id, _)| (*id).cmp(operation_id)).ok()?;\n    \
             BODIES.get(index).map(|(_, schema)| *schema)\n}}\n\n\
             static BODIES: &[(&str, &Schema)] = &[\n{bodies}];\n"
        )
    };
    let statics: Vec<String> = statics.into_values().collect();
    format!(
        "//! What the JSON bodies of requests can hold.\n\nuse rosterkit_core::catalog::{imports};\n\n\
         /// The schema of an operation's JSON body; `None` if the operation takes none.\n{body}\n{}",
        statics.join("\n")
    )
}

struct Writer<'a> {
    api: &'a Api,
    /// Components that are referred to and not written yet.
    wanted: Vec<&'a str>,
    seen: BTreeSet<&'a str>,
}

impl<'a> Writer<'a> {
    /// An expression of type `&'static Schema`.
    fn reference(&mut self, schema: &'a Schema) -> String {
        let nullable = schema.nullable && schema.target().is_some_and(|name| !self.is_nullable(name));
        match schema.target() {
            Some(name) if !nullable => {
                if self.seen.insert(name) {
                    self.wanted.push(name);
                }
                format!("&{}", names::constant(name))
            }
            Some(name) => match self.api.schema(name) {
                Some(component) => format!("&Schema {{ nullable: true, kind: {} }}", self.kind(component)),
                None => format!("&{}", names::constant(name)),
            },
            None => format!("&{}", self.schema(schema)),
        }
    }

    fn is_nullable(&self, name: &str) -> bool {
        self.api.schema(name).is_some_and(|schema| schema.nullable)
    }

    fn schema(&mut self, schema: &'a Schema) -> String {
        format!("Schema {{ nullable: {}, kind: {} }}", schema.nullable, self.kind(schema))
    }

    fn kind(&mut self, schema: &'a Schema) -> String {
        if schema.is_struct() {
            return self.object(schema);
        }
        if let Some(values) = self.api.map_values(schema) {
            return format!("SchemaKind::Map({})", self.reference(values));
        }
        let range = |kind: &str| {
            let (least, most) = (schema.minimum, schema.maximum);
            let limit = |limit: Option<i64>| option(limit, |limit| limit.to_string());
            format!("SchemaKind::{kind} {{ minimum: {}, maximum: {} }}", limit(least), limit(most))
        };
        match self.api.shape(schema) {
            Shape::String => format!(
                "SchemaKind::Text {{ values: {}, max_length: {} }}",
                list(&schema.values),
                option(schema.max_length, |most| most.to_string())
            ),
            Shape::Integer => range("Integer"),
            Shape::Number => range("Number"),
            Shape::Boolean => "SchemaKind::Boolean".to_owned(),
            Shape::Date => "SchemaKind::Date".to_owned(),
            Shape::DateTime => "SchemaKind::DateTime".to_owned(),
            Shape::Array => {
                let any = "&Schema { nullable: true, kind: SchemaKind::Any }".to_owned();
                let items = schema.items.as_deref().map_or(any, |items| self.reference(items));
                let limit = |limit: Option<u64>| option(limit, |limit| limit.to_string());
                let (least, most) = (limit(schema.min_items), limit(schema.max_items));
                format!("SchemaKind::Array {{ items: {items}, min_items: {least}, max_items: {most} }}")
            }
            Shape::Object if schema.kind.is_some() => "SchemaKind::AnyObject".to_owned(),
            Shape::Object | Shape::File => "SchemaKind::Any".to_owned(),
        }
    }

    fn object(&mut self, schema: &'a Schema) -> String {
        let mut properties: Vec<(&str, String)> = schema
            .properties
            .iter()
            .map(|(name, property)| {
                let required = schema.required.contains(name);
                let text = format!(
                    "Property {{ name: {}, required: {required}, schema: {} }}",
                    literal(name),
                    self.reference(property)
                );
                (name.as_str(), text)
            })
            .collect();
        properties.sort();
        let properties: Vec<String> = properties.into_iter().map(|(_, text)| format!("    {text},\n")).collect();
        let open = schema.additional_properties == Some(AdditionalProperties::Allowed(true));
        format!("SchemaKind::Object {{ properties: &[\n{}], open: {open} }}", properties.concat())
    }
}
