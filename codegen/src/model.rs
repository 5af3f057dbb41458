//! A spec with every reference outside schemas followed and every operation named: what the later stages read.

use std::collections::{BTreeMap, BTreeSet};

use crate::csv::Csv;
use crate::names;
use crate::spec::{
    AdditionalProperties, Batch, Example, Idempotent, MediaType, Operation, Paging, Parameter, PathItem, Permissions,
    Provenance, RefOr, Representations, Response, Schema, Spec, Superseded, component_name,
};

/// One API.
#[derive(Debug, Clone)]
pub struct Api {
    /// Name of the spec file without its ending, which is the client crate's name too.
    pub name: String,
    /// The decoded spec.
    pub spec: Spec,
    /// Its operations, sorted by id.
    pub operations: Vec<ApiOperation>,
}

/// One operation, ready to be generated.
#[derive(Debug, Clone)]
pub struct ApiOperation {
    /// `getUsers`.
    pub id: String,
    /// `get_users`.
    pub snake: String,
    /// `GetUsers`.
    pub pascal: String,
    /// `GET_USERS`.
    pub constant: String,
    /// `GET`.
    pub method: &'static str,
    /// `/api/v2/users`.
    pub path: String,
    /// Its tag.
    pub tag: String,
    /// One line.
    pub summary: String,
    /// The rest.
    pub description: String,
    /// Not to be used in new code.
    pub deprecated: bool,
    /// May change without notice.
    pub preview: bool,
    /// A `POST` that only reads.
    pub safe: bool,
    /// Where the facts come from.
    pub provenance: Provenance,
    /// Security alternatives, each a set of scheme names; none means that nothing is ever sent.
    pub security: Vec<Vec<String>>,
    /// Permissions the caller needs.
    pub permissions: Option<Permissions>,
    /// OAuth scopes, any one of which is enough.
    pub scopes: Vec<String>,
    /// What older documents say instead.
    pub superseded: Vec<Superseded>,
    /// A write that may be repeated with the same effect.
    pub idempotent: Option<Idempotent>,
    /// How the response is paged.
    pub paging: Option<Paging>,
    /// Which part of the body takes many items.
    pub batch: Option<Batch>,
    /// Which parameter chooses the response's media type.
    pub representations: Option<Representations>,
    /// The rows of a CSV body.
    pub csv: Option<Csv>,
    /// What the example request sends.
    pub example: Example,
    /// Parameters, form fields and parts.
    pub parameters: Vec<ApiParameter>,
    /// A body that is one value: JSON or raw.
    pub body: Option<ApiBody>,
    /// Media type of the form, if the parameters contain one.
    pub form: Option<Location>,
    /// The one success response.
    pub response: ApiResponse,
    /// Component of the documented error body.
    pub error: Option<String>,
}

/// Where a parameter travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Location {
    /// In the path.
    Path,
    /// In the query.
    Query,
    /// In a header.
    Header,
    /// In a urlencoded form.
    Form,
    /// In a part of a multipart body.
    Multipart,
}

/// A parameter, form field or part.
#[derive(Debug, Clone)]
pub struct ApiParameter {
    /// Its name on the wire.
    pub name: String,
    /// Its name in Rust.
    pub field: String,
    /// Where it travels.
    pub location: Location,
    /// Whether a call without it is refused.
    pub required: bool,
    /// Its type.
    pub schema: Schema,
    /// What it means.
    pub description: String,
    /// Where the fact comes from.
    pub provenance: Provenance,
}

/// A body that is one value.
#[derive(Debug, Clone)]
pub struct ApiBody {
    /// Whether a call without it is refused.
    pub required: bool,
    /// Its media type.
    pub media_type: String,
    /// Its type.
    pub schema: Schema,
    /// What it is.
    pub description: String,
}

impl ApiBody {
    /// Whether the body is JSON; otherwise it is raw text or bytes.
    pub fn is_json(&self) -> bool {
        is_json(&self.media_type)
    }
}

/// The success response.
#[derive(Debug, Clone)]
pub struct ApiResponse {
    /// Its status.
    pub status: u16,
    /// Bodies by media type; empty for none.
    pub content: BTreeMap<String, MediaType>,
}

impl ApiResponse {
    /// The schema of the JSON body, if there is one.
    pub fn json(&self) -> Option<&Schema> {
        self.content.iter().find(|(media_type, _)| is_json(media_type)).map(|(_, content)| &content.schema)
    }

    /// The media types that are not JSON.
    pub fn raw(&self) -> Vec<&str> {
        self.content.keys().map(String::as_str).filter(|media_type| !is_json(media_type)).collect()
    }
}

