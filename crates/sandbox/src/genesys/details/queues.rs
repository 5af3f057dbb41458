//! Queues. Membership is fixed; whether a member has joined can change.

use std::collections::{BTreeMap, BTreeSet};

use genesys_users::types::{UserQueue, UserQueuePatch};
use serde_json::{Value, json};

use crate::genesys::model::user::User;
use crate::genesys::page::Page;
use crate::genesys::request::{body, complete, subject};
use crate::genesys::store::{Genesys, QueueSizes, Users};
use crate::http::{Call, Error, Handler, Reply};
use crate::random::Draw;

pub(super) const HANDLERS: &[(&str, Handler<Genesys>)] =
    &[("getUserQueues", list), ("patchUserQueues", patch_several), ("patchUserQueue", patch)];

/// The queues of a user, and whether the user has joined each. A sample person has one to four. Created users have none,
/// since no operation of this API adds members.
pub(crate) fn queues(users: &Users, user: &User<'_>) -> BTreeMap<usize, bool> {
    of_index(users, user.index)
}

fn of_index(users: &Users, index: u64) -> BTreeMap<usize, bool> {
    let mut queues: BTreeMap<usize, bool> = original(users, index).collect();
    queues.extend(users.details.queues.get(&index).into_iter().flatten());
    queues.extend(users.recent.queues_before(index));
    queues
}

/// Joins or leaves a queue of which the user is a member. Without a lag, that is shown at once.
fn set(users: &mut Users, index: u64, queue: usize, joined: bool) {
    let before: Option<bool> = original(users, index).find(|(place, _)| *place == queue).map(|(_, joined)| joined);
    let changes = users.details.queues.entry(index).or_default();
    let before = changes.insert(queue, joined).or(before);
    if let Some(before) = before.filter(|before| *before != joined) {
        users.recent.keep_queue(index, queue, before);
    }
}

/// The queues of a sample person without changes.
fn original(users: &Users, index: u64) -> impl Iterator<Item = (usize, bool)> + use<> {
    let mut draw = Draw::new(users.people.seed, "queues", index);
    let known = users.reference().queues().len();
    let (first, count) = (draw.below(known as u64) as usize, 1 + draw.below(4) as usize);
    let count = if index < users.people.count { count } else { 0 };
    (first..first + count).map(move |place| {
        // At least one is joined, and at least one of several is not.
        let joined = place == first || (place + 1 < first + count && draw.one_in(2));
        (place % known, joined)
    })
}

/// The current sizes of all queues. Deleted users are not counted.
pub(crate) fn sizes(users: &Users) -> QueueSizes {
    let mut sizes = users
        .queue_sizes
        .get_or_init(|| {
            let mut sizes = vec![(0, 0); users.reference().queues().len()];
            (0..users.people.count).for_each(|index| count(&mut sizes, original(users, index), u64::wrapping_add));
            sizes
        })
        .clone();
    let deleted: BTreeSet<u64> = users.deleted().collect();
    for index in users.details.queues.keys().copied().chain(deleted.iter().copied()).collect::<BTreeSet<u64>>() {
        count(&mut sizes, original(users, index), u64::wrapping_sub);
        if !deleted.contains(&index) {
            count(&mut sizes, of_index(users, index).into_iter(), u64::wrapping_add);
        }
    }
    sizes
}

/// Adds or subtracts one user. Only added users are subtracted.
fn count(sizes: &mut QueueSizes, queues: impl Iterator<Item = (usize, bool)>, change: fn(u64, u64) -> u64) {
    for (place, joined) in queues {
        if let Some((members, present)) = sizes.get_mut(place) {
            *members = change(*members, 1);
            *present = change(*present, u64::from(joined));
        }
    }
}

fn list(genesys: &Genesys, call: &Call<'_>) -> Result<Reply, Error> {
    let page = Page::of(call)?;
    let wanted = call.query("joined") != Some("false");
    let users = genesys.users();
    let user = subject(&users, call)?;
    let queues = queues(&users, &user).into_iter().filter(|(_, joined)| *joined == wanted);
    let (entities, sizes) = (queues.filter(|(place, _)| in_division(&users, call, *place)), sizes(&users));
    let entities = entities.filter_map(|(place, joined)| shown(&users, &sizes, place, joined)).collect();
    Ok(Reply::json(&page.page_of(call, entities)))
}

/// Joins or leaves several queues. Queues of which the user is not a member are disregarded.
fn patch_several(genesys: &Genesys, call: &Call<'_>) -> Result<Reply, Error> {
    let given: Vec<UserQueuePatch> = body(call)?;
    let mut users = genesys.users();
    let user = subject(&users, call)?;
    let mut changes = BTreeMap::new();
    for queue in given {
        let id = queue.id.into_option().ok_or_else(|| Error::missing("id"))?;
        let joined = queue.joined.into_option().ok_or_else(|| Error::missing("joined").with_entity(&id))?;
        changes.extend(member_of(&users, &user, &id).map(|place| (place, joined)));
    }
    let index = user.index;
    changes.iter().for_each(|(place, joined)| set(&mut users, index, *place, *joined));
    let (sizes, now) = (sizes(&users), of_index(&users, index));
    let entities = now.into_iter().filter(|(place, _)| changes.contains_key(place));
    let entities = entities.filter(|(place, _)| in_division(&users, call, *place));
    let entities = entities.filter_map(|(place, joined)| shown(&users, &sizes, place, joined)).collect();
    Ok(complete(call, entities))
}

fn patch(genesys: &Genesys, call: &Call<'_>) -> Result<Reply, Error> {
    let given: UserQueue = body(call)?;
    let id = call.path("queueId");
    if given.id.as_deref().is_some_and(|sent| sent != id) {
        return Err(Error::invalid("id", "must be that of the path"));
    }
    let mut users = genesys.users();
    let user = subject(&users, call)?;
    let absent = || Error::not_found("The user is not a member of such a queue.");
    let place = member_of(&users, &user, id).ok_or_else(absent)?;
    let joined = given.joined.ok_or_else(|| Error::missing("joined"))?;
    let index = user.index;
    set(&mut users, index, place, joined);
    let now = of_index(&users, index).get(&place).copied().ok_or_else(absent)?;
    shown(&users, &sizes(&users), place, now).map(|shown| Reply::json(&shown)).ok_or_else(absent)
}

/// The position of the queue with this id, if the user is a member.
fn member_of(users: &Users, user: &User<'_>, id: &str) -> Option<usize> {
    let place = users.reference().queues().find(id)?;
    queues(users, user).contains_key(&place).then_some(place)
}

pub(crate) fn in_division(users: &Users, call: &Call<'_>, queue: usize) -> bool {
    let reference = users.reference();
    let division = reference.divisions().id(reference.queue_division(queue));
    let mut wanted = call.query.all("divisionId").peekable();
    wanted.peek().is_none() || wanted.any(|wanted| Some(wanted) == division.as_deref())
}

fn shown(users: &Users, sizes: &QueueSizes, queue: usize, joined: bool) -> Option<Value> {
    let mut shown = with_members(users, sizes, queue)?;
    shown["joined"] = json!(joined);
    Some(shown)
}

/// A queue with the numbers of its members.
pub(crate) fn with_members(users: &Users, sizes: &QueueSizes, queue: usize) -> Option<Value> {
    let mut shown = users.reference().queue(queue)?;
    let (members, present) = sizes.get(queue)?;
    // All members are users, not members of groups.
    shown["memberCount"] = json!(members);
    shown["userMemberCount"] = json!(members);
    shown["joinedMemberCount"] = json!(present);
    Some(shown)
}
