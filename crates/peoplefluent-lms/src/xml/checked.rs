//! Documents that another decoder reads: held to the rules of this module first, and handed on as plain UTF-8.

use futures_util::stream;
use rosterkit_core::bytes::Bytes;
use rosterkit_core::{Body, Error};

use super::encoding::{charset, declaration_length, decode};
use super::error::{Problem, XmlError};
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
    let text = Bytes::from(decode(document, charset)?.into_owned());
    let declaration = declaration_length(&text);
    Ok(text.slice(declaration..))
}
