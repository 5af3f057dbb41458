//! HTML pages where data was expected.
//!
//! A site that requires a login, or has a failure, often responds with an HTML page and a success status, and some label
//! the page with the media type that was requested. So the beginning of a response is inspected, too.

use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Bytes, BytesMut};
use futures_core::Stream;
use http::{HeaderMap, StatusCode};

use crate::error::Route;
use crate::{Error, ErrorKind};

/// How many bytes of a response are inspected. What precedes the first element of a page is shorter.
const INSPECTED: usize = 4096;

/// What the beginning of a response shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Guess {
    Html,
    Data,
    /// More is needed to tell.
    Open,
}

/// The error for an HTML page where data was expected.
pub(crate) fn error(route: &Route) -> Error {
    let cause = "received an HTML page (a login or error page?) instead of data";
    Error::new(ErrorKind::UnexpectedMediaType, cause).at(route).with_advice("check the base URL and the credential")
}

/// Whether a whole response is HTML, whatever its media type says.
pub(crate) fn is_html(content: &[u8]) -> bool {
    inspect(content) == Guess::Html
}

/// Finds the first element or the document type, past byte order mark, XML declaration and comments.
fn inspect(content: &[u8]) -> Guess {
    let content = &content[..content.len().min(INSPECTED)];
    // Markup in UTF-16 is legible without the zero bytes; other data with such bytes does not begin like a tag.
    let text: Vec<u8> = match content {
        [0xef] | [0xef, 0xbb] | [0xff] | [0xfe] => return Guess::Open,
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => content[2..].iter().copied().filter(|byte| *byte != 0).collect(),
        _ => content.strip_prefix(b"\xef\xbb\xbf").unwrap_or(content).to_vec(),
    };
    let mut rest = text.as_slice();
    loop {
        rest = rest.trim_ascii_start();
        let end = match rest {
            [] | [b'<'] | b"<!" | b"<!-" => return open(content),
            [b'<', b'?', ..] => find(rest, b"?>"),
            [b'<', b'!', b'-', b'-', ..] => find(rest, b"-->"),
            [b'<', b'!', name @ ..] => return document_type(name, content),
            [b'<', name @ ..] => return element(name, content),
            _ => return Guess::Data,
        };
        match end {
            Some(end) => rest = &rest[end..],
            None => return open(content),
        }
    }
}

fn open(content: &[u8]) -> Guess {
    if content.len() < INSPECTED { Guess::Open } else { Guess::Data }
}

fn document_type(declaration: &[u8], content: &[u8]) -> Guess {
    let word = declaration.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
    if !b"doctype".starts_with(&declaration[..word].to_ascii_lowercase()) {
        return Guess::Data;
    }
    let name = declaration[word..].trim_ascii_start();
    match name.iter().position(|byte| !byte.is_ascii_alphanumeric()) {
        Some(end) if name[..end].eq_ignore_ascii_case(b"html") => Guess::Html,
        Some(_) => Guess::Data,
        None => open(content),
    }
}

/// The root of a page. `head` and `body` are there because browsers do not insist on `html`.
fn element(name: &[u8], content: &[u8]) -> Guess {
    let is_end = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b'>' | b'/');
    let Some(end) = name.iter().position(is_end) else { return open(content) };
    let local = name[..end].rsplit(|byte| *byte == b':').next().unwrap_or_default();
    match [b"html".as_slice(), b"head", b"body"].iter().any(|page| page.eq_ignore_ascii_case(local)) {
        true => Guess::Html,
        false => Guess::Data,
    }
}

/// Where the first occurrence ends.
fn find(bytes: &[u8], needle: &[u8]) -> Option<usize> {
    bytes.windows(needle.len()).position(|window| window == needle).map(|start| start + needle.len())
}

/// Ends a streamed response with an error if it begins like HTML. Nothing of the page is handed out.
pub(crate) struct Sniffed<S> {
    chunks: S,
    route: Route,
    head: (StatusCode, HeaderMap),
    stage: Stage,
}

enum Stage {
    /// What came so far, joined for the inspection.
    Inspecting(BytesMut, VecDeque<Bytes>),
    /// What was kept, and the error that came after it.
    HandingOut(VecDeque<Bytes>, Option<Error>),
    Failed,
}

impl<S> Sniffed<S> {
    pub fn new(chunks: S, route: Route, head: (StatusCode, HeaderMap)) -> Self {
        Self { chunks, route, head, stage: Stage::Inspecting(BytesMut::new(), VecDeque::new()) }
    }
}

