//! Forgetting a person.

use std::path::Path;

use rosterkit_sync::plan::{Action, ActionKind, Change};
use rosterkit_sync::state::forget::{FlowSystems, Forgotten, Person, forget};
use rosterkit_sync::state::identities::Origin;
use rosterkit_sync::state::journal::{EntryOutcome, Intent, Settlement, Step};
use rosterkit_sync::state::ledger::{LedgerRow, LedgerStatus};
use rosterkit_sync::state::snapshots::{SourcePerson, SourceStatus, TargetPerson, TargetStatus};
use rosterkit_sync::state::{State, StateError, identities, journal, ledger, plans, runs, snapshots};
use rusqlite::Connection;
use serde_json::{Map, Value, json};

use super::{at, bytes_of, folder, open, with_new};

fn systems() -> Vec<FlowSystems> {
    let flow = |flow: &str, source: &str, target: &str| FlowSystems {
        flow: flow.to_owned(),
        source: source.to_owned(),
        target: target.to_owned(),
    };
    vec![flow("people", "hr", "sessions"), flow("link", "sessions", "lms"), flow("records", "completions", "lms")]
}

fn person(id: &str) -> Person {
    Person { id: id.to_owned(), ..Person::default() }
}

fn object(value: Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap_or_default()
}

/// What the state knows of one person, whose ids and values all have `tag` in them.
struct Known {
    plan: i64,
    entries: Vec<i64>,
}

/// Fills every table for a person with the ids `hr-TAG`, `session-TAG` and `lms-TAG`, whose manager is `manager`.
fn fill(connection: &Connection, tag: &str, manager: &str) -> Result<Known, StateError> {
    let (hr, session, lms) = (format!("hr-{tag}"), format!("session-{tag}"), format!("lms-{tag}"));
    let fields = object(json!({
        "firstName": format!("First{tag}"),
        "email": format!("Mail.{tag}@example.com"),
        "manager": manager,
    }));
    let keys = vec![Some(format!("mail.{tag}@example.com")), None];
    let label = Some(format!("Label of {tag}"));
    let run = runs::begin(connection, "sync run", "hash", at(0))?;
    for (flow, id) in [("people", &hr), ("link", &session)] {
        snapshots::insert_source(
            connection,
            flow,
            &SourcePerson {
                id: id.clone(),
                ordinal: 1,
                label: label.clone(),
                status: SourceStatus::Wanted,
                problem: None,
                protected: None,
                fields: fields.clone(),
                keys: keys.clone(),
            },
        )?;
    }
    for (flow, id) in [("people", &session), ("link", &lms)] {
        snapshots::insert_target(
            connection,
            flow,
            &TargetPerson {
                id: id.clone(),
                label: label.clone(),
                status: TargetStatus::Active,
                version: None,
                unwritable: None,
                protected: None,
                fields: fields.clone(),
                keys: keys.clone(),
            },
        )?;
    }
    identities::insert(connection, "people", &hr, &session, Origin::Created, run)?;
    identities::set_applied(connection, "people", &hr, &fields)?;
    let plan = plans::insert(connection, run, "hash", &json!({}), &json!({}), at(0))?;
    // Found by the last plan, not applied.
    connection.execute("INSERT INTO pairing VALUES (?1, 'link', ?2, ?3, 0)", rusqlite::params![plan, session, lms])?;
    let action = |seq, reason: String| Action {
        seq,
        flow: "people".to_owned(),
        kind: ActionKind::Create,
        source_id: Some(hr.clone()),
        target_id: Some(session.clone()),
        label: label.clone(),
        changes: vec![Change {
            field: "email".to_owned(),
            before: Value::Null,
            after: fields["email"].clone(),
            overwrites_manual_change: false,
        }],
        reason,
        held: None,
    };
    plans::add_action(connection, plan, &action(1, format!("no partner for {hr}")))?;
    plans::mark_applied(connection, plan, at(1))?;
    let intent = |step, flow: &str, source: &str, target: Option<&str>| Intent {
        run,
        action: Some((plan, 1)),
        flow: flow.to_owned(),
        kind: ActionKind::Create,
        step,
        source_id: Some(source.to_owned()),
        target_id: target.map(str::to_owned),
        request: Value::Object(fields.clone()),
    };
    let entries = journal::intend(
        connection,
        &[
            intent(Step::Upsert, "people", &hr, None),
            intent(Step::Row, "records", &format!("completion-{tag}"), Some(&lms)),
        ],
        at(1),
    )?;
    let settled: Vec<_> = entries
        .iter()
        .map(|id| Settlement {
            id: *id,
            outcome: EntryOutcome::Warned,
            reason: Some(format!("First{tag} is a strange name")),
            correlation_id: Some(format!("correlation-{id}")),
            target_id: (*id == entries[0]).then(|| session.clone()),
        })
        .collect();
    journal::settle(connection, &settled, at(2))?;
    ledger::upsert(
        connection,
        "records",
        &LedgerRow {
            completion_id: format!("c-{}", entries[0]),
            record_id: format!("r-{}", entries[0]),
            user_id: Some(lms.clone()),
            row_hash: Some("hash".to_owned()),
            row: Some(fields.clone()),
            completion: Some(Value::Object(fields)),
            status: LedgerStatus::Accepted,
            reason: Some(format!("First{tag} was late")),
            session_date: None,
            first_seen_at: at(0),
            sent_at: Some(at(1)),
            seen_run: run,
        },
    )?;
    Ok(Known { plan, entries })
}

