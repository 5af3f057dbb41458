//! The tree of an element, in three allocations.

use std::borrow::Cow;
use std::fmt;

use super::validate::{Sink, local};

/// An element and its content: a record of a stream, or a whole document.
///
/// It owns its content; [`root`](Self::root) is the view from which everything is reached.
///
/// ```
/// use peoplefluent_lms::xml::Tree;
///
/// let user = Tree::parse(r#"<user status="active"><id>a.roe</id><name><given>Sample</given></name></user>"#)?;
/// assert_eq!(user.root().text_of("id").as_deref(), Some("a.roe"));
/// assert_eq!(user.root().attribute("status"), Some("active"));
/// assert_eq!(user.root().find("name/given").map(|given| given.text()).as_deref(), Some("Sample"));
/// # Ok::<(), peoplefluent_lms::Error>(())
/// ```
#[derive(Clone, Default)]
pub struct Tree {
    nodes: Vec<Node>,
    attributes: Vec<Attribute>,
    /// Names, values and texts, one after the other.
    text: String,
}

/// Bytes of [`Tree::text`].
#[derive(Clone, Copy, Default)]
struct Span {
    start: u32,
    end: u32,
}

#[derive(Clone)]
struct Node {
    kind: Kind,
    /// The name of an element, the characters of a text.
    span: Span,
    /// The index after the last node in it. Nodes are in document order.
    end: u32,
    attributes: Span,
    line: u32,
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Element,
    Text,
}

#[derive(Clone)]
struct Attribute {
    name: Span,
    value: Span,
}

impl Tree {
    /// The outermost element.
    pub fn root(&self) -> Element<'_> {
        Element { tree: self, index: 0 }
    }

    fn slice(&self, span: Span) -> &str {
        self.text.get(span.start as usize..span.end as usize).unwrap_or_default()
    }
}

/// Shows the name of the element. The content can be personal.
impl fmt::Debug for Tree {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.root().fmt(formatter)
    }
}

/// An element of a [`Tree`].
///
/// Names are compared without their prefix, since a site is free to choose prefixes.
#[derive(Clone, Copy)]
pub struct Element<'a> {
    tree: &'a Tree,
    index: u32,
}

