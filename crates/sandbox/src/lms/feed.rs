//! Feeds: RSS 2.0, with teasers or full texts, and Atom 1.0.

use axum::http::header::HOST;

use crate::http::{Call, Reply};
use crate::lms::datetime::Timestamp;
use crate::lms::xml::Element;

const RSS: &str = "application/rss+xml;charset=UTF-8";
const ATOM: &str = "application/atom+xml;charset=UTF-8";

/// A feed, newest entry first.
#[derive(Debug)]
pub(crate) struct Feed {
    /// The function that answers it.
    pub(crate) function: &'static str,
    pub(crate) title: &'static str,
    pub(crate) entries: Vec<Entry>,
}

/// One item of a feed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Entry {
    pub(crate) id: String,
    pub(crate) title: String,
    /// Below the address of the site.
    pub(crate) path: String,
    pub(crate) published: Timestamp,
    pub(crate) author: String,
    pub(crate) category: String,
    pub(crate) teaser: String,
    pub(crate) content: Option<String>,
}

/// The address of the site, as the caller addresses it.
fn site(call: &Call<'_>) -> String {
    let host = call.incoming.headers.get(HOST).and_then(|host| host.to_str().ok());
    format!("http://{}/ekp/", host.unwrap_or("localhost"))
}

/// An id that no other site's entry has.
fn urn(entry: &Entry) -> String {
    format!("urn:example:lms:{}", entry.id)
}

/// The feed in the representation that is asked for.
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

fn rss(feed: &Feed, site: &str, full: bool) -> Element {
    let item = |entry: &Entry| {
        let content = entry.content.as_ref().filter(|_| full);
        Element::new("item")
            .with(Element::text("title", &entry.title))
            .with(Element::text("link", format!("{site}{}", entry.path)))
            .with(Element::text("description", &entry.teaser))
            .with(Element::text("category", &entry.category))
            .with(Element::text("guid", urn(entry)).attribute("isPermaLink", "false"))
            .with(Element::text("pubDate", entry.published.utc().to_rfc2822()))
            .with(Element::text("dc:creator", &entry.author))
            .with_all(content.map(|text| Element::text("content:encoded", text)))
    };
    let channel = Element::new("channel")
        .with(Element::text("title", feed.title))
        .with(Element::text("link", site))
        .with(Element::text("description", feed.title))
        .with_all(feed.entries.iter().map(item));
    Element::new("rss")
        .attribute("version", "2.0")
        .attribute("xmlns:content", "http://purl.org/rss/1.0/modules/content/")
        .attribute("xmlns:dc", "http://purl.org/dc/elements/1.1/")
        .with(channel)
}

fn atom(feed: &Feed, site: &str) -> Element {
    let updated = feed.entries.iter().map(|entry| entry.published).max().unwrap_or(Timestamp::SAMPLE);
    let own = format!("{site}api/{}", feed.function);
    Element::new("feed")
        .attribute("xmlns", "http://www.w3.org/2005/Atom")
        .with(Element::text("id", format!("urn:example:lms:{}", feed.function)))
        .with(Element::text("title", feed.title))
        .with(Element::text("updated", updated.text()))
        .with(Element::new("link").attribute("rel", "self").attribute("href", own))
        .with_all(feed.entries.iter().map(|entry| atom_entry(entry, site)))
}

fn atom_entry(entry: &Entry, site: &str) -> Element {
    let content = entry.content.as_ref().map(|text| Element::text("content", text).attribute("type", "html"));
    Element::new("entry")
        .with(Element::text("id", urn(entry)))
        .with(Element::text("title", &entry.title))
        .with(Element::text("updated", entry.published.text()))
        .with(Element::text("published", entry.published.text()))
        .with(Element::new("author").with(Element::text("name", &entry.author)))
        .with(Element::new("link").attribute("rel", "alternate").attribute("href", format!("{site}{}", entry.path)))
        .with(Element::new("category").attribute("term", &entry.category))
        .with(Element::text("summary", &entry.teaser))
        .with_all(content)
}
