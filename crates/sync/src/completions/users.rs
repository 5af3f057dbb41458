//! Finds the LMS user of a completion.

use rusqlite::{Connection, OptionalExtension as _, params};
use serde_json::Value;
use session_clusters::types::Completion;

use crate::config::{Flow, From};
use crate::engine::{Engine, Error};
use crate::expression::{Data, Expression};
use crate::plan::to_confirm;
use crate::source::{ReadReport, Row, Source};
use crate::state::{StateError, identities};
use crate::target::Directory;

/// Who a completion belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Owner {
    /// An LMS user.
    Known(String),
    /// No one yet: why. It names ids only.
    Unresolved(String),
    /// Several: who.
    Ambiguous(String),
    /// The expression does not take the completion.
    Invalid(String),
}

/// How the LMS user of a completion is found.
#[derive(Clone, Debug)]
pub(super) struct Owners {
    user: Option<Expression>,
    link: Option<Link>,
}

/// A flow that finds who is who.
#[derive(Clone, Debug)]
struct Link {
    flow: String,
    /// Whether its source ids are those of session users. Otherwise they are `remoteId`s.
    by_session_user: bool,
    /// The passes whose pairs must be confirmed: until then, they identify no one.
    to_confirm: Vec<i64>,
}

impl Owners {
    /// By the settings of a flow.
    ///
    /// # Errors
    /// If the link flow is not there, or neither way is set.
    pub(super) fn new(flow: &Flow, flows: &[Flow]) -> Result<Self, Error> {
        let settings = flow.completions.as_ref();
        let user = settings.and_then(|settings| settings.user.clone());
        let named = settings.and_then(|settings| settings.identities.as_deref());
        let link = match named {
            None => None,
            Some(name) => {
                let link = flows.iter().find(|flow| flow.name == name);
                let missing =
                    || Error::Refused(format!("flow `{}`: `completions.identities` names no flow", flow.name));
                Some(Link::new(link.ok_or_else(missing)?))
            }
        };
        if user.is_none() && link.is_none() {
            return Err(Error::Refused(format!(
                "flow `{}`: `completions.user` or `completions.identities` is required",
                flow.name
            )));
        }
        Ok(Self { user, link })
    }

    /// Whether the listing of session users is needed.
    pub(super) fn needs_session_users(&self) -> bool {
        self.link.as_ref().is_some_and(|link| link.by_session_user)
    }

    /// The LMS user of a completion: the expression's, or the one that the link flow knows.
    pub(super) fn find(
        &self,
        connection: &Connection,
        plan: i64,
        completion: &Completion,
    ) -> Result<Owner, StateError> {
        let mut why = "`completions.user` gives no value".to_owned();
        if let Some(user) = &self.user {
            match user.apply(&Data::new(serde_json::to_value(completion).unwrap_or_default())) {
                Ok(Value::String(text)) if !text.trim().is_empty() => return Ok(Owner::Known(text)),
                Ok(Value::Number(number)) => return Ok(Owner::Known(number.to_string())),
                Ok(Value::Null | Value::String(_)) => {}
                Ok(_) => return Ok(Owner::Invalid("`completions.user` must give a text".to_owned())),
                Err(error) => return Ok(Owner::Invalid(format!("`completions.user`: {error}"))),
            }
        }
        if let Some(link) = &self.link {
            let Some(remote_id) = completion.remote_user_id.as_deref().filter(|id| !id.is_empty()) else {
                return Ok(Owner::Unresolved("it has no `remoteUserId`".to_owned()));
            };
            let source_id = match link.by_session_user {
                false => remote_id.to_owned(),
                true => match &session_users(connection, remote_id)?[..] {
                    [] => return Ok(Owner::Unresolved(format!("no session user has the `remoteId` {remote_id}"))),
                    [id] => id.clone(),
                    ids => {
                        let ids = ids.join(", ");
                        return Ok(Owner::Ambiguous(format!("several session users have its `remoteUserId`: {ids}")));
                    }
                },
            };
            match link.target(connection, plan, &source_id)? {
                Some(user_id) => return Ok(Owner::Known(user_id)),
                None => why = format!("flow `{}` knows no LMS user of {source_id}", link.flow),
            }
        }
        Ok(Owner::Unresolved(why))
    }
}

impl Link {
    fn new(flow: &Flow) -> Self {
        Self {
            flow: flow.name.clone(),
            by_session_user: flow.from == From::SessionUsers,
            to_confirm: to_confirm(Directory::LmsUsers, &flow.identity.passes),
        }
    }

