//! LMS: accounts, training records, external training.

use peoplefluent_lms::types::User;

use crate::support::{As, Services, TestResult, services};

const CSV: &str = "/ekp/contentHandler/externalTrainingCsv";

async fn users(services: &Services) -> TestResult<Vec<User>> {
    Ok(services.lms.api().users().send_json().await?.into_inner().users.unwrap_or_default())
}

async fn a_login(services: &Services) -> TestResult<String> {
    Ok(users(services).await?.into_iter().find_map(|user| user.id).ok_or("no account")?)
}

async fn import(services: &Services, csv: &str) -> TestResult<String> {
    let response = services.lms.api().external_training_csv().body(csv.to_owned()).send().await?;
    Ok(response.into_inner().text().await?)
}

async fn records(services: &Services, login: &str) -> TestResult<String> {
    Ok(services.lms.api().records().on_behalf_of(login).send().await?.into_inner().text().await?)
}

/// The rows between the header and the last line of a report.
fn listed(response: &str) -> Vec<&str> {
    response.lines().skip(2).filter(|line| !line.starts_with("No Error Occurred")).collect()
}

#[tokio::test]
async fn me_returns_the_caller_or_the_user_of_on_behalf_of() -> TestResult {
    let services = services(10).await?;
    let api = services.lms.api();
    let own = services.sandbox.credentials().lms_user;
    assert_eq!(api.me().send_json().await?.get().id.as_deref(), Some(own));
    let login = a_login(&services).await?;
    assert_eq!(api.me().on_behalf_of(login.as_str()).send_json().await?.get().id.as_deref(), Some(login.as_str()));
    let xml = api.me().on_behalf_of(login.as_str()).send_xml().await?.into_inner().text().await?;
    assert!(xml.contains(&format!("<user><id>{login}</id>")), "{xml}");
    let stranger = api.me().on_behalf_of("nobody").send_json().await;
    assert_eq!(stranger.err().and_then(|error| error.status()).map(|status| status.as_u16()), Some(403));
    Ok(())
}

#[tokio::test]
async fn a_bearer_token_is_accepted_in_place_of_a_password() -> TestResult {
    let services = services(1).await?;
    let (status, me) = services.json(As::LmsToken, "GET", "/ekp/api/me?format=json").await?;
    assert_eq!((status, me["id"].as_str()), (200, Some(services.sandbox.credentials().lms_user)));
    Ok(())
}

#[tokio::test]
async fn a_call_without_on_behalf_of_sets_no_cookie() -> TestResult {
    let services = services(10).await?;
    let response = services.send(As::LmsUser, "GET", "/ekp/api/me?format=json").await?;
    assert!(!response.headers().contains_key("set-cookie"));
    Ok(())
}

#[tokio::test]
async fn users_lists_every_person_with_an_lms_account() -> TestResult {
    for (people, accounts) in [(0, 0), (1, 1), (250, 245)] {
        assert_eq!(users(&services(people).await?).await?.len(), accounts, "of {people} people");
    }
    Ok(())
}

#[tokio::test]
async fn users_are_filtered_by_id_email_and_organization() -> TestResult {
    let services = services(50).await?;
    let api = services.lms.api();
    let everybody = users(&services).await?;
    let one = everybody.get(3).ok_or("too few accounts")?;
    let (login, email) = (one.id.clone().unwrap_or_default(), one.email.clone().unwrap_or_default());
    let found = api.users().user_id(login.as_str()).send_json().await?.into_inner().users;
    assert_eq!(found.as_deref(), Some(&[one.clone()][..]));
    let found = api.users().email(email.as_str()).send_json().await?.into_inner().users;
    assert_eq!(found.as_deref(), Some(&[one.clone()][..]));
    let found = api.users().user_id("nobody").send_json().await?.into_inner().users;
    assert_eq!(found.as_deref(), Some(&[][..]));
    let found = api.users().user_id(login.as_str()).email("else@example.com").send_json().await?.into_inner().users;
    assert_eq!(found.as_deref(), Some(&[][..]), "filters are combined");
    let found = api.users().user_id("").send_json().await?.into_inner().users;
    assert_eq!(found.map(|users| users.len()), Some(everybody.len()), "an empty filter filters nothing");
    let organization = one.organization.as_ref().and_then(|organization| organization.id.as_deref());
    let found = api.users().organization_id(organization.ok_or("no organization")?).send_json().await?;
    assert!((1..everybody.len()).contains(&found.into_inner().users.unwrap_or_default().len()));
    Ok(())
}

