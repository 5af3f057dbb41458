//! Reads the two sides of a flow into the state file.

use std::sync::Arc;

use rusqlite::Connection;

use super::{Engine, Error, Progress};
use crate::config::{Flow, GenesysListing};
use crate::plan::{Mapping, WITHOUT_ID};
use crate::source::{ReadReport, Row, Source};
use crate::state::Side;
use crate::state::snapshots::{self, SourcePerson};
use crate::target::{self, Directory, Names};

impl Engine {
    /// Reads the source of a flow into `source_person`.
    pub(super) async fn load_source(
        &self,
        flow: &Flow,
        directory: Directory,
        names: &Names,
    ) -> Result<ReadReport, Error> {
        let name: Arc<str> = flow.name.as_str().into();
        let mapping = Mapping::new(flow, directory, names);
        self.clear(Side::Source, &name).await?;
        let (mut ordinal, mut without_id) = (0_u64, 0_u64);
        let read = Source::new(&flow.from)?
            .read(&self.services, async |rows: Vec<Row>| {
                let people: Vec<SourcePerson> = (ordinal + 1..)
                    .zip(rows)
                    .map(|(ordinal, row)| mapping.source(ordinal, row.value, &row.lacking))
                    .collect();
                ordinal += people.len() as u64;
                self.tell(|| Progress::Reading { flow: flow.name.clone(), side: Side::Source, records: ordinal });
                without_id += people.iter().filter(|person| person.id.starts_with(WITHOUT_ID)).count() as u64;
                let name = Arc::clone(&name);
                let insert = move |connection: &mut Connection| {
                    snapshots::load(connection, |connection| {
                        people.iter().try_for_each(|person| snapshots::insert_source(connection, &name, person))
                    })
                };
                Ok(self.state.call(insert).await?)
            })
            .await;
        let mut report: ReadReport = read.map_err(|error: Error| error)?;
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
        let name: Arc<str> = flow.name.as_str().into();
        let mapping = Mapping::new(flow, directory, names);
        self.clear(Side::Target, &name).await?;
        let (mut unusable, mut first_problem, mut records) = (0_u64, None, 0_u64);
        let read = Source::of_target(flow.to, target::expands(flow), GenesysListing::default())?
            .read(&self.services, async |rows: Vec<Row>| {
                let mut people = Vec::with_capacity(rows.len());
                records += rows.len() as u64;
                self.tell(|| Progress::Reading { flow: flow.name.clone(), side: Side::Target, records });
                for row in rows {
                    match mapping.target(row.value, &row.lacking) {
                        Ok(person) => people.push(person),
                        Err(problem) => {
                            unusable += 1;
                            first_problem.get_or_insert(problem);
                        }
                    }
                }
                let name = Arc::clone(&name);
                let insert = move |connection: &mut Connection| {
                    snapshots::load(connection, |connection| {
                        people
                            .iter()
                            .try_for_each(|person| snapshots::insert_target(connection, &name, person).map(drop))
                    })
                };
                Ok(self.state.call(insert).await?)
            })
            .await;
        let mut report: ReadReport = read.map_err(|error: Error| error)?;
        if let Some(problem) = first_problem {
            report.incomplete.push(format!("{unusable} records cannot be used, the first because {problem}"));
        }
        Ok(report)
    }

    async fn clear(&self, side: Side, flow: &Arc<str>) -> Result<(), Error> {
        let flow = Arc::clone(flow);
        Ok(self.state.call(move |connection| snapshots::clear(connection, &flow, side)).await?)
    }
}
