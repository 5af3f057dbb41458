//! LMS: enrollments, and the functions that show and change them.

use crate::support::lms::{element, record_id, records, texts};
use crate::support::{Services, TestResult, services};

/// A self-paced module in which the first person has no record.
const MODULE: &str = "SAFETY-105";

async fn enroll(services: &Services, login: &str, module: &str) -> TestResult<String> {
    let enrolled = services.lms.api().enroll_user().learning_id(module).on_behalf_of(login).send().await?;
    Ok(enrolled.into_inner().text().await?)
}

/// The login of a user without a record of a module.
async fn user_without(services: &Services, module: &str) -> TestResult<String> {
    for login in services.logins().await? {
        if !services.read(&login, "records", &[]).await?.contains(&format!("<id>{module}</id>")) {
            return Ok(login);
        }
    }
    Err("all users have a record".into())
}

#[tokio::test]
async fn every_function_shows_a_new_enrollment() -> TestResult {
    let services = services(20).await?;
    let login = user_without(&services, MODULE).await?;
    let response = enroll(&services, &login, MODULE).await?;
    let id = record_id(&response, MODULE).ok_or(response.clone())?;
    assert_eq!(element(&response, "overallStatus"), Some("enrolled"));
    let same = format!("<trainingRecord id=\"{id}\">");
    for function in ["enrollments", "records"] {
        assert!(services.read(&login, function, &[]).await?.contains(&same), "{function}");
    }
    let record = services.read_json(&login, "record", &[("id", &id)]).await?;
    assert_eq!((&record["id"], &record["overallStatus"]), (&id.as_str().into(), &"enrolled".into()));
    let path = services.read_json(&login, "learningPath", &[]).await?;
    let item = |path: &serde_json::Value| {
        let items = path["trainingPlanItems"].as_array().cloned().unwrap_or_default();
        items.into_iter().find(|item| item["module"]["id"] == MODULE).unwrap_or_default()
    };
    assert_eq!(item(&path)["status"]["code"], "needsAction", "{path}");
    assert!(services.read(&login, "trainingPlan", &[]).await?.contains(&format!("TX={id}")));
    let query = format!("userId={login}&moduleIds=NONE,%20{MODULE}");
    assert!(services.export("trainingHistoryXml", &query).await?.1.contains(&same));
    assert!(!services.export("completedTrainingRecordsXml", &query).await?.1.contains(&same));

    let form = [("enrollmentId", id.as_str()), ("status", "completed"), ("simpleResponse", "true")];
    let (status, changed) = services.change(&login, "overallStatusChanger", &form).await?;
    assert_eq!((status, texts(&changed["enrollments"], "overallStatus")), (200, vec!["completed".to_owned()]));
    assert!(!services.read(&login, "enrollments", &[]).await?.contains(&same));
    assert!(services.read(&login, "records", &[]).await?.contains(&same));
    assert!(services.export("completedTrainingRecordsXml", &query).await?.1.contains(&same));
    let path = services.read_json(&login, "learningPath", &[]).await?;
    assert_eq!(item(&path)["status"]["code"], "completed");

    let (status, all) = services.change("", "overallStatusChanger", &form[..2]).await?;
    assert!(status == 200 && texts(&all["enrollments"], "id").contains(&id));
    for (form, expected) in [
        ([("enrollmentId", id.as_str()), ("status", "done")], 400),
        ([("enrollmentId", "none"), ("status", "completed")], 404),
    ] {
        assert_eq!(services.change(&login, "overallStatusChanger", &form).await?.0, expected);
    }
    Ok(())
}

#[tokio::test]
async fn a_rejected_enrollment_has_a_successful_status() -> TestResult {
    let services = services(60).await?;
    let login = services.login(1).await?;
    let refused = |module: &'static str, session: &'static str| {
        let (services, login) = (&services, &login);
        async move {
            let form = [("learning-id", module), ("session-code", session)];
            let (status, body) = services.function("POST", login, "enrollUser", &form).await?;
            assert_eq!(status, 200);
            TestResult::Ok(element(&body, "code").map(str::to_owned).unwrap_or(body))
        }
    };
    assert_eq!(refused("NONE-1", "").await?, "no-such-module");
    assert_eq!(refused("PHONE-111", "NONE").await?, "no-such-session");
    assert_eq!(refused("PHONE-111", "PHONE-111-S1").await?, "session-closed");
    assert_eq!(refused("TOOLS-105", "").await?, "module-archived");
    assert_eq!(refused("PRIVACY-210", "").await?, "prerequisites-not-met");
    let login = user_without(&services, MODULE).await?;
    enroll(&services, &login, MODULE).await?;
    assert_eq!(element(&enroll(&services, &login, MODULE).await?, "code"), Some("already-enrolled"));
    Ok(())
}

