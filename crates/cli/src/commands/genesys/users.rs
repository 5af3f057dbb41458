//! `genesys users`.

mod change;
mod create;
mod details;
mod verbs;

use clap::{ArgGroup, Args, Subcommand};
use genesys_users::generated::operations;
use genesys_users::types::{
    User, UserListState, UserLookupState, UserSearchCriteria, UserSearchCriteriaType, UserSearchRequest,
};
use serde_json::Value;

use self::details::{Join, Managers};
use super::enum_values;
use super::fields::{self, FieldOptions};
use crate::bulk::BulkOptions;
use crate::connect;
use crate::context::Context;
use crate::error::Error;
use crate::files::Source;
use crate::listing::{self, PageOptions};
use crate::people::{self, KeyOption, PeopleOptions, Planning, Wanted, person};

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
  rosterkit genesys users get sample.person@example.com
  rosterkit genesys users get --key name 'Sample Person'
  rosterkit genesys users get ID --expand presence --output json
  rosterkit genesys users get ID --state deleted";
const CREATE: &str = "\
Examples:
  rosterkit --sandbox genesys users create --set name='Sample Person' \\
    --set email=sample.person@example.com
  rosterkit genesys users create --body @user.json
  rosterkit genesys users create --from users.csv --dry-run
  rosterkit genesys users create --from users.csv --failed failed.csv
  rosterkit --sandbox genesys users create --from staff.csv --delimiter ';' --dry-run \\
    --on-unknown-column ignore \\
    --map 'name={First Name} {Last Name},email=E-mail,title=Job Title'
  rosterkit --sandbox genesys users create --set name=N --set email=n@example.com --plan

`divisionId` is a division by id or by name. With --plan, it is looked up whether somebody has the e-mail address. The file of \
--undo lists the new users by e-mail address, for `users delete`.

A new user is active, unless `state` says otherwise: --set state=inactive.

A CSV file has a column for each field: name,email,department,title,state. Put a password into a file, not on the command line.";
const UPDATE: &str = "\
Without --version, the command reads the user first and sends the current version; if another change comes between, it \
reads again. With --version, a newer version is a conflict: nothing is written, and the exit code is 1. A `state` beside \
other fields is sent alone, in a request of its own.

Examples:
  rosterkit --sandbox genesys users update 21d22dff-4542-4091-a511-1910d103413e --set title=Agent
  rosterkit genesys users update ID --set title=Agent --clear department
  rosterkit genesys users update sample.person@example.com --set title=Agent --plan
  rosterkit genesys users update ID --set acdAutoAnswer=true --version 3
  rosterkit --sandbox genesys users update --where \"department == 'Service'\" --set title=Agent
  rosterkit genesys users update --from changes.csv --dry-run
  rosterkit genesys users update --from changes.csv --undo undo.jsonl
  rosterkit genesys users update --from - --input-format jsonl < changes.jsonl

An item of a file has the user's `id` (or what --key names), the fields to change, and a `version` if it must be the current \
one; --set and --clear are for all users, and go before the fields of the file. `manager` is a user by id, e-mail address or \
name, and `locations` are by id or name. Fields that the service sets itself, such as `selfUri`, are not sent; a message says \
so. In CSV, an empty cell does not change its field, and `null` in a column `FIELD:json` clears it.";
const DELETE: &str = "\
An item of a file has the user's `id` (or what --key names); other fields of a user are left out, so that a list of users can be used \
as input. More than one user is deleted only after a question, which --yes answers; without a terminal, --yes is required. The \
roles of a user end with the deletion: the file of --undo has them, for `users restore` and then `roles grant`.

Examples:
  rosterkit --sandbox genesys users delete 21d22dff-4542-4091-a511-1910d103413e
  rosterkit genesys users delete ID
  rosterkit genesys users delete --from leavers.csv --dry-run
  rosterkit genesys users delete --from leavers.csv --key id --max 50 --plan
  rosterkit genesys users delete --from leavers.csv --yes --failed failed.csv --undo undo.jsonl
  rosterkit --sandbox genesys users delete --where \"department == 'Service'\" --plan";
const RESTORE: &str = "\
A deleted user keeps its e-mail address, so that no other user can be created with it. A restored user is active, and has no \
roles: they end with the deletion. It can take some minutes after a deletion until a deleted user is found by another key than \
the id.

