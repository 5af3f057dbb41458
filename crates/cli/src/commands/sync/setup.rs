//! The sync file, the clients of its services, and its state file.

use std::path::{Path, PathBuf};

use clap::Args;
use rosterkit_sync::config::{From, SyncFile, To};
use rosterkit_sync::engine::{Engine, PlanOptions};
use rosterkit_sync::plan::Allowances;
use rosterkit_sync::source::Services;
use rosterkit_sync::state::{State, StateError};
use tokio::sync::mpsc;

use crate::connect;
use crate::context::Context;
use crate::error::Error;

/// How many rows of the state file are read ahead.
const AHEAD: usize = 256;

/// Which sync file.
#[derive(Args, Clone, Debug)]
pub(super) struct FileOption {
    /// The sync file
    #[arg(long, value_name = "FILE", default_value = "rosterkit-sync.toml")]
    pub file: PathBuf,
}

/// What is planned.
#[derive(Args, Clone, Debug)]
pub(super) struct Scope {
    /// Only this flow; repeat it for more flows
    #[arg(long = "flow", id = "flows", value_name = "NAME")]
    pub flows: Vec<String>,
    /// Only this person: an id in the source or in the target
    #[arg(long, value_name = "PERSON")]
    pub only: Option<String>,
    /// Accept the sizes of both sides, however much smaller they are than before; they are what later reads are compared with
    #[arg(long)]
    pub accept_source_size: bool,
    /// Use the state file with these addresses of the services from now on, although it belongs to others
    #[arg(long)]
    pub accept_addresses: bool,
}

/// Limits of this run in place of those of the sync file.
#[derive(Args, Clone, Copy, Debug)]
pub(super) struct LimitOptions {
    /// Allow N removals in a flow, in place of its limits
    #[arg(long, value_name = "N", help_heading = "Limits")]
    pub allow_removals: Option<u64>,
    /// Allow N creations in a flow, in place of its limit
    #[arg(long, value_name = "N", help_heading = "Limits")]
    pub allow_creations: Option<u64>,
    /// Allow N updates in a flow, in place of its limit
    #[arg(long, value_name = "N", help_heading = "Limits")]
    pub allow_updates: Option<u64>,
}

impl LimitOptions {
    pub(super) fn allowances(self) -> Allowances {
        Allowances { removals: self.allow_removals, creations: self.allow_creations, updates: self.allow_updates }
    }
}

impl Scope {
    /// The options of a plan.
    ///
    /// # Errors
    /// If there is no such flow.
    pub(super) fn options(self, file: &SyncFile, limits: LimitOptions) -> Result<PlanOptions, Error> {
        self.flows.iter().try_for_each(|name| check_flow(file, name))?;
        Ok(PlanOptions {
            only: self.only,
            allowances: limits.allowances(),
            accept_source_size: self.accept_source_size,
            flows: self.flows,
        })
    }
}

/// Reads the sync file.
///
/// # Errors
/// With all that is wrong with it, and if options name an address or a credential.
pub(super) fn load(context: &Context, option: &FileOption) -> Result<SyncFile, Error> {
    // Several services are called, and an option would not say which of them is meant.
    if let Some(option) = context.global.given().into_iter().find(|option| *option != "--profile") {
        return Err(Error::usage(format!(
            "`sync` does not use {option}: addresses and credentials come from the environment or a profile"
        )));
    }
    if !option.file.exists() {
        return Err(Error::usage(format!(
            "no sync file `{}`: name one with --file, or write one with `rosterkit sync init`",
            option.file.display()
        )));
    }
    let mut file = SyncFile::load(&option.file).map_err(|error| Error::usage(error.to_string()))?;
    if context.global.sandbox {
        // The sample people must not get among the real ones.
        file.state = beside(&file.state);
    }
    Ok(file)
}

/// The state file of runs against the sandbox.
fn beside(state: &Path) -> PathBuf {
    let mut name = state.file_stem().unwrap_or_default().to_owned();
    name.push(".sandbox");
    if let Some(extension) = state.extension() {
        name.push(".");
        name.push(extension);
    }
    state.with_file_name(name)
}

/// Checks that the sync file has a flow of this name.
pub(super) fn check_flow(file: &SyncFile, name: &str) -> Result<(), Error> {
    if file.flows.iter().any(|flow| flow.name == name) {
        return Ok(());
    }
    let names: Vec<String> = file.flows.iter().map(|flow| format!("`{}`", flow.name)).collect();
    Err(Error::usage(format!("`{}` has no flow `{name}`; it has {}", file.path.display(), names.join(", "))))
}

/// The clients of the services that the sync file needs.
pub(super) async fn services(context: &Context, file: &SyncFile) -> Result<Services, Error> {
    let is_needed =
        |from: fn(&From) -> bool, to: fn(To) -> bool| file.flows.iter().any(|flow| from(&flow.from) || to(flow.to));
    let mut services = Services::default();
    if is_needed(|it| matches!(it, From::GenesysUsers { .. }), |it| it == To::GenesysUsers) {
        services.genesys = Some(connect::genesys(context).await?);
    }
    if is_needed(|it| *it == From::LmsUsers, |it| matches!(it, To::LmsUsers | To::LmsExternalTraining)) {
        services.lms = Some(connect::lms(context).await?);
    }
    let is_of_sessions = |it: &From| matches!(it, From::SessionUsers | From::SessionCompletions);
    if is_needed(is_of_sessions, |it| it == To::SessionUsers) {
        services.sessions = Some(connect::sessions(context).await?);
    }
    Ok(services)
}

/// An engine with the services of the sync file and its state file, whose lock it holds.
pub(super) async fn engine(context: &Context, file: SyncFile, command: &'static str) -> Result<Engine, Error> {
    let services = services(context, &file).await?;
    let state = State::open(&file.state, command).await?;
    let engine = Engine::new(file, services, state);
    // Each sandbox has an address of its own.
    if context.global.sandbox {
        engine.accept_addresses().await?;
    }
    Ok(engine)
}

/// The state file, locked, which must exist: a command about what is in it makes none.
pub(super) async fn existing_state(file: &SyncFile, command: &'static str) -> Result<State, Error> {
    if !file.state.exists() {
        return Err(StateError::Missing { path: file.state.clone() }.into());
    }
    Ok(State::open(&file.state, command).await?)
}

/// Gives each row that a function reads from the state file to another one, a few at a time.
pub(super) async fn stream<T: Send + 'static>(
    state: &State,
    read: impl FnOnce(
        &rosterkit_sync::state::Connection,
        &mut dyn FnMut(T) -> Result<(), StateError>,
    ) -> Result<(), StateError>
    + Send
    + 'static,
    mut take: impl FnMut(T) -> Result<(), Error>,
) -> Result<(), Error> {
    let (sender, mut rows) = mpsc::channel(AHEAD);
    let reading = state
        .call(move |connection| read(connection, &mut |row| sender.blocking_send(row).map_err(|_| StateError::Closed)));
    let taking = async move {
        while let Some(row) = rows.recv().await {
            take(row)?;
        }
        Ok(())
    };
    let (read, taken) = tokio::join!(reading, taking);
    // If a row was not taken, the read ended because of that.
    taken.and_then(|()| read.map_err(Error::from))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_state_of_the_sandbox_is_beside_the_real_one() {
        for (real, sandbox) in [("a/sync.db", "a/sync.sandbox.db"), ("state", "state.sandbox")] {
            assert_eq!(beside(Path::new(real)), Path::new(sandbox));
        }
    }
}
