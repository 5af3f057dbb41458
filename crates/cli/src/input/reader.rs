//! Reads items on a thread of its own, so that a slow pipe blocks neither the rest of the program nor Ctrl-C.

use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rosterkit_core::input::{self, Field, Fields, Format, ReadOptions, Records};
use tokio::sync::oneshot;

use super::chunks::{Receiver, Sender, chunks};
use super::lent::Lender;
use super::mapping::{Mapping, Unbound};
use super::{ColumnOptions, Form, InputFormat, InputOptions, Raw, Record};
use crate::context::Context;
use crate::error::Error;
use crate::files;

/// Items from a file or from standard input.
pub(crate) struct Input {
    form: Form,
    fields: Vec<String>,
    records: Receiver<Result<Record, Error>>,
    read: Arc<AtomicU64>,
    length: Option<u64>,
}

impl Input {
    /// Opens the input and reads its header. `-` is standard input. Items can have these fields. Says which columns are
    /// ignored.
    pub(crate) async fn open(
        context: &Context,
        path: &Path,
        options: &InputOptions,
        fields: Fields,
    ) -> Result<Self, Error> {
        let format = match options.input_format {
            Some(InputFormat::Csv) => Format::Csv,
            Some(InputFormat::Jsonl) => Format::JsonLines,
            None => by_extension(path)?,
        };
        Self::open_as(context, path, format, Some(&options.columns), fields).await
    }

    /// Opens an input whose command has no options for it, and takes any fields.
    pub(crate) async fn open_plain(context: &Context, path: &Path) -> Result<Self, Error> {
        Self::open_as(context, path, by_extension(path)?, None, Fields::any()).await
    }

    /// The same for a file of this format, with options for its columns if the command has them.
    pub(crate) async fn open_as(
        context: &Context,
        path: &Path,
        format: Format,
        columns: Option<&ColumnOptions>,
        fields: Fields,
    ) -> Result<Self, Error> {
        let plan = Plan::new(format, columns, fields)?;
        let name = path.display().to_string();
        let source = Source::open(context, path)?;
        let (read, length) = (Arc::clone(&source.read), source.length);
        let (sender, records) = chunks();
        let (start_sender, start) = oneshot::channel();
        let work = move || send(source, plan, &name, start_sender, sender);
        let spawned = std::thread::Builder::new().name("rosterkit-input".to_owned()).spawn(work);
        spawned.map_err(|error| Error::usage(format!("the input cannot be read: {error}")))?;
        let Ok(start) = start.await else {
            return Err(Error::usage("the input cannot be read: its reader ended early"));
        };
        let Start { form, fields, ignored } = start?;
        if !ignored.is_empty() {
            context.hint(format_args!("ignored columns: {}", ignored.join(", ")));
        }
        Ok(Self { form, fields, records, read, length })
    }

    /// How the input is written.
    pub(crate) fn form(&self) -> &Form {
        &self.form
    }

