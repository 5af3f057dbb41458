//! LMS: external training, by form and by bulk file, with attachments.

use peoplefluent_lms::FilePart;

use crate::support::lms::texts;
use crate::support::{As, Services, TestResult, services};

async fn add(services: &Services, login: &str, title: &str, status: &str) -> TestResult<serde_json::Value> {
    let adder = services.lms.api().external_record_adder().on_behalf_of(login).title(title).status(status);
    let adder = adder.language("en").duration_unit("minute").cost_currency("AED");
    Ok(adder.start_date("2024-03-01").end_date("2024-03-02").send_json().await?.into_inner())
}

#[tokio::test]
async fn a_record_is_added_with_its_attachment() -> TestResult {
    let services = services(20).await?;
    let login = services.login(2).await?;
    let api = services.lms.api();
    let adder = api.external_record_adder().on_behalf_of(login.as_str()).title("Tea & <Cake>");
    let adder = adder
        .start_date("2024-03-01")
        .end_date("2024-03-02")
        .type_("workshopSeminar")
        .venue("Town Hall")
        .language("en");
    let adder =
        adder.duration_amount(1.5).duration_unit("day").cost_amount(20.0).cost_currency("EUR").score("very good");
    let attachment = FilePart::new("proof.txt", "I was there \u{1f375}").with_media_type("text/plain");
    let added = adder.status("completed").attachment(attachment).send_json().await?.into_inner();
    let id = added["id"].as_str().ok_or("no id")?;

    let record = services.read_json(&login, "externalTrainingRecord", &[("id", id)]).await?;
    for (name, expected) in [
        ("title", "Tea & <Cake>"),
        ("type", "workshopSeminar"),
        ("startDate", "2024-03-01T00:00:00.000+00:00"),
        ("venue", "Town Hall"),
        ("language", "en"),
        ("durationUnit", "day"),
        ("costCurrency", "EUR"),
        ("score", "very good"),
        ("status", "completed"),
    ] {
        assert_eq!(record[name], expected, "{name}");
    }
    assert_eq!((&record["duration"]["amount"], &record["attachment"]["name"]), (&1.5.into(), &"proof.txt".into()));
    let url = record["attachment"]["url"].as_str().ok_or("no URL")?;
    assert_eq!(services.read(&login, "resource", &[("url", url)]).await?, "I was there \u{1f375}");
    let other = services.login(3).await?;
    assert_eq!(services.function("GET", &other, "resource", &[("url", url)]).await?.0, 403);
    let anonymous = services.send(As::Nobody, "GET", &format!("/ekp/api/resource?url={url}")).await?;
    assert_eq!(anonymous.status().as_u16(), 403, "resources are for all, attachments are not");

    let history = services.read(&login, "records", &[]).await?;
    assert!(history.contains(&format!("<trainingRecord id=\"{id}\">")) && history.contains("Tea &amp; &lt;Cake&gt;"));
    assert!(!history.contains("<score>very good</score>"), "a training record's score is a number");
    let xml = services.read(&login, "externalTrainingRecord", &[("id", id), ("format", "xml")]).await?;
    assert!(xml.contains("<title>Tea &amp; &lt;Cake&gt;</title>"), "{xml}");
    assert_eq!(
        services.function("GET", &other, "externalTrainingRecord", &[("id", id), ("format", "json")]).await?.0,
        403
    );
    Ok(())
}

#[tokio::test]
async fn an_update_keeps_fields_that_it_does_not_send() -> TestResult {
    let services = services(20).await?;
    let login = services.login(2).await?;
    let id = add(&services, &login, "First", "openForEditing").await?["id"].as_str().ok_or("no id")?.to_owned();
    let update = || {
        let updater = services.lms.api().external_record_updater().on_behalf_of(login.as_str()).id(id.as_str());
        let updater = updater.title("Second").start_date("2024-03-01").end_date("2024-03-03");
        updater.language("fr_CA").duration_unit("hour").cost_currency("USD").status("pendingApproval")
    };
    update().comments("Note").attachment(FilePart::new("a.bin", vec![0, 255])).send_json().await?;
    update().send_json().await?;
    let record = services.read_json(&login, "externalTrainingRecord", &[("id", &id)]).await?;
    assert_eq!((&record["title"], &record["comments"]), (&"Second".into(), &"Note".into()));
    assert_eq!((&record["attachment"]["size"], &record["language"]), (&2.into(), &"fr_CA".into()));
    let refused = update().end_date("2024-02-01").send_json().await.err().and_then(|error| error.status());
    assert_eq!(refused.map(|status| status.as_u16()), Some(400), "the end lies before the start");
    let refused = update().cost_currency("euro").send_json().await.err().and_then(|error| error.status());
    assert_eq!(refused.map(|status| status.as_u16()), Some(400));
    let unchanged = services.read_json(&login, "externalTrainingRecord", &[("id", &id)]).await?;
    assert_eq!(unchanged, record, "what is refused changes nothing");
    let manager = services.login(0).await?;
    let pending = services.read_json(&manager, "externalTrainingRequests", &[]).await?;
    assert_eq!(texts(&pending["externalTrainingRecords"], "id"), [id]);
    Ok(())
}

