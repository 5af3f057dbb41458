//! Answers whose representation nobody documents: JSON, XML or text, of which some are refusals.

use peoplefluent_lms::RawAnswer;
use peoplefluent_lms::xml::Tree;
use rosterkit_core::Error as CallError;
use rosterkit_core::batch::Verdict;
use serde_json::{Value, json};

use super::xml_rows;
use crate::context::Context;
use crate::error::Error;
use crate::text;

/// An answer, read as what it seems to be.
pub(super) struct Answer {
    value: Value,
    refusal: Option<Refusal>,
}

/// What the LMS says when it refuses with a status of success.
struct Refusal {
    code: Option<String>,
    message: Option<String>,
}

impl Answer {
    pub(super) fn read(answer: &RawAnswer) -> Result<Self, CallError> {
        Ok(Self::of(answer.text()?))
    }

    fn of(text: &str) -> Self {
        let text = text.trim();
        if text.starts_with('<')
            && let Ok(tree) = Tree::parse(text.to_owned())
        {
            let value = xml_rows::value(tree.root());
            let is_error = tree.root().name().to_ascii_lowercase().ends_with("error");
            let refusal = is_error.then(|| Refusal::of(&value));
            return Self { value, refusal };
        }
        match serde_json::from_str::<Value>(text) {
            Ok(value) => {
                let error = ["error", "errorCode"].iter().find_map(|name| value.get(name).filter(|it| is_told(it)));
                let refusal = error.map(|error| Refusal::of(if error.is_object() { error } else { &value }));
                Self { refusal, value }
            }
            Err(_) if text.is_empty() => Self { value: Value::Null, refusal: None },
            Err(_) => Self { value: json!({ "answer": text }), refusal: None },
        }
    }

    /// The answer, unless it is a refusal. Nothing is the answer of a function that says nothing.
    pub(super) fn accepted(self, context: &Context, what: &str) -> Result<Value, Error> {
        let Some(Refusal { code, message }) = self.refusal else { return Ok(self.value) };
        let code =
            code.map(|code| format!("\n  the service's code: {}", text::shortened(&code, 64))).unwrap_or_default();
        let words = match message {
            Some(message) if context.global.verbose > 0 => {
                format!("\n  the service says: {}", text::shortened(&message, 500))
            }
            Some(_) => "\n  `-v` shows the service's own words".to_owned(),
            None => String::new(),
        };
        Err(Error::Service(format!("{what}: the LMS refused, with a status of success{code}{words}")))
    }

    /// The answer as the verdict on an item.
    pub(super) fn verdict(self) -> Verdict<Value> {
        match self.refusal {
            None => Verdict::Accepted(self.value),
            Some(Refusal { code, message }) => {
                let words = [code, message].into_iter().flatten().collect::<Vec<_>>().join(": ");
                Verdict::Rejected(if words.is_empty() { "the LMS gave no reason".to_owned() } else { words })
            }
        }
    }
}

fn is_told(value: &Value) -> bool {
    !matches!(value, Value::Null | Value::Bool(false)) && value.as_str() != Some("")
}

impl Refusal {
    fn of(value: &Value) -> Self {
        let find = |names: &[&str]| {
            let found = names.iter().find_map(|name| value.get(name))?;
            found.as_str().map(str::to_owned).or_else(|| found.as_i64().map(|code| code.to_string()))
        };
        let message = find(&["message", "errorMessage", "error"]).or_else(|| value.as_str().map(str::to_owned));
        Self { code: find(&["code", "errorCode"]), message: message.filter(|message| !message.is_empty()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reason(text: &str) -> Option<String> {
        match Answer::of(text).verdict() {
            Verdict::Rejected(reason) => Some(reason),
            Verdict::Accepted(_) | Verdict::Unknown(_) => None,
        }
    }

    #[test]
    fn refusals_are_found_in_json_and_xml() {
        for (text, expected) in [
            ("<error><code>no-such-module</code><message>None.</message></error>", Some("no-such-module: None.")),
            ("<EnrollmentError>full</EnrollmentError>", Some("full")),
            ("<error/>", Some("the LMS gave no reason")),
            ("{\"error\":{\"code\":7,\"message\":\"full\"}}", Some("7: full")),
            ("{\"errorCode\":\"full\",\"errorMessage\":\"No seat.\"}", Some("full: No seat.")),
            ("{\"error\":\"full\"}", Some("full")),
            ("{\"error\":null,\"id\":\"R-1\"}", None),
            ("<trainingRecord id=\"R-1\"><error>none</error></trainingRecord>", None),
            ("ok", None),
            ("", None),
            ("<not closed", None),
        ] {
            assert_eq!(reason(text).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn text_is_kept() {
        assert!(matches!(Answer::of("done\n").verdict(), Verdict::Accepted(value) if value["answer"] == "done"));
    }
}
