//! The modules that every site has from the start: all types, with sessions where there are any.

use std::collections::BTreeMap;

use crate::ids::IdSpace;
use crate::lms::datetime::Timestamp;
use crate::lms::model::module::{Module, Prerequisites, Price, Session};
use crate::lms::model::reference::FACILITIES;
use crate::people::{People, Person};
use crate::random::Draw;

/// Sessions that a module with sessions has.
const SESSIONS: usize = 3;

/// Sample people in one session; the first people sit in the first session, and so on.
pub(crate) const SEATS_TAKEN: u64 = 10;

/// Seats of a session.
const SEATS: u32 = 12;

pub(crate) const PROGRAM: &str = "TEAM-300";

/// Id, title, type, subject.
const ROWS: &[(&str, &str, &str, &str)] = &[
    ("SAFETY-101", "Safety at Work", "onlineModule", "Safety"),
    ("PRIVACY-201", "Handling Personal Data", "onlineModule", "Privacy"),
    ("PHONE-110", "On the Phone & at Ease", "classroom", "Service"),
    (PROGRAM, "Leading a Team", "learningProgram", "Leadership"),
    ("SAFETY-102", "Fire Drill", "classroom", "Safety"),
    ("SAFETY-103", "First Aid", "classroom", "Safety"),
    ("SAFETY-104", "Lifting and Carrying", "video", "Safety"),
    ("SAFETY-105", "Screen Work", "onlineModule", "Safety"),
    ("SAFETY-110", "Evacuation Warden", "onTheJobTraining", "Safety"),
    ("SAFETY-120", "Safety Exam", "exam", "Safety"),
    ("SAFETY-130", "First Aider", "externalCertification", "Safety"),
    ("PRIVACY-202", "Recognizing a Data Breach", "onlineModule", "Privacy"),
    ("PRIVACY-203", "Privacy by Design", "virtualClassroom", "Privacy"),
    ("PRIVACY-210", "Privacy Exam", "exam", "Privacy"),
    ("PRIVACY-220", "Read the Privacy Policy", "task", "Privacy"),
    ("PRIVACY-230", "Data Protection Reader", "book", "Privacy"),
    ("PHONE-111", "Difficult Calls", "classroom", "Service"),
    ("PHONE-112", "Listening", "audioCassette", "Service"),
    ("PHONE-113", "Voice and Breath", "cd", "Service"),
    ("PHONE-120", "Call Shadowing", "onTheJobTraining", "Service"),
    ("PHONE-130", "First Calls with a Coach", "coaching", "Service"),
    ("CHAT-101", "Writing in a Chat", "onlineModule", "Service"),
    ("CHAT-102", "Three Chats at Once", "virtualClassroom", "Service"),
    ("CHAT-103", "Chat Etiquette", "justInTimeLearning", "Service"),
    ("MAIL-101", "Letters and Mails", "onlineModule", "Service"),
    ("MAIL-102", "Plain Language", "workshopSeminar", "Service"),
    ("SALES-101", "Needs and Offers", "classroom", "Sales"),
    ("SALES-102", "Objections", "workshopSeminar", "Sales"),
    ("SALES-103", "Product Range", "onlineModule", "Sales"),
    ("SALES-104", "Price Talks", "video", "Sales"),
    ("SALES-110", "Sales Exam", "exam", "Sales"),
    ("SALES-120", "A Week in the Shop", "internship", "Sales"),
    ("SALES-130", "Sales Round Table", "specialInterestGroup", "Sales"),
    ("CLAIMS-101", "Claims from Start to End", "onlineModule", "Claims"),
    ("CLAIMS-102", "Reading a Policy", "selfTrainingPaper", "Claims"),
    ("CLAIMS-103", "Spotting Fraud", "virtualClassroom", "Claims"),
    ("CLAIMS-104", "Settling", "classroom", "Claims"),
    ("CLAIMS-110", "First Claim on Your Own", "task", "Claims"),
    ("CLAIMS-120", "Claims Handler", "externalCertification", "Claims"),
    ("STOCK-101", "Goods In, Goods Out", "onlineModule", "Logistics"),
    ("STOCK-102", "Forklift Basics", "classroom", "Logistics"),
    ("STOCK-103", "Counting Stock", "selfTrainingVideo", "Logistics"),
    ("STOCK-110", "Forklift Practice", "onTheJobTraining", "Logistics"),
    ("TOOLS-101", "The Desktop", "onlineModule", "Tools"),
    ("TOOLS-102", "The Telephone System", "onlineModule", "Tools"),
    ("TOOLS-103", "Spreadsheets", "virtualClassroom", "Tools"),
    ("TOOLS-104", "Short Cuts", "justInTimeLearning", "Tools"),
    ("TOOLS-105", "What Is New This Year", "archivedVirtualClassroom", "Tools"),
    ("TOOLS-106", "Set up Your Desktop", "task", "Tools"),
    ("FINANCE-101", "Invoices", "onlineModule", "Finance"),
    ("FINANCE-102", "Reading a Balance", "externalCourse", "Finance"),
    ("FINANCE-103", "Budgets", "workshopSeminar", "Finance"),
    ("LEAD-101", "Giving Feedback", "workshopSeminar", "Leadership"),
    ("LEAD-102", "Leading Talks", "classroom", "Leadership"),
    ("LEAD-103", "Leading from Afar", "virtualClassroom", "Leadership"),
    ("LEAD-104", "On Leading", "book", "Leadership"),
    ("LEAD-110", "Leadership Coaching", "coaching", "Leadership"),
    ("LEAD-120", "Leaders' Lunch", "specialInterestGroup", "Leadership"),
    ("LEAD-300", "Leading Leaders", "learningProgram", "Leadership"),
    ("TRAIN-101", "Train the Trainer", "workshopSeminar", "Training"),
    ("TRAIN-102", "Making Slides", "onlineModule", "Training"),
    ("TRAIN-300", "Becoming a Trainer", "learningProgram", "Training"),
];

