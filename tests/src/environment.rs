//! What tests that run for long ask of the environment.

use std::fs;

/// A number from the environment. An empty variable counts as not set.
///
/// # Panics
/// If it is not a whole number.
pub fn setting(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok().filter(|text| !text.is_empty())?;
    Some(text.parse().unwrap_or_else(|_| panic!("invalid {name}: expected a whole number")))
}

/// Memory of the process in kibibytes, where the system tells it: `VmRSS` is what is in use, `VmHWM` the most that was.
pub fn memory(name: &str) -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
    line.split_whitespace().next()?.parse().ok()
}
