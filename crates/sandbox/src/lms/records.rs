//! Training records, as the XML document `trainingHistory`.

use rosterkit_core::chrono::{DateTime, Duration, NaiveDate, NaiveDateTime, SecondsFormat, Utc};

use super::store::{Account, ExternalRecord};
use super::xml::Element;
use super::{Lms, acting_user};
use crate::clock;
use crate::http::{Call, Failure, Handler, Reply};
use crate::ident::IdSpace;
use crate::people::Person;
use crate::random::Draw;

pub(super) const HANDLERS: &[(&str, Handler<Lms>)] = &[("records", records)];

/// The modules that the sample people have taken: id, title, type.
const MODULES: &[(&str, &str, &str)] = &[
    ("SAFETY-101", "Safety at Work", "onlineModule"),
    ("PRIVACY-201", "Handling Personal Data", "onlineModule"),
    ("PHONE-110", "On the Phone & at Ease", "classroom"),
    ("TEAM-300", "Leading a Team", "learningProgram"),
];

fn records(lms: &Lms, call: &Call<'_>) -> Result<Reply, Failure> {
    let store = lms.store();
    let login = acting_user(&store, call)?;
    let account = store.account(login).ok_or_else(|| Failure::not_found("There is no such user."))?;
    let own = match &account {
        Account::Person(person) => sample_records(store.people.seed, person),
        Account::Integration => Vec::new(),
    };
    let external = store.external_records(login).map(|record| external_record(record).element());
    let history = Element::new("trainingHistory")
        .with(Element::text("dateCreated", text(clock::now())))
        .with_all(own.iter().map(Record::element))
        .with_all(external);
    Ok(Reply::xml(history.document()))
}

/// A training record, whatever it came from.
#[derive(Debug, Default)]
struct Record {
    id: String,
    user: String,
    module: String,
    title: String,
    kind: &'static str,
    enrolled: Option<DateTime<Utc>>,
    started: Option<DateTime<Utc>>,
    ended: Option<DateTime<Utc>>,
    status: &'static str,
    score: Option<String>,
    self_enrolled: bool,
}

impl Record {
    fn element(&self) -> Element {
        let date = |name, moment: Option<DateTime<Utc>>| moment.map(|moment| Element::text(name, text(moment)));
        let module = Element::new("learningModule")
            .with(Element::text("id", &self.module))
            .with(Element::text("title", &self.title))
            .with(Element::text("type", self.kind))
            .with(link("self", "application/xml", format!("api/module?id={}", self.module)))
            .with(link("alternate", "text/html", format!("servlet/ekp?CID={}", self.module)));
        Element::new("trainingRecord")
            .attribute("id", &self.id)
            .with(Element::text("userId", &self.user))
            .with(module)
            .with_all(date("enrollmentDate", self.enrolled))
            .with_all(date("startDate", self.started))
            .with_all(date("endDate", self.ended))
            .with(Element::text("overallStatus", self.status))
            .with_all(self.score.as_ref().map(|score| Element::text("score", score)))
            .with_all(date("lastAttemptDate", self.ended))
            .with(Element::text("attemptCount", if self.started.is_some() { "1" } else { "0" }))
            .with(Element::text("isSelfEnrolled", self.self_enrolled.to_string()))
            .with(link("self", "application/json", format!("api/record?recordId={}", self.id)))
            .with(link("alternate", "text/html", format!("servlet/ekp?TX={}", self.id)))
            .with(Element::text("downloadable", "false"))
    }
}

fn link(relation: &str, media_type: &str, href: String) -> Element {
    Element::new("link").attribute("rel", relation).attribute("type", media_type).attribute("href", href)
}

/// The records that a person has without anybody's doing.
fn sample_records(seed: u64, person: &Person) -> Vec<Record> {
    let ids = IdSpace::new(seed, "record");
    let taken = MODULES.iter().enumerate().filter_map(|(number, (module, title, kind))| {
        let place = person.index * MODULES.len() as u64 + number as u64;
        let mut draw = Draw::new(seed, "record", place);
        if !draw.one_in(2) {
            return None;
        }
        let enrolled = clock::now() - Duration::days(30 + draw.below(300) as i64);
        let begun = !draw.one_in(4);
        let started = begun.then(|| enrolled + Duration::hours(1 + draw.below(200) as i64));
        let ended =
            started.filter(|_| !draw.one_in(4)).map(|started| started + Duration::minutes(20 + draw.below(60) as i64));
        let status = match (started, ended) {
            (_, Some(_)) => "completed",
            (Some(_), None) => "incomplete",
            _ => "enrolled",
        };
        Some(Record {
            id: ids.uuid(place as u32).replace('-', "").chars().take(15).collect(),
            user: person.login.clone(),
            module: (*module).to_owned(),
            title: (*title).to_owned(),
            kind,
            enrolled: Some(enrolled),
            started,
            ended,
            status,
            score: ended.map(|_| format!("{}", 60 + draw.below(41))),
            self_enrolled: draw.one_in(2),
        })
    });
    taken.collect()
}

fn external_record(record: &ExternalRecord) -> Record {
    let column = |name: &str| record.columns.get(name).map(String::as_str);
    Record {
        id: record.id.clone(),
        user: record.user.clone(),
        module: record.id.clone(),
        title: column("Title").unwrap_or_default().to_owned(),
        kind: match column("CourseType") {
            Some("C") => "learningProgram",
            Some("R") => "classroom",
            Some("O") => "onlineModule",
            Some("W") => "workshopSeminar",
            _ => "externalCourse",
        },
        enrolled: None,
        started: column("StartDate").and_then(moment),
        ended: column("EndDate").and_then(moment),
        status: match column("Status") {
            Some("1") => "pendingApproval",
            Some("2") => "enrolled",
            Some("3") => "withdrawn",
            Some("4") => "completed",
            Some("5") => "cancelled",
            _ => "incomplete",
        },
        // The column takes any text, the record a number only.
        score: column("Score").filter(|score| score.parse::<f64>().is_ok_and(f64::is_finite)).map(str::to_owned),
        self_enrolled: false,
    }
}

/// A date and time of the bulk file.
pub(super) fn moment(text: &str) -> Option<DateTime<Utc>> {
    let moment = NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S").ok();
    let moment = moment.or_else(|| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?.and_hms_opt(0, 0, 0));
    moment.map(|moment| moment.and_utc())
}

/// With offset and fractions, as the site sends it.
fn text(moment: DateTime<Utc>) -> String {
    moment.to_rfc3339_opts(SecondsFormat::Millis, false)
}
