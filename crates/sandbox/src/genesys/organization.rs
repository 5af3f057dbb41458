//! What the organization has, which turns names into ids: skills, languages, queues, divisions, roles, groups, locations and
//! stations. And the division of users, which moves them.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::details::grants::{self, HOME};
use super::details::{queues, stations};
use super::listing::{Filter, Listing};
use super::model::stations::Role;
use super::model::user::UserState;
use super::page::Page;
use super::reference::{List, MADE};
use super::request::{body, no_content};
use super::store::{Genesys, Users};
use crate::http::{Call, Error, Handler, Reply};

pub(super) const HANDLERS: &[(&str, Handler<Genesys>)] = &[
    ("getAuthorizationDivisions", list_divisions),
    ("getAuthorizationRoles", list_roles),
    ("getGroups", list_groups),
    ("getLocations", list_locations),
    ("getRoutingLanguages", list_languages),
    ("getRoutingQueues", list_queues),
    ("getRoutingSkills", list_skills),
    ("getStations", list_stations),
    ("postAuthorizationDivisionObject", move_users),
];

/// How a filter compares a text with a name. Both are in lower case.
type Compare = fn(&str, &str) -> bool;

fn starts_with(wanted: &str, name: &str) -> bool {
    name.starts_with(wanted)
}

fn contains(wanted: &str, name: &str) -> bool {
    name.contains(wanted)
}

/// An asterisk at the start or the end matches any text.
fn is_like(wanted: &str, name: &str) -> bool {
    match (wanted.strip_prefix('*'), wanted.strip_suffix('*')) {
        (Some(_), Some(_)) => name.contains(wanted.trim_matches('*')),
        (Some(end), None) => name.ends_with(end),
        (None, Some(start)) => name.starts_with(start),
        (None, None) => name == wanted,
    }
}

/// The positions of the items that the parameters `id` and `name` select, in the order of names.
fn selected(call: &Call<'_>, list: List, compare: Compare) -> Vec<usize> {
    let ids: Vec<_> = call.query.all("id").collect();
    let wanted = call.filter("name").map(str::to_lowercase);
    let matches = |position: &usize| {
        let name = list.name(*position).unwrap_or_default().to_lowercase();
        let has_id = || list.id(*position).is_some_and(|id| ids.contains(&id.as_str()));
        (ids.is_empty() || has_id()) && wanted.as_ref().is_none_or(|wanted| compare(wanted, &name))
    };
    let mut positions: Vec<usize> = (0..list.len()).filter(matches).collect();
    positions.sort_by_key(|position| list.name(*position));
    if matches!(call.query("sortOrder"), Some("DESC" | "descending" | "desc")) {
        positions.reverse();
    }
    positions
}

/// A page of the items at these positions.
fn page(
    call: &Call<'_>,
    positions: impl IntoIterator<Item = usize>,
    shown: impl FnMut(usize) -> Option<Value>,
) -> Result<Reply, Error> {
    let page = Page::of(call)?;
    Ok(Reply::json(&page.page_of(call, positions.into_iter().filter_map(shown).collect())))
}

/// Refuses an order that the listing does not have, and tokens, which it does not hand out.
fn check_order(call: &Call<'_>) -> Result<(), Error> {
    if !matches!(call.filter("sortBy"), None | Some("name")) {
        return Err(Error::invalid("sortBy", "must be `name`"));
    }
    let token = ["nextPage", "previousPage"].into_iter().find(|name| call.filter(name).is_some());
    match token {
        Some(name) => Err(Error::invalid(name, "must be a token of a response; `pageNumber` chooses a page")),
        None => Ok(()),
    }
}

fn list_skills(genesys: &Genesys, call: &Call<'_>) -> Result<Reply, Error> {
    let skills = genesys.users().reference().skills();
    page(call, selected(call, skills, starts_with), |skill| versioned(skills, skill))
}

fn list_languages(genesys: &Genesys, call: &Call<'_>) -> Result<Reply, Error> {
    let languages = genesys.users().reference().languages();
    page(call, selected(call, languages, starts_with), |language| versioned(languages, language))
}

/// A skill or a language, whose versions are texts.
pub(super) fn versioned(list: List, position: usize) -> Option<Value> {
    let mut shown = list.entity(position)?;
    shown["dateModified"] = json!(MADE);
    shown["state"] = json!("active");
    shown["version"] = json!("1");
    Some(shown)
}

fn list_queues(genesys: &Genesys, call: &Call<'_>) -> Result<Reply, Error> {
    let users = genesys.users();
    let mut found = selected(call, users.reference().queues(), is_like);
    found.retain(|queue| queues::in_division(&users, call, *queue));
    // No queue has a counterpart in another system, or a library of its own.
    let foreign = call.query("hasPeer") == Some("true") || call.query.all("peerId").next().is_some();
    if foreign || call.filter("cannedResponseLibraryId").is_some() {
        found.clear();
    }
    let sizes = queues::sizes(&users);
    page(call, found, |queue| queues::with_members(&users, &sizes, queue))
}

