//! What the service keeps, and what is there from the start. Nothing here reads a request or knows all users.

pub(super) mod backups;
pub(super) mod details;
pub(super) mod jobs;
pub(super) mod schemas;
pub(super) mod stations;
pub(super) mod totp;
pub(super) mod user;
pub(super) mod verifiers;
