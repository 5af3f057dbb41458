//! Which completions are carried, corrected, withdrawn and kept.

use super::*;

/// A world in which three people are known.
async fn world() -> World {
    let world = World::new().await;
    for (index, login) in world.logins.clone().iter().take(3).enumerate() {
        world.link(&format!("p{index}"), login).await;
    }
    world
}

fn count(kind: ActionKind, count: u64) -> BTreeMap<ActionKind, u64> {
    BTreeMap::from([(kind, count)])
}

fn accepted(count: u64) -> BTreeMap<String, u64> {
    BTreeMap::from([("accepted".to_owned(), count)])
}

#[tokio::test]
async fn completions_become_records_once_and_the_next_plan_is_empty() {
    let world = world().await;
    world.list([
        completion("C-1", "p0", "2026-05-20T08:00:00Z"),
        completion("c-2", "p0", "2026-05-21T08:00:00Z"),
        completion("c-3", "p1", "2026-02-01T08:00:00Z"),
    ]);
    let first = world.run().await;
    assert_eq!((first.counts(), &first.report.outcomes), (count(ActionKind::Create, 3), &accepted(3)));
    assert_eq!(first.summary.source.incomplete, Vec::<String>::new());
    world.assert_recorded(&["c-1", "c-2", "c-3"], "first run").await;
    let record = &world.records()[&record_id("c-1")];
    assert_eq!(
        (&record["user"], &record["status"], &record["score"]),
        (&json!(world.logins[0]), &json!("completed"), &json!("87.5"))
    );

    world.list([completion("c-1", "p0", "2026-05-20T08:00:00Z"), completion("c-2", "p0", "2026-05-21T08:00:00Z")]);
    let second = world.run().await;
    assert_eq!(second.counts(), count(ActionKind::Unchanged, 2), "ids are compared without regard to case");
    assert!(!second.summary.has_changes() && second.actions.is_empty());
    world.assert_recorded(&["c-1", "c-2", "c-3"], "second run").await;
}

#[tokio::test]
async fn the_window_goes_back_by_the_overlap_and_once_a_week_to_the_start() {
    let world = world().await;
    let windows = || world.sessions.with(|content| std::mem::take(&mut content.windows));
    let span = |windows: &[(DateTime<Utc>, DateTime<Utc>)]| {
        for pair in windows.windows(2) {
            assert_eq!(pair[0].1, pair[1].0, "without a gap");
        }
        let ends = (windows.first().map(|window| window.0), windows.last().map(|window| window.1));
        [ends.0, ends.1].map(|end| end.map(|end| end.format("%m-%d %H:%M").to_string()).unwrap_or_default())
    };
    world.list([completion("c-1", "p0", "2026-05-20T08:00:00Z")]);
    world.run().await;
    assert_eq!(span(&windows()), ["01-01 00:00", "06-01 10:00"]);
    world.pass(DAY);
    world.run().await;
    assert_eq!(span(&windows()), ["04-20 08:00", "06-02 10:00"]);
    // A plan that is not applied moves nothing.
    world.list([completion("c-2", "p0", "2026-06-02T08:00:00Z")]);
    world.pass(DAY);
    world.plan_with(&world.engine().await, &PlanOptions::default()).await.expect("plans");
    windows();
    world.run().await;
    assert_eq!(span(&windows()), ["04-20 08:00", "06-03 10:00"]);
    world.run().await;
    assert_eq!(span(&windows()), ["05-03 08:00", "06-03 10:00"]);
    // Neither does one for one person.
    world.pass(5 * DAY);
    let only = PlanOptions { only: Some("p0".to_owned()), ..PlanOptions::default() };
    let engine = world.engine().await;
    world.run_with(&engine, &only).await.expect("runs");
    drop(engine);
    assert_eq!(span(&windows()), ["01-01 00:00", "06-08 10:00"], "a week has passed");
    world.run().await;
    assert_eq!(span(&windows()), ["01-01 00:00", "06-08 10:00"]);
    world.run().await;
    assert_eq!(span(&windows()), ["05-03 08:00", "06-08 10:00"]);
}

