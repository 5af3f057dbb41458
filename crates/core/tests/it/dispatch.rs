//! Calls whose operation is chosen at run time: what the arguments refuse, and what responses become.

use crate::support::*;
use rosterkit_core::catalog::{
    ExampleEntry, Kind, Location, OperationEntry, ParameterEntry, Provenance, RequestEntry, ResponseEntry,
};
use rosterkit_core::dispatch::{Arguments, Content, Json, Output};
use rosterkit_core::{
    Body, CallOptions, Error, ErrorKind, FilePart, HeaderMap, HeaderValue, Patch, Request, Response, StatusCode,
};
use serde::{Deserialize, Serialize};
use serde_json::json;

const fn parameter(name: &'static str, location: Location, kind: Kind) -> ParameterEntry {
    ParameterEntry {
        name,
        location,
        required: false,
        repeated: false,
        kind,
        values: &[],
        default: None,
        minimum: None,
        maximum: None,
        min_items: None,
        max_items: None,
        description: "",
        provenance: Provenance::Documented,
    }
}

const PARAMETERS: &[ParameterEntry] = &[
    parameter("pageSize", Location::Query, Kind::Integer),
    parameter("expand", Location::Query, Kind::String),
    parameter("package", Location::Multipart, Kind::File),
];

const fn entry(parameters: &'static [ParameterEntry], request: Option<RequestEntry>) -> OperationEntry {
    OperationEntry {
        operation: &POST_USER,
        tag: "Users",
        summary: "",
        description: "",
        parameters,
        request,
        response: ResponseEntry { status: 200, media_types: &["application/json"], schema: None, array: false },
        permissions: None,
        scopes: &[],
        deprecated: false,
        preview: false,
        idempotent: None,
        paging: None,
        batch: None,
        representations: None,
        csv: None,
        example: ExampleEntry { parameters: "{}", body: None },
        provenance: Provenance::Documented,
        superseded: &[],
    }
}

static ENTRY: OperationEntry = entry(PARAMETERS, None);

fn refused<T: std::fmt::Debug>(result: Result<T, Error>) -> String {
    let error = result.expect_err("refused");
    assert_eq!(error.kind(), ErrorKind::InvalidRequest);
    assert_discreet(&error);
    error.to_string()
}

#[test]
fn what_the_operation_takes_is_taken() {
    #[derive(Deserialize, Serialize, Debug, PartialEq)]
    struct Update {
        version: u64,
        #[serde(default)]
        title: Patch<String>,
    }
    let mut arguments = Arguments::new()
        .params(json!({ "pageSize": 25, "expand": ["presence"], "none": null }))
        .expect("an object")
        .param("pageSize", 50)
        .json(json!({ "version": 3, "title": null }))
        .raw("id,name\n")
        .file("package", FilePart::new("a.zip", "PK"));
    assert_eq!(arguments.take::<i64>(&POST_USER, "pageSize").expect("a number"), Some(50));
    assert_eq!(arguments.take::<i64>(&POST_USER, "pageSize").expect("taken before"), None);
    assert_eq!(arguments.take::<Vec<String>>(&POST_USER, "expand").expect("texts"), Some(vec!["presence".into()]));
    assert_eq!(arguments.take::<bool>(&POST_USER, "none").expect("null is absent"), None);
    let update = arguments.take_json::<Update>(&POST_USER).expect("an update").expect("given");
    assert_eq!(update, Update { version: 3, title: Patch::Null });
    assert_eq!(arguments.take_raw().expect("given").length(), Some(8));
    assert_eq!(arguments.take_file("package").expect("given").file_name(), "a.zip");
    assert!(arguments.take_file("package").is_none() && arguments.take_raw().is_none());
    arguments.finish(&ENTRY).expect("nothing is left");
}

#[test]
fn a_value_of_another_kind_is_refused_without_quoting_it() {
    let arguments = || Arguments::new().param("pageSize", SENTINEL).json(json!({ "version": SENTINEL, "id": "x" }));
    let message = refused(arguments().take::<i64>(&POST_USER, "pageSize"));
    assert!(
        message.starts_with("postUser (POST /api/users): invalid parameter `pageSize`: expected a whole number"),
        "{message}"
    );
    let message = refused(arguments().take::<Vec<bool>>(&POST_USER, "pageSize"));
    assert!(message.contains(": expected an array"), "{message}");
    let message = refused(arguments().take_json::<User>(&POST_USER));
    assert!(message.contains("invalid JSON body at `version`: expected a whole number"), "{message}");
    let message = refused(Arguments::new().params(json!([SENTINEL])));
    assert!(message.contains("the parameters are not a JSON object"), "{message}");
}

