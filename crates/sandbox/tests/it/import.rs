//! People from files.

use std::fs;

use rosterkit_sandbox::{Sandbox, SandboxBuilder, StartError};
use serde_json::{Value, json};

use crate::support::lms::{record_id, texts};
use crate::support::{As, Services, TestResult};

const USERS: &str = "/genesys/api/v2/users";

/// A builder with a file of people that has this content.
fn with_file(folder: &tempfile::TempDir, service: &str, name: &str, content: &str) -> TestResult<SandboxBuilder> {
    let path = folder.path().join(name);
    fs::write(&path, content)?;
    Ok(Sandbox::builder().users(0).people(format!("{service}={}", path.display()).parse()?))
}

#[tokio::test]
async fn users_of_a_csv_file_keep_their_ids_and_versions() -> TestResult {
    let folder = tempfile::tempdir()?;
    let content = "id,name,email,title,state,version,manager.id,acdAutoAnswer\n\
        boss-1,A Roe,a.roe@example.com,Planner,active,7,,true\n\
        u-2,B Roe,b.roe@example.com,Agent,inactive,1,boss-1,\n\
        ,C Roe,c.roe@example.com,,deleted,,,\n";
    let services = Services::of(with_file(&folder, "genesys", "people.csv", content)?.start().await?)?;
    let get = async |path: &str| services.json(As::Genesys, "GET", &format!("{USERS}{path}")).await;
    let (status, boss) = get("/boss-1").await?;
    assert_eq!(status, 200, "{boss}");
    assert_eq!(
        (&boss["version"], &boss["title"], &boss["acdAutoAnswer"]),
        (&json!(7), &json!("Planner"), &json!(true))
    );
    assert_eq!(get("/u-2").await?.1["manager"]["id"], "boss-1");
    let (_, reports) = get("/boss-1/directreports").await?;
    assert_eq!((reports[0]["id"].as_str(), reports.as_array().map(Vec::len)), (Some("u-2"), Some(1)));
    for (state, total) in [("active", 1), ("inactive", 1), ("deleted", 1), ("any", 3)] {
        assert_eq!(get(&format!("?state={state}")).await?.1["total"], total, "{state}");
    }
    assert_eq!(get("/me").await?.1["id"], "boss-1", "the first one owns the token");
    let body = json!({ "title": "Director", "version": 7 }).to_string();
    let (status, changed) = services.post(As::Genesys, "PATCH", &format!("{USERS}/boss-1"), &body).await?;
    assert_eq!((status, &changed["id"], &changed["version"]), (200, &json!("boss-1"), &json!(8)));
    let body = json!({ "query": [{ "type": "EXACT", "fields": ["id"], "value": "u-2" }, { "type": "EXACT", "fields": ["state"], "value": "inactive" }] });
    let (_, found) = services.post(As::Genesys, "POST", &format!("{USERS}/search"), &body.to_string()).await?;
    assert_eq!(found["results"][0]["id"], "u-2");
    services.sandbox.reset()?;
    assert_eq!(get("/boss-1").await?.1["version"], 7, "a reset leaves the people of the file");
    Ok(())
}

#[tokio::test]
async fn users_of_a_file_are_named_by_their_ids_wherever_they_are_shown() -> TestResult {
    let folder = tempfile::tempdir()?;
    let content = "id,name,email\nu-1,A Roe,a.roe@example.com\nu-2,B Roe,b.roe@example.com\n";
    let services = Services::of(with_file(&folder, "genesys", "people.csv", content)?.users(3).start().await?)?;
    let (_, stations) = services.json(As::Genesys, "GET", "/genesys/api/v2/stations").await?;
    let mut entities = stations["entities"].as_array().ok_or("no stations")?.iter();
    let free = entities.find(|station| station["status"] == "AVAILABLE").ok_or("no free station")?;
    let station = free["id"].as_str().ok_or("no id")?;
    let path = format!("{USERS}/u-1/station/associatedstation/{station}");
    assert_eq!(services.send(As::Genesys, "PUT", &path).await?.status().as_u16(), 202);
    let (_, found) = services.json(As::Genesys, "GET", &format!("/genesys/api/v2/stations?id={station}")).await?;
    assert_eq!(found["entities"][0]["userId"], "u-1");

    let (_, session) = services.json(As::Genesys, "POST", &format!("{USERS}/u-2/screenmonitors/sessions")).await?;
    let id = session["screenMonitoringId"].as_str().ok_or_else(|| format!("no session: {session}"))?;
    let (_, shown) = services.json(As::Genesys, "GET", &format!("{USERS}/u-2/screenmonitors/sessions/{id}")).await?;
    assert_eq!(shown["targetUser"]["id"], "u-2");
    Ok(())
}

