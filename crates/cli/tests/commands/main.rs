//! The binary, run as a user runs it, against a sandbox in this process.

mod bulk;
mod call;
mod call_answers;
mod examples;
mod exit_codes;
mod genesys;
mod genesys_jobs;
mod genesys_routing;
mod interrupts;
mod lms;
mod lms_bulk;
mod lms_export;
mod ops;
mod profiles;
mod sessions;
mod shell;
mod support;
mod troubles;
mod verbs;
