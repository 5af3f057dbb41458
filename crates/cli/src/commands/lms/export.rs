//! `lms export`.

mod files;

use clap::{Args, Subcommand};
use futures_util::StreamExt as _;
use peoplefluent_lms::FieldSelector;
use peoplefluent_lms::xml::Records;
use rosterkit_core::{Body, Response};

use super::Acting;
use super::people::COLUMNS as PEOPLE;
use crate::commands::datetime::{self, When};
use crate::connect;
use crate::context::Context;
use crate::error::Error;
use crate::listing::{self, OutFile};
use crate::output::Rows;

const USERS: [&str; 6] = ["id", "given", "family", "email", "status", "organization.id"];
const RECORDS: [&str; 6] = ["id", "userId", "learningModule.id", "learningModule.title", "overallStatus", "endDate"];

const EXAMPLES: &str = "\
Users, people and records are streamed from XML, and memory use does not depend on their number. An element with only \
text is printed as text; any other element is an object of its attributes and children, with an array for repeated names. \
If the document is truncated, the complete rows are printed before the error.

Examples:
  rosterkit --sandbox lms export users --output csv
  rosterkit --sandbox lms export records --completed --from 2024-06-01 --output jsonl
  rosterkit lms export certificates --on-behalf-of a.roe --out certificates
  rosterkit lms export reports /reports/2024-12-31/modules.csv --out modules.csv";
const RECORDS_EXAMPLES: &str = "\
Calls trainingHistoryXml, or with --completed completedTrainingRecordsXml. Both need the system key. Without --of, the \
records of the whole site are exported.

Examples:
  rosterkit --sandbox lms export records --out records.csv
  rosterkit --sandbox lms export records --completed --from 52w --to now -o jsonl
  rosterkit lms export records --of a.roe --include-older --columns id,learningModule.id,score";
const USERS_EXAMPLES: &str = "\
Needs the system key.

Examples:
  rosterkit --sandbox lms export users --output csv
  rosterkit lms export users --status inactive --fields 'id,organization(code)' --output jsonl";
const PEOPLE_EXAMPLES: &str = "\
Examples:
  rosterkit --sandbox lms export people an --output csv
  rosterkit lms export people --output jsonl";
const CERTIFICATES_EXAMPLES: &str = "\
Examples:
  rosterkit --sandbox --sandbox-seed 7 lms export certificates \\
    --on-behalf-of bebren.jorrova.0 --out certificates
  rosterkit lms export certificates --award AWARD_ID --out . --overwrite";
const REPORTS_EXAMPLES: &str = "\
Examples:
  rosterkit --sandbox lms export reports
  rosterkit --sandbox lms export reports /reports/2024-12-31/modules.csv --out modules.csv
  rosterkit lms export reports --name modules --from 2024-12-01";

/// Export training records, users, people, certificates and reports
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Export {
    #[command(subcommand)]
    command: ExportCommand,
}

#[derive(Debug, Subcommand)]
enum ExportCommand {
    /// Training records of the site or of one user (trainingHistoryXml, completedTrainingRecordsXml)
    #[command(after_help = RECORDS_EXAMPLES)]
    Records(RecordsExport),
    /// The users of the site (users200510Xml)
    #[command(after_help = USERS_EXAMPLES)]
    Users {
        /// Users with this status
        #[arg(long, value_name = "STATUS", default_value = "active")]
        status: String,
        /// Only users of this organization
        #[arg(long, value_name = "ID")]
        organization: Option<String>,
        /// The fields to read, nested ones in parentheses: id,organization(code)
        #[arg(long, value_name = "FIELDS")]
        fields: Option<FieldSelector>,
        #[command(flatten)]
        file: OutFile,
    },
    /// The people that you are allowed to see (people)
    #[command(after_help = PEOPLE_EXAMPLES)]
    People {
        /// Words to search for
        keywords: Vec<String>,
        #[command(flatten)]
        acting: Acting,
        #[command(flatten)]
        file: OutFile,
    },
    /// Certificates of a user, as PDF files (certificate)
    #[command(after_help = CERTIFICATES_EXAMPLES)]
    Certificates(files::Certificates),
    /// List batch reports, or save one (batchReports, batchReport)
    #[command(after_help = REPORTS_EXAMPLES)]
    Reports(files::Reports),
}

