//! Clients: addresses and credentials, from options, environment and profiles.
//!
//! For each setting, the first of these that has it: options, the profile of `--profile`, environment variables, the
//! profile of `ROSTERKIT_PROFILE` or else the current one, the service's default. A credential counts as one setting: a
//! user's id of one place is not combined with a token of another. With `--sandbox`, environment and profiles are
//! left aside.
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

/// Settings of every client: what is retried is told to those who ask for it, and an embedded sandbox has no limit.
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
        // Nobody is left to tell when standard error is closed.
        let _ = writeln!(
            std::io::stderr(),
            "rosterkit: attempt {} failed, the next comes in {:.1} s: {}",
            event.attempt(),
            event.delay().as_secs_f64(),
            event.error()
        );
    })
}

/// Refuses options that the service has no use for.
fn refuse(context: &Context, service: &str, useless: &[&str]) -> Result<(), Error> {
    match context.global.given().into_iter().find(|option| useless.contains(option)) {
        Some(option) => Err(Error::usage(format!("{service} has no use for {option}: leave it out"))),
        None => Ok(()),
    }
}