#[tokio::test]
async fn a_response_that_is_too_large_is_read_in_smaller_pieces_down_to_an_hour() {
    let world = world().await;
    let ids: Vec<String> = (0..40).map(|number| format!("c-{number}")).collect();
    let dense = time("2026-05-20T00:00:00Z");
    world.list(
        ids.iter()
            .zip(0..)
            .map(|(id, hour)| completion(id, "p0", &(dense + Duration::minutes(30 * hour)).to_rfc3339())),
    );
    world.sessions.with(|content| content.most = 2);
    let run = world.run().await;
    assert_eq!(run.counts(), count(ActionKind::Create, 40));
    world.assert_recorded(&ids.iter().map(String::as_str).collect::<Vec<_>>(), "in pieces").await;
    let windows = world.sessions.with(|content| std::mem::take(&mut content.windows));
    let end = time("2026-06-01T10:00:00Z");
    let is_long_enough = |(from, to): &(DateTime<Utc>, DateTime<Utc>)| *to - *from >= Duration::hours(1) || *to == end;
    assert!(windows.iter().all(is_long_enough), "{windows:?}");
    assert!(windows.len() < 150, "quiet times are read in few requests: {}", windows.len());

    // An hour with more than fits is an error, and nothing is planned or written.
    world.sessions.with(|content| content.most = 1);
    world.pass(8 * DAY);
    let error = world.plan_with(&world.engine().await, &PlanOptions::default()).await.expect_err("too large");
    assert!(matches!(&error, Error::Source(error) if error.status().is_some_and(|it| it.as_u16() == 413)), "{error}");
}

#[tokio::test]
async fn a_correction_is_planned_with_before_and_after_and_sent() {
    let world = world().await;
    world.list([completion("c-1", "p0", "2026-05-20T08:00:00Z"), completion("c-2", "p1", "2026-05-20T08:00:00Z")]);
    world.run().await;
    let mut corrected = completion("c-1", "p0", "2026-05-20T08:30:00Z");
    corrected["attended"] = json!(false);
    // Without a score, the record keeps the one that it has.
    corrected.as_object_mut().expect("an object").remove("percentageStepsVisited");
    corrected["hash"] = json!("changed");
    let mut same = completion("c-2", "p1", "2026-05-20T08:00:00Z");
    same["hash"] = json!("changed");
    world.list([corrected, same]);
    let run = world.run().await;
    assert_eq!(run.counts(), BTreeMap::from([(ActionKind::Update, 1), (ActionKind::Unchanged, 1)]));
    let changes: Vec<_> =
        run.action("c-1").changes.iter().map(|it| (it.field.as_str(), &it.before, &it.after)).collect();
    assert_eq!(
        changes,
        [
            ("StartDate", &json!("2026-05-20 08:00:00"), &json!("2026-05-20 08:30:00")),
            ("EndDate", &json!("2026-05-20 09:00:00"), &json!("2026-05-20 09:30:00")),
            ("Status", &json!("4"), &json!("5")),
        ]
    );
    assert_eq!(run.report.outcomes, accepted(1));
    let record = &world.records()[&record_id("c-1")];
    assert_eq!((&record["status"], &record["score"]), (&json!("cancelled"), &json!("87.5")));
    assert!(!world.run().await.summary.has_changes());
}

#[tokio::test]
async fn only_sessions_that_ended_long_enough_ago_are_carried() {
    let world = world().await;
    let mut long = completion("long", "p0", "2026-06-01T08:00:00Z");
    long["sessionScheduledEndAt"] = json!("2026-06-01T10:00:01Z");
    world.list([
        completion("ended", "p0", "2026-06-01T09:00:00Z"),
        completion("late", "p0", "2026-06-01T09:00:01Z"),
        long,
        completion("future", "p0", "2026-06-01T11:00:00Z"),
    ]);
    let run = world.run().await;
    assert_eq!(run.counts(), count(ActionKind::Create, 1));
    assert_eq!(run.summary.notes, ["completions of sessions that have not ended 2h ago, carried later: 2"]);
    world.assert_recorded(&["ended"], "at first").await;
    world.pass(2 * 3_600);
    assert_eq!(world.run().await.counts(), BTreeMap::from([(ActionKind::Create, 3), (ActionKind::Unchanged, 1)]));
    world.assert_recorded(&["ended", "future", "late", "long"], "later").await;
}

