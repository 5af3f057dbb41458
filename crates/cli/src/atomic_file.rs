//! Files that are written all or nothing.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use rosterkit_core::atomic_file::{AtomicFile as Renamed, Existing};

use crate::error::Error;
use crate::signals::Temporary;

/// How many bytes are buffered before they are written.
const BUFFER: usize = 64 * 1024;

/// A file that is written all or nothing: the content goes into a temporary file in the same folder, which
/// [`finish`](Self::finish) renames. A file that is dropped before leaves nothing.
///
/// Devices and pipes are written to directly. A symbolic link stays, and its target is replaced; a link without a target
/// is an error.
pub(crate) struct AtomicFile {
    path: PathBuf,
    writer: io::BufWriter<Target>,
}

enum Target {
    /// The temporary file, and the guard that removes it if a signal ends the process. The file is dropped first.
    Beside(Renamed, Temporary),
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
    /// Creates a file with the permissions of the one that it replaces, or the default ones.
    pub(crate) fn create(path: &Path) -> Result<Self, Error> {
        Self::new(path, false)
    }

    /// Creates a file with the permissions of the one that it replaces, or one that only its owner can read.
    pub(crate) fn private_if_new(path: &Path) -> Result<Self, Error> {
        Self::new(path, !path.exists())
    }

    /// Creates a file that only its owner can read.
    pub(crate) fn private(path: &Path) -> Result<Self, Error> {
        Self::new(path, true)
    }

    fn new(path: &Path, private: bool) -> Result<Self, Error> {
        let unwritable = |error| Error::write(path.display(), error);
        let path = match fs::canonicalize(path) {
            Ok(target) => target,
            Err(error) if fs::symlink_metadata(path).is_ok_and(|found| found.is_symlink()) => {
                let problem =
                    format!("a symbolic link whose target cannot be found ({error}): remove or correct the link");
                return Err(unwritable(io::Error::new(error.kind(), problem)));
            }
            Err(_) => path.to_owned(),
        };
        let target = match fs::metadata(&path) {
            Ok(found) if found.is_dir() => {
                return Err(Error::usage(format!("`{}` is a folder: name a file in it", path.display())));
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
                let file = Renamed::create(&path, Existing::Replace, private);
                let file = file.map_err(|error| unwritable(plain(error)))?;
                let temporary = Temporary::new(file.temporary_path());
                Target::Beside(file, temporary)
            }
        };
        Ok(Self { path, writer: io::BufWriter::with_capacity(BUFFER, target) })
    }

    /// Adds to the file.
    pub(crate) fn add(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.writer.write_all(bytes).map_err(|error| self.write_error(error))
    }

    /// The error for a failed write.
    pub(crate) fn write_error(&self, error: io::Error) -> Error {
        Error::write(self.path.display(), error)
    }

    /// Renames the file to its final name.
    pub(crate) fn finish(self) -> Result<(), Error> {
        let Self { path, writer } = self;
        let unwritable = |error| Error::write(path.display(), error);
        match writer.into_inner().map_err(|error| unwritable(error.into_error()))? {
            Target::Direct(mut file) => file.flush().map_err(unwritable),
            Target::Beside(file, temporary) => {
                file.persist().map_err(unwritable)?;
                drop(temporary);
                Ok(())
            }
        }
    }
}

/// The error without the name of the temporary file, which is of no use to the user.
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

#[cfg(test)]
mod tests {
    use super::*;

    type Outcome = Result<(), Box<dyn std::error::Error>>;

    #[test]
    fn a_file_that_is_not_finished_leaves_nothing() -> Outcome {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("answer.json");
        let mut file = AtomicFile::create(&path).map_err(|error| format!("{error:?}"))?;
        file.add(b"half").map_err(|error| format!("{error:?}"))?;
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
        let mut file = AtomicFile::private(&link).map_err(|error| format!("{error:?}"))?;
        file.add(b"new").map_err(|error| format!("{error:?}"))?;
        file.finish().map_err(|error| format!("{error:?}"))?;
        assert!(fs::symlink_metadata(&link)?.is_symlink());
        assert_eq!(fs::read_to_string(&real)?, "new");
        assert_eq!(fs::metadata(&real)?.permissions().mode() & 0o777, 0o600);
        Ok(())
    }

    #[test]
    #[cfg(unix)]
    fn permissions_of_a_replaced_file_are_kept_and_a_new_file_has_those_of_its_kind() -> Outcome {
        use std::os::unix::fs::PermissionsExt as _;
        type Create = fn(&Path) -> Result<AtomicFile, Error>;
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("failed.csv");
        let write = |create: Create, before: Option<u32>| -> Result<u32, Box<dyn std::error::Error>> {
            let _ = fs::remove_file(&path);
            if let Some(mode) = before {
                fs::write(&path, "old")?;
                fs::set_permissions(&path, fs::Permissions::from_mode(mode))?;
            }
            let mut file = create(&path).map_err(|error| format!("{error:?}"))?;
            file.add(b"new").map_err(|error| format!("{error:?}"))?;
            // The temporary file is never more open than the file will be.
            let mut temporary = Vec::new();
            for entry in fs::read_dir(folder.path())? {
                let entry = entry?;
                if entry.path() != path {
                    temporary.push(entry.metadata()?.permissions().mode() & 0o777);
                }
            }
            file.finish().map_err(|error| format!("{error:?}"))?;
            let mode = fs::metadata(&path)?.permissions().mode() & 0o777;
            assert_eq!(temporary, [mode]);
            assert_eq!(fs::read_to_string(&path)?, "new");
            Ok(mode)
        };
        for mode in [0o600, 0o640, 0o644] {
            assert_eq!(write(AtomicFile::create, Some(mode))?, mode);
            assert_eq!(write(AtomicFile::private_if_new, Some(mode))?, mode);
            assert_eq!(write(AtomicFile::private, Some(mode))?, 0o600);
        }
        assert_eq!(write(AtomicFile::private_if_new, None)?, 0o600);
        assert_eq!(write(AtomicFile::private, None)?, 0o600);
        Ok(())
    }

    #[test]
    #[cfg(unix)]
    fn a_link_without_a_target_is_an_error_and_stays() -> Outcome {
        let folder = tempfile::tempdir()?;
        let link = folder.path().join("link");
        std::os::unix::fs::symlink(folder.path().join("absent"), &link)?;
        for create in [AtomicFile::create, AtomicFile::private, AtomicFile::private_if_new] {
            let message = create(&link).err().and_then(|error| error.message(false)).unwrap_or_default();
            assert!(message.contains("symbolic link") && message.contains("link`"), "{message}");
        }
        assert!(fs::symlink_metadata(&link)?.is_symlink());
        assert_eq!(fs::read_dir(folder.path())?.count(), 1);
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
}
