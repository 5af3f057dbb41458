//! What identifies a person in texts and in JSON.

use std::collections::BTreeSet;

use serde_json::Value;

/// Shorter texts are compared with whole values only: they would be found in too many others.
const SHORTEST_PART: usize = 6;

/// Texts that identify the person, in lower case.
#[derive(Default)]
pub(super) struct Terms {
    /// Ids and e-mail addresses, which are looked for in texts and in JSON.
    ids: BTreeSet<String>,
    /// Names, which are looked for in texts only: others may have the same name.
    names: BTreeSet<String>,
}

impl Terms {
    pub fn add_id(&mut self, id: &str) {
        if !id.is_empty() {
            self.ids.insert(id.to_lowercase());
        }
    }

    pub fn add_name(&mut self, name: &str) {
        if name.chars().count() >= SHORTEST_PART {
            self.names.insert(name.to_lowercase());
        }
    }

    pub fn add_addresses(&mut self, value: &Value) {
        match value {
            Value::String(text) if text.contains('@') => self.add_id(text),
            Value::Array(values) => values.iter().for_each(|value| self.add_addresses(value)),
            Value::Object(members) => members.values().for_each(|value| self.add_addresses(value)),
            _ => {}
        }
    }

    /// Whether a closer look is worth it: a text, or JSON, where a term may be written with escapes.
    pub fn may_be_in(&self, text: &str) -> bool {
        let text = text.to_lowercase();
        self.ids.union(&self.names).any(|term| {
            text.contains(term.as_str()) || {
                let escaped = Value::from(term.as_str()).to_string();
                text.contains(&escaped[1..escaped.len() - 1])
            }
        })
    }

    /// Whether a sentence has a term as a word of its own.
    pub fn are_in_text(&self, text: &str) -> bool {
        let text = text.to_lowercase();
        self.ids.union(&self.names).any(|term| has_word(&text, term))
    }

    pub fn are_in_json(&self, json: &str) -> bool {
        serde_json::from_str(json).is_ok_and(|mut value| self.clear(&mut value, false))
    }

    /// Whether a value is a term, or a text with one that is long enough not to be there by chance.
    fn is(&self, value: &Value) -> bool {
        match value {
            Value::String(text) => {
                let text = text.to_lowercase();
                let long = |term: &&String| term.chars().count() >= SHORTEST_PART;
                self.ids.contains(&text) || self.ids.iter().filter(long).any(|term| has_word(&text, term))
            }
            Value::Number(number) => self.ids.contains(&number.to_string()),
            _ => false,
        }
    }

    /// Takes the person's values out, and returns whether there was one. Arrays keep their length.
    pub fn clear(&self, value: &mut Value, remove: bool) -> bool {
        match value {
            Value::Array(values) => values.iter_mut().fold(false, |cleared, value| self.clear(value, remove) | cleared),
            Value::Object(members) => {
                let before = members.len();
                if remove {
                    members.retain(|_, value| !self.is(value));
                }
                let removed = members.len() < before;
                members.values_mut().fold(removed, |cleared, value| self.clear(value, remove) | cleared)
            }
            value if self.is(value) => {
                *value = Value::Null;
                true
            }
            _ => false,
        }
    }
}

/// Whether a text has a word that is not a part of a longer id, address or name.
fn has_word(text: &str, word: &str) -> bool {
    let joins = |letter: char| letter.is_alphanumeric() || "-_@+".contains(letter);
    text.match_indices(word).any(|(start, found)| {
        let mut before = text[..start].chars().rev();
        let mut after = text[start + found.len()..].chars();
        // A dot joins, too, unless it ends the sentence.
        let goes_on = |next: Option<char>, beyond: Option<char>| match next {
            Some('.') => beyond.is_some_and(joins),
            next => next.is_some_and(joins),
        };
        !goes_on(before.next(), before.next()) && !goes_on(after.next(), after.next())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_not_found_in_a_longer_one() {
        for text in ["user-1", "is user-1.", "(user-1)", "user-1, user-12", "the ids user-12 and user-1"] {
            assert!(has_word(text, "user-1"), "{text}");
        }
        for text in ["user-12", "my-user-1", "user-1@example.com", "user-1.example", "x.user-1", "äuser-1"] {
            assert!(!has_word(text, "user-1"), "{text}");
        }
    }

    #[test]
    fn values_of_the_person_are_cleared_and_those_that_only_look_like_them_stay() {
        let mut terms = Terms::default();
        terms.add_id("Session-1");
        terms.add_id("17");
        terms.add_addresses(&serde_json::json!([{ "email": "Jo@Example.com" }, "no address"]));
        terms.add_name("Jo Somebody");
        let stay = serde_json::json!({ "id": "session-12", "room": "Room 17", "name": "Jo Somebody", "level": 170 });
        let mut value = stay.clone();
        assert!(!terms.clear(&mut value, false));
        assert_eq!(value, stay);
        let mut value =
            serde_json::json!({ "a": "SESSION-1", "b": [17, "by jo@example.com"], "c": { "d": "17" }, "e": 1 });
        let mut without = value.clone();
        assert!(terms.clear(&mut value, false));
        assert_eq!(value, serde_json::json!({ "a": null, "b": [null, null], "c": { "d": null }, "e": 1 }));
        assert!(terms.clear(&mut without, true));
        assert_eq!(without, serde_json::json!({ "b": [null, null], "c": {}, "e": 1 }));
    }
}