#[tokio::test]
async fn optional_fields_of_users_are_present_in_some_and_absent_in_others() -> TestResult {
    let services = services(250).await?;
    let users = users(&services).await?;
    let having = |what: fn(&User) -> bool| users.iter().filter(|user| what(user)).count();
    for (name, number) in [
        ("middle", having(|user| user.middle.is_some())),
        ("prefix", having(|user| user.prefix.is_some())),
        ("address1", having(|user| user.address1.is_some())),
        ("address2", having(|user| user.address2.is_some())),
        ("city", having(|user| user.city.is_some())),
        ("postalCodeZip", having(|user| user.postal_code_zip.is_some())),
        ("attributes", having(|user| user.attributes.as_ref().is_some_and(|all| !all.is_empty()))),
        ("directAppraiser", having(|user| user.direct_appraiser.is_some())),
        ("given", having(|user| user.given.is_some())),
    ] {
        assert!((1..users.len()).contains(&number), "{number} of {} have {name}", users.len());
    }
    Ok(())
}

#[tokio::test]
async fn users_in_xml_and_json_are_the_same() -> TestResult {
    let services = services(50).await?;
    let xml = services.lms.api().users().send_xml().await?;
    assert_eq!(xml.media_type().map(|media| media.split(';').next().unwrap_or_default()), Some("application/xml"));
    let xml = xml.into_inner().text().await?;
    assert_eq!(xml.matches("<user>").count(), users(&services).await?.len());
    assert!(xml.contains("ü") || xml.contains("ø") || xml.contains("ý"), "names beyond ASCII stay what they are");
    Ok(())
}

#[tokio::test]
async fn elements_of_records_are_documented_ones_in_order() -> TestResult {
    let services = services(50).await?;
    let mut found = 0;
    for user in users(&services).await? {
        let xml = records(&services, &user.id.unwrap_or_default()).await?;
        assert!(xml.contains("<trainingHistory><dateCreated>2025-01-01T00:00:00.000+00:00</dateCreated>"), "{xml}");
        found += xml.matches("<trainingRecord id=").count();
        assert!(!xml.contains("Phone & at Ease"), "text is escaped");
        assert_eq!(xml.matches("<overallStatus>").count(), xml.matches("<trainingRecord id=").count());
    }
    assert!(found > 20);
    let own = services.lms.api().records().send().await?.into_inner().text().await?;
    assert!(!own.contains("<trainingRecord"), "the integration account has no records");
    Ok(())
}

#[tokio::test]
async fn accepted_rows_become_training_records() -> TestResult {
    let services = services(10).await?;
    let login = a_login(&services).await?;
    let csv = format!(
        "Action,RecordID,UserId,Title,CourseType,StartDate,EndDate,Status,Score\r\n\
         A,R-1,{login},\"Tea, \"\"green\"\" & <black>\",W,2024-05-01,2024-05-02 16:30:00,4,88\r\n\
         A,,{login},Second,TNS,,,,good\r\n"
    );
    let response = import(&services, &csv).await?;
    assert_eq!(listed(&response), [""; 0], "{response}");
    assert!(response.lines().last().is_some_and(|line| line.contains("No Error Occurred")), "{response}");
    let xml = records(&services, &login).await?;
    for part in [
        "<trainingRecord id=\"R-1\">",
        &format!("<userId>{login}</userId>"),
        "<title>Tea, &quot;green&quot; &amp; &lt;black&gt;</title><type>workshopSeminar</type>",
        "<startDate>2024-05-01T00:00:00.000+00:00</startDate><endDate>2024-05-02T16:30:00.000+00:00</endDate>",
        "<overallStatus>completed</overallStatus><score>88</score>",
        "<trainingRecord id=\"EXT000000001\">",
        "<title>Second</title><type>externalCourse</type>",
    ] {
        assert!(xml.contains(part), "{part} is not in {xml}");
    }
    assert!(!xml.contains("<score>good</score>"));
    Ok(())
}

