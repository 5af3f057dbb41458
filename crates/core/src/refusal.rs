//! A refusal that comes with a status of success.

use std::fmt;

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;

/// A refusal that came with a status of success: the [`service_error`](crate::Error::service_error) of an error of the kind
/// [`Refused`](crate::ErrorKind::Refused).
///
/// `Display` prints the code and the message of the service, which may be about a person.
///
/// ```
/// use rosterkit_core::Refusal;
/// use serde_json::json;
///
/// let refusal = Refusal::in_json(&json!({ "success": false, "code": "closed", "message": "The session is closed." }));
/// assert_eq!(refusal.map(|it| it.to_string()).as_deref(), Some("closed: The session is closed."));
/// assert_eq!(Refusal::in_json(&json!({ "id": "E-1", "errors": [] })), None);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Refusal {
    /// The code, from `code` or `errorCode`.
    pub code: Option<String>,
    /// The message, from `message`, `errorMessage` or `error`, or the text of the error itself.
    pub message: Option<String>,
}

impl Refusal {
    /// A refusal of its parts.
    pub fn new(code: Option<String>, message: Option<String>) -> Self {
        Self { code, message }
    }

    /// A refusal whose code and message are looked up by their usual names. A message that is empty is none.
    pub fn of(text: impl Fn(&str) -> Option<String>) -> Self {
        let first = |names: &[&str]| names.iter().find_map(|name| text(name));
        let message = first(&["message", "errorMessage", "error"]);
        Self { code: first(&["code", "errorCode"]), message: message.filter(|message| !message.is_empty()) }
    }

    /// The refusal that a JSON response is: an object with `error`, `errorCode` or `errors`, with `success` that is false,
    /// or with a `status` such as `failed` or 400; or an array that has one.
    pub fn in_json(json: &Value) -> Option<Self> {
        if let Value::Array(items) = json {
            return items.iter().find_map(Self::in_object);
        }
        Self::in_object(json)
    }

    /// The refusal that the response to a change is: an object, as [`in_json`](Self::in_json), unless it says that it is a
    /// success. `None` also for bytes that are not JSON.
    pub(crate) fn in_response(body: &[u8]) -> Option<Self> {
        if body.trim_ascii_start().first() != Some(&b'{') {
            return None;
        }
        // Most responses hold none of the names, or say that they are a success. These are skimmed, not made into values.
        let head: Head = serde_json::from_slice(body).ok()?;
        if head.success == Some(Value::Bool(true)) || !head.says_something() {
            return None;
        }
        Self::in_json(&serde_json::from_slice(body).ok()?)
    }

    fn in_object(json: &Value) -> Option<Self> {
        let error = ["error", "errorCode", "errors"].iter().find_map(|name| json.get(name).filter(is_something));
        let first = |error: &Value| error.as_array().and_then(|errors| errors.first()).cloned();
        if let Some(error) = error.map(|error| first(error).unwrap_or_else(|| error.clone())) {
            return Some(match &error {
                Value::Object(_) => Self::of_json(&error),
                Value::String(text) if json.get("message").is_none() && json.get("errorMessage").is_none() => {
                    Self { code: Self::of_json(json).code, message: Some(text.clone()) }
                }
                _ => Self::of_json(json),
            });
        }
        let says_no = match json.get("success") {
            Some(Value::Bool(success)) => !success,
            Some(Value::String(success)) => Self::is_no(success),
            _ => false,
        };
        let has_failed = ["status", "result"].iter().any(|name| match json.get(name) {
            Some(Value::String(status)) => {
                ["error", "failed", "failure", "fail"].iter().any(|word| status.eq_ignore_ascii_case(word))
            }
            Some(Value::Number(status)) => status.as_u64().is_some_and(|status| (400..600).contains(&status)),
            _ => false,
        });
        (says_no || has_failed).then(|| Self::of_json(json))
    }

    fn of_json(json: &Value) -> Self {
        Self::of(|name| {
            let value = json.get(name)?;
            value.as_str().map(str::to_owned).or_else(|| value.as_i64().map(|number| number.to_string()))
        })
    }

    /// Whether a text, such as that of `success`, means no.
    pub fn is_no(text: &str) -> bool {
        ["false", "no", "0"].iter().any(|word| text.trim().eq_ignore_ascii_case(word))
    }
}

/// Whether a response has one of the names that make a refusal.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Head {
    error: Option<IgnoredAny>,
    error_code: Option<IgnoredAny>,
    errors: Option<IgnoredAny>,
    success: Option<Value>,
    status: Option<IgnoredAny>,
    result: Option<IgnoredAny>,
}

impl Head {
    fn says_something(&self) -> bool {
        let Self { error, error_code, errors, success, status, result } = self;
        success.is_some() || [error, error_code, errors, status, result].into_iter().any(Option::is_some)
    }
}

/// Whether a value says something: none of `null`, `false`, and what is empty.
fn is_something(value: &&Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(fields) => !fields.is_empty(),
        Value::Bool(true) | Value::Number(_) => true,
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.code, &self.message) {
            (Some(code), Some(message)) => write!(formatter, "{code}: {message}"),
            (Some(reason), None) | (None, Some(reason)) => formatter.write_str(reason),
            (None, None) => formatter.write_str("the service gave no reason"),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_json_response_that_says_no_is_a_refusal() {
        let refused = [
            (json!({ "error": "no" }), "no"),
            (json!({ "error": { "code": "c", "message": "no" } }), "c: no"),
            (json!({ "errors": [{ "message": "no" }] }), "no"),
            (json!({ "errors": ["no"] }), "no"),
            (json!({ "errorCode": 7, "errorMessage": "no" }), "7: no"),
            (json!({ "success": false }), "the service gave no reason"),
            (json!({ "success": "No", "message": "no" }), "no"),
            (json!({ "status": "FAILED", "message": "no" }), "no"),
            (json!({ "status": 400, "code": "bad.request", "message": "no" }), "bad.request: no"),
        ];
        for (body, words) in refused {
            let refusal = Refusal::in_response(body.to_string().as_bytes());
            assert_eq!(refusal.map(|it| it.to_string()).as_deref(), Some(words), "{body}");
        }
    }

    #[test]
    fn other_responses_are_none() {
        let others = [
            json!({}),
            json!({ "id": "u-1", "error": null, "errors": [], "errorCode": "" }),
            json!({ "success": true, "error": { "message": "of one item" } }),
            json!({ "status": 200 }),
            json!({ "status": "active" }),
            json!({ "data": { "error": "of one item" } }),
            json!([{ "error": "of one item" }]),
            json!("error"),
        ];
        for body in others {
            assert_eq!(Refusal::in_response(body.to_string().as_bytes()), None, "{body}");
        }
        for body in ["", "{\"error\":", "error", "<error/>"] {
            assert_eq!(Refusal::in_response(body.as_bytes()), None, "{body}");
        }
    }
}