impl<S: Stream<Item = Result<Bytes, Error>> + Unpin> Stream for Sniffed<S> {
    type Item = Result<Bytes, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        loop {
            match &mut this.stage {
                Stage::Failed => return Poll::Ready(None),
                Stage::HandingOut(kept, error) => {
                    return match kept.pop_front().map(Ok).or_else(|| error.take().map(Err)) {
                        Some(next) => Poll::Ready(Some(next)),
                        None => Pin::new(&mut this.chunks).poll_next(context),
                    };
                }
                Stage::Inspecting(seen, kept) => match ready!(Pin::new(&mut this.chunks).poll_next(context)) {
                    Some(Ok(chunk)) => {
                        seen.extend_from_slice(&chunk[..chunk.len().min(INSPECTED - seen.len())]);
                        kept.push_back(chunk);
                        match inspect(seen) {
                            Guess::Open => {}
                            Guess::Data => this.stage = Stage::HandingOut(std::mem::take(kept), None),
                            Guess::Html => {
                                let (status, headers) = &this.head;
                                let page = std::mem::take(seen).freeze();
                                let error = error(&this.route).with_head(*status, headers).with_body(&page);
                                this.stage = Stage::Failed;
                                return Poll::Ready(Some(Err(error)));
                            }
                        }
                    }
                    // What came before is handed out first, as it would be without the inspection.
                    Some(Err(error)) => this.stage = Stage::HandingOut(std::mem::take(kept), Some(error)),
                    None => this.stage = Stage::HandingOut(std::mem::take(kept), None),
                },
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::{FutureExt as _, StreamExt as _, stream};

    use super::*;
    use crate::Operation;
    use crate::operation::SAMPLE;

    static OPERATION: Operation = SAMPLE;

    const HTML: [&str; 9] = [
        "<html>",
        "<!DOCTYPE html>",
        "\u{feff}\r\n\t <!doctype\nHTML PUBLIC \"-//W3C//DTD XHTML 1.0\">",
        "<?xml version=\"1.0\"?>\n<!-- > --><!-- x -->\n<html xmlns=\"http://www.w3.org/1999/xhtml\">",
        "<?xml version=\"1.0\"?><x:html xmlns:x=\"http://www.w3.org/1999/xhtml\">",
        "<HTML\n lang=\"en\">",
        "<head>",
        "<body/>",
        "<!-- sign in --><html >",
    ];

    const DATA: [&str; 16] = [
        "",
        "  ",
        "<",
        "<htm",
        "<html",
        "<!doctype html",
        "<!doctype htmlx>",
        "<!DOCTYPE records>",
        "<!ELEMENT html>",
        "<htmlRecords/>",
        "<records><html></html></records>",
        "<?xml version=\"1.0\"?><rss version=\"2.0\"/>",
        "%PDF-1.7 <html>",
        "{\"html\": \"<html>\"}",
        "id,name\r\n1,<html>",
        "<!-- never ends <html>",
    ];

    #[test]
    fn html_is_recognized_by_its_beginning() {
        for page in HTML {
            assert!(is_html(page.as_bytes()), "{page}");
            let utf16: Vec<u8> =
                "\u{feff}".encode_utf16().chain(page.encode_utf16()).flat_map(u16::to_le_bytes).collect();
            assert_eq!(is_html(&utf16), !page.starts_with('\u{feff}'), "{page}");
        }
        for data in DATA {
            assert!(!is_html(data.as_bytes()), "{data}");
        }
        let late = format!("<!--{}--><html>", "x".repeat(INSPECTED));
        assert!(!is_html(late.as_bytes()));
    }

    #[test]
    fn html_is_recognized_however_the_response_is_split_into_chunks() {
        for (text, is_html) in HTML.iter().map(|page| (*page, true)).chain(DATA.iter().map(|data| (*data, false))) {
            for size in [1, 2, 3, 7, 1000] {
                let chunks: Vec<_> = text.as_bytes().chunks(size).map(|it| Ok(Bytes::copy_from_slice(it))).collect();
                let sniffed =
                    Sniffed::new(stream::iter(chunks), Route::of(&OPERATION), (StatusCode::OK, HeaderMap::new()));
                let got: Vec<Result<Bytes, Error>> = sniffed.collect().now_or_never().expect("nothing to wait for");
                if is_html {
                    let [Err(error)] = got.as_slice() else { panic!("{text} in {size}: {got:?}") };
                    assert_eq!(error.kind(), ErrorKind::UnexpectedMediaType);
                    assert!(text.as_bytes().starts_with(error.body().expect("the beginning of the page")));
                } else {
                    let got: Vec<u8> = got.into_iter().flat_map(|chunk| chunk.expect("data").to_vec()).collect();
                    assert_eq!(got, text.as_bytes(), "{text} in {size}");
                }
            }
        }
    }

    #[test]
    fn chunks_before_an_error_are_kept_and_the_error_comes_once() {
        let broken = || Error::new(ErrorKind::Transport, "broken");
        let chunks = stream::iter([Ok(Bytes::from("<")), Err(broken())]);
        let sniffed = Sniffed::new(chunks, Route::of(&OPERATION), (StatusCode::OK, HeaderMap::new()));
        let got: Vec<_> = sniffed.collect().now_or_never().expect("nothing to wait for");
        assert!(matches!(got.as_slice(), [Ok(_), Err(_)]), "{got:?}");
    }
}
