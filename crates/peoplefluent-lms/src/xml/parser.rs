//! Parses one document, piece by piece as it arrives, and validates each token.
//!
//! A piece of text is parsed at once, without a wait between its tokens. A token that goes on in the next piece is parsed when
//! its end is there.

use std::task::{Context, Poll, ready};

use futures_core::Stream;
use quick_xml::Reader;
use quick_xml::errors::{Error as ReadError, IllFormedError, SyntaxError};
use quick_xml::events::Event;
use rosterkit_core::Error;
use rosterkit_core::bytes::Bytes;

use super::decoder::{Decoder, DecoderError, PIECE};
use super::error::{Cause, XmlError, XmlErrorKind};
use super::limits::Limits;
use super::validate::{Sink, Validator, translate};

/// Parses a document from a stream of chunks.
pub(super) struct Parser<S> {
    decoder: Decoder<S>,
    /// The text that is not parsed yet.
    text: String,
    /// The line of its first character.
    line: u64,
    /// How long the text must be to be parsed: longer than the token was that went on.
    wanted: usize,
    max_token: usize,
    is_strict: bool,
    validator: Validator,
}

/// Why parsing failed.
pub(super) enum ParseError {
    /// The chunks ended in an error of their own.
    Body(Error),
    /// The document is invalid.
    Document(XmlError),
}

/// Room for more text than this is released after the token that needed it.
const KEPT_ROOM: usize = 64 * 1024;

impl<S: Stream<Item = Result<Bytes, Error>> + Unpin> Parser<S> {
    /// Reads from chunks. `charset` is the charset of their media type. With `is_strict`, rules are checked too that
    /// readers usually tolerate.
    pub fn new(chunks: S, charset: Option<&str>, limits: Limits, is_strict: bool) -> Self {
        Self {
            decoder: Decoder::new(chunks, charset, is_strict),
            text: String::new(),
            line: 1,
            wanted: 1,
            max_token: limits.token(),
            is_strict,
            validator: Validator::new(limits, is_strict),
        }
    }

    /// The stream of chunks.
    pub fn chunks(&self) -> &S {
        self.decoder.chunks()
    }

    /// Reads the next piece of the document and parses it. `false` at the end of the document.
    pub async fn step<K: Sink>(&mut self, sink: &mut K) -> Result<bool, ParseError> {
        std::future::poll_fn(|context| self.poll_step(sink, context)).await
    }

    /// The same for a stream.
    pub fn poll_step<K: Sink>(&mut self, sink: &mut K, context: &mut Context<'_>) -> Poll<Result<bool, ParseError>> {
        let decoded = ready!(self.decoder.poll_decode(&mut self.text, context)).map_err(|error| match error {
            DecoderError::Body(error) => ParseError::Body(error),
            DecoderError::Document(cause) => {
                ParseError::Document(XmlError::new(cause, self.line, self.validator.path()))
            }
        });
        Poll::Ready(decoded.and_then(|()| self.parse(sink).map_err(ParseError::Document)))
    }

    /// Parses the text that is there.
    fn parse<K: Sink>(&mut self, sink: &mut K) -> Result<bool, XmlError> {
        let is_last = self.decoder.is_done();
        if self.text.len() < self.wanted && !is_last {
            return Ok(true);
        }
        self.validator.begin(&self.text);
        let mut position = Position::new(&self.text, self.line);
        let parsed = Self::tokens(&mut position, is_last, self.max_token, self.is_strict, &mut self.validator, sink);
        let Position { offset, line, .. } = position;
        let parsed = parsed.map_err(|cause| XmlError::new(cause, line, self.validator.path()));
        self.line = line;
        self.text.drain(..offset);
        let open = self.text.len();
        // A long token is not searched for its end again at each of many small chunks.
        self.wanted = if open < PIECE { open + 1 } else { open + open / 8 };
        if self.text.capacity() > KEPT_ROOM && open < PIECE {
            self.text.shrink_to(PIECE);
        }
        parsed
    }

    /// Parses the tokens of a text, except for one that goes on, unless the text is the last. Afterwards, the position is at
    /// the token that goes on or is invalid.
    fn tokens<K: Sink>(
        position: &mut Position<'_>,
        is_last: bool,
        max_token: usize,
        is_strict: bool,
        validator: &mut Validator,
        sink: &mut K,
    ) -> Result<bool, Cause> {
        let mut reader = reader(position.text, is_strict, validator.is_at_start());
        let mut start = 0;
        let parsed = loop {
            let event = reader.read_event();
            let (before, left) = (position.text.len() - start, reader.get_ref().len());
            let goes_on = goes_on(&event, before, left);
            if (if goes_on { before } else { before - left }) > max_token {
                let what = format!("a tag, text or comment has more than {max_token} bytes");
                break Err((XmlErrorKind::TooLarge, what.into()));
            }
            if goes_on && !is_last {
                break Ok(true);
            }
            if let Ok(Event::Start(_) | Event::Empty(_)) = event {
                position.advance(start);
                sink.line(position.line);
            }
            match &event {
                Ok(event) => match validator.take(event, sink) {
                    Ok(true) => {}
                    ended => break ended,
                },
                Err(error) => break Err(translate(error, goes_on)),
            }
            if let Err(cause) = sink.check() {
                break Err(cause);
            }
            start = position.text.len() - left;
        };
        position.advance(start);
        parsed
    }
}

/// A position in a text, with its line.
struct Position<'a> {
    text: &'a str,
    offset: usize,
    line: u64,
    /// Where the next line begins.
    next_line: usize,
}

impl<'a> Position<'a> {
    fn new(text: &'a str, line: u64) -> Self {
        let mut position = Self { text, offset: 0, line, next_line: 0 };
        position.find_next_line();
        position
    }

    fn find_next_line(&mut self) {
        let rest = self.text.get(self.next_line..).unwrap_or_default();
        self.next_line = rest.find('\n').map_or(usize::MAX, |end| self.next_line + end + 1);
    }

    fn advance(&mut self, offset: usize) {
        while self.next_line <= offset {
            self.line += 1;
            self.find_next_line();
        }
        self.offset = offset;
    }
}

fn reader(text: &str, is_strict: bool, is_at_start: bool) -> Reader<&[u8]> {
    const REFERENCE: &str = "&lt;";
    let is_marked = !is_at_start && text.starts_with('\u{feff}');
    let mut reader = Reader::from_str(if is_marked { REFERENCE } else { text });
    let config = reader.config_mut();
    // The validator knows the open elements: a reader is made for each piece.
    config.check_end_names = false;
    config.allow_unmatched_ends = true;
    config.check_comments = is_strict;
    config.allow_dangling_amp = false;
    if is_marked {
        // A reader takes the first character for a byte order mark, unless something was read before.
        let _ = reader.read_event();
        *reader.get_mut() = text.as_bytes();
    }
    reader
}

/// Whether the end of a token is not in the text: nothing of it was taken, or all that was left. `before` and `left` are the
/// bytes of the text before and after it was read.
fn goes_on(event: &Result<Event<'_>, ReadError>, before: usize, left: usize) -> bool {
    match event {
        Ok(Event::Eof) => true,
        Ok(Event::Text(_)) | Err(ReadError::IllFormed(IllFormedError::UnclosedReference)) => left == 0,
        Err(ReadError::Syntax(SyntaxError::InvalidBangMarkup)) => before <= "<!".len(),
        Err(ReadError::Syntax(_)) => left == before,
        _ => false,
    }
}
