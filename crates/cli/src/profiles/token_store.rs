//! Where the tokens of a user are kept: the key ring of the operating system, or the profiles file.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use super::file::{self, Profiles};
#[cfg(feature = "keyring")]
use super::key_ring::KeyRing;
use super::sign_in::{KeptIn, SignIn, TokenStore, Tokens};
use crate::error::Error;

/// The store that a profile names.
pub(crate) fn store(profile: &str, kept_in: KeptIn) -> Result<Box<dyn TokenStore>, Error> {
    match kept_in {
        KeptIn::File => Ok(Box::new(ProfilesFile { profile: profile.to_owned() })),
        #[cfg(feature = "keyring")]
        KeptIn::KeyRing => Ok(Box::new(KeyRing::new(profile)?)),
        #[cfg(not(feature = "keyring"))]
        KeptIn::KeyRing => Err(no_key_ring()),
    }
}

#[cfg(not(feature = "keyring"))]
fn no_key_ring() -> Error {
    Error::Credential(
        "the tokens are in the key ring, which this build of rosterkit does not use: sign in again".to_owned(),
    )
}

/// Puts tokens into the key ring, and says why if that is not possible.
#[cfg(feature = "keyring")]
pub(crate) fn put_into_key_ring(profile: &str, tokens: &Tokens) -> Result<(), String> {
    let problem = |error: Error| error.message(false).unwrap_or_default();
    KeyRing::new(profile).and_then(|ring| ring.create(tokens)).map_err(problem)
}

/// Without the feature `keyring`.
#[cfg(not(feature = "keyring"))]
pub(crate) fn put_into_key_ring(_: &str, _: &Tokens) -> Result<(), String> {
    Err("this build of rosterkit does not use the key ring".to_owned())
}

/// Removes the tokens of a profile from where they are. Those in the profiles file go with their section.
pub(crate) fn forget(profile: &str, sign_in: &SignIn) -> Result<(), Error> {
    match sign_in.kept_in {
        KeptIn::File => Ok(()),
        #[cfg(feature = "keyring")]
        KeptIn::KeyRing => KeyRing::new(profile)?.remove(),
        #[cfg(not(feature = "keyring"))]
        KeptIn::KeyRing => {
            let _ = profile;
            Err(no_key_ring())
        }
    }
}

/// Waits until no other process renews the tokens of a profile, and keeps others from it until the file is closed.
pub(crate) fn lock(path: &Path) -> Result<File, Error> {
    let failed = |error| Error::write(path.display(), error);
    path.parent().map_or(Ok(()), file::create_folder).map_err(failed)?;
    // The file stays: otherwise two processes could hold different locks.
    let file = fs::OpenOptions::new().create(true).truncate(false).write(true).open(path).map_err(failed)?;
    file.lock().map_err(failed)?;
    Ok(file)
}

/// The file whose lock is held while the tokens of a profile are replaced.
pub(crate) fn lock_path(profile: &str) -> Result<PathBuf, Error> {
    Ok(file::path()?.with_file_name(format!("sign-in-{profile}.lock")))
}

/// The section of a profile in the profiles file.
struct ProfilesFile {
    profile: String,
}

impl TokenStore for ProfilesFile {
    fn read(&self) -> Result<Option<Tokens>, Error> {
        let mut profiles = Profiles::load()?;
        let genesys = profiles.profiles.remove(&self.profile).and_then(|profile| profile.genesys);
        Ok(genesys.and_then(|genesys| genesys.sign_in).and_then(|sign_in| sign_in.tokens))
    }

    fn replace(&self, tokens: &Tokens) -> Result<(), Error> {
        let replace = |profiles: &mut Profiles| {
            let genesys = profiles.profiles.get_mut(&self.profile).and_then(|profile| profile.genesys.as_mut());
            // Unless somebody signed out meanwhile.
            let sign_in = genesys.and_then(|genesys| genesys.sign_in.as_mut());
            if let Some(sign_in) = sign_in.filter(|it| it.kept_in == KeptIn::File) {
                sign_in.tokens = Some(tokens.clone());
            }
            Ok(())
        };
        Profiles::change(replace).map(drop)
    }
}
