//! The functions of each table but those that forget.

use rosterkit_core::chrono::Duration;
use rosterkit_sync::plan::{Action, ActionKind, Change};
use rosterkit_sync::source::ReadReport;
use rosterkit_sync::state::identities::Origin;
use rosterkit_sync::state::journal::{EntryOutcome, Intent, Settlement, Step};
use rosterkit_sync::state::ledger::{LedgerRow, LedgerStatus};
use rosterkit_sync::state::plans::ActionFilter;
use rosterkit_sync::state::runs::RunStatus;
use rosterkit_sync::state::snapshots::{SourcePerson, SourceStatus, TargetPerson, TargetStatus};
use rosterkit_sync::state::{Side, StateError, identities, journal, ledger, meta, plans, runs, side_reads, snapshots};
use rusqlite::Connection;
use serde_json::{Map, Value, json};

use super::{at, with_new};

fn object(value: Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap_or_default()
}

fn source(id: &str, ordinal: u64) -> SourcePerson {
    SourcePerson {
        id: id.to_owned(),
        ordinal,
        label: Some(format!("Person {id}")),
        status: SourceStatus::Wanted,
        problem: None,
        protected: None,
        fields: object(json!({ "firstName": "Ä", "note": null })),
        keys: vec![Some(format!("{id}@example.com")), None],
    }
}

fn target(id: &str) -> TargetPerson {
    TargetPerson {
        id: id.to_owned(),
        label: None,
        status: TargetStatus::Active,
        version: Some(7),
        unwritable: None,
        protected: Some("protect.ids".to_owned()),
        fields: object(json!({ "firstName": "Ä" })),
        keys: vec![None],
    }
}

fn intent(run: i64, seq: u64) -> Intent {
    Intent {
        run,
        action: Some((1, seq)),
        flow: "people".to_owned(),
        kind: ActionKind::Create,
        step: Step::Upsert,
        source_id: Some(format!("s{seq}")),
        target_id: None,
        request: json!({ "remoteId": format!("s{seq}") }),
    }
}

fn settlement(id: i64, outcome: EntryOutcome) -> Settlement {
    Settlement { id, outcome, reason: None, correlation_id: Some(format!("c{id}")), target_id: Some(format!("t{id}")) }
}

fn begin(connection: &Connection) -> i64 {
    runs::begin(connection, "sync run", "hash", at(0)).expect("begins")
}

#[tokio::test]
async fn runs_have_a_beginning_an_end_and_an_order() {
    with_new(|connection| {
        let first = begin(connection);
        let second = begin(connection);
        // A part of a second is not stored.
        runs::end(
            connection,
            first,
            RunStatus::KeptBack,
            &json!({ "created": 1 }),
            at(60) + Duration::milliseconds(9),
        )?;
        let last = runs::last(connection, 10)?;
        assert_eq!(last.iter().map(|run| run.id).collect::<Vec<_>>(), [second, first]);
        assert_eq!((last[0].status, last[0].ended_at), (None, None));
        assert_eq!((last[1].status, last[1].ended_at), (Some(RunStatus::KeptBack), Some(at(60))));
        assert_eq!(last[1].summary, Some(json!({ "created": 1 })));
        assert_eq!(runs::last(connection, 1)?.len(), 1);
        assert_eq!(runs::get(connection, first)?.as_ref(), Some(&last[1]));
        let error = runs::end(connection, 99, RunStatus::Done, &json!({}), at(0)).expect_err("no such run");
        assert!(matches!(error, StateError::NoSuchRow { what: "run" }), "{error}");
        Ok(())
    })
    .await
    .expect("works");
}

