//! Flows of people from a file to Genesys users.

mod cleared;
mod killed;
mod read;

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use genesys_users::types::{RoleDivisionPair, UpdateUser};
use rosterkit_core::RetryPolicy;
use rosterkit_core::chrono::{TimeDelta, Utc};
use rosterkit_sandbox::{Lag, Sandbox, SandboxBuilder};
use rosterkit_sync::config::SyncFile;
use rosterkit_sync::engine::{ApplyOptions, ApplyReport, Checkpoint, Engine, Error, FlowReport, Plan, PlanOptions};
use rosterkit_sync::plan::{Action, ActionKind};
use rosterkit_sync::state::journal::{self, EntryOutcome, Step};
use rosterkit_sync::state::plans::{self, ActionFilter};
use rosterkit_sync::state::{State, runs};
use serde_json::{Value, json};

use crate::support::{TestResult, of_sandbox, of_sandbox_with_login};

const PEOPLE: u64 = 12;

const FILE: &str = r#"
[[flow]]
name = "staff"
from = "file"
to = "genesys-users"

[flow.source]
path = "people.jsonl"

[flow.fields]
name = "name"
email = "email"
title = { value = "title", clear = true }
department = "department"
division = "division"
manager = "boss"
skills = { value = "skills", clear = true }
languages = "languages"
certifications = "certificates"
acdAutoAnswer = "auto"
employerInfo = "number && {employeeId: number}"

[flow.identity]
id = "id"
match = ["email"]

[flow.removals]
policy = "deactivate"

[flow.limits]
min_percent = 10
"#;

/// A sandbox, a file of people and a state file, which outlive the engines that work with them.
struct Bench {
    sandbox: Sandbox,
    folder: tempfile::TempDir,
    text: String,
    /// How far the clock is ahead. Each look at it takes six minutes, so that no search is waited for.
    minutes: Arc<AtomicI64>,
    /// Whether the client gets its tokens from the login, and renews them.
    has_login: bool,
}

impl Bench {
    async fn new(text: &str) -> TestResult<Self> {
        Self::with(text, |sandbox| sandbox).await
    }

    async fn with(text: &str, change: impl FnOnce(SandboxBuilder) -> SandboxBuilder) -> TestResult<Self> {
        let sandbox = change(Sandbox::builder().users(PEOPLE).seed(7).log(1_000)).start().await?;
        Ok(Self {
            sandbox,
            folder: tempfile::tempdir()?,
            text: text.to_owned(),
            minutes: Arc::default(),
            has_login: false,
        })
    }

    fn people(&self, people: &[Value]) -> TestResult {
        let lines: String = people.iter().map(|person| format!("{person}\n")).collect();
        Ok(fs::write(self.folder.path().join("people.jsonl"), lines)?)
    }

    async fn engine(&self) -> TestResult<Engine> {
        let path = self.folder.path().join("rosterkit-sync.toml");
        let file = SyncFile::parse(&self.text, &path)?;
        let state = State::open(&file.state, "test").await?;
        let minutes = Arc::clone(&self.minutes);
        let clock = move || Utc::now() + TimeDelta::minutes(minutes.fetch_add(6, Ordering::SeqCst));
        let services = if self.has_login { of_sandbox_with_login } else { of_sandbox };
        Ok(Engine::new(file, services(&self.sandbox)?, state).clock(clock))
    }

    async fn plan(&self) -> TestResult<(Engine, Plan)> {
        let engine = self.engine().await?;
        let run = begin(&engine).await?;
        let plan = engine.plan(run, &PlanOptions::default()).await?;
        Ok((engine, plan))
    }

    /// Plans and applies.
    async fn run(&self) -> TestResult<FlowReport> {
        let engine = self.engine().await?;
        engine.resume().await?;
        drop(engine);
        let (engine, plan) = self.plan().await?;
        apply(&engine, &plan).await
    }

    /// The sandbox and all files, as they are.
    fn save(&self) -> TestResult<(Value, BTreeMap<PathBuf, Vec<u8>>)> {
        let mut files = BTreeMap::new();
        for entry in fs::read_dir(self.folder.path())? {
            let path = entry?.path();
            files.insert(path.clone(), fs::read(path)?);
        }
        Ok((self.sandbox.state()?, files))
    }

