//! The bytes of a document, chunk by chunk, as UTF-8 text.
//!
//! The next chunk is requested only when the earlier ones are parsed, so that nothing is read ahead.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use encoding_rs::DecoderResult;
use futures_core::Stream;
use rosterkit_core::Error;
use rosterkit_core::bytes::{Buf as _, Bytes};
use tokio::io::{AsyncBufRead, AsyncRead, ReadBuf};

use super::encoding::{Detected, HEAD, detect};
use super::error::{Cause, XmlErrorKind};

/// Size of the buffer for decoded text, in bytes.
const BUFFER: usize = 16 * 1024;

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
    text: Box<[u8]>,
    start: usize,
    end: usize,
    line: u64,
    /// Bytes of the current token, and the limit on them.
    taken: usize,
    limit: usize,
    /// The bytes after the decoded text are invalid in the encoding.
    is_broken: bool,
    /// Why decoding failed. An `io::Error` cannot hold it.
    error: Option<DecoderError>,
}

pub(super) enum DecoderError {
    /// The chunks ended in an error.
    Body(Error),
    /// The bytes are not a document in its encoding, or are too many.
    Document(Cause),
}

impl<S: Stream<Item = Result<Bytes, Error>> + Unpin> Decoder<S> {
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
            error: None,
        }
    }

    /// The stream of chunks.
    pub fn chunks(&self) -> &S {
        &self.chunks
    }

    /// Starts to count the bytes of a token. Returns the line that it starts in.
    pub fn begin_token(&mut self) -> u64 {
        self.taken = 0;
        self.line
    }

    /// The current line.
    pub fn line(&self) -> u64 {
        self.line
    }

    /// Whether all was read.
    pub fn is_done(&self) -> bool {
        self.is_done && self.start == self.end
    }

    pub fn take_error(&mut self) -> Option<DecoderError> {
        self.error.take()
    }

    fn fail<T>(&mut self, error: DecoderError) -> io::Result<T> {
        self.error = Some(error);
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
                Some(Err(error)) => return Poll::Ready(self.fail(DecoderError::Body(error))),
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
            Err(cause) => self.fail(DecoderError::Document(cause)),
        }
    }

    fn decode(&mut self) -> io::Result<()> {
        let Some(decoder) = &mut self.decoder else { return Ok(()) };
        if self.is_broken {
            let encoding = decoder.encoding().name();
            let what = format!("invalid bytes for {encoding}, the encoding of the document");
            return self.fail(DecoderError::Document((XmlErrorKind::Encoding, what.into())));
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
                // The text before the invalid bytes comes first.
                self.is_broken = true;
                Ok(())
            }
        }
    }
}

impl<S: Stream<Item = Result<Bytes, Error>> + Unpin> AsyncBufRead for Decoder<S> {
    fn poll_fill_buf(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<&[u8]>> {
        let this = self.get_mut();
        if this.error.is_some() {
            return Poll::Ready(Err(io::ErrorKind::InvalidData.into()));
        }
        if this.taken > this.limit {
            let what = format!("a tag, text or comment has more than {} bytes", this.limit);
            return Poll::Ready(this.fail(DecoderError::Document((XmlErrorKind::TooLarge, what.into()))));
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

impl<S: Stream<Item = Result<Bytes, Error>> + Unpin> AsyncRead for Decoder<S> {
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
