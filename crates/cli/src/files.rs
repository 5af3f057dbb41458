//! Files that arguments name: read whole or as a stream, and written all or nothing.

use std::fs;
use std::io::{self, Read as _, Write};
use std::path::{Path, PathBuf};

use futures_util::{Stream, StreamExt as _, stream};
use rosterkit_core::bytes::{Bytes, BytesMut};
use rosterkit_core::{Body, Error};
use serde_json::Value;
use tempfile::NamedTempFile;
use tokio::io::{AsyncRead, AsyncReadExt as _};

use crate::app::App;
use crate::failure::Failure;
use crate::interrupt::Temporary;

/// How much of a stream is read at once.
const CHUNK: usize = 64 * 1024;
/// How large a JSON argument can be. Larger bodies are streamed.
const LARGEST_JSON: u64 = 256 << 20;

/// Where the content of an argument stands: `TEXT`, `@FILE` or `-`.
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
    pub(crate) fn json(&self, app: &App, what: &'static str) -> Result<Value, Failure> {
        let read = match self {
            Self::Text(text) => return parse(text.as_bytes(), what, "; a file is given as @FILE"),
            Self::File(path) => open(path)?.take(LARGEST_JSON + 1).bytes_read(),
            Self::Stdin => {
                app.claim_stdin(what)?;
                io::stdin().lock().take(LARGEST_JSON + 1).bytes_read()
            }
        };
        let bytes = read.map_err(|error| Failure::usage(format!("{what} cannot be read: {error}")))?;
        if bytes.len() as u64 > LARGEST_JSON {
            return Err(Failure::usage(format!("{what} is larger than {} MiB", LARGEST_JSON >> 20)));
        }
        parse(&bytes, what, "")
    }

    /// Reads it as bytes while they are sent.
    pub(crate) async fn body(&self, app: &App, what: &'static str) -> Result<Body, Failure> {
        match self {
            Self::Text(text) => Ok((*text).to_owned().into()),
            Self::File(path) => stream_file(path).await,
            Self::Stdin => {
                app.claim_stdin(what)?;
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

/// The message tells the place and not the text, which may be a secret.
fn parse(bytes: &[u8], what: &str, advice: &str) -> Result<Value, Failure> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    serde_json::from_slice(bytes).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        Failure::usage(format!("{what} is no JSON: line {line}, column {column}{advice}"))
    })
}

/// Opens a file to read it.
pub(crate) fn open(path: &Path) -> Result<fs::File, Failure> {
    let unreadable = |error| Failure::usage(format!("`{}` cannot be read: {error}", path.display()));
    let file = fs::File::open(path).map_err(unreadable)?;
    match file.metadata().map_err(unreadable)?.is_dir() {
        true => Err(Failure::usage(format!("`{}` is a folder, not a file", path.display()))),
        false => Ok(file),
    }
}

/// A file as a body that is read while it is sent. Pipes have no length.
pub(crate) async fn stream_file(path: &Path) -> Result<Body, Failure> {
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

/// A file that appears whole or not at all: it is written beside its place, and put there by
/// [`finish`](Self::finish). Dropped before, it leaves nothing.
///
/// What is no regular file, such as a device or a pipe, is written to directly.
pub(crate) struct AtomicFile {
    path: PathBuf,
    writer: io::BufWriter<Target>,
}

enum Target {
    /// The file, and what removes it if the process has to end at once. A file that is dropped is gone before that is.
    Beside(NamedTempFile, Temporary),
    Direct(fs::File),
}

impl Write for Target {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Beside(file, _) => file.write(bytes),
            Self::Direct(file) => file.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Beside(file, _) => file.flush(),
            Self::Direct(file) => file.flush(),
        }
    }
}

impl AtomicFile {
    /// Begins a file with the permissions that the system gives new files.
    pub(crate) fn create(path: &Path) -> Result<Self, Failure> {
        Self::with_mode(path, 0o666)
    }

    /// Begins a file that only its owner can read.
    pub(crate) fn private(path: &Path) -> Result<Self, Failure> {
        Self::with_mode(path, 0o600)
    }

