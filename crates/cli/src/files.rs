//! Values of arguments that can be text, a file or standard input, and bodies that are saved to files.

use std::fs;
use std::io::{self, Read as _};
use std::path::Path;

use futures_util::{Stream, StreamExt as _, stream};
use rosterkit_core::bytes::{Bytes, BytesMut};
use rosterkit_core::input::strict_json::{self, Problem};
use rosterkit_core::{Body, Error as CallError};
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncReadExt as _};

use crate::atomic_file::AtomicFile;
use crate::context::Context;
use crate::error::Error;

/// How many bytes of a stream are read at once.
const CHUNK: usize = 64 * 1024;
/// The maximum size of a JSON argument, in bytes. Other bodies are streamed.
const MAX_JSON: u64 = 256 << 20;

/// The value of an argument: `TEXT`, `@FILE` or `-` (standard input).
pub(crate) enum Source<'a> {
    Text(&'a str),
    File(&'a Path),
    Stdin,
}

impl<'a> Source<'a> {
    pub(crate) fn of(argument: &'a str) -> Self {
        match argument.strip_prefix('@') {
            _ if matches!(argument, "-" | "@-") => Self::Stdin,
            Some(path) => Self::File(Path::new(path)),
            None => Self::Text(argument),
        }
    }

    /// Reads it as JSON. `what` names the argument in messages.
    pub(crate) fn json(&self, context: &Context, what: &'static str) -> Result<Value, Error> {
        let read = match self {
            Self::Text(text) => return parse(text.as_bytes(), what, "; use @FILE for a file"),
            Self::File(path) => open(path)?.take(MAX_JSON + 1).bytes_read(),
            Self::Stdin => {
                context.claim_stdin(what)?;
                io::stdin().lock().take(MAX_JSON + 1).bytes_read()
            }
        };
        let bytes = read.map_err(|error| Error::usage(format!("cannot read {what}: {error}")))?;
        if bytes.len() as u64 > MAX_JSON {
            return Err(Error::usage(format!("{what} is larger than the maximum of {} MiB", MAX_JSON >> 20)));
        }
        parse(&bytes, what, "")
    }

    /// Streams it as a request body.
    pub(crate) async fn body(&self, context: &Context, what: &'static str) -> Result<Body, Error> {
        match self {
            Self::Text(text) => Ok((*text).to_owned().into()),
            Self::File(path) => stream_file(path).await,
            Self::Stdin => {
                context.claim_stdin(what)?;
                Ok(Body::stream(chunks(tokio::io::stdin()), None))
            }
        }
    }
}

trait BytesRead {
    fn bytes_read(self) -> io::Result<Vec<u8>>;
}

impl<R: io::Read> BytesRead for R {
    fn bytes_read(mut self) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.read_to_end(&mut bytes)?;
        Ok(bytes)
    }
}

/// The message has the location and not the text, which may be a secret.
fn parse(bytes: &[u8], what: &str, advice: &str) -> Result<Value, Error> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    strict_json::value(bytes).map_err(|Problem { cause, line, column }| {
        Error::usage(match cause {
            Some(cause) => format!("{what}: {cause}"),
            None => format!("{what}: invalid JSON at line {line}, column {column}{advice}"),
        })
    })
}

/// Opens a file for reading.
pub(crate) fn open(path: &Path) -> Result<fs::File, Error> {
    let unreadable = |error| Error::usage(format!("cannot read `{}`: {error}", path.display()));
    let file = fs::File::open(path).map_err(unreadable)?;
    match file.metadata().map_err(unreadable)?.is_dir() {
        true => Err(Error::usage(format!("`{}` is a folder: expected a file", path.display()))),
        false => Ok(file),
    }
}

/// A file as a request body, which is streamed. Pipes have no length.
pub(crate) async fn stream_file(path: &Path) -> Result<Body, Error> {
    let file = open(path)?;
    let metadata = file.metadata().ok().filter(fs::Metadata::is_file);
    let file = tokio::fs::File::from_std(file);
    Ok(Body::stream(chunks(file), metadata.map(|metadata| metadata.len())))
}

fn chunks(reader: impl AsyncRead + Unpin + Send + 'static) -> impl Stream<Item = io::Result<Bytes>> + Send {
    stream::try_unfold(reader, async |mut reader| {
        let mut chunk = BytesMut::with_capacity(CHUNK);
        let read = reader.read_buf(&mut chunk).await?;
        Ok((read > 0).then(|| (chunk.freeze(), reader)))
    })
}

/// The beginning of a body, at most about 4 KiB, which tells whether it is an error.
pub(crate) async fn head(body: &mut Body) -> Result<Vec<u8>, CallError> {
    let mut head = Vec::new();
    while head.len() < 4096 {
        match body.next().await {
            Some(chunk) => head.extend_from_slice(&chunk?),
            None => break,
        }
    }
    Ok(head)
}

/// Writes a response body whose beginning was read before to a file, all or nothing.
pub(crate) async fn save(path: &Path, head: &[u8], mut body: Body) -> Result<(), Error> {
    let mut file = AtomicFile::create(path)?;
    file.add(head)?;
    while let Some(chunk) = body.next().await {
        file.add(&chunk.map_err(|error: CallError| Error::from(error))?)?;
    }
    file.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invalid_json_is_reported_without_its_text() {
        let error = parse(b"{\"password\": hunter2}", "--body", "").expect_err("no JSON");
        let message = error.message(true).unwrap_or_default();
        assert!(message.contains("--body") && message.contains("line 1") && !message.contains("hunter2"), "{message}");
    }
}
