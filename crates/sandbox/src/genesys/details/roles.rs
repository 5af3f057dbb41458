//! The roles of a user, and the permissions of these roles.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::grants::{self, HOME, Held};
use crate::genesys::model::user::User;
use crate::genesys::request::{body, no_such_user};
use crate::genesys::store::{Genesys, Users};
use crate::http::{Call, Error, Handler, Reply};

pub(super) const HANDLERS: &[(&str, Handler<Genesys>)] = &[("getUserRoles", get), ("putUserRoles", put)];

/// Roles and permissions of a user as the service shows them.
pub(crate) fn authorization(users: &Users, user: &User<'_>, unused: bool) -> Value {
    let reference = users.reference();
    let roles: BTreeSet<usize> = grants::effective(users, user).into_iter().map(|(role, _)| role).collect();
    let permissions: BTreeSet<&str> = roles.iter().flat_map(|role| reference.permissions(*role)).copied().collect();
    let named = |role: usize| Some(json!({ "id": reference.roles().id(role)?, "name": reference.roles().name(role)? }));
    let policies = permissions.iter().enumerate().filter_map(|(number, permission)| {
        let (domain, rest) = permission.split_once(':')?;
        let (entity, action) = rest.split_once(':')?;
        let id = format!("policy-{}", number + 1);
        Some(json!({ "id": id, "domain": domain, "entityName": entity, "actionSet": [action], "allowConditions": false }))
    });
    let mut shown = json!({
        "roles": roles.iter().filter_map(|role| named(*role)).collect::<Vec<_>>(),
        "permissions": permissions,
        "permissionPolicies": policies.collect::<Vec<_>>(),
    });
    if unused {
        let unused = (0..reference.roles().len()).filter(|role| !roles.contains(role));
        shown["unusedRoles"] = unused.filter_map(named).collect();
    }
    shown
}

fn get(genesys: &Genesys, call: &Call<'_>) -> Result<Reply, Error> {
    let users = genesys.users();
    let user = users.living(call.path("subjectId")).ok_or_else(no_such_user)?;
    Ok(Reply::json(&authorization(&users, &user, false)))
}

fn put(genesys: &Genesys, call: &Call<'_>) -> Result<Reply, Error> {
    let given: Vec<String> = body(call)?;
    let mut users = genesys.users();
    let user = users.living(call.path("subjectId")).ok_or_else(no_such_user)?;
    let roles = users.reference().roles();
    let unknown = |id: &str| Error::invalid("body", "must hold ids of roles only").with_entity(id);
    let wanted = given.iter().map(|id| roles.find(id).ok_or_else(|| unknown(id)));
    let wanted = wanted.collect::<Result<BTreeSet<usize>, Error>>()?;
    // A kept role keeps its divisions; a new one is granted in the home division.
    let mut held: Held =
        grants::direct(&users, &user).into_iter().filter(|((role, _), _)| wanted.contains(role)).collect();
    for role in wanted {
        if !held.keys().any(|(held, _)| *held == role) {
            held.insert((role, HOME), grants::now());
        }
    }
    let (index, id) = (user.index, user.id);
    grants::set(&mut users, id, held);
    let user = users.get(index).ok_or_else(no_such_user)?;
    Ok(Reply::json(&authorization(&users, &user, false)))
}
