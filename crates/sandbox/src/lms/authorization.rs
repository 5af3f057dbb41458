//! Whom a call acts for: its caller, the user of `onBehalfOf`, or the one that a session cookie pins.
//!
//! As on the real site, the first `onBehalfOf` pins its user in a session cookie, and a caller that sends the cookie back
//! gets the data of that user whoever a later `onBehalfOf` names. A cookie's value leads back to its user, so nothing is
//! kept of a session.

use axum::http::header::COOKIE;
use axum::http::{HeaderMap, HeaderValue};

use crate::credentials::SANDBOX;
use crate::http::{Call, Caller, Error};
use crate::ids::IdSpace;
use crate::lms::model::account::Account;
use crate::lms::model::assignment::{self, Assignment};
use crate::lms::model::record::Record;
use crate::lms::params::parameter;
use crate::lms::store::Store;

const COOKIE_NAME: &str = "JSESSIONID";
const ASSIGNMENT: &str = "assignmentId";

/// The user that a call acts for; nobody if the caller is anonymous or a program.
pub(crate) fn acting(store: &Store, call: &Call<'_>) -> Result<Option<Account>, Error> {
    let own = caller_login(call);
    let Some(login) = parameter(call, "onBehalfOf") else {
        return Ok(own.and_then(|login| store.account(login)));
    };
    if own != Some(SANDBOX.lms_user) {
        return Err(Error::forbidden("Only a caller with the permission Switch User may send `onBehalfOf`."));
    }
    let hidden = || Error::forbidden("There is no user of the id in `onBehalfOf` that the caller may see.");
    let named = store.account(login).ok_or_else(hidden)?;
    Ok(Some(pinned(store, &call.incoming.headers).unwrap_or(named)))
}

/// The user that a call acts for, where it has to be somebody.
pub(crate) fn user(store: &Store, call: &Call<'_>) -> Result<Account, Error> {
    acting(store, call)?.ok_or_else(|| Error::forbidden("This function acts for a user, and the caller is none."))
}

/// Checks `onBehalfOf` and `assignmentId`, and answers the cookie that the call's answer sets.
pub(crate) fn check(store: &Store, call: &Call<'_>) -> Result<Option<HeaderValue>, Error> {
    let account = acting(store, call)?;
    needs_assignment(store, call)?;
    if let Some(id) = parameter(call, ASSIGNMENT) {
        let owners = [account.as_ref().map(Account::login), caller_login(call)];
        let known =
            assignment::find(store.people, id).is_some_and(|found| owners.contains(&Some(found.account.login())));
        if !known {
            return Err(Error::invalid(ASSIGNMENT, "is no assignment of the user that the call acts for"));
        }
    }
    let pins = parameter(call, "onBehalfOf").is_some() && pinned(store, &call.incoming.headers).is_none();
    let Some(account) = account.filter(|_| pins) else { return Ok(None) };
    let cookie = format!("{COOKIE_NAME}={}; Path=/ekp; HttpOnly", session_id(store, &account));
    Ok(HeaderValue::from_str(&cookie).ok())
}

/// A caller who holds several assignments has to say in which of them a function is called, where it takes that.
fn needs_assignment(store: &Store, call: &Call<'_>) -> Result<(), Error> {
    let own = caller_login(call).and_then(|login| store.account(login));
    let several = own.is_some_and(|own| assignment::of(&own).len() > 1);
    if several && call.entry.parameter(ASSIGNMENT).is_some() && parameter(call, ASSIGNMENT).is_none() {
        return Err(Error::missing(ASSIGNMENT));
    }
    Ok(())
}

fn caller_login<'a>(call: &'a Call<'_>) -> Option<&'a str> {
    match &call.caller {
        Caller::User(login) => Some(login),
        Caller::Anonymous | Caller::Program => None,
    }
}

/// Whether a user may see what belongs to another: the administration sees everybody, everybody themselves and those
/// who report to them.
pub(crate) fn may_see(store: &Store, account: &Account, login: &str) -> bool {
    if account.is_integration() || account.login() == login {
        return true;
    }
    let manager = store.account(login).and_then(|other| other.person().and_then(|person| person.manager));
    account.person().is_some_and(|person| manager == Some(person.index))
}

/// The assignments that a call names as its target: by `user`, which is the name of a field, by id, or by code where
/// the function has one. A user stands for all of that user's assignments.
pub(crate) fn targets(store: &Store, call: &Call<'_>, user: &str) -> Result<Vec<Assignment>, Error> {
    let field = |name| call.form(name).filter(|value| !value.is_empty());
    let unknown = |name, what: &str| Error::invalid(name, &format!("is the {what} of nobody that the caller may see"));
    let of_user = field(user)
        .map(|login| store.account(login).ok_or_else(|| unknown(user, "id")))
        .transpose()?
        .map(|account| assignment::of(&account));
    let one = match (field("targetAssignmentId"), field("targetAssignmentCode")) {
        (Some(id), _) => {
            Some(assignment::find(store.people, id).ok_or_else(|| unknown("targetAssignmentId", "assignment id"))?)
        }
        (None, Some(code)) => Some(
            assignment::find_by_code(store.people, code)
                .ok_or_else(|| unknown("targetAssignmentCode", "assignment code"))?,
        ),
        (None, None) => None,
    };
    if let (Some(one), Some(code)) = (&one, field("targetAssignmentCode"))
        && one.code != code
    {
        let problem = "is that of another assignment than `targetAssignmentId`";
        return Err(Error::invalid("targetAssignmentCode", problem));
    }
    match (of_user, one) {
        (None, None) => Err(Error::missing(user)),
        (Some(all), None) => Ok(all),
        (None, Some(one)) => Ok(vec![one]),
        (Some(all), Some(one)) if all.iter().any(|assignment| assignment.id == one.id) => Ok(vec![one]),
        (Some(_), Some(_)) => Err(Error::invalid(user, "is not whom the target assignment belongs to")),
    }
}

/// A training record that the user may see.
pub(crate) fn visible_record(store: &Store, account: &Account, id: &str) -> Result<Record, Error> {
    let record = store.record(id).ok_or_else(|| Error::not_found("There is no training record of this id."))?;
    if may_see(store, account, &record.user) {
        Ok(record)
    } else {
        Err(Error::forbidden("The training record belongs to somebody whom the caller may not see."))
    }
}

/// A training record of the user's own.
pub(crate) fn own_record(store: &Store, account: &Account, id: &str) -> Result<Record, Error> {
    match store.record(id) {
        Some(record) if record.user == account.login() => Ok(record),
        Some(_) => {
            Err(Error::forbidden("The enrollment belongs to somebody else than the user that the call acts for."))
        }
        None => Err(Error::not_found("There is no enrollment of this id.")),
    }
}

fn sessions(store: &Store) -> IdSpace {
    IdSpace::new(store.people.seed, "cookie")
}

fn session_id(store: &Store, account: &Account) -> String {
    let index = account.person().map_or(u32::MAX, |person| person.index as u32);
    sessions(store).hex(index)
}

/// The user of the session that a request belongs to, if it sends a cookie of this site.
fn pinned(store: &Store, headers: &HeaderMap) -> Option<Account> {
    let cookies = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let id = cookies
        .flat_map(|text| text.split(';'))
        .find_map(|cookie| cookie.trim().strip_prefix(COOKIE_NAME)?.strip_prefix('='))?;
    match sessions(store).index_of_hex(id)? {
        u32::MAX => Some(Account::Integration),
        index => store.people.get(index.into()).and_then(|person| store.account(&person.login)),
    }
}