#[tokio::test]
async fn what_the_service_shows_can_be_fed_in_again() -> TestResult {
    let services = Services::of(Sandbox::builder().users(30).seed(7).start().await?)?;
    let all = "?state=any&pageSize=100&expand=skills,locations,groups,biography,employerInfo";
    let (_, page) = services.json(As::Genesys, "GET", &format!("{USERS}{all}")).await?;
    let listed = page["entities"].as_array().ok_or("no users")?;
    let lines: Vec<String> = listed.iter().map(Value::to_string).collect();
    let folder = tempfile::tempdir()?;
    let again = Services::of(with_file(&folder, "genesys", "export.jsonl", &lines.join("\n"))?.start().await?)?;
    let (_, page) = again.json(As::Genesys, "GET", &format!("{USERS}?state=any&pageSize=100")).await?;
    let shown = page["entities"].as_array().ok_or("no users")?;
    assert_eq!((shown.len(), listed.len()), (30, 30));
    for (user, before) in shown.iter().zip(listed) {
        for field in [
            "id",
            "name",
            "email",
            "username",
            "title",
            "department",
            "state",
            "version",
            "manager",
            "addresses",
            "division",
        ] {
            assert_eq!(user[field], before[field], "{field} of {}", before["id"]);
        }
    }
    Ok(())
}

#[tokio::test]
async fn users_of_the_session_service_come_from_a_file() -> TestResult {
    let folder = tempfile::tempdir()?;
    let content = "remoteId,firstName,lastName,active\nr-1,A,Roe,true\nr-2,B,Roe,false\nr-3,C,Roe,\n";
    let services = Services::of(with_file(&folder, "sessions", "users.csv", content)?.start().await?)?;
    let (status, page) = services.json(As::Sessions, "GET", "/sessions/users").await?;
    assert_eq!((status, &page["data"]["total"]), (200, &json!(3)), "{page}");
    let text = page.to_string();
    assert_eq!((text.matches("\"active\":true").count(), text.matches("\"active\":false").count()), (2, 1), "{page}");
    Ok(())
}

