//! Rows of `trainingHistoryCsv`: training records, enrollments and sessions.

use std::borrow::Cow;

use rosterkit_core::{BoxFuture, Operation};

use super::cell::Cell;
use super::row::{BulkRow, Row, at_most, bulk_row, is_blank};
use super::{
    HistoryAction, Instructors, LearningType, Number, PerformanceGrade, PlainMoment, RecordDate, SessionStatus,
    SettingsDate, StudentStatus,
};
use crate::generated::operations::TRAINING_HISTORY_CSV;
use crate::{Body, CallOptions, Client, Error, Response};

bulk_row! {
    /// A row of `trainingHistoryCsv`: a training record to add or change, an enrollment, or a session.
    ///
    /// ```
    /// use peoplefluent_lms::bulk::{RecordDate, StudentStatus, TrainingHistoryRow};
    /// use rosterkit_core::chrono::NaiveDate;
    ///
    /// let row = TrainingHistoryRow::of_user("a.roe", "FIRST-AID")
    ///     .with_student_status(StudentStatus::Completed)
    ///     .with_start_date(NaiveDate::from_ymd_opt(2024, 5, 1).unwrap())
    ///     .with_end_date(RecordDate::none())
    ///     .with_instructors(["b.poe", "c.loe"]);
    /// assert!(row.check().is_empty());
    /// ```
    ///
    /// # Required columns
    /// The document names none. That a row needs `LEARNINGID` or `LOTITLE` is inferred: both say that they create
    /// sessions even without a user, and nothing else says what the row is about.
    ///
    /// Learning with *sessions* is classroom, virtual classroom and workshop or seminar.
    pub struct TrainingHistoryRow {
        /// Id of the user. Blank creates a classroom and session without a training record.
        "USERID" user_id with_user_id: String;
        /// Learning id of the module.
        "LEARNINGID" learning_id with_learning_id: String;
        /// Title of the module.
        "LOTITLE" title with_title: String;
        /// Date of enrollment. Default of the LMS: the start date, or today if there is none or it lies in the future.
        "ENROLLDATE" enroll_date with_enroll_date: RecordDate;
        /// Start date of the transcript detail.
        "STARTDATE" start_date with_start_date: RecordDate;
        /// End date of the transcript detail.
        "ENDDATE" end_date with_end_date: RecordDate;
        /// Overall status.
        "STUDENTSTATUS" student_status with_student_status: StudentStatus;
        /// Whether to create a session; otherwise existing ones are updated, which is the default of the LMS. One is
        /// created anyway where there is none.
        "CREATESESSION" create_session with_create_session: bool;
        /// Facility code of a new session. The LMS ignores one that it does not know.
        "Training Venue" venue with_venue: String;
        /// User ids of the instructors of a new session.
        "Instructor" instructors with_instructors: Instructors;
        /// State of a new session. Default of the LMS: completed.
        "SESSIONSTATUS" session_status with_session_status: SessionStatus;
        /// Code of the session to update, or of the new one.
        "SESSIONCODE" session_code with_session_code: String;
        /// Title of a session that is created, or whose dates are updated. Since LMS 6.0.0.90.
        "SESSIONTITLE" session_title with_session_title: String;
        /// Assessment score. For classroom courses only; online courses record none.
        "SCORE" score with_score: String;
        /// Learning type. It works only where the check of enrollments is skipped.
        "LOTYPE" learning_type with_learning_type: LearningType;
        /// Whether to add or to update; blank does either. Ignored where the check of enrollments is skipped.
        "ACTION" action with_action: HistoryAction;
        /// Score before the course.
        "PRESCORE" pre_score with_pre_score: Number;
        /// Score after the course.
        "POSTSCORE" post_score with_post_score: Number;
        /// Name of a language, or a code such as `en` or `fr_CA`, of a new transcript or session. At most 50 characters.
        /// Default of the LMS: the primary language.
        "LANGUAGE" language with_language: String, at_most::<50>;
        /// The day whose settings and data decide on certification. Needs a CFR license.
        "USE SETTINGS AS OF DATE" settings_date with_settings_date: SettingsDate;
        /// Id of the session's time zone. Default of the LMS: the system's for a new session, else the session's own.
        "SESSIONTIMEZONE" session_time_zone with_session_time_zone: String;
        /// Days from enrollment to the deadline of completion. 0 is no limit.
        "DEADLINEDAYS" deadline_days with_deadline_days: u32;
        /// Deadline of completion.
        "DEADLINEDATE" deadline_date with_deadline_date: PlainMoment;
        /// Learning id of the program that a new enrollment belongs to. The user must be enrolled in it already.
        "Parent Program ID" parent_program_id with_parent_program_id: String;
        /// Code of the session to move an existing enrollment to.
        "Transfer Session Code" transfer_session_code with_transfer_session_code: String;
        /// Grade of the performance.
        "Performance Grade" performance_grade with_performance_grade: PerformanceGrade;
    }
}

impl TrainingHistoryRow {
    /// A row about a user and a module.
    pub fn of_user(user_id: impl Into<String>, learning_id: impl Into<String>) -> Self {
        Self::of_session(learning_id).with_user_id(user_id)
    }

    /// A row about a module and its sessions, without a user.
    pub fn of_session(learning_id: impl Into<String>) -> Self {
        Self::new().with_learning_id(learning_id)
    }

    /// The rules that the row breaks, each with its column. Values stay out.
    pub fn check(&self) -> Vec<(&'static str, String)> {
        let mut problems = self.problems_of_cells();
        if is_blank(self.learning_id.as_ref()) && is_blank(self.title.as_ref()) {
            problems.push(("LEARNINGID", "is required unless LOTITLE is given".to_owned()));
        }
        problems
    }
}

impl Row for TrainingHistoryRow {
    const KEYS: &'static [&'static [&'static str]] =
        &[&["USERID", "LEARNINGID"], &["USERID", "LOTITLE"], &["LEARNINGID"], &["LOTITLE"]];
    const NEEDED: &'static [&'static str] = &[];
    const OPERATION: &'static Operation = &TRAINING_HISTORY_CSV;

    fn cells(&self) -> Vec<Cow<'_, str>> {
        self.cells_of_columns()
    }

    fn set(&mut self, column: usize, text: &str) -> Result<(), String> {
        self.set_column(column, text)
    }

    fn problems(&self) -> Vec<(&'static str, String)> {
        self.check()
    }

    fn upload(client: &Client, body: Body, options: CallOptions) -> BoxFuture<'_, Result<Response<Body>, Error>> {
        Box::pin(client.api().training_history_csv().body(body).options(options).send())
    }
}