#[tokio::test]
async fn the_reference_is_the_newest_read_that_was_marked_for_the_flow_and_side() {
    with_new(|connection| {
        let complete = |rows| ReadReport { rows, ..ReadReport::default() };
        let partial = ReadReport {
            rows: 5,
            incomplete: vec!["page 3".to_owned(), "total differs".to_owned()],
            ..ReadReport::default()
        };
        let runs: Vec<_> = (0..3).map(|_| begin(connection)).collect();
        side_reads::record(connection, runs[0], "a", Side::Source, &complete(100), at(0))?;
        side_reads::record(connection, runs[1], "a", Side::Source, &complete(90), at(1))?;
        side_reads::record(connection, runs[2], "a", Side::Source, &partial, at(2))?;
        side_reads::record(connection, runs[2], "a", Side::Target, &complete(7), at(2))?;
        assert_eq!(side_reads::reference(connection, "a", Side::Source)?, None);
        side_reads::mark_reference(connection, runs[0], "a", Side::Source)?;
        let rows = |read: Option<side_reads::SideRead>| read.map(|read| read.rows);
        assert_eq!(rows(side_reads::reference(connection, "a", Side::Source)?), Some(100));
        assert_eq!(rows(side_reads::reference(connection, "a", Side::Target)?), None);
        assert_eq!(rows(side_reads::reference(connection, "b", Side::Source)?), None);
        assert_eq!(rows(side_reads::last_complete(connection, "a", Side::Source)?), Some(90));
        side_reads::mark_reference(connection, runs[1], "a", Side::Source)?;
        assert_eq!(rows(side_reads::reference(connection, "a", Side::Source)?), Some(90));
        let read = side_reads::get(connection, runs[2], "a", Side::Source)?.expect("a read");
        assert_eq!(read.incomplete.as_deref(), Some("page 3; total differs"));
        let error = side_reads::mark_reference(connection, runs[0], "b", Side::Source).expect_err("not read");
        assert!(matches!(error, StateError::NoSuchRow { what: "read" }), "{error}");
        Ok(())
    })
    .await
    .expect("works");
}

#[tokio::test]
async fn a_source_id_twice_is_a_duplicate_that_names_the_records_and_a_target_id_twice_is_the_later_record() {
    with_new(|connection| {
        for (id, ordinal) in [("b", 1), ("a", 2), ("b", 3), ("c", 4), ("b", 5)] {
            snapshots::insert_source(connection, "f", &source(id, ordinal))?;
        }
        snapshots::insert_source(connection, "g", &source("b", 1))?;
        let mut found = Vec::new();
        snapshots::each_source(connection, "f", |person| {
            found.push(person);
            Ok(())
        })?;
        assert_eq!(found.iter().map(|person| person.id.as_str()).collect::<Vec<_>>(), ["a", "b", "c"]);
        assert_eq!(found[0], source("a", 2));
        assert_eq!((found[1].status, found[1].ordinal), (SourceStatus::Duplicate, 1));
        assert_eq!(found[1].problem.as_deref(), Some("the same id in records 1 and 3 of the source, also in 5"));
        assert_eq!(snapshots::source(connection, "g", "b")?, Some(source("b", 1)));
        let counts = snapshots::source_counts(connection, "f")?;
        assert_eq!(counts.into_iter().collect::<Vec<_>>(), [(SourceStatus::Wanted, 2), (SourceStatus::Duplicate, 1)]);

        assert!(snapshots::insert_target(connection, "f", &target("x"))?);
        let later = TargetPerson { status: TargetStatus::Inactive, version: Some(8), ..target("x") };
        assert!(!snapshots::insert_target(connection, "f", &later)?);
        assert_eq!(snapshots::target(connection, "f", "x")?, Some(later));
        assert_eq!(snapshots::target_counts(connection, "f")?.get(&TargetStatus::Inactive), Some(&1));

        snapshots::clear(connection, "f", Side::Source)?;
        assert_eq!(snapshots::source(connection, "f", "a")?, None);
        assert!(
            snapshots::source(connection, "g", "b")?.is_some() && snapshots::target(connection, "f", "x")?.is_some()
        );
        Ok(())
    })
    .await
    .expect("works");
}

