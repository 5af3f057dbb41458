//! `genesys users`.

use clap::{Args, Subcommand};
use futures_util::FutureExt as _;
use genesys_users::generated::operations;
use genesys_users::types::{CreateUser, UpdateUser, User, UserSearchCriteria, UserSearchRequest};
use genesys_users::{Client, Error, Patch};
use rosterkit_core::StatusCode;
use serde_json::Value;

use super::change::{self, Given, JSON_FIELDS};
use crate::app::App;
use crate::bulk::{self, BulkOptions, Verb};
use crate::failure::Failure;
use crate::files::Source;
use crate::listing::{self, PageOptions};
use crate::{connect, text};

/// What lists of users show.
const COLUMNS: [&str; 6] = ["id", "name", "email", "title", "state", "version"];

const LIST: &str = "\
Examples:
  rosterkit --sandbox genesys users list
  rosterkit --sandbox genesys users list --all --state any --output jsonl
  rosterkit --sandbox genesys users list --columns id,name,presence.presenceDefinition.systemPresence --expand presence
  rosterkit --sandbox genesys users list --limit 3 --output json --query '[].name'";
const GET: &str = "\
Examples:
  rosterkit genesys users get ID
  rosterkit genesys users get ID --expand presence --output json";
const CREATE: &str = "\
Examples:
  rosterkit genesys users create --set name='Sample Person' --set email=sample.person@example.com
  rosterkit genesys users create --body @user.json
  rosterkit genesys users create --from users.csv --dry-run
  rosterkit genesys users create --from users.csv --failed failed.csv

A CSV file has a column for each field: name,email,department,title. A password belongs into a file, not on the command
line.";
const UPDATE: &str = "\
Without --version, the user is read first and its current version is sent along; a change that somebody else makes in
between is met by reading again. With --version, a newer version is a conflict: nothing is written, exit code 1.

Examples:
  rosterkit genesys users update ID --set title=Agent --clear department
  rosterkit genesys users update ID --set acdAutoAnswer=true --version 3
  rosterkit genesys users update --from changes.csv --dry-run
  rosterkit genesys users update --from - --input-format jsonl < changes.jsonl

An item of a file has the user's `id`, a `version` if it must be that one, and the fields to change. In CSV an empty cell
leaves its field alone, and `null` in a column `FIELD:json` clears it.";
const DELETE: &str = "\
Examples:
  rosterkit genesys users delete ID";
const SEARCH: &str = "\
Examples:
  rosterkit --sandbox genesys users search roe
  rosterkit --sandbox genesys users search roe --fields name,email --type STARTS_WITH --all
  rosterkit genesys users search --body @search.json";

/// List, read, create, change, delete and search users
#[derive(Args, Debug)]
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
        /// Only users in this state: active, inactive, deleted, any [the service's default: active]
        #[arg(long, value_name = "STATE")]
        state: Option<String>,
        /// Only these users
        #[arg(long, value_name = "ID", value_delimiter = ',')]
        id: Vec<String>,
        /// What to add to each user, such as presence or skills
        #[arg(long, value_name = "NAMES", value_delimiter = ',')]
        expand: Vec<String>,
        /// How many users a request asks for
        #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(i64).range(1..=500))]
        page_size: i64,
    },
    /// Read users (getUser)
    #[command(after_help = GET)]
    Get {
        /// The user
        id: String,
        /// What to add, such as presence or skills
        #[arg(long, value_name = "NAMES", value_delimiter = ',')]
        expand: Vec<String>,
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
    #[command(after_help = UPDATE)]
    Update {
        /// The user; with --from, the items name theirs
        #[arg(required_unless_present = "from", conflicts_with = "from")]
        id: Option<String>,
        #[command(flatten)]
        fields: Fields,
        /// Set a field to nothing; again for another one
        #[arg(long, value_name = "FIELD", conflicts_with = "from")]
        clear: Vec<String>,
        /// Only if this is the user's current version
        #[arg(long, value_name = "N", conflicts_with = "from")]
        version: Option<i64>,
        #[command(flatten)]
        bulk: BulkOptions,
    },
    /// Delete a user (deleteUser)
    #[command(after_help = DELETE)]
    Delete {
        /// The user
        id: String,
    },
    /// Search users (postUsersSearch)
    #[command(after_help = SEARCH)]
    Search {
        /// What to search for
        #[arg(required_unless_present = "body", conflicts_with = "body")]
        text: Option<String>,
        /// The fields to search in
        #[arg(long, value_name = "FIELDS", value_delimiter = ',', default_value = "name,email")]
        fields: Vec<String>,
        /// How to compare, such as CONTAINS, STARTS_WITH or EXACT
        #[arg(long = "type", value_name = "TYPE", default_value = "CONTAINS")]
        kind: String,
        /// A whole UserSearchRequest instead
        #[arg(long, value_name = "JSON|@FILE|-")]
        body: Option<String>,
        #[command(flatten)]
        pages: PageOptions,
    },
}

