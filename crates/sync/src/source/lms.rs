//! LMS users: one export for each status.
//!
//! The API does not document the values of `status`. `active` and `inactive` are those that are known; a site with others
//! refuses the call or keeps people to itself, which no response shows. An export has no total either: it is complete if
//! its document is.

use std::collections::VecDeque;
use std::fmt;

use futures_util::StreamExt as _;
use peoplefluent_lms::xml::Records;
use peoplefluent_lms::{Client, Error};
use serde_json::Value;

use super::listing::{Before, Seen};
use super::record::Record;
use super::{CHUNK, ReadReport, Row, SourceError};

/// The statuses that are exported, with the names of their users in messages.
const STATUSES: [(&str, &str); 2] = [("active", "active LMS users"), ("inactive", "inactive LMS users")];
/// The name of the elements that are users.
const USER: &str = "user";

/// A read of all users.
pub(super) struct Users {
    client: Client,
    statuses: VecDeque<(&'static str, &'static str)>,
    /// The export that is being read.
    records: Option<Records>,
    /// How many elements it had so far.
    read: u64,
    seen: Seen,
}

impl Users {
    pub(super) fn new(client: &Client) -> Self {
        Self { client: client.clone(), statuses: STATUSES.into(), records: None, read: 0, seen: Seen::default() }
    }

    pub(super) async fn next(&mut self, report: &mut ReadReport) -> Result<Option<Vec<Record>>, SourceError> {
        while let Some(&(status, what)) = self.statuses.front() {
            let mut records = Vec::new();
            let is_over = self.fill(&mut records, status, what, report).await;
            if is_over.map_err(|error| SourceError::Service { what, read: self.read, error })? {
                self.statuses.pop_front();
                (self.records, self.read) = (None, 0);
            }
            if !records.is_empty() {
                return Ok(Some(records));
            }
        }
        Ok(None)
    }

    /// Reads up to a chunk. Whether the export has ended.
    async fn fill(
        &mut self,
        rows: &mut Vec<Record>,
        status: &str,
        what: &'static str,
        report: &mut ReadReport,
    ) -> Result<bool, Error> {
        let records = match &mut self.records {
            Some(records) => records,
            none => none.insert(self.client.api().users200510_xml().status(status).send().await?.into()),
        };
        while rows.len() < CHUNK {
            let Some(record) = records.next().await else { return Ok(true) };
            let record = record?;
            let element = record.root();
            let is_text = element.children().next().is_none() && element.attributes().next().is_none();
            // An element with only text describes the document, such as its date.
            if is_text && element.name() != USER {
                continue;
            }
            self.read += 1;
            let row = element.to_json();
            match row.get("id").and_then(Value::as_str).filter(|id| !id.is_empty()).map(|id| self.seen.insert(id)) {
                Some(Before::No) => rows.push(Record::Row(Row::complete(row))),
                Some(Before::Here | Before::Elsewhere) => report.repeated += 1,
                None => report.is_unreadable(|| format!("{what}: element {} has no single `id`", self.read)),
            }
        }
        Ok(false)
    }
}

impl fmt::Debug for Users {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Users")
            .field("statuses", &self.statuses)
            .field("read", &self.read)
            .finish_non_exhaustive()
    }
}
