//! The command line of the three services.

use clap::Parser;

/// People, sessions and training on Genesys Cloud, the PeopleFluent LMS and the session-cluster service.
#[derive(Debug, Parser)]
#[command(name = "rosterkit", version)]
struct Arguments {}

fn main() {
    let Arguments {} = Arguments::parse();
}
