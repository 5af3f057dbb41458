//! Roles and grants of a subject.

use rosterkit_core::batch::{Batch, all_accepted};
use rosterkit_core::{Error, Operation, Response};

use crate::bulk;
use crate::generated::{Client, operations, required};
use crate::types::{AuthzSubject, RoleDivisionGrants, RoleDivisionPair, UserAuthorization};

/// Roles of a subject, with their divisions; made by [`Client::roles`](crate::Client::roles).
#[derive(Clone, Debug)]
pub struct Roles {
    api: Client,
    subject_id: String,
}

impl Roles {
    pub(crate) fn new(api: Client, subject_id: String) -> Self {
        Self { api, subject_id }
    }

    /// Reads a user's roles and permissions: `getUserRoles`.
    ///
    /// # Errors
    /// Those of the call; `ErrorKind::Decode` if the response has no list of roles.
    pub async fn get(&self) -> Result<UserAuthorization, Error> {
        let call = self.api.get_user_roles().subject_id(self.subject_id.clone());
        with_roles(&operations::GET_USER_ROLES, call.send().await?)
    }

    /// Gives a user exactly these roles, by id, and removes all others: `putUserRoles`.
    ///
    /// # Errors
    /// Those of the call; `ErrorKind::Decode` if the response has no list of roles: then they may have been replaced.
    pub async fn replace(
        &self,
        role_ids: impl IntoIterator<Item = impl Into<String>>,
    ) -> Result<UserAuthorization, Error> {
        let call = self.api.put_user_roles().subject_id(self.subject_id.clone()).body(role_ids);
        with_roles(&operations::PUT_USER_ROLES, call.send().await?)
    }

    /// Reads the grants, each a role in a division: `getAuthorizationSubject`.
    ///
    /// # Errors
    /// Those of the call; `ErrorKind::Decode` if the response has no list of grants.
    pub async fn grants(&self) -> Result<AuthzSubject, Error> {
        let response = self.api.get_authorization_subject().subject_id(self.subject_id.clone()).send().await?;
        let problem = "the response has no `grants`";
        response.require(&operations::GET_AUTHORIZATION_SUBJECT, problem, |it| it.grants.is_some().then_some(it))
    }

    /// Grants one role in one division: `postAuthorizationSubjectDivisionRole`, with the service's default subject type, a
    /// user.
    ///
    /// # Errors
    /// Those of the call.
    pub async fn grant(&self, role_id: impl Into<String>, division_id: impl Into<String>) -> Result<(), Error> {
        let call = self.api.post_authorization_subject_division_role().subject_id(self.subject_id.clone());
        call.division_id(division_id).role_id(role_id).send().await.map(drop)
    }

    /// Revokes one role in one division: `deleteAuthorizationSubjectDivisionRole`.
    ///
    /// # Errors
    /// Those of the call.
    pub async fn revoke(&self, role_id: impl Into<String>, division_id: impl Into<String>) -> Result<(), Error> {
        let call = self.api.delete_authorization_subject_division_role().subject_id(self.subject_id.clone());
        call.division_id(division_id).role_id(role_id).send().await.map(drop)
    }

    /// Adds grants and keeps the others: `postAuthorizationSubjectBulkadd`, `size` grants per request, one request after the
    /// other. No limit is documented. For the outcomes, see [`bulk`](crate::bulk); a response without an error has no content
    /// and accepts all items of its request. A grant without a role or a division is invalid.
    pub fn add_grants<'a>(
        &self,
        grants: impl IntoIterator<Item = RoleDivisionPair, IntoIter: Send + 'a>,
        size: usize,
    ) -> Batch<'a, RoleDivisionPair, ()> {
        let call = self.api.post_authorization_subject_bulkadd().subject_id(self.subject_id.clone());
        in_batches(grants, size, move |grants| call.clone().body(grants).send())
    }

    /// Removes grants: `postAuthorizationSubjectBulkremove`. Otherwise as [`add_grants`](Self::add_grants).
    pub fn remove_grants<'a>(
        &self,
        grants: impl IntoIterator<Item = RoleDivisionPair, IntoIter: Send + 'a>,
        size: usize,
    ) -> Batch<'a, RoleDivisionPair, ()> {
        let call = self.api.post_authorization_subject_bulkremove().subject_id(self.subject_id.clone());
        in_batches(grants, size, move |grants| call.clone().body(grants).send())
    }

    /// Gives the subject exactly these grants: `postAuthorizationSubjectBulkreplace`, always in one request, because a second
    /// one would replace the first.
    ///
    /// # Errors
    /// Those of the call.
    pub async fn replace_grants(
        &self,
        grants: impl IntoIterator<Item = impl Into<RoleDivisionPair>>,
    ) -> Result<(), Error> {
        let grants = grants.into_iter().map(Into::into).collect();
        let call = self.api.post_authorization_subject_bulkreplace().subject_id(self.subject_id.clone());
        call.body(RoleDivisionGrants { grants: Some(grants) }).send().await.map(drop)
    }
}

/// The roles of a response. All properties are optional, so that `{}` decodes as well.
fn with_roles(
    operation: &'static Operation,
    response: Response<UserAuthorization>,
) -> Result<UserAuthorization, Error> {
    response.require(operation, "the response has no `roles`", |it| it.roles.is_some().then_some(it))
}

/// Sends `size` grants per request, one request after the other.
fn in_batches<'a, F>(
    grants: impl IntoIterator<Item = RoleDivisionPair, IntoIter: Send + 'a>,
    size: usize,
    send: impl Fn(RoleDivisionGrants) -> F + Send + Sync + 'a,
) -> Batch<'a, RoleDivisionPair, ()>
where
    F: Future<Output = Result<Response<()>, Error>> + Send + 'a,
{
    let send = move |grants: &[RoleDivisionPair]| {
        let sent = send(RoleDivisionGrants { grants: Some(grants.to_vec()) });
        async move { sent.await.map(drop) }
    };
    let read = |grants: &[RoleDivisionPair], ()| all_accepted(grants.len());
    let batch = Batch::of(grants, send, read).size(size).concurrency(1).rejection(bulk::reason);
    batch.check(|grant| required::ROLE_DIVISION_PAIR.check(grant))
}
