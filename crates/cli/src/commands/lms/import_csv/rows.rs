//! Rows of an input with their line numbers.
//!
//! A thread of its own reads them, so that a slow pipe blocks neither the rest of the program nor Ctrl-C.

use peoplefluent_lms::bulk::{BulkRow, CsvError, InvalidRows, ReadOptions, RowReader};
use tokio::sync::oneshot;

use crate::error::Error;
use crate::input::{Receiver, Sender, Source, chunks};

/// A row of the input.
pub(super) enum Item<Row> {
    Row {
        /// The line where it begins, counted from 1.
        line: u64,
        /// Its text in the input.
        raw: Vec<u8>,
        row: Result<Row, InvalidRows>,
    },
    /// The rest of the input cannot be read.
    Broken(CsvError),
}

/// The rows of an input.
pub(super) struct Rows<Row> {
    /// The header line of the input.
    pub header: Vec<u8>,
    /// The columns of the input that rows have.
    pub columns: Vec<&'static str>,
    /// The columns of the input that are ignored.
    pub ignored: Vec<String>,
    items: Receiver<Item<Row>>,
}

/// The header line.
struct Header {
    raw: Vec<u8>,
    columns: Vec<&'static str>,
    ignored: Vec<String>,
}

impl<Row: BulkRow> Rows<Row> {
    /// Starts to read.
    pub(super) async fn open(source: Source, options: ReadOptions, name: String) -> Result<Self, Error> {
        let (sender, items) = chunks();
        let (header_sender, header) = oneshot::channel();
        let work = move || read::<Row>(source, &options, header_sender, sender);
        let spawned = std::thread::Builder::new().name("rosterkit-input".to_owned()).spawn(work);
        spawned.map_err(|error| Error::usage(format!("the input cannot be read: {error}")))?;
        let ended = || Error::usage("the input cannot be read: its reader ended early");
        let header = header.await.map_err(|_| ended())?;
        let Header { raw, columns, ignored } = header.map_err(|error| Error::usage(format!("`{name}`: {error}")))?;
        Ok(Self { header: raw, columns, ignored, items })
    }

    /// The next row; `None` at the end.
    pub(super) async fn next(&mut self) -> Option<Item<Row>> {
        self.items.next().await
    }
}

/// Sends rows until the end, or until the receiver is dropped.
fn read<Row: BulkRow>(
    source: Source,
    options: &ReadOptions,
    header_sender: oneshot::Sender<Result<Header, CsvError>>,
    sender: Sender<Item<Row>>,
) {
    let mut rows = match RowReader::<Row, _>::with_options(sender.before(source), options) {
        Ok(rows) => rows,
        Err(error) => return drop(header_sender.send(Err(error))),
    };
    let (columns, ignored) = (rows.columns(), rows.ignored_columns().to_vec());
    if header_sender.send(Ok(Header { raw: rows.header().to_vec(), columns, ignored })).is_err() {
        return;
    }
    while let Some(row) = rows.next() {
        let row = match row {
            Ok(row) => Ok(row),
            Err(CsvError::Invalid(problems)) => Err(problems),
            Err(error) => {
                if sender.push(Item::Broken(error)).is_ok() {
                    sender.finish();
                }
                return;
            }
        };
        let record = rows.record();
        if sender.push(Item::Row { line: record.line(), raw: record.raw().to_vec(), row }).is_err() {
            return;
        }
    }
    sender.finish();
}
