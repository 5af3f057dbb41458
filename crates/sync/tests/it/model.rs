//! Random directories, faults, kills and manual changes: what a run may do is compared with a model of who may be touched.
//!
//! The model knows nothing of plans. It sees the session users before and after a run, and the source.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::Ordering;

use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use rosterkit_core::chrono::TimeDelta;
use rosterkit_sync::engine::{ApplyOptions, Engine, Error, PlanOptions};
use rosterkit_sync::plan::Allowances;
use serde_json::{Value, json};

use crate::bench::{Bench, Listed, apply, begin, plan, stop_at};
use crate::support::TestResult;

/// How many cases there are without `PROPTEST_CASES`.
const CASES: u32 = 64;

/// The most removals of a run.
const MAX_REMOVALS: usize = 3;

const FLOW: &str = r#"
[[flow]]
name = "people"
from = "file"
to = "session-users"
where = "team == 'in'"
active = "at_work"
reactivate = "REACTIVATE"
on_manual_change = "MANUAL"

[flow.source]
path = "people.jsonl"

[flow.fields]
remoteId = "key"
firstName = "first"
lastName = "last"

[flow.identity]
id = "id"

[flow.removals]
policy = "POLICY"
when = WHEN
grace = "GRACE"
deactivate_by = "BY"

[flow.protect]
emails = ["chief@*"]

[flow.limits]
min_percent = 50
removals = { max = 3, max_percent = 100 }
"#;

/// The keys of the people: case, length, and characters that texts rarely have.
fn keys() -> Vec<Value> {
    let texts = ["p0", "P0", "😀 ü", "\u{202e}rtl", "a\0b", "a\0c"];
    let long = format!("long-{}", "é".repeat(240));
    texts.into_iter().map(Value::from).chain([json!(7), json!(long)]).collect()
}

const PEOPLE: usize = 8;

/// Those who come and go: the first ones, so that the same person does it several times.
const BUSY: usize = 4;

/// The key of a person as the session service has it.
fn key_text(key: &Value) -> String {
    key.as_str().map_or_else(|| key.to_string(), str::to_owned)
}

#[derive(Clone, Debug)]
struct Settings {
    reactivate: &'static str,
    reports_manual_changes: bool,
    removes: bool,
    when: &'static [&'static str],
    grace_days: i64,
    by_upsert: bool,
}

impl Settings {
    fn text(&self) -> String {
        FLOW.replace("REACTIVATE", self.reactivate)
            .replace("MANUAL", if self.reports_manual_changes { "report" } else { "overwrite" })
            .replace("POLICY", if self.removes { "deactivate" } else { "none" })
            .replace("WHEN", &json!(self.when).to_string())
            .replace("GRACE", &format!("{}d", self.grace_days))
            .replace("BY", if self.by_upsert { "upsert" } else { "batch" })
    }
}

/// What a person is in the source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Row {
    Wanted,
    Missing,
    Inactive,
    OutOfScope,
    /// Neither active nor in scope.
    Elsewhere,
    /// Listed twice.
    Twice,
    /// A name that is no text.
    Broken,
}

#[derive(Clone, Debug)]
enum Edit {
    Becomes(usize, Row),
    Renamed(usize, u8),
    /// The same person gets another id, with the same key.
    Rebadged(usize),
    /// The person is protected from now on, or no longer.
    Protected(usize, bool),
}

#[derive(Clone, Debug)]
enum ByHand {
    Renames(usize),
    Activates(usize, bool),
    /// Somebody whom the source never has.
    Stranger(u8),
    /// The person, before sync does it.
    Creates(usize),
}

/// What is wrong with the file as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Damage {
    None,
    TornLine,
    Empty,
    WithoutId,
}

#[derive(Clone, Debug)]
struct Step {
    edits: Vec<Edit>,
    by_hand: Vec<ByHand>,
    damage: Damage,
    fault: Option<&'static str>,
    kill_at: Option<u64>,
    shuts_down: bool,
    days: i64,
}

#[derive(Clone, Debug)]
struct Case {
    settings: Settings,
    steps: Vec<Step>,
}

