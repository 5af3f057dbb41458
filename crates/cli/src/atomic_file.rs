//! Files that are written all or nothing.
//!
//! A killed process leaves its temporary file. It is named after its target, `.NAME.XXXXXX.part`, and locked while it is
//! written: the next process that writes the target removes those that no process has locked.

use std::ffi::{OsStr, OsString};
use std::fs::{self, TryLockError};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use rosterkit_core::atomic_file::{AtomicFile as Renamed, Existing, RANDOM, SUFFIX};

use crate::error::Error;
use crate::signals::Temporary;

/// How many bytes are buffered before they are written.
const BUFFER: usize = 64 * 1024;
/// How many bytes the name of a file may have.
const LONGEST_NAME: usize = 255;
/// How many temporary files are tried until one was not taken for a leftover.
const ATTEMPTS: u32 = 16;

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
                let prefix = prefix(path.file_name().unwrap_or_default());
                remove_leftovers(folder, &prefix);
                let file = locked(&path, private, &prefix).map_err(unwritable)?;
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

    /// The path that it gets in the end.
    pub(crate) fn path(&self) -> &Path {
        &self.path
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

/// The beginning of the names of a target's temporary files. A name that is too long is cut, with a hash in place of
/// what is left out, so that it stays the target's own.
fn prefix(name: &OsStr) -> OsString {
    let longest = LONGEST_NAME - "..".len() - RANDOM - SUFFIX.len();
    let mut prefix = OsString::from(".");
    if name.len() <= longest {
        prefix.push(name);
    } else {
        let mut hasher = DefaultHasher::new();
        name.hash(&mut hasher);
        let hash = format!("~{:016x}", hasher.finish());
        let name = name.to_string_lossy();
        let mut end = longest - hash.len();
        while !name.is_char_boundary(end) {
            end -= 1;
        }
        prefix.push(&name[..end]);
        prefix.push(hash);
    }
    prefix.push(".");
    prefix
}

/// Creates and locks a temporary file.
fn locked(path: &Path, private: bool, prefix: &OsStr) -> io::Result<Renamed> {
    for _ in 0..ATTEMPTS {
        let file = Renamed::create_with_prefix(path, Existing::Replace, private, prefix)?;
        match file.as_file().try_lock() {
            // Until now, another process may have removed it as a leftover.
            Ok(()) if file.temporary_path().exists() => return Ok(file),
            Ok(()) | Err(TryLockError::WouldBlock) => {}
            // Some file systems have no locks. No process can take one there to remove the file.
            Err(TryLockError::Error(_)) => return Ok(file),
        }
    }
    Err(io::Error::new(io::ErrorKind::WouldBlock, "too many processes write it at once: try again"))
}

/// Removes the temporary files that killed processes left. A failure is not an error.
fn remove_leftovers(folder: &Path, prefix: &OsStr) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.map_while(Result::ok) {
        if is_temporary(&entry.file_name(), prefix) && entry.file_type().is_ok_and(|kind| kind.is_file()) {
            let _ = remove_unlocked(&entry.path());
        }
    }
}

fn is_temporary(name: &OsStr, prefix: &OsStr) -> bool {
    let rest = name.as_encoded_bytes().strip_prefix(prefix.as_encoded_bytes());
    let random = rest.and_then(|rest| rest.strip_suffix(SUFFIX.as_bytes()));
    random.is_some_and(|random| random.len() == RANDOM && random.iter().all(u8::is_ascii_alphanumeric))
}

/// Removes a file that no process has locked, while it is locked.
fn remove_unlocked(path: &Path) -> io::Result<()> {
    let file = fs::File::open(path)?;
    file.try_lock()?;
    // The file may have been renamed to its final name before it was locked, and its temporary name taken again.
    if is_at(&file, path)? { fs::remove_file(path) } else { Ok(()) }
}

#[cfg(unix)]
fn is_at(file: &fs::File, path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt as _;
    let (opened, found) = (file.metadata()?, fs::symlink_metadata(path)?);
    Ok((opened.dev(), opened.ino()) == (found.dev(), found.ino()))
}

