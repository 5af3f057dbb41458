//! `lms people`.

use clap::{Args, Subcommand};
use peoplefluent_lms::generated::operations;
use peoplefluent_lms::{ReadableUsers, refusal};
use rosterkit_core::{Error as CallError, Operation, Response};
use serde_json::Value;

use super::Acting;
use crate::context::Context;
use crate::error::Error;
use crate::listing::{self, LeftOut, OutFile, UnreadableOption};
use crate::output::Printer;
use crate::text;

/// The default columns of lists of people.
pub(super) const COLUMNS: [&str; 6] = ["id", "given", "family", "email", "jobTitle", "status"];
/// What is wrong with a listing of users.
const NO_USERS: &str = "the response has no `users`";

const SEARCH: &str = "\
Examples:
  rosterkit --sandbox lms people search an
  rosterkit --sandbox lms people search --last ostn --max 5 --output json";
const LIST: &str = "\
Examples:
  rosterkit --sandbox lms people list
  rosterkit --sandbox lms people list --skip-unreadable --output csv
  rosterkit lms people list --organization ORG-TRAINING --columns id,email";
const GET: &str = "\
Examples:
  rosterkit --sandbox --sandbox-seed 7 lms people get bebren.jorrova.0
  rosterkit lms people get a.roe --columns id,email,organization.code";
const TEAM: &str = "\
Examples:
  rosterkit --sandbox --sandbox-seed 7 lms people team --on-behalf-of bebren.jorrova.0";
const EXAMPLES: &str = "\
Examples:
  rosterkit --sandbox lms people search an
  rosterkit lms people get a.roe --columns id,email,organization.code
  rosterkit --sandbox lms people me";

/// Search, list and read people
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct People {
    #[command(subcommand)]
    command: PeopleCommand,
}

#[derive(Debug, Subcommand)]
enum PeopleCommand {
    /// Search people by words or names (people)
    #[command(after_help = SEARCH)]
    Search {
        /// Words to search for
        #[arg(required_unless_present_any = ["first", "last"])]
        keywords: Vec<String>,
        /// First name
        #[arg(long, value_name = "NAME")]
        first: Option<String>,
        /// Last name
        #[arg(long, value_name = "NAME")]
        last: Option<String>,
        /// Maximum number of people to return; the default depends on the site
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(i64).range(1..))]
        max: Option<i64>,
        #[command(flatten)]
        acting: Acting,
        #[command(flatten)]
        file: OutFile,
    },
    /// List user accounts (users)
    #[command(after_help = LIST)]
    List {
        /// Only users of this organization
        #[arg(long, value_name = "ID")]
        organization: Option<String>,
        /// Only users with this e-mail address
        #[arg(long, value_name = "ADDRESS")]
        email: Option<String>,
        #[command(flatten)]
        unreadable: UnreadableOption,
        #[command(flatten)]
        acting: Acting,
        #[command(flatten)]
        file: OutFile,
    },
    /// Read a user account (users)
    #[command(after_help = GET)]
    Get {
        /// The user
        id: String,
        #[command(flatten)]
        acting: Acting,
    },
    /// Read your own user account (me)
    #[command(after_help = "Examples:\n  rosterkit --sandbox lms people me")]
    Me {
        #[command(flatten)]
        acting: Acting,
    },
    /// List the direct reports of the user (directReports)
    #[command(after_help = TEAM)]
    Team {
        #[command(flatten)]
        acting: Acting,
        #[command(flatten)]
        file: OutFile,
    },
}

impl People {
    pub(crate) async fn run(self, context: &Context) -> Result<(), Error> {
        match self.command {
            PeopleCommand::Search { keywords, first, last, max, acting, file } => {
                let printer = file.printer(context)?;
                let client = acting.client(context).await?;
                let mut call = client.api().people();
                if !keywords.is_empty() {
                    call = call.keywords(keywords.join(" "));
                }
                call = first.into_iter().fold(call, |call, name| call.first(name));
                call = last.into_iter().fold(call, |call, name| call.last(name));
                call = max.into_iter().fold(call, |call, max| call.max(max));
                list(printer, call.send_json().await?, &operations::PEOPLE)
            }
            PeopleCommand::List { organization, email, unreadable, acting, file } => {
                let printer = file.printer(context)?;
                let client = acting.client(context).await?;
                let mut call = client.api().users();
                call = organization.into_iter().fold(call, |call, id| call.organization_id(id));
                call = email.into_iter().fold(call, |call, address| call.email(address));
                let users = match unreadable.are_skipped {
                    true => {
                        let listing = call.send_json_as::<ReadableUsers>().await?;
                        listing.accepted(&operations::USERS)?.into_inner().users
                    }
                    false => {
                        let listing = call.send_json().await?;
                        listing.require(&operations::USERS, NO_USERS, |listing| listing.users)?.into()
                    }
                };
                let mut rows = printer.rows(&COLUMNS);
                users.items.iter().try_for_each(|user| rows.push(listing::row(user)?))?;
                rows.finish()?;
                let mut left_out = LeftOut::default();
                left_out.add(context, users.unreadable);
                left_out.result()
            }
            PeopleCommand::Get { id, acting } => {
                let printer = context.printer()?;
                if id.trim().is_empty() {
                    return Err(Error::usage("the id of the user is blank: expected the id of a user"));
                }
                let client = acting.client(context).await?;
                let response = client.api().users().user_id(id.clone()).send_json().await?;
                let users = response.require(&operations::USERS, NO_USERS, |listing| listing.users)?;
                // A site that does not support the filter returns all users.
                match users.iter().find(|user| user.id.as_ref().is_some_and(|it| it.eq_ignore_ascii_case(&id))) {
                    Some(user) => printer.document(listing::row(user)?),
                    None => {
                        let id = text::shortened(&id, 100);
                        Err(Error::Service(format!("user `{id}` does not exist, or you are not allowed to see it")))
                    }
                }
            }
            PeopleCommand::Me { acting } => {
                let printer = context.printer()?;
                let client = acting.client(context).await?;
                let problem = "the response is not a user: it has no `id`";
                let response = client.api().me().send_json().await?;
                let me = response.require(&operations::ME, problem, |user| user.id.is_some().then_some(user))?;
                printer.document(listing::row(&me)?)
            }
            PeopleCommand::Team { acting, file } => {
                let printer = file.printer(context)?;
                let client = acting.client(context).await?;
                list(printer, client.api().direct_reports().send_json().await?, &operations::DIRECT_REPORTS)
            }
        }
    }
}

/// Prints a response whose shape is not documented: an array, or an object with only one array, as rows; any other object
/// with fields as a document.
fn list(printer: Printer, listing: Response<Value>, operation: &'static Operation) -> Result<(), Error> {
    let people = match refusal::check(listing, operation)?.into_inner() {
        Value::Array(people) => people,
        Value::Object(mut fields) => {
            let arrays: Vec<String> =
                fields.iter().filter(|(_, it)| it.is_array()).map(|(name, _)| name.clone()).collect();
            match arrays.as_slice() {
                [only] => match fields.remove(only) {
                    Some(Value::Array(people)) => people,
                    _ => Vec::new(),
                },
                _ if !fields.is_empty() => return printer.document(Value::Object(fields)),
                _ => return Err(CallError::decode(operation, "the response has no people").into()),
            }
        }
        _ => return Err(CallError::decode(operation, "the response is not a list of people").into()),
    };
    let mut rows = printer.rows(&COLUMNS);
    people.into_iter().try_for_each(|person| rows.push(person))?;
    rows.finish()
}
