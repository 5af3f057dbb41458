//! The binaries, run as programs.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use crate::support::{TestResult, http};

/// What Ctrl-C does to a program, where there is a command for it.
fn interrupt(program: &mut Child) -> TestResult {
    if cfg!(unix) {
        Command::new("kill").args(["-INT", &program.id().to_string()]).status()?;
    } else {
        program.kill()?;
    }
    Ok(())
}

#[tokio::test]
async fn the_sandbox_prints_its_addresses() -> TestResult {
    let mut program = Command::new(env!("CARGO_BIN_EXE_rosterkit-sandbox"))
        .args(["--users", "3", "--seed", "7"])
        .stdout(Stdio::piped())
        .spawn()?;
    let mut lines = BufReader::new(program.stdout.take().ok_or("no output")?).lines();
    let url = lines.find_map(|line| {
        let line = line.ok()?;
        Some(line.strip_prefix("Genesys Cloud")?.split_whitespace().nth(1)?.to_owned())
    });
    let url = url.ok_or("no URL")? + "/api/v2/users";
    let response = http()?.get(&url).bearer_auth("sandbox-genesys-token").send().await;
    interrupt(&mut program)?;
    let status = program.wait()?;
    assert_eq!(response?.status().as_u16(), 200);
    if cfg!(unix) {
        assert!(status.success(), "Ctrl-C is the way to stop it");
    }
    assert!(http()?.get(&url).send().await.is_err());
    Ok(())
}

#[tokio::test]
async fn the_ready_file_is_there_while_the_sandbox_listens() -> TestResult {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("ready.json");
    std::fs::write(&file, "left by an earlier run")?;
    let mut program = Command::new(env!("CARGO_BIN_EXE_rosterkit-sandbox"))
        .args(["--users", "3", "--ready-file"])
        .arg(&file)
        .stdout(Stdio::piped())
        .spawn()?;
    let mut lines = BufReader::new(program.stdout.take().ok_or("no output")?).lines();
    let first = lines.next().ok_or("the sandbox did not start")??;
    assert!(first.starts_with("3 people"), "{first}");
    let ready: serde_json::Value = serde_json::from_slice(&std::fs::read(&file)?)?;
    let text = |path: &str| Ok::<_, String>(ready.pointer(path).and_then(|it| it.as_str()).ok_or(path)?.to_owned());
    let url = text("/genesys/base_url")? + "/api/v2/users";
    let response = http()?.get(&url).bearer_auth(text("/genesys/token")?).send().await?;
    assert_eq!(response.status().as_u16(), 200);
    let health = http()?.get(text("/control_url")? + "/health").send().await?;
    assert_eq!(health.status().as_u16(), 200);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(std::fs::metadata(&file)?.permissions().mode() & 0o777, 0o600, "it holds credentials");
    }
    interrupt(&mut program)?;
    program.wait()?;
    if cfg!(unix) {
        assert_eq!(std::fs::read_dir(folder.path())?.count(), 0, "nobody takes it for the next one's");
    }
    Ok(())
}

#[test]
fn a_ready_file_that_cannot_be_written_is_named() -> TestResult {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("none").join("ready.json");
    let output = Command::new(env!("CARGO_BIN_EXE_rosterkit-sandbox")).arg("--ready-file").arg(&file).output()?;
    let text = String::from_utf8(output.stderr)?;
    assert!(!output.status.success() && output.stdout.is_empty(), "{text}");
    assert!(text.contains(&format!("the ready file {} could not be written", file.display())), "{text}");
    Ok(())
}

#[test]
fn an_invalid_option_is_explained() -> TestResult {
    for (flags, part) in [
        (["--fault", "getusers:drop"], "did you mean `getUsers`?"),
        (["--fault", "*:status=200"], "expected a status from 400 to 599"),
        (["--now", "today"], "--now"),
        (["--rate-limit", "0"], "--rate-limit"),
    ] {
        let output = Command::new(env!("CARGO_BIN_EXE_rosterkit-sandbox")).args(flags).output()?;
        let text = String::from_utf8(output.stderr)?;
        assert!(output.status.code() == Some(2) && text.contains(part), "{flags:?}: {text}");
    }
    Ok(())
}

#[cfg(unix)]
#[tokio::test]
async fn changes_are_in_the_state_file_when_the_program_ends() -> TestResult {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("state.json");
    for (run, signal) in ["-INT", "-TERM"].iter().enumerate() {
        let mut program = Command::new(env!("CARGO_BIN_EXE_rosterkit-sandbox"))
            .args(["--users", "3", "--now", "2025-06-01T12:00:00Z", "--state"])
            .arg(&file)
            .stdout(Stdio::piped())
            .spawn()?;
        let mut lines = BufReader::new(program.stdout.take().ok_or("no output")?).lines();
        let base = lines.find_map(|line| Some(line.ok()?.strip_prefix("Control")?.trim().to_owned()));
        let base = base.ok_or("no URL")?;
        let time: serde_json::Value = http()?.get(format!("{base}/time")).send().await?.json().await?;
        assert_eq!(time["now"], format!("2025-06-01T12:0{run}:00.000Z"));
        let advance = http()?.post(format!("{base}/time/advance")).json(&serde_json::json!({ "seconds": 60 }));
        assert_eq!(advance.send().await?.status().as_u16(), 200);
        Command::new("kill").args([*signal, &program.id().to_string()]).status()?;
        assert!(program.wait()?.success(), "{signal}");
    }
    Ok(())
}
