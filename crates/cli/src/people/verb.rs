//! What a verb does to a user.

use std::collections::{BTreeMap, HashMap};

use futures_util::future::BoxFuture;
use genesys_users::generated::{operations, schemas};
use genesys_users::{Client, Error as CallError};
use rosterkit_core::input::FieldKind;
use serde_json::{Map, Value};

use super::lookup::{PER_REQUEST, Wanted};
use super::nouns::Ref;

pub(crate) type Fields = Map<String, Value>;

/// The fields that items of a file can have.
pub(crate) use rosterkit_core::input::Fields as Columns;

/// These fields of text. Others of a user are known and left out, so that a listing can be used as input.
pub(crate) fn columns_beside_user(names: impl IntoIterator<Item = &'static str>) -> Columns {
    let named = names.into_iter().map(|name| (name, FieldKind::Text));
    Columns::of(named).leaving_out(schemas::body(operations::PATCH_USER.id))
}

/// A value that somebody has.
#[derive(Clone, Debug)]
pub(crate) struct Fact {
    /// What it is called in a plan.
    pub label: String,
    pub value: Value,
}

impl Fact {
    /// A value that is called like its key, with the key.
    pub(crate) fn of(key: &str, value: Value) -> (String, Self) {
        (key.to_owned(), Self { label: key.to_owned(), value })
    }
}

/// What somebody has: values by key, such as the name of a field or the id of a skill.
pub(crate) type State = BTreeMap<String, Fact>;

/// What a change makes of one value.
#[derive(Clone, Debug)]
pub(crate) struct Effect {
    pub key: String,
    /// What the value is called in a plan, unless the state has a label for it.
    pub label: String,
    /// The value afterwards; `null` if there is none.
    pub after: Value,
}

impl Effect {
    /// The effect on a value that is called like its key.
    pub(crate) fn of(key: &str, after: impl Into<Value>) -> Self {
        Self { key: key.to_owned(), label: key.to_owned(), after: after.into() }
    }
}

/// What a verb does to a user.
pub(crate) trait Verb: Sync {
    /// What is done to one user, checked as far as it can be without an account.
    type Change: Clone + Send + Sync + 'static;

    /// What is done to so many users, for questions.
    fn doing(&self, users: usize) -> String;

    /// Whether it takes something away from users, so that it is confirmed.
    fn is_destructive(&self) -> bool {
        false
    }

    /// Which users it is about.
    fn wanted(&self) -> Wanted {
        Wanted::Living
    }

    /// The fields that items of a file can have, beside the one that names the user.
    fn columns(&self) -> Columns;

    /// The change that an item asks for, from its fields without the one that names the user.
    fn change(&self, fields: Fields) -> Result<Self::Change, String>;

    /// What the change refers to by name or id.
    fn refs<'c>(&self, change: &'c mut Self::Change) -> Vec<&'c mut Ref> {
        let _ = change;
        Vec::new()
    }

    /// How many requests [`read`](Self::read) sends for so many users, at least.
    fn requests(&self, users: usize) -> usize {
        users.div_ceil(PER_REQUEST)
    }

    /// What users have, as far as the verb changes it. Who does not exist is left out. With `for_undo`, it has all that
    /// [`inverse`](Self::inverse) needs.
    fn read<'c>(
        &'c self,
        client: &'c Client,
        ids: &'c [String],
        for_undo: bool,
    ) -> BoxFuture<'c, Result<HashMap<String, State>, CallError>>;

    /// What the change makes of somebody, with the values that stay the same.
    fn effects(&self, change: &Self::Change, before: &State) -> Vec<Effect>;

    /// The fields of an item that undoes the change; `None` if there is nothing to undo.
    fn inverse(&self, change: &Self::Change, before: &State) -> Option<Fields>;

    /// The verb that takes these items.
    fn undone_by(&self) -> &'static str;

    /// Sends the change.
    fn send(&self, client: Client, id: String, change: Self::Change) -> BoxFuture<'static, Result<(), CallError>>;
}

/// Reads users in any state by id, up to 100 with one request, with these parts.
pub(crate) async fn read_users(
    client: &Client,
    ids: &[String],
    expand: &[&str],
) -> Result<HashMap<String, Value>, CallError> {
    let mut found = HashMap::new();
    for ids in ids.chunks(PER_REQUEST) {
        let call = client.api().get_users().page_size(PER_REQUEST as i64).id(ids).state("any");
        let call = if expand.is_empty() { call } else { call.expand(expand.iter().copied()) };
        let mut users = call.pager().items();
        while let Some(user) = users.next().await {
            let user = user.map_err(|error| error.into_error())?;
            let Some(id) = user.id.clone() else { continue };
            // A type of texts, numbers and lists always serializes.
            found.insert(id, serde_json::to_value(user).unwrap_or_default());
        }
    }
    Ok(found)
}