/// Whether a media type is JSON.
pub fn is_json(media_type: &str) -> bool {
    media_type == "application/json" || media_type.ends_with("+json")
}

impl Api {
    /// Resolves a decoded spec. The error says what could not be resolved; lint finds all of these earlier and with a line.
    pub fn new(name: impl Into<String>, mut spec: Spec) -> Result<Api, String> {
        mark_responses(&mut spec);
        let mut operations = Vec::new();
        for (path, item) in &spec.paths {
            for (method, operation) in item.operations() {
                operations.push(resolve(&spec, path, method, &item.parameters, operation)?);
            }
        }
        operations.sort_by(|a, b| a.id.cmp(&b.id));
        Ok(Api { name: name.into(), spec, operations })
    }

    /// The component of a name.
    pub fn schema(&self, name: &str) -> Option<&Schema> {
        self.spec.components.schemas.get(name)
    }

    /// Follows references until a schema that says something itself.
    pub fn resolve<'a>(&'a self, schema: &'a Schema) -> &'a Schema {
        let mut schema = schema;
        for _ in 0..16 {
            match schema.target().and_then(|target| self.schema(target)) {
                Some(next) => schema = next,
                None => break,
            }
        }
        schema
    }

    /// Names of the enumerations.
    pub fn enums(&self) -> impl Iterator<Item = (&str, &Schema)> {
        self.spec
            .components
            .schemas
            .iter()
            .filter(|(_, schema)| schema.is_enum())
            .map(|(name, schema)| (name.as_str(), schema))
    }
}

fn resolve(
    spec: &Spec,
    path: &str,
    method: &'static str,
    shared: &[RefOr<Parameter>],
    operation: &Operation,
) -> Result<ApiOperation, String> {
    let id = operation.operation_id.clone();
    let context = |what: &str| format!("operation `{id}`: {what}");

    let mut parameters = Vec::new();
    for parameter in shared.iter().chain(&operation.parameters) {
        let parameter = match parameter {
            RefOr::Item(parameter) => parameter,
            RefOr::Reference { reference } => spec
                .components
                .parameters
                .get(component_name(reference))
                .ok_or_else(|| context(&format!("no parameter component `{reference}`")))?,
        };
        let location = match parameter.location.as_str() {
            "path" => Location::Path,
            "query" => Location::Query,
            "header" => Location::Header,
            other => return Err(context(&format!("parameter location `{other}` is not supported"))),
        };
        parameters.push(ApiParameter {
            name: parameter.name.clone(),
            field: names::snake(&parameter.name),
            location,
            required: parameter.required,
            schema: parameter.schema.clone(),
            description: parameter.description.clone(),
            provenance: parameter.provenance.unwrap_or(operation.provenance),
        });
    }

    let (body, form) = match &operation.request_body {
        None => (None, None),
        Some(request) => {
            let (media_type, content) =
                request.content.iter().next().ok_or_else(|| context("the request body has no media type"))?;
            let location = match media_type.as_str() {
                "application/x-www-form-urlencoded" => Some(Location::Form),
                "multipart/form-data" => Some(Location::Multipart),
                _ => None,
            };
            match location {
                Some(location) => {
                    let name = content.schema.target().ok_or_else(|| context("a form's schema must be a reference"))?;
                    let schema = spec
                        .components
                        .schemas
                        .get(name)
                        .ok_or_else(|| context(&format!("no schema component `{name}`")))?;
                    parameters.extend(form_fields(location, schema, operation.provenance));
                    (None, Some(location))
                }
                None => (
                    Some(ApiBody {
                        required: request.required,
                        media_type: media_type.clone(),
                        schema: content.schema.clone(),
                        description: request.description.clone(),
                    }),
                    None,
                ),
            }
        }
    };

    let (status, response) = operation
        .responses
        .iter()
        .find(|(status, _)| status.starts_with('2'))
        .ok_or_else(|| context("no success response"))?;
    let error = operation
        .responses
        .iter()
        .filter(|(status, _)| !status.starts_with('2'))
        .filter_map(|(_, response)| follow(spec, response))
        .flat_map(|response| &response.content)
        .filter(|(media_type, _)| is_json(media_type))
        .find_map(|(_, content)| content.schema.target().map(str::to_owned));

    Ok(ApiOperation {
        snake: names::snake(&id),
        pascal: names::pascal(&id),
        constant: names::constant(&id),
        method,
        path: path.to_owned(),
        tag: operation.tags.first().cloned().unwrap_or_default(),
        summary: operation.summary.clone(),
        description: described(operation),
        deprecated: operation.deprecated,
        preview: operation.preview,
        safe: operation.safe,
        provenance: operation.provenance,
        security: operation
            .security
            .as_ref()
            .unwrap_or(&spec.security)
            .iter()
            .map(|alternative| alternative.keys().cloned().collect())
            .collect(),
        permissions: operation.permissions.clone(),
        scopes: operation.scopes.clone(),
        superseded: operation.superseded.clone(),
        idempotent: operation.idempotent.clone(),
        paging: operation.paging.clone(),
        batch: operation.batch.clone(),
        representations: operation.representations.clone(),
        csv: operation.csv.clone(),
        example: operation.example.clone(),
        parameters,
        body,
        form,
        response: ApiResponse {
            status: status.parse().map_err(|_| context(&format!("`{status}` is not a status code")))?,
            content: follow(spec, response)
                .ok_or_else(|| context("the success response's reference is unknown"))?
                .content
                .clone(),
        },
        error,
        id,
    })
}

