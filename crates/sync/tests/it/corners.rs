//! Rare cases of flows of people, in which somebody could be touched who must not be.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use httpmock::{HttpMockRequest, HttpMockResponse};
use rosterkit_core::chrono::TimeDelta;
use rosterkit_sync::engine::{ApplyOptions, Error, PlanOptions};
use rosterkit_sync::plan::{ActionKind, Allowances};
use rosterkit_sync::state::identities::{self, Origin};
use rosterkit_sync::state::journal::EntryOutcome;
use serde_json::{Value, json};

use crate::bench::{Bench, actions, apply, begin, journal, person, plan, run, stop_at};
use crate::support::{TestResult, of_server, server};

const FLOW: &str = r#"
[[flow]]
name = "people"
from = "file"
to = "session-users"
SETTINGS

[flow.source]
path = "people.jsonl"

[flow.fields]
remoteId = "key || id"
firstName = "first"
lastName = "last"

[flow.identity]
id = "id"

[flow.limits]
min_percent = 10
removals = { max = 3, max_percent = 100 }
"#;

const REMOVALS: &str = "[flow.removals]\npolicy = \"deactivate\"\n";

async fn bench(settings: &str, tables: &str) -> TestResult<Bench> {
    Bench::new(FLOW.replace("SETTINGS", settings) + tables).await
}

/// A person with more fields than the usual ones.
fn with(id: &str, fields: Value) -> Value {
    let mut person = person(id, "A");
    let Value::Object(fields) = fields else { return person };
    for (name, value) in fields {
        person[name] = value;
    }
    person
}

async fn is_active(bench: &Bench, key: &str) -> TestResult<Option<bool>> {
    Ok(bench.users().await?.get(key).map(|user| user.2))
}

#[tokio::test]
async fn somebody_who_has_another_id_in_the_source_is_not_removed() -> TestResult {
    for (status, expected) in [
        (json!({ "key": "k1" }), ActionKind::Conflict),
        // A record that cannot be used has the key as well.
        (json!({ "key": "k1", "first": {} }), ActionKind::Conflict),
        (json!({ "key": "k1", "team": "out" }), ActionKind::Conflict),
        (json!({ "key": "k1", "at_work": false }), ActionKind::Conflict),
        (json!({ "key": "k2" }), ActionKind::Deactivate),
    ] {
        let bench = bench("where = \"team != 'out'\"\nactive = \"at_work\"", REMOVALS).await?;
        bench.people(&[with("old", json!({ "key": "k1" })), person("p1", "A"), person("p2", "A")])?;
        bench.run().await?;
        bench.people(&[with("new", status.clone()), person("p1", "A"), person("p2", "A")])?;
        let planned = bench.planned().await?;
        assert_eq!(planned["old"].kind, expected, "{status}: {planned:?}");
        if expected == ActionKind::Conflict {
            let reason = "missing in the source; the source has its key under another id: `new`";
            assert_eq!(planned["old"].reason, reason);
            bench.run().await?;
            assert_eq!(is_active(&bench, "k1").await?, Some(true));
        }
    }
    Ok(())
}

#[tokio::test]
async fn who_was_protected_stays_so_when_the_source_no_longer_has_the_person() -> TestResult {
    let rules = "[flow.protect]\nids = [\"by-id\"]\nemails = [\"chief@*\"]\nsource = [\"first == 'Chief'\"]\n";
    let everybody = [
        person("by-id", "A"),
        with("by-email", json!({ "email": "chief@example.com" })),
        with("by-rule", json!({ "first": "Chief" })),
        person("p1", "A"),
    ];
    let mut bench = bench("", &format!("{REMOVALS}{rules}")).await?;
    for person in &everybody {
        bench.set_user(person["id"].as_str().unwrap(), ("Old", "Sample"), true).await?;
    }
    bench.people(&everybody)?;
    bench.run().await?;
    let (_, report) = bench.run().await?;
    assert_eq!(report.flows[0].outcomes.values().sum::<u64>(), 0, "{report:?}");
    // The first run pairs them, the later one knows them by heart.
    for _ in 0..2 {
        bench.people(&everybody[3..])?;
        let planned = bench.planned().await?;
        for id in ["by-id", "by-email", "by-rule"] {
            assert_eq!(planned[id].kind, ActionKind::Protected, "{planned:?}");
        }
        // A record that cannot be used says nothing of a protection that is over.
        bench.people(&[with("by-rule", json!({ "last": {} })), person("p1", "A")])?;
        assert_eq!(bench.planned().await?["by-rule"].kind, ActionKind::Invalid);
    }
    bench.people(&everybody[3..])?;
    bench.text = bench.text.replace(rules, "");
    let planned = bench.planned().await?;
    assert_eq!(planned.values().filter(|action| action.kind == ActionKind::Deactivate).count(), 3, "{planned:?}");
    Ok(())
}