#[tokio::test]
async fn a_load_is_one_commit_that_does_not_wait_for_the_disk_and_leaves_the_connection_waiting_again() {
    with_new(|connection| {
        let level = |connection: &Connection| -> i64 {
            connection.pragma_query_value(None, "synchronous", |row| row.get(0)).expect("reads")
        };
        let inside = snapshots::load(connection, |connection| {
            snapshots::insert_source(connection, "f", &source("a", 1))?;
            Ok(level(connection))
        })?;
        assert_eq!((inside, level(connection)), (1, 2));
        snapshots::load(connection, |connection| -> Result<(), StateError> {
            snapshots::insert_source(connection, "f", &source("b", 2))?;
            Err(StateError::Closed)
        })
        .expect_err("the function's error");
        assert_eq!(level(connection), 2);
        assert!(
            snapshots::source(connection, "f", "a")?.is_some() && snapshots::source(connection, "f", "b")?.is_none()
        );
        Ok(())
    })
    .await
    .expect("works");
}

#[tokio::test]
async fn a_hundred_thousand_people_are_streamed_one_at_a_time_while_others_are_written() {
    with_new(|connection| {
        let mut ordinal = 0;
        for _ in 0..100 {
            snapshots::load(connection, |connection| {
                for _ in 0..1000 {
                    ordinal += 1;
                    snapshots::insert_source(
                        connection,
                        "f",
                        &source(&format!("{:08}", ordinal * 7919 % 100_003), ordinal),
                    )?;
                }
                Ok(())
            })?;
        }
        let run = begin(connection);
        let plan = plans::insert(connection, run, "hash", &json!({}), &json!({}), at(0))?;
        let transaction = connection.transaction()?;
        let (mut seq, mut last) = (0, String::new());
        snapshots::each_source(&transaction, "f", |person| {
            assert!(person.id > last, "in order");
            last.clone_from(&person.id);
            seq += 1;
            plans::add_action(
                &transaction,
                plan,
                &Action {
                    seq,
                    flow: "f".to_owned(),
                    kind: if seq % 10 == 0 { ActionKind::Create } else { ActionKind::Update },
                    source_id: Some(person.id),
                    target_id: None,
                    label: person.label,
                    changes: Vec::new(),
                    reason: "not in the target".to_owned(),
                    held: None,
                },
            )
        })?;
        transaction.commit()?;
        assert_eq!(seq, 100_000);
        let mut creations = 0;
        let filter = ActionFilter { flow: Some("f"), kind: Some(ActionKind::Create) };
        plans::each_action(connection, plan, filter, |_| {
            creations += 1;
            Ok(())
        })?;
        assert_eq!(creations, 10_000);
        // A function that wants no more ends it.
        let mut taken = 0;
        snapshots::each_source(connection, "f", |_| {
            taken += 1;
            if taken == 3 { Err(StateError::Closed) } else { Ok(()) }
        })
        .expect_err("the function's error");
        assert_eq!(taken, 3);
        Ok(())
    })
    .await
    .expect("works");
}

#[tokio::test]
async fn an_identity_is_one_pair_per_flow_and_an_error_names_both() {
    with_new(|connection| {
        assert!(identities::insert(connection, "f", "s1", "t1", Origin::Created, 1)?);
        assert!(!identities::insert(connection, "f", "s1", "t1", Origin::Matched, 2)?, "repeated after a kill");
        assert!(identities::insert(connection, "g", "s1", "t9", Origin::Adopted, 1)?);
        for (source, target) in [("s2", "t1"), ("s1", "t2")] {
            let error = identities::insert(connection, "f", source, target, Origin::Matched, 2).expect_err("taken");
            assert_eq!(
                error.to_string(),
                format!(
                    "flow `f`: {source} in the source cannot be {target} in the target, since s1 is recorded as t1"
                )
            );
        }
        let found = identities::by_target(connection, "f", "t1")?.expect("a person");
        assert_eq!(Some(&found), identities::by_source(connection, "f", "s1")?.as_ref());
        assert_eq!((found.origin, found.since_run, &found.applied), (Origin::Created, 1, &None));
        assert_eq!(identities::by_target(connection, "f", "t9")?, None);
        assert_eq!(identities::count(connection, "f")?, 1);
        assert!(identities::delete(connection, "f", "s1")?);
        assert!(!identities::delete(connection, "f", "s1")?);
        assert_eq!((identities::count(connection, "f")?, identities::count(connection, "g")?), (0, 1));
        Ok(())
    })
    .await
    .expect("works");
}

