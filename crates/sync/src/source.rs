//! Reads people, and says whether it read all of them.
//!
//! A [`Source`] is opened with the [`Services`] of the run, and read in chunks. Memory does not grow with the directory,
//! except for about 40 bytes for each person of a service, which find people who are listed twice. A read that fails is an error
//! and never a short list; a read that ends without having seen everybody says why in its [`ReadReport`].
//!
//! | module | what it has |
//! | --- | --- |
//! | `file` | people of a CSV or JSON-lines file |
//! | `genesys` | listings of Genesys users by page number or by cursor, and the look-up of one user in any state |
//! | `fields` | some fields of a record as JSON |
//! | `lms` | users of the LMS, one export for each status |
//! | `sessions` | session users |
//! | `listing` | what listings in pages have in common: totals, repeated people, people who cannot be read |
//! | `record` | records before they are rows, with digests of those of listings |
//! | `report` | what a read found |

mod error;
mod fields;
mod file;
mod genesys;
mod listing;
mod lms;
mod record;
mod report;
mod sessions;

pub use error::SourceError;
pub use genesys::{GenesysPerson, find_genesys_user};
pub(crate) use record::{Context, Record};
pub(crate) use report::EMPTY_LIST;
pub use report::{MAX_PROBLEMS, ReadReport};

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::Value;

use crate::config::{From, GenesysListing, To, field_of_part};
use crate::expression::Paths;

/// The largest number of rows in a chunk.
pub const CHUNK: usize = 1_000;

/// The clients of a run. A service that no flow needs is `None`.
#[derive(Clone, Debug, Default)]
pub struct Services {
    /// Genesys Cloud.
    pub genesys: Option<genesys_users::Client>,
    /// The LMS.
    pub lms: Option<peoplefluent_lms::Client>,
    /// The session service.
    pub sessions: Option<session_clusters::Client>,
}

impl Services {
    /// The client of Genesys Cloud.
    ///
    /// # Errors
    /// If there is none.
    pub fn genesys(&self) -> Result<&genesys_users::Client, SourceError> {
        self.genesys.as_ref().ok_or(SourceError::NotConfigured { service: "Genesys Cloud" })
    }

    /// The client of the LMS.
    ///
    /// # Errors
    /// If there is none.
    pub fn lms(&self) -> Result<&peoplefluent_lms::Client, SourceError> {
        self.lms.as_ref().ok_or(SourceError::NotConfigured { service: "the LMS" })
    }

    /// The client of the session service.
    ///
    /// # Errors
    /// If there is none.
    pub fn sessions(&self) -> Result<&session_clusters::Client, SourceError> {
        self.sessions.as_ref().ok_or(SourceError::NotConfigured { service: "the session service" })
    }
}

impl Services {
    /// The address of each service. A plan belongs to them.
    pub(crate) fn addresses(&self) -> BTreeMap<&'static str, String> {
        let genesys = self.genesys.as_ref().map(|client| ("genesys", client.api().transport().base_url().to_owned()));
        let lms = self.lms.as_ref().map(|client| ("lms", client.api().transport().base_url().to_owned()));
        let sessions =
            self.sessions.as_ref().map(|client| ("sessions", client.api().transport().base_url().to_owned()));
        genesys.into_iter().chain(lms).chain(sessions).collect()
    }
}

/// A person as a source lists them.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// The JSON row that the command line's listing prints: an object.
    pub value: Value,
    /// The parts that were asked for with `expand` and are absent: nothing is known about them. As in the sync file.
    pub lacking: Vec<String>,
}

impl Row {
    /// A row that lacks nothing.
    fn complete(value: Value) -> Self {
        Self { value, lacking: Vec::new() }
    }

    /// A row of a record for which these parts were asked for.
    fn of(value: Value, expand: &[String]) -> Self {
        let has = |part: &str| {
            let found = field_of_part(part).split('.').try_fold(&value, |value, name| value.get(name));
            found.is_some_and(|value| !value.is_null())
        };
        let lacking = expand.iter().filter(|part| !has(part)).cloned().collect();
        Self { value, lacking }
    }
}

/// Where people are read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// Genesys users, active and inactive.
    GenesysUsers {
        /// The parts to read for each user.
        expand: Vec<String>,
        /// The operation that lists them.
        listing: GenesysListing,
    },
    /// LMS users of every status.
    LmsUsers,
    /// Session users, active and inactive.
    SessionUsers,
    /// The rows of a file. An empty cell of CSV is an empty text.
    File {
        /// The file.
        path: PathBuf,
        /// How many rows it has, if that is known.
        expect_rows: Option<u64>,
    },
}

