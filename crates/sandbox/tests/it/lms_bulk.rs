//! LMS: the bulk handlers of training histories and of courses.

use crate::support::lms::{element, records};
use crate::support::{As, Services, TestResult, services};

const HANDLER: &str = "trainingHistoryCsv";

async fn import(services: &Services, csv: &str) -> TestResult<String> {
    let (status, report) = services.bulk(HANDLER, "text/csv", csv).await?;
    if status == 200 { Ok(report) } else { Err(report.into()) }
}

/// The last training record of a module in a document.
fn record<'a>(document: &'a str, module: &str) -> Option<&'a str> {
    records(document).into_iter().rev().find(|record| record.contains(&format!("<id>{module}</id>")))
}

#[tokio::test]
async fn rows_create_completed_and_open_records() -> TestResult {
    let services = services(20).await?;
    let (one, two) = (services.login(1).await?, services.login(2).await?);
    let csv = format!(
        "USERID,LEARNINGID,LOTITLE,ENROLLDATE,STARTDATE,ENDDATE,STUDENTSTATUS,SCORE,PRESCORE,Performance Grade,DEADLINEDAYS\r\n\
         {one},LEAD-104,,01-Mar-24,02-03-2024 10:00,02-mar-2024 12:30,Completed,88.5,50,1,30\r\n\
         {two},LEAD-104,,NONE,,,Active,,,,\r\n\
         {two},SAFETY-104,,,05-01-24 08:00,,active,,,*NONE*,0\r\n"
    );
    let report = import(&services, &csv).await?;
    assert!(report.lines().last().is_some_and(|line| line.contains("No Error Occurred")), "{report}");
    let history = services.read(&one, "records", &[]).await?;
    let done = record(&history, "LEAD-104").ok_or("no record")?;
    for (name, expected) in [
        ("enrollmentDate", "2024-03-01T00:00:00.000+00:00"),
        ("startDate", "2024-03-02T10:00:00.000+00:00"),
        ("endDate", "2024-03-02T12:30:00.000+00:00"),
        ("overallStatus", "completed"),
        ("score", "88.5"),
    ] {
        assert_eq!(element(done, name), Some(expected), "{name}");
    }
    let (_, export) =
        services.export("completedTrainingRecordsXml", &format!("userId={one}&moduleIds=LEAD-104")).await?;
    assert!(export.contains("<score>88.5</score>"), "{export}");
    let open = services.read(&two, "enrollments", &[]).await?;
    let (waits, runs) = (record(&open, "LEAD-104").ok_or("none")?, record(&open, "SAFETY-104").ok_or("none")?);
    assert_eq!((element(waits, "overallStatus"), element(waits, "enrollmentDate")), (Some("enrolled"), None));
    assert_eq!(element(runs, "overallStatus"), Some("incomplete"));
    assert_eq!(element(runs, "enrollmentDate"), Some("2024-01-05T08:00:00.000+00:00"), "that of the start");
    Ok(())
}

#[tokio::test]
async fn action_a_needs_a_new_record_and_action_u_an_existing_one() -> TestResult {
    let services = services(20).await?;
    let login = services.login(1).await?;
    let send = |action: &str, status: &str| {
        let csv = format!("USERID,LEARNINGID,ACTION,STUDENTSTATUS\n{login},LEAD-104,{action},{status}\n");
        let services = &services;
        async move { import(services, &csv).await }
    };
    assert!(send("U", "Pass").await?.contains("ACTION is U."));
    assert!(send("A", "Active").await?.contains("No Error Occurred"));
    assert!(send("A", "Pass").await?.contains("ACTION is A."));
    assert!(send("U", "Withdrawn").await?.contains("No Error Occurred"));
    assert!(send("", "EXEMPT").await?.contains("No Error Occurred"));
    let history = services.read(&login, "records", &[]).await?;
    assert_eq!(history.matches("<id>LEAD-104</id>").count(), 1, "one record through all of it");
    assert_eq!(record(&history, "LEAD-104").and_then(|one| element(one, "overallStatus")), Some("administrativeEntry"));
    Ok(())
}