    /// The target person of a source person: by a pair of the same plan, which becomes an identity before the completions are
    /// sent, or by the identity map.
    fn target(&self, connection: &Connection, plan: i64, source_id: &str) -> Result<Option<String>, StateError> {
        let pair = connection
            .prepare_cached("SELECT target_id, pass FROM pairing WHERE plan = ?1 AND flow = ?2 AND source_id = ?3")?
            .query_row(params![plan, self.flow, source_id], |row| Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?)))
            .optional()?;
        match pair.filter(|(_, pass)| !self.to_confirm.contains(pass)) {
            Some((target_id, _)) => Ok(Some(target_id)),
            None => Ok(identities::by_source(connection, &self.flow, source_id)?.map(|identity| identity.target_id)),
        }
    }
}

impl Engine {
    /// Reads the session users into the temporary table `session_user`.
    pub(super) async fn load_session_users(&self) -> Result<ReadReport, Error> {
        let begin = |connection: &mut Connection| {
            connection.execute_batch(
                "CREATE TEMP TABLE IF NOT EXISTS session_user (remote_id TEXT NOT NULL, id TEXT NOT NULL);
                 CREATE INDEX IF NOT EXISTS temp.session_user_by_remote_id ON session_user (remote_id);
                 DELETE FROM temp.session_user;",
            )?;
            Ok(())
        };
        self.state.call(begin).await?;
        let add = async |rows: Vec<Row>| -> Result<(), Error> {
            let text = |row: &Row, field| row.value.get(field).and_then(Value::as_str).map(str::to_owned);
            let users: Vec<_> =
                rows.iter().filter_map(|row| Some((text(row, "remoteId")?, text(row, "id")?))).collect();
            Ok(self.state.call(move |connection| add_session_users(connection, &users)).await?)
        };
        Source::SessionUsers.read(&self.services, add).await
    }
}

fn add_session_users(connection: &mut Connection, users: &[(String, String)]) -> Result<(), StateError> {
    let transaction = connection.transaction()?;
    for (remote_id, id) in users {
        transaction
            .prepare_cached("INSERT INTO temp.session_user (remote_id, id) VALUES (?1, ?2)")?
            .execute([remote_id, id])?;
    }
    transaction.commit()?;
    Ok(())
}

/// Up to two session users with a `remoteId`.
fn session_users(connection: &Connection, remote_id: &str) -> Result<Vec<String>, StateError> {
    let mut statement =
        connection.prepare_cached("SELECT id FROM temp.session_user WHERE remote_id = ?1 ORDER BY id LIMIT 2")?;
    let ids = statement.query_map([remote_id], |row| row.get(0))?.collect::<Result<_, _>>()?;
    Ok(ids)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Pass;

    fn link(passes: &[bool]) -> Link {
        let pass = |confirm: &bool| {
            let expression = || Expression::parse("id").expect("an expression");
            Pass { name: "id".to_owned(), source: expression(), target: expression(), confirm: *confirm }
        };
        let passes: Vec<Pass> = passes.iter().map(pass).collect();
        Link { flow: "link".to_owned(), by_session_user: false, to_confirm: to_confirm(Directory::LmsUsers, &passes) }
    }

    #[test]
    fn a_pair_of_the_plan_is_used_unless_it_must_be_confirmed_and_the_identity_map_otherwise() {
        let connection = Connection::open_in_memory().expect("a database");
        connection
            .execute_batch(
                "CREATE TABLE pairing (plan, flow, source_id, target_id, pass);
                 CREATE TABLE identity (flow, source_id, target_id, origin, since_run, applied, deactivated_by_sync,
                                        missing_since, missing_reads);
                 INSERT INTO pairing VALUES (7, 'link', 'paired', 'u1', 0), (7, 'link', 'to confirm', 'u2', 1),
                                            (6, 'link', 'of another plan', 'u3', 0), (7, 'other', 'elsewhere', 'u4', 0);
                 INSERT INTO identity VALUES ('link', 'known', 'u5', 'matched', 1, NULL, 0, NULL, 0)",
            )
            .expect("tables");
        let link = link(&[false, true]);
        let found = |source_id: &str| link.target(&connection, 7, source_id).expect("looked up");
        assert_eq!(found("paired").as_deref(), Some("u1"));
        assert_eq!(found("known").as_deref(), Some("u5"));
        for unknown in ["to confirm", "of another plan", "elsewhere", "no one"] {
            assert_eq!(found(unknown), None, "{unknown}");
        }
    }
}
