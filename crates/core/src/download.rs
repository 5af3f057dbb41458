//! Bodies of responses into writers and files.
//!
//! A file is written under another name in the same directory and renamed when it is complete, so that no reader ever sees
//! a part of one, and nothing is left behind by a transfer that breaks off, is too large or is dropped.

mod file_name;

use std::io;
use std::path::{Path, PathBuf};

use futures_util::StreamExt as _;
use tokio::io::{AsyncWrite, AsyncWriteExt as _};
use tokio::task::spawn_blocking;

use crate::atomic_file::{AtomicFile, Existing};
use crate::{Body, Error, ErrorKind};

/// How a body is saved to a file.
///
/// | setting | default |
/// | --- | --- |
/// | [`limit`](Self::limit) | 4 GiB |
/// | [`overwrite`](Self::overwrite) | `false` |
/// | [`private`](Self::private) | `false` |
///
/// ```
/// use rosterkit_core::SaveOptions;
///
/// // A certificate is a page or two.
/// let options = SaveOptions::new().limit(20 * 1024 * 1024).private(true);
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct SaveOptions {
    limit: u64,
    overwrite: bool,
    private: bool,
}

impl Default for SaveOptions {
    fn default() -> Self {
        Self { limit: 4 * 1024 * 1024 * 1024, overwrite: false, private: false }
    }
}

impl SaveOptions {
    /// The defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the largest number of bytes that is taken.
    pub fn limit(mut self, bytes: u64) -> Self {
        self.limit = bytes;
        self
    }

    /// Whether a file that is there already is replaced. It keeps its content until the new one is complete, and passes
    /// on its permissions.
    pub fn overwrite(mut self, overwrite: bool) -> Self {
        self.overwrite = overwrite;
        self
    }

    /// Whether only its owner may read the file, which has the permissions of any new file otherwise. It makes no
    /// difference on Windows.
    pub fn private(mut self, private: bool) -> Self {
        self.private = private;
        self
    }
}

/// A file that was saved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Saved {
    /// Where it is.
    pub path: PathBuf,
    /// How many bytes it has.
    pub bytes: u64,
}

/// Available with the feature `files`.
impl Body {
    /// Writes the body to a writer as it arrives, flushes it, and gives the number of bytes. Of a body that is longer
    /// than `limit` bytes, nothing is written if its length is known beforehand, and `limit` bytes at most otherwise.
    ///
    /// ```
    /// use rosterkit_core::Body;
    ///
    /// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
    /// let mut file = Vec::new();
    /// assert_eq!(Body::from("id,name\n").write_to(&mut file, 1024).await?, 8);
    /// assert!(Body::from("id,name\n").write_to(&mut file, 7).await.is_err());
    /// # Ok::<(), rosterkit_core::Error>(()) })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// - [`TooLarge`](ErrorKind::TooLarge) if the body exceeds the limit,
    /// - [`Output`](ErrorKind::Output) if the writer fails,
    /// - [`UnexpectedMediaType`](ErrorKind::UnexpectedMediaType) if an HTML page came instead of what was expected,
    /// - [`Transport`](ErrorKind::Transport), [`Timeout`](ErrorKind::Timeout) and [`RequestBody`](ErrorKind::RequestBody)
    ///   as for [`bytes`](Self::bytes). A response that ends before its announced length is one that breaks off.
    pub async fn write_to(self, writer: &mut (impl AsyncWrite + Unpin + ?Sized), limit: u64) -> Result<u64, Error> {
        Ok(self.pour(writer, limit).await?.0)
    }