/// The fields to write.
#[derive(Args, Debug)]
struct Fields {
    /// A field; again for another one. `FIELD:json=VALUE` takes JSON
    #[arg(long, value_name = "FIELD=VALUE", conflicts_with = "from")]
    set: Vec<String>,
    /// All fields as a JSON object
    #[arg(long, value_name = "JSON|@FILE|-", conflicts_with = "from")]
    body: Option<String>,
}

impl Users {
    pub(crate) async fn run(self, app: &App) -> Result<(), Failure> {
        // Wrong options are found before anything is sent.
        let printer = app.printer()?;
        match self.command {
            UsersCommand::List { pages, state, id, expand, page_size } => {
                let client = connect::genesys(app).await?;
                let mut call = client.api().get_users().page_size(page_size);
                if let Some(state) = state {
                    call = call.state(state.as_str());
                }
                if !id.is_empty() {
                    call = call.id(id);
                }
                if !expand.is_empty() {
                    call = call.expand(expand.iter().map(|name| name.as_str().into()).collect::<Vec<_>>());
                }
                listing::print(app, call.pager(), &pages, &COLUMNS).await
            }
            UsersCommand::Get { id, expand } => {
                let client = connect::genesys(app).await?;
                let expand: Vec<_> = expand.iter().map(|name| name.as_str().into()).collect();
                let user = match expand.is_empty() {
                    true => client.users().get(id).await?,
                    false => client.users().get_with(id, expand).await?,
                };
                printer.document(listing::row(&user)?)
            }
            UsersCommand::Create { fields, bulk } => create(app, &fields, &bulk).await,
            UsersCommand::Update { id: Some(id), fields, clear, version, .. } => {
                let given = Given { body: fields.body.as_deref(), set: &fields.set, clear: &clear };
                let mut fields = given.fields(app)?;
                let version = match (version, fields.remove("version")) {
                    (Some(version), None) => Some(version),
                    (None, None) => None,
                    (None, Some(in_body)) if in_body.is_i64() => in_body.as_i64(),
                    (None, Some(_)) => return Err(Failure::usage("`version` is a whole number")),
                    (Some(_), Some(_)) => return Err(Failure::usage("--version and the body both have a version")),
                };
                let change = Change { id, version, update: change::body(&operations::PATCH_USER, fields)? };
                let client = connect::genesys(app).await?;
                let user = change.send(&client).await.map_err(|error| conflict(error, version))?;
                printer.document(listing::row(&user)?)
            }
            UsersCommand::Update { bulk, .. } => update_many(app, &bulk).await,
            UsersCommand::Delete { id } => {
                connect::genesys(app).await?.users().delete(id).await?;
                Ok(())
            }
            UsersCommand::Search { text, fields, kind, body, pages } => {
                let request = search(app, text, fields, &kind, body.as_deref())?;
                let client = connect::genesys(app).await?;
                let call = client.users().search(request);
                listing::print(app, call.pager(), &pages, &COLUMNS).await
            }
        }
    }
}

async fn create(app: &App, fields: &Fields, options: &BulkOptions) -> Result<(), Failure> {
    if options.from.is_none() {
        let given = Given { body: fields.body.as_deref(), set: &fields.set, clear: &[] };
        let user: CreateUser = change::body(&operations::POST_USERS, given.fields(app)?)?;
        let printer = app.printer()?;
        let user = connect::genesys(app).await?.users().create(user).await?;
        return printer.document(listing::row(&user)?);
    }
    let verb = Verb {
        json: JSON_FIELDS,
        prepare: Box::new(|item| {
            let user: CreateUser = bulk::typed(&operations::POST_USERS, item)?;
            let missing = [("name", user.name.is_none()), ("email", user.email.is_none())];
            match missing.iter().find(|(_, is_missing)| *is_missing) {
                Some((field, _)) => Err(format!("the user has no `{field}`")),
                None => Ok(user),
            }
        }),
        name: |item| text_of(item, "email"),
    };
    if options.dry_run {
        return bulk::check(app, options, verb).await;
    }
    let client = connect::genesys(app).await?;
    let users = client.users();
    let send = |requests| bulk::one_by_one(requests, options.concurrency, |user| users.create(user).boxed());
    bulk::run(app, options, verb, send, |user: &User| user.id.clone()).await
}

