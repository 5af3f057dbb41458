//! `batchReports` and `batchReport`: reports that were made over night.

use crate::http::{Call, Error, Handler, Reply};
use crate::lms::authorization::user;
use crate::lms::datetime::Timestamp;
use crate::lms::model::reference::ORGANIZATIONS;
use crate::lms::node::Node;
use crate::lms::params::{parameter, required, timestamp};
use crate::lms::response::respond;
use crate::lms::store::{Lms, Store};

pub(crate) const HANDLERS: &[(&str, Handler<Lms>)] = &[("batchReport", batch_report), ("batchReports", batch_reports)];

#[derive(Clone, Copy)]
enum Content {
    Modules,
    Organizations,
    Sessions,
}

/// A report: what it is called, how many days before the first of January 2025 it was made, and what it holds.
struct Report {
    name: &'static str,
    age: i64,
    content: Content,
}

const REPORTS: &[Report] = &[
    Report { name: "Modules", age: 0, content: Content::Modules },
    Report { name: "Sessions", age: 0, content: Content::Sessions },
    Report { name: "Organizations", age: 1, content: Content::Organizations },
    Report { name: "Modules", age: 31, content: Content::Modules },
    Report { name: "Sessions", age: 31, content: Content::Sessions },
];

impl Report {
    fn created(&self) -> Timestamp {
        Timestamp::SAMPLE.plus_days(-self.age).plus_hours(-20)
    }

    fn pathname(&self) -> String {
        format!("/reports/{}/{}.csv", self.created().day(), self.name.to_lowercase())
    }
}

fn batch_reports(lms: &Lms, call: &Call<'_>) -> Result<Reply, Error> {
    user(&lms.store(), call)?;
    let name = parameter(call, "name").map(str::to_lowercase);
    let (from, before) = (timestamp(call, "createdOnOrAfter")?, timestamp(call, "createdBefore")?);
    let found = REPORTS.iter().filter(|report| {
        name.as_ref().is_none_or(|name| report.name.to_lowercase().contains(name.as_str()))
            && from.is_none_or(|from| report.created() >= from)
            && before.is_none_or(|before| report.created() < before)
    });
    let nodes = found.map(|report| Node::new("report").text("pathname", report.pathname()));
    Ok(respond(call, &Node::new("batchReports").list("reports", nodes)))
}

fn batch_report(lms: &Lms, call: &Call<'_>) -> Result<Reply, Error> {
    let store = lms.store();
    user(&store, call)?;
    let path = required(call, "pathname")?;
    let report = REPORTS.iter().find(|report| report.pathname() == path);
    let report = report.ok_or_else(|| Error::not_found("There is no batch report with this pathname."))?;
    Ok(Reply::file("text/csv;charset=UTF-8", table(&store, report.content)?))
}

fn table(store: &Store, content: Content) -> Result<Vec<u8>, Error> {
    let mut rows: Vec<Vec<String>> = Vec::new();
    let row = |cells: &[&str]| cells.iter().map(|cell| (*cell).to_owned()).collect::<Vec<_>>();
    match content {
        Content::Modules => {
            rows.push(row(&["id", "title", "type", "subject"]));
            rows.extend(store.modules().map(|module| row(&[&module.id, &module.title, &module.kind, &module.subject])));
        }
        Content::Organizations => {
            rows.push(row(&["id", "code", "description", "parent"]));
            let of = |own: &crate::lms::model::reference::Organization| {
                row(&[own.id, own.code, own.description, own.parent.unwrap_or_default()])
            };
            rows.extend(ORGANIZATIONS.iter().map(of));
        }
        Content::Sessions => {
            rows.push(row(&["module", "id", "code", "start", "status"]));
            for module in store.modules() {
                rows.extend(module.sessions.iter().map(|session| {
                    let start = session.start.map(Timestamp::text).unwrap_or_default();
                    row(&[&module.id, &session.id, &session.code, &start, &session.status])
                }));
            }
        }
    }
    let mut writer = csv::Writer::from_writer(Vec::new());
    let written = rows.iter().try_for_each(|row| writer.write_record(row)).map_err(|_| ());
    let bytes = written.and_then(|()| writer.into_inner().map_err(|_| ()));
    bytes.map_err(|()| Error::bad_request("The report could not be written."))
}
