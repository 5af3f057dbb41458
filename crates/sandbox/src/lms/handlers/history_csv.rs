//! The bulk file of training records, which adds and changes records, enrollments and sessions.
//!
//! The switch that skips the enrollment check is off, as it is on a new site. So `LOTYPE` only gives a warning if
//! it contradicts the module, while `ACTION`, `Parent Program ID` and `Transfer Session Code` have an effect. A module
//! that does not exist is created as a classroom, with the title of the row.

use peoplefluent_lms::bulk::{
    BulkRow as _, HistoryAction, LearningType, PerformanceGrade, RecordDate, StudentStatus, TrainingHistoryRow,
};

use crate::http::{Call, Error, Handler, Reply};
use crate::lms::bulk;
use crate::lms::datetime::Timestamp;
use crate::lms::handlers::history_sessions::session;
use crate::lms::model::account::Account;
use crate::lms::model::assignment;
use crate::lms::model::module::Module;
use crate::lms::model::record::{Record, Status};
use crate::lms::store::{Lms, Store};

pub(crate) const HANDLERS: &[(&str, Handler<Lms>)] = &[("trainingHistoryCsv", training_history_csv)];

/// The columns that a record keeps as they are.
const KEPT: [&str; 8] = [
    "STUDENTSTATUS",
    "PRESCORE",
    "POSTSCORE",
    "LANGUAGE",
    "USE SETTINGS AS OF DATE",
    "DEADLINEDAYS",
    "DEADLINEDATE",
    GRADE,
];

const GRADE: &str = "Performance Grade";

fn training_history_csv(lms: &Lms, call: &Call<'_>) -> Result<Reply, Error> {
    let text = call.text()?;
    let mut store = lms.store();
    Ok(Reply::text(bulk::process(text, &[], |row| apply(&mut store, row))?))
}

/// The time of a date; `None` for no date.
fn time(date: RecordDate) -> Option<Timestamp> {
    date.to_datetime().map(Timestamp::from)
}

fn apply(store: &mut Store, row: &TrainingHistoryRow) -> Result<Option<String>, String> {
    let account = match &row.user_id {
        None => None,
        Some(login) => Some(store.account(login).ok_or("There is no user of this USERID.")?),
    };
    let id = row.learning_id.as_deref().ok_or("LEARNINGID is missing.")?;
    if let (Some(start), Some(end)) = (row.start_date.and_then(time), row.end_date.and_then(time))
        && end < start
    {
        return Err("ENDDATE lies before STARTDATE.".to_owned());
    }
    let known = store.take_module(id);
    let is_new = known.is_none();
    let mut module = match (known, &row.title) {
        (Some(module), _) => module,
        (None, Some(title)) => new_module(id, title, row),
        (None, None) => {
            return Err("There is no module of this LEARNINGID, and LOTITLE is missing to make one.".to_owned());
        }
    };
    let outcome = match account {
        None => without_user(store, &mut module, row),
        Some(account) => with_user(store, &account, &mut module, row),
    };
    // A row that fails neither adds nor removes a module.
    if outcome.is_ok() || !is_new {
        store.put_module(module);
    }
    outcome
}

fn new_module(id: &str, title: &str, row: &TrainingHistoryRow) -> Module {
    Module {
        id: id.to_owned(),
        title: title.to_owned(),
        kind: "classroom".to_owned(),
        language: row.language.clone().unwrap_or_else(|| "en".to_owned()),
        created: Timestamp::now(),
        ..Module::default()
    }
}

