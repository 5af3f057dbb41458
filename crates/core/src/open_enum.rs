//! Enumerations that keep unknown values.
//!
//! Services add values without notice. An enumeration made by [`open_enum!`](crate::open_enum) keeps a value it does
//! not know as text in `Unrecognized`, so that one new value never fails a whole page, and sends it back unchanged.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserializer, Error, Visitor};

/// Declares string enumerations that keep unknown values.
///
/// Each enumeration gets its variants, `Unrecognized(String)`, and:
/// - `VALUES`: the known values, in the order of declaration;
/// - `as_str`, `is_recognized`, `Display`, `AsRef<str>`;
/// - `From<&str>`, `From<String>`, `FromStr`, which never fail and compare exactly, case included;
/// - `Serialize` and `Deserialize` as a string; known values are decoded without allocating;
/// - `Eq`, `Ord` and `Hash` by the text.
///
/// ```
/// rosterkit_core::open_enum! {
///     /// Whether a user can sign in.
///     pub enum UserState {
///         /// The user can sign in.
///         Active = "active",
///         /// The user cannot sign in.
///         Inactive = "inactive",
///     }
/// }
///
/// assert_eq!(UserState::from("active"), UserState::Active);
/// assert_eq!(UserState::VALUES, ["active", "inactive"]);
/// let state: UserState = serde_json::from_str(r#""suspended""#)?;
/// assert!(!state.is_recognized());
/// assert_eq!(state.as_str(), "suspended");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[macro_export]
macro_rules! open_enum {
    ($(
        $(#[$attribute:meta])*
        $visibility:vis enum $name:ident {
            $( $(#[$variant_attribute:meta])* $variant:ident = $value:literal ),* $(,)?
        }
    )+) => {$(
        $(#[$attribute])*
        #[derive(Clone, Debug)]
        $visibility enum $name {
            $( $(#[$variant_attribute])* $variant, )*
            /// A value that this version does not know, as it was given.
            Unrecognized(::std::string::String),
        }

        #[allow(dead_code, reason = "an enumeration that stays in its crate need not use all of this")]
        impl $name {
            /// The known values as sent and received, in the order of declaration.
            pub const VALUES: &'static [&'static str] = &[$($value),*];

            /// The value as sent and received.
            pub fn as_str(&self) -> &str {
                match self {
                    $( Self::$variant => $value, )*
                    Self::Unrecognized(text) => text,
                }
            }

            /// Whether this version knows the value.
            pub fn is_recognized(&self) -> bool {
                Self::recognize(self.as_str()).is_some()
            }

            fn recognize(text: &str) -> ::core::option::Option<Self> {
                match text {
                    $( $value => ::core::option::Option::Some(Self::$variant), )*
                    _ => ::core::option::Option::None,
                }
            }
        }

        impl ::core::convert::From<&str> for $name {
            fn from(text: &str) -> Self {
                Self::recognize(text).unwrap_or_else(|| Self::Unrecognized(text.to_owned()))
            }
        }

        impl ::core::convert::From<::std::string::String> for $name {
            fn from(text: ::std::string::String) -> Self {
                match Self::recognize(&text) {
                    ::core::option::Option::Some(known) => known,
                    ::core::option::Option::None => Self::Unrecognized(text),
                }
            }
        }

        impl ::core::str::FromStr for $name {
            type Err = ::core::convert::Infallible;

            fn from_str(text: &str) -> ::core::result::Result<Self, Self::Err> {
                ::core::result::Result::Ok(Self::from(text))
            }
        }

        impl ::core::convert::AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                self.as_str()
            }
        }

        impl ::core::fmt::Display for $name {
            fn fmt(&self, formatter: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                formatter.pad(self.as_str())
            }
        }

        impl ::core::cmp::PartialEq for $name {
            fn eq(&self, other: &Self) -> bool {
                self.as_str() == other.as_str()
            }
        }

        impl ::core::cmp::Eq for $name {}

        impl ::core::cmp::PartialOrd for $name {
            fn partial_cmp(&self, other: &Self) -> ::core::option::Option<::core::cmp::Ordering> {
                ::core::option::Option::Some(::core::cmp::Ord::cmp(self, other))
            }
        }

        impl ::core::cmp::Ord for $name {
            fn cmp(&self, other: &Self) -> ::core::cmp::Ordering {
                self.as_str().cmp(other.as_str())
            }
        }

        impl ::core::hash::Hash for $name {
            fn hash<H: ::core::hash::Hasher>(&self, state: &mut H) {
                self.as_str().hash(state);
            }
        }

        impl $crate::__private::serde::Serialize for $name {
            fn serialize<S>(&self, serializer: S) -> ::core::result::Result<S::Ok, S::Error>
            where
                S: $crate::__private::serde::Serializer,
            {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> $crate::__private::serde::Deserialize<'de> for $name {
            fn deserialize<D>(deserializer: D) -> ::core::result::Result<Self, D::Error>
            where
                D: $crate::__private::serde::Deserializer<'de>,
            {
                $crate::__private::deserialize_text(deserializer)
            }
        }
    )+};
}

/// Decodes a string into a type that takes any text. Every open enumeration shares this code.
pub fn deserialize_text<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: for<'a> From<&'a str> + From<String>,
{
    struct Text<T>(PhantomData<T>);

    impl<T: for<'a> From<&'a str> + From<String>> Visitor<'_> for Text<T> {
        type Value = T;

        fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            formatter.write_str("a string")
        }

        fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
            Ok(T::from(text))
        }

        fn visit_string<E: Error>(self, text: String) -> Result<T, E> {
            Ok(T::from(text))
        }
    }

    deserializer.deserialize_str(Text(PhantomData))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    open_enum! {
        /// A sample.
        pub enum Direction {
            /// Up.
            Ascending = "ASC",
            /// Down.
            Descending = "DESC",
        }

        /// Nothing is known of its values.
        enum Empty {}
    }

    #[test]
    fn known_and_unknown_values_survive_a_round_trip() {
        for (json, value) in [
            (r#""ASC""#, Direction::Ascending),
            (r#""DESC""#, Direction::Descending),
            (r#""asc""#, Direction::Unrecognized("asc".into())),
            (r#""""#, Direction::Unrecognized(String::new())),
            (r#""\u00e4\n""#, Direction::Unrecognized("ä\n".into())),
        ] {
            let decoded: Direction = serde_json::from_str(json).expect("any string decodes");
            assert_eq!(decoded, value);
            let text: String = serde_json::from_str(json).expect("a string");
            assert_eq!(serde_json::to_value(&decoded).expect("serializes"), text);
        }
        assert!(serde_json::from_str::<Direction>("1").is_err());
        assert!(serde_json::from_value::<Direction>(serde_json::json!("ASC")).expect("decodes").is_recognized());
    }

    #[test]
    fn a_known_text_in_the_catch_all_equals_its_variant() {
        let spelled_out = Direction::Unrecognized("ASC".into());
        assert_eq!(spelled_out, Direction::Ascending);
        assert!(spelled_out.is_recognized());
        assert_eq!(HashSet::from([spelled_out, Direction::Ascending]).len(), 1);
    }

    #[test]
    fn text_conversions_agree() {
        let parsed: Direction = "DESC".parse().expect("never fails");
        assert_eq!(parsed, Direction::from(String::from("DESC")));
        assert_eq!(format!("{parsed:>6}|{}", Direction::Ascending), "  DESC|ASC");
        assert!(Direction::Ascending < Direction::Descending);
        assert_eq!(Direction::VALUES, ["ASC", "DESC"]);
        assert_eq!(Empty::from("x").as_ref(), "x");
        assert!(Empty::VALUES.is_empty());
    }
}
