//! LMS: modules and catalogs, feeds, messages, reports, packages, assessments, and restarts.

use std::io::{Cursor, Read};

use peoplefluent_lms::FilePart;
use rosterkit_sandbox::Sandbox;

use crate::support::lms::{element, package, record_id, texts};
use crate::support::{As, Services, TestResult, services};

/// A downloadable module.
const ONLINE: &str = "SAFETY-101";

fn feed(text: &str) -> TestResult<feed_rs::model::Feed> {
    Ok(feed_rs::parser::parse(text.as_bytes())?)
}

#[tokio::test]
async fn modules_are_listed_as_xml_and_as_feeds() -> TestResult {
    let services = services(20).await?;
    let search = |more: &[(&str, &str)]| {
        let all: Vec<_> = [("sort", "relevance"), ("max", "500")]
            .iter()
            .chain(more)
            .map(|(a, b)| (a.to_string(), b.to_string()))
            .collect();
        let services = &services;
        async move {
            let all: Vec<_> = all.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            services.read("", "modules", &all).await
        }
    };
    let all = search(&[("format", "xml")]).await?.matches("<module>").count();
    assert!(all >= 60);
    for format in ["rss", "atom"] {
        let feed = feed(&search(&[("format", format)]).await?)?;
        assert_eq!(feed.entries.len(), all, "{format}");
    }
    let found = search(&[("format", "xml"), ("keywords", "privacy EXAM")]).await?;
    assert!(found.contains("PRIVACY-210") && !found.contains("SAFETY-120"), "every word counts");
    let window = [("format", "xml"), ("sessionOnOrAfter", "2025-01-01"), ("sessionBefore", "2025-01-25")];
    let some = search(&window).await?.matches("<module>").count();
    assert!(some > 0 && some < all);
    let anonymous = services.send(As::Nobody, "GET", &format!("/ekp/api/module?id={ONLINE}")).await?;
    assert_eq!(anonymous.status().as_u16(), 200);
    Ok(())
}

#[tokio::test]
async fn every_module_is_in_a_catalog() -> TestResult {
    let services = services(20).await?;
    let root = services.read("", "catalog", &[("id", "*ROOT*")]).await?;
    let mut modules = 0;
    for catalog in root.split("<catalog><id>").skip(2) {
        let id = catalog.split('<').next().unwrap_or_default();
        let document = services.read("", "catalog", &[("id", id)]).await?;
        assert!(document.contains("<parent><id>*ROOT*</id>"), "{document}");
        for module in document.split("<module><id>").skip(1) {
            let id = module.split('<').next().unwrap_or_default();
            assert!(services.read("", "module", &[("id", id)]).await?.contains("<typeLabel>"));
            modules += 1;
        }
    }
    assert!(modules >= 60, "{modules}");
    for function in ["catalog", "module"] {
        assert_eq!(services.function("GET", "", function, &[("id", "NONE")]).await?.0, 404);
    }
    Ok(())
}

#[tokio::test]
async fn elements_of_a_module_are_documented_ones_in_order() -> TestResult {
    let services = services(40).await?;
    let module = services.read("", "module", &[("id", "PHONE-110")]).await?;
    let mut place = 0;
    for name in [
        "id",
        "title",
        "link",
        "type",
        "typeLabel",
        "subject",
        "language",
        "description",
        "objective",
        "info",
        "duration",
        "archived",
        "attribute",
        "session",
        "start",
        "end",
        "facility",
        "open",
        "deadline",
        "seats",
        "status",
        "code",
        "class",
        "audience",
    ] {
        let found =
            module[place..].find(&format!("<{name}")).ok_or_else(|| format!("{name} is out of order: {module}"))?;
        place += found + 1;
    }
    let prerequisites = services.read("", "module", &[("id", "PRIVACY-210")]).await?;
    assert!(
        prerequisites.contains("<prerequisites><operator>all</operator><condition>cmiCompleted</condition><module>")
    );
    let program = services.read("", "module", &[("id", "TEAM-300")]).await?;
    assert!(program.contains("<sessionId>") && program.contains("<module><id>LEAD-101</id>"), "{program}");
    let opens = element(&module, "open").ok_or("no time at which a session opens")?;
    assert!(opens.len() > 10 && opens.as_bytes()[10] == b'T', "{opens} is not a date-time");
    let priced = services.read("", "module", &[("id", "LEAD-102")]).await?;
    assert!(priced.contains("<price><currency>USD</currency><amount>450"), "{priced}");
    Ok(())
}

