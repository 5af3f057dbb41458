//! The numbers of a run, and the checks between them.

use std::error::Error;
use std::fmt;

/// The counts of each step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Figures {
    /// What the services hold, by calls of the clients.
    pub(crate) people: u64,
    pub(crate) session_users: u64,
    pub(crate) lms_users: u64,
    pub(crate) completions: u64,
    /// Records that the plan read, and those of them about which it says something.
    pub(crate) people_read: u64,
    pub(crate) people_judged: u64,
    pub(crate) session_users_read: u64,
    pub(crate) links_read: u64,
    pub(crate) people_linked_or_not: u64,
    pub(crate) lms_users_read: u64,
    pub(crate) completions_read: u64,
    pub(crate) completions_judged: u64,
    /// What the plan would write.
    pub(crate) creations: u64,
    pub(crate) rows: u64,
    /// What the services accepted.
    pub(crate) created: u64,
    pub(crate) rows_accepted: u64,
    /// What the services hold afterwards.
    pub(crate) session_users_after: u64,
    /// Active people of Genesys whom the session service has with the same name, found and planned.
    pub(crate) in_step: u64,
    pub(crate) in_step_planned: u64,
    /// Users whose records were read.
    pub(crate) learners: u64,
    /// Accepted rows that were found among the records of their user.
    pub(crate) read_back: u64,
    /// What a second plan would write.
    pub(crate) writes_planned_again: u64,
}

/// Two numbers that should be equal.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Mismatch {
    left: (&'static str, u64),
    right: (&'static str, u64),
}

impl Figures {
    pub(crate) fn check(&self) -> Result<(), Mismatch> {
        let pairs = [
            (("people read", self.people_read), ("people that Genesys has", self.people)),
            (("people in the plan", self.people_judged), ("people read", self.people_read)),
            (("session users read", self.session_users_read), ("session users", self.session_users)),
            (("people read for the LMS", self.links_read), ("people that Genesys has", self.people)),
            (("people linked or not", self.people_linked_or_not), ("people read for the LMS", self.links_read)),
            (("LMS users read", self.lms_users_read), ("LMS users", self.lms_users)),
            (("completions read", self.completions_read), ("completions", self.completions)),
            (("completions in the plan", self.completions_judged), ("completions read", self.completions_read)),
            (("people created", self.created), ("creations planned", self.creations)),
            (
                ("session users afterwards", self.session_users_after),
                ("session users before and people created", self.session_users + self.created),
            ),
            (("people in step", self.in_step), ("people created or there before", self.in_step_planned)),
            (("rows accepted", self.rows_accepted), ("rows planned", self.rows)),
            (("records read back", self.read_back), ("rows accepted", self.rows_accepted)),
            (("writes of a second plan", self.writes_planned_again), ("writes left to do", 0)),
        ];
        match pairs.into_iter().find(|(left, right)| left.1 != right.1) {
            Some((left, right)) => Err(Mismatch { left, right }),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Mismatch {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ((left, left_count), (right, right_count)) = (self.left, self.right);
        write!(formatter, "the numbers do not add up: {left}: {left_count}, but {right}: {right_count}")
    }
}

impl Error for Mismatch {}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: Figures = Figures {
        people: 10,
        session_users: 4,
        lms_users: 9,
        completions: 7,
        people_read: 10,
        people_judged: 10,
        session_users_read: 4,
        links_read: 10,
        people_linked_or_not: 10,
        lms_users_read: 9,
        completions_read: 7,
        completions_judged: 7,
        creations: 5,
        rows: 6,
        created: 5,
        rows_accepted: 6,
        session_users_after: 9,
        in_step: 8,
        in_step_planned: 8,
        learners: 3,
        read_back: 6,
        writes_planned_again: 0,
    };

    #[test]
    fn numbers_that_fit_pass() {
        assert_eq!(GOOD.check(), Ok(()));
        assert_eq!(Figures::default().check(), Ok(()));
    }

    #[test]
    fn a_mismatch_names_its_numbers() {
        for (figures, expected) in [
            (Figures { people: 11, ..GOOD }, "people read: 10, but people that Genesys has: 11"),
            (Figures { people_judged: 9, ..GOOD }, "people in the plan: 9, but people read: 10"),
            (Figures { session_users_read: 3, ..GOOD }, "session users read: 3, but session users: 4"),
            (Figures { links_read: 9, ..GOOD }, "people read for the LMS: 9, but people that Genesys has: 10"),
            (Figures { people_linked_or_not: 9, ..GOOD }, "people linked or not: 9, but people read for the LMS: 10"),
            (Figures { lms_users: 8, ..GOOD }, "LMS users read: 9, but LMS users: 8"),
            (Figures { completions: 8, ..GOOD }, "completions read: 7, but completions: 8"),
            (Figures { completions_judged: 6, ..GOOD }, "completions in the plan: 6, but completions read: 7"),
            (Figures { creations: 6, ..GOOD }, "people created: 5, but creations planned: 6"),
            (
                Figures { session_users_after: 10, ..GOOD },
                "session users afterwards: 10, but session users before and people created: 9",
            ),
            (Figures { in_step: 7, ..GOOD }, "people in step: 7, but people created or there before: 8"),
            (Figures { rows: 7, ..GOOD }, "rows accepted: 6, but rows planned: 7"),
            (Figures { read_back: 5, ..GOOD }, "records read back: 5, but rows accepted: 6"),
            (Figures { writes_planned_again: 1, ..GOOD }, "writes of a second plan: 1, but writes left to do: 0"),
        ] {
            let message = figures.check().map_err(|mismatch| mismatch.to_string());
            assert_eq!(message, Err(format!("the numbers do not add up: {expected}")));
        }
    }
}
