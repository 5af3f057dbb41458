//! `genesys presences`.

use std::collections::HashMap;

use clap::{Args, Subcommand};
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use genesys_users::generated::operations::{
    GET_PRESENCE_DEFINITION0, GET_PRESENCE_DEFINITIONS0, PATCH_USER_PRESENCES_PURECLOUD,
};
use genesys_users::types::{OrganizationPresenceDefinition, PresenceDefinition, UserPresence, UserPresencePatch};
use genesys_users::{Client, Error as CallError};
use serde_json::Value;

use super::by_id;
use crate::bulk::Write;
use crate::connect;
use crate::context::Context;
use crate::error::Error;
use crate::listing::{self, OutFile};
use crate::people::{
    self, Columns, Effect, Fact, Fields, Noun, One, PeopleOptions, Person, Ref, State, Verb, columns_beside_user,
    person, read_users,
};

const COLUMNS: [&str; 5] = ["id", "name", "systemPresence", "type", "deactivated"];

const LIST: &str = "\
Examples:
  rosterkit --sandbox genesys presences list
  rosterkit --sandbox genesys presences list --name Meal --columns id,name
  rosterkit --sandbox genesys presences list --deactivated --output csv";
const GET: &str = "\
Examples:
  rosterkit --sandbox genesys presences get 51d1a7a4-434a-4602-a283-3bf2eaf7cf5c
  rosterkit genesys presences get PRESENCE_ID";
const SET: &str = "\
The presence is given by name or by id; names are those that `presences list` shows, or their labels. The presence of another \
user may be refused, although the service documents no permission for it.

Examples:
  rosterkit genesys presences set USER_ID PRESENCE_ID
  rosterkit genesys presences set USER_ID Meal --message 'Back at noon' --plan
  rosterkit --sandbox genesys presences set --where \"department == 'Service'\" Meal --plan
  rosterkit genesys presences set --from people.csv Meal --undo undo.jsonl --yes

An item of a file names the user, and has `presence` and perhaps `message`, unless an argument names the presence of all.";
const SET_USAGE: &str = "\
rosterkit genesys presences set [OPTIONS] <USER> <PRESENCE>
       rosterkit genesys presences set [OPTIONS] <--from FILE|--where EXPRESSION> [PRESENCE]";
const EXAMPLES: &str = "\
Examples:
  rosterkit --sandbox genesys presences list
  rosterkit genesys presences get PRESENCE_ID
  rosterkit genesys presences set USER_ID PRESENCE_ID";

/// List and read the presences that users can choose; set those of users
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Presences {
    #[command(subcommand)]
    command: PresencesCommand,
}

#[derive(Debug, Subcommand)]
enum PresencesCommand {
    /// List presences (getPresenceDefinitions0)
    #[command(after_help = LIST)]
    List {
        /// Only presences with this text in their name or in one of their labels; case is ignored
        #[arg(long, value_name = "NAME", value_parser = by_id::name)]
        name: Option<String>,
        /// Only presences that have been deactivated, in place of the others
        #[arg(long)]
        deactivated: bool,
        #[command(flatten)]
        file: OutFile,
    },
    /// Read a presence (getPresenceDefinition0)
    #[command(after_help = GET)]
    Get {
        /// The presence
        #[arg(value_parser = by_id::id)]
        id: String,
    },
    /// Set the presence of one user or many (patchUserPresencesPurecloud)
    #[command(after_help = SET, override_usage = SET_USAGE)]
    Set {
        /// The user, unless --from or --where is given, and the presence
        #[arg(value_name = "USER|PRESENCE", value_parser = person)]
        values: Vec<String>,
        /// A text that others see beside the presence
        #[arg(long, value_name = "TEXT")]
        message: Option<String>,
        #[command(flatten)]
        people: Box<PeopleOptions>,
    },
}

impl Presences {
    pub(crate) async fn run(self, context: &Context) -> Result<(), Error> {
        match self.command {
            PresencesCommand::List { name, deactivated, file } => {
                let mut rows = listing::rows::<OrganizationPresenceDefinition>(file.printer(context)?, &COLUMNS)?;
                let client = connect::genesys(context).await?;
                let call = client.api().get_presence_definitions0();
                let call = if deactivated { call.deactivated("true") } else { call };
                let problem = "the response is not a list: it has no `entities`";
                let all =
                    call.send().await?.require(&GET_PRESENCE_DEFINITIONS0, problem, |listing| listing.entities)?;
                let is_listed = |presence: &&OrganizationPresenceDefinition| {
                    name.as_ref().is_none_or(|name| is_named(presence, name))
                };
                all.iter().filter(is_listed).try_for_each(|presence| rows.push(listing::row(presence)?))?;
                rows.finish()
            }
            PresencesCommand::Get { id } => {
                let printer = context.printer()?;
                let client = connect::genesys(context).await?;
                let problem = "the response is not a presence: it has no `id`";
                let identified = |presence: OrganizationPresenceDefinition| presence.id.is_some().then_some(presence);
                let response = client.api().get_presence_definition0().definition_id(id).send().await?;
                printer.document(listing::row(&response.require(&GET_PRESENCE_DEFINITION0, problem, identified)?)?)
            }
            PresencesCommand::Set { values, message, people } => set(context, &values, message, *people).await,
        }
    }
}

