//! The bulk file of training records: it adds and changes records, enrolls, and makes sessions.
//!
//! The switch that skips the enrollment check is off, as it is on a new site. So `LOTYPE` has no effect beyond a warning
//! where it contradicts the module, and `ACTION`, `Parent Program ID` and `Transfer Session Code` have theirs. A module
//! that there is not is made as a classroom, with the title of the row.

use crate::http::{Call, Error, Handler, Reply};
use crate::lms::bulk::{self, Row, Rule, training};
use crate::lms::datetime::Timestamp;
use crate::lms::handlers::history_sessions::session;
use crate::lms::model::account::Account;
use crate::lms::model::assignment;
use crate::lms::model::module::Module;
use crate::lms::model::record::{Record, Status};
use crate::lms::store::{Lms, Store};

pub(crate) const HANDLERS: &[(&str, Handler<Lms>)] = &[("trainingHistoryCsv", training_history_csv)];

const COLUMNS: &[(&str, Rule)] = &[
    ("USERID", Rule::AtMost(85)),
    ("LEARNINGID", Rule::AtMost(85)),
    ("LOTITLE", Rule::AtMost(255)),
    ("ENROLLDATE", Rule::Training),
    ("STARTDATE", Rule::Training),
    ("ENDDATE", Rule::Training),
    ("STUDENTSTATUS", Rule::Word(&["Pass", "Completed", "Active", "Withdrawn", "Deactivated", "EXEMPT"])),
    ("CREATESESSION", Rule::Word(&["true", "false"])),
    ("Training Venue", Rule::Text),
    ("Instructor", Rule::Text),
    ("SESSIONSTATUS", Rule::Word(&["Active", "Completed", "Cancelled"])),
    ("SESSIONCODE", Rule::Text),
    ("SESSIONTITLE", Rule::Text),
    ("SCORE", Rule::Text),
    ("LOTYPE", Rule::OneOf(&["C", "M", "O", "R", "W", "1", "2", "3", "4"])),
    ("ACTION", Rule::OneOf(&["A", "U"])),
    ("PRESCORE", Rule::Number),
    ("POSTSCORE", Rule::Number),
    ("LANGUAGE", Rule::AtMost(50)),
    ("USE SETTINGS AS OF DATE", Rule::TrainingDay),
    ("SESSIONTIMEZONE", Rule::Text),
    ("DEADLINEDAYS", Rule::Days),
    ("DEADLINEDATE", Rule::Timestamp),
    ("Parent Program ID", Rule::Text),
    ("Transfer Session Code", Rule::Text),
    ("Performance Grade", Rule::OneOf(&["1", "2", "3", "4", "5", "*NONE*"])),
];

/// The columns that a record keeps as they are.
const KEPT: [&str; 7] =
    ["STUDENTSTATUS", "PRESCORE", "POSTSCORE", "LANGUAGE", "USE SETTINGS AS OF DATE", "DEADLINEDAYS", "DEADLINEDATE"];

const GRADE: &str = "Performance Grade";

fn training_history_csv(lms: &Lms, call: &Call<'_>) -> Result<Reply, Error> {
    let text = call.text()?;
    let mut store = lms.store();
    Ok(Reply::text(bulk::process(text, COLUMNS, &[], |row| take(&mut store, row))?))
}

/// A date of a row: `None` if it is not given, `Some(None)` if it is given as none.
fn date(row: &Row<'_>, name: &str) -> Option<Option<Timestamp>> {
    row.get(name).map(|text| training(text))
}

fn take(store: &mut Store, row: &Row<'_>) -> Result<Option<String>, String> {
    let account = match row.get("USERID") {
        None => None,
        Some(login) => Some(store.account(login).ok_or("There is no user of this USERID.")?),
    };
    let id = *row.get("LEARNINGID").ok_or("LEARNINGID is missing.")?;
    if let (Some(Some(start)), Some(Some(end))) = (date(row, "STARTDATE"), date(row, "ENDDATE"))
        && end < start
    {
        return Err("ENDDATE lies before STARTDATE.".to_owned());
    }
    let known = store.take_module(id);
    let is_new = known.is_none();
    let mut module = match (known, row.get("LOTITLE")) {
        (Some(module), _) => module,
        (None, Some(title)) => made(id, title, row),
        (None, None) => {
            return Err("There is no module of this LEARNINGID, and LOTITLE is missing to make one.".to_owned());
        }
    };
    let outcome = match account {
        None => without_user(store, &mut module, row),
        Some(account) => with_user(store, &account, &mut module, row),
    };
    // A row that fails leaves nothing behind, nor does it take anything away.
    if outcome.is_ok() || !is_new {
        store.put_module(module);
    }
    outcome
}

fn made(id: &str, title: &str, row: &Row<'_>) -> Module {
    Module {
        id: id.to_owned(),
        title: title.to_owned(),
        kind: "classroom".to_owned(),
        language: row.get("LANGUAGE").copied().unwrap_or("en").to_owned(),
        created: Timestamp::now(),
        ..Module::default()
    }
}

fn without_user(store: &Store, module: &mut Module, row: &Row<'_>) -> Result<Option<String>, String> {
    if !module.has_sessions() {
        return Err("USERID is missing: only classrooms, virtual classrooms and workshops have sessions.".to_owned());
    }
    session(store, module, row, None)?;
    Ok(warning(row, module))
}

