//! The lock: who holds it, and that it ends with its process.

use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};

use rosterkit_sync::state::{State, StateError, runs};

use super::{at, folder, open};

/// Names the state file to the child process that holds it.
const CHILD: &str = "ROSTERKIT_SYNC_TEST_STATE";

#[tokio::test]
async fn a_second_run_is_told_who_holds_the_lock_and_gets_in_after_it() {
    let (_folder, path) = folder();
    let state = State::open(&path, "sync run").await.expect("opens");
    let error = State::open(&path, "sync apply").await.expect_err("must not open");
    let StateError::Locked { holder, .. } = &error else { panic!("{error}") };
    let expected = format!("process {} on ", std::process::id());
    assert!(holder.starts_with(&expected) && holder.ends_with("(`sync run`)"), "{holder}");
    assert!(error.to_string().contains("is in use by process"), "{error}");
    let held: serde_json::Value =
        serde_json::from_slice(&std::fs::read(format!("{}.lock", path.display())).expect("reads")).expect("JSON");
    for key in ["pid", "host", "command", "started_at"] {
        assert!(held.get(key).is_some(), "{key} in {held}");
    }
    // The one that was refused did no harm to the one that works.
    state.call(|connection| runs::begin(connection, "sync run", "h", at(0))).await.expect("writes");
    drop(state);
    drop(open(&path).await);
    assert_eq!(std::fs::read(format!("{}.lock", path.display())).expect("reads"), b"", "names no one afterwards");
}

#[tokio::test]
async fn a_state_that_cannot_be_opened_leaves_no_lock() {
    let (_folder, path) = folder();
    std::fs::write(&path, "no database, but long enough to be looked at by SQLite, that is, 100 bytes or more......")
        .ok();
    for _ in 0..2 {
        let error = State::open(&path, "sync run").await.expect_err("must not open");
        assert!(matches!(error, StateError::NotADatabase { .. }), "{error}");
    }
}

/// Does nothing unless the test below starts it: then it writes, says so, and waits to be killed.
#[tokio::test]
async fn child_holds_the_state_until_it_is_killed() {
    let Some(path) = std::env::var_os(CHILD) else { return };
    let state = State::open(std::path::PathBuf::from(path), "sync child").await.expect("opens");
    state
        .call(|connection| {
            runs::begin(connection, "committed", "h", at(0))?;
            let transaction = connection.transaction()?;
            runs::begin(&transaction, "not committed", "h", at(0))?;
            // Line-oriented, and not caught by the test harness.
            let _ = std::io::Write::write_all(&mut std::io::stderr(), b"\nready\n");
            // Ends when the parent does, in case that no one kills this process.
            let _ = std::io::stdin().read_to_end(&mut Vec::new());
            Ok(())
        })
        .await
        .expect("is killed before");
}

#[tokio::test]
async fn a_killed_process_leaves_no_lock_and_nothing_half_done() {
    let (_folder, path) = folder();
    let mut child = Command::new(std::env::current_exe().expect("this test"))
        .args(["--exact", "state::lock::child_holds_the_state_until_it_is_killed", "--nocapture"])
        .env(CHILD, &path)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("starts");
    let mut lines = BufReader::new(child.stderr.take().expect("a pipe")).lines();
    assert!(lines.any(|line| line.is_ok_and(|line| line == "ready")), "the child opened the state");

    let error = State::open(&path, "sync run").await.expect_err("the child holds it");
    let StateError::Locked { holder, .. } = &error else { panic!("{error}") };
    assert!(holder.starts_with(&format!("process {} on ", child.id())) && holder.contains("sync child"), "{holder}");

    // SIGKILL on Unix.
    child.kill().expect("kills");
    child.wait().expect("ends");
    let runs = open(&path).await.call(|connection| runs::last(connection, 10)).await.expect("reads");
    assert_eq!(runs.iter().map(|run| run.command.as_str()).collect::<Vec<_>>(), ["committed"]);
    assert_eq!(runs[0].ended_at, None);
}
