//! `genesys users`.

mod bulk;
mod details;

use std::sync::Arc;

use clap::{ArgGroup, Args, Subcommand};
use genesys_users::generated::operations;
use genesys_users::types::{
    CreateUser, User, UserListState, UserLookupState, UserSearchCriteria, UserSearchCriteriaType, UserSearchRequest,
    UserStateValue,
};
use genesys_users::{Client, Error as CallError};
use rosterkit_core::StatusCode;
use serde_json::Value;

use self::bulk::Change;
use self::details::{Join, Managers};
use super::by_id;
use super::enum_values;
use super::fields::{self, FieldOptions};
use crate::bulk::{BulkOptions, Write};
use crate::connect;
use crate::context::Context;
use crate::error::Error;
use crate::files::Source;
use crate::listing::{self, PageOptions};

/// The default columns of lists.
const COLUMNS: [&str; 6] = ["id", "name", "email", "title", "state", "version"];

const LIST: &str = "\
A part of a user that --columns names is asked for, as --expand does. With --join manager, or a column manager.name or \
manager.email, the managers of each page are read as well, a hundred in a request and each of them once.

Examples:
  rosterkit --sandbox genesys users list
  rosterkit --sandbox genesys users list --all --state any --output jsonl
  rosterkit --sandbox genesys users list \\
    --columns id,name,presence.presenceDefinition.systemPresence
  rosterkit --sandbox genesys users list --join manager --all --out users.csv
  rosterkit --sandbox genesys users list --limit 3 --output json --query '[].name'";
const GET: &str = "\
Examples:
  rosterkit --sandbox genesys users get 21d22dff-4542-4091-a511-1910d103413e --output json
  rosterkit genesys users get ID
  rosterkit genesys users get ID --expand presence --output json
  rosterkit genesys users get ID --state deleted";
const CREATE: &str = "\
Examples:
  rosterkit --sandbox genesys users create --set name='Sample Person' \\
    --set email=sample.person@example.com
  rosterkit genesys users create --body @user.json
  rosterkit genesys users create --from users.csv --dry-run
  rosterkit genesys users create --from users.csv --failed failed.csv

A new user is active, unless `state` says otherwise: --set state=inactive.

A CSV file has a column for each field: name,email,department,title,state. Put a password into a file, not on the command line.";
const UPDATE: &str = "\
Without --version, the command reads the user first and sends the current version; if another change comes between, it \
reads again. With --version, a newer version is a conflict: nothing is written, and the exit code is 1. A `state` beside \
other fields is sent alone, in a request of its own.

Examples:
  rosterkit --sandbox genesys users update 21d22dff-4542-4091-a511-1910d103413e --set title=Agent
  rosterkit genesys users update ID --set title=Agent --clear department
  rosterkit genesys users update ID --set acdAutoAnswer=true --version 3
  rosterkit genesys users update --from changes.csv --dry-run
  rosterkit genesys users update --from - --input-format jsonl < changes.jsonl

An item of a file has the user's `id`, the fields to change, and a `version` if it must be the current one. Fields that the \
service sets itself, such as `selfUri`, are not sent; a message says so. In CSV, an empty cell does not change its field, and `null` in a column `FIELD:json` clears it.";
const DELETE: &str = "\
An item of a file has the user's `id`; other fields are ignored, so that a list of users can be used as input. There is no \
confirmation: use --dry-run to check first.

Examples:
  rosterkit --sandbox genesys users delete 21d22dff-4542-4091-a511-1910d103413e
  rosterkit genesys users delete ID
  rosterkit genesys users delete --from leavers.csv --dry-run
  rosterkit genesys users delete --from leavers.csv --failed failed.csv";
const RESTORE: &str = "\
A deleted user keeps its e-mail address, so that no other user can be created with it. A restored user is active, and has no \
roles: they end with the deletion. It can take some minutes after a deletion until the user is found by --email.

Examples:
  rosterkit genesys users restore ID
  rosterkit genesys users restore --email sample.person@example.com";
const SEARCH: &str = "\
Examples:
  rosterkit --sandbox genesys users search an
  rosterkit --sandbox genesys users search an --fields name,email --type STARTS_WITH --all
  rosterkit genesys users search --body @search.json";
