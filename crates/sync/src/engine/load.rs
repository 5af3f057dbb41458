//! Reads the two sides of a flow into the state file.
//!
//! Rows are mapped and stored by the thread of the state file while the next ones are read: one chunk is worked on and one
//! waits.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::future::BoxFuture;
use rusqlite::Connection;

use super::{Engine, Error, Progress};
use crate::config::Flow;
use crate::plan::{Mapping, WITHOUT_ID};
use crate::source::{ReadReport, Row, Source};
use crate::state::snapshots::SourcePerson;
use crate::state::staged::{self, Staged};
use crate::state::{Side, State, StateError};
use crate::target::{self, Directory, Names};

/// What a mapping needs, for the thread of the state file.
struct Mapped {
    flow: Flow,
    directory: Directory,
    names: Names,
}

impl Mapped {
    fn new(flow: &Flow, directory: Directory, names: &Names) -> Arc<Self> {
        Arc::new(Self { flow: flow.clone(), directory, names: names.clone() })
    }

    fn mapping(&self) -> Mapping<'_> {
        Mapping::new(&self.flow, self.directory, &self.names)
    }
}

/// Work on the state file that goes on while something else is done.
struct Behind<'a, T> {
    state: &'a State,
    last: Option<BoxFuture<'a, Result<T, StateError>>>,
}

impl<'a, T: Send + 'static> Behind<'a, T> {
    fn new(state: &'a State) -> Self {
        Self { state, last: None }
    }

    /// Queues work, then waits for the one before and returns its result.
    async fn push(
        &mut self,
        work: impl FnOnce(&mut Connection) -> Result<T, StateError> + Send + 'static,
    ) -> Result<Option<T>, Error> {
        let next = self.state.begin(work).await?;
        match self.last.replace(next) {
            Some(last) => Ok(Some(last.await?)),
            None => Ok(None),
        }
    }

    /// Waits for the last work.
    async fn finish(self) -> Result<Option<T>, Error> {
        match self.last {
            Some(last) => Ok(Some(last.await?)),
            None => Ok(None),
        }
    }
}

impl Engine {
    /// Reads the source of a flow into `source_person`.
    pub(super) async fn load_source(
        &self,
        flow: &Flow,
        directory: Directory,
        names: &Names,
    ) -> Result<ReadReport, Error> {
        let mapped = Mapped::new(flow, directory, names);
        let staged = self.begin_snapshot(Side::Source, flow).await?;
        let (mut records, mut without_id) = (0_u64, 0_u64);
        let mut behind = Behind::new(&self.state);
        let fields = mapped.mapping().source_fields();
        let read = Source::new(&flow.from)?
            .read_some(&self.services, &fields, async |rows: Vec<Row>| {
                let first = records + 1;
                records += rows.len() as u64;
                self.tell(|| Progress::Reading { flow: flow.name.clone(), side: Side::Source, records });
                let (mapped, staged) = (Arc::clone(&mapped), Arc::clone(&staged));
                let store = move |connection: &mut Connection| {
                    let mapping = mapped.mapping();
                    let people: Vec<SourcePerson> = (first..)
                        .zip(rows)
                        .map(|(ordinal, row)| mapping.source(ordinal, row.value, &row.lacking))
                        .collect();
                    lock(&staged).add_source(connection, &people)?;
                    Ok(people.iter().filter(|person| person.id.starts_with(WITHOUT_ID)).count() as u64)
                };
                without_id += behind.push(store).await?.unwrap_or_default();
                Ok(())
            })
            .await;
        let mut report: ReadReport = read.map_err(|error: Error| error)?;
        without_id += behind.finish().await?.unwrap_or_default();
        self.end_snapshot(staged, flow).await?;
        if without_id > 0 {
            report.incomplete.push(format!("{without_id} records have no id"));
        }
        Ok(report)
    }

    /// Reads the target of a flow into `target_person`.
    pub(super) async fn load_target(
        &self,
        flow: &Flow,
        directory: Directory,
        names: &Names,
    ) -> Result<ReadReport, Error> {
        let mapped = Mapped::new(flow, directory, names);
        let staged = self.begin_snapshot(Side::Target, flow).await?;
        let (mut unusable, mut first_problem, mut records) = (0, None, 0_u64);
        let mut note = |problems: Option<Vec<String>>| {
            let problems = problems.unwrap_or_default();
            unusable += problems.len();
            first_problem = first_problem.take().or(problems.into_iter().next());
        };
        let mut behind = Behind::new(&self.state);
        let read = Source::of_target(flow.to, target::expands(flow), flow.target_listing)?
            .read(&self.services, async |rows: Vec<Row>| {
                records += rows.len() as u64;
                self.tell(|| Progress::Reading { flow: flow.name.clone(), side: Side::Target, records });
                let (mapped, staged) = (Arc::clone(&mapped), Arc::clone(&staged));
                let store = move |connection: &mut Connection| {
                    let mapping = mapped.mapping();
                    let (mut people, mut problems) = (Vec::with_capacity(rows.len()), Vec::new());
                    for row in rows {
                        match mapping.target(row.value, &row.lacking) {
                            Ok(person) => people.push(person),
                            Err(problem) => problems.push(problem),
                        }
                    }
                    lock(&staged).add_target(connection, &people)?;
                    Ok(problems)
                };
                note(behind.push(store).await?);
                Ok(())
            })
            .await;
        let mut report: ReadReport = read.map_err(|error: Error| error)?;
        note(behind.finish().await?);
        self.end_snapshot(staged, flow).await?;
        if let Some(problem) = first_problem {
            report.incomplete.push(format!("{unusable} records cannot be used, the first because {problem}"));
        }
        Ok(report)
    }

    async fn begin_snapshot(&self, side: Side, flow: &Flow) -> Result<Arc<Mutex<Staged>>, Error> {
        let flow = flow.name.clone();
        let staged = self.state.call(move |connection| staged::begin(connection, &flow, side)).await?;
        Ok(Arc::new(Mutex::new(staged)))
    }

    async fn end_snapshot(&self, staged: Arc<Mutex<Staged>>, flow: &Flow) -> Result<(), Error> {
        let flow = flow.name.clone();
        Ok(self.state.call(move |connection| lock(&staged).finish(connection, &flow)).await?)
    }
}

/// Only the thread of the state file locks it.
fn lock(staged: &Mutex<Staged>) -> MutexGuard<'_, Staged> {
    staged.lock().unwrap_or_else(PoisonError::into_inner)
}
