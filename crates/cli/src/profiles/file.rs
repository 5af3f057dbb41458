//! The file of the profiles.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy as _;
use serde::{Deserialize, Serialize};

use super::Profile;
use crate::failure::Failure;
use crate::files::AtomicFile;
use crate::text;

/// All profiles, and which of them is the current one.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Profiles {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub current: Option<String>,
    #[serde(default)]
    pub profiles: BTreeMap<String, Profile>,
}

/// Where the file is; `None` where there is no home.
pub(crate) fn path() -> Option<PathBuf> {
    let strategy = etcetera::choose_base_strategy().ok()?;
    Some(strategy.config_dir().join("rosterkit").join("profiles.toml"))
}

impl Profiles {
    /// Reads the file; without one there are no profiles.
    ///
    /// # Errors
    /// If others can read it, or it is not what it should be. The message shows none of its content.
    pub(crate) fn load() -> Result<Self, Failure> {
        path().map_or_else(|| Ok(Self::default()), |path| Self::read(&path))
    }

    fn read(path: &Path) -> Result<Self, Failure> {
        let shown = path.display();
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(Failure::usage(format!("the profiles in `{shown}` cannot be read: {error}"))),
        };
        check_mode(path)?;
        toml::from_str(&text).map_err(|error| {
            let line = error.span().map_or(1, |span| text[..span.start.min(text.len())].matches('\n').count() + 1);
            Failure::usage(format!("the profiles in `{shown}` are wrong in line {line}: {}", problem(error.message())))
        })
    }

    /// Writes the file, all or nothing, for the owner alone.
    pub(crate) fn save(&self) -> Result<PathBuf, Failure> {
        let Some(path) = path() else {
            return Err(Failure::usage("there is no place for profiles: set HOME, or XDG_CONFIG_HOME to a folder"));
        };
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(|error| Failure::write(folder.display(), error))?;
        }
        let text =
            toml::to_string(self).map_err(|error| Failure::usage(format!("a setting cannot be kept: {error}")))?;
        let mut file = AtomicFile::private(&path)?;
        file.add(text.as_bytes())?;
        file.finish()?;
        Ok(path)
    }

    /// The profile of this name, else the current one, else none.
    pub(crate) fn choose(mut self, name: Option<&str>) -> Result<Option<(String, Profile)>, Failure> {
        let Some(name) = name.map(str::to_owned).or_else(|| self.current.clone()) else { return Ok(None) };
        match self.profiles.remove(&name) {
            Some(profile) => Ok(Some((name, profile))),
            None => Err(self.unknown(&name)),
        }
    }

    /// The failure for a name that is none.
    pub(crate) fn unknown(&self, name: &str) -> Failure {
        let name = text::shortened(name, 64);
        let names: Vec<&str> = self.profiles.keys().map(String::as_str).collect();
        Failure::usage(match names.as_slice() {
            [] => format!("there is no profile `{name}`, nor any other: `rosterkit profile add {name} …` makes one"),
            names => format!("there is no profile `{name}`; there are {}", names.join(", ")),
        })
    }
}

/// Refuses a file that others can read.
#[cfg(unix)]
fn check_mode(path: &Path) -> Result<(), Failure> {
    use std::os::unix::fs::PermissionsExt as _;
    let unreadable = |error| Failure::usage(format!("`{}` cannot be read: {error}", path.display()));
    let mode = fs::metadata(path).map_err(unreadable)?.permissions().mode() & 0o777;
    if mode & 0o077 == 0 {
        return Ok(());
    }
    let shown = path.display();
    let advice = shlex::try_quote(&path.to_string_lossy()).map_or_else(|_| shown.to_string(), |it| it.into_owned());
    Err(Failure::usage(format!(
        "the profiles in `{shown}` have mode {mode:04o}, so others can read or change them: run `chmod 600 {advice}`"
    )))
}

/// Elsewhere, the folder of a user's configuration is the user's own.
#[cfg(not(unix))]
fn check_mode(_: &Path) -> Result<(), Failure> {
    Ok(())
}

/// What is wrong, without a value: the parser quotes values of a wrong type, which may be secrets.
fn problem(message: &str) -> String {
    let message = message.replace('\n', " ");
    match message.find("expected") {
        Some(place) if !message.starts_with("unknown") => message[place..].to_owned(),
        None if message.contains("untagged") => {
            "a secret is text, { env = \"NAME\" } or { command = \"PROGRAM\" }".to_owned()
        }
        _ => message,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Profiles, Failure> {
        let file = tempfile::NamedTempFile::new().expect("a file");
        fs::write(file.path(), text).expect("written");
        Profiles::read(file.path())
    }

    #[test]
    fn what_is_wrong_is_named_by_its_line_and_never_shown() {
        for (text, expected) in [
            ("current = \"a\"\n[profiles.a.lms]\npassword = S3NTINEL\n", "line 3"),
            ("[profiles.a.lms]\npassword = 53171\n", "a secret is text"),
            ("[profiles.a.lms]\npasword = \"S3NTINEL\"\n", "pasword"),
            ("[profiles.a.lms]\nuser = [\"S3NTINEL\"]\n", "line 2"),
            ("[profiles.a.sessions]\napi_key = { env = \"A\", command = \"S3NTINEL\" }\n", "a secret is text"),
        ] {
            let message = read(text).err().and_then(|failure| failure.message(true)).unwrap_or_default();
            assert!(message.contains(expected), "{text}: {message}");
            assert!(!message.contains("S3NTINEL") && !message.contains("53171"), "{message}");
        }
    }

    #[test]
    #[cfg(unix)]
    fn a_file_that_others_can_read_is_refused() {
        use std::os::unix::fs::PermissionsExt;
        let file = tempfile::NamedTempFile::new().expect("a file");
        for mode in [0o644, 0o640, 0o602, 0o601] {
            fs::set_permissions(file.path(), PermissionsExt::from_mode(mode)).expect("mode");
            let message = Profiles::read(file.path()).err().and_then(|failure| failure.message(false));
            assert!(message.is_some_and(|message| message.contains("chmod 600")), "{mode:o}");
        }
    }

    #[test]
    fn a_profile_survives_its_file() {
        let text = "current = \"a\"\n\n[profiles.a.genesys]\nregion = \"eu-west-1\"\ntoken = \"t\"\n\n\
                    [profiles.a.sessions]\napi_key = { env = \"KEY\" }\n";
        let profiles = read(text).expect("profiles");
        let written = toml::to_string(&profiles).expect("TOML");
        assert_eq!(toml::to_string(&read(&written).expect("again")).expect("TOML"), written);
    }
}
