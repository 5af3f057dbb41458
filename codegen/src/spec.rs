//! The OpenAPI subset that the house rules allow, as Rust types.
//!
//! Lint has proved the shape of a document before it is decoded here, so this module describes only what a spec may
//! contain and leaves the explaining of mistakes to lint.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::csv::Csv;

/// A whole spec.
#[derive(Debug, Clone, Deserialize)]
pub struct Spec {
    /// Title, version and description.
    pub info: Info,
    /// Where the service lives.
    #[serde(default)]
    pub servers: Vec<Server>,
    /// Security of operations that state none.
    #[serde(default)]
    pub security: Vec<BTreeMap<String, Vec<String>>>,
    /// Groups of operations.
    #[serde(default)]
    pub tags: Vec<Tag>,
    /// Path items by path template.
    pub paths: BTreeMap<String, PathItem>,
    /// Whether the service's encoder is loose about texts and numbers.
    #[serde(default, rename = "x-loose-json")]
    pub loose_json: bool,
    /// The precision in which date-times are sent, where it is not that of the text given.
    #[serde(rename = "x-precision")]
    pub precision: Option<Precision>,
    /// Parameters that a client can set once for all its calls.
    #[serde(default, rename = "x-scope")]
    pub scope: Vec<String>,
    /// Values of parameters and properties of these names in example requests.
    #[serde(default, rename = "x-examples")]
    pub examples: BTreeMap<String, Value>,
    /// Named schemas, parameters, responses and security schemes.
    #[serde(default)]
    pub components: Components,
}

/// How precisely a service reads date-times.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Precision {
    /// Hours and minutes, no seconds.
    Minute,
}

/// `info` of a spec.
#[derive(Debug, Clone, Deserialize)]
pub struct Info {
    /// The API's name.
    pub title: String,
    /// The API's version.
    pub version: String,
    /// What the API is.
    #[serde(default)]
    pub description: String,
}

/// One base URL.
#[derive(Debug, Clone, Deserialize)]
pub struct Server {
    /// The base URL.
    pub url: String,
    /// Which one it is, for example a region.
    #[serde(default)]
    pub description: String,
}

/// A group of operations.
#[derive(Debug, Clone, Deserialize)]
pub struct Tag {
    /// Its name.
    pub name: String,
    /// What its operations have in common.
    #[serde(default)]
    pub description: String,
}

/// The operations of one path.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct PathItem {
    /// Parameters of every operation of the path.
    #[serde(default)]
    pub parameters: Vec<RefOr<Parameter>>,
    /// `GET`.
    pub get: Option<Operation>,
    /// `POST`.
    pub post: Option<Operation>,
    /// `PUT`.
    pub put: Option<Operation>,
    /// `PATCH`.
    pub patch: Option<Operation>,
    /// `DELETE`.
    pub delete: Option<Operation>,
}

impl PathItem {
    /// The operations with their methods.
    pub fn operations(&self) -> impl Iterator<Item = (&'static str, &Operation)> {
        [("GET", &self.get), ("POST", &self.post), ("PUT", &self.put), ("PATCH", &self.patch), ("DELETE", &self.delete)]
            .into_iter()
            .filter_map(|(method, operation)| Some((method, operation.as_ref()?)))
    }
}

/// One operation.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Operation {
    /// Its id, unique in the spec.
    pub operation_id: String,
    /// One short line.
    #[serde(default)]
    pub summary: String,
    /// The rest of the story.
    #[serde(default)]
    pub description: String,
    /// Exactly one tag.
    #[serde(default)]
    pub tags: Vec<String>,
    /// Not to be used in new code.
    #[serde(default)]
    pub deprecated: bool,
    /// Parameters outside the body.
    #[serde(default)]
    pub parameters: Vec<RefOr<Parameter>>,
    /// The request body.
    pub request_body: Option<RequestBody>,
    /// Responses by status.
    #[serde(default)]
    pub responses: BTreeMap<String, RefOr<Response>>,
    /// Security alternatives; absent means the spec's.
    pub security: Option<Vec<BTreeMap<String, Vec<String>>>>,
    /// Where the facts come from.
    #[serde(rename = "x-provenance")]
    pub provenance: Provenance,
    /// Permissions the caller needs.
    #[serde(rename = "x-permissions")]
    pub permissions: Option<Permissions>,
    /// OAuth scopes, any one of which is enough.
    #[serde(default, rename = "x-oauth-scopes")]
    pub scopes: Vec<String>,
    /// What older documents say instead.
    #[serde(default, rename = "x-superseded")]
    pub superseded: Vec<Superseded>,
    /// May change or vanish without notice.
    #[serde(default, rename = "x-preview")]
    pub preview: bool,
    /// A `POST` that only reads.
    #[serde(default, rename = "x-safe")]
    pub safe: bool,
    /// A write that may be repeated with the same effect.
    #[serde(rename = "x-idempotent")]
    pub idempotent: Option<Idempotent>,
    /// How the response is paged.
    #[serde(rename = "x-paging")]
    pub paging: Option<Paging>,
    /// Which part of the body takes many items.
    #[serde(rename = "x-batch")]
    pub batch: Option<Batch>,
    /// Which parameter chooses the response's media type.
    #[serde(rename = "x-representations")]
    pub representations: Option<Representations>,
    /// The rows of a CSV body.
    #[serde(rename = "x-csv")]
    pub csv: Option<Csv>,
    /// What the example request sends.
    #[serde(default, rename = "x-example")]
    pub example: Example,
}

