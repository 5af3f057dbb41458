//! What the two files have in common.

use futures_util::Stream;
use peoplefluent_lms::Client;
use peoplefluent_lms::bulk::{BulkRow, BulkUpload, CsvError, ExternalTrainingRow, TrainingHistoryRow};

use crate::text;

/// A row of one of the two files.
pub(super) trait Kind: BulkRow {
    /// Sends rows.
    fn import<'a>(
        client: &'a Client,
        rows: impl Stream<Item = Result<Self, CsvError>> + Send + 'a,
    ) -> BulkUpload<'a, Self>;

    /// What the row is called in its outcome line.
    fn title(&self) -> String;
}

impl Kind for TrainingHistoryRow {
    fn import<'a>(
        client: &'a Client,
        rows: impl Stream<Item = Result<Self, CsvError>> + Send + 'a,
    ) -> BulkUpload<'a, Self> {
        client.bulk().training_history_stream(rows)
    }

    fn title(&self) -> String {
        title([self.user_id.as_deref(), self.learning_id.as_deref().or(self.title.as_deref())])
    }
}

impl Kind for ExternalTrainingRow {
    fn import<'a>(
        client: &'a Client,
        rows: impl Stream<Item = Result<Self, CsvError>> + Send + 'a,
    ) -> BulkUpload<'a, Self> {
        client.bulk().external_training_stream(rows)
    }

    fn title(&self) -> String {
        match self.record_id.as_deref().filter(|id| !id.trim().is_empty()) {
            Some(id) => title([Some(id), None]),
            None => title([self.user_id.as_deref(), self.title.as_deref()]),
        }
    }
}

fn title(parts: [Option<&str>; 2]) -> String {
    text::shortened(&parts.into_iter().flatten().collect::<Vec<_>>().join(" "), 100)
}
