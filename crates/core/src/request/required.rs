//! What a JSON body must have, checked in the bytes that would be sent.
//!
//! Types of bodies are all optional, since responses hold the same objects and may omit anything. So the check is a walk
//! through the JSON along a generated table. It builds no value: what the table does not name is skipped.

use std::fmt;

use serde::Serialize;
use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::REQUIRED;
use crate::batch::Violation;
use crate::suggest::printable;

/// What a JSON value of a request must have; see [`Request::check_required`](crate::Request::check_required).
///
/// ```
/// use rosterkit_core::{Operation, Request, Required};
/// # use rosterkit_core::Transport;
/// # static GRANT: Operation = Operation {
/// #     api: "genesys-users", id: "postAuthorizationSubjectBulkadd", method: "POST", path: "/grants",
/// #     security: &[], repeatable: false, service_error: None, scope: &[],
/// # };
/// static PAIR: Required = Required::Object { properties: &["roleId", "divisionId"], within: &[] };
/// static GRANTS: Required =
///     Required::Object { properties: &["grants"], within: &[("grants", &Required::Items(&PAIR))] };
///
/// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
/// let body = serde_json::json!({ "grants": [{ "roleId": "r-1" }] });
/// let request = Request::new(&GRANT).json(&body).check_required(&GRANTS);
/// # let transport = Transport::builder().base_url("http://127.0.0.1:9").build()?;
/// let error = transport.send_empty(request).await.unwrap_err();
/// assert!(error.to_string().contains("the JSON body lacks `grants.0.divisionId`"));
/// # Ok::<(), rosterkit_core::Error>(()) })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub enum Required {
    /// An object.
    Object {
        /// The properties that it must have. `null` is the same as none.
        properties: &'static [&'static str],
        /// What the values of its properties must have, where they are there.
        within: &'static [(&'static str, &'static Required)],
    },
    /// An array, of which each item must have this.
    Items(&'static Required),
    /// An object with properties of any name, each of which must have this.
    Values(&'static Required),
}

impl Required {
    /// Checks one item of a batch, for [`Batch::check`](crate::batch::Batch::check): an item that lacks something is invalid, and
    /// those beside it are sent.
    ///
    /// ```
    /// use rosterkit_core::Required;
    ///
    /// static PAIR: Required = Required::Object { properties: &["roleId", "divisionId"], within: &[] };
    ///
    /// let violations = PAIR.check(&serde_json::json!({ "roleId": "r-1" })).unwrap_err();
    /// assert_eq!(violations[0].to_string(), "divisionId is required");
    /// ```
    ///
    /// # Errors
    /// The first property that is missing.
    pub fn check(&'static self, item: &impl Serialize) -> Result<(), Vec<Violation>> {
        // An item that cannot be written is an error of the request.
        match serde_json::to_vec(item).ok().and_then(|json| missing(&json, self)) {
            Some(path) => Err(vec![Violation::of(path, REQUIRED)]),
            None => Ok(()),
        }
    }
}

/// The path of the first property that the JSON lacks. JSON of another shape than the table's lacks nothing: what it is, is
/// checked elsewhere.
pub(super) fn missing(json: &[u8], required: &'static Required) -> Option<String> {
    let mut walk = Walk { path: Vec::new(), missing: None };
    let mut reader = serde_json::Deserializer::from_slice(json);
    // An error is either the missing property, which is kept, or invalid JSON, which no serializer writes.
    let _ = Check { required, walk: &mut walk }.deserialize(&mut reader);
    walk.missing
}

struct Walk {
    /// The names and indices that lead to the current value.
    path: Vec<String>,
    missing: Option<String>,
}

impl Walk {
    fn lack(&mut self, name: &str) {
        let names = self.path.iter().map(|name| printable(name)).chain([name.to_owned()]);
        self.missing = Some(names.collect::<Vec<_>>().join("."));
    }
}

/// Reads a value, and whether it is more than `null`.
struct Check<'a> {
    required: &'static Required,
    walk: &'a mut Walk,
}

impl Check<'_> {
    /// Checks the value at a further name. What follows an error is not read.
    fn below<E>(
        &mut self,
        name: impl fmt::Display,
        required: &'static Required,
        read: impl FnOnce(Check<'_>) -> Result<bool, E>,
    ) -> Result<bool, E> {
        self.walk.path.push(name.to_string());
        let is_there = read(Check { required, walk: &mut *self.walk })?;
        self.walk.path.pop();
        Ok(is_there)
    }
}

impl<'de> DeserializeSeed<'de> for Check<'_> {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Check<'_> {
    type Value = bool;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<bool, E> {
        Ok(false)
    }

