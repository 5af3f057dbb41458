//! Feeds: RSS 2.0, with teasers or full texts, and Atom 1.0.

use axum::http::header::HOST;

use crate::http::{Call, Reply};
use crate::lms::datetime::Timestamp;
use crate::lms::node::Node;

const RSS: &str = "application/rss+xml;charset=UTF-8";
const ATOM: &str = "application/atom+xml;charset=UTF-8";

/// A feed, newest entry first.
#[derive(Debug)]
pub(crate) struct Feed {
    /// The function that returns it.
    pub(crate) function: &'static str,
    pub(crate) title: &'static str,
    pub(crate) entries: Vec<Entry>,
}

/// One item of a feed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Entry {
    pub(crate) id: String,
    pub(crate) title: String,
    /// Relative to the URL of the site.
    pub(crate) path: String,
    pub(crate) published: Timestamp,
    pub(crate) author: String,
    pub(crate) category: String,
    pub(crate) teaser: String,
    pub(crate) content: Option<String>,
}

/// The URL of the site, as the caller uses it.
fn site(call: &Call<'_>) -> String {
    let host = call.incoming.headers.get(HOST).and_then(|host| host.to_str().ok());
    format!("http://{}/ekp/", host.unwrap_or("localhost"))
}

/// A globally unique id.
fn urn(entry: &Entry) -> String {
    format!("urn:example:lms:{}", entry.id)
}

/// The feed in the representation that `format` asks for.
pub(crate) fn respond(call: &Call<'_>, feed: &Feed) -> Reply {
    let site = site(call);
    match call.query("format") {
        Some("atom") => Reply::document(ATOM, atom(feed, &site).document()),
        format => Reply::document(RSS, rss(feed, &site, format == Some("rssfull")).document()),
    }
}

/// One entry as an Atom document of its own.
pub(crate) fn single(call: &Call<'_>, entry: &Entry) -> Reply {
    Reply::document(ATOM, atom_entry(entry, &site(call)).attribute("xmlns", "http://www.w3.org/2005/Atom").document())
}

fn rss(feed: &Feed, site: &str, full: bool) -> Node {
    let item = |entry: &Entry| {
        let content = entry.content.as_ref().filter(|_| full);
        Node::new("item")
            .text("title", &entry.title)
            .text("link", format!("{site}{}", entry.path))
            .text("description", &entry.teaser)
            .text("category", &entry.category)
            .with(Node::new("guid").attribute("isPermaLink", "false").content(urn(entry)))
            .text("pubDate", entry.published.utc().to_rfc2822())
            .text("dc:creator", &entry.author)
            .with_some(content.map(|text| Node::leaf("content:encoded", text)))
    };
    let channel = Node::new("channel")
        .text("title", feed.title)
        .text("link", site)
        .text("description", feed.title)
        .list("items", feed.entries.iter().map(item));
    Node::new("rss")
        .attribute("version", "2.0")
        .attribute("xmlns:content", "http://purl.org/rss/1.0/modules/content/")
        .attribute("xmlns:dc", "http://purl.org/dc/elements/1.1/")
        .with(channel)
}

fn atom(feed: &Feed, site: &str) -> Node {
    let updated = feed.entries.iter().map(|entry| entry.published).max().unwrap_or(Timestamp::SAMPLE);
    let own = format!("{site}api/{}", feed.function);
    Node::new("feed")
        .attribute("xmlns", "http://www.w3.org/2005/Atom")
        .text("id", format!("urn:example:lms:{}", feed.function))
        .text("title", feed.title)
        .text("updated", updated.text())
        .with(Node::new("link").attribute("rel", "self").attribute("href", own))
        .list("entries", feed.entries.iter().map(|entry| atom_entry(entry, site)))
}

fn atom_entry(entry: &Entry, site: &str) -> Node {
    let content = entry.content.as_ref().map(|text| Node::new("content").attribute("type", "html").content(text));
    Node::new("entry")
        .text("id", urn(entry))
        .text("title", &entry.title)
        .text("updated", entry.published.text())
        .text("published", entry.published.text())
        .with(Node::new("author").text("name", &entry.author))
        .with(Node::new("link").attribute("rel", "alternate").attribute("href", format!("{site}{}", entry.path)))
        .with(Node::new("category").attribute("term", &entry.category))
        .text("summary", &entry.teaser)
        .with_some(content)
}
