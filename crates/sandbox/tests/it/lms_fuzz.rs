//! LMS and session service: random requests never cause a server error or a malformed document. The requests are the same
//! in every run.

use std::collections::{BTreeMap, BTreeSet};

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use rosterkit_core::catalog::{Kind, Location, OperationEntry, ParameterEntry};

use crate::support::{As, Services, TestResult, services};

/// Two of the sample people.
const ONE: &str = "bebren.jorrova.0";
const OTHER: &str = "ortavo.quenny.1";

/// Texts that have a meaning for some function.
const MEANINGFUL: &[&str] = &[
    "",
    "1",
    "0",
    "-1",
    "true",
    "json",
    "xml",
    "NONE",
    "*NONE*",
    "*ROOT*",
    "A",
    "U",
    "D",
    "AU",
    "Active",
    "completed",
    "withdrawn",
    "SAFETY-101",
    "PHONE-110",
    "PHONE-110-S3",
    "TEAM-300",
    "LEAD-102",
    "CMP-01",
    "JP-01",
    "FAC-NORTH",
    "R-1",
    "A3-1",
    "AW-",
    "attachments/R-1",
    "ORG-SALES",
    ONE,
    OTHER,
    "integration",
    "2025-02-03",
    "2025-02-03 10:00:00",
    "03-02-25 10:00",
    "29-feb-2024",
    "2025-02-03T10:00Z",
    "9999-12-31T23:59:59.999-23:59",
    "1.50",
    "1e400",
    "en",
    "USD",
    "id(a),b",
    "{\"score\":50}",
];

fn text() -> impl Strategy<Value = String> {
    prop_oneof![4 => select(MEANINGFUL).prop_map(str::to_owned), 1 => any::<String>(), 1 => "[ -~]{0,12}"]
}

/// A value that is usually valid for the parameter.
fn value(parameter: &ParameterEntry) -> BoxedStrategy<String> {
    let fitting = match parameter.kind {
        _ if parameter.name == "onBehalfOf" => select(&["", ONE, OTHER][..]).prop_map(str::to_owned).boxed(),
        _ if parameter.name == "assignmentId" => select(&["", "", "A-INTEGRATION"][..]).prop_map(str::to_owned).boxed(),
        Kind::Integer => any::<i32>().prop_map(|number| number.to_string()).boxed(),
        Kind::Number => any::<f32>().prop_map(|number| number.to_string()).boxed(),
        Kind::Boolean => any::<bool>().prop_map(|flag| flag.to_string()).boxed(),
        Kind::Date => Just("2025-02-03".to_owned()).boxed(),
        Kind::DateTime => Just("2025-02-03T10:00Z".to_owned()).boxed(),
        _ if !parameter.values.is_empty() => select(parameter.values).prop_map(str::to_owned).boxed(),
        _ => text().boxed(),
    };
    prop_oneof![8 => fitting, 1 => text()].boxed()
}

#[derive(Clone, Debug)]
struct Sent {
    entry: &'static OperationEntry,
    values: BTreeMap<&'static str, String>,
    body: Vec<u8>,
}

/// Columns of the two bulk files, with likely values.
const TRAINING: &[(&str, &[&str])] = &[
    ("USERID", &[ONE, OTHER, ""]),
    ("LEARNINGID", &["SAFETY-101", "PHONE-110", "R-1", "TEAM-300", "NEW-1"]),
    ("LOTITLE", &["", "Title"]),
    ("ENROLLDATE", &["", "NONE", "03-02-25 10:00", "29-feb-2024"]),
    ("STARTDATE", &["", "NONE", "03-02-25"]),
    ("ENDDATE", &["", "NONE", "04-02-25"]),
    ("STUDENTSTATUS", &["", "Pass", "Completed", "Active", "Withdrawn", "Deactivated", "EXEMPT"]),
    ("CREATESESSION", &["", "true", "false"]),
    ("Instructor", &["", ONE, "bebren.jorrova.0|ortavo.quenny.1"]),
    ("SESSIONCODE", &["", "PHONE-110-S3", "NEW-1-S1"]),
    ("SESSIONTITLE", &["", "Session"]),
    ("SCORE", &["", "80"]),
    ("ACTION", &["", "A", "U"]),
    ("Parent Program ID", &["", "TEAM-300"]),
    ("Transfer Session Code", &["", "PHONE-110-S2"]),
    ("Performance Grade", &["", "1", "*NONE*"]),
];
const EXTERNAL: &[(&str, &[&str])] = &[
    ("Action", &["A", "U", "D", "AU"]),
    ("RecordID", &["", "R-1", "R-2"]),
    ("UserId", &[ONE, OTHER, ""]),
    ("Title", &["Title", ""]),
    ("CourseType", &["", "C", "TNS"]),
    ("StartDate", &["", "2025-02-03", "2025-02-03 10:00:00"]),
    ("EndDate", &["", "2025-02-04"]),
    ("Status", &["", "0", "4", "OPEN_FOR_EDITING"]),
    ("Duration", &["", "1.50"]),
    ("Comments", &["", "a\"b\r\nc"]),
];

