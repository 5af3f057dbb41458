//! One document, token by token, held to the rules.

use futures_core::Stream;
use quick_xml::Reader;
use rosterkit_core::Error;
use rosterkit_core::bytes::Bytes;

use super::error::XmlError;
use super::limits::Limits;
use super::rules::{Rules, Sink, translate};
use super::source::{Failure, Source};

/// Reads a document from chunks.
pub(super) struct Parser<S> {
    reader: Reader<Source<S>>,
    buffer: Vec<u8>,
    rules: Rules,
}

/// Why reading ended.
pub(super) enum Stop {
    /// The chunks ended in an error of their own.
    Body(Error),
    /// The document is not what it should be.
    Document(XmlError),
}

/// A buffer larger than this is given back after the token that needed it.
const KEPT_BUFFER: usize = 64 * 1024;

impl<S: Stream<Item = Result<Bytes, Error>> + Unpin> Parser<S> {
    /// Reads from chunks. `charset` is what came with them; with `is_strict`, also rules count that a reader need not
    /// insist on.
    pub fn new(chunks: S, charset: Option<&str>, limits: Limits, is_strict: bool) -> Self {
        let mut reader = Reader::from_reader(Source::new(chunks, charset, is_strict, limits.token()));
        let config = reader.config_mut();
        config.check_end_names = true;
        config.check_comments = is_strict;
        config.allow_dangling_amp = false;
        config.allow_unmatched_ends = false;
        Self { reader, buffer: Vec::new(), rules: Rules::new(limits, is_strict) }
    }

    /// Where the chunks come from.
    pub fn chunks(&self) -> &S {
        self.reader.get_ref().chunks()
    }

    /// Reads one token. `false` when the document has come to its end, which is checked.
    pub async fn step<K: Sink>(&mut self, sink: &mut K) -> Result<bool, Stop> {
        if self.buffer.capacity() > KEPT_BUFFER {
            self.buffer = Vec::new();
        }
        self.buffer.clear();
        let line = self.reader.get_mut().begin_token();
        let problem = match self.reader.read_event_into_async(&mut self.buffer).await {
            Ok(event) => match self.rules.take(&event, sink) {
                Ok(more) => return Ok(more),
                Err(problem) => problem,
            },
            Err(error) => {
                let source = self.reader.get_mut();
                match source.take_failure() {
                    Some(Failure::Body(error)) => return Err(Stop::Body(error)),
                    Some(Failure::Problem(problem)) => problem,
                    None => translate(&error, source.is_done()),
                }
            }
        };
        Err(Stop::Document(XmlError::new(problem, line, self.rules.path())))
    }

    /// The line that reading has come to.
    pub fn line(&self) -> u64 {
        self.reader.get_ref().line()
    }

    /// The open elements, for a message.
    pub fn path(&self) -> String {
        self.rules.path()
    }
}
