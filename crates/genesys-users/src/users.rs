//! Users: list, search, read, create, change, delete, restore.

use rosterkit_core::batch::Batch;
use rosterkit_core::{Error, Operation, Patch, Response, StatusCode};

use crate::conflict::{self, is_conflict};
use crate::fields::Part;
use crate::generated::{Client, builder, operations};
use crate::pool::kept;
use crate::types::{
    CreateUser, PatchUser, UpdateUser, User, UserExpand, UserLookupState, UserPresence, UserSearchCriteria,
    UserSearchCriteriaType, UserSearchRequest, UserStateValue,
};
use crate::{bulk, fields};

/// The default number of users per page, which is the maximum that the service returns in practice.
const PAGE_SIZE: i64 = 100;

/// Users of the organization; made by [`Client::users`](crate::Client::users).
#[derive(Clone, Debug)]
pub struct Users {
    api: Client,
}

impl Users {
    pub(crate) fn new(api: Client) -> Self {
        Self { api }
    }

    /// Lists users: `getUsers` with 100 users a page. The builder has the filters; its `items()` is a stream over all
    /// pages, its `pager()` has more settings, its `send()` reads one page. Without a `state`, active users are listed.
    ///
    /// ```no_run
    /// # async fn run(client: genesys_users::Client) -> Result<(), genesys_users::Error> {
    /// let mut users = client.users().list().state("any").items();
    /// while let Some(user) = users.next().await {
    ///     println!("{}", user?.name.as_deref().unwrap_or("(no name)"));
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn list(&self) -> builder::GetUsers {
        self.api.get_users().page_size(PAGE_SIZE)
    }

    /// Searches users: `postUsersSearch`, with 100 users a page unless the request has another size. The builder's
    /// `items()` is a stream over all pages, whose number is in the body; its `send()` reads one page.
    pub fn search(&self, mut request: UserSearchRequest) -> builder::PostUsersSearch {
        request.page_size.get_or_insert(PAGE_SIZE);
        self.api.post_users_search().body(request)
    }

    /// Reads a user, active or inactive: `getUser` without a state. For a deleted one, see
    /// [`get_in_state`](Self::get_in_state).
    ///
    /// # Errors
    /// Those of the call; status 404 if there is no such user, or only a deleted one; `ErrorKind::Decode` if the response is
    /// not a user: it has no `id`.
    pub async fn get(&self, user_id: impl Into<String>) -> Result<User, Error> {
        identified(&operations::GET_USER, self.api.get_user().user_id(user_id).send().await?)
    }

    /// Reads a user who is in a state: `getUser` with `state`. With `deleted`, it finds a deleted user, and no other.
    ///
    /// ```no_run
    /// # async fn run(client: genesys_users::Client) -> Result<(), genesys_users::Error> {
    /// use genesys_users::types::UserLookupState;
    ///
    /// let user = client.users().get_in_state("user id", UserLookupState::Deleted).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`get`](Self::get); status 404 if the user is in another state.
    pub async fn get_in_state(
        &self,
        user_id: impl Into<String>,
        state: impl Into<UserLookupState>,
    ) -> Result<User, Error> {
        let call = self.api.get_user().user_id(user_id).state(state.into());
        identified(&operations::GET_USER, call.send().await?)
    }

    /// Finds the deleted user who holds an e-mail address: `postUsersSearch` for exactly this address among deleted users.
    /// No other user can have the address until this one is [restored](Self::restore) or has another.
    ///
    /// The service's search can take some minutes to learn of a deletion.
    ///
    /// # Errors
    /// Those of the call; `ErrorKind::Decode` if the response has no list of users.
    pub async fn find_deleted_by_email(&self, email: impl Into<String>) -> Result<Option<User>, Error> {
        let email = email.into();
        let exact = |field: &str| UserSearchCriteria {
            fields: Some(vec![field.to_owned()]),
            type_: Some(UserSearchCriteriaType::Exact),
            ..UserSearchCriteria::default()
        };
        let query = vec![
            UserSearchCriteria { value: Some(email.clone()), ..exact("email") },
            UserSearchCriteria { values: Some(vec!["deleted".to_owned()]), ..exact("state") },
        ];
        let request = UserSearchRequest { query: Some(query), ..UserSearchRequest::default() };
        let response = self.search(request).send().await?;
        // A page without results may leave out the list.
        let problem = "the response is not a page of users: it has neither `results` nor `total`";
        let found = response.require(&operations::POST_USERS_SEARCH, problem, |page| {
            page.results.or_else(|| page.total.map(|_| Vec::new()))
        })?;
        let is_same = |user: &User| user.email.as_deref().is_some_and(|other| other.eq_ignore_ascii_case(&email));
        Ok(found.into_iter().find(is_same))
    }