#[tokio::test]
async fn an_unresolved_completion_is_kept_with_its_age_and_carried_when_its_user_is_known() {
    let mut world = world().await;
    world
        .list([completion("c-1", "stranger", "2026-05-20T08:00:00Z"), completion("c-2", "p0", "2026-05-31T08:00:00Z")]);
    let run = world.run().await;
    assert_eq!(run.counts(), BTreeMap::from([(ActionKind::Unresolved, 1), (ActionKind::Create, 1)]));
    let unresolved = run.action("c-1");
    assert_eq!(unresolved.reason, "flow `link` knows no LMS user of stranger; without an LMS user for less than a day");
    world.assert_recorded(&["c-2"], "at first").await;

    // Later, the window does not reach back to it any more.
    world.settings.overlap = Span::from_secs(DAY);
    world.pass(6 * DAY);
    let run = world.run().await;
    assert_eq!(run.counts(), BTreeMap::from([(ActionKind::Unresolved, 1), (ActionKind::Unchanged, 1)]));
    assert_eq!(run.summary.notes, ["completions without an LMS user: 1, the oldest for 6 days"]);
    world.link("stranger", &world.logins[3]).await;
    let run = world.run().await;
    assert_eq!(run.action("c-1").reason, "its LMS user is known now");
    world.assert_recorded(&["c-1", "c-2"], "at last").await;
    assert!(!world.run().await.summary.has_changes());
}

#[tokio::test]
async fn an_unresolved_completion_that_is_gone_is_forgotten() {
    let world = world().await;
    world.list([completion("c-1", "stranger", "2026-05-20T08:00:00Z")]);
    world.run().await;
    assert_eq!(world.ledger().await["c-1"].status, LedgerStatus::Unresolved);
    world.list([]);
    assert_eq!(world.run().await.counts(), BTreeMap::new());
    assert!(world.ledger().await.is_empty());
}

#[tokio::test]
async fn a_link_flow_of_session_users_leads_from_the_remote_id_to_the_lms_user() {
    let mut world = world().await;
    world.link_from = From::SessionUsers;
    let user = |id: &str, remote_id: &str| json!({ "id": id, "remoteId": remote_id, "firstName": "A", "lastName": "B", "active": true });
    world.sessions.with(|content| {
        content.users = vec![user("u0", "r0"), user("u1", "twice"), user("u2", "twice"), user("u3", "r3")]
    });
    world.link("u0", &world.logins[3]).await;
    world.link("u1", &world.logins[4]).await;
    world.list(
        ["r0", "twice", "r3", "no one"]
            .map(|remote| completion(&format!("c-{remote}"), remote, "2026-05-20T08:00:00Z")),
    );
    let run = world.run().await;
    let found = |id: &str| (run.action(id).kind, run.action(id).reason.clone());
    assert_eq!(found("c-r0").0, ActionKind::Create);
    assert_eq!(
        found("c-twice"),
        (ActionKind::Conflict, "several session users have its `remoteUserId`: u1, u2".to_owned())
    );
    assert!(found("c-r3").1.starts_with("flow `link` knows no LMS user of u3;"), "{:?}", found("c-r3"));
    assert!(found("c-no one").1.starts_with("no session user has the `remoteId` no one;"), "{:?}", found("c-no one"));
    world.assert_recorded(&["c-r0"], "by session user").await;
}

#[tokio::test]
async fn an_expression_gives_the_lms_user_before_the_link_flow_does() {
    let mut world = world().await;
    let mut named = completion("c-1", "p0", "2026-05-20T08:00:00Z");
    // The client keeps only the fields of the spec, so the expression is over one of them.
    world.settings.user = Some(Expression::parse("clusterId").expect("an expression"));
    named["clusterId"] = json!(world.logins[2]);
    world.list([named, completion("c-2", "p1", "2026-05-20T08:00:00Z")]);
    world.run().await;
    world.assert_recorded(&["c-1", "c-2"], "by expression").await;
    let records = world.records();
    assert_eq!(records[&record_id("c-1")]["user"], json!(world.logins[2]));
    assert_eq!(records[&record_id("c-2")]["user"], json!(world.logins[1]), "the link flow");
}

