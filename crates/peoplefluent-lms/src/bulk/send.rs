//! Sends uploads, one or several at a time, and finds out what became of their rows.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use encoding_rs::{Encoding, UTF_8};
use futures_core::Stream;
use futures_core::stream::BoxStream;
use futures_util::StreamExt as _;
use rosterkit_core::batch::{Batch, Cancellation};
use rosterkit_core::{Operation, http::header};

use super::checked_row::CheckedRow;
use super::row::BulkRow;
use super::writer::Columns;
use super::{ItemOutcome, Outcome, UnmatchedRow, matching, report};
use crate::{Body, CallOptions, Client, Error, Response};

/// What happens after an upload whose outcome is not known, or that was not carried out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnFailure {
    /// The next upload is sent.
    #[default]
    Continue,
    /// Nothing more is sent: the other rows come out as [not sent](Outcome::NotSent). Uploads in flight at the
    /// same time go on.
    Stop,
}

/// How rows are divided into uploads.
#[derive(Clone, Copy)]
pub(super) struct Chunks {
    pub max_rows: usize,
    pub max_bytes: u64,
    pub concurrency: usize,
    pub keeps_going: bool,
}

impl Chunks {
    pub fn send<'a, Row: BulkRow>(
        self,
        rows: BoxStream<'a, CheckedRow<Row>>,
        sender: Sender,
        stop: &Cancellation,
    ) -> impl Stream<Item = ItemOutcome<Option<Row>, ()>> + Send + use<'a, Row> {
        let send = move |rows: &[CheckedRow<Row>]| sender.send(rows);
        let read = |_: &[CheckedRow<Row>], outcomes| outcomes;
        let batch = Batch::of_stream(rows, send, read).check(CheckedRow::check).cancellation(stop);
        let batch = batch.size(self.max_rows).max_weight(self.max_bytes, CheckedRow::weight);
        let batch = batch.concurrency(self.concurrency).keep_going(self.keeps_going);
        batch.ordered().map(|outcome| outcome.map_item(CheckedRow::into_row))
    }
}

/// Sends an upload and reads its report.
#[derive(Clone)]
pub(super) struct Sender {
    pub client: Client,
    pub columns: Columns,
    /// The header line.
    pub header: Arc<[u8]>,
    pub options: CallOptions,
    pub on_failure: OnFailure,
    /// Why nothing more is sent.
    pub failure: Arc<Mutex<Option<Arc<Error>>>>,
    pub unmatched: Arc<Mutex<Vec<UnmatchedRow>>>,
}

impl Sender {
    fn send<Row: BulkRow>(
        &self,
        rows: &[CheckedRow<Row>],
    ) -> impl Future<Output = Result<Vec<Outcome<()>>, Error>> + Send + use<Row> {
        let this = self.clone();
        let names = self.columns.names::<Row>();
        let mut body = self.header.to_vec();
        let mut sent = Vec::with_capacity(rows.len());
        let mut is_idempotent = true;
        for row in rows {
            // The batch sends no invalid rows.
            if let CheckedRow::Line { row, line } = row {
                body.extend_from_slice(line);
                is_idempotent &= row.is_idempotent();
                sent.push(self.columns.texts(&row.cells()).map(matching::normalized).collect::<Vec<_>>());
            }
        }
        // Below the options of this upload, and above those of the client.
        let client = this.client.with_options(CallOptions::new().idempotent(is_idempotent));
        async move { this.upload::<Row>(&client, body, &names, &sent).await }
    }

    /// One outcome for each row sent.
    async fn upload<Row: BulkRow>(
        &self,
        client: &Client,
        body: Vec<u8>,
        names: &[&'static str],
        sent: &[Vec<String>],
    ) -> Result<Vec<Outcome<()>>, Error> {
        let failure = locked(&self.failure).clone();
        if let Some(error) = failure {
            return Ok(vec![Outcome::NotSent(error); sent.len()]);
        }
        let limit = response_limit(body.len());
        let response = Row::upload(client, body.into(), self.options.clone()).await;
        let text = match response {
            Ok(response) => read_text(Row::OPERATION, response, limit).await,
            Err(error) => Err(error),
        };
        let judged = match text {
            Ok(text) => report::judge::<Row>(&text, names, sent),
            Err(error) if self.on_failure == OnFailure::Continue => return Err(error),
            Err(error) => return Ok(vec![Outcome::from_error(self.fail(error), |_| None); sent.len()]),
        };
        locked(&self.unmatched).extend(judged.unmatched);
        let rest = match judged.doubt {
            Some(doubt) => Outcome::Unknown(self.fail(Error::decode(Row::OPERATION, doubt))),
            None => Outcome::Accepted(()),
        };
        Ok(judged.listed.into_iter().map(|outcome| outcome.unwrap_or_else(|| rest.clone())).collect())
    }

    /// Notes that an upload failed.
    fn fail(&self, error: Error) -> Arc<Error> {
        let error = Arc::new(error);
        if self.on_failure == OnFailure::Stop {
            locked(&self.failure).get_or_insert_with(|| Arc::clone(&error));
        }
        error
    }
}

/// What a panic elsewhere leaves behind is whole: it is replaced in one step.
pub(super) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The lowest limit on the bytes of a response.
const MIN_LIMIT: usize = 16 * 1024 * 1024;

/// The number of bytes that the response to an upload may have. It repeats each row at most once, with a reason.
fn response_limit(sent: usize) -> usize {
    sent.saturating_mul(16).max(MIN_LIMIT)
}

/// The text of a response, in the encoding that it names, or UTF-8. What is not in that encoding is replaced: a row in
/// which that happens is recognized by its other cells, or not at all, which leaves it unknown.
async fn read_text(operation: &'static Operation, response: Response<Body>, limit: usize) -> Result<String, Error> {
    let content_type = response.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let encoding = content_type.and_then(charset).unwrap_or(UTF_8);
    let mut body = response.into_inner();
    let mut bytes = Vec::new();
    while let Some(chunk) = body.next().await.transpose()? {
        bytes.extend_from_slice(&chunk);
        if bytes.len() > limit {
            return Err(Error::decode(operation, "the response is longer than one about the rows sent could be"));
        }
    }
    Ok(encoding.decode(&bytes).0.into_owned())
}

fn charset(content_type: &str) -> Option<&'static Encoding> {
    let mut parameters = content_type.split(';').skip(1).filter_map(|parameter| parameter.split_once('='));
    let (_, label) = parameters.find(|(name, _)| name.trim().eq_ignore_ascii_case("charset"))?;
    Encoding::for_label(label.trim().trim_matches('"').as_bytes())
}