#[tokio::test]
async fn an_identity_remembers_what_was_applied_who_deactivated_and_since_when_a_person_is_missing() {
    with_new(|connection| {
        for number in 1..=3 {
            identities::insert(connection, "f", &format!("s{number}"), &format!("t{number}"), Origin::Matched, 1)?;
        }
        let get = |connection: &Connection| {
            identities::by_source(connection, "f", "s1").map(|person| person.expect("a person"))
        };
        let applied = object(json!({ "firstName": "Ä", "tags": [1, null] }));
        identities::set_applied(connection, "f", "s1", &applied)?;
        assert_eq!(get(connection)?.applied, Some(applied));

        identities::mark_deactivated(connection, "f", "s1")?;
        assert!(get(connection)?.deactivated_by_sync);
        identities::mark_reactivated(connection, "f", "s1")?;
        assert!(!get(connection)?.deactivated_by_sync);

        for (time, reads) in [(10, 1), (20, 2)] {
            identities::mark_missing(connection, "f", "s1", at(time))?;
            let person = get(connection)?;
            assert_eq!((person.missing_since, person.missing_reads), (Some(at(10)), reads), "since the first time");
        }
        identities::mark_seen(connection, "f", "s1")?;
        assert_eq!((get(connection)?.missing_since, get(connection)?.missing_reads), (None, 0));
        identities::mark_missing(connection, "f", "s1", at(30))?;
        assert_eq!((get(connection)?.missing_since, get(connection)?.missing_reads), (Some(at(30)), 1));

        // The row that is given may be changed while the others are still to come.
        let mut seen = Vec::new();
        identities::each(connection, "f", |person| {
            identities::mark_missing(connection, "f", &person.source_id, at(40))?;
            seen.push(person.source_id);
            Ok(())
        })?;
        assert_eq!(seen, ["s1", "s2", "s3"]);
        assert_eq!(get(connection)?.missing_reads, 2);

        let error = identities::mark_seen(connection, "f", "no one").expect_err("not in the map");
        assert!(matches!(error, StateError::NoSuchRow { what: "identity" }), "{error}");
        Ok(())
    })
    .await
    .expect("works");
}

