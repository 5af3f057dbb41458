//! Rows of an input, each with the line that it stands in.
//!
//! They are read on a thread of its own, so that a slow pipe holds up nothing else and Ctrl-C is heard. Two readers go
//! through the same bytes in step: the one of the LMS's rows, and one that keeps them as they stand in the input, for
//! the file of rows that failed.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::io::{self, Read};
use std::rc::Rc;

use csv::ByteRecord;
use peoplefluent_lms::bulk::{BulkRow, CsvError, InvalidRows, ReadOptions, RowReader};
use tokio::sync::{mpsc, oneshot};

use crate::error::Error;
use crate::input::{Lines, Source, read_standing};

/// How many rows wait to be used.
const AHEAD: usize = 256;

/// A row of the input.
pub(super) enum Item<Row> {
    Row {
        /// The line that it begins in, counted from 1.
        line: u64,
        /// It as it stands in the input.
        raw: Vec<u8>,
        row: Result<Row, InvalidRows>,
    },
    /// The input cannot be read on.
    Broken(CsvError),
}

/// The rows of an input.
pub(super) struct Rows<Row> {
    /// The first line, as it stands in the input.
    pub header: ByteRecord,
    /// The columns of the input that rows have.
    pub columns: Vec<&'static str>,
    /// The columns of the input that are left out.
    pub ignored: Vec<String>,
    items: mpsc::Receiver<Item<Row>>,
}

/// What the first line says.
struct Header {
    raw: ByteRecord,
    columns: Vec<&'static str>,
    ignored: Vec<String>,
}

impl<Row: BulkRow> Rows<Row> {
    /// Begins to read.
    pub(super) async fn open(source: Source, options: ReadOptions, name: String) -> Result<Self, Error> {
        let (sender, items) = mpsc::channel(AHEAD);
        let (header_sender, header) = oneshot::channel();
        let work = move || read::<Row>(source, &options, header_sender, &sender);
        let spawned = std::thread::Builder::new().name("rosterkit-input".to_owned()).spawn(work);
        spawned.map_err(|error| Error::usage(format!("the input cannot be read: {error}")))?;
        let ended = || Error::usage("the input cannot be read: its reader ended early");
        let header = header.await.map_err(|_| ended())?;
        let Header { raw, columns, ignored } = header.map_err(|error| Error::usage(format!("`{name}`: {error}")))?;
        Ok(Self { header: raw, columns, ignored, items })
    }

    /// The next row; `None` at the end.
    pub(super) async fn next(&mut self) -> Option<Item<Row>> {
        self.items.recv().await
    }
}

/// Sends rows until the end, or until nobody takes them.
fn read<Row: BulkRow>(
    source: Source,
    options: &ReadOptions,
    header_sender: oneshot::Sender<Result<Header, CsvError>>,
    sender: &mpsc::Sender<Item<Row>>,
) {
    let seen = Seen::default();
    let mut raw = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(Lines::new(seen.clone()));
    let mut record = ByteRecord::new();
    let rows = match RowReader::<Row, _>::with_options(Tee { source, seen }, options) {
        Ok(rows) => rows,
        Err(error) => return drop(header_sender.send(Err(error))),
    };
    if let Err(error) = raw.read_byte_record(&mut record) {
        return drop(header_sender.send(Err(CsvError::Io(error.into()))));
    }
    let (columns, ignored) = (rows.columns(), rows.ignored_columns().to_vec());
    if header_sender.send(Ok(Header { raw: record.clone(), columns, ignored })).is_err() {
        return;
    }
    for row in rows {
        let row = match row {
            Ok(row) => Ok(row),
            Err(CsvError::Invalid(problems)) => Err(problems),
            Err(error) => return drop(sender.blocking_send(Item::Broken(error))),
        };
        let standing = match read_standing(&mut raw, &mut record) {
            Ok(Some(standing)) => standing,
            Ok(None) => {
                let error = io::Error::new(io::ErrorKind::UnexpectedEof, "the input ended between two readers");
                return drop(sender.blocking_send(Item::Broken(CsvError::Io(error))));
            }
            Err(error) => return drop(sender.blocking_send(Item::Broken(CsvError::Io(error.into())))),
        };
        if sender.blocking_send(Item::Row { line: standing.line, raw: standing.bytes, row }).is_err() {
            return;
        }
    }
}

/// The bytes that the first reader has seen and the second one has not.
#[derive(Clone, Default)]
struct Seen(Rc<RefCell<VecDeque<u8>>>);

/// The second reader is never ahead of the first, so that an empty queue is the end.
impl Read for Seen {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.borrow_mut().read(buffer)
    }
}

/// Reads, and keeps what was read for the second reader.
struct Tee {
    source: Source,
    seen: Seen,
}

impl Read for Tee {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.source.read(buffer)?;
        self.seen.0.borrow_mut().extend(&buffer[..read]);
        Ok(read)
    }
}
