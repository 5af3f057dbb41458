//! Bodies that are read from a file while they are sent.
//!
//! The length of a file is said before its content is sent, so a file that changes meanwhile would turn the request into
//! a lie. It is checked when the file is opened, on the way, and before the last piece goes out: a file that changed fails
//! the request instead of arriving cut off or mixed.

use std::fs::Metadata;
use std::io;
use std::path::{Path, PathBuf, absolute};
use std::sync::Arc;
use std::time::SystemTime;

use bytes::{Bytes, BytesMut};
use futures_core::Stream;
use futures_util::stream;
use tokio::fs::File;
use tokio::io::AsyncReadExt as _;

use super::{Body, Source, checked};
use crate::{Error, ErrorKind};

/// How many bytes are read at once. Two such pieces are held at a time.
const PIECE: usize = 64 * 1024;

impl Body {
    /// The content of a file, which is read while it is sent and never held as a whole. Feature `files`.
    ///
    /// The file is opened anew for each attempt, so a request that has one is repeated and redirected like one whose body
    /// is in memory. Its length and time of change are noted now.
    ///
    /// # Errors
    /// [`ErrorKind::RequestBody`] if there is no such file, it cannot be read or is not a regular file (pass a
    /// [`stream`](Self::stream) for a pipe). Sending fails with the same kind if the file changed since this call.
    pub async fn file(path: impl AsRef<Path>) -> Result<Self, Error> {
        // A change of the working directory must not lead to another file.
        let path: PathBuf = absolute(path).map_err(|error| failed("finding", &error))?;
        // Opened now although it is read later: a file that may not be read fails before anything is sent.
        let file = File::open(&path).await.map_err(|error| failed("opening", &error))?;
        let metadata = file.metadata().await.map_err(|error| failed("looking at", &error))?;
        if !metadata.is_file() {
            let error = Error::new(ErrorKind::RequestBody, "the path is not a regular file");
            return Err(error.with_advice("name a file, or pass a stream with its length"));
        }
        let (path, stamp) = (Arc::from(path), Stamp::of(&metadata));
        let length = Some(stamp.length);
        Ok(Source::new(move || checked(read(Arc::clone(&path), stamp), length), length).into())
    }
}

/// What shows that a file is still the same.
#[derive(Clone, Copy, PartialEq)]
struct Stamp {
    length: u64,
    /// `None` where the file system does not tell.
    modified: Option<SystemTime>,
}

impl Stamp {
    fn of(metadata: &Metadata) -> Self {
        Self { length: metadata.len(), modified: metadata.modified().ok() }
    }

    async fn check(self, file: &File) -> Result<(), Error> {
        let metadata = file.metadata().await.map_err(|error| failed("looking at", &error))?;
        if Self::of(&metadata) == self { Ok(()) } else { Err(changed()) }
    }
}

/// An open file, and the piece of it that goes out next.
struct Reading {
    file: File,
    next: Option<Bytes>,
    read: u64,
}

/// Reads one piece ahead, so that the last one is held back until the file turned out to end there.
fn read(path: Arc<Path>, stamp: Stamp) -> impl Stream<Item = Result<Bytes, Error>> + Send {
    stream::try_unfold(None, move |reading: Option<Reading>| {
        let path = Arc::clone(&path);
        async move {
            let mut reading = match reading {
                Some(reading) => reading,
                None => {
                    let file = File::open(&path).await.map_err(|error| failed("opening", &error))?;
                    stamp.check(&file).await?;
                    Reading { file, next: None, read: 0 }
                }
            };
            loop {
                let mut piece = BytesMut::with_capacity(PIECE);
                reading.file.read_buf(&mut piece).await.map_err(|error| failed("reading", &error))?;
                reading.read += piece.len() as u64;
                let is_end = piece.is_empty();
                if reading.read > stamp.length || (is_end && reading.read < stamp.length) {
                    return Err(changed());
                }
                if is_end {
                    stamp.check(&reading.file).await?;
                    return Ok(reading.next.take().map(|last| (last, Some(reading))));
                }
                if let Some(ready) = reading.next.replace(piece.freeze()) {
                    return Ok(Some((ready, Some(reading))));
                }
            }
        }
    })
}

/// The path stays out: names of files hold names of people.
fn failed(doing: &str, error: &io::Error) -> Error {
    Error::new(ErrorKind::RequestBody, format!("{doing} the file to send failed: {}", error.kind()))
}

fn changed() -> Error {
    Error::new(ErrorKind::RequestBody, "the file to send was changed")
        .with_advice("send a file that is not being written, such as a copy")
}
