//! The permissions of an access token.

use std::collections::BTreeSet;

use rosterkit_core::catalog::{PermissionMode, PermissionsEntry};
use serde::{Deserialize, Serialize};

/// The permissions of an OAuth client or an access token, as the catalog spells them: `directory:user:view`.
///
/// `*` matches any part, and at the end all that follow: `directory:*` allows `directory:user:view`.
///
/// ```
/// use rosterkit_sandbox::Permissions;
///
/// let permissions = Permissions::only(["directory:user:view", "routing:*"]);
/// assert!(permissions.has("routing:skill:assign"));
/// assert!(!permissions.has("directory:user:delete"));
/// assert!(Permissions::all().has("directory:user:delete"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Permissions(BTreeSet<String>);

impl Permissions {
    /// Every permission.
    pub fn all() -> Self {
        Self::only(["*"])
    }

    /// No permission.
    pub fn none() -> Self {
        Self(BTreeSet::new())
    }

    /// Only these.
    pub fn only<S: Into<String>>(permissions: impl IntoIterator<Item = S>) -> Self {
        Self(permissions.into_iter().map(Into::into).collect())
    }

    /// Whether a permission is among them.
    pub fn has(&self, permission: &str) -> bool {
        self.0.contains(permission) || self.0.iter().any(|granted| covers(granted, permission))
    }

    pub(crate) fn allow(&self, needed: &PermissionsEntry) -> bool {
        let mut names = needed.permissions.iter();
        match needed.mode {
            PermissionMode::Any => names.any(|name| self.has(name)),
            PermissionMode::All => names.all(|name| self.has(name)),
        }
    }
}

fn covers(granted: &str, permission: &str) -> bool {
    let (mut granted, mut parts) = (granted.split(':').peekable(), permission.split(':'));
    loop {
        match (granted.next(), parts.next()) {
            (None, None) => return true,
            (Some("*"), Some(_)) if granted.peek().is_none() => return true,
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
        for (granted, permission, covered) in [
            ("*", "directory:user:view", true),
            ("directory:*", "directory:user:view", true),
            ("directory:*:view", "directory:user:view", true),
            ("directory:*:view", "directory:user:edit", false),
            ("directory:user", "directory:user:view", false),
            ("directory:user:view:more", "directory:user:view", false),
            ("dir*", "directory:user:view", false),
            ("", "directory:user:view", false),
        ] {
            assert_eq!(Permissions::only([granted]).has(permission), covered, "{granted}");
        }
    }

    #[test]
    fn any_and_all_are_told_apart() {
        let permissions = Permissions::only(["a:b:c"]);
        let needed = |mode| PermissionsEntry { mode, permissions: &["a:b:c", "x:y:z"] };
        assert!(permissions.allow(&needed(PermissionMode::Any)));
        assert!(!permissions.allow(&needed(PermissionMode::All)));
        assert!(!Permissions::none().allow(&needed(PermissionMode::Any)));
    }
}
