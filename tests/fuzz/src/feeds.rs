//! Feeds: RSS and Atom.

use futures_util::FutureExt as _;
use peoplefluent_lms::feeds::FeedResponse as _;
use rosterkit_core::{Body, HeaderMap, Response, StatusCode};

use crate::{Target, no_seeds};

pub const TARGET: Target = Target {
    name: "feeds",
    run,
    seeds: no_seeds,
    words: &[
        "<feed>",
        "</feed>",
        "<entry>",
        "<rss version=\"2.0\">",
        "<channel>",
        "<item>",
        "<updated>",
        "<pubDate>",
        "<link href='",
        "type=\"xhtml\"",
        "<itunes:duration>",
        "99999999999999999999",
        "<content type='html'>",
        "<guid>",
        "<![CDATA[",
        "&#xe9;",
        "https://www.example.com/é",
        "<media:content ",
        "Fri, 13 Nov 2009 20:00:00 GMT",
        "<summary type=\"",
    ],
};

/// The largest feed.
const LIMIT: usize = 1 << 20;

fn run(data: &[u8]) {
    let read = || {
        let response = Response::new(Body::from(data.to_vec()), StatusCode::OK, HeaderMap::new());
        response.into_feed_within(LIMIT).now_or_never().expect("never waits")
    };
    match (read(), read()) {
        (Ok(first), Ok(second)) => assert_eq!(first.into_inner(), second.into_inner(), "decoding twice gives the same"),
        (Err(first), Err(second)) => {
            assert_eq!(first.to_string(), second.to_string());
            assert!(!first.to_string().contains('\n'), "{first}");
        }
        (first, second) => panic!("decoding twice differs: {} and {}", first.is_ok(), second.is_ok()),
    }
}
