//! The bulk file of external training records.

use peoplefluent_lms::bulk::{CourseType, DurationUnit, ExternalAction, ExternalTrainingRow};

use crate::http::{Call, Error, Handler, Reply};
use crate::lms::bulk;
use crate::lms::datetime::Timestamp;
use crate::lms::model::external::ExternalRecord;
use crate::lms::store::{Lms, Store};

pub(crate) const HANDLERS: &[(&str, Handler<Lms>)] = &[("externalTrainingCsv", external_training_csv)];

fn external_training_csv(lms: &Lms, call: &Call<'_>) -> Result<Reply, Error> {
    let text = call.text()?;
    let mut store = lms.store();
    Ok(Reply::text(bulk::process(text, &["Action"], |row| apply(&mut store, row))?))
}

fn apply(store: &mut Store, row: &ExternalTrainingRow) -> Result<Option<String>, String> {
    let existing = row.record_id.as_ref().and_then(|id| store.external.get(id)).cloned();
    match (row.action, existing) {
        (Some(ExternalAction::Add), Some(_)) => Err("There is a record of this RecordID.".to_owned()),
        (Some(ExternalAction::Add | ExternalAction::AddOrUpdate), None) => add(store, row),
        (Some(ExternalAction::Update | ExternalAction::AddOrUpdate), Some(record)) => update(store, row, record),
        (Some(ExternalAction::Delete), Some(record)) => {
            store.external.remove(&record.id);
            Ok(None)
        }
        (_, _) => Err("There is no record of this RecordID.".to_owned()),
    }
}

fn add(store: &mut Store, row: &ExternalTrainingRow) -> Result<Option<String>, String> {
    let user = row.user_id.clone().ok_or("UserId is missing.")?;
    if row.title.is_none() {
        return Err("Title is missing.".to_owned());
    }
    if store.account(&user).is_none() {
        return Err("There is no user of this UserId.".to_owned());
    }
    let kind = "externalCourse".to_owned();
    let mut record = with_columns(ExternalRecord { user, kind, ..ExternalRecord::default() }, row)?;
    record.id = row.record_id.clone().unwrap_or_else(|| store.external.new_id());
    store.external.put(record);
    Ok(warning(row))
}

fn update(store: &mut Store, row: &ExternalTrainingRow, record: ExternalRecord) -> Result<Option<String>, String> {
    if row.user_id.as_ref().is_some_and(|user| *user != record.user) {
        return Err("The record belongs to another user.".to_owned());
    }
    store.external.put(with_columns(record, row)?);
    Ok(warning(row))
}

/// The record with the values of the row; blank cells change nothing. As in forms, training cannot end before it starts.
fn with_columns(record: ExternalRecord, row: &ExternalTrainingRow) -> Result<ExternalRecord, String> {
    let hours = || row.duration.as_ref().map(|_| "hour".to_owned());
    let record = ExternalRecord {
        updated: Timestamp::now(),
        title: row.title.clone().unwrap_or(record.title),
        kind: row.course_type.as_ref().map_or(record.kind, |kind| module_kind(kind).to_owned()),
        start: row.start_date.map(|date| date.to_datetime().into()).or(record.start),
        end: row.end_date.map(|date| date.to_datetime().into()).or(record.end),
        status: row.status.map_or(record.status, Into::into),
        subject: row.subject.clone().or(record.subject),
        grade: row.grade.clone().or(record.grade),
        score: row.score.clone().or(record.score),
        duration: row.duration.as_ref().map(ToString::to_string).or(record.duration),
        duration_unit: row.unit.map(|unit| unit_name(unit).to_owned()).or(record.duration_unit).or_else(hours),
        cost: row.cost.as_ref().map(ToString::to_string).or(record.cost),
        currency: row.currency.as_ref().map(|code| code.to_ascii_uppercase()).or(record.currency),
        language: row.language.clone().or(record.language),
        vendor: row.vendor_info.clone().or(record.vendor),
        comments: row.comments.clone().or(record.comments),
        ..record
    };
    match (record.start, record.end) {
        (Some(start), Some(end)) if end < start => Err("EndDate lies before StartDate.".to_owned()),
        _ => Ok(record),
    }
}

fn module_kind(kind: &CourseType) -> &'static str {
    match kind {
        CourseType::Program => "learningProgram",
        CourseType::Classroom => "classroom",
        CourseType::Online => "onlineModule",
        CourseType::Workshop => "workshopSeminar",
        _ => "externalCourse",
    }
}

fn unit_name(unit: DurationUnit) -> &'static str {
    match unit {
        DurationUnit::Minutes => "minute",
        DurationUnit::Hours => "hour",
        DurationUnit::Days => "day",
        DurationUnit::Weeks => "week",
        DurationUnit::Months => "month",
        DurationUnit::Years => "year",
    }
}

fn warning(row: &ExternalTrainingRow) -> Option<String> {
    let lacks_unit = row.duration.is_some() && row.unit.is_none();
    lacks_unit.then(|| "Duration has no Unit; hours are assumed.".to_owned())
}