#[cfg(not(unix))]
fn is_at(_: &fs::File, path: &Path) -> io::Result<bool> {
    Ok(fs::symlink_metadata(path)?.is_file())
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

    /// Writes a file, and says which of the names in its folder are left.
    fn names_after_writing(path: &Path) -> Result<Vec<OsString>, Box<dyn std::error::Error>> {
        let mut file = AtomicFile::create(path).map_err(|error| format!("{error:?}"))?;
        file.add(b"new").map_err(|error| format!("{error:?}"))?;
        file.finish().map_err(|error| format!("{error:?}"))?;
        assert_eq!(fs::read(path)?, b"new");
        let mut names = Vec::new();
        for entry in fs::read_dir(path.parent().unwrap_or(path))? {
            names.push(entry?.file_name());
        }
        names.sort();
        Ok(names)
    }

    #[test]
    fn leftovers_of_a_target_are_removed_and_nothing_else() -> Outcome {
        let folder = tempfile::tempdir()?;
        for leftover in [".out.csv.aB3dE6.part", ".out.csv.000000.part"] {
            fs::write(folder.path().join(leftover), "half")?;
        }
        let mut kept = vec![
            // Those of other targets, and of libraries.
            ".out.aB3dE6.part",
            ".out.csv.gz.aB3dE6.part",
            ".other.csv.aB3dE6.part",
            ".Out.csv.aB3dE8.part",
            ".aB3dE6.part",
            // The user's.
            "out.csv.part",
            ".out.csv.part",
            ".out.csv..part",
            ".out.csv.aB3dE.part",
            ".out.csv.aB3dE67.part",
            ".out.csv.aB3-E6.part",
            ".out.csv.aB3.E6.part",
            ".out.csv.aB3d\u{e9}.part",
            ".out.csv.aB3dE7.PART",
            ".out.csv.aB3dE6.part~",
            ".out.csvXaB3dE6.part",
            "out.csv.aB3dE6.part",
            "x.out.csv.aB3dE6.part",
        ];
        for name in &kept {
            fs::write(folder.path().join(name), "mine")?;
        }
        fs::create_dir(folder.path().join(".out.csv.folder.part"))?;
        kept.extend([".out.csv.folder.part", "out.csv"]);
        kept.sort_unstable();
        assert_eq!(names_after_writing(&folder.path().join("out.csv"))?, kept);
        Ok(())
    }

    #[test]
    fn a_temporary_file_in_use_is_kept() -> Outcome {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("out.csv");
        let held = fs::File::create(folder.path().join(".out.csv.aB3dE6.part"))?;
        held.lock()?;
        let mut first = AtomicFile::create(&path).map_err(|error| format!("{error:?}"))?;
        first.add(b"first").map_err(|error| format!("{error:?}"))?;
        assert_eq!(names_after_writing(&path)?.len(), 3);
        first.finish().map_err(|error| format!("{error:?}"))?;
        assert_eq!(fs::read(&path)?, b"first");
        drop(held);
        assert_eq!(names_after_writing(&path)?, ["out.csv"]);
        Ok(())
    }

    #[test]
    fn files_that_are_written_at_once_do_not_lose_their_temporary_files() -> Outcome {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("out.csv");
        let write = || {
            (0..25).try_for_each(|_| {
                let mut file = AtomicFile::create(&path)?;
                file.add(b"new")?;
                file.finish()
            })
        };
        std::thread::scope(|scope| {
            let writers = [(); 4].map(|()| scope.spawn(write));
            for writer in writers {
                let written = writer.join().expect("no panic");
                assert!(written.is_ok(), "{:?}", written.err());
            }
        });
        assert_eq!(names_after_writing(&path)?, ["out.csv"]);
        Ok(())
    }

    #[test]
    #[cfg(unix)]
    fn a_link_with_the_name_of_a_leftover_is_kept() -> Outcome {
        use std::os::unix::fs::symlink;
        let folder = tempfile::tempdir()?;
        let (mine, link) = (folder.path().join("mine"), folder.path().join(".out.csv.aB3dE6.part"));
        fs::write(&mine, "mine")?;
        symlink(&mine, &link)?;
        symlink("absent", folder.path().join(".out.csv.absent.part"))?;
        let names = names_after_writing(&folder.path().join("out.csv"))?;
        assert_eq!(names, [".out.csv.aB3dE6.part", ".out.csv.absent.part", "mine", "out.csv"]);
        assert_eq!(fs::read(&mine)?, b"mine");
        Ok(())
    }

    #[test]
    #[cfg(unix)]
    fn the_leftovers_are_those_beside_the_target_of_a_link() -> Outcome {
        let folder = tempfile::tempdir()?;
        let beside = folder.path().join("real");
        fs::create_dir(&beside)?;
        fs::write(beside.join("out.csv"), "old")?;
        fs::write(beside.join(".out.csv.aB3dE6.part"), "half")?;
        std::os::unix::fs::symlink(beside.join("out.csv"), folder.path().join("link"))?;
        assert_eq!(names_after_writing(&folder.path().join("link"))?, ["link", "real"]);
        assert_eq!(names_after_writing(&beside.join("out.csv"))?, ["out.csv"]);
        Ok(())
    }

    #[test]
    fn the_temporary_name_of_a_long_name_is_its_own_and_no_longer_than_a_name_may_be() -> Outcome {
        let folder = tempfile::tempdir()?;
        let mut prefixes = std::collections::BTreeSet::new();
        for name in ["n".repeat(242), "n".repeat(243), "n".repeat(255), format!("{}x", "\u{e9}".repeat(127))] {
            let prefix = prefix(OsStr::new(&name));
            let mut leftover = prefix.clone();
            leftover.push("aB3dE6.part");
            assert!(leftover.len() <= LONGEST_NAME, "{}", leftover.len());
            assert!(prefixes.insert(prefix), "{name}");
            let path = folder.path().join(&name);
            fs::write(folder.path().join(leftover), "half")?;
            assert_eq!(names_after_writing(&path)?, [OsStr::new(&name)]);
            fs::remove_file(path)?;
        }
        Ok(())
    }

    #[test]
    fn an_error_names_the_target_and_not_the_temporary_file() -> Outcome {
        let folder = tempfile::tempdir()?;
        let message = |error: Error| error.message(false).unwrap_or_default();
        let mut errors = Vec::new();
        if cfg!(target_os = "linux") {
            errors.extend(AtomicFile::create(Path::new("/proc/self/out.csv")).err().map(message));
            assert_eq!(errors.len(), 1);
        }
        let path = folder.path().join("out.csv");
        let file = AtomicFile::create(&path).map_err(|error| format!("{error:?}"))?;
        fs::create_dir(&path)?;
        errors.extend(file.finish().err().map(message));
        fs::remove_dir(&path)?;
        let file = AtomicFile::create(&path).map_err(|error| format!("{error:?}"))?;
        for entry in fs::read_dir(folder.path())? {
            fs::remove_file(entry?.path())?;
        }
        errors.extend(file.finish().err().map(message));
        assert!(errors.len() >= 2, "{errors:?}");
        for error in errors {
            assert!(error.contains("out.csv`") && !error.contains(SUFFIX), "{error}");
        }
        Ok(())
    }
}