#[tokio::test]
async fn forms_and_bulk_files_change_the_same_records() -> TestResult {
    let services = services(20).await?;
    let login = services.login(2).await?;
    let by_form = add(&services, &login, "By form", "completed").await?["id"].as_str().ok_or("no id")?.to_owned();
    let csv = format!(
        "Action,RecordID,UserId,Title,Status,Duration,Unit\nA,R-1,{login},By file,1,2.50,D\nU,{by_form},,,5,,\n"
    );
    let (_, report) = services.bulk("externalTrainingCsv", "text/plain", &csv).await?;
    assert!(report.contains("No Error Occurred"), "{report}");
    let all = services.read_json(&login, "externalTrainingRecords", &[]).await?;
    let all = &all["externalTrainingRecords"];
    assert_eq!(texts(all, "id"), [by_form.as_str(), "R-1"]);
    assert_eq!(texts(all, "status"), ["cancelled", "pendingApproval"]);
    assert_eq!((&all[1]["duration"]["amount"], &all[1]["durationUnit"]), (&2.5.into(), &"day".into()));
    assert_eq!(services.change(&login, "externalRecordDeleter", &[("id", "R-1")]).await?.0, 200);
    assert_eq!(services.change(&login, "externalRecordDeleter", &[("id", "R-1")]).await?.0, 404);
    let (_, report) = services.bulk("externalTrainingCsv", "text/plain", "Action,RecordID\nD,R-1\n").await?;
    assert!(report.contains("There is no record of this RecordID."), "{report}");
    Ok(())
}

#[tokio::test]
async fn training_that_ends_before_it_starts_is_rejected() -> TestResult {
    let services = services(20).await?;
    let login = services.login(2).await?;
    let csv = format!(
        "Action,RecordID,UserId,Title,StartDate,EndDate\nA,R-1,{login},One,2024-05-02,2024-05-01\n\
         A,R-2,{login},Two,2024-05-02,2024-05-02\nU,R-2,,,,2024-05-01\nU,R-2,,,2024-05-01,\n"
    );
    let (_, report) = services.bulk("externalTrainingCsv", "text/plain", &csv).await?;
    assert_eq!(report.matches("EndDate lies before StartDate.").count(), 2, "{report}");
    let all = services.read_json(&login, "externalTrainingRecords", &[]).await?;
    assert_eq!(texts(&all["externalTrainingRecords"], "startDate"), ["2024-05-01T00:00:00.000+00:00"]);
    assert_eq!(texts(&all["externalTrainingRecords"], "endDate"), ["2024-05-02T00:00:00.000+00:00"]);
    Ok(())
}

#[tokio::test]
async fn exports_include_external_training() -> TestResult {
    let services = services(20).await?;
    let login = services.login(2).await?;
    let csv =
        format!("Action,RecordID,UserId,Title,Status\nA,R-1,{login},One,4\nA,R-2,{login},Two,0\nA,7,{login},Three,4\n");
    services.bulk("externalTrainingCsv", "text/plain", &csv).await?;
    for (function, query, expected) in [
        ("trainingHistoryXml", "", [true, true]),
        ("completedTrainingRecordsXml", "", [true, false]),
        ("trainingHistoryXml", "&moduleIds=SAFETY-101,R-2", [false, true]),
        ("trainingHistoryXml", "&lastUpdatedEnd=2024-12-31T23:59Z", [false, false]),
        ("trainingHistoryXml", "&lastUpdatedStart=2025-01-01T00:00Z", [true, true]),
    ] {
        let (_, document) = services.export(function, &format!("userId={login}{query}")).await?;
        let found = ["R-1", "R-2"].map(|id| document.contains(&format!("<trainingRecord id=\"{id}\">")));
        assert_eq!(found, expected, "{function} {query}");
    }
    Ok(())
}

#[tokio::test]
async fn comments_are_the_same_in_json_and_in_xml() -> TestResult {
    let services = services(20).await?;
    let login = services.login(2).await?;
    let comments = "one\r\ntwo\rthree\tfour  <five> & \"six\" \u{1f375}";
    let csv = format!("Action,RecordID,UserId,Title,Comments\nA,R-1,{login},T,\"{}\"\n", comments.replace('"', "\"\""));
    let (_, report) = services.bulk("externalTrainingCsv", "text/plain", &csv).await?;
    assert!(report.contains("No Error Occurred"), "{report}");
    let json = services.read_json(&login, "externalTrainingRecord", &[("id", "R-1")]).await?;
    assert_eq!(json["comments"], comments);
    let xml = services.read(&login, "externalTrainingRecord", &[("id", "R-1"), ("format", "xml")]).await?;
    let written = crate::support::lms::element(&xml, "comments").ok_or("no comments")?;
    assert!(!written.contains('\r'), "a reader of XML turns a carriage return into a line feed: {written:?}");
    assert_eq!(quick_xml::escape::unescape(written)?, comments);
    Ok(())
}
