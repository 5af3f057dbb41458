//! Picks elements out of a document and builds a tree of each.

use super::rules::{Sink, local};
use super::tree::{Builder, Tree};

/// Which elements are built.
pub(super) enum Pick {
    /// The root element.
    Root,
    /// The children of the root element.
    Children,
    /// The elements of a name below the root element. Such an element in another one belongs to the outer one.
    Named(String),
}

/// A sink that builds the elements picked, one at a time.
pub(super) struct Collector {
    pick: Pick,
    depth: usize,
    open: Option<Builder>,
    finished: Option<Tree>,
}

impl Collector {
    pub fn new(pick: Pick) -> Self {
        Self { pick, depth: 0, open: None, finished: None }
    }

    /// Bytes that the element under construction takes.
    pub fn held(&self) -> usize {
        self.open.as_ref().map_or(0, Builder::held)
    }

    /// The element that was finished by the last token, if it was one.
    pub fn take(&mut self) -> Option<Tree> {
        self.finished.take()
    }

    fn is_picked(&self, name: &str) -> bool {
        match &self.pick {
            Pick::Root => self.depth == 1,
            Pick::Children => self.depth == 2,
            Pick::Named(wanted) => self.depth > 1 && local(name) == wanted,
        }
    }
}

impl Sink for Collector {
    fn start(&mut self, name: &str) {
        self.depth += 1;
        if self.open.is_none() && self.is_picked(name) {
            self.open = Some(Builder::default());
        }
        if let Some(builder) = &mut self.open {
            builder.start(name);
        }
    }

    fn attribute(&mut self, name: &str, value: &str) {
        if let Some(builder) = &mut self.open {
            builder.attribute(name, value);
        }
    }

    fn text(&mut self, text: &str) {
        if let Some(builder) = &mut self.open {
            builder.text(text);
        }
    }

    fn end(&mut self) {
        self.depth = self.depth.saturating_sub(1);
        if let Some(builder) = &mut self.open {
            builder.end();
        }
        if let Some(builder) = self.open.take_if(|builder| builder.is_complete()) {
            self.finished = Some(builder.finish());
        }
    }
}
