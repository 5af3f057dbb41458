//! Answers to files of rows, for the servers of tests.

use std::fmt;
use std::marker::PhantomData;

use super::CsvError;
use super::report::{NOTHING_FAILED, WARNING};
use super::row::BulkRow;
use super::writer::{Columns, line};

/// The report of a site on a file of rows, for the servers of your tests: rows that are not listed were accepted.
///
/// ```
/// use peoplefluent_lms::bulk::{MockResponse, ExternalTrainingRow};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let rows = ["a.roe", "b.poe", "c.loe"].map(|user| ExternalTrainingRow::add(user, "First aid"));
/// let report = MockResponse::new().warned(&rows[1], "No unit.").rejected(&rows[2], "No such user.").text()?;
///
/// let site = httpmock::MockServer::start_async().await;
/// site.mock_async(|when, then| {
///     when.path("/ekp/contentHandler/externalTrainingCsv");
///     then.status(200).header("content-type", "text/plain").body(report);
/// })
/// .await;
/// let client = peoplefluent_lms::Client::builder().base_url(site.url("/ekp/")).system_key("key").build()?;
/// let counts = client.bulk().external_training(rows).report().await?.counts;
/// assert_eq!((counts.accepted, counts.warned, counts.rejected), (1, 1, 1));
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
#[must_use = "a report does nothing until its text is taken"]
pub struct MockResponse<Row> {
    columns: Columns,
    /// The cells and the reason of each row.
    listed: Vec<Vec<String>>,
    has_failed: bool,
    row: PhantomData<fn(&Row)>,
}

impl<Row: BulkRow> MockResponse<Row> {
    /// The report on rows with all columns.
    pub fn new() -> Self {
        Self::of(Columns::all::<Row>())
    }

    /// The report on rows with these [columns](super::BulkUpload::columns).
    ///
    /// # Errors
    /// [`CsvError::Header`] if a name is none of the row's columns, there is none, or one is missing that every file has.
    pub fn with_columns(names: impl IntoIterator<Item: AsRef<str>>) -> Result<Self, CsvError> {
        Columns::named::<Row>(names).map(Self::of)
    }

    fn of(columns: Columns) -> Self {
        Self { columns, listed: Vec::new(), has_failed: false, row: PhantomData }
    }

    /// Lists a row that failed.
    pub fn rejected(mut self, row: &Row, reason: &str) -> Self {
        self.has_failed = true;
        self.list(row, reason.to_owned())
    }

    /// Lists a row that was carried out with a warning.
    pub fn warned(self, row: &Row, warning: &str) -> Self {
        self.list(row, format!("{WARNING} {warning}"))
    }

    fn list(mut self, row: &Row, reason: String) -> Self {
        self.listed.push(self.columns.texts(&row.cells()).map(Into::into).chain([reason]).collect());
        self
    }

    /// The text of the report.
    ///
    /// # Errors
    /// As writing a file of rows; in memory there is no cause.
    pub fn text(&self) -> Result<String, CsvError> {
        let mut text = String::from("Correct the rows below and send them again.\r\n").into_bytes();
        text.extend(line(self.columns.names::<Row>())?);
        for cells in &self.listed {
            text.extend(line(cells)?);
        }
        if !self.has_failed {
            text.extend_from_slice(format!("{NOTHING_FAILED}.\r\n").as_bytes());
        }
        // Cells are text, so nothing is replaced here.
        Ok(String::from_utf8_lossy(&text).into_owned())
    }
}

impl<Row: BulkRow> Default for MockResponse<Row> {
    fn default() -> Self {
        Self::new()
    }
}

/// Shows how many rows are listed. What is in them can be personal.
impl<Row> fmt::Debug for MockResponse<Row> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("MockResponse").field("listed", &self.listed.len()).finish_non_exhaustive()
    }
}
