//! `genesys roles`.

use std::collections::HashMap;

use clap::{Args, Subcommand};
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use genesys_users::generated::operations;
use genesys_users::types::{RoleDivisionGrants, RoleDivisionPair};
use genesys_users::{Client, Error as CallError};
use rosterkit_core::StatusCode;
use serde_json::{Value, json};

use super::by_id;
use crate::bulk::Write;
use crate::connect;
use crate::context::Context;
use crate::error::Error;
use crate::listing::{self, PageOptions};
use crate::people::{
    self, Columns, Effect, Fact, Fields, Noun, One, PeopleOptions, Person, Ref, State, Verb, columns_beside_user,
    person,
};

const COLUMNS: [&str; 4] = ["id", "name", "userCount", "description"];

const LIST: &str = "\
Examples:
  rosterkit --sandbox genesys roles list
  rosterkit --sandbox genesys roles list --name supervisor --columns id,name
  rosterkit --sandbox genesys roles list --all --output csv";

const GRANT: &str = "\
A role counts in a division: that of --division, or else the home division. What the user has already stays. Roles and \
divisions are given by name or by id.

Examples:
  rosterkit genesys roles grant USER_ID supervisor
  rosterkit genesys roles grant USER_ID supervisor --division North --plan
  rosterkit --sandbox genesys roles grant --where \"department == 'Service'\" supervisor --plan
  rosterkit genesys roles grant --from people.csv supervisor --undo undo.jsonl

An item of a file names the user, and has `role` and perhaps `division`, unless arguments name the roles of all. `roles` is a \
list of roles, or of objects with `role` and `division`.";
const REVOKE: &str = "\
A role is revoked in a division: that of --division, or else the home division. Roles that the user has through a group stay.

Examples:
  rosterkit genesys roles revoke USER_ID supervisor
  rosterkit --sandbox genesys roles revoke --where \"department == 'Service'\" supervisor --plan
  rosterkit genesys roles revoke --from people.csv supervisor --max 10 --yes

An item of a file is as for `roles grant`.";
const GRANT_USAGE: &str = "\
rosterkit genesys roles grant [OPTIONS] <USER> <ROLE>...
       rosterkit genesys roles grant [OPTIONS] <--from FILE|--where EXPRESSION> [ROLE]...";
const REVOKE_USAGE: &str = "\
rosterkit genesys roles revoke [OPTIONS] <USER> <ROLE>...
       rosterkit genesys roles revoke [OPTIONS] <--from FILE|--where EXPRESSION> [ROLE]...";
const EXAMPLES: &str = "\
Examples:
  rosterkit --sandbox genesys roles list
  rosterkit genesys roles grant USER_ID supervisor
  rosterkit genesys roles revoke USER_ID supervisor";

/// List the roles of the organization; grant and revoke them
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Roles {
    #[command(subcommand)]
    command: RolesCommand,
}

#[derive(Debug, Subcommand)]
enum RolesCommand {
    /// List roles (getAuthorizationRoles)
    #[command(after_help = LIST)]
    List {
        /// Only roles with this name; the service may list others whose name has it in it
        #[arg(long, value_name = "NAME", value_parser = by_id::name)]
        name: Option<String>,
        /// Only these roles
        #[arg(long, value_name = "ID", value_delimiter = ',', value_parser = by_id::id)]
        id: Vec<String>,
        #[command(flatten)]
        pages: PageOptions,
    },
    /// Grant roles to one user or many (postAuthorizationSubjectBulkadd)
    #[command(after_help = GRANT, override_usage = GRANT_USAGE)]
    Grant(GrantArguments),
    /// Revoke roles of one user or many (postAuthorizationSubjectBulkremove)
    #[command(after_help = REVOKE, override_usage = REVOKE_USAGE)]
    Revoke(GrantArguments),
}

#[derive(Args, Debug)]
struct GrantArguments {
    /// The user, unless --from or --where is given, and the roles
    #[arg(value_name = "USER|ROLE", value_parser = person)]
    values: Vec<String>,
    /// The division in which the roles count, by name or id [default: the home division]
    #[arg(long, value_name = "DIVISION", value_parser = by_id::name)]
    division: Option<String>,
    #[command(flatten)]
    people: PeopleOptions,
}

