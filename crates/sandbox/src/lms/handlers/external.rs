//! Functions on external training records, one at a time, with their attachments.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::http::{Call, Error, Handler, Reply};
use crate::lms::authorization::{may_see, user};
use crate::lms::datetime::Timestamp;
use crate::lms::model::account::Account;
use crate::lms::model::external::{Attachment, ExternalRecord, ExternalStatus};
use crate::lms::node::Node;
use crate::lms::params::{day, parameter, required};
use crate::lms::response::{ok, respond};
use crate::lms::store::{Lms, Store};

pub(crate) const HANDLERS: &[(&str, Handler<Lms>)] = &[
    ("externalRecordAdder", external_record_adder),
    ("externalRecordDeleter", external_record_deleter),
    ("externalRecordUpdater", external_record_updater),
    ("externalTrainingRecord", external_training_record),
    ("externalTrainingRecords", external_training_records),
    ("externalTrainingRequests", external_training_requests),
];

const TITLE_LENGTH: usize = 255;

fn external_record_adder(lms: &Lms, call: &Call<'_>) -> Result<Reply, Error> {
    let mut store = lms.store();
    let account = user(&store, call)?;
    let kind = "learningProgram".to_owned();
    let new = ExternalRecord { user: account.login().to_owned(), kind, ..ExternalRecord::default() };
    let mut record = with_fields(new, call)?;
    record.id = store.external.new_id();
    let node = ok().text("id", &record.id).with(record.node());
    store.external.put(record);
    Ok(respond(call, &node))
}

fn external_record_updater(lms: &Lms, call: &Call<'_>) -> Result<Reply, Error> {
    let mut store = lms.store();
    let account = user(&store, call)?;
    let record = visible(&store, &account, required(call, "id")?)?.clone();
    let record = with_fields(record, call)?;
    let node = ok().text("id", &record.id).with(record.node());
    store.external.put(record);
    Ok(respond(call, &node))
}

fn external_record_deleter(lms: &Lms, call: &Call<'_>) -> Result<Reply, Error> {
    let mut store = lms.store();
    let account = user(&store, call)?;
    let id = visible(&store, &account, required(call, "id")?)?.id.clone();
    store.external.remove(&id);
    Ok(respond(call, &ok().text("id", id)))
}

fn visible<'a>(store: &'a Store, account: &Account, id: &str) -> Result<&'a ExternalRecord, Error> {
    let record = store.external.get(id);
    let record = record.ok_or_else(|| Error::not_found("There is no external training record with this id."))?;
    if may_see(store, account, &record.user) {
        Ok(record)
    } else {
        Err(Error::forbidden("The record belongs to a user whom the caller may not see."))
    }
}

/// The record with the fields of a form; fields that are missing or empty stay as they are.
fn with_fields(mut record: ExternalRecord, call: &Call<'_>) -> Result<ExternalRecord, Error> {
    let title = required(call, "title")?;
    if title.chars().count() > TITLE_LENGTH {
        return Err(Error::invalid("title", &format!("has more than {TITLE_LENGTH} characters")));
    }
    record.title = title.to_owned();
    record.start = Some(day(call, "startDate")?.ok_or_else(|| Error::missing("startDate"))?);
    record.end = Some(day(call, "endDate")?.ok_or_else(|| Error::missing("endDate"))?);
    if record.end < record.start {
        return Err(Error::invalid("endDate", "is before `startDate`"));
    }
    if let Some(kind) = parameter(call, "type") {
        if !peoplefluent_lms::types::ModuleType::VALUES.contains(&kind) {
            return Err(Error::invalid("type", "is not a module type such as externalCourse"));
        }
        record.kind = kind.to_owned();
    }
    let currency = required(call, "costCurrency")?;
    if currency.len() != 3 || !currency.bytes().all(|byte| byte.is_ascii_uppercase()) {
        return Err(Error::invalid("costCurrency", "is not a currency code of three capital letters"));
    }
    record.currency = Some(currency.to_owned());
    record.language = Some(required(call, "language")?.to_owned());
    record.duration_unit = Some(required(call, "durationUnit")?.to_owned());
    let status = ExternalStatus::of_word(required(call, "status")?);
    record.status = status.ok_or_else(|| Error::invalid("status", "is not a status of an external record"))?;
    for (name, field) in [
        ("subject", &mut record.subject),
        ("venue", &mut record.venue),
        ("durationAmount", &mut record.duration),
        ("costAmount", &mut record.cost),
        ("grade", &mut record.grade),
        ("score", &mut record.score),
        ("vendor", &mut record.vendor),
        ("comments", &mut record.comments),
    ] {
        if let Some(value) = parameter(call, name) {
            if name.ends_with("Amount") && !value.parse::<f64>().is_ok_and(|amount| amount >= 0.0) {
                return Err(Error::invalid(name, "is below 0"));
            }
            *field = Some(value.to_owned());
        }
    }
    if let Some(file) = call.file("attachment") {
        record.attachment = Some(Attachment {
            name: file.name.clone(),
            media_type: if file.media_type.is_empty() { "application/octet-stream" } else { &file.media_type }
                .to_owned(),
            size: file.bytes.len() as u64,
            content: STANDARD.encode(&file.bytes),
        });
    }
    record.updated = Timestamp::now();
    Ok(record)
}

/// The bytes of an attachment by its URL, which begins with `attachments/`.
pub(crate) fn attachment(store: &Store, account: &Account, url: &str) -> Result<Reply, Error> {
    let record = visible(store, account, url.strip_prefix("attachments/").unwrap_or_default())?;
    let missing = || Error::not_found("The record has no attachment.");
    let attachment = record.attachment.as_ref().ok_or_else(missing)?;
    let bytes = STANDARD.decode(&attachment.content).map_err(|_| missing())?;
    Ok(Reply::file(&attachment.media_type, bytes))
}

fn external_training_record(lms: &Lms, call: &Call<'_>) -> Result<Reply, Error> {
    let store = lms.store();
    let account = user(&store, call)?;
    Ok(respond(call, &visible(&store, &account, required(call, "id")?)?.node()))
}

fn external_training_records(lms: &Lms, call: &Call<'_>) -> Result<Reply, Error> {
    let store = lms.store();
    let account = user(&store, call)?;
    let nodes = store.external.of(account.login()).map(ExternalRecord::node);
    Ok(respond(call, &Node::new("externalTrainingRecords").list("externalTrainingRecords", nodes)))
}

/// The records pending approval of the user and of direct reports.
fn external_training_requests(lms: &Lms, call: &Call<'_>) -> Result<Reply, Error> {
    let store = lms.store();
    let account = user(&store, call)?;
    let reports = store.reports(&account).into_iter().map(|person| person.login().to_owned());
    let logins: Vec<_> = reports.chain([account.login().to_owned()]).collect();
    let records = logins.iter().flat_map(|login| store.external.of(login));
    let pending = records.filter(|record| record.status == ExternalStatus::PendingApproval);
    Ok(respond(
        call,
        &Node::new("externalTrainingRequests").list("externalTrainingRecords", pending.map(ExternalRecord::node)),
    ))
}
