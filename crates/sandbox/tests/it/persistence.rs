//! The state file.

use std::fs;

use rosterkit_sandbox::{Permissions, Sandbox, SandboxBuilder, StartError, StateError};
use serde_json::{Value, json};

use crate::support::{TestResult, http};

fn builder() -> SandboxBuilder {
    Sandbox::builder().users(4).seed(7)
}

async fn total(sandbox: &Sandbox) -> TestResult<Value> {
    let request = http()?.get(format!("{}/users", sandbox.sessions_url()));
    let response = request.header("x-api-key", sandbox.credentials().session_key).send().await?;
    Ok(response.json::<Value>().await?["data"]["total"].take())
}

async fn add(sandbox: &Sandbox, remote_id: &str) -> TestResult {
    let body = json!({ "users": [{ "remoteId": remote_id, "firstName": "A", "lastName": "B" }] });
    let request = http()?.post(format!("{}/users/batch", sandbox.sessions_url()));
    let response = request.header("x-api-key", sandbox.credentials().session_key).json(&body).send().await?;
    assert_eq!(response.status().as_u16(), 200);
    Ok(())
}

#[tokio::test]
async fn changes_time_and_tokens_survive_a_restart() -> TestResult {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("state.json");
    let sandbox = builder().state_file(&file).start().await?;
    assert!(!file.exists(), "nothing has changed yet");
    add(&sandbox, "r").await?;
    sandbox.advance(std::time::Duration::from_secs(60));
    let (now, token) = (sandbox.now(), sandbox.access_token(Permissions::all()));
    sandbox.close().await?;

    let sandbox = builder().state_file(&file).start().await?;
    assert_eq!((total(&sandbox).await?, sandbox.now()), (json!(3), now));
    let users = http()?.get(format!("{}/api/v2/users", sandbox.genesys_url())).bearer_auth(token).send().await?;
    assert_eq!(users.status().as_u16(), 200);
    assert_eq!(fs::read_dir(folder.path())?.count(), 1, "nothing half-written stays behind");
    Ok(())
}

#[tokio::test]
async fn the_file_is_written_on_request() -> TestResult {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("state.json");
    let sandbox = builder().state_file(&file).start().await?;
    add(&sandbox, "r").await?;
    sandbox.save()?;
    let saved: Value = serde_json::from_slice(&fs::read(&file)?)?;
    assert_eq!(
        (&saved["format"], &saved["seed"], &saved["users"]),
        (&json!("rosterkit-sandbox"), &json!(7), &json!(4))
    );
    drop(sandbox);
    assert_eq!(total(&builder().state_file(&file).start().await?).await?, 3);
    assert!(matches!(builder().start().await?.save(), Err(StateError::NoFile)));
    Ok(())
}

#[tokio::test]
async fn a_file_that_does_not_match_is_rejected_and_unchanged() -> TestResult {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("state.json");
    let sandbox = builder().state_file(&file).start().await?;
    add(&sandbox, "r").await?;
    sandbox.close().await?;
    let good = fs::read_to_string(&file)?;
    for (text, part) in [
        (String::new(), "invalid JSON"),
        (good[..good.len() / 2].to_owned(), "invalid JSON"),
        ("{}".to_owned(), "not a state of a sandbox"),
        (good.replace("\"version\":1", "\"version\":2"), "unsupported version"),
        (good.replace("\"seed\":7", "\"seed\":8"), "4 people of seed 8"),
        (good.replace("\"users\":4", "\"users\":5"), "5 people of seed 7"),
        (good.replace("\"created\"", "\"craeted\""), "invalid state"),
        (good.replace("\"now\":\"2025", "\"now\":\"the year 2025"), "expected a date-time"),
    ] {
        fs::write(&file, &text)?;
        let error = builder().state_file(&file).start().await.err().ok_or("it was taken")?;
        assert!(matches!(error, StartError::State(_)) && error.to_string().contains(part), "{part}: {error}");
        assert_eq!(fs::read_to_string(&file)?, text);
    }
    Ok(())
}

#[tokio::test]
async fn a_sandbox_that_is_dropped_keeps_its_changes() -> TestResult {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("state.json");
    let sandbox = builder().state_file(&file).start().await?;
    add(&sandbox, "r").await?;
    // As far as time goes, and the file can still be read.
    sandbox.advance(std::time::Duration::MAX);
    drop(sandbox);
    let sandbox = builder().state_file(&file).start().await?;
    assert_eq!(
        (total(&sandbox).await?, sandbox.now().to_rfc3339()),
        (json!(3), "9999-12-31T23:59:59+00:00".to_owned())
    );
    Ok(())
}