#[tokio::test]
async fn who_was_never_in_scope_is_not_managed_though_the_key_matches() -> TestResult {
    let removals = format!("{REMOVALS}when = [\"missing\", \"inactive\", \"out-of-scope\"]\n");
    let bench = bench("where = \"team == 'in'\"\nactive = \"at_work\"", &removals).await?;
    let strangers = ["other-team", "other-team-inactive", "other-team-leaving"];
    let people = |rest: &[Value]| -> Vec<Value> {
        let others = [
            with("other-team", json!({ "team": "out" })),
            with("other-team-inactive", json!({ "team": "out", "at_work": false })),
        ];
        others.iter().chain(rest).cloned().collect()
    };
    for id in strangers {
        bench.set_user(id, ("By", "Hand"), true).await?;
    }
    let ours = with("ours", json!({ "team": "in" }));
    bench.people(&people(&[ours.clone(), with("other-team-leaving", json!({ "team": "out" }))]))?;
    bench.run().await?;
    bench.people(&people(std::slice::from_ref(&ours)))?;
    for _ in 0..2 {
        bench.run().await?;
    }
    for id in strangers {
        assert_eq!(is_active(&bench, id).await?, Some(true), "{id}");
    }
    // Who was in scope, and is neither active nor in scope now, has left.
    bench.people(&people(&[with("ours", json!({ "team": "out", "at_work": false }))]))?;
    bench.run().await?;
    assert_eq!(is_active(&bench, "ours").await?, Some(false));
    Ok(())
}

#[tokio::test]
async fn a_deactivation_by_hand_stands_also_of_somebody_whom_sync_had_deactivated_before() -> TestResult {
    let bench = bench("", REMOVALS).await?;
    let (stays, goes) = (person("stays", "A"), person("goes", "A"));
    bench.people(&[stays.clone(), goes.clone()])?;
    bench.run().await?;
    bench.people(std::slice::from_ref(&stays))?;
    bench.run().await?;
    assert_eq!(is_active(&bench, "goes").await?, Some(false));
    bench.set_user("goes", ("A", "Sample"), true).await?;
    bench.people(&[stays, goes])?;
    bench.run().await?;
    bench.set_user("goes", ("A", "Sample"), false).await?;
    let planned = bench.planned().await?;
    assert_eq!(
        (planned["goes"].kind, planned["goes"].reason.as_str()),
        (ActionKind::Conflict, "deactivated elsewhere")
    );
    Ok(())
}

#[tokio::test]
async fn a_manual_change_is_settled_when_both_sides_agree() -> TestResult {
    let bench = bench("on_manual_change = \"report\"", "").await?;
    bench.people(&[person("p1", "First")])?;
    bench.run().await?;
    bench.set_user("p1", ("Second", "Sample"), true).await?;
    assert_eq!(bench.planned().await?["p1"].kind, ActionKind::Conflict);
    bench.people(&[person("p1", "Second")])?;
    assert!(!bench.planned().await?.contains_key("p1"), "both sides agree");
    bench.people(&[person("p1", "Third")])?;
    assert_eq!(bench.planned().await?["p1"].kind, ActionKind::Update);
    Ok(())
}

#[tokio::test]
async fn the_grace_begins_with_what_counts_as_having_left() -> TestResult {
    let mut bench = bench("where = \"team == 'in'\"", &format!("{REMOVALS}grace = \"7d\"\n")).await?;
    let (stays, inside) = (with("stays", json!({ "team": "in" })), with("moves", json!({ "team": "in" })));
    bench.people(&[stays.clone(), inside])?;
    bench.run().await?;
    bench.people(&[stays.clone(), with("moves", json!({ "team": "out" }))])?;
    for _ in 0..3 {
        bench.now += TimeDelta::days(10);
        assert_eq!(bench.planned().await?["moves"].kind, ActionKind::OutOfScope);
    }
    bench.people(&[stays])?;
    for _ in 0..2 {
        assert_eq!(bench.planned().await?["moves"].kind, ActionKind::PendingRemoval);
    }
    bench.now += TimeDelta::days(7);
    assert_eq!(bench.planned().await?["moves"].kind, ActionKind::Deactivate);
    Ok(())
}

