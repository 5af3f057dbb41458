//! The permissions that an operation needs, and whether somebody has them.

use std::fmt;

/// The permissions that an operation needs.
#[derive(Clone, Copy, Debug)]
pub struct PermissionsEntry {
    /// Whether one or all of them are needed.
    pub mode: PermissionMode,
    /// The permissions, as the service names them.
    pub permissions: &'static [&'static str],
}

impl PermissionsEntry {
    /// Whether somebody has what is needed. `has` says whether they have one permission.
    pub fn are_met(&self, has: impl FnMut(&str) -> bool) -> bool {
        let mut names = self.permissions.iter().copied();
        match self.mode {
            PermissionMode::Any => names.any(has),
            PermissionMode::All => names.all(has),
        }
    }
}

/// How many of several permissions are needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PermissionMode {
    /// One of them.
    Any,
    /// All of them.
    All,
}

/// Spelled as in the spec: `any`, `all`.
impl fmt::Display for PermissionMode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(match self {
            Self::Any => "any",
            Self::All => "all",
        })
    }
}

/// Whether a permission that somebody holds includes another one. `*` matches any part, and at the end for all that follow.
///
/// ```
/// use rosterkit_core::catalog::covers;
///
/// assert!(covers("directory:*", "directory:user:view"));
/// assert!(covers("directory:*:view", "directory:user:view"));
/// assert!(!covers("directory:*:view", "directory:user:edit"));
/// ```
pub fn covers(held: &str, permission: &str) -> bool {
    let (mut held, mut parts) = (held.split(':').peekable(), permission.split(':'));
    loop {
        match (held.next(), parts.next()) {
            (None, None) => return true,
            (Some("*"), Some(_)) if held.peek().is_none() => return true,
            (Some("*"), Some(_)) => {}
            (Some(wanted), Some(part)) if wanted == part => {}
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_stand_for_parts() {
        for (held, permission, covered) in [
            ("*", "directory:user:view", true),
            ("directory:*", "directory:user:view", true),
            ("directory:*:view", "directory:user:view", true),
            ("directory:*:view", "directory:user:edit", false),
            ("directory:user:*", "directory:user:edit", true),
            ("directory:user", "directory:user:view", false),
            ("directory:user:view:more", "directory:user:view", false),
            ("dir*", "directory:user:view", false),
            ("", "directory:user:view", false),
        ] {
            assert_eq!(covers(held, permission), covered, "{held}");
        }
    }

    #[test]
    fn any_and_all_are_told_apart() {
        let needed = |mode| PermissionsEntry { mode, permissions: &["a:b:c", "x:y:z"] };
        let has = |permission: &str| permission == "a:b:c";
        assert!(needed(PermissionMode::Any).are_met(has) && !needed(PermissionMode::All).are_met(has));
        assert!(!needed(PermissionMode::Any).are_met(|_| false));
        assert_eq!(format!("{} {}", PermissionMode::Any, PermissionMode::All), "any all");
    }
}