fn cases() -> impl Strategy<Value = Case> {
    let settings = (
        prop::sample::select(vec!["own", "always", "never"]),
        prop::bool::weighted(0.3),
        prop::bool::weighted(0.85),
        prop::sample::select(vec![
            &["missing", "inactive"][..],
            &["missing", "inactive", "out-of-scope"][..],
            &["inactive"][..],
        ]),
        prop::sample::select(vec![0, 0, 0, 2]),
        any::<bool>(),
    );
    let settings = settings.prop_map(|(reactivate, reports_manual_changes, removes, when, grace_days, by_upsert)| {
        Settings { reactivate, reports_manual_changes, removes, when, grace_days, by_upsert }
    });
    let row = prop_oneof![
        6 => Just(Row::Wanted),
        3 => Just(Row::Missing),
        2 => Just(Row::Inactive),
        1 => Just(Row::OutOfScope),
        1 => Just(Row::Elsewhere),
        1 => Just(Row::Twice),
        1 => Just(Row::Broken),
    ];
    let edit = prop_oneof![
        9 => (0..BUSY, row).prop_map(|(person, row)| Edit::Becomes(person, row)),
        3 => (0..PEOPLE, 0..3_u8).prop_map(|(person, name)| Edit::Renamed(person, name)),
        1 => (0..PEOPLE).prop_map(Edit::Rebadged),
        3 => (0..BUSY, any::<bool>()).prop_map(|(person, is)| Edit::Protected(person, is)),
    ];
    let by_hand = prop_oneof![
        1 => (0..PEOPLE).prop_map(ByHand::Renames),
        3 => (0..BUSY, any::<bool>()).prop_map(|(person, active)| ByHand::Activates(person, active)),
        1 => (0..3_u8).prop_map(ByHand::Stranger),
        1 => (0..PEOPLE).prop_map(ByHand::Creates),
    ];
    let damage = prop_oneof![
        12 => Just(Damage::None),
        1 => Just(Damage::TornLine),
        1 => Just(Damage::Empty),
        1 => Just(Damage::WithoutId),
    ];
    let faults = vec![
        "batchUpsertUsers:drop,times=1",
        "batchUpsertUsers:status=503,times=1",
        "batchUpsertUsers:truncate,times=1",
        "batchDeactivateUsers:drop,times=1",
        "batchDeactivateUsers:garbage,times=1",
        "batchDeactivateUsers:status=429,retry-after=0,times=1",
        "session-clusters/getUsers:drop,probability=0.3,times=1",
    ];
    let step = (
        prop::collection::vec(edit, 0..4),
        prop::collection::vec(by_hand, 0..3),
        damage,
        prop::option::weighted(0.3, prop::sample::select(faults)),
        prop::option::weighted(0.3, 1..8_u64),
        prop::bool::weighted(0.1),
        0..3_i64,
    );
    let step = step.prop_map(|(edits, by_hand, damage, fault, kill_at, shuts_down, days)| Step {
        edits,
        by_hand,
        damage,
        fault,
        kill_at,
        shuts_down,
        days,
    });
    (settings, prop::collection::vec(step, 3..10)).prop_map(|(settings, steps)| Case { settings, steps })
}

#[derive(Clone, Debug)]
struct Person {
    key: Value,
    badge: u32,
    first: String,
    row: Row,
    is_protected: bool,
    /// Whether an earlier run saw the person in scope: else it cannot be managed.
    was_in_scope: bool,
    /// Whether the person was protected when a plan last had a record of the source.
    was_protected: bool,
    /// Whether the last who deactivated the session user was sync, and no one has activated it since.
    is_deactivated_by_sync: bool,
    /// Whether a hand has written to the session user.
    was_touched: bool,
    /// Whether another source id had the person's session user.
    was_rebadged: bool,
    /// How many runs in a row found that the person has left.
    gone_since: Option<i64>,
}

impl Person {
    fn id(&self) -> Value {
        match self.badge {
            0 => self.key.clone(),
            badge => json!(format!("{}/{badge}", key_text(&self.key))),
        }
    }

    fn record(&self) -> Value {
        json!({
            "id": self.id(),
            "key": self.key,
            "first": if self.row == Row::Broken { json!({}) } else { json!(self.first) },
            "last": "Sample",
            "email": if self.is_protected { "chief@example.com" } else { "other@example.com" },
            "team": if matches!(self.row, Row::OutOfScope | Row::Elsewhere) { "out" } else { "in" },
            "at_work": !matches!(self.row, Row::Inactive | Row::Elsewhere),
        })
    }

    fn is_wanted(&self) -> bool {
        self.row == Row::Wanted && !self.is_protected
    }

