//! Reads items on a thread of its own, so that a slow pipe blocks neither the rest of the program nor Ctrl-C.

use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rosterkit_core::input::{self, EmptyCell, Format, Records};
use tokio::sync::oneshot;

use super::chunks::{Receiver, Sender, chunks};
use super::{InputFormat, Raw, Record};
use crate::context::Context;
use crate::error::Error;
use crate::files;

/// Items from a file or from standard input.
pub(crate) struct Input {
    header: Option<Vec<u8>>,
    records: Receiver<Result<Record, Error>>,
    read: Arc<AtomicU64>,
    length: Option<u64>,
}

impl Input {
    /// Opens the input and reads its header. `-` is standard input. Columns in `json` hold JSON.
    pub(crate) async fn open(
        context: &Context,
        path: &Path,
        format: Option<InputFormat>,
        json: Vec<&'static str>,
    ) -> Result<Self, Error> {
        let format = match format {
            Some(InputFormat::Csv) => Format::Csv,
            Some(InputFormat::Jsonl) => Format::JsonLines,
            None => by_extension(path)?,
        };
        let name = path.display().to_string();
        let source = Source::open(context, path)?;
        let (read, length) = source.position();
        let (sender, records) = chunks();
        let (header_sender, header) = oneshot::channel();
        let work = move || send(source, format, &name, &json, header_sender, sender);
        let spawned = std::thread::Builder::new().name("rosterkit-input".to_owned()).spawn(work);
        spawned.map_err(|error| Error::usage(format!("the input cannot be read: {error}")))?;
        let Ok(header) = header.await else {
            return Err(Error::usage("the input cannot be read: its reader ended early"));
        };
        Ok(Self { header: header?, records, read, length })
    }

    /// The header, if the format has one.
    pub(crate) fn header(&self) -> Option<&[u8]> {
        self.header.as_deref()
    }

    /// The next item; `None` at the end.
    pub(crate) async fn next(&mut self) -> Option<Result<Record, Error>> {
        self.records.next().await
    }

    /// Whether the input is a file, whose end is always reached.
    pub(crate) fn is_file(&self) -> bool {
        self.length.is_some()
    }

    /// The number of bytes read, and the total.
    pub(crate) fn progress(&self) -> Position {
        (Arc::clone(&self.read), self.length)
    }
}

fn by_extension(path: &Path) -> Result<Format, Error> {
    Format::of_path(path).ok_or_else(|| {
        Error::usage(format!(
            "the form of the input `{}` does not follow from its name: give --input-format csv or jsonl",
            path.display()
        ))
    })
}

/// Sends the header, then items until the end or until the receiver is dropped.
fn send(
    source: Source,
    format: Format,
    name: &str,
    json: &[&str],
    header_sender: oneshot::Sender<Result<Option<Vec<u8>>, Error>>,
    sender: Sender<Result<Record, Error>>,
) {
    let source = sender.before(source);
    let refuse = |error: input::Error| Error::usage(format!("`{name}`: {error}"));
    let records = match Records::new(source, format, json, EmptyCell::Absent) {
        Ok(records) => records,
        Err(error) => return drop(header_sender.send(Err(refuse(error)))),
    };
    if header_sender.send(Ok(records.header().map(<[u8]>::to_vec))).is_err() {
        return;
    }
    for record in records {
        let record = record.map_err(refuse).map(|input::Record { line, raw, value }| {
            let raw = if format == Format::Csv { Raw::Row(raw) } else { Raw::Line(raw) };
            Record { line, raw, value }
        });
        if sender.push(record).is_err() {
            return;
        }
    }
    sender.finish();
}

/// The number of bytes read, and the total if it is known.
pub(crate) type Position = (Arc<AtomicU64>, Option<u64>);

/// The bytes of an input, counted.
pub(crate) struct Source {
    reader: Box<dyn Read + Send>,
    read: Arc<AtomicU64>,
    length: Option<u64>,
}

impl Source {
    /// Opens a file; `-` is standard input.
    pub(crate) fn open(context: &Context, path: &Path) -> Result<Self, Error> {
        let (reader, length): (Box<dyn Read + Send>, _) = if path == Path::new("-") {
            context.claim_stdin("input (--from -)")?;
            (Box::new(io::stdin()), None)
        } else {
            let file = files::open(path)?;
            let length = file.metadata().ok().filter(std::fs::Metadata::is_file).map(|metadata| metadata.len());
            (Box::new(file), length)
        };
        Ok(Self { reader, read: Arc::default(), length })
    }

    pub(crate) fn position(&self) -> Position {
        (Arc::clone(&self.read), self.length)
    }
}

impl Read for Source {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.reader.read(buffer)?;
        self.read.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}
