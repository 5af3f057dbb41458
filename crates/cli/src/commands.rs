//! One module per command.

pub(crate) mod call;
pub(crate) mod completions;
mod datetime;
pub(crate) mod doctor;
pub(crate) mod genesys;
pub(crate) mod lms;
pub(crate) mod login;
pub(crate) mod man;
pub(crate) mod ops;
pub(crate) mod profile;
pub(crate) mod sandbox;
pub(crate) mod sessions;
pub(crate) mod sync;
mod values;

use clap::CommandFactory as _;

use crate::args::{Cli, Command};
use crate::context::Context;
use crate::error::Error;

/// Runs a command.
pub(crate) fn run(context: &Context, command: Command) -> Result<(), Error> {
    context.global.check()?;
    match command {
        Command::Call(call) => context.block_on(call.run(context)),
        Command::Ops(ops) => ops.run(context),
        Command::Genesys(genesys) => context.block_on(genesys.run(context)),
        Command::Lms(lms) => context.block_on(lms.run(context)),
        Command::Sessions(sessions) => context.block_on(sessions.run(context)),
        Command::Sync(sync) => context.block_on(sync.run(context)),
        Command::Doctor(doctor) => context.block_on(doctor.run(context, Cli::command())),
        Command::Login(login) => context.block_on(login.run(context)),
        Command::Logout(logout) => logout.run(context),
        Command::Profile(profile) => profile.run(context),
        Command::Sandbox(sandbox) => context.block_on(sandbox.run(context)),
        Command::Completions(completions) => completions.run(context, Cli::command()),
        Command::Man(man) => man.run(context, Cli::command()),
    }
}