fn with_user(
    store: &mut Store,
    account: &Account,
    module: &mut Module,
    row: &Row<'_>,
) -> Result<Option<String>, String> {
    let existing = existing(store, account, module, row);
    match (row.get("ACTION").copied(), &existing) {
        (Some("A"), Some(_)) => return Err("The user has a record of this module, and ACTION is A.".to_owned()),
        (Some("U"), None) => return Err("The user has no record of this module, and ACTION is U.".to_owned()),
        _ => {}
    }
    let parent = match (row.get("Parent Program ID"), &existing) {
        (Some(program), None) => Some(parent(store, account, program)?),
        _ => None,
    };
    let transferred = match (row.get("Transfer Session Code"), &existing) {
        (Some(code), Some(_)) => {
            let found = module.session_by_code(code).map(|session| session.id.clone());
            Some(found.ok_or("The module has no session of the Transfer Session Code.")?)
        }
        _ => None,
    };
    // This is the last that can fail, and the first that changes anything.
    let place = session(store, module, row, existing.as_ref().and_then(|record| record.session.clone()))?;
    let is_new = existing.is_none();
    let mut record = existing.unwrap_or_else(|| new(store, account, module, parent));
    fill(&mut record, row, module, is_new);
    record.session = transferred.or(place).or(record.session);
    store.put_record(record);
    Ok(warning(row, module))
}

/// The user's latest record of the module, of the session if the row names one that the user is in.
fn existing(store: &Store, account: &Account, module: &Module, row: &Row<'_>) -> Option<Record> {
    let mut records = store.records_in_module(account, &module.id);
    if let Some(session) = row.get("SESSIONCODE").and_then(|code| module.session_by_code(code)) {
        let own = |record: &Record| record.session.as_ref() == Some(&session.id);
        if records.iter().any(own) {
            records.retain(own);
        }
    }
    records.into_iter().max_by(|one, other| (one.enrolled, &one.id).cmp(&(other.enrolled, &other.id)))
}

fn parent(store: &Store, account: &Account, program: &str) -> Result<String, String> {
    let records = store.records_in_module(account, program).into_iter();
    let found = records.filter(|record| record.status.is_open()).map(|record| record.id).next();
    found.ok_or_else(|| "The user is not enrolled in the program of the Parent Program ID.".to_owned())
}

fn new(store: &mut Store, account: &Account, module: &Module, parent: Option<String>) -> Record {
    let assignment = assignment::of(account).into_iter().next().map(|assignment| assignment.id);
    Record {
        id: store.new_record_id(),
        user: account.login().to_owned(),
        assignment: assignment.unwrap_or_default(),
        module: module.id.clone(),
        parent,
        revision: module.revision,
        ..Record::default()
    }
}

fn fill(record: &mut Record, row: &Row<'_>, module: &Module, is_new: bool) {
    let now = Timestamp::now();
    let (start, end) = (date(row, "STARTDATE"), date(row, "ENDDATE"));
    record.updated = now;
    if let Some(start) = start {
        record.started = start;
    }
    if let Some(end) = end {
        record.ended = end;
        record.last_attempt = end.or(record.last_attempt);
    }
    match date(row, "ENROLLDATE") {
        Some(enrolled) => record.enrolled = enrolled,
        None if is_new => record.enrolled = Some(start.flatten().filter(|start| *start <= now).unwrap_or(now)),
        None => {}
    }
    let given = row.get("STUDENTSTATUS").map(|word| word.to_ascii_lowercase());
    match given.as_deref() {
        Some("pass" | "completed") => record.status = Status::Completed,
        Some("withdrawn") => record.status = Status::Withdrawn,
        Some("deactivated") => record.status = Status::Cancelled,
        Some("exempt") => record.status = Status::AdministrativeEntry,
        Some(_) => record.status = active(record),
        None if is_new => record.status = active(record),
        None => {}
    }
    if record.is_completed() {
        record.attempts = record.attempts.max(1);
    }
    if let Some(score) = row.get("SCORE").filter(|_| module.kind != "onlineModule") {
        record.score = Some((*score).to_owned());
    }
    for name in KEPT {
        if let Some(value) = row.get(name) {
            record.columns.insert(name.to_owned(), (*value).to_owned());
        }
    }
    match row.get(GRADE) {
        Some(&"*NONE*") => drop(record.columns.remove(GRADE)),
        Some(grade) => drop(record.columns.insert(GRADE.to_owned(), (*grade).to_owned())),
        None => {}
    }
}

/// In progress with dates, not started without.
fn active(record: &Record) -> Status {
    if record.started.is_some() { Status::Incomplete } else { Status::Enrolled }
}

fn warning(row: &Row<'_>, module: &Module) -> Option<String> {
    let kind = row.get("LOTYPE").map(|letter| match *letter {
        "C" => "learningProgram",
        "M" => "exam",
        "O" => "onlineModule",
        "R" => "classroom",
        "W" => "workshopSeminar",
        "1" => "selfTrainingPaper",
        "2" => "selfTrainingVideo",
        "3" => "specialInterestGroup",
        _ => "coaching",
    });
    if kind.is_some_and(|kind| kind != module.kind) {
        return Some("LOTYPE has no effect: it is not the type of the module.".to_owned());
    }
    if row.contains_key("SCORE") && module.kind == "onlineModule" {
        return Some("SCORE has no effect: an online course records none.".to_owned());
    }
    None
}
