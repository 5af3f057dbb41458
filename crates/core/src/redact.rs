//! Bodies as they are logged: without what is known to be personal or secret.

use serde_json::Value;

use crate::media_type;

/// Parts of the names of fields that hold personal data or secrets, in lower case, without separators. A part covers
/// many spellings (`name`: `firstName`, `user_name`, `displayName`), and hides a skill's name along with a person's.
const REDACTED: [&str; 56] = [
    "name",
    "family",
    "given",
    "middle",
    "prefix",
    "title",
    "mail",
    "phone",
    "mobile",
    "fax",
    "contact",
    "partynumber",
    "e164",
    "extension",
    "jabber",
    "address",
    "street",
    "city",
    "province",
    "postal",
    "zip",
    "country",
    "location",
    "birth",
    "gender",
    "employ",
    "userid",
    "remoteid",
    "onbehalfof",
    "externalid",
    "manager",
    "appraiser",
    "instructor",
    "spouse",
    "hobb",
    "interest",
    "certification",
    "attribute",
    "image",
    "photo",
    "biography",
    "skype",
    "chat",
    "message",
    "description",
    "comment",
    "password",
    "secret",
    "token",
    "assertion",
    "key",
    "challenge",
    "attestation",
    "clientdata",
    "rawid",
    "quickresponse",
];

/// Fields whose whole name is one of these. What is searched for is a value, often a name or an address.
const REDACTED_WHOLE: [&str; 14] = [
    "other",
    "user",
    "number",
    "display",
    "ani",
    "dnis",
    "jid",
    "note",
    "notes",
    "school",
    "value",
    "values",
    "startvalue",
    "endvalue",
];

/// Fields of forms that grant access; in JSON, a code is that of an error.
const REDACTED_IN_FORMS: [&str; 2] = ["code", "code_verifier"];

const REDACTION: &str = "***";

/// Nothing longer is read for the log.
const LONGEST_READ: usize = 1024 * 1024;

/// Nothing longer is written to the log.
const LONGEST_SHOWN: usize = 16 * 1024;

/// A body for the log: JSON and forms with their known personal fields redacted, of anything else its length and type.
pub(crate) fn body(content_type: &str, body: &[u8]) -> String {
    let media_type = content_type.split(';').next().unwrap_or_default().trim();
    let redacted = if body.len() > LONGEST_READ {
        None
    } else if media_type::is_json(media_type) {
        json(body)
    } else if media_type.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        Some(form(body))
    } else {
        None
    };
    let mut shown =
        redacted.unwrap_or_else(|| format!("({} bytes of {})", body.len(), media_type::printable(media_type)));
    if shown.len() > LONGEST_SHOWN {
        let end = (0..=LONGEST_SHOWN).rev().find(|end| shown.is_char_boundary(*end));
        shown.truncate(end.unwrap_or_default());
        shown.push('…');
    }
    shown
}

fn json(body: &[u8]) -> Option<String> {
    let mut value: Value = serde_json::from_slice(body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body)).ok()?;
    match &mut value {
        // Without a name, nothing is known of a text.
        Value::String(_) => value = REDACTION.into(),
        Value::Array(items) => {
            items.iter_mut().filter(|item| item.is_string()).for_each(|item| *item = REDACTION.into())
        }
        _ => {}
    }
    redact(&mut value);
    Some(value.to_string())
}

fn redact(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                match value {
                    Value::Null | Value::Bool(_) => {}
                    value if is_redacted(name) => *value = REDACTION.into(),
                    value => redact(value),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(redact),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn form(body: &[u8]) -> String {
    let pairs = url::form_urlencoded::parse(body).map(|(name, value)| {
        match is_redacted(&name) || REDACTED_IN_FORMS.contains(&&*name) {
            true => format!("{name}={REDACTION}"),
            false => format!("{name}={value}"),
        }
    });
    pairs.collect::<Vec<_>>().join("&")
}

fn is_redacted(name: &str) -> bool {
    let plain: String =
        name.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_lowercase()).collect();
    // A name in another script is not known, so it is not known to be harmless either.
    !name.is_ascii() || REDACTED_WHOLE.contains(&plain.as_str()) || REDACTED.iter().any(|part| plain.contains(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn personal_fields_are_redacted_wherever_they_stand() {
        for (body, expected) in [
            (
                r#"{"email":null,"id":"u-1","manager":{"id":"u-2"},"name":"Ada","skills":["s-1"],"version":3}"#,
                r#"{"email":null,"id":"u-1","manager":"***","name":"***","skills":["s-1"],"version":3}"#,
            ),
            (
                r#"{"users":[{"LASTNAME":"L","phone_number":17,"remoteId":"r","state":"active"}]}"#,
                r#"{"users":[{"LASTNAME":"***","phone_number":"***","remoteId":"***","state":"active"}]}"#,
            ),
            (r#"{"access_token":"t","expires_in":9}"#, r#"{"access_token":"***","expires_in":9}"#),
            (r#"{"näme":"x"}"#, r#"{"näme":"***"}"#),
            (
                r#"{"query":[{"fields":["general"],"type":"QUERY_STRING","value":"Ada"}],"pageNumber":1}"#,
                r#"{"pageNumber":1,"query":[{"fields":["general"],"type":"QUERY_STRING","value":"***"}]}"#,
            ),
            (
                r#"{"ani":"tel:+1","dnis":"tel:+2","organization":"o-1","callingPartyNumber":"3","number":{"e164":"4"}}"#,
                r#"{"ani":"***","callingPartyNumber":"***","dnis":"***","number":"***","organization":"o-1"}"#,
            ),
            (
                r#"{"encodedQuickResponseCode":"iVBOR","challenge":"x","notes":"n","spouse":"s","jabberId":"j"}"#,
                r#"{"challenge":"***","encodedQuickResponseCode":"***","jabberId":"***","notes":"***","spouse":"***"}"#,
            ),
            (r#""Ada""#, r#""***""#),
            (r#"["Ada",{"id":1}]"#, r#"["***",{"id":1}]"#),
            ("\u{feff}[]", "[]"),
            ("7", "7"),
            (r#"{"name":"Ada"#, "(12 bytes of application/json)"),
        ] {
            assert_eq!(super::body("Application/JSON; charset=utf-8", body.as_bytes()), expected);
        }
    }

    #[test]
    fn forms_are_redacted_and_other_bodies_are_not_shown() {
        let form = "grant_type=refresh_token&refresh_token=r&code=c&format=json&onBehalfOf=ada";
        assert_eq!(
            super::body("application/x-www-form-urlencoded", form.as_bytes()),
            "grant_type=refresh_token&refresh_token=***&code=***&format=json&onBehalfOf=***"
        );
        assert_eq!(super::body("text/csv", b"Ada"), "(3 bytes of text/csv)");
        assert_eq!(super::body("Ada/x", b""), "(0 bytes of another media type)");
    }

    #[test]
    fn long_bodies_are_cut_off() {
        let long = format!("[{}1]", "\"ü\",".repeat(9_000));
        let shown_long = super::body("application/json", long.as_bytes());
        assert!(shown_long.len() <= LONGEST_SHOWN + '…'.len_utf8() && shown_long.ends_with('…'));
        let too_long = format!("\"{}\"", "x".repeat(LONGEST_READ));
        assert_eq!(super::body("application/json", too_long.as_bytes()), "(1048578 bytes of application/json)");
    }
}