    fn visit_bool<E>(self, _: bool) -> Result<bool, E> {
        Ok(true)
    }

    fn visit_i64<E>(self, _: i64) -> Result<bool, E> {
        Ok(true)
    }

    fn visit_u64<E>(self, _: u64) -> Result<bool, E> {
        Ok(true)
    }

    fn visit_f64<E>(self, _: f64) -> Result<bool, E> {
        Ok(true)
    }

    fn visit_str<E>(self, _: &str) -> Result<bool, E> {
        Ok(true)
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut items: A) -> Result<bool, A::Error> {
        let Required::Items(required) = self.required else {
            while items.next_element::<IgnoredAny>()?.is_some() {}
            return Ok(true);
        };
        let mut index = 0;
        loop {
            let mut is_last = false;
            self.below(index, required, |check| {
                is_last = items.next_element_seed(check)?.is_none();
                Ok(true)
            })?;
            if is_last {
                return Ok(true);
            }
            index += 1;
        }
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut entries: A) -> Result<bool, A::Error> {
        let (properties, within): (&[&str], &[_]) = match self.required {
            Required::Object { properties, within } => (properties, within),
            Required::Items(_) | Required::Values(_) => (&[], &[]),
        };
        let mut found = vec![false; properties.len()];
        while let Some(name) = entries.next_key::<String>()? {
            let below = match self.required {
                Required::Values(required) => Some(*required),
                _ => within.iter().find(|(known, _)| *known == name).map(|(_, required)| *required),
            };
            let is_there = match below {
                Some(required) => self.below(&name, required, |check| entries.next_value_seed(check))?,
                None => entries.next_value::<Option<IgnoredAny>>()?.is_some(),
            };
            if let Some(index) = properties.iter().position(|known| *known == name)
                && let Some(found) = found.get_mut(index)
            {
                *found = is_there;
            }
        }
        match properties.iter().zip(found).find(|(_, found)| !found) {
            None => Ok(true),
            Some((name, _)) => {
                self.walk.lack(name);
                Err(A::Error::custom("a required property is missing"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    static LEAF: Required = Required::Object { properties: &["type"], within: &[] };
    /// A tree: its table leads back to itself.
    static TREE: Required = Required::Object {
        properties: &["id", "clauses"],
        within: &[
            ("clauses", &Required::Items(&LEAF)),
            ("children", &Required::Items(&TREE)),
            ("named", &Required::Values(&LEAF)),
            ("only", &LEAF),
        ],
    };

    fn lacks(value: &Value) -> Option<String> {
        missing(value.to_string().as_bytes(), &TREE)
    }

    #[test]
    fn a_body_with_all_required_properties_lacks_nothing() {
        for value in [
            json!({ "id": "", "clauses": [] }),
            json!({ "id": 0, "clauses": [{ "type": false }], "other": { "deep": [null] } }),
            json!({ "id": {}, "clauses": "another shape", "children": [], "named": {}, "only": null }),
            json!({ "children": [{ "clauses": [], "id": 1.5 }, null], "id": -1, "clauses": [], "named": { "a": null } }),
        ] {
            assert_eq!(lacks(&value), None, "{value}");
        }
    }

    #[test]
    fn the_first_missing_property_is_named_with_its_path() {
        for (value, path) in [
            (json!({}), "id"),
            (json!({ "clauses": [] }), "id"),
            (json!({ "id": null, "clauses": [] }), "id"),
            (json!({ "id": "1" }), "clauses"),
            (json!({ "id": "1", "clauses": [{ "type": "and" }, {}] }), "clauses.1.type"),
            (json!({ "id": "1", "clauses": [{ "type": null }] }), "clauses.0.type"),
            (json!({ "id": "1", "clauses": [], "only": {} }), "only.type"),
            (json!({ "id": "1", "clauses": [], "named": { "a": {} } }), "named.a.type"),
            (
                json!({ "id": "1", "clauses": [], "children": [{ "id": "2", "clauses": [{}] }] }),
                "children.0.clauses.0.type",
            ),
        ] {
            assert_eq!(lacks(&value).as_deref(), Some(path), "{value}");
        }
    }

    #[test]
    fn the_path_shows_no_control_characters_of_names_that_the_caller_chose() {
        let value = json!({ "id": "1", "clauses": [], "named": { "a\u{1b}[2J": {} } });
        let path = lacks(&value).expect("a missing property");
        assert!(path.ends_with(".type") && !path.contains('\u{1b}'), "{path:?}");
    }

    #[test]
    fn a_body_that_is_no_object_lacks_nothing() {
        for value in [json!(null), json!([]), json!([{}]), json!("text"), json!(1)] {
            assert_eq!(lacks(&value), None, "{value}");
        }
    }
}