const EXAMPLES: &str = "\
Examples:
  rosterkit --sandbox genesys users list --all --state any --output jsonl
  rosterkit --sandbox genesys users search an
  rosterkit genesys users get ID
  rosterkit genesys users update ID --set title=Agent --clear department
  rosterkit genesys users create --from users.csv --failed failed.csv";

/// List, read, create, change, delete, restore and search users
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Users {
    #[command(subcommand)]
    command: UsersCommand,
}

#[derive(Debug, Subcommand)]
enum UsersCommand {
    /// List users (getUsers)
    #[command(after_help = LIST)]
    List {
        #[command(flatten)]
        pages: PageOptions,
        /// Only users in this state: active, inactive, deleted, any [default of the service: active]
        #[arg(long, value_name = "STATE")]
        state: Option<String>,
        /// Only these users
        #[arg(long, value_name = "ID", value_delimiter = ',')]
        id: Vec<String>,
        /// Details to include for each user, such as presence or skills
        #[arg(long, value_name = "NAMES", value_delimiter = ',')]
        expand: Vec<String>,
        /// Read more of each user's manager: columns manager.name and manager.email
        #[arg(long, value_name = "WHAT", value_enum)]
        join: Option<Join>,
        /// Number of users per request
        #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(i64).range(1..=500))]
        page_size: i64,
    },
    /// Read a user (getUser)
    #[command(after_help = GET)]
    Get {
        /// The user
        #[arg(value_parser = by_id::id)]
        id: String,
        /// Details to include, such as presence or skills
        #[arg(long, value_name = "NAMES", value_delimiter = ',')]
        expand: Vec<String>,
        /// Only in this state: active, deleted [default: active or inactive]
        #[arg(long, value_name = "STATE")]
        state: Option<String>,
    },
    /// Create one user or many (postUsers)
    #[command(after_help = CREATE)]
    Create {
        #[command(flatten)]
        fields: Fields,
        #[command(flatten)]
        bulk: BulkOptions,
    },
    /// Change one user or many (getUser, patchUser)
    #[command(after_help = UPDATE, group = ArgGroup::new("whom").args(["id", "from"]).required(true))]
    Update {
        /// The user; with --from, each item has its own
        #[arg(value_parser = by_id::id)]
        id: Option<String>,
        #[command(flatten)]
        fields: Fields,
        /// Clear a field; repeat it for more fields
        #[arg(long, value_name = "FIELD", conflicts_with = "from")]
        clear: Vec<String>,
        /// Change the user only if this is the current version
        #[arg(long, value_name = "N", conflicts_with = "from")]
        version: Option<i64>,
        #[command(flatten)]
        bulk: BulkOptions,
    },
    /// Delete one user or many (deleteUser)
    #[command(after_help = DELETE, group = ArgGroup::new("whom").args(["id", "from"]).required(true))]
    Delete {
        /// The user; with --from, each item has its own
        #[arg(value_parser = by_id::id)]
        id: Option<String>,
        #[command(flatten)]
        bulk: BulkOptions,
    },
    /// Restore a deleted user (postUsersSearch, getUser, patchUser)
    #[command(after_help = RESTORE, group = ArgGroup::new("whom").args(["id", "email"]).required(true))]
    Restore {
        /// The user
        #[arg(value_parser = by_id::id)]
        id: Option<String>,
        /// The e-mail address of the user, in place of the id
        #[arg(long, value_name = "ADDRESS")]
        email: Option<String>,
    },
    /// Search users (postUsersSearch)
    #[command(after_help = SEARCH, group = ArgGroup::new("what").args(["text", "body"]).required(true))]
    Search {
        /// What to search for
        text: Option<String>,
        /// The fields to search in
        #[arg(
            long,
            value_name = "FIELDS",
            value_delimiter = ',',
            default_value = "name,email",
            conflicts_with = "body"
        )]
        fields: Vec<String>,
        /// How to match, such as CONTAINS, STARTS_WITH or EXACT
        #[arg(long = "type", value_name = "TYPE", default_value = "CONTAINS", conflicts_with = "body")]
        kind: String,
        /// A complete UserSearchRequest instead
        #[arg(long, value_name = "JSON|@FILE|-")]
        body: Option<String>,
        #[command(flatten)]
        pages: PageOptions,
    },
}

