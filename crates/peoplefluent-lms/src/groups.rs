//! User groups: members and supervisors.

use futures_util::{StreamExt as _, stream};
use rosterkit_core::{BoxFuture, Error};

use crate::call::CONCURRENCY;
use crate::generated::operations;
use crate::{Call, Client, RawResponse, builder};

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

/// The outcome of one member of many.
#[derive(Debug)]
pub struct MemberOutcome {
    /// The member.
    pub member: Member,
    /// The response, in an undocumented representation, or why the call failed.
    pub result: Result<RawResponse, Error>,
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
    /// for outcome in group.remove_all([Member::user("b.doe"), Member::AssignmentCode("X-1".to_owned())]).await {
    ///     if let Err(error) = outcome.result {
    ///         eprintln!("{error}");
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

    /// Adds many members: [`add`](Self::add) for each, four at a time. A failure does not stop the others; the outcomes are
    /// in the order of the members.
    pub async fn add_all(&self, members: impl IntoIterator<Item = Member>) -> Vec<MemberOutcome> {
        each(members, |member| Box::pin(self.add(member).send())).await
    }

    /// Removes many members: [`remove`](Self::remove) for each, otherwise as [`add_all`](Self::add_all).
    pub async fn remove_all(&self, members: impl IntoIterator<Item = Member>) -> Vec<MemberOutcome> {
        each(members, |member| Box::pin(self.remove(member).send())).await
    }
}

async fn each(
    members: impl IntoIterator<Item = Member>,
    call: impl Fn(Member) -> BoxFuture<'static, Result<RawResponse, Error>>,
) -> Vec<MemberOutcome> {
    let calls: Vec<_> = members
        .into_iter()
        .map(|member| {
            let call = call(member.clone());
            async move { MemberOutcome { member, result: call.await } }
        })
        .collect();
    stream::iter(calls).buffered(CONCURRENCY).collect().await
}
