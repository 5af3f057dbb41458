//! Detects the character encoding of a document.

use std::borrow::Cow;

use encoding_rs::{Encoding, REPLACEMENT, UTF_8, UTF_16BE, UTF_16LE};

use super::error::{Cause, XmlErrorKind};

/// How many bytes are searched for a declaration of the encoding.
pub(super) const HEAD: usize = 1024;

/// What the first bytes of a document say.
#[derive(Debug, PartialEq)]
pub(super) enum Detected {
    /// More bytes are needed.
    Unclear,
    /// The encoding, and the length of the byte order mark.
    Known(&'static Encoding, usize),
}

/// Finds the encoding from the document's first bytes: its byte order mark; the `charset` that came with it; its
/// declaration; else UTF-8. That is the order of RFC 7303. `is_all` says that there is no more.
///
/// With `is_strict`, a declaration of UTF-16 in a document that is not in UTF-16 is an error. Some programs write such
/// declarations when they encode text, so responses with one are accepted.
pub(super) fn detect(head: &[u8], is_all: bool, charset: Option<&str>, is_strict: bool) -> Result<Detected, Cause> {
    let is_all = is_all || head.len() >= HEAD;
    if let Some((encoding, length)) = Encoding::for_bom(head) {
        return Ok(Detected::Known(encoding, length));
    }
    if head.len() < 5 && !is_all {
        return Ok(Detected::Unclear);
    }
    match head {
        [b'<', 0, ..] => return Ok(Detected::Known(UTF_16LE, 0)),
        [0, b'<', ..] => return Ok(Detected::Known(UTF_16BE, 0)),
        _ => {}
    }
    let charset = charset.and_then(|label| Encoding::for_label(label.as_bytes()));
    if let Some(encoding) = charset.filter(|encoding| is_ascii_compatible(encoding)) {
        return Ok(Detected::Known(encoding, 0));
    }
    let head = head.trim_ascii_start();
    if !head.starts_with(b"<?xml") && (is_all || head.len() >= 5) {
        return Ok(Detected::Known(UTF_8, 0));
    }
    match head.windows(2).position(|pair| pair == b"?>") {
        Some(end) => declared(&head[..end], is_strict).map(|encoding| Detected::Known(encoding, 0)),
        None if is_all => Ok(Detected::Known(UTF_8, 0)),
        None => Ok(Detected::Unclear),
    }
}

/// The text of a document that is in memory, without its byte order mark. `charset` is what came with it.
pub(crate) fn decode<'a>(document: &'a [u8], charset: Option<&str>) -> Result<Cow<'a, str>, Cause> {
    let (encoding, mark) = match detect(document, true, charset, false)? {
        Detected::Known(encoding, mark) => (encoding, mark),
        Detected::Unclear => (UTF_8, 0),
    };
    match encoding.decode_without_bom_handling(document.get(mark..).unwrap_or_default()) {
        (_, true) => Err((XmlErrorKind::Encoding, "the document holds bytes that are invalid in its encoding".into())),
        (text, false) => Ok(text),
    }
}

/// The length of the XML declaration that a decoded document begins with. The declaration names the encoding before
/// decoding, so it must not be kept.
pub(crate) fn declaration_length(document: &[u8]) -> usize {
    let end = document.starts_with(b"<?xml ").then(|| document.windows(2).position(|pair| pair == b"?>")).flatten();
    end.map_or(0, |end| end + 2)
}

fn declared(declaration: &[u8], is_strict: bool) -> Result<&'static Encoding, Cause> {
    let Some(label) = label(declaration) else { return Ok(UTF_8) };
    match Encoding::for_label(label) {
        Some(encoding) if is_ascii_compatible(encoding) => Ok(encoding),
        Some(encoding) if encoding != REPLACEMENT && !is_strict => Ok(UTF_8),
        Some(encoding) if encoding != REPLACEMENT => {
            Err((XmlErrorKind::Encoding, "the declaration names UTF-16, but the document is not in UTF-16".into()))
        }
        _ => Err((
            XmlErrorKind::Encoding,
            "the declaration names an unknown encoding; expected UTF-8 or another encoding of the WHATWG standard"
                .into(),
        )),
    }
}