impl GrantArguments {
    async fn run(self, context: &Context, verb: Grants) -> Result<(), Error> {
        let Self { values, division, people } = self;
        let (user, roles) = by_id::user_and_rest(&people, &values)?;
        if roles.is_empty() && people.bulk.from.is_none() {
            return Err(Error::usage("no role is given: expected its name or id"));
        }
        let grant = |role: &String| json!({ "role": role, "division": division });
        let mut common = Fields::new();
        if !roles.is_empty() {
            common.insert("roles".to_owned(), roles.iter().map(grant).collect());
        } else if let Some(division) = &division {
            common.insert("division".to_owned(), division.as_str().into());
        }
        let Some(user) = user else { return people::run(context, &verb, &people, None, &common).await };
        let user = Person::named(user, people.key.key.as_ref()).map_err(Error::Usage)?;
        if people.only_looks() {
            return people::run(context, &verb, &people, Some(user), &common).await;
        }
        let change = verb.change(common).map_err(Error::Usage)?;
        let client = connect::genesys(context).await?;
        let one = One::begin(context, &verb, &client, &people, &user, change).await?;
        let mut write = Write::begin(context, format!("the change of the roles of user {}", one.id));
        let sent = write.send(verb.send(client, one.id.clone(), one.change.clone())).await;
        one.end(context, sent.and_then(|()| write.end(Ok(()))))
    }
}

/// A role in a division.
#[derive(Clone, Debug)]
pub(super) struct Grant {
    role: Ref,
    division: Ref,
}

impl Grant {
    fn new(role: &str, division: Option<&str>) -> Result<Self, String> {
        match role.trim().is_empty() {
            true => Err("a role is blank: expected its name or id".to_owned()),
            false => Ok(Self {
                role: Ref::new(Noun::Role, role),
                division: Ref::new(Noun::Division, division.unwrap_or("")),
            }),
        }
    }

    /// A role by name or id, or an object with `role` and perhaps `division`.
    fn of(value: &Value) -> Result<Self, String> {
        match value {
            Value::String(role) => Self::new(role, None),
            value => Self::new(
                value.get("role").and_then(Value::as_str).unwrap_or_default(),
                value.get("division").and_then(Value::as_str),
            ),
        }
    }

    pub(super) fn item(&self) -> Value {
        json!({ "role": self.role.id(), "division": self.division.id() })
    }

    fn key(&self) -> String {
        format!("{} {}", self.role.id(), self.division.id())
    }

    fn pair(&self) -> RoleDivisionPair {
        RoleDivisionPair { role_id: Some(self.role.id()), division_id: Some(self.division.id()) }
    }
}

/// The grants that were made to a user, without those through groups.
pub(super) async fn grants_of(client: &Client, id: &str) -> Result<Vec<Grant>, CallError> {
    let mut grants = Vec::new();
    for grant in client.roles(id).grants().await?.grants.into_iter().flatten() {
        let is_own = grant.subject_id.as_deref().is_none_or(|subject| subject == id);
        let role = grant.role.and_then(|role| Some((role.id?, role.name)));
        let division = grant.division.and_then(|division| Some((division.id?, division.name)));
        if let (true, Some((role, role_name)), Some((division, division_name))) = (is_own, role, division) {
            let of = |noun, id: String, name: Option<String>| Ref {
                noun,
                text: name.unwrap_or_else(|| id.clone()),
                id: Some(id),
            };
            let (role, division) = (of(Noun::Role, role, role_name), of(Noun::Division, division, division_name));
            grants.push(Grant { role, division });
        }
    }
    Ok(grants)
}

/// `roles grant` and `roles revoke`.
#[derive(Clone, Copy, Debug)]
struct Grants {
    revokes: bool,
}

impl Verb for Grants {
    type Change = Vec<Grant>;

    fn doing(&self, users: usize) -> String {
        match self.revokes {
            true => format!("revoke roles of {users} users"),
            false => format!("grant roles to {users} users"),
        }
    }

    fn is_destructive(&self) -> bool {
        self.revokes
    }

    fn columns(&self) -> Columns {
        columns_beside_user(["role", "roles", "division"])
    }

