//! Compares the two sides of a flow, one person at a time, in the database.

mod notes;

use rosterkit_core::chrono::{DateTime, TimeDelta, Utc};
use rusqlite::{Connection, Row, params};
use serde_json::{Map, Value, json};

use super::pairing::to_confirm;
use super::references::{self, Manager, Pairs};
use super::{Action, ActionKind, Change};
use crate::config::{Flow, Left, OnManualChange, Reactivate};
use crate::state::StateError;
use crate::state::journal::{self, EntryOutcome};
use crate::state::snapshots::TargetStatus;
use crate::state::value::{Json, Number, Time};
use crate::target::Directory;

/// What a comparison needs to know beside the tables.
pub(crate) struct Comparison<'a> {
    pub(crate) flow: &'a Flow,
    pub(crate) directory: Directory,
    /// Why no one may be removed.
    pub(crate) no_removals: Option<String>,
    /// Why no one may be created.
    pub(crate) no_creations: Option<String>,
    pub(crate) now: DateTime<Utc>,
    /// Whether the source was read completely: only then a person who is missing has left.
    pub(crate) source_is_complete: bool,
}

/// A source person beside the target person and the identity.
struct Pair {
    source_id: String,
    label: Option<String>,
    status: String,
    problem: Option<String>,
    protected: Option<String>,
    fields: Map<String, Value>,
    target: Option<Target>,
    pass: Option<i64>,
    identity: Option<Identity>,
    conflict: Option<String>,
    /// Who else may be the target person.
    claim: Option<String>,
}

struct Target {
    id: String,
    status: TargetStatus,
    unwritable: Option<String>,
    protected: Option<String>,
    fields: Map<String, Value>,
}

struct Identity {
    target_id: String,
    applied: Map<String, Value>,
    is_deactivated_by_sync: bool,
    missing_since: Option<DateTime<Utc>>,
    missing_reads: u64,
    /// Why the source person was protected when the source last had it.
    protected: Option<String>,
}

const PAIRS: &str = "
    SELECT s.id, s.label, s.status, s.problem, s.protected, s.fields,
           t.id, t.status, t.unwritable, t.protected, t.fields,
           p.pass, c.reason,
           i.target_id, i.applied, i.deactivated_by_sync, i.missing_since, i.missing_reads, i.protected,
           k.reason
    FROM open_person o
    CROSS JOIN source_person s ON s.flow = ?1 AND s.id = o.id
    LEFT JOIN identity i ON i.flow = s.flow AND i.source_id = s.id
    LEFT JOIN pairing p ON p.plan = ?2 AND p.flow = s.flow AND p.source_id = s.id
    LEFT JOIN target_person t ON t.flow = s.flow AND t.id = coalesce(p.target_id, i.target_id)
    LEFT JOIN pairing_conflict c ON c.side = 0 AND c.id = s.id
    LEFT JOIN pairing_conflict k ON k.side = 1 AND k.id = t.id
    ORDER BY s.ordinal";

/// Managed people whom the source lacks.
const MISSING: &str = "
    SELECT i.source_id, t.label, 'missing', NULL, NULL, '{}',
           t.id, t.status, t.unwritable, t.protected, t.fields,
           NULL, NULL,
           i.target_id, i.applied, i.deactivated_by_sync, i.missing_since, i.missing_reads, i.protected,
           k.reason
    FROM gone_person g
    CROSS JOIN identity i ON i.flow = ?1 AND i.source_id = g.id
    JOIN target_person t ON t.flow = i.flow AND t.id = i.target_id
    LEFT JOIN pairing_conflict k ON k.side = 1 AND k.id = t.id
    ORDER BY i.source_id";

/// Target people who belong to no one.
const UNMANAGED: &str = "
    SELECT t.id, t.label, coalesce(c.reason, t.unwritable, 'it has no partner in the source')
    FROM loose_target l
    CROSS JOIN target_person t ON t.flow = ?1 AND t.id = l.id
    LEFT JOIN pairing_conflict c ON c.side = 1 AND c.id = t.id
    WHERE NOT EXISTS (SELECT 1 FROM pairing p WHERE p.plan = ?2 AND p.flow = t.flow AND p.target_id = t.id)
    ORDER BY t.id";

