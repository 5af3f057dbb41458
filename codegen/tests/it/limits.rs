//! Each measured limit of progenitor, on a minimal spec: the limit itself, so that a progenitor without it is noticed,
//! and the remedy, so that none is lost.

use std::panic;

use progenitor::{GenerationSettings, Generator, InterfaceStyle, TagStyle};
use rosterkit_codegen::generate::{generate, resolve};
use rosterkit_codegen::lint::lint;
use rosterkit_codegen::load::parse;

const HEAD: &str = "\
openapi: 3.0.3
info:
  title: Things
  version: '1'
  description: Things, for tests.
  license:
    name: MIT OR Apache-2.0
servers:
  - url: https://api.example.com
    description: The only one.
tags:
  - name: things
    description: Things.
";

/// A spec of one operation and its components.
fn spec(operation: &str, components: &str) -> String {
    let operation = indent(operation, 4);
    let components =
        if components.is_empty() { String::new() } else { format!("components:\n{}", indent(components, 2)) };
    format!("{HEAD}paths:\n  /things:\n    x-provenance: documented\n{operation}{components}")
}

fn indent(text: &str, by: usize) -> String {
    text.lines().map(|line| format!("{:by$}{line}\n", "")).collect()
}

/// An operation that answers a component.
fn get(response: &str) -> String {
    format!(
        "get:
  operationId: getThings
  tags:
    - things
  summary: Get things
  description: Gets things.
  x-provenance: documented
  security: []
  responses:
    '200':
      description: The things.
      content:
        application/json:
          schema:
            {response}
"
    )
}

fn thing(properties: &str) -> String {
    format!(
        "schemas:
  Thing:
    type: object
    description: A thing.
    x-provenance: documented
    properties:
{}",
        indent(properties, 6)
    )
}

const REF: &str = "$ref: '#/components/schemas/Thing'";

/// What progenitor writes for a spec as it stands.
fn raw(text: &str) -> Result<String, String> {
    let document = parse("raw.yaml", text).expect("valid YAML");
    let spec = serde_json::from_value(document.root).map_err(|error| error.to_string())?;
    let mut settings = GenerationSettings::new();
    settings.with_interface(InterfaceStyle::Builder).with_tag(TagStyle::Merged);
    let result = panic::catch_unwind(panic::AssertUnwindSafe(|| {
        Generator::new(&settings).generate_tokens(&spec).map(|tokens| tokens.to_string())
    }));
    match result {
        Ok(Ok(code)) => Ok(prettyplease::unparse(&syn::parse_file(&code).expect("progenitor writes Rust"))),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err("panicked".to_owned()),
    }
}