#[tokio::test]
async fn a_row_creates_a_classroom_with_a_session() -> TestResult {
    let services = services(20).await?;
    let (one, two) = (services.login(1).await?, services.login(2).await?);
    let csv = format!(
        "USERID,LEARNINGID,LOTITLE,STARTDATE,ENDDATE,STUDENTSTATUS,CREATESESSION,Training Venue,Instructor,SESSIONSTATUS,SESSIONCODE,SESSIONTITLE,SESSIONTIMEZONE,Transfer Session Code\n\
         ,NEW-1,Made by a File,03-02-2025 09:00,03-02-2025 17:00,,,FAC-SOUTH,{one}|{two},Active,N1-A,First,Europe/Paris,\n\
         ,NEW-1,,,,,true,NOWHERE,,,N1-B,,,\n\
         {one},NEW-1,,,,Active,,,,,N1-A,,,\n\
         {one},NEW-1,,,,,,,,,,,,N1-B\n"
    );
    let report = import(&services, &csv).await?;
    assert!(report.contains("No Error Occurred"), "{report}");
    let module = services.read("", "module", &[("id", "NEW-1")]).await?;
    for part in [
        "<title>Made by a File</title>",
        "<type>classroom</type>",
        "<start>2025-02-03T09:00:00.000+00:00</start>",
        &format!("<instructor><id>{one}</id>"),
        "<facility><trainingCenter><name>Training Center South</name></trainingCenter></facility>",
        "<status>active</status>",
        "<code>N1-A</code>",
        "<code>N1-B</code>",
        "<value>Europe/Paris</value>",
    ] {
        assert!(module.contains(part), "{part} is not in {module}");
    }
    for (session, expected) in [("NEW-1-1", 0), ("NEW-1-2", 1)] {
        let found = services.read_json("", "participants", &[("moduleId", "NEW-1"), ("sessionId", session)]).await?;
        assert_eq!(found["participants"].as_array().map(Vec::len), Some(expected), "{found}");
    }
    assert!(
        services
            .read("", "modules", &[("keywords", "made file"), ("format", "xml"), ("sort", "created")])
            .await?
            .contains("NEW-1")
    );
    Ok(())
}

#[tokio::test]
async fn each_invalid_row_is_listed_and_changes_nothing() -> TestResult {
    let services = services(20).await?;
    let login = services.login(1).await?;
    let header = "USERID,LEARNINGID,LOTITLE,STARTDATE,ENDDATE,STUDENTSTATUS,CREATESESSION,Instructor,SESSIONCODE,Parent Program ID,DEADLINEDATE";
    let rows = [
        ("nobody,BAD-1,T,,,,,,,,".to_owned(), "There is no user of this USERID."),
        (format!("{login},,T,,,,,,,,"), "LEARNINGID is missing."),
        (format!("{login},,,,,,,,,,"), "LEARNINGID is required unless LOTITLE is given."),
        (format!("{login},BAD-1,,,,,,,,,"), "LOTITLE is missing to make one."),
        (format!("{login},BAD-1,T,2024-01-01,,,,,,,"), "with HH:MM after it or without, or NONE."),
        (format!("{login},BAD-1,T,02-01-24,01-01-24,,,,,,"), "ENDDATE lies before STARTDATE."),
        (format!("{login},BAD-1,T,,,Passed,,,,,"), "Deactivated, EXEMPT."),
        (format!("{login},BAD-1,T,,,,,nobody,,,"), "Instructor names an unknown user."),
        (
            format!("{login},BAD-1,T,,,,,,,TEAM-300,"),
            "The user is not enrolled in the program of the Parent Program ID.",
        ),
        (format!("{login},BAD-1,T,,,,,,,,01-01-24"), "DEADLINEDATE must be yyyy-MM-dd HH:mm:ss or yyyy-MM-dd."),
        (",SAFETY-104,,,,,,,,,".to_owned(), "workshops have sessions."),
        (format!("{login},PHONE-111,,,,,,,,,"), "SESSIONCODE is missing: the module has several sessions."),
        (format!("{login},PHONE-111,,,,,,,NONE,,"), "and CREATESESSION is not true."),
        (format!("{login},PHONE-111,,,,,true,,PHONE-111-S1,,"), "and CREATESESSION is true."),
    ];
    let before = services.read(&login, "records", &[]).await?;
    let lines: Vec<&str> = std::iter::once(header).chain(rows.iter().map(|(row, _)| row.as_str())).collect();
    let report = import(&services, &lines.join("\n")).await?;
    let listed: Vec<&str> = report.lines().skip(2).collect();
    assert_eq!(listed.len(), rows.len(), "{report}");
    for (line, (row, reason)) in listed.iter().zip(&rows) {
        assert!(line.starts_with(row.as_str()) && line.trim_end_matches('"').ends_with(reason), "{line}: {reason}");
    }
    assert!(!report.contains("No Error Occurred"));
    assert_eq!(services.read(&login, "records", &[]).await?, before);
    assert_eq!(services.function("GET", "", "module", &[("id", "BAD-1")]).await?.0, 404);
    for file in ["", "USERID,USERID\n", "USERID,Colour\n"] {
        assert_eq!(services.bulk(HANDLER, "text/plain", file).await?.0, 400, "{file}");
    }
    Ok(())
}

