//! The work on a flow towards Genesys users, and the people with the steps that remain.

use std::collections::VecDeque;

use serde_json::{Map, Value};

use crate::config::Flow;
use crate::engine::Engine;
use crate::engine::apply::Request;
use crate::plan::{Action, ActionKind};
use crate::source::SourceError;
use crate::state::journal::Step;
use crate::target::{self, Names};

/// The part of a user that says what they may do.
pub(super) const AUTHORIZATION: &str = "authorization";

/// How many people are read or changed at the same time. The rate limit is the client's.
pub(super) const CONCURRENCY: usize = 8;

/// The steps of changes, in their order. That of managers follows when all of them are done.
pub(super) const ORDER: [Step; 6] =
    [Step::Create, Step::State, Step::Fields, Step::Division, Step::Skills, Step::Languages];

/// What a creation takes.
pub(super) const CREATED: [&str; 5] = ["name", "email", "title", "department", "division"];

/// What the work on a flow needs.
pub(super) struct Work<'a> {
    pub(super) flow: &'a Flow,
    pub(super) names: &'a Names,
    pub(super) client: &'a genesys_users::Client,
    /// The parts to read of each user.
    pub(super) expand: Vec<String>,
}

impl<'a> Work<'a> {
    pub(super) fn new(engine: &'a Engine, flow: &'a Flow, names: &'a Names) -> Result<Self, SourceError> {
        let mut expand = target::expands(flow);
        if flow.protect.administrators && !expand.iter().any(|part| part == AUTHORIZATION) {
            expand.push(AUTHORIZATION.to_owned());
        }
        Ok(Self { flow, names, client: engine.services.genesys()?, expand })
    }
}

/// Somebody with the steps that remain.
pub(super) struct Person {
    pub(super) action: Action,
    pub(super) target_id: Option<String>,
    /// The version that was read last; `None` if it has changed since.
    pub(super) version: Option<i64>,
    pub(super) steps: VecDeque<Step>,
    /// The manager's id.
    pub(super) manager: Option<Value>,
}

/// Somebody whose step has no outcome.
pub(in crate::engine) struct Stopped {
    pub(super) intent: i64,
    pub(super) action: Action,
    /// Whether other steps would have followed.
    pub(super) has_more: bool,
}

impl Person {
    /// Somebody with the steps of an action.
    pub(super) fn new(action: Action, target_id: Option<String>, version: Option<i64>) -> Self {
        let mut person = Self { action, target_id, version, steps: VecDeque::new(), manager: None };
        person.steps = ORDER.into_iter().filter(|step| person.has(*step)).collect();
        person
    }

    pub(super) fn has(&self, step: Step) -> bool {
        match (step, self.action.kind) {
            (Step::Create, kind) => kind == ActionKind::Create,
            (Step::State, kind) => {
                matches!(kind, ActionKind::Reactivate | ActionKind::Restore | ActionKind::Deactivate)
            }
            (_, ActionKind::Deactivate) => false,
            (step, _) => self.action.changes.iter().any(|change| self.step_of(&change.field) == step),
        }
    }

    /// The step that writes a field.
    pub(super) fn step_of(&self, field: &str) -> Step {
        match field {
            "manager" => Step::Manager,
            "skills" => Step::Skills,
            "languages" => Step::Languages,
            field if self.action.kind == ActionKind::Create && CREATED.contains(&field) => Step::Create,
            "division" => Step::Division,
            _ => Step::Fields,
        }
    }

    pub(super) fn request(&self, step: Step) -> Request {
        let fields: Map<String, Value> = match step {
            Step::Manager => self.manager.iter().map(|manager| ("manager".to_owned(), manager.clone())).collect(),
            step => {
                let changes = self.action.changes.iter().filter(|change| self.step_of(&change.field) == step);
                changes.map(|change| (change.field.clone(), change.after.clone())).collect()
            }
        };
        Request { fields, active: self.action.kind != ActionKind::Deactivate }
    }
}

pub(super) fn has_manager(action: &Action) -> bool {
    action.changes.iter().any(|change| change.field == "manager")
}