    /// Writes the body, and gives the number of bytes with what is left: nothing, but it knows its call.
    async fn pour(mut self, writer: &mut (impl AsyncWrite + Unpin + ?Sized), limit: u64) -> Result<(u64, Self), Error> {
        let announced = self.length();
        if announced.is_some_and(|length| length > limit) {
            return Err(self.too_large(limit));
        }
        let mut written = 0_u64;
        while let Some(chunk) = self.next().await.transpose()? {
            let total = written + chunk.len() as u64;
            if total > limit {
                return Err(self.too_large(limit));
            }
            writer.write_all(&chunk).await.map_err(|error| self.output("writing", &error))?;
            written = total;
        }
        if announced.is_some_and(|length| length != written) {
            return Err(
                self.attributed(Error::new(ErrorKind::Transport, "the response ended before its announced length"))
            );
        }
        writer.flush().await.map_err(|error| self.output("writing", &error))?;
        Ok((written, self))
    }

    /// Saves the body as a file, and gives the number of bytes.
    ///
    /// It is written beside its place under another name, made durable, and then renamed. When this fails, or its future
    /// is dropped, nothing of it is left, and a file that was there before is as it was. A symbolic link is replaced and
    /// not followed.
    ///
    /// ```no_run
    /// # use rosterkit_core::{Body, SaveOptions};
    /// # async fn run(body: Body) -> Result<(), rosterkit_core::Error> {
    /// let bytes = body.save_to("certificate.pdf", SaveOptions::new()).await?;
    /// println!("{bytes} bytes");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Those of [`write_to`](Self::write_to), and [`Output`](ErrorKind::Output) if the file exists and may not be replaced,
    /// its directory does not exist, or the disk fails or is full. The message does not name the file.
    pub async fn save_to(self, path: impl AsRef<Path>, options: SaveOptions) -> Result<u64, Error> {
        if self.length().is_some_and(|length| length > options.limit) {
            return Err(self.too_large(options.limit));
        }
        let existing = if options.overwrite { Existing::Replace } else { Existing::Keep };
        let target = path.as_ref().to_owned();
        let created = blocking(move || {
            let file = AtomicFile::create(target, existing, options.private)?;
            let writer = file.as_file().try_clone()?;
            Ok((file, tokio::fs::File::from_std(writer)))
        });
        let (file, mut writer) = created.await.map_err(|error| self.output("creating the file", &error))?;
        let (written, rest) = self.pour(&mut writer, options.limit).await?;
        let persisted = blocking(move || file.persist()).await;
        persisted.map_err(|error| rest.output("writing the file", &error))?;
        Ok(written)
    }

    /// Saves the body into a directory, under the [name that the service suggests](Self::file_name) or else the
    /// `fallback`.
    ///
    /// The suggestion is never trusted: parts of a path, control characters, characters and names that some file system
    /// does not take, and dots at its beginning (a hidden file) or end are left out, and a long one is cut.
    ///
    /// ```no_run
    /// # use rosterkit_core::{Body, SaveOptions};
    /// # async fn run(body: Body) -> Result<(), rosterkit_core::Error> {
    /// let saved = body.save_into("certificates", "certificate.pdf", SaveOptions::new()).await?;
    /// println!("{} ({} bytes)", saved.path.display(), saved.bytes);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Those of [`save_to`](Self::save_to).
    pub async fn save_into(
        self,
        directory: impl AsRef<Path>,
        fallback: &str,
        options: SaveOptions,
    ) -> Result<Saved, Error> {
        let name = self.file_name().and_then(file_name::safe).unwrap_or_else(|| fallback.to_owned());
        let path = directory.as_ref().join(name);
        let bytes = self.save_to(&path, options).await?;
        Ok(Saved { path, bytes })
    }

    fn too_large(&self, limit: u64) -> Error {
        self.attributed(
            Error::new(ErrorKind::TooLarge, format!("the response has more than {limit} bytes"))
                .with_advice("raise the limit if so much is expected"),
        )
    }

    fn output(&self, doing: &'static str, error: &std::io::Error) -> Error {
        // The system's own text is left out: it may quote a path.
        self.attributed(Error::new(ErrorKind::Output, format!("{doing} failed: {}", error.kind())))
    }
}

/// Work on the disk, kept off the threads that wait for the network.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> io::Result<T> {
    // Joining fails only when the runtime shuts down.
    spawn_blocking(work).await.unwrap_or_else(|_| Err(io::ErrorKind::Interrupted.into()))
}
