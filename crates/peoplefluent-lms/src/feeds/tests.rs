//! What is decoded, and what is refused.

use futures_util::FutureExt as _;

use super::*;

const ATOM: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<feed xmlns="http://www.w3.org/2005/Atom">
  <title>News</title><id>n</id><updated>2009-11-13T20:00:00Z</updated>
  <entry><title>Caf&#xe9; opens</title><id>N-1</id><updated>2009-11-13T20:00:00Z</updated>
    <content type="html">&lt;p&gt;Today&lt;/p&gt;</content></entry>
  <entry><title>Closed</title></entry>
</feed>"#;

const RSS: &str = r#"<rss version="2.0"><channel><title>News</title><link>https://www.example.com/</link>
  <description>All</description>
  <item><title><![CDATA[Café <opens>]]></title><guid>N-1</guid><pubDate>Fri, 13 Nov 2009 20:00:00 GMT</pubDate></item>
</channel></rss>"#;

const ENTRY: &str = r#"<entry xmlns="http://www.w3.org/2005/Atom"><title>Caf&#233;</title><id>N-1</id></entry>"#;

fn decode(document: impl AsRef<[u8]>) -> Result<Feed, Error> {
    let mut body = Body::from(document.as_ref().to_vec());
    read(&mut body, LARGEST).now_or_never().expect("nothing to wait for")
}

fn titles(document: impl AsRef<[u8]>) -> Vec<String> {
    let feed = decode(document).expect("a feed");
    feed.entries.into_iter().filter_map(|entry| entry.title).map(|title| title.content).collect()
}

#[test]
fn atom_rss_and_a_single_entry_are_feeds() {
    assert_eq!(titles(ATOM), ["Café opens", "Closed"]);
    assert_eq!(titles(RSS), ["Café <opens>"]);
    assert_eq!(titles(ENTRY), ["Café"]);
    assert_eq!(titles(format!("\u{feff}{ENTRY}")), ["Café"]);
}

#[test]
fn other_encodings_are_read_as_declared_or_marked() {
    let latin = r#"<?xml version="1.0" encoding="ISO-8859-1"?><entry><title>Caf"#;
    let latin = [latin.as_bytes(), b"\xe9</title></entry>"].concat();
    assert_eq!(titles(latin), ["Café"]);
    let utf16: Vec<u8> =
        "\u{feff}<entry><title>Café</title></entry>".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(titles(utf16), ["Café"]);
}

#[test]
fn decoding_twice_gives_the_same_ids() {
    let ids = || decode(ATOM).expect("a feed").entries.into_iter().map(|entry| entry.id).collect::<Vec<_>>();
    assert_eq!(ids(), ["N-1", "Closed"]);
    assert_eq!(ids(), ids());
}

#[test]
fn what_is_no_complete_harmless_feed_is_refused() {
    let deep = format!("{}{}", "<a>".repeat(129), "</a>".repeat(129));
    let laughs = r#"<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><rss version="2.0"><channel><title>&b;</title></channel></rss>"#;
    let external = r#"<!DOCTYPE feed SYSTEM "file:///etc/passwd"><feed/>"#;
    for (document, expected) in [
        ("", "there is no XML document"),
        ("{\"version\": \"https://jsonfeed.org/version/1.1\"}", "outside the root element"),
        ("<feed/><feed/>", "root"),
        ("<sentinel/>", "the answer is no feed in RSS or Atom"),
        ("<rss version=\"sentinel\"/>", "the answer is no feed in RSS or Atom"),
        ("<feed></other>", "`feed`"),
        (&deep, "deep"),
        (laughs, "document type"),
        (external, "document type"),
        ("<feed><title>&other;</title></feed>", "the entity `other` is not one of the five"),
    ] {
        let error = decode(document).expect_err(document);
        assert!(error.to_string().contains(expected), "{error}");
        assert!(!error.to_string().contains("sentinel"), "{error}");
    }
}

#[test]
fn a_feed_that_is_cut_off_anywhere_is_an_error_and_never_a_shorter_feed() {
    for document in [ATOM, RSS, ENTRY] {
        for end in 0..document.len() {
            let cut = &document.as_bytes()[..end];
            if let Ok(feed) = decode(cut) {
                panic!("{} entries of {:?}", feed.entries.len(), String::from_utf8_lossy(cut));
            }
        }
    }
}