    fn change(&self, mut fields: Fields) -> Result<Vec<Grant>, String> {
        let division = fields.remove("division");
        let (one, several) = (fields.remove("role"), fields.remove("roles"));
        let given = |value: Option<Value>| value.filter(|it| !it.is_null());
        match (given(one), given(several)) {
            (Some(Value::String(role)), None) => {
                // The division of a listed user is an object, and not meant.
                Ok(vec![Grant::new(&role, division.as_ref().and_then(Value::as_str))?])
            }
            (None, Some(Value::Array(roles))) if !roles.is_empty() => roles.iter().map(Grant::of).collect(),
            (None, Some(Value::String(roles))) if !roles.trim().is_empty() => {
                let division = division.as_ref().and_then(Value::as_str);
                let roles = roles.split(';').filter(|role| !role.trim().is_empty());
                roles.map(|role| Grant::new(role, division)).collect()
            }
            (Some(_), Some(_)) => Err("`role` and `roles` are both given: expected one of them".to_owned()),
            (None, None) => Err("`role` is missing: expected its name or id, or several as `roles`".to_owned()),
            _ => Err("invalid roles: expected a name or an id as `role`, or a list as `roles`".to_owned()),
        }
    }

    fn refs<'c>(&self, change: &'c mut Vec<Grant>) -> Vec<&'c mut Ref> {
        change.iter_mut().flat_map(|grant| [&mut grant.role, &mut grant.division]).collect()
    }

    fn requests(&self, users: usize) -> usize {
        users
    }

    fn read<'c>(
        &'c self,
        client: &'c Client,
        ids: &'c [String],
        _: bool,
    ) -> BoxFuture<'c, Result<HashMap<String, State>, CallError>> {
        async move {
            let mut states = HashMap::new();
            for id in ids {
                match grants_of(client, id).await {
                    Ok(grants) => {
                        let fact = |grant: &Grant| {
                            let label = format!("{} in {}", grant.role.text, grant.division.text);
                            (grant.key(), Fact { label, value: json!(true) })
                        };
                        states.insert(id.clone(), grants.iter().map(fact).collect());
                    }
                    Err(error) if error.status() == Some(StatusCode::NOT_FOUND) => {}
                    Err(error) => return Err(error),
                }
            }
            Ok(states)
        }
        .boxed()
    }

    fn effects(&self, change: &Vec<Grant>, _: &State) -> Vec<Effect> {
        let effect = |grant: &Grant| {
            let division = if grant.division.text.is_empty() { "the home division" } else { &grant.division.text };
            let label = format!("{} in {division}", grant.role.text);
            Effect { key: grant.key(), label, after: if self.revokes { Value::Null } else { json!(true) } }
        };
        change.iter().map(effect).collect()
    }

    fn inverse(&self, change: &Vec<Grant>, before: &State) -> Option<Fields> {
        let is_undone = |grant: &&Grant| before.contains_key(&grant.key()) == self.revokes;
        let grants: Vec<Value> = change.iter().filter(is_undone).map(Grant::item).collect();
        (!grants.is_empty()).then(|| [("roles".to_owned(), grants.into())].into_iter().collect())
    }

    fn undone_by(&self) -> &'static str {
        if self.revokes { "genesys roles grant" } else { "genesys roles revoke" }
    }

    fn send(&self, client: Client, id: String, change: Vec<Grant>) -> BoxFuture<'static, Result<(), CallError>> {
        let revokes = self.revokes;
        async move {
            let grants = RoleDivisionGrants { grants: Some(change.iter().map(Grant::pair).collect()) };
            match revokes {
                false => {
                    let call = client.api().post_authorization_subject_bulkadd().subject_id(id).body(grants);
                    call.send().await?.accepted(&operations::POST_AUTHORIZATION_SUBJECT_BULKADD).map(drop)
                }
                true => {
                    let call = client.api().post_authorization_subject_bulkremove().subject_id(id).body(grants);
                    call.send().await?.accepted(&operations::POST_AUTHORIZATION_SUBJECT_BULKREMOVE).map(drop)
                }
            }
        }
        .boxed()
    }
}

impl Roles {
    pub(crate) async fn run(self, context: &Context) -> Result<(), Error> {
        let (name, id, pages) = match self.command {
            RolesCommand::List { name, id, pages } => (name, id, pages),
            RolesCommand::Grant(grant) => return grant.run(context, Grants { revokes: false }).await,
            RolesCommand::Revoke(grant) => return grant.run(context, Grants { revokes: true }).await,
        };
        let client = connect::genesys(context).await?;
        let mut call = client.api().get_authorization_roles().page_size(100);
        if !id.is_empty() {
            call = call.id(id);
        }
        call = name.into_iter().fold(call, |call, name| call.name(name));
        listing::print(context, call.pager(), &pages, &COLUMNS).await
    }
}
