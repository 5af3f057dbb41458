//! What a row of the training history does to the sessions of its module.

use crate::lms::bulk::{Row, training};
use crate::lms::model::module::{Module, Session};
use crate::lms::model::reference::FACILITIES;
use crate::lms::store::Store;

/// The id of the session that a row means, made or changed as the row says; `None` if the module has no sessions.
///
/// `own` is the session that the user's record has already.
pub(crate) fn session(
    store: &Store,
    module: &mut Module,
    row: &Row<'_>,
    own: Option<String>,
) -> Result<Option<String>, String> {
    if !module.has_sessions() {
        return Ok(None);
    }
    let create = row.get("CREATESESSION").is_some_and(|word| word.eq_ignore_ascii_case("true"));
    if create || module.sessions.is_empty() {
        return add(store, module, row).map(Some);
    }
    let place = match (row.get("SESSIONCODE"), own) {
        (Some(code), _) => {
            let found = module.sessions.iter().position(|session| session.code == *code);
            found.ok_or("The module has no session of this SESSIONCODE, and CREATESESSION is not true.")?
        }
        (None, Some(own)) => {
            // A session that is gone is no reason to refuse the row.
            match module.sessions.iter().position(|session| session.id == own) {
                Some(place) => place,
                None => return Ok(Some(own)),
            }
        }
        (None, None) if module.sessions.len() == 1 => 0,
        (None, None) => return Err("SESSIONCODE is missing: the module has several sessions.".to_owned()),
    };
    let Some(session) = module.sessions.get_mut(place) else { return Ok(None) };
    if let Some(title) = row.get("SESSIONTITLE") {
        session.title = Some((*title).to_owned());
        // The title says that the session's own dates are meant, not those of one user's training alone.
        for (name, field) in [("STARTDATE", &mut session.start), ("ENDDATE", &mut session.end)] {
            if let Some(moment) = row.get(name).and_then(|text| training(text)) {
                *field = Some(moment);
            }
        }
    }
    if let Some(zone) = row.get("SESSIONTIMEZONE") {
        session.time_zone = Some((*zone).to_owned());
    }
    Ok(Some(session.id.clone()))
}

fn add(store: &Store, module: &mut Module, row: &Row<'_>) -> Result<String, String> {
    let code = row.get("SESSIONCODE").map_or_else(|| module.new_session_code(), |code| (*code).to_owned());
    if module.sessions.iter().any(|session| session.code == code) {
        return Err("The module has a session of this SESSIONCODE, and CREATESESSION is true.".to_owned());
    }
    let instructors: Vec<&str> = row.get("Instructor").map(|logins| logins.split('|').collect()).unwrap_or_default();
    if instructors.iter().any(|login| store.account(login).is_none()) {
        return Err("Instructor names somebody who is no user.".to_owned());
    }
    // A code that does not exist is ignored, as documented.
    let facility = row.get("Training Venue").and_then(|code| FACILITIES.iter().find(|known| known.id == *code));
    let status = row.get("SESSIONSTATUS").map_or_else(|| "completed".to_owned(), |word| word.to_ascii_lowercase());
    let moment = |name: &str| row.get(name).and_then(|text| training(text));
    let id = module.new_session_id();
    module.sessions.push(Session {
        id: id.clone(),
        code,
        title: row.get("SESSIONTITLE").map(|title| (*title).to_owned()),
        start: moment("STARTDATE"),
        end: moment("ENDDATE"),
        instructors: instructors.into_iter().map(str::to_owned).collect(),
        facility: facility.map(|facility| facility.id.to_owned()),
        location: facility.map(|facility| facility.city.to_owned()),
        status,
        time_zone: Some(row.get("SESSIONTIMEZONE").copied().unwrap_or("UTC").to_owned()),
        ..Session::default()
    });
    Ok(id)
}
