//! Limits on the size and depth of a document.

/// Limits on a document. A document that exceeds one is rejected. The defaults are far above what a site sends.
///
/// | limit | default | holds for |
/// | --- | --- | --- |
/// | [`depth`](Self::with_depth) | 64 | nested elements |
/// | [`attributes`](Self::with_attributes) | 256 | one element |
/// | [`token`](Self::with_token) | 1 MiB | one tag with its attributes, one run of text, one comment |
/// | [`record`](Self::with_record) | 8 MiB | one record of a stream, as it is held in memory |
/// | [`document`](Self::with_document) | 64 MiB | a document that is decoded as a whole, as it is held in memory |
///
/// A stream of records has no limit on the document. Names have at most 1,000 bytes. The memory in use is about the size
/// of the text, and at most 16 times that size; the limits count all of it.
///
/// ```
/// use peoplefluent_lms::xml::Limits;
///
/// let generous = Limits::new().with_record(64 * 1024 * 1024);
/// assert_eq!(generous.record(), 67_108_864);
/// assert_eq!(generous.depth(), 64);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    depth: usize,
    attributes: usize,
    token: usize,
    record: usize,
    document: usize,
}

/// Maximum length of a name, in bytes.
pub(super) const NAME: usize = 1_000;
/// Decoding is recursive and must not exhaust the stack.
const MOST_DEPTH: usize = 128;
/// Offsets in a tree have 32 bits.
const MOST_HELD: usize = 1 << 30;

impl Limits {
    /// The defaults.
    pub const fn new() -> Self {
        Self { depth: 64, attributes: 256, token: 1 << 20, record: 8 << 20, document: 64 << 20 }
    }

    /// Sets how deep elements may be nested, from 1 to 128; a larger value counts as 128.
    #[must_use]
    pub fn with_depth(mut self, elements: usize) -> Self {
        self.depth = elements.clamp(1, MOST_DEPTH);
        self
    }

    /// Sets the maximum number of attributes of an element.
    #[must_use]
    pub fn with_attributes(mut self, attributes: usize) -> Self {
        self.attributes = attributes;
        self
    }

    /// Sets the maximum length of one tag, one run of text or one comment, in bytes.
    #[must_use]
    pub fn with_token(mut self, bytes: usize) -> Self {
        self.token = bytes.min(MOST_HELD);
        self
    }

    /// Sets the maximum size of one record of a stream, in bytes, up to 1 GiB.
    #[must_use]
    pub fn with_record(mut self, bytes: usize) -> Self {
        self.record = bytes.min(MOST_HELD);
        self
    }

    /// Sets the maximum size of a document that is decoded as a whole, in bytes, up to 1 GiB.
    #[must_use]
    pub fn with_document(mut self, bytes: usize) -> Self {
        self.document = bytes.min(MOST_HELD);
        self
    }

    /// Maximum depth of nested elements.
    pub const fn depth(&self) -> usize {
        self.depth
    }

    /// Maximum number of attributes of one element.
    pub const fn attributes(&self) -> usize {
        self.attributes
    }

    /// Maximum length of one tag, run of text or comment, in bytes.
    pub const fn token(&self) -> usize {
        self.token
    }

    /// Maximum size of one record of a stream, in bytes.
    pub const fn record(&self) -> usize {
        self.record
    }

    /// Maximum size of a document that is decoded as a whole, in bytes.
    pub const fn document(&self) -> usize {
        self.document
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self::new()
    }
}