fn without_user(store: &Store, module: &mut Module, row: &TrainingHistoryRow) -> Result<Option<String>, String> {
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
    row: &TrainingHistoryRow,
) -> Result<Option<String>, String> {
    let existing = existing(store, account, module, row);
    match (row.action, &existing) {
        (Some(HistoryAction::Add), Some(_)) => {
            return Err("The user has a record of this module, and ACTION is A.".to_owned());
        }
        (Some(HistoryAction::Update), None) => {
            return Err("The user has no record of this module, and ACTION is U.".to_owned());
        }
        _ => {}
    }
    let parent = match (&row.parent_program_id, &existing) {
        (Some(program), None) => Some(parent(store, account, program)?),
        _ => None,
    };
    let transferred = match (&row.transfer_session_code, &existing) {
        (Some(code), Some(_)) => {
            let found = module.session_by_code(code).map(|session| session.id.clone());
            Some(found.ok_or("The module has no session of the Transfer Session Code.")?)
        }
        _ => None,
    };
    // The last step that can fail, and the first that changes something.
    let session = session(store, module, row, existing.as_ref().and_then(|record| record.session.clone()))?;
    let is_new = existing.is_none();
    let mut record = existing.unwrap_or_else(|| new_record(store, account, module, parent));
    fill(&mut record, row, module, is_new);
    record.session = transferred.or(session).or(record.session);
    store.put_record(record);
    Ok(warning(row, module))
}

/// The user's latest record of the module; of the session if the row names one of the user's.
fn existing(store: &Store, account: &Account, module: &Module, row: &TrainingHistoryRow) -> Option<Record> {
    let mut records = store.records_in_module(account, &module.id);
    if let Some(session) = row.session_code.as_ref().and_then(|code| module.session_by_code(code)) {
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

fn new_record(store: &mut Store, account: &Account, module: &Module, parent: Option<String>) -> Record {
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

fn fill(record: &mut Record, row: &TrainingHistoryRow, module: &Module, is_new: bool) {
    let now = Timestamp::now();
    let (start, end) = (row.start_date.map(time), row.end_date.map(time));
    record.updated = now;
    if let Some(start) = start {
        record.started = start;
    }
    if let Some(end) = end {
        record.ended = end;
        record.last_attempt = end.or(record.last_attempt);
    }
    match row.enroll_date.map(time) {
        Some(enrolled) => record.enrolled = enrolled,
        None if is_new => record.enrolled = Some(start.flatten().filter(|start| *start <= now).unwrap_or(now)),
        None => {}
    }
    match row.student_status {
        Some(StudentStatus::Pass | StudentStatus::Completed) => record.status = Status::Completed,
        Some(StudentStatus::Withdrawn) => record.status = Status::Withdrawn,
        Some(StudentStatus::Deactivated) => record.status = Status::Cancelled,
        Some(StudentStatus::Exempt) => record.status = Status::AdministrativeEntry,
        Some(StudentStatus::Active) => record.status = active(record),
        None if is_new => record.status = active(record),
        None => {}
    }
    if record.is_completed() {
        record.attempts = record.attempts.max(1);
    }
    if module.kind != "onlineModule" {
        record.score = row.score.clone().or(record.score.take());
    }
    for (name, text) in TrainingHistoryRow::COLUMNS.iter().zip(row.cells()) {
        if KEPT.contains(name) && !text.is_empty() {
            record.columns.insert((*name).to_owned(), text.into_owned());
        }
    }
    if row.performance_grade == Some(PerformanceGrade::Cleared) {
        record.columns.remove(GRADE);
    }
}

/// The status of a record that is not completed.
fn active(record: &Record) -> Status {
    if record.started.is_some() { Status::Incomplete } else { Status::Enrolled }
}

fn warning(row: &TrainingHistoryRow, module: &Module) -> Option<String> {
    let kind = row.learning_type.map(|kind| match kind {
        LearningType::Program => "learningProgram",
        LearningType::Exam => "exam",
        LearningType::Online => "onlineModule",
        LearningType::Classroom => "classroom",
        LearningType::Workshop => "workshopSeminar",
        LearningType::SelfTrainingPaper => "selfTrainingPaper",
        LearningType::SelfTrainingVideo => "selfTrainingVideo",
        LearningType::SpecialInterestGroup => "specialInterestGroup",
        LearningType::Coaching => "coaching",
    });
    if kind.is_some_and(|kind| kind != module.kind) {
        return Some("LOTYPE has no effect: it is not the type of the module.".to_owned());
    }
    if row.score.is_some() && module.kind == "onlineModule" {
        return Some("SCORE has no effect: online modules have no score.".to_owned());
    }
    None
}