/// A program and its modules.
const MEMBERS: &[(&str, &[&str])] = &[
    (PROGRAM, &["LEAD-101", "LEAD-102", "TOOLS-101"]),
    ("LEAD-300", &["LEAD-102", "LEAD-103"]),
    ("TRAIN-300", &["TRAIN-101", "TRAIN-102", "PHONE-110"]),
];

/// A module, its condition, whether any does, and the modules before it.
const PREREQUISITES: &[(&str, &str, bool, &[&str])] = &[
    ("SAFETY-120", "completed", false, &["SAFETY-101"]),
    ("PRIVACY-210", "cmiCompleted", false, &["PRIVACY-201", "PRIVACY-202"]),
    ("SALES-110", "enrolled", true, &["SALES-101", "SALES-103"]),
];

const CERTIFICATIONS: &[(&str, &str)] = &[
    ("SAFETY-120", "Safety Officer"),
    ("SAFETY-130", "First Aider"),
    ("PRIVACY-210", "Privacy Steward"),
    ("CLAIMS-120", "Claims Handler"),
];

/// The modules that are given away only for money and with approval.
const PRICED: &[(&str, &str)] = &[("LEAD-102", "450.00"), ("TRAIN-101", "320.50")];

/// The modules whose enrollments somebody has to approve of.
pub(crate) const APPROVED: &[&str] = &["LEAD-101", "LEAD-102", "LEAD-110", "TRAIN-101", "SALES-120"];

pub(crate) const SUBJECTS: &[&str] =
    &["Safety", "Privacy", "Service", "Sales", "Claims", "Logistics", "Tools", "Finance", "Leadership", "Training"];

/// The modules, with what is needed to find one by other means than its id.
#[derive(Clone, Debug, Default)]
pub(crate) struct SampleModules {
    pub(crate) by_id: BTreeMap<String, Module>,
    /// Module and session of all sessions of modules that are no programs, in their order.
    pub(crate) sessions: Vec<(String, String)>,
    /// The modules that anybody takes without a session.
    pub(crate) self_paced: Vec<String>,
    /// The modules of one type.
    pub(crate) of_kind: BTreeMap<&'static str, Vec<String>>,
}

impl SampleModules {
    pub(crate) fn new(people: People) -> Self {
        let mut modules = Self::default();
        for (number, row) in ROWS.iter().enumerate() {
            let module = module(people, number, row);
            modules.of_kind.entry(row.2).or_default().push(module.id.clone());
            if module.has_sessions() {
                let sessions = module.sessions.iter().map(|session| (module.id.clone(), session.id.clone()));
                modules.sessions.extend(sessions);
            } else if !matches!(row.2, "learningProgram" | "task" | "onTheJobTraining" | "exam")
                && !module.needs_approval
            {
                modules.self_paced.push(module.id.clone());
            }
            modules.by_id.insert(module.id.clone(), module);
        }
        modules.programs();
        modules
    }