    /// Goes back to what was saved.
    fn restore(&self, (state, files): &(Value, BTreeMap<PathBuf, Vec<u8>>)) -> TestResult {
        self.sandbox.restore(state)?;
        for entry in fs::read_dir(self.folder.path())? {
            fs::remove_file(entry?.path())?;
        }
        files.iter().try_for_each(|(path, content)| fs::write(path, content))?;
        Ok(())
    }

    /// Nothing remains to be done.
    async fn assert_settled(&self, context: &str) -> TestResult {
        let (engine, plan) = self.plan().await?;
        let flow = &plan.summary.flows[0];
        let writes = all_actions(&engine, &plan).await?;
        assert!(!flow.has_changes(), "{context}: {:?} {writes:?}", flow.counts);
        Ok(())
    }

    async fn user(&self, id: &str) -> TestResult<Value> {
        let services = of_sandbox(&self.sandbox)?;
        let parts = ["skills", "languages", "certifications", "employerInfo"];
        let call = services.genesys()?.api().get_user().user_id(id).expand(parts);
        let user = match call.clone().send().await {
            Err(error) if error.status().is_some_and(|status| status == 404) => call.state("deleted").send().await,
            read => read,
        };
        Ok(serde_json::to_value(user?.into_inner())?)
    }

    /// All active and inactive users by e-mail address.
    async fn users(&self) -> TestResult<BTreeMap<String, Value>> {
        let services = of_sandbox(&self.sandbox)?;
        let parts = ["skills", "languages", "certifications", "employerInfo"];
        let mut listing = services.genesys()?.api().get_users().state("any").expand(parts).items();
        let mut users = BTreeMap::new();
        while let Some(user) = listing.next().await {
            let user = serde_json::to_value(user?)?;
            let twin = users.insert(user["email"].as_str().unwrap_or_default().to_owned(), user);
            assert_eq!(twin, None, "somebody was created twice");
        }
        Ok(users)
    }

    /// Somebody of the sandbox without special roles, by number.
    async fn sample(&self, number: usize) -> TestResult<Value> {
        let mut plain = Vec::new();
        let services = of_sandbox(&self.sandbox)?;
        for user in self.users().await?.into_values().filter(|user| user["state"] == "active") {
            let roles = services.genesys()?.roles(user["id"].as_str().unwrap()).get().await?;
            let may_grant = roles.permissions.unwrap_or_default().iter().any(|it| it == "authorization:grant:add");
            if !may_grant {
                plain.push(user);
            }
        }
        Ok(plain.swap_remove(number))
    }

    async fn change(&self, id: &str, update: UpdateUser) -> TestResult {
        let services = of_sandbox(&self.sandbox)?;
        services.genesys()?.users().patch_latest(id, |_| update.clone()).await?;
        Ok(())
    }

    async fn make_administrator(&self, id: &str) -> TestResult {
        let services = of_sandbox(&self.sandbox)?;
        let roles = services.genesys()?.api().get_authorization_roles().name("admin").send().await?.into_inner();
        let role = roles.entities.unwrap().swap_remove(0).id.unwrap();
        let division = self.user(id).await?["division"]["id"].as_str().unwrap().to_owned();
        let grant = RoleDivisionPair { role_id: Some(role), division_id: Some(division) };
        let mut outcomes = services.genesys()?.roles(id).add_grants([grant], 10).ordered();
        while let Some(item) = outcomes.next().await {
            assert!(item.outcome.is_accepted());
        }
        Ok(())
    }
}

async fn begin(engine: &Engine) -> TestResult<i64> {
    let hash = engine.file().hash.clone();
    Ok(engine.state().call(move |connection| runs::begin(connection, "test", &hash, Utc::now())).await?)
}

async fn apply(engine: &Engine, plan: &Plan) -> TestResult<FlowReport> {
    let run = begin(engine).await?;
    let report: ApplyReport = engine.apply(run, plan.id, &ApplyOptions::default()).await?;
    let flow = report.flows.into_iter().next().unwrap();
    assert_eq!(flow.kept_back, Vec::<String>::new());
    Ok(flow)
}

async fn all_actions(engine: &Engine, plan: &Plan) -> TestResult<Vec<Action>> {
    let id = plan.id;
    let read = move |connection: &mut _| {
        let mut actions = Vec::new();
        plans::each_action(connection, id, ActionFilter::default(), |action| {
            actions.push(action);
            Ok(())
        })?;
        Ok(actions)
    };
    Ok(engine.state().call(read).await?)
}

