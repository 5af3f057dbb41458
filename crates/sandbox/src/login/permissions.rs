//! The permissions of an access token.

use std::collections::BTreeSet;

use rosterkit_core::catalog::{PermissionsEntry, covers};
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
        needed.are_met(|name| self.has(name))
    }
}

#[cfg(test)]
mod tests {
    use rosterkit_core::catalog::PermissionMode;

    use super::*;

    #[test]
    fn any_and_all_are_told_apart() {
        let permissions = Permissions::only(["a:b:c"]);
        let needed = |mode| PermissionsEntry { mode, permissions: &["a:b:c", "x:y:z"] };
        assert!(permissions.allow(&needed(PermissionMode::Any)));
        assert!(!permissions.allow(&needed(PermissionMode::All)));
        assert!(!Permissions::none().allow(&needed(PermissionMode::Any)));
    }
}
