//! The sandbox as a program: prints its URLs and runs until Ctrl-C.

use std::error::Error;
use std::io::{self, Write};
use std::process::ExitCode;

use clap::Parser;
use rosterkit_sandbox::program::{self, FAULTS_HELP, Options};

/// Genesys Cloud, the PeopleFluent LMS and the session-cluster service in memory, with invented people
///
/// The same number of people and the same seed give the same responses. Stops on Ctrl-C, and keeps nothing without --state.
#[derive(Debug, Parser)]
#[command(version, after_help = FAULTS_HELP)]
struct Arguments {
    #[command(flatten)]
    options: Options,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let announce = |sandbox: &_| -> Result<(), Box<dyn Error>> {
        let mut out = io::stdout().lock();
        out.write_all(program::text(sandbox).as_bytes())?;
        Ok(out.flush()?)
    };
    match Arguments::parse().options.run(interrupted(), announce).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let mut stderr = io::stderr();
            // There is no other place to report a failure of standard error.
            let _ = writeln!(stderr, "rosterkit-sandbox: {error}");
            if let Some(source) = error.source() {
                let _ = writeln!(stderr, "  caused by: {source}");
            }
            ExitCode::FAILURE
        }
    }
}

/// Completes on Ctrl-C or SIGTERM. If neither can be handled, the program stops at once.
async fn interrupted() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let Ok(mut terminate) = signal(SignalKind::terminate()) else { return };
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = terminate.recv() => {}
        }
    }
    #[cfg(not(unix))]
    drop(tokio::signal::ctrl_c().await);
}