async fn update_many(app: &App, options: &BulkOptions) -> Result<(), Failure> {
    let verb = Verb { json: JSON_FIELDS, prepare: Box::new(Change::of_item), name: |item| text_of(item, "id") };
    if options.dry_run {
        return bulk::check(app, options, verb).await;
    }
    let client = connect::genesys(app).await?;
    let send = |requests| {
        let batch = bulk::one_by_one(requests, options.concurrency, |change: Change| change.send(&client).boxed());
        // Two changes of one user take effect in their order.
        batch.keyed_by(|change| vec![change.id.clone()])
    };
    bulk::run(app, options, verb, send, |user: &User| user.id.clone()).await
}

fn text_of(item: &Value, name: &str) -> String {
    item.get(name).and_then(Value::as_str).map(|text| text::shortened(text, 100)).unwrap_or_default()
}

/// A change of one user.
#[derive(Clone)]
struct Change {
    id: String,
    /// The version that must be the current one. Without it, the change holds for whichever is.
    version: Option<i64>,
    update: UpdateUser,
}

impl Change {
    /// A change from `{"id": …, "version": …, field: …}`.
    fn of_item(item: Value) -> Result<Self, String> {
        let Value::Object(mut fields) = item else { return Err("the item is no JSON object".to_owned()) };
        let id = match fields.remove("id") {
            Some(Value::String(id)) if !id.is_empty() => id,
            _ => return Err("the item has no `id`, which is the text that names the user".to_owned()),
        };
        let version = match fields.remove("version") {
            None | Some(Value::Null) => None,
            Some(version) => Some(version.as_i64().ok_or("`version` is no whole number")?),
        };
        if fields.is_empty() {
            return Err("the item changes nothing: it has no field beside `id` and `version`".to_owned());
        }
        Ok(Self { id, version, update: bulk::typed(&operations::PATCH_USER, Value::Object(fields))? })
    }

    async fn send(self, client: &Client) -> Result<User, Error> {
        let Self { id, version, update } = self;
        match version {
            Some(version) => client.users().patch(id, UpdateUser { version: Patch::Value(version), ..update }).await,
            None => client.users().patch_latest(id, |_| update.clone()).await,
        }
    }
}

/// A conflict, with what to do about it.
fn conflict(error: Error, version: Option<i64>) -> Failure {
    let before = match (error.status(), version) {
        (Some(StatusCode::CONFLICT), Some(version)) => {
            format!(
                "nothing was written: {version} is not the user's current version, or the change contradicts something else; without --version, the change is made on the current one\n  "
            )
        }
        _ => String::new(),
    };
    Failure::Call { before, error: Box::new(error) }
}

fn search(
    app: &App,
    text: Option<String>,
    fields: Vec<String>,
    kind: &str,
    body: Option<&str>,
) -> Result<UserSearchRequest, Failure> {
    if let Some(body) = body {
        let body = Source::of(body).json(app, "--body")?;
        let Value::Object(body) = body else { return Err(Failure::usage("--body is no JSON object")) };
        return change::body(&operations::POST_USERS_SEARCH, body);
    }
    let criterion = UserSearchCriteria {
        fields: Some(fields),
        value: text,
        type_: Some(kind.into()),
        ..UserSearchCriteria::default()
    };
    Ok(UserSearchRequest { query: Some(vec![criterion]), ..UserSearchRequest::default() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_item_names_its_user_and_changes_something() {
        for (item, problem) in [
            (json!({ "title": "Agent" }), "no `id`"),
            (json!({ "id": "", "title": "Agent" }), "no `id`"),
            (json!({ "id": "u-1", "version": 3 }), "changes nothing"),
            (json!({ "id": "u-1", "version": "3", "title": "x" }), "no whole number"),
            (json!({ "id": "u-1", "titel": "Agent" }), "titel"),
        ] {
            let error = Change::of_item(item).err().unwrap_or_default();
            assert!(error.contains(problem), "{problem}: {error}");
        }
        let change = Change::of_item(json!({ "id": "u-1", "version": 3, "title": null })).expect("a change");
        assert_eq!((change.id.as_str(), change.version, change.update.title.is_null()), ("u-1", Some(3), true));
    }
}
