//! Applies actions to Genesys users: several journalled steps for each person, each of which can be repeated by itself.
//!
//! | step | call | when |
//! | --- | --- | --- |
//! | create | `postUsers`, active | first |
//! | state | `patchUser` with the state alone; it restores deleted users, too | before all others if it activates; deactivations are the last of all |
//! | fields | `patchUser` with what the creation does not take | |
//! | division | `postAuthorizationDivisionObject`; a new user gets it with the creation | |
//! | skills | `putUserRoutingskillsBulk` for the first 50, `patchUserRoutingskillsBulk` for the rest | |
//! | languages | `deleteUserRoutinglanguage`, then `patchUserRoutinglanguagesBulk` | |
//! | manager | `patchUser` | after all other steps of everybody, since a manager may be created by the same plan |
//!
//! People are handled in chunks: the same step of all of them is journalled in one commit, sent, and its outcomes are
//! journalled in one commit. Somebody whose step fails has no further ones; what remains follows with the next plan.

mod administrators;
mod deleted;
mod send;
mod settle;
mod work;

use std::collections::{BTreeSet, VecDeque};

use futures_util::{StreamExt as _, stream};
use rusqlite::Connection;
use serde_json::{Value, json};

use self::send::Sent;
use self::settle::Effect;
use self::work::{CONCURRENCY, ORDER, Person, Stopped, Work, has_manager};
use super::apply::{FlowReport, Request};
use super::{Checkpoint, Engine, Error};
use crate::config::Flow;
use crate::plan::references::{self, Manager};
use crate::plan::{Action, ActionKind, Mapping};
use crate::source::find_genesys_user;
use crate::state::journal::{self, Intent, Settlement, Step};
use crate::state::snapshots::TargetStatus;
use crate::state::{identities, plans};
use crate::target::{Directory, Names, TargetRecord};

/// How many people are in a chunk.
const CHUNK: usize = 50;

const CHANGES: &[ActionKind] = &[ActionKind::Create, ActionKind::Update, ActionKind::Reactivate, ActionKind::Restore];
const REMOVALS: &[ActionKind] = &[ActionKind::Deactivate];

/// A plan that is being applied.
#[derive(Clone, Copy)]
struct Applied {
    run: i64,
    plan: i64,
}

/// What became of people so far.
#[derive(Default)]
struct Progress {
    open: Vec<Stopped>,
    /// The positions of those who have no further steps.
    ended: BTreeSet<u64>,
}

/// What the user who was read means for an action.
enum Verdict {
    Write(Box<Person>),
    Done,
    Skip(&'static str, String),
}

impl Engine {
    pub(super) async fn apply_genesys_users(
        &self,
        run: i64,
        plan: i64,
        flow: &Flow,
        names: &Names,
        report: &mut FlowReport,
    ) -> Result<(), Error> {
        let work = Work::new(self, flow, names)?;
        let applied = Applied { run, plan };
        let mut progress = Progress::default();
        self.apply_changes(&work, applied, CHANGES, &mut progress, report).await?;
        self.apply_managers(&work, applied, &mut progress, report).await?;
        self.apply_changes(&work, applied, REMOVALS, &mut progress, report).await?;
        self.settle_open_genesys_users(flow, report, progress.open).await
    }

    /// All steps but that of managers.
    async fn apply_changes(
        &self,
        work: &Work<'_>,
        applied: Applied,
        kinds: &'static [ActionKind],
        progress: &mut Progress,
        report: &mut FlowReport,
    ) -> Result<(), Error> {
        let mut after = 0;
        while let Some(actions) = self.due(work, applied, kinds, after).await? {
            after = actions.last().map_or(after, |action| action.seq);
            let verdicts: Vec<(Action, Verdict)> = stream::iter(actions)
                .map(|action| async {
                    let verdict = self.verdict(work, &action).await;
                    (action, verdict)
                })
                .buffered(CONCURRENCY)
                .collect()
                .await;
            let mut people = Vec::new();
            for (action, verdict) in verdicts {
                match verdict {
                    Verdict::Write(person) => people.push(*person),
                    Verdict::Done => {
                        progress.ended.insert(action.seq);
                        report.count("done");
                    }
                    Verdict::Skip(outcome, reason) => {
                        progress.ended.insert(action.seq);
                        report.not_done(&action, outcome, reason);
                    }
                }
            }
            for step in ORDER {
                people = self.take_step(work, applied, step, people, progress, report).await?;
            }
            people.iter().filter(|person| !has_manager(&person.action)).for_each(|_| report.count("accepted"));
        }
        Ok(())
    }