/// The action for a source person.
async fn action(engine: &Engine, plan: &Plan, source_id: &str) -> TestResult<Action> {
    let found = all_actions(engine, plan).await?.into_iter().find(|it| it.source_id.as_deref() == Some(source_id));
    Ok(found.ok_or("no action")?)
}

fn person(number: u64) -> Value {
    json!({ "id": format!("p-{number}"), "name": format!("New Person {number}"), "email": format!("new{number}@example.com") })
}

/// A person with more of the fields.
fn with(mut person: Value, fields: Value) -> Value {
    for (name, value) in fields.as_object().unwrap() {
        person[name] = value.clone();
    }
    person
}

fn rated(user: &Value, part: &str) -> BTreeMap<String, f64> {
    let items = user[part].as_array().cloned().unwrap_or_default();
    items.iter().map(|it| (it["name"].as_str().unwrap().to_owned(), it["proficiency"].as_f64().unwrap())).collect()
}

#[tokio::test]
async fn new_people_get_all_their_fields_in_steps_and_managers_of_the_same_run() -> TestResult {
    let bench = Bench::new(FILE).await?;
    let (boss, known) = (bench.sample(0).await?, bench.sample(1).await?);
    let full = json!({
        "title": "Agent", "department": "Sales", "division": "north", "boss": "p-2", "skills": "billing:3.5;Returns",
        "languages": { "French": 2.6 }, "certificates": "First Aid;Fire Safety", "auto": "true", "number": "4711",
    });
    bench.people(&[
        with(person(1), full),
        with(person(2), json!({ "boss": boss["email"] })),
        with(person(3), json!({ "boss": "new1@example.com", "skills": { "Claims": 1 } })),
        json!({ "id": "k", "name": "Known Already", "email": known["email"], "boss": "p-1" }),
    ])?;
    let (engine, plan) = bench.plan().await?;
    assert_eq!(plan.summary.flows[0].due(ActionKind::Create), 3);
    let report = apply(&engine, &plan).await?;
    assert_eq!(report.not_done, []);
    assert_eq!(report.outcomes, BTreeMap::from([("accepted".to_owned(), 4)]));

    let users = bench.users().await?;
    let (first, second, third) = (&users["new1@example.com"], &users["new2@example.com"], &users["new3@example.com"]);
    assert_eq!((&first["state"], &first["title"]), (&json!("active"), &json!("Agent")));
    assert_eq!(first["division"]["name"], "North");
    assert_eq!(rated(first, "skills"), BTreeMap::from([("Billing".to_owned(), 3.5), ("Returns".to_owned(), 0.0)]));
    assert_eq!(rated(first, "languages"), BTreeMap::from([("French".to_owned(), 3.0)]));
    assert_eq!(first["acdAutoAnswer"], true);
    assert_eq!(first["employerInfo"]["employeeId"], "4711");
    assert_eq!(first["manager"]["id"], second["id"], "created by the same run, found by its id in the source");
    assert_eq!(second["manager"]["id"], boss["id"], "found by its e-mail in the target");
    assert_eq!(third["manager"]["id"], first["id"], "found by its e-mail in the source");
    let known = bench.user(known["id"].as_str().unwrap()).await?;
    assert_eq!((&known["name"], &known["manager"]["id"]), (&json!("Known Already"), &first["id"]));

    let entries = engine.state().call(|connection| journal::of_person(connection, "p-1", 20)).await?;
    let mut steps: Vec<Step> = entries.iter().map(|entry| entry.step).collect();
    steps.reverse();
    assert_eq!(steps, [Step::Create, Step::Fields, Step::Skills, Step::Languages, Step::Manager]);
    drop(engine);
    bench.assert_settled("after the first run").await
}

