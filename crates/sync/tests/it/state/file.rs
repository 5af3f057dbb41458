//! The file: its mode, its thread, and what is wrong with it.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rosterkit_sync::state::{State, StateError, identities, runs};
use rusqlite::Connection;

use super::{at, folder, open};

async fn error_of(path: &Path) -> StateError {
    State::open(path, "sync test").await.expect_err("must not open")
}

#[cfg(unix)]
fn mode(path: impl AsRef<Path>) -> u32 {
    std::os::unix::fs::PermissionsExt::mode(&fs::metadata(path).expect("a file").permissions()) & 0o777
}

#[cfg(unix)]
#[tokio::test]
async fn the_file_and_those_beside_it_are_only_for_their_owner_also_if_the_file_was_open_to_others() {
    let (_folder, path) = folder();
    let beside = |suffix| format!("{}{suffix}", path.display());
    let state = open(&path).await;
    state.call(|connection| runs::begin(connection, "sync plan", "h", at(0))).await.expect("writes");
    for suffix in ["", "-wal", "-shm", ".lock"] {
        assert_eq!(mode(beside(suffix)), 0o600, "{suffix}");
    }
    drop(state);

    fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o664)).expect("mode");
    let state = open(&path).await;
    state.call(|connection| runs::begin(connection, "sync plan", "h", at(0))).await.expect("writes");
    for suffix in ["", "-wal", "-shm"] {
        assert_eq!(mode(beside(suffix)), 0o600, "{suffix}");
    }
}

#[tokio::test]
async fn settings_of_the_connection_took_effect() {
    let (_folder, path) = folder();
    let settings = open(&path)
        .await
        .call(|connection| {
            let number = |name| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
            Ok([number("synchronous")?, number("foreign_keys")?, number("secure_delete")?, number("user_version")?])
        })
        .await
        .expect("reads");
    assert_eq!(settings, [2, 1, 1, 2]);
    // Bytes 18 and 19 of the header are 2 in a file with write-ahead logging.
    assert_eq!(fs::read(&path).expect("a file")[18..20], [2, 2]);
}

#[tokio::test]
async fn what_was_committed_is_in_the_files_at_once_without_a_close() {
    let (other, path) = folder();
    let state = open(&path).await;
    state.call(|connection| runs::begin(connection, "sync plan", "h", at(0))).await.expect("writes");
    let copy = other.path().join("copy.db");
    for suffix in ["", "-wal"] {
        let name = |path: &Path| format!("{}{suffix}", path.display());
        fs::copy(name(&path), name(&copy)).expect("copies");
    }
    let runs = open(&copy).await.call(|connection| runs::last(connection, 10)).await.expect("reads");
    assert_eq!(runs.len(), 1);
    assert_eq!((runs[0].command.as_str(), runs[0].started_at), ("sync plan", at(0)));
}

#[tokio::test]
async fn reading_needs_a_file_and_no_lock_and_cannot_write() {
    let (_folder, path) = folder();
    let missing = State::open_read_only(&path).await.expect_err("no file");
    assert!(matches!(missing, StateError::Missing { .. }), "{missing}");
    assert!(!path.exists());

    let state = open(&path).await;
    state.call(|connection| runs::begin(connection, "sync plan", "h", at(0))).await.expect("writes");
    let reader = State::open_read_only(&path).await.expect("opens beside the writer");
    assert_eq!(reader.call(|connection| runs::last(connection, 10)).await.expect("reads").len(), 1);
    let error = reader.call(|connection| runs::begin(connection, "x", "h", at(0))).await.expect_err("must not write");
    assert!(matches!(&error, StateError::ReadOnly { path: named } if named == reader.path()), "{error}");
    drop(state);
    drop(reader);
    let reader = State::open_read_only(&path).await.expect("opens after the writer");
    assert_eq!(reader.call(|connection| runs::last(connection, 10)).await.expect("reads").len(), 1);
}

#[tokio::test]
async fn other_files_are_refused_and_left_as_they_are() {
    let (folder, path) = folder();

    let text = b"id,name\n1,somebody\n".repeat(100);
    fs::write(&path, &text).expect("writes");
    let error = error_of(&path).await;
    assert!(matches!(error, StateError::NotADatabase { .. }), "{error}");
    assert!(error.to_string().contains("sync.db is not a SQLite database"), "{error}");
    assert_eq!(fs::read(&path).expect("reads"), text);

    let other = folder.path().join("other.db");
    Connection::open(&other).expect("opens").execute_batch("CREATE TABLE person (id)").expect("writes");
    let before = fs::read(&other).expect("reads");
    for version in [0, 1] {
        let connection = Connection::open(&other).expect("opens");
        connection.pragma_update(None, "user_version", version).expect("writes");
        drop(connection);
        let error = error_of(&other).await;
        assert!(matches!(error, StateError::ForeignDatabase { .. }), "{error}");
    }
    assert_eq!(fs::read(&other).expect("reads").len(), before.len());

    let error = error_of(folder.path()).await;
    assert!(error.to_string().contains("is a folder"), "{error}");
    let error = error_of(&folder.path().join("none/sync.db")).await;
    assert!(error.to_string().contains("folder that does not exist"), "{error}");
}