#[derive(Args, Debug)]
struct RecordsExport {
    /// Only records of completed courses
    #[arg(long)]
    completed: bool,
    /// Only records of this user
    #[arg(long, value_name = "ID")]
    of: Option<String>,
    /// Only records of users in or below this organization
    #[arg(long, value_name = "ID")]
    organization: Option<String>,
    /// Only records changed at this time or later: a day (UTC), a date-time with an offset, or relative: 7d, 12h, today
    #[arg(long, value_name = "DATETIME")]
    from: Option<When>,
    /// Only records changed at this time or earlier
    #[arg(long, value_name = "DATETIME")]
    to: Option<When>,
    /// Only records of these modules
    #[arg(long, value_name = "IDS", value_delimiter = ',')]
    modules: Vec<String>,
    /// All records of a module and assignment, not only the latest
    #[arg(long)]
    include_older: bool,
    /// The fields to read, nested ones in parentheses: id,learningModule(id,title)
    #[arg(long, value_name = "FIELDS")]
    fields: Option<FieldSelector>,
    #[command(flatten)]
    file: OutFile,
}

impl Export {
    pub(crate) async fn run(self, context: &Context) -> Result<(), Error> {
        match self.command {
            ExportCommand::Records(records) => {
                let rows = records.file.printer(context)?.rows(&RECORDS);
                print(rows, records.send(context).await?).await
            }
            ExportCommand::Users { status, organization, fields, file } => {
                let rows = file.printer(context)?.rows(&USERS);
                let client = connect::lms(context).await?;
                let mut call = client.api().users200510_xml().status(status);
                call = organization.into_iter().fold(call, |call, id| call.organization_id(id));
                call = fields.into_iter().fold(call, |call, fields| call.fields(fields));
                print(rows, call.send().await?).await
            }
            ExportCommand::People { keywords, acting, file } => {
                let rows = file.printer(context)?.rows(&PEOPLE);
                let client = acting.client(context).await?;
                let mut call = client.api().people();
                if !keywords.is_empty() {
                    call = call.keywords(keywords.join(" "));
                }
                print(rows, call.send_xml().await?).await
            }
            ExportCommand::Certificates(certificates) => certificates.run(context).await,
            ExportCommand::Reports(reports) => reports.run(context).await,
        }
    }
}

/// Sets the parameters that both operations have, and sends the call.
macro_rules! records {
    ($self:expr, $call:expr, $from:expr, $to:expr) => {{
        let mut call = $call;
        call = $self.of.into_iter().fold(call, |call, id| call.user_id(id));
        call = $self.organization.into_iter().fold(call, |call, id| call.organization_id(id));
        call = $from.into_iter().fold(call, |call, time| call.last_updated_start(time));
        call = $to.into_iter().fold(call, |call, time| call.last_updated_end(time));
        call = $self.fields.into_iter().fold(call, |call, fields| call.fields(fields));
        if !$self.modules.is_empty() {
            call = call.module_ids($self.modules.join(","));
        }
        if $self.include_older {
            call = call.include_older(true);
        }
        call.send().await?
    }};
}

impl RecordsExport {
    async fn send(self, context: &Context) -> Result<Response<Body>, Error> {
        let blank = [("--of", &self.of), ("--organization", &self.organization)];
        if let Some((option, _)) = blank.iter().find(|(_, id)| id.as_ref().is_some_and(|id| id.trim().is_empty())) {
            return Err(Error::usage(format!("{option} is blank, which would ask for the whole site: leave it out")));
        }
        let from = minutes(context, self.from.as_ref()).await?;
        let to = minutes(context, self.to.as_ref()).await?;
        let client = connect::lms(context).await?;
        Ok(match self.completed {
            true => records!(self, client.api().completed_training_records_xml(), from, to),
            false => records!(self, client.api().training_history_xml(), from, to),
        })
    }
}

/// A time in the format of these operations: to the minute, in UTC.
async fn minutes(context: &Context, time: Option<&When>) -> Result<Option<String>, Error> {
    let time = datetime::resolve(context, time).await?;
    let minutes = time.map(|time| time.to_minutes().map(String::from)).transpose();
    minutes.map_err(|error| Error::usage(error.to_string()))
}

/// Prints the records as they arrive: the children of the root with elements or attributes. Children with only text describe
/// the document, such as its date.
async fn print(mut rows: Rows, response: Response<Body>) -> Result<(), Error> {
    let mut records = Records::from(response);
    while let Some(record) = records.next().await {
        match record {
            Ok(record) if record.root().children().next().is_none() && record.root().attributes().next().is_none() => {}
            Ok(record) => rows.push(record.root().to_json())?,
            Err(error) => return listing::interrupted(rows, error.into()),
        }
    }
    rows.finish()
}
