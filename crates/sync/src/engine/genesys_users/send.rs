//! The calls of a step. Each step can be repeated as a whole: it makes a user what it should be, whatever of it was done
//! before.

use std::sync::Arc;
use std::time::Duration;

use genesys_users::types::{
    CreateUser, ErrorBody, UpdateUser, UserRoutingLanguagePostPatch, UserRoutingSkillPost, UserRoutingSkillPostPatch,
    UserStateValue,
};
use genesys_users::{Client, Error};
use rosterkit_core::batch::{Batch, Outcome};
use rosterkit_core::{Patch, StatusCode};
use serde_json::{Map, Value, json};

use super::work::{Person, Work};
use crate::engine::Engine;
use crate::engine::apply::Request;
use crate::plan::ActionKind;
use crate::source::{GenesysPerson, find_genesys_user};
use crate::state::journal::{EntryOutcome, Step};
use crate::state::snapshots::TargetStatus;
use crate::target::{Directory, Nouns, TargetRecord};

/// The most skills that one call replaces.
const SKILLS: usize = 50;

/// How long to wait for a user to be shown who was just created: about a minute in all. In
/// milliseconds.
const WAITS: [u64; 9] = [100, 200, 400, 800, 1_600, 3_200, 6_400, 12_800, 25_600];

/// What became of a step.
#[derive(Debug)]
pub(super) struct Sent {
    /// `None` leaves it open: what the service shows later decides.
    pub(super) outcome: Option<EntryOutcome>,
    pub(super) reason: Option<String>,
    pub(super) correlation_id: Option<String>,
    /// The id of a user who was created.
    pub(super) target_id: Option<String>,
    /// The version that the step made, if the response has it.
    pub(super) version: Option<i64>,
    /// Whether it was left out, because the target has changed.
    pub(super) is_skipped: bool,
    /// Why it was not sent, or why its outcome is unknown.
    pub(super) error: Option<Arc<Error>>,
}

impl Sent {
    fn accepted(version: Option<i64>) -> Self {
        Self {
            outcome: Some(EntryOutcome::Accepted),
            reason: None,
            correlation_id: None,
            target_id: None,
            version,
            is_skipped: false,
            error: None,
        }
    }

    fn skipped(reason: String) -> Self {
        Self { is_skipped: true, ..Self::not(EntryOutcome::NotSent, reason) }
    }

    fn not(outcome: EntryOutcome, reason: impl Into<String>) -> Self {
        Self { outcome: Some(outcome), reason: Some(reason.into()), ..Self::accepted(None) }
    }

    fn failed(error: Error) -> Self {
        let correlation_id = error.correlation_id().map(str::to_owned);
        Self { correlation_id, ..Self::of(Outcome::<()>::from_error(error, reason)) }
    }

    fn of<T>(outcome: Outcome<T>) -> Self {
        let reason = outcome.reason().map(std::borrow::Cow::into_owned);
        let error = outcome.error().cloned();
        let correlation_id = error.as_ref().and_then(|error| error.correlation_id()).map(str::to_owned);
        let outcome = match outcome {
            Outcome::Accepted(_) => Some(EntryOutcome::Accepted),
            Outcome::Warned(..) => Some(EntryOutcome::Warned),
            Outcome::Rejected(_) => Some(EntryOutcome::Rejected),
            Outcome::Invalid(_) => Some(EntryOutcome::Invalid),
            Outcome::NotSent(_) => Some(EntryOutcome::NotSent),
            Outcome::Unknown(_) => None,
        };
        Self { outcome, reason, correlation_id, error, ..Self::accepted(None) }
    }

    pub(super) fn is_accepted(&self) -> bool {
        matches!(self.outcome, Some(EntryOutcome::Accepted | EntryOutcome::Warned))
    }
}

/// The service's own words.
fn reason(error: &Error) -> Option<String> {
    error.service_error::<ErrorBody>().and_then(|body| body.message.clone().or_else(|| body.code.clone()))
}

/// What a user who was read says to a patch.
enum Verdict {
    Send,
    Done,
    Skip(String),
}

impl Engine {
    /// Makes the calls of a step.
    pub(super) async fn send(&self, work: &Work<'_>, step: Step, person: &Person, request: &Request) -> Sent {
        let client = work.client;
        let id = person.target_id.as_deref().unwrap_or_default();
        let fields = &request.fields;
        match step {
            Step::Create => create(work, fields).await,
            Step::State => {
                let state = if request.active { UserStateValue::Active } else { UserStateValue::Inactive };
                let update = UpdateUser { state: Patch::Value(state), ..UpdateUser::default() };
                self.patch(work, person, update, |user| judge_state(person.action.kind, user)).await
            }
            Step::Fields | Step::Manager => match update(fields) {
                Ok(update) => self.patch(work, person, update, |user| judge_fields(person, fields, user)).await,
                Err(_) => Sent::not(EntryOutcome::Invalid, "the fields are none of a user"),
            },
            Step::Division => {
                let division = fields.get("division").and_then(Value::as_str).unwrap_or_default();
                let Some(division) = work.names.divisions.id(division) else {
                    return Sent::not(EntryOutcome::Invalid, "the division is not there any more");
                };
                let call = client.api().post_authorization_division_object().division_id(division);
                let moved = call.object_type("USER").body([id]).send().await;
                moved.map_or_else(Sent::failed, |_| Sent::accepted(None))
            }
            Step::Skills => skills(client, id, &work.names.skills, fields.get("skills")).await,
            Step::Languages => {
                let before = person.action.changes.iter().find(|it| it.field == "languages").map(|it| &it.before);
                languages(client, id, &work.names.languages, before, fields.get("languages")).await
            }
            Step::Upsert | Step::Deactivate | Step::Row | Step::Withdraw => {
                Sent::not(EntryOutcome::Invalid, "it is not a step of a Genesys user")
            }
        }
    }

