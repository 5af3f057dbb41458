//! Rules that select users by criteria, and what uses them.
//!
//! A user is selected by meeting one of the criteria, and a criterion by meeting all of its conditions: being in one of some
//! items, such as divisions or queues, or in none of them.

use genesys_users::types::{UsersRulesContainer, UsersRulesGroupOperator};
use serde_json::{Value, json};

use super::details::queues;
use super::development;
use super::expand::Expand;
use super::lookup;
use super::model::rules::{Rule, Rules};
use super::model::user::{User, user_reference};
use super::page::Page;
use super::reference::MADE;
use super::request::no_content;
use super::store::{Genesys, Users};
use crate::clock;
use crate::counter::Counter;
use crate::http::{Call, Error, Handler, Reply};
use crate::ids::IdSpace;

pub(super) const HANDLERS: &[(&str, Handler<Genesys>)] = &[
    ("deleteUsersRule", delete),
    ("getUsersRule", get),
    ("getUsersRuleDependentTypeId", get_dependent),
    ("getUsersRuleDependents", list_dependents),
    ("getUsersRules", list),
    ("getUsersRulesSetting", get_settings),
    ("patchUsersRule", update),
    ("postUsersRules", create),
    ("postUsersRulesQuery", query),
];

fn no_such_rule() -> Error {
    Error::not_found("There is no such rule.")
}

fn ids(users: &Users) -> IdSpace {
    IdSpace::new(users.people.seed, "rule")
}

fn uri(id: &str) -> String {
    format!("/api/v2/users/rules/{id}")
}

/// The number of the rule in the path.
fn find(users: &Users, rules: &Rules, call: &Call<'_>) -> Result<u32, Error> {
    let number = ids(users).index_of_uuid(call.path("ruleId"));
    number.filter(|number| rules.rules.contains_key(number)).ok_or_else(no_such_rule)
}

/// A rule as the service shows it. No rule has been run.
fn shown(users: &Users, number: u32, rule: &Rule, criteria: bool) -> Value {
    let id = ids(users).uuid(number);
    let user = |index: Option<u64>| index.map(|index| user_reference(&users.id(index)));
    let mut shown = json!({
        "id": id, "name": rule.name, "type": rule.kind, "createdDate": rule.created, "recentRunCount": 0,
        "dependentCount": rule.modules.len(), "selfUri": uri(&id),
    });
    let optional = [
        ("description", rule.description.clone().map(Value::from)),
        ("criteria", criteria.then(|| Value::Array(rule.criteria.clone()))),
        ("createdBy", user(rule.created_by)),
        ("modifiedDate", rule.modified.clone().map(Value::from)),
        ("modifiedBy", user(rule.modified_by)),
    ];
    for (field, value) in optional {
        if let Some(value) = value {
            shown[field] = value;
        }
    }
    shown
}

fn list(genesys: &Genesys, call: &Call<'_>) -> Result<Reply, Error> {
    let page = Page::of(call)?;
    let users = genesys.users();
    let extras = genesys.extras();
    let wanted = call.filter("searchTerm").map(str::to_lowercase);
    let criteria = call.query.all("expand").any(|part| part == "criteria");
    let mut found: Vec<(&u32, &Rule)> = extras.rules.rules.iter().collect();
    found.retain(|(_, rule)| {
        call.query.all("types").any(|kind| kind == rule.kind)
            && wanted.as_ref().is_none_or(|wanted| rule.name.to_lowercase().contains(wanted))
            // No operation takes a rule out of use.
            && call.query("enabled") != Some("false")
    });
    found.sort_by(|one, other| (&one.1.name, one.0).cmp(&(&other.1.name, other.0)));
    if call.query("sortOrder") == Some("descending") {
        found.reverse();
    }
    let entities = found.into_iter().map(|(number, rule)| shown(&users, *number, rule, criteria)).collect();
    Ok(Reply::json(&page.page_of(call, entities)))
}

fn get(genesys: &Genesys, call: &Call<'_>) -> Result<Reply, Error> {
    let users = genesys.users();
    let extras = genesys.extras();
    let number = find(&users, &extras.rules, call)?;
    let rule = extras.rules.rules.get(&number).ok_or_else(no_such_rule)?;
    Ok(Reply::json(&shown(&users, number, rule, true)))
}

