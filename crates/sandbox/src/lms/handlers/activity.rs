//! `recentActivity`: enrollments and completions of a user's classmates.

use std::collections::BTreeMap;

use crate::http::{Call, Error, Handler, Reply};
use crate::lms::authorization::{may_see, user};
use crate::lms::datetime::Timestamp;
use crate::lms::model::account::Account;
use crate::lms::model::record::Record;
use crate::lms::node::Node;
use crate::lms::params::{max, parameter, required, timestamp};
use crate::lms::response::respond;
use crate::lms::store::{Lms, Store};

pub(crate) const HANDLERS: &[(&str, Handler<Lms>)] = &[("recentActivity", recent_activity)];

/// The documented number of activities when `max` does not say.
const DEFAULT_MAX: usize = 20;

const TYPES: [&str; 3] = ["all", "enrollment", "completion"];

/// The other users in the sessions of a user.
fn classmates(store: &Store, account: &Account) -> Vec<Account> {
    let sessions = store.records_of(account).into_iter().filter_map(|record| Some((record.module, record.session?)));
    let records = sessions.flat_map(|(module, session)| store.records_of_session(&module, &session));
    let logins = records.map(|record| record.user).filter(|login| login != account.login());
    let by_login: BTreeMap<_, _> = logins.map(|login| (login, ())).collect();
    by_login.into_keys().filter_map(|login| store.account(&login)).collect()
}

/// The events of a record: its enrollment, and its completion if there is one.
fn events(record: &Record) -> impl Iterator<Item = (Timestamp, &'static str)> {
    let enrolled = record.enrolled.map(|time| (time, "enrollment"));
    let completed = record.ended.filter(|_| record.is_completed()).map(|time| (time, "completion"));
    [enrolled, completed].into_iter().flatten()
}

fn recent_activity(lms: &Lms, call: &Call<'_>) -> Result<Reply, Error> {
    let store = lms.store();
    let account = user(&store, call)?;
    let kind = required(call, "activityType")?;
    if !TYPES.contains(&kind) {
        let known = TYPES.join(", ");
        return Err(Error::invalid("activityType", &format!("is not one of {known}")));
    }
    let (start, end, now) = (timestamp(call, "startDate")?, timestamp(call, "endDate")?, Timestamp::now());
    let max = if parameter(call, "max").is_some() { max(call)? } else { DEFAULT_MAX };
    let mut people = classmates(&store, &account);
    if let Some(login) = parameter(call, "userId") {
        let named = store.account(login).ok_or_else(|| Error::not_found("There is no user of the id in `userId`."))?;
        let is_classmate = people.iter().any(|classmate| classmate.login() == named.login());
        if !is_classmate && !may_see(&store, &account, named.login()) {
            return Err(Error::forbidden("The user is neither a classmate nor a direct report."));
        }
        people = vec![named];
    }
    let mut found = Vec::new();
    for person in &people {
        for record in store.records_of(person) {
            found.extend(events(&record).map(|(time, kind)| (time, kind, record.clone())));
        }
    }
    found.retain(|(time, event, _)| {
        (kind == "all" || kind == *event)
            && *time <= now
            && start.is_none_or(|start| *time > start)
            && end.is_none_or(|end| *time < end)
    });
    found.sort_by(|one, other| (other.0, &one.2.id).cmp(&(one.0, &other.2.id)));
    found.truncate(max);
    let nodes = found.iter().map(|(time, kind, record)| {
        Node::new("activity")
            .text("type", *kind)
            .text("date", time.text())
            .with_some(store.account(&record.user).map(|account| account.reference("user")))
            .with(record.module(&store).reference())
    });
    Ok(respond(call, &Node::new("recentActivity").list("activities", nodes)))
}