/// The quoted value after `encoding=`.
fn label(declaration: &[u8]) -> Option<&[u8]> {
    const KEY: &[u8] = b"encoding";
    let start = declaration.windows(KEY.len()).position(|window| window == KEY)? + KEY.len();
    let value = declaration[start..].trim_ascii_start().strip_prefix(b"=")?.trim_ascii_start();
    let (quote, value) = value.split_first().filter(|(quote, _)| matches!(quote, b'"' | b'\''))?;
    let end = value.iter().position(|byte| byte == quote)?;
    Some(&value[..end])
}

fn is_ascii_compatible(encoding: &'static Encoding) -> bool {
    encoding.is_ascii_compatible()
}

/// The `charset` parameter of a media type.
pub(crate) fn charset(content_type: &str) -> Option<&str> {
    content_type.split(';').skip(1).find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim().eq_ignore_ascii_case("charset").then(|| value.trim().trim_matches('"'))
    })
}

#[cfg(test)]
mod tests {
    use encoding_rs::WINDOWS_1252;

    use super::*;

    #[test]
    fn the_encoding_follows_mark_then_charset_then_declaration() {
        let latin = b"<?xml version='1.0' encoding = 'ISO-8859-1'?><a/>".as_slice();
        for (head, charset, expected) in [
            (b"\xef\xbb\xbf<a/>".as_slice(), Some("iso-8859-1"), (UTF_8, 3)),
            (b"\xff\xfe<\0a\0", None, (UTF_16LE, 2)),
            (b"\xfe\xff\0<\0a", None, (UTF_16BE, 2)),
            (b"<\0a\0/\0>\0", None, (UTF_16LE, 0)),
            (b"\0<\0a\0/\0>", None, (UTF_16BE, 0)),
            (b"<a>text</a>", None, (UTF_8, 0)),
            (b"<a>text</a>", Some("windows-1252"), (WINDOWS_1252, 0)),
            (b"<a>text</a>", Some("no-such-charset"), (UTF_8, 0)),
            (b"<a>text</a>", Some("utf-16"), (UTF_8, 0)),
            (latin, None, (WINDOWS_1252, 0)),
            (latin, Some("utf-8"), (UTF_8, 0)),
            (b"<?xml version='1.0' encoding='utf-16'?><a/>", None, (UTF_8, 0)),
        ] {
            let (encoding, mark) = expected;
            assert_eq!(detect(head, true, charset, false), Ok(Detected::Known(encoding, mark)), "{head:?} {charset:?}");
        }
    }

    #[test]
    fn a_beginning_that_may_still_name_an_encoding_is_unclear() {
        for head in [b"".as_slice(), b"<?xm", b"<?xml version='1.0' encoding='iso-8859-1'?"] {
            assert_eq!(detect(head, false, None, false), Ok(Detected::Unclear));
        }
        assert_eq!(detect(b"<?xml ", true, None, false), Ok(Detected::Known(UTF_8, 0)));
    }

    #[test]
    fn unknown_encodings_are_refused() {
        for label in ["utf-7", "klingon", "iso-2022-kr", "\n"] {
            let head = format!("<?xml version='1.0' encoding='{label}'?><a/>");
            assert!(detect(head.as_bytes(), true, None, false).is_err(), "{label}");
        }
        assert!(detect(b"<?xml version='1.0' encoding='utf-16'?><a/>", true, None, true).is_err());
    }

    #[test]
    fn the_charset_is_found_among_the_parameters() {
        for (content_type, expected) in [
            ("text/xml", None),
            ("text/xml; charset=utf-8", Some("utf-8")),
            ("text/xml;a=b; CHARSET = \"ISO-8859-1\"", Some("ISO-8859-1")),
        ] {
            assert_eq!(charset(content_type), expected);
        }
    }
}