    /// Patches with the version that was read. When another change came between, the user is read again, and what it shows
    /// decides: the patch is repeated only on what the plan knew.
    async fn patch(
        &self,
        work: &Work<'_>,
        person: &Person,
        update: UpdateUser,
        judge: impl Fn(&TargetRecord) -> Verdict,
    ) -> Sent {
        let id = person.target_id.as_deref().unwrap_or_default();
        let waits = if person.action.kind == ActionKind::Create { &WAITS[..] } else { &[] };
        let mut current = match person.version {
            Some(version) => version,
            None => match self.judged(work, id, waits, &judge).await {
                Ok(version) => version,
                Err(sent) => return sent,
            },
        };
        for conflicts in 0.. {
            let sent = UpdateUser { version: Patch::Value(current), ..update.clone() };
            let error = match work.client.users().patch(id, sent).await {
                Ok(user) => return Sent::accepted(user.version),
                Err(error) => error,
            };
            // The service says with each of these that another change came between; it says other things with them, too.
            let is_conflict = matches!(
                error.status(),
                Some(StatusCode::CONFLICT | StatusCode::BAD_REQUEST | StatusCode::REQUEST_TIMEOUT)
            );
            if !is_conflict {
                return Sent::failed(error);
            }
            let may_repeat = work.client.api().transport().wait_after_conflict(&error, conflicts).await;
            let is_late = error.status() == Some(StatusCode::REQUEST_TIMEOUT);
            match self.judged(work, id, waits, &judge).await {
                Ok(version) if may_repeat && (version != current || is_late) => current = version,
                Err(sent) if sent.is_accepted() || sent.is_skipped => return sent,
                _ => return Sent::failed(error),
            }
        }
        Sent::not(EntryOutcome::NotSent, "too many changes came between")
    }

    /// The version to patch; or what became of the step without a patch. Somebody who is not shown is read again after each
    /// of the waits.
    async fn judged(
        &self,
        work: &Work<'_>,
        id: &str,
        waits: &[u64],
        judge: impl Fn(&TargetRecord) -> Verdict,
    ) -> Result<i64, Sent> {
        let mut waits = waits.iter();
        let found = loop {
            let found = find_genesys_user(&self.services, id, &work.expand).await;
            let found = found.map_err(|error| Sent::not(EntryOutcome::NotSent, error.to_string()))?;
            match (&found, waits.next()) {
                (GenesysPerson::Gone, Some(wait)) if !self.shutdown.has_begun() => {
                    tokio::time::sleep(Duration::from_millis(*wait)).await
                }
                _ => break found,
            }
        };
        let Some(row) = found.row() else {
            return Err(Sent::not(EntryOutcome::NotSent, "the service does not show it"));
        };
        let user = Directory::GenesysUsers.record(&row.value, work.names);
        let user = user.map_err(|problem| Sent::not(EntryOutcome::NotSent, problem))?;
        match judge(&user) {
            Verdict::Done => Err(Sent::accepted(user.version)),
            Verdict::Skip(reason) => Err(Sent::skipped(reason)),
            Verdict::Send => {
                user.version.ok_or_else(|| Sent::not(EntryOutcome::NotSent, "the service does not show its version"))
            }
        }
    }
}

/// The state alone. Who was deleted meanwhile is not restored by the way, and who was restored not deactivated again.
fn judge_state(kind: ActionKind, user: &TargetRecord) -> Verdict {
    let (from, to) = match kind {
        ActionKind::Deactivate => (TargetStatus::Active, TargetStatus::Inactive),
        ActionKind::Restore => (TargetStatus::Deleted, TargetStatus::Active),
        _ => (TargetStatus::Inactive, TargetStatus::Active),
    };
    match user.status {
        status if status == to => Verdict::Done,
        status if status == from => Verdict::Send,
        TargetStatus::Deleted if kind == ActionKind::Deactivate => Verdict::Done,
        status => Verdict::Skip(format!("it is {} by now", status.as_str())),
    }
}

