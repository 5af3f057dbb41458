//! What every command works with: options, clients, output, and the runtime, each made when it is first needed.

use std::cell::{OnceCell, RefCell};
use std::fmt;
use std::io::{self, BufRead as _, Read as _, Write as _};

use rosterkit_core::SecretString;
use rosterkit_sandbox::Sandbox;

use crate::error::Error;
use crate::global_args::GlobalArgs;
use crate::output::Printer;
use crate::profiles::{Profile, Profiles};
use crate::{signals, text};

/// How long the password on standard input can be, in bytes.
const LONGEST_PASSWORD: u64 = 4096;

/// What every command works with.
pub(crate) struct Context {
    pub global: GlobalArgs,
    /// The embedded sandbox. It stops when the context is dropped.
    sandbox: RefCell<Option<Sandbox>>,
    /// What uses standard input, which can be read once.
    stdin: OnceCell<&'static str>,
    password: OnceCell<SecretString>,
    profile: OnceCell<Option<(String, Profile)>>,
    /// Whether the environment is left aside.
    pub profile_only: bool,
}

impl Context {
    pub(crate) fn new(global: GlobalArgs) -> Self {
        Self {
            global,
            sandbox: RefCell::new(None),
            stdin: OnceCell::new(),
            password: OnceCell::new(),
            profile: OnceCell::new(),
            profile_only: false,
        }
    }

    /// With this profile alone: the environment has no say.
    pub(crate) fn for_profile(global: GlobalArgs, profile: Profile) -> Self {
        let name = global.profile.clone().unwrap_or_default();
        let context = Self { profile_only: true, ..Self::new(global) };
        let _ = context.profile.set(Some((name, profile)));
        context
    }

    /// Runs a future to its end, or until a signal stops it. Everything that it holds is dropped then: temporary files
    /// are removed, and what was to be written atomically is not written. What is [graceful](signals::Graceful) ends
    /// itself.
    pub(crate) fn block_on(&self, work: impl Future<Output = Result<(), Error>>) -> Result<(), Error> {
        signals::listen();
        self.serve(async {
            tokio::select! {
                biased;
                code = signals::ends() => Err(Error::Interrupted(code)),
                result = work => result,
            }
        })
    }

    /// Runs a future to its end. It listens to [signals](interrupted) itself.
    pub(crate) fn serve(&self, work: impl Future<Output = Result<(), Error>>) -> Result<(), Error> {
        let runtime = runtime()?;
        let result = runtime.block_on(work);
        // A thread that waits for standard input may wait for ever.
        runtime.shutdown_background();
        result
    }

    /// How output is written. The options about it are checked here.
    pub(crate) fn printer(&self) -> Result<Printer, Error> {
        Printer::new(&self.global)
    }

    /// Tells standard error something that is only told to those who ask for it.
    pub(crate) fn note(&self, message: impl fmt::Display) {
        if self.global.verbose > 0 {
            self.hint(message);
        }
    }

    /// Tells standard error something.
    pub(crate) fn hint(&self, message: impl fmt::Display) {
        // Nobody is left to tell when standard error is closed.
        let _ = writeln!(io::stderr(), "rosterkit: {}", text::printable_lines(&message.to_string()));
    }

    /// The profile to use: the one that is named by option or environment, else the current one.
    pub(crate) fn profile(&self) -> Result<Option<&(String, Profile)>, Error> {
        if let Some(profile) = self.profile.get() {
            return Ok(profile.as_ref());
        }
        let named = self.global.profile.clone();
        let named = named.or_else(|| std::env::var("ROSTERKIT_PROFILE").ok().filter(|name| !name.is_empty()));
        let profile = Profiles::load()?.choose(named.as_deref())?;
        Ok(self.profile.get_or_init(|| profile).as_ref())
    }

    /// Starts the embedded sandbox if it does not run yet, and takes something from it.
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

    /// Claims standard input, which only one thing can read.
    pub(crate) fn claim_stdin(&self, what: &'static str) -> Result<(), Error> {
        // Two bodies are as many as a body and a password.
        if self.stdin.set(what).is_ok() {
            return Ok(());
        }
        let other = self.stdin.get().copied().unwrap_or_default();
        Err(Error::usage(format!(
            "standard input is the {other} already and cannot be the {what} too: put one of them into a file (@file)"
        )))
    }

    /// The password of `--password-stdin`: the first line of standard input.
    pub(crate) fn password(&self) -> Result<SecretString, Error> {
        if let Some(password) = self.password.get() {
            return Ok(password.clone());
        }
        self.claim_stdin("password (--password-stdin)")?;
        let mut line = String::new();
        let read = io::stdin().lock().take(LONGEST_PASSWORD).read_line(&mut line);
        read.map_err(|error| Error::usage(format!("no password could be read from standard input: {error}")))?;
        let password = line.trim_end_matches(['\r', '\n']);
        if password.is_empty() {
            return Err(Error::usage("there is no password on standard input: its first line is empty"));
        }
        let password = SecretString::from(password);
        Ok(self.password.get_or_init(|| password).clone())
    }
}

fn runtime() -> Result<tokio::runtime::Runtime, Error> {
    let cannot = |error| Error::Service(format!("the event queue of the system cannot be used: {error}"));
    tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(cannot)
}

/// Waits for Ctrl-C or SIGTERM, and gives the exit code that belongs to it.
pub(crate) async fn interrupted() -> u8 {
    let interrupt = async {
        // Without a handler, the signal ends the process in the system's way.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
        130
    };
    #[cfg(unix)]
    let terminate = async {
        use tokio::signal::unix::{SignalKind, signal};
        match signal(SignalKind::terminate()) {
            Ok(mut terminate) => drop(terminate.recv().await),
            Err(_) => std::future::pending::<()>().await,
        }
        143
    };
    #[cfg(not(unix))]
    let terminate = std::future::pending::<u8>();
    tokio::select! { code = interrupt => code, code = terminate => code }
}