/// `x-idempotent`.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum Idempotent {
    /// Without conditions; lint refuses `false`.
    Always(bool),
    /// If every item of the batch, or every row of the CSV, meets the conditions.
    If(Conditions),
}

/// The conditions of `x-idempotent`.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Conditions {
    /// Properties or columns that are not blank.
    #[serde(default)]
    pub given: Vec<String>,
    /// Columns that have one of these codes.
    #[serde(default)]
    pub when: BTreeMap<String, Vec<String>>,
}

impl Idempotent {
    /// The conditions; none if the operation is always idempotent.
    pub fn conditions(&self) -> Conditions {
        match self {
            Self::Always(_) => Conditions::default(),
            Self::If(conditions) => conditions.clone(),
        }
    }
}

/// `x-example`.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Example {
    /// Parameters and form fields by name.
    #[serde(default)]
    pub parameters: BTreeMap<String, Value>,
    /// The body: any JSON, or the text of a body that is not JSON.
    pub body: Option<Value>,
}

/// Where a fact comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Provenance {
    /// In a published document.
    Documented,
    /// Concluded by us.
    Inferred,
    /// In public metadata of the vendor's own software.
    VendorMetadata,
    /// In a page of the vendor that is newer than the published documents.
    VendorPages,
}

/// An element of `x-superseded`.
#[derive(Debug, Clone, Deserialize)]
pub struct Superseded {
    /// What the document says.
    pub fact: String,
    /// The document.
    pub source: String,
    /// Its date.
    pub date: String,
}

/// `x-permissions`.
#[derive(Debug, Clone, Deserialize)]
pub struct Permissions {
    /// Whether one of them or all of them are needed.
    pub mode: PermissionMode,
    /// Their names.
    pub permissions: Vec<String>,
}

/// `x-permissions.mode`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PermissionMode {
    /// One of them.
    Any,
    /// Every one of them.
    All,
}

/// `x-paging`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Paging {
    /// `page`, `cursor` or `after`.
    pub style: String,
    /// `body` when the page parameters are body properties.
    #[serde(rename = "in")]
    pub location: Option<String>,
    /// Parameter with the page number.
    pub page_parameter: Option<String>,
    /// Parameter with the page size.
    pub size_parameter: Option<String>,
    /// Number of the first page.
    pub first_page: Option<u32>,
    /// Parameter with the cursor.
    pub cursor_parameter: Option<String>,
    /// Response property with the next cursor.
    pub cursor: Option<String>,
    /// Parameter with the position to go on after.
    pub after_parameter: Option<String>,
    /// Parameter with the position to stop before.
    pub before_parameter: Option<String>,
    /// Response property with the items.
    pub items: String,
    /// Response property that is absent on the last page.
    pub next: Option<String>,
    /// Response property with the number of pages.
    pub page_count: Option<String>,
    /// Response property with the number of items.
    pub total: Option<String>,
    /// Whether that number is only about right.
    #[serde(default)]
    pub total_is_approximate: bool,
    /// The number of items after which the service ends the listing, though it has more.
    pub max_items: Option<u64>,
    /// The operation that lists all in that case.
    pub instead: Option<String>,
}

/// `x-batch`.
#[derive(Debug, Clone, Deserialize)]
pub struct Batch {
    /// Body property that holds the items; empty for the body itself.
    pub items: String,
    /// Most items in one request, where documented.
    pub max: Option<u64>,
}

/// `x-representations`.
#[derive(Debug, Clone, Deserialize)]
pub struct Representations {
    /// The parameter that chooses.
    pub parameter: String,
    /// Parameter value to media type.
    pub media: BTreeMap<String, String>,
}

/// A reference into `components`, or the thing itself.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum RefOr<T> {
    /// `$ref`.
    Reference {
        /// `#/components/...`
        #[serde(rename = "$ref")]
        reference: String,
    },
    /// The thing itself.
    Item(T),
}

/// A parameter outside the body.
#[derive(Debug, Clone, Deserialize)]
pub struct Parameter {
    /// Its name on the wire.
    pub name: String,
    /// `path`, `query` or `header`.
    #[serde(rename = "in")]
    pub location: String,
    /// Whether a call without it is refused.
    #[serde(default)]
    pub required: bool,
    /// What it means.
    #[serde(default)]
    pub description: String,
    /// Its type.
    pub schema: Schema,
    /// Not to be used in new code.
    #[serde(default)]
    pub deprecated: bool,
    /// Where the fact comes from, if not from where the operation's does.
    #[serde(rename = "x-provenance")]
    pub provenance: Option<Provenance>,
}

/// A request body.
#[derive(Debug, Clone, Deserialize)]
pub struct RequestBody {
    /// What it is.
    #[serde(default)]
    pub description: String,
    /// Whether a call without it is refused.
    #[serde(default)]
    pub required: bool,
    /// Exactly one media type.
    pub content: BTreeMap<String, MediaType>,
}