#[tokio::test]
async fn the_certification_of_a_module_is_an_element_that_can_have_an_exam() -> TestResult {
    let services = services(3).await?;
    for (id, certification, exam) in
        [("SAFETY-120", true, true), ("SAFETY-130", true, false), ("SAFETY-101", false, false)]
    {
        let module = services.lms.api().module().id(id).send_document().await?.into_inner();
        let found = module.certification;
        assert_eq!((found.is_some(), found.is_some_and(|it| it.exam.is_some())), (certification, exam), "{id}");
    }
    Ok(())
}

#[tokio::test]
async fn news_are_valid_feeds() -> TestResult {
    let services = services(40).await?;
    for format in ["rssteasers", "rssfull", "atom"] {
        let path = format!("/ekp/api/publicNews?format={format}");
        let text = services.send(As::Nobody, "GET", &path).await?.text().await?;
        let parsed = feed(&text)?;
        assert!(parsed.entries.len() > 3, "{text}");
        for entry in &parsed.entries {
            assert!(
                entry.title.is_some()
                    && entry.published.is_some()
                    && !entry.links.is_empty()
                    && entry.summary.is_some()
            );
            assert_eq!(entry.content.is_some(), format != "rssteasers", "{format}");
        }
        assert!(!text.contains("Prices"), "this article is for the sales organization only");
        let all = feed(&services.read("", "userNews", &[("format", format)]).await?)?;
        assert!(all.entries.len() > parsed.entries.len());
        let some = feed(&services.read("", "userNews", &[("format", format), ("categoryId", "CAT-IT")]).await?)?;
        assert!(!some.entries.is_empty() && some.entries.len() < all.entries.len());
    }
    let list = services.read_json("", "articles", &[]).await?;
    let ids = texts(&list["articles"], "id");
    let old = services.read_json("", "articles", &[("includeExpired", "true")]).await?;
    assert!(texts(&old["articles"], "id").len() > ids.len());
    let window = [("publishedAfter", "2024-12-20T00:00Z"), ("publishedBefore", "2024-12-30T00:00Z")];
    let some = services.read_json("", "articles", &window).await?;
    assert!((1..ids.len()).contains(&texts(&some["articles"], "id").len()), "{some}");
    for id in ids {
        let entry = services.send(As::Nobody, "GET", &format!("/ekp/api/article?id={id}")).await?.text().await?;
        assert!(entry.contains("<entry xmlns=") || entry.contains("<entry "), "{entry}");
        assert!(entry.contains("http://www.w3.org/2005/Atom") && element(&entry, "updated").is_some());
    }
    for format in ["rss", "atom"] {
        let posts = feed(&services.read("", "latestForumPosts", &[("format", format), ("max", "5")]).await?)?;
        assert_eq!(posts.entries.len(), 5);
    }
    Ok(())
}