#[tokio::test]
async fn changes_are_written_field_by_field_and_what_is_not_mapped_is_left_alone() -> TestResult {
    let bench = Bench::new(FILE).await?;
    let before = json!({ "title": "Agent", "department": "Sales", "skills": "Billing:3;Returns:2", "languages": "French:3;German:2", "number": "1" });
    bench.people(&[with(person(1), before)])?;
    bench.run().await?;
    let id = bench.users().await?["new1@example.com"]["id"].as_str().unwrap().to_owned();
    bench.change(&id, UpdateUser { preferred_name: "Somebody".to_owned().into(), ..UpdateUser::default() }).await?;

    // No title clears it, no department leaves it alone, and a skill without a number keeps the one it has.
    let after = json!({ "email": "renamed@example.com", "skills": "Billing;Claims:4.5", "languages": "German:4.4", "division": "South" });
    bench.people(&[with(person(1), after)])?;
    let (engine, plan) = bench.plan().await?;
    let update = action(&engine, &plan, "p-1").await?;
    assert_eq!(update.kind, ActionKind::Update);
    let fields: Vec<&str> = update.changes.iter().map(|change| change.field.as_str()).collect();
    assert_eq!(fields, ["division", "email", "languages", "skills", "title"]);
    assert_eq!(apply(&engine, &plan).await?.not_done, []);
    drop(engine);
    let user = bench.user(&id).await?;
    assert_eq!((&user["email"], &user["department"]), (&json!("renamed@example.com"), &json!("Sales")));
    assert_eq!((&user["title"], &user["preferredName"]), (&Value::Null, &json!("Somebody")));
    assert_eq!(rated(&user, "skills"), BTreeMap::from([("Billing".to_owned(), 3.0), ("Claims".to_owned(), 4.5)]));
    assert_eq!(rated(&user, "languages"), BTreeMap::from([("German".to_owned(), 4.0)]));
    assert_eq!(user["division"]["name"], "South");
    bench.assert_settled("after the update").await
}

#[tokio::test]
async fn a_manager_is_left_alone_or_cleared_when_the_source_has_none() -> TestResult {
    let mut bench = Bench::new(FILE).await?;
    bench.people(&[with(person(1), json!({ "boss": "p-2" })), person(2)])?;
    bench.run().await?;
    bench.people(&[person(1), person(2)])?;
    bench.assert_settled("no value leaves it alone").await?;
    bench.text = FILE.replace("manager = \"boss\"", "manager = { value = \"boss\", clear = true }");
    let report = bench.run().await?;
    assert_eq!(report.outcomes, BTreeMap::from([("accepted".to_owned(), 1)]), "{report:?}");
    assert_eq!(bench.users().await?["new1@example.com"]["manager"], Value::Null);
    bench.assert_settled("after it was cleared").await
}

#[tokio::test]
async fn somebody_who_left_becomes_inactive_with_the_state_alone_and_comes_back() -> TestResult {
    let bench = Bench::new(FILE).await?;
    bench.people(&[with(person(1), json!({ "title": "Agent" })), person(2)])?;
    bench.run().await?;
    bench.people(&[person(2)])?;
    bench.sandbox.clear_request_log();
    let report = bench.run().await?;
    assert_eq!(report.outcomes, BTreeMap::from([("accepted".to_owned(), 1)]), "{report:?}");
    let patches: Vec<Value> = bench
        .sandbox
        .request_log()
        .into_iter()
        .filter(|request| request.operation == Some("patchUser"))
        .map(|request| request.body)
        .collect();
    let fields: Vec<_> = patches.iter().flat_map(|body| body.as_object().unwrap().keys()).collect();
    assert_eq!(fields, ["state", "version"], "{patches:?}");
    let user = bench.users().await?["new1@example.com"].clone();
    assert_eq!((&user["state"], &user["title"]), (&json!("inactive"), &json!("Agent")));
    bench.assert_settled("after the removal").await?;

    bench.people(&[with(person(1), json!({ "title": "Lead" })), person(2)])?;
    let (engine, plan) = bench.plan().await?;
    assert_eq!(action(&engine, &plan, "p-1").await?.kind, ActionKind::Reactivate);
    assert_eq!(apply(&engine, &plan).await?.not_done, []);
    drop(engine);
    let user = bench.users().await?["new1@example.com"].clone();
    assert_eq!((&user["state"], &user["title"]), (&json!("active"), &json!("Lead")));
    bench.assert_settled("after the return").await
}

