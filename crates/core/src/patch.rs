//! A field of an update that can be left alone, cleared or set.
//!
//! In a `PATCH` an absent property and a `null` mean different things: leave it, or clear it. `Option` cannot say both,
//! so fields of updates are a [`Patch`].

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// What an update does with one field.
///
/// A field of this type needs `#[serde(default, skip_serializing_if = "Patch::is_absent")]`; generated types have it.
///
/// ```
/// use rosterkit_core::Patch;
///
/// #[derive(Default, serde::Serialize)]
/// struct Update {
///     #[serde(skip_serializing_if = "Patch::is_absent")]
///     title: Patch<String>,
///     #[serde(skip_serializing_if = "Patch::is_absent")]
///     department: Patch<String>,
///     #[serde(skip_serializing_if = "Patch::is_absent")]
///     manager: Patch<String>,
/// }
///
/// let update = Update { title: "Trainer".to_owned().into(), department: Patch::Null, ..Default::default() };
/// assert_eq!(serde_json::to_string(&update)?, r#"{"title":"Trainer","department":null}"#);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Patch<T> {
    /// The field is not sent: the service leaves it as it is. The default.
    #[default]
    Absent,
    /// The field is sent as `null`: the service clears it.
    Null,
    /// The field is set to this value.
    Value(T),
}

impl<T> Patch<T> {
    /// Whether the field is left alone.
    pub const fn is_absent(&self) -> bool {
        matches!(self, Self::Absent)
    }

    /// Whether the field is cleared.
    pub const fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// Whether the field is set.
    pub const fn is_value(&self) -> bool {
        matches!(self, Self::Value(_))
    }

    /// The same update, of a reference to the value.
    pub const fn as_ref(&self) -> Patch<&T> {
        match self {
            Self::Absent => Patch::Absent,
            Self::Null => Patch::Null,
            Self::Value(value) => Patch::Value(value),
        }
    }

    /// The same update, of a mutable reference to the value.
    pub const fn as_mut(&mut self) -> Patch<&mut T> {
        match self {
            Self::Absent => Patch::Absent,
            Self::Null => Patch::Null,
            Self::Value(value) => Patch::Value(value),
        }
    }

    /// A reference to the value, if the field is set.
    pub const fn value(&self) -> Option<&T> {
        match self {
            Self::Value(value) => Some(value),
            Self::Absent | Self::Null => None,
        }
    }

    /// The value, if the field is set. [`Absent`](Self::Absent) and [`Null`](Self::Null) both become `None`.
    pub fn into_option(self) -> Option<T> {
        match self {
            Self::Value(value) => Some(value),
            Self::Absent | Self::Null => None,
        }
    }

    /// Changes the value, if the field is set.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Patch<U> {
        match self {
            Self::Absent => Patch::Absent,
            Self::Null => Patch::Null,
            Self::Value(value) => Patch::Value(change(value)),
        }
    }

    /// Takes the update out and leaves the field [`Absent`](Self::Absent).
    pub fn take(&mut self) -> Self {
        std::mem::replace(self, Self::Absent)
    }
}

/// Sets the field.
impl<T> From<T> for Patch<T> {
    fn from(value: T) -> Self {
        Self::Value(value)
    }
}

/// Sets the field, or clears it on `None`.
impl<T> From<Option<T>> for Patch<T> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Self::Value)
    }
}

impl<T: Serialize> Serialize for Patch<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Value(value) => serializer.serialize_some(value),
            Self::Absent | Self::Null => serializer.serialize_none(),
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Patch<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Option::deserialize(deserializer).map(Self::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
    struct Update {
        #[serde(default, skip_serializing_if = "Patch::is_absent")]
        title: Patch<String>,
        #[serde(default, skip_serializing_if = "Patch::is_absent")]
        skills: Patch<Vec<String>>,
    }

    #[test]
    fn each_state_survives_a_round_trip() {
        for (json, update) in [
            ("{}", Update::default()),
            (r#"{"title":null}"#, Update { title: Patch::Null, ..Update::default() }),
            (r#"{"title":""}"#, Update { title: Patch::Value(String::new()), ..Update::default() }),
            (r#"{"skills":[]}"#, Update { skills: Patch::Value(Vec::new()), ..Update::default() }),
            (
                r#"{"title":"Trainer","skills":null}"#,
                Update { title: Patch::Value("Trainer".into()), skills: Patch::Null },
            ),
        ] {
            assert_eq!(serde_json::to_string(&update).expect("serializes"), json);
            assert_eq!(serde_json::from_str::<Update>(json).expect("deserializes"), update);
        }
    }

    #[test]
    fn conversions_keep_what_is_meant() {
        assert_eq!(Patch::from(Some(1)), Patch::Value(1));
        assert_eq!(Patch::<u8>::from(None), Patch::Null);
        assert_eq!(Patch::from(1), Patch::Value(1));
        assert_eq!(Patch::Value(1).map(|n| n + 1), Patch::Value(2));
        assert_eq!(Patch::<u8>::Null.map(|n| n + 1), Patch::Null);
        assert_eq!(Patch::Value(1).into_option(), Some(1));
        assert_eq!(Patch::<u8>::Null.into_option(), None);
        let mut field = Patch::Value(1);
        assert_eq!(field.take(), Patch::Value(1));
        assert!(field.is_absent());
    }
}
