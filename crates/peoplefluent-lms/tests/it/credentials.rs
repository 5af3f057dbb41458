//! Which credential each of the functions gets, and what is said when it is missing.
use httpmock::{HttpMockRequest, HttpMockResponse, MockServer};
use peoplefluent_lms::catalog::CATALOG;
use peoplefluent_lms::dispatch::Arguments;
use peoplefluent_lms::{Client, ClientBuilder, ErrorKind, FilePart};
use rosterkit_core::catalog::{Kind, OperationEntry};

/// What authenticates a function, in the words of the documents.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Mode {
    User,
    System,
    /// As a user, or anonymous.
    Supported,
    NotSupported,
}

/// Typed off the documents, and not read from the spec that the client is generated from.
fn mode(function: &str) -> Mode {
    match function {
        "publicNews" | "article" => Mode::NotSupported,
        "catalog" | "module" | "modules" | "preloadModules" | "resource" | "resources" => Mode::Supported,
        "completedTrainingRecordsXml"
        | "courses"
        | "externalTrainingCsv"
        | "trainingHistoryCsv"
        | "trainingHistoryXml"
        | "user200510Xml"
        | "users200510Xml" => Mode::System,
        _ => Mode::User,
    }
}

/// What a function cannot be called without.
fn arguments(function: &OperationEntry) -> Arguments {
    let mut arguments = Arguments::new();
    let selector = function.representations.as_ref().map(|representations| representations.parameter);
    for parameter in function.parameters.iter().filter(|it| it.required) {
        let text = parameter.values.first().copied().unwrap_or("x");
        if Some(parameter.name) == selector {
            arguments = arguments.representation(text);
            continue;
        }
        arguments = match parameter.kind {
            Kind::File => arguments.file(parameter.name, FilePart::new("a.zip", "PK")),
            Kind::Integer | Kind::Number => arguments.param(parameter.name, 1),
            Kind::Boolean => arguments.param(parameter.name, true),
            Kind::Date => arguments.param(parameter.name, "2009-11-13"),
            Kind::DateTime => arguments.param(parameter.name, "2009-11-13T20:00Z"),
            Kind::String | Kind::Object => arguments.param(parameter.name, text),
        };
    }
    if function.request.is_some_and(|body| {
        body.media_type != "application/x-www-form-urlencoded" && body.media_type != "multipart/form-data"
    }) {
        arguments = arguments.raw("x");
    }
    arguments
}

/// A site that answers with the credential that it got.
fn site(server: &MockServer) -> httpmock::Mock<'_> {
    server.mock(|when, then| {
        when.is_true(|_| true);
        then.respond_with(|request: &HttpMockRequest| {
            let headers = request.headers_vec();
            let found = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("authorization"));
            let got = found.map_or("nothing", |(_, value)| value.as_str());
            HttpMockResponse::builder().status(400).body(got).build()
        });
    })
}

const USER: &str = "Basic YS5yb2U6cGFzc3dvcmQ=";
const TOKEN: &str = "Bearer token";
const KEY: &str = "Basic c3lzdGVtOnRoZSBrZXk=";

#[tokio::test]
async fn each_function_uses_its_own_credential_or_fails_before_sending_and_names_it() {
    let server = MockServer::start_async().await;
    let site = site(&server);
    let build = |change: fn(ClientBuilder) -> ClientBuilder| {
        change(Client::builder().base_url(server.url("/ekp"))).build().expect("a client")
    };
    let clients = [
        (build(|it| it.user("a.roe", "password").bearer("token").system_key("the key")), Some(USER), Some(KEY)),
        (build(|it| it.user("a.roe", "password")), Some(USER), None),
        (build(|it| it.bearer("token").system_key("the key")), Some(TOKEN), Some(KEY)),
        (build(|it| it.system_key("the key")), None, Some(KEY)),
        (build(|it| it), None, None),
    ];
    let (mut sent, mut refused) = (0, 0);
    for (client, user, system) in clients {
        for function in CATALOG.operations {
            let id = function.operation.id;
            let (expected, needed) = match mode(id) {
                Mode::User => (user, "a user's id and password (`user`), or a user's access token (`bearer`)"),
                Mode::System => (system, "the system key (`system_key`)"),
                Mode::Supported => (user.or(Some("nothing")), ""),
                Mode::NotSupported => (Some("nothing"), ""),
            };
            let error = client.api().dispatch(id, arguments(function)).await.expect_err("400 or nothing sent");
            match expected {
                Some(expected) => {
                    assert_eq!(error.kind(), ErrorKind::Status, "{error}");
                    assert_eq!(error.body(), Some(expected.as_bytes()), "{id}");
                    sent += 1;
                }
                None => {
                    let text = format!(
                        "{id} ({} {}): no credential for {needed}; give the client this credential; nothing was sent",
                        function.operation.method, function.operation.path
                    );
                    assert_eq!((error.kind(), error.to_string()), (ErrorKind::MissingCredential, text));
                    refused += 1;
                }
            }
        }
    }
    assert_eq!((sent, refused), (80 + 73 + 80 + 15 + 8, 7 + 65 + 72));
    assert_eq!(site.calls(), sent);
}