impl<'a> Element<'a> {
    /// The name without its prefix.
    pub fn name(self) -> &'a str {
        local(self.qualified_name())
    }

    /// The name in the document, with its prefix.
    pub fn qualified_name(self) -> &'a str {
        self.node().map_or("", |node| self.tree.slice(node.span))
    }

    /// The `id`: the attribute of that name, else the text of the child of that name. Records of users and of training
    /// have one or the other.
    pub fn id(self) -> Option<Cow<'a, str>> {
        let mut own = self.own_attributes();
        own.find(|(name, _)| *name == "id").map(|(_, value)| Cow::Borrowed(value)).or_else(|| self.text_of("id"))
    }

    /// The value of an attribute, found by its name without prefix. One that has no prefix goes before others, so that
    /// `type` is not `xsi:type` where there are both. Declarations of namespaces do not count as attributes.
    pub fn attribute(self, name: &str) -> Option<&'a str> {
        let plain = self.attributes().find(|(found, _)| *found == name);
        plain.or_else(|| self.attributes().find(|(found, _)| local(found) == name)).map(|(_, value)| value)
    }

    /// The attributes in their order, as names with prefix and values. Declarations of namespaces are left out.
    pub fn attributes(self) -> impl Iterator<Item = (&'a str, &'a str)> {
        let span = self.node().map(|node| node.attributes).unwrap_or_default();
        let attributes = self.tree.attributes.get(span.start as usize..span.end as usize).unwrap_or_default();
        let attributes = attributes.iter().map(|each| (self.tree.slice(each.name), self.tree.slice(each.value)));
        attributes.filter(|(name, _)| *name != "xmlns" && !name.starts_with("xmlns:"))
    }

    /// The elements directly in this one, in their order.
    pub fn children(self) -> impl Iterator<Item = Element<'a>> {
        let nodes = self.inner().filter(|(_, node)| node.kind == Kind::Element);
        nodes.map(move |(index, _)| Element { tree: self.tree, index })
    }

    /// The first child of a name.
    pub fn child(self, name: &str) -> Option<Element<'a>> {
        self.children().find(|child| child.name() == name)
    }

    /// The first element at a path of names below this one, such as `learningModule/title`.
    pub fn find(self, path: &str) -> Option<Element<'a>> {
        path.split('/').try_fold(self, |element, name| element.child(name))
    }

    /// This element and all elements in it, at any depth, in document order.
    pub fn descendants(self) -> impl Iterator<Item = Element<'a>> {
        let end = self.node().map_or(self.index, |node| node.end);
        let is_element =
            move |index: &u32| self.tree.nodes.get(*index as usize).is_some_and(|n| n.kind == Kind::Element);
        (self.index..end).filter(is_element).map(move |index| Element { tree: self.tree, index })
    }

    /// The line of the document in which the start tag begins, from 1.
    pub fn line(self) -> u32 {
        self.node().map_or(0, |node| node.line)
    }

    /// The text directly in this element, without that of its children and without white space around it.
    pub fn text(self) -> Cow<'a, str> {
        match self.exact_text() {
            Cow::Borrowed(text) => Cow::Borrowed(trim(text)),
            Cow::Owned(text) => Cow::Owned(trim(&text).to_owned()),
        }
    }

    /// The text directly in this element, unchanged. White space beside child elements is left out.
    pub fn exact_text(self) -> Cow<'a, str> {
        let mut texts = self.inner().filter(|(_, node)| node.kind == Kind::Text);
        let Some((_, first)) = texts.next() else { return Cow::Borrowed("") };
        let first = self.tree.slice(first.span);
        let mut all = Cow::Borrowed(first);
        for (_, next) in texts {
            all.to_mut().push_str(self.tree.slice(next.span));
        }
        all
    }

    /// All text in this element, however deep, each piece without white space around it and set off by one space.
    pub fn all_text(self) -> Cow<'a, str> {
        let nodes = self.node().and_then(|node| self.tree.nodes.get(self.index as usize..node.end as usize));
        let texts = nodes.unwrap_or_default().iter().filter(|node| node.kind == Kind::Text);
        let mut texts = texts.map(|node| trim(self.tree.slice(node.span))).filter(|text| !text.is_empty());
        let mut all = Cow::Borrowed(texts.next().unwrap_or_default());
        for text in texts {
            all.to_mut().push(' ');
            all.to_mut().push_str(text);
        }
        all
    }

    /// The text of the first child of a name.
    pub fn text_of(self, name: &str) -> Option<Cow<'a, str>> {
        self.child(name).map(Self::text)
    }

    /// Whether it has no text but white space, no child and no attribute of its own. An attribute with another prefix
    /// than the element's, such as `xsi:nil`, is not its own.
    pub fn is_empty(self) -> bool {
        self.children().next().is_none() && self.own_attributes().next().is_none() && self.text().is_empty()
    }

    /// The attributes without a prefix, and those with the prefix of the element unless there is one of the same name
    /// without a prefix. The names are without their prefix.
    pub(super) fn own_attributes(self) -> impl Iterator<Item = (&'a str, &'a str)> {
        let is_own = move |prefix: &str| self.qualified_name().split_once(':').is_some_and(|(own, _)| own == prefix);
        self.attributes().filter_map(move |(name, value)| match name.split_once(':') {
            None => Some((name, value)),
            Some((prefix, local)) if is_own(prefix) => {
                let has_plain = self.attributes().any(|(plain, _)| plain == local);
                (!has_plain).then_some((local, value))
            }
            Some(_) => None,
        })
    }

    fn node(self) -> Option<&'a Node> {
        self.tree.nodes.get(self.index as usize)
    }

    /// The nodes directly in this one.
    fn inner(self) -> impl Iterator<Item = (u32, &'a Node)> {
        let end = self.node().map_or(0, |node| node.end);
        let mut next = self.index + 1;
        std::iter::from_fn(move || {
            let index = next;
            let node = self.tree.nodes.get(index as usize).filter(|_| index < end)?;
            next = node.end;
            Some((index, node))
        })
    }
}

/// Shows the name. The content can be personal.
impl fmt::Debug for Element<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Element").field("name", &self.qualified_name()).finish_non_exhaustive()
    }
}

/// More room than for so many nodes, attributes and bytes of text is not given in advance.
const MAX_ROOM: [usize; 3] = [256, 256, 8 * 1024];

/// Builds trees, one after the other, each from its first element on.
#[derive(Default)]
pub(super) struct Builder {
    tree: Tree,
    open: Vec<u32>,
    line: u32,
    /// Whether the last node is a text of the innermost open element, and not of one that is closed.
    is_in_text: bool,
    /// How many nodes, attributes and bytes of text the last tree had. The next one gets room for as many.
    room: [usize; 3],
}

