//! People of a file, CSV or JSON lines by its extension.
//!
//! The file is read on a blocking thread, which is a few chunks ahead at most. It counts as complete only if every row is
//! valid, the number of rows is the expected one, and the file did not change meanwhile: somebody may be writing it.

use std::fs::{self, File, Metadata};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

use rosterkit_core::input::{EmptyCell, Format, ReadOptions, Records};
use tokio::sync::mpsc;

use super::record::Record;
use super::report::counted;
use super::{CHUNK, ReadReport, Row, SourceError};

/// How many chunks the thread is ahead.
const AHEAD: usize = 2;

/// A read of a file.
#[derive(Debug)]
pub(super) struct Rows {
    path: PathBuf,
    expect_rows: Option<u64>,
    chunks: Option<mpsc::Receiver<Result<Chunk, SourceError>>>,
    /// The number of rows so far, invalid ones included.
    read: u64,
}

/// Rows as they follow each other in the file.
#[derive(Debug, Default)]
struct Chunk {
    rows: Vec<Row>,
    /// The rows among them that are invalid: their lines and why.
    invalid: Vec<(u64, String)>,
    /// The last one: whether the file is still the same, if not, how it differs.
    end: Option<Result<(), &'static str>>,
}

impl Rows {
    pub(super) fn new(path: &Path, expect_rows: Option<u64>) -> Self {
        Self { path: path.to_owned(), expect_rows, chunks: None, read: 0 }
    }

    pub(super) async fn next(&mut self, report: &mut ReadReport) -> Result<Option<Vec<Record>>, SourceError> {
        loop {
            let chunk = self.chunk().await?;
            self.read += (chunk.rows.len() + chunk.invalid.len()) as u64;
            for (line, problem) in chunk.invalid {
                report.is_unreadable(|| format!("line {line}: {problem}"));
            }
            if !chunk.rows.is_empty() {
                return Ok(Some(chunk.rows.into_iter().map(Record::Row).collect()));
            }
            if let Some(end) = chunk.end {
                self.end(end, report);
                return Ok(None);
            }
        }
    }

    async fn chunk(&mut self) -> Result<Chunk, SourceError> {
        let chunks = self.chunks.get_or_insert_with(|| {
            let (sender, chunks) = mpsc::channel(AHEAD);
            let path = self.path.clone();
            // It ends by itself when the receiver is dropped.
            drop(tokio::task::spawn_blocking(move || {
                if let Err(error) = read(&path, &sender) {
                    let _ = sender.blocking_send(Err(error));
                }
            }));
            chunks
        });
        chunks.recv().await.unwrap_or_else(|| Err(failed(&self.path, "its reader ended early")))
    }

    fn end(&self, end: Result<(), &'static str>, report: &mut ReadReport) {
        if let Some(expected) = self.expect_rows.filter(|expected| *expected != self.read) {
            let has = counted(self.read, "row", "rows");
            report.is_incomplete(format!("the file has {has}, but `expect_rows` is {expected}"));
        }
        if let Err(change) = end {
            report.is_incomplete(format!("the file changed while it was read: {change}"));
        }
    }
}

fn failed(path: &Path, problem: impl ToString) -> SourceError {
    SourceError::File { path: path.display().to_string(), problem: problem.to_string() }
}

type Sender = mpsc::Sender<Result<Chunk, SourceError>>;

/// Sends the rows, until the end or until the receiver is dropped.
fn read(path: &Path, sender: &Sender) -> Result<(), SourceError> {
    let failed = |problem: &dyn ToString| failed(path, problem.to_string());
    let format = Format::of_path(path)
        .ok_or_else(|| failed(&"its format does not follow from its name: expected .csv, .jsonl or .ndjson"))?;
    // To open a pipe would wait for its writer, and what it gives cannot be compared with anything.
    if !fs::metadata(path).map_err(|error| failed(&error))?.is_file() {
        return Err(failed(&"expected a regular file"));
    }
    let file = File::open(path).map_err(|error| failed(&error))?;
    let before = Version::of(&file.metadata().map_err(|error| failed(&error))?);
    let (file, bytes) = Counted::new(file);
    // What a row leaves out must not be cleared at the target: with empty texts, a row must have all its cells.
    let options = ReadOptions::new(format).empty_cell(EmptyCell::EmptyText);
    let records = Records::new(file, options).map_err(|error| failed(&error))?;
    let mut chunk = Chunk::default();
    for record in records {
        let record = record.map_err(|error| failed(&error))?;
        match record.value {
            Ok(value) => chunk.rows.push(Row::complete(value)),
            Err(problem) => chunk.invalid.push((record.line, problem)),
        }
        if chunk.rows.len() + chunk.invalid.len() >= CHUNK
            && sender.blocking_send(Ok(std::mem::take(&mut chunk))).is_err()
        {
            return Ok(());
        }
    }
    if !chunk.rows.is_empty() && sender.blocking_send(Ok(std::mem::take(&mut chunk))).is_err() {
        return Ok(());
    }
    // By its path, so that another file in its place is noticed.
    let change = match fs::metadata(path) {
        Err(_) => Err("it is gone"),
        Ok(after) => before.compare(&Version::of(&after), bytes.load(Ordering::Relaxed)),
    };
    let _ = sender.blocking_send(Ok(Chunk { end: Some(change), ..chunk }));
    Ok(())
}

/// What tells one content of a file from another without reading it.
#[derive(Debug, PartialEq)]
struct Version {
    size: u64,
    modified: Option<SystemTime>,
    /// Device and inode, where there are some.
    file: Option<(u64, u64)>,
}

impl Version {
    fn of(metadata: &Metadata) -> Self {
        Self { size: metadata.len(), modified: metadata.modified().ok(), file: identity(metadata) }
    }

    /// Whether this is the same as later, and as many bytes were read; if not, how it differs.
    fn compare(&self, after: &Self, bytes: u64) -> Result<(), &'static str> {
        if self.file != after.file {
            Err("another file is in its place")
        } else if self.size != after.size || bytes != self.size {
            Err("it has another size")
        } else if self.modified != after.modified {
            Err("it was written to")
        } else {
            Ok(())
        }
    }
}

#[cfg(unix)]
fn identity(metadata: &Metadata) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt as _;

    Some((metadata.dev(), metadata.ino()))
}

#[cfg(not(unix))]
fn identity(_: &Metadata) -> Option<(u64, u64)> {
    None
}

/// A file that counts what is read from it.
struct Counted {
    file: File,
    bytes: Arc<AtomicU64>,
}

impl Counted {
    fn new(file: File) -> (Self, Arc<AtomicU64>) {
        let bytes = Arc::<AtomicU64>::default();
        (Self { file, bytes: Arc::clone(&bytes) }, bytes)
    }
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(buffer)?;
        self.bytes.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}
