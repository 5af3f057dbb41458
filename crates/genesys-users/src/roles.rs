//! Roles and grants of a subject.

use rosterkit_core::batch::{Batch, all_accepted};
use rosterkit_core::{Error, Response};

use crate::bulk;
use crate::generated::Client;
use crate::types::{AuthzSubject, RoleDivisionGrants, RoleDivisionPair, UserAuthorization};

/// Roles of a subject, and in which divisions it has them; made by [`Client::roles`](crate::Client::roles).
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
    /// Those of the call.
    pub async fn get(&self) -> Result<UserAuthorization, Error> {
        Ok(self.api.get_user_roles().subject_id(self.subject_id.clone()).send().await?.into_inner())
    }

    /// Gives a user exactly these roles, by id, and takes all others away: `putUserRoles`.
    ///
    /// # Errors
    /// Those of the call.
    pub async fn replace(
        &self,
        role_ids: impl IntoIterator<Item = impl Into<String>>,
    ) -> Result<UserAuthorization, Error> {
        let roles: Vec<String> = role_ids.into_iter().map(Into::into).collect();
        Ok(self.api.put_user_roles().subject_id(self.subject_id.clone()).body(roles).send().await?.into_inner())
    }

    /// Reads the grants: which roles in which divisions. `getAuthorizationSubject`.
    ///
    /// # Errors
    /// Those of the call.
    pub async fn grants(&self) -> Result<AuthzSubject, Error> {
        Ok(self.api.get_authorization_subject().subject_id(self.subject_id.clone()).send().await?.into_inner())
    }

    /// Grants one role in one division: `postAuthorizationSubjectDivisionRole`, with the service's default type of
    /// subject, a user.
    ///
    /// # Errors
    /// Those of the call.
    pub async fn grant(&self, role_id: impl Into<String>, division_id: impl Into<String>) -> Result<(), Error> {
        let call = self.api.post_authorization_subject_division_role().subject_id(self.subject_id.clone());
        call.division_id(division_id).role_id(role_id).send().await.map(drop)
    }

    /// Takes one role in one division away: `deleteAuthorizationSubjectDivisionRole`.
    ///
    /// # Errors
    /// Those of the call.
    pub async fn revoke(&self, role_id: impl Into<String>, division_id: impl Into<String>) -> Result<(), Error> {
        let call = self.api.delete_authorization_subject_division_role().subject_id(self.subject_id.clone());
        call.division_id(division_id).role_id(role_id).send().await.map(drop)
    }

    /// Adds grants and leaves the others alone: `postAuthorizationSubjectBulkadd`, so many at a time as `size` says, one
    /// request after the other. No limit is documented. For how answers are read, see [`bulk`](crate::bulk); an answer
    /// without error accepts all items of its request, since it has no content.
    pub fn add_grants<'a>(
        &self,
        grants: impl IntoIterator<Item = RoleDivisionPair, IntoIter: Send + 'a>,
        size: usize,
    ) -> Batch<'a, RoleDivisionPair, ()> {
        let call = self.api.post_authorization_subject_bulkadd().subject_id(self.subject_id.clone());
        in_batches(grants, size, move |grants| call.clone().body(grants).send())
    }

    /// Takes grants away: `postAuthorizationSubjectBulkremove`. For the rest, see [`add_grants`](Self::add_grants).
    pub fn remove_grants<'a>(
        &self,
        grants: impl IntoIterator<Item = RoleDivisionPair, IntoIter: Send + 'a>,
        size: usize,
    ) -> Batch<'a, RoleDivisionPair, ()> {
        let call = self.api.post_authorization_subject_bulkremove().subject_id(self.subject_id.clone());
        in_batches(grants, size, move |grants| call.clone().body(grants).send())
    }

    /// Gives the subject exactly these grants: `postAuthorizationSubjectBulkreplace`, in one request however many they
    /// are, because a second one would undo the first.
    ///
    /// # Errors
    /// Those of the call.
    pub async fn replace_grants(&self, grants: Vec<RoleDivisionPair>) -> Result<(), Error> {
        let call = self.api.post_authorization_subject_bulkreplace().subject_id(self.subject_id.clone());
        call.body(RoleDivisionGrants { grants: Some(grants) }).send().await.map(drop)
    }
}

/// One request after the other, so many grants at a time.
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
    Batch::of(grants, send, read).size(size).concurrency(1).rejection(bulk::reason)
}
