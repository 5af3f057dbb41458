//! LMS: authorization and errors.

use serde_json::Value;

use crate::support::lms::texts;
use crate::support::{As, Services, TestResult, services};

/// Status and JSON of a function, called with a login and a password.
async fn signed_in(services: &Services, login: &str, password: &str, path: &str) -> TestResult<(u16, Value)> {
    let request = services.request(As::Nobody, "GET", &format!("/ekp/api/{path}"))?;
    let response = request.basic_auth(login, Some(password)).send().await?;
    Ok((response.status().as_u16(), response.json().await?))
}

#[tokio::test]
async fn a_person_signs_in_and_cannot_act_for_others() -> TestResult {
    let services = services(60).await?;
    let password = services.sandbox.credentials().lms_password;
    let (manager, report, stranger) = (services.login(1).await?, services.login(12).await?, services.login(20).await?);
    let (status, me) = signed_in(&services, &manager, password, "me?format=json").await?;
    assert_eq!((status, me["id"].as_str()), (200, Some(manager.as_str())));
    for other in [&report, &stranger, &manager] {
        let path = format!("me?format=json&onBehalfOf={other}");
        let (status, response) = signed_in(&services, &manager, password, &path).await?;
        assert_eq!((status, response["code"].as_str()), (403, Some("not.authorized")), "{other}");
    }
    let record = async |owner: &str| -> TestResult<String> {
        let history = services.read(owner, "records", &[]).await?;
        Ok(crate::support::lms::record_id(&history, "").ok_or("no record")?)
    };
    for (owner, expected) in [(&manager, 200), (&report, 200), (&stranger, 403)] {
        let path = format!("record?format=json&id={}", record(owner).await?);
        assert_eq!(signed_in(&services, &manager, password, &path).await?.0, expected, "{owner}");
    }
    let inactive = services.login(13).await?;
    let unknown = "nobody.24";
    for (login, password) in
        [(manager.as_str(), "wrong"), (manager.as_str(), ""), (inactive.as_str(), password), (unknown, password)]
    {
        assert_eq!(signed_in(&services, login, password, "me?format=json").await?.0, 401, "{login}");
    }
    Ok(())
}

#[tokio::test]
async fn a_person_with_two_assignments_must_send_assignment_id() -> TestResult {
    let services = services(20).await?;
    let (login, password) = (services.login(3).await?, services.sandbox.credentials().lms_password);
    let (status, response) = signed_in(&services, &login, password, "me?format=json").await?;
    assert_eq!((status, response["parameter"].as_str()), (400, Some("assignmentId")), "{response}");
    let (status, own) = signed_in(&services, &login, password, "assignments?format=json").await?;
    let ids = texts(&own["assignments"], "id");
    assert_eq!((status, ids.len()), (200, 2), "this function takes no assignmentId");
    for id in ids {
        let path = format!("me?format=json&assignmentId={id}");
        assert_eq!(signed_in(&services, &login, password, &path).await?.0, 200);
    }
    assert_eq!(signed_in(&services, &login, password, "me?format=json&assignmentId=").await?.0, 400);
    Ok(())
}

#[tokio::test]
async fn activities_of_users_outside_the_session_are_not_listed() -> TestResult {
    let services = services(250).await?;
    let login = services.login(12).await?;
    let shown = async |other: &str| -> TestResult<u16> {
        let parameters = [("activityType", "all"), ("userId", other), ("format", "json")];
        Ok(services.function("GET", &login, "recentActivity", &parameters).await?.0)
    };
    assert_eq!(shown(&login).await?, 200);
    assert_eq!(shown(&services.login(15).await?).await?, 200, "they sit in the same session");
    assert_eq!(shown(&services.login(200).await?).await?, 403);
    Ok(())
}

#[tokio::test]
async fn a_request_whose_enrollment_ended_is_not_pending() -> TestResult {
    let services = services(20).await?;
    let (login, manager) = (services.login(12).await?, services.login(1).await?);
    let (_, response) = services.function("POST", &login, "enrollUser", &[("learning-id", "LEAD-101")]).await?;
    let id = crate::support::lms::record_id(&response, "LEAD-101").ok_or(response)?;
    let waits = async || -> TestResult<bool> {
        let inbox = services.read_json(&manager, "enrollmentRequests", &[("inbox", "true")]).await?;
        Ok(texts(&inbox["requests"], "id").contains(&id))
    };
    assert!(waits().await?);
    let form = [("enrollmentId", id.as_str()), ("status", "withdrawn"), ("simpleResponse", "true")];
    assert_eq!(services.change(&login, "overallStatusChanger", &form).await?.0, 200);
    assert!(!waits().await?);
    Ok(())
}

