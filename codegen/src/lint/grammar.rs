//! The closed lists of keys: the subset of OpenAPI that a spec is written in, with the `x-` keywords.

/// What a value has to be.
pub enum Expected {
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
    List(&'static Expected),
    Map(&'static Expected),
    Object(&'static Object),
    /// An object, or a `$ref` to a component of the section.
    Reference(&'static str, &'static Object),
    /// A schema, or a `$ref` to one. By itself, since a schema holds schemas.
    Schema,
    FlagOr(&'static Expected),
    /// `true`, or what says more. A mark that is left out where it does not apply.
    TrueOr(&'static Expected),
}

impl Expected {
    /// What to write.
    pub fn describe(&self) -> String {
        match self {
            Expected::Anything => "anything".into(),
            Expected::Text | Expected::Label | Expected::Prose | Expected::Summary => {
                "text, in quotation marks if it looks like something else".into()
            }
            Expected::Flag => "`true` or `false`".into(),
            Expected::True => "`true`, or leave the key out".into(),
            Expected::Integer => "a whole number".into(),
            Expected::Count => "a whole number that is not negative".into(),
            Expected::OneOf(allowed) => format!("one of {}", super::suggest::list(allowed.iter().copied())),
            Expected::List(_) => "a list".into(),
            Expected::Map(_) => "a mapping".into(),
            Expected::Object(object) => format!("a mapping with the keys of {}", object.name),
            Expected::Reference(section, object) => format!("{}, or a `$ref` to `components/{section}`", object.name),
            Expected::Schema => "a schema, or a `$ref` to `components/schemas`".into(),
            Expected::FlagOr(inner) | Expected::TrueOr(inner) => format!("`true`, or {}", inner.describe()),
        }
    }
}

/// A key of an object.
pub struct Key {
    pub name: &'static str,
    pub shape: Expected,
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

const fn may(name: &'static str, shape: Expected) -> Key {
    Key { name, shape, missing: None }
}

const fn must(name: &'static str, shape: Expected, help: &'static str) -> Key {
    Key { name, shape, missing: Some(help) }
}

const PROVENANCE: Expected = Expected::OneOf(&["documented", "inferred", "vendor-metadata", "vendor-pages"]);
pub const WRITE_PROVENANCE: &str =
    "write where the facts come from: `documented`, `inferred`, `vendor-metadata` or `vendor-pages`";
const NO_EXAMPLES: &str = "say it in the description";

pub static DOCUMENT: Object = Object {
    name: "the document",
    keys: &[
        must("openapi", Expected::Text, "write `openapi: 3.0.3`"),
        must("info", Expected::Object(&INFO), "write `info` with title, version, description and license"),
        must("servers", Expected::List(&Expected::Object(&SERVER)), "list the base URLs of the service"),
        may("security", SECURITY),
        must("tags", Expected::List(&Expected::Object(&TAG)), "declare the tags that the operations have"),
        must("paths", Expected::Map(&Expected::Object(&PATH_ITEM)), "list the paths with their operations"),
        may("x-loose-json", Expected::True),
        may("x-precision", Expected::OneOf(&["minute"])),
        may("x-scope", Expected::List(&Expected::Text)),
        may("x-examples", Expected::Map(&Expected::Text)),
        may("components", Expected::Object(&COMPONENTS)),
    ],
    refused: &[("externalDocs", "name the source in `spec/README.md`")],
};

static INFO: Object = Object {
    name: "`info`",
    keys: &[
        must("title", Expected::Text, "write the name of the API"),
        must("version", Expected::Text, "write the version of the API, in quotation marks"),
        must("description", Expected::Prose, "say what the API is for"),
        must("license", Expected::Object(&LICENSE), "write `license` with the name `MIT OR Apache-2.0`"),
    ],
    refused: &[],
};

static LICENSE: Object = Object {
    name: "`license`",
    keys: &[must("name", Expected::OneOf(&["MIT OR Apache-2.0"]), "write `name: MIT OR Apache-2.0`")],
    refused: &[],
};

static SERVER: Object = Object {
    name: "a server",
    keys: &[
        must("url", Expected::Text, "write the base URL"),
        must("description", Expected::Prose, "say which server it is, for example its region"),
    ],
    refused: &[("variables", "list every base URL by itself")],
};

static TAG: Object = Object {
    name: "a tag",
    keys: &[
        must("name", Expected::Text, "write the name that operations use"),
        must("description", Expected::Prose, "say what its operations have in common"),
    ],
    refused: &[("externalDocs", "delete it")],
};

const SECURITY: Expected = Expected::List(&Expected::Map(&Expected::List(&Expected::Text)));

static PATH_ITEM: Object = Object {
    name: "a path item",
    keys: &[
        must("x-provenance", PROVENANCE, WRITE_PROVENANCE),
        may("parameters", PARAMETERS),
        may("get", Expected::Object(&OPERATION)),
        may("post", Expected::Object(&OPERATION)),
        may("put", Expected::Object(&OPERATION)),
        may("patch", Expected::Object(&OPERATION)),
        may("delete", Expected::Object(&OPERATION)),
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

const PARAMETERS: Expected = Expected::List(&Expected::Reference("parameters", &PARAMETER));

static OPERATION: Object = Object {
    name: "an operation",
    keys: &[
        must("operationId", Expected::Text, "name the operation as the source documents do"),
        must("x-provenance", PROVENANCE, WRITE_PROVENANCE),
        must("tags", Expected::List(&Expected::Text), "give it exactly one tag"),
        must("summary", Expected::Summary, "say in one short line what the operation does"),
        must("description", Expected::Prose, "say what a caller has to know"),
        may("deprecated", Expected::Flag),
        may("security", SECURITY),
        may("x-permissions", Expected::Object(&PERMISSIONS)),
        may("x-oauth-scopes", Expected::List(&Expected::Text)),
        may("x-preview", Expected::True),
        may("x-safe", Expected::True),
        may("x-idempotent", Expected::TrueOr(&Expected::Object(&IDEMPOTENT))),
        may("x-paging", Expected::Object(&PAGING)),
        may("x-batch", Expected::Object(&BATCH)),
        may("x-representations", Expected::Object(&REPRESENTATIONS)),
        may("x-csv", Expected::Object(&CSV)),
        may("x-example", Expected::Object(&EXAMPLE)),
        may("x-superseded", Expected::List(&Expected::Object(&SUPERSEDED))),
        may("parameters", PARAMETERS),
        may("requestBody", Expected::Object(&REQUEST_BODY)),
        must("responses", Expected::Map(&Expected::Reference("responses", &RESPONSE)), "write the responses by status"),
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
        must("mode", Expected::OneOf(&["any", "all"]), "write `mode: any` or `mode: all`"),
        must("permissions", Expected::List(&Expected::Text), "list the permissions"),
    ],
    refused: &[],
};

static SUPERSEDED: Object = Object {
    name: "`x-superseded`",
    keys: &[
        must("fact", Expected::Prose, "say in a sentence what the older document says"),
        must("source", Expected::Summary, "name the older document as `spec/README.md` does"),
        must("date", Expected::Text, "write the date of the older document, such as '2024'"),
    ],
    refused: &[],
};

static IDEMPOTENT: Object = Object {
    name: "`x-idempotent`",
    keys: &[
        may("given", Expected::List(&Expected::Text)),
        may("when", Expected::Map(&Expected::List(&Expected::Text))),
    ],
    refused: &[],
};

static PAGING: Object = Object {
    name: "`x-paging`",
    keys: &[
        must("style", Expected::OneOf(&["page", "cursor", "after"]), "write `style: page`, `cursor` or `after`"),
        may("in", Expected::OneOf(&["body"])),
        may("pageParameter", Expected::Text),
        may("sizeParameter", Expected::Text),
        may("firstPage", Expected::Count),
        may("cursorParameter", Expected::Text),
        may("cursor", Expected::Text),
        may("afterParameter", Expected::Text),
        may("beforeParameter", Expected::Text),
        must("items", Expected::Label, "name the property of the response that holds the items"),
        may("next", Expected::Text),
        may("pageCount", Expected::Text),
        may("total", Expected::Text),
        may("totalIsApproximate", Expected::True),
        may("maxItems", Expected::Count),
        may("instead", Expected::Text),
    ],
    refused: &[],
};

static BATCH: Object = Object {
    name: "`x-batch`",
    keys: &[
        must(
            "items",
            Expected::Label,
            "name the property of the body that holds the items, or write '' for the body itself",
        ),
        may("max", Expected::Count),
    ],
    refused: &[],
};

static REPRESENTATIONS: Object = Object {
    name: "`x-representations`",
    keys: &[
        must("parameter", Expected::Text, "name the parameter that chooses the representation"),
        must("media", Expected::Map(&Expected::Text), "map each value of the parameter to its media type"),
    ],
    refused: &[],
};

static EXAMPLE: Object = Object {
    name: "`x-example`",
    keys: &[may("parameters", Expected::Map(&Expected::Anything)), may("body", Expected::Anything)],
    refused: &[],
};

static CSV: Object = Object {
    name: "`x-csv`",
    keys: &[
        must("row", Expected::Text, "name the type of a row, such as `row: TrainingRow`"),
        must(
            "columns",
            Expected::List(&Expected::Object(&CSV_COLUMN)),
            "list the columns in the order of the document",
        ),
        must("keys", COLUMN_GROUPS, "list the groups of columns that identify a row"),
        may("required", Expected::List(&Expected::Object(&CSV_REQUIRED))),
    ],
    refused: &[],
};

const COLUMN_GROUPS: Expected = Expected::List(&Expected::List(&Expected::Text));

static CSV_COLUMN: Object = Object {
    name: "a column",
    keys: &[
        must("name", Expected::Text, "write the name in the header line"),
        must("property", Expected::Text, "write the name in the row's type, such as `userId`"),
        must("type", Expected::OneOf(&crate::csv::TYPE_NAMES), "write the type of the cells"),
        must("description", Expected::Prose, "say what the column means"),
        may("maxLength", Expected::Count),
        may("default", Expected::Text),
        may("enum", Expected::Text),
        may("open", Expected::True),
        may("codes", Expected::List(&Expected::Object(&CSV_CODE))),
    ],
    refused: &[("required", "write it under `required` of `x-csv`")],
};

static CSV_CODE: Object = Object {
    name: "a code",
    keys: &[
        must("code", Expected::Text, "write the text of the cell"),
        must("name", Expected::Text, "write the name in the codes' type, such as `PendingApproval`"),
        must("description", Expected::Prose, "say what the code means"),
        may("alias", Expected::Text),
    ],
    refused: &[],
};

static CSV_REQUIRED: Object = Object {
    name: "an element of `required`",
    keys: &[
        must("columns", Expected::List(&Expected::Text), "list the columns"),
        may("when", Expected::Map(&Expected::List(&Expected::Text))),
        may("unless", Expected::Text),
    ],
    refused: &[],
};

static PARAMETER: Object = Object {
    name: "a parameter",
    keys: &[
        must("name", Expected::Text, "write the name on the wire"),
        must("in", Expected::OneOf(&["path", "query", "header"]), "write `in: path`, `query` or `header`"),
        must("description", Expected::Prose, "say what the parameter means, and what its absence does"),
        may("required", Expected::Flag),
        may("deprecated", Expected::Flag),
        may("style", Expected::Text),
        may("explode", Expected::Flag),
        may("x-provenance", PROVENANCE),
        must("schema", Expected::Schema, "write the type under `schema`"),
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
        may("description", Expected::Prose),
        may("required", Expected::Flag),
        must("content", Expected::Map(&Expected::Object(&MEDIA_TYPE)), "write the body's media type under `content`"),
    ],
    refused: &[],
};

static MEDIA_TYPE: Object = Object {
    name: "a media type",
    keys: &[must("schema", Expected::Schema, "write the type under `schema`")],
    refused: &[
        ("encoding", "delete it; parts are text, or files with a media type of the caller's"),
        ("example", NO_EXAMPLES),
        ("examples", NO_EXAMPLES),
    ],
};

static RESPONSE: Object = Object {
    name: "a response",
    keys: &[
        must("description", Expected::Prose, "say what the response is"),
        may("content", Expected::Map(&Expected::Object(&MEDIA_TYPE))),
        may("x-provenance", PROVENANCE),
    ],
    refused: &[
        ("headers", "say in the description which headers matter; every response hands out its headers"),
        ("links", "say in the description which operation comes next"),
    ],
};

static COMPONENTS: Object = Object {
    name: "`components`",
    keys: &[
        may("securitySchemes", Expected::Map(&Expected::Object(&SECURITY_SCHEME))),
        may("parameters", Expected::Map(&Expected::Object(&PARAMETER))),
        may("responses", Expected::Map(&Expected::Object(&RESPONSE))),
        may("schemas", Expected::Map(&Expected::Schema)),
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
        must("type", Expected::OneOf(&["http", "apiKey", "oauth2"]), "write `type: http`, `apiKey` or `oauth2`"),
        must("description", Expected::Prose, "say whose credentials these are"),
        may("scheme", Expected::OneOf(&["basic", "bearer"])),
        may("bearerFormat", Expected::Text),
        may("in", Expected::OneOf(&["header"])),
        may("name", Expected::Text),
        may("flows", Expected::Object(&FLOWS)),
        may("x-provenance", PROVENANCE),
    ],
    refused: &[("openIdConnectUrl", "write the flows of `oauth2`")],
};

static FLOWS: Object = Object {
    name: "`flows`",
    keys: &[may("clientCredentials", Expected::Object(&FLOW)), may("authorizationCode", Expected::Object(&FLOW))],
    refused: &[
        ("implicit", "write `authorizationCode`; the implicit flow is obsolete"),
        ("password", "write `clientCredentials` or `authorizationCode`"),
    ],
};

static FLOW: Object = Object {
    name: "a flow",
    keys: &[
        may("authorizationUrl", Expected::Text),
        must("tokenUrl", Expected::Text, "write the URL that hands out tokens"),
        may("refreshUrl", Expected::Text),
        must("scopes", Expected::Map(&Expected::Label), "write `scopes: {}` if there are none"),
    ],
    refused: &[],
};

/// How a schema looks in XML. Properties are child elements of their own name, arrays are repeated elements.
static XML: Object = Object {
    name: "`xml`",
    keys: &[may("name", Expected::Text), may("attribute", Expected::True), may("empty", Expected::True)],
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
        may("type", Expected::OneOf(&["string", "integer", "number", "boolean", "array", "object"])),
        may("format", Expected::Text),
        may("description", Expected::Prose),
        may("enum", Expected::List(&Expected::Anything)),
        may("default", Expected::Anything),
        may("nullable", Expected::Flag),
        may("deprecated", Expected::Flag),
        may("readOnly", Expected::True),
        may("minimum", Expected::Integer),
        may("maximum", Expected::Integer),
        may("maxLength", Expected::Count),
        may("items", Expected::Schema),
        may("minItems", Expected::Count),
        may("maxItems", Expected::Count),
        may("properties", Expected::Map(&Expected::Schema)),
        may("required", Expected::List(&Expected::Text)),
        may("additionalProperties", Expected::FlagOr(&Expected::Schema)),
        may("allOf", Expected::List(&Expected::Schema)),
        may("xml", Expected::Object(&XML)),
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
        ("writeOnly", "write one component for the request and one for the response"),
        ("externalDocs", "say it in the description"),
        ("example", NO_EXAMPLES),
        ("examples", NO_EXAMPLES),
        ("const", "make a component with an `enum` of one value"),
    ],
};

const SAY_CHECK: &str =
    "say it in the description; minimum, maximum, minItems, maxItems and maxLength are the limits that are checked";
