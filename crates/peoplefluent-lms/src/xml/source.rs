//! The bytes of a document, chunk by chunk, as UTF-8 text.
//!
//! A chunk is asked for only when all earlier ones are used up, so that reading never runs ahead of what is parsed.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use encoding_rs::{Decoder, DecoderResult};
use futures_core::Stream;
use rosterkit_core::Error;
use rosterkit_core::bytes::{Buf as _, Bytes};
use tokio::io::{AsyncBufRead, AsyncRead, ReadBuf};

use super::encoding::{Detected, HEAD, detect};
use super::error::{Problem, XmlErrorKind};

/// Bytes of decoded text at a time.
const BUFFER: usize = 16 * 1024;

pub(super) struct Source<S> {
    chunks: S,
    charset: Option<String>,
    is_strict: bool,
    /// The beginning, until it says which encoding it is in.
    head: Vec<u8>,
    decoder: Option<Decoder>,
    /// What is decoded next, and what after that.
    input: Bytes,
    rest: Bytes,
    is_ended: bool,
    is_done: bool,
    text: Box<[u8]>,
    start: usize,
    end: usize,
    line: u64,
    /// Bytes of the current token, and how many it may have.
    taken: usize,
    limit: usize,
    /// The bytes after the decoded text are in another encoding.
    is_broken: bool,
    /// Why the source failed, which an `io::Error` cannot say.
    failure: Option<Failure>,
}

pub(super) enum Failure {
    /// The chunks ended in an error.
    Body(Error),
    /// The bytes are not what they should be.
    Problem(Problem),
}

impl<S: Stream<Item = Result<Bytes, Error>> + Unpin> Source<S> {
    pub fn new(chunks: S, charset: Option<&str>, is_strict: bool, limit: usize) -> Self {
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
            text: vec![0; BUFFER].into_boxed_slice(),
            start: 0,
            end: 0,
            line: 1,
            taken: 0,
            limit,
            is_broken: false,
            failure: None,
        }
    }

    /// Where the chunks come from.
    pub fn chunks(&self) -> &S {
        &self.chunks
    }

    /// Begins to count a token, and tells the line it begins in.
    pub fn begin_token(&mut self) -> u64 {
        self.taken = 0;
        self.line
    }

    /// The line that reading has come to.
    pub fn line(&self) -> u64 {
        self.line
    }

    /// Whether all was read.
    pub fn is_done(&self) -> bool {
        self.is_done && self.start == self.end
    }

    pub fn take_failure(&mut self) -> Option<Failure> {
        self.failure.take()
    }

    fn fail<T>(&mut self, failure: Failure) -> io::Result<T> {
        self.failure = Some(failure);
        Err(io::ErrorKind::InvalidData.into())
    }

    /// Decodes some text, if there is input for it.
    fn poll_decode(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.input.is_empty() {
            self.input = std::mem::take(&mut self.rest);
        }
        if self.input.is_empty() && !self.is_ended {
            match ready!(Pin::new(&mut self.chunks).poll_next(context)) {
                Some(Ok(chunk)) => self.input = chunk,
                Some(Err(error)) => return Poll::Ready(self.fail(Failure::Body(error))),
                None => self.is_ended = true,
            }
        }
        if self.decoder.is_none() {
            return Poll::Ready(self.detect());
        }
        Poll::Ready(self.decode())
    }

    fn detect(&mut self) -> io::Result<()> {
        let wanted = self.input.len().min(HEAD - self.head.len());
        self.head.extend_from_slice(&self.input.split_to(wanted));
        match detect(&self.head, self.is_ended, self.charset.as_deref(), self.is_strict) {
            Ok(Detected::Unclear) => Ok(()),
            Ok(Detected::Known(encoding, mark)) => {
                self.decoder = Some(encoding.new_decoder_without_bom_handling());
                let head = Bytes::from(std::mem::take(&mut self.head)).split_off(mark);
                self.rest = std::mem::replace(&mut self.input, head);
                Ok(())
            }
            Err(problem) => self.fail(Failure::Problem(problem)),
        }
    }

    fn decode(&mut self) -> io::Result<()> {
        let Some(decoder) = &mut self.decoder else { return Ok(()) };
        if self.is_broken {
            let encoding = decoder.encoding().name();
            let what = format!("the bytes are not {encoding}, which the document is in by its own account");
            return self.fail(Failure::Problem((XmlErrorKind::Encoding, what.into())));
        }
        let is_last = self.is_ended && self.rest.is_empty();
        let (result, read, written) = decoder.decode_to_utf8_without_replacement(&self.input, &mut self.text, is_last);
        self.input.advance(read);
        (self.start, self.end) = (0, written);
        match result {
            DecoderResult::InputEmpty => {
                self.is_done = is_last;
                Ok(())
            }
            DecoderResult::OutputFull => Ok(()),
            DecoderResult::Malformed(..) => {
                // What was decoded before is good, and comes first.
                self.is_broken = true;
                Ok(())
            }
        }
    }
}

impl<S: Stream<Item = Result<Bytes, Error>> + Unpin> AsyncBufRead for Source<S> {
    fn poll_fill_buf(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<&[u8]>> {
        let this = self.get_mut();
        if this.failure.is_some() {
            return Poll::Ready(Err(io::ErrorKind::InvalidData.into()));
        }
        if this.taken > this.limit {
            let what = format!("a tag, text or comment has more than {} bytes", this.limit);
            return Poll::Ready(this.fail(Failure::Problem((XmlErrorKind::TooLarge, what.into()))));
        }
        while this.start == this.end && !this.is_done {
            ready!(this.poll_decode(context))?;
        }
        Poll::Ready(Ok(&this.text[this.start..this.end]))
    }

    fn consume(self: Pin<&mut Self>, count: usize) {
        let this = self.get_mut();
        let end = this.end.min(this.start + count);
        this.line += this.text[this.start..end].iter().filter(|byte| **byte == b'\n').count() as u64;
        this.taken += end - this.start;
        this.start = end;
    }
}

impl<S: Stream<Item = Result<Bytes, Error>> + Unpin> AsyncRead for Source<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let text = ready!(self.as_mut().poll_fill_buf(context))?;
        let count = text.len().min(buffer.remaining());
        buffer.put_slice(&text[..count]);
        self.consume(count);
        Poll::Ready(Ok(()))
    }
}
