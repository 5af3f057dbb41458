//! What a comparison notes in the identity map: who has left, who is back, who is protected, and what both sides agree on.

use rosterkit_core::chrono::TimeDelta;
use rusqlite::{Connection, params};
use serde_json::Value;

use super::{Comparison, Pair};
use crate::state::journal::{self, Entry, EntryOutcome};
use crate::state::snapshots::TargetStatus;
use crate::state::{StateError, identities};

/// For how long an effect of unknown outcome may still come to be seen.
const LATE: TimeDelta = TimeDelta::minutes(5);

impl Comparison<'_> {
    /// Keeps in the identity map why a managed person is protected, for the time when the source no longer says it.
    pub(super) fn note_protected(&self, connection: &Connection, pair: &mut Pair) -> Result<(), StateError> {
        let Some(identity) = &pair.identity else { return Ok(()) };
        let protect = &self.flow.protect;
        if pair.status == "missing" {
            // A rule that is no longer in the sync file protects no one.
            let remembered = identity.protected.clone().filter(|reason| protect.gives(reason));
            pair.protected = protect.by_id(&pair.source_id).or(remembered);
            return Ok(());
        }
        // What cannot be read does not say that no one is protected.
        if identity.protected == pair.protected || pair.status == "invalid" && pair.protected.is_none() {
            return Ok(());
        }
        connection
            .prepare_cached("UPDATE identity SET protected = ?3 WHERE flow = ?1 AND source_id = ?2")?
            .execute(params![self.flow.name, pair.source_id, pair.protected])?;
        Ok(())
    }

    /// Somebody whom sync deactivated is active again: who is deactivated from now on was deactivated by somebody else. Not so
    /// if the deactivation is of unknown outcome and so new that it may still be on its way.
    pub(super) fn note_active(&self, connection: &Connection, pair: &mut Pair) -> Result<(), StateError> {
        let is_active = pair.target.as_ref().is_some_and(|target| target.status == TargetStatus::Active);
        match &mut pair.identity {
            Some(identity) if is_active && identity.is_deactivated_by_sync => {
                let last = journal::newest_of(connection, &self.flow.name, &pair.source_id)?;
                let may_come = |it: &Entry| {
                    it.outcome == Some(EntryOutcome::Unknown) && self.now.signed_duration_since(it.intended_at) < LATE
                };
                if last.as_ref().is_some_and(may_come) {
                    return Ok(());
                }
                identity.is_deactivated_by_sync = false;
                identities::mark_reactivated(connection, &self.flow.name, &pair.source_id)
            }
            _ => Ok(()),
        }
    }

    /// Values that both sides have count as applied, whoever wrote them: a later difference is a change of the source.
    pub(super) fn note_agreed(&self, connection: &Connection, pair: &Pair) -> Result<(), StateError> {
        let (Some(identity), Some(target)) = (&pair.identity, &pair.target) else { return Ok(()) };
        let agreed = |(field, value): &(&String, &Value)| target.fields.get(*field) == Some(*value);
        let mut applied = identity.applied.clone();
        applied.extend(pair.fields.iter().filter(agreed).map(|(field, value)| (field.clone(), value.clone())));
        if applied == identity.applied {
            return Ok(());
        }
        identities::set_applied(connection, &self.flow.name, &pair.source_id, &applied)
    }

    /// Notes in the identity map that a managed person has left, or is back.
    pub(super) fn note_left(&self, connection: &Connection, pair: &mut Pair, has_left: bool) -> Result<(), StateError> {
        let Some(identity) = &mut pair.identity else { return Ok(()) };
        let (flow, source_id) = (&self.flow.name, &pair.source_id);
        match (has_left, identity.missing_since) {
            (true, _) if self.source_is_complete => {
                identity.missing_since.get_or_insert(self.now);
                identity.missing_reads += 1;
                identities::mark_missing(connection, flow, source_id, self.now)
            }
            (false, Some(_)) => {
                (identity.missing_since, identity.missing_reads) = (None, 0);
                identities::mark_seen(connection, flow, source_id)
            }
            (true, _) | (false, None) => Ok(()),
        }
    }
}