fn create(genesys: &Genesys, call: &Call<'_>) -> Result<Reply, Error> {
    let body = call.json_object()?;
    let text = |name: &str| body.get(name).and_then(Value::as_str).map(str::to_owned);
    let name = text("name").ok_or_else(|| Error::missing("name"))?;
    let kind = text("type").ok_or_else(|| Error::missing("type"))?;
    let criteria = checked(body.get("criteria"))?;
    let users = genesys.users();
    let mut extras = genesys.extras();
    let rule = Rule {
        name,
        kind,
        description: text("description"),
        criteria: with_ids(criteria, &users, &mut extras.rules.parts),
        created: clock::rfc3339(clock::now()),
        created_by: call.person,
        ..Rule::default()
    };
    let number = extras.rules.add(rule.clone());
    Ok(Reply::json(&shown(&users, number, &rule, true)))
}

/// What is left out stays.
fn update(genesys: &Genesys, call: &Call<'_>) -> Result<Reply, Error> {
    let body = call.json_object()?;
    let text = |name: &str| body.get(name).map(|value| value.as_str().map(str::to_owned));
    let name = match text("name") {
        Some(None) => return Err(Error::invalid("name", "cannot be cleared")),
        given => given.flatten(),
    };
    let criteria = body.get("criteria").map(|criteria| checked(Some(criteria))).transpose()?;
    if body.get("lockedCriteria").and_then(Value::as_array).is_some_and(|locked| !locked.is_empty()) {
        return Err(Error::invalid("lockedCriteria", "must be empty: no type of rule fixes criteria"));
    }
    let users = genesys.users();
    let mut extras = genesys.extras();
    let number = find(&users, &extras.rules, call)?;
    let criteria = criteria.map(|criteria| with_ids(criteria, &users, &mut extras.rules.parts));
    let rule = extras.rules.rules.get_mut(&number).ok_or_else(no_such_rule)?;
    rule.name = name.unwrap_or_else(|| rule.name.clone());
    rule.description = text("description").unwrap_or_else(|| rule.description.clone());
    rule.criteria = criteria.unwrap_or_else(|| rule.criteria.clone());
    rule.modified = Some(clock::rfc3339(clock::now()));
    rule.modified_by = call.person;
    Ok(Reply::json(&shown(&users, number, rule, true)))
}

fn delete(genesys: &Genesys, call: &Call<'_>) -> Result<Reply, Error> {
    let users = genesys.users();
    let mut extras = genesys.extras();
    let number = find(&users, &extras.rules, call)?;
    extras.rules.rules.remove(&number);
    Ok(no_content())
}

/// The items of a list that must be there and hold something.
fn items<'a>(value: Option<&'a Value>, name: &str) -> Result<&'a Vec<Value>, Error> {
    let list = value.and_then(Value::as_array).ok_or_else(|| Error::missing(name))?;
    if list.is_empty() { Err(Error::invalid(name, "must not be empty")) } else { Ok(list) }
}

/// One of the known values of a field.
fn one_of(item: &Value, field: &str, name: &str, known: &[&str]) -> Result<(), Error> {
    let given = item.get(field).and_then(Value::as_str).ok_or_else(|| Error::missing(name))?;
    if known.contains(&given) {
        return Ok(());
    }
    Err(Error::invalid(name, &format!("must be one of {}", known.join(", "))))
}

/// Criteria, if they can be evaluated.
fn checked(criteria: Option<&Value>) -> Result<Vec<Value>, Error> {
    let criteria = items(criteria, "criteria")?;
    for criterion in criteria {
        one_of(criterion, "operator", "criteria.operator", &["Or"])?;
        for condition in items(criterion.get("group"), "criteria.group")? {
            one_of(condition, "operator", "criteria.group.operator", UsersRulesGroupOperator::VALUES)?;
            one_of(condition, "container", "criteria.group.container", UsersRulesContainer::VALUES)?;
            for value in items(condition.get("values"), "criteria.group.values")? {
                let ids = items(value.get("ids"), "criteria.group.values.ids")?;
                if !ids.iter().all(Value::is_string) {
                    return Err(Error::invalid("criteria.group.values.ids", "must hold ids"));
                }
            }
        }
    }
    Ok(criteria.clone())
}

/// The criteria with an id each, as their conditions.
fn with_ids(mut criteria: Vec<Value>, users: &Users, parts: &mut Counter) -> Vec<Value> {
    let space = IdSpace::new(users.people.seed, "rule part");
    for criterion in &mut criteria {
        criterion["id"] = json!(space.uuid(parts.next()));
        for condition in criterion.get_mut("group").and_then(Value::as_array_mut).into_iter().flatten() {
            condition["id"] = json!(space.uuid(parts.next()));
        }
    }
    criteria
}

