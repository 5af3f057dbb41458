//! The key ring of the operating system: Keychain, Credential Manager, or the Secret Service of the desktop.
//!
//! The `keyring` crate asks exactly one of them. Its calls can hang, such as when no one unlocks the key ring, so that each
//! runs in a thread of its own with a time limit.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use super::file;
use super::sign_in::{TokenStore, Tokens};
use crate::error::Error;

/// The name under which entries are listed.
const SERVICE: &str = "rosterkit";
/// How long a key ring may take to accept new tokens. Without one by then, they go into the profiles file.
const CREATE_LIMIT: Duration = Duration::from_secs(3);
/// How long a key ring that is known may take. Somebody may have to unlock it.
const USE_LIMIT: Duration = Duration::from_secs(30);

/// The entry of a profile.
pub(super) struct KeyRing {
    /// The profile and the file that it is in: other files may have a profile of the same name.
    account: String,
}

impl KeyRing {
    pub(super) fn new(profile: &str) -> Result<Self, Error> {
        Ok(Self { account: format!("{profile} in {}", file::path()?.display()) })
    }

    /// Puts new tokens into the key ring.
    pub(super) fn create(&self, tokens: &Tokens) -> Result<(), Error> {
        self.write(tokens, CREATE_LIMIT)
    }

    /// Removes the tokens, if there are some.
    pub(super) fn remove(&self) -> Result<(), Error> {
        self.within(USE_LIMIT, |entry| match entry.delete_credential() {
            Err(keyring::Error::NoEntry) => Ok(()),
            result => result,
        })
    }

    /// Writes tokens, and reads them back: a key ring that forgets what it accepts would end the user's session.
    fn write(&self, tokens: &Tokens, limit: Duration) -> Result<(), Error> {
        let text = serde_json::to_string(tokens)
            .map_err(|_| Error::Credential("the tokens cannot be written as JSON".to_owned()))?;
        let is_kept = self.within(limit, move |entry| {
            entry.set_password(&text)?;
            Ok(entry.get_password()? == text)
        })?;
        if is_kept { Ok(()) } else { Err(Error::Credential("the key ring does not keep what is written".to_owned())) }
    }

    fn within<T: Send + 'static>(
        &self,
        limit: Duration,
        work: impl FnOnce(&keyring::Entry) -> keyring::Result<T> + Send + 'static,
    ) -> Result<T, Error> {
        let account = self.account.clone();
        within(limit, move || keyring::Entry::new(SERVICE, &account).and_then(|entry| work(&entry)))
    }
}

impl TokenStore for KeyRing {
    fn read(&self) -> Result<Option<Tokens>, Error> {
        let found = self.within(USE_LIMIT, |entry| match entry.get_password() {
            Ok(text) => Ok(Some(text)),
            Err(keyring::Error::NoEntry) => Ok(None),
            Err(error) => Err(error),
        })?;
        let unreadable =
            |_| Error::Credential("the entry of the key ring is not one of this version of rosterkit".to_owned());
        found.map(|text| serde_json::from_str(&text).map_err(unreadable)).transpose()
    }

    fn replace(&self, tokens: &Tokens) -> Result<(), Error> {
        self.write(tokens, USE_LIMIT)
    }
}

/// Runs work in a thread, and gives it up after the time limit.
fn within<T: Send + 'static>(
    limit: Duration,
    work: impl FnOnce() -> keyring::Result<T> + Send + 'static,
) -> Result<T, Error> {
    let (sender, receiver) = mpsc::channel();
    // The receiver is gone after the time limit.
    let run = move || drop(sender.send(work()));
    let spawned = thread::Builder::new().name("rosterkit-key-ring".to_owned()).spawn(run);
    spawned.map_err(|error| Error::Credential(format!("the key ring cannot be used: {error}")))?;
    match receiver.recv_timeout(limit) {
        Ok(result) => result.map_err(|error| Error::Credential(reason(&error).to_owned())),
        Err(mpsc::RecvTimeoutError::Timeout) => {
            Err(Error::Credential(format!("the key ring did not respond within {} seconds", limit.as_secs())))
        }
        Err(mpsc::RecvTimeoutError::Disconnected) => Err(Error::Credential("the key ring cannot be used".to_owned())),
    }
}

/// What failed, without the words of the platform, which may quote an entry.
fn reason(error: &keyring::Error) -> &'static str {
    match error {
        keyring::Error::NoDefaultStore => "there is no key ring",
        keyring::Error::NoStorageAccess(_) => "the key ring is locked or denies access",
        keyring::Error::TooLong(..) => "the tokens are too long for the key ring",
        keyring::Error::Ambiguous(_) => "the key ring has several entries of this profile",
        _ => "the key ring failed",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_ring_that_hangs_is_given_up() {
        let (_kept, never) = mpsc::channel::<()>();
        let result = within(Duration::from_millis(20), move || {
            // Ends with the test.
            let _ = never.recv();
            Ok(())
        });
        let message = result.expect_err("given up").message(false).unwrap_or_default();
        assert!(message.contains("did not respond within"), "{message}");
    }

    #[test]
    fn a_failure_is_told_without_the_words_of_the_platform() {
        let failed = || keyring::Error::PlatformFailure("S3NTINEL".into());
        let message = within(USE_LIMIT, move || Err::<(), _>(failed())).expect_err("failed").message(true);
        assert_eq!(message.as_deref(), Some("the key ring failed"));
    }
}