#[tokio::test]
async fn odd_ids_are_taken_as_they_are_or_refused() -> TestResult {
    let bench = bench("", REMOVALS).await?;
    let long = "é".repeat(250);
    let odd =
        ["p", "P", "a\0b", "a\0c", "\u{202e}rtl", "😀", " spaced ", "é", "e\u{301}", "'; --", "`", "\u{2}", &long];
    let mut people: Vec<Value> = odd.iter().map(|id| person(id, id.trim())).collect();
    people.push(with("", json!({ "id": 12_345_678_901_234_567_u64, "first": "Number" })));
    bench.people(&people)?;
    bench.run().await?;
    let users = bench.users().await?;
    for id in odd {
        assert_eq!(users.get(id), Some(&(id.trim().to_owned(), "Sample".to_owned(), true)), "{id:?}");
    }
    assert_eq!(users["12345678901234567"].0, "Number");
    let engine = bench.engine().await?;
    assert!(!plan(&engine, &PlanOptions::default()).await?.summary.flows[0].has_changes());
    drop(engine);

    // A refused id could be anybody's, so that no one is removed. It is no one else's, either.
    people.truncate(12);
    let too_long = "é".repeat(257);
    let refused = ["\u{1}1", "\u{1}", "", " ", &too_long];
    people.extend(refused.iter().map(|id| person(id, "Refused")));
    for number in ["123456789012345678901", "1.5", "1e3"] {
        people.push(with("", json!({ "id": serde_json::from_str::<Value>(number)?, "first": "Refused" })));
    }
    people.push(with("", json!({ "id": ["list"], "first": "Refused" })));
    people.push(with("float-key", json!({ "key": 0.5, "first": "Refused" })));
    bench.people(&people)?;
    let engine = bench.engine().await?;
    let plan = plan(&engine, &PlanOptions::default()).await?;
    let flow = &plan.summary.flows[0];
    assert_eq!(flow.counts.get(&ActionKind::Invalid), Some(&10), "{flow:?}");
    assert_eq!(flow.source.incomplete, ["9 records have no id"]);
    assert!(!flow.has_changes(), "{flow:?}");
    Ok(())
}

#[tokio::test]
async fn a_plan_is_applied_once_and_not_after_a_newer_one() -> TestResult {
    let bench = bench("", REMOVALS).await?;
    let (stays, goes) = (person("stays", "A"), person("goes", "A"));
    bench.people(&[stays.clone(), goes.clone()])?;
    bench.run().await?;
    bench.people(std::slice::from_ref(&stays))?;
    let engine = bench.engine().await?;
    let older = plan(&engine, &PlanOptions::default()).await?;
    assert_eq!(older.summary.flows[0].due(ActionKind::Deactivate), 1);
    bench.people(&[stays, goes])?;
    let newer = plan(&engine, &PlanOptions::default()).await?;
    apply(&engine, &newer).await?;
    for (plan, reason) in [(&older, "plan 3 is newer"), (&newer, "it was applied at")] {
        let refused = apply(&engine, plan).await.unwrap_err();
        assert!(matches!(&refused, Error::Refused(text) if text.contains(reason)), "{refused}");
    }
    assert_eq!(is_active(&bench, "goes").await?, Some(true));
    Ok(())
}

#[tokio::test]
async fn a_plan_that_a_limit_kept_back_can_be_applied_with_another_limit() -> TestResult {
    let bench = bench("", REMOVALS).await?;
    let people: Vec<Value> = (0..8).map(|number| person(&format!("p{number}"), "A")).collect();
    bench.people(&people)?;
    bench.run().await?;
    bench.people(&people[4..])?;
    let engine = bench.engine().await?;
    let plan = plan(&engine, &PlanOptions::default()).await?;
    let report = apply(&engine, &plan).await?;
    assert_eq!((report.flows[0].kept_back.len(), is_active(&bench, "p0").await?), (1, Some(true)), "{report:?}");
    let allowances = Allowances { removals: Some(4), ..Allowances::default() };
    let run = begin(&engine).await?;
    let report = engine.apply(run, plan.id, &ApplyOptions { allowances, ..ApplyOptions::default() }).await?;
    assert_eq!(report.flows[0].outcomes.get("accepted"), Some(&4), "{report:?}");
    assert!(apply(&engine, &plan).await.is_err(), "it was applied");
    Ok(())
}

