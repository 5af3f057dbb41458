//! One module per command.

pub(crate) mod call;
pub(crate) mod completions;
pub(crate) mod genesys;
pub(crate) mod lms;
pub(crate) mod man;
mod moments;
pub(crate) mod ops;
pub(crate) mod profile;
pub(crate) mod sandbox;
pub(crate) mod sessions;
mod values;

use crate::app::App;
use crate::arguments::Command;
use crate::failure::Failure;

/// Runs a command.
pub(crate) fn run(app: &App, command: Command) -> Result<(), Failure> {
    app.global.check()?;
    match command {
        Command::Call(call) => app.block_on(call.run(app)),
        Command::Ops(ops) => ops.run(app),
        Command::Genesys(genesys) => app.block_on(genesys.run(app)),
        Command::Lms(lms) => app.block_on(lms.run(app)),
        Command::Sessions(sessions) => app.block_on(sessions.run(app)),
        Command::Profile(profile) => profile.run(app),
        Command::Sandbox(sandbox) => app.serve(sandbox.run(app)),
        Command::Completions(completions) => completions.run(app),
        Command::Man(man) => man.run(app),
    }
}
