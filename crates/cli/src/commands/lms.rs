//! `lms`: commands for the PeopleFluent LMS.

mod enroll;
mod export;
mod groups;
mod import_csv;
mod people;
mod records;
mod untyped_response;

use clap::{Args, Subcommand};
use peoplefluent_lms::Client;

use crate::connect;
use crate::context::Context;
use crate::error::Error;

const EXAMPLES: &str = "\
Examples:
  rosterkit --sandbox lms people search an
  rosterkit --sandbox --sandbox-seed 7 lms records --on-behalf-of bebren.jorrova.0
  rosterkit --sandbox --sandbox-seed 7 lms enroll PHONE-110 --on-behalf-of bebren.jorrova.0
  rosterkit lms groups add 'Safety officers' a.roe b.doe
  rosterkit lms import-csv external-training --from training.csv --failed failed.csv
  rosterkit --sandbox lms export users --output csv";

/// PeopleFluent LMS: training records, enrollments, people, groups, bulk files, exports
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Lms {
    #[command(subcommand)]
    command: LmsCommand,
}

#[derive(Debug, Subcommand)]
enum LmsCommand {
    /// List the training records of a user or of a team (records, enrollments, record, trainingHistoryXml)
    Records(records::Records),
    /// Enroll one user or many into a module (enrollUser)
    Enroll(enroll::Enroll),
    /// Search, list and read people
    People(people::People),
    /// Create and delete user groups, add and remove members
    Groups(groups::Groups),
    /// Import training records or external training from CSV
    ImportCsv(import_csv::ImportCsv),
    /// Export training records, users, people, certificates and reports
    Export(export::Export),
}

/// `--plan` where the LMS has nothing to read.
#[derive(Args, Clone, Copy, Debug)]
struct NoPlan {
    /// Not possible here: the LMS cannot be asked for what would change. --dry-run checks the form
    #[arg(long)]
    plan: bool,
}

impl NoPlan {
    /// # Errors
    /// If a plan is asked for.
    fn check(self, what: &str) -> Result<(), Error> {
        match self.plan {
            true => Err(Error::usage(format!("--plan: {what}; nothing was sent; --dry-run checks the form"))),
            false => Ok(()),
        }
    }
}

/// The user that a call is made for.
#[derive(Args, Clone, Debug)]
struct Acting {
    /// Act for this user, whom you must be allowed to see and act for
    #[arg(long, value_name = "USER")]
    on_behalf_of: Option<String>,
    /// The assignment to act in, for users with several
    #[arg(long, value_name = "ID")]
    assignment: Option<String>,
}

impl Acting {
    /// The client, acting for the user of the options.
    async fn client(&self, context: &Context) -> Result<Client, Error> {
        Ok(self.of(connect::lms(context).await?))
    }

    fn of(&self, client: Client) -> Client {
        let client = self.on_behalf_of.iter().fold(client, |client, user| client.on_behalf_of(user));
        self.assignment.iter().fold(client, |client, id| client.assignment(id))
    }
}

impl Lms {
    pub(crate) async fn run(self, context: &Context) -> Result<(), Error> {
        match self.command {
            LmsCommand::Records(records) => records.run(context).await,
            LmsCommand::Enroll(enroll) => enroll.run(context).await,
            LmsCommand::People(people) => people.run(context).await,
            LmsCommand::Groups(groups) => groups.run(context).await,
            LmsCommand::ImportCsv(import) => import.run(context).await,
            LmsCommand::Export(export) => export.run(context).await,
        }
    }
}
