//! The command line, as its users run it.

#![allow(missing_docs, clippy::unwrap_used)]

mod bulk;
mod call;
mod call_answers;
#[cfg(unix)]
mod examples;
mod exit_codes;
mod genesys;
mod genesys_jobs;
mod genesys_routing;
#[cfg(unix)]
mod interrupts;
mod lms;
mod lms_bulk;
mod lms_export;
mod ops;
mod profiles;
mod sessions;
mod shell;
mod support;
mod tour;
mod troubles;
mod verbs;
