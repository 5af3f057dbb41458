//! Whether a response is what the operation promises.

/// Whether a media type is JSON.
pub(crate) fn is_json(media_type: &str) -> bool {
    let media_type = media_type.to_ascii_lowercase();
    matches!(media_type.as_str(), "application/json" | "text/json") || media_type.ends_with("+json")
}

/// Whether a response of type `actual` satisfies one of the expected types.
///
/// `*/*` is satisfied by anything. Names that servers use for the same thing are interchangeable: the generic XML types
/// and the special one that is expected (`application/xml` also accepts any `…+xml`), `text/plain` and the other types of
/// text that are not markup, and the JSON types. `application/octet-stream` only says that there are bytes, so it is
/// interchangeable with any type that is not text, such as `application/zip`.
pub(crate) fn is_expected(expected: &[&str], actual: &str) -> bool {
    let actual = actual.to_ascii_lowercase();
    expected.iter().any(|expected| {
        let expected = expected.to_ascii_lowercase();
        expected == "*/*"
            || expected == actual
            || (is_generic_xml(&expected) && is_xml(&actual))
            || (expected.ends_with("+xml") && is_generic_xml(&actual))
            || (is_plain(&expected) && is_plain(&actual))
            || (is_json(&expected) && is_json(&actual))
            || (expected == BYTES && is_binary(&actual))
            || (is_binary(&expected) && actual == BYTES)
    })
}

/// A name for a media type that is safe to print: a known type, and never text of the server.
pub(crate) fn printable(media_type: &str) -> &'static str {
    const KNOWN: [&str; 12] = [
        "text/html",
        "application/xhtml+xml",
        "application/json",
        "application/problem+json",
        "application/xml",
        "text/xml",
        "text/plain",
        "text/csv",
        "application/pdf",
        "application/octet-stream",
        "application/rss+xml",
        "application/atom+xml",
    ];
    KNOWN.into_iter().find(|known| known.eq_ignore_ascii_case(media_type)).unwrap_or("another media type")
}

/// Whether this is HTML.
pub(crate) fn is_html(media_type: &str) -> bool {
    ["text/html", "application/xhtml+xml"].iter().any(|html| html.eq_ignore_ascii_case(media_type))
}

/// XHTML is XML too, but counts as HTML.
fn is_xml(media_type: &str) -> bool {
    is_generic_xml(media_type) || (media_type.ends_with("+xml") && !is_html(media_type))
}

fn is_generic_xml(media_type: &str) -> bool {
    matches!(media_type, "application/xml" | "text/xml")
}

fn is_plain(media_type: &str) -> bool {
    media_type.starts_with("text/") && is_not_markup(media_type)
}

const BYTES: &str = "application/octet-stream";

/// Whether this is neither text nor what errors come in.
fn is_binary(media_type: &str) -> bool {
    media_type.contains('/') && !media_type.starts_with("text/") && is_not_markup(media_type)
}

fn is_not_markup(media_type: &str) -> bool {
    !(is_html(media_type) || is_json(media_type) || is_generic_xml(media_type) || media_type.ends_with("+xml"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn interchangeable_types_satisfy_each_other() {
        for (expected, actual, satisfied) in [
            (&["*/*"][..], "x/y", true),
            (&["application/xml"], "application/xml", true),
            (&["application/xml"], "Text/XML", true),
            (&["application/xml"], "application/rss+xml", true),
            (&["application/xml"], "text/html", false),
            (&["application/xml"], "application/xhtml+xml", false),
            (&["application/rss+xml"], "text/xml", true),
            (&["application/rss+xml"], "application/atom+xml", false),
            (&["text/csv"], "text/plain", true),
            (&["text/plain"], "text/csv", true),
            (&["text/plain"], "text/html", false),
            (&["application/pdf", "application/json"], "application/problem+json", true),
            (&["text/plain"], "text/comma-separated-values", true),
            (&["text/plain"], "text/xml", false),
            (&["text/plain"], "text/json", false),
            (&["text/plain"], "application/octet-stream", false),
            (&["application/pdf"], "application/octet-stream", true),
            (&["application/pdf"], "application/zip", false),
            (&["application/octet-stream"], "Application/ZIP", true),
            (&["application/octet-stream"], "application/x-zip-compressed", true),
            (&["application/octet-stream"], "application/json", false),
            (&["application/octet-stream"], "application/problem+xml", false),
            (&["application/octet-stream"], "text/html", false),
            (&["application/octet-stream"], "text/plain", false),
            (&["application/octet-stream"], "application/xhtml+xml", false),
            (&["application/octet-stream"], "x", false),
            (&["application/json"], "application/octet-stream", false),
            (&["application/xml"], "application/octet-stream", false),
            (&[], "application/json", false),
        ] {
            assert_eq!(is_expected(expected, actual), satisfied, "{expected:?} {actual}");
        }
    }

    #[test]
    fn only_known_types_are_printed() {
        assert_eq!(printable("TEXT/HTML"), "text/html");
        assert_eq!(printable("sentinel/x"), "another media type");
        assert!(is_html("Text/Html") && !is_html("text/plain"));
    }
}