    /// Gives the sessions of programs those of their modules.
    fn programs(&mut self) {
        for (program, members) in MEMBERS {
            let chosen = |number: usize| {
                let session = |id: &&str| {
                    let session = self.by_id.get(*id)?.sessions.get(number)?;
                    Some(((*id).to_owned(), session.id.clone()))
                };
                members.iter().filter_map(session).collect::<Vec<_>>()
            };
            let chosen: Vec<_> = (0..SESSIONS).map(chosen).collect();
            if let Some(program) = self.by_id.get_mut(*program) {
                program.members = members.iter().map(|id| (*id).to_owned()).collect();
                for (session, members) in program.sessions.iter_mut().zip(chosen) {
                    session.members = members;
                }
            }
        }
    }
}

fn module(people: People, number: usize, row: &(&str, &str, &str, &str)) -> Module {
    let (id, title, kind, subject) = *row;
    let mut draw = Draw::new(people.seed, "module", number as u64);
    let hours = 1 + draw.below(16);
    let price = PRICED.iter().find(|(priced, _)| *priced == id);
    let prerequisites = PREREQUISITES.iter().find(|(module, ..)| *module == id);
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
        price: price.map(|(_, amount)| Price { currency: "USD".to_owned(), amount: (*amount).to_owned() }),
        archived: kind == "archivedVirtualClassroom",
        attributes: vec![("LEVEL".to_owned(), if draw.one_in(3) { "advanced" } else { "basic" }.to_owned())],
        sessions: Vec::new(),
        certification: CERTIFICATIONS.iter().find(|(module, _)| *module == id).map(|(_, name)| (*name).to_owned()),
        audience: vec![format!("Those who work in {subject}")],
        prerequisites: prerequisites.map(|(_, condition, any, modules)| Prerequisites {
            any: *any,
            condition: (*condition).to_owned(),
            modules: modules.iter().map(|id| (*id).to_owned()).collect(),
        }),
        revision: online.then(|| 1 + draw.below(3) as u32),
        // The first two are the ones that a test can rely on; of the rest two of three can be taken along.
        downloadable: online && (number < 2 || !draw.one_in(3)),
        needs_approval: APPROVED.contains(&id),
        members: Vec::new(),
        created: Timestamp::SAMPLE.plus_days(-400 + number as i64 * 6),
    };
    if module.has_sessions() || kind == "learningProgram" {
        module.sessions = (0..SESSIONS).map(|place| session(people, number, id, place)).collect();
    }
    module
}

/// One of the three sessions of a module: the first is over, the second is full of people, the third lies ahead.
fn session(people: People, number: usize, module: &str, place: usize) -> Session {
    let index = (number * SESSIONS + place) as u64;
    let mut draw = Draw::new(people.seed, "session", index);
    let day = match place {
        0 => -60 - draw.below(200) as i64,
        1 => 3 + draw.below(20) as i64,
        _ => 40 + draw.below(200) as i64,
    };
    let start = Timestamp::SAMPLE.plus_days(day).plus_hours(9);
    let end = start.plus_hours(7);
    let facility = draw.pick(FACILITIES);
    let instructor = people.get(draw.below(people.count)).filter(Person::has_lms_account);
    Session {
        id: IdSpace::new(people.seed, "session").short(index as u32),
        code: format!("{module}-S{}", place + 1),
        title: None,
        start: Some(start),
        end: Some(end),
        instructors: instructor.map(|person| person.login).into_iter().collect(),
        facility: facility.map(|facility| facility.id.to_owned()),
        location: facility.map(|facility| facility.city.to_owned()),
        open: Some(start.plus_days(-300)),
        deadline: Some(start.plus_days(-2)),
        seats: Some(SEATS),
        status: if place == 0 { "completed" } else { "active" }.to_owned(),
        members: Vec::new(),
        classes: vec![(start, start.plus_hours(3)), (start.plus_hours(4), end)],
        time_zone: Some("UTC".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_named_elsewhere_exists() {
        let modules = SampleModules::new(People::new(7, 100));
        assert_eq!(modules.by_id.len(), ROWS.len(), "no id stands twice");
        for kind in peoplefluent_lms::types::ModuleType::VALUES {
            assert!(modules.of_kind.contains_key(kind), "there is no {kind}");
        }
        let named = MEMBERS.iter().flat_map(|(id, members)| members.iter().chain([id]));
        let named = named.chain(PREREQUISITES.iter().flat_map(|(id, _, _, before)| before.iter().chain([id])));
        let named = named.chain(CERTIFICATIONS.iter().map(|(id, _)| id)).chain(PRICED.iter().map(|(id, _)| id));
        for id in named.chain(APPROVED) {
            assert!(modules.by_id.contains_key(*id), "there is no {id}");
        }
        assert!(ROWS.iter().all(|(_, _, _, subject)| SUBJECTS.contains(subject)));
    }
}