#[tokio::test]
async fn a_message_stays_unread_until_it_is_marked() -> TestResult {
    let services = services(20).await?;
    let (login, other) = (services.login(2).await?, services.login(3).await?);
    let mailbox = services.read_json(&login, "mailbox", &[]).await?;
    let unread = mailbox["unread"].as_u64().ok_or("no number")?;
    let id = texts(&mailbox["messages"], "id").first().cloned().ok_or("no message")?;
    let message = services.read_json(&login, "message", &[("id", &id)]).await?;
    assert!(message["body"].as_str().is_some_and(|body| body.starts_with("Dear ")) && message["read"] == false);
    assert_eq!(services.change(&login, "messageUpdater", &[("id", &id)]).await?.0, 200);
    assert_eq!(services.read_json(&login, "message", &[("id", &id)]).await?["read"], true);
    assert_eq!(services.read_json(&login, "mailbox", &[]).await?["unread"], unread - 1);
    assert_eq!(services.function("GET", &other, "message", &[("id", &id), ("format", "json")]).await?.0, 404);
    assert_eq!(services.change(&login, "messageUpdater", &[("id", "none")]).await?.0, 404);
    Ok(())
}

#[tokio::test]
async fn listed_reports_resources_and_facilities_can_be_read() -> TestResult {
    let services = services(20).await?;
    let reports = services.lms.api().batch_reports().send_json().await?.into_inner();
    let paths: Vec<_> = reports.reports.unwrap_or_default().into_iter().filter_map(|report| report.pathname).collect();
    assert!(paths.len() > 3);
    for path in &paths {
        let bytes =
            services.lms.api().batch_report().pathname(path.as_str()).send().await?.into_inner().bytes().await?;
        assert!(bytes.iter().filter(|byte| **byte == b'\n').count() > 5);
    }
    let some =
        services.read_json("", "batchReports", &[("name", "sess"), ("createdOnOrAfter", "2024-12-20T00:00Z")]).await?;
    assert_eq!(some["reports"].as_array().map(Vec::len), Some(1), "{some}");
    let names: Vec<_> = some["reports"][0].as_object().ok_or("no report")?.keys().collect();
    assert_eq!(names, ["pathname"], "a listing has nothing that the spec does not have");
    for resource in services.read_json("", "resources", &[]).await?["resources"].as_array().into_iter().flatten() {
        let url = resource["url"].as_str().ok_or("no URL")?;
        let response = services.lms.api().resource().url(url).send().await?;
        assert_eq!(response.media_type(), resource["mediaType"].as_str());
    }
    let facility = services.read_json("", "facility", &[("id", "FAC-NORTH")]).await?;
    assert_eq!(facility["name"], "Training Center North");
    for (function, name) in [("facility", "id"), ("batchReport", "pathname"), ("resource", "url"), ("competency", "id")]
    {
        let parameters = [(name, "none"), ("format", "json")];
        let parameters = if matches!(function, "facility" | "competency") { &parameters[..] } else { &parameters[..1] };
        assert_eq!(services.function("GET", "", function, parameters).await?.0, 404, "{function}");
    }
    let competencies = services.read_json("", "competencies", &[("keywords", "safely")]).await?;
    let id = texts(&competencies["competencies"], "id");
    assert_eq!(services.read_json("", "competency", &[("id", &id[0])]).await?["name"], "Works Safely");
    Ok(())
}

async fn enrollment(services: &Services, login: &str, module: &str) -> TestResult<String> {
    let history = services.read(login, "records", &[]).await?;
    if let Some(id) = record_id(&history, &format!("<id>{module}</id>")) {
        return Ok(id);
    }
    let (_, body) = services.function("POST", login, "enrollUser", &[("learning-id", module)]).await?;
    Ok(record_id(&body, module).ok_or(body)?)
}

