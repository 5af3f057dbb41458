//! How much a document may ask for.

/// What a document may cost before it is refused. The defaults fit what a site sends by a wide margin.
///
/// | limit | default | holds for |
/// | --- | --- | --- |
/// | [`depth`](Self::with_depth) | 64 | elements in elements |
/// | [`attributes`](Self::with_attributes) | 256 | one element |
/// | [`token`](Self::with_token) | 1 MiB | one tag with its attributes, one run of text, one comment |
/// | [`record`](Self::with_record) | 8 MiB | one record of a stream, as it is held in memory |
/// | [`document`](Self::with_document) | 64 MiB | a document that is decoded as a whole, as it is held in memory |
///
/// A stream of records has no limit on the document. Names have at most 1,000 bytes. What is held in memory is about
/// as large as the text, and never more than 16 times as large; the limits count all of it.
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

/// Bytes of a name.
pub(super) const NAME: usize = 1_000;
/// Decoding goes one level deeper on the stack for each element, and must not exhaust it.
const MOST_DEPTH: usize = 128;
/// Places in a tree are counted in 32 bits.
const MOST_HELD: usize = 1 << 30;

impl Limits {
    /// The defaults.
    pub const fn new() -> Self {
        Self { depth: 64, attributes: 256, token: 1 << 20, record: 8 << 20, document: 64 << 20 }
    }

    /// Sets how deep elements may stand in each other, from 1 to 128; more counts as 128.
    #[must_use]
    pub fn with_depth(mut self, elements: usize) -> Self {
        self.depth = elements.clamp(1, MOST_DEPTH);
        self
    }

    /// Sets how many attributes an element may have.
    #[must_use]
    pub fn with_attributes(mut self, attributes: usize) -> Self {
        self.attributes = attributes;
        self
    }

    /// Sets how many bytes one tag, one run of text or one comment may have.
    #[must_use]
    pub fn with_token(mut self, bytes: usize) -> Self {
        self.token = bytes.min(MOST_HELD);
        self
    }

    /// Sets how many bytes one record of a stream may take, up to 1 GiB.
    #[must_use]
    pub fn with_record(mut self, bytes: usize) -> Self {
        self.record = bytes.min(MOST_HELD);
        self
    }

    /// Sets how many bytes a document that is decoded as a whole may take, up to 1 GiB.
    #[must_use]
    pub fn with_document(mut self, bytes: usize) -> Self {
        self.document = bytes.min(MOST_HELD);
        self
    }

    /// Elements in elements.
    pub const fn depth(&self) -> usize {
        self.depth
    }

    /// Attributes of one element.
    pub const fn attributes(&self) -> usize {
        self.attributes
    }

    /// Bytes of one tag, run of text or comment.
    pub const fn token(&self) -> usize {
        self.token
    }

    /// Bytes of one record of a stream.
    pub const fn record(&self) -> usize {
        self.record
    }

    /// Bytes of a document that is decoded as a whole.
    pub const fn document(&self) -> usize {
        self.document
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self::new()
    }
}