    /// The next actions of a plan; `None` at its end, and when the run is to end.
    async fn due(
        &self,
        work: &Work<'_>,
        applied: Applied,
        kinds: &'static [ActionKind],
        after: u64,
    ) -> Result<Option<Vec<Action>>, Error> {
        if self.shutdown.has_begun() {
            return Ok(None);
        }
        let name = work.flow.name.clone();
        let due = move |connection: &mut Connection| plans::due(connection, applied.plan, &name, kinds, after, CHUNK);
        let actions = self.state.call(due).await?;
        Ok((!actions.is_empty()).then_some(actions))
    }

    /// Sends a step of those who have it next. Returns those who go on.
    async fn take_step(
        &self,
        work: &Work<'_>,
        applied: Applied,
        step: Step,
        people: Vec<Person>,
        progress: &mut Progress,
        report: &mut FlowReport,
    ) -> Result<Vec<Person>, Error> {
        let (due, mut others): (Vec<Person>, Vec<Person>) =
            people.into_iter().partition(|person| person.steps.front() == Some(&step));
        if due.is_empty() {
            return Ok(others);
        }
        self.checkpoint(Checkpoint::BeforeIntent)?;
        let requests: Vec<Request> = due.iter().map(|person| person.request(step)).collect();
        let intents: Vec<Intent> = due
            .iter()
            .zip(&requests)
            .map(|(person, request)| Intent {
                run: applied.run,
                action: Some((applied.plan, person.action.seq)),
                flow: work.flow.name.clone(),
                kind: person.action.kind,
                step,
                source_id: person.action.source_id.clone(),
                target_id: person.target_id.clone(),
                request: json!(request),
            })
            .collect();
        let now = self.now();
        let intents = self.state.call(move |connection| journal::intend(connection, &intents, now)).await?;
        self.checkpoint(Checkpoint::AfterIntent)?;
        let sent: Vec<Sent> = stream::iter(due.iter().zip(&requests))
            .map(|(person, request)| self.send(work, step, person, request))
            .buffered(CONCURRENCY)
            .collect()
            .await;
        self.checkpoint(Checkpoint::BeforeOutcome)?;
        self.journal_step(work, step, &due, requests, &intents, &sent).await?;
        self.checkpoint(Checkpoint::AfterOutcome)?;
        for ((mut person, intent), sent) in due.into_iter().zip(intents).zip(sent) {
            person.steps.pop_front();
            sent.error.iter().for_each(|error| report.failed(error));
            if sent.is_accepted() {
                person.target_id = sent.target_id.or(person.target_id);
                person.version = sent.version;
                others.push(person);
                continue;
            }
            progress.ended.insert(person.action.seq);
            let Some(outcome) = sent.outcome else {
                let has_more = !person.steps.is_empty() || step != Step::Manager && has_manager(&person.action);
                progress.open.push(Stopped { intent, action: person.action, has_more });
                continue;
            };
            let outcome = if sent.is_skipped { "skipped" } else { outcome.as_str() };
            report.not_done(&person.action, outcome, sent.reason.unwrap_or_default());
        }
        Ok(others)
    }