fn judge_fields(person: &Person, fields: &Map<String, Value>, user: &TargetRecord) -> Verdict {
    let is_set = |name: &String, value: &Value| user.fields.get(name) == Some(value);
    if fields.iter().all(|(name, value)| is_set(name, value)) {
        return Verdict::Done;
    }
    if user.status == TargetStatus::Deleted {
        return Verdict::Skip("it is deleted by now".to_owned());
    }
    // What the service makes of a new or a restored user is not a change by others.
    if matches!(person.action.kind, ActionKind::Create | ActionKind::Restore) {
        return Verdict::Send;
    }
    let changed = person.action.changes.iter().find(|change| {
        fields.get(&change.field).is_some_and(|after| {
            let current = user.fields.get(&change.field);
            current != Some(&change.before) && current != Some(after)
        })
    });
    match changed {
        Some(change) => Verdict::Skip(format!("`{}` was changed since the plan", change.field)),
        None => Verdict::Send,
    }
}

/// `null` clears; the manager, by an empty text.
fn update(fields: &Map<String, Value>) -> serde_json::Result<UpdateUser> {
    let mut fields = fields.clone();
    if let Some(manager) = fields.get_mut("manager").filter(|manager| manager.is_null()) {
        *manager = json!("");
    }
    serde_json::from_value(Value::Object(fields))
}

async fn create(work: &Work<'_>, fields: &Map<String, Value>) -> Sent {
    let text = |name: &str| fields.get(name).and_then(Value::as_str).map(str::to_owned);
    let division_id = match text("division") {
        None => None,
        Some(division) => match work.names.divisions.id(&division) {
            Some(id) => Some(id.to_owned()),
            None => return Sent::not(EntryOutcome::Invalid, "the division is not there any more"),
        },
    };
    let user = CreateUser {
        name: text("name"),
        email: text("email"),
        title: text("title"),
        department: text("department"),
        division_id,
        state: Some(UserStateValue::Active),
        ..CreateUser::default()
    };
    match work.client.users().create(user).await {
        Ok(user) => Sent { target_id: user.id, ..Sent::accepted(user.version) },
        Err(error) if error.status() == Some(StatusCode::CONFLICT) => {
            let said = reason(&error).unwrap_or_else(|| error.to_string());
            let advice = error.advice().to_owned();
            Sent { reason: Some(format!("{said} ({advice})")), ..Sent::failed(error) }
        }
        Err(error) => Sent::failed(error),
    }
}

/// The ids of names with what belongs to them; `None` if a name is not known any more.
fn with_ids(nouns: &Nouns, items: Option<&Value>) -> Option<Vec<(String, f64)>> {
    let items = items.and_then(Value::as_object)?;
    items.iter().map(|(name, proficiency)| Some((nouns.id(name)?.to_owned(), proficiency.as_f64()?))).collect()
}

async fn skills(client: &Client, id: &str, nouns: &Nouns, wanted: Option<&Value>) -> Sent {
    let Some(mut first) = with_ids(nouns, wanted) else {
        return Sent::not(EntryOutcome::Invalid, "a skill is not there any more");
    };
    let rest = first.split_off(first.len().min(SKILLS));
    let first = first.into_iter().map(|(id, proficiency)| UserRoutingSkillPost {
        id: Some(id),
        proficiency: Some(proficiency),
        ..UserRoutingSkillPost::default()
    });
    if let Err(error) = client.routing(id).replace_skills(first).await {
        return Sent::failed(error);
    }
    let rest = rest.into_iter().map(|(id, proficiency)| UserRoutingSkillPostPatch {
        id: Patch::Value(id),
        proficiency: Patch::Value(proficiency),
        ..UserRoutingSkillPostPatch::default()
    });
    all(client.routing(id).add_skills(rest.collect::<Vec<_>>())).await
}

async fn languages(client: &Client, id: &str, nouns: &Nouns, before: Option<&Value>, wanted: Option<&Value>) -> Sent {
    let Some(wanted) = with_ids(nouns, wanted) else {
        return Sent::not(EntryOutcome::Invalid, "a language is not there any more");
    };
    let wanted_before = with_ids(nouns, before).unwrap_or_default();
    let gone = wanted_before.iter().filter(|(id, _)| wanted.iter().all(|(other, _)| other != id));
    for (language, _) in gone {
        match client.routing(id).remove_language(language).await {
            Err(error) if error.status() != Some(StatusCode::NOT_FOUND) => return Sent::failed(error),
            _ => {}
        }
    }
    let items = wanted.into_iter().filter(|item| !wanted_before.contains(item)).map(|(id, proficiency)| {
        UserRoutingLanguagePostPatch {
            id: Patch::Value(id),
            proficiency: Patch::Value(proficiency),
            ..UserRoutingLanguagePostPatch::default()
        }
    });
    all(client.routing(id).add_languages(items.collect::<Vec<_>>())).await
}

/// The worst outcome of a batch is that of the step.
async fn all<'a, I: 'a, T: 'a>(batch: Batch<'a, I, T>) -> Sent {
    let mut outcomes = batch.ordered();
    let mut worst = Sent::accepted(None);
    while let Some(item) = outcomes.next().await {
        let sent = Sent::of(item.outcome);
        let is_worse = !sent.is_accepted() && (worst.is_accepted() || sent.outcome.is_none());
        if is_worse {
            worst = sent;
        }
    }
    worst
}