#[tokio::test]
async fn invalid_completions_and_conflicts_stop_nobody_and_are_named() {
    let mut world = world().await;
    world.scope = Some(Expression::parse("moduleCategory != 'Test'").expect("an expression"));
    let change = |id: &str, field: &str, value: Value| {
        let mut completion = completion(id, "p0", "2026-05-20T08:00:00Z");
        completion[field] = value;
        completion
    };
    world.list([
        completion("good", "p0", "2026-05-20T08:00:00Z"),
        change("share", "percentageStepsVisited", json!(4711)),
        change("end", "sessionScheduledEndAt", json!("soon")),
        change("", "moduleName", json!("No id")),
        change("twice", "timeInSessionMins", json!(1)),
        change("twice", "timeInSessionMins", json!(2)),
        change("same", "timeInSessionMins", json!(3)),
        change("same", "timeInSessionMins", json!(3)),
        change("scope", "moduleCategory", json!("Test")),
    ]);
    let run = world.run().await;
    let found: Vec<_> = run.actions.iter().map(|it| (it.source_id.as_deref(), it.kind, it.reason.as_str())).collect();
    for expected in [
        (Some("good"), ActionKind::Create, "not in the LMS yet"),
        (Some("same"), ActionKind::Create, "not in the LMS yet"),
        (Some("share"), ActionKind::Invalid, "invalid `percentageStepsVisited`: must be from 0 to 100"),
        (None, ActionKind::Invalid, "invalid `id`: missing"),
        (Some("twice"), ActionKind::Conflict, "it is listed several times, with different content"),
        (Some("scope"), ActionKind::OutOfScope, "not matched by `where`"),
    ] {
        assert!(found.contains(&expected), "{expected:?} in {found:?}");
    }
    assert_eq!(run.action("end").kind, ActionKind::Invalid);
    assert_eq!(run.summary.source.incomplete, ["1 of the completions have no `id`"]);
    world.assert_recorded(&["good", "same"], "the others go on").await;
}

#[tokio::test]
async fn two_completions_with_one_record_id_are_a_conflict_that_names_both() {
    let world = world().await;
    world.list([completion("c-1", "p0", "2026-05-20T08:00:00Z")]);
    let taken = LedgerRow {
        completion_id: "other".to_owned(),
        record_id: record_id("c-1"),
        user_id: None,
        row_hash: None,
        row: None,
        completion: None,
        status: LedgerStatus::Withdrawn,
        reason: None,
        session_date: None,
        first_seen_at: time(START),
        sent_at: None,
        seen_run: 1,
    };
    let state = State::open(world.file().state, "sync test").await.expect("opens");
    state.call(move |connection| ledger::upsert(connection, FLOW, &taken)).await.expect("inserts");
    drop(state);
    let run = world.run().await;
    let expected = format!("completion other has the same RecordID {}", record_id("c-1"));
    assert_eq!((run.action("c-1").kind, run.action("c-1").reason.clone()), (ActionKind::Conflict, expected));
    assert!(world.records().is_empty());
}

#[tokio::test]
async fn a_record_is_not_given_to_another_user() {
    let world = world().await;
    world.list([completion("c-1", "p0", "2026-05-20T08:00:00Z")]);
    world.run().await;
    world.link("p0", &world.logins[3]).await;
    let run = world.run().await;
    assert_eq!(run.action("c-1").kind, ActionKind::Conflict);
    assert!(run.action("c-1").reason.contains(&world.logins[0]) && run.action("c-1").reason.contains(&world.logins[3]));
    world.assert_recorded(&["c-1"], "as before").await;
}

#[tokio::test]
async fn a_rejected_row_keeps_its_reason_and_is_tried_again() {
    let world = world().await;
    world.link("p9", "no one.of.this.name").await;
    world.list([completion("c-1", "p9", "2026-05-20T08:00:00Z"), completion("c-2", "p0", "2026-05-20T08:00:00Z")]);
    let run = world.run().await;
    assert_eq!(run.report.outcomes, BTreeMap::from([("accepted".to_owned(), 1), ("rejected".to_owned(), 1)]));
    assert_eq!(run.report.not_done[0].reason, "There is no user of this UserId.");
    let row = world.ledger().await.remove("c-1").expect("kept");
    assert_eq!((row.status, row.reason.as_deref()), (LedgerStatus::Rejected, Some("There is no user of this UserId.")));
    world.link("p9", &world.logins[3]).await;
    let run = world.run().await;
    assert_eq!((run.action("c-1").kind, run.report.outcomes), (ActionKind::Create, accepted(1)));
    world.assert_recorded(&["c-1", "c-2"], "at last").await;
}

