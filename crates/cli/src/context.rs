//! What every command works with: options, the embedded sandbox, output and the async runtime, each created on first use.

use std::cell::{OnceCell, RefCell};
use std::fmt;
use std::io::{self, BufRead as _, Read as _, Write as _};

use rosterkit_core::SecretString;
use rosterkit_core::chrono::{DateTime, Utc};
use rosterkit_sandbox::Sandbox;

use crate::error::Error;
use crate::global_args::GlobalArgs;
use crate::output::Printer;
use crate::profiles::{self, Profile, Profiles};
use crate::{signals, text};

/// The maximum length of the password on standard input, in bytes.
const MAX_PASSWORD: u64 = 4096;

/// What every command works with.
pub(crate) struct Context {
    pub global: GlobalArgs,
    /// The embedded sandbox, which stops when the context is dropped.
    sandbox: RefCell<Option<Sandbox>>,
    /// What standard input is used for: it can be read once.
    stdin: OnceCell<&'static str>,
    password: OnceCell<SecretString>,
    profile: OnceCell<Option<(String, Profile)>>,
    /// The time of the command.
    now: OnceCell<DateTime<Utc>>,
    /// Whether environment variables are ignored.
    pub profile_only: bool,
}

/// Messages that are written to standard error if `--verbose` is given.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Notes {
    are_wanted: bool,
}

impl Notes {
    pub(crate) fn note(self, message: impl fmt::Display) {
        if self.are_wanted {
            hint(message);
        }
    }
}

fn hint(message: impl fmt::Display) {
    // A closed standard error does not stop the command.
    let _ = writeln!(io::stderr(), "rosterkit: {}", text::printable_lines(&message.to_string()));
}

impl Context {
    pub(crate) fn new(global: GlobalArgs) -> Self {
        Self {
            global,
            sandbox: RefCell::new(None),
            stdin: OnceCell::new(),
            password: OnceCell::new(),
            profile: OnceCell::new(),
            now: OnceCell::new(),
            profile_only: false,
        }
    }

    /// Uses the settings of this profile only; environment variables are ignored.
    pub(crate) fn for_profile(global: GlobalArgs, profile: Profile) -> Self {
        let name = global.profile.clone().unwrap_or_default();
        let context = Self { profile_only: true, ..Self::new(global) };
        let _ = context.profile.set(Some((name, profile)));
        context
    }

    /// Runs a future until it completes or a signal arrives. After a signal the future is dropped, which removes its
    /// temporary files; work that holds a [`signals::Graceful`] shuts itself down instead.
    pub(crate) fn block_on(&self, work: impl Future<Output = Result<(), Error>>) -> Result<(), Error> {
        signals::listen();
        let cannot = |error| Error::Service(format!("cannot start the async runtime: {error}"));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(cannot)?;
        let result = runtime.block_on(async {
            tokio::select! {
                biased;
                code = signals::shutdown() => Err(Error::Interrupted(code)),
                result = work => result,
            }
        });
        // A thread that reads standard input may block forever.
        runtime.shutdown_background();
        result
    }

    /// The printer of the output options, which are checked here.
    pub(crate) fn printer(&self) -> Result<Printer, Error> {
        Printer::new(&self.global)
    }

    /// A printer without output options, for a response that cannot be printed as they say.
    pub(crate) fn plain_printer(&self) -> Result<Printer, Error> {
        Printer::new(&GlobalArgs { color: self.global.color, ..GlobalArgs::default() })
    }

    /// Writes a message to standard error if `--verbose` is given.
    pub(crate) fn note(&self, message: impl fmt::Display) {
        self.notes().note(message);
    }

    /// Messages of `--verbose` for work that does not have the context.
    pub(crate) fn notes(&self) -> Notes {
        Notes { are_wanted: self.global.verbose > 0 }
    }

    /// Writes a message to standard error.
    pub(crate) fn hint(&self, message: impl fmt::Display) {
        hint(message);
    }

    /// The profile to use: the one that `--profile` or ROSTERKIT_PROFILE names, else the current one.
    pub(crate) fn profile(&self) -> Result<Option<&(String, Profile)>, Error> {
        if let Some(profile) = self.profile.get() {
            return Ok(profile.as_ref());
        }
        let named = profiles::named(self.global.profile.as_deref());
        let profile = Profiles::load()?.choose(named.as_deref())?;
        Ok(self.profile.get_or_init(|| profile).as_ref())
    }

    /// Starts the embedded sandbox if it is not running yet, and calls a function with it.
    pub(crate) async fn sandbox<T>(&self, take: impl FnOnce(&Sandbox) -> T) -> Result<T, Error> {
        if self.sandbox.borrow().is_none() {
            let mut builder = Sandbox::builder();
            builder = self.global.sandbox_users.into_iter().fold(builder, |builder, users| builder.users(users));
            builder = self.global.sandbox_seed.into_iter().fold(builder, |builder, seed| builder.seed(seed));
            let started = builder.start().await.map_err(|error| Error::Service(format!("the sandbox: {error}")))?;
            *self.sandbox.borrow_mut() = Some(started);
        }
        match self.sandbox.borrow().as_ref() {
            Some(sandbox) => Ok(take(sandbox)),
            None => Err(Error::Service("the sandbox did not start".to_owned())),
        }
    }

    /// The time of the command, which does not change while it runs. With `--sandbox`, it is that of the sandbox's clock.
    pub(crate) async fn now(&self) -> Result<DateTime<Utc>, Error> {
        if let Some(now) = self.now.get() {
            return Ok(*now);
        }
        let now = if self.global.sandbox { self.sandbox(Sandbox::now).await? } else { Utc::now() };
        Ok(*self.now.get_or_init(|| now))
    }

    /// Reserves standard input for one use. `what` names it in messages.
    ///
    /// # Errors
    /// If it is reserved already.
    pub(crate) fn claim_stdin(&self, what: &'static str) -> Result<(), Error> {
        // Two bodies conflict, as a body and a password do.
        if self.stdin.set(what).is_ok() {
            return Ok(());
        }
        let other = self.stdin.get().copied().unwrap_or_default();
        Err(Error::usage(format!("standard input is already used for the {other}; pass the {what} in a file (@FILE)")))
    }

    /// The password of `--password-stdin`: the first line of standard input.
    pub(crate) fn password(&self) -> Result<SecretString, Error> {
        if let Some(password) = self.password.get() {
            return Ok(password.clone());
        }
        self.claim_stdin("password (--password-stdin)")?;
        let mut line = String::new();
        let read = io::stdin().lock().take(MAX_PASSWORD).read_line(&mut line);
        read.map_err(|error| Error::usage(format!("cannot read the password from standard input: {error}")))?;
        let password = line.trim_end_matches(['\r', '\n']);
        if password.is_empty() {
            return Err(Error::usage("no password on standard input: expected it on the first line"));
        }
        let password = SecretString::from(password);
        Ok(self.password.get_or_init(|| password).clone())
    }
}
