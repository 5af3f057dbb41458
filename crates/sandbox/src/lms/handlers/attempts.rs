//! Attempts at assessments: `assessmentAttemptHandler`, `assessmentAttemptSummary`.
//!
//! The descriptor of an attempt is not documented. The sandbox takes any JSON object and reads two properties:
//! `enrollmentId`, an enrollment of the user, and `score`, a number from 0 to 100, which completes that enrollment.

use serde_json::{Map, Value};

use crate::http::{Call, Error, Handler, Reply};
use crate::lms::authorization::{may_see, own_record, user};
use crate::lms::datetime::Timestamp;
use crate::lms::model::Attempt;
use crate::lms::model::record::Status;
use crate::lms::params::required;
use crate::lms::response::respond;
use crate::lms::store::Lms;

pub(crate) const HANDLERS: &[(&str, Handler<Lms>)] = &[
    ("assessmentAttemptHandler", assessment_attempt_handler),
    ("assessmentAttemptSummary", assessment_attempt_summary),
];

/// Prefix of the id of an attempt that exists from the start; the rest is the id of its record.
const DRAWN: &str = "AT-";

fn assessment_attempt_handler(lms: &Lms, call: &Call<'_>) -> Result<Reply, Error> {
    let mut store = lms.store();
    let account = user(&store, call)?;
    let descriptor: Map<String, Value> = serde_json::from_str(required(call, "attempt")?)
        .map_err(|_| Error::invalid("attempt", "is not a JSON object"))?;
    let score = match descriptor.get("score") {
        None | Some(Value::Null) => None,
        Some(score) => {
            let number = score.as_f64().filter(|number| (0.0..=100.0).contains(number));
            let problem = "has a `score` that is not a number from 0 to 100";
            Some(number.ok_or_else(|| Error::invalid("attempt", problem))?.to_string())
        }
    };
    let now = Timestamp::now();
    let mut attempt = Attempt {
        id: format!("ATT{:09}", store.next_number()),
        user: account.login().to_owned(),
        submitted: now,
        enrollment: None,
        module: None,
        score,
    };
    match descriptor.get("enrollmentId") {
        None | Some(Value::Null) => {}
        Some(id) => {
            let id =
                id.as_str().ok_or_else(|| Error::invalid("attempt", "has an `enrollmentId` that is not a string"))?;
            let mut record = own_record(&store, &account, id)?;
            if !record.status.is_open() || record.status == Status::PendingApproval {
                return Err(Error::conflict("not.enrolled", "The status of the enrollment does not allow an attempt."));
            }
            attempt.enrollment = Some(record.id.clone());
            attempt.module = Some(record.module.clone());
            record.attempts = record.attempts.saturating_add(1);
            record.last_attempt = Some(now);
            let status = if attempt.score.is_some() { Status::Completed } else { Status::Incomplete };
            record.score = attempt.score.clone().or(record.score);
            record.set_status(status, now);
            store.put_record(record);
        }
    }
    let node = attempt.node();
    store.attempts.insert(attempt.id.clone(), attempt);
    Ok(Reply::json(&node.json()))
}

fn assessment_attempt_summary(lms: &Lms, call: &Call<'_>) -> Result<Reply, Error> {
    let store = lms.store();
    let account = user(&store, call)?;
    let id = required(call, "id")?;
    let drawn = || {
        let record = store.record(id.strip_prefix(DRAWN)?)?;
        let is_exam = store.module(&record.module).is_some_and(|module| module.kind == "exam");
        let submitted = record.last_attempt.filter(|_| is_exam)?;
        let (enrollment, module) = (Some(record.id), Some(record.module));
        Some(Attempt { id: id.to_owned(), user: record.user, submitted, enrollment, module, score: record.score })
    };
    let attempt = store.attempts.get(id).cloned().or_else(drawn);
    let attempt = attempt.ok_or_else(|| Error::not_found("There is no attempt with this id."))?;
    if !may_see(&store, &account, &attempt.user) {
        return Err(Error::forbidden("The attempt belongs to a user whom the caller may not see."));
    }
    Ok(respond(call, &attempt.node()))
}