#[tokio::test]
async fn users_of_the_lms_come_from_a_file_and_are_users_like_any_other() -> TestResult {
    let folder = tempfile::tempdir()?;
    let content = "id,given,family,email,status,jobTitle,organization.id,organization.code,directAppraiser.id,attribute\n\
        a.roe,A,Roe,A.Roe@example.com,active,Agent,ORG-SALES,,b.roe,Early shift\n\
        b.roe,B,Roe,b.roe@example.com,,,ELSEWHERE,E,,\n\
        c.roe,,Roe,,inactive,,,,b.roe,\n";
    let services = Services::of(with_file(&folder, "lms", "people.csv", content)?.start().await?)?;
    let users = services.read_json("", "users", &[]).await?;
    assert_eq!(texts(&users["users"], "id"), ["a.roe", "b.roe", "c.roe"]);
    let expected = json!({
        "id": "a.roe", "family": "Roe", "given": "A", "email": "A.Roe@example.com", "status": "active", "jobTitle": "Agent",
        "organization": { "id": "ORG-SALES", "code": "SALES", "description": "Sales", "parent": "ORG-CUSTOMERS" },
        "directAppraiser": { "id": "b.roe" }, "attributes": [{ "description": "Early shift" }],
    });
    assert_eq!(users["users"][0], expected);
    assert_eq!(users["users"][1]["organization"], json!({ "id": "ELSEWHERE", "code": "E" }));
    for (filter, value, found) in [
        ("email", "a.roe@EXAMPLE.com", vec!["a.roe"]),
        ("userId", "c.roe", vec!["c.roe"]),
        ("organizationId", "ELSEWHERE", vec!["b.roe"]),
        ("organizationId", "ORG-SALES", vec!["a.roe"]),
        ("organizationId", "NOWHERE", vec![]),
    ] {
        let users = services.read_json("", "users", &[(filter, value)]).await?;
        assert_eq!(texts(&users["users"], "id"), found, "{filter}={value}");
    }
    let people = services.read_json("", "people", &[("keywords", "agent")]).await?;
    assert_eq!(texts(&people["people"], "id"), ["a.roe"]);
    let reports = services.read_json("b.roe", "directReports", &[]).await?;
    assert_eq!(texts(&reports["people"], "id"), ["a.roe", "c.roe"]);
    for (query, count) in [
        ("users200510Xml?status=all", 3),
        ("users200510Xml?status=inactive", 1),
        ("users200510Xml?status=all&organizationId=ELSEWHERE", 1),
        ("users200510Xml?status=all&organizationId=ORG-CUSTOMERS", 1),
        ("user200510Xml?userId=a.roe", 1),
    ] {
        let (function, query) = query.split_once('?').ok_or("no query")?;
        let (status, document) = services.export(function, query).await?;
        assert_eq!((status, document.matches("<user>").count()), (200, count), "{query}: {document}");
    }
    assert_eq!(services.export("users200510Xml", "status=all&organizationId=NOWHERE").await?.0, 404);

    // They sign in and enroll, and their manager decides.
    let accepted = services.sandbox.credentials();
    let me = |login: &str| {
        let url = format!("{}/ekp/api/me?format=json", services.sandbox.base_url());
        reqwest::Client::new().get(url).basic_auth(login, Some(accepted.lms_password)).send()
    };
    assert_eq!(me("a.roe").await?.json::<Value>().await?["family"], "Roe");
    assert_eq!(me("c.roe").await?.status().as_u16(), 401, "an inactive user cannot sign in");
    let form = [("learning-id", "SAFETY-101")];
    let (status, body) = services.function("POST", "a.roe", "enrollUser", &form).await?;
    assert_eq!(status, 200, "{body}");
    let records = services.read("a.roe", "records", &[]).await?;
    assert!(records.contains("<userId>a.roe</userId>") && records.contains("SAFETY-101"), "{records}");
    let id = record_id(&records, "SAFETY-101").ok_or("no record")?;
    assert_eq!(services.read_json("b.roe", "record", &[("id", &id)]).await?["userId"], "a.roe");
    let report = "USERID,LEARNINGID,STUDENTSTATUS,ENDDATE\nc.roe,SAFETY-104,Completed,01-02-2024\n";
    let (status, report) = services.bulk("trainingHistoryCsv", "text/csv", report).await?;
    assert!(status == 200 && report.contains("No Error Occurred"), "{report}");
    let (_, history) = services.export("completedTrainingRecordsXml", "userId=c.roe").await?;
    assert!(history.contains("SAFETY-104"), "{history}");
    services.sandbox.reset()?;
    assert!(!services.read("a.roe", "records", &[]).await?.contains("SAFETY-101"));
    assert_eq!(texts(&services.read_json("", "users", &[]).await?["users"], "id").len(), 3);
    Ok(())
}

