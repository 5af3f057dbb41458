//! Roles and their permissions.

/// Everybody has the first.
pub(super) const NAMES: &[&str] = &["employee", "supervisor", "agent", "trainer", "planner", "admin"];

/// What each role may do.
pub(super) const PERMISSIONS: &[&[&str]] = &[
    &["directory:user:view"],
    &["analytics:userObservation:view", "directory:user:view", "routing:queueMember:manage"],
    &["conversation:communication:view", "routing:queue:join"],
    &["learning:module:view", "coaching:appointment:view"],
    &["wfm:schedule:view", "analytics:userAggregate:view"],
    &["authorization:grant:add", "authorization:grant:delete", "directory:user:add", "directory:user:edit"],
];