impl Comparison<'_> {
    /// Gives each action to `add`, in the order of the source; then missing people, then unmanaged ones. The action's position
    /// is not set. Needs the tables of [`pair`](super::pair).
    pub(crate) fn run(
        &self,
        connection: &Connection,
        plan: i64,
        mut add: impl FnMut(Action) -> Result<(), StateError>,
    ) -> Result<(), StateError> {
        let flow = &self.flow.name;
        if self.directory == Directory::GenesysUsers {
            references::collect_emails(connection, flow)?;
        }
        let to_confirm = json!(to_confirm(self.directory, &self.flow.identity.passes)).to_string();
        let referable = Pairs { plan, to_confirm };
        let mut pairs = connection.prepare_cached(PAIRS)?;
        let mut rows = pairs.query(params![flow, plan])?;
        while let Some(row) = rows.next()? {
            add(self.decide(connection, &referable, Pair::read(row)?)?)?;
        }
        let mut missing = connection.prepare_cached(MISSING)?;
        let mut rows = missing.query([flow])?;
        while let Some(row) = rows.next()? {
            add(self.decide(connection, &referable, Pair::read(row)?)?)?;
        }
        let mut unmanaged = connection.prepare_cached(UNMANAGED)?;
        let mut rows = unmanaged.query(params![flow, plan])?;
        while let Some(row) = rows.next()? {
            let mut action = self.action(ActionKind::Unmanaged, None, Some(row.get(0)?), row.get(1)?);
            action.reason = row.get(2)?;
            add(action)?;
        }
        Ok(())
    }

    fn action(
        &self,
        kind: ActionKind,
        source_id: Option<String>,
        target_id: Option<String>,
        label: Option<String>,
    ) -> Action {
        let flow = self.flow.name.clone();
        Action {
            seq: 0,
            flow,
            kind,
            source_id,
            target_id,
            label,
            changes: Vec::new(),
            reason: String::new(),
            held: None,
        }
    }

    fn decide(&self, connection: &Connection, pairs: &Pairs, mut pair: Pair) -> Result<Action, StateError> {
        // The target person of the identity map is gone, and another one has the key.
        let target_id = pair.target.as_ref().map(|target| target.id.as_str());
        let is_other = |identity: &mut Identity| target_id.is_some_and(|id| id != identity.target_id);
        pair.identity.take_if(is_other);
        self.complete(connection, pairs, &mut pair)?;
        let left = match pair.status.as_str() {
            "missing" => Some(Left::Missing),
            "inactive" | "deleted" => Some(Left::Inactive),
            "out_of_scope" => Some(Left::OutOfScope),
            _ => None,
        };
        let is_in_doubt = left.is_some() && pair.problem.is_some();
        if !is_in_doubt {
            self.note_left(connection, &mut pair, left.is_some_and(|left| self.flow.removals.when.contains(&left)))?;
        }
        self.note_protected(connection, &mut pair)?;
        self.note_active(connection, &mut pair)?;
        let protected = pair.protected.take().or_else(|| pair.target.as_mut().and_then(|it| it.protected.take()));
        let mut action = match (pair.status.as_str(), left) {
            ("invalid", _) => self.said(&pair, ActionKind::Invalid, pair.problem.clone().unwrap_or_default()),
            ("duplicate", _) => {
                self.said(&pair, ActionKind::Conflict, "the source has this id more than once".to_owned())
            }
            _ if pair.conflict.is_some() => {
                self.said(&pair, ActionKind::Conflict, pair.conflict.clone().unwrap_or_default())
            }
            (_, Some(left)) => self.leaver(&pair, left),
            (_, None) => self.wanted(connection, &pair)?,
        };
        if action.kind == ActionKind::Create
            && let Some(reason) = self.collision(connection, &pair)?
        {
            action = self.said(&pair, ActionKind::Conflict, reason);
        }
        if action.kind == ActionKind::Unchanged {
            self.note_agreed(connection, &pair)?;
        }
        if let Some(protected) = protected.filter(|_| action.kind.is_write()) {
            action.reason = format!("{}: {}", protected, action.kind.as_str());
            action.kind = ActionKind::Protected;
            action.held = None;
        }
        Ok(action)
    }

    fn said(&self, pair: &Pair, kind: ActionKind, reason: impl Into<String>) -> Action {
        let target_id = pair.target.as_ref().map(|target| target.id.clone());
        let mut action = self.action(kind, Some(pair.source_id.clone()), target_id, pair.label.clone());
        action.reason = reason.into();
        action
    }

    /// Somebody who should be in the target, and active there.
    fn wanted(&self, connection: &Connection, pair: &Pair) -> Result<Action, StateError> {
        let Some(target) = &pair.target else { return Ok(self.newcomer(pair)) };
        if self.directory.is_link_only() {
            let reason = if pair.identity.is_some() { "linked" } else { "found by its key; linked when applied" };
            return Ok(self.said(pair, ActionKind::Unchanged, reason));
        }
        let changes = self.changes(connection, pair, target)?;
        let is_confirmed =
            pair.pass.is_none_or(|pass| !to_confirm(self.directory, &self.flow.identity.passes).contains(&pass));
        let (kind, reason) = match target.status {
            TargetStatus::Active if changes.is_empty() => (ActionKind::Unchanged, "it is as it should be"),
            TargetStatus::Active => (ActionKind::Update, "fields differ"),
            TargetStatus::Inactive => match (self.flow.reactivate, &pair.identity) {
                (Reactivate::Always, _) => (ActionKind::Reactivate, "active in the source; `reactivate` is \"always\""),
                (Reactivate::Own, Some(identity)) if identity.is_deactivated_by_sync => {
                    (ActionKind::Reactivate, "active in the source again; sync had deactivated it")
                }
                (Reactivate::Own | Reactivate::Never, _) => (ActionKind::Conflict, "deactivated elsewhere"),
            },
            TargetStatus::Deleted if self.flow.restore => {
                (ActionKind::Restore, "active in the source; deleted in the target, where it has no roles afterwards")
            }
            TargetStatus::Deleted => (ActionKind::Conflict, "deleted in the target; `restore` is false"),
        };
        let mut action = self.said(pair, kind, reason);
        action.changes = changes;
        if !is_confirmed {
            action.kind = ActionKind::Confirm;
            action.reason = "the name alone identifies no one: confirm the pair to use it".to_owned();
        }
        if let (true, Some(unwritable)) = (action.kind.is_write() || !is_confirmed, &target.unwritable) {
            action.kind = ActionKind::Conflict;
            action.reason = unwritable.clone();
        }
        let key = self.directory.key_field();
        if action.kind.is_write() && action.changes.iter().any(|change| Some(change.field.as_str()) == key) {
            action.kind = ActionKind::Conflict;
            action.reason = format!("`{}` differs: the service would create a second user", key.unwrap_or_default());
        }
        let is_manual = action.changes.iter().any(|change| change.overwrites_manual_change);
        if action.kind.is_write() && is_manual && self.flow.on_manual_change == OnManualChange::Report {
            action.kind = ActionKind::Conflict;
            action.reason = "changed in the target by somebody else; `on_manual_change` is \"report\"".to_owned();
        }
        Ok(action)
    }

    fn newcomer(&self, pair: &Pair) -> Action {
        if self.directory.is_link_only() {
            return self.said(pair, ActionKind::Unmanaged, "no one in the target has its key");
        }
        let has_value = |field: &&str| pair.fields.get(*field).is_some_and(|value| !value.is_null());
        if let Some(missing) = self.directory.required_fields().iter().find(|field| !has_value(field)) {
            let problem = format!("it cannot be created: `{missing}` has no value");
            return self.said(pair, ActionKind::Invalid, problem);
        }
        let reason = match &pair.identity {
            None => "not in the target",
            Some(_) => "no longer in the target",
        };
        let mut action = self.said(pair, ActionKind::Create, reason);
        action.changes = pair
            .fields
            .iter()
            .filter(|(_, value)| !is_nothing(value))
            .map(|(field, value)| Change {
                field: field.clone(),
                before: Value::Null,
                after: value.clone(),
                overwrites_manual_change: false,
            })
            .collect();
        action.held.clone_from(&self.no_creations);
        action
    }

    /// Who in the target is in the way of a creation: the service recognizes people by a key, or lets no one else have an e-mail
    /// address.
    fn collision(&self, connection: &Connection, pair: &Pair) -> Result<Option<String>, StateError> {
        let text = |field: &str| pair.fields.get(field).and_then(Value::as_str);
        if self.directory == Directory::GenesysUsers {
            let Some(email) = text("email") else { return Ok(None) };
            if let Some((id, status)) = references::holder(connection, &self.flow.name, email)? {
                return Ok(Some(format!("target `{id}`, who is {status}, has its `email` and is not paired with it")));
            }
            let twin = references::twin(connection, &pair.source_id, email)?;
            return Ok(twin.map(|id| format!("source `{id}` has the same `email`, which one user can have")));
        }
        let Some(field) = self.directory.key_field() else { return Ok(None) };
        let Some(key) = text(field) else { return Ok(None) };
        let found = connection
            .prepare_cached("SELECT 1 FROM target_person WHERE flow = ?1 AND keys ->> 0 = ?2 LIMIT 1")?
            .exists(params![self.flow.name, key])?;
        Ok(found.then(|| format!("the target person with its `{field}` belongs to another source person")))
    }

    /// Completes what is to be written with what the target has, and finds the manager.
    fn complete(&self, connection: &Connection, pairs: &Pairs, pair: &mut Pair) -> Result<(), StateError> {
        let target = pair.target.as_ref().map(|target| &target.fields);
        for (field, value) in &mut pair.fields {
            let before = target.and_then(|target| target.get(field));
            *value = self.directory.completed(field, value.take(), before);
        }
        let manager = pair.fields.get("manager").and_then(Value::as_str);
        let Some(manager) = manager.filter(|_| self.directory == Directory::GenesysUsers && pair.status == "wanted")
        else {
            return Ok(());
        };
        match references::manager(connection, &self.flow.name, manager, Some(pairs))? {
            Manager::Known(id) => drop(pair.fields.insert("manager".to_owned(), id.into())),
            Manager::Pending => {}
            Manager::Unknown => {
                pair.status = "invalid".to_owned();
                pair.problem =
                    Some("`manager` means no one in the target or in scope of the source, or several".to_owned());
            }
        }
        Ok(())
    }

    /// The owned fields that differ. A field that was not read, or has no value, is left alone.
    fn changes(&self, connection: &Connection, pair: &Pair, target: &Target) -> Result<Vec<Change>, StateError> {
        let applied = pair.identity.as_ref().map(|identity| &identity.applied);
        let differing = pair.fields.iter().filter_map(|(field, after)| {
            let before = target.fields.get(field)?;
            let last = applied.and_then(|applied| applied.get(field));
            (before != after).then(|| Change {
                field: field.clone(),
                before: before.clone(),
                after: after.clone(),
                overwrites_manual_change: last.is_some_and(|last| last != before),
            })
        });
        let mut changes: Vec<Change> = differing.collect();
        if changes.iter().any(|change| change.overwrites_manual_change) {
            // What sync itself sent, and has not seen until now, no one else has written.
            let last = journal::newest_of(connection, &self.flow.name, &pair.source_id)?;
            let sent = last.filter(|it| it.outcome == Some(EntryOutcome::Unknown)).and_then(|it| it.request);
            for change in changes.iter_mut().filter(|change| change.overwrites_manual_change) {
                let value = sent.as_ref().and_then(|request| request.get("fields")?.get(&change.field));
                change.overwrites_manual_change = value != Some(&change.before);
            }
        }
        Ok(changes)
    }

    /// Somebody who has left, or was never in scope.
    fn leaver(&self, pair: &Pair, left: Left) -> Action {
        let why = match (left, pair.status.as_str()) {
            (Left::Missing, _) => "missing in the source",
            (Left::OutOfScope, _) => "not matched by `where`",
            (Left::Inactive, "deleted") => "deleted in the source",
            (Left::Inactive, _) => "inactive in the source",
        };
        let active = pair.target.as_ref().filter(|target| target.status == TargetStatus::Active);
        let (Some(target), Some(identity)) = (active, &pair.identity) else {
            return self.said(pair, ActionKind::OutOfScope, why);
        };
        if let Some(problem) = &pair.problem {
            return self.said(pair, ActionKind::Invalid, problem.clone());
        }
        let removals = &self.flow.removals;
        if !removals.deactivate || self.directory.is_link_only() {
            return self.said(pair, ActionKind::OutOfScope, format!("{why}; `removals.policy` is \"none\""));
        }
        if !removals.when.contains(&left) {
            return self.said(pair, ActionKind::OutOfScope, format!("{why}; not in `removals.when`"));
        }
        if let Some(unwritable) = &target.unwritable {
            return self.said(pair, ActionKind::Conflict, unwritable.clone());
        }
        if let Some(pending) = self.pending(identity) {
            return self.said(pair, ActionKind::PendingRemoval, format!("{why}; {pending}"));
        }
        if let Some(claim) = &pair.claim {
            return self.said(pair, ActionKind::Conflict, format!("{why}; {claim}"));
        }
        let mut action = self.said(pair, ActionKind::Deactivate, why);
        action.held.clone_from(&self.no_removals);
        action
    }

    /// What the grace period still lacks.
    fn pending(&self, identity: &Identity) -> Option<String> {
        let grace = self.flow.removals.grace;
        if grace.duration().is_zero() {
            return None;
        }
        let Some(since) = identity.missing_since else {
            return Some(format!("the grace of {grace} begins with a complete read"));
        };
        let grace = TimeDelta::from_std(grace.duration()).unwrap_or(TimeDelta::MAX);
        match since.checked_add_signed(grace) {
            Some(end) if end <= self.now && identity.missing_reads >= 2 => None,
            Some(end) if end <= self.now => Some("the grace needs a second complete read".to_owned()),
            Some(end) => Some(format!("the grace ends at {}", end.format("%Y-%m-%dT%H:%M:%SZ"))),
            None => Some("the grace does not end".to_owned()),
        }
    }
}