#[tokio::test]
async fn the_id_of_a_training_record_begins_with_a_letter() -> TestResult {
    let services = services(50).await?;
    let login = a_login(&services).await?;
    import(&services, &format!("Action,RecordID,UserId,Title\nA,7 b,{login},Numbered\n")).await?;
    let mut ids = Vec::new();
    for user in users(&services).await? {
        let xml = records(&services, &user.id.unwrap_or_default()).await?;
        let starts = xml.split("<trainingRecord id=\"").skip(1);
        ids.extend(starts.filter_map(|rest| Some(rest.split_once('"')?.0.to_owned())));
    }
    assert!(ids.len() > 100 && ids.contains(&"_x0037__x0020_b".to_owned()), "{ids:?}");
    assert!(ids.iter().all(|id| id.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')), "{ids:?}");
    let id = ids.iter().find(|id| !id.starts_with(['E', '_'])).ok_or("no id")?;
    let record = services.json(As::LmsUser, "GET", &format!("/ekp/api/record?id={id}&format=json")).await?;
    assert_eq!((record.0, record.1["id"].as_str()), (200, Some(id.as_str())), "it is the id that functions take");
    Ok(())
}

#[tokio::test]
async fn every_module_has_an_effective_revision() -> TestResult {
    let services = services(3).await?;
    let api = services.lms.api();
    for id in ["PHONE-110", "SAFETY-120", "LEAD-300", "CHAT-101"] {
        let module = api.module().id(id).send_document().await?.into_inner();
        assert!(module.effective_revision.is_some_and(|revision| revision >= 1), "{id}");
    }
    Ok(())
}

#[tokio::test]
async fn records_are_updated_and_deleted() -> TestResult {
    let services = services(10).await?;
    let login = a_login(&services).await?;
    import(&services, &format!("Action,RecordID,UserId,Title,Status\nA,R-1,{login},First,4\n")).await?;
    let response = import(&services, "RecordID,Action,Title\nR-1,U,Renamed\n").await?;
    assert!(response.contains("No Error Occurred"), "{response}");
    let xml = records(&services, &login).await?;
    assert!(xml.contains("<title>Renamed</title>") && !xml.contains("<title>First</title>"));
    assert!(xml.contains("<overallStatus>completed</overallStatus>"), "columns that are not sent stay as they are");
    let response = import(&services, &format!("Action,RecordID,UserId,Title\nAU,R-1,{login},Again\nD,R-1,,\n")).await?;
    assert!(response.contains("No Error Occurred"), "{response}");
    assert!(!records(&services, &login).await?.contains("R-1"));
    Ok(())
}

#[tokio::test]
async fn each_invalid_row_is_listed_with_its_reason() -> TestResult {
    let services = services(10).await?;
    let login = a_login(&services).await?;
    let long = "x".repeat(256);
    let rows = [
        (format!("A,OK-1,{login},Fine,,,,"), None),
        (format!(",N-1,{login},T,,,,"), Some("Action is required.")),
        (format!("X,N-1,{login},T,,,,"), Some("Action must be one of A, D, U, AU.")),
        (format!("A,OK-1,{login},T,,,,"), Some("There is a record of this RecordID.")),
        ("U,N-1,,T,,,,".to_owned(), Some("There is no record of this RecordID.")),
        ("D,,,,,,,".to_owned(), Some("RecordID is required if Action is D.")),
        ("A,N-1,,T,,,,".to_owned(), Some("UserId is required if Action is A.")),
        (format!("A,N-1,{login},,,,,"), Some("Title is required if Action is A.")),
        ("A,N-1,nobody,T,,,,".to_owned(), Some("There is no user of this UserId.")),
        (format!("A,1234567890123456,{login},T,,,,"), Some("RecordID must have at most 15 characters.")),
        (format!("A,N-1,{login},{long},,,,"), Some("Title must have at most 255 characters.")),
        (format!("A,N-1,{login},T,13-01-2024,,,"), Some("StartDate must be yyyy-MM-dd HH:mm:ss or yyyy-MM-dd.")),
        (format!("A,N-1,{login},T,,6,,"), Some("Status must be one of 0, 1, 2, 3, 4, 5.")),
        (
            format!("A,N-1,{login},T,,,1.234,H"),
            Some("Duration must be a number such as 12.50, with at most two decimal places."),
        ),
        (format!("A,N-1,{login},T,,,1,X"), Some("Unit must be one of I, H, D, W, M, Y.")),
        (format!("A,N-1,{login}"), Some("The row has 3 columns, the header 8.")),
        (format!("A,N-1,{login},T,,,,,,"), Some("The row has 10 columns, the header 8.")),
        (format!("A,OK-2,{login},T,,,1.5,"), Some("WARNING. Duration has no Unit; hours are assumed.")),
    ];
    let header = "Action,RecordID,UserId,Title,StartDate,Status,Duration,Unit";
    let csv: Vec<&str> = std::iter::once(header).chain(rows.iter().map(|(row, _)| row.as_str())).collect();
    let response = import(&services, &csv.join("\n")).await?;
    assert_eq!(response.lines().nth(1), Some(header));
    let reasons: Vec<&str> = rows.iter().filter_map(|(_, reason)| *reason).collect();
    let listed = listed(&response);
    assert_eq!(listed.len(), reasons.len(), "{response}");
    for (row, reason) in listed.iter().zip(&reasons) {
        assert!(row.trim_end_matches('"').ends_with(reason), "{row} does not end in {reason}");
    }
    assert!(!response.contains("No Error Occurred"));
    assert_eq!(response.lines().next_back(), listed.last().copied(), "no line closes the response");
    assert!(response.ends_with('"'), "nor does a line break");
    let xml = records(&services, &login).await?;
    assert!(xml.contains("OK-1") && xml.contains("OK-2") && !xml.contains("N-1"), "{xml}");
    Ok(())
}

#[tokio::test]
async fn a_row_with_a_warning_is_accepted() -> TestResult {
    let services = services(10).await?;
    let login = a_login(&services).await?;
    let response = import(&services, &format!("Action,UserId,Title,Duration\nA,{login},T,2\n")).await?;
    assert_eq!(listed(&response).len(), 1);
    assert!(response.lines().last().is_some_and(|line| line.contains("No Error Occurred")), "{response}");
    Ok(())
}

#[tokio::test]
async fn a_failing_report_ends_with_its_row_even_if_a_title_looks_like_a_closing_line() -> TestResult {
    let services = services(10).await?;
    let response = import(&services, "Action,UserId,Title\nA,nobody,\"No Error Occurred\"\n").await?;
    let expected = "A,nobody,No Error Occurred,\"There is no user of this UserId.\"";
    assert_eq!(response.lines().next_back(), Some(expected));
    Ok(())
}

#[tokio::test]
async fn invalid_files_are_rejected() -> TestResult {
    let services = services(3).await?;
    for (body, why) in [
        (&b"Action,Colour\nA,red\n"[..], "unknown column"),
        (b"RecordID,UserId\n1,2\n", "no Action"),
        (b"Action,Action\nA,A\n", "a column twice"),
        (b"Action\n\xff\n", "not UTF-8"),
        (b"", "empty"),
    ] {
        let request = services.request(As::LmsSystem, "POST", CSV)?.header("content-type", "text/plain");
        let response = request.body(body).send().await?;
        assert_eq!(response.status().as_u16(), 400, "{why}");
    }
    let response = import(&services, "\u{feff}Action,UserId,Title\n").await?;
    assert!(
        response.contains("No Error Occurred"),
        "a file of only a header is valid, with or without a byte order mark"
    );
    Ok(())
}

#[tokio::test]
async fn an_unknown_format_is_rejected() -> TestResult {
    let services = services(3).await?;
    for query in ["me?format=yaml", "me?format=json&format=xml"] {
        let (status, response) = services.json(As::LmsUser, "GET", &format!("/ekp/api/{query}")).await?;
        assert_eq!((status, response["parameter"].as_str()), (400, Some("format")), "{query}");
    }
    Ok(())
}

#[tokio::test]
async fn a_format_with_a_default_may_be_absent() -> TestResult {
    let services = services(3).await?;
    let (status, me) = services.json(As::LmsUser, "GET", "/ekp/api/me").await?;
    assert_eq!((status, me["id"].as_str()), (200, Some(services.sandbox.credentials().lms_user)));
    assert!(services.read("", "modules", &[]).await?.starts_with("<?xml"), "the default of `modules` is XML");
    assert!(services.read("", "latestForumPosts", &[]).await?.contains("<rss"), "that of `latestForumPosts` is RSS");
    Ok(())
}
