//! Responses to items of bulk operations: each item has one outcome, and none is accepted unless the response says so.
//!
//! The first line chooses the operation; the rest is the response.

use futures_util::StreamExt as _;
use genesys_users::types::PatchUser;
use peoplefluent_lms::bulk::ExternalTrainingRow;
use rosterkit_core::batch::Outcome;
use rosterkit_tests::Reply;
use serde_json::Value;
use session_clusters::types::{UserRef, UserTemplate};

use crate::responder::Responder;
use crate::{Target, first_line, no_seeds};

pub const TARGET: Target = Target {
    name: "bulk",
    run,
    seeds: no_seeds,
    words: &[
        "No Error Occurred",
        "Action,UserId,Title",
        "A,a.roe,First aid",
        "WARNING.",
        "\"",
        "\r\n",
        ",",
        "\"success\":true",
        "\"success\":false",
        "\"data\":",
        "\"failed\":[",
        "\"remoteId\":\"p-1\"",
        "\"id\":\"u-1\"",
        "\"entities\":[",
        "null",
        "report\n",
        "upsert\n",
        "deactivate\n",
        "change\n",
    ],
};

const IDS: [&str; 3] = ["u-1", "u-2", "u-3"];
const USERS: [&str; 3] = ["a.roe", "b.poe", "c.doe"];
const HEADER: [&str; 3] = ["Action", "UserId", "Title"];

fn run(data: &[u8]) {
    let (name, body) = first_line(data);
    match name {
        b"report" => report(body),
        b"upsert" => upsert(body),
        b"deactivate" => deactivate(body),
        b"change" => change(body),
        _ => [report, upsert, deactivate, change][data.len() % 4](body),
    }
}

fn report(body: &[u8]) {
    let rows = USERS.map(|user| ExternalTrainingRow::add(user, "First aid"));
    let outcomes = Responder::with(|responder| {
        let upload = responder.lms.bulk().external_training(rows).columns(HEADER).outcomes();
        responder.answer(Reply::new(200, "text/plain", body), upload.collect::<Vec<_>>())
    });
    let outcomes: Vec<_> = outcomes.into_iter().map(|outcome| outcome.expect("valid rows").outcome).collect();
    assert_eq!(outcomes.len(), USERS.len(), "each row has an outcome");
    let text = String::from_utf8_lossy(body).to_lowercase();
    let may_be_report = text.contains("no error occurred") || text.contains("userid");
    assert!(may_be_report || !outcomes.iter().any(Outcome::is_accepted), "rows were accepted without a report");
}

fn upsert(body: &[u8]) {
    let user = |id: &str| UserTemplate { remote_id: Some(id.to_owned()), ..UserTemplate::default() };
    let outcomes = Responder::with(|responder| {
        let users = responder.sessions.upsert_users(IDS.map(user)).ordered();
        responder.answer(Reply::new(200, "application/json", body), users.collect::<Vec<_>>())
    });
    let outcomes: Vec<_> = outcomes.into_iter().map(|outcome| outcome.outcome).collect();
    assert_named(&outcomes, body);
}

/// The response to this one may accept all without a name.
fn deactivate(body: &[u8]) {
    let outcomes = Responder::with(|responder| {
        let users = responder.sessions.deactivate_users(IDS.map(UserRef::by_remote_id)).ordered();
        responder.answer(Reply::new(200, "application/json", body), users.collect::<Vec<_>>())
    });
    assert_eq!(outcomes.len(), IDS.len(), "each item has an outcome");
    let is_accepted = outcomes.iter().any(|outcome| outcome.outcome.is_accepted());
    let says = serde_json::from_slice::<Value>(without_mark(body)).ok().map(|value| value["success"].clone());
    let is_blank = without_mark(body).trim_ascii().is_empty();
    assert!(!is_accepted || is_blank || says == Some(Value::Bool(true)), "users were accepted without `success`");
}

fn change(body: &[u8]) {
    let item = |id: &str| PatchUser { id: id.to_owned().into(), acd_auto_answer: true.into() };
    let outcomes = Responder::with(|responder| {
        let users = responder.genesys.users().patch_many(IDS.map(item)).ordered();
        responder.answer(Reply::new(200, "application/json", body), users.collect::<Vec<_>>())
    });
    let outcomes: Vec<_> = outcomes.into_iter().map(|outcome| outcome.outcome).collect();
    assert_named(&outcomes, body);
}

fn without_mark(body: &[u8]) -> &[u8] {
    body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body)
}

/// An accepted item is named by the response.
fn assert_named<T>(outcomes: &[Outcome<T>], body: &[u8]) {
    assert_eq!(outcomes.len(), IDS.len(), "each item has an outcome");
    // The spelling of a text can hide what it says.
    let text = serde_json::from_slice::<Value>(without_mark(body)).map(|value| value.to_string());
    for (id, outcome) in IDS.iter().zip(outcomes) {
        let is_named = text.as_ref().is_ok_and(|text| text.contains(id));
        assert!(!outcome.is_accepted() || is_named, "{id} was accepted, and the response does not name it");
    }
}
