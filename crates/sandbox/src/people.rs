//! The people whom all three services know.
//!
//! A person is generated from the seed and an index when it is needed, and not kept. Each service keeps its own changes.
//!
//! | among the people | are | index |
//! | --- | --- | --- |
//! | inactive | one in 20 | 13, 33, 53 … |
//! | a shared account, with a name of one word | one in 60 | 37, 97, 157 … |
//! | unknown to the LMS | one in 50 | 24, 74, 124 … |
//! | known to the session service from the start | every second | 0, 2, 4 … |

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use crate::ids::IdSpace;
use crate::random::Draw;

/// The largest number of people in a sandbox.
pub const MAX_USERS: u64 = 10_000_000;

const INACTIVE: (u64, u64) = (20, 13);
const SHARED: (u64, u64) = (60, 37);
const WITHOUT_LMS: (u64, u64) = (50, 24);

/// How many people report to one manager.
const SPAN: u64 = 10;

/// The contents of `people.json`: syllables of names that resemble no real person, and what else describes a person. Some
/// family names have letters beyond ASCII.
#[derive(Debug, Deserialize)]
#[serde(bound(deserialize = "'de: 'static"))]
struct Words {
    given_beginnings: Vec<&'static str>,
    given_endings: Vec<&'static str>,
    family_beginnings: Vec<&'static str>,
    family_endings: Vec<&'static str>,
    /// Names of accounts without a family name.
    shared_accounts: Vec<&'static str>,
    titles: Vec<&'static str>,
    departments: Vec<&'static str>,
}

static WORDS: LazyLock<Words> = LazyLock::new(|| {
    serde_json::from_str(include_str!("people.json")).unwrap_or_else(|error| panic!("people.json: {error}"))
});

/// The sample people, serialized as seed and number.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(into = "(u64, u64)", from = "(u64, u64)")]
pub(crate) struct People {
    pub(crate) seed: u64,
    pub(crate) count: u64,
    ids: IdSpace,
}

/// One of the sample people.
#[derive(Clone, Debug)]
pub(crate) struct Person {
    pub(crate) index: u64,
    /// The id in Genesys, which the session service knows as the remote id.
    pub(crate) id: String,
    pub(crate) given: String,
    /// Empty for a shared account.
    pub(crate) family: String,
    /// The id in the LMS, and the local part of the e-mail address.
    pub(crate) login: String,
    pub(crate) title: &'static str,
    pub(crate) department: &'static str,
    pub(crate) phone: String,
    pub(crate) employee_number: String,
    pub(crate) active: bool,
    /// The index of the manager; the first person has none.
    pub(crate) manager: Option<u64>,
}

impl From<People> for (u64, u64) {
    fn from(people: People) -> Self {
        (people.seed, people.count)
    }
}

impl From<(u64, u64)> for People {
    fn from((seed, count): (u64, u64)) -> Self {
        Self::new(seed, count)
    }
}

impl People {
    pub(crate) fn new(seed: u64, count: u64) -> Self {
        Self { seed, count, ids: IdSpace::new(seed, "person") }
    }

    pub(crate) fn get(&self, index: u64) -> Option<Person> {
        (index < self.count).then(|| self.generate(index))
    }

    fn generate(&self, index: u64) -> Person {
        let mut draw = Draw::new(self.seed, "person", index);
        let (given, family) = if is(index, SHARED) {
            (draw.word(&WORDS.shared_accounts).to_owned(), String::new())
        } else {
            (
                joined(&mut draw, &WORDS.given_beginnings, &WORDS.given_endings),
                joined(&mut draw, &WORDS.family_beginnings, &WORDS.family_endings),
            )
        };
        let mut login = ascii(&given);
        if !family.is_empty() {
            login = format!("{login}.{}", ascii(&family));
        }
        Person {
            index,
            id: self.id(index),
            given,
            family,
            login: format!("{login}.{index}"),
            title: draw.word(&WORDS.titles),
            department: draw.word(&WORDS.departments),
            // Numbers 555-0100 to 555-0199 are reserved for fiction.
            phone: format!("+1202555{:04}", 100 + draw.below(100)),
            employee_number: format!("E{index:07}"),
            active: !is(index, INACTIVE),
            manager: Self::manager_of(index),
        }
    }

    /// The Genesys id of a person, or of an item after the last one.
    pub(crate) fn id(&self, index: u64) -> String {
        self.ids.uuid(index as u32)
    }

    /// The index of a Genesys id, whether or not there is such a person.
    pub(crate) fn index_of_id(&self, id: &str) -> Option<u64> {
        self.ids.index_of_uuid(id).map(u64::from)
    }

    /// The people who report to the person of this index.
    pub(crate) fn reports(&self, manager: u64) -> std::ops::Range<u64> {
        let first = manager.saturating_mul(SPAN);
        first.max(1).min(self.count)..first.saturating_add(SPAN).min(self.count)
    }

