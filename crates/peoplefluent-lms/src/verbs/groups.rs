//! Members and supervisors of user groups.

use futures_util::{StreamExt as _, stream};
use rosterkit_core::{BoxFuture, Error};

use super::{CONCURRENT, RawAnswer, Verb};
use crate::generated::operations;
use crate::{Client, builder};

/// A user group, by its name.
#[derive(Clone, Debug)]
pub struct Group<'a> {
    client: &'a Client,
    name: String,
}

/// Whom to add to a group or to remove from it. The functions take one of three names for a person.
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

/// What became of one member of many.
#[derive(Debug)]
pub struct MemberOutcome {
    /// Whom it is about.
    pub member: Member,
    /// The answer, in a representation that is not documented, or why there is none.
    pub result: Result<RawAnswer, Error>,
}

/// A verb of a group function.
macro_rules! verb {
    ($group:expr, $function:ident, $operation:ident, $member:expr) => {{
        let call = $group.client.api().$function().group_name($group.name.clone());
        let call = match $member {
            Member::User(id) => call.user_id(id),
            Member::Assignment(id) => call.target_assignment_id(id),
            Member::AssignmentCode(code) => call.target_assignment_code(code),
        };
        Verb::new(call, |call| {
            Box::pin(async move { RawAnswer::read(call.send().await?, &operations::$operation).await })
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
    pub fn group(&self, name: impl Into<String>) -> Group<'_> {
        Group { client: self, name: name.into() }
    }
}

impl<'a> Group<'a> {
    /// Makes somebody a member. Calls `userGroupAdder`, whose answer is not documented.
    pub fn add(&self, member: Member) -> Verb<'a, builder::UserGroupAdder, RawAnswer> {
        verb!(self, user_group_adder, USER_GROUP_ADDER, member)
    }

    /// Ends a membership. Calls `userGroupRemover`, whose answer is not documented.
    pub fn remove(&self, member: Member) -> Verb<'a, builder::UserGroupRemover, RawAnswer> {
        verb!(self, user_group_remover, USER_GROUP_REMOVER, member)
    }

    /// Lets somebody supervise the group. Calls `supervisedGroupsAdder`, whose answer is not documented.
    pub fn add_supervisor(&self, member: Member) -> Verb<'a, builder::SupervisedGroupsAdder, RawAnswer> {
        verb!(self, supervised_groups_adder, SUPERVISED_GROUPS_ADDER, member)
    }

    /// Stops somebody from supervising the group. Calls `supervisedGroupsRemover`, whose answer is not documented.
    pub fn remove_supervisor(&self, member: Member) -> Verb<'a, builder::SupervisedGroupsRemover, RawAnswer> {
        verb!(self, supervised_groups_remover, SUPERVISED_GROUPS_REMOVER, member)
    }

    /// Makes many people members: [`add`](Self::add) for each, four at a time. One failure stops nobody else; the outcomes
    /// are in the order of the members.
    pub async fn add_all(&self, members: impl IntoIterator<Item = Member>) -> Vec<MemberOutcome> {
        each(members, |member| Box::pin(self.add(member).send())).await
    }

    /// Ends many memberships: [`remove`](Self::remove) for each, otherwise as [`add_all`](Self::add_all).
    pub async fn remove_all(&self, members: impl IntoIterator<Item = Member>) -> Vec<MemberOutcome> {
        each(members, |member| Box::pin(self.remove(member).send())).await
    }
}

async fn each<'a>(
    members: impl IntoIterator<Item = Member>,
    call: impl Fn(Member) -> BoxFuture<'a, Result<RawAnswer, Error>>,
) -> Vec<MemberOutcome> {
    let calls: Vec<_> = members
        .into_iter()
        .map(|member| {
            let call = call(member.clone());
            async move { MemberOutcome { member, result: call.await } }
        })
        .collect();
    stream::iter(calls).buffered(CONCURRENT).collect().await
}
