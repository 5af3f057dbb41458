//! Rows with what each purpose requires.

use super::{ExternalAction, ExternalTrainingRow, TrainingHistoryRow};

/// ```
/// use peoplefluent_lms::bulk::{RecordDate, StudentStatus, TrainingHistoryRow};
/// use peoplefluent_lms::chrono::NaiveDate;
///
/// let row = TrainingHistoryRow::of_user("a.roe", "FIRST-AID")
///     .with_student_status(StudentStatus::Completed)
///     .with_start_date(NaiveDate::from_ymd_opt(2024, 5, 1).unwrap())
///     .with_end_date(RecordDate::none())
///     .with_instructors(["b.poe", "c.loe"]);
/// assert!(row.check().is_empty());
/// ```
impl TrainingHistoryRow {
    /// A row about a user and a module.
    pub fn of_user(user_id: impl Into<String>, learning_id: impl Into<String>) -> Self {
        Self::of_session(learning_id).with_user_id(user_id)
    }

    /// A row about a module and its sessions, without a user.
    pub fn of_session(learning_id: impl Into<String>) -> Self {
        Self::new().with_learning_id(learning_id)
    }
}

/// ```
/// use peoplefluent_lms::bulk::{Amount, CourseType, DurationUnit, ExternalStatus, ExternalTrainingRow};
/// use peoplefluent_lms::chrono::NaiveDate;
///
/// let row = ExternalTrainingRow::add_or_update("R-1", "a.roe", "First aid")
///     .with_course_type(CourseType::Workshop)
///     .with_start_date(NaiveDate::from_ymd_opt(2024, 5, 1).unwrap())
///     .with_status(ExternalStatus::Completed)
///     .with_duration(Amount::from_hundredths(750))
///     .with_unit(DurationUnit::Hours);
/// assert!(row.check().is_empty());
/// ```
///
/// To leave what you do not have alone in an update, send only the columns that you have:
/// [`BulkUpload::columns`](super::BulkUpload::columns).
impl ExternalTrainingRow {
    /// A row that adds a record.
    pub fn add(user_id: impl Into<String>, title: impl Into<String>) -> Self {
        Self::new().with_action(ExternalAction::Add).with_user_id(user_id).with_title(title)
    }

    /// A row that updates a record.
    pub fn update(record_id: impl Into<String>) -> Self {
        Self::new().with_action(ExternalAction::Update).with_record_id(record_id)
    }

    /// A row that adds a record, or updates the one of this id.
    pub fn add_or_update(record_id: impl Into<String>, user_id: impl Into<String>, title: impl Into<String>) -> Self {
        Self::add(user_id, title).with_record_id(record_id).with_action(ExternalAction::AddOrUpdate)
    }

    /// A row that deletes a record.
    pub fn delete(record_id: impl Into<String>) -> Self {
        Self::new().with_action(ExternalAction::Delete).with_record_id(record_id)
    }
}