impl Source {
    /// The people that a flow comes from.
    ///
    /// # Errors
    /// If it comes from session completions, which are not people.
    pub fn new(from: &From) -> Result<Self, SourceError> {
        Ok(match from {
            From::GenesysUsers { expand, listing } => Self::GenesysUsers { expand: expand.clone(), listing: *listing },
            From::SessionUsers => Self::SessionUsers,
            From::LmsUsers => Self::LmsUsers,
            From::File { path, expect_rows } => Self::File { path: path.clone(), expect_rows: *expect_rows },
            From::SessionCompletions => {
                return Err(SourceError::NoPeople("session-completions"));
            }
        })
    }

    /// The people that a flow goes to. `expand` and `listing` are for Genesys users.
    ///
    /// # Errors
    /// If it goes to training records, which are not people.
    pub fn of_target(to: To, expand: Vec<String>, listing: GenesysListing) -> Result<Self, SourceError> {
        match to {
            To::SessionUsers => Ok(Self::SessionUsers),
            To::GenesysUsers => Ok(Self::GenesysUsers { expand, listing }),
            To::LmsUsers => Ok(Self::LmsUsers),
            To::LmsExternalTraining => Err(SourceError::NoPeople("lms-external-training")),
        }
    }

    /// Begins to read. Nothing is requested before [`Reading::next`].
    ///
    /// # Errors
    /// If the service is not configured.
    pub fn open(&self, services: &Services) -> Result<Reading, SourceError> {
        self.open_some(services, &Paths::All, None)
    }

    /// The same; rows need not have other fields than these, and depend on the context besides.
    pub(crate) fn open_some(
        &self,
        services: &Services,
        fields: &Paths,
        context: Option<Context>,
    ) -> Result<Reading, SourceError> {
        let kind = match self {
            Self::GenesysUsers { expand, listing } => {
                Kind::Genesys(genesys::Users::new(services.genesys()?, expand, *listing, fields, context))
            }
            Self::LmsUsers => Kind::Lms(lms::Users::new(services.lms()?)),
            Self::File { path, expect_rows } => Kind::File(file::Rows::new(path, *expect_rows)),
            Self::SessionUsers => Kind::Sessions(Box::new(sessions::Users::new(services.sessions()?, context))),
        };
        Ok(Reading { kind, report: ReadReport::default(), state: State::Open })
    }

    /// Reads everybody, in chunks of at most [`CHUNK`] rows.
    ///
    /// # Errors
    /// If the source cannot be read, or that of the sink.
    pub async fn read<E: std::convert::From<SourceError>>(
        &self,
        services: &Services,
        mut sink: impl AsyncFnMut(Vec<Row>) -> Result<(), E>,
    ) -> Result<ReadReport, E> {
        let mut reading = self.open(services)?;
        while let Some(rows) = reading.next().await? {
            sink(rows).await?;
        }
        Ok(reading.finish())
    }
}

/// A read in progress. Dropping it ends its requests.
#[derive(Debug)]
pub struct Reading {
    kind: Kind,
    report: ReadReport,
    state: State,
}

#[derive(Debug)]
enum Kind {
    Genesys(genesys::Users),
    Lms(lms::Users),
    Sessions(Box<sessions::Users>),
    File(file::Rows),
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum State {
    Open,
    Ended,
    Failed,
}

impl Reading {
    /// The next rows, at least one and at most [`CHUNK`]; `None` at the end, and after an error.
    ///
    /// # Errors
    /// If the source cannot be read. What was read before is not everybody.
    pub async fn next(&mut self) -> Result<Option<Vec<Row>>, SourceError> {
        while let Some(records) = self.next_records().await? {
            let read = records.into_iter().map(|record| self.report.count(record.into_row()));
            let rows: Vec<Row> = read.flatten().collect();
            if !rows.is_empty() {
                return Ok(Some(rows));
            }
        }
        Ok(None)
    }

    /// The next records, which the caller counts in a report that is [added](Self::add) to that of the read.
    pub(crate) async fn next_records(&mut self) -> Result<Option<Vec<Record>>, SourceError> {
        if self.state != State::Open {
            return Ok(None);
        }
        let next = match &mut self.kind {
            Kind::Genesys(users) => users.next(&mut self.report).await,
            Kind::Lms(users) => users.next(&mut self.report).await,
            Kind::Sessions(users) => users.next(&mut self.report).await,
            Kind::File(rows) => rows.next(&mut self.report).await,
        };
        match &next {
            Ok(Some(_)) => {}
            Ok(None) => self.state = State::Ended,
            Err(_) => self.state = State::Failed,
        }
        next
    }

    /// Adds what was counted of some records.
    pub(crate) fn add(&mut self, records: ReadReport) {
        self.report.add(records);
    }

    /// What was found so far.
    pub fn report(&self) -> &ReadReport {
        &self.report
    }

    /// What was found. A read that was not followed to its end, or that failed, is incomplete.
    pub fn finish(mut self) -> ReadReport {
        match self.state {
            State::Ended => self.report.conclude(),
            State::Open => self.report.is_incomplete("the read was ended before its end"),
            State::Failed => self.report.is_incomplete("the read failed"),
        }
        self.report
    }
}
