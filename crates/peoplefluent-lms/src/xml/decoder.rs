//! The bytes of a document, chunk by chunk, as UTF-8 text.
//!
//! The next chunk is requested only when the text before it is parsed, so that nothing is read ahead.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use encoding_rs::DecoderResult;
use futures_core::Stream;
use rosterkit_core::Error;
use rosterkit_core::bytes::{Buf as _, Bytes};

use super::encoding::{Detected, HEAD, detect};
use super::error::{Cause, XmlErrorKind};

/// How much text is decoded at once, in bytes.
pub(super) const PIECE: usize = 16 * 1024;

pub(super) struct Decoder<S> {
    chunks: S,
    charset: Option<String>,
    is_strict: bool,
    /// The first bytes, until the encoding is known.
    head: Vec<u8>,
    decoder: Option<encoding_rs::Decoder>,
    /// What is decoded next, and what after that.
    input: Bytes,
    rest: Bytes,
    is_ended: bool,
    is_done: bool,
    /// The bytes after the decoded text are invalid in the encoding.
    is_broken: bool,
}

pub(super) enum DecoderError {
    /// The chunks ended in an error.
    Body(Error),
    /// The bytes are not a document in its encoding.
    Document(Cause),
}

impl<S: Stream<Item = Result<Bytes, Error>> + Unpin> Decoder<S> {
    pub fn new(chunks: S, charset: Option<&str>, is_strict: bool) -> Self {
        Self {
            chunks,
            charset: charset.map(str::to_owned),
            is_strict,
            head: Vec::new(),
            decoder: None,
            input: Bytes::new(),
            rest: Bytes::new(),
            is_ended: false,
            is_done: false,
            is_broken: false,
        }
    }

    /// The stream of chunks.
    pub fn chunks(&self) -> &S {
        &self.chunks
    }

    /// Whether everything was decoded.
    pub fn is_done(&self) -> bool {
        self.is_done
    }

    /// Appends the next piece of the document to `text`, unless everything was decoded.
    pub fn poll_decode(&mut self, text: &mut String, context: &mut Context<'_>) -> Poll<Result<(), DecoderError>> {
        let before = text.len();
        while text.len() == before && !self.is_done {
            if self.input.is_empty() {
                self.input = std::mem::take(&mut self.rest);
            }
            if self.input.is_empty() && !self.is_ended && !self.is_broken {
                match ready!(Pin::new(&mut self.chunks).poll_next(context)) {
                    Some(Ok(chunk)) => self.input = chunk,
                    Some(Err(error)) => return Poll::Ready(Err(DecoderError::Body(error))),
                    None => self.is_ended = true,
                }
            }
            let done = if self.decoder.is_none() { self.detect() } else { self.decode(text) };
            done.map_err(DecoderError::Document)?;
        }
        Poll::Ready(Ok(()))
    }

    fn detect(&mut self) -> Result<(), Cause> {
        let wanted = self.input.len().min(HEAD - self.head.len());
        self.head.extend_from_slice(&self.input.split_to(wanted));
        if let Detected::Known(encoding, mark) =
            detect(&self.head, self.is_ended, self.charset.as_deref(), self.is_strict)?
        {
            self.decoder = Some(encoding.new_decoder_without_bom_handling());
            let head = Bytes::from(std::mem::take(&mut self.head)).split_off(mark);
            self.rest = std::mem::replace(&mut self.input, head);
        }
        Ok(())
    }

    fn decode(&mut self, text: &mut String) -> Result<(), Cause> {
        let Some(decoder) = &mut self.decoder else { return Ok(()) };
        if self.is_broken {
            let encoding = decoder.encoding().name();
            let what = format!("invalid bytes for {encoding}, the encoding of the document");
            return Err((XmlErrorKind::Encoding, what.into()));
        }
        let is_last = self.is_ended && self.rest.is_empty();
        text.reserve(PIECE);
        // A piece has a bound, whatever room there is.
        let piece = self.input.slice(..self.input.len().min(PIECE));
        let is_whole = piece.len() == self.input.len();
        let (result, read) = decoder.decode_to_string_without_replacement(&piece, text, is_last && is_whole);
        self.input.advance(read);
        match result {
            DecoderResult::InputEmpty => self.is_done = is_last && is_whole,
            DecoderResult::OutputFull => {}
            // The text before the invalid bytes comes first.
            DecoderResult::Malformed(..) => self.is_broken = true,
        }
        Ok(())
    }
}
