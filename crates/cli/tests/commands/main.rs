//! The binary, run as a user runs it, against a sandbox in this process.

mod bulk;
mod call;
mod exit_codes;
mod genesys;
mod ops;
mod profiles;
mod shell;
mod support;
