//! What the clients of all services have in common.

use std::time::Duration;

use rosterkit_core::{RateLimit, TransportBuilder};

use crate::context::Context;
use crate::error::Error;
use crate::global_args::GlobalArgs;

/// Common settings of the clients. `--verbose` reports retries; an embedded sandbox has no rate limit.
pub(super) fn transport(context: &Context, builder: TransportBuilder) -> TransportBuilder {
    let GlobalArgs { attempts, timeout, sandbox, .. } = context.global;
    let mut builder = if sandbox { builder.rate_limit(RateLimit::unlimited()) } else { builder };
    if let Some(attempts) = attempts {
        builder = builder.retry_attempts(attempts);
    }
    if let Some(seconds) = timeout {
        builder = builder.timeout(Duration::from_secs(seconds));
    }
    if context.global.verbose == 0 {
        return builder;
    }
    builder.on_retry(|event| {
        use std::io::Write as _;
        // A closed standard error does not stop the command.
        let _ = writeln!(
            std::io::stderr(),
            "rosterkit: attempt {} failed, retrying in {:.1} s: {}",
            event.attempt(),
            event.delay().as_secs_f64(),
            event.error()
        );
    })
}

/// Rejects options that the service does not use.
pub(super) fn reject(context: &Context, service: &str, unused: &[&str]) -> Result<(), Error> {
    match context.global.given().into_iter().find(|option| unused.contains(option)) {
        Some(option) => Err(Error::usage(format!("{service} does not use {option}: remove it"))),
        None => Ok(()),
    }
}