#[tokio::test]
async fn a_deleted_user_is_restored_only_on_request_and_never_created_again() -> TestResult {
    let mut bench = Bench::new(FILE).await?;
    let deleted = bench.sample(0).await?;
    let id = deleted["id"].as_str().unwrap();
    of_sandbox(&bench.sandbox)?.genesys()?.users().delete(id).await?;
    bench.people(&[json!({ "id": "d", "name": "Back Again", "email": deleted["email"] })])?;
    let (engine, plan) = bench.plan().await?;
    let conflict = action(&engine, &plan, "d").await?;
    assert_eq!(conflict.kind, ActionKind::Conflict);
    assert!(conflict.reason.contains("deleted in the target; `restore` is false"), "{}", conflict.reason);
    drop(engine);

    bench.text = FILE.replace("[flow.source]", "restore = true\n[flow.source]");
    let (engine, plan) = bench.plan().await?;
    let restore = action(&engine, &plan, "d").await?;
    assert_eq!((restore.kind, restore.target_id.as_deref()), (ActionKind::Restore, Some(id)));
    assert!(restore.reason.contains("no roles"), "{}", restore.reason);
    let report = apply(&engine, &plan).await?;
    assert_eq!(report.not_done, []);
    drop(engine);
    let user = bench.user(id).await?;
    assert_eq!((&user["state"], &user["name"]), (&json!("active"), &json!("Back Again")));
    bench.assert_settled("after the restore").await?;

    // A managed person is found by id, also with another address.
    of_sandbox(&bench.sandbox)?.genesys()?.users().delete(id).await?;
    bench.people(&[json!({ "id": "d", "name": "Back Again", "email": "other@example.com" })])?;
    assert_eq!(bench.run().await?.not_done, []);
    let user = bench.user(id).await?;
    assert_eq!((&user["state"], &user["email"]), (&json!("active"), &json!("other@example.com")));
    bench.assert_settled("after the second restore").await
}

#[tokio::test]
async fn an_email_address_that_somebody_else_has_is_a_conflict() -> TestResult {
    let by_number = "match = [{ source = \"number\", target = \"employerInfo.employeeId\" }]";
    let bench = Bench::new(&FILE.replace("match = [\"email\"]", by_number)).await?;
    let holder = bench.sample(0).await?;
    bench.people(&[
        json!({ "id": "c", "name": "New Person", "email": holder["email"], "number": "none" }),
        person(1),
        person(2),
        with(person(3), json!({ "email": "New2@example.com" })),
    ])?;
    let (engine, plan) = bench.plan().await?;
    let conflict = action(&engine, &plan, "c").await?;
    assert_eq!(conflict.kind, ActionKind::Conflict);
    assert!(conflict.reason.contains(holder["id"].as_str().unwrap()), "{}", conflict.reason);
    for (id, other) in [("p-2", "`p-3`"), ("p-3", "`p-2`")] {
        let conflict = action(&engine, &plan, id).await?;
        assert_eq!(conflict.kind, ActionKind::Conflict);
        assert!(conflict.reason.contains(other), "{}", conflict.reason);
    }
    let report = apply(&engine, &plan).await?;
    assert_eq!(report.outcomes, BTreeMap::from([("accepted".to_owned(), 1)]), "the others go on");
    assert_eq!(bench.user(holder["id"].as_str().unwrap()).await?["name"], holder["name"]);
    Ok(())
}

#[tokio::test]
async fn what_the_organization_lacks_and_a_manager_who_is_nobody_make_one_person_invalid() -> TestResult {
    let bench = Bench::new(FILE).await?;
    bench.people(&[
        with(person(1), json!({ "skills": "Billing:2;Juggling:1" })),
        with(person(2), json!({ "division": "Moon" })),
        with(person(3), json!({ "boss": "no-one@example.com" })),
        person(4),
    ])?;
    let (engine, plan) = bench.plan().await?;
    for (id, part) in [
        ("p-1", "invalid `skills`: item 2 is not a skill of the organization"),
        ("p-2", "invalid `division`"),
        ("p-3", "`manager` means no one"),
    ] {
        let invalid = action(&engine, &plan, id).await?;
        assert_eq!(invalid.kind, ActionKind::Invalid, "{id}");
        assert!(invalid.reason.contains(part), "{}", invalid.reason);
    }
    assert_eq!(plan.summary.flows[0].due(ActionKind::Create), 1);
    Ok(())
}