/// What we write: one generated file.
fn ours(text: &str, file: &str) -> String {
    let document = parse("things.yaml", text).expect("valid YAML");
    let problems = lint(&document);
    assert!(problems.is_empty(), "{}", problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"));
    let package = generate(&resolve("things", &document).expect("resolves")).expect("generates");
    package.files.iter().find(|output| output.name == file).expect("a file of that name").text.clone()
}

/// What lint says.
fn refused(text: &str) -> String {
    let document = match parse("things.yaml", text) {
        Ok(document) => document,
        Err(problems) => return problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"),
    };
    let problems = lint(&document);
    assert!(!problems.is_empty(), "lint finds nothing wrong");
    problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

fn has(text: &str, part: &str) {
    assert!(squeeze(text).contains(&squeeze(part)), "`{part}` is not in:\n{}", shown(text));
}

fn lacks(text: &str, part: &str) {
    assert!(!squeeze(text).contains(&squeeze(part)), "`{part}` is in:\n{text}");
}

/// Enough of a text to see what went wrong.
fn shown(text: &str) -> String {
    text.lines().take(80).collect::<Vec<_>>().join("\n")
}

fn squeeze(text: &str) -> String {
    text.split_whitespace().collect()
}

#[test]
fn limit_01_an_inline_enum_takes_over_the_component_of_its_name() {
    let text = spec(
        &get("$ref: '#/components/schemas/User'"),
        "schemas:
  User:
    type: object
    description: A user.
    x-provenance: documented
    properties:
      state:
        type: string
        enum:
          - active
  UserState:
    type: object
    description: A user's state.
    x-provenance: documented
    properties:
      version:
        type: integer
        format: int64",
    );
    let raw = raw(&text).unwrap();
    has(&raw, "pub enum UserState");
    has(&raw, "pub struct UserState");
    let said = refused(&text);
    has(&said, "enum");
}

fn colored() -> String {
    let color = "  Color:
    type: string
    description: A color.
    x-provenance: documented
    enum:
      - red
      - Unknown
      - other
";
    let components = format!("{}{color}", thing("color:\n  $ref: '#/components/schemas/Color'"));
    spec(&get(REF), &alphabetical(&components))
}

#[test]
fn limit_02_a_closed_enum_fails_on_a_new_value() {
    let text = colored();
    let raw = raw(&text).unwrap();
    has(&raw, "_ => Err(\"invalid value\".into())");
    has(&ours(&text, "types.rs"), "pub color: Option<Color>");
    lacks(&ours(&text, "types.rs"), "pub enum");
    let enums = ours(&text, "enums.rs");
    has(&enums, "open_enum! { /// A color. pub enum Color");
    has(&enums, "Unknown = \"Unknown\", /// `other`. Other = \"other\"");
}

#[test]
fn limit_03_an_optional_array_cannot_be_null_and_patch_cannot_tell_absent_from_null() {
    let text = spec(&get(REF), &thing("tags:\n  type: array\n  items:\n    type: string"));
    has(&raw(&text).unwrap(), "pub tags: ::std::vec::Vec<::std::string::String>");
    has(&ours(&text, "types.rs"), "pub tags: Option<Vec<String>>");

    let patch = get(REF).replace("get:", "patch:").replace(
        "  responses:",
        "  requestBody:
    description: The change.
    required: true
    content:
      application/json:
        schema:
          $ref: '#/components/schemas/Thing'
  responses:",
    );
    let text = spec(
        &patch,
        &thing(
            "tags:\n  type: array\n  items:\n    type: string\nversion:\n  type: integer\n  format: int64\n  description: The version.",
        ),
    );
    let types = ours(&text, "types.rs");
    has(&types, "pub struct Thing {");
    has(&types, "pub struct ThingPatch {");
    has(
        &types,
        "#[serde(default, skip_serializing_if = \"::rosterkit_core::Patch::is_absent\")] pub tags: ::rosterkit_core::Patch<Vec<String>>",
    );
    has(&ours(&text, "builder.rs"), "body: Result<types::ThingPatch, String>");
}

#[test]
fn limit_04_one_representation_and_few_body_types() {
    let text = spec(&get(REF).replace("application/json", "application/xml").replace(REF, "type: string"), "");
    assert!(raw(&text).is_ok_and(|code| !code.contains("application/xml")) || raw(&text).is_err());
    let builder = ours(&text, "builder.rs");
    has(&builder, "pub async fn send(self) -> Result<Response<Body>, Error>");
    has(&builder, "transport.send_body(request, &[\"application/xml\"])");
}

#[test]
fn limit_05_a_property_default_is_written_back() {
    let text = spec(&get(REF), &thing("size:\n  type: integer\n  format: int64\n  default: 25\n  description: Size."));
    has(&raw(&text).unwrap(), "#[serde(default = \"defaults::default_u64::<i64, 25>\")] pub size: i64");
    let types = ours(&text, "types.rs");
    has(&types, "pub size: Option<i64>");
    lacks(&types, "defaults::");
}

#[test]
fn limit_06_validation_makes_decoding_strict() {
    let text = spec(
        &get(REF),
        &thing(
            "name:\n  type: string\n  maxLength: 3\nsize:\n  type: integer\n  format: int64\n  minimum: 1\n  description: Size in metres.\nkey:\n  type: string\n  format: uuid",
        ),
    );
    let raw = raw(&text).unwrap();
    has(&raw, "pub struct ThingName(::std::string::String)");
    has(&raw, "::uuid::Uuid");
    let types = ours(&text, "types.rs");
    for field in ["pub name: Option<String>", "pub size: Option<i64>", "pub key: Option<String>"] {
        has(&types, field);
    }
}

#[test]
fn limit_06_a_whole_number_with_a_point_fails_decoding() {
    let integer = "type: integer\n  format: int64\n  description: How many.";
    let lists = "type: object\n  description: How many.\n  additionalProperties:\n    type: array\n    items:\n      type: integer\n      format: int64";
    let number = "type: number\n  format: double\n  description: How much.";
    let text = spec(&get(REF), &thing(&format!("count:\n  {integer}\nlists:\n  {lists}\nshare:\n  {number}")));
    lacks(&raw(&text).unwrap(), "deserialize_with");
    let types = ours(&text, "types.rs");
    for field in ["count: Option<i64>", "lists: Option<::std::collections::BTreeMap<String, Vec<i64>>>"] {
        let with = "#[serde(default, deserialize_with = \"::rosterkit_core::lenient_integer::deserialize\")] pub";
        has(&types, &format!("{with} {field}"));
    }
    assert_eq!(types.matches("deserialize_with").count(), 2, "{types}");
}

#[test]
fn limit_07_optional_objects_are_boxed_inside_the_option() {
    let text = spec(&get(REF), &thing("parent:\n  $ref: '#/components/schemas/Thing'\nname:\n  type: string"));
    has(
        &ours(&text, "types.rs"),
        "skip_serializing_if = \"::std::option::Option::is_none\")] pub parent: Option<Box<Thing>>",
    );

    let large = (0..4).map(|index| format!("f{index}:\n  type: string\n")).collect::<String>();
    let mut components =
        thing("large:\n  $ref: '#/components/schemas/Large'\nsmall:\n  $ref: '#/components/schemas/Small'");
    for (name, properties) in [("Large", large.as_str()), ("Small", "f:\n  type: string\n")] {
        components.push_str(&format!(
            "  {name}:\n    type: object\n    description: A part.\n    x-provenance: documented\n    properties:\n{}",
            indent(properties, 6)
        ));
    }
    // Lint wants schemas in alphabetical order.
    let components = alphabetical(&components);
    let text = spec(&get(REF), &components);
    has(&raw(&text).unwrap(), "pub large: ::std::option::Option<Large>");
    let types = ours(&text, "types.rs");
    has(&types, "pub large: Option<Box<Large>>");
    has(&types, "pub small: Option<Box<Small>>");
}

fn alphabetical(components: &str) -> String {
    let mut parts: Vec<String> = Vec::new();
    for line in components.lines().skip(1) {
        if line.starts_with("  ") && !line.starts_with("   ") {
            parts.push(String::new());
        }
        if let Some(part) = parts.last_mut() {
            part.push_str(line);
            part.push('\n');
        }
    }
    parts.sort();
    format!("schemas:\n{}", parts.concat())
}

#[test]
fn limit_08_dates_are_decoded_as_they_are_read() {
    let text = spec(&get(REF), &thing("made:\n  type: string\n  format: date-time\n  description: Made."));
    has(&raw(&text).unwrap(), "::chrono::DateTime<::chrono::offset::Utc>");
    has(&ours(&text, "types.rs"), "pub made: Option<::rosterkit_core::Timestamp>");
}

#[test]
fn limit_09_a_version_header_is_sent_and_tags_become_traits() {
    let text = spec(&get(REF), &thing("name:\n  type: string"));
    has(&raw(&text).unwrap(), "api-version");
    for file in ["builder.rs", "client.rs", "operations.rs"] {
        lacks(&ours(&text, file), "api-version");
    }
    has(&ours(&text, "client.rs"), "impl Client { /// Creates a client");
    has(&ours(&text, "client.rs"), "pub fn get_things(&self) -> builder::GetThings");
}

#[test]
fn limit_10_operations_are_known_to_the_transport_by_their_own_ids() {
    let text = spec(&get(REF), &thing("name:\n  type: string"));
    has(&raw(&text).unwrap(), "operation_id: \"get_things\"");
    has(&ours(&text, "operations.rs"), "id: \"getThings\"");
    has(&ours(&text, "builder.rs"), "transport.send_json(request).await");
}

#[test]
fn limit_11_what_makes_progenitor_panic_is_refused_with_file_and_line() {
    let valid = spec(&get(REF), &thing("name:\n  type: string"));
    let no_schema = valid.replace("schema:\n                $ref: '#/components/schemas/Thing'", "{}");
    for (what, text, expected) in [
        ("unknown reference", valid.replace("schemas/Thing'", "schemas/Thong'"), "write `#/components/schemas/Thing`"),
        ("two media types", with_body(&valid, "application/json", "text/plain"), "media type"),
        ("path parameter not in the path", with_parameter(&valid, "thingId", "path", "string"), "has no `{thingId}`"),
        ("media type without schema", no_schema, "schema"),
        (
            "duplicate path",
            valid.replace("components:", "  /things:\n    x-provenance: documented\ncomponents:"),
            "/things",
        ),
        (
            "200 with 204",
            valid.replace("        '200':", "        '204':\n          description: Nothing.\n        '200':"),
            "success",
        ),
    ] {
        assert_ne!(text, valid, "{what}: the spec is as it was");
        let said = refused(&text);
        assert!(said.lines().all(|line| line.starts_with("things.yaml:")), "{what}: {said}");
        assert!(said.contains(expected), "{what}: `{expected}` is not in: {said}");
    }
}

#[test]
fn limit_11_an_optional_object_as_body_is_a_type_like_any_other() {
    let text = spec(&get(REF), &thing("name:\n  type: string"));
    let text = with_body(&text, "application/json", "text/plain")
        .replace("        required: true\n        description: It.", "        description: It.")
        .replace("          text/plain:\n            schema:\n              type: string\n", "")
        .replace("schema: {}", "schema:\n              $ref: '#/components/schemas/Thing'");
    has(&ours(&text, "builder.rs"), "body: Result<Option<Box<types::Thing>>, String>");
}

fn with_body(text: &str, one: &str, two: &str) -> String {
    let text = text.replace("    get:", "    post:").replace("getThings", "postThings");
    text.replace(
        "      responses:",
        &format!(
            "      requestBody:\n        required: true\n        description: It.\n        content:\n          {one}:\n            schema: {{}}\n          {two}:\n            schema:\n              type: string\n      responses:"
        ),
    )
}

fn with_parameter(text: &str, name: &str, location: &str, kind: &str) -> String {
    let required = if location == "path" { "          required: true\n" } else { "" };
    text.replace(
        "      responses:",
        &format!(
            "      parameters:\n        - name: {name}\n          in: {location}\n{required}          description: A parameter.\n          schema:\n            type: {kind}\n      responses:"
        ),
    )
}

#[test]
fn limit_12_mocks_take_arrays_and_match_below_a_base_path() {
    let text = spec(&get(REF), &thing("name:\n  type: string"));
    let text = with_parameter(
        &text,
        "tags",
        "query",
        "array\n            items:\n              type: string\n          style: form\n          explode: true",
    );
    let mocks = ours(&text, "mocks.rs");
    has(&mocks, "pub fn tags(self, values: impl IntoIterator<Item = impl Display>) -> Self");
    has(&mocks, "Mock::new(self.server, &operations::GET_THINGS, &[]");
}

#[test]
fn limit_13_each_representation_has_a_method() {
    let operation = get(REF)
        .replace(
            "        application/json:",
            "        application/xml:\n          schema:\n            type: string\n        application/json:",
        )
        .replace(
            "  responses:",
            "  x-representations:
    parameter: format
    media:
      json: application/json
      xml: application/xml
  parameters:
    - name: format
      in: query
      required: true
      description: The representation.
      schema:
        allOf:
          - $ref: '#/components/schemas/Format'
        default: json
  responses:",
        );
    let components = alphabetical(&format!(
        "{}  Format:\n    type: string\n    description: Formats.\n    x-provenance: documented\n    enum:\n      - json\n      - xml\n",
        thing("name:\n  type: string")
    ));
    let builder = ours(&spec(&operation, &components), "builder.rs");
    has(&builder, "pub async fn send_json(self) -> Result<Response<types::Thing>, Error>");
    has(&builder, "pub async fn send_xml(self) -> Result<Response<Body>, Error>");
    has(&builder, "self.request().query(\"format\", \"xml\").accept(\"application/xml\")");
    lacks(&builder, "pub fn format(");
}

#[test]
fn limit_14_a_date_keeps_its_text() {
    let text = with_parameter(
        &spec(&get(REF), &thing("name:\n  type: string")),
        "since",
        "query",
        "string\n            format: date-time",
    );
    let builder = ours(&text, "builder.rs");
    has(&builder, "since: Result<Option<::rosterkit_core::Timestamp>, String>");
    has(&builder, "request.query(\"since\", &value)");
    // Where the service has no seconds, none are sent.
    let to_the_minute = ours(&text.replace("components:", "x-precision: minute\n\ncomponents:"), "builder.rs");
    has(&to_the_minute, "request.query(\"since\", &value.in_minutes())");
}

#[test]
fn limit_15_path_parameters_go_through_the_core_which_refuses_dot_segments() {
    let text = spec(&get(REF), &thing("name:\n  type: string")).replace("  /things:", "  /things/{thingId}:");
    let text = with_parameter(&text, "thingId", "path", "string");
    has(&raw(&text).unwrap(), "encode_path(&thing_id.to_string())");
    has(&ours(&text, "builder.rs"), "request.path(\"thingId\", &value)");
}

/// progenitor knows no XML. A document in XML is a component, and a method decodes it.
#[test]
fn limit_04_a_response_in_xml_has_a_type_and_a_method_that_decodes_it() {
    let document = thing(
        "id:\n  type: string\n  description: Its id.\n  xml:\n    attribute: true\nprice:\n  type: string\n  format: decimal\n  description: Price.",
    );
    let document = document.replace("    type: object\n", "    type: object\n    xml:\n      name: aThing\n");
    let operation = get(REF).replace("application/json", "application/xml");
    let text = spec(&operation, &document);
    has(&ours(&text, "types.rs"), "pub price: Option<::rosterkit_core::Decimal>");
    has(&ours(&text, "builder.rs"), "transport.send_body(request, &[\"application/xml\"])");
    has(&ours(&text, "mod.rs"), "#[cfg(feature = \"xml\")] mod xml;");
    let xml = ours(&text, "xml.rs");
    has(&xml, "const ATTRIBUTES: &[(&str, &[&str])] = &[(\"Thing\", &[\"id\"])];");
    has(&xml, "impl FromXml for types::Thing { const ROOT: &'static str = \"aThing\";");
    has(
        &ours(&text, "builder.rs"),
        "#[cfg(feature = \"xml\")] #[inline] pub async fn send_document(self) -> Result<Response<types::Thing>, Error> { let transport = self.client.transport().clone(); \
         let request = self.request().accept(\"application/xml\"); \
         transport.send_read(request, &[\"application/xml\"], crate::xml::read_xml).await }",
    );
    lacks(&ours(&spec(&get(REF), &thing("id:\n  type: string\n  description: Its id.")), "mod.rs"), "xml");
}