fn table(columns: &'static [(&'static str, &'static [&'static str])]) -> impl Strategy<Value = String> {
    let cell = |likely: &'static [&'static str]| prop_oneof![12 => select(likely).prop_map(str::to_owned), 1 => text()];
    let row: Vec<_> = columns.iter().map(|(_, likely)| cell(likely)).collect();
    (vec((row, 0..60_usize), 0..12), 3..=columns.len()).prop_map(move |(rows, width)| {
        let names = columns.iter().map(|(name, _)| (*name).to_owned());
        let quoted = |cell: String| format!("\"{}\"", cell.replace('"', "\"\""));
        // A few rows are cut off.
        let cells = |(row, cut): (Vec<String>, usize)| row.into_iter().take(if cut < 2 { cut } else { width });
        let lines = rows.into_iter().map(|row| cells(row).map(quoted).collect::<Vec<_>>().join(","));
        let head = names.take(width).collect::<Vec<_>>().join(",");
        std::iter::once(head).chain(lines).collect::<Vec<_>>().join("\r\n")
    })
}

fn document() -> impl Strategy<Value = String> {
    const NAMES: &[&str] =
        &["courses", "course", "module", "session", "id", "code", "title", "type", "start", "end", "seats", "status"];
    let leaf = (select(NAMES), "[a-z<&>\\]0-9 -]{0,8}").prop_map(|(name, text)| match text.contains('<') {
        true => format!("<{name}><![CDATA[{text}]]></{name}>"),
        false => format!("<{name}>{}</{name}>", text.replace('&', "&amp;")),
    });
    let inner = leaf.prop_recursive(5, 40, 6, |inner| {
        let id = select(&["X1", "X2", "PHONE-110", "R-1", ""][..]);
        (select(NAMES), id, vec(inner, 0..6))
            .prop_map(|(name, id, inner)| format!("<{name} id='{id}'>{}</{name}>", inner.concat()))
    });
    vec(inner, 0..4).prop_map(|inner| format!("<courses>{}</courses>", inner.concat()))
}

fn users() -> impl Strategy<Value = String> {
    vec((text(), text(), text()), 1..4).prop_map(|users| {
        let user = |(remote, first, id): (String, String, String)| {
            serde_json::json!({ "remoteId": remote, "firstName": first, "lastName": first, "id": id })
        };
        serde_json::json!({ "users": users.into_iter().map(user).collect::<Vec<_>>() }).to_string()
    })
}

/// A body for an operation, sometimes random bytes.
fn body(entry: &OperationEntry) -> BoxedStrategy<Vec<u8>> {
    let fitting = match entry.operation.id {
        "courses" => document().boxed(),
        "trainingHistoryCsv" => table(TRAINING).boxed(),
        "externalTrainingCsv" => table(EXTERNAL).boxed(),
        _ => users().boxed(),
    };
    prop_oneof![9 => fitting.prop_map(String::into_bytes), 1 => vec(any::<u8>(), 0..64)].boxed()
}

fn request(operations: Vec<&'static OperationEntry>) -> impl Strategy<Value = Sent> {
    select(operations).prop_flat_map(|entry| {
        let one = |parameter: &'static ParameterEntry| {
            let sent = prop_oneof![1 => Just(true), 6 => Just(parameter.required)];
            (Just(parameter.name), sent, value(parameter))
        };
        let values: Vec<_> = entry.parameters.iter().map(one).collect();
        (Just(entry), values, body(entry)).prop_map(|(entry, values, body)| {
            let values = values.into_iter().filter(|(_, sent, _)| *sent).map(|(name, _, value)| (name, value));
            Sent { entry, values: values.collect(), body }
        })
    })
}

fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

fn joined(sent: &Sent, location: Location) -> String {
    let named = sent.entry.parameters.iter().filter(|parameter| parameter.location == location);
    let pairs = named.filter_map(|parameter| Some((parameter.name, sent.values.get(parameter.name)?)));
    pairs.map(|(name, value)| format!("{name}={}", encoded(value))).collect::<Vec<_>>().join("&")
}

