//! Settles the steps of Genesys users that have no outcome, by reading the users.

use futures_util::{StreamExt as _, stream};
use genesys_users::types::{User, UserSearchCriteria, UserSearchCriteriaType, UserSearchRequest};
use rosterkit_core::chrono::{DateTime, TimeDelta, Utc};
use rusqlite::Connection;
use serde_json::{Map, Value};

use super::work::{CONCURRENCY, Stopped, Work};
use crate::config::Flow;
use crate::engine::apply::{FlowReport, Request};
use crate::engine::settle::NOT_SEEN;
use crate::engine::{Checkpoint, Engine, Error};
use crate::source::{SourceError, find_genesys_user};
use crate::state::identities::{self, Origin};
use crate::state::journal::{self, Entry, EntryOutcome, Settlement, Step};
use crate::state::snapshots::TargetStatus;
use crate::state::{StateError, runs};
use crate::target::Directory;

/// How far searches may lag behind writes, with some to spare: the service says 3 minutes.
const LAG: TimeDelta = TimeDelta::minutes(5);
/// How long to wait before the next search.
const WAIT: std::time::Duration = std::time::Duration::from_secs(10);
/// How often to search at most, whatever the clock says.
const SEARCHES: u32 = 31;

/// What reading shows of a step.
enum Shown {
    /// It was done, for this user.
    Done(Option<String>),
    /// It was not, or cannot be seen: why.
    Not(&'static str),
    /// The run is to end before this is known.
    Open,
}

impl Engine {
    /// Settles the open steps of a flow. `stopped` has the people of this run, by entry; for others, nothing is reported.
    pub(in crate::engine) async fn settle_open_genesys_users(
        &self,
        flow: &Flow,
        report: &mut FlowReport,
        mut stopped: Vec<Stopped>,
    ) -> Result<(), Error> {
        let name = flow.name.clone();
        let open = self.state.call(move |connection| journal::open_after(connection, &name, 0, usize::MAX)).await?;
        if open.is_empty() {
            return Ok(());
        }
        self.checkpoint(Checkpoint::BeforeOutcome)?;
        let names = crate::target::Names::read(&self.services, flow).await?;
        let work = Work::new(self, flow, &names)?;
        let shown: Vec<Result<(Entry, Request, Shown), Error>> = stream::iter(open)
            .map(|entry| async {
                let request = entry.request.as_ref().and_then(|it| serde_json::from_value(it.clone()).ok());
                let request: Request = request.ok_or(StateError::NoSuchRow { what: "request of an open effect" })?;
                let shown = match entry.step {
                    Step::Create => self.created(&work, &entry, &request.fields).await?,
                    step => self.shown(&work, step, entry.target_id.as_deref(), &request).await?,
                };
                Ok((entry, request, shown))
            })
            .buffered(CONCURRENCY)
            .collect()
            .await;
        let shown = shown.into_iter().collect::<Result<Vec<_>, _>>()?;
        for (entry, _, shown) in &shown {
            let Some(index) = stopped.iter().position(|it| it.intent == entry.id) else { continue };
            let person = stopped.swap_remove(index);
            match shown {
                Shown::Done(_) if !person.has_more => report.count("accepted"),
                Shown::Done(_) => report.not_done(&person.action, "not_sent", REST),
                Shown::Not(reason) => report.not_done(&person.action, "unknown", *reason),
                Shown::Open => report.not_done(&person.action, "unknown", "it is settled by the next run"),
            }
        }
        let (name, now) = (flow.name.clone(), self.now());
        let settle = move |connection: &mut Connection| {
            let transaction = connection.transaction()?;
            for (entry, request, shown) in shown {
                let (outcome, reason, target_id) = match shown {
                    Shown::Done(target_id) => (EntryOutcome::Accepted, None, target_id),
                    Shown::Not(reason) => (EntryOutcome::Unknown, Some(reason.to_owned()), None),
                    Shown::Open => continue,
                };
                let target_id = target_id.or_else(|| entry.target_id.clone());
                let settlement =
                    Settlement { id: entry.id, outcome, reason, correlation_id: None, target_id: target_id.clone() };
                journal::settle(&transaction, &[settlement], now)?;
                // A removal that is seen later was sync's own. The next plan forgets this if it never is.
                let is_removal = entry.step == Step::State && !request.active;
                if outcome == EntryOutcome::Accepted || is_removal {
                    let effect = Effect {
                        step: entry.step,
                        source_id: entry.source_id.as_deref(),
                        target_id: target_id.as_deref(),
                        request: &request,
                    };
                    effect.take(&transaction, &name)?;
                }
            }
            Ok(transaction.commit()?)
        };
        self.state.call(settle).await?;
        self.checkpoint(Checkpoint::AfterOutcome)
    }

