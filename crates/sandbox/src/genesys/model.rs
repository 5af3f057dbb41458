//! The data that the service keeps, with its initial state. Nothing here reads a request or accesses all users.

pub(super) mod backups;
pub(super) mod details;
pub(super) mod greetings;
pub(super) mod jobs;
pub(super) mod monitors;
pub(super) mod presences;
pub(super) mod rules;
pub(super) mod schemas;
pub(super) mod stations;
pub(super) mod totp;
pub(super) mod user;
pub(super) mod verifiers;
