//! User groups: members and supervisors.

use futures_util::future::try_join_all;
use rosterkit_core::batch::{Batch, Outcome};
use rosterkit_core::{BoxFuture, Error, Response};
use serde_json::Value;

use crate::generated::operations;
use crate::{Call, Client, RawResponse, builder, refusal};

/// A user group, by its name.
#[derive(Clone, Debug)]
pub struct Group {
    client: Client,
    name: String,
}

/// A person to add to a group or to remove from it, by one of three identifiers.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Member {
    /// The id of a user.
    User(String),
    /// The id of an assignment of a user.
    Assignment(String),
    /// The reference code of an assignment of a user.
    AssignmentCode(String),
}

impl Member {
    /// A user by id.
    pub fn user(id: impl Into<String>) -> Self {
        Self::User(id.into())
    }
}

/// The call of a group function.
macro_rules! call {
    ($group:expr, $function:ident, $operation:ident, $member:expr) => {{
        let call = $group.client.api().$function().group_name($group.name.clone());
        let call = match $member {
            Member::User(id) => call.user_id(id),
            Member::Assignment(id) => call.target_assignment_id(id),
            Member::AssignmentCode(code) => call.target_assignment_code(code),
        };
        Call::new(call, |call| {
            Box::pin(async move { RawResponse::read(call.send().await?, &operations::$operation).await })
        })
    }};
}

impl Client {
    /// The members and supervisors of a user group.
    ///
    /// ```no_run
    /// use peoplefluent_lms::Member;
    ///
    /// # async fn run(client: peoplefluent_lms::Client) -> Result<(), peoplefluent_lms::Error> {
    /// let group = client.group("Safety officers");
    /// group.add(Member::user("a.roe")).send().await?;
    /// let members = [Member::user("b.doe"), Member::AssignmentCode("X-1".to_owned())];
    /// let mut outcomes = group.remove_all(members).ordered();
    /// while let Some(member) = outcomes.next().await {
    ///     if let Some(reason) = member.outcome.reason() {
    ///         eprintln!("member {}: {reason}", member.index);
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn group(&self, name: impl Into<String>) -> Group {
        Group { client: self.clone(), name: name.into() }
    }
}

impl Group {
    /// Creates the group. Calls `userGroupCreator`, whose response is not documented; it also takes `shared`, with which the
    /// group is visible to all users in or below the caller's topmost organization.
    pub fn create(&self) -> Call<builder::UserGroupCreator, Response<Value>> {
        Call::new(self.client.api().user_group_creator().group_name(self.name.clone()), |call| {
            Box::pin(async move { refusal::check(call.send_json().await?, &operations::USER_GROUP_CREATOR) })
        })
    }

    /// Deletes the group. Calls `userGroupDeleter`, whose response is not documented.
    pub fn delete(&self) -> Call<builder::UserGroupDeleter, Response<Value>> {
        Call::new(self.client.api().user_group_deleter().group_name(self.name.clone()), |call| {
            Box::pin(async move { refusal::check(call.send_json().await?, &operations::USER_GROUP_DELETER) })
        })
    }

    /// Adds a member. Calls `userGroupAdder`, whose response is not documented.
    pub fn add(&self, member: Member) -> Call<builder::UserGroupAdder, RawResponse> {
        call!(self, user_group_adder, USER_GROUP_ADDER, member)
    }

    /// Removes a member. Calls `userGroupRemover`, whose response is not documented.
    pub fn remove(&self, member: Member) -> Call<builder::UserGroupRemover, RawResponse> {
        call!(self, user_group_remover, USER_GROUP_REMOVER, member)
    }

    /// Adds a supervisor. Calls `supervisedGroupsAdder`, whose response is not documented.
    pub fn add_supervisor(&self, member: Member) -> Call<builder::SupervisedGroupsAdder, RawResponse> {
        call!(self, supervised_groups_adder, SUPERVISED_GROUPS_ADDER, member)
    }

    /// Removes a supervisor. Calls `supervisedGroupsRemover`, whose response is not documented.
    pub fn remove_supervisor(&self, member: Member) -> Call<builder::SupervisedGroupsRemover, RawResponse> {
        call!(self, supervised_groups_remover, SUPERVISED_GROUPS_REMOVER, member)
    }

    /// Adds many members: [`add`](Self::add) for each, four at a time. A failure does not stop the others.
    ///
    /// An accepted outcome holds the response. A failed call has the outcome of its error, see
    /// [`Outcome::from_error`](rosterkit_core::batch::Outcome::from_error).
    pub fn add_all<'a>(
        &self,
        members: impl IntoIterator<Item = Member, IntoIter: Send + 'a>,
    ) -> Batch<'a, Member, RawResponse> {
        let group = self.clone();
        each(members, move |member| Box::pin(group.add(member).send()))
    }

    /// Removes many members: [`remove`](Self::remove) for each, otherwise as [`add_all`](Self::add_all).
    pub fn remove_all<'a>(
        &self,
        members: impl IntoIterator<Item = Member, IntoIter: Send + 'a>,
    ) -> Batch<'a, Member, RawResponse> {
        let group = self.clone();
        each(members, move |member| Box::pin(group.remove(member).send()))
    }
}

fn each<'a>(
    members: impl IntoIterator<Item = Member, IntoIter: Send + 'a>,
    call: impl Fn(Member) -> BoxFuture<'static, Result<RawResponse, Error>> + Send + Sync + 'a,
) -> Batch<'a, Member, RawResponse> {
    let send = move |members: &[Member]| try_join_all(members.iter().cloned().map(&call));
    let read = |_: &[Member], responses: Vec<RawResponse>| responses.into_iter().map(Outcome::Accepted).collect();
    Batch::of(members, send, read).size(1).rejection(refusal::words)
}
