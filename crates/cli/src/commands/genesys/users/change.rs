//! `users update`, `delete` and `restore`, for one user or many.

use std::sync::Arc;

use genesys_users::Error as CallError;
use rosterkit_core::StatusCode;

use super::verbs::{Delete, Restore, Update};
use crate::bulk::Write;
use crate::commands::genesys::fields::say_left_out;
use crate::connect;
use crate::context::Context;
use crate::error::Error;
use crate::listing;
use crate::people::{self, Fields, Key, One, PeopleOptions, Person, Verb};

/// The user of the argument.
fn named(user: Option<&str>, people: &PeopleOptions) -> Result<Option<Person>, Error> {
    user.map(|user| Person::named(user, people.key.key.as_ref())).transpose().map_err(Error::Usage)
}

/// Changes users. `common` are fields of all.
pub(super) async fn update(
    context: &Context,
    user: Option<&str>,
    common: Fields,
    people: &PeopleOptions,
) -> Result<(), Error> {
    let verb = Update::new(&common);
    let user = named(user, people)?;
    let result = match user {
        Some(user) if !people.only_looks() => update_one(context, &verb, &user, common, people).await,
        user => people::run(context, &verb, people, user, &common).await,
    };
    say_left_out(context, &verb.left_out());
    result
}

async fn update_one(
    context: &Context,
    verb: &Update,
    user: &Person,
    fields: Fields,
    people: &PeopleOptions,
) -> Result<(), Error> {
    let printer = context.printer()?;
    let change = verb.change(fields).map_err(Error::Usage)?;
    let client = connect::genesys(context).await?;
    let one = One::begin(context, verb, &client, people, user, change).await?;
    let mut write = Write::begin(context, format!("the change of user {}", one.id));
    let version = one.change.version;
    let changed = one.change.clone().send(&client, one.id.clone());
    let changed = write.send(async { changed.await.map_err(|error| conflict(error, version)) }).await;
    let printed = |user| listing::row(&user).and_then(|user| printer.of_write().document(user));
    one.end(context, changed.and_then(|user| write.end(printed(user))))
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

/// Deletes users.
pub(super) async fn delete(context: &Context, user: Option<&str>, people: &PeopleOptions) -> Result<(), Error> {
    let user = match named(user, people)? {
        Some(user) if !people.only_looks() => user,
        user => return people::run(context, &Delete, people, user, &Fields::new()).await,
    };
    let client = connect::genesys(context).await?;
    let one = One::begin(context, &Delete, &client, people, &user, ()).await?;
    let mut write = Write::begin(context, format!("the deletion of user {}", one.id));
    let sent = write.send(client.users().delete(one.id.clone())).await;
    one.end(context, sent.and_then(|()| write.end(Ok(()))))
}

/// Restores users.
pub(super) async fn restore(
    context: &Context,
    user: Option<&str>,
    email: Option<&str>,
    people: &PeopleOptions,
) -> Result<(), Error> {
    let of_email = email.map(|email| Person::named(email, Some(&Key::Email))).transpose().map_err(Error::Usage)?;
    let user = match of_email.map_or_else(|| named(user, people), |user| Ok(Some(user)))? {
        Some(user) if !people.only_looks() => user,
        user => return people::run(context, &Restore, people, user, &Fields::new()).await,
    };
    let printer = context.printer()?;
    let client = connect::genesys(context).await?;
    let one = One::begin(context, &Restore, &client, people, &user, ()).await?;
    let mut write = Write::begin(context, format!("the restoring of user {}", one.id));
    let sent = write.send(client.users().restore(one.id.clone())).await;
    let printed = |user| listing::row(&user).and_then(|user| printer.of_write().document(user));
    one.end(context, sent.and_then(|user| write.end(printed(user))))
}