#[tokio::test]
async fn users_cannot_approve_their_own_training() -> TestResult {
    let services = services(60).await?;
    let (login, manager) = (services.login(12).await?, services.login(1).await?);
    let (_, response) = services.function("POST", &login, "enrollUser", &[("learning-id", "LEAD-101")]).await?;
    let place = crate::support::lms::record_id(&response, "LEAD-101").ok_or(response)?;
    let history = services.read(&login, "records", &[]).await?;
    let task = crate::support::lms::record_id(&history, "<type>task</type>").ok_or("no task")?;
    for (user, id, status, expected) in [
        (&login, &place, "enrolled", 403),
        (&login, &place, "completed", 403),
        (&login, &task, "completed", 403),
        (&login, &task, "finishedUsing", 200),
        (&manager, &place, "enrolled", 200),
        (&manager, &task, "completed", 200),
        (&login, &task, "completed", 200),
        (&login, &place, "withdrawn", 200),
    ] {
        let form = [("enrollmentId", id.as_str()), ("status", status), ("simpleResponse", "true")];
        let (code, response) = services.change(user, "overallStatusChanger", &form).await?;
        assert_eq!(code, expected, "{user} {status}: {response}");
    }
    Ok(())
}

#[tokio::test]
async fn an_error_has_the_requested_format() -> TestResult {
    let services = services(3).await?;
    for (caller, path, status, in_xml) in [
        (As::LmsUser, "record?id=none&format=xml", 404, true),
        (As::LmsUser, "record?id=none&format=json", 404, false),
        (As::LmsUser, "record?id=none", 404, false),
        (As::LmsUser, "record?id=none&format=yaml", 400, false),
        (As::LmsUser, "records?assignmentId=none", 400, true),
        (As::Nobody, "records", 401, true),
        (As::Nobody, "me?format=xml", 401, true),
        (As::LmsUser, "modules?format=atom&sort=best", 400, true),
        (As::Nobody, "publicNews", 400, true),
        (As::LmsUser, "certificate?awardId=none", 404, false),
        (As::LmsSystem, "users200510Xml?status=%3C%26%3E", 400, true),
    ] {
        let response = services.send(caller, "GET", &format!("/ekp/api/{path}")).await?;
        let media_type = response.headers().get("content-type").and_then(|text| text.to_str().ok()).map(str::to_owned);
        assert_eq!(response.status().as_u16(), status, "{path}");
        let body = response.text().await?;
        let function = path.split('?').next().unwrap_or_default();
        if in_xml {
            assert_eq!(media_type.as_deref(), Some("application/xml;charset=UTF-8"), "{path}");
            let start = format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<error><status>{status}</status><code>");
            assert!(body.starts_with(&start), "{body}");
            assert!(body.ends_with(&format!("<function>{function}</function></error>")), "{body}");
        } else {
            let body: Value = serde_json::from_str(&body)?;
            assert_eq!((&body["status"], &body["function"]), (&status.into(), &function.into()), "{path}");
        }
    }
    let (status, body) =
        services.function("POST", "", "userGroupDeleter", &[("group-name", "None"), ("format", "xml")]).await?;
    assert!(status == 404 && body.contains("<error><status>404</status>"), "the form has the format: {body}");
    Ok(())
}

#[tokio::test]
async fn empty_optional_dates_are_ignored() -> TestResult {
    let services = services(3).await?;
    let (reports, modules) = ("batchReports", "modules");
    for (function, empty) in [
        (reports, &[("format", "json"), ("name", ""), ("createdOnOrAfter", ""), ("createdBefore", "")][..]),
        (modules, &[("format", "xml"), ("sort", "created"), ("sessionOnOrAfter", ""), ("sessionBefore", "")][..]),
    ] {
        let without: Vec<_> = empty.iter().copied().filter(|(_, value)| !value.is_empty()).collect();
        assert_eq!(services.read("", function, empty).await?, services.read("", function, &without).await?);
    }
    let (status, _) = services.function("GET", "", "articles", &[("format", "json"), ("publishedAfter", "")]).await?;
    assert_eq!(status, 400, "this date is not documented as optional");
    Ok(())
}

#[tokio::test]
async fn a_search_without_matches_does_not_block_other_requests() -> TestResult {
    let services = services(1_000_000).await?;
    for (caller, path) in [
        (As::LmsUser, "/ekp/api/people?format=json&keywords=nobodyIsCalledThis"),
        (As::LmsUser, "/ekp/api/users?format=xml&organizationId=*ROOT*"),
        (As::LmsSystem, "/ekp/api/trainingHistoryXml?lastUpdatedStart=2100-01-01T00:00Z"),
        (As::LmsSystem, "/ekp/api/users200510Xml?status=all&organizationId=ORG-CUSTOMERS&fields=id"),
        (As::Sessions, "/sessions/completions?from=2100-01-01T00:00:00Z"),
    ] {
        let long = services.send(caller, "GET", path).await?;
        let short = services.send(As::LmsUser, "GET", "/ekp/api/me?format=json");
        tokio::select! {
            biased;
            body = long.bytes() => {
                body?;
                return Err(format!("{path}: the other request had to wait").into());
            }
            response = short => assert_eq!(response?.status().as_u16(), 200, "{path}"),
        }
    }
    Ok(())
}