#[tokio::test]
async fn enrolling_in_a_full_session_puts_on_the_waiting_list() -> TestResult {
    let services = services(60).await?;
    let session = "PHONE-111-S2";
    let mut seen = Vec::new();
    for number in 40..58 {
        if number % 50 == 24 {
            continue;
        }
        let login = services.login(number).await?;
        let form = [("learning-id", "PHONE-111"), ("session-code", session)];
        let (_, body) = services.function("POST", &login, "enrollUser", &form).await?;
        seen.push(element(&body, "overallStatus").ok_or(body.clone())?.to_owned());
    }
    let enrolled = seen.iter().filter(|status| *status == "enrolled").count();
    assert_eq!((enrolled, seen.last().map(String::as_str)), (12, Some("waitlisted")), "{seen:?}");
    let module = services.read("", "module", &[("id", "PHONE-111")]).await?;
    let place = module.find(&format!("<code>{session}</code>")).ok_or("no session")?;
    let id = module[..place].rsplit("<session><id>").next().and_then(|rest| rest.split('<').next()).ok_or("no id")?;
    let form = [("moduleId", "PHONE-111"), ("sessionId", id)];
    let participants = services.read_json("", "participants", &form).await?;
    assert_eq!(participants["participants"].as_array().map(Vec::len), Some(seen.len()), "{participants}");
    assert_eq!(
        services.function("GET", "", "participants", &[form[0], ("sessionId", "x"), ("format", "json")]).await?.0,
        404
    );
    Ok(())
}

#[tokio::test]
async fn the_people_of_a_session_are_its_participants() -> TestResult {
    let services = services(20).await?;
    let login = services.login(4).await?;
    let module = services.read("", "module", &[("id", "PHONE-110")]).await?;
    let session = element(&module, "session").and_then(|session| element(session, "id")).ok_or("no session")?;
    let parameters = [("moduleId", "PHONE-110"), ("sessionId", session)];
    let before = services.read_json("", "participants", &parameters).await?;
    let before = before["participants"].as_array().cloned().unwrap_or_default();
    assert_eq!(before.len(), 10, "the first ten people");
    let own = before.iter().find(|participant| participant["user"]["id"] == login.as_str()).ok_or("not there")?;
    let enrollment = own["enrollmentId"].as_str().ok_or("no id")?;
    assert!(services.read(&login, "records", &[]).await?.contains(enrollment));
    services.change("", "overallStatusChanger", &[("enrollmentId", enrollment), ("status", "withdrawn")]).await?;
    let after = services.read_json("", "participants", &parameters).await?;
    assert_eq!(after["participants"].as_array().map(Vec::len), Some(9));
    Ok(())
}

#[tokio::test]
async fn enrollment_requests_have_the_form_and_the_paths_that_clients_of_2014_use() -> TestResult {
    let services = services(20).await?;
    let (login, manager) = (services.login(12).await?, services.login(1).await?);
    let form = [("learning-id", "LEAD-102"), ("reason", "A & B")];
    let (status, response) = services.function("POST", &login, "enrollUser", &form).await?;
    let id = record_id(&response, "LEAD-102").ok_or(response)?;
    assert_eq!(status, 200);
    let (status, xml) =
        services.function("GET", &manager, "enrollment-requests", &[("inbox", "true"), ("format", "xml")]).await?;
    assert_eq!(status, 200, "{xml}");
    let start = format!("<request><id>{id}</id><from><id>{login}</id><family>");
    let request = xml.split(&start).nth(1).and_then(|rest| rest.split("</request>").next()).ok_or(xml.clone())?;
    let mut rest = request;
    for part in [
        "</family><given>",
        "</from><session><id>",
        "<module><id>LEAD-102</id><title>",
        "</module></session><reason>A &amp; B</reason>",
        "<step><id>1</id>",
    ] {
        rest = rest.split_once(part).ok_or(format!("{part} is not in {rest}"))?.1;
    }
    for (user, function, step, expected) in [
        (manager.as_str(), "enrollment-request-approver", "1", "ok"),
        ("", "enrollment-request-denier", "2", "ok"),
        ("", "enrollmentRequestDenier", "2", "inactive-step"),
    ] {
        let form = [("request-id", id.as_str()), ("step-id", step)];
        let (status, response) = services.function("POST", user, function, &form).await?;
        let response: serde_json::Value = serde_json::from_str(&response)?;
        assert_eq!((status, response["status"].as_str()), (200, Some(expected)), "without `format` it is JSON");
    }
    let requests = services.read_json(&login, "enrollmentRequests", &[]).await?;
    let own = requests["requests"].as_array().and_then(|all| all.iter().find(|one| one["id"] == id.as_str()));
    let own = own.ok_or("no request")?;
    assert_eq!((&own["state"], own.get("step")), (&"denied".into(), None), "{own}");
    assert_eq!(texts(&own["decisions"], "state"), ["approved", "denied"]);
    let wrong = services.function("POST", "", "enrollment-requests", &[]).await?;
    assert_eq!(wrong.0, 405);
    Ok(())
}