#[test]
fn what_is_left_is_refused_with_what_is_taken() {
    let refused = |arguments: Arguments, entry: &OperationEntry| refused(arguments.finish(entry));
    let message = refused(Arguments::new().param("pagesize", SENTINEL), &ENTRY);
    assert!(
        message
            .contains("unknown parameter `pagesize`; did you mean `pageSize`? (the operation takes pageSize, expand);"),
        "{message}"
    );
    let message = refused(Arguments::new().param("zzz\n", SENTINEL), &ENTRY);
    assert!(message.contains("unknown parameter `zzz\\n`; the operation takes pageSize, expand;"), "{message}");
    let message = refused(Arguments::new().file("pakage", FilePart::new(SENTINEL, SENTINEL)), &ENTRY);
    assert!(
        message.contains("unknown file `pakage`; did you mean `package`? (the operation takes package);"),
        "{message}"
    );
    let message = refused(Arguments::new().param("x", 1), &entry(&[], None));
    assert!(message.contains("the operation takes no parameters"), "{message}");
    let message = refused(Arguments::new().json(SENTINEL), &ENTRY);
    assert!(message.contains("the operation takes no body, no JSON body"), "{message}");
    let csv = RequestEntry {
        required: true,
        media_type: "text/csv",
        schema: None,
        array: false,
        min_items: None,
        max_items: None,
        required_properties: &[],
        read_only: &[],
    };
    let message = refused(Arguments::new().json(SENTINEL), &entry(&[], Some(csv)));
    assert!(message.contains("takes a body of type text/csv, no JSON body"), "{message}");
    refused(Arguments::new().raw(SENTINEL), &ENTRY);
    refused(Arguments::new().representation("xml"), &ENTRY);
}

#[test]
fn a_representation_is_chosen_by_name_parameter_or_default() {
    const VALUES: &[&str] = &["json", "xml"];
    for (arguments, default, expected) in [
        (Arguments::new(), Some("json"), Ok("json")),
        (Arguments::new().param("format", "xml"), Some("json"), Ok("xml")),
        (Arguments::new().param("format", "json").representation("xml"), None, Err("`format` contradicts")),
        (Arguments::new(), None, Err("parameter `format` is required: one of json, xml")),
        (
            Arguments::new().representation("pdf"),
            Some("json"),
            Err("unknown representation `pdf`; the operation has json, xml"),
        ),
        (Arguments::new().param("format", 1), Some("json"), Err("invalid parameter `format`: expected a string")),
    ] {
        let mut arguments = arguments;
        let chosen = arguments.take_representation(&POST_USER, "format", VALUES, default);
        match expected {
            Ok(expected) => {
                assert_eq!(chosen.expect("chosen"), expected);
                arguments.finish(&ENTRY).expect("nothing is left");
            }
            Err(cause) => {
                let message = refused(chosen);
                assert!(message.contains(cause), "{message}");
            }
        }
    }
}

#[test]
fn arguments_show_their_names_only() {
    let arguments = Arguments::new()
        .param("pageSize", SENTINEL)
        .json(SENTINEL)
        .raw(SENTINEL)
        .file("package", FilePart::new("x", SENTINEL));
    let shown = format!("{arguments:?}");
    assert!(shown.contains("pageSize") && shown.contains("package") && !shown.contains(SENTINEL), "{shown}");
}

fn json_of(response: Output) -> Json {
    match response.content {
        Content::Json(json) => json,
        other => panic!("{other:?}"),
    }
}

/// The response to a call of `getUsers`, as a generated dispatcher makes it.
async fn dispatched<T>(body: &'static str) -> Result<Output, Error>
where
    T: serde::de::DeserializeOwned + Serialize + Send + 'static,
{
    let url = serve_bytes(format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len())).await;
    let request = Request::new(&GET_USERS).options(CallOptions::new().keep_body());
    Output::json(&GET_USERS, transport(url).send_json::<T>(request).await?)
}