#[tokio::test]
async fn rows_that_were_not_sent_are_sent_by_the_next_run() {
    let mut world = world().await;
    let newer = || completion("c-2", "p0", "2026-05-31T08:00:00Z");
    world.list([completion("c-1", "p0", "2026-05-20T08:00:00Z"), newer()]);
    world.lms_url = Some("http://127.0.0.1:1/".to_owned());
    let run = world.run().await;
    assert_eq!(run.report.outcomes, BTreeMap::from([("not_sent".to_owned(), 2)]));
    assert_eq!(world.ledger().await["c-1"].status, LedgerStatus::NotSent);
    // The window does not reach back to the first one any more.
    world.lms_url = None;
    world.settings.overlap = Span::from_secs(DAY);
    world.list([newer()]);
    world.pass(DAY);
    let run = world.run().await;
    assert_eq!((run.action("c-1").kind, run.report.outcomes), (ActionKind::Create, accepted(2)));
    world.assert_recorded(&["c-1", "c-2"], "at last").await;
}

#[tokio::test]
async fn an_lms_that_is_down_ends_the_run_and_the_window_stays() {
    let mut world = world().await;
    let many = (0..2_100).map(|number| completion(&format!("c-{number:04}"), "p0", "2026-05-20T08:00:00Z"));
    world.list(many);
    world.lms_url = Some("http://127.0.0.1:1/".to_owned());
    let run = world.run().await;
    assert_eq!(run.report.outcomes, BTreeMap::from([("not_sent".to_owned(), 2_100)]));
    assert_eq!((run.report.not_done.len(), run.report.not_done_count), (MAX_NOT_DONE, 2_100));
    assert_eq!(world.ledger().await.len(), 1_500);
    world.lms_url = None;
    let run = world.run().await;
    assert_eq!(run.report.outcomes, accepted(2_100));
    assert_eq!(world.records().len(), 2_100);
}

#[tokio::test]
async fn a_row_of_unknown_outcome_is_sent_again() {
    let world = world().await;
    world.list([completion("c-1", "p0", "2026-05-20T08:00:00Z")]);
    world.sandbox.add_fault("externalTrainingCsv:garbage,times=1".parse().expect("a fault")).expect("added");
    let run = world.run().await;
    assert_eq!(run.report.outcomes, BTreeMap::from([("unknown".to_owned(), 1)]));
    assert_eq!(world.ledger().await["c-1"].status, LedgerStatus::Unknown);
    let run = world.run().await;
    assert_eq!(run.action("c-1").reason, "the outcome of its last row is unknown: it is sent again");
    world.assert_recorded(&["c-1"], "sent again").await;
    assert!(!world.run().await.summary.has_changes());
}

#[tokio::test]
async fn a_change_of_the_time_zone_is_said_and_changes_every_row_within_the_limits() {
    let mut world = world().await;
    world.list([completion("c-1", "p0", "2026-01-20T08:00:00Z"), completion("c-2", "p1", "2026-05-20T08:00:00Z")]);
    world.run().await;
    world.zone = chrono_tz::Europe::Berlin;
    world.flow_limits.updates = Some(1);
    let run = world.run().await;
    assert_eq!(run.counts(), count(ActionKind::Update, 2), "also before the overlap");
    assert!(
        run.summary.notes[0].contains("UTC") && run.summary.notes[0].contains("Europe/Berlin"),
        "{:?}",
        run.summary.notes
    );
    assert_eq!(run.summary.kept_back.len(), 1, "over the limit");
    assert_eq!(run.report.outcomes, BTreeMap::new());
    world.flow_limits.updates = Some(2);
    let run = world.run().await;
    assert_eq!((run.counts(), run.report.outcomes), (count(ActionKind::Update, 2), accepted(2)));
    let records = world.records();
    let start = |id: &str| {
        let start = records[&record_id(id)]["start"].as_i64().and_then(DateTime::from_timestamp_millis);
        start.map(|start| start.format("%m-%d %H:%M").to_string())
    };
    assert_eq!([start("c-1"), start("c-2")], [Some("01-20 09:00".to_owned()), Some("05-20 10:00".to_owned())]);
    let run = world.run().await;
    assert!(!run.summary.has_changes() && run.summary.notes.is_empty());
}