#[tokio::test]
async fn a_newer_version_is_refused_for_writing_and_reading() {
    let (_folder, path) = folder();
    open(&path).await.call(|connection| Ok(connection.pragma_update(None, "user_version", 99)?)).await.expect("writes");
    let errors = [error_of(&path).await, State::open_read_only(&path).await.expect_err("must not open")];
    for error in errors {
        assert!(matches!(error, StateError::NewerSchema { found: 99, known: 2, .. }), "{error}");
    }
}

#[tokio::test]
async fn an_empty_file_is_a_new_state_but_not_for_reading() {
    let (_folder, path) = folder();
    fs::write(&path, "").expect("writes");
    let error = State::open_read_only(&path).await.expect_err("no tables");
    assert!(matches!(error, StateError::OlderSchema { found: 0, .. }), "{error}");
    assert_eq!(open(&path).await.call(|connection| runs::last(connection, 1)).await.expect("reads"), []);
}

#[tokio::test]
async fn damage_anywhere_in_the_file_is_found_when_it_is_opened() {
    let (_folder, path) = folder();
    open(&path)
        .await
        .call(|connection| {
            for number in 0..2000 {
                identities::insert(connection, "f", &format!("s{number}"), "t", identities::Origin::Created, 1).ok();
                runs::begin(connection, &"sync plan ".repeat(20), "h", at(number))?;
            }
            Ok(())
        })
        .await
        .expect("writes");
    let good = fs::read(&path).expect("reads");
    assert!(good.len() > 200_000, "closed and checkpointed");
    let page = 4096;
    // The header of the pages in the middle.
    for number in (good.len() / page / 2)..(good.len() / page / 2 + 8) {
        let mut bad = good.clone();
        bad[number * page..number * page + 64].fill(0xAA);
        fs::write(&path, &bad).expect("writes");
        let error = error_of(&path).await;
        assert!(matches!(error, StateError::Corrupt { .. }), "page {number}: {error}");
        assert!(error.to_string().contains("sync.db is damaged"), "{error}");
    }
    // The first pages only, as after a copy that was cut off.
    fs::write(&path, &good[..good.len() / 2]).expect("writes");
    let error = error_of(&path).await;
    assert!(matches!(error, StateError::Corrupt { .. }), "{error}");
}

#[tokio::test]
async fn a_full_file_says_so_and_keeps_what_was_committed() {
    let (_folder, path) = folder();
    let state = open(&path).await;
    let error = state
        .call(|connection| {
            runs::begin(connection, "first", "h", at(0))?;
            let pages: i64 = connection.pragma_query_value(None, "page_count", |row| row.get(0))?;
            // The limit fails as a full disk does: with SQLITE_FULL.
            connection.pragma_update_and_check(None, "max_page_count", pages + 2, |_| Ok(()))?;
            (0..1000).try_for_each(|number| runs::begin(connection, &"x".repeat(1000), "h", at(number)).map(drop))
        })
        .await
        .expect_err("must be full");
    assert!(matches!(&error, StateError::Full { path: named } if named == state.path()), "{error}");
    let runs = state.call(|connection| runs::last(connection, 1000)).await.expect("reads");
    assert_eq!(runs.last().map(|run| run.command.as_str()), Some("first"));
}

#[tokio::test]
async fn another_program_that_writes_is_named_and_does_no_harm() {
    let (_folder, path) = folder();
    let state = open(&path).await;
    let other = Connection::open(&path).expect("opens");
    other.execute_batch("BEGIN IMMEDIATE").expect("begins");
    let begin = |connection: &mut Connection| {
        connection.busy_timeout(Duration::ZERO)?;
        runs::begin(connection, "sync plan", "h", at(0))
    };
    let error = state.call(begin).await.expect_err("must wait");
    assert!(matches!(&error, StateError::Busy { path: named } if named == state.path()), "{error}");
    other.execute_batch("COMMIT").expect("ends");
    state.call(begin).await.expect("writes");
}

