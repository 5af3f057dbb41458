//! The bulk file of external training records.

use super::Lms;
use super::bulk::{self, Row, Rule};
use super::store::{ExternalRecord, Store};
use crate::http::{Call, Failure, Handler, Reply};

pub(super) const HANDLERS: &[(&str, Handler<Lms>)] = &[("externalTrainingCsv", external_training_csv)];

const COLUMNS: &[(&str, Rule)] = &[
    ("Action", Rule::OneOf(&["A", "D", "U", "AU"])),
    ("RecordID", Rule::AtMost(15)),
    ("UserId", Rule::AtMost(85)),
    ("Title", Rule::AtMost(255)),
    // The limit of one character that the document names would rule `TNS` out, which it lists.
    ("CourseType", Rule::OneOf(&["TNS", "C", "R", "O", "W"])),
    ("StartDate", Rule::Moment),
    ("EndDate", Rule::Moment),
    ("Status", Rule::OneOf(&["0", "1", "2", "3", "4", "5", "OPEN_FOR_EDITING"])),
    ("Subject", Rule::AtMost(50)),
    ("Grade", Rule::Text),
    ("Score", Rule::Text),
    ("Duration", Rule::Amount),
    ("Unit", Rule::OneOf(&["I", "H", "D", "W", "M", "Y"])),
    ("Cost", Rule::Amount),
    ("Currency", Rule::Currency),
    ("Language", Rule::Language),
    ("VendorInfo1", Rule::Text),
    ("Comments", Rule::Text),
];

fn external_training_csv(lms: &Lms, call: &Call<'_>) -> Result<Reply, Failure> {
    let text = call.text()?;
    let mut store = lms.store();
    let answer = bulk::process(text, COLUMNS, &["Action"], |row| take(&mut store, row))?;
    Ok(Reply::text(answer))
}

fn take(store: &mut Store, row: &Row<'_>) -> Result<Option<String>, String> {
    let existing = row.get("RecordID").and_then(|id| store.external_record(id)).cloned();
    match (row.get("Action").copied(), existing) {
        (None, _) => Err("Action is missing.".to_owned()),
        (Some("A"), Some(_)) => Err("There is a record of this RecordID.".to_owned()),
        (Some("A" | "AU"), None) => add(store, row),
        (Some("U" | "AU"), Some(record)) => update(store, row, record),
        (Some("D"), Some(record)) => {
            store.remove(&record.id);
            Ok(None)
        }
        (Some(_), None) if row.contains_key("RecordID") => Err("There is no record of this RecordID.".to_owned()),
        (Some(_), _) => Err("RecordID is missing.".to_owned()),
    }
}

fn add(store: &mut Store, row: &Row<'_>) -> Result<Option<String>, String> {
    let needed =
        |name: &str| row.get(name).map(|value| (*value).to_owned()).ok_or_else(|| format!("{name} is missing."));
    let user = needed("UserId")?;
    needed("Title")?;
    if store.account(&user).is_none() {
        return Err("There is no user of this UserId.".to_owned());
    }
    let id = row.get("RecordID").map_or_else(|| store.new_id(), |id| (*id).to_owned());
    store.put(with_columns(ExternalRecord { id, user, ..ExternalRecord::default() }, row));
    Ok(warning(row))
}

fn update(store: &mut Store, row: &Row<'_>, record: ExternalRecord) -> Result<Option<String>, String> {
    if row.get("UserId").is_some_and(|user| *user != record.user) {
        return Err("The record belongs to another user.".to_owned());
    }
    store.put(with_columns(record, row));
    Ok(warning(row))
}

fn with_columns(mut record: ExternalRecord, row: &Row<'_>) -> ExternalRecord {
    let described = row.iter().filter(|(name, _)| !matches!(**name, "Action" | "RecordID" | "UserId"));
    record.columns.extend(described.map(|(name, value)| (*name, (*value).to_owned())));
    record
}

fn warning(row: &Row<'_>) -> Option<String> {
    let lonely = row.contains_key("Duration") && !row.contains_key("Unit");
    lonely.then(|| "Duration has no Unit; hours are assumed.".to_owned())
}