/// Three accepted records, of which one is no longer listed.
async fn one_is_gone(withdraw: bool) -> World {
    let mut world = world().await;
    world.settings.withdraw = withdraw;
    world.list((0..3).map(|number| completion(&format!("c-{number}"), "p0", "2026-05-20T08:00:00Z")));
    world.run().await;
    world.list((0..2).map(|number| completion(&format!("c-{number}"), "p0", "2026-05-20T08:00:00Z")));
    world
}

#[tokio::test]
async fn a_record_of_a_completion_that_is_gone_is_withdrawn_only_if_that_is_set() {
    let world = one_is_gone(false).await;
    assert_eq!(world.run().await.counts(), count(ActionKind::Unchanged, 2));
    world.assert_recorded(&["c-0", "c-1", "c-2"], "off").await;

    let world = one_is_gone(true).await;
    let run = world.run().await;
    assert_eq!(run.counts(), BTreeMap::from([(ActionKind::Withdraw, 1), (ActionKind::Unchanged, 2)]));
    assert_eq!(run.action("c-2").target_id.as_ref(), Some(&world.logins[0]));
    world.assert_recorded(&["c-0", "c-1"], "on").await;
    assert_eq!(world.ledger().await["c-2"].status, LedgerStatus::Withdrawn);
    assert!(!world.run().await.summary.has_changes());
    // It is listed again, so it is written again.
    world.list((0..3).map(|number| completion(&format!("c-{number}"), "p0", "2026-05-20T08:00:00Z")));
    assert_eq!(world.run().await.action("c-2").reason, "it was withdrawn, and is listed again");
    world.assert_recorded(&["c-0", "c-1", "c-2"], "again").await;
}

#[tokio::test]
async fn nothing_is_withdrawn_after_an_incomplete_read() {
    let world = one_is_gone(true).await;
    world.sessions.with(|content| {
        let mut unreadable = completion("c-2", "p0", "2026-05-20T08:00:00Z");
        unreadable["attended"] = json!("perhaps");
        content.completions.push(unreadable);
    });
    let run = world.run().await;
    assert_eq!(run.summary.source.incomplete, ["1 of the completions could not be read"]);
    assert!(run.action("c-2").held.is_some());
    assert_eq!((run.report.held, run.report.outcomes), (1, BTreeMap::new()));
    world.assert_recorded(&["c-0", "c-1", "c-2"], "incomplete").await;
}

#[tokio::test]
async fn a_window_that_lost_most_of_its_completions_is_incomplete() {
    let mut world = one_is_gone(true).await;
    world.flow_limits.min_percent = 80;
    let run = world.run().await;
    let expected =
        "2 of the 3 completions with a training record are listed, less than 80 %; --accept-source-size accepts them";
    assert_eq!(run.summary.source.incomplete, [expected]);
    world.list([]);
    assert!(world.run().await.actions.iter().all(|action| action.held.is_some()));
    world.assert_recorded(&["c-0", "c-1", "c-2"], "held").await;
    let accept = PlanOptions { accept_source_size: true, ..PlanOptions::default() };
    let engine = world.engine().await;
    world.run_with(&engine, &accept).await.expect("runs");
    drop(engine);
    world.assert_recorded(&[], "accepted").await;
}

#[tokio::test]
async fn withdrawals_count_against_the_limits_of_removals() {
    let mut world = one_is_gone(true).await;
    world.list([]);
    world.flow_limits.min_percent = 0;
    world.flow_limits.removals = 2;
    let run = world.run().await;
    assert_eq!(run.counts(), count(ActionKind::Withdraw, 3));
    assert!(run.report.kept_back[0].contains("3 removals exceed the limit of 2"), "{:?}", run.report.kept_back);
    world.assert_recorded(&["c-0", "c-1", "c-2"], "kept back").await;
}