#[tokio::test]
async fn approval_steps_are_decided_in_order() -> TestResult {
    let services = services(20).await?;
    let (login, manager) = (services.login(12).await?, services.login(1).await?);
    let response = enroll(&services, &login, "LEAD-102").await?;
    let id = record_id(&response, "LEAD-102").ok_or(response.clone())?;
    assert_eq!(element(&response, "overallStatus"), Some("pendingApproval"));
    let inbox = services.read_json(&manager, "enrollmentRequests", &[("inbox", "true")]).await?;
    assert!(texts(&inbox["requests"], "id").contains(&id), "{inbox}");
    let decide = |user: String,
                  function: &'static str,
                  id: String,
                  step: &'static str,
                  more: Vec<(&'static str, &'static str)>| {
        let services = &services;
        async move {
            let form: Vec<_> = [("request-id", id.as_str()), ("step-id", step)].into_iter().chain(more).collect();
            let (status, response) = services.change(&user, function, &form).await?;
            assert_eq!(status, 200, "{response}");
            TestResult::Ok(response["status"].as_str().unwrap_or_default().to_owned())
        }
    };
    let approve = |user: &str, id: &str, step, more: &[(&'static str, &'static str)]| {
        decide(user.to_owned(), "enrollmentRequestApprover", id.to_owned(), step, more.to_vec())
    };
    assert_eq!(approve("", "none", "1", &[]).await?, "no-such-request");
    assert_eq!(approve("", &id, "9", &[]).await?, "no-such-step");
    assert_eq!(approve("", &id, "2", &[]).await?, "inactive-step");
    assert_eq!(approve("", &id, "1", &[]).await?, "invalid-approver");
    assert_eq!(approve(&manager, &id, "1", &[("comments", "Go")]).await?, "ok");
    assert_eq!(approve(&manager, &id, "1", &[]).await?, "inactive-step", "it is decided");
    let inbox = services.read_json(&manager, "enrollmentRequests", &[("inbox", "true")]).await?;
    assert!(!texts(&inbox["requests"], "id").contains(&id));
    let inbox = services.read_json("", "enrollmentRequests", &[("inbox", "true")]).await?;
    assert!(texts(&inbox["requests"], "id").contains(&id), "the next step is the administration's");
    assert_eq!(approve("", &id, "2", &[]).await?, "payment-required");
    assert_eq!(approve("", &id, "2", &[("cost-center", "CC-1")]).await?, "ok");
    let record = services.read_json(&login, "record", &[("id", &id)]).await?;
    assert_eq!(record["overallStatus"], "enrolled");
    let requests = services.read_json(&login, "enrollmentRequests", &[("filter", "leading TALKS")]).await?;
    let own = requests["requests"].as_array().and_then(|all| all.iter().find(|one| one["id"] == id.as_str())).cloned();
    let own = own.ok_or("no request")?;
    assert_eq!((&own["state"], &own["costCenter"]), (&"approved".into(), &"CC-1".into()), "{own}");
    let later = services.read_json(&login, "enrollmentRequests", &[("since", "2030-01-01T00:00Z")]).await?;
    assert_eq!(later["requests"].as_array().map(Vec::len), Some(0));
    let mailbox = services.read_json(&login, "mailbox", &[]).await?;
    assert!(texts(&mailbox["messages"], "subject").contains(&"Your request".to_owned()));

    let response = enroll(&services, &login, "LEAD-101").await?;
    let id = record_id(&response, "LEAD-101").ok_or(response)?;
    assert_eq!(decide(manager, "enrollmentRequestDenier", id.clone(), "1", Vec::new()).await?, "ok");
    let record = services.read_json(&login, "record", &[("id", &id)]).await?;
    assert_eq!(record["overallStatus"], "cancelled");
    assert_eq!(approve("", &id, "2", &[]).await?, "inactive-step", "a denial ends the process");
    Ok(())
}

