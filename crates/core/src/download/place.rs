//! A file that takes its place only when it is complete.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use tempfile::{NamedTempFile, TempPath};
use tokio::task::spawn_blocking;

/// What was being done, and why it failed.
pub(super) type Failure = (&'static str, io::Error);

/// A file under another name. It is deleted when this is dropped.
pub(super) struct Unfinished {
    file: tokio::fs::File,
    path: TempPath,
    target: PathBuf,
    overwrite: bool,
}

impl Unfinished {
    pub async fn create(target: &Path, overwrite: bool, private: bool) -> Result<Self, Failure> {
        let target = target.to_owned();
        let temporary = {
            let target = target.clone();
            blocking("creating the file", move || create(&target, overwrite, private)).await?
        };
        let (file, path) = temporary.into_parts();
        Ok(Self { file: tokio::fs::File::from_std(file), path, target, overwrite })
    }

    pub fn writer(&mut self) -> &mut tokio::fs::File {
        &mut self.file
    }

    /// Makes the file durable and puts it into its place.
    pub async fn finish(self) -> Result<(), Failure> {
        let Self { file, path, target, overwrite } = self;
        let file = file.into_std().await;
        blocking("writing the file", move || file.sync_all()).await?;
        blocking("putting the file into its place", move || {
            match overwrite {
                true => path.persist(&target),
                // Somebody else may have made one since.
                false => path.persist_noclobber(&target),
            }
            .map_err(|error| error.error)?;
            sync_directory(&target)
        })
        .await
    }
}

fn create(target: &Path, overwrite: bool, private: bool) -> io::Result<NamedTempFile> {
    if target.file_name().is_none() || target.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    let existing = match fs::symlink_metadata(target) {
        Ok(_) if !overwrite => return Err(io::ErrorKind::AlreadyExists.into()),
        Ok(metadata) => Some(metadata).filter(fs::Metadata::is_file),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(error),
    };
    let mut builder = tempfile::Builder::new();
    builder.prefix(".").suffix(".part");
    // Without this, a file is its owner's alone.
    #[cfg(unix)]
    if !private && existing.is_none() {
        use std::os::unix::fs::PermissionsExt as _;
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    let temporary = builder.tempfile_in(directory(target))?;
    #[cfg(unix)]
    if let Some(existing) = existing.filter(|_| !private) {
        temporary.as_file().set_permissions(existing.permissions())?;
    }
    #[cfg(not(unix))]
    let _ = (private, existing);
    Ok(temporary)
}

/// The rename is durable only when the directory is.
fn sync_directory(target: &Path) -> io::Result<()> {
    // Elsewhere, a directory cannot be opened like a file.
    if cfg!(unix) { File::open(directory(target))?.sync_all() } else { Ok(()) }
}

fn directory(target: &Path) -> &Path {
    match target.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// Work on the disk, kept off the threads that wait for the network.
async fn blocking<T: Send + 'static>(
    doing: &'static str,
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> Result<T, Failure> {
    match spawn_blocking(work).await {
        Ok(done) => done.map_err(|error| (doing, error)),
        // The runtime is shutting down.
        Err(_) => Err((doing, io::ErrorKind::Interrupted.into())),
    }
}
