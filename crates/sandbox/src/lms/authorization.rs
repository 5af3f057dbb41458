//! The user that a call acts for, what that user may see, and the assignments that a call changes.
//!
//! As on the real site, the first `onBehalfOf` is stored in a session cookie. While the caller sends the cookie back, calls
//! act for that user, even if a later `onBehalfOf` names another. The user is computed from the cookie, so no sessions are
//! stored.

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

/// The user that a call acts for; `None` if the caller is anonymous or a program.
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

/// The user that a call acts for, for functions that need one.
pub(crate) fn user(store: &Store, call: &Call<'_>) -> Result<Account, Error> {
    acting(store, call)?.ok_or_else(|| Error::forbidden("This function needs a user, and the caller is not a user."))
}

/// Checks `onBehalfOf` and `assignmentId`. Returns the cookie that the response sets.
pub(crate) fn check(store: &Store, call: &Call<'_>) -> Result<Option<HeaderValue>, Error> {
    let account = acting(store, call)?;
    check_assignment_given(store, call)?;
    if let Some(id) = parameter(call, ASSIGNMENT) {
        let owners = [account.as_ref().map(Account::login), caller_login(call)];
        let known = store.assignment(id).is_some_and(|found| owners.contains(&Some(found.account.login())));
        if !known {
            return Err(Error::invalid(ASSIGNMENT, "is not an assignment of the user that the call acts for"));
        }
    }
    let pins = parameter(call, "onBehalfOf").is_some() && pinned(store, &call.incoming.headers).is_none();
    let Some(account) = account.filter(|_| pins) else { return Ok(None) };
    let cookie = format!("{COOKIE_NAME}={}; Path=/ekp; HttpOnly", session_id(store, &account));
    Ok(HeaderValue::from_str(&cookie).ok())
}

/// A caller with several assignments must send `assignmentId` to the functions that take it.
fn check_assignment_given(store: &Store, call: &Call<'_>) -> Result<(), Error> {
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

/// Whether an account may see the data of a user: the administration sees all users, the others themselves and their
/// direct reports.
pub(crate) fn may_see(store: &Store, account: &Account, login: &str) -> bool {
    if account.is_integration() || account.login() == login {
        return true;
    }
    let manager = store.account(login).and_then(|other| store.manager(&other));
    manager.is_some_and(|manager| manager.login() == account.login())
}

/// The assignments that a call names as its target: by `user`, which is the name of a field, by id, or by code where
/// the function has one. A user means all assignments of that user.
pub(crate) fn targets(store: &Store, call: &Call<'_>, user: &str) -> Result<Vec<Assignment>, Error> {
    let field = |name| call.form(name).filter(|value| !value.is_empty());
    let unknown =
        |name, what: &str| Error::invalid(name, &format!("is not the {what} of a user that the caller may see"));
    let of_user = field(user)
        .map(|login| store.account(login).ok_or_else(|| unknown(user, "id")))
        .transpose()?
        .map(|account| assignment::of(&account));
    let one = match (field("targetAssignmentId"), field("targetAssignmentCode")) {
        (Some(id), _) => Some(store.assignment(id).ok_or_else(|| unknown("targetAssignmentId", "assignment id"))?),
        (None, Some(code)) => {
            Some(store.assignment_by_code(code).ok_or_else(|| unknown("targetAssignmentCode", "assignment code"))?)
        }
        (None, None) => None,
    };
    if let (Some(one), Some(code)) = (&one, field("targetAssignmentCode"))
        && one.code != code
    {
        let problem = "is not the code of `targetAssignmentId`";
        return Err(Error::invalid("targetAssignmentCode", problem));
    }
    match (of_user, one) {
        (None, None) => Err(Error::missing(user)),
        (Some(all), None) => Ok(all),
        (None, Some(one)) => Ok(vec![one]),
        (Some(all), Some(one)) if all.iter().any(|assignment| assignment.id == one.id) => Ok(vec![one]),
        (Some(_), Some(_)) => Err(Error::invalid(user, "is not the user of the target assignment")),
    }
}

/// A training record that the user may see.
pub(crate) fn visible_record(store: &Store, account: &Account, id: &str) -> Result<Record, Error> {
    let record = store.record(id).ok_or_else(|| Error::not_found("There is no training record with this id."))?;
    if may_see(store, account, &record.user) {
        Ok(record)
    } else {
        Err(Error::forbidden("The training record belongs to a user whom the caller may not see."))
    }
}

/// A training record of the user.
pub(crate) fn own_record(store: &Store, account: &Account, id: &str) -> Result<Record, Error> {
    match store.record(id) {
        Some(record) if record.user == account.login() => Ok(record),
        Some(_) => Err(Error::forbidden("The enrollment belongs to another user.")),
        None => Err(Error::not_found("There is no enrollment with this id.")),
    }
}

fn sessions(store: &Store) -> IdSpace {
    IdSpace::new(store.people.seed, "cookie")
}

fn session_id(store: &Store, account: &Account) -> String {
    let index = account.index().map_or(u32::MAX, |index| index as u32);
    sessions(store).hex(index)
}

/// The user in the session cookie of a request.
fn pinned(store: &Store, headers: &HeaderMap) -> Option<Account> {
    let cookies = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let id = cookies
        .flat_map(|text| text.split(';'))
        .find_map(|cookie| cookie.trim().strip_prefix(COOKIE_NAME)?.strip_prefix('='))?;
    match sessions(store).index_of_hex(id)? {
        u32::MAX => Some(Account::Integration),
        index => store.account_at(index.into()),
    }
}