#[tokio::test]
async fn reads_and_rejected_requests_that_change_something_are_saved() -> TestResult {
    let sandbox = builder().start().await?;
    let (http, known, users) = (http()?, sandbox.credentials(), format!("{}/api/v2", sandbox.genesys_url()));
    let info = format!("{}/info", sandbox.control_url());
    let unsaved = async || -> TestResult<u64> {
        let info: Value = http.get(&info).send().await?.json().await?;
        Ok(info["unsavedChanges"].as_u64().ok_or("no number")?)
    };
    let send = async |method: &str, path: &str, body: Value| -> TestResult<(u16, String)> {
        let request = http.request(method.parse()?, format!("{users}{path}")).bearer_auth(known.genesys_token);
        let response = if body.is_null() { request } else { request.json(&body) }.send().await?;
        Ok((response.status().as_u16(), response.text().await?))
    };
    let query = json!({ "interval": "2024-12-01T00:00:00/2024-12-02T00:00:00" });
    let (status, job) = send("POST", "/analytics/users/details/jobs", query).await?;
    assert_eq!(status, 202, "{job}");
    let job: Value = serde_json::from_str(&job)?;
    let job = format!("/analytics/users/details/jobs/{}", job["jobId"].as_str().ok_or("no job")?);
    assert_eq!(unsaved().await?, 1);
    assert_eq!(send("GET", &job, Value::Null).await?.0, 200);
    assert_eq!(unsaved().await?, 2, "the job goes on when it is looked at");
    let short = json!({ "name": "A", "email": "a@example.com", "password": "short" });
    assert_eq!(send("POST", "/users", short).await?.0, 400);
    assert_eq!(unsaved().await?, 3, "the user was created all the same");
    assert_eq!(send("GET", "/users", Value::Null).await?.0, 200);
    assert_eq!(unsaved().await?, 3, "reading changes nothing");
    Ok(())
}

#[tokio::test]
async fn a_file_that_cannot_be_written_is_reported() -> TestResult {
    let folder = tempfile::tempdir()?;
    let missing = folder.path().join("missing");
    let file = missing.join("state.json");
    let at_once = builder().state_file(&file).start().await;
    assert!(matches!(at_once, Err(StartError::State(StateError::Write { .. }))), "{at_once:?}");
    fs::create_dir(&missing)?;
    let sandbox = builder().state_file(&file).start().await?;
    assert_eq!(fs::read_dir(&missing)?.count(), 0, "trying leaves nothing behind");
    fs::remove_dir(&missing)?;
    add(&sandbox, "r").await?;
    assert!(matches!(sandbox.save(), Err(StateError::Write { .. })));
    let health: Value = http()?.get(format!("{}/health", sandbox.control_url())).send().await?.json().await?;
    assert_eq!(health["status"], "state not saved");
    assert!(matches!(sandbox.close().await, Err(StateError::Write { .. })));
    let unreadable = builder().state_file(folder.path()).start().await;
    assert!(matches!(unreadable, Err(StartError::State(StateError::Read { .. }))), "{unreadable:?}");
    Ok(())
}

#[cfg(unix)]
#[tokio::test]
async fn a_file_belongs_to_one_sandbox_at_a_time() -> TestResult {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("state.json");
    let (first, second) = (builder().state_file(&file).start().await?, builder().state_file(&file).start().await?);
    add(&first, "first").await?;
    first.save()?;
    add(&second, "second").await?;
    assert!(matches!(second.save(), Err(StateError::Taken { .. })), "neither had the file when they started");
    let third = builder().state_file(&file).start().await.err().ok_or("the file is in use")?;
    assert!(matches!(&third, StartError::State(StateError::Taken { .. })), "{third}");
    add(&first, "again").await?;
    first.close().await?;
    assert!(second.close().await.is_err());

    let next = builder().state_file(&file).start().await?;
    assert_eq!(total(&next).await?, 4, "what the first one kept is there");
    fs::remove_file(&file)?;
    next.save()?;
    fs::remove_file(&file)?;
    fs::write(&file, "somebody's notes")?;
    assert!(matches!(next.save(), Err(StateError::Taken { .. })));
    drop(next);
    assert_eq!(fs::read_to_string(&file)?, "somebody's notes");
    assert_eq!(fs::read_dir(folder.path())?.count(), 1, "nothing half-written stays behind");
    Ok(())
}

#[cfg(unix)]
#[tokio::test]
async fn only_the_owner_can_read_the_file() -> TestResult {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("state.json");
    let sandbox = builder().state_file(&file).start().await?;
    sandbox.save()?;
    assert_eq!(fs::metadata(&file)?.permissions().mode() & 0o077, 0);
    Ok(())
}
