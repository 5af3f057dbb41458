//! The divisions in which a user or group has a permission.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::grants::{self, Subject};
use crate::genesys::model::details::Grant;
use crate::genesys::page::Page;
use crate::genesys::store::{Genesys, Users};
use crate::http::{Call, Error, Handler, Reply};

pub(super) const HANDLERS: &[(&str, Handler<Genesys>)] = &[
    ("getAuthorizationDivisionspermittedMe", list_mine),
    ("getAuthorizationDivisionspermittedPagedMe", page_mine),
    ("getAuthorizationDivisionspermittedPagedSubjectId", page_of_subject),
];

fn list_mine(genesys: &Genesys, call: &Call<'_>) -> Result<Reply, Error> {
    let users = genesys.users();
    let name = call.filter("name").map(str::to_lowercase);
    let permitted = mine(&users, call)?.into_iter().filter(|division| {
        let known = users.reference().divisions().name(*division).unwrap_or_default();
        name.as_ref().is_none_or(|name| known.to_lowercase().contains(name))
    });
    Ok(Reply::json(&permitted.filter_map(|division| show(&users, division)).collect()))
}

fn page_mine(genesys: &Genesys, call: &Call<'_>) -> Result<Reply, Error> {
    let users = genesys.users();
    let permitted = mine(&users, call)?;
    page(&users, call, &permitted)
}

fn page_of_subject(genesys: &Genesys, call: &Call<'_>) -> Result<Reply, Error> {
    let users = genesys.users();
    let permission = permission(call)?;
    let subject = Subject::find(&users, call)?;
    let granted = subject.all(&users).into_iter().map(|(_, grant, _)| grant);
    page(&users, call, &permitted(&users, permission, granted))
}

/// The divisions of the caller. The token of a program is valid in all divisions.
fn mine(users: &Users, call: &Call<'_>) -> Result<BTreeSet<usize>, Error> {
    let permission = permission(call)?;
    let user = call.person.and_then(|person| users.get(person));
    Ok(match user {
        Some(user) => permitted(users, permission, grants::effective(users, &user)),
        None => (0..users.reference().divisions().len()).collect(),
    })
}

fn permission<'a>(call: &'a Call<'_>) -> Result<&'a str, Error> {
    let permission = call.query("permission").unwrap_or_default();
    let parts = permission.split(':').filter(|part| !part.trim().is_empty()).count();
    if parts == 3 && permission.matches(':').count() == 2 {
        Ok(permission)
    } else {
        Err(Error::invalid("permission", "must be a permission such as `routing:queue:view`"))
    }
}

fn permitted(users: &Users, permission: &str, granted: impl IntoIterator<Item = Grant>) -> BTreeSet<usize> {
    let holds = |role: usize| users.reference().permissions(role).contains(&permission);
    granted.into_iter().filter(|(role, _)| holds(*role)).map(|(_, division)| division).collect()
}

fn show(users: &Users, division: usize) -> Option<Value> {
    let mut shown = users.reference().divisions().entity(division)?;
    shown["homeDivision"] = json!(division == grants::HOME);
    shown["description"] = json!("");
    Some(shown)
}

fn page(users: &Users, call: &Call<'_>, permitted: &BTreeSet<usize>) -> Result<Reply, Error> {
    let shown = permitted.iter().filter_map(|division| show(users, *division)).collect();
    let mut page = Page::of(call)?.page_of(call, shown);
    page["allDivsPermitted"] = json!(permitted.len() == users.reference().divisions().len());
    Ok(Reply::json(&page))
}
