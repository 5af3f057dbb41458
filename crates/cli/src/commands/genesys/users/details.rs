//! What is read besides the fields that a list of users has: parts that `--columns` names, and the names of managers.

use std::collections::{BTreeSet, HashMap};

use clap::ValueEnum;
use genesys_users::Client;
use genesys_users::generated::operations::GET_USERS;
use genesys_users::types::{UserExpand, UserListState, UserSearchRequest};
use serde_json::Value;

use crate::commands::genesys::enum_values;
use crate::context::Context;
use crate::error::Error;
use crate::people::PER_REQUEST;
use crate::text;

/// The columns that `--join manager` adds to the default ones.
pub(super) const JOINED: [&str; 2] = ["manager.name", "manager.email"];

/// What `--join` adds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Join {
    /// Name and e-mail address of each manager
    Manager,
}

/// The columns of `--columns`, if they are columns of users: with a query, they are those of its result.
fn named(context: &Context) -> impl Iterator<Item = &str> {
    let columns = context.global.columns.as_deref().filter(|_| context.global.query.is_none());
    columns.unwrap_or_default().iter().map(String::as_str)
}

/// The parts of a user to ask for: those of `--expand`, and those that `--columns` names.
pub(super) fn expand(context: &Context, expand: &[String]) -> Vec<UserExpand> {
    let mut parts: Vec<UserExpand> = enum_values::parse_all(context, "--expand", expand, UserExpand::VALUES);
    let known: Vec<&str> = parts.iter().map(UserExpand::as_str).collect();
    let added = of_columns(context, &known);
    parts.extend(added.into_iter().map(UserExpand::from));
    parts
}

/// Adds the parts of a user that `--columns` names to a search.
pub(super) fn expand_search(context: &Context, request: &mut UserSearchRequest) {
    let known: Vec<&str> = request.expand.iter().flatten().map(String::as_str).collect();
    let added = of_columns(context, &known);
    if !added.is_empty() {
        request.expand.get_or_insert_default().extend(added.into_iter().map(str::to_owned));
    }
}

/// The parts that `--columns` names, without the known ones.
fn of_columns(context: &Context, known: &[&str]) -> Vec<&'static str> {
    let is_named = |part: &&&str| named(context).any(|column| is_within(column, part));
    let parts: Vec<&str> =
        UserExpand::VALUES.iter().filter(|part| !known.contains(part)).filter(is_named).copied().collect();
    if !parts.is_empty() {
        context.note(format_args!("for --columns: --expand {}", parts.join(",")));
    }
    parts
}

/// Whether a column is this part of a user, or within it. `lasttokenissued` is the one whose field differs, in its case.
fn is_within(column: &str, part: &str) -> bool {
    let rest = column.get(part.len()..).filter(|_| column[..part.len()].eq_ignore_ascii_case(part));
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// Whether a field is there only if it is asked for, and was not.
pub(super) fn is_absent(field: &str, parts: &[UserExpand]) -> bool {
    UserExpand::VALUES.iter().any(|part| is_within(field, part))
        && !parts.iter().any(|part| is_within(field, part.as_str().split('.').next().unwrap_or_default()))
}

/// What to join: as `--join` says, or because `--columns` names it.
pub(super) fn join(context: &Context, join: Option<Join>) -> Option<Join> {
    join.or_else(|| named(context).any(|column| JOINED.contains(&column)).then_some(Join::Manager))
}

/// Names and addresses of managers, each read once.
pub(super) struct Managers<'a> {
    context: &'a Context,
    client: &'a Client,
    known: HashMap<String, Option<Manager>>,
}

struct Manager {
    name: Option<String>,
    email: Option<String>,
}

impl<'a> Managers<'a> {
    pub(super) fn new(context: &'a Context, client: &'a Client) -> Self {
        Self { context, client, known: HashMap::new() }
    }

    /// Adds name and e-mail address to the manager of each user. Managers that are not known yet are read, a hundred in a
    /// request.
    pub(super) async fn join(&mut self, mut users: Vec<Value>) -> Result<Vec<Value>, Error> {
        let ids = users.iter().filter_map(|user| user["manager"]["id"].as_str());
        let unknown: BTreeSet<&str> = ids.filter(|id| !self.known.contains_key(*id)).collect();
        let unknown: Vec<String> = unknown.into_iter().map(str::to_owned).collect();
        for ids in unknown.chunks(PER_REQUEST) {
            self.read(ids).await?;
        }
        for manager in users.iter_mut().filter_map(|user| user.get_mut("manager")?.as_object_mut()) {
            let id = manager.get("id").and_then(Value::as_str);
            if let Some(Some(known)) = id.and_then(|id| self.known.get(id)) {
                let fields = [("name", &known.name), ("email", &known.email)];
                let fields =
                    fields.into_iter().filter_map(|(field, value)| Some((field.to_owned(), value.clone()?.into())));
                manager.extend(fields);
            }
        }
        Ok(users)
    }

    async fn read(&mut self, ids: &[String]) -> Result<(), Error> {
        let call =
            self.client.api().get_users().id(ids.to_vec()).state(UserListState::Any).page_size(PER_REQUEST as i64);
        let problem = "the response is not a list: it has no `entities`";
        let users = call.send().await?.require(&GET_USERS, problem, |listing| listing.entities)?;
        self.context.note(format_args!("for the names of managers: {} users by id (getUsers)", ids.len()));
        self.known.extend(ids.iter().map(|id| (id.clone(), None)));
        for user in users {
            if let Some(id) = user.id {
                self.known.insert(id, Some(Manager { name: user.name, email: user.email }));
            }
        }
        Ok(())
    }

    /// Says which managers the service does not have.
    pub(super) fn report(&self) {
        let mut missing: Vec<String> =
            self.known.iter().filter(|(_, user)| user.is_none()).map(|(id, _)| text::shortened(id, 64)).collect();
        missing.sort();
        if !missing.is_empty() {
            let shown = text::shortened(&missing.join(", "), 300);
            self.context.hint(format_args!("managers who are not users any more, without name: {shown}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_names_the_part_that_it_is_within() {
        for (column, part, expected) in [
            ("presence", "presence", true),
            ("presence.presenceDefinition.systemPresence", "presence", true),
            ("presences", "presence", false),
            ("pres", "presence", false),
            ("é", "e", false),
            ("lastTokenIssued.dateIssued", "lasttokenissued", true),
            ("authorization", "authorization.unusedRoles", false),
            ("authorization.unusedRoles.0.name", "authorization.unusedRoles", true),
        ] {
            assert_eq!(is_within(column, part), expected, "{column} {part}");
        }
    }

    #[test]
    fn fields_of_parts_are_absent_unless_asked_for() {
        let parts = ["presence", "authorization.unusedRoles"].map(UserExpand::from);
        for (field, expected) in [
            ("presence", false),
            ("authorization", false),
            ("skills", true),
            ("lastTokenIssued", true),
            ("name", false),
        ] {
            assert_eq!(is_absent(field, &parts), expected, "{field}");
        }
    }
}
