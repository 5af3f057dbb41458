//! LMS: every function with hostile values.

use peoplefluent_lms::generated::catalog::CATALOG;
use rosterkit_core::catalog::{Kind, Location, OperationEntry, ParameterEntry};

use crate::support::{As, Services, TestResult, services};

const TEXTS: &[&str] = &[
    "",
    " ",
    "..",
    "../../etc/passwd",
    "\u{0}\u{b}\u{fffe}",
    "\u{1f4a3} ü \u{202e}",
    "<x a='1'>&amp;]]>",
    "'; -- \"",
    "*ROOT*",
    "A-1",
    "AAAA99999999999999999999-1",
    "-",
    "zzzzzzzz0000000",
    "öüäöüäöüäöüäöüä",
    "AW-",
    "AT-00000000",
    "attachments/",
    "{\"score\":1e999}",
    "a(b(c(d(e(f(g(h(i(j(k(l",
];

fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

/// A value for a parameter: the hostile text, unless the catalog rejects it before the handler runs.
fn value(parameter: &ParameterEntry, text: &str, login: &str) -> String {
    match (parameter.name, parameter.kind) {
        ("onBehalfOf", _) => login.to_owned(),
        (_, Kind::Integer) => i64::MAX.to_string(),
        (_, Kind::Number) => "1e308".to_owned(),
        (_, Kind::Boolean) => "true".to_owned(),
        (_, Kind::Date) => "9999-12-31".to_owned(),
        (_, Kind::DateTime) => "9999-12-31T23:59Z".to_owned(),
        _ => parameter.values.last().map_or_else(|| text.to_owned(), |value| (*value).to_owned()),
    }
}

fn multipart(fields: &[(&str, String)], file: Option<&str>, text: &str) -> String {
    let mut body = String::new();
    for (name, value) in fields {
        body += &format!("--XX\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
    }
    if let Some(name) = file {
        body += &format!("--XX\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"f\"\r\n\r\n{text}\r\n");
    }
    body + "--XX--\r\n"
}

async fn call(services: &Services, entry: &OperationEntry, text: &str, login: &str) -> TestResult<u16> {
    let named = |location: Location| {
        let parameters = entry.parameters.iter().filter(move |parameter| parameter.location == location);
        parameters.filter(|parameter| parameter.kind != Kind::File).filter(|parameter| parameter.name != "assignmentId")
    };
    let pairs = |location| named(location).map(|one| (one.name, value(one, text, login))).collect::<Vec<_>>();
    let joined = |pairs: Vec<(&str, String)>| {
        pairs.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect::<Vec<_>>().join("&")
    };
    let caller = if entry.operation.security.iter().any(|schemes| schemes.contains(&"systemKey")) {
        As::LmsSystem
    } else if entry.operation.security.is_empty() {
        As::Nobody
    } else {
        As::LmsUser
    };
    let path = format!("/ekp{}?{}", entry.operation.path, joined(pairs(Location::Query)));
    let request = services.request(caller, entry.operation.method, &path)?;
    let request = match entry.request.map(|request| request.media_type) {
        None => request,
        Some("multipart/form-data") => {
            let file = entry.parameters.iter().find(|parameter| parameter.kind == Kind::File).map(|one| one.name);
            let body = multipart(&pairs(Location::Multipart), file, text);
            request.header("content-type", "multipart/form-data; boundary=XX").body(body)
        }
        Some("application/x-www-form-urlencoded") => {
            let request = request.header("content-type", "application/x-www-form-urlencoded");
            request.body(joined(pairs(Location::Form)))
        }
        Some(media_type) => request.header("content-type", media_type).body(text.to_owned()),
    };
    let response = request.send().await?;
    let status = response.status().as_u16();
    // A body that is cut off counts as a failure.
    response.bytes().await?;
    Ok(status)
}

#[tokio::test]
async fn no_function_fails_on_hostile_values() -> TestResult {
    let services = services(30).await?;
    let login = services.login(2).await?;
    for text in TEXTS {
        for entry in CATALOG.operations {
            let status = call(&services, entry, text, &login).await;
            let status = status.map_err(|error| format!("{} {text:?}: {error}", entry.operation.id))?;
            assert!(status < 500, "{} {text:?}: {status}", entry.operation.id);
        }
    }
    assert_eq!(services.logins().await?.len(), 29, "the site is still there");
    Ok(())
}

#[tokio::test]
async fn hostile_names_are_returned_unchanged() -> TestResult {
    let services = services(20).await?;
    let login = services.login(2).await?;
    for name in ["\u{1f4a3} ü", "<x a='1'>&amp;]]>", "'; -- \"", "..", "a\nb"] {
        let group = ("group-name", name);
        assert_eq!(services.change("", "userGroupCreator", &[group]).await?.0, 200, "{name:?}");
        services.function("POST", "", "userGroupAdder", &[group, ("user-id", &login)]).await?;
        let assignments = services.read_json(&login, "assignments", &[]).await?;
        assert_eq!(assignments["assignments"][0]["groups"][0], name);
        let xml = services.read(&login, "assignments", &[("format", "xml")]).await?;
        let mut reader = quick_xml::Reader::from_str(&xml);
        while reader.read_event()? != quick_xml::events::Event::Eof {}
        assert_eq!(services.change("", "userGroupDeleter", &[group]).await?.0, 200);
    }
    Ok(())
}

#[tokio::test]
async fn sessions_of_two_modules_may_have_the_same_id() -> TestResult {
    let services = services(20).await?;
    let login = services.login(2).await?;
    let course =
        |id: &str| format!("<course id='{id}'><title>{id}</title><type>classroom</type><session id='S1'/></course>");
    let document = format!("<courses>{}{}</courses>", course("TWIN-A"), course("TWIN-B"));
    assert_eq!(services.bulk("courses", "text/xml", &document).await?.0, 200);
    services.function("POST", &login, "enrollUser", &[("learning-id", "TWIN-A"), ("session-code", "S1")]).await?;
    for (module, expected) in [("TWIN-A", 1), ("TWIN-B", 0)] {
        let found = services.read_json("", "participants", &[("moduleId", module), ("sessionId", "S1")]).await?;
        assert_eq!(found["participants"].as_array().map(Vec::len), Some(expected), "{module}");
    }
    Ok(())
}

#[tokio::test]
async fn equal_seeds_give_equal_sites() -> TestResult {
    let (one, other) = (services(60).await?, services(60).await?);
    for query in ["", "lastUpdatedStart=2024-06-01T00:00Z"] {
        let documents =
            (one.export("trainingHistoryXml", query).await?, other.export("trainingHistoryXml", query).await?);
        assert_eq!(documents.0, documents.1);
    }
    for function in ["mailbox", "learningPath", "enrollmentRequests", "recentActivity"] {
        let parameters = if function == "recentActivity" { &[("activityType", "all")][..] } else { &[] };
        let login = one.login(11).await?;
        assert_eq!(
            one.read_json(&login, function, parameters).await?,
            other.read_json(&login, function, parameters).await?
        );
    }
    Ok(())
}