#[tokio::test]
async fn a_response_is_what_the_service_sent_and_the_typed_value_what_the_type_keeps() {
    const SENT: &str = "\u{feff} {\"new\": null, \"version\":3, \"id\":\"\\u0041\", \"share\": 1.10, \"more\": [{\"b\":1,\"a\":2}]}\r\n";
    let json = json_of(dispatched::<User>(SENT).await.expect("a user"));
    assert_eq!(json.bytes(), SENT);
    assert_eq!(json.typed().expect("JSON"), json!({ "id": "A", "version": 3 }));
    let value = json!({ "id": "A", "version": 3, "new": null, "share": 1.1, "more": [{ "a": 2, "b": 1 }] });
    assert_eq!(json.into_value().expect("JSON"), value);
    let error = dispatched::<User>("{\"id\": \"S3NTINEL\"}").await.expect_err("the typed value must fit");
    assert_eq!((error.kind(), error.operation()), (ErrorKind::Decode, Some("getUsers")));
    assert_discreet(&error);
}

#[tokio::test]
async fn a_response_that_a_value_cannot_hold_is_still_there_as_it_was_sent() {
    let deep = format!("{{\"id\":\"\",\"version\":1,\"S3NTINEL\":{}{}}}", "[".repeat(1000), "]".repeat(1000));
    let deep: &'static str = deep.leak();
    for (sent, cause) in [
        ("{\"id\":\"\",\"version\":1,\n\"S3NTINEL\":1e400}", "a number that is too large, at line 2"),
        (deep, "nested too deeply, at line 1"),
    ] {
        let json = json_of(dispatched::<User>(sent).await.expect("a user"));
        assert_eq!(json.bytes(), sent);
        let error = json.into_value().expect_err("no value");
        assert_eq!((error.kind(), error.operation()), (ErrorKind::Decode, Some("getUsers")));
        assert!(error.to_string().contains(cause), "{error}");
        assert_discreet(&error);
    }
}

#[tokio::test]
async fn a_response_of_blanks_is_empty() {
    for body in ["", "\r\n", "\u{feff} "] {
        let url = serve_bytes(format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len())).await;
        let request = Request::new(&GET_USERS).options(CallOptions::new().keep_body());
        let free = transport(url).send_json_optional::<serde_json::Value>(request).await.expect("nothing");
        let response = Output::json(&GET_USERS, free.map(Option::unwrap_or_default)).expect("nothing");
        assert!(matches!(response.content, Content::Empty), "{response:?}");
    }
}

#[test]
fn responses_keep_their_head_and_become_json_again() {
    #[derive(Serialize)]
    struct Sample {
        #[serde(skip_serializing_if = "Patch::is_absent")]
        title: Patch<String>,
    }
    fn response<T>(value: T) -> Response<T> {
        let headers = HeaderMap::from_iter([(
            rosterkit_core::HeaderName::from_static("x-request-id"),
            HeaderValue::from_static("r-1"),
        )]);
        Response::new(value, StatusCode::ACCEPTED, headers)
    }
    let json_output = Output::json(&POST_USER, response(Sample { title: Patch::Null })).expect("JSON");
    assert_eq!((json_output.status, json_output.correlation_id()), (StatusCode::ACCEPTED, Some("r-1")));
    let made = json_of(json_output);
    assert_eq!(made.typed().expect("JSON"), json!({ "title": null }));
    assert_eq!(made.into_value().expect("JSON"), json!({ "title": null }));
    let given = Output::optional(&POST_USER, response(Some(1))).expect("JSON");
    assert_eq!(json_of(given).into_bytes(), "1");
    let absent = Output::optional::<u8>(&POST_USER, response(None)).expect("nothing");
    assert!(matches!(absent.content, Content::Empty));
    assert!(matches!(Output::empty(response(())).content, Content::Empty));
    let raw = Output::raw(response(Body::from("abc")));
    assert!(matches!(raw.content, Content::Raw(body) if body.length() == Some(3)));
    let unwritable = std::collections::BTreeMap::from([(vec![1], SENTINEL)]);
    let error = Output::json(&POST_USER, response(unwritable)).expect_err("no JSON");
    assert_eq!((error.kind(), error.operation()), (ErrorKind::Decode, Some("postUser")));
    assert_discreet(&error);
}

#[test]
fn a_body_that_says_more_than_the_operation_takes_is_refused() {
    #[derive(Deserialize, Serialize, Debug)]
    struct User {
        #[serde(skip_serializing_if = "Option::is_none")]
        name: Option<String>,
        #[serde(default)]
        skills: Vec<User>,
    }
    let take = |body| Arguments::new().json(body).take_json::<User>(&POST_USER);
    assert!(take(json!({ "name": "n", "skills": [{ "name": "a" }] })).is_ok());
    assert!(take(json!({ "name": null })).is_ok(), "the type cannot carry null");
    let message = refused(take(json!({ "name": null, "unknown": null })));
    assert!(message.contains("`unknown`"), "{message}");
    let message = refused(take(json!({ "skills": [{ "skills": [{ "titel": null }] }] })));
    assert!(message.contains("`skills.0.skills.0.titel`"), "{message}");
    let message = refused(take(json!({ "naem": "sentinel" })));
    assert!(message.contains("`naem`"), "{message}");
    let message = refused(take(json!({ "skills": [{}, { "level": 3 }] })));
    assert!(message.contains("`skills.1.level`"), "{message}");
}

