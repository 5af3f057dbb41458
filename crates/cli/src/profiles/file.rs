//! The profiles file.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy as _;
use serde::{Deserialize, Serialize};

use super::Profile;
use crate::atomic_file::AtomicFile;
use crate::error::Error;
use crate::text;

/// All profiles, and the name of the current one.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Profiles {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub current: Option<String>,
    #[serde(default)]
    pub profiles: BTreeMap<String, Profile>,
}

/// The path of the file.
///
/// # Errors
/// If there is no home folder.
pub(super) fn path() -> Result<PathBuf, Error> {
    let missing = |_| Error::usage("cannot find the configuration folder for profiles: set HOME or XDG_CONFIG_HOME");
    let strategy = etcetera::choose_base_strategy().map_err(missing)?;
    Ok(strategy.config_dir().join("rosterkit").join("profiles.toml"))
}

impl Profiles {
    /// Reads the file. Without a file there are no profiles.
    ///
    /// # Errors
    /// If others can read the file, or its content is invalid. The message shows no values.
    pub(crate) fn load() -> Result<Self, Error> {
        path().map_or_else(|_| Ok(Self::default()), |path| Self::read(&path))
    }

    fn read(path: &Path) -> Result<Self, Error> {
        let shown = path.display();
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(Error::usage(format!("cannot read the profiles in `{shown}`: {error}"))),
        };
        check_mode(path)?;
        toml::from_str(&text).map_err(|error| {
            let line = error.span().map_or(1, |span| text[..span.start.min(text.len())].matches('\n').count() + 1);
            Error::usage(format!("invalid profiles in `{shown}`, line {line}: {}", problem(error.message())))
        })
    }

    /// Reads the file, changes the profiles and writes the file, under a lock: concurrent changes are not lost. Returns the
    /// path of the file and the result of the change.
    ///
    /// # Errors
    /// Those of the change; then nothing is written.
    pub(crate) fn change<T>(change: impl FnOnce(&mut Self) -> Result<T, Error>) -> Result<(PathBuf, T), Error> {
        let path = path()?;
        Self::change_at(&path, change).map(|result| (path, result))
    }

    fn change_at<T>(path: &Path, change: impl FnOnce(&mut Self) -> Result<T, Error>) -> Result<T, Error> {
        if let Some(folder) = path.parent() {
            create_folder(folder).map_err(|error| Error::write(folder.display(), error))?;
        }
        // The lock is a file of its own, since the profiles file is replaced. It is never removed: otherwise two processes
        // could hold different locks.
        let lock = path.with_extension("lock");
        let lock_error = |error| Error::write(lock.display(), error);
        let held = fs::OpenOptions::new().create(true).truncate(false).write(true).open(&lock).map_err(lock_error)?;
        held.lock().map_err(lock_error)?;
        let mut profiles = Self::read(path)?;
        let result = change(&mut profiles)?;
        profiles.save(path)?;
        Ok(result)
    }

    /// Writes the file, all or nothing, readable by its owner only.
    fn save(&self, path: &Path) -> Result<(), Error> {
        let text = toml::to_string(self)
            .map_err(|error| Error::usage(format!("cannot write the settings as TOML: {error}")))?;
        let mut file = AtomicFile::private(path)?;
        file.add(text.as_bytes())?;
        file.finish()
    }

    /// The profile with this name, else the current one, else none.
    pub(crate) fn choose(mut self, name: Option<&str>) -> Result<Option<(String, Profile)>, Error> {
        let Some(name) = name.map(str::to_owned).or_else(|| self.current.clone()) else { return Ok(None) };
        match self.profiles.remove(&name) {
            Some(profile) => Ok(Some((name, profile))),
            None => Err(self.unknown(&name)),
        }
    }

    /// The error for an unknown name.
    pub(crate) fn unknown(&self, name: &str) -> Error {
        let name = text::shortened(name, 64);
        let names: Vec<&str> = self.profiles.keys().map(String::as_str).collect();
        Error::usage(match names.as_slice() {
            [] => {
                format!("unknown profile `{name}`: there are no profiles; `rosterkit profile add {name} …` creates it")
            }
            names => format!("unknown profile `{name}`: expected one of {}", names.join(", ")),
        })
    }
}

/// Creates the folder of the file, readable by its owner only.
pub(super) fn create_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Rejects a file that others can read, and a folder in which they can replace the file. Symbolic links are followed.
#[cfg(unix)]
fn check_mode(path: &Path) -> Result<(), Error> {
    use std::os::unix::fs::PermissionsExt as _;
    let unreadable = |error| Error::usage(format!("cannot read `{}`: {error}", path.display()));
    let quoted = |path: &Path| {
        let shown = path.display().to_string();
        shlex::try_quote(&shown).map_or_else(|_| shown.clone(), |it| it.into_owned())
    };
    let mode = |path: &Path| fs::metadata(path).map(|found| found.permissions().mode() & 0o7777).map_err(unreadable);
    let of_file = mode(path)? & 0o777;
    if of_file & 0o077 != 0 {
        return Err(Error::usage(format!(
            "the profiles in `{}` have mode {of_file:04o}: others can read or change them; run `chmod 600 {}`",
            path.display(),
            quoted(path)
        )));
    }
    let real = fs::canonicalize(path).map_err(unreadable)?;
    for folder in [path.parent(), real.parent()].into_iter().flatten().filter(|folder| !folder.as_os_str().is_empty()) {
        let of_folder = mode(folder)?;
        // In a folder with the sticky bit, only the owner of a file can replace it.
        if of_folder & 0o022 != 0 && of_folder & 0o1000 == 0 {
            return Err(Error::usage(format!(
                "the folder `{}` of the profiles has mode {:04o}: others can replace them; run `chmod go-w {}`",
                folder.display(),
                of_folder & 0o777,
                quoted(folder)
            )));
        }
    }
    Ok(())
}