/// One media type of a body.
#[derive(Debug, Clone, Deserialize)]
pub struct MediaType {
    /// The body's type.
    pub schema: Schema,
}

/// A response.
#[derive(Debug, Clone, Deserialize)]
pub struct Response {
    /// What it says.
    #[serde(default)]
    pub description: String,
    /// Bodies by media type; empty for none.
    #[serde(default)]
    pub content: BTreeMap<String, MediaType>,
}

/// Named parts.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Components {
    /// Types by name.
    #[serde(default)]
    pub schemas: BTreeMap<String, Schema>,
    /// Shared parameters by name.
    #[serde(default)]
    pub parameters: BTreeMap<String, Parameter>,
    /// Shared responses by name.
    #[serde(default)]
    pub responses: BTreeMap<String, Response>,
    /// Ways to authenticate by name.
    #[serde(default)]
    pub security_schemes: BTreeMap<String, Value>,
}

/// A schema in the subset that the house rules allow.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Schema {
    /// A reference; nothing else stands beside it.
    #[serde(rename = "$ref", skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// `string`, `integer`, `number`, `boolean`, `array` or `object`; absent for free-form JSON.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// `int64`, `double`, `date`, `date-time`, `uuid`, `password`, `binary`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub format: Option<String>,
    /// Known values of a named enumeration.
    #[serde(default, rename = "enum", skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<String>,
    /// Element type of an array.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub items: Option<Box<Schema>>,
    /// Properties of an object.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub properties: BTreeMap<String, Schema>,
    /// Properties that a request must have. What this means for types and checks is told by
    /// [`has_always`](Self::has_always) and [`demands`](Self::demands).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub required: Vec<String>,
    /// Values of a map, or whether further properties are allowed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub additional_properties: Option<AdditionalProperties>,
    /// Whether `null` is a documented value.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub nullable: bool,
    /// A single reference that has a description beside it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub all_of: Vec<Schema>,
    /// The documented default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default: Option<Value>,
    /// Smallest value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub minimum: Option<i64>,
    /// Largest value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub maximum: Option<i64>,
    /// Fewest elements.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_items: Option<u64>,
    /// Most elements.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_items: Option<u64>,
    /// Most characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_length: Option<u64>,
    /// What it means.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// Not to be used in new code.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub deprecated: bool,
    /// Set by the service; ignored in requests.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub read_only: bool,
    /// Whether a response can hold the component. [`Api::new`](crate::model::Api::new) finds out.
    #[serde(skip)]
    pub in_response: bool,
    /// How it looks in XML.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub xml: Option<Xml>,
    /// Where the fact comes from.
    #[serde(rename = "x-provenance", skip_serializing)]
    pub provenance: Option<Provenance>,
}

/// How a schema looks in XML. Properties are child elements of their own name, arrays are repeated elements.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
pub struct Xml {
    /// Name of the root element of a document.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Whether the property is an attribute.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub attribute: bool,
    /// Whether an element of this component is a value although it is empty, and not the same as none.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub empty: bool,
}

/// `additionalProperties`.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(untagged)]
pub enum AdditionalProperties {
    /// Further properties of any type, or none.
    Allowed(bool),
    /// Further properties of one type.
    Of(Box<Schema>),
}

impl Schema {
    /// The component that this schema is a reference to, with or without a description beside it.
    pub fn target(&self) -> Option<&str> {
        let reference = match (&self.reference, self.all_of.as_slice()) {
            (Some(reference), _) => reference,
            (None, [only]) => only.reference.as_ref()?,
            _ => return None,
        };
        Some(component_name(reference))
    }

    /// Whether this is a named enumeration.
    pub fn is_enum(&self) -> bool {
        !self.values.is_empty()
    }

    /// Whether this is an object with properties of its own.
    pub fn is_struct(&self) -> bool {
        self.kind.as_deref() == Some("object") && !self.properties.is_empty()
    }

    /// Whether every value of this object has the property, so that its type need not be optional: only a required array
    /// of at least one item, in an object that no response holds. All other types stay optional: a response may omit
    /// anything, and what a request must have is checked before it is sent.
    pub fn has_always(&self, name: &str) -> bool {
        let holds_items = |property: &Schema| property.min_items.is_some_and(|least| least > 0) && !property.nullable;
        !self.in_response
            && self.properties.get(name).is_some_and(holds_items)
            && self.required.iter().any(|required| required == name)
    }

    /// Whether a request is refused if this object lacks the property. In an object that a response can hold too,
    /// `required` counts only where the object is the body itself (or an item of the body): elsewhere it says what the
    /// service stores, and a request may name the object by its id.
    pub fn demands(&self, name: &str, is_body: bool) -> bool {
        (is_body || !self.in_response)
            && self.required.iter().any(|required| required == name)
            && self.properties.get(name).is_some_and(|property| !property.nullable)
    }
}

/// The last segment of `#/components/<section>/<name>`.
pub fn component_name(reference: &str) -> &str {
    reference.rsplit('/').next().unwrap_or(reference)
}
