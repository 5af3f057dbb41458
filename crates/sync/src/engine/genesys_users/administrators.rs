//! Who may administer Genesys Cloud, and is not touched: a mistake in a mapping must not lock out those who could undo it.

use futures_util::{StreamExt as _, stream};
use genesys_users::types::UserAuthorization;
use rusqlite::Connection;
use serde_json::Value;

use super::work::{AUTHORIZATION, CONCURRENCY};
use crate::config::Flow;
use crate::engine::{Engine, Error};
use crate::plan::{ActionKind, FlowSummary};
use crate::source::find_genesys_user;
use crate::state::plans;

/// Writes to somebody who exists.
const KINDS: &[ActionKind] = &[ActionKind::Update, ActionKind::Reactivate, ActionKind::Restore, ActionKind::Deactivate];

/// How many people are looked up between two visits of the state file.
const CHUNK: usize = 200;

/// The permission to give permissions.
const GRANTING: [&str; 3] = ["authorization", "grant", "add"];

impl Engine {
    /// Protects administrators from the writes of a plan.
    pub(in crate::engine) async fn protect_administrators(
        &self,
        plan: i64,
        flow: &Flow,
        summary: &mut FlowSummary,
    ) -> Result<(), Error> {
        if !flow.protect.administrators {
            return Ok(());
        }
        let mut after = 0;
        loop {
            let name = flow.name.clone();
            let due = move |connection: &mut Connection| plans::due(connection, plan, &name, KINDS, after, CHUNK);
            let actions = self.state.call(due).await?;
            let Some(last) = actions.last() else { return Ok(()) };
            after = last.seq;
            let protected: Vec<_> = stream::iter(actions)
                .map(|action| async move {
                    let reason = self.why_protected(action.target_id.as_deref().unwrap_or_default()).await?;
                    Some((action, reason))
                })
                .buffered(CONCURRENCY)
                .filter_map(async |protected| protected)
                .collect()
                .await;
            for (action, _) in &protected {
                if let Some(count) = summary.counts.get_mut(&action.kind) {
                    *count = count.saturating_sub(1);
                }
                *summary.counts.entry(ActionKind::Protected).or_default() += 1;
            }
            let protect = move |connection: &mut Connection| {
                let transaction = connection.transaction()?;
                for (action, reason) in &protected {
                    let reason = format!("{reason}: {}", action.kind.as_str());
                    plans::protect(&transaction, plan, action.seq, &reason)?;
                }
                Ok(transaction.commit()?)
            };
            self.state.call(protect).await?;
        }
    }

    /// Why a user is not touched, if so.
    async fn why_protected(&self, id: &str) -> Option<String> {
        match find_genesys_user(&self.services, id, &[AUTHORIZATION.to_owned()]).await {
            Ok(found) => self.why_protected_as_read(id, found.row().map(|row| &row.value)).await,
            Err(_) => Some(UNREADABLE.to_owned()),
        }
    }

    /// The same for a user who was read with their authorization.
    pub(super) async fn why_protected_as_read(&self, id: &str, user: Option<&Value>) -> Option<String> {
        let part = user
            .and_then(|user| user.get(AUTHORIZATION))
            .and_then(|part| serde_json::from_value::<UserAuthorization>(part.clone()).ok().filter(says_something));
        let authorization = match part {
            Some(part) => Some(part),
            None => match self.services.genesys() {
                Ok(client) => client.roles(id).get().await.ok().filter(says_something),
                Err(_) => None,
            },
        };
        match authorization {
            Some(authorization) => administers(&authorization).then(|| ADMINISTERS.to_owned()),
            // Deleted users have no roles, and no roles can be read of them.
            None if user.and_then(|user| user.get("state")).and_then(Value::as_str) == Some("deleted") => None,
            None => Some(UNREADABLE.to_owned()),
        }
    }
}

const ADMINISTERS: &str = "`protect.administrators`: it may administer";
const UNREADABLE: &str = "`protect.administrators`: its roles cannot be read";

/// Roles without permissions say nothing of what somebody may do.
fn says_something(authorization: &UserAuthorization) -> bool {
    authorization.permissions.is_some() || authorization.permission_policies.is_some()
}

fn administers(authorization: &UserAuthorization) -> bool {
    let by_permission = authorization.permissions.iter().flatten().any(|permission| grants(permission.split(':')));
    let by_policy = authorization.permission_policies.iter().flatten().any(|policy| {
        let domain = policy.domain.as_deref().unwrap_or_default();
        let entity = policy.entity_name.as_deref().unwrap_or("*");
        policy.action_set.iter().flatten().any(|action| grants([domain, entity, action].into_iter()))
    });
    by_permission || by_policy
}

/// Whether a permission in its parts is `authorization:grant:add`, or one with `*` that includes it.
fn grants<'a>(mut parts: impl Iterator<Item = &'a str>) -> bool {
    let mut is_last_any = false;
    for wanted in GRANTING {
        match parts.next() {
            Some(part) => {
                is_last_any = part == "*";
                if !is_last_any && part != wanted {
                    return false;
                }
            }
            // `*` and `authorization:*` include all that is below.
            None => return is_last_any,
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn those_who_may_give_permissions_administer() {
        for (authorization, expected) in [
            (json!({ "permissions": ["directory:user:view", "authorization:grant:add"] }), true),
            (json!({ "permissions": ["*"] }), true),
            (json!({ "permissions": ["authorization:*"] }), true),
            (json!({ "permissions": ["authorization:grant:*"] }), true),
            (
                json!({ "permissions": ["authorization:grant:delete", "authorization:role:add", "authorization"] }),
                false,
            ),
            (json!({ "permissions": ["directory:*:*"] }), false),
            (json!({ "permissions": [] }), false),
            (
                json!({ "permissionPolicies": [{ "domain": "authorization", "entityName": "grant", "actionSet": ["add"] }] }),
                true,
            ),
            (json!({ "permissionPolicies": [{ "domain": "*", "actionSet": ["*"] }] }), true),
            (
                json!({ "permissionPolicies": [{ "domain": "authorization", "entityName": "grant", "actionSet": ["view"] }] }),
                false,
            ),
        ] {
            let read: Option<UserAuthorization> = serde_json::from_value(authorization.clone()).ok();
            assert_eq!(read.as_ref().map(administers), Some(expected), "{authorization}");
        }
    }
}