#[tokio::test]
async fn a_plan_keeps_its_actions_in_order_and_selects_them() {
    with_new(|connection| {
        let run = begin(connection);
        let plan =
            plans::insert(connection, run, "hash", &json!({ "sessions": "https://example.com" }), &json!({}), at(0))?;
        let action = |seq, flow: &str, kind| Action {
            seq,
            flow: flow.to_owned(),
            kind,
            source_id: Some(format!("s{seq}")),
            target_id: None,
            label: Some("Somebody".to_owned()),
            changes: vec![Change {
                field: "firstName".to_owned(),
                before: Value::Null,
                after: json!("Ä"),
                overwrites_manual_change: seq == 2,
            }],
            reason: "matched by email".to_owned(),
            held: None,
        };
        let actions = [
            action(3, "g", ActionKind::Create),
            action(1, "f", ActionKind::Update),
            action(2, "f", ActionKind::Create),
        ];
        for action in &actions {
            plans::add_action(connection, plan, action)?;
        }
        plans::add_action(connection, plan, &actions[0]).expect_err("the position is taken");
        let select = |flow, kind| {
            let mut found = Vec::new();
            plans::each_action(connection, plan, ActionFilter { flow, kind }, |action| {
                found.push(action);
                Ok(())
            })
            .map(|()| found)
        };
        let seqs = |found: Vec<Action>| found.into_iter().map(|action| action.seq).collect::<Vec<_>>();
        assert_eq!(select(None, None)?, [actions[1].clone(), actions[2].clone(), actions[0].clone()]);
        assert_eq!(seqs(select(Some("f"), None)?), [1, 2]);
        assert_eq!(seqs(select(None, Some(ActionKind::Create))?), [2, 3]);
        assert_eq!(seqs(select(Some("f"), Some(ActionKind::Create))?), [2]);
        assert_eq!(seqs(select(Some("f"), Some(ActionKind::Deactivate))?), [0; 0]);
        let counts = plans::action_counts(connection, plan, "f")?;
        assert_eq!(counts.into_iter().collect::<Vec<_>>(), [(ActionKind::Create, 1), (ActionKind::Update, 1)]);

        plans::finish(connection, plan, &json!({ "f": 2 }), "digest")?;
        plans::mark_applied(connection, plan, at(9))?;
        let stored = plans::last(connection)?.expect("a plan");
        assert_eq!((stored.id, stored.run, stored.applied_at), (plan, run, Some(at(9))));
        assert_eq!(
            (&stored.summary, &stored.addresses["sessions"]),
            (&json!({ "f": 2 }), &json!("https://example.com"))
        );
        assert_eq!(plans::get(connection, plan)?, Some(stored));
        assert_eq!(plans::get(connection, 99)?, None);
        Ok(())
    })
    .await
    .expect("works");
}

#[tokio::test]
async fn old_plans_go_with_their_actions_unless_an_effect_of_theirs_is_open() {
    with_new(|connection| {
        let run = begin(connection);
        let mut ids = Vec::new();
        for number in 0..23 {
            let plan = plans::insert(connection, run, "hash", &json!({}), &json!({}), at(number))?;
            connection.execute(
                "INSERT INTO action (plan, seq, flow, kind, changes, reason) VALUES (?1, 1, 'f', 'create', '[]', '')",
                [plan],
            )?;
            ids.push(plan);
        }
        journal::intend(connection, &[Intent { action: Some((ids[1], 1)), ..intent(run, 1) }], at(0))?;
        assert_eq!(plans::prune(connection)?, 2);
        let left = |table: &str| -> Result<i64, StateError> {
            Ok(connection.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0))?)
        };
        assert_eq!((left("plan")?, left("action")?), (21, 21));
        assert_eq!(plans::get(connection, ids[0])?, None);
        assert!(plans::get(connection, ids[1])?.is_some(), "its effect is open");
        assert_eq!(plans::get(connection, ids[2])?, None);
        Ok(())
    })
    .await
    .expect("works");
}

