//! Certifications and their certificates: `certificationsAwarded`, `certificate`.

use super::Lms;
use super::answer::{needed, visible_record, xml};
use super::authorization::user;
use super::datetime::Timestamp;
use super::pdf;
use super::tree::Tree;
use crate::http::{Call, Error, Handler, Reply};

pub(super) const HANDLERS: &[(&str, Handler<Lms>)] =
    &[("certificate", certificate), ("certificationsAwarded", certifications_awarded)];

/// An award's id is that of the record behind it, with this before it.
const AWARD: &str = "AW-";

fn certifications_awarded(lms: &Lms, call: &Call<'_>) -> Result<Reply, Error> {
    let store = lms.store();
    let records = store.records_of(&user(&store, call)?);
    let trees = records.iter().filter(|record| record.is_completed()).filter_map(|record| {
        let module = record.module(&store);
        let name = module.certification.as_ref()?;
        let tree = Tree::new("certification")
            .text("awardId", format!("{AWARD}{}", record.id))
            .text("name", name)
            .with(module.brief("module"))
            .some("awarded", record.ended.map(Timestamp::text))
            .some("expires", record.ended.map(|ended| ended.plus_days(730).text()));
        Some(tree)
    });
    Ok(xml(&Tree::new("certifications").list("certifications", trees)))
}

fn certificate(lms: &Lms, call: &Call<'_>) -> Result<Reply, Error> {
    let store = lms.store();
    let account = user(&store, call)?;
    let missing = || Error::not_found("There is no award of this id.");
    let id = needed(call, "awardId")?.strip_prefix(AWARD).ok_or_else(missing)?;
    let record = visible_record(&store, &account, id).map_err(|error| match error.status.as_u16() {
        404 => missing(),
        _ => error,
    })?;
    let module = record.module(&store);
    let (Some(name), Some(ended)) = (&module.certification, record.ended.filter(|_| record.is_completed())) else {
        return Err(missing());
    };
    let holder = store.account(&record.user).map_or_else(|| record.user.clone(), |owner| owner.name());
    let lines = [
        "Certificate".to_owned(),
        format!("{holder} is a {name}."),
        format!("Completed: {} on {}", module.title, ended.day()),
        format!("Award {AWARD}{}", record.id),
    ];
    Ok(Reply::file("application/pdf", pdf::page(&lines)))
}
