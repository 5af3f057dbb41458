//! Negative controls: every comparison of the contract tests notices what it is there to notice.
//!
//! Each test takes something right, makes sure that it passes, breaks one thing and looks for the complaint.

use rosterkit_codegen::example::Variant;
use rosterkit_codegen::model::ApiOperation;
use rosterkit_core::dispatch::Arguments;
use rosterkit_tests::{
    BASE_PATH, Call, Choice, Expected, GenesysUsers, Harness, PeoplefluentLms, Plan, Recorded, SessionClusters, Target,
};

/// A mistake in a request: what it is, how it is made, and what must be said about it.
type Mistake = (&'static str, fn(&mut Recorded), &'static str);

#[tokio::test]
async fn mistakes_in_any_request_are_found() {
    let mistakes: &[Mistake] = &[
        ("another method", |it| it.method = "HEAD".to_owned(), "method HEAD"),
        ("no base path", |it| it.target = it.target.replacen(BASE_PATH, "", 1), "is not below"),
        ("a longer path", |it| it.target = it.target.replacen(BASE_PATH, &format!("{BASE_PATH}/x"), 1), "path [\"x\""),
        (
            "a header of its own",
            |it| it.headers.push(("x-extra".to_owned(), "1".to_owned())),
            "`x-extra` is not asked for",
        ),
        ("a cookie", |it| it.headers.push(("cookie".to_owned(), "a=b".to_owned())), "`cookie` is not asked for"),
        ("compression", |it| it.headers.push(("accept-encoding".to_owned(), "gzip".to_owned())), "`accept-encoding`"),
        ("a repeated header", |it| it.headers.push(it.headers[0].clone()), "is repeated"),
        (
            "another credential",
            |it| set(it, "authorization", "Bearer other"),
            "`authorization` is Some(\"Bearer other\")",
        ),
        ("a second credential", |it| set(it, "x-api-key", "other"), "`x-api-key` is Some(\"other\"), expected None"),
        ("no accept", |it| remove(it, "accept"), "`accept` is ``"),
        ("another accept", |it| set(it, "accept", "*/*, text/html"), "`accept` is `*/*, text/html`"),
        ("another agent", |it| set(it, "user-agent", "curl"), "`user-agent` is"),
    ];
    let harness = Harness::<GenesysUsers>::new().await;
    for id in ["getUsers", "patchUser", "deleteUserRoutingskill"] {
        let (expected, request) = passed(&harness, id).await;
        each_found(&expected, &request, mistakes);
    }
}

#[tokio::test]
async fn mistakes_in_paths_and_queries_are_found() {
    let harness = Harness::<GenesysUsers>::new().await;
    let (expected, request) = passed(&harness, "getUsersDevelopmentActivities").await;
    each_found(
        &expected,
        &request,
        &[
            ("a dropped pair", |it| edit_query(it, |pairs| drop(pairs.remove(0))), "query parameter `"),
            ("an extra pair", |it| edit_query(it, |pairs| pairs.push("extra=1".to_owned())), "`extra` is not expected"),
            ("an empty value", |it| edit_query(it, |pairs| pairs[0] = name_of(&pairs[0])), "expected ["),
            ("values in another order", |it| edit_query(it, |pairs| pairs.reverse()), "expected ["),
            ("a value twice", |it| edit_query(it, |pairs| pairs.push(pairs[0].clone())), "expected ["),
            (
                "a plus for a space",
                |it| it.target = it.target.replace("%20", "+").replacen("base+path", "base%20path", 1),
                "not escaped",
            ),
            ("an unescaped slash", |it| it.target = it.target.replace("%2F", "/"), "not escaped"),
            (
                "a name in another case",
                |it| it.target = it.target.replace("pageSize", "pagesize"),
                "`pageSize` is missing",
            ),
        ],
    );

    let (expected, request) = passed(&harness, "postUserInvite").await;
    let capital: Mistake =
        ("a value in another case", |it| edit_query(it, |pairs| pairs[0] = pairs[0].to_uppercase()), "`FORCE`");
    found(&expected, &request, &capital);
    let python: Mistake = (
        "a boolean of another language",
        |it| edit_query(it, |pairs| pairs[0] = "force=True".to_owned()),
        "[\"True\"]",
    );
    found(&expected, &request, &python);

    let (expected, request) = passed(&harness, "deleteUserRoutingskill").await;
    each_found(
        &expected,
        &request,
        &[
            ("an unescaped value", |it| it.target = it.target.replace("%2F", "/"), "path ["),
            ("a value escaped twice", |it| it.target = it.target.replace("%2F", "%252F"), "path ["),
            ("parameters swapped", |it| it.target = it.target.replace("userId", "skillId"), "path ["),
            ("an invented query", |it| it.target.push_str("?a=b"), "`a` is not expected"),
            ("an invented body", |it| it.body.extend_from_slice(b"{}"), "a body of 2 bytes"),
            ("an invented type", |it| set(it, "content-type", "application/json"), "`content-type` is"),
        ],
    );
}

