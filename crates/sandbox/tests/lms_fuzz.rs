//! LMS and session service: requests that chance puts together never break them, and never make a document that cannot
//! be read. The chance is the same in every run.

mod support;

use std::collections::BTreeMap;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use rosterkit_core::catalog::{Kind, Location, OperationEntry, ParameterEntry};

use self::support::{As, Services, TestResult, services};

/// Texts that mean something to one function or another.
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
    "ORG-ROOT",
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

/// A value that fits the parameter, most of the time.
fn value(parameter: &ParameterEntry) -> BoxedStrategy<String> {
    let fitting = match parameter.kind {
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

fn table() -> impl Strategy<Value = String> {
    const NAMES: &[&str] = &[
        "USERID",
        "LEARNINGID",
        "LOTITLE",
        "ENROLLDATE",
        "STARTDATE",
        "ENDDATE",
        "STUDENTSTATUS",
        "CREATESESSION",
        "Instructor",
        "SESSIONCODE",
        "SESSIONTITLE",
        "SCORE",
        "ACTION",
        "DEADLINEDAYS",
        "Parent Program ID",
        "Transfer Session Code",
        "Performance Grade",
        "Action",
        "RecordID",
        "UserId",
        "Title",
        "CourseType",
        "StartDate",
        "EndDate",
        "Status",
        "Duration",
        "Unit",
        "Cost",
        "Comments",
    ];
    let (training, external) = NAMES.split_at(17);
    let rows = vec(vec(text(), 0..14), 0..12);
    (select(vec![training, external]), rows, any::<bool>()).prop_map(|(names, rows, full)| {
        let names = if full { names } else { names.get(..6).unwrap_or_default() };
        let quoted = |cell: &str| format!("\"{}\"", cell.replace('"', "\"\""));
        let lines = rows.iter().map(|row| row.iter().map(|cell| quoted(cell)).collect::<Vec<_>>().join(","));
        std::iter::once(names.join(",")).chain(lines).collect::<Vec<_>>().join("\r\n")
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

fn body() -> impl Strategy<Value = Vec<u8>> {
    let users = vec((text(), text(), text()), 0..4).prop_map(|users| {
        let user = |(remote, first, id): (String, String, String)| {
            serde_json::json!({ "remoteId": remote, "firstName": first, "lastName": first, "id": id })
        };
        serde_json::json!({ "users": users.into_iter().map(user).collect::<Vec<_>>() }).to_string()
    });
    prop_oneof![
        3 => table().prop_map(String::into_bytes),
        3 => document().prop_map(String::into_bytes),
        2 => users.prop_map(String::into_bytes),
        1 => vec(any::<u8>(), 0..64),
    ]
}

fn request(operations: Vec<&'static OperationEntry>) -> impl Strategy<Value = Sent> {
    (select(operations), body()).prop_flat_map(|(entry, body)| {
        let one = |parameter: &'static ParameterEntry| {
            let sent = if parameter.required { 19 } else { 6 };
            let sent = prop_oneof![sent => Just(true), 1 => Just(false), 4 => Just(parameter.required)];
            (Just(parameter.name), sent, value(parameter))
        };
        let values: Vec<_> = entry.parameters.iter().map(one).collect();
        (Just(entry), values, Just(body)).prop_map(|(entry, values, body)| {
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
    let answer = request.send().await?;
    let media_type = answer.headers().get("content-type").and_then(|text| text.to_str().ok()).unwrap_or_default();
    let (status, media_type) = (answer.status().as_u16(), media_type.to_owned());
    Ok((status, media_type, answer.bytes().await?.to_vec()))
}

/// Whether a body is what its media type says.
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
fn what_chance_puts_together_breaks_nothing() -> TestResult {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let services = runtime.block_on(services(30))?;
    let lms = &peoplefluent_lms::generated::catalog::CATALOG;
    let sessions = &session_clusters::generated::catalog::CATALOG;
    let operations: Vec<_> = lms.operations.iter().chain(sessions.operations).collect();
    // The bulk handlers hold most of what can go wrong.
    let bulk = ["courses", "externalTrainingCsv", "trainingHistoryCsv"];
    let more: Vec<_> =
        bulk.iter().filter_map(|id| lms.find(id)).flat_map(|entry| std::iter::repeat_n(entry, 20)).collect();
    let config = Config { cases: 1_500, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let mut successes = 0;
    runner.run(&request([operations, more].concat()), |sent| {
        let outcome = runtime.block_on(send(&services, &sent));
        let (status, media_type, body) = outcome.map_err(|error| TestCaseError::fail(error.to_string()))?;
        prop_assert!(status < 500, "{status}");
        let read = readable(&media_type, &body);
        prop_assert!(read.is_ok(), "{media_type}: {read:?}: {}", String::from_utf8_lossy(&body));
        Ok(())
    })?;
    for request in services.sandbox.request_log() {
        successes += u32::from(request.status == 200);
    }
    assert!(successes > 200, "most requests reach no function: {successes}");
    for login in runtime.block_on(services.logins())? {
        for function in ["records", "enrollments", "trainingPlan"] {
            let history = runtime.block_on(services.read(&login, function, &[]))?;
            readable("application/xml", history.as_bytes())?;
        }
    }
    Ok(())
}
