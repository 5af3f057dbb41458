//! Invented names, put together from syllables, and what else makes a person look real.
//!
//! Nobody is meant: the syllables were chosen to sound like names without being any.

use crate::random::Draw;

/// Beginnings and endings of given names.
const GIVEN: (&[&str], &[&str]) = (
    &[
        "Al", "Be", "Co", "Da", "El", "Fi", "Ga", "Ha", "Il", "Jo", "Ke", "Li", "Ma", "Ne", "Or", "Pe", "Ro", "Sa",
        "Ti", "Va",
    ],
    &["bren", "dira", "fon", "lith", "mira", "nel", "rik", "sanna", "tavo", "vian", "wen", "zea"],
);

/// Beginnings and endings of family names. Those with letters beyond ASCII show what a client does to them.
const FAMILY: (&[&str], &[&str]) = (
    &[
        "Ask", "Bor", "Cal", "Dren", "Ev", "Fal", "Grün", "Hol", "Ist", "Jor", "Kas", "Lun", "Mar", "Nør", "Ost",
        "Pel", "Quen", "Rav", "Sel", "Tor",
    ],
    &[
        "dal", "berry", "cote", "fors", "gate", "hame", "kvist", "lund", "mere", "ný", "pont", "rova", "stad", "vik",
        "wick",
    ],
);

/// Accounts that are no person: a name of one word and no family name.
pub(super) const SHARED: &[&str] = &["Reception", "Helpdesk", "Dispatch", "Frontdesk"];

pub(super) const TITLES: &[&str] =
    &["Agent", "Senior Agent", "Team Lead", "Trainer", "Quality Analyst", "Planner", "Supervisor", "Specialist"];

pub(super) const DEPARTMENTS: &[&str] = &["Service", "Sales", "Claims", "Logistics", "Training", "Finance"];

pub(super) fn given(draw: &mut Draw) -> String {
    joined(draw, GIVEN)
}

pub(super) fn family(draw: &mut Draw) -> String {
    joined(draw, FAMILY)
}

fn joined(draw: &mut Draw, (beginnings, endings): (&'static [&str], &'static [&str])) -> String {
    let beginning = draw.word(beginnings);
    format!("{beginning}{}", draw.word(endings))
}

/// A name as it stands in a login: lower case and ASCII.
pub(super) fn ascii(name: &str) -> String {
    let letter = |letter: char| match letter {
        'ü' => 'u',
        'ø' => 'o',
        'ý' => 'y',
        other => other.to_ascii_lowercase(),
    };
    name.chars().map(letter).filter(char::is_ascii_alphanumeric).collect()
}
