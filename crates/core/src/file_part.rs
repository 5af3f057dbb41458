//! Files as parts of a form.

use std::fmt;
#[cfg(feature = "files")]
use std::path::Path;

use bytes::Bytes;
use futures_core::Stream;

use crate::Body;
#[cfg(feature = "files")]
use crate::{Error, ErrorKind};

/// A file to send, as one part of a form.
///
/// | made by | held in memory | sent again after a failure or redirect |
/// | --- | --- | --- |
/// | [`new`](Self::new) with bytes or text | as a whole | yes |
/// | [`from_path`](Self::from_path) | two pieces of 64 KiB | yes: the file is opened anew |
/// | [`stream`](Self::stream) | what the stream yields | only if nothing of it was read |
/// | [`new`](Self::new) with [`Body::repeatable`] | what its streams yield | yes: opened anew |
///
/// ```
/// use rosterkit_core::FilePart;
///
/// let package = FilePart::new("module.zip", vec![0x50, 0x4b]).with_media_type("application/zip");
/// assert_eq!(package.file_name(), "module.zip");
/// ```
pub struct FilePart {
    file_name: String,
    media_type: String,
    body: Body,
}

const BYTES: &str = "application/octet-stream";

impl FilePart {
    /// A file of media type `application/octet-stream`. Pass a [`Body::stream`] for one that should not be held in
    /// memory, with its length if it is known.
    pub fn new(file_name: impl Into<String>, body: impl Into<Body>) -> Self {
        Self { file_name: file_name.into(), media_type: BYTES.to_owned(), body: body.into() }
    }

    /// A file that is read from a stream while it is sent; see [`Body::stream`]. With a `length`, in bytes, the whole
    /// form has a known length, which some services insist on.
    ///
    /// ```
    /// use futures_util::stream;
    /// use rosterkit_core::{FilePart, bytes::Bytes};
    ///
    /// let zeros = Bytes::from_static(&[0; 4096]);
    /// let chunks = stream::iter((0..10).map(move |_| Ok::<_, std::io::Error>(zeros.clone())));
    /// let video = FilePart::stream("lesson.mp4", chunks, Some(40_960)).with_media_type("video/mp4");
    /// assert_eq!(video.body().length(), Some(40_960));
    /// ```
    pub fn stream<E>(
        file_name: impl Into<String>,
        stream: impl Stream<Item = Result<Bytes, E>> + Send + 'static,
        length: Option<u64>,
    ) -> Self
    where
        E: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        Self::new(file_name, Body::stream(stream, length))
    }

    /// A file on disk under its own name, read while it is sent; see [`Body::file`]. Feature `files`.
    ///
    /// The media type is guessed from the extension of the name, whatever its case: `avi`, `csv`, `doc`, `docx`, `gif`,
    /// `htm`, `html`, `jpeg`, `jpg`, `json`, `mov`, `mp3`, `mp4`, `odt`, `pdf`, `png`, `ppt`, `pptx`, `rtf`, `svg`, `txt`,
    /// `webm`, `webp`, `xls`, `xlsx`, `xml`, `zip`; anything else is `application/octet-stream`.
    ///
    /// ```
    /// use rosterkit_core::FilePart;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let directory = tempfile::tempdir()?;
    /// let path = directory.path().join("certificate.PDF");
    /// std::fs::write(&path, "%PDF-1.7")?;
    ///
    /// let certificate = FilePart::from_path(&path).await?;
    /// assert_eq!((certificate.file_name(), certificate.media_type()), ("certificate.PDF", "application/pdf"));
    /// assert_eq!(certificate.body().length(), Some(8));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Body::file`], and [`ErrorKind::RequestBody`] if the path has no file name or one that is not Unicode.
    #[cfg(feature = "files")]
    pub async fn from_path(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        let Some(file_name) = path.file_name().and_then(|name| name.to_str()) else {
            let error = Error::new(ErrorKind::RequestBody, "the path of the file to send ends in no Unicode file name");
            return Err(error.with_advice("give the file a name with `FilePart::new` and `Body::file`"));
        };
        Ok(Self::new(file_name, Body::file(path).await?).with_media_type(guess(file_name)))
    }

    /// Sets the media type, such as `text/csv`.
    pub fn with_media_type(mut self, media_type: impl Into<String>) -> Self {
        self.media_type = media_type.into();
        self
    }

    /// Sets the name that the service is told.
    pub fn with_file_name(mut self, file_name: impl Into<String>) -> Self {
        self.file_name = file_name.into();
        self
    }

    /// Calls a function with the bytes of the file sent so far and those of the whole file, if known; see
    /// [`Body::with_progress`].
    pub fn with_progress(mut self, progress: impl Fn(u64, Option<u64>) + Send + Sync + 'static) -> Self {
        self.body = self.body.with_progress(progress);
        self
    }

    /// The name that the service is told.
    pub fn file_name(&self) -> &str {
        &self.file_name
    }

    /// The media type.
    pub fn media_type(&self) -> &str {
        &self.media_type
    }

    /// The content.
    pub fn body(&self) -> &Body {
        &self.body
    }

    pub(crate) fn into_body(self) -> Body {
        self.body
    }
}

/// Leaves out the name: people name files after people.
impl fmt::Debug for FilePart {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = formatter.debug_struct("FilePart");
        shown.field("media_type", &self.media_type).field("body", &self.body).finish_non_exhaustive()
    }
}

/// What people attach to training records, and what courses are made of.
#[cfg(feature = "files")]
fn guess(file_name: &str) -> &'static str {
    let extension = file_name.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase());
    match extension.as_deref().unwrap_or_default() {
        "avi" => "video/x-msvideo",
        "csv" => "text/csv",
        "doc" => "application/msword",
        "docx" => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "gif" => "image/gif",
        "htm" | "html" => "text/html",
        "jpeg" | "jpg" => "image/jpeg",
        "json" => "application/json",
        "mov" => "video/quicktime",
        "mp3" => "audio/mpeg",
        "mp4" => "video/mp4",
        "odt" => "application/vnd.oasis.opendocument.text",
        "pdf" => "application/pdf",
        "png" => "image/png",
        "ppt" => "application/vnd.ms-powerpoint",
        "pptx" => "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        "rtf" => "application/rtf",
        "svg" => "image/svg+xml",
        "txt" => "text/plain",
        "webm" => "video/webm",
        "webp" => "image/webp",
        "xls" => "application/vnd.ms-excel",
        "xlsx" => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "xml" => "application/xml",
        "zip" => "application/zip",
        _ => BYTES,
    }
}
