//! Out of office.

use std::collections::BTreeMap;

use genesys_users::types::OutOfOffice;
use rosterkit_core::Timestamp;
use rosterkit_core::chrono::{DateTime, FixedOffset};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{body, subject};
use crate::genesys::Genesys;
use crate::genesys::render;
use crate::genesys::store::{User, Users};
use crate::http::{Call, Error, Handler, Reply};

pub(super) const HANDLERS: &[(&str, Handler<Genesys>)] = &[("getUserOutofoffice", get), ("putUserOutofoffice", put)];

pub(super) type Absences = BTreeMap<u64, Absence>;

/// When somebody is away. Nobody is at first.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Absence {
    active: bool,
    indefinite: bool,
    start: Option<Timestamp>,
    end: Option<Timestamp>,
}

/// The out-of-office setting of a user as the service shows it.
pub(in crate::genesys) fn absence(users: &Users, user: &User<'_>) -> Value {
    let absence = users.details.absences.get(&user.index).cloned().unwrap_or_default();
    let mut shown = json!({
        "id": user.id, "user": render::reference(&user.id), "active": absence.active, "indefinite": absence.indefinite,
        "selfUri": format!("/api/v2/users/{}/outofoffice", user.id),
    });
    for (name, date) in [("startDate", absence.start), ("endDate", absence.end)] {
        if let Some(date) = date {
            shown[name] = json!(date);
        }
    }
    shown
}

fn get(genesys: &Genesys, call: &Call<'_>) -> Result<Reply, Error> {
    let users = genesys.users();
    Ok(Reply::json(&absence(&users, &subject(&users, call)?)))
}

fn put(genesys: &Genesys, call: &Call<'_>) -> Result<Reply, Error> {
    let given: OutOfOffice = body(call)?;
    let active = given.active.unwrap_or(false);
    let indefinite = given.indefinite.unwrap_or(false);
    let (start, end) = (moment("startDate", &given.start_date)?, moment("endDate", &given.end_date)?);
    match (start, end) {
        (None, _) if active => return Err(Error::missing("startDate")),
        (_, None) if active && !indefinite => return Err(Error::missing("endDate")),
        (Some(start), Some(end)) if end <= start => {
            return Err(Error::invalid("endDate", "must be later than `startDate`"));
        }
        _ => {}
    }
    // Who is away for good comes back on no date.
    let end = given.end_date.filter(|_| !indefinite);
    let mut users = genesys.users();
    let index = subject(&users, call)?.index;
    let absence_now = Absence { active, indefinite, start: given.start_date, end };
    users.details.absences.insert(index, absence_now);
    Ok(Reply::json(&absence(&users, &subject(&users, call)?)))
}

fn moment(name: &str, date: &Option<Timestamp>) -> Result<Option<DateTime<FixedOffset>>, Error> {
    let date = date.as_ref().map(Timestamp::to_datetime).transpose();
    date.map_err(|_| Error::invalid(name, "is no date and time with an offset"))
}