/// The fields to write.
#[derive(Args, Debug)]
struct Fields {
    /// A field; repeat it for more fields. `FIELD:json=VALUE` takes JSON
    #[arg(long, value_name = "FIELD=VALUE", conflicts_with = "from")]
    set: Vec<String>,
    /// All fields as a JSON object
    #[arg(long, value_name = "JSON|@FILE|-", conflicts_with = "from")]
    body: Option<String>,
}

impl Users {
    pub(crate) async fn run(self, context: &Context) -> Result<(), Error> {
        // Invalid options are reported before anything is sent.
        let printer = context.printer()?;
        match self.command {
            UsersCommand::List { pages, state, id, expand, join, page_size } => {
                let parts = details::expand(context, &expand);
                let join = details::join(context, join);
                let columns = [&COLUMNS[..], if join.is_some() { &details::JOINED } else { &[] }].concat();
                let printer = pages.file.printer(context)?;
                let rows = listing::rows_without::<User>(printer, &columns, |field| details::is_absent(field, &parts))?;
                let client = connect::genesys(context).await?;
                let mut call = client.api().get_users().page_size(page_size);
                if let Some(state) = state {
                    call = call.state(enum_values::parse::<UserListState>(
                        context,
                        "--state",
                        &state,
                        UserListState::VALUES,
                    ));
                }
                if !id.is_empty() {
                    call = call.id(id);
                }
                if !parts.is_empty() {
                    call = call.expand(parts);
                }
                let mut managers = Managers::new(context, &client);
                let added = async |users| match join {
                    Some(Join::Manager) => managers.join(users).await,
                    None => Ok(users),
                };
                let printed = listing::print_joined(context, rows, call.pager(), &pages, added).await;
                managers.report();
                printed
            }
            UsersCommand::Get { id, expand, state } => {
                let client = connect::genesys(context).await?;
                let expand = details::expand(context, &expand);
                let state = state.map(|state| {
                    enum_values::parse::<UserLookupState>(context, "--state", &state, UserLookupState::VALUES)
                });
                let mut call = client.api().get_user().user_id(id);
                if let Some(state) = state {
                    call = call.state(state);
                }
                if !expand.is_empty() {
                    call = call.expand(expand);
                }
                let problem = "the response is not a user: it has no `id`";
                let user = call.send().await?;
                let user = user.require(&operations::GET_USER, problem, |user| user.id.is_some().then_some(user))?;
                printer.document(listing::row(&user)?)
            }
            UsersCommand::Create { fields, bulk } if bulk.from.is_none() => create(context, &fields).await,
            UsersCommand::Create { bulk, .. } => bulk::create(context, &bulk).await,
            UsersCommand::Update { id: Some(id), fields, clear, version, .. } => {
                let given = FieldOptions { body: fields.body.as_deref(), set: &fields.set, clear: &clear };
                let mut fields = given.fields(context, &operations::PATCH_USER)?;
                let version = match (version, fields.remove("version")) {
                    (Some(version), None) => Some(version),
                    (None, None) => None,
                    (None, Some(in_body)) if in_body.is_i64() => in_body.as_i64(),
                    (None, Some(_)) => return Err(Error::usage("invalid `version`: expected an integer")),
                    (Some(_), Some(_)) => {
                        return Err(Error::usage("--version and the body both set the version: give only one of them"));
                    }
                };
                let left_out = fields::take_read_only(&mut fields, &operations::PATCH_USER);
                fields::say_left_out(context, &left_out.into_iter().collect());
                if fields.is_empty() {
                    return Err(Error::usage("no fields to change: give a field that can be written, such as title"));
                }
                let change = Change { id, version, update: fields::body(&operations::PATCH_USER, fields)? };
                let client = connect::genesys(context).await?;
                let mut write = Write::begin(context, format!("the change of user {}", change.id));
                let changed = async { change.send(&client).await.map_err(|error| conflict(error, version)) };
                let user = write.send(changed).await?;
                write.end(listing::row(&user).and_then(|user| printer.of_write().document(user)))
            }
            UsersCommand::Update { bulk, .. } => bulk::update(context, &bulk).await,
            UsersCommand::Delete { id: Some(id), .. } => {
                let client = connect::genesys(context).await?;
                let mut write = Write::begin(context, format!("the deletion of user {id}"));
                write.send(client.users().delete(id)).await?;
                write.end(Ok(()))
            }
            UsersCommand::Delete { bulk, .. } => bulk::delete(context, &bulk).await,
            UsersCommand::Restore { id, email } => {
                let client = connect::genesys(context).await?;
                let id = match (id, email) {
                    (Some(id), _) => id,
                    (None, email) => holder(&client, email.unwrap_or_default()).await?,
                };
                let mut write = Write::begin(context, format!("the restoring of user {id}"));
                let user = write.send(client.users().restore(id)).await?;
                write.end(listing::row(&user).and_then(|user| printer.of_write().document(user)))
            }
            UsersCommand::Search { text, fields, kind, body, pages } => {
                let mut request = search(context, text, fields, &kind, body.as_deref())?;
                details::expand_search(context, &mut request);
                let client = connect::genesys(context).await?;
                let call = client.users().search(request);
                listing::print(context, call.pager(), &pages, &COLUMNS).await
            }
        }
    }
}

