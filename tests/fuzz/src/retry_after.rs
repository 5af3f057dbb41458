//! `Retry-After`: the first line is its value, the second one that of `Date`.

use std::time::Duration;

use rosterkit_tests::Reply;

use crate::responder::Responder;
use crate::{Target, first_line, no_seeds};

pub const TARGET: Target = Target {
    name: "retry_after",
    run,
    seeds: no_seeds,
    words: &["0", "1", ".", "-", "99999999999999999999", "Fri, 31 Dec 1999 23:59:59 GMT", "GMT", " ", "e9", "9999"],
};

/// The longest wait that a service is believed to mean.
const WEEK: Duration = Duration::from_secs(7 * 24 * 60 * 60);

fn run(data: &[u8]) {
    let (value, date) = first_line(data);
    let (value, date) = (header(value), header(date));
    Responder::with(|responder| {
        // A client that was asked to wait sends nothing until then, so each call has its own.
        let client = responder.new_client();
        let reply = Reply::empty(429).header("retry-after", &value).header("date", &date);
        let error = responder.answer(reply, client.users().get("u-1")).expect_err("429");
        let wait = error.retry_after();
        assert_eq!(error.status().map(|status| status.as_u16()), Some(429), "{error}");
        assert!(wait.is_none_or(|wait| wait <= WEEK), "{wait:?}");
        if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
            let seconds = value.parse().map_or(WEEK, Duration::from_secs);
            assert_eq!(wait, Some(seconds.min(WEEK)), "{value}");
        }
        if let Some((whole, _)) = value.split_once('.') {
            let least = whole.parse().map(Duration::from_secs).unwrap_or_default().min(WEEK);
            assert!(wait.is_none_or(|wait| wait >= least), "a fraction is rounded up: {value}, {wait:?}");
        }
    });
}

/// Bytes as a value that a header can have.
fn header(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    text.chars().filter(|character| !character.is_control()).collect::<String>().trim().to_owned()
}