#[tokio::test]
async fn administrators_are_protected_in_the_plan_and_when_they_become_one_after_it() -> TestResult {
    let mut bench = Bench::new(FILE).await?;
    let (admin, later) = (bench.sample(0).await?, bench.sample(1).await?);
    bench.make_administrator(admin["id"].as_str().unwrap()).await?;
    bench.people(&[
        json!({ "id": "a", "name": "Changed Name", "email": admin["email"] }),
        json!({ "id": "b", "name": "Changed Name", "email": later["email"] }),
    ])?;
    let (engine, plan) = bench.plan().await?;
    let protected = action(&engine, &plan, "a").await?;
    assert_eq!(protected.kind, ActionKind::Protected);
    assert!(protected.reason.contains("it may administer"), "{}", protected.reason);
    let flow = &plan.summary.flows[0];
    assert_eq!((flow.due(ActionKind::Update), flow.counts[&ActionKind::Protected]), (1, 1));
    bench.make_administrator(later["id"].as_str().unwrap()).await?;
    let report = apply(&engine, &plan).await?;
    assert_eq!(report.outcomes, BTreeMap::from([("skipped".to_owned(), 1)]), "{report:?}");
    assert!(report.not_done[0].reason.contains("it may administer"), "{report:?}");
    drop(engine);
    for user in [&admin, &later] {
        assert_eq!(bench.user(user["id"].as_str().unwrap()).await?["name"], user["name"]);
    }

    bench.text = format!("{FILE}\n[flow.protect]\nadministrators = false\n");
    assert_eq!(bench.run().await?.outcomes, BTreeMap::from([("accepted".to_owned(), 2)]));
    bench.assert_settled("without protection").await
}

#[tokio::test]
async fn somebody_whose_roles_cannot_be_read_is_not_touched() -> TestResult {
    let bench = Bench::new(FILE).await?;
    let known = bench.sample(0).await?;
    bench.people(&[json!({ "id": "a", "name": "Changed Name", "email": known["email"] })])?;
    bench.sandbox.add_fault("getUser:status=503".parse()?)?;
    let (engine, plan) = bench.plan().await?;
    let protected = action(&engine, &plan, "a").await?;
    assert_eq!(protected.kind, ActionKind::Protected);
    assert!(protected.reason.contains("its roles cannot be read"), "{}", protected.reason);
    Ok(())
}

#[tokio::test]
async fn what_was_changed_since_the_plan_is_skipped_and_a_stale_version_alone_is_not() -> TestResult {
    let bench = Bench::new(FILE).await?;
    bench.people(&[person(1), person(2)])?;
    bench.run().await?;
    let users = bench.users().await?;
    let id = |email: &str| users[email]["id"].as_str().unwrap().to_owned();
    let renamed = |number| with(person(number), json!({ "name": "From Source" }));
    bench.people(&[renamed(1), renamed(2)])?;
    let (engine, plan) = bench.plan().await?;
    let manual = UpdateUser { name: "By Hand".to_owned().into(), ..UpdateUser::default() };
    bench.change(&id("new1@example.com"), manual).await?;
    // Another field, which sync does not own: only the version differs.
    let other = UpdateUser { preferred_name: "Somebody".to_owned().into(), ..UpdateUser::default() };
    bench.change(&id("new2@example.com"), other).await?;
    let report = apply(&engine, &plan).await?;
    let expected = BTreeMap::from([("accepted".to_owned(), 1), ("skipped".to_owned(), 1)]);
    assert_eq!(report.outcomes, expected, "{report:?}");
    assert!(report.not_done[0].reason.contains("`name` was changed since the plan"), "{report:?}");
    assert_eq!(bench.user(&id("new1@example.com")).await?["name"], "By Hand");
    assert_eq!(bench.user(&id("new2@example.com")).await?["name"], "From Source");
    Ok(())
}

#[tokio::test]
async fn a_conflict_whose_version_is_unchanged_is_the_services_refusal() -> TestResult {
    let bench = Bench::new(FILE).await?;
    let holder = bench.sample(0).await?;
    bench.people(&[person(1)])?;
    bench.run().await?;
    bench.people(&[with(person(1), json!({ "email": holder["email"] }))])?;
    let report = bench.run().await?;
    assert_eq!(report.outcomes, BTreeMap::from([("rejected".to_owned(), 1)]), "{report:?}");
    assert!(report.not_done[0].reason.contains("e-mail address"), "{report:?}");
    Ok(())
}