fn list_divisions(genesys: &Genesys, call: &Call<'_>) -> Result<Reply, Error> {
    check_order(call)?;
    let users = genesys.users();
    let divisions = users.reference().divisions();
    let counts = (call.query("objectCount") == Some("true")).then(|| object_counts(&users));
    page(call, selected(call, divisions, contains), |division| {
        let mut shown = divisions.entity(division)?;
        shown["description"] = json!("");
        shown["homeDivision"] = json!(division == HOME);
        if let Some(counts) = &counts {
            let (users, queues) = counts.get(division)?;
            shown["objectCounts"] = json!({ "USER": users, "QUEUE": queues });
        }
        Some(shown)
    })
}

/// For each division the number of its users, without deleted ones, and of its queues.
fn object_counts(users: &Users) -> Vec<(u64, u64)> {
    let reference = users.reference();
    let divisions = reference.divisions();
    let mut counts = vec![(0_u64, 0_u64); divisions.len()];
    let living = |state| Listing::new(users, Filter::Only(state)).total();
    let mut at_home = living(UserState::Active) + living(UserState::Inactive);
    for (_, division) in users.with_changed("division") {
        let division = division.get("id").and_then(Value::as_str).and_then(|id| divisions.find(id));
        if let Some((count, _)) = division.and_then(|division| counts.get_mut(division)) {
            *count += 1;
            at_home = at_home.saturating_sub(1);
        }
    }
    for queue in 0..reference.queues().len() {
        if let Some((_, count)) = counts.get_mut(reference.queue_division(queue)) {
            *count += 1;
        }
    }
    if let Some((count, _)) = counts.get_mut(HOME) {
        *count += at_home;
    }
    counts
}

fn list_roles(genesys: &Genesys, call: &Call<'_>) -> Result<Reply, Error> {
    check_order(call)?;
    let users = genesys.users();
    let reference = users.reference();
    let permissions: Vec<_> = call.query.all("permission").collect();
    let supplied: Vec<_> = call.query.all("defaultRoleId").collect();
    let mut found = selected(call, reference.roles(), contains);
    found.retain(|role| permissions.iter().all(|permission| reference.permissions(*role).contains(permission)));
    // Each role is one that the platform supplies, under its name.
    found.retain(|role| {
        supplied.is_empty() || reference.roles().name(*role).is_some_and(|name| supplied.contains(&name))
    });
    let sizes = (call.query("userCount") != Some("false")).then(|| grants::role_sizes(&users));
    page(call, found, |role| {
        let mut shown = reference.roles().entity(role)?;
        let permissions = reference.permissions(role);
        shown["defaultRoleId"] = json!(reference.roles().name(role)?);
        shown["default"] = json!(true);
        shown["permissions"] = json!(permissions);
        shown["permissionPolicies"] = permissions.iter().filter_map(|permission| policy(permission)).collect();
        if let Some(sizes) = &sizes {
            shown["userCount"] = json!(sizes.get(role)?);
        }
        Some(shown)
    })
}

/// The policy that a permission consists of.
fn policy(permission: &str) -> Option<Value> {
    let (domain, rest) = permission.split_once(':')?;
    let (entity, action) = rest.split_once(':')?;
    Some(json!({ "domain": domain, "entityName": entity, "actionSet": [action], "allowConditions": false }))
}

fn list_groups(genesys: &Genesys, call: &Call<'_>) -> Result<Reply, Error> {
    let users = genesys.users();
    let groups = users.reference().groups();
    let mut found = selected(call, groups, contains);
    if call.query.all("jabberId").next().is_some() {
        if call.query.all("id").next().is_some() {
            return Err(Error::invalid("jabberId", "cannot be given together with `id`"));
        }
        // The chat does not know the groups.
        found.clear();
    }
    let members = members(&users);
    page(call, found, |group| {
        let mut shown = groups.entity(group)?;
        let more = json!({
            "type": "official", "visibility": "public", "state": "active", "version": 1, "dateModified": MADE,
            "rulesVisible": true, "rolesEnabled": true, "includeOwners": false, "memberCount": members.get(group)?,
        });
        shown.as_object_mut()?.extend(more.as_object().cloned()?);
        Some(shown)
    })
}

/// For each group the number of its members, without deleted users.
fn members(users: &Users) -> Vec<u64> {
    let reference = users.reference();
    let count = reference.groups().len() as u64;
    let people = users.people.count;
    // Without changes, the people are members in turn.
    let in_turn = |group: u64| people / count + u64::from(group < people % count);
    let mut sizes: Vec<u64> = (0..count).map(in_turn).collect();
    let mut leave = |person: u64| {
        if let Some(size) = sizes.get_mut(reference.group_of(person)).filter(|_| person < people) {
            *size = size.saturating_sub(1);
        }
    };
    users.deleted().for_each(&mut leave);
    users.with_changed("groups").for_each(|(index, _)| leave(index));
    for group in users.with_changed("groups").flat_map(|(_, groups)| reference.groups_in(groups)) {
        if let Some(size) = sizes.get_mut(group) {
            *size += 1;
        }
    }
    sizes
}

