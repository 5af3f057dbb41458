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

/// The place of one entry. Calls block, and may hang.
pub(super) trait Entry: Clone + Send + Sync + 'static {
    fn write(&self, text: &str) -> keyring::Result<()>;

    fn read(&self) -> keyring::Result<String>;

    fn remove(&self) -> keyring::Result<()>;

    /// What is kept, if there is an entry.
    fn find(&self) -> keyring::Result<Option<String>> {
        match self.read() {
            Ok(text) => Ok(Some(text)),
            Err(keyring::Error::NoEntry) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// An entry of the operating system's key ring.
#[derive(Clone)]
pub(super) struct SystemEntry {
    /// The profile and the file that it is in: other files may have a profile of the same name.
    account: String,
}

impl SystemEntry {
    fn open(&self) -> keyring::Result<keyring::Entry> {
        keyring::Entry::new(SERVICE, &self.account)
    }
}

impl Entry for SystemEntry {
    fn write(&self, text: &str) -> keyring::Result<()> {
        self.open()?.set_password(text)
    }

    fn read(&self) -> keyring::Result<String> {
        self.open()?.get_password()
    }

    fn remove(&self) -> keyring::Result<()> {
        self.open()?.delete_credential()
    }
}

/// The tokens of a profile in a key ring.
pub(super) struct KeyRing<E = SystemEntry> {
    entry: E,
    create_limit: Duration,
    use_limit: Duration,
}

impl KeyRing {
    pub(super) fn new(profile: &str) -> Result<Self, Error> {
        let account = format!("{profile} in {}", file::path()?.display());
        Ok(Self { entry: SystemEntry { account }, create_limit: CREATE_LIMIT, use_limit: USE_LIMIT })
    }
}

impl<E: Entry> KeyRing<E> {
    /// Puts new tokens into the key ring.
    pub(super) fn create(&self, tokens: &Tokens) -> Result<(), Error> {
        self.write(tokens, self.create_limit)
    }

    /// Removes the tokens, if there are some.
    pub(super) fn remove(&self) -> Result<(), Error> {
        self.within(self.use_limit, |entry| match entry.remove() {
            Err(keyring::Error::NoEntry) => Ok(()),
            result => result,
        })
    }

    /// Writes tokens, and reads them back: a key ring that forgets what it accepts would end the user's session.
    fn write(&self, tokens: &Tokens, limit: Duration) -> Result<(), Error> {
        let text = serde_json::to_string(tokens)
            .map_err(|_| Error::Credential("the tokens cannot be written as JSON".to_owned()))?;
        let is_kept = self.within(limit, move |entry| {
            entry.write(&text)?;
            Ok(entry.find()?.is_some_and(|kept| kept == text))
        })?;
        if is_kept { Ok(()) } else { Err(Error::Credential("the key ring does not keep what is written".to_owned())) }
    }

    fn within<T: Send + 'static>(
        &self,
        limit: Duration,
        work: impl FnOnce(&E) -> keyring::Result<T> + Send + 'static,
    ) -> Result<T, Error> {
        let entry = self.entry.clone();
        within(limit, move || work(&entry))
    }
}

impl<E: Entry> TokenStore for KeyRing<E> {
    fn read(&self) -> Result<Option<Tokens>, Error> {
        let found = self.within(self.use_limit, Entry::find)?;
        let unreadable =
            |_| Error::Credential("the entry of the key ring is not one of this version of rosterkit".to_owned());
        found.map(|text| serde_json::from_str(&text).map_err(unreadable)).transpose()
    }

    fn replace(&self, tokens: &Tokens) -> Result<(), Error> {
        self.write(tokens, self.use_limit)
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
    use std::sync::{Arc, Mutex};

    use genesys_users::oauth::Token;
    use rosterkit_core::chrono::Utc;

    use super::*;

    /// What an entry in memory does with what is written.
    #[derive(Clone, Copy)]
    enum Manner {
        Keeps,
        /// Accepts it, and has nothing afterwards.
        Forgets,
        /// Accepts it, and has what was there before.
        Ignores,
        Fails,
        /// Does not respond until the test ends.
        Hangs,
    }

    /// An entry in memory.
    #[derive(Clone)]
    struct Memory {
        manner: Manner,
        kept: Arc<Mutex<Option<String>>>,
        end: Arc<Mutex<mpsc::Receiver<()>>>,
    }

    impl Entry for Memory {
        fn write(&self, text: &str) -> keyring::Result<()> {
            let mut kept = self.kept.lock().expect("no panic");
            match self.manner {
                Manner::Keeps => *kept = Some(text.to_owned()),
                Manner::Forgets => *kept = None,
                Manner::Ignores => {}
                Manner::Fails => return Err(keyring::Error::PlatformFailure("S3NTINEL".into())),
                Manner::Hangs => drop(self.end.lock().expect("no panic").recv()),
            }
            Ok(())
        }

        fn read(&self) -> keyring::Result<String> {
            self.kept.lock().expect("no panic").clone().ok_or(keyring::Error::NoEntry)
        }

        fn remove(&self) -> keyring::Result<()> {
            self.kept.lock().expect("no panic").take().map(drop).ok_or(keyring::Error::NoEntry)
        }
    }

    /// A key ring in memory. It hangs as long as the sender is there.
    fn ring(manner: Manner, create_limit: Duration) -> (KeyRing<Memory>, mpsc::Sender<()>) {
        let (end, wait) = mpsc::channel();
        let entry = Memory { manner, kept: Arc::default(), end: Arc::new(Mutex::new(wait)) };
        (KeyRing { entry, create_limit, use_limit: USE_LIMIT }, end)
    }

    fn tokens(text: &str) -> Tokens {
        Tokens::issued(&Token::new(text), Utc::now())
    }

    fn message(result: Result<(), Error>) -> String {
        result.expect_err("it failed").message(true).unwrap_or_default()
    }

    #[test]
    fn tokens_are_kept_replaced_and_removed() {
        let (ring, _end) = ring(Manner::Keeps, CREATE_LIMIT);
        assert_eq!(ring.read().expect("nothing"), None);
        ring.create(&tokens("first")).expect("kept");
        assert_eq!(ring.read().expect("tokens"), Some(tokens("first")));
        ring.replace(&tokens("second")).expect("kept");
        assert_eq!(ring.read().expect("tokens"), Some(tokens("second")));
        ring.remove().expect("removed");
        ring.remove().expect("there is nothing to remove");
        assert_eq!(ring.read().expect("nothing"), None);
        *ring.entry.kept.lock().expect("no panic") = Some("S3NTINEL".to_owned());
        let unreadable = message(ring.read().map(drop));
        assert!(unreadable.contains("not one of this version") && !unreadable.contains("S3NTINEL"), "{unreadable}");
    }

    #[test]
    fn what_is_written_is_read_back() {
        for manner in [Manner::Forgets, Manner::Ignores] {
            let (ring, _end) = ring(manner, CREATE_LIMIT);
            *ring.entry.kept.lock().expect("no panic") = Some(serde_json::to_string(&tokens("before")).expect("JSON"));
            for result in [ring.create(&tokens("new")), ring.replace(&tokens("new"))] {
                assert_eq!(message(result), "the key ring does not keep what is written");
            }
        }
    }

    #[test]
    fn a_key_ring_that_hangs_is_given_up_after_three_seconds_with_new_tokens() {
        assert_eq!(CREATE_LIMIT, Duration::from_secs(3));
        let (ring, end) = ring(Manner::Hangs, Duration::from_millis(20));
        let message = message(ring.create(&tokens("new")));
        assert!(message.contains("did not respond within"), "{message}");
        drop(end);
    }

    #[test]
    fn a_failure_is_told_without_the_words_of_the_platform() {
        let (ring, _end) = ring(Manner::Fails, CREATE_LIMIT);
        assert_eq!(message(ring.create(&tokens("new"))), "the key ring failed");
    }
}
