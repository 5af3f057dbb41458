//! Rows of `externalTrainingCsv`: training that was taken outside of the LMS.

use std::borrow::Cow;

use rosterkit_core::{BoxFuture, Operation};

use super::cell::Cell;
use super::row::{BulkRow, Row, at_most, bulk_row, is_blank};
use super::{Amount, CourseType, DurationUnit, ExternalAction, ExternalStatus, PlainMoment};
use crate::generated::operations::EXTERNAL_TRAINING_CSV;
use crate::{Body, CallOptions, Client, Error, Response};

bulk_row! {
    /// A row of `externalTrainingCsv`: an external training record to add, change or delete.
    ///
    /// ```
    /// use peoplefluent_lms::bulk::{Amount, CourseType, DurationUnit, ExternalStatus, ExternalTrainingRow};
    /// use rosterkit_core::chrono::NaiveDate;
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
    /// # Required columns
    /// That `Action` must be given stands in the document. It names no other required column; these rules are those of
    /// the vendor's help for a later version:
    ///
    /// | action | required |
    /// | --- | --- |
    /// | add | `UserId`, `Title` |
    /// | update, delete | `RecordID` |
    /// | add or update | what adding or what updating requires |
    ///
    /// # Blank cells
    /// Nobody documents whether a blank cell of an update clears a value or leaves it. To leave what you do not have
    /// alone, send only the columns that you have: [`BulkUpload::columns`](super::BulkUpload::columns).
    pub struct ExternalTrainingRow {
        /// What to do. Required.
        "Action" action with_action: ExternalAction;
        /// Unique id of the record. At most 15 characters.
        "RecordID" record_id with_record_id: String, at_most::<15>;
        /// Id of the user. At most 85 characters.
        "UserId" user_id with_user_id: String, at_most::<85>;
        /// Title. At most 255 characters.
        "Title" title with_title: String, at_most::<255>;
        /// Learning type.
        "CourseType" course_type with_course_type: CourseType, course_type;
        /// First day or moment.
        "StartDate" start_date with_start_date: PlainMoment;
        /// Last day or moment.
        "EndDate" end_date with_end_date: PlainMoment;
        /// Status. Default of the LMS: open for editing.
        "Status" status with_status: ExternalStatus;
        /// Name of one of the site's course subjects. At most 50 characters.
        "Subject" subject with_subject: String, at_most::<50>;
        /// Grade, any text.
        "Grade" grade with_grade: String;
        /// Score, any text.
        "Score" score with_score: String;
        /// Duration, in [`unit`](Self::unit). Default of the LMS: 0.
        "Duration" duration with_duration: Amount;
        /// Unit of the duration.
        "Unit" unit with_unit: DurationUnit;
        /// Cost, in [`currency`](Self::currency).
        "Cost" cost with_cost: Amount;
        /// Currency of the cost: three letters, such as `GBP`.
        "Currency" currency with_currency: String, currency;
        /// Code of the language: two letters, and a country if need be, such as `en` or `fr_CA`.
        "Language" language with_language: String, language;
        /// Information about the vendor, any text.
        "VendorInfo1" vendor_info with_vendor_info: String;
        /// Comments, any text.
        "Comments" comments with_comments: String;
    }
}

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

    /// The rules that the row breaks, each with its column. Values stay out.
    pub fn check(&self) -> Vec<(&'static str, String)> {
        let mut problems = self.problems_of_cells();
        let lacks_record = is_blank(self.record_id.as_ref());
        let (lacks_user, lacks_title) = (is_blank(self.user_id.as_ref()), is_blank(self.title.as_ref()));
        let mut require = |is_missing: bool, column, what: &str| {
            if is_missing {
                problems.push((column, format!("is required to {what}")));
            }
        };
        match self.action {
            None => problems.push(("Action", "is required".to_owned())),
            Some(ExternalAction::Add) => {
                require(lacks_user, "UserId", "add a record");
                require(lacks_title, "Title", "add a record");
            }
            Some(ExternalAction::Update) => require(lacks_record, "RecordID", "update a record"),
            Some(ExternalAction::Delete) => require(lacks_record, "RecordID", "delete a record"),
            Some(ExternalAction::AddOrUpdate) if lacks_record => {
                require(lacks_user, "UserId", "add a record that has no RecordID");
                require(lacks_title, "Title", "add a record that has no RecordID");
            }
            Some(ExternalAction::AddOrUpdate) => {}
        }
        problems
    }
}

impl Row for ExternalTrainingRow {
    const KEYS: &'static [&'static [&'static str]] = &[&["RecordID"], &["UserId", "Title"]];
    const NEEDED: &'static [&'static str] = &["Action"];
    const OPERATION: &'static Operation = &EXTERNAL_TRAINING_CSV;

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
        Box::pin(client.api().external_training_csv().body(body).options(options).send())
    }
}

fn course_type(text: &str) -> Option<String> {
    (text != CourseType::NotSpecified.as_str() && text.chars().count() > 1)
        .then(|| format!("must be one character, such as {}", CourseType::VALUES[1..].join(", ")) + ", or TNS")
}

fn currency(text: &str) -> Option<String> {
    let is_code = text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_alphabetic());
    (!is_code).then(|| "must be a currency code of three letters, such as USD".to_owned())
}

fn language(text: &str) -> Option<String> {
    let (language, country) = text.split_once('_').unwrap_or((text, "XX"));
    let is_code = |code: &str| code.len() == 2 && code.bytes().all(|byte| byte.is_ascii_alphabetic());
    (!(is_code(language) && is_code(country))).then(|| "must be a language code such as en or fr_CA".to_owned())
}
