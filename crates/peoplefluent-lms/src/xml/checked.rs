//! Documents that another decoder reads: held to the rules of this module first, and handed on as plain UTF-8.

use futures_util::stream;
use rosterkit_core::bytes::Bytes;
use rosterkit_core::{Body, Error};

use super::encoding::{Detected, charset, detect};
use super::error::{Problem, XmlError, XmlErrorKind};
use super::limits::Limits;
use super::parser::{Parser, Stop};

/// The text of a document, without its XML declaration. Errors say what `body`, which it was read from, knows of its
/// call.
pub(crate) async fn checked(body: &mut Body, document: &[u8], limits: Limits) -> Result<Bytes, Error> {
    let charset = body.content_type().and_then(charset);
    let text = text(document, charset).map_err(|problem| XmlError::new(problem, 0, String::new()).of(body))?;
    let chunks = stream::iter([Ok(text.clone())]);
    let mut parser = Parser::new(chunks, Some("utf-8"), limits, false);
    loop {
        match parser.step(&mut ()).await {
            Ok(true) => {}
            Ok(false) => return Ok(text),
            Err(Stop::Body(error)) => return Err(error),
            Err(Stop::Document(error)) => return Err(error.of(body)),
        }
    }
}

fn text(document: &[u8], charset: Option<&str>) -> Result<Bytes, Problem> {
    let (encoding, mark) = match detect(document, true, charset, false)? {
        Detected::Known(encoding, mark) => (encoding, mark),
        Detected::Unclear => (encoding_rs::UTF_8, 0),
    };
    let (text, has_errors) = encoding.decode_without_bom_handling(document.get(mark..).unwrap_or_default());
    if has_errors {
        return Err((XmlErrorKind::Encoding, "the document holds bytes that its encoding does not have".into()));
    }
    let text = Bytes::from(text.into_owned());
    // It would name the encoding that the document no longer has.
    let end = text.starts_with(b"<?xml ").then(|| text.windows(2).position(|pair| pair == b"?>")).flatten();
    Ok(end.map_or_else(|| text.clone(), |end| text.slice(end + 2..)))
}