    fn with_mode(path: &Path, mode: u32) -> Result<Self, Failure> {
        let unwritable = |error| Failure::write(path.display(), error);
        // A link stays a link: what it leads to is replaced.
        let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let target = match fs::metadata(&path) {
            Ok(found) if found.is_dir() => {
                return Err(Failure::usage(format!("`{}` is a folder: name a file in it", path.display())));
            }
            Ok(found) if !found.is_file() => {
                Target::Direct(fs::OpenOptions::new().write(true).open(&path).map_err(unwritable)?)
            }
            _ => {
                let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
                if !folder.is_dir() {
                    let problem = format!("there is no folder `{}`: make it, or name another one", folder.display());
                    return Err(unwritable(io::Error::new(io::ErrorKind::NotFound, problem)));
                }
                let mut builder = tempfile::Builder::new();
                builder.prefix(".rosterkit-").suffix(".part");
                #[cfg(unix)]
                builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(mode));
                #[cfg(not(unix))]
                let _ = mode;
                let file = builder.tempfile_in(folder).map_err(|error| unwritable(plain(error)))?;
                let temporary = Temporary::new(file.path());
                Target::Beside(file, temporary)
            }
        };
        Ok(Self { path, writer: io::BufWriter::with_capacity(CHUNK, target) })
    }

    /// Adds to the file.
    pub(crate) fn add(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        self.writer.write_all(bytes).map_err(|error| self.failure(error))
    }

    /// The failure that an error of writing it is.
    pub(crate) fn failure(&self, error: io::Error) -> Failure {
        Failure::write(self.path.display(), error)
    }

    /// Puts the file into its place.
    pub(crate) fn finish(self) -> Result<(), Failure> {
        let Self { path, writer } = self;
        let unwritable = |error| Failure::write(path.display(), error);
        match writer.into_inner().map_err(|error| unwritable(error.into_error()))? {
            Target::Direct(mut file) => file.flush().map_err(unwritable),
            Target::Beside(file, temporary) => {
                file.as_file().sync_all().map_err(unwritable)?;
                file.persist(&path).map_err(|error| unwritable(error.error))?;
                drop(temporary);
                Ok(())
            }
        }
    }
}

/// The error without the name of the temporary file, which says nothing to anybody.
fn plain(error: io::Error) -> io::Error {
    error.raw_os_error().or_else(|| source_code(&error)).map_or(error, io::Error::from_raw_os_error)
}

/// The system's code of an error within the error.
fn source_code(error: &io::Error) -> Option<i32> {
    let source = std::error::Error::source(error.get_ref()?)?;
    source.downcast_ref::<io::Error>()?.raw_os_error()
}

impl Write for AtomicFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.writer.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

/// Writes a body to a file, all or nothing.
pub(crate) async fn save(path: &Path, mut body: Body) -> Result<(), Failure> {
    let mut file = AtomicFile::create(path)?;
    while let Some(chunk) = body.next().await {
        file.add(&chunk.map_err(|error: Error| Failure::from(error))?)?;
    }
    file.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    type Outcome = Result<(), Box<dyn std::error::Error>>;

    #[test]
    fn a_file_that_is_not_finished_leaves_nothing() -> Outcome {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("answer.json");
        let mut file = AtomicFile::create(&path).map_err(|failure| format!("{failure:?}"))?;
        file.add(b"half").map_err(|failure| format!("{failure:?}"))?;
        drop(file);
        assert_eq!(fs::read_dir(folder.path())?.count(), 0);
        Ok(())
    }

    #[test]
    #[cfg(unix)]
    fn a_link_stays_a_link_and_a_private_file_is_private() -> Outcome {
        use std::os::unix::fs::{PermissionsExt as _, symlink};
        let folder = tempfile::tempdir()?;
        let (real, link) = (folder.path().join("real"), folder.path().join("link"));
        fs::write(&real, "old")?;
        symlink(&real, &link)?;
        let mut file = AtomicFile::private(&link).map_err(|failure| format!("{failure:?}"))?;
        file.add(b"new").map_err(|failure| format!("{failure:?}"))?;
        file.finish().map_err(|failure| format!("{failure:?}"))?;
        assert!(fs::symlink_metadata(&link)?.is_symlink());
        assert_eq!(fs::read_to_string(&real)?, "new");
        assert_eq!(fs::metadata(&real)?.permissions().mode() & 0o777, 0o600);
        Ok(())
    }

    #[test]
    #[cfg(unix)]
    fn a_device_is_written_to_and_not_replaced() {
        use std::os::unix::fs::FileTypeExt as _;
        let mut file = AtomicFile::create(Path::new("/dev/null")).expect("a device");
        assert!(file.add(b"gone").is_ok() && file.finish().is_ok());
        assert!(fs::metadata("/dev/null").is_ok_and(|found| found.file_type().is_char_device()));
    }

    #[test]
    fn what_is_no_json_is_named_without_its_text() {
        let failure = parse(b"{\"password\": hunter2}", "--body", "").expect_err("no JSON");
        let message = failure.message(true).unwrap_or_default();
        assert!(message.contains("--body") && message.contains("line 1") && !message.contains("hunter2"), "{message}");
    }
}