#[tokio::test]
async fn mistakes_in_json_bodies_are_found() {
    let harness = Harness::<GenesysUsers>::new().await;
    let (expected, request) = passed(&harness, "patchUserQueue").await;
    each_found(
        &expected,
        &request,
        &[
            ("no body", |it| it.body.clear(), "the body is not JSON"),
            ("another type", |it| set(it, "content-type", "text/plain"), "`content-type` is"),
            ("no type", |it| remove(it, "content-type"), "`content-type` is None"),
            ("a wrong length", |it| set(it, "content-length", "1"), "the length of the body"),
            ("two lengths", |it| set(it, "transfer-encoding", "chunked"), "the length of the body"),
            ("a lost property", |it| edit_json(it, |body| drop(body.remove("id"))), "`/id` is missing"),
            (
                "an invented null",
                |it| edit_json(it, |body| drop(body.insert("x".to_owned(), ().into()))),
                "`/x` is not expected",
            ),
            ("another value", |it| edit_json(it, |body| body["id"] = "other".into()), "`/id` is \"other\""),
            (
                "text for a number",
                |it| edit_json(it, |body| body["memberCount"] = "1".into()),
                "`/memberCount` is \"1\"",
            ),
        ],
    );

    let plan = Plan { variant: Variant::Nulls, ..Plan::FULL };
    let (expected, request) = passed_as(&harness, "patchUser", plan).await;
    let omitted: Mistake =
        ("an omitted null", |it| edit_json(it, |body| drop(body.remove("title"))), "`/title` is missing");
    found(&expected, &request, &omitted);

    let plan = Plan { variant: Variant::UnknownEnum, ..Plan::FULL };
    let (expected, request) = passed_as(&harness, "patchUser", plan).await;
    let recognized: Mistake =
        ("a recognized value", |it| edit_json(it, |body| body["state"] = "active".into()), "`/state` is");
    found(&expected, &request, &recognized);
}

#[tokio::test]
async fn mistakes_in_forms_and_raw_bodies_are_found() {
    let harness = Harness::<PeoplefluentLms>::new().await;
    let (expected, request) = passed(&harness, "overallStatusChanger").await;
    each_found(
        &expected,
        &request,
        &[
            ("a lost field", |it| edit_text(it, "onBehalfOf=", "other="), "form field `onBehalfOf` is missing"),
            (
                "another value",
                |it| edit_text(it, "format=json", "format=xml"),
                "`format` is [\"xml\"], expected [\"json\"]",
            ),
            ("JSON", |it| it.body = b"{}".to_vec(), "form: "),
            ("another type", |it| set(it, "content-type", "text/plain"), "`content-type` is"),
        ],
    );

    let (expected, request) = passed(&harness, "externalTrainingCsv").await;
    each_found(
        &expected,
        &request,
        &[
            ("no byte order mark", |it| drop(it.body.drain(..3)), "bytes differs"),
            ("other line ends", |it| edit_text(it, "\r\n", "\n\r"), "bytes differs"),
            ("no charset", |it| set(it, "content-type", "text/plain"), "`content-type` is"),
        ],
    );
}

#[tokio::test]
async fn mistakes_in_parts_are_found() {
    let harness = Harness::<PeoplefluentLms>::new().await;
    let (expected, request) = passed(&harness, "contentPackageImporter").await;
    each_found(
        &expected,
        &request,
        &[
            ("another name", |it| edit(it, b"name=\"package\"", b"name=\"Package\""), "parts ["),
            ("another file name", |it| edit(it, b".zip\"", b".zap\""), "part `package` has"),
            ("no file name", |it| edit(it, b"; filename=\"", b"; filenome=\""), "multipart: disposition"),
            ("another media type", |it| edit(it, b"x-zip", b"x-zap"), "part `package` has"),
            ("another content", |it| edit(it, b"PK\x03\x04", b"PK\x03\x05"), "and another content"),
            ("another text", |it| edit(it, b"\r\n\r\njson\r\n", b"\r\n\r\nxml\r\n"), "part `format` has"),
            (
                "a header of its own",
                |it| edit(it, b"Content-Disposition", b"Content-Length: 1\r\nContent-Disposition"),
                "multipart: ",
            ),
            ("no end", |it| drop(it.body.split_off(it.body.len() - 4)), "multipart: "),
            ("another boundary", |it| set(it, "content-type", "multipart/form-data; boundary=x"), "multipart: "),
            ("another type", |it| set(it, "content-type", "text/plain"), "multipart: "),
        ],
    );
}

