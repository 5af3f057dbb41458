//! Reads people once more in the source before they are removed. A listing by page number can skip a person while others are
//! created or deleted, and people come back between a plan and its application.

use std::collections::BTreeMap;

use futures_util::{StreamExt as _, stream};
use rusqlite::Connection;

use super::apply::Next;
use super::{Engine, Error};
use crate::config::{Flow, From, Left};
use crate::plan::{Action, Mapping};
use crate::source::{GenesysPerson, find_genesys_user};
use crate::state::plans;
use crate::state::snapshots::SourceStatus;
use crate::target::Names;

/// How many people are read at the same time.
const CONCURRENCY: usize = 8;

impl Engine {
    /// Who of the next actions, which are removals, is not removed: the position, and why. Only Genesys users can be read by
    /// id, and only if their id is the one by which the flow knows them.
    pub(super) async fn who_is_back(&self, flow: &Flow, next: &Next) -> Result<BTreeMap<u64, String>, Error> {
        let From::GenesysUsers { expand, .. } = &flow.from else { return Ok(BTreeMap::new()) };
        if flow.identity.id.as_str().trim() != "id" {
            return Ok(BTreeMap::new());
        }
        let due = next.clone();
        let due = move |connection: &mut Connection| {
            plans::due(connection, due.plan, &due.flow, due.kinds, due.after, due.limit)
        };
        let actions = self.state.call(due).await?;
        let names = Names::default();
        let mapping = &Mapping::new(flow, next.directory, &names);
        let back = stream::iter(actions)
            .map(|action| async move { Some((action.seq, self.why_back(flow, mapping, expand, &action).await?)) })
            .buffered(CONCURRENCY)
            .filter_map(async |back| back);
        Ok(back.collect().await)
    }

    async fn why_back(&self, flow: &Flow, mapping: &Mapping<'_>, expand: &[String], action: &Action) -> Option<String> {
        let id = action.source_id.as_deref()?;
        let row = match find_genesys_user(&self.services, id, expand).await {
            Ok(GenesysPerson::Gone) => None,
            Ok(found) => found.into_row(),
            Err(error) => return Some(format!("it cannot be read in the source once more: {error}")),
        };
        let person = row.map(|row| mapping.source(action.seq, row.value, &row.lacking));
        if let Some(reason) =
            person.as_ref().and_then(|person| person.problem.clone().or_else(|| person.protected.clone()))
        {
            return Some(reason);
        }
        let left = match person.map(|person| person.status) {
            None => Left::Missing,
            Some(SourceStatus::Inactive | SourceStatus::Deleted) => Left::Inactive,
            Some(SourceStatus::OutOfScope) => Left::OutOfScope,
            Some(SourceStatus::Wanted) => return Some("it is active and in scope in the source by now".to_owned()),
            Some(SourceStatus::Invalid | SourceStatus::Duplicate) => {
                return Some("it is in the source, with a record that cannot be used".to_owned());
            }
        };
        let is_reason = flow.removals.when.contains(&left);
        (!is_reason).then(|| "in the source it is by now something that is not in `removals.when`".to_owned())
    }
}