    /// Whether a user is what a step would have made of them.
    async fn shown(&self, work: &Work<'_>, step: Step, id: Option<&str>, request: &Request) -> Result<Shown, Error> {
        let Some(id) = id else { return Ok(Shown::Not(NOT_SEEN)) };
        let found = find_genesys_user(&self.services, id, &work.expand).await?;
        let Some(row) = found.row() else { return Ok(Shown::Not(NOT_SEEN)) };
        let Ok(user) = Directory::GenesysUsers.record(&row.value, work.names) else {
            return Ok(Shown::Not(NOT_SEEN));
        };
        let is_done = match step {
            Step::State => (user.status == TargetStatus::Active) == request.active,
            _ => request.fields.iter().all(|(name, value)| user.fields.get(name) == Some(value)),
        };
        Ok(if is_done { Shown::Done(None) } else { Shown::Not(NOT_SEEN) })
    }

    /// Looks for a user whose creation may have been sent. Searches see a creation only some minutes later, so that a search
    /// that finds no one says something only when the creation is older than that.
    async fn created(&self, work: &Work<'_>, entry: &Entry, fields: &Map<String, Value>) -> Result<Shown, Error> {
        let text = |name: &str| fields.get(name).and_then(Value::as_str).unwrap_or_default();
        let (email, name) = (text("email"), text("name"));
        let mut searches = 0;
        loop {
            let asked = self.now();
            if let Some(user) = search(work, email).await? {
                return Ok(match (user.id, user.state.as_ref().map(|state| state.as_str())) {
                    (_, Some("deleted")) => Shown::Not("a deleted user has its `email`"),
                    (Some(id), _) if user.name.as_deref() == Some(name) => Shown::Done(Some(id)),
                    _ => Shown::Not("another user has its `email`"),
                });
            }
            searches += 1;
            if searches >= SEARCHES || is_over(entry.intended_at, asked) {
                return Ok(Shown::Not(NOT_SEEN));
            }
            if self.shutdown.has_begun() {
                return Ok(Shown::Open);
            }
            tokio::time::sleep(WAIT).await;
        }
    }
}

const REST: &str = "what remains of it follows with the next plan";

fn is_over(intended: DateTime<Utc>, now: DateTime<Utc>) -> bool {
    now.signed_duration_since(intended) >= LAG
}

/// The user with an e-mail address, in any state; a living one before a deleted one.
async fn search(work: &Work<'_>, email: &str) -> Result<Option<User>, SourceError> {
    let exact = |field: &str| UserSearchCriteria {
        fields: Some(vec![field.to_owned()]),
        type_: Some(UserSearchCriteriaType::Exact),
        ..UserSearchCriteria::default()
    };
    let states = ["active", "inactive"].map(str::to_owned).to_vec();
    let query = vec![
        UserSearchCriteria { value: Some(email.to_owned()), ..exact("email") },
        UserSearchCriteria { values: Some(states), ..exact("state") },
    ];
    let request = UserSearchRequest { query: Some(query), ..UserSearchRequest::default() };
    let failed = |error| SourceError::Service { what: "Genesys users by e-mail", read: 0, error };
    let found = work.client.users().search(request).send().await.map_err(failed)?.into_inner();
    let is_same = |user: &User| user.email.as_deref().is_some_and(|other| other.eq_ignore_ascii_case(email));
    match found.results.unwrap_or_default().into_iter().find(is_same) {
        Some(user) => Ok(Some(user)),
        None => work.client.users().find_deleted_by_email(email).await.map_err(failed),
    }
}

/// An accepted step.
pub(super) struct Effect<'a> {
    pub(super) step: Step,
    pub(super) source_id: Option<&'a str>,
    pub(super) target_id: Option<&'a str>,
    pub(super) request: &'a Request,
}

impl Effect<'_> {
    /// What it means for the identity map.
    pub(super) fn take(&self, connection: &Connection, flow: &str) -> Result<(), StateError> {
        let (Some(source_id), Some(target_id)) = (self.source_id, self.target_id) else { return Ok(()) };
        let known = identities::by_source(connection, flow, source_id)?;
        let is_active = self.step == Step::Create || self.step == Step::State && self.request.active;
        if is_active && known.as_ref().is_none_or(|it| it.target_id != target_id) {
            // The person whom the map had is gone: else no one would have been created or restored.
            identities::delete(connection, flow, source_id)?;
            let origin = if self.step == Step::Create { Origin::Created } else { Origin::Matched };
            let run = runs::last(connection, 1)?.first().map(|run| run.id).unwrap_or_default();
            identities::insert(connection, flow, source_id, target_id, origin, run)?;
        } else if known.is_none() {
            // Forgotten, or taken out of the map, while the step was open.
            return Ok(());
        }
        match self.step {
            Step::State if self.request.active => identities::mark_reactivated(connection, flow, source_id),
            Step::State => identities::mark_deactivated(connection, flow, source_id),
            _ => identities::add_applied(connection, flow, source_id, &self.request.fields),
        }
    }
}