    /// Restores a deleted user, who is active then: `getUser` with `state=deleted`, then `patchUser` with the version that was
    /// read and the state alone. Conflicts are repeated as by [`patch_latest`](Self::patch_latest).
    ///
    /// The user has no roles afterwards: they end with the deletion. Other data may have ended, too; read what matters.
    ///
    /// ```no_run
    /// # async fn run(client: genesys_users::Client) -> Result<(), genesys_users::Error> {
    /// if let Some(user) = client.users().find_deleted_by_email("sample.person@example.com").await? {
    ///     client.users().restore(user.id.unwrap_or_default()).await?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Those of the calls; status 404 if no deleted user has this id.
    pub async fn restore(&self, user_id: impl Into<String>) -> Result<User, Error> {
        let (this, user_id) = (self.of_one_task(), user_id.into());
        let read = this.api.get_user().user_id(user_id.as_str()).state(UserLookupState::Deleted).send().await;
        let advice = "no deleted user has this id: check the id, and whether the user was restored already";
        let deleted = read.map_err(|error| if is_not_found(&error) { error.with_advice(advice) } else { error })?;
        let restored = |_| UpdateUser { state: Patch::Value(UserStateValue::Active), ..UpdateUser::default() };
        this.repeat_patch(&user_id, versioned(deleted)?, restored).await
    }

