//! The counts of a plan, and the limits on them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::ActionKind;
use crate::config::Limits;

/// The counts of a plan, by flow.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlanSummary {
    /// Whether it is about one person only.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub is_partial: bool,
    /// In the order of the sync file.
    pub flows: Vec<FlowSummary>,
}

/// The counts of a flow.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FlowSummary {
    /// The name of the flow.
    pub flow: String,
    /// How the source was read.
    pub source: SideSummary,
    /// How the target was read.
    pub target: SideSummary,
    /// The number of actions of each kind.
    pub counts: BTreeMap<ActionKind, u64>,
    /// The number of actions of each kind that are not applied, such as removals from an incomplete source.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    pub held: BTreeMap<ActionKind, u64>,
    /// The number of managed people who are active in the target.
    pub managed_active: u64,
    /// What the reader should know of the plan, such as a change of the time zone. Texts have no values of people.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub notes: Vec<String>,
    /// Why the flow is not applied at all. Empty if it is.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub kept_back: Vec<String>,
}

/// How a side was read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SideSummary {
    /// The number of records.
    pub rows: u64,
    /// Why the read is incomplete.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub incomplete: Vec<String>,
}

/// Limits of this run in place of those of the flow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Allowances {
    /// The most removals.
    pub removals: Option<u64>,
    /// The most creations.
    pub creations: Option<u64>,
    /// The most updates.
    pub updates: Option<u64>,
}

/// The number of actions that count against each limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Due {
    pub(crate) removals: u64,
    pub(crate) creations: u64,
    pub(crate) updates: u64,
}

impl FlowSummary {
    /// Counts an action.
    pub(crate) fn count(&mut self, action: &super::Action) {
        *self.counts.entry(action.kind).or_default() += 1;
        if action.held.is_some() {
            *self.held.entry(action.kind).or_default() += 1;
        }
    }

    /// The number of actions of this kind that are applied, limits apart.
    pub fn due(&self, kind: ActionKind) -> u64 {
        let of = |counts: &BTreeMap<ActionKind, u64>| counts.get(&kind).copied().unwrap_or_default();
        of(&self.counts).saturating_sub(of(&self.held))
    }

    /// Whether something would be written.
    pub fn has_changes(&self) -> bool {
        ActionKind::ALL.into_iter().any(|kind| kind.is_write() && self.due(kind) > 0)
    }

    /// What counts against each limit.
    pub(crate) fn due_by_limit(&self) -> Due {
        let due = |kinds: &[ActionKind]| kinds.iter().map(|kind| self.due(*kind)).sum::<u64>();
        Due {
            removals: due(&[ActionKind::Deactivate, ActionKind::Withdraw]),
            creations: due(&[ActionKind::Create, ActionKind::Restore]),
            updates: due(&[ActionKind::Update, ActionKind::Reactivate]),
        }
    }

    /// The most removals by the percentage: at least 1.
    pub(crate) fn percent_of_managed(&self, percent: u8) -> u64 {
        let most = u128::from(self.managed_active) * u128::from(percent) / 100;
        u64::try_from(most).unwrap_or(u64::MAX).max(1)
    }

    /// The limits that the flow is over.
    pub(crate) fn over(&self, limits: &Limits, allowed: &Allowances) -> Vec<String> {
        let Due { removals, creations, updates } = self.due_by_limit();
        let mut over = Vec::new();
        let mut check = |what: &str, count: u64, limit: u64, said: &str| {
            if count > limit {
                over.push(format!(
                    "{count} {what} exceed the limit of {limit} ({said}); --allow-{what} {count} replaces it for this run"
                ));
            }
        };
        match allowed.removals {
            Some(limit) => check("removals", removals, limit, "--allow-removals"),
            None => {
                check("removals", removals, limits.removals, "`limits.removals.max`");
                let percent = self.percent_of_managed(limits.removals_percent);
                let said =
                    format!("{} % of {} managed people who are active", limits.removals_percent, self.managed_active);
                check("removals", removals, percent, &said);
            }
        }
        if let Some(limit) = allowed.creations.or(limits.creations) {
            check("creations", creations, limit, "`limits.creations.max`");
        }
        if let Some(limit) = allowed.updates.or(limits.updates) {
            check("updates", updates, limit, "`limits.updates.max`");
        }
        over
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits =
        Limits { min_percent: 80, removals: 100, removals_percent: 5, creations: Some(10), updates: Some(20) };

    fn flow(counts: &[(ActionKind, u64)], managed_active: u64) -> FlowSummary {
        FlowSummary { counts: counts.iter().copied().collect(), managed_active, ..FlowSummary::default() }
    }

    #[test]
    fn both_limits_of_removals_hold_and_the_percentage_allows_one_at_least() {
        for (removals, managed, expected) in
            [(1, 0, 0), (1, 3, 0), (2, 3, 1), (5, 100, 0), (6, 100, 1), (100, 2000, 0), (101, 4000, 1), (101, 100, 2)]
        {
            let flow = flow(&[(ActionKind::Deactivate, removals)], managed);
            assert_eq!(flow.over(&LIMITS, &Allowances::default()).len(), expected, "{removals} of {managed}");
        }
    }

    #[test]
    fn an_allowance_replaces_the_limits_of_its_kind() {
        let flow = flow(&[(ActionKind::Deactivate, 50), (ActionKind::Create, 11), (ActionKind::Reactivate, 21)], 100);
        assert_eq!(flow.over(&LIMITS, &Allowances::default()).len(), 3);
        let allowed = Allowances { removals: Some(50), creations: Some(11), updates: Some(20) };
        let over = flow.over(&LIMITS, &allowed);
        assert_eq!(over.len(), 1);
        assert!(over[0].contains("21 updates exceed the limit of 20"), "{over:?}");
    }

    #[test]
    fn what_is_held_counts_against_no_limit() {
        let mut flow = flow(&[(ActionKind::Deactivate, 50)], 100);
        flow.held.insert(ActionKind::Deactivate, 50);
        assert_eq!(flow.over(&LIMITS, &Allowances::default()), Vec::<String>::new());
        assert!(!flow.has_changes());
    }
}