    /// Why the person has left, as in `removals.when`. Who is neither active nor in scope is both.
    fn left(&self) -> &'static [&'static str] {
        match self.row {
            Row::Missing => &["missing"],
            Row::Inactive => &["inactive"],
            Row::OutOfScope => &["out-of-scope"],
            Row::Elsewhere => &["inactive", "out-of-scope"],
            Row::Wanted | Row::Twice | Row::Broken => &[],
        }
    }
}

/// What the runs of all cases did: a test in which nothing happens finds nothing.
#[derive(Clone, Copy, Debug, Default)]
struct Done {
    created: u64,
    changed: u64,
    removed: u64,
    reactivated: u64,
    killed: u64,
}

struct Model {
    bench: Bench,
    done: Done,
    settings: Settings,
    people: Vec<Person>,
    was_applied: bool,
    day: i64,
}

impl Model {
    async fn new(settings: &Settings) -> TestResult<Self> {
        let bench = Bench::new(settings.text()).await?;
        let person = |(index, key)| Person {
            key,
            badge: 0,
            first: format!("N{index}"),
            row: Row::Wanted,
            is_protected: false,
            was_in_scope: false,
            was_protected: false,
            is_deactivated_by_sync: false,
            was_touched: false,
            was_rebadged: false,
            gone_since: None,
        };
        let people = keys().into_iter().enumerate().map(person).collect();
        Ok(Self { bench, done: Done::default(), settings: settings.clone(), people, was_applied: false, day: 0 })
    }

    fn edit(&mut self, edit: &Edit) {
        match *edit {
            Edit::Becomes(person, row) => self.people[person].row = row,
            Edit::Renamed(person, name) => self.people[person].first = format!("N{person} \u{200f}{name}"),
            Edit::Rebadged(person) => {
                self.people[person].badge += 1;
                self.people[person].was_rebadged = true;
            }
            Edit::Protected(person, is_protected) => self.people[person].is_protected = is_protected,
        }
    }

    async fn by_hand(&mut self, by_hand: &ByHand) -> TestResult {
        let users = self.bench.users().await?;
        let (index, change): (usize, Box<dyn Fn(Listed) -> Listed>) = match *by_hand {
            ByHand::Stranger(number) => {
                return self.bench.set_user(&format!("stranger-{number}"), ("Str", "Anger"), number > 0).await;
            }
            ByHand::Creates(index) if !users.contains_key(&key_text(&self.people[index].key)) => {
                let key = key_text(&self.people[index].key);
                self.people[index].was_touched = true;
                return self.bench.set_user(&key, ("By", "Hand"), true).await;
            }
            ByHand::Renames(index) => (index, Box::new(|(_, last, active)| ("Hand".to_owned(), last, active))),
            ByHand::Activates(index, active) => (index, Box::new(move |(first, last, _)| (first, last, active))),
            ByHand::Creates(_) => return Ok(()),
        };
        let key = key_text(&self.people[index].key);
        let Some(user) = users.get(&key).cloned() else { return Ok(()) };
        let before = user.2;
        let (first, last, active) = change(user);
        let person = &mut self.people[index];
        person.was_touched = true;
        // Who activates what sync has deactivated takes it over. Who deactivates somebody inactive changes nothing.
        if active != before {
            person.is_deactivated_by_sync = false;
        }
        self.bench.set_user(&key, (&first, &last), active).await
    }

    fn write_source(&self, damage: Damage) -> TestResult {
        let mut lines = Vec::new();
        for person in self.people.iter().filter(|person| person.row != Row::Missing) {
            lines.push(person.record().to_string());
            if person.row == Row::Twice {
                lines.push(person.record().to_string());
            }
        }
        match damage {
            Damage::None => {}
            Damage::TornLine => lines.push("{\"id\": \"to".to_owned()),
            Damage::Empty => lines.clear(),
            Damage::WithoutId => lines.push(json!({ "first": "No", "last": "Body", "team": "in" }).to_string()),
        }
        self.bench.lines(&lines)
    }

