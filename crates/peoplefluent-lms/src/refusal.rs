//! Refusals that come with a status of success.

#[cfg(feature = "xml")]
use std::borrow::Cow;

use rosterkit_core::{Error, Operation, Refusal, Response};
use serde_json::Value;

#[cfg(feature = "xml")]
use crate::xml::{self, Element};

/// Fails if a JSON response whose shape is not documented is a [`Refusal`], or says nothing: with an error of the kind
/// [`Refused`](crate::ErrorKind::Refused) that has the refusal, or [`Decode`](crate::ErrorKind::Decode) for `null`.
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
///
/// # Errors
/// These two.
pub fn check(response: Response<Value>, operation: &'static Operation) -> Result<Response<Value>, Error> {
    match Refusal::in_json(response.get()) {
        None if response.get().is_null() => Err(Error::decode(operation, "the response is `null`")),
        None => Ok(response),
        Some(refusal) => Err(response.refused(operation, refusal)),
    }
}

/// The refusal that the beginning of a document of any format is, such as of a report: XML whose root element is named
/// `error`, `errors` or `…Error`, JSON that is a refusal, or a text that begins with `ERROR:`.
#[cfg(feature = "xml")]
pub fn in_head(head: &[u8]) -> Option<Refusal> {
    let text = String::from_utf8_lossy(head);
    let text = text.trim_start_matches('\u{feff}').trim();
    match text.as_bytes().first()? {
        b'<' => match xml::parse_text(text) {
            Ok(tree) => in_xml(tree.root()),
            // Cut off within the document: the name of the root element is enough.
            Err(_) => {
                let name = text.split('<').find(|tag| !tag.is_empty() && !tag.starts_with(['?', '!']))?;
                let name = name.split(|it: char| it.is_whitespace() || it == '>' || it == '/').next()?;
                let name = name.rsplit(':').next()?;
                xml::is_error_name(name).then_some(Refusal::new(None, None))
            }
        },
        b'{' | b'[' => serde_json::from_str(text).ok().and_then(|json| Refusal::in_json(&json)),
        _ if text.get(..6).is_some_and(|start| start.eq_ignore_ascii_case("error:")) => of_text(text),
        _ => None,
    }
}

/// The words of a refusal, as the reason of an [outcome](rosterkit_core::batch::Outcome).
#[cfg(feature = "xml")]
pub(crate) fn words(error: &Error) -> Option<String> {
    error.service_error::<Refusal>().map(ToString::to_string)
}

#[cfg(feature = "xml")]
pub(crate) fn in_xml(root: Element<'_>) -> Option<Refusal> {
    let success = root.attribute("success").map(Cow::Borrowed).or_else(|| root.text_of("success"));
    let says_no = success.is_some_and(|success| Refusal::is_no(&success));
    (xml::is_error_name(root.name()) || says_no).then(|| of_element(root))
}

#[cfg(feature = "xml")]
pub(crate) fn in_text(text: &str) -> Option<Refusal> {
    let first = text.split(|it: char| !it.is_alphanumeric()).next().unwrap_or_default();
    let is_refusal = ["error", "failed", "failure", "exception"].iter().any(|word| first.eq_ignore_ascii_case(word));
    if is_refusal || text == "false" { of_text(text) } else { None }
}

#[cfg(feature = "xml")]
fn of_text(text: &str) -> Option<Refusal> {
    Some(Refusal::new(None, Some(text.to_owned())))
}

/// The words of a root element that is an error.
#[cfg(feature = "xml")]
pub(crate) fn of_element(element: Element<'_>) -> Refusal {
    let is_text = element.children().next().is_none() && element.attributes().next().is_none();
    let mut refusal = Refusal::of(|name| {
        let attribute = element.attribute(name).map(str::to_owned);
        attribute.or_else(|| element.text_of(name).map(Cow::into_owned))
    });
    if is_text && refusal.message.is_none() {
        refusal.message = Some(element.text().into_owned()).filter(|message| !message.is_empty());
    }
    refusal
}
