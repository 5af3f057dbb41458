//! The numbers of a run, and the checks between them.

use std::error::Error;
use std::fmt;

/// The counts of each step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Figures {
    /// The total that Genesys reports.
    pub(crate) total: usize,
    pub(crate) pages: usize,
    /// People on all pages.
    pub(crate) listed: usize,
    pub(crate) batches: usize,
    pub(crate) upserted: usize,
    pub(crate) failed: usize,
    pub(crate) completions: usize,
    /// Rows of the file for the LMS.
    pub(crate) rows: usize,
    /// Rows that the response of the LMS does not list as failed.
    pub(crate) accepted: usize,
    /// Failed rows in the response of the LMS.
    pub(crate) rejected: usize,
    /// Users whose records were read.
    pub(crate) learners: usize,
    /// Accepted rows that were found among the records of their user.
    pub(crate) read_back: usize,
}

/// Two numbers that should be equal.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Mismatch {
    left: (&'static str, usize),
    right: (&'static str, usize),
}

impl Figures {
    pub(crate) fn check(&self) -> Result<(), Mismatch> {
        let pairs = [
            (("people listed", self.listed), ("people that Genesys has", self.total)),
            (("people upserted or failed", self.upserted + self.failed), ("people listed", self.listed)),
            (("rows sent to the LMS", self.rows), ("completions", self.completions)),
            (("rows accepted or rejected", self.accepted + self.rejected), ("rows sent to the LMS", self.rows)),
            (("records read back", self.read_back), ("rows accepted", self.accepted)),
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
        total: 10,
        pages: 1,
        listed: 10,
        batches: 1,
        upserted: 9,
        failed: 1,
        completions: 7,
        rows: 7,
        accepted: 5,
        rejected: 2,
        learners: 3,
        read_back: 5,
    };

    #[test]
    fn numbers_that_fit_pass() {
        assert_eq!(GOOD.check(), Ok(()));
        assert_eq!(Figures::default().check(), Ok(()));
    }

    #[test]
    fn a_mismatch_names_its_numbers() {
        for (figures, expected) in [
            (Figures { total: 11, ..GOOD }, "people listed: 10, but people that Genesys has: 11"),
            (Figures { failed: 0, ..GOOD }, "people upserted or failed: 9, but people listed: 10"),
            (Figures { rows: 6, ..GOOD }, "rows sent to the LMS: 6, but completions: 7"),
            (Figures { accepted: 4, ..GOOD }, "rows accepted or rejected: 6, but rows sent to the LMS: 7"),
            (Figures { read_back: 4, ..GOOD }, "records read back: 4, but rows accepted: 5"),
        ] {
            let message = figures.check().map_err(|mismatch| mismatch.to_string());
            assert_eq!(message, Err(format!("the numbers do not add up: {expected}")));
        }
    }
}