#[tokio::test]
async fn effects_are_open_from_the_intent_to_the_outcome_and_unknown_ones_may_get_another() {
    with_new(|connection| {
        let run = begin(connection);
        let intents: Vec<_> = (1..=4).map(|seq| intent(run, seq)).collect();
        let ids = journal::intend(connection, &intents, at(1))?;
        assert_eq!(ids.len(), 4);
        assert!(ids.is_sorted());
        let open_after = |connection: &Connection, id: i64, limit: usize| {
            let open = journal::open_after(connection, "people", id, limit)?;
            Ok::<_, StateError>(open.into_iter().map(|entry| entry.id).collect::<Vec<_>>())
        };
        let open = |connection: &Connection| open_after(connection, 0, usize::MAX);
        assert_eq!(open(connection)?, ids);
        assert_eq!((open_after(connection, ids[1], 1)?, open_after(connection, ids[3], 1)?), (vec![ids[2]], vec![]));
        assert!(journal::open_after(connection, "others", 0, usize::MAX)?.is_empty());

        let settled = [settlement(ids[1], EntryOutcome::Accepted), settlement(ids[0], EntryOutcome::Unknown)];
        journal::settle(connection, &settled, at(2))?;
        assert_eq!(open(connection)?, ids[2..]);
        assert_eq!(journal::count_open(connection)?, 2);

        // One that is final already: nothing of the commit stays.
        let error = journal::settle(
            connection,
            &[settlement(ids[2], EntryOutcome::Accepted), settlement(ids[1], EntryOutcome::Rejected)],
            at(3),
        )
        .expect_err("final");
        assert!(matches!(error, StateError::NotOpen { id } if id == ids[1]), "{error}");
        assert_eq!(open(connection)?, ids[2..]);
        journal::settle(connection, &[settlement(99, EntryOutcome::Accepted)], at(3)).expect_err("no such entry");

        journal::settle(
            connection,
            &[Settlement {
                id: ids[0],
                outcome: EntryOutcome::Rejected,
                reason: Some("name too long".to_owned()),
                correlation_id: None,
                target_id: None,
            }],
            at(4),
        )?;
        let entries = journal::last(connection, 10)?;
        assert_eq!(entries.iter().rev().map(|entry| entry.id).collect::<Vec<_>>(), ids);
        let first = &entries[3];
        assert_eq!((first.outcome, first.ended_at), (Some(EntryOutcome::Rejected), Some(at(4))));
        assert_eq!(first.reason.as_deref(), Some("name too long"));
        let kept = (first.correlation_id.clone(), first.target_id.clone());
        assert_eq!(kept, (Some(format!("c{}", ids[0])), Some(format!("t{}", ids[0]))), "of the first outcome");
        assert_eq!((first.action, first.kind, first.step), (Some((1, 1)), ActionKind::Create, Step::Upsert));
        assert_eq!((first.intended_at, &first.request), (at(1), &Some(json!({ "remoteId": "s1" }))));
        Ok(())
    })
    .await
    .expect("works");
}

#[tokio::test]
async fn an_intent_that_cannot_be_recorded_leaves_none_of_its_chunk() {
    with_new(|connection| {
        let run = begin(connection);
        let error = journal::intend(connection, &[intent(run, 1), intent(99, 2)], at(0)).expect_err("no such run");
        assert!(error.to_string().contains("FOREIGN KEY"), "{error}");
        assert_eq!(journal::count_open(connection)?, 0);
        // With other changes in one commit.
        let transaction = connection.transaction()?;
        journal::intend(&transaction, &[intent(run, 1)], at(0))?;
        transaction.rollback()?;
        assert_eq!(journal::count_open(connection)?, 0);
        Ok(())
    })
    .await
    .expect("works");
}

#[tokio::test]
async fn history_is_found_by_run_and_by_either_id() {
    with_new(|connection| {
        let runs = [begin(connection), begin(connection)];
        let mut ids = journal::intend(connection, &[intent(runs[0], 1), intent(runs[0], 2)], at(0))?;
        ids.extend(journal::intend(connection, &[intent(runs[1], 1)], at(1))?);
        journal::settle(connection, &[settlement(ids[0], EntryOutcome::Accepted)], at(2))?;
        let mut of_run = Vec::new();
        journal::each_of_run(connection, runs[0], |entry| {
            of_run.push(entry.id);
            Ok(())
        })?;
        assert_eq!(of_run, ids[..2]);
        let of_person = |id: &str, limit| {
            journal::of_person(connection, id, limit)
                .map(|found| found.iter().map(|entry| entry.id).collect::<Vec<_>>())
        };
        assert_eq!(of_person("s1", 10)?, [ids[2], ids[0]]);
        assert_eq!(of_person("s1", 1)?, [ids[2]]);
        assert_eq!(of_person(&format!("t{}", ids[0]), 10)?, [ids[0]]);
        assert_eq!(of_person("no one", 10)?, [0; 0]);
        // History of a person must not read the whole journal.
        let steps: Vec<String> = connection
            .prepare(
                "EXPLAIN QUERY PLAN SELECT * FROM journal WHERE source_id IN ('a', 'b') OR target_id IN ('a', 'b')",
            )?
            .query_map([], |row| row.get("detail"))?
            .collect::<Result<_, _>>()?;
        assert!(steps.iter().all(|step| !step.starts_with("SCAN")), "{steps:?}");
        Ok(())
    })
    .await
    .expect("works");
}

