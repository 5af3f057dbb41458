//! Applies actions to session users: one upsert for creations, updates and reactivations, then deactivations.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::{Stream, StreamExt as _, stream};
use rosterkit_core::batch::Outcomes;
use serde_json::Value;
use session_clusters::generated::operations::{BATCH_DEACTIVATE_USERS_MAX_ITEMS, BATCH_UPSERT_USERS_MAX_ITEMS};
use session_clusters::types::{UserRef, UserTemplate};

use super::apply::{Chunk, FlowReport, Next, Write};
use super::settle::Settled;
use super::{Checkpoint, Engine, Error};
use crate::config::{DeactivateBy, Flow};
use crate::plan::{Action, ActionKind};
use crate::state::journal::Step;
use crate::target::Directory;

const UPSERTS: &[ActionKind] = &[ActionKind::Create, ActionKind::Update, ActionKind::Reactivate];
const REMOVALS: &[ActionKind] = &[ActionKind::Deactivate];

/// The effects that were given to a batch and have no outcome yet, in order, and what ended them early.
#[derive(Clone, Default)]
struct InFlight(Arc<Mutex<Given>>);

#[derive(Default)]
struct Given {
    writes: VecDeque<Write>,
    skipped: Vec<(Action, String)>,
    done: u64,
    failed: Option<Error>,
}

impl InFlight {
    fn lock(&self) -> std::sync::MutexGuard<'_, Given> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Engine {
    pub(super) async fn apply_session_users(
        &self,
        run: i64,
        plan: i64,
        flow: &Flow,
        report: &mut FlowReport,
    ) -> Result<(), Error> {
        let next = Next {
            run,
            plan,
            flow: flow.name.clone(),
            directory: Directory::SessionUsers,
            after: 0,
            kinds: UPSERTS,
            limit: BATCH_UPSERT_USERS_MAX_ITEMS,
            step: Step::Upsert,
            kept: BTreeMap::new(),
        };
        let client = self.services.sessions()?;
        let given = InFlight::default();
        let users = self.journalled(flow, next.clone(), given.clone()).map(|write| template(&write));
        self.settle_outcomes(flow, &given, client.upsert_user_stream(users).ordered(), report, |user| user.id.clone())
            .await?;

        let by_upsert = flow.removals.deactivate_by == DeactivateBy::Upsert;
        let next = Next { kinds: REMOVALS, limit: BATCH_DEACTIVATE_USERS_MAX_ITEMS, step: Step::Deactivate, ..next };
        let given = InFlight::default();
        let writes = self.journalled(flow, next, given.clone());
        if by_upsert {
            let users = writes.map(|write| template(&write));
            let outcomes = client.upsert_user_stream(users).ordered();
            self.settle_outcomes(flow, &given, outcomes, report, |user| user.id.clone()).await?;
        } else {
            let users = writes.map(|write| UserRef::by_id(write.action.target_id.unwrap_or_default()));
            let outcomes = client.deactivate_user_stream(users).ordered();
            self.settle_outcomes(flow, &given, outcomes, report, |_| None).await?;
        }
        // What the service has only promised, and what is unknown, is settled by what it lists now.
        self.settle_open(flow, report).await
    }

    /// The effects of a plan, each journalled before it is given out. It ends at the end of the plan, on a shutdown, and if the state
    /// file fails.
    fn journalled<'a>(&'a self, flow: &'a Flow, next: Next, given: InFlight) -> impl Stream<Item = Write> + Send + 'a {
        stream::unfold((next, given, VecDeque::new()), move |(mut next, given, mut ready)| async move {
            while ready.is_empty() {
                if self.shutdown.has_begun() {
                    return None;
                }
                let chunk = match self.due_chunk(flow, next.clone()).await {
                    Ok(chunk) => chunk,
                    Err(error) => {
                        given.lock().failed = Some(error);
                        return None;
                    }
                };
                if chunk.last == next.after {
                    return None;
                }
                next.after = chunk.last;
                let mut given = given.lock();
                given.writes.extend(chunk.writes.iter().cloned());
                given.skipped.extend(chunk.skipped);
                given.done += chunk.done;
                ready.extend(chunk.writes);
            }
            let write = ready.pop_front()?;
            Some((write, (next, given, ready)))
        })
    }

    /// The next chunk. Before removals, the people are read once more in the source.
    async fn due_chunk(&self, flow: &Flow, mut next: Next) -> Result<Chunk, Error> {
        if next.kinds == REMOVALS {
            next.kept = self.who_is_back(flow, &next).await?;
        }
        self.next_chunk(next).await
    }

    /// Journals the outcomes of a batch as they come, and waits for the end.
    async fn settle_outcomes<'a, I: 'a, T: 'a>(
        &self,
        flow: &Flow,
        given: &InFlight,
        mut outcomes: Outcomes<'a, I, T>,
        report: &mut FlowReport,
        id_of: impl Fn(&T) -> Option<String>,
    ) -> Result<(), Error> {
        let mut settled = Vec::new();
        loop {
            let outcome = outcomes.next().await;
            let is_over = outcome.is_none();
            if let Some(outcome) = outcome {
                let Some(write) = given.lock().writes.pop_front() else { break };
                settled.push(Settled::of(write, outcome.outcome, &id_of));
            }
            if settled.len() >= BATCH_UPSERT_USERS_MAX_ITEMS || is_over && !settled.is_empty() {
                self.checkpoint(Checkpoint::BeforeOutcome)?;
                self.settle(flow, std::mem::take(&mut settled), report).await?;
                self.checkpoint(Checkpoint::AfterOutcome)?;
            }
            if is_over {
                break;
            }
        }
        let mut given = given.lock();
        for (action, reason) in given.skipped.drain(..) {
            report.not_done(&action, "skipped", reason);
        }
        if given.done > 0 {
            *report.outcomes.entry("done".to_owned()).or_default() += given.done;
        }
        match given.failed.take() {
            Some(error) => Err(error),
            None => Ok(()),
        }
    }
}

fn template(write: &Write) -> UserTemplate {
    let text = |field: &str| write.request.fields.get(field).and_then(Value::as_str).map(str::to_owned);
    UserTemplate {
        remote_id: text("remoteId"),
        first_name: text("firstName"),
        last_name: text("lastName"),
        active: Some(write.request.active),
        ..UserTemplate::default()
    }
}