#[tokio::test]
async fn a_run_that_is_shut_down_goes_on_with_the_same_plan() -> TestResult {
    let bench = bench("", "").await?;
    // More than one request.
    let people: Vec<Value> = (0..450).map(|number| person(&format!("p{number}"), "A")).collect();
    bench.people(&people)?;
    let engine = bench.engine().await?;
    let planned = plan(&engine, &PlanOptions::default()).await?;
    let shutdown = engine.shutdown();
    let engine = engine.probe(move |_| {
        shutdown.begin();
        false
    });
    apply(&engine, &planned).await?;
    drop(engine);
    let done = bench.users().await?.len();
    assert!((2..451).contains(&done), "what was in flight is finished, and nothing more is sent: {done}");
    let engine = bench.engine().await?;
    assert!(journal(&engine).await?.iter().all(|entry| entry.outcome.is_some()));
    engine.resume().await?;
    apply(&engine, &planned).await?;
    assert_eq!(bench.users().await?.len(), 451);
    let created = journal(&engine).await?.len();
    assert_eq!(created, 450, "no one is sent twice");
    Ok(())
}

#[tokio::test]
async fn who_vanished_from_the_target_since_the_plan_is_skipped_and_created_in_the_next_run() -> TestResult {
    let bench = bench("", REMOVALS).await?;
    bench.people(&[])?;
    drop(bench.engine().await?);
    let empty = bench.sandbox.state()?;
    bench.people(&[person("p1", "A"), person("p2", "A")])?;
    bench.run().await?;
    bench.people(&[person("p1", "Renamed")])?;
    let engine = bench.engine().await?;
    let planned = plan(&engine, &PlanOptions::default()).await?;
    bench.sandbox.restore(&empty)?;
    let report = apply(&engine, &planned).await?;
    let flow = &report.flows[0];
    assert_eq!(flow.not_done.len(), 2, "{flow:?}");
    assert!(flow.not_done.iter().all(|it| it.reason == "it is no longer in the target"), "{flow:?}");
    assert_eq!(bench.users().await?.len(), 1);
    run(&engine).await?;
    assert_eq!(is_active(&bench, "p1").await?, Some(true));
    let again = plan(&engine, &PlanOptions::default()).await?;
    assert!(!again.summary.flows[0].has_changes(), "{:?}", again.summary);
    Ok(())
}

#[tokio::test]
async fn a_creation_whose_target_person_belongs_to_another_by_now_ends_no_run() -> TestResult {
    let bench = bench("", "").await?;
    bench.people(&[person("p1", "A")])?;
    let engine = bench.engine().await?;
    let planned = plan(&engine, &PlanOptions::default()).await?;
    // Killed before the outcome is journalled.
    let (engine, _) = stop_at(engine, 4);
    assert!(matches!(apply(&engine, &planned).await, Err(Error::Stopped)));
    assert_eq!(is_active(&bench, "p1").await?, Some(true));
    drop(engine);
    let engine = bench.engine().await?;
    // The plan reads who has the key.
    plan(&engine, &PlanOptions::default()).await?;
    let adopt = |connection: &mut rusqlite::Connection| {
        let find = "SELECT id FROM target_person WHERE label = 'A Sample'";
        let target: String = connection.query_row(find, [], |row| row.get(0))?;
        identities::insert(connection, "people", "other", &target, Origin::Adopted, 1)
    };
    engine.state().call(adopt).await?;
    run(&engine).await?;
    let planned = plan(&engine, &PlanOptions::default()).await?;
    assert_eq!(actions(&engine, &planned).await?[0].kind, ActionKind::Conflict);
    Ok(())
}

