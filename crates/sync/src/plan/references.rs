//! Whom a value refers to: people by e-mail address, and managers by id, by e-mail address or by their id in the source.

use rusqlite::{Connection, OptionalExtension as _, params};

use crate::state::StateError;

/// Whom a manager's value means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Manager {
    /// The target person with this id.
    Known(String),
    /// A source person who is not in the target yet.
    Pending,
    /// No one, or several.
    Unknown,
}

/// Fills the temporary tables `target_email` and `source_email` (email in lower case, id) of a flow. Of the source, only people
/// are in it who should be in the target.
pub(crate) fn collect_emails(connection: &Connection, flow: &str) -> Result<(), StateError> {
    for (side, condition) in [("target", ""), ("source", "AND status = 'wanted'")] {
        connection.execute_batch(&format!(
            "CREATE TEMP TABLE IF NOT EXISTS {side}_email (
                 email TEXT NOT NULL, id TEXT NOT NULL, PRIMARY KEY (email, id)) WITHOUT ROWID;
             DELETE FROM {side}_email;"
        ))?;
        connection.execute(
            &format!(
                "INSERT INTO {side}_email (email, id) SELECT lower(fields ->> 'email'), id FROM {side}_person
                 WHERE flow = ?1 AND fields ->> 'email' IS NOT NULL {condition}"
            ),
            [flow],
        )?;
    }
    Ok(())
}

/// The target person with an e-mail address, and what that person is. Needs [`collect_emails`].
pub(crate) fn holder(connection: &Connection, flow: &str, email: &str) -> Result<Option<(String, String)>, StateError> {
    let holder = connection
        .prepare_cached(
            "SELECT t.id, t.status FROM target_email e JOIN target_person t ON t.flow = ?1 AND t.id = e.id
             WHERE e.email = lower(?2) LIMIT 1",
        )?
        .query_row([flow, email], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    Ok(holder)
}

/// The pairs of a plan that is being made.
#[derive(Clone, Debug)]
pub(crate) struct Pairs {
    pub(crate) plan: i64,
    /// The passes whose pairs must be confirmed, and mean no one until then. As a JSON list.
    pub(crate) to_confirm: String,
}

/// Finds a manager. Needs [`collect_emails`]. Without the pairs of a plan, while one is applied, the identity map is
/// trusted: it has people who were created since the target was read.
pub(crate) fn manager(
    connection: &Connection,
    flow: &str,
    value: &str,
    pairs: Option<&Pairs>,
) -> Result<Manager, StateError> {
    let is_there = |id: &str| -> Result<bool, StateError> {
        let sql = "SELECT 1 FROM target_person WHERE flow = ?1 AND id = ?2 AND status <> 'deleted'";
        Ok(connection.prepare_cached(sql)?.exists([flow, id])?)
    };
    if is_there(value)? {
        return Ok(Manager::Known(value.to_owned()));
    }
    if let [id] = with_email(connection, "target", value)?.as_slice()
        && is_there(id)?
    {
        return Ok(Manager::Known(id.clone()));
    }
    let source_id = match with_email(connection, "source", value)?.as_slice() {
        [] => value.to_owned(),
        [id] => id.clone(),
        _ => return Ok(Manager::Unknown),
    };
    let target_id: Option<String> = connection
        .prepare_cached("SELECT target_id FROM identity WHERE flow = ?1 AND source_id = ?2")?
        .query_row([flow, &source_id], |row| row.get(0))
        .optional()?;
    if let Some(id) = target_id
        && (pairs.is_none() || is_there(&id)?)
    {
        return Ok(Manager::Known(id));
    }
    if let Some(pairs) = pairs
        && let Some(id) = paired(connection, flow, &source_id, pairs)?
        && is_there(&id)?
    {
        return Ok(Manager::Known(id));
    }
    let is_wanted = connection
        .prepare_cached("SELECT 1 FROM source_person WHERE flow = ?1 AND id = ?2 AND status = 'wanted'")?
        .exists(params![flow, source_id])?;
    Ok(if is_wanted { Manager::Pending } else { Manager::Unknown })
}

fn paired(connection: &Connection, flow: &str, source_id: &str, pairs: &Pairs) -> Result<Option<String>, StateError> {
    let found = connection
        .prepare_cached(
            "SELECT target_id FROM pairing WHERE plan = ?1 AND flow = ?2 AND source_id = ?3
             AND pass NOT IN (SELECT value FROM json_each(?4))",
        )?
        .query_row(params![pairs.plan, flow, source_id, pairs.to_confirm], |row| row.get(0))
        .optional()?;
    Ok(found)
}

/// Another source person with an e-mail address. Needs [`collect_emails`].
pub(crate) fn twin(connection: &Connection, source_id: &str, email: &str) -> Result<Option<String>, StateError> {
    Ok(with_email(connection, "source", email)?.into_iter().find(|id| id != source_id))
}

fn with_email(connection: &Connection, side: &str, email: &str) -> Result<Vec<String>, StateError> {
    if !email.contains('@') {
        return Ok(Vec::new());
    }
    let mut statement =
        connection.prepare_cached(&format!("SELECT id FROM {side}_email WHERE email = lower(?1) LIMIT 2"))?;
    let ids = statement.query_map([email], |row| row.get(0))?;
    Ok(ids.collect::<Result<_, _>>()?)
}