#[tokio::test]
async fn users_of_the_lms_keep_their_assignments_groups_and_job_profiles() -> TestResult {
    let folder = tempfile::tempdir()?;
    let content = [
        json!({ "id": "a.roe", "family": "Roe", "assignment": [
            { "id": "A1", "code": "C1", "primary": "false", "userId": "a.roe" },
            { "id": "A2", "code": "C2", "primary": true, "group": "readers", "jobProfile": ["JP-01", "UNKNOWN"] },
        ] }),
        json!({ "id": "b.roe", "family": "Roe", "attributes": ["One", { "description": "Two" }], "organization": "X" }),
    ];
    let content = content.map(|line| line.to_string()).join("\n");
    let state = folder.path().join("state.json");
    let start = async || -> TestResult<Services> {
        Services::of(with_file(&folder, "lms", "p.jsonl", &content)?.users(3).state_file(&state).start().await?)
    };
    let services = start().await?;
    assert_eq!(services.logins().await?.len(), 5, "they come after the sample people");
    services.sandbox.close().await?;
    let services = start().await?;
    let assignments = services.read_json("a.roe", "assignments", &[]).await?;
    let assignments = &assignments["assignments"];
    assert_eq!(
        (texts(assignments, "id"), texts(assignments, "code")),
        (vec!["A1".into(), "A2".into()], vec!["C1".into(), "C2".into()])
    );
    let second = &assignments[1];
    assert_eq!(
        (&assignments[0]["primary"], &second["primary"], &second["groups"], &second["jobProfiles"]),
        (&json!(false), &json!(true), &json!(["readers"]), &json!(["JP-01"]))
    );
    services.read("a.roe", "records", &[("assignmentId", "A1")]).await?;
    let users = services.read_json("", "users", &[("userId", "b.roe")]).await?;
    assert_eq!(users["users"][0]["attributes"], json!([{ "description": "One" }, { "description": "Two" }]));
    let own = services.read_json("b.roe", "assignments", &[]).await?;
    assert_eq!(texts(&own["assignments"], "id"), ["A4-1"], "a user without assignments has one");
    let api = services.lms.api();
    api.user_group_adder().group_name("readers").target_assignment_code("C1").send().await?;
    let assignments = services.read_json("a.roe", "assignments", &[]).await?;
    assert_eq!(assignments["assignments"][0]["groups"], json!(["readers"]));
    Ok(())
}

#[tokio::test]
async fn people_of_a_file_come_after_the_sample_people() -> TestResult {
    let folder = tempfile::tempdir()?;
    let builder = with_file(&folder, "genesys", "p.csv", "name,email\nA Roe,a.roe@example.com\n")?;
    let services = Services::of(builder.users(5).seed(7).start().await?)?;
    let (_, page) = services.json(As::Genesys, "GET", USERS).await?;
    assert_eq!((&page["total"], &page["entities"][5]["name"]), (&json!(6), &json!("A Roe")));
    Ok(())
}

#[tokio::test]
async fn people_of_a_file_outlive_the_sandbox_in_its_state_file() -> TestResult {
    let folder = tempfile::tempdir()?;
    let state = folder.path().join("state.json");
    let content = "id,name,email\nu-1,A Roe,a.roe@example.com\n";
    let start = async || -> TestResult<Services> {
        Services::of(with_file(&folder, "genesys", "p.csv", content)?.state_file(&state).start().await?)
    };
    let services = start().await?;
    services.send(As::Genesys, "DELETE", &format!("{USERS}/u-1")).await?;
    services.sandbox.close().await?;
    let services = start().await?;
    let (status, user) = services.json(As::Genesys, "GET", &format!("{USERS}/u-1?state=deleted")).await?;
    assert_eq!((status, &user["state"]), (200, &json!("deleted")));
    Ok(())
}

