//! Out of office.

use genesys_users::types::OutOfOffice;
use rosterkit_core::Timestamp;
use rosterkit_core::chrono::{DateTime, FixedOffset};
use serde_json::{Value, json};

use crate::genesys::model::details::OutOfOffice as Setting;
use crate::genesys::model::user::{User, user_reference};
use crate::genesys::request::{body, subject};
use crate::genesys::store::{Genesys, Users};
use crate::http::{Call, Error, Handler, Reply};

pub(super) const HANDLERS: &[(&str, Handler<Genesys>)] = &[("getUserOutofoffice", get), ("putUserOutofoffice", put)];

/// The out-of-office setting of a user as the service shows it.
pub(crate) fn out_of_office(users: &Users, user: &User<'_>) -> Value {
    let setting = users.details.out_of_office.get(&user.index).cloned().unwrap_or_default();
    let mut shown = json!({
        "id": user.id, "user": user_reference(&user.id), "active": setting.active, "indefinite": setting.indefinite,
        "selfUri": format!("/api/v2/users/{}/outofoffice", user.id),
    });
    for (name, date) in [("startDate", setting.start), ("endDate", setting.end)] {
        if let Some(date) = date {
            shown[name] = json!(date);
        }
    }
    shown
}

fn get(genesys: &Genesys, call: &Call<'_>) -> Result<Reply, Error> {
    let users = genesys.users();
    Ok(Reply::json(&out_of_office(&users, &subject(&users, call)?)))
}

fn put(genesys: &Genesys, call: &Call<'_>) -> Result<Reply, Error> {
    let given: OutOfOffice = body(call)?;
    let active = given.active.unwrap_or(false);
    let indefinite = given.indefinite.unwrap_or(false);
    let (start, end) = (timestamp("startDate", &given.start_date)?, timestamp("endDate", &given.end_date)?);
    match (start, end) {
        (None, _) if active => return Err(Error::missing("startDate")),
        (_, None) if active && !indefinite => return Err(Error::missing("endDate")),
        (Some(start), Some(end)) if end <= start => {
            return Err(Error::invalid("endDate", "must be later than `startDate`"));
        }
        _ => {}
    }
    // An indefinite setting has no end.
    let end = given.end_date.filter(|_| !indefinite);
    let mut users = genesys.users();
    let index = subject(&users, call)?.index;
    let setting = Setting { active, indefinite, start: given.start_date, end };
    users.details.out_of_office.insert(index, setting);
    Ok(Reply::json(&out_of_office(&users, &subject(&users, call)?)))
}

fn timestamp(name: &str, date: &Option<Timestamp>) -> Result<Option<DateTime<FixedOffset>>, Error> {
    let date = date.as_ref().map(Timestamp::to_datetime).transpose();
    date.map_err(|_| Error::invalid(name, "must be a date-time with an offset"))
}
