//! The closed lists of keys: the subset of OpenAPI that a spec is written in, with the `x-` keywords.

/// What a value has to be.
pub enum Shape {
    Anything,
    /// Text that is not empty.
    Text,
    /// Text that may be empty.
    Label,
    /// Text of several sentences.
    Prose,
    /// Text of one line.
    Summary,
    Flag,
    /// `true`: a mark that is left out where it does not apply.
    True,
    Integer,
    /// A whole number that is not negative.
    Count,
    OneOf(&'static [&'static str]),
    List(&'static Shape),
    Map(&'static Shape),
    Object(&'static Object),
    /// An object, or a `$ref` to a component of the section.
    Reference(&'static str, &'static Object),
    /// A schema, or a `$ref` to one. By itself, since a schema holds schemas.
    Schema,
    FlagOr(&'static Shape),
}

impl Shape {
    /// What to write.
    pub fn describe(&self) -> String {
        match self {
            Shape::Anything => "anything".into(),
            Shape::Text | Shape::Label | Shape::Prose | Shape::Summary => {
                "text, in quotation marks if it looks like something else".into()
            }
            Shape::Flag => "`true` or `false`".into(),
            Shape::True => "`true`, or leave the key out".into(),
            Shape::Integer => "a whole number".into(),
            Shape::Count => "a whole number that is not negative".into(),
            Shape::OneOf(allowed) => format!("one of {}", super::suggest::list(allowed.iter().copied())),
            Shape::List(_) => "a list".into(),
            Shape::Map(_) => "a mapping".into(),
            Shape::Object(object) => format!("a mapping with the keys of {}", object.name),
            Shape::Reference(section, object) => format!("{}, or a `$ref` to `components/{section}`", object.name),
            Shape::Schema => "a schema, or a `$ref` to `components/schemas`".into(),
            Shape::FlagOr(inner) => format!("`true`, or {}", inner.describe()),
        }
    }
}

/// A key of an object.
pub struct Key {
    pub name: &'static str,
    pub shape: Shape,
    /// What to write if the key is missing; none if it may be.
    pub missing: Option<&'static str>,
}

/// The keys of one kind of object.
pub struct Object {
    /// With its article.
    pub name: &'static str,
    pub keys: &'static [Key],
    /// Keys that OpenAPI knows and the generator does not, with what to write instead.
    pub refused: &'static [(&'static str, &'static str)],
}

const fn may(name: &'static str, shape: Shape) -> Key {
    Key { name, shape, missing: None }
}

const fn must(name: &'static str, shape: Shape, help: &'static str) -> Key {
    Key { name, shape, missing: Some(help) }
}

const PROVENANCE: Shape = Shape::OneOf(&["documented", "inferred", "vendor-metadata"]);
const WRITE_PROVENANCE: &str = "write where the facts come from: `documented`, `inferred` or `vendor-metadata`";
const NO_EXAMPLES: &str = "say it in the description";

pub static DOCUMENT: Object = Object {
    name: "the document",
    keys: &[
        must("openapi", Shape::Text, "write `openapi: 3.0.3`"),
        must("info", Shape::Object(&INFO), "write `info` with title, version, description and license"),
        must("servers", Shape::List(&Shape::Object(&SERVER)), "list the base URLs of the service"),
        may("security", SECURITY),
        must("tags", Shape::List(&Shape::Object(&TAG)), "declare the tags that the operations have"),
        must("paths", Shape::Map(&Shape::Object(&PATH_ITEM)), "list the paths with their operations"),
        may("x-precision", Shape::OneOf(&["minute"])),
        may("x-scope", Shape::List(&Shape::Text)),
        may("components", Shape::Object(&COMPONENTS)),
    ],
    refused: &[("externalDocs", "name the source in `spec/README.md`")],
};

static INFO: Object = Object {
    name: "`info`",
    keys: &[
        must("title", Shape::Text, "write the name of the API"),
        must("version", Shape::Text, "write the version of the API, in quotation marks"),
        must("description", Shape::Prose, "say what the API is for"),
        must("license", Shape::Object(&LICENSE), "write `license` with the name `MIT OR Apache-2.0`"),
    ],
    refused: &[],
};

static LICENSE: Object = Object {
    name: "`license`",
    keys: &[must("name", Shape::OneOf(&["MIT OR Apache-2.0"]), "write `name: MIT OR Apache-2.0`")],
    refused: &[],
};

static SERVER: Object = Object {
    name: "a server",
    keys: &[
        must("url", Shape::Text, "write the base URL"),
        must("description", Shape::Prose, "say which server it is, for example its region"),
    ],
    refused: &[("variables", "list every base URL by itself")],
};

static TAG: Object = Object {
    name: "a tag",
    keys: &[
        must("name", Shape::Text, "write the name that operations use"),
        must("description", Shape::Prose, "say what its operations have in common"),
    ],
    refused: &[("externalDocs", "delete it")],
};

const SECURITY: Shape = Shape::List(&Shape::Map(&Shape::List(&Shape::Text)));

static PATH_ITEM: Object = Object {
    name: "a path item",
    keys: &[
        must("x-provenance", PROVENANCE, WRITE_PROVENANCE),
        may("parameters", PARAMETERS),
        may("get", Shape::Object(&OPERATION)),
        may("post", Shape::Object(&OPERATION)),
        may("put", Shape::Object(&OPERATION)),
        may("patch", Shape::Object(&OPERATION)),
        may("delete", Shape::Object(&OPERATION)),
    ],
    refused: &[
        ("head", "leave the operation out; the generator knows get, post, put, patch and delete"),
        ("options", "leave the operation out; the generator knows get, post, put, patch and delete"),
        ("trace", "leave the operation out; the generator knows get, post, put, patch and delete"),
        ("summary", "describe the operations"),
        ("description", "describe the operations"),
        ("servers", "list the servers at the top of the document"),
    ],
};

const PARAMETERS: Shape = Shape::List(&Shape::Reference("parameters", &PARAMETER));

static OPERATION: Object = Object {
    name: "an operation",
    keys: &[
        must("operationId", Shape::Text, "name the operation as the source documents do"),
        must("x-provenance", PROVENANCE, WRITE_PROVENANCE),
        must("tags", Shape::List(&Shape::Text), "give it exactly one tag"),
        must("summary", Shape::Summary, "say in one short line what the operation does"),
        must("description", Shape::Prose, "say what a caller has to know"),
        may("deprecated", Shape::Flag),
        may("security", SECURITY),
        may("x-permissions", Shape::Object(&PERMISSIONS)),
        may("x-preview", Shape::True),
        may("x-safe", Shape::True),
        may("x-paging", Shape::Object(&PAGING)),
        may("x-batch", Shape::Object(&BATCH)),
        may("x-representations", Shape::Object(&REPRESENTATIONS)),
        may("x-csv", Shape::Object(&CSV)),
        may("parameters", PARAMETERS),
        may("requestBody", Shape::Object(&REQUEST_BODY)),
        must("responses", Shape::Map(&Shape::Reference("responses", &RESPONSE)), "write the answers by status"),
    ],
    refused: &[
        ("callbacks", "delete it; a client receives no calls"),
        ("externalDocs", "say it in the description"),
        ("servers", "list the servers at the top of the document"),
        ("x-rule", "say the rule in the description"),
    ],
};

static PERMISSIONS: Object = Object {
    name: "`x-permissions`",
    keys: &[
        must("mode", Shape::OneOf(&["any", "all"]), "write `mode: any` or `mode: all`"),
        must("permissions", Shape::List(&Shape::Text), "list the permissions"),
    ],
    refused: &[],
};

static PAGING: Object = Object {
    name: "`x-paging`",
    keys: &[
        must("style", Shape::OneOf(&["page", "cursor", "after"]), "write `style: page`, `cursor` or `after`"),
        may("in", Shape::OneOf(&["body"])),
        may("pageParameter", Shape::Text),
        may("sizeParameter", Shape::Text),
        may("firstPage", Shape::Count),
        may("cursorParameter", Shape::Text),
        may("cursor", Shape::Text),
        may("afterParameter", Shape::Text),
        may("beforeParameter", Shape::Text),
        must("items", Shape::Label, "name the property of the answer that holds the items"),
        may("next", Shape::Text),
        may("pageCount", Shape::Text),
        may("total", Shape::Text),
    ],
    refused: &[],
};

static BATCH: Object = Object {
    name: "`x-batch`",
    keys: &[
        must(
            "items",
            Shape::Label,
            "name the property of the body that holds the items, or write '' for the body itself",
        ),
        may("max", Shape::Count),
    ],
    refused: &[],
};

static REPRESENTATIONS: Object = Object {
    name: "`x-representations`",
    keys: &[
        must("parameter", Shape::Text, "name the parameter that chooses the representation"),
        must("media", Shape::Map(&Shape::Text), "map each value of the parameter to its media type"),
    ],
    refused: &[],
};

static CSV: Object = Object {
    name: "`x-csv`",
    keys: &[
        must("row", Shape::Text, "name the type of a row, such as `row: TrainingRow`"),
        must("columns", Shape::List(&Shape::Object(&CSV_COLUMN)), "list the columns in the order of the document"),
        must("keys", COLUMN_GROUPS, "list the groups of columns that identify a row"),
        may("required", Shape::List(&Shape::Object(&CSV_REQUIRED))),
    ],
    refused: &[],
};

const COLUMN_GROUPS: Shape = Shape::List(&Shape::List(&Shape::Text));

static CSV_COLUMN: Object = Object {
    name: "a column",
    keys: &[
        must("name", Shape::Text, "write the name in the header line"),
        must("property", Shape::Text, "write the name in the row's type, such as `userId`"),
        must("type", Shape::OneOf(&crate::csv::TYPE_NAMES), "write the type of the cells"),
        must("description", Shape::Prose, "say what the column means"),
        may("maxLength", Shape::Count),
        may("default", Shape::Text),
        may("enum", Shape::Text),
        may("open", Shape::True),
        may("codes", Shape::List(&Shape::Object(&CSV_CODE))),
    ],
    refused: &[("required", "write it under `required` of `x-csv`")],
};

static CSV_CODE: Object = Object {
    name: "a code",
    keys: &[
        must("code", Shape::Text, "write the text of the cell"),
        must("name", Shape::Text, "write the name in the codes' type, such as `PendingApproval`"),
        must("description", Shape::Prose, "say what the code means"),
        may("alias", Shape::Text),
    ],
    refused: &[],
};

static CSV_REQUIRED: Object = Object {
    name: "an element of `required`",
    keys: &[
        must("columns", Shape::List(&Shape::Text), "list the columns"),
        may("when", Shape::Map(&Shape::List(&Shape::Text))),
        may("unless", Shape::Text),
    ],
    refused: &[],
};

static PARAMETER: Object = Object {
    name: "a parameter",
    keys: &[
        must("name", Shape::Text, "write the name on the wire"),
        must("in", Shape::OneOf(&["path", "query", "header"]), "write `in: path`, `query` or `header`"),
        must("description", Shape::Prose, "say what the parameter means, and what its absence does"),
        may("required", Shape::Flag),
        may("deprecated", Shape::Flag),
        may("style", Shape::Text),
        may("explode", Shape::Flag),
        may("x-provenance", PROVENANCE),
        must("schema", Shape::Schema, "write the type under `schema`"),
    ],
    refused: &[
        ("content", "write the type under `schema`; parameters are text, numbers, booleans or lists of these"),
        ("allowReserved", "delete it; every reserved character is escaped"),
        ("allowEmptyValue", "say in the description what an empty value means"),
        ("example", NO_EXAMPLES),
        ("examples", NO_EXAMPLES),
    ],
};

static REQUEST_BODY: Object = Object {
    name: "a request body",
    keys: &[
        may("description", Shape::Prose),
        may("required", Shape::Flag),
        must("content", Shape::Map(&Shape::Object(&MEDIA_TYPE)), "write the body's media type under `content`"),
    ],
    refused: &[],
};

static MEDIA_TYPE: Object = Object {
    name: "a media type",
    keys: &[must("schema", Shape::Schema, "write the type under `schema`")],
    refused: &[
        ("encoding", "delete it; parts are text, or files with a media type of the caller's"),
        ("example", NO_EXAMPLES),
        ("examples", NO_EXAMPLES),
    ],
};

static RESPONSE: Object = Object {
    name: "an answer",
    keys: &[
        must("description", Shape::Prose, "say what the answer is"),
        may("content", Shape::Map(&Shape::Object(&MEDIA_TYPE))),
        may("x-provenance", PROVENANCE),
    ],
    refused: &[
        ("headers", "say in the description which headers matter; every answer hands out its headers"),
        ("links", "say in the description which operation comes next"),
    ],
};

static COMPONENTS: Object = Object {
    name: "`components`",
    keys: &[
        may("securitySchemes", Shape::Map(&Shape::Object(&SECURITY_SCHEME))),
        may("parameters", Shape::Map(&Shape::Object(&PARAMETER))),
        may("responses", Shape::Map(&Shape::Object(&RESPONSE))),
        may("schemas", Shape::Map(&Shape::Schema)),
    ],
    refused: &[
        ("requestBodies", "write the body into the operation"),
        ("headers", "delete it"),
        ("examples", NO_EXAMPLES),
        ("links", "delete it"),
        ("callbacks", "delete it; a client receives no calls"),
    ],
};

static SECURITY_SCHEME: Object = Object {
    name: "a security scheme",
    keys: &[
        must("type", Shape::OneOf(&["http", "apiKey", "oauth2"]), "write `type: http`, `apiKey` or `oauth2`"),
        must("description", Shape::Prose, "say whose credentials these are"),
        may("scheme", Shape::OneOf(&["basic", "bearer"])),
        may("bearerFormat", Shape::Text),
        may("in", Shape::OneOf(&["header"])),
        may("name", Shape::Text),
        may("flows", Shape::Object(&FLOWS)),
        may("x-provenance", PROVENANCE),
    ],
    refused: &[("openIdConnectUrl", "write the flows of `oauth2`")],
};

static FLOWS: Object = Object {
    name: "`flows`",
    keys: &[may("clientCredentials", Shape::Object(&FLOW)), may("authorizationCode", Shape::Object(&FLOW))],
    refused: &[
        ("implicit", "write `authorizationCode`; the implicit flow is obsolete"),
        ("password", "write `clientCredentials` or `authorizationCode`"),
    ],
};

static FLOW: Object = Object {
    name: "a flow",
    keys: &[
        may("authorizationUrl", Shape::Text),
        must("tokenUrl", Shape::Text, "write the URL that hands out tokens"),
        may("refreshUrl", Shape::Text),
        must("scopes", Shape::Map(&Shape::Label), "write `scopes: {}` if there are none"),
    ],
    refused: &[],
};

/// How a schema looks in XML. Properties are child elements of their own name, arrays are repeated elements.
static XML: Object = Object {
    name: "`xml`",
    keys: &[may("name", Shape::Text), may("attribute", Shape::True)],
    refused: &[
        ("namespace", "delete it: names are compared without namespaces"),
        ("prefix", "delete it: names are compared without prefixes"),
        ("wrapped", "write a component for the element that wraps the others"),
    ],
};

pub static SCHEMA: Object = Object {
    name: "a schema",
    keys: &[
        may("x-provenance", PROVENANCE),
        may("type", Shape::OneOf(&["string", "integer", "number", "boolean", "array", "object"])),
        may("format", Shape::Text),
        may("description", Shape::Prose),
        may("enum", Shape::List(&Shape::Anything)),
        may("default", Shape::Anything),
        may("nullable", Shape::Flag),
        may("deprecated", Shape::Flag),
        may("minimum", Shape::Integer),
        may("maximum", Shape::Integer),
        may("maxLength", Shape::Count),
        may("items", Shape::Schema),
        may("minItems", Shape::Count),
        may("maxItems", Shape::Count),
        may("properties", Shape::Map(&Shape::Schema)),
        may("required", Shape::List(&Shape::Text)),
        may("additionalProperties", Shape::FlagOr(&Shape::Schema)),
        may("allOf", Shape::List(&Shape::Schema)),
        may("xml", Shape::Object(&XML)),
    ],
    refused: &[
        ("oneOf", "write the schema `{}` and describe the alternatives"),
        ("anyOf", "write the schema `{}` and describe the alternatives"),
        ("not", "say it in the description"),
        ("discriminator", "list the properties of all variants in one object"),
        ("title", "name the component instead"),
        ("pattern", SAY_CHECK),
        ("minLength", SAY_CHECK),
        ("uniqueItems", SAY_CHECK),
        ("multipleOf", SAY_CHECK),
        ("exclusiveMinimum", "write the smallest allowed value as `minimum`"),
        ("exclusiveMaximum", "write the largest allowed value as `maximum`"),
        ("minProperties", SAY_CHECK),
        ("maxProperties", SAY_CHECK),
        ("readOnly", "write one component for the request and one for the answer"),
        ("writeOnly", "write one component for the request and one for the answer"),
        ("externalDocs", "say it in the description"),
        ("example", NO_EXAMPLES),
        ("examples", NO_EXAMPLES),
        ("const", "make a component with an `enum` of one value"),
    ],
};

const SAY_CHECK: &str =
    "say it in the description; minimum, maximum, minItems, maxItems and maxLength are the limits that are checked";