#[tokio::test]
async fn a_late_conflict_is_repeated_on_the_version_that_is_read_then() -> TestResult {
    let bench = Bench::new(FILE).await?;
    bench.people(&[person(1)])?;
    bench.run().await?;
    bench.people(&[with(person(1), json!({ "name": "From Source" }))])?;
    let mut services = of_sandbox(&bench.sandbox)?;
    let at_once = RetryPolicy::default().with_conflict_step(std::time::Duration::ZERO);
    let genesys = genesys_users::Client::builder().base_url(bench.sandbox.genesys_url());
    let genesys = genesys.bearer(bench.sandbox.credentials().genesys_token);
    services.genesys = Some(genesys.transport(|transport| transport.retry(at_once.clone())).build()?);
    let file = SyncFile::parse(FILE, &bench.folder.path().join("rosterkit-sync.toml"))?;
    let state = State::open(&file.state, "test").await?;
    let engine = Engine::new(file, services, state);
    bench.sandbox.add_fault("patchUser:conflict=408,times=2".parse()?)?;
    let run = begin(&engine).await?;
    let plan = engine.plan(run, &PlanOptions::default()).await?;
    assert_eq!(apply(&engine, &plan).await?.outcomes, BTreeMap::from([("accepted".to_owned(), 1)]));
    assert_eq!(bench.users().await?["new1@example.com"]["name"], "From Source");
    Ok(())
}

#[tokio::test]
async fn a_creation_whose_response_is_lost_is_found_again_and_not_repeated() -> TestResult {
    let bench = Bench::new(FILE).await?;
    bench.people(&[with(person(1), json!({ "skills": "Billing:2" })), person(2)])?;
    bench.sandbox.add_fault("postUsers:drop,times=2".parse()?)?;
    let report = bench.run().await?;
    let expected = BTreeMap::from([("accepted".to_owned(), 1), ("not_sent".to_owned(), 1)]);
    assert_eq!(report.outcomes, expected, "{report:?}");
    assert!(report.not_done[0].reason.contains("follows with the next plan"), "{report:?}");
    let (engine, plan) = bench.plan().await?;
    let update = action(&engine, &plan, "p-1").await?;
    assert_eq!(update.kind, ActionKind::Update, "the rest of somebody who was half made");
    assert_eq!(apply(&engine, &plan).await?.not_done, []);
    drop(engine);
    assert_eq!(bench.users().await?.len() as u64, PEOPLE + 2);
    bench.assert_settled("after the second run").await
}

#[tokio::test]
async fn a_creation_that_searches_do_not_show_yet_is_settled_by_a_later_run() -> TestResult {
    let minutes = |minutes: u64| std::time::Duration::from_secs(60 * minutes);
    let bench = Bench::with(FILE, |sandbox| sandbox.lag(Lag::default().search(minutes(3)))).await?;
    bench.people(&[person(1)])?;
    bench.sandbox.add_fault("postUsers:drop,times=1".parse()?)?;
    let (engine, plan) = bench.plan().await?;
    let engine = engine.clock(Utc::now);
    let shutdown = engine.shutdown();
    // The run is to end when the response is lost: it does not wait for the search.
    let engine = engine.probe(move |checkpoint| {
        if checkpoint == Checkpoint::BeforeOutcome {
            shutdown.begin();
        }
        false
    });
    let report = apply(&engine, &plan).await?;
    assert_eq!(report.not_done[0].reason, "it is settled by the next run", "{report:?}");
    assert_eq!(engine.state().call(|connection| journal::count_open(connection)).await?, 1);
    drop(engine);
    bench.sandbox.advance(minutes(4));
    let engine = bench.engine().await?;
    engine.resume().await?;
    let entries = engine.state().call(|connection| journal::of_person(connection, "p-1", 20)).await?;
    let outcomes: Vec<_> = entries.iter().map(|entry| (entry.step, entry.outcome)).collect();
    assert_eq!(outcomes, [(Step::Create, Some(EntryOutcome::Accepted))]);
    drop(engine);
    assert_eq!(bench.users().await?.len() as u64, PEOPLE + 1);
    bench.assert_settled("found by its e-mail address").await
}

#[tokio::test]
async fn somebody_who_was_just_created_is_waited_for_to_get_a_manager() -> TestResult {
    let lag = Lag::default().read(std::time::Duration::from_millis(250));
    let bench = Bench::with(FILE, |sandbox| sandbox.lag(lag).running_clock(true)).await?;
    bench.people(&[with(person(1), json!({ "boss": "p-2" })), person(2)])?;
    let report = bench.run().await?;
    assert_eq!(report.outcomes, BTreeMap::from([("accepted".to_owned(), 2)]), "{report:?}");
    let users = bench.users().await?;
    assert_eq!(users["new1@example.com"]["manager"]["id"], users["new2@example.com"]["id"]);
    Ok(())
}
