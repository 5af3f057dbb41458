//! The bulk file of external training records.

use crate::http::{Call, Error, Handler, Reply};
use crate::lms::bulk::{self, Row, Rule};
use crate::lms::datetime::Timestamp;
use crate::lms::model::external::{ExternalRecord, ExternalStatus};
use crate::lms::store::{Lms, Store};

pub(crate) const HANDLERS: &[(&str, Handler<Lms>)] = &[("externalTrainingCsv", external_training_csv)];

const COLUMNS: &[(&str, Rule)] = &[
    ("Action", Rule::OneOf(&["A", "D", "U", "AU"])),
    ("RecordID", Rule::AtMost(15)),
    ("UserId", Rule::AtMost(85)),
    ("Title", Rule::AtMost(255)),
    // The limit of one character that the document names would rule `TNS` out, which it lists.
    ("CourseType", Rule::OneOf(&["TNS", "C", "R", "O", "W"])),
    ("StartDate", Rule::Timestamp),
    ("EndDate", Rule::Timestamp),
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

fn external_training_csv(lms: &Lms, call: &Call<'_>) -> Result<Reply, Error> {
    let text = call.text()?;
    let mut store = lms.store();
    let answer = bulk::process(text, COLUMNS, &["Action"], |row| take(&mut store, row))?;
    Ok(Reply::text(answer))
}

fn take(store: &mut Store, row: &Row<'_>) -> Result<Option<String>, String> {
    let existing = row.get("RecordID").and_then(|id| store.external.get(id)).cloned();
    match (row.get("Action").copied(), existing) {
        (None, _) => Err("Action is missing.".to_owned()),
        (Some("A"), Some(_)) => Err("There is a record of this RecordID.".to_owned()),
        (Some("A" | "AU"), None) => add(store, row),
        (Some("U" | "AU"), Some(record)) => update(store, row, record),
        (Some("D"), Some(record)) => {
            store.external.remove(&record.id);
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
    let kind = "externalCourse".to_owned();
    let mut record = with_columns(ExternalRecord { user, kind, ..ExternalRecord::default() }, row)?;
    record.id = row.get("RecordID").map_or_else(|| store.external.new_id(), |id| (*id).to_owned());
    store.external.put(record);
    Ok(warning(row))
}

fn update(store: &mut Store, row: &Row<'_>, record: ExternalRecord) -> Result<Option<String>, String> {
    if row.get("UserId").is_some_and(|user| *user != record.user) {
        return Err("The record belongs to another user.".to_owned());
    }
    store.external.put(with_columns(record, row)?);
    Ok(warning(row))
}

/// The record with what the row gives; what the row leaves empty stays. Training cannot end before it begins, here as in
/// forms.
fn with_columns(mut record: ExternalRecord, row: &Row<'_>) -> Result<ExternalRecord, String> {
    record.updated = Timestamp::now();
    for (name, value) in row {
        let text = || Some((*value).to_owned());
        match *name {
            "Title" => record.title = (*value).to_owned(),
            "CourseType" => record.kind = kind(value).to_owned(),
            "StartDate" => record.start = Timestamp::from_bulk(value),
            "EndDate" => record.end = Timestamp::from_bulk(value),
            "Status" => record.status = ExternalStatus::of_digit(value).unwrap_or_default(),
            "Subject" => record.subject = text(),
            "Grade" => record.grade = text(),
            "Score" => record.score = text(),
            "Duration" => {
                record.duration = text();
                record.duration_unit = record.duration_unit.take().or_else(|| Some("hour".to_owned()));
            }
            "Unit" => record.duration_unit = Some(unit(value).to_owned()),
            "Cost" => record.cost = text(),
            "Currency" => record.currency = Some(value.to_ascii_uppercase()),
            "Language" => record.language = text(),
            "VendorInfo1" => record.vendor = text(),
            "Comments" => record.comments = text(),
            _ => {}
        }
    }
    match (record.start, record.end) {
        (Some(start), Some(end)) if end < start => Err("EndDate lies before StartDate.".to_owned()),
        _ => Ok(record),
    }
}

fn kind(letter: &str) -> &'static str {
    match letter {
        "C" => "learningProgram",
        "R" => "classroom",
        "O" => "onlineModule",
        "W" => "workshopSeminar",
        _ => "externalCourse",
    }
}

fn unit(letter: &str) -> &'static str {
    match letter {
        "I" => "minute",
        "D" => "day",
        "W" => "week",
        "M" => "month",
        "Y" => "year",
        _ => "hour",
    }
}

fn warning(row: &Row<'_>) -> Option<String> {
    let lonely = row.contains_key("Duration") && !row.contains_key("Unit");
    lonely.then(|| "Duration has no Unit; hours are assumed.".to_owned())
}