async fn create(context: &Context, fields: &Fields) -> Result<(), Error> {
    let given = FieldOptions { body: fields.body.as_deref(), set: &fields.set, clear: &[] };
    let user: CreateUser = fields::body(&operations::POST_USERS, given.fields(context, &operations::POST_USERS)?)?;
    let user = with_state(user);
    let printer = context.printer()?;
    let client = connect::genesys(context).await?;
    let mut write = Write::begin(context, "the new user");
    let email = user.email.clone();
    let user = write.send(async {
        match client.users().create(user).await {
            Err(error) => Err(taken(&client, email, error).await),
            Ok(user) => Ok(user),
        }
    });
    let user = user.await?;
    write.end(listing::row(&user).and_then(|user| printer.of_write().document(user)))
}

/// The user, active unless a state was given: without one, the service would create an inactive user.
fn with_state(user: CreateUser) -> CreateUser {
    CreateUser { state: user.state.or(Some(UserStateValue::Active)), ..user }
}

/// The error of a creation. A conflict says with whom: a deleted user is looked for by e-mail address.
async fn taken(client: &Client, email: Option<String>, error: CallError) -> Error {
    if error.status() != Some(StatusCode::CONFLICT) || !error.is_rejection() {
        return Error::from(error);
    }
    let deleted = match email {
        // If the search fails, the conflict is still what has to be told.
        Some(email) => client.users().find_deleted_by_email(email).await.ok().flatten(),
        None => None,
    };
    let before = match deleted.and_then(|user| user.id) {
        Some(id) => format!(
            "nothing was created: the deleted user {id} has this e-mail address; restore that user with \
             `rosterkit genesys users restore {id}`\n  "
        ),
        None => "nothing was created: it conflicts with an existing user, such as one with the same e-mail address\n  \
                 "
        .to_owned(),
    };
    Error::Call { before, error: Arc::new(error) }
}

/// The id of the deleted user with an e-mail address.
async fn holder(client: &Client, email: String) -> Result<String, Error> {
    let found = client.users().find_deleted_by_email(email).await?;
    found.and_then(|user| user.id).ok_or_else(|| {
        Error::Service(
            "no deleted user has this e-mail address: check it, and try again some minutes after a deletion".to_owned(),
        )
    })
}

/// The error of an update. A conflict says what to do.
fn conflict(error: CallError, version: Option<i64>) -> Error {
    let before = match (error.status(), version) {
        (Some(StatusCode::CONFLICT), Some(version)) if error.is_rejection() => {
            format!(
                "nothing was written: {version} is not the current version of the user, or the change conflicts with other data; omit --version to change the current version\n  "
            )
        }
        _ => String::new(),
    };
    Error::Call { before, error: Arc::new(error) }
}

fn search(
    context: &Context,
    text: Option<String>,
    fields: Vec<String>,
    kind: &str,
    body: Option<&str>,
) -> Result<UserSearchRequest, Error> {
    if let Some(body) = body {
        let body = Source::of(body).json(context, "--body")?;
        let Value::Object(body) = body else {
            return Err(Error::usage("--body: expected a JSON object, such as '{\"query\": […]}'"));
        };
        return fields::body(&operations::POST_USERS_SEARCH, body);
    }
    let criterion = UserSearchCriteria {
        fields: Some(fields),
        value: text,
        type_: Some(enum_values::parse(context, "--type", kind, UserSearchCriteriaType::VALUES)),
        ..UserSearchCriteria::default()
    };
    Ok(UserSearchRequest { query: Some(vec![criterion]), ..UserSearchRequest::default() })
}
