//! `lms records`.

use std::pin::pin;

use clap::Args;
use futures_util::StreamExt as _;
use peoplefluent_lms::generated::operations::RECORD;
use peoplefluent_lms::refusal;
use rosterkit_core::Timestamp;
use serde_json::Value;

use super::Acting;
use crate::commands::datetime::{self, When};
use crate::connect;
use crate::context::Context;
use crate::error::Error;
use crate::listing::{self, OutFile};
use crate::output::Printer;

/// The default columns of lists of training records.
const COLUMNS: [&str; 6] =
    ["id", "learningModule.id", "learningModule.title", "overallStatus", "enrollmentDate", "endDate"];
const TEAM_COLUMNS: [&str; 6] =
    ["userId", "id", "learningModule.id", "learningModule.title", "overallStatus", "endDate"];

const EXAMPLES: &str = "\
A team is the direct reports of the user. Their records are read with the system key, one user at a time; errors for \
single users are reported at the end, with exit code 3.

Examples:
  rosterkit --sandbox --sandbox-seed 7 lms records --on-behalf-of bebren.jorrova.0
  rosterkit lms records --active --output csv
  rosterkit lms records --id RECORD_ID --output json
  rosterkit --sandbox --sandbox-seed 7 lms records --team --since 52w \\
    --on-behalf-of bebren.jorrova.0";

/// List the training records of a user or of a team (records, enrollments, record, trainingHistoryXml)
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Records {
    /// Only enrollments that are not completed
    #[arg(long, conflicts_with_all = ["team", "id"])]
    active: bool,
    /// One record
    #[arg(long, value_name = "RECORD", conflicts_with = "team")]
    id: Option<String>,
    /// The records of the user's direct reports
    #[arg(long, requires = "since")]
    team: bool,
    /// Only records changed at this time or later: a day (UTC), a date-time with an offset, or relative: 7d, 12h, today
    #[arg(long, value_name = "DATETIME", requires = "team")]
    since: Option<When>,
    #[command(flatten)]
    acting: Acting,
    #[command(flatten)]
    file: OutFile,
}

impl Records {
    pub(crate) async fn run(self, context: &Context) -> Result<(), Error> {
        let printer = self.file.printer(context)?;
        let client = self.acting.client(context).await?;
        if let Some(id) = self.id {
            let record = client.api().record().id(id).send_json().await?;
            return printer.document(refusal::check(record, &RECORD)?.into_inner());
        }
        if let Some(since) = datetime::resolve(context, self.since.as_ref()).await? {
            return self.team(context, printer, since).await;
        }
        let history = match self.active {
            true => client.api().enrollments().send_document().await?,
            false => client.api().records().send_document().await?,
        };
        let mut rows = printer.rows(&COLUMNS);
        // A history without records is an empty element, and another root element is an error.
        for record in history.into_inner().training_record.unwrap_or_default() {
            rows.push(listing::row(&record)?)?;
        }
        rows.finish()
    }

    async fn team(&self, context: &Context, printer: Printer, since: Timestamp) -> Result<(), Error> {
        let since = since.to_datetime().map_err(|error| Error::usage(format!("--since: {error}")))?.to_utc();
        let client = self.acting.of(connect::lms(context).await?);
        let mut people = pin!(client.team().training_history(since).await?);
        let mut rows = printer.rows(&TEAM_COLUMNS);
        let (mut read, mut failed) = (0, Vec::new());
        while let Some(person) = people.next().await {
            let history = match person.result {
                Ok(history) => history,
                Err(error) => {
                    failed.push((person.user, error));
                    continue;
                }
            };
            read += 1;
            // Elements with text only describe the document, such as its date.
            for record in history.root().children().filter(|child| child.children().next().is_some()) {
                let mut row = record.to_json();
                if let Value::Object(fields) = &mut row {
                    fields.entry("userId").or_insert_with(|| person.user.clone().into());
                }
                rows.push(row)?;
            }
        }
        rows.finish()?;
        for (user, error) in &failed {
            context.hint(format_args!("{}: {error}", crate::text::shortened(user, 100)));
        }
        let (total, message) = (read + failed.len(), format!("{read} people read, {} failed", failed.len()));
        Error::of_failed(failed.into_iter().map(|(_, error)| error).collect(), total, message)
    }
}