#[tokio::test]
async fn an_unusable_file_is_refused_with_line_and_field_and_without_values() -> TestResult {
    let folder = tempfile::tempdir()?;
    for (service, name, content, expected) in [
        ("genesys", "a.csv", "name,email\nSecret,\n", "line 2: `email` is required"),
        (
            "genesys",
            "a.csv",
            "name,emails\nSecret,secret@example.com\n",
            "line 2: unknown field `emails`; did you mean `email`?",
        ),
        ("genesys", "a.csv", "name,email,version\nSecret,secret@example.com,0\n", "line 2: invalid `version`"),
        ("genesys", "a.csv", "name,email,state\nSecret,secret@example.com,asleep\n", "line 2: The value of `state`"),
        ("genesys", "a.jsonl", "{\"name\": \"Secret\", \"email\": \"secret\"}", "line 1: The value of `email`"),
        (
            "genesys",
            "a.csv",
            "name,email\nSecret,secret@example.com\nTwin,secret@example.com\n",
            "line 3: `email` is that of another user",
        ),
        (
            "genesys",
            "a.csv",
            "id,name,email\ns,Secret,secret@example.com\ns,Twin,twin@example.com\n",
            "line 3: `id` is that of another user",
        ),
        ("sessions", "a.csv", "remoteId,firstName\nsecret,Secret\n", "line 2: lastName is missing"),
        (
            "sessions",
            "a.csv",
            "remoteId,firstName,lastName\ns,S,S\ns,S,S\n",
            "line 3: `remoteId` is that of another user",
        ),
        ("lms", "a.csv", "id,given\nsecret,Secret\n", "line 2: `family` is required"),
        ("lms", "a.csv", "family\nSecret\n", "line 2: `id` is required"),
        ("lms", "a.csv", "id,family,emails\ns,S,secret\n", "line 2: unknown field `emails`; did you mean `email`?"),
        (
            "lms",
            "a.csv",
            "id,family,organization.cod\ns,S,secret\n",
            "line 2: unknown field `organization.cod`; did you mean `organization.code`?",
        ),
        ("lms", "a.csv", "id,family,status\ns,S,secret\n", "line 2: invalid `status`: expected active or inactive"),
        ("lms", "a.csv", "id,family\ns,S\nt,S\ns,S\n", "line 4: `id` is that of another user"),
        ("lms", "a.csv", "id,family\nintegration,S\n", "line 2: `id` is that of another user"),
        ("lms", "a.csv", "id,family,organizationId,organization.id\ns,S,X,X\n", "`organization.id` is given twice"),
        ("lms", "a.csv", "id,family,assignments\ns,S,[secret\n", "line 2: invalid `assignments`: expected JSON"),
        ("lms", "a.jsonl", r#"{"id": "s\u0007", "family": "S"}"#, "line 1: invalid `id`: expected a text"),
        ("lms", "a.jsonl", r#"{"id": "s", "family": ["Secret"]}"#, "line 1: invalid `family`: expected a text"),
        ("lms", "a.jsonl", r#"{"id": "s", "family": "S", "attributes": [{}]}"#, "line 1: invalid `attributes`"),
        ("lms", "a.jsonl", r#"{"id": "s", "family": "S", "assignments": "A1"}"#, "line 1: invalid `assignments`"),
        (
            "lms",
            "a.jsonl",
            r#"{"id": "s", "family": "S", "assignments": [{"id": "A1", "cod": "secret"}]}"#,
            "line 1: `assignments`: unknown field `cod`; did you mean `code`?",
        ),
        (
            "lms",
            "a.jsonl",
            r#"{"id": "s", "family": "S", "assignments": [{"id": "A1", "code": "C1"}, {"id": "A2", "code": "C1"}]}"#,
            "line 1: `assignments.code` is that of another assignment",
        ),
        ("genesys", "a.xlsx", "", "must end with .csv or .jsonl"),
    ] {
        let error = with_file(&folder, service, name, content)?.start().await.err().ok_or("was not refused")?;
        let message = error.to_string();
        assert!(matches!(error, StartError::People(_)) && message.contains(expected), "{expected}: {message}");
        assert!(!message.to_lowercase().contains("secret"), "{message}");
    }
    let missing = Sandbox::builder().people("genesys=/nowhere/people.csv".parse()?).start().await;
    assert!(matches!(missing, Err(StartError::People(_))));
    for (text, expected) in
        [("people.csv", "SERVICE=FILE"), ("genesis=a.csv", "did you mean `genesys`?"), ("lms=", "SERVICE=FILE")]
    {
        let error = text.parse::<rosterkit_sandbox::PeopleFile>().map_err(|error| error.to_string());
        assert!(error.as_ref().is_err_and(|message| message.contains(expected)), "{text}: {error:?}");
    }
    Ok(())
}
