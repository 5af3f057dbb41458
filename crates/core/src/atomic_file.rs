//! A file that is complete or not there.
//!
//! An [`AtomicFile`] is written beside its place under another name, made durable and then renamed, so that a half-written
//! file is never visible under its name.

use std::ffi::OsStr;
use std::fmt;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::{NamedTempFile, TempPath};

/// How many random letters and digits the name of a temporary file has.
pub const RANDOM: usize = 6;
/// The end of the name of a temporary file.
pub const SUFFIX: &str = ".part";

/// A file that gets its name when it is [persisted](Self::persist). Dropped before, it leaves nothing behind, and a file
/// that had the name is as it was. A symbolic link is replaced and not followed.
///
/// ```
/// use std::io::Write as _;
///
/// use rosterkit_core::atomic_file::{AtomicFile, Existing};
///
/// let directory = tempfile::tempdir()?;
/// let path = directory.path().join("report.csv");
/// let mut file = AtomicFile::create(&path, Existing::Keep, false)?;
/// file.write_all(b"id\n")?;
/// assert!(!path.exists());
/// file.persist()?;
/// assert_eq!(std::fs::read(&path)?, b"id\n");
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct AtomicFile {
    file: File,
    temporary: TempPath,
    target: PathBuf,
    existing: Existing,
}

/// What happens to a file that has the name already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Existing {
    /// It is kept, and there is an error of kind [`AlreadyExists`](io::ErrorKind::AlreadyExists).
    Keep,
    /// It is replaced.
    Replace,
}

impl AtomicFile {
    /// Creates the file beside `target`. Only its owner can read a `private` one; another one has the permissions of the
    /// file that it replaces, or those of any new file. There is no difference on Windows.
    ///
    /// # Errors
    /// If `target` is a directory or exists and is to be kept, or its directory cannot be written to.
    pub fn create(target: impl Into<PathBuf>, existing: Existing, private: bool) -> io::Result<Self> {
        Self::create_with_prefix(target, existing, private, OsStr::new("."))
    }

    /// As [`create`](Self::create), with the beginning of the temporary file's name, by which a program recognizes what a
    /// killed one left behind. [`RANDOM`] letters and digits and [`SUFFIX`] follow it.
    ///
    /// # Errors
    /// As [`create`](Self::create). The error never has the name of the temporary file.
    pub fn create_with_prefix(
        target: impl Into<PathBuf>,
        existing: Existing,
        private: bool,
        prefix: &OsStr,
    ) -> io::Result<Self> {
        let target = target.into();
        if target.file_name().is_none() || target.is_dir() {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        let replaced = match fs::symlink_metadata(&target) {
            Ok(_) if existing == Existing::Keep => return Err(io::ErrorKind::AlreadyExists.into()),
            Ok(metadata) => Some(metadata).filter(fs::Metadata::is_file),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(error),
        };
        let (file, temporary) = beside(&target, replaced.filter(|_| !private), private, prefix)?.into_parts();
        Ok(Self { file, temporary, target, existing })
    }

    /// The file, to be written to in another way.
    pub fn as_file(&self) -> &File {
        &self.file
    }

    /// The path of the file until it is persisted.
    pub fn temporary_path(&self) -> &Path {
        &self.temporary
    }

    /// Makes the file durable, and gives it its name.
    ///
    /// # Errors
    /// If writing or renaming fails, or a file that is to be kept has the name by now.
    pub fn persist(self) -> io::Result<File> {
        let Self { file, temporary, target, existing } = self;
        file.sync_all()?;
        match existing {
            Existing::Replace => temporary.persist(&target),
            Existing::Keep => temporary.persist_noclobber(&target),
        }
        .map_err(|error| error.error)?;
        // The rename is durable only when the directory is. Elsewhere, a directory cannot be opened like a file.
        if cfg!(unix) {
            sync_directory(directory(&target))?;
        }
        Ok(file)
    }
}

/// Makes a directory durable, if that is possible: it may be one that can be written to and not read, and some network
/// file systems have no such call. The file has its name then nevertheless.
fn sync_directory(directory: &Path) -> io::Result<()> {
    use io::ErrorKind::{InvalidInput, PermissionDenied, Unsupported};
    match File::open(directory).and_then(|directory| directory.sync_all()) {
        Err(error) if matches!(error.kind(), InvalidInput | PermissionDenied | Unsupported) => Ok(()),
        result => result,
    }
}

fn beside(
    target: &Path,
    replaced: Option<fs::Metadata>,
    private: bool,
    prefix: &OsStr,
) -> io::Result<NamedTempFile<File>> {
    let mut options = File::options();
    options.read(true).write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(if private || replaced.is_some() { 0o600 } else { 0o666 });
    }
    let mut builder = tempfile::Builder::new();
    builder.prefix(prefix).rand_bytes(RANDOM).suffix(SUFFIX);
    // Unlike those of `tempfile_in`, errors of `open` do not name the temporary file.
    let temporary = builder.make_in(directory(target), |path| options.open(path))?;
    #[cfg(unix)]
    if let Some(replaced) = replaced {
        temporary.as_file().set_permissions(replaced.permissions())?;
    }
    #[cfg(not(unix))]
    let _ = (private, replaced);
    Ok(temporary)
}

/// The directory of a file. A file is renamed in one step only within a file system.
fn directory(target: &Path) -> &Path {
    target.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

impl Write for AtomicFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl fmt::Debug for AtomicFile {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("AtomicFile").field("existing", &self.existing).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    #[test]
    #[cfg(unix)]
    fn a_directory_that_can_only_be_written_to_takes_a_file() -> std::io::Result<()> {
        use std::os::unix::fs::PermissionsExt as _;

        use super::*;

        let parent = tempfile::tempdir()?;
        let directory = parent.path().join("drop");
        fs::create_dir(&directory)?;
        fs::set_permissions(&directory, fs::Permissions::from_mode(0o333))?;
        let mut file = AtomicFile::create(directory.join("report.csv"), Existing::Keep, false)?;
        file.write_all(b"id\n")?;
        let persisted = file.persist();
        fs::set_permissions(&directory, fs::Permissions::from_mode(0o700))?;
        persisted?;
        assert_eq!(fs::read(directory.join("report.csv"))?, b"id\n");
        Ok(())
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn an_error_has_the_systems_code_and_no_name() {
        use super::*;

        for existing in [Existing::Keep, Existing::Replace] {
            let error = AtomicFile::create("/proc/self/report.csv", existing, false).expect_err("no place for files");
            assert!(error.raw_os_error().is_some() && !error.to_string().contains("/proc"), "{error}");
        }
    }
}
