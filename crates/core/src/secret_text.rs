//! Text that is sent but never shown: passwords and keys in bodies.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A password, token or key in a body.
///
/// It travels as a plain JSON string, since that is what the services take, but it has no `Display`, its `Debug` says
/// nothing, and its memory is wiped when it is dropped. [`expose`](Self::expose) is the only way to read it.
///
/// ```
/// use rosterkit_core::SecretText;
///
/// let password = SecretText::from("open sesame");
/// assert_eq!(format!("{password:?}"), "SecretText(..)");
/// assert_eq!(serde_json::to_string(&password).unwrap(), "\"open sesame\"");
/// assert_eq!(password.expose(), "open sesame");
/// ```
#[derive(Clone, Default)]
pub struct SecretText(SecretString);

impl SecretText {
    /// The text itself. Keep it out of logs.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl fmt::Debug for SecretText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretText(..)")
    }
}

impl PartialEq for SecretText {
    fn eq(&self, other: &Self) -> bool {
        self.expose() == other.expose()
    }
}

impl Eq for SecretText {}

impl From<&str> for SecretText {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

impl From<String> for SecretText {
    fn from(text: String) -> Self {
        Self(text.into())
    }
}

impl Serialize for SecretText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.expose())
    }
}

impl<'de> Deserialize<'de> for SecretText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::from)
    }
}