    /// Runs a step, and compares what it did with what it may do.
    async fn step(&mut self, step: &Step) -> TestResult {
        self.day += step.days;
        self.bench.now += TimeDelta::days(step.days);
        step.edits.iter().for_each(|edit| self.edit(edit));
        for by_hand in &step.by_hand {
            self.by_hand(by_hand).await?;
        }
        self.write_source(step.damage)?;
        if step.damage == Damage::None {
            for person in &mut self.people {
                match person.left().iter().any(|left| self.settings.when.contains(left)) {
                    true => drop(person.gone_since.get_or_insert(self.day)),
                    false => person.gone_since = None,
                }
            }
        } else if step.damage != Damage::Empty {
            let when = self.settings.when;
            let back = |person: &&mut Person| !person.left().iter().any(|left| when.contains(left));
            self.people.iter_mut().filter(back).for_each(|person| person.gone_since = None);
        }
        let before = self.bench.users().await?;
        if let Some(fault) = step.fault {
            self.bench.sandbox.add_fault(fault.parse()?)?;
        }
        let mut engine = self.bench.engine().await?;
        let mut passed = None;
        if let Some(number) = step.kill_at {
            let (stopped, count) = stop_at(engine, number);
            (engine, passed) = (stopped, Some((count, number)));
        }
        if step.shuts_down {
            let shutdown = engine.shutdown();
            engine = engine.probe(move |_| {
                shutdown.begin();
                false
            });
            passed = None;
        }
        let was_applied = self.was_applied;
        let mut is_planned = false;
        match self.plan_and_apply(&engine, step.shuts_down, &mut is_planned).await {
            Ok(()) => {}
            Err(Error::Stopped) => {
                let is_killed = passed.is_some_and(|(count, number)| count.load(Ordering::SeqCst) >= number);
                assert!(is_killed, "stopped without a kill");
                self.done.killed += 1;
            }
            Err(Error::Source(error)) => assert!(step.fault.is_some(), "{error}"),
            Err(error) => return Err(error.into()),
        }
        drop(engine);
        self.bench.sandbox.clear_faults();
        let after = self.bench.users().await?;
        let is_complete = step.damage == Damage::None;
        let is_readable = step.damage != Damage::Empty;
        self.check(&before, &after, was_applied, is_complete, is_readable, is_planned);
        Ok(())
    }

    async fn plan_and_apply(&mut self, engine: &Engine, shuts_down: bool, is_planned: &mut bool) -> Result<(), Error> {
        engine.resume().await?;
        let plan = plan(engine, &PlanOptions::default()).await?;
        *is_planned = true;
        let report = apply(engine, &plan).await?;
        self.was_applied |= report.flows[0].kept_back.is_empty() && !shuts_down;
        Ok(())
    }

    /// Compares the session users before and after a run.
    fn check(
        &mut self,
        before: &BTreeMap<String, Listed>,
        after: &BTreeMap<String, Listed>,
        was_applied: bool,
        is_complete: bool,
        is_readable: bool,
        is_planned: bool,
    ) {
        let mut removed = 0;
        for (key, now) in after {
            let then = before.get(key);
            if then == Some(now) {
                continue;
            }
            let Some(person) = self.people.iter_mut().find(|person| key_text(&person.key) == *key) else {
                panic!("a stranger was touched: {key:?}: {then:?} {now:?}");
            };
            let context = format!("{then:?} became {now:?}: {person:?}");
            assert!(is_readable, "without a source: {context}");
            let is_removal = then.is_some_and(|then| then.2) && !now.2;
            if is_removal {
                removed += 1;
                assert!(self.settings.removes && was_applied && is_complete, "no removals: {context}");
                assert!(person.left().iter().any(|left| self.settings.when.contains(left)), "has not left: {context}");
                assert!(person.was_in_scope, "is not managed: {context}");
                // Of somebody who is missing, the source said it last.
                let is_protected = if person.row == Row::Missing { person.was_protected } else { person.is_protected };
                assert!(!is_protected, "is protected: {context}");
                let grace = person.gone_since.map_or(-1, |since| self.day - since);
                assert!(grace >= self.settings.grace_days, "the grace has not ended: {context}");
                let same_name = then.is_some_and(|then| (&then.0, &then.1) == (&now.0, &now.1));
                assert!(same_name, "a removal changes nothing else: {context}");
                person.is_deactivated_by_sync = true;
                self.done.removed += 1;
                continue;
            }
            assert!(person.is_wanted(), "must not be touched: {context}");
            assert_eq!((now.0.as_str(), now.1.as_str()), (person.first.as_str(), "Sample"), "{context}");
            assert!(now.2, "{context}");
            if then.is_some_and(|then| !then.2) {
                let may = match self.settings.reactivate {
                    "always" => true,
                    "own" => person.is_deactivated_by_sync,
                    _ => false,
                };
                assert!(may, "reactivated: {context}");
                person.is_deactivated_by_sync = false;
                self.done.reactivated += 1;
            }
            match then {
                None => self.done.created += 1,
                Some(_) => self.done.changed += 1,
            }
        }
        assert!(removed <= MAX_REMOVALS, "{removed} were removed");
        let gone: Vec<_> = before.keys().filter(|key| !after.contains_key(*key)).collect();
        assert!(gone.is_empty(), "{gone:?}");
        if is_readable {
            for person in self.people.iter_mut().filter(|person| person.row != Row::Missing) {
                person.was_in_scope |= !matches!(person.row, Row::OutOfScope | Row::Elsewhere);
                if is_planned {
                    person.was_protected = person.is_protected;
                }
            }
        }
    }