    /// The person with this login.
    pub(crate) fn by_login(&self, login: &str) -> Option<Person> {
        let index = login.rsplit('.').next()?.parse().ok()?;
        self.get(index).filter(|person| person.login == login)
    }

    /// The person with this e-mail address.
    pub(crate) fn by_email(&self, email: &str) -> Option<Person> {
        self.by_login(&email.strip_suffix(DOMAIN)?.to_ascii_lowercase())
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = Person> + use<> {
        let people = *self;
        (0..self.count).map(move |index| people.generate(index))
    }

    /// The manager of a person; the first person has none.
    pub(crate) fn manager_of(index: u64) -> Option<u64> {
        (index > 0).then_some(index / SPAN)
    }

    pub(crate) fn is_active(index: u64) -> bool {
        !is(index, INACTIVE)
    }

    /// Whether a person has what few people have from the start: a second factor, a backup, custom attributes.
    pub(crate) fn is_equipped(&self, index: u64) -> bool {
        index < self.count && index.is_multiple_of(10)
    }

    /// How many of the people before `index` are inactive.
    pub(crate) fn inactive_before(index: u64) -> u64 {
        (index + INACTIVE.0 - 1 - INACTIVE.1) / INACTIVE.0
    }
}

const DOMAIN: &str = "@example.com";

impl Person {
    pub(crate) fn name(&self) -> String {
        format!("{} {}", self.given, self.family).trim_end().to_owned()
    }

    pub(crate) fn email(&self) -> String {
        format!("{}{DOMAIN}", self.login)
    }

    pub(crate) fn has_lms_account(&self) -> bool {
        !is(self.index, WITHOUT_LMS)
    }
}

fn joined(draw: &mut Draw, beginnings: &'static [&'static str], endings: &'static [&'static str]) -> String {
    let beginning = draw.word(beginnings);
    format!("{beginning}{}", draw.word(endings))
}

/// A name as a part of a login: lower case and ASCII.
fn ascii(name: &str) -> String {
    let letter = |letter: char| match letter {
        'ü' => 'u',
        'ø' => 'o',
        'ý' => 'y',
        other => other.to_ascii_lowercase(),
    };
    name.chars().map(letter).filter(char::is_ascii_alphanumeric).collect()
}

fn is(index: u64, (period, rest): (u64, u64)) -> bool {
    index % period == rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_depend_on_seed_and_index_only() {
        let (few, many) = (People::new(7, 10), People::new(7, 1_000_000));
        let describe = |people: &People, index| format!("{:?}", people.get(index));
        assert_eq!(describe(&few, 9), describe(&many, 9));
        assert_ne!(describe(&few, 9), describe(&People::new(8, 10), 9));
        assert!(few.get(10).is_none());
    }

    /// If this fails, all sample data has changed.
    #[test]
    fn people_never_change() {
        let person = People::new(7, 2).generate(1);
        assert_eq!(
            (person.id.as_str(), person.name().as_str(), person.login.as_str(), person.phone.as_str()),
            ("8ed5c9a2-2d62-4cae-aed1-88b6e7f316f0", "Ortavo Quenný", "ortavo.quenny.1", "+12025550133")
        );
    }

    #[test]
    fn id_login_and_address_map_back_to_the_person() {
        let people = People::new(7, 2_000);
        for person in people.iter() {
            assert_eq!(people.index_of_id(&person.id), Some(person.index));
            assert_eq!(people.by_login(&person.login).map(|found| found.index), Some(person.index));
            assert_eq!(people.by_email(&person.email()).map(|found| found.index), Some(person.index));
            assert!(person.login.is_ascii() && person.login.len() <= 85, "{}", person.login);
        }
        for unknown in ["", "unknown", "unknown.3", "unknown.x", "99999999999999999999"] {
            assert!(people.by_login(unknown).is_none(), "{unknown}");
        }
    }

    #[test]
    fn reports_name_their_manager() {
        for count in [0, 1, 2, 95, 250] {
            let people = People::new(7, count);
            for manager in 0..count + 2 {
                let named: Vec<u64> =
                    people.iter().filter(|person| person.manager == Some(manager)).map(|person| person.index).collect();
                assert_eq!(people.reports(manager).collect::<Vec<_>>(), named, "{manager} of {count}");
            }
            assert_eq!(people.reports(u64::MAX).count(), 0);
        }
    }

    #[test]
    fn inactive_people_are_counted_by_formula() {
        for index in 0..100 {
            let counted = (0..index).filter(|&index| !People::is_active(index)).count() as u64;
            assert_eq!(People::inactive_before(index), counted, "before {index}");
        }
    }

    #[test]
    fn shared_accounts_have_one_word() {
        let people = People::new(7, 250);
        let shared: Vec<u64> = people.iter().filter(|p| p.family.is_empty()).map(|p| p.index).collect();
        assert_eq!(shared, [37, 97, 157, 217]);
        assert!(people.iter().all(|person| person.name().contains(' ') != person.family.is_empty()));
    }
}
