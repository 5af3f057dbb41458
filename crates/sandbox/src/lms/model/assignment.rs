//! Assignments: the positions that a user holds. Most users have one, some have two.
//!
//! The id and code of an assignment of the sample people lead back to its user, so none is kept.

use crate::lms::model::account::Account;
use crate::people::{People, Person};

const INTEGRATION: (&str, &str) = ("A-INTEGRATION", "AC-INTEGRATION");

/// One of a user's assignments.
#[derive(Clone, Debug)]
pub(crate) struct Assignment {
    pub(crate) id: String,
    /// The reference code.
    pub(crate) code: String,
    pub(crate) account: Account,
    pub(crate) primary: bool,
}

/// The id of a person's first assignment.
pub(crate) fn primary(person: u64) -> String {
    names(person, 1).0
}

/// The id and the reference code of a person's assignment of this number.
pub(crate) fn names(person: u64, number: u64) -> (String, String) {
    (format!("A{person}-{number}"), format!("AC{person}-{number}"))
}

fn number_of(person: u64) -> u64 {
    if person % 7 == 3 { 2 } else { 1 }
}

/// The assignments of a user, the first one first.
pub(crate) fn of(account: &Account) -> Vec<Assignment> {
    let assignment = |id: String, code: String, primary| Assignment { id, code, account: account.clone(), primary };
    match account {
        Account::Integration => vec![assignment(INTEGRATION.0.to_owned(), INTEGRATION.1.to_owned(), true)],
        Account::Imported(imported) => {
            let own = imported.assignments.iter();
            own.map(|own| assignment(own.id.clone(), own.code.clone(), own.primary)).collect()
        }
        Account::Person(person) => (1..=number_of(person.index))
            .map(|number| {
                let (id, code) = names(person.index, number);
                assignment(id, code, number == 1)
            })
            .collect(),
    }
}

/// The assignment of this id, unless it is that of an account from a file.
pub(crate) fn find(people: People, id: &str) -> Option<Assignment> {
    by(people, id, |assignment| &assignment.id)
}

/// The assignment of this reference code, unless it is that of an account from a file.
pub(crate) fn find_by_code(people: People, code: &str) -> Option<Assignment> {
    by(people, code, |assignment| &assignment.code)
}

fn by(people: People, text: &str, field: fn(&Assignment) -> &String) -> Option<Assignment> {
    let account = if text == INTEGRATION.0 || text == INTEGRATION.1 {
        Account::Integration
    } else {
        let (person, _) = text.trim_start_matches(['A', 'C']).split_once('-')?;
        let person = people.get(person.parse().ok()?).filter(Person::has_lms_account)?;
        Account::Person(Box::new(person))
    };
    of(&account).into_iter().find(|assignment| field(assignment) == text)
}