#[tokio::test]
async fn lengths_that_no_document_limits_are_accepted() -> TestResult {
    let services = services(20).await?;
    let (login, id, title) = (services.login(1).await?, "L".repeat(300), "T".repeat(300));
    let csv = format!("USERID,LEARNINGID,LOTITLE,STUDENTSTATUS\n{login},{id},{title},Completed\n");
    let report = import(&services, &csv).await?;
    assert!(report.contains("No Error Occurred"), "{report}");
    assert!(services.read(&login, "records", &[]).await?.contains(&format!("<id>{id}</id>")));
    let report = import(&services, &format!("USERID,LEARNINGID\n{},{id}\n", "u".repeat(300))).await?;
    assert!(report.contains("There is no user of this USERID."), "{report}");
    Ok(())
}

#[tokio::test]
async fn a_column_without_effect_causes_a_warning() -> TestResult {
    let services = services(20).await?;
    let login = services.login(1).await?;
    let csv = format!("USERID,LEARNINGID,SCORE,LOTYPE\n{login},CHAT-101,90,\n{login},LEAD-104,,C\n");
    let report = import(&services, &csv).await?;
    assert_eq!(report.matches("WARNING. ").count(), 2, "{report}");
    assert!(report.contains("No Error Occurred"), "a warning is not an error");
    Ok(())
}

const COURSES: &str = "<?xml version=\"1.0\"?>\n<c:courses xmlns:c=\"urn:any\">\n\
    <c:course id=\"XML-1\"><c:title>Tea &amp; <![CDATA[<Cake>]]></c:title><c:type>classroom</c:type><c:subject>Service</c:subject>\n\
    <c:unknown>x</c:unknown><c:sessions><c:session><c:code>X1-A</c:code><c:start>2025-03-01T09:00Z</c:start><c:seats>1</c:seats></c:session></c:sessions>\n\
    </c:course><c:module><c:id>SAFETY-101</c:id><c:description>New words</c:description></c:module></c:courses>";

#[tokio::test]
async fn imported_courses_become_modules() -> TestResult {
    let services = services(20).await?;
    let (status, report) = services.bulk("courses", "application/xml", COURSES).await?;
    assert!(status == 200 && report.starts_with("2 course(s)"), "{report}");
    let module = services.read("", "module", &[("id", "XML-1")]).await?;
    assert!(
        module.contains("<title>Tea &amp; &lt;Cake&gt;</title>") && module.contains("<seats>1</seats>"),
        "{module}"
    );
    let changed = services.read("", "module", &[("id", "SAFETY-101")]).await?;
    assert!(changed.contains("Safety at Work") && changed.contains("New words"), "the rest stays");
    assert!(services.read("", "catalog", &[("id", "CAT-SERVICE")]).await?.contains("<id>XML-1</id>"));
    let enrolled = |number: usize| {
        let services = &services;
        async move {
            let form = [("learning-id", "XML-1"), ("session-code", "X1-A")];
            services.function("POST", &services.login(number).await?, "enrollUser", &form).await
        }
    };
    assert_eq!(element(&enrolled(1).await?.1, "overallStatus"), Some("enrolled"));
    assert_eq!(element(&enrolled(2).await?.1, "overallStatus"), Some("waitlisted"));
    Ok(())
}