    /// Journals the outcomes of a step, with what follows from them for the identity map, in one commit.
    async fn journal_step(
        &self,
        work: &Work<'_>,
        step: Step,
        people: &[Person],
        requests: Vec<Request>,
        intents: &[i64],
        sent: &[Sent],
    ) -> Result<(), Error> {
        let settlements: Vec<Settlement> = intents
            .iter()
            .zip(sent)
            .filter_map(|(id, sent)| {
                Some(Settlement {
                    id: *id,
                    outcome: sent.outcome?,
                    reason: sent.reason.clone(),
                    correlation_id: sent.correlation_id.clone(),
                    target_id: sent.target_id.clone(),
                })
            })
            .collect();
        let effects: Vec<(Option<String>, Option<String>, Request)> = people
            .iter()
            .zip(requests)
            .zip(sent)
            .filter(|(_, sent)| sent.is_accepted())
            .map(|((person, request), sent)| {
                let target_id = sent.target_id.clone().or_else(|| person.target_id.clone());
                (person.action.source_id.clone(), target_id, request)
            })
            .collect();
        let (name, now) = (work.flow.name.clone(), self.now());
        let settle = move |connection: &mut Connection| {
            let transaction = connection.transaction()?;
            journal::settle(&transaction, &settlements, now)?;
            for (source_id, target_id, request) in &effects {
                let (source_id, target_id) = (source_id.as_deref(), target_id.as_deref());
                Effect { step, source_id, target_id, request }.take(&transaction, &name)?;
            }
            Ok(transaction.commit()?)
        };
        Ok(self.state.call(settle).await?)
    }

    /// Compares an action with the user as they are now.
    async fn verdict(&self, work: &Work<'_>, action: &Action) -> Verdict {
        let Some(id) = action.target_id.clone().filter(|_| action.kind != ActionKind::Create) else {
            return Verdict::Write(Box::new(Person::new(action.clone(), None, None)));
        };
        let person = Person::new(action.clone(), Some(id.clone()), None);
        // The user is read when it is the turn of the manager.
        if person.steps.is_empty() && has_manager(action) {
            return Verdict::Write(Box::new(person));
        }
        let user = match self.writable(work, &id).await {
            Ok(user) => user,
            Err((outcome, reason)) => return Verdict::Skip(outcome, reason),
        };
        let expected = match action.kind {
            ActionKind::Reactivate => TargetStatus::Inactive,
            ActionKind::Restore => TargetStatus::Deleted,
            _ => TargetStatus::Active,
        };
        let others = || action.changes.iter().filter(|change| change.field != "manager");
        let has = |change: &crate::plan::Change| user.fields.get(&change.field) == Some(&change.after);
        if action.kind == ActionKind::Deactivate {
            if user.status != TargetStatus::Active {
                return Verdict::Done;
            }
        } else if user.status == TargetStatus::Active && others().all(has) {
            let rest = Person { steps: VecDeque::new(), ..person };
            return if has_manager(action) { Verdict::Write(Box::new(rest)) } else { Verdict::Done };
        }
        if user.status != expected {
            return Verdict::Skip("skipped", format!("it is {} by now", user.status.as_str()));
        }
        let changed = others().find(|change| user.fields.get(&change.field) != Some(&change.before));
        match changed {
            Some(change) => Verdict::Skip("skipped", format!("`{}` was changed since the plan", change.field)),
            None => Verdict::Write(Box::new(Person { version: user.version, ..person })),
        }
    }

    /// A user as they are now, if they may be written.
    async fn writable(&self, work: &Work<'_>, id: &str) -> Result<TargetRecord, (&'static str, String)> {
        let found = find_genesys_user(&self.services, id, &work.expand).await;
        let found = found.map_err(|error| ("not_sent", error.to_string()))?;
        let Some(row) = found.row() else {
            return Err(("skipped", "it is no longer in the target".to_owned()));
        };
        if work.flow.protect.administrators
            && let Some(reason) = self.why_protected_as_read(id, Some(&row.value)).await
        {
            return Err(("skipped", reason));
        }
        let mapping = Mapping::new(work.flow, Directory::GenesysUsers, work.names);
        let person = mapping.target(row.value.clone(), &row.lacking).map_err(|problem| ("not_sent", problem))?;
        if let Some(reason) = person.protected {
            return Err(("skipped", reason));
        }
        Directory::GenesysUsers.record(&row.value, work.names).map_err(|problem| ("not_sent", problem))
    }

