//! Refusals that come with a status of success.

#[cfg(feature = "xml")]
use std::borrow::Cow;
use std::fmt;

use rosterkit_core::{Error, Operation, Response};
use serde_json::Value;

#[cfg(feature = "xml")]
use crate::xml::{self, Element};

/// A refusal that came with a status of success: the [`service_error`](crate::Error::service_error) of an error of the kind
/// [`Refused`](crate::ErrorKind::Refused).
///
/// `Display` prints the code and the message of the service, which may be about a person.
///
/// ```no_run
/// use peoplefluent_lms::Refusal;
///
/// # async fn run(client: peoplefluent_lms::Client) -> Result<(), peoplefluent_lms::Error> {
/// match client.enrollments().enroll("M-100").send().await {
///     Ok(_) => println!("enrolled"),
///     Err(error) => match error.service_error::<Refusal>() {
///         Some(refusal) => println!("not enrolled: {refusal}"),
///         None => return Err(error),
///     },
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
#[non_exhaustive]
pub struct Refusal {
    /// The code, from `code` or `errorCode`.
    pub code: Option<String>,
    /// The message, from `message`, `errorMessage` or `error`, or the text of the error itself.
    pub message: Option<String>,
}

impl Refusal {
    /// Fails if a JSON response whose shape is not documented is a refusal, or says nothing: with an error of the kind
    /// [`Refused`](crate::ErrorKind::Refused) that has the refusal, or [`Decode`](crate::ErrorKind::Decode) for `null`.
    ///
    /// # Errors
    /// These two.
    pub fn check(response: Response<Value>, operation: &'static Operation) -> Result<Response<Value>, Error> {
        match Self::in_json(response.get()) {
            None if response.get().is_null() => Err(Error::decode(operation, "the response is `null`")),
            None => Ok(response),
            Some(refusal) => Err(Error::refused(operation, response.status(), response.correlation_id(), refusal)),
        }
    }

    /// The refusal that the beginning of a document of any format is, such as of a report: XML whose root element is named
    /// `error`, `errors` or `…Error`, JSON that is a refusal, or a text that begins with `ERROR:`.
    #[cfg(feature = "xml")]
    pub fn in_head(head: &[u8]) -> Option<Self> {
        let text = String::from_utf8_lossy(head);
        let text = text.trim_start_matches('\u{feff}').trim();
        let of = |message: &str| Some(Self { code: None, message: Some(message.to_owned()) });
        match text.as_bytes().first()? {
            b'<' => match xml::parse_text(text) {
                Ok(tree) => Self::in_xml(tree.root()),
                // Cut off within the document: the name of the root element is enough.
                Err(_) => {
                    let name = text.split('<').find(|tag| !tag.is_empty() && !tag.starts_with(['?', '!']))?;
                    let name = name.split(|it: char| it.is_whitespace() || it == '>' || it == '/').next()?;
                    let name = name.rsplit(':').next()?;
                    xml::is_error_name(name).then_some(Self { code: None, message: None })
                }
            },
            b'{' | b'[' => serde_json::from_str(text).ok().and_then(|json| Self::in_json(&json)),
            _ if text.get(..6).is_some_and(|start| start.eq_ignore_ascii_case("error:")) => of(text),
            _ => None,
        }
    }

    /// The words of a refusal, as the reason of an [outcome](rosterkit_core::batch::Outcome).
    #[cfg(feature = "xml")]
    pub(crate) fn words(error: &Error) -> Option<String> {
        error.service_error::<Self>().map(ToString::to_string)
    }

    #[cfg(feature = "xml")]
    pub(crate) fn in_xml(root: Element<'_>) -> Option<Self> {
        let success = root.attribute("success").map(Cow::Borrowed).or_else(|| root.text_of("success"));
        let says_no = success.is_some_and(|success| is_no(&success));
        (xml::is_error_name(root.name()) || says_no).then(|| Self::of_element(root))
    }

    /// The refusal that a JSON response is: an object with `error`, `errorCode` or `errors`, with `success` that is false, or
    /// with a `status` such as `failed`; or an array that has one.
    pub fn in_json(json: &Value) -> Option<Self> {
        if let Value::Array(items) = json {
            return items.iter().find_map(Self::in_object);
        }
        Self::in_object(json)
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
            Some(Value::String(success)) => is_no(success),
            _ => false,
        };
        let has_failed = ["status", "result"].iter().any(|name| {
            let status = json.get(name).and_then(Value::as_str).unwrap_or_default();
            ["error", "failed", "failure", "fail"].iter().any(|word| status.eq_ignore_ascii_case(word))
        });
        (says_no || has_failed).then(|| Self::of_json(json))
    }

    #[cfg(feature = "xml")]
    pub(crate) fn in_text(text: &str) -> Option<Self> {
        let first = text.split(|it: char| !it.is_alphanumeric()).next().unwrap_or_default();
        let is_refusal =
            ["error", "failed", "failure", "exception"].iter().any(|word| first.eq_ignore_ascii_case(word));
        (is_refusal || text == "false").then(|| Self { code: None, message: Some(text.to_owned()) })
    }

    fn of_json(json: &Value) -> Self {
        let text = |name: &str| {
            let value = json.get(name)?;
            value.as_str().map(str::to_owned).or_else(|| value.as_i64().map(|number| number.to_string()))
        };
        Self::of(text, None)
    }

    /// The words of a root element that is an error.
    #[cfg(feature = "xml")]
    pub(crate) fn of_element(element: Element<'_>) -> Self {
        let is_text = element.children().next().is_none() && element.attributes().next().is_none();
        let own = element.text();
        let text = |name: &str| {
            let attribute = element.attribute(name).map(str::to_owned);
            attribute.or_else(|| element.text_of(name).map(Cow::into_owned))
        };
        Self::of(text, is_text.then_some(&own))
    }

    fn of(text: impl Fn(&str) -> Option<String>, own: Option<&str>) -> Self {
        let first = |names: &[&str]| names.iter().find_map(|name| text(name));
        let message = first(&["message", "errorMessage", "error"]).or_else(|| own.map(str::to_owned));
        Self { code: first(&["code", "errorCode"]), message: message.filter(|message| !message.is_empty()) }
    }
}

fn is_no(text: &str) -> bool {
    ["false", "no", "0"].iter().any(|word| text.trim().eq_ignore_ascii_case(word))
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
            (None, None) => formatter.write_str("the LMS gave no reason"),
        }
    }
}