fn list_locations(genesys: &Genesys, call: &Call<'_>) -> Result<Reply, Error> {
    let locations = genesys.users().reference().locations();
    page(call, selected(call, locations, contains), |location| {
        let mut shown = locations.entity(location)?;
        shown["state"] = json!("active");
        shown["version"] = json!(1);
        shown["path"] = json!([]);
        Some(shown)
    })
}

fn list_stations(genesys: &Genesys, call: &Call<'_>) -> Result<Reply, Error> {
    check_order(call)?;
    let page = Page::of(call)?;
    // Each is a WebRTC phone, which users choose themselves.
    let none = match call.filter("userSelectable").map(str::to_lowercase).as_deref() {
        None | Some("true") => false,
        Some("false") => true,
        Some(_) => return Err(Error::invalid("userSelectable", "must be True or False")),
    };
    let users = genesys.users();
    let list = users.reference().stations();
    // The stations that each filter by id leaves.
    let by_id = call.filter("id").map(|ids| ids.split(',').filter_map(|id| list.find(id.trim())).collect());
    let owner = |id: &str| users.people.index_of_id(id).filter(|index| *index < users.people.count);
    let by_owner = call.filter("webRtcUserId").map(|id| owner(id).into_iter().collect());
    let by_line = call.filter("lineAppearanceId").map(|line| list.find_line(line).into_iter().collect());
    let by_ids = [by_id, by_owner, by_line].into_iter().flatten();
    let chosen: Option<BTreeSet<u64>> = by_ids.reduce(|left: BTreeSet<u64>, right| &left & &right);
    let name = call.filter("name").map(str::to_lowercase);
    let is_named =
        |station: &u64| name.as_ref().is_none_or(|name| starts_with(name, &list.name(*station).to_lowercase()));
    let (total, found): (u64, Vec<u64>) = match chosen {
        _ if none => (0, Vec::new()),
        // All of them are never held in memory.
        None if name.is_none() => (list.len(), page.range(list.len()).collect()),
        None => cut(page, (0..list.len()).filter(is_named)),
        Some(chosen) => cut(page, chosen.into_iter().filter(is_named)),
    };
    let entities = found.into_iter().map(|station| station_shown(&users, station)).collect();
    Ok(Reply::json(&page.envelope(call, total, entities)))
}

/// The total and the stations on a page.
fn cut(page: Page, stations: impl Iterator<Item = u64>) -> (u64, Vec<u64>) {
    let mut total = 0;
    let mut found = Vec::new();
    for station in stations {
        if (page.start()..page.end()).contains(&total) {
            found.push(station);
        }
        total += 1;
    }
    (total as u64, found)
}

fn station_shown(users: &Users, station: u64) -> Value {
    let list = users.reference().stations();
    let mut shown = list.entity(station);
    let user = stations::user_of(users, station, Role::Associated);
    shown["status"] = json!(if user.is_some() { "ASSOCIATED" } else { "AVAILABLE" });
    if let Some(user) = user {
        shown["userId"] = json!(users.id(user));
    }
    if station < users.people.count {
        shown["webRtcUserId"] = json!(users.people.id(station));
    }
    shown["lineAppearanceId"] = json!(list.line(station));
    shown["selfUri"] = json!(format!("/api/v2/stations/{}", list.id(station)));
    shown
}

/// Moves all of the users, or none if one of them does not exist.
fn move_users(genesys: &Genesys, call: &Call<'_>) -> Result<Reply, Error> {
    if call.path("objectType") != "USER" {
        return Err(Error::invalid("objectType", "must be USER: the sandbox moves no other objects"));
    }
    let given: Vec<String> = body(call)?;
    let mut users = genesys.users();
    let divisions = users.reference().divisions();
    let division = divisions.find(call.path("divisionId")).and_then(|division| divisions.entity(division));
    let division = division.ok_or_else(|| Error::not_found("There is no such division."))?;
    let home = divisions.entity(HOME);
    let mut moved = BTreeSet::new();
    for id in &given {
        let unknown = || Error::invalid("body", "must hold ids of users only").with_entity(id);
        let user = users.living(id).ok_or_else(unknown)?;
        if user.changed("division").or(home.as_ref()) != Some(&division) {
            moved.insert(user.index);
        }
    }
    for index in moved {
        users.update(index, None, Map::from_iter([("division".to_owned(), division.clone())]));
    }
    Ok(no_content())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_asterisk_stands_for_any_text_at_the_ends_of_a_name() {
        for (wanted, like, unlike) in [
            ("chat", "chat", "chats"),
            ("chat*", "chats", "a chat"),
            ("*chat", "a chat", "chats"),
            ("*chat*", "two chats", "chart"),
            ("c*t", "c*t", "chat"),
        ] {
            assert!(is_like(wanted, like), "{wanted} {like}");
            assert!(!is_like(wanted, unlike), "{wanted} {unlike}");
        }
        assert!(is_like("*", "anything"));
    }
}