#[tokio::test]
async fn the_ledger_keeps_the_first_time_and_two_completions_with_one_record_id_are_an_error_that_names_both() {
    with_new(|connection| {
        let row = |completion: &str, record: &str, status| LedgerRow {
            completion_id: completion.to_owned(),
            record_id: record.to_owned(),
            user_id: None,
            row_hash: None,
            row: None,
            completion: Some(json!({ "id": completion })),
            status,
            reason: Some("no LMS user".to_owned()),
            session_date: Some("2026-01-02".to_owned()),
            first_seen_at: at(0),
            sent_at: None,
            seen_run: 1,
        };
        ledger::upsert(connection, "f", &row("c2", "r2", LedgerStatus::Unresolved))?;
        ledger::upsert(connection, "f", &row("c1", "r1", LedgerStatus::Unresolved))?;
        ledger::upsert(connection, "g", &row("c9", "r1", LedgerStatus::Unresolved))?;
        let accepted = LedgerRow {
            user_id: Some("u1".to_owned()),
            row_hash: Some("h".to_owned()),
            row: Some(Map::from_iter([("Title".to_owned(), json!("Listening"))])),
            completion: None,
            status: LedgerStatus::Accepted,
            first_seen_at: at(50),
            sent_at: Some(at(50)),
            seen_run: 2,
            ..row("c1", "r1", LedgerStatus::Accepted)
        };
        ledger::upsert(connection, "f", &accepted)?;
        let stored = LedgerRow { first_seen_at: at(0), ..accepted };
        assert_eq!(ledger::get(connection, "f", "c1")?, Some(stored.clone()));
        assert_eq!(ledger::by_record(connection, "f", "r1")?, Some(stored));

        let error = ledger::upsert(connection, "f", &row("c3", "r1", LedgerStatus::Unresolved)).expect_err("taken");
        assert!(matches!(error, StateError::RecordIdCollision { .. }));
        assert!(error.to_string().contains("the completions c1 and c3 have the same RecordID r1"), "{error}");
        ledger::upsert(connection, "f", &row("c2", "r1", LedgerStatus::Unresolved)).expect_err("taken, by an update");
        assert_eq!(ledger::get(connection, "f", "c3")?, None);

        let mut unresolved = Vec::new();
        ledger::each_of_status(connection, "f", LedgerStatus::Unresolved, |row| {
            unresolved.push(row.completion_id);
            Ok(())
        })?;
        assert_eq!(unresolved, ["c2"]);
        let counts = ledger::status_counts(connection, "f")?;
        assert_eq!(
            counts.into_iter().collect::<Vec<_>>(),
            [(LedgerStatus::Unresolved, 1), (LedgerStatus::Accepted, 1)]
        );
        Ok(())
    })
    .await
    .expect("works");
}

#[tokio::test]
async fn single_values_are_replaced() {
    with_new(|connection| {
        assert_eq!(meta::get(connection, "zone")?, None);
        meta::set(connection, "zone", "Europe/Berlin")?;
        meta::set(connection, "zone", "Europe/Paris")?;
        assert_eq!(meta::get(connection, "zone")?.as_deref(), Some("Europe/Paris"));
        Ok(())
    })
    .await
    .expect("works");
}

#[tokio::test]
async fn a_stored_value_that_is_not_known_is_an_error_that_does_not_show_it() {
    let error = with_new(|connection| {
        snapshots::insert_source(connection, "f", &source("a", 1))?;
        connection.execute("UPDATE source_person SET status = 'secret-status'", [])?;
        snapshots::source(connection, "f", "a")
    })
    .await
    .expect_err("unknown status");
    assert!(matches!(error, StateError::UnknownValue { .. }), "{error}");
    assert!(
        error.to_string().contains("sync.db") && !format!("{error} {error:?}").contains("secret-status"),
        "{error}"
    );
}