    /// Without faults, with a sane source: two runs, and everybody is as the source wants.
    async fn converge(&mut self) -> TestResult {
        for person in self.people.iter_mut().filter(|person| matches!(person.row, Row::Twice | Row::Broken)) {
            person.row = Row::Wanted;
        }
        self.write_source(Damage::None)?;
        let allowances = Allowances { removals: Some(100), ..Allowances::default() };
        let accepting = PlanOptions { allowances, accept_source_size: true, ..PlanOptions::default() };
        let before = self.bench.users().await?;
        for _ in 0..2 {
            self.bench.now += TimeDelta::days(30);
            let engine = self.bench.engine().await?;
            engine.resume().await?;
            let plan = plan(&engine, &accepting).await?;
            let run = begin(&engine).await?;
            let report = engine.apply(run, plan.id, &ApplyOptions { allowances, ..ApplyOptions::default() }).await?;
            assert_eq!(report.flows[0].kept_back, Vec::<String>::new());
            assert_eq!(report.flows[0].not_done, [], "{report:?}");
        }
        let users = self.bench.users().await?;
        let wanted: BTreeSet<String> =
            self.people.iter().filter(|it| it.is_wanted()).map(|it| key_text(&it.key)).collect();
        for person in self.people.iter().filter(|person| person.is_wanted()) {
            let key = key_text(&person.key);
            let user = users.get(&key);
            let context = format!("{user:?}: {person:?}");
            // Somebody's decision stands, and another id for the same key is a conflict.
            let is_left_alone = person.was_rebadged
                || self.settings.reports_manual_changes && person.was_touched
                || user.is_some_and(|user| !user.2)
                    && match self.settings.reactivate {
                        "always" => false,
                        "own" => !person.is_deactivated_by_sync,
                        _ => true,
                    };
            let is_as_wanted = user == Some(&(person.first.clone(), "Sample".to_owned(), true));
            assert!(is_as_wanted || is_left_alone, "not converged: {context}");
        }
        for (key, user) in before.iter().filter(|(key, _)| !wanted.contains(*key)) {
            let (then, now) = (user, &users[key]);
            assert_eq!((&then.0, &then.1), (&now.0, &now.1), "{key:?} is not wanted, and was changed");
        }
        let engine = self.bench.engine().await?;
        let plan = plan(&engine, &accepting).await?;
        let due_removals = self.settings.grace_days > 0;
        assert!(due_removals || !plan.summary.flows[0].has_changes(), "a third plan: {:?}", plan.summary);
        Ok(())
    }
}

async fn play(case: &Case) -> TestResult<Done> {
    let mut model = Model::new(&case.settings).await?;
    for step in &case.steps {
        model.step(step).await?;
    }
    model.converge().await?;
    Ok(model.done)
}

#[test]
fn whatever_happens_nobody_is_touched_who_must_not_be_and_at_last_everybody_is_as_wanted() -> TestResult {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let cases_of_environment = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok());
    let config = Config {
        cases: cases_of_environment.unwrap_or(CASES),
        failure_persistence: None,
        max_shrink_iters: 300,
        ..Config::default()
    };
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let total = Cell::new(Done::default());
    runner.run(&cases(), |case| {
        let done = runtime.block_on(play(&case)).map_err(|error| TestCaseError::fail(error.to_string()))?;
        let before = total.get();
        total.set(Done {
            created: before.created + done.created,
            changed: before.changed + done.changed,
            removed: before.removed + done.removed,
            reactivated: before.reactivated + done.reactivated,
            killed: before.killed + done.killed,
        });
        Ok(())
    })?;
    let total = total.get();
    let rarest = [total.created, total.changed, total.removed, total.reactivated, total.killed].into_iter().min();
    assert!(cases_of_environment.is_some() || rarest > Some(0), "{total:?}");
    Ok(())
}
