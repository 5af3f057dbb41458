//! Responses without a documented representation, JSON, XML or text, as JSON.

use peoplefluent_lms::xml::Tree;
use peoplefluent_lms::{RawResponse, Refusal};
use rosterkit_core::Error as CallError;
use rosterkit_core::batch::Outcome;
use serde_json::{Value, json};

use super::xml_rows;
use crate::context::Context;
use crate::error::{self, Error};
use crate::text;

/// A response as JSON, with the refusal that the client found in it.
pub(super) struct UntypedResponse {
    value: Value,
    refusal: Option<Refusal>,
}

impl UntypedResponse {
    pub(super) fn read(response: &RawResponse) -> Result<Self, CallError> {
        Ok(Self { value: value_of(response.text()?), refusal: response.refusal()? })
    }

    /// The response, unless it is a refusal; `null` if it is empty.
    pub(super) fn accepted(self, context: &Context, what: &str) -> Result<Value, Error> {
        let Some(Refusal { code, message, .. }) = self.refusal else { return Ok(self.value) };
        let code =
            code.map(|code| format!("\n  the service's code: {}", text::shortened(&code, 64))).unwrap_or_default();
        let message = error::own_message(message.as_deref(), context.global.verbose > 0);
        Err(Error::Service(format!("{what}: the LMS refused the request, with a status of success{code}{message}")))
    }

    /// The outcome of an item.
    pub(super) fn outcome(self) -> Outcome<Value> {
        match self.refusal {
            None => Outcome::Accepted(self.value),
            Some(refusal) => Outcome::Rejected(refusal.to_string()),
        }
    }
}

/// The text as JSON: of JSON or XML, or the text itself as `response`; `null` for an empty text.
fn value_of(text: &str) -> Value {
    let text = text.trim();
    if text.starts_with('<')
        && let Ok(tree) = Tree::parse(text.to_owned())
    {
        return xml_rows::value(tree.root());
    }
    match serde_json::from_str(text) {
        Ok(value) => value,
        Err(_) if text.is_empty() => Value::Null,
        Err(_) => json!({ "response": text }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_and_xml_become_json_and_text_is_kept() {
        for (text, expected) in [
            ("done\n", json!({ "response": "done" })),
            ("<r id='1'/>", json!({ "id": "1" })),
            ("{\"id\":1}", json!({ "id": 1 })),
            ("", Value::Null),
        ] {
            assert_eq!(value_of(text), expected, "{text}");
        }
    }
}
