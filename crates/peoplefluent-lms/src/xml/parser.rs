//! Parses one document token by token and validates each token.

use futures_core::Stream;
use quick_xml::Reader;
use rosterkit_core::Error;
use rosterkit_core::bytes::Bytes;

use super::decoder::{Decoder, DecoderError};
use super::error::XmlError;
use super::limits::Limits;
use super::validate::{Sink, Validator, translate};

/// Parses a document from a stream of chunks.
pub(super) struct Parser<S> {
    reader: Reader<Decoder<S>>,
    buffer: Vec<u8>,
    validator: Validator,
}

/// Why parsing failed.
pub(super) enum ParseError {
    /// The chunks ended in an error of their own.
    Body(Error),
    /// The document is invalid.
    Document(XmlError),
}

/// A buffer larger than this is released after the token that needed it.
const KEPT_BUFFER: usize = 64 * 1024;

impl<S: Stream<Item = Result<Bytes, Error>> + Unpin> Parser<S> {
    /// Reads from chunks. `charset` is the charset of their media type. With `is_strict`, rules are checked too that
    /// readers usually tolerate.
    pub fn new(chunks: S, charset: Option<&str>, limits: Limits, is_strict: bool) -> Self {
        let mut reader = Reader::from_reader(Decoder::new(chunks, charset, is_strict, limits.token()));
        let config = reader.config_mut();
        config.check_end_names = true;
        config.check_comments = is_strict;
        config.allow_dangling_amp = false;
        config.allow_unmatched_ends = false;
        Self { reader, buffer: Vec::new(), validator: Validator::new(limits, is_strict) }
    }

    /// The stream of chunks.
    pub fn chunks(&self) -> &S {
        self.reader.get_ref().chunks()
    }

    /// Reads one token. `false` at the end of the document.
    pub async fn step<K: Sink>(&mut self, sink: &mut K) -> Result<bool, ParseError> {
        if self.buffer.capacity() > KEPT_BUFFER {
            self.buffer = Vec::new();
        }
        self.buffer.clear();
        let line = self.reader.get_mut().begin_token();
        sink.line(line);
        let cause = match self.reader.read_event_into_async(&mut self.buffer).await {
            Ok(event) => match self.validator.take(&event, sink) {
                Ok(more) => return Ok(more),
                Err(cause) => cause,
            },
            Err(error) => {
                let source = self.reader.get_mut();
                match source.take_error() {
                    Some(DecoderError::Body(error)) => return Err(ParseError::Body(error)),
                    Some(DecoderError::Document(cause)) => cause,
                    None => translate(&error, source.is_done()),
                }
            }
        };
        Err(ParseError::Document(XmlError::new(cause, line, self.validator.path())))
    }

    /// The current line.
    pub fn line(&self) -> u64 {
        self.reader.get_ref().line()
    }

    /// The path of the open elements, for a message.
    pub fn path(&self) -> String {
        self.validator.path()
    }
}