#[tokio::test]
async fn a_pending_withdrawal_is_decided_once() -> TestResult {
    let services = services(150).await?;
    let mut decided = 0;
    for (number, function) in [("a", "withdrawalRequestApprover"), ("b", "withdrawalRequestDenier")] {
        for login in services.logins().await? {
            let requests = services.read_json(&login, "withdrawalRequests", &[]).await?;
            let all = requests["requests"].as_array().cloned().unwrap_or_default();
            let Some(own) = all.iter().find(|one| one["user"]["id"] == login.as_str() && one["state"] == "pending")
            else {
                continue;
            };
            let id = own["id"].as_str().ok_or("no id")?;
            let form = [("request-id", id), ("comments", number)];
            let approver = own["approver"].as_str().ok_or("no approver")?;
            assert_eq!(
                services.change(&login, function, &form).await?.0,
                403,
                "users cannot decide on their own request"
            );
            let (status, outcome) = services.change(approver, function, &form).await?;
            let expected = if function.ends_with("Approver") { "withdrawn" } else { "enrolled" };
            assert_eq!((status, &outcome["overallStatus"]), (200, &expected.into()));
            assert_eq!(services.change(approver, function, &form).await?.0, 409);
            let record = services.read_json(&login, "record", &[("id", id)]).await?;
            assert_eq!(record["overallStatus"], expected);
            decided += 1;
            break;
        }
        let (status, _) = services.change("", function, &[("request-id", "none")]).await?;
        assert_eq!(status, 404);
    }
    assert_eq!(decided, 2);
    Ok(())
}