impl Builder {
    /// Begins a tree, in the memory of another one if there is one.
    pub fn begin(&mut self, spare: Option<Tree>) {
        self.is_in_text = false;
        self.open.clear();
        self.tree = match spare {
            Some(mut tree) => {
                tree.nodes.clear();
                tree.attributes.clear();
                tree.text.clear();
                tree
            }
            None => {
                let [nodes, attributes, text] = self.room;
                Tree {
                    nodes: Vec::with_capacity(nodes),
                    attributes: Vec::with_capacity(attributes),
                    text: String::with_capacity(text),
                }
            }
        };
    }

    /// Memory of the tree in bytes.
    #[inline]
    pub fn held(&self) -> usize {
        self.tree.text.len()
            + self.tree.nodes.len() * size_of::<Node>()
            + self.tree.attributes.len() * size_of::<Attribute>()
    }

    /// Whether the outermost element was closed.
    pub fn is_complete(&self) -> bool {
        self.open.is_empty() && !self.tree.nodes.is_empty()
    }

    pub fn finish(&mut self) -> Tree {
        let tree = std::mem::take(&mut self.tree);
        let had = [tree.nodes.len(), tree.attributes.len(), tree.text.len()];
        self.room = std::array::from_fn(|part| had[part].min(MAX_ROOM[part]));
        tree
    }

    fn push_text(&mut self, text: &str) -> Span {
        let start = position(self.tree.text.len());
        self.tree.text.push_str(text);
        Span { start, end: position(self.tree.text.len()) }
    }

    fn push_node(&mut self, kind: Kind, text: &str) -> u32 {
        let span = self.push_text(text);
        let index = position(self.tree.nodes.len());
        let attributes = position(self.tree.attributes.len());
        let attributes = Span { start: attributes, end: attributes };
        self.tree.nodes.push(Node { kind, span, end: index + 1, attributes, line: self.line });
        index
    }

    /// Drops white space beside elements.
    fn drop_blank(&mut self) {
        if !std::mem::take(&mut self.is_in_text) {
            return;
        }
        let Some(last) = self.tree.nodes.last() else { return };
        if trim(self.tree.slice(last.span)).is_empty() {
            self.tree.text.truncate(last.span.start as usize);
            self.tree.nodes.pop();
        }
    }
}

impl Sink for Builder {
    fn line(&mut self, line: u64) {
        self.line = u32::try_from(line).unwrap_or(u32::MAX);
    }

    #[inline]
    fn start(&mut self, name: &str) {
        self.drop_blank();
        let index = self.push_node(Kind::Element, name);
        self.open.push(index);
    }

    fn attribute(&mut self, name: &str, value: &str) {
        let (name, value) = (self.push_text(name), self.push_text(value));
        self.tree.attributes.push(Attribute { name, value });
        if let Some(node) = self.tree.nodes.last_mut() {
            node.attributes.end = position(self.tree.attributes.len());
        }
    }

    #[inline]
    fn text(&mut self, text: &str) {
        // A text consists of several tokens if it has references or CDATA sections.
        if std::mem::replace(&mut self.is_in_text, true) {
            let longer = self.push_text(text);
            if let Some(node) = self.tree.nodes.last_mut() {
                node.span.end = longer.end;
            }
        } else {
            self.push_node(Kind::Text, text);
        }
    }

    #[inline]
    fn end(&mut self) {
        let Some(index) = self.open.pop() else { return };
        let has_children = self.tree.nodes.iter().skip(index as usize + 1).any(|node| node.kind == Kind::Element);
        if has_children {
            self.drop_blank();
        }
        self.is_in_text = false;
        let end = position(self.tree.nodes.len());
        if let Some(node) = self.tree.nodes.get_mut(index as usize) {
            node.end = end;
        }
    }
}

/// The text without XML white space around it. A no-break space does not count as white space.
pub(super) fn trim(text: &str) -> &str {
    let is_blank = |byte: Option<&u8>| matches!(byte, Some(b' ' | b'\t' | b'\r' | b'\n'));
    match is_blank(text.as_bytes().first()) || is_blank(text.as_bytes().last()) {
        true => text.trim_matches([' ', '\t', '\r', '\n']),
        false => text,
    }
}

/// The limits keep trees below 4 GiB. A larger position would point to nothing.
fn position(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}
