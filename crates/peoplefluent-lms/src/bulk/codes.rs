//! The codes and words of the bulk files.
//!
//! Where the document says that a value must be one of a list, or the list is the program's own, the enumeration is
//! closed: another value is refused before anything is sent. Where a site can have more, it is open, and an unknown value
//! is sent as it is. Known ones are read in capitals and small letters alike, and written as the document has them.

use std::borrow::Cow;

use rosterkit_core::open_enum;

use super::cell::Cell;

open_enum! {
    /// Grade of the performance (`Performance Grade`). Sites can have grades of their own.
    pub enum PerformanceGrade {
        /// Excellent.
        Excellent = "1",
        /// Very good.
        VeryGood = "2",
        /// Good.
        Good = "3",
        /// Average.
        Average = "4",
        /// Poor.
        Poor = "5",
        /// Takes the grade away. A blank cell leaves it as it is.
        Cleared = "*NONE*",
    }

    /// Learning type of an external record (`CourseType`): one character, or `TNS`, which the document lists although it
    /// names that limit.
    pub enum CourseType {
        /// Not specified.
        NotSpecified = "TNS",
        /// A program.
        Program = "C",
        /// A classroom course.
        Classroom = "R",
        /// An online course.
        Online = "O",
        /// A workshop or seminar.
        Workshop = "W",
    }
}

macro_rules! open_cells {
    ($($type:ty),+) => {$(
        impl Cell for $type {
            fn read(text: &str) -> Result<Self, String> {
                let known = Self::VALUES.iter().find(|value| value.eq_ignore_ascii_case(text));
                Ok(known.map_or_else(|| text.into(), |value| (*value).into()))
            }

            fn write(&self) -> Cow<'_, str> {
                self.as_str().into()
            }
        }
    )+};
}

open_cells!(PerformanceGrade, CourseType);

/// Declares enumerations that know all of their values.
macro_rules! closed_enum {
    ($(
        $(#[$attribute:meta])*
        pub enum $name:ident {
            $( $(#[$variant_attribute:meta])* $variant:ident = $code:literal $(| $other:literal)? ),* $(,)?
        }
    )+) => {$(
        $(#[$attribute])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $name {
            $( $(#[$variant_attribute])* $variant, )*
        }

        impl $name {
            /// The values as they stand in the file.
            pub const VALUES: &'static [&'static str] = &[$($code),*];

            /// The value as it stands in the file.
            pub fn as_str(self) -> &'static str {
                match self {
                    $( Self::$variant => $code, )*
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.pad(self.as_str())
            }
        }

        impl Cell for $name {
            fn read(text: &str) -> Result<Self, String> {
                let is = |codes: &[&str]| codes.iter().any(|code| text.eq_ignore_ascii_case(code));
                match text {
                    $( _ if is(&[$code $(, $other)?]) => Ok(Self::$variant), )*
                    _ => Err(format!("must be one of {}", Self::VALUES.join(", "))),
                }
            }

            fn write(&self) -> Cow<'_, str> {
                self.as_str().into()
            }
        }
    )+};
}

closed_enum! {
    /// Overall status of a training record (`STUDENTSTATUS`), with what the LMS stores.
    pub enum StudentStatus {
        /// Stored as PASSED.
        Pass = "Pass",
        /// Stored as COMPLETED.
        Completed = "Completed",
        /// Enrolls the user: IN PROGRESS with valid dates, NOT STARTED without dates.
        Active = "Active",
        /// Stored as WITHDRAWN.
        Withdrawn = "Withdrawn",
        /// Stored as DEACTIVATED.
        Deactivated = "Deactivated",
        /// Stored as WAIVER/EXEMPT.
        Exempt = "EXEMPT",
    }

    /// State of a new session (`SESSIONSTATUS`).
    pub enum SessionStatus {
        /// Still to come, or under way.
        Active = "Active",
        /// Over. The default.
        Completed = "Completed",
        /// Did not take place.
        Cancelled = "Cancelled",
    }

    /// Learning type of a training record (`LOTYPE`). It works only where the check of enrollments is skipped.
    pub enum LearningType {
        /// A program.
        Program = "C",
        /// An exam.
        Exam = "M",
        /// An online course.
        Online = "O",
        /// A classroom course.
        Classroom = "R",
        /// A workshop or seminar.
        Workshop = "W",
        /// Self training on paper.
        SelfTrainingPaper = "1",
        /// Self training by video.
        SelfTrainingVideo = "2",
        /// A special interest group.
        SpecialInterestGroup = "3",
        /// Coaching.
        Coaching = "4",
    }

    /// What becomes of a training record (`ACTION`). Without one, it is added or updated. Ignored where the check of
    /// enrollments is skipped.
    pub enum HistoryAction {
        /// Adds a record if there is none.
        Add = "A",
        /// Updates an existing record.
        Update = "U",
    }

    /// What becomes of an external record (`Action`).
    pub enum ExternalAction {
        /// Adds a record.
        Add = "A",
        /// Deletes a record.
        Delete = "D",
        /// Updates a record.
        Update = "U",
        /// Adds or updates, as needed.
        AddOrUpdate = "AU",
    }

    /// Status of an external record (`Status`). The documented default is the word `OPEN_FOR_EDITING`; it is read as the
    /// code of the same meaning.
    pub enum ExternalStatus {
        /// Open for editing.
        OpenForEditing = "0" | "OPEN_FOR_EDITING",
        /// Waits for approval.
        PendingApproval = "1",
        /// Approved.
        Approved = "2",
        /// Approval was denied.
        ApprovalDenied = "3",
        /// Completed.
        Completed = "4",
        /// Cancelled.
        Cancelled = "5",
    }

    /// Unit of a duration (`Unit`).
    pub enum DurationUnit {
        /// Minutes.
        Minutes = "I",
        /// Hours.
        Hours = "H",
        /// Days.
        Days = "D",
        /// Weeks.
        Weeks = "W",
        /// Months.
        Months = "M",
        /// Years.
        Years = "Y",
    }
}
