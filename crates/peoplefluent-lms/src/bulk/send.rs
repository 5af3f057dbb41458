//! Sends uploads, one or several at a time, and finds out what became of their rows.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_core::Stream;
use futures_core::stream::BoxStream;
use futures_util::StreamExt as _;
use rosterkit_core::batch::{Batch, Cancellation};

use super::prepared::Prepared;
use super::row::BulkRow;
use super::writer::Columns;
use super::{ItemOutcome, OnFailure, Outcome, UnmatchedRow, answer, answer_text, matching};
use crate::{CallOptions, Client, Error};

/// How rows are cut into uploads.
#[derive(Clone, Copy)]
pub(super) struct Cut {
    pub max_rows: usize,
    pub max_bytes: u64,
    pub concurrency: usize,
}

impl Cut {
    pub fn send<'a, Row: BulkRow>(
        self,
        rows: BoxStream<'a, Prepared<Row>>,
        sender: Sender<'a>,
        stop: &Cancellation,
    ) -> impl Stream<Item = ItemOutcome<Option<Row>, ()>> + Send + use<'a, Row> {
        let send = move |rows: &[Prepared<Row>]| sender.send(rows);
        let read = |_: &[Prepared<Row>], outcomes| outcomes;
        let batch = Batch::of_stream(rows, send, read).check(Prepared::check).cancellation(stop);
        let batch = batch.size(self.max_rows).max_weight(self.max_bytes, Prepared::weight);
        batch.concurrency(self.concurrency).ordered().map(|outcome| outcome.map_item(Prepared::into_row))
    }
}

/// Sends an upload and reads its answer.
#[derive(Clone)]
pub(super) struct Sender<'a> {
    pub client: &'a Client,
    pub columns: Columns,
    /// The header line.
    pub header: Arc<[u8]>,
    pub options: CallOptions,
    pub on_failure: OnFailure,
    /// Why nothing more is sent.
    pub failure: Arc<Mutex<Option<Arc<Error>>>>,
    pub unmatched: Arc<Mutex<Vec<UnmatchedRow>>>,
}

impl<'a> Sender<'a> {
    fn send<Row: BulkRow>(
        &self,
        rows: &[Prepared<Row>],
    ) -> impl Future<Output = Result<Vec<Outcome<()>>, Error>> + Send + use<'a, Row> {
        let this = self.clone();
        let names = self.columns.names::<Row>();
        let mut body = self.header.to_vec();
        let mut sent = Vec::with_capacity(rows.len());
        for row in rows {
            // The batch sends no invalid rows.
            if let Prepared::Line { row, line } = row {
                body.extend_from_slice(line);
                let texts = self.columns.texts(&row.cells());
                sent.push(texts.iter().map(|text| matching::normalized(text)).collect::<Vec<_>>());
            }
        }
        async move { Ok(this.upload::<Row>(body, &names, &sent).await) }
    }

    /// One outcome for each row sent.
    async fn upload<Row: BulkRow>(
        &self,
        body: Vec<u8>,
        names: &[&'static str],
        sent: &[Vec<String>],
    ) -> Vec<Outcome<()>> {
        let failure = locked(&self.failure).clone();
        if let Some(error) = failure {
            return vec![Outcome::NotSent(error); sent.len()];
        }
        let limit = answer_text::limit(body.len());
        let answer = Row::upload(self.client, body.into(), self.options.clone()).await;
        let text = match answer {
            Ok(answer) => answer_text::read(Row::OPERATION, answer, limit).await,
            Err(error) => Err(error),
        };
        let judged = match text {
            Ok(text) => answer::judge::<Row>(&text, names, sent),
            Err(error) => {
                return vec![Outcome::from_error(self.fail(error), |_| None); sent.len()];
            }
        };
        locked(&self.unmatched).extend(judged.unmatched);
        let rest = match judged.doubt {
            Some(doubt) => Outcome::Unknown(self.fail(Error::decode(Row::OPERATION, doubt))),
            None => Outcome::Accepted(()),
        };
        judged.listed.into_iter().map(|outcome| outcome.unwrap_or_else(|| rest.clone())).collect()
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
