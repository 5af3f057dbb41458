//! Reads items on a thread of its own, so that a slow pipe blocks neither the rest of the program nor Ctrl-C.

use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rosterkit_core::csv::{self, OPEN_QUOTE, RecordReader, STRAY_QUOTE};
use tokio::sync::mpsc;

use super::columns::Columns;
use super::{InputFormat, Raw, Record};
use crate::context::Context;
use crate::error::Error;
use crate::files;
use crate::strict_json;

/// How many items are buffered.
const AHEAD: usize = 256;
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";
/// How many bytes of a line are read at most: neither a byte order mark nor the end of the line counts as its length.
const LONGEST_READ: u64 = (BYTE_ORDER_MARK.len() + super::LONGEST + b"\r\n".len()) as u64;

/// Items from a file or from standard input.
pub(crate) struct Input {
    header: Option<Vec<u8>>,
    records: mpsc::Receiver<Result<Record, Error>>,
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
        let format = format.map_or_else(|| by_extension(path), Ok)?;
        let name = path.display().to_string();
        let source = Source::open(context, path)?;
        let (read, length) = source.position();
        let (sender, mut records) = mpsc::channel(AHEAD);
        let (header_sender, header) = tokio::sync::oneshot::channel();
        let work = move || match format {
            InputFormat::Jsonl => {
                let _ = header_sender.send(Ok(None));
                lines(BufReader::with_capacity(64 * 1024, source), &name, &sender);
            }
            InputFormat::Csv => rows(source, &name, &json, header_sender, &sender),
        };
        let spawned = std::thread::Builder::new().name("rosterkit-input".to_owned()).spawn(work);
        spawned.map_err(|error| Error::usage(format!("the input cannot be read: {error}")))?;
        let Ok(header) = header.await else {
            records.close();
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
        self.records.recv().await
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

fn by_extension(path: &Path) -> Result<InputFormat, Error> {
    let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    match extension.to_ascii_lowercase().as_str() {
        "csv" => Ok(InputFormat::Csv),
        "jsonl" | "ndjson" => Ok(InputFormat::Jsonl),
        _ => Err(Error::usage(format!(
            "the form of the input `{}` does not follow from its name: give --input-format csv or jsonl",
            path.display()
        ))),
    }
}

type Sender = mpsc::Sender<Result<Record, Error>>;

/// Sends items until the end, or until the receiver is dropped.
fn lines(mut reader: impl BufRead, name: &str, sender: &Sender) {
    let mut number = 0;
    loop {
        number += 1;
        let mut line = Vec::new();
        match (&mut reader).take(LONGEST_READ).read_until(b'\n', &mut line) {
            Ok(0) => return,
            Ok(_) => {}
            Err(error) => return drop(sender.blocking_send(Err(broken(name, &error)))),
        }
        if number == 1 && line.starts_with(BYTE_ORDER_MARK) {
            line.drain(..BYTE_ORDER_MARK.len());
        }
        if line.pop_if(|byte| *byte == b'\n').is_some() {
            line.pop_if(|byte| *byte == b'\r');
        }
        if line.len() > super::LONGEST {
            let problem = format!("line {number} of `{name}` is longer than {} MiB", super::LONGEST >> 20);
            return drop(sender.blocking_send(Err(Error::usage(problem))));
        }
        while line.pop_if(|byte| *byte == b'\r').is_some() {}
        if line.trim_ascii().is_empty() {
            continue;
        }
        let value = strict_json::object(&line);
        if sender.blocking_send(Ok(Record { line: number, raw: Raw::Line(line), value })).is_err() {
            return;
        }
    }
}

fn rows(
    reader: impl Read,
    name: &str,
    json: &[&str],
    header_sender: tokio::sync::oneshot::Sender<Result<Option<Vec<u8>>, Error>>,
    sender: &Sender,
) {
    let refuse = |problem: String| Error::usage(format!("`{name}`: {problem}"));
    let mut reader = RecordReader::new(reader, super::LONGEST);
    let mut row = csv::Record::default();
    let columns = match header(&mut reader, &mut row, json) {
        Ok(columns) => columns,
        Err(problem) => return drop(header_sender.send(Err(refuse(problem)))),
    };
    if header_sender.send(Ok(Some(row.raw().to_vec()))).is_err() {
        return;
    }
    loop {
        match reader.read(&mut row) {
            Ok(false) => return,
            Ok(true) => {}
            Err(error) => {
                let problem = match error {
                    csv::Error::OpenQuote { line, cell } => {
                        let column = columns.name(cell);
                        format!("line {line}: `{column}` {OPEN_QUOTE}: all rows after it would be read as its text")
                    }
                    error => error.to_string(),
                };
                return drop(sender.blocking_send(Err(refuse(problem))));
            }
        }
        let value = match row.stray_quote() {
            None => columns.object(&row),
            Some(cell) => Err(format!("`{}` {STRAY_QUOTE}", columns.name(cell))),
        };
        let record = Record { line: row.line(), raw: Raw::Row(row.raw().to_vec()), value };
        if sender.blocking_send(Ok(record)).is_err() {
            return;
        }
    }
}

/// Reads the header.
fn header(reader: &mut RecordReader<impl Read>, row: &mut csv::Record, json: &[&str]) -> Result<Columns, String> {
    let read = reader.read(row);
    let invalid = match &read {
        Ok(_) => row.stray_quote(),
        Err(csv::Error::OpenQuote { cell, .. }) => Some(*cell),
        Err(_) => None,
    };
    if let Some(cell) = invalid {
        return Err(format!("invalid quotation marks in column {} of the header", cell + 1));
    }
    read.map_err(|error| error.to_string())?;
    Columns::parse(row, json)
}

fn broken(name: &str, error: &dyn std::error::Error) -> Error {
    Error::usage(format!("`{name}` cannot be read: {error}"))
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

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;
    use crate::input::LONGEST;

    /// The lengths of the lines, and whether the reader refused one then.
    fn lengths(input: Vec<u8>) -> (Vec<usize>, bool) {
        let (sender, mut records) = mpsc::channel(AHEAD);
        lines(Cursor::new(input), "in.jsonl", &sender);
        drop(sender);
        let mut lengths = Vec::new();
        while let Some(record) = records.blocking_recv() {
            match record.map(|record| (record.value, record.raw)) {
                Ok((Ok(_), Raw::Line(line))) => lengths.push(line.len()),
                _ => return (lengths, true),
            }
        }
        (lengths, false)
    }

    #[test]
    fn neither_a_byte_order_mark_nor_the_end_of_a_line_counts_towards_its_limit() {
        let line = |length: usize| [&b"{}"[..], &vec![b' '; length - 2]].concat();
        for mark in [&b""[..], BYTE_ORDER_MARK] {
            for end in [&b""[..], b"\n", b"\r\n", b"\n{}", b"\r\n{}\n"] {
                let mut expected = vec![LONGEST];
                expected.extend(end.contains(&b'{').then_some(2));
                assert_eq!(lengths([mark, &line(LONGEST), end].concat()), (expected, false), "{end:?}");
                for more in [1, 2, 3, 6] {
                    assert_eq!(lengths([mark, &line(LONGEST + more), end].concat()), (vec![], true), "{more} {end:?}");
                }
            }
        }
        let second = |length| [&b"{}\n"[..], &line(length), b"\r\n"].concat();
        assert_eq!(lengths(second(LONGEST)), (vec![2, LONGEST], false));
        assert_eq!(lengths(second(LONGEST + 1)), (vec![2], true));
    }
}