#[tokio::test]
async fn one_person_is_applied_alone_and_the_first_apply_is_still_to_come() -> TestResult {
    let bench = bench("", REMOVALS).await?;
    bench.set_user("leaver", ("A", "Sample"), true).await?;
    bench.people(&[person("p1", "A"), person("p2", "A"), person("leaver", "A")])?;
    let engine = bench.engine().await?;
    for only in ["p2", "leaver"] {
        let only = PlanOptions { only: Some(only.to_owned()), ..PlanOptions::default() };
        let planned = plan(&engine, &only).await?;
        apply(&engine, &planned).await?;
    }
    assert_eq!((is_active(&bench, "p1").await?, is_active(&bench, "p2").await?), (None, Some(true)));
    bench.people(&[person("p1", "A"), person("p2", "A")])?;
    let planned = plan(&engine, &PlanOptions::default()).await?;
    let held = actions(&engine, &planned).await?.into_iter().find(|it| it.kind == ActionKind::Deactivate);
    assert_eq!(held.and_then(|it| it.held).as_deref(), Some("the first apply of a flow removes no one"));
    Ok(())
}

#[tokio::test]
async fn who_is_not_in_an_incomplete_listing_is_not_gone() -> TestResult {
    let (is_sent, is_cut) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(true)));
    let (sent, cut) = (Arc::clone(&is_sent), Arc::clone(&is_cut));
    let server = server("application/json", move |_| {
        let user = |id: &str, active| {
            json!({ "id": format!("t-{id}"), "remoteId": id, "firstName": "A", "lastName": "Sample", "active": active })
        };
        let is_sent = sent.load(Ordering::SeqCst);
        let mut users = vec![user("stays", true), user("goes", !is_sent)];
        if is_sent && cut.load(Ordering::SeqCst) {
            users.pop();
        }
        let data = json!({ "items": users, "page": 0, "size": 2, "next": null, "totalPages": 1, "total": 2 });
        (200, json!({ "success": true, "data": data, "error": null }).to_string())
    })
    .await;
    let sent = Arc::clone(&is_sent);
    server.mock(|when, then| {
        when.method("POST");
        then.respond_with(move |_: &HttpMockRequest| {
            sent.store(true, Ordering::SeqCst);
            let body = json!({ "success": true, "data": { "success": [], "failed": [] }, "error": null }).to_string();
            HttpMockResponse::builder().status(200).header("content-type", "application/json").body(body).build()
        });
    });
    let mut bench = bench("", REMOVALS).await?;
    bench.set_services(of_server(&server)?);
    bench.people(&[person("stays", "A"), person("goes", "A")])?;
    bench.run().await?;
    bench.people(&[person("stays", "A")])?;
    let (_, report) = bench.run().await?;
    assert_eq!(report.flows[0].not_done[0].reason, "the target does not show it", "{report:?}");
    let engine = bench.engine().await?;
    let open = async || journal(&engine).await.map(|it| it.iter().filter(|it| it.outcome.is_none()).count());
    engine.resume().await?;
    assert_eq!(open().await?, 1, "it stays open until the listing is complete");
    is_cut.store(false, Ordering::SeqCst);
    engine.resume().await?;
    assert_eq!(open().await?, 0);
    Ok(())
}

/// More than are settled in one commit.
#[tokio::test]
async fn each_of_many_removals_is_settled_once() -> TestResult {
    const MANY: usize = 2_000;
    const STAY: usize = 300;
    let mut bench = bench("", REMOVALS).await?;
    bench.text = bench.text.replace("max = 3,", "max = 2000,");
    let everybody: Vec<Value> = (0..STAY + MANY).map(|number| person(&format!("p{number}"), "A")).collect();
    bench.people(&everybody)?;
    bench.run().await?;
    bench.people(&everybody[..STAY])?;
    let (planned, report) = bench.run().await?;
    assert_eq!(planned.summary.flows[0].due(ActionKind::Deactivate), MANY as u64);
    let outcomes: Vec<_> = report.flows[0].outcomes.iter().map(|(name, count)| (name.as_str(), *count)).collect();
    assert_eq!(outcomes, [("accepted", MANY as u64)]);
    let users = bench.users().await?;
    assert_eq!(users.values().filter(|user| !user.2).count(), MANY);
    assert!(journal(&bench.engine().await?).await?.iter().all(|entry| entry.outcome == Some(EntryOutcome::Accepted)));
    Ok(())
}