    /// The manager of everybody who is to have another one.
    async fn apply_managers(
        &self,
        work: &Work<'_>,
        applied: Applied,
        progress: &mut Progress,
        report: &mut FlowReport,
    ) -> Result<(), Error> {
        let name = work.flow.name.clone();
        self.state.call(move |connection| references::collect_emails(connection, &name)).await?;
        let mut after = 0;
        while let Some(actions) = self.due(work, applied, CHANGES, after).await? {
            after = actions.last().map_or(after, |action| action.seq);
            let due = actions.into_iter().filter(|action| has_manager(action) && !progress.ended.contains(&action.seq));
            let name = work.flow.name.clone();
            let due: Vec<Action> = due.collect();
            let resolve = move |connection: &mut Connection| {
                due.into_iter().map(|action| Ok((managed(connection, &name, &action)?, action))).collect()
            };
            let due: Vec<(Option<Person>, Action)> = self.state.call(resolve).await?;
            let verdicts: Vec<(Action, Verdict)> = stream::iter(due)
                .map(|(person, action)| async {
                    let verdict = match person {
                        Some(person) => self.manager_verdict(work, person).await,
                        None => Verdict::Skip("not_sent", "the manager is not in the target".to_owned()),
                    };
                    (action, verdict)
                })
                .buffered(CONCURRENCY)
                .collect()
                .await;
            let mut people = Vec::new();
            for (action, verdict) in verdicts {
                match verdict {
                    Verdict::Write(person) => people.push(*person),
                    Verdict::Done => report.count("accepted"),
                    Verdict::Skip(outcome, reason) => report.not_done(&action, outcome, reason),
                }
            }
            let people = self.take_step(work, applied, Step::Manager, people, progress, report).await?;
            people.iter().for_each(|_| report.count("accepted"));
        }
        Ok(())
    }

    async fn manager_verdict(&self, work: &Work<'_>, person: Person) -> Verdict {
        let Some(change) = person.action.changes.iter().find(|change| change.field == "manager") else {
            return Verdict::Done;
        };
        // Somebody who was just created may not be shown yet, and has no manager.
        if person.action.kind == ActionKind::Create {
            return Verdict::Write(Box::new(person));
        }
        let user = match self.writable(work, person.target_id.as_deref().unwrap_or_default()).await {
            Ok(user) => user,
            Err((outcome, reason)) => return Verdict::Skip(outcome, reason),
        };
        let current = user.fields.get("manager");
        match current {
            _ if user.status != TargetStatus::Active => {
                Verdict::Skip("skipped", format!("it is {} by now", user.status.as_str()))
            }
            current if current == person.manager.as_ref() => Verdict::Done,
            current if current == Some(&change.before) => {
                Verdict::Write(Box::new(Person { version: user.version, ..person }))
            }
            _ => Verdict::Skip("skipped", "`manager` was changed since the plan".to_owned()),
        }
    }
}

/// Somebody with the manager whom an action means, if both are in the target.
fn managed(connection: &Connection, flow: &str, action: &Action) -> Result<Option<Person>, crate::state::StateError> {
    let Some(change) = action.changes.iter().find(|change| change.field == "manager") else { return Ok(None) };
    let manager = match change.after.as_str() {
        None => Value::Null,
        Some(value) => match references::manager(connection, flow, value, None)? {
            Manager::Known(id) => id.into(),
            Manager::Pending | Manager::Unknown => return Ok(None),
        },
    };
    let known = match (&action.target_id, &action.source_id) {
        (None, Some(source_id)) => identities::by_source(connection, flow, source_id)?.map(|it| it.target_id),
        (target_id, _) => target_id.clone(),
    };
    let mut action = action.clone();
    // From here on, the change is that to the id.
    for change in action.changes.iter_mut().filter(|change| change.field == "manager") {
        change.after = manager.clone();
    }
    Ok(known.map(|id| Person {
        action,
        target_id: Some(id),
        version: None,
        steps: VecDeque::from([Step::Manager]),
        manager: Some(manager),
    }))
}