#[test]
fn a_representation_that_contradicts_the_parameter_is_refused() {
    let take = |arguments: Arguments| {
        let mut arguments = arguments;
        arguments.take_representation(&POST_USER, "format", &["json", "xml"], Some("json"))
    };
    assert_eq!(take(Arguments::new().representation("xml").param("format", "xml")).expect("the same"), "xml");
    let message = refused(take(Arguments::new().representation("xml").param("format", "json")));
    assert!(message.contains("`format`"), "{message}");
}

#[test]
fn a_body_of_another_shape_is_refused() {
    #[derive(Deserialize, Serialize, Debug)]
    struct Update {
        #[serde(default)]
        users: Option<User>,
    }
    let message = refused(Arguments::new().json(json!(["u-1", 3])).take_json::<User>(&POST_USER));
    assert!(
        message.contains("the JSON body is an array or an object where the operation takes the other"),
        "{message}"
    );
    let message = refused(Arguments::new().json(json!({ "users": ["u-1", 3] })).take_json::<Update>(&POST_USER));
    assert!(message.contains("`users`, an array or an object where"), "{message}");
    let message = refused(
        Arguments::new()
            .json(json!({ "users": { "id": "x", "version": 1, "no": null } }))
            .take_json::<Update>(&POST_USER),
    );
    assert!(message.contains("`users.no`"), "{message}");
}

#[test]
fn additional_properties_are_kept() {
    #[derive(Deserialize, Serialize, Debug)]
    struct Open {
        id: String,
        #[serde(flatten)]
        more: serde_json::Map<String, serde_json::Value>,
    }
    let body = json!({ "id": "x", "custom": null, "other": { "deep": [1] } });
    let taken = Arguments::new().json(body.clone()).take_json::<Open>(&POST_USER).expect("anything goes");
    assert_eq!(serde_json::to_value(taken).expect("JSON"), body);
}

#[test]
fn a_number_that_would_become_another_is_refused() {
    #[derive(Deserialize, Serialize, Debug)]
    struct Numbers {
        #[serde(default)]
        wide: f64,
        #[serde(default)]
        narrow: f32,
        #[serde(default)]
        whole: i64,
    }
    let take = |body| Arguments::new().json(body).take_json::<Numbers>(&POST_USER);
    for body in [
        json!({ "wide": 5, "narrow": 5, "whole": 9_007_199_254_740_993_i64 }),
        json!({ "wide": 9_007_199_254_740_992_i64, "narrow": 0.1, "whole": i64::MIN }),
        json!({ "wide": 1e300, "narrow": -2.5 }),
    ] {
        take(body.clone()).unwrap_or_else(|error| panic!("{body}: {error}"));
    }
    for (body, name) in [
        (json!({ "wide": 9_007_199_254_740_993_i64 }), "`wide`"),
        (json!({ "wide": u64::MAX }), "`wide`"),
        (json!({ "narrow": 16_777_217 }), "`narrow`"),
        (json!({ "narrow": 0.123_456_789_123 }), "`narrow`"),
    ] {
        let message = refused(take(body));
        assert!(message.contains(name) && message.contains("exactly"), "{message}");
    }
}

#[test]
fn responses_show_their_status_id_and_kind_of_content_only() {
    let headers = HeaderMap::from_iter([
        (rosterkit_core::HeaderName::from_static("x-request-id"), HeaderValue::from_static("r-1")),
        (rosterkit_core::HeaderName::from_static("x-note"), HeaderValue::from_static(SENTINEL)),
    ]);
    let response = |body: &str| Response::new(body.to_owned(), StatusCode::OK, headers.clone());
    let json_output = Output::json(&POST_USER, response(SENTINEL)).expect("JSON");
    let raw = Output::raw(response(SENTINEL).map(Body::from));
    for (output, kind) in [(json_output, "Json"), (raw, "Raw")] {
        let shown = format!("{output:?} {:?}", output.content);
        assert!(!shown.contains(SENTINEL), "{shown}");
        assert!(shown.contains("200") && shown.contains("r-1") && shown.contains(kind), "{shown}");
    }
}