#[tokio::test]
async fn a_content_package_contains_its_items() -> TestResult {
    let services = services(20).await?;
    let login = services.login(2).await?;
    let id = enrollment(&services, &login, ONLINE).await?;
    let call = services.lms.api().content_package().enrollment_id(id.as_str()).on_behalf_of(login.as_str());
    let bytes = call.send().await?.into_inner().bytes().await?;
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes))?;
    let mut manifest = String::new();
    archive.by_name("imsmanifest.xml")?.read_to_string(&mut manifest)?;
    let item = manifest.split("<item identifier=\"").nth(1).and_then(|rest| rest.split('"').next()).ok_or("no item")?;
    let form = [("enrollmentId", id.as_str()), ("itemId", item)];
    let info = services.read_json(&login, "hacpInfo", &form).await?;
    assert_eq!(info["sessionId"].as_str().map(str::len), Some(32), "{info}");
    assert_eq!(
        services.function("GET", &login, "hacpInfo", &[form[0], ("itemId", "x"), ("format", "json")]).await?.0,
        404
    );
    let other = services.login(3).await?;
    assert_eq!(services.function("GET", &other, "contentPackage", &form[..1]).await?.0, 403);
    let book = enrollment(&services, &login, "LEAD-104").await?;
    assert_eq!(services.function("GET", &login, "contentPackage", &[("enrollmentId", &book)]).await?.0, 409);
    Ok(())
}

#[tokio::test]
async fn an_imported_package_is_downloaded_unchanged() -> TestResult {
    let services = services(20).await?;
    let login = services.login(2).await?;
    let import = |bytes: Vec<u8>, versioning: &'static str| {
        let importer = services.lms.api().content_package_importer().package(FilePart::new("course.zip", bytes));
        let call = importer.versioning(versioning).send_json();
        async move {
            match call.await {
                Ok(response) => Ok(response.into_inner()["status"].as_str().unwrap_or_default().to_owned()),
                Err(error) => Err(error.status().map(|status| status.as_u16())),
            }
        }
    };
    let first = package("SCORM-1", "Packed & Ready".replace('&', "&amp;").as_str())?;
    assert_eq!(import(first.clone(), "none").await, Ok("imported".to_owned()));
    assert_eq!(import(package("SCORM-1", "Changed")?, "none").await, Ok("unchanged".to_owned()));
    let id = enrollment(&services, &login, "SCORM-1").await?;
    let call = services.lms.api().content_package().enrollment_id(id.as_str()).on_behalf_of(login.as_str());
    assert!(call.send().await?.into_inner().bytes().await? == first, "byte for byte");
    services.read_json(&login, "hacpInfo", &[("enrollmentId", &id), ("itemId", "I-1")]).await?;
    assert_eq!(import(package("SCORM-1", "Changed")?, "newVersion").await, Ok("updated".to_owned()));
    let module = services.read("", "module", &[("id", "SCORM-1")]).await?;
    assert!(module.contains("<title>Changed</title>") && module.contains("<effectiveRevision>2<"), "{module}");
    assert_eq!(import(b"no archive".to_vec(), "none").await, Err(Some(400)));
    assert_eq!(import(package("", "No identifier")?, "none").await, Err(Some(400)));
    assert_eq!(import(package("A", "</not><well>-formed")?, "none").await, Err(Some(400)));
    Ok(())
}

#[tokio::test]
async fn an_attempt_completes_its_enrollment() -> TestResult {
    let services = services(20).await?;
    let login = services.login(2).await?;
    let id = enrollment(&services, &login, "SALES-103").await?;
    services.change("", "overallStatusChanger", &[("enrollmentId", &id), ("status", "enrolled")]).await?;
    let descriptor = serde_json::json!({ "enrollmentId": id, "score": 91.5, "answers": [1, 2] }).to_string();
    let submit = |text: String| {
        let (services, login) = (&services, &login);
        async move { services.function("POST", login, "assessmentAttemptHandler", &[("attempt", &text)]).await }
    };
    let (status, response) = submit(descriptor).await?;
    let attempt: serde_json::Value = serde_json::from_str(&response)?;
    assert_eq!(status, 200, "{response}");
    let summary = services
        .read_json(&login, "assessmentAttemptSummary", &[("id", attempt["id"].as_str().unwrap_or_default())])
        .await?;
    assert_eq!(summary, attempt);
    let record = services.read_json(&login, "record", &[("id", &id)]).await?;
    assert_eq!((&record["overallStatus"], &record["score"]), (&"completed".into(), &91.5.into()));
    for bad in ["", "[]", "{", "{\"score\":101}", "{\"score\":\"x\"}", "{\"enrollmentId\":7}"] {
        assert_eq!(submit(bad.to_owned()).await?.0, 400, "{bad}");
    }
    assert_eq!(submit("{\"enrollmentId\":\"none\"}".to_owned()).await?.0, 404);
    Ok(())
}