#[tokio::test]
async fn another_key_is_found() {
    let harness = Harness::<SessionClusters>::new().await;
    let (expected, request) = passed(&harness, "getClusters").await;
    each_found(
        &expected,
        &request,
        &[
            ("another key", |it| set(it, "x-api-key", "other"), "`x-api-key` is Some(\"other\")"),
            ("no key", |it| remove(it, "x-api-key"), "`x-api-key` is None"),
            ("another time", |it| it.target = it.target.replace("2024", "2025"), "query parameter `"),
        ],
    );
}

#[tokio::test]
async fn a_call_with_other_arguments_is_found() {
    let harness = Harness::<SessionClusters>::new().await;
    let operation = operation(&harness, "getUsers");
    let call = Call { arguments: Arguments::new().param("page", 2), ..Call::new(&harness.api, &operation, Plan::FULL) };
    let reply = harness.reply(&operation, Choice::First, Variant::Full);
    let (_, problems) = harness.call(&operation, call, reply).await;
    assert!(problems.iter().any(|problem| problem.contains("`page` is [\"2\"]")), "{problems:?}");
    assert!(problems.iter().any(|problem| problem.contains("`pageSize` is missing")), "{problems:?}");
}

fn operation<S: Target>(harness: &Harness<S>, id: &str) -> ApiOperation {
    harness.operations().iter().find(|operation| operation.id == id).expect("an operation").clone()
}

/// What a full call of an operation must send, and the request that did.
async fn passed<S: Target>(harness: &Harness<S>, id: &str) -> (Expected, Recorded) {
    passed_as(harness, id, Plan::FULL).await
}

async fn passed_as<S: Target>(harness: &Harness<S>, id: &str, plan: Plan<'_>) -> (Expected, Recorded) {
    let operation = operation(harness, id);
    let mut expected = Call::new(&harness.api, &operation, plan).expected;
    expected.authorization = harness.authorization(&operation).expect("a credential");
    let call = Call::new(&harness.api, &operation, plan);
    let reply = harness.reply(&operation, Choice::First, Variant::Minimal);
    let (outcome, problems) = harness.call(&operation, call, reply).await;
    assert!(problems.is_empty() && outcome.result.is_ok(), "{id}: {problems:?} {:?}", outcome.result);
    (expected, outcome.requests.into_iter().next().expect("a request"))
}

fn each_found(expected: &Expected, request: &Recorded, mistakes: &[Mistake]) {
    assert_eq!(expected.differences(request), Vec::<String>::new());
    mistakes.iter().for_each(|mistake| found(expected, request, mistake));
}

fn found(expected: &Expected, request: &Recorded, (what, make, complaint): &Mistake) {
    let mut broken = request.clone();
    make(&mut broken);
    let problems = expected.differences(&broken);
    assert!(problems.iter().any(|problem| problem.contains(complaint)), "`{what}` gives {problems:?}");
}

fn set(request: &mut Recorded, name: &str, value: &str) {
    remove(request, name);
    request.headers.push((name.to_owned(), value.to_owned()));
}

fn remove(request: &mut Recorded, name: &str) {
    request.headers.retain(|(given, _)| given != name);
}

fn edit_query(request: &mut Recorded, change: impl FnOnce(&mut Vec<String>)) {
    let (path, query) = request.target.split_once('?').expect("a query");
    let mut pairs: Vec<String> = query.split('&').map(str::to_owned).collect();
    change(&mut pairs);
    request.target = format!("{path}?{}", pairs.join("&"));
}

fn name_of(pair: &str) -> String {
    format!("{}=", pair.split('=').next().unwrap_or_default())
}

fn edit_json(request: &mut Recorded, change: impl FnOnce(&mut serde_json::Map<String, serde_json::Value>)) {
    let mut body: serde_json::Value = serde_json::from_slice(&request.body).expect("JSON");
    change(body.as_object_mut().expect("an object"));
    put(request, body.to_string().into_bytes());
}

fn edit_text(request: &mut Recorded, from: &str, to: &str) {
    edit(request, from.as_bytes(), to.as_bytes());
}

/// Replaces the first occurrence, which must be there.
fn edit(request: &mut Recorded, from: &[u8], to: &[u8]) {
    let at = request.body.windows(from.len()).position(|window| window == from).expect("the bytes to replace");
    let body = [&request.body[..at], to, &request.body[at + from.len()..]].concat();
    put(request, body);
}

fn put(request: &mut Recorded, body: Vec<u8>) {
    request.body = body;
    let length = request.body.len().to_string();
    set(request, "content-length", &length);
}
