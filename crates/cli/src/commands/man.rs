//! `man`: man pages of all commands.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use clap::Args;

use crate::atomic_file::AtomicFile;
use crate::context::Context;
use crate::error::Error;

const EXAMPLES: &str = "\
Examples:
  rosterkit man | man -l -
  rosterkit man --dir ~/.local/share/man/man1";

/// Print the man page, or write those of all commands
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Man {
    /// Write the page of each command into this folder, which is created if necessary
    #[arg(long, value_name = "FOLDER")]
    dir: Option<PathBuf>,
}

impl Man {
    pub(crate) fn run(self, context: &Context, command: clap::Command) -> Result<(), Error> {
        context.global.without_service("man")?;
        let mut command = command.disable_help_subcommand(true);
        command.build();
        match self.dir {
            None => {
                let page = page(command)?;
                io::stdout().write_all(&page).and_then(|()| io::stdout().flush()).map_err(Error::output)
            }
            Some(folder) => {
                std::fs::create_dir_all(&folder).map_err(|error| Error::write(folder.display(), error))?;
                pages(&folder, command)
            }
        }
    }
}

fn page(command: clap::Command) -> Result<Vec<u8>, Error> {
    let mut page = Vec::new();
    clap_mangen::Man::new(command).render(&mut page).map_err(|error| Error::write("the man page", error))?;
    Ok(page)
}

/// Writes the pages of a command and its subcommands, such as `rosterkit-genesys-users.1`.
fn pages(folder: &Path, command: clap::Command) -> Result<(), Error> {
    for subcommand in command.get_subcommands().filter(|subcommand| subcommand.get_name() != "help") {
        pages(folder, subcommand.clone())?;
    }
    let mut file = AtomicFile::create(&folder.join(clap_mangen::Man::new(command.clone()).get_filename()))?;
    file.add(&page(command)?)?;
    file.finish()
}