#[tokio::test]
async fn a_completion_whose_session_was_moved_out_of_the_window_is_not_withdrawn() {
    for moved_to in ["2026-07-01T08:00:00Z", "2026-01-15T08:00:00Z"] {
        let world = one_is_gone(true).await;
        world.sessions.with(|content| content.completions.push(completion("c-2", "p0", moved_to)));
        let run = world.run().await;
        assert_eq!(run.counts(), count(ActionKind::Unchanged, 2), "{moved_to}");
        world.assert_recorded(&["c-0", "c-1", "c-2"], moved_to).await;
    }
}

#[tokio::test]
async fn an_action_whose_record_was_changed_since_the_plan_is_skipped() {
    let world = world().await;
    world.list([completion("c-1", "p0", "2026-05-20T08:00:00Z")]);
    world.run().await;
    let mut corrected = completion("c-1", "p0", "2026-05-20T08:00:00Z");
    corrected["timeInSessionMins"] = json!(50);
    world.list([corrected.clone()]);
    let engine = world.engine().await;
    let (old_run, old_plan, ..) = world.plan_with(&engine, &PlanOptions::default()).await.expect("plans");
    corrected["timeInSessionMins"] = json!(60);
    world.list([corrected]);
    world.run_with(&engine, &PlanOptions::default()).await.expect("runs");
    let report = engine.apply(old_run, old_plan, &ApplyOptions::default()).await.expect("applies");
    assert_eq!(report.flows[0].not_done[0].reason, "`Duration` was changed since the plan");
    drop(engine);
    assert_eq!(world.records()[&record_id("c-1")]["duration"], "60.00");
}

#[tokio::test]
async fn an_older_plan_can_be_applied_after_another_one_was_made() {
    let world = world().await;
    world.list([completion("c-1", "p0", "2026-05-20T08:00:00Z")]);
    let engine = world.engine().await;
    let (run, plan, ..) = world.plan_with(&engine, &PlanOptions::default()).await.expect("plans");
    world.list([]);
    world.plan_with(&engine, &PlanOptions::default()).await.expect("plans");
    let report = engine.apply(run, plan, &ApplyOptions::default()).await.expect("applies");
    assert_eq!(report.flows[0].outcomes, accepted(1));
    drop(engine);
    let row = world.ledger().await.remove("c-1").expect("a row");
    assert_eq!(row.session_date.as_deref(), Some("2026-05-20T08:00:00Z"));
}

#[tokio::test]
async fn a_plan_for_one_person_has_only_what_is_theirs_and_the_rest_follows_later() {
    let world = world().await;
    world.list(["p0", "p1", "p2"].map(|person| completion(&format!("c-{person}"), person, "2026-05-20T08:00:00Z")));
    let by_any_id = [("p0".to_owned(), "c-p0"), (world.logins[1].clone(), "c-p1"), ("c-p2".to_owned(), "c-p2")];
    for (only, expected) in by_any_id {
        let engine = world.engine().await;
        let options = PlanOptions { only: Some(only.clone()), ..PlanOptions::default() };
        let (.., summary, actions) = world.plan_with(&engine, &options).await.expect("plans");
        let ids: Vec<_> = actions.iter().filter_map(|action| action.source_id.as_deref()).collect();
        assert_eq!((ids, summary.counts), (vec![expected], count(ActionKind::Create, 1)), "{only}");
    }
    assert_eq!(world.run().await.report.outcomes, accepted(3));
}

#[tokio::test]
async fn an_expression_that_gives_no_text_makes_the_completion_invalid() {
    let mut world = world().await;
    world.settings.user = Some(Expression::parse("attended").expect("an expression"));
    world.list([completion("c-1", "p0", "2026-05-20T08:00:00Z")]);
    let run = world.run().await;
    assert_eq!(run.counts(), count(ActionKind::Invalid, 1));
    assert_eq!(run.action("c-1").reason, "`completions.user` must give a text");
}

#[tokio::test]
async fn a_flow_without_a_way_to_the_lms_user_is_refused_before_anything_is_read() {
    let mut world = world().await;
    for (identities, expected) in
        [(None, "`completions.user` or `completions.identities` is required"), (Some("other"), "names no flow")]
    {
        world.settings.identities = identities.map(str::to_owned);
        let error = world.plan_with(&world.engine().await, &PlanOptions::default()).await.expect_err("refused");
        assert!(error.to_string().contains(expected), "{error}");
    }
    assert!(world.sessions.with(|content| content.windows.is_empty()));
}
