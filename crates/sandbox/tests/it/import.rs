//! People from files.

use std::fs;

use rosterkit_sandbox::{Sandbox, SandboxBuilder, StartError};
use serde_json::{Value, json};

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
