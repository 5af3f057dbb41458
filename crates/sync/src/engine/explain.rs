//! What a plan knows of one person.

use rusqlite::Connection;

use super::{Engine, Error};
use crate::plan::Action;
use crate::state::StateError;
use crate::state::identities::{self, Identity};
use crate::state::ledger::{self, LedgerRow};
use crate::state::plans::{self, ActionFilter};
use crate::state::snapshots::{self, SourcePerson, TargetPerson};
use crate::target::Directory;

/// What a flow knows of one person, after a plan.
#[derive(Clone, Debug, PartialEq)]
pub struct Explanation {
    /// The name of the flow.
    pub flow: String,
    /// The person in the source, as it was last read.
    pub source: Option<SourcePerson>,
    /// The person in the target, as it was last read.
    pub target: Option<TargetPerson>,
    /// The person in the identity map.
    pub identity: Option<Identity>,
    /// The pass that found the pair, if the identity map does not have it.
    pub pass: Option<String>,
    /// The training record of a completion.
    pub record: Option<LedgerRow>,
    /// What is planned; `None` if the person is as it should be.
    pub action: Option<Action>,
}

impl Engine {
    /// What each flow knows of the person with this id in the source or in the target, after a plan for this person only.
    /// Flows that do not know the person are left out. A flow of completions knows a completion by its id and by that of its
    /// training record, and people by what is planned for them.
    ///
    /// # Errors
    /// If the state file fails.
    pub async fn explain(&self, plan: i64, person: &str) -> Result<Vec<Explanation>, Error> {
        let mut found = Vec::new();
        for flow in &self.file.flows {
            let Some(directory) = Directory::of(flow.to) else {
                let (name, person) = (flow.name.clone(), person.to_owned());
                let explain = move |connection: &mut Connection| completions(connection, plan, &name, &person);
                found.extend(self.state.call(explain).await?);
                continue;
            };
            let implied = directory.key_field().map(str::to_owned).into_iter();
            let passes: Vec<String> =
                implied.chain(flow.identity.passes.iter().map(|pass| pass.name.clone())).collect();
            let (name, person) = (flow.name.clone(), person.to_owned());
            let explain = move |connection: &mut Connection| explain(connection, plan, &name, &passes, &person);
            found.extend(self.state.call(explain).await?);
        }
        Ok(found)
    }
}

fn explain(
    connection: &Connection,
    plan: i64,
    flow: &str,
    passes: &[String],
    person: &str,
) -> Result<Option<Explanation>, StateError> {
    let identity = match identities::by_source(connection, flow, person)? {
        None => identities::by_target(connection, flow, person)?,
        found => found,
    };
    let pairing = plans::pairing_of(connection, plan, flow, person)?;
    let pair = identity
        .as_ref()
        .map(|it| (it.source_id.clone(), it.target_id.clone()))
        .or_else(|| pairing.as_ref().map(|it| (it.source_id.clone(), it.target_id.clone())));
    let (source_id, target_id) = pair.unwrap_or_else(|| (person.to_owned(), person.to_owned()));
    let source = snapshots::source(connection, flow, &source_id)?;
    let target = snapshots::target(connection, flow, &target_id)?;
    let mut action = None;
    plans::each_action(connection, plan, ActionFilter { flow: Some(flow), kind: None }, |it| {
        let is_of = |id: &Option<String>, of: &str| id.as_deref() == Some(of);
        if is_of(&it.source_id, &source_id) || is_of(&it.target_id, &target_id) {
            action.get_or_insert(it);
        }
        Ok(())
    })?;
    if source.is_none() && target.is_none() && identity.is_none() && action.is_none() {
        return Ok(None);
    }
    let pass = pairing.and_then(|it| passes.get(usize::try_from(it.pass).ok()?).cloned());
    Ok(Some(Explanation { flow: flow.to_owned(), source, target, identity, pass, record: None, action }))
}

/// What a plan for one person has of completions, or else the completion or training record with this id.
fn completions(connection: &Connection, plan: i64, flow: &str, id: &str) -> Result<Vec<Explanation>, StateError> {
    let of = |record: Option<LedgerRow>, action: Option<Action>| Explanation {
        flow: flow.to_owned(),
        source: None,
        target: None,
        identity: None,
        pass: None,
        record,
        action,
    };
    let mut found = Vec::new();
    plans::each_action(connection, plan, ActionFilter { flow: Some(flow), kind: None }, |action| {
        let record = match &action.source_id {
            Some(completion) => ledger::get(connection, flow, completion)?,
            None => None,
        };
        found.push(of(record, Some(action)));
        Ok(())
    })?;
    if found.is_empty() {
        let record = match ledger::get(connection, flow, id)? {
            None => ledger::by_record(connection, flow, id)?,
            found => found,
        };
        found.extend(record.map(|record| of(Some(record), None)));
    }
    Ok(found)
}
