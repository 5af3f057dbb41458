//! Bulk files: training records and external training as CSV, row by row.
//!
//! The LMS takes two files, `trainingHistoryCsv` and `externalTrainingCsv`. Their rows are types here,
//! [`TrainingHistoryRow`] and [`ExternalTrainingRow`], with the columns, formats and limits of the document. The same code
//! reads and writes them on disk ([`RowReader`], [`RowWriter`]) and sends them ([`Client::bulk`]): any number of rows,
//! divided into uploads, with an [`Outcome`] for each row.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let server = httpmock::MockServer::start_async().await;
//! # server.mock_async(|when, then| {
//! #     when.method("POST").path("/ekp/contentHandler/externalTrainingCsv");
//! #     let header = "Action,UserId,Title";
//! #     then.status(200).header("content-type", "text/plain").body(format!(
//! #         "Correct these rows.\n{header}\nA,b.poe,First aid,There is no such user.\n"));
//! # }).await;
//! # let url = server.url("/ekp/");
//! use peoplefluent_lms::bulk::{ExternalTrainingRow, Outcome};
//!
//! let client = peoplefluent_lms::Client::builder().base_url(url).system_key("key").build()?;
//! let rows = ["a.roe", "b.poe"].map(|user| ExternalTrainingRow::add(user, "First aid"));
//! let report = client.bulk().external_training(rows).columns(["Action", "UserId", "Title"]).report().await?;
//! assert_eq!((report.counts.accepted, report.counts.rejected), (1, 1));
//!
//! let rejected = &report.listed[0];
//! assert_eq!(rejected.index, 1);
//! assert!(matches!(&rejected.outcome, Outcome::Rejected(reason) if reason == "There is no such user."));
//! let mut file = Vec::new();
//! report.write_rejected(&mut file)?;
//! # assert!(String::from_utf8(file)?.contains("b.poe,First aid"));
//! # Ok(())
//! # }
//! ```
//!
//! # Before sending
//! Each row is checked, and each violation names row, column and rule, never a value. By default nothing is sent while a
//! row violates a rule, which means that all rows are read before the first is sent; [`OnInvalid::Skip`] leaves such rows
//! out and reads rows as they are sent, in memory for a few uploads.
//!
//! # The report
//! The response is a report: a line of advice, the header line that was sent, and the rows that failed or have a warning,
//! each with the reason in one more column. If nothing failed, a last line with `No Error Occurred` follows; otherwise the
//! last row is the end, or one line more that says that rows failed. A response is a report if
//! - its last line that is not blank contains `No Error Occurred`, in any case, or
//! - a line of it is the header line that was sent, whatever the quotation marks and the case, and what follows are rows with
//!   one column more, of which the last one is complete.
//!
//! | what the report says | outcome |
//! | --- | --- |
//! | lists the row with a reason | rejected |
//! | lists it with a reason that begins with `WARNING.`, in any case | warned |
//! | lists it with a blank reason, or does not list it | accepted |
//! | is none: empty, HTML, another text, without the header line or without rows, or breaks off in a row | all rows are unknown |
//! | lists a row that is none of those sent, or says that rows failed and lists none that did | listed rows as above, the others are unknown |
//!
//! Where a report breaks off between two rows, nothing shows it, other than the length that the response announced. A last row
//! without a line break after it is complete if its reason is in quotation marks.
//!
//! Rows are recognized by their cells, whatever the order of the columns; of equal rows, each
//! in its turn. A row that comes back changed, such as with its dates in another format, is recognized by the columns that
//! identify it: `RecordID`, or `UserId` and `Title`; `USERID` and `LEARNINGID` or `LOTITLE`. If it could be one of several
//! rows, or other rows became part of it, it is [unmatched](UnmatchedRow), and the rows of the upload that are not listed
//! are [unknown](Outcome::Unknown).
//!
//! [`MockResponse`] writes such a report, for the servers of your tests.
//!
//! # Memory
//! [`RowReader`] and [`RowWriter`] hold one row. An upload is built in memory, and so is its report.

pub(crate) mod cell;
mod checked_row;
mod constructors;
pub(crate) mod dates;
mod matching;
mod mock_response;
mod outcome;
mod outcomes;
mod problem;
mod reader;
mod report;
pub(crate) mod row;
mod send;
mod upload;
pub(crate) mod values;
mod writer;

use futures_core::Stream;

use crate::Client;

pub use crate::generated::csv::{
    CourseType, DurationUnit, ExternalAction, ExternalStatus, ExternalTrainingRow, HistoryAction, LearningType,
    PerformanceGrade, SessionStatus, StudentStatus, TrainingHistoryRow,
};

pub use dates::{DateError, DateStyle, PlainDateTime, RecordDate, SettingsDate};
pub use mock_response::MockResponse;
pub use outcome::{BulkError, UnmatchedRow};
pub use outcomes::{BulkOutcomes, BulkReport};
pub use problem::{CsvError, InvalidRows, RowViolation};
pub use reader::{ReadOptions, RowReader, TextEncoding, UnknownColumns, check_columns, parse_row};
pub use rosterkit_core::batch::{Cancellation, Counts, ItemOutcome, Outcome, Violation};
pub use row::BulkRow;
pub use send::OnFailure;
pub use upload::{BulkUpload, OnInvalid};
pub use values::{Amount, Instructors, Number, NumberError};
pub use writer::{REASON_COLUMN, RowWriter};

impl Client {
    /// Sends bulk files. They need the site's system key.
    pub fn bulk(&self) -> Bulk {
        Bulk { client: self.clone() }
    }
}

/// The bulk files of a site; see the [module](self).
#[derive(Clone, Debug)]
pub struct Bulk {
    client: Client,
}

impl Bulk {
    /// Adds and changes training records, enrollments and sessions (`trainingHistoryCsv`).
    pub fn training_history<'a>(
        self,
        rows: impl IntoIterator<Item = TrainingHistoryRow, IntoIter: Send + 'a>,
    ) -> BulkUpload<'a, TrainingHistoryRow> {
        BulkUpload::of(self.client, rows)
    }

    /// As [`training_history`](Self::training_history), with rows whose source can fail, such as a [`RowReader`] in
    /// `futures_util::stream::iter`. A [`CsvError::Invalid`] counts as an invalid row; another error ends the upload.
    pub fn training_history_stream<'a, E>(
        self,
        rows: impl Stream<Item = Result<TrainingHistoryRow, E>> + Send + 'a,
    ) -> BulkUpload<'a, TrainingHistoryRow>
    where
        E: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        BulkUpload::of_stream(self.client, rows)
    }

    /// Adds, changes and deletes external training records (`externalTrainingCsv`).
    pub fn external_training<'a>(
        self,
        rows: impl IntoIterator<Item = ExternalTrainingRow, IntoIter: Send + 'a>,
    ) -> BulkUpload<'a, ExternalTrainingRow> {
        BulkUpload::of(self.client, rows)
    }

    /// As [`external_training`](Self::external_training), with rows whose source can fail, such as a [`RowReader`] in
    /// `futures_util::stream::iter`. A [`CsvError::Invalid`] counts as an invalid row; another error ends the upload.
    pub fn external_training_stream<'a, E>(
        self,
        rows: impl Stream<Item = Result<ExternalTrainingRow, E>> + Send + 'a,
    ) -> BulkUpload<'a, ExternalTrainingRow>
    where
        E: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        BulkUpload::of_stream(self.client, rows)
    }
}