async fn send(services: &Services, sent: &Sent) -> TestResult<(u16, String, Vec<u8>)> {
    let operation = sent.entry.operation;
    let schemes: Vec<_> = operation.security.iter().copied().flatten().copied().collect();
    let (caller, prefix) = match () {
        () if schemes.contains(&"ServerApiKey") => (As::Sessions, "/sessions"),
        () if schemes.contains(&"systemKey") => (As::LmsSystem, "/ekp"),
        () if schemes.is_empty() => (As::Nobody, "/ekp"),
        () => (As::LmsUser, "/ekp"),
    };
    let path = format!("{prefix}{}?{}", operation.path, joined(sent, Location::Query));
    let request = services.request(caller, operation.method, &path)?;
    let request = match sent.entry.request.map(|request| request.media_type) {
        None => request,
        Some("multipart/form-data") => {
            let mut form = Vec::new();
            for (name, value) in &sent.values {
                form.extend(
                    format!("--XX\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n").bytes(),
                );
            }
            if let Some(file) = sent.entry.parameters.iter().find(|parameter| parameter.kind == Kind::File) {
                let head =
                    format!("--XX\r\nContent-Disposition: form-data; name=\"{}\"; filename=\"f\"\r\n\r\n", file.name);
                form.extend(head.bytes().chain(sent.body.iter().copied()).chain(*b"\r\n"));
            }
            form.extend(b"--XX--\r\n");
            request.header("content-type", "multipart/form-data; boundary=XX").body(form)
        }
        Some(media_type @ "application/x-www-form-urlencoded") => {
            request.header("content-type", media_type).body(joined(sent, Location::Form))
        }
        Some(media_type) => request.header("content-type", media_type).body(sent.body.clone()),
    };
    let response = request.send().await?;
    let media_type = response.headers().get("content-type").and_then(|text| text.to_str().ok()).unwrap_or_default();
    let (status, media_type) = (response.status().as_u16(), media_type.to_owned());
    Ok((status, media_type, response.bytes().await?.to_vec()))
}

/// Whether a body is well-formed for its media type.
fn readable(media_type: &str, body: &[u8]) -> TestResult {
    match media_type.split(';').next().unwrap_or_default() {
        "application/json" => drop(serde_json::from_slice::<serde_json::Value>(body)?),
        "application/xml" | "application/rss+xml" | "application/atom+xml" => {
            let mut reader = quick_xml::Reader::from_str(std::str::from_utf8(body)?);
            while reader.read_event()? != quick_xml::events::Event::Eof {}
        }
        "text/plain" => drop(std::str::from_utf8(body)?),
        _ => {}
    }
    Ok(())
}

#[test]
fn random_requests_get_well_formed_responses_without_server_errors() -> TestResult {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let services = runtime.block_on(services(30))?;
    let lms = &peoplefluent_lms::generated::catalog::CATALOG;
    let sessions = &session_clusters::generated::catalog::CATALOG;
    let operations: Vec<_> = lms.operations.iter().chain(sessions.operations).collect();
    // The bulk handlers have the most complex input.
    let bulk = ["courses", "externalTrainingCsv", "trainingHistoryCsv"];
    let more: Vec<_> =
        bulk.iter().filter_map(|id| lms.find(id)).flat_map(|entry| std::iter::repeat_n(entry, 20)).collect();
    let config = Config { cases: 1_500, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    runner.run(&request([operations, more].concat()), |sent| {
        let outcome = runtime.block_on(send(&services, &sent));
        let (status, media_type, body) = outcome.map_err(|error| TestCaseError::fail(error.to_string()))?;
        prop_assert!(status < 500, "{status}");
        let read = readable(&media_type, &body);
        prop_assert!(read.is_ok(), "{media_type}: {read:?}: {}", String::from_utf8_lossy(&body));
        Ok(())
    })?;
    let log = services.sandbox.request_log();
    let reached = log.iter().filter(|request| request.status == 200).filter_map(|request| request.operation);
    let functions: BTreeSet<_> = reached.collect();
    assert!(functions.len() > 40, "too few functions are reached: {functions:?}");
    for login in runtime.block_on(services.logins())? {
        for function in ["records", "enrollments", "trainingPlan"] {
            let history = runtime.block_on(services.read(&login, function, &[]))?;
            readable("application/xml", history.as_bytes())?;
        }
    }
    Ok(())
}