#[tokio::test]
async fn a_participant_is_substituted() -> TestResult {
    let services = services(20).await?;
    let giver = user_without(&services, MODULE).await?;
    let response = enroll(&services, &giver, MODULE).await?;
    let id = record_id(&response, MODULE).ok_or(response)?;
    let mut takers = Vec::new();
    for number in [3, 10, 5, 6, 8, 9] {
        let login = services.login(number).await?;
        if login != giver && !services.read(&login, "records", &[]).await?.contains(MODULE) {
            takers.push((number, login));
        }
    }
    let (_, taker) = takers.iter().find(|(number, _)| number % 7 != 3).ok_or("no user enrolled")?;
    let form = |more: &[(&'static str, String)]| {
        let all = [("enrollmentId", id.clone())].into_iter().chain(more.iter().cloned());
        all.collect::<Vec<_>>()
    };
    let substitute = |form: Vec<(&'static str, String)>| {
        let services = &services;
        async move {
            let form: Vec<_> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
            services.change("", "participantSubstituter", &form).await
        }
    };
    assert_eq!(substitute(form(&[])).await?.0, 400, "the target is missing");
    assert_eq!(substitute(form(&[("targetUserId", services.login(3).await?)])).await?.0, 400, "two assignments");
    assert_eq!(
        substitute(form(&[("targetUserId", taker.clone()), ("targetAssignmentId", "A3-1".to_owned())])).await?.0,
        400
    );
    let (status, response) =
        substitute(form(&[("targetUserId", taker.clone()), ("notifications", "true".to_owned())])).await?;
    assert_eq!(status, 200, "{response}");
    assert!(!services.read(&giver, "records", &[]).await?.contains(&id));
    assert!(services.read(taker, "enrollments", &[]).await?.contains(&id));
    assert!(services.export("trainingHistoryXml", &format!("userId={taker}")).await?.1.contains(&id));
    let mailbox = services.read_json(taker, "mailbox", &[]).await?;
    assert!(texts(&mailbox["messages"], "subject").contains(&"You take part".to_owned()));
    Ok(())
}

#[tokio::test]
async fn a_launch_counts_as_an_attempt() -> TestResult {
    let services = services(20).await?;
    let login = user_without(&services, "SAFETY-101").await?;
    let response = enroll(&services, &login, "SAFETY-101").await?;
    let id = record_id(&response, "SAFETY-101").ok_or(response)?;
    let launch = |id: &str, moment: &str, again: &str| {
        let form =
            [("enrollmentId", id), ("datetime", moment), ("allowNewAttempt", again)].map(|(a, b)| (a, b.to_owned()));
        let (services, login) = (&services, login.clone());
        async move {
            let form = form.each_ref().map(|(name, value)| (*name, value.as_str()));
            services.change(&login, "launchTracker", &form).await
        }
    };
    assert_eq!(launch(&id, "2024-12-31T20:00Z", "false").await?.1["attemptCount"], 1);
    assert_eq!(launch(&id, "soon", "false").await?.0, 400);
    let record = services.read_json(&login, "record", &[("id", &id)]).await?;
    assert_eq!((&record["overallStatus"], &record["attemptCount"]), (&"incomplete".into(), &1.into()));
    assert_eq!(record["startDate"], "2024-12-31T20:00:00.000+00:00");
    services.change(&login, "overallStatusChanger", &[("enrollmentId", &id), ("status", "completed")]).await?;
    assert_eq!(launch(&id, "2024-12-31T21:00Z", "false").await?.0, 409);
    assert_eq!(launch(&id, "2024-12-31T21:00Z", "true").await?.1["attemptCount"], 2);
    let other = services.login(1).await?;
    let foreign = [("enrollmentId", id.as_str()), ("datetime", "2024-12-31T20:00Z")];
    if other != login {
        assert_eq!(services.change(&other, "launchTracker", &foreign).await?.0, 403);
    }
    Ok(())
}

#[tokio::test]
async fn a_program_accepts_sessions_of_its_modules_only() -> TestResult {
    let services = services(20).await?;
    let login = services.login(5).await?;
    let response = enroll(&services, &login, "TRAIN-300").await?;
    let id = record_id(&response, "TRAIN-300").ok_or(response)?;
    let add = |module: &'static str, session: &'static str| {
        let (services, login, id) = (&services, &login, &id);
        async move {
            let form =
                [("programSessionEnrollmentId", id.as_str()), ("moduleId", module), ("moduleSessionCode", session)];
            services.change(login, "programModuleEnroller", &form).await
        }
    };
    assert_eq!(add("PHONE-110", "").await?.0, 400, "a session has to be named");
    assert_eq!(add("PHONE-111", "PHONE-111-S3").await?.0, 400, "not a module of the program");
    assert_eq!(add("PHONE-110", "PHONE-111-S3").await?.0, 400, "not a session of the module");
    let (status, child) = add("PHONE-110", "PHONE-110-S3").await?;
    assert_eq!(status, 200, "{child}");
    let child_id = child["id"].as_str().ok_or("no id")?;
    assert_eq!(add("PHONE-110", "PHONE-110-S3").await?.0, 409);
    let document = services.read(&login, "records", &[]).await?;
    let program = document.find(&format!("<trainingRecord id=\"{id}\"")).ok_or("no program")?;
    let inner = document[program..].find(&format!("<trainingRecord id=\"{child_id}\"")).ok_or("no child")?;
    let end = document[program..].find("</trainingRecord>").ok_or("no end")?;
    assert!(inner < end, "the record of the module lies in that of the program");
    Ok(())
}

#[tokio::test]
async fn a_finished_task_is_approved_by_the_manager() -> TestResult {
    let services = services(60).await?;
    for number in 0..6 {
        let manager = services.login(number).await?;
        let pending = services.read_json(&manager, "taskApproval", &[("status", "pending")]).await?;
        let Some(task) = pending["tasks"].get(0) else { continue };
        let (id, user) = (task["id"].as_str().ok_or("no id")?, task["user"]["id"].as_str().ok_or("no user")?);
        assert_eq!(services.change(user, "taskApprover", &[("taskId", id)]).await?.0, 403);
        assert_eq!(services.change(&manager, "taskApprover", &[("taskId", id)]).await?.0, 200);
        assert_eq!(services.change(&manager, "taskApprover", &[("taskId", id)]).await?.0, 409);
        let approved = services.read_json(&manager, "taskApproval", &[("status", "approved")]).await?;
        assert_eq!(texts(&approved["tasks"], "id"), [id]);
        assert!(services.read(user, "records", &[]).await?.contains(id));
        let record = services.read_json(user, "record", &[("id", id)]).await?;
        assert_eq!(record["overallStatus"], "completed");
        return Ok(());
    }
    Err("no finished task".into())
}

#[tokio::test]
async fn completed_modules_award_competencies_and_certificates() -> TestResult {
    let services = services(60).await?;
    let mut certificates = 0;
    for login in services.logins().await? {
        let history = services.read(&login, "records", &[]).await?;
        let awarded = services.read_json(&login, "competenciesAwarded", &[]).await?;
        let done = records(&history).into_iter().any(|record| {
            record.contains("<id>SAFETY-101</id>") && record.contains("<overallStatus>completed</overallStatus>")
        });
        assert_eq!(texts(&awarded["competencies"], "id").contains(&"CMP-01".to_owned()), done, "{login}");
        let awards = services.read(&login, "certificationsAwarded", &[]).await?;
        if let Some(award) = element(&awards, "awardId") {
            let pdf = services.lms.api().certificate().award_id(award).on_behalf_of(login.as_str()).send().await?;
            assert_eq!(pdf.media_type(), Some("application/pdf"));
            assert!(pdf.into_inner().bytes().await?.starts_with(b"%PDF-"));
            certificates += 1;
        }
    }
    assert!(certificates > 0);
    assert_eq!(services.function("GET", "", "certificate", &[("awardId", "AW-none")]).await?.0, 404);
    Ok(())
}

#[tokio::test]
async fn a_substitute_completes_an_item_of_a_learning_path() -> TestResult {
    let services = services(20).await?;
    let login = user_without(&services, "PRIVACY-202").await?;
    let profiles = services.read_json("", "jobProfiles", &[("groupBy", "none"), ("max", "50")]).await?;
    for profile in texts(&profiles["jobProfiles"], "id") {
        services.change("", "jobProfileAssigner", &[("profileId", &profile), ("userId", &login)]).await?;
    }
    let item = async || -> TestResult<(String, serde_json::Value)> {
        let path = services.read_json(&login, "learningPath", &[]).await?;
        let list = |value: &serde_json::Value, name: &str| value[name].as_array().cloned().unwrap_or_default();
        let competencies = list(&path, "jobProfiles").into_iter().flat_map(|profile| list(&profile, "competencies"));
        let sequences = competencies.flat_map(|competency| list(&competency, "sequences"));
        let mut items = sequences.flat_map(|sequence| list(&sequence, "items"));
        let item = items.find(|item| item["module"]["id"] == "PRIVACY-202").ok_or("no item")?;
        Ok((
            item["status"]["code"].as_str().unwrap_or_default().to_owned(),
            item["status"]["acquiredBySubstitutes"].clone(),
        ))
    };
    let (before, by_substitutes) = item().await?;
    assert!(before != "completed" && by_substitutes == false, "{before}");
    let row = format!("USERID,LEARNINGID,STUDENTSTATUS,ENDDATE\n{login},PRIVACY-230,Completed,01-02-2024\n");
    let (_, report) = services.bulk("trainingHistoryCsv", "text/csv", &row).await?;
    assert!(report.contains("No Error Occurred"), "{report}");
    assert_eq!(item().await?, ("completed".to_owned(), true.into()));
    let path = services.lms.api().learning_path().on_behalf_of(login.as_str()).send_document().await?.into_inner();
    let plan = path.training_plan_item.unwrap_or_default();
    assert!(plan.iter().all(|item| item.status.as_ref().and_then(|it| it.acquired_by_substitutes) == Some(false)));
    Ok(())
}

#[tokio::test]
async fn the_exports_are_filtered() -> TestResult {
    let services = services(60).await?;
    let count = |document: &str| records(document).len();
    let (status, all) = services.export("trainingHistoryXml", "").await?;
    assert!(status == 200 && all.contains("<trainingHistory xmlns=\"") && all.ends_with("</trainingHistory>"));
    let (_, early) = services.export("trainingHistoryXml", "lastUpdatedEnd=2024-09-30T23:59Z").await?;
    let (_, late) = services.export("trainingHistoryXml", "lastUpdatedStart=2024-10-01T00:00Z").await?;
    assert!(count(&early) > 0 && count(&late) > 0);
    assert_eq!(count(&early) + count(&late), count(&all), "no record changed in between");
    let (_, completed) = services.export("completedTrainingRecordsXml", "").await?;
    assert_eq!(count(&completed), completed.matches("<overallStatus>completed").count());
    let (_, some) = services.export("trainingHistoryXml", "organizationId=ORG-OPERATIONS").await?;
    assert!(count(&some) > 0 && count(&some) < count(&all));
    let (_, chosen) = services.export("trainingHistoryXml", "fields=userId,learningModule(id)").await?;
    assert!(count(&chosen) == count(&all) && !chosen.contains("<title>") && !chosen.contains("overallStatus"));
    for query in ["lastUpdatedStart=2024-10-01", "lastUpdatedEnd=soon", "includeOlder=yes", "fields=x"] {
        assert_eq!(services.export("trainingHistoryXml", query).await?.0, 400, "{query}");
    }
    Ok(())
}