#[cfg(unix)]
#[tokio::test]
async fn a_link_means_the_file_it_leads_to_unless_there_is_none() {
    let (folder, path) = folder();
    let link = folder.path().join("link.db");
    std::os::unix::fs::symlink(&path, &link).expect("links");
    let error = error_of(&link).await;
    assert!(error.to_string().contains("symbolic link to a file that does not exist"), "{error}");
    assert!(!path.exists());

    drop(open(&path).await);
    let state = open(&link).await;
    assert_eq!(state.path(), path.canonicalize().expect("a path"));
    // Both names have the same lock.
    assert!(matches!(error_of(&path).await, StateError::Locked { .. }));
    drop(state);

    let second = folder.path().join("second.db");
    fs::hard_link(&path, &second).expect("links");
    let error = error_of(&second).await;
    assert!(error.to_string().contains("hard links"), "{error}");
    fs::remove_file(&second).expect("removes");

    let precious = folder.path().join("precious");
    fs::write(&precious, "keep").expect("writes");
    let lock = folder.path().join("sync.db.lock");
    fs::remove_file(&lock).expect("removes");
    std::os::unix::fs::symlink(&precious, &lock).expect("links");
    let error = error_of(&path).await;
    assert!(error.to_string().contains("sync.db.lock: it is a symbolic link"), "{error}");
    assert_eq!(fs::read(&precious).expect("reads"), b"keep");
}

#[tokio::test]
async fn a_caller_that_is_dropped_neither_stops_its_call_nor_harms_others() {
    let (_folder, path) = folder();
    let state = open(&path).await;
    let (started, has_started) = tokio::sync::oneshot::channel();
    let (go_on, may_go_on) = std::sync::mpsc::channel();
    let call = state.call(move |connection| {
        let transaction = connection.transaction()?;
        runs::begin(&transaction, "abandoned", "h", at(0))?;
        let _ = started.send(());
        let _ = may_go_on.recv();
        Ok(transaction.commit()?)
    });
    tokio::select! {
        _ = call => panic!("it waits"),
        _ = has_started => {}
    }
    go_on.send(()).expect("it waits");
    let runs = state.call(|connection| runs::last(connection, 10)).await.expect("goes on");
    assert_eq!(runs.iter().map(|run| run.command.as_str()).collect::<Vec<_>>(), ["abandoned"]);
}

#[tokio::test]
async fn a_call_that_panics_or_leaves_a_transaction_open_is_rolled_back_and_others_go_on() {
    let (_folder, path) = folder();
    let state = Arc::new(open(&path).await);
    let panicking = Arc::clone(&state);
    let error = tokio::spawn(async move {
        panicking
            .call(|connection| -> Result<(), StateError> {
                connection.execute_batch("BEGIN")?;
                runs::begin(connection, "panicked", "h", at(0))?;
                panic!("on purpose")
            })
            .await
    })
    .await
    .expect_err("the caller panics");
    assert!(error.is_panic());

    let error = state
        .call(|connection| {
            connection.execute_batch("BEGIN")?;
            runs::begin(connection, "left open", "h", at(0))
        })
        .await
        .expect_err("left open");
    assert!(matches!(error, StateError::OpenTransaction), "{error}");
    assert_eq!(state.call(|connection| runs::last(connection, 10)).await.expect("goes on"), []);
}

#[tokio::test]
async fn more_calls_than_the_channel_holds_all_run_and_dropping_waits_for_them() {
    let (_folder, path) = folder();
    let state = Arc::new(open(&path).await);
    let calls = (0..200).map(|number| {
        let state = Arc::clone(&state);
        tokio::spawn(
            async move { state.call(move |connection| runs::begin(connection, "many", "h", at(number))).await },
        )
    });
    for call in calls.collect::<Vec<_>>() {
        call.await.expect("runs").expect("writes");
    }
    drop(state);
    let state = open(&path).await;
    assert_eq!(state.call(|connection| runs::last(connection, 1000)).await.expect("reads").len(), 200);
    state.close().await.expect("closes");
    drop(open(&path).await);
}

#[tokio::test]
async fn the_last_handle_may_go_inside_of_a_call() {
    let (_folder, path) = folder();
    let state = Arc::new(open(&path).await);
    let inside = Arc::clone(&state);
    let (released, wait) = std::sync::mpsc::channel::<()>();
    let future = {
        let state = Arc::clone(&state);
        async move {
            state
                .call(move |_| {
                    let _ = wait.recv_timeout(Duration::from_secs(30));
                    drop(inside);
                    Ok(())
                })
                .await
        }
    };
    let task = tokio::spawn(future);
    // The call is queued once the task has run; then only the closure holds the state.
    tokio::task::yield_now().await;
    task.abort();
    assert!(task.await.expect_err("aborted").is_cancelled());
    drop(state);
    released.send(()).expect("the call waits");
    // The thread ends by itself, and the lock with it.
    for _ in 0..10_000 {
        match State::open(&path, "sync test").await {
            Ok(_) => return,
            Err(StateError::Locked { .. }) => tokio::task::yield_now().await,
            Err(error) => panic!("{error}"),
        }
    }
    panic!("still locked");
}
