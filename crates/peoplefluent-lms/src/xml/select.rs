//! Selects elements of a document and builds a tree of each.

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

/// A sink that builds the selected elements, one at a time.
pub(super) struct Selector {
    selection: Selection,
    depth: usize,
    /// Whether the root element says that the document is an error.
    is_error: bool,
    line: u64,
    open: Option<Builder>,
    finished: Option<Tree>,
}

impl Selector {
    pub fn new(selection: Selection) -> Self {
        Self { selection, depth: 0, is_error: false, line: 0, open: None, finished: None }
    }

    /// Memory of the element under construction, in bytes.
    pub fn held(&self) -> usize {
        self.open.as_ref().map_or(0, Builder::held)
    }

    /// Whether the root element is named `error`, `errors` or `…Error`. Then nothing but the root is selected.
    pub fn is_error(&self) -> bool {
        self.is_error
    }

    /// The element that the last token completed, if any.
    pub fn take(&mut self) -> Option<Tree> {
        self.finished.take()
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

    fn start(&mut self, name: &str) {
        self.depth += 1;
        if self.depth == 1 && !matches!(self.selection, Selection::Root) {
            self.is_error = is_error_name(local(name));
        }
        if self.open.is_none() && self.is_selected(name) {
            self.open = Some(Builder::default());
        }
        if let Some(builder) = &mut self.open {
            builder.line(self.line);
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