#[tokio::test]
async fn an_invalid_course_rejects_the_whole_document() -> TestResult {
    let services = services(3).await?;
    for (document, why) in [
        ("", "no document"),
        ("<courses><course id='A1'><title>T</title></course>", "no end"),
        ("<courses/>", "no course"),
        ("<courses><course id='A1'><title>T</title></course><course id='A2'/></courses>", "no title"),
        ("<courses><course id='A1'><title>T</title></course><course><title>T</title></course></courses>", "no id"),
        ("<course id='A1'><title>T</title><type>lecture</type></course>", "no such type"),
        ("<course id='A1'><title>T</title><session code='S'><start>soon</start></session></course>", "no date"),
        (
            "<course id='A1'><title>T</title><session code='S'><instructor>nobody</instructor></session></course>",
            "nobody",
        ),
        ("<!DOCTYPE a [<!ENTITY e 'x'>]><course id='A1'><title>&e;</title></course>", "an entity of its own"),
    ] {
        assert_eq!(services.bulk("courses", "application/xml", document).await?.0, 400, "{why}");
        assert_eq!(services.function("GET", "", "module", &[("id", "A1")]).await?.0, 404, "{why}");
    }
    Ok(())
}

#[tokio::test]
async fn a_course_that_is_named_twice_is_merged() -> TestResult {
    let services = services(3).await?;
    let document = "<courses><course id='T1'><title>Twice</title><type>classroom</type><session code='A'/></course>\
        <course id='T1'><description>Told later</description><session code='B'/></course></courses>";
    let (status, report) = services.bulk("courses", "application/xml", document).await?;
    assert!(status == 200 && report.starts_with("1 course(s) were taken; they have 2 session(s)"), "{report}");
    let module = services.read("", "module", &[("id", "T1")]).await?;
    for part in ["<title>Twice</title>", "Told later", "<code>A</code>", "<code>B</code>"] {
        assert!(module.contains(part), "{part} is not in {module}");
    }
    Ok(())
}

#[tokio::test]
async fn a_new_session_gets_an_unused_id() -> TestResult {
    let services = services(20).await?;
    let course = |code: &str| format!("<course id='N1'><title>N</title><type>classroom</type>{code}</course>");
    for code in ["<session id='N1-2' code='A'/>", "<session code='B'/>", "<session code='N1-S4'/>"] {
        assert_eq!(services.bulk("courses", "text/xml", &course(code)).await?.0, 200);
    }
    let report = import(&services, "LEARNINGID,CREATESESSION\nN1,true\nN1,true\n").await?;
    assert!(report.contains("No Error Occurred"), "{report}");
    let module = services.lms.api().module().id("N1").send_document().await?.into_inner();
    let sessions = module.session.unwrap_or_default();
    let mut ids: Vec<_> = sessions.iter().filter_map(|session| session.id.clone()).collect();
    let mut codes: Vec<_> = sessions.iter().filter_map(|session| session.code.clone()).collect();
    for names in [&mut ids, &mut codes] {
        names.sort();
        names.dedup();
        assert_eq!(names.len(), 5, "{names:?}");
    }
    Ok(())
}

#[tokio::test]
async fn nested_programs_contain_their_modules() -> TestResult {
    let services = services(20).await?;
    let login = services.login(1).await?;
    let csv = format!(
        "USERID,LEARNINGID,SESSIONCODE,Parent Program ID\n{login},LEAD-300,,\n{login},TRAIN-300,,LEAD-300\n\
         {login},LEAD-104,,TRAIN-300\n"
    );
    let report = import(&services, &csv).await?;
    assert!(report.contains("No Error Occurred"), "{report}");
    let history = services.read(&login, "records", &[]).await?;
    let outer = history.split("<id>LEAD-300</id>").nth(1).ok_or("no program")?;
    let (between, inner) = outer.split_once("<id>TRAIN-300</id>").ok_or("no inner program")?;
    assert!(!between.contains("</trainingRecord>"), "the program holds the other one");
    let (between, _) = inner.split_once("<id>LEAD-104</id>").ok_or("no module")?;
    assert!(!between.contains("</trainingRecord>"), "which holds the module");
    Ok(())
}