/// Marks the components that a response can hold, documented errors included.
fn mark_responses(spec: &mut Spec) {
    let mut held = BTreeSet::new();
    for (_, operation) in spec.paths.values().flat_map(PathItem::operations) {
        for response in operation.responses.values().filter_map(|response| follow(spec, response)) {
            response.content.values().for_each(|content| reach(spec, &content.schema, &mut held));
        }
    }
    for (name, schema) in &mut spec.components.schemas {
        schema.in_response = held.contains(name);
    }
}

/// Adds the components that a schema refers to, directly or through others.
pub fn reach(spec: &Spec, schema: &Schema, found: &mut BTreeSet<String>) {
    if let Some(name) = schema.target() {
        let is_new = found.insert(name.to_owned());
        if let (true, Some(schema)) = (is_new, spec.components.schemas.get(name)) {
            reach(spec, schema, found);
        }
    }
    for property in schema.properties.values() {
        reach(spec, property, found);
    }
    if let Some(items) = &schema.items {
        reach(spec, items, found);
    }
    if let Some(AdditionalProperties::Of(values)) = &schema.additional_properties {
        reach(spec, values, found);
    }
}

/// The description, with the columns of a CSV body.
fn described(operation: &Operation) -> String {
    let own = operation.description.trim();
    operation.csv.as_ref().map_or_else(|| own.to_owned(), |csv| format!("{own}\n\n{}", csv.describe()))
}

fn follow<'a>(spec: &'a Spec, response: &'a RefOr<Response>) -> Option<&'a Response> {
    match response {
        RefOr::Item(response) => Some(response),
        RefOr::Reference { reference } => spec.components.responses.get(component_name(reference)),
    }
}

fn form_fields(location: Location, schema: &Schema, provenance: Provenance) -> Vec<ApiParameter> {
    schema
        .properties
        .iter()
        .map(|(name, property)| ApiParameter {
            name: name.clone(),
            field: names::snake(name),
            location,
            required: schema.required.contains(name),
            schema: property.clone(),
            description: property.description.clone(),
            provenance: property.provenance.unwrap_or(provenance),
        })
        .collect()
}

/// What a schema is to the wire, with references followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Text, an enumeration's value included.
    String,
    /// A whole number.
    Integer,
    /// Any number.
    Number,
    /// `true` or `false`.
    Boolean,
    /// `YYYY-MM-DD`.
    Date,
    /// A date with a time.
    DateTime,
    /// Bytes.
    File,
    /// An array.
    Array,
    /// An object, a map or free-form JSON.
    Object,
}

impl Api {
    /// The shape of a schema.
    pub fn shape(&self, schema: &Schema) -> Shape {
        let schema = self.resolve(schema);
        match (schema.kind.as_deref(), schema.format.as_deref()) {
            (Some("string"), Some("date")) => Shape::Date,
            (Some("string"), Some("date-time")) => Shape::DateTime,
            (Some("string"), Some("binary")) => Shape::File,
            (Some("string"), _) => Shape::String,
            (Some("integer"), _) => Shape::Integer,
            (Some("number"), _) => Shape::Number,
            (Some("boolean"), _) => Shape::Boolean,
            (Some("array"), _) => Shape::Array,
            _ => Shape::Object,
        }
    }

    /// The type of a map's values, if the schema is a map.
    pub fn map_values<'a>(&self, schema: &'a Schema) -> Option<&'a Schema> {
        match &schema.additional_properties {
            Some(AdditionalProperties::Of(values)) if schema.properties.is_empty() => Some(values),
            _ => None,
        }
    }
}