fn contains(path: &Path, text: &str) -> bool {
    let bytes = bytes_of(path).to_ascii_lowercase();
    let text = text.to_ascii_lowercase();
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

#[tokio::test]
async fn no_byte_of_a_forgotten_person_stays_and_others_keep_what_is_theirs() {
    let (_folder, path) = folder();
    let state = open(&path).await;
    let known = state
        .call(|connection| {
            // Enough people that pages are split and merged, and one log with all of it.
            connection.pragma_update(None, "wal_autocheckpoint", 0)?;
            let transaction = connection.transaction()?;
            for number in 0..300 {
                fill(&transaction, &format!("other{number}"), "no one")?;
            }
            let known = fill(&transaction, "zebra", "no one")?;
            // Others who have something to do with the person.
            fill(&transaction, "friend", "SESSION-zebra")?;
            let plan = plans::insert(&transaction, 1, "hash", &json!({}), &json!({}), at(0))?;
            for (seq, flow, source, reason) in [
                (1, "people", "hr-other1", "both hr-other1 and hr-zebra have this address"),
                (2, "people", "hr-other2", "not in the target"),
            ] {
                plans::add_action(
                    &transaction,
                    plan,
                    &Action {
                        seq,
                        flow: flow.to_owned(),
                        kind: ActionKind::Conflict,
                        source_id: Some(source.to_owned()),
                        target_id: None,
                        label: None,
                        changes: Vec::new(),
                        reason: reason.to_owned(),
                        held: None,
                    },
                )?;
            }
            plans::mark_applied(&transaction, plan, at(1))?;
            runs::begin(&transaction, "sync run --only mail.zebra@example.com", "hash", at(0))?;
            transaction.commit()?;
            connection.execute_batch("ANALYZE")?;
            Ok((known, plan))
        })
        .await
        .expect("fills");
    let (known, conflicts) = known;
    assert!(contains(&path, "zebra"));

    let forgotten =
        state.call(|connection| forget(connection, &person("session-zebra"), &systems())).await.expect("forgets");
    assert_eq!(
        forgotten,
        Forgotten {
            source_people: 2,
            target_people: 2,
            identities: 1,
            pairings: 1,
            plans: 0,
            actions: 1,
            journal: 2,
            ledger: 1,
            // Of the friend: two snapshots on each side, what was applied, two requests; a reason; a run.
            mentions: 11,
        }
    );
    for text in ["zebra", "hr-zebra", "Firstzebra", "Label of zebra"] {
        assert!(!contains(&path, text), "{text} while the state is open");
    }
    assert!(contains(&path, "hr-other1"), "the search works");

    let (entries, plan, conflicts, friend, others) = state
        .call(move |connection| {
            let collect = |plan| {
                let mut actions = Vec::new();
                plans::each_action(connection, plan, Default::default(), |action| {
                    actions.push(action);
                    Ok(())
                })
                .map(|()| actions)
            };
            Ok((
                journal::of_person(connection, "hr-zebra", 10)?,
                collect(known.plan)?,
                collect(conflicts)?,
                identities::by_source(connection, "people", "hr-friend")?,
                (identities::count(connection, "people")?, ledger::status_counts(connection, "records")?),
            ))
        })
        .await
        .expect("reads");
    // History keeps what was done, under a hash that the id leads to.
    assert_eq!(entries.iter().map(|entry| entry.id).collect::<Vec<_>>(), known.entries[..1]);
    let entry = &entries[0];
    let hash = entry.source_id.as_deref().expect("a hash");
    assert!(hash.starts_with("forgotten:") && hash.len() == 42, "{hash}");
    assert_ne!(entry.target_id.as_deref(), Some(hash));
    assert_eq!((&entry.request, &entry.reason), (&None, &None));
    assert_eq!((entry.outcome, entry.step), (Some(EntryOutcome::Warned), Step::Upsert));
    assert_eq!(entry.correlation_id, Some(format!("correlation-{}", entry.id)));
    assert_eq!((plan[0].source_id.as_deref(), &plan[0].label), (Some(hash), &None));
    assert_eq!(plan[0].changes, []);
    assert_eq!(conflicts[0].reason, "(forgotten)");
    assert_eq!(conflicts[1].reason, "not in the target");
    let applied = friend.and_then(|friend| friend.applied).expect("of the friend");
    assert_eq!(applied.keys().collect::<Vec<_>>(), ["email", "firstName"], "without the manager");
    assert_eq!(others.0, 301);
    assert_eq!(others.1.get(&LedgerStatus::Accepted), Some(&302), "a completion is not sent again as a new one");

    drop(state);
    for text in ["zebra", "Label of zebra"] {
        assert!(!contains(&path, text), "{text} after the state was closed");
    }
    // The file is whole.
    drop(open(&path).await);
}

#[tokio::test]
async fn a_person_is_not_forgotten_while_an_effect_is_open_also_one_of_somebody_else_that_names_the_person() {
    for (source, manager) in [("hr-zebra", "no one"), ("hr-friend", "session-zebra")] {
        with_new(move |connection| {
            fill(connection, "zebra", "no one")?;
            let intent = Intent {
                run: 1,
                action: None,
                flow: "people".to_owned(),
                kind: ActionKind::Update,
                step: Step::Manager,
                source_id: Some(source.to_owned()),
                target_id: None,
                request: json!({ "managerId": manager }),
            };
            let ids = journal::intend(connection, &[intent], at(0))?;
            let error = forget(connection, &person("lms-zebra"), &systems()).expect_err("open");
            assert!(matches!(error, StateError::OpenIntents { count: 1 }), "{error}");
            assert!(identities::by_source(connection, "people", "hr-zebra")?.is_some(), "nothing was changed");
            let settled = Settlement {
                id: ids[0],
                outcome: EntryOutcome::Accepted,
                reason: None,
                correlation_id: None,
                target_id: None,
            };
            journal::settle(connection, &[settled], at(1))?;
            assert_eq!(forget(connection, &person("lms-zebra"), &systems())?.identities, 1);
            Ok(())
        })
        .await
        .expect("works");
    }
}

#[tokio::test]
async fn a_plan_that_names_the_person_and_was_not_applied_goes_as_a_whole() {
    with_new(|connection| {
        fill(connection, "zebra", "no one")?;
        let mut plans_of = Vec::new();
        for after in ["session-zebra", "session-other"] {
            let plan = plans::insert(connection, 1, "hash", &json!({}), &json!({}), at(0))?;
            let change = Change {
                field: "manager".to_owned(),
                before: Value::Null,
                after: json!(after),
                overwrites_manual_change: false,
            };
            plans::add_action(
                connection,
                plan,
                &Action {
                    seq: 1,
                    flow: "people".to_owned(),
                    kind: ActionKind::Update,
                    source_id: Some("hr-friend".to_owned()),
                    target_id: None,
                    label: None,
                    changes: vec![change],
                    reason: "matched".to_owned(),
                    held: None,
                },
            )?;
            plans_of.push(plan);
        }
        assert_eq!(forget(connection, &person("hr-zebra"), &systems())?.plans, 1);
        assert_eq!(plans::get(connection, plans_of[0])?, None);
        assert!(plans::get(connection, plans_of[1])?.is_some());
        Ok(())
    })
    .await
    .expect("works");
}

#[tokio::test]
async fn one_id_in_two_systems_is_two_people() {
    with_new(|connection| {
        identities::insert(connection, "people", "17", "session-a", Origin::Created, 1)?;
        identities::insert(connection, "link", "session-a", "99", Origin::Matched, 1)?;
        identities::insert(connection, "people", "42", "session-b", Origin::Created, 1)?;
        identities::insert(connection, "link", "session-b", "17", Origin::Matched, 1)?;
        let error = forget(connection, &person("17"), &systems()).expect_err("two people");
        assert_eq!(
            error.to_string(),
            "the id means different people (source of flow `people`, target of flow `link`): give the flow as well"
        );
        let wanted = Person { flow: Some("link".to_owned()), ..person("17") };
        assert_eq!(forget(connection, &wanted, &systems())?.identities, 2);
        assert!(identities::by_source(connection, "people", "17")?.is_some());
        assert!(identities::by_source(connection, "link", "session-a")?.is_some());
        assert_eq!(identities::by_source(connection, "people", "42")?, None);
        Ok(())
    })
    .await
    .expect("works");
}

#[tokio::test]
async fn a_flow_that_the_sync_file_no_longer_has_is_searched_as_well() {
    with_new(|connection| {
        fill(connection, "zebra", "no one")?;
        let forgotten = forget(connection, &person("hr-zebra"), &[])?;
        assert_eq!((forgotten.identities, forgotten.pairings), (1, 0), "no longer known to be one system");
        assert_eq!(forget(connection, &person("lms-zebra"), &systems())?.pairings, 1);
        Ok(())
    })
    .await
    .expect("works");
}

#[tokio::test]
async fn somebody_who_is_not_there_changes_nothing() {
    with_new(|connection| {
        fill(connection, "zebra", "no one")?;
        assert_eq!(forget(connection, &person("hr"), &systems())?, Forgotten::default());
        assert!(identities::by_source(connection, "people", "hr-zebra")?.is_some());
        Ok(())
    })
    .await
    .expect("works");
}

#[tokio::test]
async fn a_reader_that_holds_old_pages_is_named_and_a_second_call_finishes() {
    let (_folder, path) = folder();
    let state = open(&path).await;
    state
        .call(|connection| {
            connection.busy_timeout(std::time::Duration::ZERO)?;
            fill(connection, "zebra", "no one")
        })
        .await
        .expect("fills");
    let reader = State::open_read_only(&path).await.expect("opens");
    let (started, has_started) = tokio::sync::oneshot::channel();
    let (end, may_end) = std::sync::mpsc::channel::<()>();
    let reading = tokio::spawn(async move {
        reader
            .call(move |connection| {
                let transaction = connection.transaction()?;
                let count: i64 = transaction.query_row("SELECT count(*) FROM identity", [], |row| row.get(0))?;
                let _ = started.send(());
                let _ = may_end.recv();
                Ok(count)
            })
            .await
    });
    has_started.await.expect("reads");
    let error =
        state.call(|connection| forget(connection, &person("hr-zebra"), &systems())).await.expect_err("is read");
    assert!(matches!(error, StateError::Busy { .. }), "{error}");
    drop(end);
    assert_eq!(reading.await.expect("ends").expect("reads"), 1);
    let again = state.call(|connection| forget(connection, &person("hr-zebra"), &systems())).await.expect("finishes");
    assert_eq!(again.identities, 0, "done by the first call");
    assert!(!contains(&path, "zebra"));
}

#[tokio::test]
async fn samples_of_keys_and_rows_that_were_deleted_without_being_overwritten_are_erased_as_well() {
    let (_folder, path) = folder();
    let state = open(&path).await;
    let samples = state
        .call(|connection| {
            fill(connection, "zebra", "no one")?;
            fill(connection, "friend", "no one")?;
            connection.execute_batch("ANALYZE")?;
            let sql = "SELECT count(*) FROM sqlite_stat4 WHERE instr(sample, CAST('hr-zebra' AS BLOB)) > 0";
            let samples: i64 = connection.query_row(sql, [], |row| row.get(0))?;
            // As a SQLite shell does it.
            connection.pragma_update(None, "secure_delete", false)?;
            runs::begin(connection, &"left by zebra ".repeat(20), "hash", at(0))?;
            connection.execute("DELETE FROM run WHERE command LIKE 'left by %'", [])?;
            connection.pragma_update(None, "secure_delete", true)?;
            connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
            Ok(samples)
        })
        .await
        .expect("fills");
    assert!(samples > 0, "ANALYZE keeps samples");
    assert!(contains(&path, "left by zebra"), "a deleted row stays in the page");
    state.call(|connection| forget(connection, &person("hr-zebra"), &systems())).await.expect("forgets");
    assert!(!contains(&path, "zebra"));
    assert!(contains(&path, "hr-friend"), "the search works");
}
