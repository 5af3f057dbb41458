//! Selects elements of a document and builds a tree of each.

use std::collections::VecDeque;

use super::error::{Cause, XmlErrorKind};
use super::tree::{Builder, Tree};
use super::validate::{Sink, local};

/// Which elements are built.
pub(super) enum Selection {
    /// The root element.
    Root,
    /// The children of the root element.
    Children,
    /// The elements of a name below the root element. If they are nested, the outer one is built.
    Named(String),
}

/// A sink that builds the selected elements.
pub(super) struct Selector {
    selection: Selection,
    /// What an element is called in messages, and the limit on its memory in bytes.
    what: &'static str,
    max: usize,
    depth: usize,
    /// Whether the root element says that the document is an error.
    is_error: bool,
    line: u64,
    builder: Builder,
    is_open: bool,
    /// The complete elements that were not taken.
    finished: VecDeque<Tree>,
    completed: u64,
    /// Trees whose memory is used again.
    spare: Vec<Tree>,
}

impl Selector {
    /// Selects elements, which are called `what` in messages. Each may take up to `max` bytes of memory.
    pub fn new(selection: Selection, what: &'static str, max: usize) -> Self {
        Self {
            selection,
            what,
            max,
            depth: 0,
            is_error: false,
            line: 0,
            builder: Builder::default(),
            is_open: false,
            finished: VecDeque::new(),
            completed: 0,
            spare: Vec::new(),
        }
    }

    /// Whether the root element is named `error`, `errors` or `…Error`. Then nothing but the root is selected.
    pub fn is_error(&self) -> bool {
        self.is_error
    }

    /// The next complete element.
    pub fn take(&mut self) -> Option<Tree> {
        self.finished.pop_front()
    }

    /// How many elements were completed.
    pub fn completed(&self) -> u64 {
        self.completed
    }

    /// Takes back an element whose memory can be used again.
    pub fn recycle(&mut self, tree: Tree) {
        self.spare.push(tree);
    }

    fn is_selected(&self, name: &str) -> bool {
        match &self.selection {
            Selection::Root => self.depth == 1,
            _ if self.is_error => self.depth == 1,
            Selection::Children => self.depth == 2,
            Selection::Named(wanted) => self.depth > 1 && local(name) == wanted,
        }
    }
}

/// Whether a root element of this name says that the document is an error.
pub(crate) fn is_error_name(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.ends_with("error") || name.ends_with("errors")
}

impl Sink for Selector {
    fn line(&mut self, line: u64) {
        self.line = line;
    }

    #[inline]
    fn start(&mut self, name: &str) {
        self.depth += 1;
        if self.depth == 1 && !matches!(self.selection, Selection::Root) {
            self.is_error = is_error_name(local(name));
        }
        if !self.is_open && self.is_selected(name) {
            self.is_open = true;
            self.builder.begin(self.spare.pop());
        }
        if self.is_open {
            self.builder.line(self.line);
            self.builder.start(name);
        }
    }

    fn attribute(&mut self, name: &str, value: &str) {
        if self.is_open {
            self.builder.attribute(name, value);
        }
    }

    #[inline]
    fn text(&mut self, text: &str) {
        if self.is_open {
            self.builder.text(text);
        }
    }

    #[inline]
    fn end(&mut self) {
        self.depth = self.depth.saturating_sub(1);
        if self.is_open {
            self.builder.end();
            if self.builder.is_complete() {
                self.is_open = false;
                self.finished.push_back(self.builder.finish());
                self.completed += 1;
            }
        }
    }

    #[inline]
    fn check(&self) -> Result<(), Cause> {
        if self.is_open && self.builder.held() > self.max {
            let what = format!("{} takes more than {} bytes", self.what, self.max);
            return Err((XmlErrorKind::TooLarge, what.into()));
        }
        Ok(())
    }
}