    /// Reads a user with fields that are not included by default: `getUser` with `expand`.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub async fn get_with(
        &self,
        user_id: impl Into<String>,
        expand: impl IntoIterator<Item = impl Into<UserExpand>>,
    ) -> Result<User, Error> {
        identified(&operations::GET_USER, self.api.get_user().user_id(user_id).expand(expand).send().await?)
    }

    /// Reads a user's presence: `getUser` with `expand=presence`. `None` if the response has no presence.
    ///
    /// The Users API has no operation that sets it.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub async fn presence(&self, user_id: impl Into<String>) -> Result<Option<UserPresence>, Error> {
        Ok(self.get_with(user_id, [UserExpand::Presence]).await?.presence.map(|presence| *presence))
    }

    /// Creates a user: `postUsers`. It is not retried after an error, since the user may have been created, for example if
    /// only the password was rejected.
    ///
    /// # Errors
    /// Those of the call; status 409 if the e-mail address is taken, perhaps by a deleted user, whom
    /// [`find_deleted_by_email`](Self::find_deleted_by_email) finds and [`restore`](Self::restore) restores;
    /// `ErrorKind::Decode` if the response has no `id`: then the user may have been created.
    pub async fn create(&self, user: CreateUser) -> Result<User, Error> {
        let response = self.api.post_users().body(user).send().await.map_err(|error| match error.status() {
            Some(StatusCode::CONFLICT) => error.with_advice(conflict::TAKEN),
            _ => error,
        })?;
        identified(&operations::POST_USERS, response)
    }

    /// Changes a user: `patchUser`. `update` must have the current `version`.
    ///
    /// A field that is [`Absent`](Patch::Absent) is not changed, [`Null`](Patch::Null) clears it, and an empty list is sent as
    /// an empty list. Fields that the service sets itself are not sent, see
    /// [`without_read_only`](UpdateUser::without_read_only); the call of [`Client::api`](crate::Client::api) sends what it is given.
    ///
    /// The service drops what comes beside a `state`. So an update with a state and other fields is sent as two requests:
    /// the state first if it is `active`, else last. The second one has a version that is read after the first, and is
    /// repeated after a conflict as by [`patch_latest`](Self::patch_latest).
    ///
    /// # Errors
    /// Those of the calls; status 409 if the version is not the current one, which [`patch_latest`](Self::patch_latest)
    /// avoids; `ErrorKind::Decode` if the response has no `id`: then the user may have been changed. If the second of two
    /// requests fails, the error says that the first was applied, and
    /// [may have taken effect](Error::may_have_taken_effect).
    pub async fn patch(&self, user_id: impl Into<String>, update: UpdateUser) -> Result<User, Error> {
        let (user_id, update) = (user_id.into(), update.without_read_only());
        let is_email_set = update.email.is_value();
        let explained = |error: Error| match error.status() {
            Some(StatusCode::CONFLICT) if is_email_set => error.with_advice(conflict::STALE_OR_TAKEN),
            _ => error,
        };
        let Some([first, second]) = fields::parts(&update) else {
            return self.send_patch(&user_id, update).await.map_err(explained);
        };
        let this = self.of_one_task();
        this.send_patch(&user_id, first.of(update.clone())).await.map_err(explained)?;
        let rest = second.of(update);
        this.patch_again(&user_id, |_| rest.clone()).await.map_err(|error| after(first, error))
    }

    /// Changes the latest version of a user: `getUser`, then `patchUser` with the version that was read; the version of the
    /// update is ignored, and fields that the service sets itself are not sent, as by [`patch`](Self::patch). A user who is not
    /// found is read once more with `state=deleted`. If another change came between, both are repeated, with waits between them
    /// and as often as [`RetryPolicy`](crate::RetryPolicy#conflicts) says: 10 times by default.
    ///
    /// The service says in three ways that another change came between:
    ///
    /// | status | when the user is read again | what follows |
    /// | --- | --- | --- |
    /// | 409, or 400 with a message about the version | has another version | the change is made anew |
    /// | 409, or 400 with a message about the version | has the same version | the error is returned: the change collides with something else, such as an e-mail address that another user holds, perhaps a deleted one |
    /// | 408 | has the values that were sent | the change is done |
    /// | 408 | is as before, or another one | the change is made anew |
    ///
    /// A 409 or 400 is returned at once if an attempt before it
    /// [may have taken effect](Error::may_have_taken_effect), which happens only if patches are retried: then the newer
    /// version may be the result of this change.
    ///
    /// An update with a `state` and other fields is sent as two requests, as by [`patch`](Self::patch), each with a version
    /// of its own reading. `change` is called again for the second one; it sees the latest user, with the state from before.
    ///
    /// ```no_run
    /// # async fn run(client: genesys_users::Client) -> Result<(), genesys_users::Error> {
    /// use genesys_users::types::UpdateUser;
    ///
    /// let user = client
    ///     .users()
    ///     .patch_latest("user id", |user| {
    ///         let title = user.title.as_deref().unwrap_or("Agent");
    ///         UpdateUser { title: format!("Senior {title}").into(), ..Default::default() }
    ///     })
    ///     .await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Those of the calls; status 409, 408 or 400 if the last attempt met another change, too, or for another conflict;
    /// `ErrorKind::Decode` if a user has no version. If the second of two requests fails, the error says that the first was
    /// applied, as by [`patch`](Self::patch).
    pub async fn patch_latest(
        &self,
        user_id: impl Into<String>,
        mut change: impl FnMut(&User) -> UpdateUser,
    ) -> Result<User, Error> {
        let (this, user_id) = (self.of_one_task(), user_id.into());
        let mut split = None;
        let first_of = |user: User| {
            let update = change(&user).without_read_only();
            match fields::parts(&update) {
                Some([first, second]) => {
                    split = Some((first, second, user.state));
                    first.of(update)
                }
                None => {
                    split = None;
                    update
                }
            }
        };
        let changed = this.patch_again(&user_id, first_of).await?;
        let Some((first, second, state_before)) = split else { return Ok(changed) };
        // A change that depends on the state gives the same as before.
        let second_of = |user| second.of(change(&User { state: state_before.clone(), ..user }).without_read_only());
        this.patch_again(&user_id, second_of).await.map_err(|error| after(first, error))
    }

    /// The same on one client of a pool: another one may not see at once what the first has changed.
    fn of_one_task(&self) -> Self {
        Self { api: kept(&self.api) }
    }

    /// Reads and patches until no other change comes between.
    async fn patch_again(&self, user_id: &str, change: impl FnMut(User) -> UpdateUser) -> Result<User, Error> {
        self.repeat_patch(user_id, self.get_versioned(user_id).await?, change).await
    }

    /// Patches a user who was read, and reads and patches again until no other change comes between.
    async fn repeat_patch(
        &self,
        user_id: &str,
        (mut user, mut version): (User, i64),
        mut change: impl FnMut(User) -> UpdateUser,
    ) -> Result<User, Error> {
        let (mut conflicts, mut is_effect_possible) = (0, false);
        loop {
            let update = UpdateUser { version: Patch::Value(version), ..change(user) };
            let result = self.send_patch(user_id, update.clone()).await;
            let conflict = match result {
                // A 408 leaves open whether it took effect, and reading shows it.
                Err(error) if is_conflict(&error) && (is_late(&error) || !error.may_have_taken_effect()) => error,
                result => return result.map_err(|error| error.with_earlier_effect(is_effect_possible)),
            };
            is_effect_possible |= conflict.may_have_taken_effect();
            let conflict = conflict.with_earlier_effect(is_effect_possible);
            if !self.api.transport().wait_after_conflict(&conflict, conflicts).await {
                return Err(conflict);
            }
            conflicts += 1;
            let tried = version;
            (user, version) =
                self.get_versioned(user_id).await.map_err(|error| error.with_earlier_effect(is_effect_possible))?;
            match is_late(&conflict) {
                true if version != tried && fields::are_set(&update, &user) => return Ok(user),
                false if version == tried => return Err(conflict.with_advice(conflict::COLLISION)),
                _ => {}
            }
        }
    }

    async fn send_patch(&self, user_id: &str, update: UpdateUser) -> Result<User, Error> {
        identified(&operations::PATCH_USER, self.api.patch_user().user_id(user_id).body(update).send().await?)
    }

    /// The user in any state. Without a state, active and inactive ones are found.
    async fn get_versioned(&self, user_id: &str) -> Result<(User, i64), Error> {
        let call = self.api.get_user().user_id(user_id);
        let missing = match call.clone().send().await {
            Err(error) if is_not_found(&error) => error,
            result => return versioned(result?),
        };
        match call.state(UserLookupState::Deleted).send().await {
            Err(error) if is_not_found(&error) => Err(missing),
            result => versioned(result?),
        }
    }

    /// Turns automatic answering on or off for any number of users: `patchUsersBulk`, 50 per request. Each item needs the
    /// user's `id`; two items with the same id are sent one after the other.
    ///
    /// An accepted outcome holds the user of the response. For the other outcomes, see [`bulk`](crate::bulk).
    pub fn patch_many<'a>(
        &self,
        items: impl IntoIterator<Item = PatchUser, IntoIter: Send + 'a>,
    ) -> Batch<'a, PatchUser, User> {
        let api = self.api.clone();
        let send = move |items: &[PatchUser]| {
            let call = api.patch_users_bulk().body(items.to_vec());
            async move { Ok(call.send().await?.accepted(&operations::PATCH_USERS_BULK)?.into_inner().entities) }
        };
        let read = |items: &[PatchUser], listed| {
            bulk::by_id(items, listed, |item| item.id.value().cloned(), |user: &User| user.id.clone())
        };
        let batch = Batch::of(items, send, read).size(operations::PATCH_USERS_BULK_MAX_ITEMS).rejection(bulk::reason);
        batch.keyed_by(|item| item.id.value().cloned().into_iter().collect())
    }

    /// Deletes a user: `deleteUser`. A conflict with another change is repeated as
    /// [`RetryPolicy`](crate::RetryPolicy#conflicts) says. A user who is not there when the call is repeated was deleted by
    /// an attempt whose response was lost.
    ///
    /// # Errors
    /// Those of the call; status 404 if there is no such user at the first attempt.
    pub async fn delete(&self, user_id: impl Into<String>) -> Result<(), Error> {
        match self.api.delete_user().user_id(user_id).options(conflict::repeated()).send().await {
            Err(error) if is_not_found(&error) && error.may_have_taken_effect() => Ok(()),
            result => result?.accepted(&operations::DELETE_USER).map(drop),
        }
    }
}

/// The user of a response. All properties are optional, so that `{}` decodes as well; each user has an id.
fn identified(operation: &'static Operation, response: Response<User>) -> Result<User, Error> {
    let problem = "the response is not a user: it has no `id`";
    response.require(operation, problem, |user| user.id.is_some().then_some(user))
}

/// The user of a response, with its version.
fn versioned(response: Response<User>) -> Result<(User, i64), Error> {
    response
        .require(&operations::GET_USER, "the user has no version", |user| user.version.map(|version| (user, version)))
}

fn is_not_found(error: &Error) -> bool {
    error.status() == Some(StatusCode::NOT_FOUND)
}

/// The error of the second of two requests, of which the first was applied.
fn after(applied: Part, error: Error) -> Error {
    error
        .with_context(format!("after {} was applied", applied.name()))
        .with_advice("read the user, and send only the rest of the change again; the first of two requests was applied")
        .with_earlier_effect(true)
}

/// Whether the service gave up before it told what became of the request.
fn is_late(error: &Error) -> bool {
    error.status() == Some(StatusCode::REQUEST_TIMEOUT)
}