    /// The names of the fields that items can have, if the format has a header.
    pub(crate) fn fields(&self) -> &[String] {
        &self.fields
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

/// How the input is read.
struct Plan {
    options: ReadOptions,
    mapping: Option<Mapping>,
    has_options: bool,
}

impl Plan {
    fn new(format: Format, columns: Option<&ColumnOptions>, fields: Fields) -> Result<Self, Error> {
        let options = ReadOptions::new(format);
        let Some(columns) = columns else {
            return Ok(Self { options: options.fields(fields), mapping: None, has_options: false });
        };
        let unknown = columns.unknown();
        let options = options.delimiter(columns.delimiter).encoding(columns.encoding.into());
        let rules: Vec<_> = columns.map.iter().flat_map(|rules| rules.0.iter().cloned()).collect();
        let (options, mapping) = if rules.is_empty() {
            (options.fields(fields).unknown_fields(unknown), None)
        } else {
            let mapping = Mapping::new(rules.into_iter(), fields, unknown).map_err(Error::Usage)?;
            (options.verbatim(), Some(mapping))
        };
        Ok(Self { options, mapping, has_options: true })
    }

    /// The message about a file that cannot be read, with what to do about it.
    fn message(&self, error: &input::Error) -> String {
        match error {
            input::Error::UnknownColumns(problem) if self.has_options => self.unknown(problem),
            input::Error::Delimiter { seen, .. } if self.has_options => {
                let seen = seen.escape_default();
                let option = if seen.to_string() == "\\t" { "tab".to_owned() } else { format!("'{seen}'") };
                format!("the columns are separated by `{seen}`: give --delimiter {option}")
            }
            input::Error::Encoding { column } if self.has_options => {
                let encodings = "--encoding windows-1252, utf-16le or utf-16be";
                format!("the name of column {column} is not UTF-8: give {encodings}, or save the file as UTF-8")
            }
            error => error.to_string(),
        }
    }

    fn unknown(&self, problem: &str) -> String {
        format!(
            "{problem} (--on-unknown-column ignore leaves columns out, --map gives fields from columns of other names)"
        )
    }
}

/// What is known before the first item.
struct Start {
    form: Form,
    fields: Vec<String>,
    ignored: Vec<String>,
}

/// Sends what is known at the start, then items until the end or until the receiver is dropped.
fn send(
    source: Source,
    mut plan: Plan,
    name: &str,
    start_sender: oneshot::Sender<Result<Start, Error>>,
    sender: Sender<Result<Record, Error>>,
) {
    let refuse = |problem: String| Error::usage(format!("`{name}`: {problem}"));
    let (records, start) = match start(sender.before(source), &mut plan) {
        Ok(started) => started,
        Err(problem) => return drop(start_sender.send(Err(refuse(problem)))),
    };
    if start_sender.send(Ok(start)).is_err() {
        return;
    }
    let (texts, values) = (Lender::new(), Lender::new());
    for record in records {
        let record = record.map_err(|error| refuse(plan.message(&error)));
        let record = record.map(|input::Record { line, raw, has_line_break, value }| {
            let raw = Raw { text: texts.lend(raw), has_line_break };
            let value = match &plan.mapping {
                Some(mapping) => value.and_then(|value| mapping.item(value)),
                None => value,
            };
            Record { line, raw, value: value.map(|value| values.lend(value)) }
        });
        if sender.push(record).is_err() {
            return;
        }
    }
    sender.finish();
}

fn start<R: Read>(source: R, plan: &mut Plan) -> Result<(Records<R>, Start), String> {
    let records = Records::new(source, plan.options.clone()).map_err(|error| plan.message(&error))?;
    let mut ignored = records.ignored_columns();
    let mut fields: Vec<String> = records.fields().unwrap_or_default().into_iter().map(Field::name).collect();
    if let (Some(mapping), Some(columns)) = (&mut plan.mapping, records.columns()) {
        ignored = match mapping.bind(&columns) {
            Ok(ignored) => ignored,
            Err(Unbound::Missing(problem)) => return Err(problem),
            Err(Unbound::Unknown(problem)) => return Err(plan.unknown(&problem)),
        };
        fields = mapping.fields().map(Field::name).collect();
    }
    let form = Form { header: records.header().map(<[u8]>::to_vec), encoded_as: records.encoded_as() };
    let start = Start { form, fields, ignored };
    Ok((records, start))
}

/// The number of bytes read, and the total if it is known.
pub(crate) type Position = (Arc<AtomicU64>, Option<u64>);

/// The bytes of an input, counted.
struct Source {
    reader: Box<dyn Read + Send>,
    read: Arc<AtomicU64>,
    length: Option<u64>,
}

impl Source {
    /// Opens a file; `-` is standard input.
    fn open(context: &Context, path: &Path) -> Result<Self, Error> {
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
}

impl Read for Source {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.reader.read(buffer)?;
        self.read.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}
