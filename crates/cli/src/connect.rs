//! Clients of the three services, with addresses and credentials from options, environment and profiles.
//!
//! Each setting comes from the first of these that has it: options, the profile of `--profile`, environment variables, the
//! profile of `ROSTERKIT_PROFILE` or else the current one, the service's default. A credential is one setting: the user of
//! one source is not combined with the token of another. With `--sandbox`, environment and profiles are ignored.
//!
//! | service | environment |
//! | --- | --- |
//! | Genesys Cloud | `GENESYSCLOUD_REGION` or `GENESYSCLOUD_BASE_URL`; `GENESYSCLOUD_ACCESS_TOKEN`, or `GENESYSCLOUD_OAUTHCLIENT_ID` and `GENESYSCLOUD_OAUTHCLIENT_SECRET` |
//! | LMS | `LMS_BASE_URL`; `LMS_USER` and `LMS_PASSWORD`, or `LMS_ACCESS_TOKEN`; `LMS_SYSTEM_KEY` |
//! | Session clusters | `SESSIONS_BASE_URL`; `SESSIONS_API_KEY`, `SESSIONS_API_KEY_HEADER` |

mod genesys;
mod lms;
mod precedence;
mod sessions;

pub(crate) use genesys::genesys;
pub(crate) use lms::lms;
pub(crate) use sessions::sessions;

use std::time::Duration;

use rosterkit_core::{RateLimit, TransportBuilder};

use crate::context::Context;
use crate::error::Error;
use crate::global_args::GlobalArgs;

/// Common settings of the clients. `--verbose` reports retries; an embedded sandbox has no rate limit.
fn transport(context: &Context, builder: TransportBuilder) -> TransportBuilder {
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
        // A closed standard error is no reason to stop.
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
fn reject(context: &Context, service: &str, unused: &[&str]) -> Result<(), Error> {
    match context.global.given().into_iter().find(|option| unused.contains(option)) {
        Some(option) => Err(Error::usage(format!("{service} does not use {option}: remove it"))),
        None => Ok(()),
    }
}
