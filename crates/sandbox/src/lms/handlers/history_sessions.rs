//! The changes of a training history row to the sessions of its module.

use peoplefluent_lms::bulk::{RecordDate, SessionStatus, TrainingHistoryRow};

use crate::lms::datetime::Timestamp;
use crate::lms::model::module::{Module, Session};
use crate::lms::model::reference::FACILITIES;
use crate::lms::store::Store;

/// Adds or changes the session of a row and returns its id; `None` if the module has no sessions. `own` is the session
/// of the user's record.
pub(crate) fn session(
    store: &Store,
    module: &mut Module,
    row: &TrainingHistoryRow,
    own: Option<String>,
) -> Result<Option<String>, String> {
    if !module.has_sessions() {
        return Ok(None);
    }
    if row.create_session == Some(true) || module.sessions.is_empty() {
        return add(store, module, row).map(Some);
    }
    let index = match (&row.session_code, own) {
        (Some(code), _) => {
            let found = module.sessions.iter().position(|session| session.code == *code);
            found.ok_or("The module has no session of this SESSIONCODE, and CREATESESSION is not true.")?
        }
        (None, Some(own)) => {
            // The session may have been removed; the row is valid all the same.
            match module.sessions.iter().position(|session| session.id == own) {
                Some(index) => index,
                None => return Ok(Some(own)),
            }
        }
        (None, None) if module.sessions.len() == 1 => 0,
        (None, None) => return Err("SESSIONCODE is missing: the module has several sessions.".to_owned()),
    };
    let Some(session) = module.sessions.get_mut(index) else { return Ok(None) };
    if let Some(title) = &row.session_title {
        session.title = Some(title.clone());
        // With a title, the dates are those of the session, else only those of the user's record.
        session.start = time(row.start_date).or(session.start);
        session.end = time(row.end_date).or(session.end);
    }
    session.time_zone = row.session_time_zone.clone().or(session.time_zone.take());
    Ok(Some(session.id.clone()))
}

fn add(store: &Store, module: &mut Module, row: &TrainingHistoryRow) -> Result<String, String> {
    let code = row.session_code.clone().unwrap_or_else(|| module.new_session_code());
    if module.sessions.iter().any(|session| session.code == code) {
        return Err("The module has a session of this SESSIONCODE, and CREATESESSION is true.".to_owned());
    }
    let instructors = row.instructors.as_ref().map(|logins| logins.ids().to_vec()).unwrap_or_default();
    if instructors.iter().any(|login| store.account(login).is_none()) {
        return Err("Instructor names an unknown user.".to_owned());
    }
    // A code that does not exist is ignored, as documented.
    let facility = row.venue.as_ref().and_then(|code| FACILITIES.iter().find(|known| known.id == *code));
    let status = row.session_status.unwrap_or(SessionStatus::Completed).as_str().to_ascii_lowercase();
    let id = module.new_session_id();
    module.sessions.push(Session {
        id: id.clone(),
        code,
        title: row.session_title.clone(),
        start: time(row.start_date),
        end: time(row.end_date),
        instructors,
        facility: facility.map(|facility| facility.id.to_owned()),
        location: facility.map(|facility| facility.city.to_owned()),
        status,
        time_zone: Some(row.session_time_zone.clone().unwrap_or_else(|| "UTC".to_owned())),
        ..Session::default()
    });
    Ok(id)
}

fn time(date: Option<RecordDate>) -> Option<Timestamp> {
    date.and_then(RecordDate::to_datetime).map(Timestamp::from)
}
