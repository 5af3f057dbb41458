//! The skill groups of a user, which follow from the skills.

use serde_json::{Value, json};

use super::skills::{self, SKILLS};
use crate::genesys::model::user::User;
use crate::genesys::page::Page;
use crate::genesys::reference::MADE;
use crate::genesys::request::subject;
use crate::genesys::store::{Genesys, Users};
use crate::http::{Call, Error, Handler, Reply};

pub(super) const HANDLERS: &[(&str, Handler<Genesys>)] = &[("getUserSkillgroups", list)];

fn list(genesys: &Genesys, call: &Call<'_>) -> Result<Reply, Error> {
    let size = Page::of(call)?.size();
    let users = genesys.users();
    let groups = groups(&users, &subject(&users, call)?);
    let place = |name: &str| match call.query(name) {
        None => Ok(None),
        Some(cursor) => {
            let known = users.reference().skill_groups().find(cursor);
            known.map(Some).ok_or_else(|| Error::invalid(name, "must be a cursor of this listing"))
        }
    };
    let window = match (place("after")?, place("before")?) {
        (Some(_), Some(_)) => return Err(Error::invalid("before", "cannot be given together with `after`")),
        (after, None) => {
            let start = after.map_or(0, |after| groups.partition_point(|group| *group <= after));
            start..groups.len().min(start.saturating_add(size))
        }
        (None, Some(before)) => {
            let end = groups.partition_point(|group| *group < before);
            end.saturating_sub(size)..end
        }
    };
    let uri = |name: &str, group: Option<&usize>| {
        let id = users.reference().skill_groups().id(*group?)?;
        Some(format!("{}?pageSize={size}&{name}={id}", call.uri))
    };
    let (start, end) = (window.start, window.end);
    let shown: Vec<Value> = groups[window].iter().filter_map(|group| shown(&users, *group)).collect();
    let mut response = json!({ "entities": shown, "selfUri": call.uri });
    if end < groups.len()
        && let Some(next) = uri("after", end.checked_sub(1).and_then(|last| groups.get(last)))
    {
        response["nextUri"] = json!(next);
    }
    if start > 0
        && let Some(previous) = uri("before", groups.get(start))
    {
        response["previousUri"] = json!(previous);
    }
    Ok(Reply::json(&response))
}

/// The positions of the groups of a user, in order.
fn groups(users: &Users, user: &User<'_>) -> Vec<usize> {
    let (reference, owned) = (users.reference(), skills::owned(users, user, SKILLS));
    let belongs = |group: &usize| {
        reference.skill_group(*group).is_some_and(|group| {
            let skill = owned.get(&group.skill);
            skill.is_some_and(|skill| skill.active && skill.proficiency >= f64::from(group.proficiency))
        })
    };
    (0..reference.skill_groups().len()).filter(belongs).collect()
}

fn shown(users: &Users, group: usize) -> Option<Value> {
    let reference = users.reference();
    let (mut shown, rule) = (reference.skill_groups().entity(group)?, reference.skill_group(group)?);
    shown["division"] = reference.divisions().entity(0)?;
    shown["status"] = json!("Complete");
    shown["dateCreated"] = json!(MADE);
    shown["dateModified"] = json!(MADE);
    shown["skillConditions"] = json!([{
        "operation": "And",
        "routingSkillConditions": [{
            "routingSkill": reference.skills().name(rule.skill)?, "comparator": "GreaterThanOrEqualTo",
            "proficiency": rule.proficiency, "childConditions": [],
        }],
        "languageSkillConditions": [],
    }]);
    Some(shown)
}
