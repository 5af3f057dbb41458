//! What a row of the training history does to the sessions of its module.

use peoplefluent_lms::bulk::{RecordDate, SessionStatus, TrainingHistoryRow};

use crate::lms::datetime::Timestamp;
use crate::lms::model::module::{Module, Session};
use crate::lms::model::reference::FACILITIES;
use crate::lms::store::Store;

/// The id of the session that a row means, made or changed as the row says; `None` if the module has no sessions.
///
/// `own` is the session that the user's record has already.
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
    let place = match (&row.session_code, own) {
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
    if let Some(title) = &row.session_title {
        session.title = Some(title.clone());
        // The title says that the session's own dates are meant, not those of one user's training alone.
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
        return Err("Instructor names somebody who is no user.".to_owned());
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
