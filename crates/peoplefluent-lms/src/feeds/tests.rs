//! Tests of decoding feeds.

use futures_util::FutureExt as _;
use proptest::prelude::*;
use rosterkit_core::ErrorKind;

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
    read(&mut body, MAX_BYTES).now_or_never().expect("nothing to wait for")
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
fn an_incomplete_or_harmful_feed_is_an_error() {
    let deep = format!("{}{}", "<a>".repeat(129), "</a>".repeat(129));
    let laughs = r#"<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><rss version="2.0"><channel><title>&b;</title></channel></rss>"#;
    let external = r#"<!DOCTYPE feed SYSTEM "file:///etc/passwd"><feed/>"#;
    for (document, expected) in [
        ("", "the XML document is empty"),
        ("{\"version\": \"https://jsonfeed.org/version/1.1\"}", "outside the root element"),
        ("<feed/><feed/>", "root"),
        ("<sentinel/>", "the response is not an RSS or Atom feed"),
        ("<rss version=\"sentinel\"/>", "the response is not an RSS or Atom feed"),
        ("<feed></other>", "`feed`"),
        (&deep, "deep"),
        (laughs, "document type"),
        (external, "document type"),
        ("<feed><title>&other;</title></feed>", "unknown entity `other`: expected one of the five"),
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

fn atom_entry(inside: &str) -> Entry {
    let feed = decode(format!("<feed xmlns='http://www.w3.org/2005/Atom'><entry>{inside}</entry></feed>"));
    feed.expect(inside).entries.pop().expect("an entry")
}

fn rss_entry(inside: &str) -> Entry {
    let spaces =
        "xmlns:dc='http://purl.org/dc/elements/1.1/' xmlns:itunes='http://www.itunes.com/dtds/podcast-1.0.dtd'";
    let feed = decode(format!("<rss version='2.0' {spaces}><channel><item>{inside}</item></channel></rss>"));
    feed.expect(inside).entries.pop().expect("an entry")
}

#[test]
fn feeds_without_entries_and_entries_without_anything_are_read() {
    for document in [
        "<feed/>",
        "<feed xmlns=\"http://www.w3.org/2005/Atom\"><title/><updated/><author/></feed>",
        "<rss version=\"2.0\"><channel/></rss>",
        "<rss version=\"2.0\"><channel><title/><link/><pubDate/><managingEditor/></channel></rss>",
    ] {
        assert!(decode(document).expect(document).entries.is_empty(), "{document}");
    }
    for inside in ["", "<title/>", "<updated/>", "<link/>", "<content/>", "<content type='text/plain'/>", "<author/>"] {
        let entry = atom_entry(inside);
        assert!(entry.title.is_none_or(|title| title.content.is_empty()) && entry.updated.is_none(), "{inside}");
    }
    for inside in ["", "<title/>", "<pubDate/>", "<guid/>", "<author/>", "<description/>", "<enclosure/>"] {
        assert!(rss_entry(inside).published.is_none(), "{inside}");
    }
}

#[test]
fn dates_are_read_in_every_form_of_the_site_and_of_feeds() {
    for (text, expected) in [
        ("2009-11-13T20:00Z", "2009-11-13T20:00:00+00:00"),
        ("2024-04-04T00:00:00.000-05:00", "2024-04-04T05:00:00+00:00"),
        ("2024-04-04T00:00:00-0500", "2024-04-04T05:00:00+00:00"),
        (" 2024-04-04 ", "2024-04-04T00:00:00+00:00"),
        ("Fri, 13 Nov 2009 20:00:00 GMT", "2009-11-13T20:00:00+00:00"),
        ("13 Nov 2009 20:00 +0100", "2009-11-13T19:00:00+00:00"),
        ("Thursday, 13 November 2009 20:00:00 UTC", "2009-11-13T20:00:00+00:00"),
    ] {
        let of_atom = atom_entry(&format!("<updated>{text}</updated>")).updated;
        let of_rss = rss_entry(&format!("<pubDate>{text}</pubDate>")).published;
        assert_eq!(of_atom.map(|datetime| datetime.to_rfc3339()).as_deref(), Some(expected), "{text}");
        assert_eq!(of_rss, of_atom, "{text}");
    }
    assert_eq!(atom_entry("<updated>soon &amp; &lt;later&gt;</updated>").updated, None);
}

#[test]
fn an_unknown_text_type_does_not_make_the_feed_invalid() {
    for kind in ["", "text/plain", "TEXT", "HTML", "odd", "application/xml"] {
        let entry = atom_entry(&format!("<title type='{kind}'>x</title><content type='{kind}'>y</content>"));
        assert_eq!(entry.title.map(|title| title.content).as_deref(), Some("x"), "{kind}");
        assert_eq!(entry.content.and_then(|content| content.body).as_deref(), Some("y"), "{kind}");
    }
    let entry = atom_entry("<content type='application/xhtml+xml'><div>a<b>c</b></div></content>");
    assert!(entry.content.and_then(|content| content.body).is_some_and(|body| body.contains("<b>c</b>")));
}

#[test]
fn an_address_beside_any_character_is_read_without_a_panic() {
    for (person, name, email) in [
        ("Sample Person\u{a0}a.roe@example.com", Some("Sample Person"), Some("a.roe@example.com")),
        ("a.roe@example.com\u{2013}Sample Person, Example", None, Some("a.roe@example.com")),
        ("Sample Person &#x2013;a.roe@example.com", None, Some("a.roe@example.com")),
        ("a.roe@example.com (Zoë Roe)", None, Some("a.roe@example.com")),
        ("Zoë Roe", Some("Zoë Roe"), None),
    ] {
        for element in ["author", "dc:creator"] {
            let authors = rss_entry(&format!("<{element}>{person}</{element}>")).authors;
            assert_eq!(authors[0].email.as_deref(), email, "{person}");
            assert!(name.is_none() || authors[0].name.as_deref() == name, "{person}: {authors:?}");
        }
    }
    for before in ["é", "\u{2013}", "é<[(", "²", "e\u{301}.", "ß_", "名", "\u{a0}mailto:", ".", "\u{a0}."] {
        let before = before.replace('<', "&lt;");
        for after in ["é", "\u{2013}x", ">])é", "²", "\u{301}", ".é", "名"] {
            for (long, short) in [("long long long long ", ""), ("", " long long long long")] {
                rss_entry(&format!("<author>{long}{before}a@example.com{after}{short}</author>"));
            }
        }
    }
}

#[test]
fn a_duration_that_makes_feed_rs_panic_is_an_error() {
    let long = "<rss version='2.0' xmlns:itunes='http://www.itunes.com/dtds/podcast-1.0.dtd'><channel><item>\
        <itunes:duration>99999999999999999999999</itunes:duration></item></channel></rss>";
    let error = decode(long).expect_err("too long");
    assert!(error.to_string().contains("the feed has content that cannot be read"), "{error}");
}

proptest! {
    #[test]
    fn any_person_is_read(parts in prop::collection::vec(prop::sample::select(vec![
        "a", "Roe", "é", "ß", "名", "²", "٣", "\u{301}", "\u{a0}", "\u{200d}", "\u{2013}", " ", "\n", ".", "-", "_", "+", "%", "@",
        "@example.com", ".co", "a.roe@example.com", "mailto:", "&lt;[(", "&gt;])", "(", ")", "&#160;", "<![CDATA[–]]>",
    ]), 0..14)) {
        // A panic of feed-rs would be an error.
        let person = parts.concat();
        for element in ["author", "dc:creator", "itunes:author"] {
            rss_entry(&format!("<{element}>{person}</{element}>"));
        }
        let channel = format!("<rss version='2.0'><channel><managingEditor>{person}</managingEditor></channel></rss>");
        decode(channel).expect("a feed");
    }

    #[test]
    fn a_damaged_feed_is_decoded_or_is_an_error(at in 0..RSS.len(), byte in any::<u8>(), other in 0..ATOM.len()) {
        let mut damaged = RSS.as_bytes().to_vec();
        damaged[at] = byte;
        let mut shorter = ATOM.as_bytes().to_vec();
        shorter.remove(other);
        for document in [damaged, shorter] {
            if let Err(error) = decode(document) {
                prop_assert!(matches!(error.kind(), ErrorKind::Decode | ErrorKind::UnexpectedMediaType), "{}", error);
            }
        }
    }
}