impl Pair {
    fn read(row: &Row<'_>) -> Result<Self, StateError> {
        let target = match row.get::<_, Option<String>>(6)? {
            None => None,
            Some(id) => Some(Target {
                id,
                status: row.get(7)?,
                unwritable: row.get(8)?,
                protected: row.get(9)?,
                fields: object(row, 10)?,
            }),
        };
        let identity = match row.get::<_, Option<String>>(13)? {
            None => None,
            Some(target_id) => Some(Identity {
                target_id,
                applied: row.get::<_, Option<Json<_>>>(14)?.map(|Json(applied)| applied).unwrap_or_default(),
                is_deactivated_by_sync: row.get(15)?,
                missing_since: row.get::<_, Option<Time>>(16)?.map(|Time(since)| since),
                missing_reads: row.get::<_, Number>(17)?.0,
                protected: row.get(18)?,
            }),
        };
        Ok(Self {
            source_id: row.get(0)?,
            label: row.get(1)?,
            status: row.get(2)?,
            problem: row.get(3)?,
            protected: row.get(4)?,
            fields: object(row, 5)?,
            target,
            pass: row.get(11)?,
            conflict: row.get(12)?,
            claim: row.get(19)?,
            identity,
        })
    }
}

/// Whether a new person has it anyway.
fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.is_empty(),
        Value::Object(items) => items.is_empty(),
        Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

fn object(row: &Row<'_>, column: usize) -> Result<Map<String, Value>, StateError> {
    let Json(object) = row.get(column)?;
    Ok(object)
}
