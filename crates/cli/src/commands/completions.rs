//! `completions`: shell completions.

use std::io::{self, Write as _};

use clap::{Args, ValueEnum};

use crate::context::Context;
use crate::error::Error;

const EXAMPLES: &str = "\
Examples:
  rosterkit completions bash > ~/.local/share/bash-completion/completions/rosterkit
  rosterkit completions zsh > ~/.zfunc/_rosterkit
  rosterkit completions fish > ~/.config/fish/completions/rosterkit.fish
  rosterkit completions powershell >> $PROFILE";

/// Print the completion script of a shell
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Completions {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Shell {
    Bash,
    Zsh,
    Fish,
    Powershell,
}

impl Completions {
    pub(crate) fn run(self, context: &Context, mut command: clap::Command) -> Result<(), Error> {
        context.global.without_service("completions")?;
        let shell = match self.shell {
            Shell::Bash => clap_complete::Shell::Bash,
            Shell::Zsh => clap_complete::Shell::Zsh,
            Shell::Fish => clap_complete::Shell::Fish,
            Shell::Powershell => clap_complete::Shell::PowerShell,
        };
        let mut script = Vec::new();
        clap_complete::generate(shell, &mut command, "rosterkit", &mut script);
        io::stdout().write_all(&script).and_then(|()| io::stdout().flush()).map_err(Error::output)
    }
}
