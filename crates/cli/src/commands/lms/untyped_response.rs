//! Responses without a documented representation, JSON, XML or text, as JSON.

use peoplefluent_lms::RawResponse;
use peoplefluent_lms::xml::Tree;
use rosterkit_core::Error as CallError;
use serde_json::{Value, json};

/// The response as JSON: of JSON or XML, or a text as `response`.
pub(super) fn read(response: &RawResponse) -> Result<Value, CallError> {
    Ok(value_of(response.text()?))
}

fn value_of(text: &str) -> Value {
    let text = text.trim();
    if text.starts_with('<')
        && let Ok(tree) = Tree::parse(text.to_owned())
    {
        return tree.root().to_json();
    }
    match serde_json::from_str(text) {
        Ok(value) => value,
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
        ] {
            assert_eq!(value_of(text), expected, "{text}");
        }
    }
}
