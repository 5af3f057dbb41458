//! Finds deleted Genesys users, whom no listing shows: those of the identity map, and those who hold the e-mail address of
//! somebody to be created.

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use rusqlite::{Connection, params};

use super::work::CONCURRENCY;
use crate::config::Flow;
use crate::engine::{Engine, Error};
use crate::plan::{Mapping, references};
use crate::source::{Row, SourceError, find_genesys_user};
use crate::state::{StateError, snapshots};
use crate::target::{self, Directory, Names};

/// How many people are looked up between two visits of the state file.
const CHUNK: usize = 200;

/// Somebody in the source whom the listing of the target lacks.
struct Newcomer {
    source_id: String,
    /// The id in the target that the identity map has.
    target_id: Option<String>,
    email: String,
}

impl Engine {
    /// Adds deleted users to the snapshot of the target who stand where somebody would be created.
    pub(in crate::engine) async fn load_deleted(
        &self,
        flow: &Flow,
        names: &Names,
        only: Option<&str>,
    ) -> Result<(), Error> {
        let mapping = Mapping::new(flow, Directory::GenesysUsers, names);
        let expand = target::expands(flow);
        let name = flow.name.clone();
        self.state.call(move |connection| references::collect_emails(connection, &name)).await?;
        let mut after = String::new();
        loop {
            let (name, from, only) = (flow.name.clone(), after.clone(), only.map(str::to_owned));
            let newcomers =
                self.state.call(move |connection| newcomers(connection, &name, &from, only.as_deref())).await?;
            let Some(last) = newcomers.last() else { return Ok(()) };
            after.clone_from(&last.source_id);
            let found: Vec<Option<Row>> = stream::iter(newcomers)
                .map(|newcomer| self.find(newcomer, &expand))
                .buffered(CONCURRENCY)
                .try_collect()
                .await?;
            // A record that cannot be used is not restored; the service refuses the creation then.
            let people: Vec<_> =
                found.into_iter().flatten().filter_map(|row| mapping.target(row.value, &row.lacking).ok()).collect();
            let name = flow.name.clone();
            let insert = move |connection: &mut Connection| {
                snapshots::load(connection, |connection| {
                    people.iter().try_for_each(|person| snapshots::insert_target(connection, &name, person).map(drop))
                })
            };
            self.state.call(insert).await?;
        }
    }

    /// By id, which never lags, and else by e-mail address.
    async fn find(&self, newcomer: Newcomer, expand: &[String]) -> Result<Option<Row>, SourceError> {
        if let Some(id) = &newcomer.target_id
            && let Some(row) = find_genesys_user(&self.services, id, expand).await?.into_row()
        {
            return Ok(Some(row));
        }
        let found = self.services.genesys()?.users().find_deleted_by_email(newcomer.email).await;
        let found =
            found.map_err(|error| SourceError::Service { what: "deleted Genesys users by e-mail", read: 0, error })?;
        match found.and_then(|user| user.id) {
            Some(id) => Ok(find_genesys_user(&self.services, &id, expand).await?.into_row()),
            None => Ok(None),
        }
    }
}

fn newcomers(
    connection: &Connection,
    flow: &str,
    after: &str,
    only: Option<&str>,
) -> Result<Vec<Newcomer>, StateError> {
    let mut statement = connection.prepare_cached(
        "SELECT s.id, i.target_id, s.fields ->> 'email' FROM source_person s
         LEFT JOIN identity i ON i.flow = s.flow AND i.source_id = s.id
         LEFT JOIN target_person t ON t.flow = s.flow AND t.id = i.target_id
         WHERE s.flow = ?1 AND s.id > ?2 AND (?3 IS NULL OR ?3 IN (s.id, i.target_id)) AND s.status = 'wanted' AND t.id IS NULL
         AND s.fields ->> 'email' IS NOT NULL
         AND NOT EXISTS (SELECT 1 FROM target_email e WHERE e.email = lower(s.fields ->> 'email'))
         ORDER BY s.id LIMIT ?4",
    )?;
    let limit = i64::try_from(CHUNK).unwrap_or(i64::MAX);
    let rows = statement.query_map(params![flow, after, only, limit], |row| {
        Ok(Newcomer { source_id: row.get(0)?, target_id: row.get(1)?, email: row.get(2)? })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
