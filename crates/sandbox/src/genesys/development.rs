//! Development activities: learning assignments and coaching appointments.
//!
//! Every sample person has a few of each, drawn from the seed when needed. The dates are fixed; the status of an activity
//! follows from the time in the sandbox.

mod activity;
mod aggregates;
mod select;

use std::mem;
use std::sync::Arc;

use genesys_users::types::DevelopmentActivityAggregateParam;
use serde_json::Value;

use self::activity::Activities;
use self::aggregates::Aggregates;
use self::select::{Scope, Wanted};
use super::lookup;
use super::model::user::UserState;
use super::page::Page;
use super::recent::Reader;
use super::request::body;
use super::store::{self, Genesys};
use super::top_k::TopK;
use crate::clock;
use crate::http::{Call, Error, Handler, Reply};
use crate::people::People;

pub(super) const HANDLERS: &[(&str, Handler<Genesys>)] = &[
    ("getUsersDevelopmentActivities", list),
    ("getUsersDevelopmentActivitiesMe", list_mine),
    ("getUsersDevelopmentActivity", get),
    ("postUsersDevelopmentActivitiesAggregatesQuery", aggregate),
];

/// The id of a learning module, by its position.
pub(super) fn module_id(people: People, module: usize) -> Option<String> {
    Activities::new(people).module_id(module)
}

fn list(genesys: &Genesys, call: &Call<'_>) -> Result<Reply, Error> {
    let ids: Vec<&str> = call.query.all("userId").collect();
    let users = genesys.users();
    let scope = if ids.is_empty() {
        call.filter("moduleId").ok_or_else(|| Error::bad_request("Either `moduleId` or `userId` is required."))?;
        Scope::All
    } else {
        Scope::Related(ids.into_iter().filter_map(|id| users.by_id(id)).map(|user| user.index).collect())
    };
    drop(users);
    listing(genesys, call, scope)
}

fn list_mine(genesys: &Genesys, call: &Call<'_>) -> Result<Reply, Error> {
    let me = lookup::me(&genesys.users(), call);
    listing(genesys, call, Scope::Related(me.into_iter().collect()))
}

fn listing(genesys: &Genesys, call: &Call<'_>, scope: Scope) -> Result<Reply, Error> {
    let page = Page::of(call)?;
    let users = genesys.users();
    let activities = Activities::new(users.people);
    let now = clock::now();
    let wanted = Wanted::of(call, &activities, lookup::me(&users, call))?;
    let ascending = call.query("sortOrder") == Some("Asc");

    drop(users);

    let (mut total, mut best) = (0_u64, TopK::new(page.end()));
    let (directory, mut walk) = (Arc::clone(&genesys.directory), scope.walk(activities));
    let (uri, query) = (call.uri.to_owned(), call.query.clone());
    Ok(Reply::json_in_steps(move || {
        let users = store::lock(&directory, Reader::Current);
        let has_more = walk.step(|activity| {
            let kept = users.state(activity.owner) != Some(UserState::Deleted);
            if wanted.matches(&activity, now) && kept {
                total += 1;
                let due = activity.due.timestamp();
                best.push((if ascending { due } else { -due }, activity.index));
            }
        });
        if has_more {
            return None;
        }
        let chosen = mem::replace(&mut best, TopK::new(0)).into_page(page.start());
        let chosen = chosen.filter_map(|(_, index)| activities.get(index));
        let entities: Vec<Value> = chosen.map(|activity| activities.show(&activity, now)).collect();
        Some(Ok(page.envelope_at(&uri, &query, total, entities)))
    }))
}

fn get(genesys: &Genesys, call: &Call<'_>) -> Result<Reply, Error> {
    let users = genesys.users();
    let activities = Activities::new(users.people);
    let now = clock::now();
    let activity = activities.by_id(call.path("activityId")).filter(|activity| activity.created <= now);
    let kind = call.query("type").unwrap_or_default();
    let activity = activity
        .filter(|activity| activity.kind.as_str() == kind)
        .filter(|activity| users.state(activity.owner) != Some(UserState::Deleted))
        .ok_or_else(|| Error::not_found("There is no activity with this id and type."))?;
    Ok(Reply::json(&activities.show(&activity, now)))
}

fn aggregate(genesys: &Genesys, call: &Call<'_>) -> Result<Reply, Error> {
    let query: DevelopmentActivityAggregateParam = body(call)?;
    let mut aggregates = Aggregates::new(genesys.users().people, query, clock::now())?;
    let directory = Arc::clone(&genesys.directory);
    Ok(Reply::json_in_steps(move || aggregates.step(&store::lock(&directory, Reader::Current))))
}