Examples:
  rosterkit genesys users restore ID
  rosterkit genesys users restore --email sample.person@example.com
  rosterkit genesys users restore ID --plan";
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
        /// Only these users, by id or by what --key names
        #[arg(long, value_name = "USERS", value_delimiter = ',')]
        id: Vec<String>,
        #[command(flatten)]
        key: KeyOption,
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
        #[arg(value_parser = person)]
        user: String,
        #[command(flatten)]
        key: KeyOption,
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
        planning: Planning,
        #[command(flatten)]
        bulk: BulkOptions,
    },
    /// Change one user or many (getUser, patchUser)
    #[command(after_help = UPDATE, group = ArgGroup::new("whom").args(["user", "from", "where"]).required(true))]
    Update {
        /// The user, unless --from or --where is given
        #[arg(value_parser = person)]
        user: Option<String>,
        #[command(flatten)]
        fields: Fields,
        /// Clear a field; repeat it for more fields
        #[arg(long, value_name = "FIELD")]
        clear: Vec<String>,
        /// Change the user only if this is the current version
        #[arg(long, value_name = "N", conflicts_with_all = ["from", "where"])]
        version: Option<i64>,
        #[command(flatten)]
        people: PeopleOptions,
    },
    /// Delete one user or many (deleteUser)
    #[command(after_help = DELETE, group = ArgGroup::new("whom").args(["user", "from", "where"]).required(true))]
    Delete {
        /// The user, unless --from or --where is given
        #[arg(value_parser = person)]
        user: Option<String>,
        #[command(flatten)]
        people: PeopleOptions,
    },
    /// Restore deleted users, one or many (getUser, patchUser)
    #[command(after_help = RESTORE, group = ArgGroup::new("whom").args(["user", "email", "from", "where"]).required(true))]
    Restore {
        /// The user, unless --from or --where is given
        #[arg(value_parser = person)]
        user: Option<String>,
        /// The e-mail address of the user, in place of the id
        #[arg(long, value_name = "ADDRESS", conflicts_with = "key")]
        email: Option<String>,
        #[command(flatten)]
        people: PeopleOptions,
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
    #[arg(long, value_name = "FIELD=VALUE")]
    set: Vec<String>,
    /// All fields as a JSON object
    #[arg(long, value_name = "JSON|@FILE|-")]
    body: Option<String>,
}

impl Fields {
    fn given<'a>(&'a self, clear: &'a [String]) -> FieldOptions<'a> {
        FieldOptions { body: self.body.as_deref(), set: &self.set, clear }
    }
}

impl Users {
    pub(crate) async fn run(self, context: &Context) -> Result<(), Error> {
        // Invalid options are reported before anything is sent.
        let printer = context.printer()?;
        match self.command {
            UsersCommand::List { pages, state, id, key, expand, join, page_size } => {
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
                    call = call.id(people::find_all(context, &client, &id, &key).await?);
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
            UsersCommand::Get { user, key, expand, state } => {
                let client = connect::genesys(context).await?;
                let expand = details::expand(context, &expand);
                let state = state.map(|state| {
                    enum_values::parse::<UserLookupState>(context, "--state", &state, UserLookupState::VALUES)
                });
                let is_deleted = state == Some(UserLookupState::Deleted);
                let wanted = if is_deleted { Wanted::Deleted } else { Wanted::Living };
                let id = people::find_in(context, &client, &user, &key, wanted).await?;
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
            UsersCommand::Create { fields, planning, bulk } => {
                create::run(context, &fields.given(&[]), &planning, &bulk).await
            }
            UsersCommand::Update { user, fields, clear, version, people } => {
                let given = fields.given(&clear);
                let mut common = match people.bulk.from.is_some() {
                    true => given.any(context, &operations::PATCH_USER)?,
                    false => given.fields(context, &operations::PATCH_USER)?,
                };
                if let Some(version) = version
                    && common.insert("version".to_owned(), version.into()).is_some()
                {
                    return Err(Error::usage("--version and the body both set the version: give only one of them"));
                }
                change::update(context, user.as_deref(), common, &people).await
            }
            UsersCommand::Delete { user, people } => change::delete(context, user.as_deref(), &people).await,
            UsersCommand::Restore { user, email, people } => {
                change::restore(context, user.as_deref(), email.as_deref(), &people).await
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