/// Nothing is measured: with quadratic time the test would not end.
#[tokio::test]
async fn large_files_are_read_in_linear_time() -> TestResult {
    let services = services(20).await?;
    let login = services.login(1).await?;
    let mut csv = String::from("USERID,LEARNINGID,LOTITLE,CREATESESSION,STUDENTSTATUS\n");
    for number in 0..2_500 {
        csv += &format!("{login},LARGE-{number},Large {number},true,Completed\n");
    }
    let report = import(&services, &csv).await?;
    assert!(report.contains("No Error Occurred in 2500 row(s)"), "{report:.200}");
    let history = services.read(&login, "records", &[]).await?;
    assert_eq!(history.matches("<id>LARGE-").count(), 2_500);
    let (_, export) = services.export("completedTrainingRecordsXml", &format!("userId={login}")).await?;
    assert_eq!(export.matches("<id>LARGE-").count(), 2_500);
    let mut courses = String::from("<courses>\n");
    for number in 0..10_000 {
        courses += &format!("<course id='WIDE-{number}'>\n<title>Wide {number}</title>\n</course>\n");
    }
    let (status, report) = services.bulk("courses", "text/xml", &(courses + "</courses>")).await?;
    assert!(status == 200 && report.starts_with("10000 course(s)"), "{report:.200}");
    Ok(())
}

#[tokio::test]
async fn records_of_a_file_are_found_after_a_restart() -> TestResult {
    let (services, other) = (services(20).await?, services(20).await?);
    let login = services.login(1).await?;
    import(&services, &format!("USERID,LEARNINGID,STUDENTSTATUS\n{login},LEAD-104,Active\n")).await?;
    let state: serde_json::Value = services.send(As::Nobody, "GET", "/_sandbox/state").await?.json().await?;
    let (status, response) = other.post(As::Nobody, "PUT", "/_sandbox/state", &state.to_string()).await?;
    assert!((200..300).contains(&status), "{response}");
    let report = import(&other, &format!("USERID,LEARNINGID,ACTION\n{login},LEAD-104,A\n")).await?;
    assert!(report.contains("The user has a record of this module, and ACTION is A."), "{report}");
    Ok(())
}

#[tokio::test]
async fn links_work_for_modules_of_any_id() -> TestResult {
    let services = services(3).await?;
    let document = "<course id='A&amp;B #1 ü'><title>Odd</title></course>";
    assert_eq!(services.bulk("courses", "application/xml", document).await?.0, 200);
    let module = services.lms.api().module().id("A&B #1 ü").send_document().await?.into_inner();
    let links = module.link.unwrap_or_default();
    let own = links.iter().find(|link| link.rel.as_deref() == Some("self")).and_then(|link| link.href.clone());
    let response = services.send(As::LmsUser, "GET", &format!("/ekp/{}", own.ok_or("no link")?)).await?;
    assert_eq!(response.status().as_u16(), 200);
    assert!(response.text().await?.contains("<title>Odd</title>"));
    Ok(())
}

#[tokio::test]
async fn a_misspelled_column_is_rejected_with_the_nearest_name() -> TestResult {
    let services = services(3).await?;
    for (handler, header, near) in [
        (HANDLER, "USERID,LEARNINGID,CREATESESION\n", "Did you mean `CREATESESSION`?"),
        (HANDLER, "USERID; LEARNINGID\n", "Known names: USERID, LEARNINGID, LOTITLE"),
        ("externalTrainingCsv", "Action, RecordID\n", "Did you mean `RecordID`?"),
    ] {
        let (status, response) = services.bulk(handler, "text/plain", header).await?;
        assert!(status == 400 && response.contains(near), "{header}: {response}");
    }
    Ok(())
}
