//! The command line, as its users run it.

#![allow(missing_docs, clippy::unwrap_used)]

mod bulk;
mod call;
mod call_responses;
mod command_coverage;
mod daily_jobs;
mod demo;
mod doctor;
#[cfg(unix)]
mod examples;
mod exit_codes;
mod exports;
mod genesys;
mod genesys_changes;
mod genesys_jobs;
mod genesys_lookups;
mod genesys_routing;
mod guide;
mod input;
mod lms;
mod lms_bulk;
mod lms_export;
mod login;
mod ops;
#[cfg(unix)]
mod outcomes;
mod people_files;
mod people_keys;
mod people_many;
mod people_plan;
mod profiles;
#[cfg(target_os = "linux")]
mod question;
mod scripted;
mod scripted_responses;
mod service_failures;
mod sessions;
mod shell;
#[cfg(unix)]
mod shutdown;
mod support;
mod sync;
#[allow(clippy::print_stdout)]
mod sync_killed;
mod tour;
mod unreadable;