/// Tries criteria on some users. Users who do not exist are not found.
fn query(genesys: &Genesys, call: &Call<'_>) -> Result<Reply, Error> {
    let page = Page::of(call)?;
    let body = call.json_object()?;
    let criteria = checked(body.get("criteria"))?;
    body.get("type").and_then(Value::as_str).ok_or_else(|| Error::missing("type"))?;
    let wanted = items(body.get("userIds"), "userIds")?;
    let users = genesys.users();
    let found = wanted.iter().filter_map(|id| users.living(id.as_str()?));
    let found = found.filter(|user| meets(&users, user, &criteria)).map(|user| user_reference(&user.id));
    let mut shown = page.page_of(call, found.collect());
    if let Some(shown) = shown.as_object_mut() {
        shown.retain(|field, _| !matches!(field.as_str(), "total" | "pageCount" | "firstUri" | "lastUri"));
    }
    Ok(Reply::json(&shown))
}

fn meets(users: &Users, user: &User<'_>, criteria: &[Value]) -> bool {
    let list = |value: &Value, field: &str| value.get(field).and_then(Value::as_array).cloned().unwrap_or_default();
    let parts = ["skills", "languages", "groups", "locations", "team"];
    let shown = lookup::shown(users, user, &Expand::new(parts, None));
    criteria.iter().any(|criterion| {
        list(criterion, "group").iter().all(|condition| {
            let held = held(users, user, &shown, condition["container"].as_str().unwrap_or_default());
            let mut named = list(condition, "values").into_iter().flat_map(|value| list(&value, "ids"));
            let is_in_one = named.any(|id| id.as_str().is_some_and(|id| held.iter().any(|held| held == id)));
            is_in_one != (condition["operator"] == "Not")
        })
    })
}

/// The items of a container that a user is in. The sandbox has no business units or management units.
fn held(users: &Users, user: &User<'_>, shown: &Value, container: &str) -> Vec<String> {
    let one = |path: &str| shown.pointer(path).and_then(Value::as_str).map(str::to_owned).into_iter().collect();
    let all = |part: &str| {
        let items = shown.get(part).and_then(Value::as_array).into_iter().flatten();
        items.filter_map(|item| item.get("id")?.as_str().map(str::to_owned)).collect()
    };
    match container {
        "User" => vec![user.id.clone()],
        "Division" => one("/division/id"),
        "ReportsTo" => one("/manager/id"),
        "Team" => one("/team/id"),
        "AcdSkill" => all("skills"),
        "Language" => all("languages"),
        "DirectoryGroup" => all("groups"),
        "Location" => all("locations"),
        "Queue" => {
            let list = users.reference().queues();
            queues::queues(users, user).into_keys().filter_map(|queue| list.id(queue)).collect()
        }
        _ => Vec::new(),
    }
}

/// All kinds of items can be named, and no criteria are fixed.
fn get_settings(_: &Genesys, _: &Call<'_>) -> Result<Reply, Error> {
    Ok(Reply::json(&json!({ "allowedContainers": UsersRulesContainer::VALUES, "lockedCriteria": [] })))
}

/// A learning module that uses a rule.
fn dependent(users: &Users, number: u32, module: usize) -> Option<Value> {
    let rule = ids(users).uuid(number);
    let id = development::module_id(users.people, module)?;
    Some(json!({
        "rule": { "id": rule, "selfUri": uri(&rule) }, "typeId": id, "type": "Learning", "createdDate": MADE,
        "recentRunCount": 0, "selfUri": format!("{}/dependents/learning/{id}", uri(&rule)),
    }))
}

/// The modules that use the rule in the path, as the service shows them.
fn dependents(genesys: &Genesys, call: &Call<'_>) -> Result<Vec<Value>, Error> {
    let users = genesys.users();
    let extras = genesys.extras();
    let number = find(&users, &extras.rules, call)?;
    let modules = extras.rules.rules.get(&number).map(|rule| rule.modules.clone()).unwrap_or_default();
    Ok(modules.into_iter().filter_map(|module| dependent(&users, number, module)).collect())
}

fn list_dependents(genesys: &Genesys, call: &Call<'_>) -> Result<Reply, Error> {
    let mut found = dependents(genesys, call)?;
    if call.query("sortOrder") != Some("ascending") {
        found.reverse();
    }
    Ok(Reply::json(&Page::of(call)?.page_of(call, found)))
}

fn get_dependent(genesys: &Genesys, call: &Call<'_>) -> Result<Reply, Error> {
    let wanted = Value::from(call.path("typeId"));
    let is_learning = call.path("ruleType") == "learning";
    let found = dependents(genesys, call)?.into_iter().find(|shown| is_learning && shown["typeId"] == wanted);
    found.map(|shown| Reply::json(&shown)).ok_or_else(|| Error::not_found("Nothing of this id uses the rule."))
}
