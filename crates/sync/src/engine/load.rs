//! Reads the two sides of a flow into the state file.
//!
//! Rows are mapped and stored by the thread of the state file while the next ones are read: one chunk is worked on and one
//! waits.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::future::BoxFuture;
use rusqlite::Connection;
use sha2::{Digest as _, Sha256};

use super::{Engine, Error, Progress};
use crate::config::Flow;
use crate::expression::Paths;
use crate::hex::add_text;
use crate::plan::{Mapping, WITHOUT_ID};
use crate::source::{Context, ReadReport, Record, Row, Source};
use crate::state::staged::{self, Staged};
use crate::state::{Side, State, StateError};
use crate::target::{self, Directory, Names};

/// Has to change whenever the same record gives another row than before in the same version.
const MAPPING: &str = "1";

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

/// Adds a person to a snapshot, with the digest of the record. Returns why the record is of no use, if it is.
type Add = fn(&Mapping<'_>, &mut Staged, &Connection, Row, Option<u128>) -> Result<Option<String>, StateError>;

fn add_source(
    mapping: &Mapping<'_>,
    staged: &mut Staged,
    connection: &Connection,
    row: Row,
    digest: Option<u128>,
) -> Result<Option<String>, StateError> {
    let person = mapping.source(staged.position(), row.value, &row.lacking);
    let has_id = !person.id.starts_with(WITHOUT_ID);
    staged.add_source(connection, &person, digest.filter(|_| has_id))?;
    Ok((!has_id).then(|| "it has no id".to_owned()))
}

fn add_target(
    mapping: &Mapping<'_>,
    staged: &mut Staged,
    connection: &Connection,
    row: Row,
    digest: Option<u128>,
) -> Result<Option<String>, StateError> {
    match mapping.target(row.value, &row.lacking) {
        Ok(person) => staged.add_target(connection, &person, digest).map(|()| None),
        Err(problem) => Ok(Some(problem)),
    }
}

/// What a chunk of records was found to be.
#[derive(Default)]
struct Found {
    report: ReadReport,
    /// How many records are of no use, and why the first is not.
    useless: u64,
    first_problem: Option<String>,
    /// Records that the last snapshot has. The thread that made them frees them: threads that free each other's memory wait for the
    /// allocator.
    known: Vec<Record>,
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
        let fields = mapped.mapping().source_fields();
        let found = self.load(Side::Source, &Source::new(&flow.from)?, &fields, mapped, add_source).await?;
        let mut report = found.report;
        if found.useless > 0 {
            report.incomplete.push(format!("{} records have no id", found.useless));
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
        let target = Source::of_target(flow.to, target::expands(flow), flow.target_listing)?;
        let found = self.load(Side::Target, &target, &Paths::All, mapped, add_target).await?;
        let mut report = found.report;
        if let Some(problem) = found.first_problem {
            report.incomplete.push(format!("{} records cannot be used, the first because {problem}", found.useless));
        }
        Ok(report)
    }

    async fn load(
        &self,
        side: Side,
        from: &Source,
        fields: &Paths,
        mapped: Arc<Mapped>,
        add: Add,
    ) -> Result<Found, Error> {
        let flow = &mapped.flow;
        let staged = self.begin_snapshot(side, flow).await?;
        let mut reading = from.open_some(&self.services, fields, self.context(side, &mapped))?;
        let (mut all, mut records) = (Found::default(), 0_u64);
        let mut behind = Behind::new(&self.state);
        let mut note = |found: Option<Found>| {
            let found = found.unwrap_or_default();
            all.useless += found.useless;
            all.first_problem = all.first_problem.take().or(found.first_problem);
            found.report
        };
        while let Some(chunk) = reading.next_records().await? {
            records += chunk.len() as u64;
            self.tell(|| Progress::Reading { flow: flow.name.clone(), side, records });
            let (mapped, staged) = (Arc::clone(&mapped), Arc::clone(&staged));
            let store = move |connection: &mut Connection| store(connection, &mapped.mapping(), &staged, chunk, add);
            let found = behind.push(store).await?;
            reading.add(note(found));
        }
        let found = behind.finish().await?;
        reading.add(note(found));
        self.end_snapshot(staged, flow).await?;
        Ok(Found { report: reading.finish(), ..all })
    }

    /// What the rows of a side depend on beside the records; `None` if that is not known.
    fn context(&self, side: Side, mapped: &Mapped) -> Option<Context> {
        let texts = [env!("CARGO_PKG_VERSION"), MAPPING, &self.file.hash, &mapped.flow.name, side.as_str()];
        let mut hash = Sha256::new();
        texts.into_iter().for_each(|text| add_text(&mut hash, Some(text)));
        // What has a name changes in the service, and not in the sync file.
        mapped.names.is_empty().then(|| hash.finalize().into())
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

/// Adds a chunk of records to a snapshot. Those that the last one has do not become rows.
fn store(
    connection: &Connection,
    mapping: &Mapping<'_>,
    staged: &Mutex<Staged>,
    records: Vec<Record>,
    add: Add,
) -> Result<Found, StateError> {
    let (mut staged, mut found) = (lock(staged), Found::default());
    let transaction = connection.unchecked_transaction()?;
    found.known.reserve(records.len());
    for record in records {
        let digest = record.digest();
        if staged.has(digest) {
            found.report.rows += 1;
            found.known.push(record);
            continue;
        }
        let Some(row) = found.report.count(record.into_row()) else { continue };
        // A part that did not come is counted each time.
        let digest = digest.filter(|_| row.lacking.is_empty());
        if let Some(problem) = add(mapping, &mut staged, &transaction, row, digest)? {
            found.useless += 1;
            found.first_problem.get_or_insert(problem);
        }
    }
    transaction.commit()?;
    Ok(found)
}

/// Only the thread of the state file locks it.
fn lock(staged: &Mutex<Staged>) -> MutexGuard<'_, Staged> {
    staged.lock().unwrap_or_else(PoisonError::into_inner)
}