/// On other platforms, only the user can access the configuration folder.
#[cfg(not(unix))]
fn check_mode(_: &Path) -> Result<(), Error> {
    Ok(())
}

/// The message of the TOML parser without values: it quotes values of a wrong type, which may be secrets.
fn problem(message: &str) -> String {
    let message = message.replace('\n', " ");
    match message.find("expected") {
        Some(start) if !message.starts_with("unknown") => message[start..].to_owned(),
        None if message.contains("untagged") => {
            "invalid secret: expected text, { env = \"NAME\" } or { command = \"PROGRAM\" }".to_owned()
        }
        _ => message,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Profiles, Error> {
        let file = tempfile::NamedTempFile::new().expect("a file");
        fs::write(file.path(), text).expect("written");
        Profiles::read(file.path())
    }

    #[test]
    fn an_invalid_file_is_reported_by_line_without_its_values() {
        for (text, expected) in [
            ("current = \"a\"\n[profiles.a.lms]\npassword = S3NTINEL\n", "line 3"),
            ("[profiles.a.lms]\npassword = 53171\n", "invalid secret: expected text"),
            ("[profiles.a.lms]\npasword = \"S3NTINEL\"\n", "pasword"),
            ("[profiles.a.lms]\nuser = [\"S3NTINEL\"]\n", "line 2"),
            (
                "[profiles.a.sessions]\napi_key = { env = \"A\", command = \"S3NTINEL\" }\n",
                "invalid secret: expected text",
            ),
        ] {
            let message = read(text).err().and_then(|error| error.message(true)).unwrap_or_default();
            assert!(message.contains(expected), "{text}: {message}");
            assert!(!message.contains("S3NTINEL") && !message.contains("53171"), "{message}");
        }
    }

    #[test]
    #[cfg(unix)]
    fn a_file_that_others_can_read_is_rejected() {
        use std::os::unix::fs::PermissionsExt;
        let file = tempfile::NamedTempFile::new().expect("a file");
        for mode in [0o644, 0o640, 0o602, 0o601] {
            fs::set_permissions(file.path(), PermissionsExt::from_mode(mode)).expect("mode");
            let message = Profiles::read(file.path()).err().and_then(|error| error.message(false));
            assert!(message.is_some_and(|message| message.contains("chmod 600")), "{mode:o}");
        }
    }

    #[test]
    #[cfg(unix)]
    fn a_folder_in_which_others_can_write_is_rejected() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let folder = tempfile::tempdir().expect("a folder");
        let other = tempfile::tempdir().expect("a folder");
        let (path, link) = (folder.path().join("profiles.toml"), other.path().join("link.toml"));
        fs::write(&path, "").expect("written");
        fs::set_permissions(&path, PermissionsExt::from_mode(0o600)).expect("mode");
        symlink(&path, &link).expect("a link");
        for (mode, is_rejected) in [(0o770, true), (0o702, true), (0o755, false), (0o1777, false)] {
            fs::set_permissions(folder.path(), PermissionsExt::from_mode(mode)).expect("mode");
            for path in [&path, &link] {
                let message = Profiles::read(path).err().and_then(|error| error.message(false));
                assert_eq!(message.is_some(), is_rejected, "{mode:o}: {message:?}");
                assert!(message.is_none_or(|message| message.contains("chmod go-w")), "{mode:o}");
            }
        }
    }

    #[test]
    fn concurrent_changes_are_all_kept() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("deep").join("profiles.toml");
        let names: Vec<String> = (0..16).map(|number| format!("p{number}")).collect();
        std::thread::scope(|scope| {
            for name in &names {
                let path = &path;
                scope.spawn(move || {
                    let add = |profiles: &mut Profiles| {
                        // Gives other threads the chance to compete for the lock.
                        std::thread::yield_now();
                        profiles.profiles.insert(name.clone(), Profile::default());
                        Ok(())
                    };
                    Profiles::change_at(path, add).expect("changed");
                });
            }
        });
        let kept = Profiles::read(&path).expect("profiles");
        assert_eq!(kept.profiles.len(), names.len());
    }

    #[test]
    fn a_change_that_fails_writes_nothing() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("profiles.toml");
        let rejected = Profiles::change_at(&path, |profiles| {
            profiles.current = Some("other".to_owned());
            Err::<(), _>(Error::usage("no"))
        });
        assert!(rejected.is_err() && !path.exists());
    }

    #[test]
    fn a_profile_is_the_same_after_writing_and_reading() {
        let text = "current = \"a\"\n\n[profiles.a.genesys]\nregion = \"eu-west-1\"\ntoken = \"t\"\n\n\
                    [profiles.a.sessions]\napi_key = { env = \"KEY\" }\n";
        let profiles = read(text).expect("profiles");
        let written = toml::to_string(&profiles).expect("TOML");
        assert_eq!(toml::to_string(&read(&written).expect("again")).expect("TOML"), written);
    }
}