#[tokio::test]
async fn recent_activity_lists_classmates() -> TestResult {
    let services = services(40).await?;
    let login = services.login(2).await?;
    let activity = |more: &[(&str, &str)]| {
        let all: Vec<_> = more.iter().map(|(a, b)| (a.to_string(), b.to_string())).collect();
        let (services, login) = (&services, &login);
        async move {
            let all: Vec<_> = all.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            let response = services.read_json(login, "recentActivity", &all).await?;
            TestResult::Ok(response["activities"].as_array().cloned().unwrap_or_default())
        }
    };
    let all = activity(&[("activityType", "all")]).await?;
    assert_eq!(all.len(), 20, "the documented default");
    assert!(all.iter().all(|one| one["user"]["id"] != login.as_str()), "the user is not a classmate");
    let dates: Vec<_> = all.iter().map(|one| one["date"].as_str()).collect();
    assert!(dates.is_sorted_by(|one, other| one >= other), "newest first");
    let done = activity(&[("activityType", "completion"), ("max", "500"), ("endDate", "2024-12-01T00:00Z")]).await?;
    assert!(!done.is_empty() && done.iter().all(|one| one["type"] == "completion"));
    let of_one = activity(&[("activityType", "all"), ("userId", &login)]).await?;
    assert!(!of_one.is_empty() && of_one.iter().all(|one| one["user"]["id"] == login.as_str()));
    let (status, _) =
        services.function("GET", "", "recentActivity", &[("activityType", "sleep"), ("format", "json")]).await?;
    assert_eq!(status, 400);
    Ok(())
}

#[tokio::test]
async fn on_the_job_training_has_an_assessment() -> TestResult {
    let services = services(20).await?;
    let login = services.login(4).await?;
    let all = services.read_json(&login, "supervisorAssessments", &[]).await?;
    let id = texts(&all["supervisorAssessments"], "id").first().cloned().ok_or("none")?;
    assert!(services.read(&login, "supervisorAssessment", &[("id", &id)]).await?.contains("<supervisor>"));
    assert_eq!(services.function("GET", "", "supervisorAssessment", &[("id", "none")]).await?.0, 404);
    assert!(services.read("", "preloadModules", &[]).await?.contains("modules"));
    Ok(())
}

#[tokio::test]
async fn changes_survive_a_restart() -> TestResult {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("state.json");
    let start = || Sandbox::builder().users(20).seed(7).state_file(&file).start();
    let (mut id, mut before) = (String::new(), String::new());
    for round in 0..2 {
        let services = Services::of(start().await?)?;
        let login = services.login(2).await?;
        if round == 0 {
            id = enrollment(&services, &login, "SALES-103").await?;
            services.change("", "overallStatusChanger", &[("enrollmentId", &id), ("status", "withdrawn")]).await?;
            services.change("", "userGroupCreator", &[("group-name", "Kept")]).await?;
            let csv = format!("Action,RecordID,UserId,Title\nA,R-1,{login},Kept\n");
            services.bulk("externalTrainingCsv", "text/plain", &csv).await?;
            before = services.read(&login, "records", &[]).await?;
        } else {
            assert_eq!(services.read(&login, "records", &[]).await?, before);
            assert!(before.contains(&id) && before.contains("R-1"));
            assert_eq!(services.change("", "userGroupCreator", &[("group-name", "Kept")]).await?.0, 409);
        }
        services.sandbox.close().await?;
    }
    Ok(())
}
