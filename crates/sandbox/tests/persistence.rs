//! The state file.

mod support;

use std::fs;

use rosterkit_sandbox::{Permissions, Sandbox, SandboxBuilder, StartError, StateError};
use serde_json::{Value, json};

use self::support::{TestResult, http};

fn builder() -> SandboxBuilder {
    Sandbox::builder().users(4).seed(7)
}

async fn total(sandbox: &Sandbox) -> TestResult<Value> {
    let request = http()?.get(format!("{}/users", sandbox.sessions_url()));
    let answer = request.header("x-api-key", sandbox.credentials().session_key).send().await?;
    Ok(answer.json::<Value>().await?["data"]["total"].take())
}

async fn add(sandbox: &Sandbox, remote_id: &str) -> TestResult {
    let body = json!({ "users": [{ "remoteId": remote_id, "firstName": "A", "lastName": "B" }] });
    let request = http()?.post(format!("{}/users/batch", sandbox.sessions_url()));
    let answer = request.header("x-api-key", sandbox.credentials().session_key).json(&body).send().await?;
    assert_eq!(answer.status().as_u16(), 200);
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
async fn a_file_that_does_not_fit_is_refused_and_left_alone() -> TestResult {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("state.json");
    let sandbox = builder().state_file(&file).start().await?;
    add(&sandbox, "r").await?;
    sandbox.close().await?;
    let good = fs::read_to_string(&file)?;
    for (text, part) in [
        (String::new(), "no JSON"),
        (good[..good.len() / 2].to_owned(), "no JSON"),
        ("{}".to_owned(), "no state of a sandbox"),
        (good.replace("\"version\":1", "\"version\":2"), "another version"),
        (good.replace("\"seed\":7", "\"seed\":8"), "4 people of seed 8"),
        (good.replace("\"users\":4", "\"users\":5"), "5 people of seed 7"),
        (good.replace("\"created\"", "\"craeted\""), "is damaged"),
        (good.replace("\"now\":\"2025", "\"now\":\"the year 2025"), "no date and time"),
    ] {
        fs::write(&file, &text)?;
        let error = builder().state_file(&file).start().await.err().ok_or("it was taken")?;
        assert!(matches!(error, StartError::State(_)) && error.to_string().contains(part), "{part}: {error}");
        assert_eq!(fs::read_to_string(&file)?, text);
    }
    Ok(())
}

#[tokio::test]
async fn a_file_that_cannot_be_written_is_reported() -> TestResult {
    let folder = tempfile::tempdir()?;
    let sandbox = builder().state_file(folder.path().join("missing").join("state.json")).start().await?;
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
async fn only_the_owner_can_read_the_file() -> TestResult {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("state.json");
    let sandbox = builder().state_file(&file).start().await?;
    sandbox.save()?;
    assert_eq!(fs::metadata(&file)?.permissions().mode() & 0o077, 0);
    Ok(())
}
