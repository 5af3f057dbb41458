//! The modules that every site has from the start: all types, with sessions where there are any.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::ids::IdSpace;
use crate::lms::datetime::Timestamp;
use crate::lms::model::module::{Module, Prerequisites, Price, Session};
use crate::lms::model::reference::FACILITIES;
use crate::lms::samples::{Samples, load};
use crate::people::{People, Person};
use crate::random::Draw;

/// Sessions that a module with sessions has.
const SESSIONS: usize = 3;

/// Sample people in one session; the first people sit in the first session, and so on.
pub(crate) const SEATS_TAKEN: u64 = 10;

/// Seats of a session.
const SEATS: u32 = 12;

pub(crate) const PROGRAM: &str = "TEAM-300";

/// A module in the sample file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    id: &'static str,
    title: &'static str,
    #[serde(rename = "type")]
    kind: &'static str,
    subject: &'static str,
    certification: Option<&'static str>,
    /// In US dollars.
    price: Option<&'static str>,
    prerequisites: Option<Prerequisites>,
    /// The modules of a program.
    #[serde(default)]
    members: Vec<String>,
}

static ROWS: Samples<Row> = Samples::new(|| load(include_str!("modules.json")));

/// The modules whose enrollments need approval.
pub(crate) const APPROVED: &[&str] = &["LEAD-101", "LEAD-102", "LEAD-110", "TRAIN-101", "SALES-120"];

pub(crate) const SUBJECTS: &[&str] =
    &["Safety", "Privacy", "Service", "Sales", "Claims", "Logistics", "Tools", "Finance", "Leadership", "Training"];

/// The modules, with indexes.
#[derive(Clone, Debug, Default)]
pub(crate) struct SampleModules {
    pub(crate) by_id: BTreeMap<String, Module>,
    /// Module and session of all sessions, except those of programs, in their order.
    pub(crate) sessions: Vec<(String, String)>,
    /// The modules without sessions that do not need approval.
    pub(crate) self_paced: Vec<String>,
    /// The modules of one type.
    pub(crate) of_kind: BTreeMap<&'static str, Vec<String>>,
}

impl SampleModules {
    pub(crate) fn new(people: People) -> Self {
        let mut modules = Self::default();
        for (number, row) in ROWS.iter().enumerate() {
            let module = module(people, number, row);
            modules.of_kind.entry(row.kind).or_default().push(module.id.clone());
            if module.has_sessions() {
                let sessions = module.sessions.iter().map(|session| (module.id.clone(), session.id.clone()));
                modules.sessions.extend(sessions);
            } else if !matches!(row.kind, "learningProgram" | "task" | "onTheJobTraining" | "exam")
                && !module.needs_approval
            {
                modules.self_paced.push(module.id.clone());
            }
            modules.by_id.insert(module.id.clone(), module);
        }
        modules.add_members_to_sessions();
        modules
    }

    /// Gives each session of a program the sessions of the program's modules that have the same number.
    fn add_members_to_sessions(&mut self) {
        for row in ROWS.iter().filter(|row| !row.members.is_empty()) {
            let chosen = |number: usize| {
                let session = |id: &String| Some((id.clone(), self.by_id.get(id)?.sessions.get(number)?.id.clone()));
                row.members.iter().filter_map(session).collect()
            };
            let chosen: Vec<Vec<_>> = (0..SESSIONS).map(chosen).collect();
            if let Some(program) = self.by_id.get_mut(row.id) {
                for (session, members) in program.sessions.iter_mut().zip(chosen) {
                    session.members = members;
                }
            }
        }
    }
}

fn module(people: People, number: usize, row: &Row) -> Module {
    let Row { id, title, kind, subject, .. } = *row;
    let mut draw = Draw::new(people.seed, "module", number as u64);
    let hours = 1 + draw.below(16);
    let online = kind == "onlineModule";
    let mut module = Module {
        id: id.to_owned(),
        title: title.to_owned(),
        kind: kind.to_owned(),
        subject: subject.to_owned(),
        language: "en".to_owned(),
        description: format!("{title}, for everybody who needs it. Takes {hours} hour(s)."),
        objectives: vec![format!("Know what \"{title}\" is about"), "Use it the day after".to_owned()],
        duration: format!("{hours} hour(s)"),
        price: row.price.map(|amount| Price { currency: "USD".to_owned(), amount: amount.to_owned() }),
        archived: kind == "archivedVirtualClassroom",
        attributes: vec![("LEVEL".to_owned(), if draw.one_in(3) { "advanced" } else { "basic" }.to_owned())],
        sessions: Vec::new(),
        certification: row.certification.map(str::to_owned),
        audience: vec![format!("Those who work in {subject}")],
        prerequisites: row.prerequisites.clone(),
        revision: online.then(|| 1 + draw.below(3) as u32),
        // Tests rely on the first two; of the others two thirds are downloadable.
        downloadable: online && (number < 2 || !draw.one_in(3)),
        needs_approval: APPROVED.contains(&id),
        members: row.members.clone(),
        created: Timestamp::SAMPLE.plus_days(-400 + number as i64 * 6),
    };
    if module.has_sessions() || kind == "learningProgram" {
        module.sessions = (0..SESSIONS).map(|index_in_module| session(people, number, id, index_in_module)).collect();
    }
    module
}

/// One of the three sessions of a module: the first is over, the second is near, the third is months ahead.
fn session(people: People, number: usize, module: &str, index_in_module: usize) -> Session {
    let index = (number * SESSIONS + index_in_module) as u64;
    let mut draw = Draw::new(people.seed, "session", index);
    let day = match index_in_module {
        0 => -60 - draw.below(200) as i64,
        1 => 3 + draw.below(20) as i64,
        _ => 40 + draw.below(200) as i64,
    };
    let start = Timestamp::SAMPLE.plus_days(day).plus_hours(9);
    let end = start.plus_hours(7);
    let facility = draw.pick(&FACILITIES);
    let instructor = people.get(draw.below(people.count)).filter(Person::has_lms_account);
    Session {
        id: IdSpace::new(people.seed, "session").short(index as u32),
        code: format!("{module}-S{}", index_in_module + 1),
        title: None,
        start: Some(start),
        end: Some(end),
        instructors: instructor.map(|person| person.login).into_iter().collect(),
        facility: facility.map(|facility| facility.id.to_owned()),
        location: facility.map(|facility| facility.city.to_owned()),
        open: Some(start.plus_days(-300)),
        deadline: Some(start.plus_days(-2)),
        seats: Some(SEATS),
        status: if index_in_module == 0 { "completed" } else { "active" }.to_owned(),
        members: Vec::new(),
        classes: vec![(start, start.plus_hours(3)), (start.plus_hours(4), end)],
        time_zone: Some("UTC".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modules_and_subjects_that_are_referred_to_exist() {
        let modules = SampleModules::new(People::new(7, 100));
        assert_eq!(modules.by_id.len(), ROWS.len(), "ids are unique");
        for kind in peoplefluent_lms::types::ModuleType::VALUES {
            assert!(modules.of_kind.contains_key(kind), "there is no {kind}");
        }
        let before = ROWS.iter().filter_map(|row| row.prerequisites.as_ref()).flat_map(|before| &before.modules);
        let named = ROWS.iter().flat_map(|row| &row.members).chain(before).map(String::as_str);
        for id in named.chain(APPROVED.iter().copied()) {
            assert!(modules.by_id.contains_key(id), "there is no {id}");
        }
        assert!(ROWS.iter().all(|row| SUBJECTS.contains(&row.subject)));
    }
}