async fn set(
    context: &Context,
    values: &[String],
    message: Option<String>,
    people: PeopleOptions,
) -> Result<(), Error> {
    let (user, presences) = by_id::user_and_rest(&people, values)?;
    let mut common = Fields::new();
    match presences {
        [presence] => drop(common.insert("presence".to_owned(), presence.as_str().into())),
        [] if people.bulk.from.is_some() => {}
        [] => return Err(Error::usage("no presence is given: expected its name or id")),
        _ => return Err(Error::usage("several presences are given: expected one")),
    }
    common.extend(message.map(|message| ("message".to_owned(), message.into())));
    let verb = SetPresence;
    let Some(user) = user else { return people::run(context, &verb, &people, None, &common).await };
    let user = Person::named(user, people.key.key.as_ref()).map_err(Error::Usage)?;
    if people.only_looks() {
        return people::run(context, &verb, &people, Some(user), &common).await;
    }
    let printer = context.printer()?;
    let change = verb.change(common).map_err(Error::Usage)?;
    let client = connect::genesys(context).await?;
    let one = One::begin(context, &verb, &client, &people, &user, change).await?;
    let mut write = Write::begin(context, format!("the presence of user {}", one.id));
    let sent = write.send(one.change.clone().send(client, one.id.clone())).await;
    let printed = |presence| listing::row(&presence).and_then(|presence| printer.of_write().document(presence));
    one.end(context, sent.and_then(|presence| write.end(printed(presence))))
}

/// `presences set`.
struct SetPresence;

/// The presence that a user gets.
#[derive(Clone, Debug)]
struct PresenceChange {
    presence: Ref,
    message: Option<String>,
}

impl PresenceChange {
    /// Sends the presence, and then the message: the service documents no request with both.
    async fn send(self, client: Client, id: String) -> Result<UserPresence, CallError> {
        let client = client.keep_client();
        let definition = PresenceDefinition { id: Some(self.presence.id()), ..Default::default() };
        let body = UserPresencePatch { presence_definition: definition.into(), ..Default::default() };
        let presence = send(&client, &id, body).await?;
        let Some(message) = self.message else { return Ok(presence) };
        let body = UserPresencePatch { message: message.into(), ..Default::default() };
        send(&client, &id, body).await.map_err(|error| error.with_earlier_effect(true))
    }
}

async fn send(client: &Client, id: &str, body: UserPresencePatch) -> Result<UserPresence, CallError> {
    let response = client.api().patch_user_presences_purecloud().user_id(id).body(body).send().await?;
    let problem = "the response is not a presence: it has no `presenceDefinition`";
    let is_presence = |it: UserPresence| it.presence_definition.is_some().then_some(it);
    response.require(&PATCH_USER_PRESENCES_PURECLOUD, problem, is_presence)
}

impl Verb for SetPresence {
    type Change = PresenceChange;

    fn doing(&self, users: usize) -> String {
        format!("set the presence of {users} users")
    }

    fn columns(&self) -> Columns {
        columns_beside_user(["presence", "message"])
    }

    fn change(&self, mut fields: Fields) -> Result<PresenceChange, String> {
        let presence = match fields.remove("presence") {
            Some(Value::String(presence)) if !presence.trim().is_empty() => Ref::new(Noun::Presence, &presence),
            _ => return Err("`presence` is missing: expected its name or id as text".to_owned()),
        };
        let message = match fields.remove("message") {
            None | Some(Value::Null) => None,
            Some(Value::String(message)) => Some(message),
            Some(_) => return Err("invalid `message`: expected text".to_owned()),
        };
        Ok(PresenceChange { presence, message })
    }

    fn refs<'c>(&self, change: &'c mut PresenceChange) -> Vec<&'c mut Ref> {
        vec![&mut change.presence]
    }

    fn read<'c>(
        &'c self,
        client: &'c Client,
        ids: &'c [String],
        _: bool,
    ) -> BoxFuture<'c, Result<HashMap<String, State>, CallError>> {
        async move {
            let mut states = HashMap::new();
            for (id, user) in read_users(client, ids, &["presence"]).await? {
                let fact = |key, pointer| Fact::of(key, user.pointer(pointer).cloned().unwrap_or_default());
                let presence = fact("presence", "/presence/presenceDefinition/id");
                states.insert(id, [presence, fact("message", "/presence/message")].into_iter().collect());
            }
            Ok(states)
        }
        .boxed()
    }

    fn effects(&self, change: &PresenceChange, _: &State) -> Vec<Effect> {
        let message = change.message.iter().map(|message| Effect::of("message", message.clone()));
        [Effect::of("presence", change.presence.id())].into_iter().chain(message).collect()
    }

    fn inverse(&self, change: &PresenceChange, before: &State) -> Option<Fields> {
        let presence = before.get("presence").filter(|fact| !fact.value.is_null())?;
        let mut fields = Fields::new();
        fields.insert("presence".to_owned(), presence.value.clone());
        if change.message.is_some() {
            // An empty text takes the message away.
            let message = before.get("message").and_then(|fact| fact.value.as_str()).unwrap_or_default();
            fields.insert("message".to_owned(), message.into());
        }
        Some(fields)
    }

    fn undone_by(&self) -> &'static str {
        "genesys presences set"
    }

    fn send(&self, client: Client, id: String, change: PresenceChange) -> BoxFuture<'static, Result<(), CallError>> {
        async move { change.send(client, id).await.map(drop) }.boxed()
    }
}

fn is_named(presence: &OrganizationPresenceDefinition, text: &str) -> bool {
    let labels = presence.language_labels.iter().flatten().map(|(_, label)| label.as_str());
    presence.name.as_deref().into_iter().chain(labels).any(|name| listing::contains(Some(name), text))
}
