//! One line of a plan.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What is planned for a person or a training record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActionKind {
    /// Created in the target.
    Create,
    /// Changed in the target.
    Update,
    /// Activated again, and changed if necessary.
    Reactivate,
    /// A deleted Genesys user is restored.
    Restore,
    /// Deactivated in the target.
    Deactivate,
    /// A training record is withdrawn.
    Withdraw,
    /// Nothing to do.
    Unchanged,
    /// Left, but the grace period has not ended.
    PendingRemoval,
    /// Never touched, by configuration.
    Protected,
    /// In the target, without a partner in the source.
    Unmanaged,
    /// Paired by a key that identifies no one: applied only when confirmed.
    Confirm,
    /// Cannot be decided; the reason names both sides.
    Conflict,
    /// The source record cannot be used.
    Invalid,
    /// A completion whose LMS user is not known. It is kept, and looked up again in every run.
    Unresolved,
    /// In the source, but not for this target.
    OutOfScope,
}

impl ActionKind {
    /// All kinds, in the order in which a plan lists them.
    pub const ALL: [Self; 15] = [
        Self::Create,
        Self::Update,
        Self::Reactivate,
        Self::Restore,
        Self::Deactivate,
        Self::Withdraw,
        Self::Conflict,
        Self::Invalid,
        Self::Unresolved,
        Self::Confirm,
        Self::PendingRemoval,
        Self::Protected,
        Self::Unmanaged,
        Self::OutOfScope,
        Self::Unchanged,
    ];

    /// Whether it writes to the target.
    pub fn is_write(self) -> bool {
        matches!(
            self,
            Self::Create | Self::Update | Self::Reactivate | Self::Restore | Self::Deactivate | Self::Withdraw
        )
    }

    /// Whether it counts against the limit of removals.
    pub fn is_removal(self) -> bool {
        matches!(self, Self::Deactivate | Self::Withdraw)
    }

    /// The name in outputs and in the state file.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Reactivate => "reactivate",
            Self::Restore => "restore",
            Self::Deactivate => "deactivate",
            Self::Withdraw => "withdraw",
            Self::Unchanged => "unchanged",
            Self::PendingRemoval => "pending_removal",
            Self::Protected => "protected",
            Self::Unmanaged => "unmanaged",
            Self::Confirm => "confirm",
            Self::Conflict => "conflict",
            Self::Invalid => "invalid",
            Self::Unresolved => "unresolved",
            Self::OutOfScope => "out_of_scope",
        }
    }

    /// The kind with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

/// One line of a plan: what is planned for one person or training record, and why.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Action {
    /// The position in the plan, counted from 1.
    pub seq: u64,
    /// The flow.
    pub flow: String,
    /// What is planned.
    pub kind: ActionKind,
    /// The id in the source, if there is a source record or was one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub source_id: Option<String>,
    /// The id in the target, if the target has the person.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub target_id: Option<String>,
    /// The name of the person, for people who read the plan.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub label: Option<String>,
    /// The fields that change.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub changes: Vec<Change>,
    /// Why.
    pub reason: String,
    /// Why it is not applied although it is a write, such as an incomplete source.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub held: Option<String>,
}

impl Action {
    /// Whether it is applied, limits apart.
    pub fn is_due(&self) -> bool {
        self.kind.is_write() && self.held.is_none()
    }
}

/// A field that changes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// The field's name in the target.
    pub field: String,
    /// The value in the target; `null` if it has none.
    pub before: Value,
    /// The value to write; `null` clears.
    pub after: Value,
    /// Whether `before` is not what sync last applied.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub overwrites_manual_change: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_listed_and_has_a_name_of_its_own() {
        for kind in ActionKind::ALL {
            assert_eq!(ActionKind::from_name(kind.as_str()), Some(kind));
            assert_eq!(serde_json::to_value(kind).ok(), Some(kind.as_str().into()));
        }
        assert_eq!(ActionKind::from_name("delete"), None);
    }
}
